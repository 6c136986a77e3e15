#include "emulators/sql/value/float.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

#define FLOAT8_DIGITS 17 /* always enough to read back the same */
#define FLOAT4_DIGITS 9
#define PARSE_ROOM    128

static const char *type_name(bool single)
{
    return single ? "real" : "double precision";
}

static bool bad_syntax(struct sql_error *error, struct slice text, bool single)
{
    return sql_fail(error, "22P02", "invalid input syntax for type %s: \"" SLICE_FMT "\"",
                    type_name(single), SLICE_ARG(text));
}

/* Reads the number at the start of a terminated text. */
static double read_number(const char *text, bool single, char **end)
{
    return single ? (double)strtof(text, end) : strtod(text, end);
}

/* The value of `number`, which a NUL follows; `text` is what the user wrote. */
static bool parse_terminated(struct sql_error *error, const char *number, struct slice text,
                             bool single, double *out)
{
    char *end;
    errno = 0;
    double value = read_number(number, single, &end);
    if (end == number)
        return bad_syntax(error, text, single);
    if (errno == ERANGE && (value == 0 || isinf(value)))
        return sql_fail(error, "22003", "\"%.*s\" is out of range for type %s", (int)(end - number),
                        number, type_name(single));
    if (sql_skip_blanks(slice_str(end)).len > 0)
        return bad_syntax(error, text, single);
    *out = value;
    return true;
}

bool sql_float_parse(struct sql_error *error, struct slice text, bool single, double *out)
{
    struct slice number = sql_skip_blanks(text);
    if (number.len == 0 || memchr(number.ptr, 0, number.len))
        return bad_syntax(error, text, single);
    char room[PARSE_ROOM];
    if (number.len >= sizeof(room)) {
        struct slice copy = arena_dup(error->arena, number); /* followed by a NUL */
        return copy.ptr ? parse_terminated(error, (const char *)copy.ptr, text, single, out)
                        : sql_fail_memory(error);
    }
    memcpy(room, number.ptr, number.len);
    room[number.len] = '\0';
    return parse_terminated(error, room, text, single, out);
}

/* Half way to a neighbour: such a text reads back as the value only by the rule for ties, which not
 * all readers know. */
static bool is_tie(const char *text, double value, bool single)
{
    long double exact = strtold(text, NULL);
    double up = single ? (double)nextafterf((float)value, INFINITY) : nextafter(value, INFINITY);
    double down =
        single ? (double)nextafterf((float)value, -INFINITY) : nextafter(value, -INFINITY);
    return exact == ((long double)value + up) / 2 || exact == ((long double)value + down) / 2;
}

/* "d.ddde-xx" of the fewest digits that read back the same. Fifteen (six) digits always survive, so
 * that shorter numbers end with zeros then; only numbers near zero have fewer. */
static int print_shortest(char out[SQL_FLOAT_TEXT_MAX], double value, bool single)
{
    double smallest = single ? 1.17549435e-38 : 2.2250738585072014e-308;
    int digits = fabs(value) < smallest ? 1 : single ? 6 : 15;
    for (;; digits++) {
        int len = snprintf(out, SQL_FLOAT_TEXT_MAX, "%.*e", digits - 1, value);
        char *end;
        if (digits == (single ? FLOAT4_DIGITS : FLOAT8_DIGITS) ||
            (read_number(out, single, &end) == value && !is_tie(out, value, single)))
            return len;
    }
}

/* Writes digits and exponent as a plain number where it is short. */
static size_t layout(char out[SQL_FLOAT_TEXT_MAX], const char *scientific, int plain_max)
{
    char digits[FLOAT8_DIGITS + 1];
    int count = 0;
    size_t len = 0;
    const char *at = scientific;
    if (*at == '-')
        out[len++] = *at++;
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[count++] = *at;
    int exponent = (int)strtol(at + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    if (exponent < -4 || exponent >= plain_max) {
        out[len++] = digits[0];
        if (count > 1)
            len += (size_t)snprintf(out + len, SQL_FLOAT_TEXT_MAX - len, ".%.*s", count - 1,
                                    digits + 1);
        return len + (size_t)snprintf(out + len, SQL_FLOAT_TEXT_MAX - len, "e%c%02d",
                                      exponent < 0 ? '-' : '+', abs(exponent));
    }
    if (exponent < 0) {
        out[len++] = '0';
        out[len++] = '.';
        for (int i = -1; i > exponent; i--)
            out[len++] = '0';
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        if (exponent >= 0 && i == exponent + 1)
            out[len++] = '.';
        out[len++] = i < count ? digits[i] : '0';
    }
    return len;
}

/* Most numbers have few digits: those that are a whole number divided by a power of ten, both exact, are
 * that fraction's digits. The first power that fits gives the fewest. False: it takes more. */
static bool print_short(char out[SQL_FLOAT_TEXT_MAX], double value, bool single, size_t *len)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10};
    double size = fabs(value), most = single ? 1e6 : 1e15;
    int places = 0;
    if (size < 1e-4)
        return false;
    for (;; places++) {
        if (places == sizeof(powers) / sizeof(powers[0]) || size * powers[places] >= most)
            return false;
        double back = rint(size * powers[places]) / powers[places];
        if (single ? (float)back == (float)size : back == size)
            break;
    }
    uint64_t digits = (uint64_t)rint(size * powers[places]);
    char text[SQL_FLOAT_TEXT_MAX];
    char *end = text + sizeof(text), *at = end;
    for (int written = 0; digits || written <= places; written++) {
        if (places && written == places)
            *--at = '.';
        *--at = (char)('0' + digits % 10);
        digits /= 10;
    }
    if (value < 0)
        *--at = '-';
    *len = (size_t)(end - at);
    memcpy(out, at, *len);
    out[*len] = '\0';
    return true;
}

