/* CREATE, ALTER and DROP ROLE (USER, GROUP). */
#include "emulators/postgres/ddl/role.h"

#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/role_use.h"
#include "emulators/postgres/scram.h"
#include "emulators/sql/catalog/find.h"

static const char reserved_detail[] = "Role names starting with \"pg_\" are reserved.";

static const struct sql_role *current(struct pg_ddl *ddl)
{
    return sql_find_role_id(ddl->session, ddl->session->role);
}

bool pg_role_is_superuser(struct pg_ddl *ddl)
{
    const struct sql_role *role = current(ddl);
    return role && role->superuser;
}

bool pg_role_may_create(struct pg_ddl *ddl)
{
    const struct sql_role *role = current(ddl);
    return role && (role->superuser || role->create_role);
}

struct slice pg_role_name(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, id);
    return role ? role->object.name : slice_str("");
}

bool pg_role_check_reserved(struct pg_ddl *ddl, struct slice name, const char *detail)
{
    if (name.len < 3 || memcmp(name.ptr, "pg_", 3) != 0)
        return true;
    sql_fail(ddl->env->error, "42939", "role name \"" SLICE_FMT "\" is reserved", SLICE_ARG(name));
    return sql_detail(ddl->env->error, "%s", detail);
}

static bool refuse(struct pg_ddl *ddl, const char *what)
{
    return sql_fail(ddl->env->error, "42501", "%s", what);
}

/* ---- CREATE ROLE */

static bool may_create(struct pg_ddl *ddl, const struct pg_role_options *options)
{
    bool superuser = pg_role_is_superuser(ddl);
    if (pg_role_option_flag(options->superuser))
        return superuser || refuse(ddl, "must be superuser to create superusers");
    if (pg_role_option_flag(options->replication))
        return superuser || refuse(ddl, "must be superuser to create replication users");
    if (pg_role_option_flag(options->bypass_rls))
        return superuser || refuse(ddl, "must be superuser to create bypassrls users");
    return pg_role_may_create(ddl) || refuse(ddl, "permission denied to create role");
}

static bool name_is_free(struct pg_ddl *ddl, struct slice name)
{
    return sql_catalog_await_name(ddl->env, pg_classes(ddl)->role, 0, name) &&
           (!sql_find_role(ddl->session, name) ||
            sql_fail(ddl->env->error, "42710", "role \"" SLICE_FMT "\" already exists",
                     SLICE_ARG(name)));
}

static const struct ast_list *roles_of(const struct ast_option *option)
{
    return &AST_AS(list_node, option->value)->list;
}

static bool join_roles(struct pg_ddl *ddl, const struct ast_option *option, struct slice name)
{
    struct ast_role self = {.node = {.kind = AST_ROLE}, .type = AST_ROLE_NAME, .name = name};
    struct ast_node *items[] = {&self.node};
    struct ast_list members = {.items = items, .count = 1};
    const struct ast_list *roles = roles_of(option);
    for (uint32_t i = 0; i < roles->count; i++) {
        struct pg_membership_change change = {.members = &members, .grantor = ddl->session->role};
        if (!pg_name_role(ddl, AST_AS(role, roles->items[i]), false, &change.role) ||
            !pg_membership_add(ddl, &change))
            return false;
    }
    return true;
}

static bool take_members(struct pg_ddl *ddl, const struct ast_option *option, uint32_t role,
                         bool admin)
{
    if (!option)
        return true;
    struct pg_membership_change change = {role, roles_of(option), ddl->session->role,
                                          admin ? AST_MEMBER_ADMIN : 0,
                                          admin ? AST_MEMBER_ADMIN : 0};
    return pg_membership_add(ddl, &change);
}

bool pg_create_role(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_role *ast = AST_AS(create_role, node);
    struct pg_role_options options;
    struct sql_role role = {
        .object = {.class_id = pg_classes(ddl)->role,
                   .owner = ddl->session->dialect->default_owner,
                   .name = ast->name,
                   .acl_default = true},
        .inherit = true,
        .login = ast->statement == AST_CREATE_USER,
        .connection_limit = -1,
    };
    if (!pg_role_options_read(ddl, &ast->options, &options) || !may_create(ddl, &options) ||
        !pg_role_check_reserved(ddl, ast->name, reserved_detail) || !name_is_free(ddl, ast->name) ||
        !pg_role_options_apply(ddl, &options, &role) || !sql_catalog_create(ddl->env, &role.object))
        return false;
    return (!options.member_of || join_roles(ddl, options.member_of, ast->name)) &&
           take_members(ddl, options.admin_members, role.object.id, true) &&
           take_members(ddl, options.members, role.object.id, false);
}

/* ---- ALTER ROLE */

/* Who may not make roles may change its own password, nothing else. */
static bool is_own_password(struct pg_ddl *ddl, const struct pg_role_options *options,
                            const struct sql_role *role)
{
    return options->password && role->object.id == ddl->session->role && !options->inherit &&
           !options->create_role && !options->create_db && !options->login &&
           !options->connection_limit && !options->members && !options->valid_until;
}

