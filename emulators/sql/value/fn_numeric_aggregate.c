/* Sums, averages and variances of exact numbers and integers.
 *
 * A state keeps the sum, and where variances are wanted the sum of squares, as columns of base 10000
 * whose carries wait until the end: adding a number touches as many columns as it has digits and
 * takes no memory. States of integers are the same, their numbers are taken apart first. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/numeric.h"

#define LOCAL_DIGITS 64
#define LONG_SQUARE  1000 /* digits */

struct columns {
    int64_t *at;    /* most significant first */
    int32_t weight; /* of the first */
    int32_t count;
};

struct num_state {
    int64_t count;
    int64_t nans, infinities, negative_infinities;
    int32_t scale;    /* the largest seen */
    int64_t of_scale; /* that have it */
    bool squares_wanted;
    struct columns sum, squares;
};

static bool no_memory(struct sql_call *call)
{
    return sql_fail_memory(call->env->error);
}

/* Makes room for digits from `high` down to `low`. */
static bool columns_cover(struct arena *arena, struct columns *columns, int32_t high, int32_t low)
{
    int32_t last = columns->weight - columns->count + 1;
    if (columns->count && high <= columns->weight && low >= last)
        return true;
    if (columns->count) {
        high = high > columns->weight ? high : columns->weight;
        low = low < last ? low : last;
    }
    struct columns grown = {.weight = high + 1, .count = high - low + 3};
    grown.at = arena_zalloc(arena, (size_t)grown.count * sizeof(*grown.at));
    if (!grown.at)
        return false;
    if (columns->count)
        memcpy(grown.at + (grown.weight - columns->weight), columns->at,
               (size_t)columns->count * sizeof(*grown.at));
    *columns = grown;
    return true;
}

/* The columns' number; their memory stays as it is. */
static bool columns_total(struct arena *arena, const struct columns *columns, int32_t scale,
                          struct sql_num *out)
{
    enum { CARRIES = 6 }; /* digits that a column of 64 bits may carry away */
    int32_t count = columns->count + CARRIES;
    int64_t *work = arena_zalloc(arena, (size_t)count * sizeof(*work));
    uint16_t *digits = arena_array(arena, (size_t)count, sizeof(*digits));
    if (!work || !digits)
        return false;
    if (columns->count)
        memcpy(work + CARRIES, columns->at, (size_t)columns->count * sizeof(*work));
    bool negative = false;
    for (int round = 0; round < 2; round++) {
        int64_t carry = 0;
        for (int32_t i = count - 1; i >= 0; i--) {
            carry += work[i];
            int64_t digit = carry % SQL_NUM_BASE;
            digit += digit < 0 ? SQL_NUM_BASE : 0;
            carry = (carry - digit) / SQL_NUM_BASE;
            work[i] = digit;
        }
        if (carry == 0)
            break;
        negative = true; /* what is left over is -1: turn all round */
        work[0] += carry * SQL_NUM_BASE;
        for (int32_t i = 0; i < count; i++)
            work[i] = -work[i];
    }
    for (int32_t i = 0; i < count; i++)
        digits[i] = (uint16_t)work[i];
    *out = (struct sql_num){.negative = negative,
                            .weight = columns->weight + CARRIES,
                            .scale = scale,
                            .count = count,
                            .digits = digits};
    sql_num_strip(out);
    return true;
}

static void add_digits(struct columns *columns, const struct sql_num *num)
{
    int64_t *at = columns->at + (columns->weight - num->weight);
    for (int32_t i = 0; i < num->count; i++)
        at[i] += num->negative ? -num->digits[i] : num->digits[i];
}

static void add_square(struct columns *columns, const struct sql_num *num, int64_t sign)
{
    int64_t *at = columns->at + (columns->weight - 2 * num->weight);
    for (int32_t i = 0; i < num->count; i++) {
        int64_t digit = num->digits[i], twice = 2 * digit * sign;
        at[2 * i] += digit * digit * sign;
        for (int32_t j = i + 1; j < num->count; j++)
            at[i + j] += twice * num->digits[j];
    }
}

/* sign: 1 adds the square, -1 takes it away. */
static bool state_add_square(struct arena *arena, struct num_state *state,
                             const struct sql_num *num, int64_t sign)
{
    int32_t high = num->weight, low = high - num->count + 1;
    if (!columns_cover(arena, &state->squares, 2 * high + 1, 2 * low))
        return false;
    if (num->count < LONG_SQUARE) {
        add_square(&state->squares, num, sign);
        return true;
    }
    struct arena scratch = {0}; /* the group's arena would keep it */
    struct sql_num square;
    bool made = sql_num_multiply(&scratch, num, num, -1, &square);
    square.negative = sign < 0;
    if (made)
        add_digits(&state->squares, &square);
    arena_done(&scratch);
    return made;
}

