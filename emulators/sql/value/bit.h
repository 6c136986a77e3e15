/* Bit strings: bit(n), of exactly n bits, and bit varying(n), of n at most.
 *
 * A value is the number of bits (uint32, the machine's byte order) and the bits, the first the
 * highest of the first byte; bits that fill up the last byte are 0. A type modifier is n. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_BIT_H
#define PARLEL_EMULATORS_SQL_VALUE_BIT_H

#include "emulators/sql/value/type.h"

struct sql_bits {
    uint32_t count;
    const uint8_t *ptr;
};

struct sql_bits sql_bits_open(struct datum value);
/* A value of `count` bits, all 0, to be filled at the place returned; NULL: memory ran out. */
uint8_t *sql_bits_make(struct sql_call *call, uint32_t count, struct datum *out);

extern const struct sql_type_ops sql_bit_ops;
extern const struct sql_type_ops sql_varbit_ops;

extern const struct sql_builtin sql_bit_builtins[];

#endif
