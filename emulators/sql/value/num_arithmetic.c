/* Arithmetic of exact numbers: digits of base 10000, most significant first. */
#include "common/arena.h"
#include "emulators/sql/value/num_product.h"

#define BASE   SQL_NUM_BASE
#define DIGITS SQL_NUM_BASE_DIGITS

static const uint16_t powers[] = {1, 10, 100, 1000};

void sql_num_strip(struct sql_num *num)
{
    while (num->count && num->digits[0] == 0) {
        num->digits++;
        num->count--;
        num->weight--;
    }
    while (num->count && num->digits[num->count - 1] == 0)
        num->count--;
    if (num->count == 0) {
        num->weight = 0;
        num->negative = false;
    }
}

/* The digit that counts BASE^weight. */
static inline uint16_t digit_at(const struct sql_num *num, int32_t weight)
{
    int32_t at = num->weight - weight;
    return at >= 0 && at < num->count ? num->digits[at] : 0;
}

int sql_num_compare_magnitude(const struct sql_num *a, const struct sql_num *b)
{
    if (a->count == 0 || b->count == 0)
        return (a->count > 0) - (b->count > 0);
    if (a->weight != b->weight)
        return a->weight > b->weight ? 1 : -1;
    for (int32_t i = 0; i < a->count && i < b->count; i++)
        if (a->digits[i] != b->digits[i])
            return a->digits[i] > b->digits[i] ? 1 : -1;
    return (a->count > b->count) - (a->count < b->count);
}

/* NaN above the infinities above the rest. */
static int rank_of(const struct sql_num *num)
{
    if (num->kind == SQL_NUM_FINITE)
        return 0;
    return num->kind == SQL_NUM_NAN ? 2 : num->negative ? -1 : 1;
}

int sql_num_compare(const struct sql_num *a, const struct sql_num *b)
{
    int rank_a = rank_of(a), rank_b = rank_of(b);
    if (rank_a || rank_b)
        return (rank_a > rank_b) - (rank_a < rank_b);
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = sql_num_compare_magnitude(a, b);
    return a->negative ? -order : order;
}

static int32_t max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Weight of the last digit. */
static int32_t low_weight(const struct sql_num *num)
{
    return num->weight - num->count + 1;
}

/* |a| + |b|, or |a| - |b| where |a| >= |b|; scale is left to the caller. */
static bool combine(struct arena *arena, const struct sql_num *a, const struct sql_num *b, int sign,
                    struct sql_num *out)
{
    if (a->count == 0 || b->count == 0) {
        *out = a->count ? *a : *b;
        return true;
    }
    int32_t high = max(a->weight, b->weight) + 1, low = min(low_weight(a), low_weight(b));
    int32_t count = high - low + 1;
    uint16_t *digits = arena_array(arena, (size_t)count, sizeof(*digits));
    if (!digits)
        return false;
    int32_t carry = 0;
    for (int32_t weight = low; weight <= high; weight++) {
        carry += digit_at(a, weight) + sign * digit_at(b, weight);
        int32_t digit = carry < 0 ? carry + BASE : carry >= BASE ? carry - BASE : carry;
        carry = (carry - digit) / BASE;
        digits[high - weight] = (uint16_t)digit;
    }
    *out = (struct sql_num){.weight = high, .count = count, .digits = digits};
    return true;
}

static bool sum(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                bool b_negative, struct sql_num *out)
{
    bool negative = a->negative;
    int32_t scale = max(a->scale, b->scale);
    struct sql_num result;
    bool made;
    if (a->negative == b_negative || a->count == 0 || b->count == 0) {
        negative = a->count ? a->negative : b_negative;
        made = combine(arena, a, b, 1, &result);
    } else if (sql_num_compare_magnitude(a, b) >= 0) {
        made = combine(arena, a, b, -1, &result);
    } else {
        negative = b_negative;
        made = combine(arena, b, a, -1, &result);
    }
    if (!made)
        return false;
    result.negative = negative;
    result.scale = scale;
    sql_num_strip(&result);
    *out = result;
    return true;
}

