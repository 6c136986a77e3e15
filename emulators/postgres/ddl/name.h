/* Names in definitions: where a new object goes, whether its name is free, names that the server
 * makes up. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_NAME_H
#define PARLEL_EMULATORS_POSTGRES_DDL_NAME_H

#include "emulators/postgres/ddl/ddl.h"
#include "emulators/sql/syntax/ast_table.h"

#define PG_NAME_MAX 63 /* bytes of an identifier */

/* The schema in which a relation of that name is made, and its persistence (p, u, t): temporary ones go
 * to the session's temporary schema, which is made when it is not there. Checks CREATE on it. */
bool pg_name_creation(struct pg_ddl *ddl, const struct ast_relation *name, uint32_t *out_schema,
                      char *out_persistence);
/* The same for other objects ([schema.]name). */
bool pg_name_qualified(struct pg_ddl *ddl, const struct ast_names *names, uint32_t *out_schema,
                       struct slice *out_name);
/* Splits [catalog.][schema.]name; schema.ptr NULL: none was written. */
bool pg_name_split(struct pg_ddl *ddl, const struct ast_names *names, struct slice *out_schema,
                   struct slice *out_name);
/* The session's temporary schema, made when there is none. */
bool pg_name_temp_schema(struct pg_ddl *ddl, uint32_t *out_schema);
/* The transaction has made or dropped something temporary: it cannot be prepared. */
bool pg_name_note_temporary(struct pg_ddl *ddl);
/* A schema by name; fails with 3F000, unless missing_ok (then *out is NULL). */
bool pg_name_schema(struct pg_ddl *ddl, struct slice name, bool missing_ok,
                    const struct sql_schema **out);

/* Waits for others that are making a relation of that name, then says whether there is one. */
bool pg_name_relation_taken(struct pg_ddl *ddl, uint32_t schema, struct slice name,
                            bool *out_taken);

/* "table_column_label", cut to 63 bytes with the label kept, with a number when it is taken: among the
 * schema's relations, or among its constraints. columns.ptr NULL: left out. */
bool pg_name_choose_relation(struct pg_ddl *ddl, uint32_t schema, struct slice table,
                             struct slice columns, const char *label, struct slice *out);
bool pg_name_choose_constraint(struct pg_ddl *ddl, uint32_t schema, struct slice table,
                               struct slice columns, const char *label, struct slice *out);
struct slice pg_name_make(struct arena *arena, struct slice first, struct slice second,
                          const char *label, unsigned number);

/* The relation as the statement names it, locked; fails with 42P01, unless missing_ok (then *out is
 * NULL). kind: a letter of enum sql_relation_kind that it must be, 0: any. */
bool pg_name_relation(struct pg_ddl *ddl, const struct ast_relation *name, bool missing_ok,
                      enum sql_lock_mode lock, const struct sql_relation **out);
/* As a list of names. */
bool pg_name_relation_of_names(struct pg_ddl *ddl, const struct ast_names *names, bool missing_ok,
                               enum sql_lock_mode lock, const struct sql_relation **out);
/* A column by name, NULL: there is none. Dropped ones are not found. */
const struct sql_column *pg_name_column(const struct sql_relation *relation, struct slice name);
/* Fails with 42703 when there is none. */
bool pg_name_require_column(struct pg_ddl *ddl, const struct sql_relation *relation,
                            struct slice name, const struct sql_column **out);
bool pg_name_is_system_column(struct slice name);

/* A role as written (CURRENT_USER and the like); PUBLIC is 0 when allowed, else refused. */
bool pg_name_role(struct pg_ddl *ddl, const struct ast_role *role, bool public_allowed,
                  uint32_t *out);

/* The type of that kind that the statement alters, which the current role must own. `what` for the
 * message of 42809 ("an enum", "a domain"); fails with 42704 when there is none. */
bool pg_name_own_type(struct pg_ddl *ddl, const struct ast_names *names, enum sql_type_kind kind,
                      const char *what, const struct sql_type_object **out);

/* Fails with 42501 when the current role may not make anything of the type (arrays: of their elements). */
bool pg_name_type_usage(struct pg_ddl *ddl, uint32_t type);
/* Fails with 42501 when the current role may not act as the other one by SET ROLE. */
bool pg_name_must_be_member(struct pg_ddl *ddl, uint32_t role);
/* Fails with 42501 "must be owner of ..." when the current role does not own the object. */
bool pg_name_must_own(struct pg_ddl *ddl, const struct sql_object *object);
/* The same of what is of a relation: a column, trigger, rule, policy or constraint. */
bool pg_name_must_own_relation_of(struct pg_ddl *ddl, const struct sql_object *relation);

#endif