static bool state_add_digits(struct arena *arena, struct num_state *state,
                             const struct sql_num *num, int64_t sign)
{
    struct sql_num signed_num = *num;
    if (num->count == 0)
        return true;
    if (!columns_cover(arena, &state->sum, num->weight, num->weight - num->count + 1))
        return false;
    signed_num.negative = num->negative != (sign < 0);
    add_digits(&state->sum, &signed_num);
    return !state->squares_wanted || state_add_square(arena, state, num, sign);
}

/* Where numbers of that kind that are not finite are counted. */
static int64_t *special_count(struct num_state *state, const struct sql_num *num)
{
    return num->kind == SQL_NUM_NAN ? &state->nans
           : num->negative          ? &state->negative_infinities
                                    : &state->infinities;
}

static bool state_add(struct arena *arena, struct num_state *state, const struct sql_num *num)
{
    state->count++;
    if (num->kind != SQL_NUM_FINITE) {
        ++*special_count(state, num);
        return true;
    }
    if (num->scale > state->scale) {
        state->scale = num->scale;
        state->of_scale = 0;
    }
    state->of_scale += num->scale == state->scale;
    return state_add_digits(arena, state, num, 1);
}

/* Takes a number out again. *out_known false: the last one of the largest scale is gone, so nobody knows
 * what is the largest now. */
static bool state_remove(struct arena *arena, struct num_state *state, const struct sql_num *num,
                         bool *out_known)
{
    *out_known = true;
    state->count--;
    if (num->kind != SQL_NUM_FINITE) {
        --*special_count(state, num);
        return true;
    }
    state->of_scale -= num->scale == state->scale;
    *out_known = state->of_scale > 0 || state->scale == 0;
    return state_add_digits(arena, state, num, -1);
}

/* The state, made at the first row: transitions are not strict. */
static struct num_state *state_of(struct sql_call *call, const struct datum *args, bool squares)
{
    if (!args[0].null)
        return args[0].state;
    struct num_state *state = arena_zalloc(call->arena, sizeof(*state));
    if (!state)
        no_memory(call);
    else
        state->squares_wanted = squares;
    return state;
}

/* Opens a number in `local` where it fits, as call->arena lasts as long as the group. */
static bool open_local(struct sql_call *call, struct datum value, uint16_t local[LOCAL_DIGITS],
                       struct sql_num *out)
{
    struct arena none = {0};
    struct datum head = value;
    size_t len = value.len - 4;
    if (len > LOCAL_DIGITS * sizeof(uint16_t))
        return sql_num_open(call->arena, value, out) || no_memory(call);
    head.len = 4;
    sql_num_open(&none, head, out);
    arena_done(&none);
    memcpy(local, value.ptr + 4, len);
    out->count = (int32_t)(len / sizeof(uint16_t));
    out->digits = local;
    return true;
}

static bool accumulate_numeric(struct sql_call *call, const struct datum *args, bool squares,
                               struct datum *out)
{
    struct num_state *state = state_of(call, args, squares);
    uint16_t local[LOCAL_DIGITS];
    struct sql_num num;
    if (!state)
        return false;
    *out = (struct datum){.state = state};
    if (args[1].null)
        return true;
    return open_local(call, args[1], local, &num) &&
           (state_add(call->arena, state, &num) || no_memory(call));
}

/* Digits of an integer. */
enum { INT_DIGITS = 5 };

static struct sql_num open_int(struct datum value, uint16_t digits[INT_DIGITS])
{
    uint64_t magnitude = value.i < 0 ? 0 - value.u : value.u;
    int at = INT_DIGITS;
    for (; magnitude; magnitude /= SQL_NUM_BASE)
        digits[--at] = (uint16_t)(magnitude % SQL_NUM_BASE);
    return (struct sql_num){.negative = value.i < 0,
                            .weight = INT_DIGITS - 1 - at,
                            .count = INT_DIGITS - at,
                            .digits = digits + at};
}

static bool accumulate_int(struct sql_call *call, const struct datum *args, bool squares,
                           struct datum *out)
{
    struct num_state *state = state_of(call, args, squares);
    uint16_t digits[INT_DIGITS];
    if (!state)
        return false;
    *out = (struct datum){.state = state};
    if (args[1].null)
        return true;
    const struct sql_num num = open_int(args[1], digits);
    return state_add(call->arena, state, &num) || no_memory(call);
}