bool sql_num_add(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                 struct sql_num *out)
{
    return sum(arena, a, b, b->negative, out);
}

bool sql_num_subtract(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                      struct sql_num *out)
{
    return sum(arena, a, b, b->count && !b->negative, out);
}

/* ---- rounding */

/* Keeps the digits up to `scale` decimal digits behind the point. */
static bool cut(struct arena *arena, const struct sql_num *num, int32_t scale, bool round,
                struct sql_num *out)
{
    *out = *num;
    out->scale = max(scale, 0);
    /* Decimal digits kept of those that are there, counted from the first one of base 10000. */
    int64_t keep = (int64_t)(num->weight + 1) * DIGITS + scale;
    if (num->count == 0 || keep >= (int64_t)num->count * DIGITS)
        return true;
    if (keep < 0) {
        out->count = out->weight = 0;
        out->negative = false;
        return true;
    }
    int32_t whole = (int32_t)(keep / DIGITS), part = (int32_t)(keep % DIGITS);
    uint16_t *digits = arena_array(arena, (size_t)whole + 2, sizeof(*digits));
    if (!digits)
        return false;
    digits[0] = 0;
    memcpy(digits + 1, num->digits, (size_t)whole * sizeof(*digits));
    int32_t unit = part ? powers[DIGITS - part] : BASE; /* of the digit that is cut */
    int32_t last = num->digits[whole];
    int32_t rest = part ? last % unit : last;
    bool up = round && rest * 2 >= unit;
    digits[1 + whole] = (uint16_t)(part ? last - rest : 0);
    out->digits = digits;
    out->weight = num->weight + 1;
    out->count = whole + 2;
    for (int32_t at = part ? whole + 1 : whole, step = part ? unit : 1; up; at--, step = 1) {
        digits[at] = (uint16_t)(digits[at] + step);
        up = digits[at] >= BASE;
        if (up)
            digits[at] = (uint16_t)(digits[at] - BASE);
    }
    sql_num_strip(out);
    return true;
}

bool sql_num_round(struct arena *arena, const struct sql_num *num, int32_t scale,
                   struct sql_num *out)
{
    return cut(arena, num, scale, true, out);
}

bool sql_num_truncate(struct arena *arena, const struct sql_num *num, int32_t scale,
                      struct sql_num *out)
{
    return cut(arena, num, scale, false, out);
}

bool sql_num_floor(struct arena *arena, const struct sql_num *num, struct sql_num *out)
{
    static const uint16_t one_digit[] = {1};
    static const struct sql_num one = {.count = 1, .digits = one_digit};
    struct sql_num whole;
    if (!cut(arena, num, 0, false, &whole))
        return false;
    if (!num->negative || sql_num_is_whole(num)) {
        *out = whole;
        return true;
    }
    return sql_num_subtract(arena, &whole, &one, out);
}

int32_t sql_num_min_scale(const struct sql_num *num)
{
    int32_t scale = (num->count - num->weight - 1) * DIGITS;
    if (num->count == 0 || scale <= 0)
        return 0;
    for (uint16_t digit = num->digits[num->count - 1]; digit % 10 == 0; digit /= 10)
        scale--;
    return scale;
}

/* ---- products */

/* As at school, which is the fastest while one factor is short. */
static bool product_short(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                          uint16_t *out)
{
    int32_t count = a->count + b->count;
    uint64_t *columns = arena_zalloc(arena, (size_t)count * sizeof(*columns));
    if (!columns)
        return false;
    for (int32_t i = 0; i < a->count; i++) {
        uint32_t digit = a->digits[i];
        for (int32_t j = 0; j < b->count; j++)
            columns[i + j + 1] += (uint64_t)(digit * b->digits[j]);
    }
    uint64_t carry = 0;
    for (int32_t i = count - 1; i >= 0; i--) {
        carry += columns[i];
        out[i] = (uint16_t)(carry % BASE);
        carry /= BASE;
    }
    return true;
}

