/* Mathematical functions of floating point numbers, and dice. */
#include <math.h>

#include "common/random.h"
#include "emulators/sql/value/float.h"

static bool fail(struct sql_call *call, const char *sqlstate, const char *message)
{
    return sql_fail(call->env->error, sqlstate, "%s", message);
}

static bool out_of_range(struct sql_call *call)
{
    return fail(call, "22003", "input is out of range");
}

/* Functions without a bound of their own: the C function, and what may come out. */
#define PLAIN(name, expression)                                                          \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        (void)call;                                                                      \
        double x = args[0].d;                                                            \
        *out = datum_float(expression);                                                  \
        return true;                                                                     \
    }

PLAIN(math_round, rint(x))
PLAIN(math_ceil, ceil(x))
PLAIN(math_floor, floor(x))
PLAIN(math_trunc, trunc(x))
PLAIN(math_sign, x > 0 ? 1 : x < 0 ? -1 : 0)
PLAIN(math_cbrt, cbrt(x))
PLAIN(math_atan, atan(x))
PLAIN(math_sinh, sinh(x))
PLAIN(math_cosh, cosh(x))
PLAIN(math_tanh, tanh(x))
PLAIN(math_asinh, asinh(x))

static bool math_pi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    (void)args;
    *out = datum_float(3.14159265358979323846);
    return true;
}

static bool math_sqrt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].d < 0)
        return fail(call, "2201F", "cannot take square root of a negative number");
    *out = datum_float(sqrt(args[0].d));
    return true;
}

static bool math_pow(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double base = args[0].d, exponent = args[1].d;
    if (base == 0 && exponent < 0)
        return fail(call, "2201F", "zero raised to a negative power is undefined");
    if (base < 0 && isfinite(exponent) && floor(exponent) != exponent)
        return fail(call, "2201F",
                    "a negative number raised to a non-integer power yields a complex result");
    *out = datum_float(pow(base, exponent));
    bool finite = isfinite(base) && isfinite(exponent);
    return sql_float_check(call, out->d, !finite, !finite || base == 0);
}

static bool math_exp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_float(exp(args[0].d));
    return sql_float_check(call, out->d, isinf(args[0].d), isinf(args[0].d));
}

static bool logarithm(struct sql_call *call, double x, double result, struct datum *out)
{
    if (x == 0)
        return fail(call, "2201E", "cannot take logarithm of zero");
    if (x < 0)
        return fail(call, "2201E", "cannot take logarithm of a negative number");
    *out = datum_float(result);
    return true;
}

static bool math_ln(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return logarithm(call, args[0].d, args[0].d > 0 ? log(args[0].d) : args[0].d, out);
}

static bool math_log10(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return logarithm(call, args[0].d, args[0].d > 0 ? log10(args[0].d) : args[0].d, out);
}

static bool math_acosh(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].d < 1)
        return out_of_range(call);
    *out = datum_float(acosh(args[0].d));
    return true;
}

static bool math_atanh(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (fabs(args[0].d) > 1)
        return out_of_range(call);
    *out = datum_float(fabs(args[0].d) == 1 ? copysign(INFINITY, args[0].d) : atanh(args[0].d));
    return true;
}

/* ---- angles in radians */

#define OF_FINITE(name, expression)                                                      \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        double x = args[0].d;                                                            \
        if (isinf(x))                                                                    \
            return out_of_range(call);                                                   \
        *out = datum_float(expression);                                                  \
        return true;                                                                     \
    }

OF_FINITE(math_sin, sin(x))
OF_FINITE(math_cos, cos(x))
OF_FINITE(math_tan, tan(x))
OF_FINITE(math_cot, 1.0 / tan(x))

#define OF_UNIT(name, expression)                                                        \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        double x = args[0].d;                                                            \
        if (x < -1 || x > 1)                                                             \
            return out_of_range(call);                                                   \
        *out = datum_float(expression);                                                  \
        return true;                                                                     \
    }

