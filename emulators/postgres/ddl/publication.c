/* CREATE PUBLICATION, ALTER PUBLICATION. */
#include "emulators/postgres/ddl/publication.h"

#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/postgres/name_list.h"
#include "emulators/sql/catalog/find.h"

enum { ACTIONS_MAX = 16 };

static const struct {
    const char *name;
    uint32_t flag;
} actions[] = {
    {"insert",   PG_PUBLISH_INSERT  },
    {"update",   PG_PUBLISH_UPDATE  },
    {"delete",   PG_PUBLISH_DELETE  },
    {"truncate", PG_PUBLISH_TRUNCATE},
};
#define ALL_ACTIONS \
    (PG_PUBLISH_INSERT | PG_PUBLISH_UPDATE | PG_PUBLISH_DELETE | PG_PUBLISH_TRUNCATE)

/* ---- options */

static bool read_actions(struct pg_ddl *ddl, const struct ast_option *option, uint32_t *flags)
{
    struct slice items[ACTIONS_MAX];
    int count = pg_name_list_split(pg_option_string(ddl, option), ddl->arena, items, ACTIONS_MAX);
    *flags &= ~(uint32_t)ALL_ACTIONS;
    if (count < 0 || count > ACTIONS_MAX)
        return sql_fail(ddl->env->error, "42601", "invalid list syntax in parameter \"%s\"",
                        "publish");
    for (int i = 0; i < count; i++) {
        uint32_t flag = 0;
        for (size_t a = 0; a < sizeof actions / sizeof *actions; a++)
            if (slice_eq_str(items[i], actions[a].name))
                flag = actions[a].flag;
        if (!flag)
            return sql_fail(ddl->env->error, "42601",
                            "unrecognized value for publication option \"%s\": \"" SLICE_FMT "\"",
                            "publish", SLICE_ARG(items[i]));
        *flags |= flag;
    }
    return true;
}

static bool read_root(struct pg_ddl *ddl, const struct ast_option *option, uint32_t *flags)
{
    bool root;
    if (!pg_option_flag(ddl, option, &root))
        return false;
    *flags = (*flags & ~(uint32_t)PG_PUBLISH_VIA_ROOT) | (root ? PG_PUBLISH_VIA_ROOT : 0u);
    return true;
}

static bool read_options(struct pg_ddl *ddl, const struct ast_list *list, uint32_t *flags)
{
    bool published = false, root = false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_option *option = AST_AS(option, list->items[i]);
        bool publish = slice_eq_str(option->name, "publish");
        if (!publish && !slice_eq_str(option->name, "publish_via_partition_root"))
            return sql_fail(ddl->env->error, "42601",
                            "unrecognized publication parameter: \"" SLICE_FMT "\"",
                            SLICE_ARG(option->name));
        bool *given = publish ? &published : &root;
        if (*given)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        *given = true;
        if (publish ? !read_actions(ddl, option, flags) : !read_root(ddl, option, flags))
            return false;
    }
    return true;
}

/* ---- the statements */

static bool is_superuser(struct pg_ddl *ddl)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    return role && role->superuser;
}

static bool has_schema(const struct ast_list *objects)
{
    for (uint32_t i = 0; i < objects->count; i++)
        if (AST_AS(publication_object, objects->items[i])->type != AST_PUBLICATION_TABLE)
            return true;
    return false;
}