bool sql_num_multiply(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                      int32_t scale, struct sql_num *out)
{
    int32_t full = a->scale + b->scale;
    if (a->count == 0 || b->count == 0) {
        *out = (struct sql_num){.scale = scale < 0 ? full : scale};
        return true;
    }
    int32_t count = a->count + b->count;
    uint16_t *digits = arena_array(arena, (size_t)count, sizeof(*digits));
    bool is_long = min(a->count, b->count) >= SQL_NUM_LONG_PRODUCT;
    if (!digits || !(is_long ? sql_num_product_long : product_short)(arena, a, b, digits))
        return false;
    struct sql_num product = {.negative = a->negative != b->negative,
                              .weight = a->weight + b->weight + 1,
                              .scale = full,
                              .count = count,
                              .digits = digits};
    sql_num_strip(&product);
    *out = product;
    return scale < 0 || sql_num_round(arena, &product, scale, out);
}

/* ---- quotients */

/* The scale has room for 16 significant digits and for both operands' scales. */
int32_t sql_num_quotient_scale(const struct sql_num *a, const struct sql_num *b)
{
    int32_t weight = (a->count ? a->weight : 0) - (b->count ? b->weight : 0);
    uint16_t first_a = a->count ? a->digits[0] : 0, first_b = b->count ? b->digits[0] : 0;
    if (first_a <= first_b)
        weight--;
    int32_t scale = SQL_NUM_DIGITS_WANTED - weight * DIGITS;
    return min(max(max(scale, 0), max(a->scale, b->scale)), SQL_NUM_DECLARED_MAX);
}

/* Digits of the quotient that are needed for `scale` digits behind the point and one further. */
static int32_t quotient_count(int32_t weight, int32_t scale)
{
    return max(weight + 1 + (scale + DIGITS - 1) / DIGITS + (scale < 0 ? 0 : 1) + 1, 1);
}

static bool finish_quotient(struct arena *arena, struct sql_num quotient, int32_t scale, bool round,
                            struct sql_num *out)
{
    quotient.scale = scale;
    sql_num_strip(&quotient);
    return cut(arena, &quotient, scale, round, out);
}

/* By one digit, or by two as one number. */
static bool divide_short(struct arena *arena, const struct sql_num *a, uint64_t divisor,
                         int32_t divisor_weight, int32_t scale, struct sql_num *out)
{
    int32_t weight = a->weight - divisor_weight;
    int32_t count = quotient_count(weight, scale);
    uint16_t *digits = arena_array(arena, (size_t)count, sizeof(*digits));
    if (!digits)
        return false;
    uint64_t rest = 0;
    for (int32_t i = 0; i < count; i++) {
        rest = rest * BASE + (i < a->count ? a->digits[i] : 0);
        digits[i] = (uint16_t)(rest / divisor);
        rest %= divisor;
    }
    *out = (struct sql_num){.weight = weight, .count = count, .digits = digits};
    return true;
}

bool sql_num_divide_small(struct arena *arena, const struct sql_num *a, uint32_t divisor,
                          int32_t scale, struct sql_num *out)
{
    struct sql_num quotient;
    if (!divide_short(arena, a, divisor, 0, scale, &quotient))
        return false;
    quotient.negative = a->negative;
    return finish_quotient(arena, quotient, scale, false, out);
}

/* Knuth's algorithm D (The Art of Computer Programming 2, 4.3.1). `rest` has count + n + 1 digits
 * and starts with a zero; `divisor` has n >= 2, the first of them at least half the base. */
