#include "emulators/sql/analyze/json_query.h"

/* ---- what may be asked for */

#define ALLOW(behavior) (1u << AST_JSON_BEHAVIOR_##behavior)

enum {
    ALLOWED_VALUE = ALLOW(ERROR) | ALLOW(NULL) | ALLOW(DEFAULT),
    ALLOWED_QUERY = ALLOWED_VALUE | ALLOW(EMPTY_ARRAY) | ALLOW(EMPTY_OBJECT),
    ALLOWED_EXISTS = ALLOW(ERROR) | ALLOW(TRUE) | ALLOW(FALSE) | ALLOW(UNKNOWN),
};

/* By enum ast_json_query_type, whose order is that of enum sql_json_query_op. */
static const struct {
    const char *name, *columns; /* of it, and of the columns that are made of it */
    unsigned allowed;
    const char *allowed_words;
} kinds[] = {
    [AST_JSON_QUERY_EXISTS] = {"JSON_EXISTS()", "EXISTS",    ALLOWED_EXISTS,
                               "ERROR, TRUE, FALSE, or UNKNOWN"                               },
    [AST_JSON_QUERY_VALUE] = {"JSON_VALUE()",  "scalar",    ALLOWED_VALUE,
                               "ERROR, NULL, or DEFAULT expression"                           },
    [AST_JSON_QUERY_QUERY] = {"JSON_QUERY()",  "formatted", ALLOWED_QUERY,
                               "ERROR, NULL, EMPTY ARRAY, EMPTY OBJECT, or DEFAULT expression"},
};

static bool check_behavior(struct analysis *a, const struct ast_json_query *node,
                           struct slice column, const struct ast_json_behavior *behavior,
                           const char *clause)
{
    struct sql_error *error = a->env->error;
    if (!behavior || kinds[node->type].allowed & 1u << behavior->type)
        return true;
    if (!column.ptr) {
        fail_at(a, behavior->node.location, "42601", "invalid %s behavior", clause);
        return sql_detail(error, "Only %s is allowed in %s for %s.",
                          kinds[node->type].allowed_words, clause, kinds[node->type].name);
    }
    fail_at(a, behavior->node.location, "42601", "invalid %s behavior for column \"" SLICE_FMT "\"",
            clause, SLICE_ARG(column));
    return sql_detail(error, "Only %s is allowed in %s for %s columns.",
                      kinds[node->type].allowed_words, clause, kinds[node->type].columns);
}

static bool check_clauses(struct analysis *a, const struct ast_json_query *node,
                          struct slice column)
{
    const struct ast_json_returning *returning = node->returning;
    if (returning && returning->format && node->type != AST_JSON_QUERY_QUERY)
        return fail_at(a, returning->format->node.location, "42601",
                       "cannot specify FORMAT JSON in RETURNING clause of %s",
                       kinds[node->type].name);
    if (node->quotes == AST_JSON_QUOTES_OMIT && (node->wrapper == AST_JSON_WRAPPER_CONDITIONAL ||
                                                 node->wrapper == AST_JSON_WRAPPER_UNCONDITIONAL))
        return fail_at(a, node->node.location, "42601",
                       "SQL/JSON QUOTES behavior must not be specified when WITH WRAPPER is used");
    return check_behavior(a, node, column, node->on_empty, "ON EMPTY") &&
           check_behavior(a, node, column, node->on_error, "ON ERROR");
}

/* ---- arguments */

static bool analyze_path(struct analysis *a, const struct ast_node *node, struct sql_expr **out)
{
    struct sql_expr *path = analyze_here(a, node);
    if (!path)
        return false;
    int32_t location = expr_location(path);
    uint32_t type = path->type;
    if (!coerce_to_target(a, path, a->known->jsonpath, -1, COERCE_EXPLICIT, SQL_FORM_CAST_IMPLICIT,
                          location, out))
        return false;
    return *out || fail_at(a, location, "42804",
                           "JSON path expression must be of type %s, not of type " SLICE_FMT,
                           "jsonpath", SLICE_ARG(type_text(a, type)));
}

