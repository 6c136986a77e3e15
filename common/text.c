#include "common/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- integers to text */

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233"
    "34353637383940414243444546474849505152535455565758596061626364656667"
    "6869707172737475767778798081828384858687888990919293949596979899";

static size_t digit_count(uint64_t value)
{
    size_t count = 1;
    for (;;) {
        if (value < 10)
            return count;
        if (value < 100)
            return count + 1;
        if (value < 1000)
            return count + 2;
        if (value < 10000)
            return count + 3;
        value /= 10000;
        count += 4;
    }
}

static size_t put_digits(char *out, uint64_t value)
{
    size_t len = digit_count(value), at = len;
    while (value >= 100) {
        at -= 2;
        memcpy(out + at, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10)
        memcpy(out, digit_pairs + value * 2, 2);
    else
        out[0] = (char)('0' + value);
    return len;
}

size_t text_from_u64(char out[TEXT_INT_MAX], uint64_t value)
{
    return put_digits(out, value);
}

size_t text_from_i64(char out[TEXT_INT_MAX], int64_t value)
{
    if (value >= 0)
        return put_digits(out, (uint64_t)value);
    out[0] = '-';
    return put_digits(out + 1, 0 - (uint64_t)value) + 1;
}

/* ---- text to integers */

bool text_to_u64(struct slice text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 20 || (text.ptr[0] == '0' && text.len > 1))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(text.ptr[i] - '0');
        if (digit > 9)
            return false;
        if (i == 19 && (__builtin_mul_overflow(value, 10u, &value) ||
                        __builtin_add_overflow(value, (uint64_t)digit, &value)))
            return false;
        if (i < 19)
            value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool text_to_i64(struct slice text, int64_t *out)
{
    uint64_t value;
    bool negative = text.len && text.ptr[0] == '-';
    if (!text_to_u64(negative ? slice_from(text, 1) : text, &value))
        return false;
    if (negative ? value == 0 || value > (uint64_t)INT64_MAX + 1 : value > (uint64_t)INT64_MAX)
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* ---- floating point */

#define FLOAT_TEXT_MAX 5120 /* longer texts are no numbers that anybody writes */

/* A NUL-terminated copy for strtod; false when it cannot be a number. */
static bool copy_number(struct slice text, char out[FLOAT_TEXT_MAX])
{
    if (text.len == 0 || text.len >= FLOAT_TEXT_MAX || text.ptr[0] == ' ' ||
        (text.ptr[0] >= '\t' && text.ptr[0] <= '\r') || memchr(text.ptr, 0, text.len))
        return false;
    memcpy(out, text.ptr, text.len);
    out[text.len] = 0;
    return true;
}

bool text_to_double(struct slice text, double *out)
{
    char copy[FLOAT_TEXT_MAX], *end;
    int64_t integer;
    if (text.len <= 15 && text_to_i64(text, &integer)) {
        *out = (double)integer;
        return true;
    }
    if (!copy_number(text, copy))
        return false;
    errno = 0;
    double value = strtod(copy, &end);
    if (end != copy + text.len ||
        (errno == ERANGE && (isinf(value) || fpclassify(value) == FP_ZERO)))
        return false;
    *out = value;
    return true;
}

bool text_to_double_loosely(struct slice text, double *out, bool *out_of_range)
{
    char copy[FLOAT_TEXT_MAX], *end;
    if (text.len >= sizeof(copy))
        return false;
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    errno = 0;
    double value = strtod(copy, &end);
    if (*end != 0)
        return false;
    *out = value;
    *out_of_range = errno == ERANGE;
    return true;
}

bool text_to_long_double(struct slice text, long double *out)
{
    char copy[FLOAT_TEXT_MAX], *end;
    if (!copy_number(text, copy))
        return false;
    errno = 0;
    long double value = strtold(copy, &end);
    if (end != copy + text.len ||
        (errno == ERANGE && (isinf(value) || fpclassify(value) == FP_ZERO)))
        return false;
    *out = value;
    return true;
}

/* From here on 17 digits do not suffice, and printf turns to the exponent. */
#define INTEGER_BELOW 1e17

size_t text_from_double(char out[TEXT_DOUBLE_MAX], double value)
{
    if (isnan(value))
        return (size_t)snprintf(out, TEXT_DOUBLE_MAX, "nan");
    if (isinf(value))
        return (size_t)snprintf(out, TEXT_DOUBLE_MAX, value > 0 ? "inf" : "-inf");
    if (value == 0)
        return (size_t)snprintf(out, TEXT_DOUBLE_MAX, signbit(value) ? "-0" : "0");
    if (value > -INTEGER_BELOW && value < INTEGER_BELOW && value == (double)(int64_t)value)
        return text_from_i64(out, (int64_t)value);
    return (size_t)snprintf(out, TEXT_DOUBLE_MAX, "%.17g", value);
}

size_t text_from_double_shortest(char out[TEXT_DOUBLE_MAX], double value)
{
    /* Fifteen digits survive the way there and back, seventeen always do. */
    for (int digits = 15; digits < 17 && isfinite(value); digits++) {
        int len = snprintf(out, TEXT_DOUBLE_MAX, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return (size_t)len;
    }
    return text_from_double(out, value);
}

size_t text_from_long_double(char out[TEXT_DOUBLE_MAX * 16], long double value)
{
    int printed = snprintf(out, TEXT_DOUBLE_MAX * 16, "%.17Lf", value);
    size_t len = printed < 0 ? 0 : (size_t)printed;
    if (memchr(out, '.', len)) {
        while (len && out[len - 1] == '0')
            len--;
        if (len && out[len - 1] == '.')
            len--;
    }
    if (len == 2 && out[0] == '-' && out[1] == '0') {
        out[0] = '0';
        len = 1;
    }
    return len;
}

/* ---- globs */

static bool same_byte(uint8_t a, uint8_t b, bool nocase)
{
    return a == b || (nocase && ascii_lower(a) == ascii_lower(b));
}

/* Bytes above 127 order below the others: redis-server compares char, which is signed. */
static bool in_span(uint8_t from, uint8_t to, uint8_t c, bool nocase)
{
    int8_t low = (int8_t)from, high = (int8_t)to, byte = (int8_t)c;
    if (low > high) {
        int8_t swap = low;
        low = high;
        high = swap;
    }
    if (nocase) {
        low = (int8_t)ascii_lower((uint8_t)low);
        high = (int8_t)ascii_lower((uint8_t)high);
        byte = (int8_t)ascii_lower((uint8_t)byte);
    }
    return byte >= low && byte <= high;
}

/* Matches one byte against the class whose '[' stands at *at; leaves *at on the ']' or, for a class
 * that never ends, on the pattern's last byte. */
static bool class_matches(struct slice pattern, size_t *at, uint8_t byte, bool nocase)
{
    size_t p = *at + 1;
    bool negated = p < pattern.len && pattern.ptr[p] == '^', match = false;
    if (negated)
        p++;
    for (;; p++) {
        if (p >= pattern.len) {
            p = pattern.len - 1;
            break;
        }
        uint8_t c = pattern.ptr[p];
        if (c == '\\' && pattern.len - p >= 2) {
            p++;
            match |= pattern.ptr[p] == byte;
        } else if (c == ']') {
            break;
        } else if (pattern.len - p >= 3 && pattern.ptr[p + 1] == '-') {
            match |= in_span(c, pattern.ptr[p + 2], byte, nocase);
            p += 2;
        } else {
            match |= same_byte(c, byte, nocase);
        }
    }
    *at = p;
    return match != negated;
}

/* Matches the single-byte element at *p; leaves *p behind it. */
static bool element_matches(struct slice pattern, size_t *p, uint8_t byte, bool nocase)
{
    bool match;
    switch (pattern.ptr[*p]) {
    case '?': match = true; break;
    case '[': match = class_matches(pattern, p, byte, nocase); break;
    case '\\':
        if (*p + 1 < pattern.len)
            ++*p;
        /* fall through */
    default: match = same_byte(pattern.ptr[*p], byte, nocase);
    }
    ++*p;
    return match;
}

/* On a mismatch behind a star only the last star needs to take one byte more: what earlier stars
 * took was enough for the text before it. */
bool text_glob(struct slice pattern, struct slice text, bool nocase)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            star_text = t;
            if (p == pattern.len)
                return true;
            continue;
        }
        if (p < pattern.len && element_matches(pattern, &p, text.ptr[t], nocase)) {
            t++;
            continue;
        }
        if (star == SIZE_MAX)
            return false;
        p = star;
        t = ++star_text;
    }
    /* Stars match nothing behind a text, but not in place of one. */
    while (text.len && p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

/* ---- hexadecimal */

void text_to_hex(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[i * 2] = digits[bytes[i] >> 4];
        out[i * 2 + 1] = digits[bytes[i] & 15];
    }
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_from_hex(struct slice hex, uint8_t *out)
{
    if (hex.len % 2)
        return false;
    for (size_t i = 0; i < hex.len; i += 2) {
        int high = hex_digit(hex.ptr[i]), low = hex_digit(hex.ptr[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* ---- base64 */

static int base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool text_from_base64(struct slice base64, uint8_t *out, size_t *out_len)
{
    uint32_t bits = 0;
    size_t digits = 0, padding = 0, len = 0;
    for (size_t i = 0; i < base64.len; i++) {
        uint8_t c = base64.ptr[i];
        int digit = base64_digit(c);
        if (is_blank(c))
            continue;
        if (c == '=')
            padding++;
        else if (digit < 0 || padding)
            return false;
        bits = bits << 6 | (uint32_t)(digit < 0 ? 0 : digit);
        if (++digits % 4)
            continue;
        for (unsigned byte = 0; byte < 3 && byte + padding < 3; byte++)
            out[len++] = (uint8_t)(bits >> (16 - 8 * byte));
    }
    if (digits % 4 || padding > 2)
        return false;
    *out_len = len;
    return true;
}

void text_to_base64(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < len; at += 3) {
        size_t here = len - at < 3 ? len - at : 3;
        uint32_t bits = (uint32_t)bytes[at] << 16;
        if (here > 1)
            bits |= (uint32_t)bytes[at + 1] << 8;
        if (here > 2)
            bits |= bytes[at + 2];
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = here > 1 ? digits[bits >> 6 & 63] : '=';
        *out++ = here > 2 ? digits[bits & 63] : '=';
    }
}