static bool may_alter(struct pg_ddl *ddl, const struct pg_role_options *options,
                      const struct sql_role *role)
{
    bool superuser = pg_role_is_superuser(ddl);
    if (role->superuser || options->superuser)
        return superuser || refuse(ddl, "must be superuser to alter superuser roles or change "
                                        "superuser attribute");
    if (role->replication || options->replication)
        return superuser || refuse(ddl, "must be superuser to alter replication roles or change "
                                        "replication attribute");
    if (options->bypass_rls)
        return superuser || refuse(ddl, "must be superuser to change bypassrls attribute");
    return pg_role_may_create(ddl) || is_own_password(ddl, options, role) ||
           refuse(ddl, "permission denied");
}

static bool change_members(struct pg_ddl *ddl, const struct ast_alter_role *ast,
                           const struct ast_option *members, uint32_t role)
{
    struct pg_membership_change change = {
        .role = role, .members = roles_of(members), .grantor = ddl->session->role};
    return ast->remove ? pg_membership_remove(ddl, &change) : pg_membership_add(ddl, &change);
}

bool pg_alter_role(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_role *ast = AST_AS(alter_role, node);
    struct pg_role_options options;
    uint32_t id;
    if (ast->role->type == AST_ROLE_NAME &&
        !pg_role_check_reserved(ddl, ast->role->name, "Cannot alter reserved roles."))
        return false;
    if (!pg_role_options_read(ddl, &ast->options, &options) ||
        !pg_name_role(ddl, ast->role, false, &id))
        return false;
    struct sql_role role = *sql_find_role_id(ddl->session, id);
    if (!may_alter(ddl, &options, &role) || !pg_role_options_apply(ddl, &options, &role) ||
        !sql_catalog_replace(ddl->env, &role.object))
        return false;
    return !options.members || change_members(ddl, ast, options.members, id);
}

bool pg_role_rename(struct pg_ddl *ddl, struct slice old, struct slice name)
{
    const struct sql_role *found = sql_find_role(ddl->session, old);
    if (!found)
        return sql_fail(ddl->env->error, "42704", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(old));
    struct sql_role role = *found;
    if (role.object.id == ddl->session->session_role)
        return sql_fail(ddl->env->error, "0A000", "session user cannot be renamed");
    if (role.object.id == ddl->session->role)
        return sql_fail(ddl->env->error, "0A000", "current user cannot be renamed");
    if (!pg_role_check_reserved(ddl, old, reserved_detail) ||
        !pg_role_check_reserved(ddl, name, reserved_detail) || !name_is_free(ddl, name))
        return false;
    if (role.superuser && !pg_role_is_superuser(ddl))
        return refuse(ddl, "must be superuser to rename superusers");
    if (!pg_role_may_create(ddl))
        return refuse(ddl, "permission denied to rename role");
    /* The name is part of what was hashed. */
    if (role.password.len == PG_MD5_LEN) {
        role.password = slice_of(NULL, 0);
        pg_ddl_notice(ddl, "00000", "MD5 password cleared because of role rename");
    }
    role.object.name = name;
    return sql_catalog_replace(ddl->env, &role.object);
}

/* ---- DROP ROLE */

static bool may_drop(struct pg_ddl *ddl, const struct sql_role *role)
{
    if (role->object.id == ddl->session->role)
        return sql_fail(ddl->env->error, "55006", "current user cannot be dropped");
    if (role->object.id == ddl->session->session_role)
        return sql_fail(ddl->env->error, "55006", "session user cannot be dropped");
    if (role->superuser && !pg_role_is_superuser(ddl))
        return refuse(ddl, "must be superuser to drop superusers");
    if (role->object.id < ddl->session->dialect->first_free_id)
        return sql_fail(ddl->env->error, "2BP01",
                        "cannot drop role " SLICE_FMT
                        " because it is required by the database system",
                        SLICE_ARG(role->object.name));
    return pg_role_is_unused(ddl, role);
}

static bool drop_settings(struct pg_ddl *ddl, uint32_t role)
{
    uint32_t class_id = pg_classes(ddl)->settings, next_id;
    const struct sql_object *at = sql_next_object(ddl->session, class_id, 0);
    for (; at; at = sql_next_object(ddl->session, class_id, next_id)) {
        next_id = at->id + 1;
        if (((const struct sql_settings_object *)(const void *)at)->role == role &&
            !sql_catalog_drop(ddl->env, class_id, at->id))
            return false;
    }
    return true;
}

static bool drop_one(struct pg_ddl *ddl, const struct ast_role *name, bool missing_ok)
{
    if (name->type != AST_ROLE_NAME)
        return sql_fail(ddl->env->error, "22023", "cannot use special role specifier in DROP ROLE");
    const struct sql_role *role = sql_find_role(ddl->session, name->name);
    if (!role && missing_ok) {
        pg_ddl_notice(ddl, "00000", "role \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(name->name));
        return true;
    }
    if (!role)
        return sql_fail(ddl->env->error, "42704", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name->name));
    uint32_t id = role->object.id;
    return may_drop(ddl, role) && pg_membership_forget(ddl, id) && drop_settings(ddl, id) &&
           sql_catalog_drop(ddl->env, pg_classes(ddl)->role, id);
}

bool pg_drop_role(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_drop_role *ast = AST_AS(drop_role, node);
    if (!pg_role_may_create(ddl))
        return refuse(ddl, "permission denied to drop role");
    for (uint32_t i = 0; i < ast->roles.count; i++)
        if (!drop_one(ddl, AST_AS(role, ast->roles.items[i]), ast->missing_ok))
            return false;
    return true;
}
