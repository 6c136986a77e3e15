#include "common/arena.h"
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text_scan.h"

#define LIMB       1000000000u /* nine decimal digits */
#define CHUNK_BITS 24          /* a whole number of digits of each base */

static bool is_digit_of(uint8_t c, unsigned bits)
{
    if (sql_is_digit(c))
        return (unsigned)(c - '0') >> bits == 0;
    uint8_t lower = ascii_lower(c);
    return bits == 4 && lower >= 'a' && lower <= 'f';
}

/* The digits alone; an underscore stands before a digit. False: it is no such number, or no memory
 * (then digits->failed). */
static bool gather(struct slice text, unsigned bits, struct sql_bytes *digits)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '_' && i + 1 < text.len)
            i++;
        if (!is_digit_of(text.ptr[i], bits))
            return false;
        sql_bytes_add_char(digits, (char)text.ptr[i]);
    }
    return digits->len > 0 && !digits->failed;
}

/* limbs = limbs << bits | chunk, the lowest limb first. */
static void shift_in(uint32_t *limbs, size_t *count, unsigned bits, uint32_t chunk)
{
    uint64_t carry = chunk;
    for (size_t i = 0; i < *count; i++) {
        carry += (uint64_t)limbs[i] << bits;
        limbs[i] = (uint32_t)(carry % LIMB);
        carry /= LIMB;
    }
    if (carry)
        limbs[(*count)++] = (uint32_t)carry;
}

static bool to_decimal(struct arena *arena, struct slice digits, unsigned bits, struct slice *out)
{
    uint32_t *limbs = arena_array(arena, digits.len * bits / CHUNK_BITS + 2, sizeof(*limbs));
    struct sql_bytes text = {.arena = arena};
    size_t count = 0, per_chunk = CHUNK_BITS / bits;
    if (!limbs)
        return false;
    for (size_t i = 0; i < digits.len;) {
        size_t first = digits.len % per_chunk;
        size_t end = i == 0 && first ? first : i + per_chunk;
        unsigned width = (unsigned)(end - i) * bits;
        uint32_t chunk = 0;
        for (; i < end; i++) {
            uint8_t c = ascii_lower(digits.ptr[i]);
            chunk = chunk << bits | (uint32_t)(sql_is_digit(c) ? c - '0' : c - 'a' + 10);
        }
        shift_in(limbs, &count, width, chunk);
    }
    sql_bytes_printf(&text, "%u", count ? limbs[count - 1] : 0);
    for (size_t i = count; i > 1; i--)
        sql_bytes_printf(&text, "%09u", limbs[i - 2]);
    *out = sql_bytes_slice(&text);
    return !text.failed;
}

static bool drop_underscores(struct arena *arena, struct slice *text)
{
    struct sql_bytes plain = {.arena = arena};
    for (size_t i = 0; i < text->len; i++) {
        if (text->ptr[i] != '_') {
            sql_bytes_add_char(&plain, (char)text->ptr[i]);
            continue;
        }
        if (i == 0 || i + 1 == text->len || !sql_is_digit(text->ptr[i - 1]) ||
            !sql_is_digit(text->ptr[i + 1]))
            return true;
    }
    if (!plain.failed)
        *text = sql_bytes_slice(&plain);
    return !plain.failed;
}

bool sql_num_plain(struct arena *arena, struct slice *text)
{
    unsigned bits = 0;
    if (text->len > 2 && text->ptr[0] == '0') {
        uint8_t letter = ascii_lower(text->ptr[1]);
        bits = letter == 'x' ? 4 : letter == 'o' ? 3 : letter == 'b' ? 1 : 0;
    }
    if (!bits)
        return !text->len || !memchr(text->ptr, '_', text->len) || drop_underscores(arena, text);
    struct sql_bytes digits = {.arena = arena};
    if (!gather(slice_from(*text, 2), bits, &digits))
        return !digits.failed;
    return to_decimal(arena, sql_bytes_slice(&digits), bits, text);
}
