/* Averages, variances and regressions of floating point numbers, by the recurrences of Youngs and
 * Cramer: sums of squares are of the distances from the mean.
 *
 * States are arrays {n, sum x, sum of squares x} and {n, sx, sxx, sy, syy, sxy}. */
#include <math.h>

#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/float.h"

enum { N, SX, SXX, SINGLE_COUNT, SY = SINGLE_COUNT, SYY, SXY, PAIR_COUNT };

static bool open_state(struct sql_call *call, struct datum state, uint32_t count, double *out)
{
    struct sql_array array;
    sql_array_open(state, &array);
    bool usable = array.count == count && array.shape.dims == 1 && array.by_value;
    for (uint32_t i = 0; usable && i < count; i++) {
        usable = !sql_array_is_null(&array, i);
        out[i] = sql_array_get(&array, i).d;
    }
    return usable ||
           sql_fail(call->env->error, "XX000", "expected %u-element float8 array", (unsigned)count);
}

/* A copy of the state with other numbers. */
static bool give_state(struct sql_call *call, struct datum state, uint32_t count,
                       const double *values, struct datum *out)
{
    struct sql_array array;
    struct slice copy = arena_dup(call->arena, datum_slice(state));
    if (!copy.ptr)
        return sql_fail_memory(call->env->error);
    sql_array_open(state, &array);
    memcpy((uint8_t *)(uintptr_t)copy.ptr + (array.slots - state.ptr), values,
           count * sizeof(*values));
    return sql_give_slice(out, copy);
}

static bool float_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double state[SINGLE_COUNT], x = args[1].d;
    if (!open_state(call, args[0], SINGLE_COUNT, state))
        return false;
    double n = state[N], old_sum = state[SX];
    state[N] += 1;
    state[SX] += x;
    if (n > 0) {
        double distance = x * state[N] - state[SX];
        state[SXX] += distance * distance / (state[N] * n);
        if (isinf(state[SX]) || isinf(state[SXX])) {
            if (!isinf(old_sum) && !isinf(x))
                return sql_float_check(call, INFINITY, false, true);
            state[SXX] = NAN;
        }
    } else if (!isfinite(x)) {
        state[SXX] = NAN;
    }
    return give_state(call, args[0], SINGLE_COUNT, state, out);
}

/* An infinity that no infinite number explains. */
static bool pair_overflows(const double *old, const double *state, double x, double y)
{
    bool x_finite = !isinf(old[SX]) && !isinf(x), y_finite = !isinf(old[SY]) && !isinf(y);
    return ((isinf(state[SX]) || isinf(state[SXX])) && x_finite) ||
           ((isinf(state[SY]) || isinf(state[SYY])) && y_finite) ||
           (isinf(state[SXY]) && x_finite && y_finite);
}

/* float8_regr_accum(state, y, x) */
static bool regr_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double old[PAIR_COUNT], state[PAIR_COUNT], y = args[1].d, x = args[2].d;
    if (!open_state(call, args[0], PAIR_COUNT, old))
        return false;
    memcpy(state, old, sizeof(state));
    state[N] += 1;
    state[SX] += x;
    state[SY] += y;
    if (old[N] > 0) {
        double dx = x * state[N] - state[SX], dy = y * state[N] - state[SY];
        double scale = 1.0 / (state[N] * old[N]);
        state[SXX] += dx * dx * scale;
        state[SYY] += dy * dy * scale;
        state[SXY] += dx * dy * scale;
        if (pair_overflows(old, state, x, y))
            return sql_float_check(call, INFINITY, false, true);
        state[SXX] = isinf(state[SXX]) ? NAN : state[SXX];
        state[SYY] = isinf(state[SYY]) ? NAN : state[SYY];
        state[SXY] = isinf(state[SXY]) ? NAN : state[SXY];
    } else {
        if (!isfinite(x))
            state[SXX] = state[SXY] = NAN;
        if (!isfinite(y))
            state[SYY] = state[SXY] = NAN;
    }
    return give_state(call, args[0], PAIR_COUNT, state, out);
}

/* The square of the distance of two halves' means, weighted: what their sums of squares lack. */
static double between(double n1, double sx1, double n2, double sx2, double sy1, double sy2)
{
    double dx = sx1 / n1 - sx2 / n2, dy = sy1 / n1 - sy2 / n2;
    return n1 * n2 * dx * dy / (n1 + n2);
}

static bool float_combine(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double a[SINGLE_COUNT], b[SINGLE_COUNT];
    if (!open_state(call, args[0], SINGLE_COUNT, a) || !open_state(call, args[1], SINGLE_COUNT, b))
        return false;
    if (a[N] == 0 || b[N] == 0)
        return give_state(call, args[0], SINGLE_COUNT, a[N] == 0 ? b : a, out);
    const double both[SINGLE_COUNT] = {a[N] + b[N], a[SX] + b[SX],
                                       a[SXX] + b[SXX] +
                                           between(a[N], a[SX], b[N], b[SX], a[SX], b[SX])};
    return sql_float_check(call, both[SXX], isinf(a[SXX]) || isinf(b[SXX]), true) &&
           give_state(call, args[0], SINGLE_COUNT, both, out);
}

