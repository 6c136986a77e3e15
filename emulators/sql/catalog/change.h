/* Changing the catalog: new objects, new versions of them, what depends on what, comments.
 *
 * Objects are described in a statement's arena; what is stored is a flat copy (flat.h). Changes belong
 * to the session's transaction. What a relation's struct lists (its indexes, constraints ...) is kept
 * by sql_relation_attach and sql_relation_detach.
 *
 * Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_CHANGE_H
#define PARLEL_EMULATORS_SQL_CATALOG_CHANGE_H

#include "emulators/sql/catalog/objects.h"

/* Stores a new object. object->id 0: it gets the next free one, which is put into it. */
bool sql_catalog_create(struct sql_env *env, struct sql_object *object);
/* Stores a new version of an object that exists. */
bool sql_catalog_replace(struct sql_env *env, const struct sql_object *object);
/* Takes an object out, with its comment and what it depended on. */
bool sql_catalog_drop(struct sql_env *env, uint32_t class_id, uint32_t id);
/* Waits until nobody else is about to create (or drop) something of that name. */
bool sql_catalog_await_name(struct sql_env *env, uint32_t class_id, uint32_t schema,
                            struct slice name);

/* ---- lists of ids in a relation */

enum sql_attached {
    SQL_ATTACHED_INDEX,
    SQL_ATTACHED_CONSTRAINT,
    SQL_ATTACHED_REFERENCING,
    SQL_ATTACHED_TRIGGER,
    SQL_ATTACHED_RULE,
    SQL_ATTACHED_POLICY,
    SQL_ATTACHED_PARENT,
    SQL_ATTACHED_CHILD,
};
/* The relation must exist. Adding keeps the order of additions, but triggers, rules and policies, which
 * stand by name. Adding what is there, or removing what is not, changes nothing. */
bool sql_relation_attach(struct sql_env *env, uint32_t relation, enum sql_attached what,
                         uint32_t id);
bool sql_relation_detach(struct sql_env *env, uint32_t relation, enum sql_attached what,
                         uint32_t id);

/* ---- dependencies */

struct sql_reference {
    uint32_t class_id, id;
    int32_t part; /* column, 0: the whole object */
};

/* "of" cannot be without "on". Dependencies on built-in objects are not recorded. */
bool sql_depend(struct sql_env *env, struct sql_reference of, struct sql_reference on, char kind);
/* On all that the expression (or query) needs: routines, operators, types, relations, their columns.
 * relation: what table 1 of an expression is; self: the kind of those on its columns, when it is not
 * `kind` (0: none at all). */
bool sql_depend_on_expr(struct sql_env *env, struct sql_reference of, const struct sql_expr *expr,
                        uint32_t relation, char kind, char self);
bool sql_depend_on_query(struct sql_env *env, struct sql_reference of,
                         const struct sql_query *query, char kind);
/* Takes out all dependencies of the object (class_id 0), or those on objects of that class. */
bool sql_depend_clear(struct sql_env *env, struct sql_reference of, uint32_t on_class);

/* Takes out the object's dependencies on one other object and its parts. */
bool sql_depend_cut(struct sql_env *env, struct sql_reference of, struct sql_reference on);

/* What an object needs: an array in env->arena. */
const struct sql_edge **sql_edges_of(struct sql_env *env, uint32_t class_id, uint32_t id,
                                     uint32_t *out_count);
/* Who needs an object, in order of the dependencies' making. */
const struct sql_edge **sql_edges_on(struct sql_env *env, uint32_t class_id, uint32_t id,
                                     uint32_t *out_count);

/* ---- comments */

/* text.ptr NULL: takes it away. */
bool sql_comment_set(struct sql_env *env, struct sql_reference on, struct slice text);
/* All on the object and its parts. */
bool sql_comments_drop(struct sql_env *env, uint32_t class_id, uint32_t id);
/* ptr NULL: there is none. */
struct slice sql_comment_of(struct sql_session *session, struct sql_reference on);

#endif
