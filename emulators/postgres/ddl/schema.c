/* CREATE SCHEMA. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* Elements of CREATE SCHEMA are run in the new schema: names without one mean it. */
static bool run_elements(struct pg_ddl *ddl, const struct ast_list *elements, uint32_t schema)
{
    struct sql_session *session = ddl->session;
    uint32_t *path = arena_array(ddl->arena, session->path_count + 1u, sizeof *path);
    uint32_t *old_path = session->path, old_create = session->create_schema;
    struct slice tag = ddl->tag;
    bool fine = true;
    if (!path)
        return sql_fail_memory(ddl->env->error);
    path[0] = schema;
    if (session->path_count)
        memcpy(path + 1, old_path, session->path_count * sizeof *path);
    session->path = path;
    session->path_count++;
    session->create_schema = schema;
    for (uint32_t i = 0; i < elements->count && fine; i++)
        fine = pg_ddl_run(ddl, elements->items[i]);
    session->path = old_path;
    session->path_count--;
    session->create_schema = old_create;
    ddl->tag = tag;
    return fine;
}

bool pg_create_schema(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_schema *ast = AST_AS(create_schema, node);
    struct sql_schema schema = {
        .object = {.class_id = pg_classes(ddl)->schema,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true}
    };
    if (ast->owner && !pg_name_role(ddl, ast->owner, false, &schema.object.owner))
        return false;
    if (!ast->name.ptr)
        schema.object.name = sql_find_role_id(ddl->session, schema.object.owner)->object.name;
    struct slice name = schema.object.name;
    const struct sql_object *database =
        sql_find_object(ddl->session, pg_classes(ddl)->database, ddl->session->database->id);
    if (database &&
        !sql_has_privileges(ddl->session, ddl->session->role, database, SQL_PRIV_CREATE))
        return sql_fail(ddl->env->error, "42501", "permission denied for database " SLICE_FMT,
                        SLICE_ARG(database->name));
    if (name.len >= 3 && !memcmp(name.ptr, "pg_", 3)) {
        sql_fail(ddl->env->error, "42939", "unacceptable schema name \"" SLICE_FMT "\"",
                 SLICE_ARG(name));
        return sql_detail(ddl->env->error, "The prefix \"pg_\" is reserved for system schemas.");
    }
    if (!sql_catalog_await_name(ddl->env, pg_classes(ddl)->schema, 0, name))
        return false;
    if (sql_find_schema(ddl->session, name)) {
        if (!ast->if_not_exists)
            return sql_fail(ddl->env->error, "42P06", "schema \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(name));
        pg_ddl_notice(ddl, "42P06", "schema \"" SLICE_FMT "\" already exists, skipping",
                      SLICE_ARG(name));
        return true;
    }
    return sql_catalog_create(ddl->env, &schema.object) &&
           run_elements(ddl, &ast->elements, schema.object.id);
}
