/* Objects as event triggers see them: what kind they are, and names that mean them whatever the search
 * path is. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_IDENTITY_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_IDENTITY_H

#include "emulators/sql/catalog/change.h"

#define PG_ADDRESS_NAMES_MAX 3

/* ptr NULL: it has none. Strings are in the arena given, or the catalog's. */
struct pg_identity {
    struct slice type;     /* "table", "table column", "function" ... */
    struct slice schema;   /* "pg_temp" for the session's own */
    struct slice name;     /* of what is unique in its schema by its name */
    struct slice identity; /* "public.t.a", "f on public.t" ... */
    struct slice names[PG_ADDRESS_NAMES_MAX];
    uint32_t name_count;
    const struct slice *args; /* of a routine: its types */
    uint32_t arg_count;
    bool is_temporary;
    bool of_relation; /* in no schema but by its table: trigger, policy, default */
};

/* type.ptr stays NULL for kinds of objects that it does not know. False: the error is filled. */
bool pg_identify(struct sql_env *env, struct sql_reference object, struct pg_identity *out);

#endif