static bool regr_combine(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double a[PAIR_COUNT], b[PAIR_COUNT];
    if (!open_state(call, args[0], PAIR_COUNT, a) || !open_state(call, args[1], PAIR_COUNT, b))
        return false;
    if (a[N] == 0 || b[N] == 0)
        return give_state(call, args[0], PAIR_COUNT, a[N] == 0 ? b : a, out);
    const double both[PAIR_COUNT] = {
        a[N] + b[N],
        a[SX] + b[SX],
        a[SXX] + b[SXX] + between(a[N], a[SX], b[N], b[SX], a[SX], b[SX]),
        a[SY] + b[SY],
        a[SYY] + b[SYY] + between(a[N], a[SY], b[N], b[SY], a[SY], b[SY]),
        a[SXY] + b[SXY] + between(a[N], a[SX], b[N], b[SX], a[SY], b[SY])};
    return give_state(call, args[0], PAIR_COUNT, both, out);
}

/* A result of a state: NULL with fewer than `least` rows, or where `defined` does not hold. */
#define RESULT(name, room, least, defined, expression)                                   \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        double s[room];                                                                  \
        if (!open_state(call, args[0], room, s))                                         \
            return false;                                                                \
        *out = s[N] >= (least) && (defined) ? datum_float(expression) : datum_null();    \
        return true;                                                                     \
    }

RESULT(float_avg, SINGLE_COUNT, 1, true, s[SX] / s[N])
RESULT(float_var_pop, SINGLE_COUNT, 1, true, s[SXX] / s[N])
RESULT(float_var_samp, SINGLE_COUNT, 2, true, s[SXX] / (s[N] - 1))
RESULT(float_stddev_pop, SINGLE_COUNT, 1, true, sqrt(s[SXX] / s[N]))
RESULT(float_stddev_samp, SINGLE_COUNT, 2, true, sqrt(s[SXX] / (s[N] - 1)))
RESULT(regr_sxx, PAIR_COUNT, 1, true, s[SXX])
RESULT(regr_syy, PAIR_COUNT, 1, true, s[SYY])
RESULT(regr_sxy, PAIR_COUNT, 1, true, s[SXY])
RESULT(regr_avgx, PAIR_COUNT, 1, true, s[SX] / s[N])
RESULT(regr_avgy, PAIR_COUNT, 1, true, s[SY] / s[N])
RESULT(covar_pop, PAIR_COUNT, 1, true, s[SXY] / s[N])
RESULT(covar_samp, PAIR_COUNT, 2, true, s[SXY] / (s[N] - 1))
RESULT(corr, PAIR_COUNT, 1, s[SXX] != 0 && s[SYY] != 0, s[SXY] / sqrt(s[SXX] * s[SYY]))
RESULT(regr_r2, PAIR_COUNT, 1, s[SXX] != 0,
       s[SYY] == 0 ? 1.0 : (s[SXY] * s[SXY]) / (s[SXX] * s[SYY]))
RESULT(regr_slope, PAIR_COUNT, 1, s[SXX] != 0, s[SXY] / s[SXX])
RESULT(regr_intercept, PAIR_COUNT, 1, s[SXX] != 0, (s[SY] - s[SX] * s[SXY] / s[SXX]) / s[N])

const struct sql_builtin sql_float_aggregate_builtins[] = {
    {"float8_combine",        float_combine    },
    {"float8_regr_combine",   regr_combine     },
    {"float4_accum",          float_accum      },
    {"float8_accum",          float_accum      },
    {"float8_avg",            float_avg        },
    {"float8_var_pop",        float_var_pop    },
    {"float8_var_samp",       float_var_samp   },
    {"float8_stddev_pop",     float_stddev_pop },
    {"float8_stddev_samp",    float_stddev_samp},
    {"float8_regr_accum",     regr_accum       },
    {"float8_regr_sxx",       regr_sxx         },
    {"float8_regr_syy",       regr_syy         },
    {"float8_regr_sxy",       regr_sxy         },
    {"float8_regr_avgx",      regr_avgx        },
    {"float8_regr_avgy",      regr_avgy        },
    {"float8_covar_pop",      covar_pop        },
    {"float8_covar_samp",     covar_samp       },
    {"float8_corr",           corr             },
    {"float8_regr_r2",        regr_r2          },
    {"float8_regr_slope",     regr_slope       },
    {"float8_regr_intercept", regr_intercept   },
    {NULL,                    NULL             },
};
