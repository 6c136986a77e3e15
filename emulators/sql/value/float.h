/* Floating point numbers of 8 and 4 bytes: both are the datum's d, rounded to float for the latter.
 *
 * Order is total: all NaN are equal and above infinity, -0 equals 0. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FLOAT_H
#define PARLEL_EMULATORS_SQL_VALUE_FLOAT_H

#include "emulators/sql/value/type.h"

#define SQL_FLOAT_TEXT_MAX 64 /* bytes that sql_float_print may write */

extern const struct sql_type_ops sql_float4_ops;
extern const struct sql_type_ops sql_float8_ops;

extern const struct sql_builtin sql_float_builtins[];
extern const struct sql_builtin sql_float_math_builtins[];
extern const struct sql_builtin sql_random_builtins[]; /* fn_random.c */
extern const struct sql_builtin sql_float_aggregate_builtins[];

/* A number with blanks around it, NaN or an infinity; `single` rounds to float. */
bool sql_float_parse(struct sql_error *error, struct slice text, bool single, double *out);

/* The text of a value: with extra_float_digits above 0 the fewest digits that read back the same,
 * otherwise 15 (6) digits and so many more. Returns the length. */
size_t sql_float_print(char out[SQL_FLOAT_TEXT_MAX], double value, bool single,
                       int extra_float_digits);

int sql_float_order(double a, double b);
/* A number whose order is the values'; one for all that are equal. */
uint64_t sql_float_key(double value);

/* 22003 when a result is infinite (zero) though no operand made it so. */
bool sql_float_check(struct sql_call *call, double result, bool infinity_ok, bool zero_ok);

#endif
