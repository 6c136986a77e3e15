/* Keys of index entries: how the versions of a table's rows are found in its indexes.
 *
 * A struct sql_index_keys says how a key is made and is immutable (of a plan, or of a statement that
 * builds an index); a struct sql_index_access is an index opened with it by one statement. Keys are
 * those of exec/key.h, column after column, so a key of the leading columns is the beginning of the
 * keys that have them.
 *
 * Only access methods that order or hash have entries; the others' indexes stay empty. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_INDEX_KEY_H
#define PARLEL_EMULATORS_SQL_EXEC_INDEX_KEY_H

#include "emulators/sql/exec/key.h"
#include "emulators/sql/storage/index.h"

struct sql_index_keys {
    const struct sql_relation *relation; /* the table */
    const struct sql_relation *index;
    struct sql_keys keys;   /* one a key column; a key's site is its own index in `sites` */
    const int16_t *columns; /* of the table, 0: an expression */
    struct sql_plan *plan;  /* of expressions and the predicate; NULL: there are none */
    const struct sql_program **programs; /* one a key column; NULL: a plain column */
    const struct sql_program *where;
    struct sql_scan_column *loads; /* columns that expressions read, and their registers */
    uint32_t load_count;
    bool stored; /* its access method has entries here */
};

bool sql_index_keys_make(struct sql_env *env, struct arena *arena,
                         const struct sql_relation *relation, const struct sql_relation *index,
                         struct sql_index_keys **out);

struct sql_index_access {
    struct sql_index_use use;
    const struct sql_index_keys *keys;
    struct sql_env *env;
    struct sql_run *run; /* of keys->plan */
    struct sql_call *calls;
    struct arena scratch; /* of the key made last */
    struct datum *values; /* of the key made last */
};

/* Opens the index; table may be NULL, then it is opened too. Must be closed. */
bool sql_index_access_open(struct sql_env *env, struct arena *arena,
                           const struct sql_index_keys *keys, struct sql_table_rows *table,
                           struct sql_index_access *out);
void sql_index_access_close(struct sql_index_access *access);

/* The key of a row given by its values (of all columns, [0] is column 1); lasts until the next one.
 * *out_skip: the index has no entry for it; *out_null: one of its columns is NULL. */
bool sql_index_key_of(struct sql_index_access *access, const struct datum *values,
                      struct slice *out_key, bool *out_skip, bool *out_null);
/* The values of its columns alone, into access->values: for indexes without entries, too. */
bool sql_index_values_of(struct sql_index_access *access, const struct datum *values,
                         bool *out_skip, bool *out_null);
/* The beginning of keys with these values in the first `count` columns. */
bool sql_index_key_prefix(struct sql_index_access *access, const struct datum *values,
                          uint32_t count, struct sql_bytes *out);

/* The codec by which values of a type are ordered, grouped and hashed. */
bool sql_key_codec_of(struct sql_session *session, const struct sql_type *type,
                      enum sql_key_codec *out);

#endif
