/* CREATE SCHEMA. */
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* The relation that an element of CREATE SCHEMA makes (or makes something on); NULL: none. */
static const struct ast_relation *element_relation(const struct ast_node *element)
{
    switch (element->kind) {
    case AST_CREATE_TABLE: return AST_AS(create_table, element)->relation;
    case AST_CREATE_VIEW: return AST_AS(create_view, element)->view;
    case AST_CREATE_SEQUENCE: return AST_AS(create_sequence, element)->sequence;
    case AST_CREATE_INDEX: return AST_AS(create_index, element)->relation;
    case AST_CREATE_TRIGGER: return AST_AS(create_trigger, element)->relation;
    default: return NULL;
    }
}

static bool check_element(struct pg_ddl *ddl, const struct ast_node *element, struct slice schema)
{
    const struct ast_relation *relation = element_relation(element);
    if (!relation)
        return true;
    if (relation->schema.ptr && !slice_eq(relation->schema, schema))
        return sql_fail(ddl->env->error, "42P15",
                        "CREATE specifies a schema (" SLICE_FMT
                        ") different from the one being created (" SLICE_FMT ")",
                        SLICE_ARG(relation->schema), SLICE_ARG(schema));
    return relation->persistence != AST_TEMPORARY ||
           sql_fail(ddl->env->error, "42P16",
                    "cannot create temporary relation in non-temporary schema");
}

/* Views are stored as they are analysed; all others analyse what they need themselves. */
static bool run_element(struct pg_ddl *ddl, const struct ast_node *element)
{
    struct sql_params params = {0};
    struct sql_query *query = NULL;
    if (element->kind == AST_CREATE_VIEW && !sql_analyze(ddl->env, element, &params, NULL, &query))
        return false;
    ddl->query = query;
    return pg_ddl_run(ddl, element);
}

bool pg_ddl_run_in_schema(struct pg_ddl *ddl, const struct ast_list *statements, uint32_t schema)
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
    for (uint32_t i = 0; i < statements->count && fine; i++)
        fine = run_element(ddl, statements->items[i]);
    session->path = old_path;
    session->path_count--;
    session->create_schema = old_create;
    ddl->tag = tag;
    return fine;
}

/* In which order elements are made, whatever the order in which they are written. */
static const enum ast_kind kinds_in_order[] = {
    AST_CREATE_SEQUENCE, AST_CREATE_TABLE,   AST_CREATE_VIEW,
    AST_CREATE_INDEX,    AST_CREATE_TRIGGER, AST_GRANT,
};

/* The elements are made by the schema's owner. */
static bool run_elements(struct pg_ddl *ddl, const struct ast_list *elements,
                         const struct sql_object *schema)
{
    struct sql_session *session = ddl->session;
    struct ast_list ordered = {0};
    uint32_t old_role = session->role;
    ordered.items = arena_array(ddl->arena, elements->count + 1u, sizeof *ordered.items);
    if (!ordered.items)
        return sql_fail_memory(ddl->env->error);
    for (size_t k = 0; k < sizeof kinds_in_order / sizeof *kinds_in_order; k++)
        for (uint32_t i = 0; i < elements->count; i++)
            if (elements->items[i]->kind == kinds_in_order[k])
                ordered.items[ordered.count++] = elements->items[i];
    session->role = schema->owner;
    bool fine = pg_ddl_run_in_schema(ddl, &ordered, schema->id);
    session->role = old_role;
    return fine;
}

static bool may_create(struct pg_ddl *ddl, uint32_t owner)
{
    const struct sql_object *database =
        sql_find_object(ddl->session, pg_classes(ddl)->database, ddl->session->database->id);
    if (database &&
        !sql_has_privileges(ddl->session, ddl->session->role, database, SQL_PRIV_CREATE))
        return sql_fail(ddl->env->error, "42501", "permission denied for database " SLICE_FMT,
                        SLICE_ARG(database->name));
    return pg_name_must_be_member(ddl, owner);
}

static bool check_name(struct pg_ddl *ddl, struct slice name)
{
    if (name.len < 3 || memcmp(name.ptr, "pg_", 3) != 0)
        return sql_catalog_await_name(ddl->env, pg_classes(ddl)->schema, 0, name);
    sql_fail(ddl->env->error, "42939", "unacceptable schema name \"" SLICE_FMT "\"",
             SLICE_ARG(name));
    return sql_detail(ddl->env->error, "The prefix \"pg_\" is reserved for system schemas.");
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
    if (!may_create(ddl, schema.object.owner) || !check_name(ddl, name))
        return false;
    if (sql_find_schema(ddl->session, name)) {
        if (!ast->if_not_exists)
            return sql_fail(ddl->env->error, "42P06", "schema \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(name));
        pg_ddl_notice(ddl, "42P06", "schema \"" SLICE_FMT "\" already exists, skipping",
                      SLICE_ARG(name));
        return true;
    }
    for (uint32_t i = 0; i < ast->elements.count; i++)
        if (!check_element(ddl, ast->elements.items[i], name))
            return false;
    return sql_catalog_create(ddl->env, &schema.object) &&
           run_elements(ddl, &ast->elements, &schema.object);
}
