/* JSON_OBJECT, JSON_ARRAY, JSON(), JSON_SCALAR, JSON_SERIALIZE, their aggregates, and IS JSON. */
#include "emulators/sql/analyze/json.h"
#include "emulators/sql/analyze/rules.h"
#include "emulators/sql/syntax/ast_query.h"

static uint32_t options_of(bool absent_on_null, bool unique, const struct json_output *output)
{
    return (absent_on_null ? SQL_JSON_OPTION_ABSENT : 0) | (unique ? SQL_JSON_OPTION_UNIQUE : 0) |
           (output->format ? SQL_JSON_OPTION_RETURNING_FORMAT : 0);
}

/* Of JSON_OBJECT and JSON_ARRAY: keys and values, or values. */
static bool analyze_members(struct analysis *a, const struct ast_list *list, struct sql_exprs *out)
{
    *out = (struct sql_exprs){analysis_alloc(a, (list->count * 2 + 1) * sizeof(void *)), 0};
    if (!out->items)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_json_value *value = (const void *)list->items[i];
        if (list->items[i]->kind == AST_JSON_KEY_VALUE) {
            const struct ast_json_key_value *pair = (const void *)list->items[i];
            value = pair->value;
            if (!(out->items[out->count++] = analyze_here(a, pair->key)))
                return false;
        }
        if (!(out->items[out->count++] = analyze_json_value(a, value, JSON_WANTED_ANY)))
            return false;
    }
    return true;
}

/* What was made, as RETURNING wants it. */
static struct sql_expr *finish(struct analysis *a, struct sql_expr_special *json,
                               const struct json_output *output)
{
    if (!json)
        return NULL;
    json->target_type = output->type;
    json->target_typmod = output->typmod;
    return coerce_to_json_output(a, &json->expr, output);
}

static struct sql_expr *analyze_container(struct analysis *a,
                                          const struct ast_json_constructor *node)
{
    struct json_output output;
    struct sql_exprs args;
    if (!analyze_members(a, &node->args, &args) ||
        !analyze_json_output(a, node->returning, &args, &output))
        return NULL;
    struct sql_expr_special *json =
        make_json(a, node->type == AST_JSON_OBJECT ? SQL_JSON_OP_OBJECT : SQL_JSON_OP_ARRAY,
                  output.binary ? a->known->jsonb : a->known->json, args, node->node.location);
    if (json)
        json->options = options_of(node->absent_on_null, node->unique, &output);
    return finish(a, json, &output);
}

static struct sql_expr *analyze_query_array(struct analysis *a,
                                            const struct ast_json_constructor *node)
{
    const struct ast_select *select = (const void *)node->query;
    const struct ast_select *inner =
        (const void *)((const struct ast_from_subquery *)(const void *)select->from.items[0])
            ->query;
    int32_t location = node->node.location;
    struct ast_sublink link = {
        .node = {AST_SUBLINK, location},
          .type = AST_SUBLINK_EXPR, .query = node->query
    };
    bool none =
        inner->operation == AST_SET_NONE && !inner->targets.count && !inner->values_lists.count;
    struct sql_expr *array = none ? NULL : analyze_sublink(a, &link);
    uint32_t columns = 0;
    if (array) {
        const struct sql_expr_sublink *sublink = (const void *)array;
        columns = sublink->query->tables[0]->column_count;
    }
    if (none || (array && columns != 1)) {
        fail_at(a, location, "42601", "subquery must return only one column");
        return NULL;
    }
    return array;
}

/* JSON(value): text is parsed. */
static struct sql_expr *analyze_parse(struct analysis *a, const struct ast_json_constructor *node)
{
    const struct ast_json_value *value = (const void *)node->args.items[0];
    struct sql_expr *arg = node->unique ? json_text_argument(a, value->arg, value->format)
                                        : analyze_json_value(a, value, JSON_WANTED_JSON);
    if (!arg)
        return NULL;
    if (node->unique && arg->type != a->known->text) {
        fail_at(a, node->node.location, "42804",
                "cannot use non-string types with WITH UNIQUE KEYS clause");
        return NULL;
    }
    struct sql_expr_special *json = make_json_of(a, SQL_JSON_OP_PARSE, arg);
    if (!json)
        return NULL;
    json->expr.type = a->known->json;
    json->expr.collation = 0;
    json->expr.location = node->node.location;
    json->options = node->unique ? SQL_JSON_OPTION_UNIQUE : 0;
    return &json->expr;
}

static struct sql_expr *analyze_scalar(struct analysis *a, const struct ast_json_constructor *node)
{
    const struct ast_json_value value = {.arg = node->args.items[0]};
    struct sql_expr *arg = analyze_json_value(a, &value, JSON_WANTED_ANY);
    struct sql_expr_special *json = arg ? make_json_of(a, SQL_JSON_OP_SCALAR, arg) : NULL;
    if (!json)
        return NULL;
    json->expr.type = a->known->json;
    json->expr.typmod = -1;
    json->expr.collation = 0;
    json->expr.location = node->node.location;
    return &json->expr;
}

