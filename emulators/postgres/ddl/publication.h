/* Publications. Nothing is ever published: they are kept and shown.
 *
 * As struct sql_other: a publication's only number is its flags; a table in one is an object of its own
 * with the numbers publication, relation and columns, and the row filter as two fields: its text, and the numbers
 * (int16_t) of the columns that it reads; a schema in one has the numbers publication and schema. Their
 * names are the first two numbers. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_PUBLICATION_H
#define PARLEL_EMULATORS_POSTGRES_DDL_PUBLICATION_H

#include "emulators/postgres/ddl/ddl.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/syntax/ast_object.h"

enum { PG_CLASS_PUBLICATION_TABLE = 6106, PG_CLASS_PUBLICATION_SCHEMA = 6237 };

/* Where a table's columns begin among its numbers, and its fields. */
enum { PG_PUBLICATION_COLUMNS_AT = 2, PG_PUBLICATION_FILTER = 0, PG_PUBLICATION_FILTER_READS = 1 };

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

/* May schemas be added? Not where tables have column lists. */
bool pg_publication_check_schemas(struct pg_ddl *ddl, const struct sql_other *publication);
/* May partitions be published as themselves? Not where what they are of has a filter or columns. */
bool pg_publication_check_leaves(struct pg_ddl *ddl, const struct sql_other *publication);

/* The table, or schema, as a member of the publication; NULL: it was not named. */
const struct sql_other *pg_publication_member(struct sql_session *session, uint32_t class_id,
                                              const struct sql_other *publication, uint32_t id);
/* Is the table in the publication: by its own name, with its schema, or with all tables? */
bool pg_publication_has(struct sql_session *session, const struct sql_other *publication,
                        const struct sql_relation *relation);
/* The partitioned table nearest above, NULL: it is no partition. */
const struct sql_relation *pg_publication_above(struct sql_session *session,
                                                const struct sql_relation *relation);
/* Do publications ever have relations of its kind? Permanent tables, that is, but the system's. */
bool pg_publication_may_have(struct sql_session *session, const struct sql_relation *relation);

/* May that role own the publication? Some only superusers may: 42501. */
bool pg_publication_check_owner(struct pg_ddl *ddl, const struct sql_object *object,
                                uint32_t owner);
/* May rows of the table be updated, or deleted? Whoever is told of it must know them by the replica
 * identity: fails with 55000 when they have none, 42P10 when a publication asks for other columns. */
bool pg_publication_check_change(struct sql_env *env, const struct sql_relation *relation,
                                 bool deletes);

#endif
