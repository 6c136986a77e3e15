/* Lists of grants: what a list means, and how GRANT and REVOKE change one.
 *
 * An item says what one role was given by another. An object's owner has all grant options without
 * an item that says so; whoever else grants does it by an option of its own. Lists are made in the
 * statement's arena; what is in the catalog is never changed in place.
 *
 * Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_ACL_H
#define PARLEL_EMULATORS_SQL_CATALOG_ACL_H

#include "emulators/sql/catalog/catalog.h"

struct sql_acl {
    const struct sql_acl_item *items;
    uint32_t count;
};

/* ---- lists */

/* What the owner and everybody have of an object while nobody granted anything. */
bool sql_acl_make_default(struct sql_env *env, uint32_t owner, uint32_t owners, uint32_t everybodys,
                          struct sql_acl *out);
/* The object's list, or its kind's default. */
bool sql_acl_in_force(struct sql_env *env, const struct sql_object *object, struct sql_acl *out);
/* Both lists' items, those of `a` first. */
bool sql_acl_join(struct sql_env *env, struct sql_acl a, struct sql_acl b, struct sql_acl *out);
/* By grantee, then grantor, then privileges; in a copy. */
bool sql_acl_sort(struct sql_env *env, struct sql_acl *acl);
bool sql_acl_equal(struct sql_acl a, struct sql_acl b);

/* ---- changes */

struct sql_acl_change {
    bool grant; /* the item's privileges and options are added, else taken away */
    bool cascade;
    uint32_t owner; /* of the object */
    struct sql_acl_item item;
};

/* Fails with 0LP01 when an option would come back to whom it is from, with 2BP01 when others have
 * what is revoked from the item's grantee and `cascade` is not set. */
bool sql_acl_change(struct sql_env *env, struct sql_acl *acl, const struct sql_acl_change *change);
/* The object goes from one owner to another: grants by and to the old one become the new one's. */
bool sql_acl_change_owner(struct sql_env *env, struct sql_acl *acl, uint32_t from, uint32_t to);

/* ---- who may grant */

/* Who grants when `role` does, and which of the privileges that one may pass on: the owner, if the role
 * may act for it, else the role that it may act for with most of the options. */
void sql_acl_best_grantor(struct sql_session *session, uint32_t role, uint32_t owner,
                          struct sql_acl acl, uint32_t privileges, uint32_t *out_grantor,
                          uint32_t *out_options);

/* ---- default privileges of new objects */

/* What an object of that class, owner and schema is made with by ALTER DEFAULT PRIVILEGES; *out_default:
 * nothing special. */
bool sql_acl_for_new(struct sql_env *env, const struct sql_object *object, struct sql_acl *out,
                     bool *out_default);
/* The letter of the kind of objects that default privileges know: r, S, f, T, n; 0: none of them. */
char sql_default_acl_kind(const struct sql_dialect *dialect, const struct sql_object *object);
/* The stored default privileges; in_schema 0: those that hold everywhere. NULL: none. */
const struct sql_default_acl *sql_find_default_acl(struct sql_session *session, uint32_t role,
                                                   uint32_t in_schema, char kind);

#endif