static void divide_long(uint32_t *rest, const uint32_t *divisor, int32_t n, uint16_t *quotient,
                        int32_t count)
{
    for (int32_t j = 0; j < count; j++) {
        uint64_t top = (uint64_t)rest[j] * BASE + rest[j + 1];
        uint64_t guess = top / divisor[0], left = top % divisor[0];
        while (guess >= BASE || guess * divisor[1] > left * BASE + rest[j + 2]) {
            guess--;
            left += divisor[0];
            if (left >= BASE)
                break;
        }
        int64_t borrow = 0;
        for (int32_t i = n; guess && i > 0; i--) {
            int64_t value = (int64_t)rest[j + i] - (int64_t)(guess * divisor[i - 1]) + borrow;
            int64_t digit = value % BASE;
            borrow = value / BASE;
            if (digit < 0) {
                digit += BASE;
                borrow--;
            }
            rest[j + i] = (uint32_t)digit;
        }
        int64_t first = (int64_t)rest[j] + borrow;
        if (first < 0) { /* the guess was one too large */
            guess--;
            uint32_t carry = 0;
            for (int32_t i = n; i > 0; i--) {
                carry += rest[j + i] + divisor[i - 1];
                rest[j + i] = carry % BASE;
                carry /= BASE;
            }
            first += carry;
        }
        rest[j] = (uint32_t)first;
        quotient[j] = (uint16_t)guess;
    }
}

/* digits * factor into `out`, whose first digit takes the carry. */
static void scale_digits(const struct sql_num *num, int32_t count, uint32_t factor, uint32_t *out)
{
    uint32_t carry = 0;
    for (int32_t i = count; i > 0; i--) {
        carry += i <= num->count ? num->digits[i - 1] * factor : 0;
        out[i] = carry % BASE;
        carry /= BASE;
    }
    out[0] = carry;
}

static bool divide_digits(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                          int32_t count, struct sql_num *out)
{
    int32_t n = b->count;
    uint32_t *rest = arena_array(arena, (size_t)(count + n + 1), sizeof(*rest));
    uint32_t *divisor = arena_array(arena, (size_t)n + 1, sizeof(*divisor));
    uint16_t *digits = arena_array(arena, (size_t)count, sizeof(*digits));
    if (!rest || !divisor || !digits)
        return false;
    uint32_t factor = BASE / (b->digits[0] + 1u);
    scale_digits(a, count + n, factor, rest);
    scale_digits(b, n, factor, divisor);
    divide_long(rest, divisor + 1, n, digits, count);
    *out = (struct sql_num){.weight = a->weight - b->weight, .count = count, .digits = digits};
    return true;
}

bool sql_num_divide(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                    int32_t scale, bool round, struct sql_num *out)
{
    struct sql_num quotient;
    int32_t weight = a->weight - b->weight, count = quotient_count(weight, scale);
    bool made;
    if (a->count == 0) {
        *out = (struct sql_num){.scale = max(scale, 0)};
        return true;
    }
    if (b->count <= 2) {
        uint64_t divisor =
            b->count == 1 ? b->digits[0] : b->digits[0] * (uint64_t)BASE + b->digits[1];
        made = divide_short(arena, a, divisor, low_weight(b), scale, &quotient);
    } else if (min(b->count, count) >= SQL_NUM_LONG_QUOTIENT) {
        made = sql_num_quotient_long(arena, a, b, weight - count + 1, &quotient);
    } else {
        made = divide_digits(arena, a, b, count, &quotient);
    }
    if (!made)
        return false;
    quotient.negative = a->negative != b->negative;
    return finish_quotient(arena, quotient, scale, round, out);
}

bool sql_num_remainder(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                       struct sql_num *out)
{
    struct sql_num quotient, multiple;
    int32_t scale = max(a->scale, b->scale);
    if (!sql_num_divide(arena, a, b, 0, false, &quotient) ||
        !sql_num_multiply(arena, &quotient, b, -1, &multiple) ||
        !sql_num_subtract(arena, a, &multiple, out))
        return false;
    out->scale = scale;
    return true;
}
