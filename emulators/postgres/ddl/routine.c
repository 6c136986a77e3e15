/* CREATE FUNCTION, CREATE PROCEDURE, ALTER FUNCTION. */
#include "emulators/postgres/routine/routine.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/define.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/builtins.h"

/* ---- language and body */

static const struct sql_builtin_language *find_language(struct pg_ddl *ddl, struct slice name)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    for (uint32_t i = 0; i < dialect->languages_count; i++)
        if (slice_eq_str(name, dialect->languages[i].name))
            return &dialect->languages[i];
    return NULL;
}

static bool set_language(struct pg_ddl *ddl, const struct ast_create_function *ast,
                         const struct pg_routine_options *options, struct sql_routine *routine,
                         struct slice *out_name)
{
    struct sql_error *error = ddl->env->error;
    if (!options->language && !ast->body)
        return sql_fail(error, "42P13", "no language specified");
    *out_name = options->language ? pg_option_string(ddl, options->language) : slice_str("sql");
    const struct sql_builtin_language *language = find_language(ddl, *out_name);
    if (!language)
        return sql_fail(error, "42704", "language \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(*out_name));
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    const struct sql_object object = {.class_id = pg_classes(ddl)->language,
                                      .id = language->id,
                                      .owner = ddl->session->dialect->default_owner,
                                      .acl_default = true};
    bool may = language->trusted
                   ? sql_has_privileges(ddl->session, ddl->session->role, &object, SQL_PRIV_USAGE)
                   : !role || role->superuser;
    if (!may)
        return sql_fail(error, "42501", "permission denied for language " SLICE_FMT,
                        SLICE_ARG(*out_name));
    routine->language = language->id;
    return true;
}

sql_function *pg_routine_symbol(struct pg_ddl *ddl, struct slice symbol)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    for (unsigned f = 0; dialect->functions && dialect->functions[f]; f++)
        for (const struct sql_builtin *row = dialect->functions[f]; row->symbol; row++)
            if (slice_eq_str(symbol, row->symbol))
                return row->call;
    return sql_builtin_find(symbol);
}

/* Does the real server have it? */
static bool is_known_symbol(struct pg_ddl *ddl, struct slice symbol)
{
    const struct sql_dialect *dialect = ddl->session->dialect;
    for (uint32_t i = 0; i < dialect->routines_count; i++)
        if (dialect->routines[i].language == PG_LANGUAGE_INTERNAL &&
            slice_eq_str(symbol, dialect->text + dialect->routines[i].source))
            return true;
    return false;
}

static bool set_internal(struct pg_ddl *ddl, struct sql_routine *routine)
{
    if (!routine->source.len)
        routine->source = routine->object.name;
    routine->call = pg_routine_symbol(ddl, routine->source);
    return routine->call || is_known_symbol(ddl, routine->source) ||
           sql_fail(ddl->env->error, "42883",
                    "there is no built-in function named \"" SLICE_FMT "\"",
                    SLICE_ARG(routine->source));
}

static bool set_source(struct pg_ddl *ddl, const struct ast_create_function *ast,
                       const struct pg_routine_options *options, struct slice language,
                       struct sql_routine *routine)
{
    struct sql_error *error = ddl->env->error;
    const struct ast_list *as = options->as ? &AST_AS(list_node, options->as->value)->list : NULL;
    if (!as && !ast->body)
        return sql_fail(error, "42P13", "no function body specified");
    if (as && ast->body)
        return sql_fail(error, "42P13", "duplicate function body specified");
    if (ast->body && routine->language != PG_LANGUAGE_SQL)
        return sql_fail(error, "42P13", "inline SQL function body only valid for language SQL");
    if (!as) {
        routine->source = slice_of("", 0);
        return true;
    }
    routine->source = AST_AS(const, as->items[0])->text;
    if (routine->language == PG_LANGUAGE_C)
        return sql_fail(error, "58P01",
                        "could not access file \"" SLICE_FMT "\": No such file or directory",
                        SLICE_ARG(routine->source));
    if (as->count > 1)
        return sql_fail(error, "42P13", "only one AS item needed for language \"" SLICE_FMT "\"",
                        SLICE_ARG(language));
    return routine->language != PG_LANGUAGE_INTERNAL || set_internal(ddl, routine);
}

/* ---- the result */

static bool is_native(const struct sql_routine *routine)
{
    return routine->language == PG_LANGUAGE_INTERNAL || routine->language == PG_LANGUAGE_C;
}

/* The result's type; what is not there yet is declared for functions that may become its input. */
static bool declare_result(struct pg_ddl *ddl, const struct ast_type_name *name,
                           const struct sql_routine *routine)
{
    const struct ast_names *names = &name->names;
    struct slice schema = names->count > 1 ? names->items[names->count - 2] : slice_of(NULL, 0);
    bool there = name->percent_type || (schema.ptr && !sql_find_schema(ddl->session, schema)) ||
                 sql_find_type(ddl->session, schema, names->items[names->count - 1]);
    if (there || name->array_dimensions || !is_native(routine))
        return true;
    pg_ddl_notice(ddl, "42704", "type \"" SLICE_FMT "\" is not yet defined",
                  SLICE_ARG(pg_ddl_names_text(ddl, names)));
    const struct ast_define shell = {.type = AST_OBJECT_TYPE, .name = *names, .shell = true};
    return pg_create_base_type(ddl, &shell);
}

