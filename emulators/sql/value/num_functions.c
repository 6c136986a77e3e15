/* Roots, exponentials and logarithms of exact numbers.
 *
 * Results are computed with digits to spare and rounded once, so that they are the correctly
 * rounded ones; their scales follow the rules of the server that they are compared with. */
#include <math.h>

#include "emulators/sql/value/numeric.h"

#define DIGITS      SQL_NUM_BASE_DIGITS
#define GUARD       10 /* decimal digits that errors may eat */
#define LN_10       2.302585092994046
#define LOG10_E     0.434294481903252
#define EXP_LIMIT   (SQL_NUM_RESULT_SCALE * 3)
#define WEIGHT_MAX  32768
#define INTEGER_MAX INT64_C(2147483647)

static const uint16_t one_digit[] = {1};
static const struct sql_num one = {.count = 1, .digits = one_digit};

static bool no_memory(struct sql_call *call)
{
    return sql_fail_memory(call->env->error);
}

static bool fail_overflow(struct sql_call *call)
{
    return sql_fail(call->env->error, "22003", "value overflows numeric format");
}

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static int32_t max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* About the number, whatever its size: mantissa * 10^*exponent. */
static double mantissa_of(const struct sql_num *num, int32_t *out_exponent)
{
    double mantissa = 0;
    int32_t i = 0;
    for (; i < num->count && i < 4; i++)
        mantissa = mantissa * SQL_NUM_BASE + num->digits[i];
    *out_exponent = (num->weight - i + 1) * DIGITS;
    return num->negative ? -mantissa : mantissa;
}

static double approximate(const struct sql_num *num)
{
    int32_t exponent;
    double mantissa = mantissa_of(num, &exponent);
    return mantissa == 0 ? 0 : mantissa * pow(10, exponent);
}

/* Decimal logarithm of a positive number, about. */
static double log10_of(const struct sql_num *num)
{
    int32_t exponent;
    return log10(fabs(mantissa_of(num, &exponent))) + exponent;
}

/* ---- square roots */

/* Newton's iteration for the root, from above, doubling the digits each round. */
static bool newton_root(struct arena *arena, const struct sql_num *num, int32_t scale,
                        struct sql_num *out)
{
    double log = log10_of(num) / 2;
    int32_t weight = (int32_t)floor(log); /* decimal, of the root */
    int32_t good = 14;                    /* significant digits of the guess */
    struct sql_num root, quotient, sum;
    int64_t mantissa = (int64_t)(pow(10, log - weight) * 1e15);
    if (!sql_num_from_int(arena, mantissa, &root))
        return false;
    /* Shift by weight - 15 decimal digits: whole digits of the base, then the rest. */
    int32_t shift = weight - 15,
            whole = shift >= 0 ? shift / DIGITS : -((-shift + DIGITS - 1) / DIGITS);
    static const uint16_t rest[][1] = {{1}, {10}, {100}, {1000}};
    struct sql_num factor = {.count = 1, .digits = rest[shift - whole * DIGITS], .weight = whole};
    if (!sql_num_multiply(arena, &root, &factor, -1, &root))
        return false;
    bool last;
    do {
        good = 2 * good - 4; /* what cutting costs is not to be squared again and again */
        last = good >= scale + weight + GUARD;
        int32_t round_scale = last ? scale + GUARD : good - weight;
        if (!sql_num_divide(arena, num, &root, round_scale, false, &quotient) ||
            !sql_num_add(arena, &root, &quotient, &sum) ||
            !sql_num_divide_small(arena, &sum, 2, round_scale, &root))
            return false;
    } while (!last);
    *out = root;
    return true;
}

/* The iteration's result may be off by one in its last digit: the right one is the largest whose
 * square is not above the number. */
