/* Products and quotients of numbers with thousands of digits.
 *
 * Digits are those of numeric.h, most significant first. Below the thresholds the methods taught at
 * school are faster, above them these take time in proportion to the digits, about. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_NUM_PRODUCT_H
#define PARLEL_EMULATORS_SQL_VALUE_NUM_PRODUCT_H

#include "emulators/sql/value/numeric.h"

#define SQL_NUM_LONG_PRODUCT  200 /* digits of the shorter factor */
#define SQL_NUM_LONG_QUOTIENT 800 /* digits of divisor and quotient */

/* Writes a's and b's product to `out`, which has room for the digits of both. False: no memory. */
bool sql_num_product_long(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                          uint16_t *out);

/* a / b, b not zero, cut towards zero at 10000^low. False: no memory. */
bool sql_num_quotient_long(struct arena *arena, const struct sql_num *a, const struct sql_num *b,
                           int32_t low, struct sql_num *out);

#endif
