/* Keys of rows as bytes: for sorting (their order is the rows') and for hashing (equal bytes are equal
 * values). NULLs sort where the key says and are equal to one another. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_KEY_H
#define PARLEL_EMULATORS_SQL_EXEC_KEY_H

#include "emulators/sql/exec/run.h"
#include "emulators/sql/value/bytes.h"

/* Appends the key of the registers' values; what it needs meanwhile is made in `arena`. */
bool sql_key_encode(struct sql_run *run, const struct sql_keys *keys, struct arena *arena,
                    struct sql_bytes *out);
/* The same for values that stand elsewhere: values[i] belongs to key i, whose site is in `calls`. */
bool sql_key_encode_values(struct sql_env *env, struct sql_call *calls, const struct sql_keys *keys,
                           const struct datum *values, struct arena *arena, struct sql_bytes *out);
/* Is one of the key's values NULL? */
bool sql_key_has_null(const struct sql_run *run, const struct sql_keys *keys);

/* Big-endian with the sign turned: the first bytes of a number's key. */
static inline uint64_t sql_key_of_int(int64_t value)
{
    return (uint64_t)value ^ UINT64_C(0x8000000000000000);
}

#endif
