/* Publications. Nothing is ever published: they are kept and shown.
 *
 * As struct sql_other: a publication's only number is its flags; a table in one is an object of its own
 * with the numbers publication, relation and columns, and the row filter's text as a field; a schema in
 * one has the numbers publication and schema. Their names are the first two numbers. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_PUBLICATION_H
#define PARLEL_EMULATORS_POSTGRES_DDL_PUBLICATION_H

#include "emulators/postgres/ddl/ddl.h"
#include "emulators/sql/syntax/ast_object.h"

enum { PG_CLASS_PUBLICATION_TABLE = 6106, PG_CLASS_PUBLICATION_SCHEMA = 6237 };

enum pg_publication_flags {
    PG_PUBLISH_ALL_TABLES = 1 << 0,
    PG_PUBLISH_INSERT = 1 << 1,
    PG_PUBLISH_UPDATE = 1 << 2,
    PG_PUBLISH_DELETE = 1 << 3,
    PG_PUBLISH_TRUNCATE = 1 << 4,
    PG_PUBLISH_VIA_ROOT = 1 << 5,
};

/* Adds the tables and schemas to the publication, takes them out of it, or makes them all that it has. */
bool pg_publication_add(struct pg_ddl *ddl, const struct sql_other *publication,
                        const struct ast_list *objects);
bool pg_publication_remove(struct pg_ddl *ddl, const struct sql_other *publication,
                           const struct ast_list *objects);
bool pg_publication_set(struct pg_ddl *ddl, const struct sql_other *publication,
                        const struct ast_list *objects);

#endif
