/* What the catalog's look-ups share. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_FIND_H
#define PARLEL_EMULATORS_SQL_CATALOG_FIND_H

#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/instance.h"

/* Schemas in the order in which they are searched. */
struct sql_search {
    const uint32_t *schemas;
    uint16_t count;
};

/* The search path, or with schema.ptr the one schema (then kept in *only). False: there is no such
 * schema. */
bool sql_search_begin(struct sql_session *session, struct slice schema, uint32_t *only,
                      struct sql_search *out);

/* NULL: out of memory. */
struct sql_builtins *sql_builtins_of(struct sql_session *session);

/* An access method, built in or stored. */
struct sql_method {
    uint32_t id; /* 0: there is none */
    char kind;   /* t table, i index */
    struct slice name;
};
struct sql_method sql_find_method(struct sql_session *session, struct slice name);
struct sql_method sql_find_method_id(struct sql_session *session, uint32_t id);

/* The support function of an operator family, 0: none. */
uint32_t sql_find_family_function(struct sql_session *session, uint32_t family, uint32_t left,
                                  uint32_t right, unsigned number);

/* Is it one of the schemas whose objects are built in? */
bool sql_schema_is_builtin(const struct sql_dialect *dialect, uint32_t schema);

#endif