static bool exact_root(struct arena *arena, const struct sql_num *num, int32_t scale,
                       struct sql_num *out)
{
    struct sql_num root, square, unit, next;
    if (!newton_root(arena, num, scale, &root) || !sql_num_truncate(arena, &root, scale, &root))
        return false;
    static const uint16_t units[][1] = {{1}, {1000}, {100}, {10}};
    unit = (struct sql_num){.count = 1,
                            .digits = units[scale % DIGITS],
                            .scale = scale,
                            .weight = -(scale + DIGITS - 1) / DIGITS};
    for (;;) {
        if (!sql_num_multiply(arena, &root, &root, -1, &square))
            return false;
        if (sql_num_compare(&square, num) <= 0)
            break;
        if (!sql_num_subtract(arena, &root, &unit, &root))
            return false;
    }
    for (;;) {
        if (!sql_num_add(arena, &root, &unit, &next) ||
            !sql_num_multiply(arena, &next, &next, -1, &square))
            return false;
        if (sql_num_compare(&square, num) > 0)
            break;
        root = next;
    }
    *out = root;
    return true;
}

/* Rounding the cut root at one more digit rounds the true one: half itself is never the root of a
 * number with fewer digits without being exact. */
bool sql_num_square_root(struct sql_call *call, const struct sql_num *num, int32_t scale,
                         struct sql_num *out)
{
    if (num->count == 0) {
        *out = (struct sql_num){.scale = scale};
        return true;
    }
    struct sql_num root;
    return (exact_root(call->arena, num, scale + 1, &root) &&
            sql_num_round(call->arena, &root, scale, out)) ||
           no_memory(call);
}

/* ---- exponentials */

/* The sum of x^n / n!, for |x| < 0.01 or so. */
static bool exp_series(struct arena *arena, const struct sql_num *x, int32_t scale,
                       struct sql_num *out)
{
    struct sql_num sum, term = one;
    if (!sql_num_add(arena, &one, x, &sum))
        return false;
    term = *x;
    for (uint32_t n = 2; term.count; n++) {
        if (!sql_num_multiply(arena, &term, x, scale, &term) ||
            !sql_num_divide_small(arena, &term, n, scale, &term) ||
            !sql_num_add(arena, &sum, &term, &sum))
            return false;
    }
    *out = sum;
    return true;
}

/* exp(x) with about `digits` significant digits: (exp(x / 2^k))^(2^k). */
static bool exp_digits(struct arena *arena, const struct sql_num *x, int32_t digits,
                       struct sql_num *out)
{
    int32_t halvings = 0;
    for (double size = fabs(approximate(x)); size > 0.01; size /= 2)
        halvings++;
    int32_t scale = digits + GUARD + halvings;
    struct sql_num part = *x;
    for (int32_t i = 0; i < halvings; i++)
        if (!sql_num_divide_small(arena, &part, 2, scale + halvings, &part))
            return false;
    if (!sql_num_round(arena, &part, scale, &part) || !exp_series(arena, &part, scale, out))
        return false;
    for (int32_t i = 0; i < halvings; i++) {
        int32_t weight = (int32_t)floor(log10_of(out) * 2);
        if (!sql_num_multiply(arena, out, out, max(scale - weight, 0), out))
            return false;
    }
    return true;
}

bool sql_num_exp(struct sql_call *call, const struct sql_num *num, int32_t scale,
                 struct sql_num *out)
{
    double value = approximate(num);
    if (fabs(value) >= EXP_LIMIT) {
        if (value > 0)
            return fail_overflow(call);
        *out = (struct sql_num){.scale = scale};
        return true;
    }
    int32_t digits = max(scale + (int32_t)(value * LOG10_E) + 2, 4);
    return (exp_digits(call->arena, num, digits, out) &&
            sql_num_round(call->arena, out, scale, out)) ||
           no_memory(call);
}

/* ---- logarithms */

/* 2 * artanh((x - 1) / (x + 1)), for x near 1. */
static bool ln_series(struct arena *arena, const struct sql_num *x, int32_t scale,
                      struct sql_num *out)
{
    struct sql_num above, below, z, square, power, term, sum;
    if (!sql_num_subtract(arena, x, &one, &above) || !sql_num_add(arena, x, &one, &below) ||
        !sql_num_divide(arena, &above, &below, scale, false, &z) ||
        !sql_num_multiply(arena, &z, &z, scale, &square))
        return false;
    sum = power = z;
    for (uint32_t n = 3; power.count; n += 2) {
        if (!sql_num_multiply(arena, &power, &square, scale, &power) ||
            !sql_num_divide_small(arena, &power, n, scale, &term) ||
            !sql_num_add(arena, &sum, &term, &sum))
            return false;
    }
    return sql_num_add(arena, &sum, &sum, out);
}