static bool remove_number(struct sql_call *call, const struct datum *args,
                          const struct sql_num *num, struct datum *out)
{
    bool known;
    if (!state_remove(call->arena, args[0].state, num, &known))
        return no_memory(call);
    *out = known ? args[0] : datum_null();
    return true;
}

static bool numeric_accum_inv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint16_t local[LOCAL_DIGITS];
    struct sql_num num;
    *out = args[0];
    if (args[0].null)
        return sql_fail(call->env->error, "XX000", "numeric_accum_inv called with NULL state");
    return args[1].null ||
           (open_local(call, args[1], local, &num) && remove_number(call, args, &num, out));
}

static bool int_accum_inv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint16_t digits[INT_DIGITS];
    *out = args[0];
    if (args[0].null)
        return sql_fail(call->env->error, "XX000", "int8_accum_inv called with NULL state");
    if (args[1].null)
        return true;
    const struct sql_num num = open_int(args[1], digits);
    return remove_number(call, args, &num, out);
}

static bool numeric_avg_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return accumulate_numeric(call, args, false, out);
}

static bool numeric_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return accumulate_numeric(call, args, true, out);
}

static bool int_avg_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return accumulate_int(call, args, false, out);
}

static bool int_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return accumulate_int(call, args, true, out);
}

/* ---- results */

/* What NaN and infinities among the numbers make of a sum; finite: nothing. */
static struct sql_num special_sum(const struct num_state *state)
{
    if (state->nans || (state->infinities && state->negative_infinities))
        return (struct sql_num){.kind = SQL_NUM_NAN};
    if (state->infinities || state->negative_infinities)
        return (struct sql_num){.kind = SQL_NUM_INFINITY, .negative = !state->infinities};
    return (struct sql_num){0};
}

static bool sum_of(struct sql_call *call, const struct num_state *state, struct sql_num *out)
{
    *out = special_sum(state);
    return out->kind != SQL_NUM_FINITE ||
           columns_total(call->arena, &state->sum, state->scale, out) || no_memory(call);
}

static bool is_empty(const struct datum *args)
{
    const struct num_state *state = args[0].state;
    return args[0].null || state->count == 0;
}

static bool numeric_sum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num sum;
    if (is_empty(args))
        return sql_give_null(out);
    return sum_of(call, args[0].state, &sum) && sql_num_make(call, &sum, out);
}

/* sum / count, as a division gives it. */
static bool give_average(struct sql_call *call, const struct sql_num *sum, int64_t count,
                         struct datum *out)
{
    struct sql_num divisor, average;
    if (!sql_num_from_int(call->arena, count, &divisor))
        return no_memory(call);
    int32_t scale = sql_num_quotient_scale(sum, &divisor);
    return (sql_num_divide(call->arena, sum, &divisor, scale, true, &average) || no_memory(call)) &&
           sql_num_make(call, &average, out);
}

static bool numeric_avg(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num sum;
    if (is_empty(args))
        return sql_give_null(out);
    const struct num_state *state = args[0].state;
    if (!sum_of(call, state, &sum))
        return false;
    return sum.kind == SQL_NUM_FINITE ? give_average(call, &sum, state->count, out)
                                      : sql_num_make(call, &sum, out);
}

/* (n * sum of squares - square of the sum) / (n * (n or n - 1)). */
static bool variance(struct arena *arena, const struct num_state *state, bool sample,
                     struct sql_num *out)
{
    struct sql_num sum, squares, n, divisor;
    if (!columns_total(arena, &state->sum, state->scale, &sum) ||
        !columns_total(arena, &state->squares, 2 * state->scale, &squares) ||
        !sql_num_from_int(arena, state->count, &n) ||
        !sql_num_from_int(arena, state->count - sample, &divisor) ||
        !sql_num_multiply(arena, &sum, &sum, -1, &sum) ||
        !sql_num_multiply(arena, &n, &squares, -1, &squares) ||
        !sql_num_subtract(arena, &squares, &sum, &squares) ||
        !sql_num_multiply(arena, &n, &divisor, -1, &divisor))
        return false;
    *out = (struct sql_num){0};
    if (squares.negative || squares.count == 0)
        return true;
    int32_t scale = sql_num_quotient_scale(&squares, &divisor);
    return sql_num_divide(arena, &squares, &divisor, scale, true, out);
}

