/* System relations: relations whose rows are made from the catalog when they are read.
 *
 * A generator is opened on a statement's arena, gives row after row, and needs no closing. A key
 * that the plan knows (an equality on the column `key_column`) is handed down, so that look-ups by
 * id, name or relation do not make every row; the rows given are a superset: whoever reads them
 * checks the condition itself.
 *
 * Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_SYSTEM_H
#define PARLEL_EMULATORS_SQL_CATALOG_SYSTEM_H

#include "emulators/sql/value/type.h"

#define SQL_SYSTEM_KEYS_MAX    4
#define SQL_SYSTEM_CHANGES_MAX 4

struct sql_relation;

/* A scan under way. The generator keeps its place in state. */
struct sql_system_scan {
    struct sql_env *env;
    const struct sql_system_relation *system;
    const struct sql_relation *relation; /* that is read */
    int key_column;                      /* number of the column that the key is for, 0: all rows */
    struct datum key;                    /* of that column's type, not NULL */
    void *state;                         /* the generator's own */
};

struct sql_system_relation {
    uint32_t id;
    uint32_t rows; /* about so many in an empty database, for estimates; 0: not known */
    /* Columns for which a key can be handed down, 0 ends. */
    int8_t keys[SQL_SYSTEM_KEYS_MAX];
    /* Begins; the fields of the scan are set. */
    bool (*open)(struct sql_system_scan *scan);
    /* The next row's values in the relation's order of columns (all are set beforehand to NULL), made
     * in `arena`; *done: there was none left. */
    bool (*next)(struct sql_system_scan *scan, struct arena *arena, struct datum *values,
                 bool *done);
    /* What an UPDATE by a superuser may change of a row: columns, 0 ends, and who keeps it. `values` are
     * the whole new row's. NULL: nothing. */
    int8_t changes[SQL_SYSTEM_CHANGES_MAX];
    bool (*change)(struct sql_env *env, const struct datum *values);
};

#endif
