/* Tables as wholes. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_TABLE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_TABLE_H

#include "emulators/postgres/ddl/relation.h"
#include "emulators/sql/storage/index.h"

/* sql_relation.on_commit */
enum { PG_ON_COMMIT_PRESERVE, PG_ON_COMMIT_DELETE, PG_ON_COMMIT_DROP };

/* Fails with 42P07 (or 42710 for a type of that name); with if_not_exists it only says so. */
bool pg_table_name_free(struct pg_ddl *ddl, uint32_t schema, struct slice name, bool if_not_exists,
                        bool *out_exists);
/* sql_relation.on_commit of what was written. */
uint32_t pg_table_on_commit_of(enum ast_on_commit said);
/* Has ON COMMIT done at the transaction's end. To be called by every statement that makes the table
 * or changes its rows. */
bool pg_table_on_commit(struct pg_ddl *ddl, uint32_t relation);
/* The same, by the dialect's hook: the table's rows are about to be changed. */
bool pg_table_note_change(struct sql_env *env, const struct sql_relation *relation);
/* New, empty storages for the table and its indexes. */
bool pg_table_empty(struct pg_ddl *ddl, uint32_t relation);
struct ast_create_table;
/* CREATE TABLE for another kind of relation; *out_id 0: it was there. */
bool pg_table_make(struct pg_ddl *ddl, const struct ast_create_table *ast,
                   enum sql_relation_kind kind, uint32_t *out_id);
/* Drops it with all that depends on it, without a word. */
bool pg_table_drop(struct pg_ddl *ddl, uint32_t relation);

#endif
