#include "emulators/postgres/ddl/define.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"

/* ---- options */

const struct ast_option *pg_define_option(const struct ast_define *ast, const char *name)
{
    for (uint32_t i = 0; i < ast->options.count; i++) {
        const struct ast_option *option = AST_AS(option, ast->options.items[i]);
        if (slice_eq_str(option->name, name))
            return option;
    }
    return NULL;
}

/* Names are written as types, operators as names; a literal will do, too. */
static struct ast_names names_of(const struct ast_option *option)
{
    const struct ast_node *value = option->value;
    if (value && value->kind == AST_TYPE_NAME)
        return AST_AS(type_name, value)->names;
    if (value && value->kind == AST_NAME)
        return AST_AS(name, value)->names;
    const struct ast_const *text = value && value->kind == AST_CONST ? AST_AS(const, value) : NULL;
    if (text && text->type == AST_CONST_STRING)
        return (struct ast_names){(struct slice *)(uintptr_t)&text->text, 1};
    return (struct ast_names){0};
}

struct slice pg_define_text(struct pg_ddl *ddl, const struct ast_option *option)
{
    struct ast_names names = names_of(option);
    return names.count ? pg_ddl_names_text(ddl, &names) : pg_option_string(ddl, option);
}

bool pg_define_type(struct pg_ddl *ddl, const struct ast_option *option, uint32_t *out)
{
    int32_t typmod;
    struct ast_type_name named = {
        .node = {AST_TYPE_NAME, -1},
          .names = names_of(option)
    };
    if (!named.names.count)
        return sql_fail(ddl->env->error, "42601", "argument of " SLICE_FMT " must be a type name",
                        SLICE_ARG(option->name));
    const struct ast_node *type =
        option->value->kind == AST_TYPE_NAME ? option->value : &named.node;
    if (sql_analyze_type_name(ddl->env, type, out, &typmod))
        return pg_name_type_usage(ddl, *out);
    ddl->env->error->position = 0;
    return false;
}

bool pg_define_flag(struct pg_ddl *ddl, const struct ast_option *option)
{
    if (!option)
        return false;
    struct slice text = pg_option_string(ddl, option);
    return !option->value || slice_eq_str(text, "true") || slice_eq_str(text, "on") ||
           slice_eq_str(text, "1");
}

/* ---- functions */

bool pg_define_names(struct pg_ddl *ddl, const struct ast_option *option, struct slice *out_schema,
                     struct slice *out_name)
{
    struct ast_names names = names_of(option);
    if (!names.count)
        return sql_fail(ddl->env->error, "42601", "argument of " SLICE_FMT " must be a name",
                        SLICE_ARG(option->name));
    return pg_name_split(ddl, &names, out_schema, out_name);
}

bool pg_define_routine(struct pg_ddl *ddl, const struct ast_option *option, const uint32_t *types,
                       uint32_t count, const struct sql_routine **out)
{
    struct slice schema, name;
    if (!pg_define_names(ddl, option, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == count &&
            !memcmp(found.items[i]->arg_types, types, count * sizeof *types)) {
            *out = found.items[i];
            return true;
        }
    return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT " does not exist",
                    SLICE_ARG(pg_ddl_signature(ddl, pg_define_text(ddl, option), types, count)));
}

bool pg_define_may_execute(struct pg_ddl *ddl, const struct sql_routine *routine)
{
    return sql_has_privileges(ddl->session, ddl->session->role, &routine->object,
                              SQL_PRIV_EXECUTE) ||
           sql_fail(ddl->env->error, "42501", "permission denied for function " SLICE_FMT,
                    SLICE_ARG(routine->object.name));
}

/* ---- values that pass for another type's */

static bool is_record_like(const struct sql_type *type, const struct sql_type_ids *ids, uint32_t to)
{
    return to == ids->record && type->kind == SQL_TYPE_COMPOSITE;
}

bool pg_define_stands_for(struct pg_ddl *ddl, uint32_t from, uint32_t to)
{
    const struct sql_type_ids *ids = &ddl->session->dialect->types_of;
    const struct sql_type *type = sql_find_type_id(ddl->session, from);
    while (type && type->kind == SQL_TYPE_DOMAIN && type->id != to)
        type = sql_find_type_id(ddl->session, type->base);
    if (!type)
        return false;
    bool array = type->element && type->len < 0;
    if (type->id == to || to == ids->any || to == ids->anyelement || to == ids->anycompatible ||
        is_record_like(type, ids, to))
        return true;
    if (to == ids->anyarray || to == ids->anycompatiblearray)
        return array;
    if (to == ids->anynonarray || to == ids->anycompatiblenonarray)
        return !array;
    if (to == ids->anyenum)
        return type->kind == SQL_TYPE_ENUM;
    if (to == ids->anyrange || to == ids->anycompatiblerange)
        return type->kind == SQL_TYPE_RANGE;
    if (to == ids->anymultirange || to == ids->anycompatiblemultirange)
        return type->kind == SQL_TYPE_MULTIRANGE;
    const struct sql_cast *cast = sql_find_cast(ddl->session, type->id, to);
    return cast && cast->method == 'b' && cast->context == 'i';
}

/* ---- the statement */

