/* CREATE LANGUAGE with a handler, SECURITY LABEL: nothing is there that could be loaded for them. */
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/role.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

static bool has_handler(struct pg_ddl *ddl, const struct ast_names *names, const uint32_t *types,
                        uint16_t count)
{
    struct slice schema, name;
    if (!names->count)
        return true;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == count &&
            (!count || found.items[i]->arg_types[0] == types[0]))
            return true;
    return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT " does not exist",
                    SLICE_ARG(pg_ddl_signature(ddl, pg_ddl_names_text(ddl, names), types, count)));
}

bool pg_create_language(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_language *ast = AST_AS(create_language, node);
    const struct sql_type_ids *types = &ddl->session->dialect->types_of;
    if (!pg_role_is_superuser(ddl))
        return sql_fail(ddl->env->error, "42501",
                        "must be superuser to create custom procedural language");
    return has_handler(ddl, &ast->handler, NULL, 0) &&
           has_handler(ddl, &ast->inline_handler, &types->internal, 1) &&
           has_handler(ddl, &ast->validator, &types->oid, 1) &&
           sql_fail(ddl->env->error, "0A000", "CREATE LANGUAGE is not supported");
}

bool pg_security_label(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_security_label *ast = AST_AS(security_label, node);
    return ast->provider.ptr
               ? sql_fail(ddl->env->error, "22023",
                          "security label provider \"" SLICE_FMT "\" is not loaded",
                          SLICE_ARG(ast->provider))
               : sql_fail(ddl->env->error, "22023", "no security label providers have been loaded");
}