static struct sql_expr *analyze_serialize(struct analysis *a,
                                          const struct ast_json_constructor *node)
{
    const struct ast_json_value *value = (const void *)node->args.items[0];
    struct json_output output = {.type = a->known->text, .typmod = -1};
    struct sql_expr *arg = analyze_json_value(a, value, JSON_WANTED_FORMAT);
    if (!arg || (node->returning && !analyze_json_output(a, node->returning, NULL, &output)))
        return NULL;
    const struct sql_type *type = type_of(a, output.type);
    if (output.type != a->known->bytea && type && type->category != a->rules->string_category) {
        fail_at(a, -1, "42804", "cannot use RETURNING type " SLICE_FMT " in %s",
                SLICE_ARG(type_text(a, output.type)), "JSON_SERIALIZE()");
        sql_hint(a->env->error, "Try returning a string type or bytea.");
        return NULL;
    }
    return finish(a, make_json_of(a, SQL_JSON_OP_SERIALIZE, arg), &output);
}

struct sql_expr *analyze_json_constructor(struct analysis *a, const struct ast_node *ast)
{
    const struct ast_json_constructor *node = (const void *)ast;
    switch (node->type) {
    case AST_JSON_ARRAY_QUERY: return analyze_query_array(a, node);
    case AST_JSON_PARSE: return analyze_parse(a, node);
    case AST_JSON_SCALAR: return analyze_scalar(a, node);
    case AST_JSON_SERIALIZE: return analyze_serialize(a, node);
    default: return analyze_container(a, node);
    }
}

/* ---- aggregates */

/* The call of the function that does it. */
static struct sql_expr *call_aggregate(struct analysis *a, const struct ast_json_aggregate *node,
                                       const struct sql_exprs *args, bool binary)
{
    bool absent = node->absent_on_null;
    const struct sql_analysis_rules *rules = a->rules;
    const char *name = node->array ? rules->json_array_aggregates[binary][absent]
                                   : rules->json_object_aggregates[binary][node->unique][absent];
    struct slice names[] = {rules->system_schema, slice_str(name)};
    struct ast_node *arg = node->arg;
    struct ast_func_call call = {
        .node = {AST_FUNC_CALL, node->node.location},
        .name = {names,         2                  },
        .args = {&arg,          1                  },
        .order_by = node->order_by,
        .filter = node->filter,
        .over = node->over,
    };
    return analyze_call_of(a, &call, args);
}

struct sql_expr *analyze_json_aggregate(struct analysis *a, const struct ast_node *ast)
{
    const struct ast_json_aggregate *node = (const void *)ast;
    struct ast_node *arg = node->arg;
    struct ast_list members = {&arg, 1};
    struct json_output output;
    struct sql_exprs args;
    if (!analyze_members(a, &members, &args) ||
        !analyze_json_output(a, node->returning, &args, &output))
        return NULL;
    struct sql_expr *call = call_aggregate(a, node, &args, output.binary);
    if (!call)
        return NULL;
    struct sql_expr_special *json =
        make_json_of(a, node->array ? SQL_JSON_OP_ARRAYAGG : SQL_JSON_OP_OBJECTAGG, call);
    if (json)
        json->options = options_of(node->absent_on_null, node->unique, &output);
    return finish(a, json, &output);
}

/* ---- IS JSON */

struct sql_expr *analyze_json_predicate(struct analysis *a, const struct ast_node *ast)
{
    const struct ast_json_predicate *node = (const void *)ast;
    struct sql_expr *arg = json_text_argument(a, node->arg, node->format);
    if (!arg)
        return NULL;
    if (arg->type != a->known->text && arg->type != a->known->json &&
        arg->type != a->known->jsonb) {
        fail_at(a, -1, "42804", "cannot use type " SLICE_FMT " in IS JSON predicate",
                SLICE_ARG(type_text(a, arg->type)));
        return NULL;
    }
    static const enum sql_json_test tests[] = {
        [AST_JSON_IS_ANY] = SQL_JSON_TEST_ANY,
        [AST_JSON_IS_OBJECT] = SQL_JSON_TEST_OBJECT,
        [AST_JSON_IS_ARRAY] = SQL_JSON_TEST_ARRAY,
        [AST_JSON_IS_SCALAR] = SQL_JSON_TEST_SCALAR,
    };
    struct sql_expr_special *json = make_json_of(a, SQL_JSON_OP_IS, arg);
    if (!json)
        return NULL;
    json->expr.type = a->known->boolean;
    json->expr.typmod = -1;
    json->expr.collation = 0;
    json->expr.location = ast->location;
    json->options = (uint32_t)tests[node->type] * SQL_JSON_OPTION_IS |
                    (node->unique ? SQL_JSON_OPTION_UNIQUE : 0);
    return &json->expr;
}