size_t sql_float_print(char out[SQL_FLOAT_TEXT_MAX], double value, bool single,
                       int extra_float_digits)
{
    if (!isfinite(value))
        return (size_t)snprintf(out, SQL_FLOAT_TEXT_MAX, "%s",
                                isnan(value) ? "NaN"
                                : value > 0  ? "Infinity"
                                             : "-Infinity");
    if (extra_float_digits <= 0) {
        int digits = (single ? 6 : 15) + extra_float_digits;
        return (size_t)snprintf(out, SQL_FLOAT_TEXT_MAX, "%.*g", digits < 1 ? 1 : digits, value);
    }
    if (value == 0)
        return (size_t)snprintf(out, SQL_FLOAT_TEXT_MAX, "%s", signbit(value) ? "-0" : "0");
    size_t len;
    if (print_short(out, value, single, &len))
        return len;
    char scientific[SQL_FLOAT_TEXT_MAX];
    print_shortest(scientific, value, single);
    return layout(out, scientific, single ? 6 : 15);
}

int sql_float_order(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

bool sql_float_check(struct sql_call *call, double result, bool infinity_ok, bool zero_ok)
{
    if (isinf(result) && !infinity_ok)
        return sql_fail(call->env->error, "22003", "value out of range: overflow");
    if (result == 0 && !zero_ok)
        return sql_fail(call->env->error, "22003", "value out of range: underflow");
    return true;
}

static bool float8_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    *out = datum_float(0);
    return sql_float_parse(call->env->error, text, false, &out->d);
}

static bool float4_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    *out = datum_float(0);
    return sql_float_parse(call->env->error, text, true, &out->d);
}

static bool output(struct sql_call *call, double value, bool single, struct sql_bytes *out)
{
    const struct sql_format *format = call->env->format;
    char text[SQL_FLOAT_TEXT_MAX];
    size_t len = sql_float_print(text, value, single, format ? format->extra_float_digits : 1);
    sql_bytes_add(out, text, len);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool float8_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)type;
    return output(call, value.d, false, out);
}

static bool float4_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)type;
    return output(call, value.d, true, out);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint32_t float_bits_of(double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof(bits));
    return bits;
}

static bool float8_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                           int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    uint64_t bits = sql_receive_uint(&from, 8);
    *out = datum_float(0);
    memcpy(&out->d, &bits, sizeof(bits));
    return sql_receive_done(&from, call->env->error);
}

static bool float4_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                           int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    uint32_t bits = (uint32_t)sql_receive_uint(&from, 4);
    float value;
    memcpy(&value, &bits, sizeof(bits));
    *out = datum_float((double)value);
    return sql_receive_done(&from, call->env->error);
}

static bool float8_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u64(out, bits_of(value.d));
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool float4_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u32(out, float_bits_of(value.d));
    return !out->failed || sql_fail_memory(call->env->error);
}

static int float_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                         struct datum b)
{
    (void)call;
    (void)type;
    return sql_float_order(a.d, b.d);
}

/* One number of all equal ones. */
static double canonical(double value)
{
    return isnan(value) ? (double)NAN : value == 0 ? 0.0 : value;
}

static uint64_t float_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call;
    (void)type;
    return sql_mix(bits_of(canonical(value.d)));
}

/* The bits order as integers do once negative numbers are turned round; NaN is above infinity. */
uint64_t sql_float_key(double value)
{
    uint64_t bits = bits_of(canonical(value));
    uint64_t sign = UINT64_C(1) << 63;
    if (isnan(value))
        bits &= ~sign;
    return bits & sign ? ~bits : bits | sign;
}

static bool float_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                             struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u64(out, sql_float_key(value.d));
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops sql_float4_ops = {float4_input,     float4_output,     float4_receive,
                                            float4_send,      float_compare,     float_hash,
                                            float_encode_key, SQL_ROW_FORM_FLOAT};
const struct sql_type_ops sql_float8_ops = {float8_input,    float8_output, float8_receive,
                                            float8_send,     float_compare, float_hash,
                                            float_encode_key};
