/* REASSIGN OWNED and DROP OWNED: everything of a role in this database. */
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/grant.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/policy.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/role_use.h"
#include "emulators/sql/catalog/find.h"

/* The roles of a list, for all of which the current one may act. */
static bool find_roles(struct pg_ddl *ddl, const struct ast_list *list, const char *refusal,
                       uint32_t **out)
{
    *out = arena_array(ddl->arena, list->count + 1u, sizeof **out);
    if (!*out)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < list->count; i++)
        if (!pg_name_role(ddl, AST_AS(role, list->items[i]), false, &(*out)[i]))
            return false;
    for (uint32_t i = 0; i < list->count; i++)
        if (!sql_role_acts_for(ddl->session, ddl->session->role, (*out)[i]))
            return sql_fail(ddl->env->error, "42501", "%s", refusal);
    return true;
}

static bool refuse_builtin(struct pg_ddl *ddl, uint32_t role, const char *what)
{
    if (role >= ddl->session->dialect->first_free_id)
        return true;
    return sql_fail(ddl->env->error, "2BP01",
                    "cannot %s objects owned by role " SLICE_FMT
                    " because they are required by the database system",
                    what, SLICE_ARG(sql_find_role_id(ddl->session, role)->object.name));
}

static bool is_kept(struct pg_ddl *ddl, uint32_t class_id)
{
    return class_id == pg_classes(ddl)->default_acl || class_id == pg_classes(ddl)->user_mapping;
}

static bool reassign(struct pg_ddl *ddl, uint32_t from, uint32_t to)
{
    const struct sql_role_use *uses;
    uint32_t count;
    if (!refuse_builtin(ddl, from, "reassign ownership of") ||
        !pg_role_uses(ddl, from, &uses, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_reference *ref = &uses[i].object;
        const struct sql_object *object =
            uses[i].kind == SQL_ROLE_OWNER && !is_kept(ddl, ref->class_id)
                ? sql_find_object(ddl->session, ref->class_id, ref->id)
                : NULL;
        if (object && object->owner == from && !pg_owner_give(ddl, object, to))
            return false;
    }
    return true;
}

bool pg_reassign_owned(struct pg_ddl *ddl, const struct ast_node *node)
{
    static const char refusal[] = "permission denied to reassign objects";
    const struct ast_reassign_owned *ast = AST_AS(reassign_owned, node);
    uint32_t *roles, to;
    if (!find_roles(ddl, &ast->roles, refusal, &roles) ||
        !pg_name_role(ddl, ast->new_role, false, &to))
        return false;
    if (!sql_role_acts_for(ddl->session, ddl->session->role, to))
        return sql_fail(ddl->env->error, "42501", "%s", refusal);
    for (uint32_t i = 0; i < ast->roles.count; i++)
        if (!reassign(ddl, roles[i], to))
            return false;
    return true;
}

/* ---- DROP OWNED */

struct owned {
    struct sql_reference *items;
    uint32_t count;
};

static bool note(struct pg_ddl *ddl, struct owned *owned, struct sql_reference object)
{
    struct sql_reference *items = pg_ddl_grow(ddl, owned->items, owned->count, sizeof *items);
    if (!items)
        return false;
    owned->items = items;
    items[owned->count++] = object;
    return true;
}

static bool drop_use(struct pg_ddl *ddl, const struct sql_role_use *use, struct owned *owned)
{
    bool shared = sql_home_of(ddl->session, use->object.class_id) == ddl->session->instance->shared;
    switch (use->kind) {
    case SQL_ROLE_OWNER: return shared || note(ddl, owned, use->object);
    case SQL_ROLE_POLICY: return pg_policy_forget_role(ddl, use->object.id, use->role);
    case SQL_ROLE_GRANT: return pg_grant_forget_role(ddl, use->object, use->role);
    }
    return true;
}

bool pg_drop_owned(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_drop_owned *ast = AST_AS(drop_owned, node);
    struct owned owned = {0};
    uint32_t *roles;
    if (!find_roles(ddl, &ast->roles, "permission denied to drop objects", &roles))
        return false;
    for (uint32_t i = 0; i < ast->roles.count; i++) {
        const struct sql_role_use *uses;
        uint32_t count;
        if (!refuse_builtin(ddl, roles[i], "drop") || !pg_role_uses(ddl, roles[i], &uses, &count))
            return false;
        for (uint32_t k = 0; k < count; k++)
            if (!drop_use(ddl, &uses[k], &owned))
                return false;
    }
    return !owned.count || pg_delete(ddl, owned.items, owned.count, ast->cascade, false);
}
