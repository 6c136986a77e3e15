#include "emulators/postgres/ddl/define.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/routine_def.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/bytes.h"

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

/* Names are written as types, operators as names. */
static struct ast_names names_of(const struct ast_option *option)
{
    const struct ast_node *value = option->value;
    if (value && value->kind == AST_TYPE_NAME)
        return AST_AS(type_name, value)->names;
    if (value && value->kind == AST_NAME)
        return AST_AS(name, value)->names;
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
    if (!option->value || option->value->kind != AST_TYPE_NAME)
        return sql_fail(ddl->env->error, "42601", "argument of " SLICE_FMT " must be a type name",
                        SLICE_ARG(option->name));
    if (sql_analyze_type_name(ddl->env, option->value, out, &typmod))
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

static bool fits(struct pg_ddl *ddl, const struct sql_routine *routine, const uint32_t *types,
                 uint32_t count)
{
    if (routine->arg_count != count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_type *wanted = sql_find_type_id(ddl->session, routine->arg_types[i]);
        bool any = wanted && wanted->kind == SQL_TYPE_PSEUDO &&
                   wanted->id != ddl->session->dialect->types_of.internal;
        const struct sql_cast *cast = sql_find_cast(ddl->session, types[i], routine->arg_types[i]);
        bool same = types[i] == routine->arg_types[i] || (cast && cast->method == 'b');
        if (!same && !any)
            return false;
    }
    return true;
}

static bool no_routine(struct pg_ddl *ddl, const struct ast_names *names, const uint32_t *types,
                       uint32_t count)
{
    struct sql_bytes out;
    sql_bytes_init(&out, ddl->arena);
    for (uint32_t i = 0; i < count; i++) {
        sql_bytes_add_str(&out, i ? ", " : "");
        sql_bytes_add_slice(&out, pg_type_text(ddl->session, ddl->arena, types[i]));
    }
    return sql_fail(ddl->env->error, "42883",
                    "function " SLICE_FMT "(" SLICE_FMT ") does not exist",
                    SLICE_ARG(pg_ddl_names_text(ddl, names)), SLICE_ARG(sql_bytes_slice(&out)));
}

bool pg_define_routine(struct pg_ddl *ddl, const struct ast_option *option, const uint32_t *types,
                       uint32_t count, const struct sql_routine **out)
{
    struct ast_names names = names_of(option);
    struct slice schema, name;
    if (!names.count)
        return sql_fail(ddl->env->error, "42601", SLICE_FMT " requires a function name",
                        SLICE_ARG(option->name));
    if (!pg_name_split(ddl, &names, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++)
        if (found.items[i]->arg_count == count &&
            !memcmp(found.items[i]->arg_types, types, count * sizeof *types)) {
            *out = found.items[i];
            return true;
        }
    for (uint32_t i = 0; i < found.count; i++)
        if (fits(ddl, found.items[i], types, count)) {
            *out = found.items[i];
            return true;
        }
    return no_routine(ddl, &names, types, count);
}

/* ---- CREATE OPERATOR */

static uint32_t other_operator(struct pg_ddl *ddl, const struct ast_define *ast, const char *option,
                               uint32_t left, uint32_t right)
{
    const struct ast_option *found = pg_define_option(ast, option);
    struct ast_names names = found ? names_of(found) : (struct ast_names){0};
    if (!names.count)
        return 0;
    const struct sql_operator *op =
        sql_find_operator(ddl->session, names.items[names.count - 1], left, right);
    return op ? op->object.id : 0;
}

static bool operand_types(struct pg_ddl *ddl, const struct ast_define *ast, struct sql_operator *op)
{
    const struct ast_option *left = pg_define_option(ast, "leftarg");
    const struct ast_option *right = pg_define_option(ast, "rightarg");
    if ((left && !pg_define_type(ddl, left, &op->left)) ||
        (right && !pg_define_type(ddl, right, &op->right)))
        return false;
    if (!left && !right)
        return sql_fail(ddl->env->error, "42P13", "operator argument types must be specified");
    if (right)
        return true;
    sql_fail(ddl->env->error, "42P13", "operator right argument type must be specified");
    return sql_detail(ddl->env->error, "Postfix operators are not supported.");
}

static bool depend_operator(struct pg_ddl *ddl, const struct sql_operator *op)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(ids->operator_, op->object.id);
    return sql_depend(ddl->env, of, pg_whole(ids->schema, op->object.schema), 'n') &&
           sql_depend(ddl->env, of, pg_whole(ids->type, op->left), 'n') &&
           sql_depend(ddl->env, of, pg_whole(ids->type, op->right), 'n') &&
           sql_depend(ddl->env, of, pg_whole(ids->type, op->result), 'n') &&
           sql_depend(ddl->env, of, pg_whole(ids->routine, op->function), 'n');
}

bool pg_create_operator(struct pg_ddl *ddl, const struct ast_define *ast)
{
    struct sql_operator op = {
        .object = {.class_id = pg_classes(ddl)->operator_,
                   .owner = ddl->session->role,
                   .acl_default = true},
        .can_merge = pg_define_flag(ddl, pg_define_option(ast, "merges")),
        .can_hash = pg_define_flag(ddl, pg_define_option(ast, "hashes")),
    };
    const struct ast_option *function = pg_define_option(ast, "function");
    const struct sql_routine *routine;
    if (!function)
        function = pg_define_option(ast, "procedure");
    if (!pg_name_qualified(ddl, &ast->name, &op.object.schema, &op.object.name))
        return false;
    if (!function)
        return sql_fail(ddl->env->error, "42P13", "operator function must be specified");
    if (!operand_types(ddl, ast, &op))
        return false;
    uint32_t types[] = {op.left ? op.left : op.right, op.right};
    if (!pg_define_routine(ddl, function, types, op.left ? 2 : 1, &routine))
        return false;
    const struct sql_operator *old =
        sql_find_operator(ddl->session, op.object.name, op.left, op.right);
    if (old && old->object.schema == op.object.schema)
        return sql_fail(ddl->env->error, "42723", "operator " SLICE_FMT " already exists",
                        SLICE_ARG(op.object.name));
    op.function = routine->object.id;
    op.result = routine->result_type;
    op.object.id = sql_database_next_id(ddl->session->database);
    op.commutator = other_operator(ddl, ast, "commutator", op.right, op.left);
    op.negator = other_operator(ddl, ast, "negator", op.left, op.right);
    return sql_catalog_create(ddl->env, &op.object) && depend_operator(ddl, &op);
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

/* Is a value of one type one of the other as it stands? */
static bool stands_for(struct pg_ddl *ddl, uint32_t from, uint32_t to)
{
    const struct sql_cast *cast = from == to ? NULL : sql_find_cast(ddl->session, from, to);
    return from == to || (cast && cast->method == 'b');
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
    if (!stands_for(ddl, cast->source, routine->arg_types[0]))
        return sql_fail(ddl->env->error, "42P17",
                        "argument of cast function must match or be binary-coercible from source "
                        "data type");
    if (!stands_for(ddl, routine->result_type, cast->target))
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