OF_UNIT(math_asin, asin(x))
OF_UNIT(math_acos, acos(x))

static bool math_atan2(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_float(atan2(args[0].d, args[1].d));
    return true;
}

#define RADIANS_PER_DEGREE 0.0174532925199432957692

static bool math_degrees(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_float(args[0].d / RADIANS_PER_DEGREE);
    return sql_float_check(call, out->d, isinf(args[0].d), args[0].d == 0);
}

static bool math_radians(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_float(args[0].d * RADIANS_PER_DEGREE);
    return sql_float_check(call, out->d, isinf(args[0].d), args[0].d == 0);
}

/* ---- angles in degrees: multiples of 30 and 45 degrees give exact results, by scaling what C
 * gives for them. Angles are first brought into the first quadrant. */

static double asin_degrees_q1(double x)
{
    if (x <= 0.5)
        return asin(x) / asin(0.5) * 30.0;
    return 90.0 - acos(x) / acos(0.5) * 60.0;
}

static double acos_degrees_q1(double x)
{
    if (x <= 0.5)
        return 90.0 - asin(x) / asin(0.5) * 30.0;
    return acos(x) / acos(0.5) * 60.0;
}

OF_UNIT(math_asind, isnan(x) ? x : x >= 0 ? asin_degrees_q1(x) : -asin_degrees_q1(-x))
OF_UNIT(math_acosd, isnan(x) ? x : x >= 0 ? acos_degrees_q1(x) : 90.0 + asin_degrees_q1(-x))
PLAIN(math_atand, atan(x) / atan(1.0) * 45.0)

static bool math_atan2d(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_float(atan2(args[0].d, args[1].d) / atan(1.0) * 45.0);
    return true;
}

static double sin_degrees_0_30(double x)
{
    volatile double sin_30 = sin(30.0 * RADIANS_PER_DEGREE);
    return sin(x * RADIANS_PER_DEGREE) / sin_30 / 2.0;
}

static double cos_degrees_0_60(double x)
{
    volatile double loss_60 = 1.0 - cos(60.0 * RADIANS_PER_DEGREE);
    return 1.0 - (1.0 - cos(x * RADIANS_PER_DEGREE)) / loss_60 / 2.0;
}

static double sin_degrees_q1(double x)
{
    return x <= 30 ? sin_degrees_0_30(x) : cos_degrees_0_60(90 - x);
}

static double cos_degrees_q1(double x)
{
    return x <= 60 ? cos_degrees_0_60(x) : sin_degrees_0_30(90 - x);
}

/* An angle brought into the first quadrant, and the signs that its sine and cosine have. */
struct quadrant {
    double angle;
    int sine_sign, cosine_sign;
};

static struct quadrant reduce(double x)
{
    struct quadrant q = {fmod(x, 360.0), 1, 1};
    if (q.angle < 0) {
        q.angle = -q.angle;
        q.sine_sign = -1;
    }
    if (q.angle > 180) {
        q.angle = 360 - q.angle;
        q.sine_sign = -q.sine_sign;
    }
    if (q.angle > 90) {
        q.angle = 180 - q.angle;
        q.cosine_sign = -1;
    }
    return q;
}

static double sin_degrees(double x)
{
    struct quadrant q = reduce(x);
    return q.sine_sign * sin_degrees_q1(q.angle);
}

static double cos_degrees(double x)
{
    struct quadrant q = reduce(x);
    return q.cosine_sign * cos_degrees_q1(q.angle);
}

/* -0 is shown as 0, whichever quadrant it comes from. */
static double tan_degrees(double x)
{
    struct quadrant q = reduce(x);
    volatile double tan_45 = sin_degrees_q1(45.0) / cos_degrees_q1(45.0);
    double result =
        q.sine_sign * q.cosine_sign * (sin_degrees_q1(q.angle) / cos_degrees_q1(q.angle) / tan_45);
    return result == 0 ? 0.0 : result;
}