bool pg_define(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_define *ast = AST_AS(define, node);
    switch (ast->type) {
    case AST_OBJECT_AGGREGATE: return pg_create_aggregate(ddl, ast);
    case AST_OBJECT_OPERATOR: return pg_create_operator(ddl, ast);
    case AST_OBJECT_COLLATION: return pg_create_collation(ddl, ast);
    case AST_OBJECT_TYPE: return pg_create_base_type(ddl, ast);
    case AST_OBJECT_TS_CONFIGURATION: return pg_create_ts_configuration(ddl, ast);
    case AST_OBJECT_TS_DICTIONARY: return pg_create_ts_dictionary(ddl, ast);
    default: return sql_fail(ddl->env->error, "0A000", "objects of that kind are not supported");
    }
}

/* ---- CREATE CAST */

/* A cast without function takes the value as it stands: what is kept must be of one making. */
static bool check_binary(struct pg_ddl *ddl, const struct sql_cast *cast)
{
    const struct sql_type *source = sql_find_type_id(ddl->session, cast->source);
    const struct sql_type *target = sql_find_type_id(ddl->session, cast->target);
    struct sql_error *error = ddl->env->error;
    if (cast->source == cast->target)
        return sql_fail(error, "42P17", "source data type and target data type are the same");
    if (source->len != target->len || source->by_value != target->by_value)
        return sql_fail(error, "42P17",
                        "source and target data types are not physically compatible");
    for (uint32_t i = 0; i < 2; i++) {
        enum sql_type_kind kind = i ? target->kind : source->kind;
        const char *what = kind == SQL_TYPE_COMPOSITE ? "composite"
                           : kind == SQL_TYPE_ENUM    ? "enum"
                                                      : NULL;
        if (what)
            return sql_fail(error, "42P17", "%s data types are not binary-compatible", what);
    }
    if (source->element && source->len < 0)
        return sql_fail(error, "42P17", "array data types are not binary-compatible");
    bool bytes = source->category == 'S' || target->category == 'S';
    return source->ops == target->ops || (bytes && source->len == -1) ||
           sql_fail(error, "0A000",
                    "binary casts of types that are kept differently are not "
                    "supported");
}

static bool cast_function(struct pg_ddl *ddl, const struct ast_create_cast *ast,
                          struct sql_cast *cast)
{
    const struct sql_routine *routine;
    if (!ast->function) {
        cast->method = ast->inout ? 'i' : 'b';
        return ast->inout || check_binary(ddl, cast);
    }
    cast->method = 'f';
    if (!pg_resolve_routine(ddl, ast->function, SQL_ROUTINE_FUNCTION, false, &routine))
        return false;
    cast->function = routine->object.id;
    if (routine->arg_count < 1 || routine->arg_count > 3)
        return sql_fail(ddl->env->error, "42P17", "cast function must take one to three arguments");
    if (!pg_define_stands_for(ddl, cast->source, routine->arg_types[0]))
        return sql_fail(ddl->env->error, "42P17",
                        "argument of cast function must match or be binary-coercible from source "
                        "data type");
    if (!pg_define_stands_for(ddl, routine->result_type, cast->target))
        return sql_fail(ddl->env->error, "42P17",
                        "return data type of cast function must match or be binary-coercible to "
                        "target data type");
    return true;
}

static bool owns_type(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_type_object *type = sql_find_type_object(ddl->session, id);
    uint32_t owner = type ? type->object.owner : ddl->session->dialect->default_owner;
    return sql_role_acts_for(ddl->session, ddl->session->role, owner);
}

static bool check_cast_owner(struct pg_ddl *ddl, const struct sql_cast *cast)
{
    return owns_type(ddl, cast->source) || owns_type(ddl, cast->target) ||
           sql_fail(ddl->env->error, "42501",
                    "must be owner of type " SLICE_FMT " or type " SLICE_FMT,
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, cast->source)),
                    SLICE_ARG(pg_type_text(ddl->session, ddl->arena, cast->target)));
}

bool pg_create_cast(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_cast *ast = AST_AS(create_cast, node);
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_cast_object object = {
        .object = {.class_id = ids->cast, .owner = ddl->session->role, .acl_default = true}
    };
    struct sql_cast *cast = &object.cast;
    int32_t typmod;
    if (!sql_analyze_type_name(ddl->env, &ast->source->node, &cast->source, &typmod) ||
        !sql_analyze_type_name(ddl->env, &ast->target->node, &cast->target, &typmod) ||
        !check_cast_owner(ddl, cast) || !pg_name_type_usage(ddl, cast->source) ||
        !pg_name_type_usage(ddl, cast->target) || !cast_function(ddl, ast, cast))
        return false;
    cast->context = ast->context == AST_CAST_IMPLICIT     ? 'i'
                    : ast->context == AST_CAST_ASSIGNMENT ? 'a'
                                                          : 'e';
    if (sql_find_cast(ddl->session, cast->source, cast->target))
        return sql_fail(ddl->env->error, "42710",
                        "cast from type " SLICE_FMT " to type " SLICE_FMT " already exists",
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, cast->source)),
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, cast->target)));
    const uint32_t key[] = {cast->source, cast->target};
    object.object.name = slice_of(key, sizeof key);
    object.object.id = cast->id = sql_database_next_id(ddl->session->database);
    struct sql_reference of = pg_whole(ids->cast, cast->id);
    return sql_catalog_create(ddl->env, &object.object) &&
           sql_depend(ddl->env, of, pg_whole(ids->type, cast->source), 'n') &&
           sql_depend(ddl->env, of, pg_whole(ids->type, cast->target), 'n') &&
           (!cast->function ||
            sql_depend(ddl->env, of, pg_whole(ids->routine, cast->function), 'n'));
}
