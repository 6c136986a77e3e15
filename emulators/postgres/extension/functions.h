/* What the program has for each extension: functions by symbol, operations of types by name. code.c
 * lists them; the files end with these tables. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_FUNCTIONS_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_FUNCTIONS_H

#include "emulators/postgres/extension/extension.h"
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"

static inline bool pg_begins_with(struct slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

extern const struct sql_builtin pg_armor_functions[];
extern const struct sql_builtin pg_btree_gist_functions[];
extern const struct sql_builtin pg_cipher_functions[];
extern const struct sql_builtin pg_citext_functions[];
extern const struct sql_builtin pg_crypt_functions[];
extern const struct sql_builtin pg_cube_functions[];
extern const struct sql_builtin pg_digest_functions[];
extern const struct sql_builtin pg_earthdistance_functions[];
extern const struct sql_builtin pg_fuzzystrmatch_functions[];
extern const struct sql_builtin pg_hstore_convert_functions[];
extern const struct sql_builtin pg_hstore_functions[];
extern const struct sql_builtin pg_hstore_get_functions[];
extern const struct sql_builtin pg_intarray_functions[];
extern const struct sql_builtin pg_ltree_functions[];
extern const struct sql_builtin pg_pgp_functions[];
extern const struct sql_builtin pg_sparsevec_functions[];
extern const struct sql_builtin pg_sparsevec_order_functions[];
extern const struct sql_builtin pg_stat_statements_functions[];
extern const struct sql_builtin pg_tablefunc_functions[];
extern const struct sql_builtin pg_trgm_functions[];
extern const struct sql_builtin pg_unaccent_functions[];
extern const struct sql_builtin pg_uuid_ossp_functions[];
extern const struct sql_builtin pg_vector_cast_functions[];
extern const struct sql_builtin pg_vector_functions[];
extern const struct sql_builtin pg_vector_order_functions[];

extern const struct pg_extension_type pg_citext_types[];
extern const struct pg_extension_type pg_cube_types[];
extern const struct pg_extension_type pg_hstore_types[];
extern const struct pg_extension_type pg_intarray_types[];
extern const struct pg_extension_type pg_ltree_types[];
extern const struct pg_extension_type pg_vector_types[];

#endif
