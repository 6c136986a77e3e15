/* Who is a member of whom: GRANT role TO role, REVOKE role FROM role. */
#include "emulators/postgres/catalog/dialect.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/role.h"
#include "emulators/sql/catalog/find.h"

/* NULL: it is none. */
static const struct sql_membership *find_membership(struct pg_ddl *ddl, uint32_t role,
                                                    uint32_t member)
{
    struct sql_object_names names;
    sql_object_names_begin(&names, ddl->session->instance->shared, ddl->session->txn,
                           pg_classes(ddl)->membership, 0, slice_of(&member, sizeof member));
    const struct sql_object *next;
    while ((next = sql_object_names_next(&names))) {
        const struct sql_membership *membership = (const void *)next;
        if (membership->role == role)
            return membership;
    }
    return NULL;
}

static bool check_right(struct pg_ddl *ddl, uint32_t id, uint32_t grantor)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, id);
    if (role->superuser)
        return pg_role_is_superuser(ddl) ||
               sql_fail(ddl->env->error, "42501", "must be superuser to alter superusers");
    return pg_role_may_create(ddl) || sql_role_is_admin(ddl->session, grantor, id) ||
           sql_fail(ddl->env->error, "42501", "must have admin option on role \"" SLICE_FMT "\"",
                    SLICE_ARG(role->object.name));
}

static bool check_addition(struct pg_ddl *ddl, const struct pg_membership_change *change)
{
    struct sql_error *error = ddl->env->error;
    if (!check_right(ddl, change->role, change->grantor))
        return false;
    if (change->role == ddl->session->dialect->database_owner_role)
        return sql_fail(error, "XX000", "role \"" SLICE_FMT "\" cannot have explicit members",
                        SLICE_ARG(pg_role_name(ddl, change->role)));
    return change->grantor == ddl->session->role || pg_role_is_superuser(ddl) ||
           sql_fail(error, "42501", "must be superuser to set grantor");
}

static void set_options(struct sql_membership *membership, uint8_t options, uint8_t on)
{
    if (options & AST_MEMBER_ADMIN)
        membership->admin = on & AST_MEMBER_ADMIN;
    if (options & AST_MEMBER_SET)
        membership->no_set = !(on & AST_MEMBER_SET);
    if (options & AST_MEMBER_INHERIT)
        membership->inherits = on & AST_MEMBER_INHERIT ? SQL_INHERITS : SQL_INHERITS_NOT;
}

static bool changes_options(const struct sql_membership *old, uint8_t options, uint8_t on)
{
    struct sql_membership changed = *old;
    set_options(&changed, options, on);
    return changed.admin != old->admin || changed.no_set != old->no_set ||
           changed.inherits != old->inherits;
}

static bool store_member(struct pg_ddl *ddl, const struct pg_membership_change *change,
                         uint32_t member, const struct sql_membership *old)
{
    struct sql_membership membership = {
        .object = {.class_id = pg_classes(ddl)->membership,
                   .id = old ? old->object.id : 0,
                   .owner = ddl->session->dialect->default_owner,
                   .name = slice_of(&member, sizeof member),
                   .acl_default = true},
        .role = change->role,
        .member = member,
        .grantor = change->grantor,
    };
    if (old) {
        membership.admin = old->admin;
        membership.no_set = old->no_set;
        membership.inherits = old->inherits;
    }
    set_options(&membership, change->options, change->options_on);
    return old ? sql_catalog_replace(ddl->env, &membership.object)
               : sql_catalog_create(ddl->env, &membership.object);
}

static bool add_member(struct pg_ddl *ddl, const struct pg_membership_change *change,
                       uint32_t member)
{
    struct slice role = pg_role_name(ddl, change->role), name = pg_role_name(ddl, member);
    if (member == ddl->session->dialect->database_owner_role)
        return sql_fail(ddl->env->error, "XX000",
                        "role \"" SLICE_FMT "\" cannot be a member of any role", SLICE_ARG(name));
    if (sql_role_belongs_to(ddl->session, change->role, member))
        return sql_fail(ddl->env->error, "0LP01",
                        "role \"" SLICE_FMT "\" is a member of role \"" SLICE_FMT "\"",
                        SLICE_ARG(role), SLICE_ARG(name));
    const struct sql_membership *old = find_membership(ddl, change->role, member);
    if (old && !changes_options(old, change->options, change->options_on)) {
        pg_ddl_notice(ddl, "00000",
                      "role \"" SLICE_FMT "\" is already a member of role \"" SLICE_FMT "\"",
                      SLICE_ARG(name), SLICE_ARG(role));
        return true;
    }
    return store_member(ddl, change, member, old);
}