static double cot_degrees(double x)
{
    struct quadrant q = reduce(x);
    volatile double cot_45 = cos_degrees_q1(45.0) / sin_degrees_q1(45.0);
    double result =
        q.sine_sign * q.cosine_sign * (cos_degrees_q1(q.angle) / sin_degrees_q1(q.angle) / cot_45);
    return result == 0 ? 0.0 : result;
}

OF_FINITE(math_sind, isnan(x) ? x : sin_degrees(x))
OF_FINITE(math_cosd, isnan(x) ? x : cos_degrees(x))
OF_FINITE(math_tand, isnan(x) ? x : tan_degrees(x))
OF_FINITE(math_cotd, isnan(x) ? x : cot_degrees(x))

/* Neither fails: what is too small or too large for them has a limit. */
PLAIN(math_erf, erf(x))
PLAIN(math_erfc, erfc(x))

/* ---- the rest */

/* width_bucket(operand, low, high, count) */
static bool width_bucket(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double x = args[0].d, low = args[1].d, high = args[2].d;
    int64_t count = args[3].i;
    if (count <= 0)
        return fail(call, "2201G", "count must be greater than zero");
    if (isnan(x) || isnan(low) || isnan(high))
        return fail(call, "2201G", "operand, lower bound, and upper bound cannot be NaN");
    if (isinf(low) || isinf(high))
        return fail(call, "2201G", "lower and upper bounds must be finite");
    if (low == high)
        return fail(call, "2201G", "lower bound cannot equal upper bound");
    bool before = low < high ? x < low : x > low, after = low < high ? x >= high : x <= high;
    int64_t bucket = before ? 0 : count + 1;
    if (!before && !after) { /* halves, where the span of the bounds is no number */
        double span = high - low;
        double part = isinf(span) ? (x / 2 - low / 2) / (high / 2 - low / 2) : (x - low) / span;
        bucket = (int64_t)((double)count * part);
        bucket = (bucket >= count ? count - 1 : bucket) + 1;
    }
    *out = datum_int(bucket);
    return bucket <= INT32_MAX || fail(call, "22003", "integer out of range");
}

const struct sql_builtin sql_float_math_builtins[] = {
    {"dround",              math_round  },
    {"dceil",               math_ceil   },
    {"dfloor",              math_floor  },
    {"dtrunc",              math_trunc  },
    {"dsign",               math_sign   },
    {"dsqrt",               math_sqrt   },
    {"dcbrt",               math_cbrt   },
    {"dpow",                math_pow    },
    {"dexp",                math_exp    },
    {"dlog1",               math_ln     },
    {"dlog10",              math_log10  },
    {"dpi",                 math_pi     },
    {"degrees",             math_degrees},
    {"radians",             math_radians},
    {"dsin",                math_sin    },
    {"dcos",                math_cos    },
    {"dtan",                math_tan    },
    {"dcot",                math_cot    },
    {"dasin",               math_asin   },
    {"dacos",               math_acos   },
    {"datan",               math_atan   },
    {"datan2",              math_atan2  },
    {"dsinh",               math_sinh   },
    {"dcosh",               math_cosh   },
    {"dtanh",               math_tanh   },
    {"dasinh",              math_asinh  },
    {"dacosh",              math_acosh  },
    {"datanh",              math_atanh  },
    {"dsind",               math_sind   },
    {"dcosd",               math_cosd   },
    {"dtand",               math_tand   },
    {"dcotd",               math_cotd   },
    {"dasind",              math_asind  },
    {"dacosd",              math_acosd  },
    {"datand",              math_atand  },
    {"datan2d",             math_atan2d },
    {"width_bucket_float8", width_bucket},
    {"derf",                math_erf    },
    {"derfc",               math_erfc   },
    {NULL,                  NULL        },
};