/* Types whose values a path can have as they are. */
static bool passes_as_it_is(struct analysis *a, uint32_t type)
{
    const struct sql_type_ids *k = a->known;
    const uint32_t plain[] = {k->boolean, k->numeric, k->int2,      k->int4,
                              k->int8,    k->float4,  k->float8,    k->date,
                              k->time,    k->timetz,  k->timestamp, k->timestamptz};
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
        if (plain[i] == type)
            return true;
    const struct sql_type *found = type_of(a, type);
    return found && found->category == a->rules->string_category;
}

/* A value that is passed, as jsonb; the conversion is not printed back. */
static struct sql_expr *passed_as_jsonb(struct analysis *a, struct sql_expr *value)
{
    struct slice names[] = {a->rules->system_schema, slice_str(a->rules->json_of_any)};
    struct ast_func_call call = {
        .node = {AST_FUNC_CALL, value->location},
        .name = {names,         2              },
    };
    struct sql_exprs args = {&value, 1};
    struct sql_expr *made;
    if (!coerce_to_target(a, value, a->known->jsonb, -1, COERCE_EXPLICIT, SQL_FORM_CAST_IMPLICIT,
                          -1, &made))
        return NULL;
    if (!made && (made = analyze_call_of(a, &call, &args)))
        ((struct sql_expr_call *)made)->form = SQL_FORM_CAST_IMPLICIT;
    if (!made || made == value)
        return made;
    struct sql_expr_special *json = make_json_of(a, SQL_JSON_OP_FORMATTED, made);
    return json ? &json->expr : NULL;
}

static struct sql_expr *analyze_passed(struct analysis *a, const struct ast_json_value *node)
{
    struct sql_expr *value;
    if (node->format)
        return analyze_json_value(a, node, JSON_WANTED_FORMAT);
    value = analyze_json_value(a, node, JSON_WANTED_ANY);
    if (!value || passes_as_it_is(a, value->type))
        return value;
    return passed_as_jsonb(a, value);
}

static bool analyze_passing(struct analysis *a, const struct ast_list *list,
                            struct sql_expr_json_query *json)
{
    json->passing.items = analysis_alloc(a, sizeof *json->passing.items * (list->count + 1));
    json->names = analysis_alloc(a, sizeof *json->names * (list->count + 1));
    if (!json->passing.items || !json->names)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_target *target = (const void *)list->items[i];
        json->passing.items[i] = analyze_passed(a, (const void *)target->value);
        if (!json->passing.items[i])
            return false;
        json->names[i] = target->name;
        json->passing.count++;
    }
    return true;
}

static bool analyze_arguments(struct analysis *a, const struct ast_json_query *node,
                              struct sql_expr *document, struct sql_expr_json_query *json)
{
    json->document = document ? document : analyze_json_value(a, node->context, JSON_WANTED_JSONB);
    return json->document && analyze_path(a, node->path, &json->path) &&
           analyze_passing(a, &node->passing, json);
}

/* ---- RETURNING */

static bool analyze_output(struct analysis *a, const struct ast_json_query *node,
                           struct sql_expr_json_query *json)
{
    const uint32_t types[] = {[AST_JSON_QUERY_EXISTS] = a->known->boolean,
                              [AST_JSON_QUERY_VALUE] = a->known->text,
                              [AST_JSON_QUERY_QUERY] = a->known->jsonb};
    struct json_output output = {.type = types[node->type], .typmod = -1};
    if (node->returning && !analyze_json_output(a, node->returning, NULL, &output))
        return false;
    const struct sql_type *type = type_of(a, output.type);
    bool formatted = output.type == a->known->bytea || output.type == a->known->json ||
                     output.type == a->known->jsonb || type->category == a->rules->string_category;
    if (node->returning && node->returning->format && !formatted)
        return fail_at(a, node->returning->format->node.location, "0A000",
                       "cannot use JSON format with non-string output types");
    json->format = output.format;
    json->expr.type = output.type;
    json->expr.typmod = output.typmod;
    json->expr.collation = type->collation;
    return true;
}

/* ---- ON EMPTY, ON ERROR */