static bool remove_member(struct pg_ddl *ddl, const struct pg_membership_change *change,
                          uint32_t member)
{
    const struct sql_membership *old = find_membership(ddl, change->role, member);
    if (!old) {
        pg_ddl_warning(
            ddl, "01000", "role \"" SLICE_FMT "\" is not a member of role \"" SLICE_FMT "\"",
            SLICE_ARG(pg_role_name(ddl, member)), SLICE_ARG(pg_role_name(ddl, change->role)));
        return true;
    }
    if (!change->options)
        return sql_catalog_drop(ddl->env, pg_classes(ddl)->membership, old->object.id);
    struct sql_membership membership = *old;
    set_options(&membership, change->options, 0);
    return sql_catalog_replace(ddl->env, &membership.object);
}

typedef bool each_member(struct pg_ddl *ddl, const struct pg_membership_change *change,
                         uint32_t member);

static bool for_all(struct pg_ddl *ddl, const struct pg_membership_change *change,
                    bool (*check)(struct pg_ddl *, const struct pg_membership_change *),
                    each_member *run)
{
    const struct ast_list *list = change->members;
    uint32_t *ids = arena_array(ddl->arena, list->count + 1u, sizeof *ids);
    if (!ids)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < list->count; i++)
        if (!pg_name_role(ddl, AST_AS(role, list->items[i]), false, &ids[i]))
            return false;
    if (list->count && !check(ddl, change))
        return false;
    for (uint32_t i = 0; i < list->count; i++)
        if (!run(ddl, change, ids[i]))
            return false;
    return true;
}

static bool check_removal(struct pg_ddl *ddl, const struct pg_membership_change *change)
{
    return check_right(ddl, change->role, ddl->session->role);
}

bool pg_membership_add(struct pg_ddl *ddl, const struct pg_membership_change *change)
{
    return for_all(ddl, change, check_addition, add_member);
}

bool pg_membership_remove(struct pg_ddl *ddl, const struct pg_membership_change *change)
{
    return for_all(ddl, change, check_removal, remove_member);
}

bool pg_membership_forget(struct pg_ddl *ddl, uint32_t role)
{
    uint32_t class_id = pg_classes(ddl)->membership, next_id;
    const struct sql_object *at = sql_next_object(ddl->session, class_id, 0);
    for (; at; at = sql_next_object(ddl->session, class_id, next_id)) {
        const struct sql_membership *membership = (const void *)at;
        next_id = at->id + 1;
        if ((membership->role == role || membership->member == role) &&
            !sql_catalog_drop(ddl->env, class_id, at->id))
            return false;
    }
    return true;
}

/* ---- GRANT role, REVOKE role */

static bool grant_one(struct pg_ddl *ddl, const struct ast_grant_role *ast,
                      const struct ast_privilege *granted, uint32_t grantor)
{
    if (!granted->name.ptr || granted->columns.count)
        return sql_fail(ddl->env->error, "0LP01",
                        "column names cannot be included in GRANT/REVOKE ROLE");
    const struct sql_role *role = sql_find_role(ddl->session, granted->name);
    if (!role)
        return sql_fail(ddl->env->error, "42704", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(granted->name));
    struct pg_membership_change change = {role->object.id, &ast->grantees, grantor, ast->options,
                                          ast->options_on};
    return ast->is_grant ? pg_membership_add(ddl, &change) : pg_membership_remove(ddl, &change);
}

bool pg_grant_role(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_grant_role *ast = AST_AS(grant_role, node);
    uint32_t grantor = ddl->session->role;
    if (ast->is_grant && ast->grantor && !pg_name_role(ddl, ast->grantor, false, &grantor))
        return false;
    for (uint32_t i = 0; i < ast->granted.count; i++)
        if (!grant_one(ddl, ast, AST_AS(privilege, ast->granted.items[i]), grantor))
            return false;
    return true;
}