static bool find_result(struct pg_ddl *ddl, const struct ast_type_name *name,
                        const struct sql_routine *routine, uint32_t *out)
{
    int32_t typmod;
    if (!declare_result(ddl, name, routine))
        return false;
    if (!sql_analyze_type_or_shell(ddl->env, &name->node, out, &typmod)) {
        ddl->env->error->position = 0;
        return false;
    }
    const struct sql_type_object *object = sql_find_type_object(ddl->session, *out);
    if (object && object->shell && routine->language == PG_LANGUAGE_SQL)
        return sql_fail(ddl->env->error, "42P13",
                        "SQL function cannot return shell type " SLICE_FMT,
                        SLICE_ARG(object->object.name));
    if (object && object->shell)
        pg_ddl_notice(ddl, "42809", "return type " SLICE_FMT " is only a shell",
                      SLICE_ARG(object->object.name));
    return pg_name_type_usage(ddl, *out);
}

static bool set_result(struct pg_ddl *ddl, const struct ast_create_function *ast,
                       struct sql_routine *routine, uint32_t from_parameters)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    if (ast->procedure) {
        routine->result_type = from_parameters ? from_parameters : ids->void_;
        return true;
    }
    if (!ast->returns && !from_parameters)
        return sql_fail(ddl->env->error, "42P13", "function result type must be specified");
    routine->result_type = from_parameters;
    if (!ast->returns)
        return true;
    if (!find_result(ddl, ast->returns, routine, &routine->result_type))
        return false;
    routine->returns_set = ast->returns->setof;
    if (!from_parameters || from_parameters == routine->result_type)
        return true;
    return sql_fail(ddl->env->error, "42P13",
                    "function result type must be " SLICE_FMT " because of OUT parameters",
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, from_parameters)));
}

/* ---- CREATE */

/* SQL-standard bodies: the statements are analysed now, and kept so. */
static bool set_body(struct pg_ddl *ddl, const struct ast_create_function *ast,
                     struct sql_routine *routine)
{
    return !ast->body || pg_sql_function_set_body(ddl->env, ast->body, routine);
}

static bool define(struct pg_ddl *ddl, const struct ast_create_function *ast,
                   struct pg_routine_options *options, struct sql_routine *routine)
{
    struct slice language;
    uint32_t result;
    if (!pg_routine_options_read(ddl, &ast->options, ast->procedure, options) ||
        !set_language(ddl, ast, options, routine, &language))
        return false;
    if (options->window)
        routine->kind = SQL_ROUTINE_WINDOW;
    if (!pg_routine_parameters(ddl, &ast->parameters, ast->procedure ? "procedure" : "function",
                               routine, &result) ||
        !set_result(ddl, ast, routine, result))
        return false;
    routine->cost = is_native(routine) ? 1 : 100;
    routine->rows = routine->returns_set ? 1000 : 0;
    return pg_routine_options_apply(ddl, options, routine) &&
           set_source(ddl, ast, options, language, routine) &&
           pg_routine_check_result(ddl, routine) && set_body(ddl, ast, routine);
}

bool pg_create_function(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_function *ast = AST_AS(create_function, node);
    struct sql_routine routine = {
        .object = {.class_id = pg_classes(ddl)->routine,
                   .owner = ddl->session->role,
                   .acl_default = true},
        .kind = ast->procedure ? SQL_ROUTINE_PROCEDURE : SQL_ROUTINE_FUNCTION,
        .volatility = 'v',
        .parallel = 'u',
    };
    struct pg_routine_options options;
    if (!pg_name_qualified(ddl, &ast->name, &routine.object.schema, &routine.object.name) ||
        !define(ddl, ast, &options, &routine) ||
        !sql_catalog_await_name(ddl->env, pg_classes(ddl)->routine, routine.object.schema,
                                routine.object.name))
        return false;
    const struct sql_routine *old = pg_routine_find(ddl, routine.object.schema, routine.object.name,
                                                    routine.arg_types, routine.arg_count);
    if (old && !ast->replace)
        return sql_fail(ddl->env->error, "42723",
                        "function \"" SLICE_FMT "\" already exists with same argument types",
                        SLICE_ARG(routine.object.name));
    if (old && !pg_routine_check_replace(ddl, &routine, old))
        return false;
    ddl->replaced = old != NULL;
    if (old)
        ddl->subject = pg_whole(old->object.class_id, old->object.id);
    return pg_routine_store(ddl, &routine, old) && pg_routine_check_body(ddl, &options, &routine);
}

/* ---- ALTER */

bool pg_alter_function(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_function *ast = AST_AS(alter_function, node);
    char kind = ast->type == AST_OBJECT_PROCEDURE ? SQL_ROUTINE_PROCEDURE
                : ast->type == AST_OBJECT_ROUTINE ? 0
                                                  : SQL_ROUTINE_FUNCTION;
    const struct sql_routine *found;
    struct pg_routine_options options;
    if (!pg_resolve_routine(ddl, ast->function, kind, false, &found) ||
        !pg_name_must_own(ddl, &found->object))
        return false;
    if (found->kind == SQL_ROUTINE_AGGREGATE)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is an aggregate function",
                        SLICE_ARG(found->object.name));
    struct sql_routine routine = *found;
    return pg_routine_options_read(ddl, &ast->actions, routine.kind == SQL_ROUTINE_PROCEDURE,
                                   &options) &&
           pg_routine_options_apply(ddl, &options, &routine) &&
           sql_catalog_replace(ddl->env, &routine.object);
}
