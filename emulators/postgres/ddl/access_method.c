#include "emulators/postgres/ddl/access_method.h"

#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

/* ---- CREATE ACCESS METHOD */

static bool find_handler(struct pg_ddl *ddl, const struct ast_create_access_method *ast,
                         const struct sql_routine **out)
{
    const uint32_t internal[] = {ddl->session->dialect->types_of.internal};
    const char *result = ast->type == 't' ? "table_am_handler" : "index_am_handler";
    struct ast_func_ref ref = {.name = ast->handler, .args_unspecified = true};
    struct slice schema, name;
    if (!pg_name_split(ddl, &ref.name, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    *out = NULL;
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == 1 && found.items[i]->arg_types[0] == internal[0])
            *out = found.items[i];
    if (!*out)
        return sql_fail(
            ddl->env->error, "42883", "function " SLICE_FMT " does not exist",
            SLICE_ARG(pg_ddl_signature(ddl, pg_ddl_names_text(ddl, &ast->handler), internal, 1)));
    const struct sql_type *returned = sql_find_type_id(ddl->session, (*out)->result_type);
    return (returned && slice_eq_str(returned->name, result)) ||
           sql_fail(ddl->env->error, "42809", "function " SLICE_FMT " must return type %s",
                    SLICE_ARG(pg_ddl_names_text(ddl, &ast->handler)), result);
}

bool pg_create_access_method(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_access_method *ast = AST_AS(create_access_method, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    const struct sql_routine *handler;
    const struct slice kind = slice_of(&ast->type, 1);
    if (!role || !role->superuser) {
        sql_fail(ddl->env->error, "42501",
                 "permission denied to create access method \"" SLICE_FMT "\"",
                 SLICE_ARG(ast->name));
        return sql_hint(ddl->env->error, "Must be superuser to create an access method.");
    }
    if (sql_find_method(ddl->session, ast->name).id)
        return sql_fail(ddl->env->error, "42710", "access method \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(ast->name));
    if (!find_handler(ddl, ast, &handler))
        return false;
    if (!slice_eq_str(handler->source, "heap_tableam_handler"))
        return sql_fail(ddl->env->error, "0A000",
                        "access methods other than by heap_tableam_handler are not supported");
    struct sql_other method = {
        .object = {.class_id = ids->access_method,
                   .owner = ddl->session->role,
                   .name = ast->name,
                   .acl_default = true},
        .fields = &kind,
        .field_count = 1,
        .numbers = &handler->object.id,
        .number_count = 1,
    };
    return sql_catalog_create(ddl->env, &method.object) &&
           sql_depend(ddl->env, pg_whole(ids->access_method, method.object.id),
                      pg_whole(ids->routine, handler->object.id), 'n');
}

/* ---- what tables are kept by */

bool pg_table_method_find(struct sql_session *session, struct slice name, struct sql_error *error,
                          uint32_t *out)
{
    struct sql_method method = sql_find_method(session, name);
    *out = method.id;
    if (!method.id)
        return sql_fail(error, "42704", "access method \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    return method.kind == 't' ||
           sql_fail(error, "55000", "access method \"" SLICE_FMT "\" is not of type TABLE",
                    SLICE_ARG(name));
}

bool pg_table_method_choose(struct pg_ddl *ddl, struct slice named, struct sql_relation *relation)
{
    bool kept = relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_MATVIEW;
    if (named.ptr && relation->kind == SQL_RELATION_PARTITIONED)
        return sql_fail(ddl->env->error, "0A000",
                        "specifying a table access method is not supported on a partitioned table");
    if (!kept)
        return true;
    if (!named.ptr)
        named =
            pg_settings_text(&pg_session_of(ddl->session)->settings, "default_table_access_method");
    return pg_table_method_find(ddl->session, named, ddl->env->error, &relation->method);
}

bool pg_table_method_depend(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    bool kept = relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_MATVIEW;
    return !kept || relation->method == ddl->session->dialect->heap_method ||
           sql_depend(ddl->env, pg_whole(ids->relation, relation->object.id),
                      pg_whole(ids->access_method, relation->method), 'n');
}

bool pg_alter_access_method(struct pg_ddl *ddl, uint32_t relation_id,
                            const struct ast_alter_table_command *command)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, relation_id);
    struct sql_reference old = pg_whole(pg_classes(ddl)->access_method, relation.method);
    if (relation.kind == SQL_RELATION_PARTITIONED)
        return sql_fail(ddl->env->error, "0A000",
                        "cannot change access method of a partitioned table");
    return pg_table_method_find(ddl->session, command->name, ddl->env->error, &relation.method) &&
           sql_depend_cut(ddl->env, of, old) && sql_catalog_replace(ddl->env, &relation.object) &&
           pg_table_method_depend(ddl, &relation);
}