/* Roots bring the number near 1: ln x = 2^k ln(x^(1/2^k)). */
bool sql_num_ln(struct sql_call *call, const struct sql_num *num, int32_t scale,
                struct sql_num *out)
{
    int32_t roots = 0;
    double size = fabs(log10_of(num)) / LOG10_E;
    for (; size > 0.05; size /= 2)
        roots++;
    int32_t working = max(scale, 0) + GUARD + roots;
    struct sql_num near = *num, factor;
    for (int32_t i = 0; i < roots; i++) {
        /* Numbers near zero need as many digits in front as they have zeros. */
        int32_t zeros = max((int32_t)(-log10_of(&near) / 2), 0);
        if (!sql_num_square_root(call, &near, working + 2 * zeros, &near))
            return false;
    }
    return (ln_series(call->arena, &near, working, out) &&
            sql_num_from_int(call->arena, INT64_C(1) << roots, &factor) &&
            sql_num_multiply(call->arena, out, &factor, scale, out)) ||
           no_memory(call);
}

int32_t sql_num_ln_weight(const struct sql_num *num)
{
    double value = approximate(num);
    if (sql_num_sign(num) <= 0)
        return 0;
    if (value >= 0.9 && value <= 1.1) {
        /* The logarithm is about the distance from 1: its weight is that of its first digit. */
        struct sql_num distance = {0};
        struct arena scratch = {0};
        int32_t weight = 0;
        if (sql_num_subtract(&scratch, num, &one, &distance) && distance.count)
            weight = distance.weight * DIGITS + (int32_t)log10(distance.digits[0]);
        arena_done(&scratch);
        return weight;
    }
    int32_t first = num->digits[0], weight = num->weight * DIGITS;
    if (num->count > 1) {
        first = first * SQL_NUM_BASE + num->digits[1];
        weight -= DIGITS;
    }
    return (int32_t)log10(fabs(log((double)first) + weight * LN_10));
}

bool sql_num_log(struct sql_call *call, const struct sql_num *base, const struct sql_num *num,
                 struct sql_num *out)
{
    int32_t base_weight = sql_num_ln_weight(base), num_weight = sql_num_ln_weight(num);
    int32_t weight = num_weight - base_weight;
    int32_t scale = max(SQL_NUM_DIGITS_WANTED - weight, max(base->scale, num->scale));
    scale = clamp(scale, 0, SQL_NUM_DECLARED_MAX);
    struct sql_num ln_base, ln_num;
    int32_t digits = scale + max(weight, 0) + GUARD;
    if (!sql_num_ln(call, base, max(digits - base_weight, digits), &ln_base) ||
        !sql_num_ln(call, num, max(digits - num_weight, digits), &ln_num))
        return false;
    if (ln_base.count == 0)
        return sql_fail(call->env->error, "22012", "division by zero");
    return sql_num_divide(call->arena, &ln_num, &ln_base, scale, true, out) || no_memory(call);
}

/* ---- powers */

/* base^n by squaring, each product cut to the digits that count. */
static bool power_by_squares(struct arena *arena, const struct sql_num *base, uint64_t n,
                             int32_t digits, struct sql_num *out)
{
    struct sql_num square = *base, product = one;
    for (;;) {
        if (n & 1) {
            if (!sql_num_multiply(arena, &product, &square, -1, &product) ||
                !sql_num_round(arena, &product, digits - (product.weight + 1) * DIGITS, &product))
                return false;
        }
        n >>= 1;
        if (n == 0 || product.weight > WEIGHT_MAX)
            break;
        if (!sql_num_multiply(arena, &square, &square, -1, &square) ||
            !sql_num_round(arena, &square, digits - (square.weight + 1) * DIGITS, &square))
            return false;
    }
    *out = product;
    return true;
}