/* A constant, a call, or casts of such. */
static bool is_plain_default(struct sql_expr *expr)
{
    switch (expr->kind) {
    case SQL_EXPR_CONST:
    case SQL_EXPR_FUNCTION: return true;
    case SQL_EXPR_CONVERT_ARRAY:
        return is_plain_default(((struct sql_expr_convert_array *)expr)->arg);
    case SQL_EXPR_CONVERT_IO:
    case SQL_EXPR_CONVERT_ROW:
    case SQL_EXPR_TO_DOMAIN:
    case SQL_EXPR_RELABEL:
    case SQL_EXPR_COLLATE: return is_plain_default(((struct sql_expr_convert *)expr)->arg);
    default: return false;
    }
}

static bool check_default(struct analysis *a, struct sql_expr *value, uint32_t wanted_collation)
{
    int32_t location = expr_location(value);
    if (!is_plain_default(value))
        return fail_at(a, location, "42804",
                       "can only specify a constant, non-aggregate function, or operator "
                       "expression for DEFAULT");
    if (contains_columns(value, 0))
        return fail_at(a, location, "42804",
                       "DEFAULT expression must not contain column references");
    if (sql_expr_returns_set(value))
        return fail_at(a, location, "42804", "DEFAULT expression must not return a set");
    const struct sql_type *type = type_of(a, value->type);
    uint32_t collation = value->collation ? value->collation : type ? type->collation : 0;
    if (!wanted_collation || !collation || wanted_collation == collation)
        return true;
    fail_at(a, location, "42P21",
            "collation of DEFAULT expression conflicts with RETURNING clause");
    return sql_detail(a->env->error, "\"" SLICE_FMT "\" versus \"" SLICE_FMT "\"",
                      SLICE_ARG(collation_text(a, collation)),
                      SLICE_ARG(collation_text(a, wanted_collation)));
}

static struct sql_expr *jsonb_const(struct analysis *a, const char *text, int32_t location)
{
    struct datum value;
    return read_literal(a, type_of(a, a->known->jsonb), slice_str(text), -1, location, &value)
               ? make_const(a, a->known->jsonb, -1, value, location)
               : NULL;
}

/* What a behavior stands for before it becomes of the result's type; NULL of type 0: NULL. */
static bool behavior_value(struct analysis *a, enum sql_json_behavior behavior,
                           const struct ast_json_behavior *node, uint32_t collation,
                           struct sql_expr **out)
{
    int32_t location = node ? node->node.location : -1;
    *out = NULL;
    switch (behavior) {
    case SQL_JSON_BEHAVIOR_ERROR:
    case SQL_JSON_BEHAVIOR_NULL:
    case SQL_JSON_BEHAVIOR_UNKNOWN: return true;
    case SQL_JSON_BEHAVIOR_DEFAULT:
        *out = analyze_here(a, node->value);
        return *out && check_default(a, *out, collation);
    case SQL_JSON_BEHAVIOR_TRUE:
    case SQL_JSON_BEHAVIOR_FALSE:
        *out = make_const(a, a->known->boolean, -1, datum_bool(behavior == SQL_JSON_BEHAVIOR_TRUE),
                          location);
        return *out;
    default:
        *out = jsonb_const(a, behavior == SQL_JSON_BEHAVIOR_EMPTY_ARRAY ? "[]" : "{}", location);
        return *out;
    }
}

/* A value that no conversion at run time makes of the type is cast to it. */
static bool cast_value(struct analysis *a, const struct sql_expr_json_query *json,
                       enum sql_json_behavior behavior, struct sql_expr **value)
{
    static const char bit_strings = 'V';
    const struct sql_type *type = type_of(a, json->expr.type);
    bool strict = type->category == a->rules->string_category || type->category == bit_strings;
    int32_t location = expr_location(*value);
    struct slice from = type_text(a, (*value)->type), to = type_text(a, json->expr.type);
    struct sql_expr *cast;
    if (!coerce_to_target(a, *value, json->expr.type, json->expr.typmod,
                          strict ? COERCE_ASSIGNMENT : COERCE_EXPLICIT, SQL_FORM_CAST_EXPLICIT,
                          location, &cast))
        return false;
    if (cast) {
        *value = cast;
        return true;
    }
    fail_at(a, location, "42846",
            "cannot cast behavior expression of type " SLICE_FMT " to " SLICE_FMT, SLICE_ARG(from),
            SLICE_ARG(to));
    if (behavior != SQL_JSON_BEHAVIOR_DEFAULT)
        return false;
    return sql_hint(a->env->error,
                    "You will need to explicitly cast the expression to type " SLICE_FMT ".",
                    SLICE_ARG(to));
}

