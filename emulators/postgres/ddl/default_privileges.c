/* ALTER DEFAULT PRIVILEGES. */
#include "emulators/postgres/ddl/grant.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/sql/catalog/find.h"

/* What default privileges are for, and what objects of the kind have by themselves. */
static const struct kind {
    enum ast_object_type type;
    char letter;
    uint32_t privileges, everybodys;
} kinds[] = {
    {AST_OBJECT_TABLE,    'r',
     SQL_PRIV_INSERT | SQL_PRIV_SELECT | SQL_PRIV_UPDATE | SQL_PRIV_DELETE | SQL_PRIV_TRUNCATE |
         SQL_PRIV_REFERENCES | SQL_PRIV_TRIGGER,
     0                                                                                             },
    {AST_OBJECT_SEQUENCE, 'S', SQL_PRIV_USAGE | SQL_PRIV_SELECT | SQL_PRIV_UPDATE, 0               },
    {AST_OBJECT_FUNCTION, 'f', SQL_PRIV_EXECUTE,                                   SQL_PRIV_EXECUTE},
    {AST_OBJECT_ROUTINE,  'f', SQL_PRIV_EXECUTE,                                   SQL_PRIV_EXECUTE},
    {AST_OBJECT_TYPE,     'T', SQL_PRIV_USAGE,                                     SQL_PRIV_USAGE  },
    {AST_OBJECT_SCHEMA,   'n', SQL_PRIV_USAGE | SQL_PRIV_CREATE,                   0               },
};

static const struct kind *kind_of(enum ast_object_type type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].type == type)
            return &kinds[i];
    return NULL;
}

static bool store(struct pg_ddl *ddl, const struct sql_default_acl *old,
                  struct sql_default_acl *acl)
{
    struct sql_reference self = {pg_classes(ddl)->default_acl, 0, 0};
    if (old) {
        acl->object.id = old->object.id;
        return sql_catalog_replace(ddl->env, &acl->object);
    }
    if (!sql_catalog_create(ddl->env, &acl->object))
        return false;
    self.id = acl->object.id;
    return !acl->in_schema ||
           sql_depend(ddl->env, self, pg_whole(pg_classes(ddl)->schema, acl->in_schema), 'a');
}

/* in_schema 0: everywhere, where the list stands for the usual one; else it is added to that. */
static bool change(struct pg_ddl *ddl, const struct pg_grant *grant, const struct kind *kind,
                   uint32_t role, uint32_t in_schema)
{
    const struct sql_default_acl *old =
        sql_find_default_acl(ddl->session, role, in_schema, kind->letter);
    struct sql_acl usual = {0};
    if (!in_schema &&
        !sql_acl_make_default(ddl->env, role, kind->privileges, kind->everybodys, &usual))
        return false;
    struct sql_acl acl = old ? (struct sql_acl){old->object.acl, old->object.acl_count} : usual;
    uint32_t privileges = grant->all ? kind->privileges : grant->privileges;
    if (!pg_grant_merge(ddl, grant, privileges, role, role, &acl) ||
        !sql_acl_sort(ddl->env, &acl) || !sql_acl_sort(ddl->env, &usual))
        return false;
    if (sql_acl_equal(acl, usual))
        return !old || sql_catalog_drop(ddl->env, pg_classes(ddl)->default_acl, old->object.id);
    struct sql_default_acl made = {
        .object = {.class_id = pg_classes(ddl)->default_acl,
                   .owner = role,
                   .acl = acl.items,
                   .acl_count = (uint16_t)acl.count},
        .role = role,
        .in_schema = in_schema,
        .kind = kind->letter,
    };
    return store(ddl, old, &made);
}

bool pg_default_privileges_forget(struct pg_ddl *ddl, uint32_t id, const struct pg_grant *revoke)
{
    const struct sql_default_acl *acl =
        (const void *)sql_find_object(ddl->session, pg_classes(ddl)->default_acl, id);
    for (size_t i = 0; acl && i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == acl->kind)
            return change(ddl, revoke, &kinds[i], acl->role, acl->in_schema);
    return true;
}

static bool change_in_schemas(struct pg_ddl *ddl, const struct ast_alter_default_privileges *ast,
                              const struct pg_grant *grant, uint32_t role)
{
    const struct kind *kind = kind_of(ast->action->type);
    if (!ast->schemas.count)
        return change(ddl, grant, kind, role, 0);
    for (uint32_t i = 0; i < ast->schemas.count; i++) {
        const struct sql_schema *schema;
        if (!pg_name_schema(ddl, ast->schemas.items[i], false, &schema))
            return false;
        if (kind->type == AST_OBJECT_SCHEMA)
            return sql_fail(ddl->env->error, "0LP01",
                            "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS");
        if (!change(ddl, grant, kind, role, schema->object.id))
            return false;
    }
    return true;
}

bool pg_alter_default_privileges(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_default_privileges *ast = AST_AS(alter_default_privileges, node);
    struct pg_grant grant;
    if (!pg_grant_read(ddl, ast->action, kind_of(ast->action->type)->privileges, &grant))
        return false;
    if (!ast->roles.count)
        return change_in_schemas(ddl, ast, &grant, ddl->session->role);
    for (uint32_t i = 0; i < ast->roles.count; i++) {
        uint32_t role;
        if (!pg_name_role(ddl, AST_AS(role, ast->roles.items[i]), false, &role) ||
            !pg_name_must_be_member(ddl, role) || !change_in_schemas(ddl, ast, &grant, role))
            return false;
    }
    return true;
}