static bool give_variance(struct sql_call *call, const struct datum *args, bool sample, bool root,
                          struct datum *out)
{
    const struct num_state *state = args[0].state;
    if (is_empty(args) || (sample && state->count <= 1))
        return sql_give_null(out);
    struct sql_num result = special_sum(state);
    if (result.kind != SQL_NUM_FINITE)
        return sql_num_make(call, &(struct sql_num){.kind = SQL_NUM_NAN}, out);
    if (!variance(call->arena, state, sample, &result))
        return no_memory(call);
    if (root && result.count && !sql_num_square_root(call, &result, result.scale, &result))
        return false;
    return sql_num_make(call, &result, out);
}

static bool numeric_var_pop(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_variance(call, args, false, false, out);
}

static bool numeric_var_samp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_variance(call, args, true, false, out);
}

static bool numeric_stddev_pop(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_variance(call, args, false, true, out);
}

static bool numeric_stddev_samp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_variance(call, args, true, true, out);
}

/* ---- averages of short integers: the state is an array of count and sum */

static bool open_pair(struct sql_call *call, struct datum state, struct datum out[2])
{
    struct sql_array pair;
    sql_array_open(state, &pair);
    if (pair.count != 2 || sql_array_is_null(&pair, 0) || sql_array_is_null(&pair, 1))
        return sql_fail(call->env->error, "XX000", "expected 2-element int8 array");
    out[0] = sql_array_get(&pair, 0);
    out[1] = sql_array_get(&pair, 1);
    return true;
}

static bool add_to_pair(struct sql_call *call, const struct datum *args, int64_t sign,
                        struct datum *out)
{
    struct sql_array array;
    struct datum pair[2];
    if (!open_pair(call, args[0], pair))
        return false;
    struct slice copy = arena_dup(call->arena, datum_slice(args[0]));
    if (!copy.ptr)
        return no_memory(call);
    sql_array_open(args[0], &array);
    const int64_t values[] = {pair[0].i + sign,
                              (int64_t)(pair[1].u + (uint64_t)(sign * args[1].i))};
    memcpy((uint8_t *)(uintptr_t)copy.ptr + (array.slots - args[0].ptr), values, sizeof(values));
    return sql_give_slice(out, copy);
}

static bool int4_avg_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add_to_pair(call, args, 1, out);
}

static bool int4_avg_accum_inv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add_to_pair(call, args, -1, out);
}

static bool int8_avg(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct datum pair[2];
    struct sql_num sum;
    if (!open_pair(call, args[0], pair))
        return false;
    if (pair[0].i == 0)
        return sql_give_null(out);
    return (sql_num_from_int(call->arena, pair[1].i, &sum) || no_memory(call)) &&
           give_average(call, &sum, pair[0].i, out);
}

static bool int2int4_sum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct datum pair[2];
    if (!open_pair(call, args[0], pair))
        return false;
    *out = pair[0].i ? pair[1] : datum_null();
    return true;
}

const struct sql_builtin sql_numeric_aggregate_builtins[] = {
    {"numeric_avg_accum",        numeric_avg_accum  },
    {"numeric_accum",            numeric_accum      },
    {"int8_avg_accum",           int_avg_accum      },
    {"int2_accum",               int_accum          },
    {"int4_accum",               int_accum          },
    {"int8_accum",               int_accum          },
    {"numeric_accum_inv",        numeric_accum_inv  },
    {"int8_avg_accum_inv",       int_accum_inv      },
    {"int2_accum_inv",           int_accum_inv      },
    {"int4_accum_inv",           int_accum_inv      },
    {"int8_accum_inv",           int_accum_inv      },
    {"numeric_sum",              numeric_sum        },
    {"numeric_avg",              numeric_avg        },
    {"numeric_var_pop",          numeric_var_pop    },
    {"numeric_var_samp",         numeric_var_samp   },
    {"numeric_stddev_pop",       numeric_stddev_pop },
    {"numeric_stddev_samp",      numeric_stddev_samp},
    {"numeric_poly_sum",         numeric_sum        },
    {"numeric_poly_avg",         numeric_avg        },
    {"numeric_poly_var_pop",     numeric_var_pop    },
    {"numeric_poly_var_samp",    numeric_var_samp   },
    {"numeric_poly_stddev_pop",  numeric_stddev_pop },
    {"numeric_poly_stddev_samp", numeric_stddev_samp},
    {"int2_avg_accum",           int4_avg_accum     },
    {"int4_avg_accum",           int4_avg_accum     },
    {"int2_avg_accum_inv",       int4_avg_accum_inv },
    {"int4_avg_accum_inv",       int4_avg_accum_inv },
    {"int8_avg",                 int8_avg           },
    {"int2int4_sum",             int2int4_sum       },
    {NULL,                       NULL               },
};
