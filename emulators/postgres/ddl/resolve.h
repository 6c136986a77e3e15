/* Objects as DROP, COMMENT, ALTER ... name them (struct ast_object). */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_RESOLVE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_RESOLVE_H

#include "emulators/postgres/ddl/name.h"

/* What was found; id 0: nothing (only with missing_ok; the notice was sent). */
struct pg_found {
    struct sql_reference ref;
    const struct sql_object *object; /* whose owner counts: a column's or trigger's is its table */
};

/* Finds the object; locks it when it is (or belongs to) a relation. Fails with the code and text of its
 * kind, "... does not exist"; with missing_ok it says "..., skipping" instead. */
bool pg_resolve(struct pg_ddl *ddl, const struct ast_object *ast, bool missing_ok,
                enum sql_lock_mode lock, struct pg_found *out);

/* A kind of routine: functions, aggregates, all but procedures. */
#define PG_ROUTINE_NO_PROCEDURE 'F'
/* The routine of a kind (f function as well as window, F, a, p, or 0: any). */
bool pg_resolve_routine(struct pg_ddl *ddl, const struct ast_func_ref *ref, char kind,
                        bool missing_ok, const struct sql_routine **out);
bool pg_resolve_operator(struct pg_ddl *ddl, const struct ast_func_ref *ref, bool missing_ok,
                         const struct sql_operator **out);
/* Is it a kind of relation? */
bool pg_object_is_relation(enum ast_object_type type);
/* A copy of any object in the arena, to be changed and stored. NULL: the error is filled. */
struct sql_object *pg_object_copy(struct pg_ddl *ddl, const struct sql_object *object);
/* Would the object, as it is named, be the only one of its kind in the schema? */
bool pg_object_name_free(struct pg_ddl *ddl, const struct sql_object *object, uint32_t schema);
bool pg_object_set_owner(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner);
/* May the current role give it to that owner? Fails with 42501. */
bool pg_owner_check(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner);
/* Gives it, with all that belongs to it. */
bool pg_owner_give(struct pg_ddl *ddl, const struct sql_object *object, uint32_t owner);
/* With its row type, indexes and sequences. */
bool pg_relation_set_owner(struct pg_ddl *ddl, uint32_t relation, uint32_t owner);
/* "name(type, type)", as messages write a function of these arguments. */
struct slice pg_ddl_signature(struct pg_ddl *ddl, struct slice name, const uint32_t *types,
                              uint32_t count);
/* [schema.]name as text, for messages. */
struct slice pg_ddl_names_text(struct pg_ddl *ddl, const struct ast_names *names);

#endif