static bool power_of_integer(struct sql_call *call, const struct sql_num *base, int64_t exponent,
                             struct sql_num *out)
{
    struct arena *arena = call->arena;
    int32_t scale = clamp(max(SQL_NUM_DIGITS_WANTED, base->scale), 0, SQL_NUM_DECLARED_MAX);
    if (exponent == 0 || base->count == 0) {
        if (exponent < 0)
            return sql_fail(call->env->error, "22012", "division by zero");
        *out = exponent ? *base : one;
        out->scale = scale;
        return true;
    }
    double weight = (double)exponent * log10_of(base);
    if (exponent != 1 && weight > (double)WEIGHT_MAX * DIGITS)
        return fail_overflow(call);
    if (weight + 1 < -scale || weight + 1 < -SQL_NUM_DECLARED_MAX) {
        *out = (struct sql_num){.scale = scale};
        return true;
    }
    uint64_t n = exponent < 0 ? (uint64_t)-exponent : (uint64_t)exponent;
    int32_t digits = 1 + scale + (int32_t)weight + GUARD + 12 + (int32_t)log10((double)n) * 2;
    int32_t positive =
        1 + scale + GUARD + 12 + (int32_t)fabs(weight) + (int32_t)log10((double)n) * 2;
    struct sql_num power;
    if (!power_by_squares(arena, base, n, exponent < 0 ? positive : max(digits, 16), &power))
        return no_memory(call);
    bool made = exponent < 0 ? sql_num_divide(arena, &one, &power, scale, true, out)
                             : sql_num_round(arena, &power, scale, out);
    return made || no_memory(call);
}

/* Is the whole number odd? */
static bool is_odd(const struct sql_num *num)
{
    return num->count == num->weight + 1 && num->count > 0 && num->digits[num->count - 1] % 2 != 0;
}

bool sql_num_power(struct sql_call *call, const struct sql_num *base,
                   const struct sql_num *exponent, struct sql_num *out)
{
    int64_t whole;
    if (sql_num_is_whole(exponent) && sql_num_to_int(call->arena, exponent, &whole) &&
        whole >= -INTEGER_MAX - 1 && whole <= INTEGER_MAX)
        return power_of_integer(call, base, whole, out);
    if (base->count == 0) {
        *out = (struct sql_num){.scale = SQL_NUM_DIGITS_WANTED};
        return true;
    }
    struct sql_num size = *base, ln, product;
    if (base->negative && !sql_num_is_whole(exponent))
        return sql_fail(call->env->error, "2201F",
                        "a negative number raised to a non-integer power yields a complex result");
    size.negative = false;
    int32_t ln_weight = sql_num_ln_weight(&size);
    if (!sql_num_ln(call, &size, max(8 - ln_weight, 0), &ln) ||
        !sql_num_multiply(call->arena, &ln, exponent, -1, &product))
        return false;
    double value = approximate(&product);
    if (fabs(value) > EXP_LIMIT * 1.00333) {
        if (value > 0)
            return fail_overflow(call);
        *out = (struct sql_num){.scale = SQL_NUM_DECLARED_MAX};
        return true;
    }
    int32_t weight = (int32_t)(value * LOG10_E);
    int32_t scale = max(SQL_NUM_DIGITS_WANTED - weight, max(base->scale, exponent->scale));
    scale = clamp(scale, 0, SQL_NUM_DECLARED_MAX);
    int32_t exponent_weight = exponent->weight * DIGITS + DIGITS;
    int32_t ln_scale = max(scale + weight, 0) + max(exponent_weight, 0) + GUARD;
    if (!sql_num_ln(call, &size, ln_scale, &ln) ||
        !sql_num_multiply(call->arena, &ln, exponent, -1, &product) ||
        !sql_num_exp(call, &product, scale, out))
        return false;
    out->negative = base->negative && is_odd(exponent) && out->count > 0;
    return true;
}
