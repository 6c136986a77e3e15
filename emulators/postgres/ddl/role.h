/* Roles: their options, and who is a member of whom. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_ROLE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_ROLE_H

#include "emulators/postgres/ddl/name.h"
#include "emulators/sql/catalog/objects.h"
#include "emulators/sql/syntax/ast_object.h"

/* The options of a statement by their meaning; NULL: not said. */
struct pg_role_options {
    const struct ast_option *superuser, *inherit, *create_role, *create_db, *login, *replication,
        *bypass_rls, *connection_limit, *password, *valid_until, *members, *admin_members,
        *member_of;
};

/* Fails with 42601 for what is said twice, with 22023 for a bad limit. */
bool pg_role_options_read(struct pg_ddl *ddl, const struct ast_list *list,
                          struct pg_role_options *out);
bool pg_role_option_flag(const struct ast_option *option);
/* Puts flags, limit, password and end of validity into the role; its name must be there. */
bool pg_role_options_apply(struct pg_ddl *ddl, const struct pg_role_options *options,
                           struct sql_role *role);

/* Is the current role a superuser; may it make roles? */
bool pg_role_is_superuser(struct pg_ddl *ddl);
bool pg_role_may_create(struct pg_ddl *ddl);
/* A role's name for messages; empty when there is none. */
struct slice pg_role_name(struct pg_ddl *ddl, uint32_t id);
/* Fails with 42939 for names that begin with pg_. */
bool pg_role_check_reserved(struct pg_ddl *ddl, struct slice name, const char *detail);
/* ALTER ROLE ... RENAME TO. */
bool pg_role_rename(struct pg_ddl *ddl, struct slice old, struct slice name);

/* Makes the roles of a list (ast_role) members of another, in whose statement they stand. */
struct pg_membership_change {
    uint32_t role;
    const struct ast_list *members;
    uint32_t grantor;
    uint8_t options, options_on; /* as ast_grant_role has them */
};
bool pg_membership_add(struct pg_ddl *ddl, const struct pg_membership_change *change);
bool pg_membership_remove(struct pg_ddl *ddl, const struct pg_membership_change *change);
/* Takes out all memberships that the role has or gives. */
bool pg_membership_forget(struct pg_ddl *ddl, uint32_t role);

#endif
