/* Booleans, integers of 2, 4 and 8 bytes, and object ids: all are the datum's i.
 *
 * Hashes and keys of equal integers are equal across the widths, so that columns of different
 * widths meet in hash joins and index lookups without a conversion. Keys take one byte and as many
 * as the magnitude needs. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_INTEGER_H
#define PARLEL_EMULATORS_SQL_VALUE_INTEGER_H

#include "emulators/sql/value/type.h"

struct sql_bytes;

extern const struct sql_type_ops sql_bool_ops;
extern const struct sql_type_ops sql_int2_ops;
extern const struct sql_type_ops sql_int4_ops;
extern const struct sql_type_ops sql_int8_ops;
extern const struct sql_type_ops sql_oid_ops;

extern const struct sql_builtin sql_integer_builtins[];

/* true, yes, on, 1 and their opposites, of which the beginning does as far as it is unmistakable, in any case.
 * False: it is none of them. */
bool sql_bool_parse(struct slice text, bool *out);

/* A decimal integer with an optional sign and blanks around it. 22P02, or 22003 when it is not
 * within min .. max; `type` is the name that the error shows. */
bool sql_integer_parse(struct sql_error *error, struct slice text, int64_t min, int64_t max,
                       const char *type, int64_t *out);

/* What types whose datum is i share: order, hash and key. */
int sql_int_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                    struct datum b);
uint64_t sql_int_hash(struct sql_call *call, const struct sql_type *type, struct datum value);
bool sql_int_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out);

/* A well mixed 64-bit number of a 64-bit number. */
uint64_t sql_mix(uint64_t value);

#endif