static bool is_null(const struct sql_expr *value)
{
    return !value || (value->kind == SQL_EXPR_CONST &&
                      ((const struct sql_expr_const *)(const void *)value)->value.null);
}

/* The value for a behavior: of the result's type, or jsonb or NULL that become so when it is due. */
static bool analyze_behavior(struct analysis *a, const struct sql_expr_json_query *json,
                             const struct ast_json_behavior *node, enum sql_json_behavior otherwise,
                             uint32_t *out_behavior, struct sql_expr **value, bool *converted)
{
    const struct sql_type *type = type_of(a, json->expr.type);
    /* The enums have one order. */
    enum sql_json_behavior behavior = node ? (enum sql_json_behavior)node->type : otherwise;
    *out_behavior = behavior;
    *converted = false;
    if (!behavior_value(a, behavior, node, json->expr.collation, value))
        return false;
    if (behavior == SQL_JSON_BEHAVIOR_ERROR)
        return true;
    if (is_null(*value)) {
        *converted = type->kind == SQL_TYPE_DOMAIN;
        return true;
    }
    if ((*value)->type == json->expr.type)
        return true;
    bool truth = (*value)->type == a->known->boolean;
    *converted = (*value)->type == a->known->jsonb ||
                 (truth && base_type(a, json->expr.type) != a->known->int4);
    if (!*converted)
        return cast_value(a, json, behavior, value);
    /* The server takes any boolean but TRUE ON ERROR for false here. */
    if (truth)
        *value = jsonb_const(a, behavior == SQL_JSON_BEHAVIOR_TRUE ? "true" : "false",
                             (*value)->location);
    return *value;
}

/* ---- the whole */

static struct sql_expr_json_query *begin(struct analysis *a, enum sql_json_query_op op,
                                         int32_t location)
{
    struct sql_expr_json_query *json =
        (void *)make_expr(a, SQL_EXPR_JSON_QUERY, sizeof *json, 0, location);
    if (json)
        json->of = op;
    return json;
}

struct sql_expr *make_json_query(struct analysis *a, const struct ast_json_query *node,
                                 struct slice column, struct sql_expr *document)
{
    enum sql_json_behavior otherwise =
        node->type == AST_JSON_QUERY_EXISTS ? SQL_JSON_BEHAVIOR_FALSE : SQL_JSON_BEHAVIOR_NULL;
    struct sql_expr_json_query *json =
        begin(a, (enum sql_json_query_op)node->type, node->node.location);
    if (!json || !check_clauses(a, node, column) || !analyze_arguments(a, node, document, json) ||
        !analyze_output(a, node, json))
        return NULL;
    json->column = column;
    json->unquoted = node->type == AST_JSON_QUERY_VALUE || node->quotes == AST_JSON_QUOTES_OMIT;
    json->wrapper = node->wrapper == AST_JSON_WRAPPER_CONDITIONAL ? SQL_JSON_WRAPPER_CONDITIONAL
                    : node->wrapper == AST_JSON_WRAPPER_UNCONDITIONAL
                        ? SQL_JSON_WRAPPER_UNCONDITIONAL
                        : SQL_JSON_WRAPPER_NONE;
    if (!analyze_behavior(a, json, node->on_empty, otherwise, &json->on_empty, &json->empty_value,
                          &json->empty_converted) ||
        !analyze_behavior(a, json, node->on_error, otherwise, &json->on_error, &json->error_value,
                          &json->error_converted))
        return NULL;
    return &json->expr;
}

struct sql_expr_json_query *make_json_table_query(struct analysis *a,
                                                  const struct ast_json_query *node)
{
    struct sql_expr_json_query *json = begin(a, SQL_JSON_QUERY_TABLE, node->node.location);
    if (!json || !analyze_arguments(a, node, NULL, json))
        return NULL;
    json->on_error = node->on_error ? (enum sql_json_behavior)node->on_error->type
                                    : SQL_JSON_BEHAVIOR_EMPTY_ARRAY;
    return json;
}

struct sql_expr *analyze_json_query(struct analysis *a, const struct ast_node *node)
{
    return make_json_query(a, (const void *)node, slice_of(NULL, 0), NULL);
}
