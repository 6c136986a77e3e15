/* Exact decimal numbers of up to 131072 digits before and 16383 behind the point, NaN, infinities.
 *
 * Flat form, in the machine's byte order: uint16 head, int16 weight, uint16 digits of base 10000.
 * The head's low 14 bits are the scale (digits shown behind the point), the upper two say what it
 * is: 0 positive, 1 negative, 2 special (then the rest is an enum sql_num_kind). The first digit
 * counts 10000^weight; there are no zero digits at either end, and none at all in zero.
 *
 * A struct sql_num is an opened number: its digits may be borrowed from a value. Numbers made here
 * are in the arena given. Functions return false when memory ran out or, where the comment says so,
 * with the error filled. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_NUMERIC_H
#define PARLEL_EMULATORS_SQL_VALUE_NUMERIC_H

#include "emulators/sql/value/type.h"

#define SQL_NUM_BASE          10000
#define SQL_NUM_BASE_DIGITS   4
#define SQL_NUM_SCALE_MAX     16383 /* of any value */
#define SQL_NUM_DECLARED_MAX  1000  /* precision and scale of a type; scale of divisions' results */
#define SQL_NUM_RESULT_SCALE  2000  /* decimal weight beyond which exponentials are not computed */
#define SQL_NUM_DIGITS_WANTED 16    /* significant digits of results that are not exact */

enum sql_num_kind { SQL_NUM_FINITE, SQL_NUM_NAN, SQL_NUM_INFINITY };

struct sql_num {
    enum sql_num_kind kind;
    bool negative;  /* of finite numbers and infinities; never of zero */
    int32_t weight; /* 0 for zero */
    int32_t scale;
    int32_t count;
    const uint16_t *digits; /* most significant first */
};

extern const struct sql_type_ops sql_numeric_ops;
extern const struct sql_builtin sql_numeric_builtins[];
extern const struct sql_builtin sql_numeric_cast_builtins[];
extern const struct sql_builtin sql_numeric_aggregate_builtins[];

/* ---- values */

bool sql_num_open(struct arena *arena, struct datum value, struct sql_num *out);
/* The flat form; fails with 22003 beyond the limits. */
bool sql_num_make(struct sql_call *call, const struct sql_num *num, struct datum *out);

/* Decimal text with blanks around it; 22P02 and 22003. */
bool sql_num_parse(struct sql_call *call, struct slice text, struct sql_num *out);
/* Makes a number without sign plain: underscores between digits go, 0x1f, 0o17 and 0b11 become
 * decimal. What is no such number stays as it is. False: memory ran out. (num_literal.c) */
bool sql_num_plain(struct arena *arena, struct slice *text);
bool sql_num_print(const struct sql_num *num, struct sql_bytes *out);
/* Rounds to a declared precision and scale; 22003 when it does not fit. */
bool sql_num_apply_typmod(struct sql_call *call, int32_t typmod, struct sql_num *num);
int32_t sql_num_typmod(int32_t precision, int32_t scale);

bool sql_num_from_int(struct arena *arena, int64_t value, struct sql_num *out);
/* Rounded; false: special or out of range. */
bool sql_num_to_int(struct arena *arena, const struct sql_num *num, int64_t *out);
/* Of finite numbers; infinite when too large. */
bool sql_num_to_double(struct arena *arena, const struct sql_num *num, double *out);
/* The `digits` significant digits that C prints. */
bool sql_num_from_double(struct sql_call *call, double value, int digits, struct sql_num *out);
bool sql_call_give_num(struct sql_call *call, const struct sql_num *num, struct datum *out);

static inline bool sql_num_is_zero(const struct sql_num *num)
{
    return num->kind == SQL_NUM_FINITE && num->count == 0;
}

/* -1, 0, 1; NaN 0. */
static inline int sql_num_sign(const struct sql_num *num)
{
    return num->kind == SQL_NUM_NAN || sql_num_is_zero(num) ? 0 : num->negative ? -1 : 1;
}

/* No digits but zeros behind the point. */
static inline bool sql_num_is_whole(const struct sql_num *num)
{
    return num->count <= num->weight + 1 || num->count == 0;
}

/* ---- arithmetic of finite numbers */

int sql_num_compare_magnitude(const struct sql_num *a, const struct sql_num *b);
/* Of all numbers: -Infinity < finite < Infinity < NaN. */
int sql_num_compare(const struct sql_num *a, const struct sql_num *b);
bool sql_num_add(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                 struct sql_num *out);
bool sql_num_subtract(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                      struct sql_num *out);
/* Exact, then rounded to the scale when that is not negative; scale -1: both scales' sum. */
bool sql_num_multiply(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                      int32_t scale, struct sql_num *out);
/* b is not zero. Half is rounded away from zero, or everything towards it. */
bool sql_num_divide(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                    int32_t scale, bool round, struct sql_num *out);
/* By 1 <= divisor < 10000 * 10000, cut. */
bool sql_num_divide_small(struct arena *arena, const struct sql_num *a, uint32_t divisor,
                          int32_t scale, struct sql_num *out);
/* The scale that a quotient has. */
int32_t sql_num_quotient_scale(const struct sql_num *a, const struct sql_num *b);
/* What a truncated division leaves; the sign is a's. */
bool sql_num_remainder(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                       struct sql_num *out);
/* To `scale` digits behind the point, negative: before it. */
bool sql_num_round(struct arena *arena, const struct sql_num *num, int32_t scale,
                   struct sql_num *out);
bool sql_num_truncate(struct arena *arena, const struct sql_num *num, int32_t scale,
                      struct sql_num *out);
bool sql_num_floor(struct arena *arena, const struct sql_num *num, struct sql_num *out);
/* Digits behind the point that are needed. */
int32_t sql_num_min_scale(const struct sql_num *num);
/* Takes a product's or sum's digits without zeros at the ends. */
void sql_num_strip(struct sql_num *num);

/* ---- functions whose results are not exact; errors are filled */

bool sql_num_square_root(struct sql_call *call, const struct sql_num *num, int32_t scale,
                         struct sql_num *out);
/* The natural exponential and logarithm of finite numbers (positive ones), rounded to the scale. */
bool sql_num_exp(struct sql_call *call, const struct sql_num *num, int32_t scale,
                 struct sql_num *out);
bool sql_num_ln(struct sql_call *call, const struct sql_num *num, int32_t scale,
                struct sql_num *out);
/* Decimal weight of the logarithm, about. */
int32_t sql_num_ln_weight(const struct sql_num *num);
bool sql_num_log(struct sql_call *call, const struct sql_num *base, const struct sql_num *num,
                 struct sql_num *out);
bool sql_num_power(struct sql_call *call, const struct sql_num *base,
                   const struct sql_num *exponent, struct sql_num *out);

#endif
