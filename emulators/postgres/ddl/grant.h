/* GRANT and REVOKE on objects: the statement in hand, and what it is about. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_GRANT_H
#define PARLEL_EMULATORS_POSTGRES_DDL_GRANT_H

#include "emulators/postgres/ddl/name.h"
#include "emulators/sql/catalog/acl.h"
#include "emulators/sql/catalog/change.h"
#include "emulators/sql/syntax/ast_object.h"

/* What a statement gives or takes, and whom. */
struct pg_grant {
    bool is_grant, grant_option, cascade;
    bool all; /* ALL PRIVILEGES: whatever the object has */
    uint32_t privileges;
    const struct ast_privilege **columns; /* privileges on columns */
    uint32_t column_count;
    const uint32_t *grantees; /* 0: PUBLIC */
    uint32_t grantee_count;
};

/* A kind of object in GRANT. */
struct pg_grant_kind {
    enum ast_object_type type;
    uint32_t privileges; /* that there are for it */
    const char *name;    /* "invalid privilege type ... for <name>" */
};

/* NULL: nothing can be granted on those. */
const struct pg_grant_kind *pg_grant_kind(enum ast_object_type type);
/* privileges: those that may be named. kind->type COLUMN privileges are set aside. */
bool pg_grant_read(struct pg_ddl *ddl, const struct ast_grant *ast, uint32_t privileges,
                   struct pg_grant *out);
/* Gives or takes these privileges of an object of `owner`, as the grantor. */
bool pg_grant_merge(struct pg_ddl *ddl, const struct pg_grant *grant, uint32_t privileges,
                    uint32_t grantor, uint32_t owner, struct sql_acl *acl);

/* An object of a statement. */
struct pg_grant_target {
    const struct sql_object *object; /* id 0: it has no entry in the catalog yet */
    struct slice name;
    const char *kind; /* "permission denied for <kind>" */
};

/* The objects that the statement names; ddl->arena. */
bool pg_grant_targets(struct pg_ddl *ddl, const struct ast_grant *ast,
                      const struct pg_grant_target **out, uint32_t *out_count);

/* Stores the object's list of grants; with that of built-in objects elsewhere. */
bool pg_object_set_acl(struct pg_ddl *ddl, const struct sql_object *object, struct sql_acl acl);

/* Takes all that the role was granted of the object (part: of a column; ALTER DEFAULT PRIVILEGES, too). */
bool pg_grant_forget_role(struct pg_ddl *ddl, struct sql_reference object, uint32_t role);
bool pg_default_privileges_forget(struct pg_ddl *ddl, uint32_t id, const struct pg_grant *revoke);

#endif