static bool check_create(struct pg_ddl *ddl, const struct ast_create_publication *ast)
{
    struct sql_session *session = ddl->session;
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_object *database =
        sql_find_object(session, ids->database, session->database->id);
    if (database && !sql_has_privileges(session, session->role, database, SQL_PRIV_CREATE))
        return sql_fail(ddl->env->error, "42501", "permission denied for database " SLICE_FMT,
                        SLICE_ARG(database->name));
    if (ast->all_tables && !is_superuser(ddl))
        return sql_fail(ddl->env->error, "42501",
                        "must be superuser to create FOR ALL TABLES publication");
    if (!sql_catalog_await_name(ddl->env, ids->publication, 0, ast->name))
        return false;
    if (sql_find_object_name(session, ids->publication, 0, ast->name))
        return sql_fail(ddl->env->error, "42710", "publication \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(ast->name));
    return true;
}

bool pg_create_publication(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_publication *ast = AST_AS(create_publication, node);
    uint32_t flags = ALL_ACTIONS | (ast->all_tables ? PG_PUBLISH_ALL_TABLES : 0u);
    struct sql_other publication = {
        .object = {.class_id = pg_classes(ddl)->publication,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true},
        .numbers = &flags,
        .number_count = 1,
    };
    if (!check_create(ddl, ast) || !read_options(ddl, &ast->options, &flags))
        return false;
    if (has_schema(&ast->objects) && !is_superuser(ddl))
        return sql_fail(ddl->env->error, "42501",
                        "must be superuser to create FOR TABLES IN SCHEMA publication");
    if (!sql_catalog_create(ddl->env, &publication.object) ||
        !pg_publication_add(ddl, &publication, &ast->objects))
        return false;
    pg_ddl_warning_hint(ddl, "Set wal_level to \"logical\" before creating subscriptions.", "55000",
                        "wal_level is insufficient to publish logical changes");
    return true;
}

static bool alter_options(struct pg_ddl *ddl, const struct sql_other *old,
                          const struct ast_list *options)
{
    struct sql_other changed = *old;
    uint32_t flags = old->numbers[0];
    changed.numbers = &flags;
    if (!read_options(ddl, options, &flags))
        return false;
    bool leaves = !(flags & (PG_PUBLISH_VIA_ROOT | PG_PUBLISH_ALL_TABLES));
    return (!leaves || pg_publication_check_leaves(ddl, old)) &&
           sql_catalog_replace(ddl->env, &changed.object);
}

static bool check_members(struct pg_ddl *ddl, const struct ast_alter_publication *ast,
                          const struct sql_other *publication)
{
    bool schemas = has_schema(&ast->objects);
    if (schemas && ast->action != AST_PUBLICATION_DROP && !is_superuser(ddl))
        return sql_fail(ddl->env->error, "42501", "must be superuser to add or set schemas");
    if (!(publication->numbers[0] & PG_PUBLISH_ALL_TABLES))
        return true;
    sql_fail(ddl->env->error, "55000", "publication \"" SLICE_FMT "\" is defined as FOR ALL TABLES",
             SLICE_ARG(ast->name));
    return sql_detail(ddl->env->error,
                      "%s cannot be added to or dropped from FOR ALL TABLES publications.",
                      schemas ? "Schemas" : "Tables");
}

bool pg_alter_publication(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_publication *ast = AST_AS(alter_publication, node);
    struct slice name = ast->name;
    const struct ast_object object = {
        .node = {AST_OBJECT, -1},
          .type = AST_OBJECT_PUBLICATION, .name = {&name,      1 }
    };
    struct pg_found found;
    if (!pg_resolve(ddl, &object, false, SQL_ACCESS_SHARE, &found) ||
        !pg_name_must_own(ddl, found.object))
        return false;
    const struct sql_other *publication = (const void *)found.object;
    if (ast->action == AST_PUBLICATION_OPTIONS)
        return alter_options(ddl, publication, &ast->options);
    if (!check_members(ddl, ast, publication) ||
        (ast->action == AST_PUBLICATION_ADD && has_schema(&ast->objects) &&
         !pg_publication_check_schemas(ddl, publication)))
        return false;
    return ast->action == AST_PUBLICATION_ADD ? pg_publication_add(ddl, publication, &ast->objects)
           : ast->action == AST_PUBLICATION_DROP
               ? pg_publication_remove(ddl, publication, &ast->objects)
               : pg_publication_set(ddl, publication, &ast->objects);
}
