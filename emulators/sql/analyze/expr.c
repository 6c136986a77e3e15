/* Expressions: one function for each kind of node, found in a table. */
#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/value/integer.h"

typedef struct sql_expr *analyzer(struct analysis *a, const struct ast_node *node);

/* ---- constants */

/* A number that is no int4: the smallest of int8 and numeric that holds it. */
static struct sql_expr *analyze_number(struct analysis *a, struct slice text, int32_t location)
{
    struct sql_error *error = a->env->error, before = *error;
    int64_t value;
    bool whole = !memchr(text.ptr, '.', text.len);
    if (whole && sql_integer_parse(error, text, INT64_MIN, INT64_MAX, "bigint", &value))
        return make_const(a, a->known->int8, -1, datum_int(value), location);
    *error = before;
    struct datum number;
    if (!read_literal(a, type_of(a, a->known->numeric), text, -1, location, &number))
        return NULL;
    return make_const(a, a->known->numeric, -1, number, location);
}

static struct sql_expr *analyze_bits(struct analysis *a, const struct ast_const *node)
{
    struct datum bits;
    if (!read_literal(a, type_of(a, a->known->bit), node->text, -1, node->node.location, &bits))
        return NULL;
    return make_const(a, a->known->bit, -1, bits, node->node.location);
}

static struct sql_expr *analyze_const(struct analysis *a, const struct ast_node *node)
{
    const struct ast_const *constant = (const struct ast_const *)node;
    int32_t location = node->location;
    switch (constant->type) {
    case AST_CONST_NULL: return make_const(a, a->known->unknown, -1, datum_null(), location);
    case AST_CONST_INTEGER:
        return make_const(a, a->known->int4, -1, datum_int(constant->integer), location);
    case AST_CONST_FLOAT: return analyze_number(a, constant->text, location);
    case AST_CONST_STRING: return make_text_const(a, constant->text, location);
    case AST_CONST_BIT_STRING: return analyze_bits(a, constant);
    case AST_CONST_BOOLEAN:
        return make_const(a, a->known->boolean, -1, datum_bool(constant->boolean), location);
    }
    return NULL;
}

/* ---- small ones */

static struct sql_expr *analyze_bool_expr(struct analysis *a, const struct ast_node *node)
{
    static const struct {
        enum sql_bool_op op;
        const char *name;
    } ops[] = {
        [AST_BOOL_AND] = {SQL_AND, "AND"},
        [AST_BOOL_OR] = {SQL_OR,  "OR" },
        [AST_BOOL_NOT] = {SQL_NOT, "NOT"}
    };
    const struct ast_bool_expr *expr = (const struct ast_bool_expr *)node;
    struct sql_expr **args = analysis_alloc(a, sizeof *args * expr->args.count);
    if (!args)
        return NULL;
    for (uint32_t i = 0; i < expr->args.count; i++) {
        args[i] = analyze_here(a, expr->args.items[i]);
        if (!args[i] || !coerce_to_boolean(a, &args[i], ops[expr->type].name))
            return NULL;
    }
    return make_bool(a, ops[expr->type].op, args, expr->args.count, node->location);
}

static struct sql_expr *make_null_test(struct analysis *a, struct sql_expr *arg, bool negated,
                                       int32_t location)
{
    struct sql_expr_test *test =
        (void *)make_expr(a, SQL_EXPR_NULL_TEST, sizeof *test, a->known->boolean, location);
    if (!test)
        return NULL;
    test->arg = arg;
    test->negated = negated;
    test->test = SQL_IS_NULL;
    test->row = arg->type == a->known->record || is_composite(a, arg->type);
    return &test->expr;
}

static struct sql_expr *analyze_null_test(struct analysis *a, const struct ast_node *node)
{
    const struct ast_null_test *test = (const struct ast_null_test *)node;
    struct sql_expr *arg = analyze_here(a, test->arg);
    return arg ? make_null_test(a, arg, test->negated, node->location) : NULL;
}

static struct sql_expr *analyze_boolean_test(struct analysis *a, const struct ast_node *node)
{
    static const struct {
        uint8_t test;
        bool negated;
        const char *name;
    } tests[] = {
        [AST_IS_TRUE] = {SQL_IS_TRUE,    false, "IS TRUE"       },
        [AST_IS_NOT_TRUE] = {SQL_IS_TRUE,    true,  "IS NOT TRUE"   },
        [AST_IS_FALSE] = {SQL_IS_FALSE,   false, "IS FALSE"      },
        [AST_IS_NOT_FALSE] = {SQL_IS_FALSE,   true,  "IS NOT FALSE"  },
        [AST_IS_UNKNOWN] = {SQL_IS_UNKNOWN, false, "IS UNKNOWN"    },
        [AST_IS_NOT_UNKNOWN] = {SQL_IS_UNKNOWN, true,  "IS NOT UNKNOWN"}
    };
    const struct ast_boolean_test *ast = (const struct ast_boolean_test *)node;
    struct sql_expr *arg = analyze_here(a, ast->arg);
    if (!arg || !coerce_to_boolean(a, &arg, tests[ast->test].name))
        return NULL;
    struct sql_expr_test *test =
        (void *)make_expr(a, SQL_EXPR_BOOL_TEST, sizeof *test, a->known->boolean, node->location);
    if (!test)
        return NULL;
    test->arg = arg;
    test->negated = tests[ast->test].negated;
    test->test = tests[ast->test].test;
    return &test->expr;
}

static struct sql_expr *analyze_collate(struct analysis *a, const struct ast_node *node)
{
    const struct ast_collate *ast = (const struct ast_collate *)node;
    struct sql_expr *arg = analyze_here(a, ast->arg);
    if (!arg)
        return NULL;
    const struct sql_type *type = type_of(a, arg->type);
    if (arg->type != a->known->unknown && type && !type->collation) {
        fail_at(a, node->location, "42804", "collations are not supported by type " SLICE_FMT,
                SLICE_ARG(type_text(a, arg->type)));
        return NULL;
    }
    struct sql_expr_convert *collate =
        (void *)make_expr(a, SQL_EXPR_COLLATE, sizeof *collate, arg->type, node->location);
    if (!collate || !analyze_collation(a, &ast->name, node->location, &collate->collate))
        return NULL;
    collate->expr.typmod = arg->typmod;
    collate->expr.collation = collate->collate;
    collate->arg = arg;
    return &collate->expr;
}

/* In RETURNING of a MERGE, or in a query within it. */
static bool returns_from_merge(const struct analysis *a)
{
    while (a && !(a->place == PLACE_RETURNING && a->query && a->query->command == SQL_MERGE))
        a = a->outer;
    return a != NULL;
}

static struct sql_expr *analyze_value_function(struct analysis *a, const struct ast_node *node)
{
    const struct ast_value_function *ast = (const struct ast_value_function *)node;
    const struct sql_type_ids *k = a->known;
    const uint32_t types[] = {[AST_VALUE_CURRENT_DATE] = k->date,
                              [AST_VALUE_CURRENT_TIME] = k->timetz,
                              [AST_VALUE_CURRENT_TIMESTAMP] = k->timestamptz,
                              [AST_VALUE_LOCALTIME] = k->time,
                              [AST_VALUE_LOCALTIMESTAMP] = k->timestamp,
                              [AST_VALUE_CURRENT_ROLE] = k->name,
                              [AST_VALUE_CURRENT_USER] = k->name,
                              [AST_VALUE_USER] = k->name,
                              [AST_VALUE_SESSION_USER] = k->name,
                              [AST_VALUE_CURRENT_CATALOG] = k->name,
                              [AST_VALUE_CURRENT_SCHEMA] = k->name,
                              [AST_VALUE_SYSTEM_USER] = k->text,
                              [AST_VALUE_MERGE_ACTION] = k->text};
    if (ast->type == AST_VALUE_MERGE_ACTION && !returns_from_merge(a)) {
        fail_at(a, node->location, "42601",
                "MERGE_ACTION() can only be used in the RETURNING list of a MERGE command");
        return NULL;
    }
    struct sql_expr_session_value *value = (void *)make_expr(
        a, SQL_EXPR_SESSION_VALUE, sizeof *value, types[ast->type], node->location);
    if (!value)
        return NULL;
    value->value = (enum sql_session_value)ast->type; /* the enums have one order */
    value->expr.typmod = ast->precision > 6 ? 6 : ast->precision;
    const struct sql_type *type = type_of(a, value->expr.type);
    value->expr.collation = type ? type->collation : 0;
    return &value->expr;
}

static struct sql_expr *analyze_default(struct analysis *a, const struct ast_node *node)
{
    fail_at(a, node->location, "42601", "DEFAULT is not allowed in this context");
    return NULL;
}

static struct sql_expr *analyze_current_of(struct analysis *a, const struct ast_node *node)
{
    const struct ast_current_of *ast = (const struct ast_current_of *)node;
    struct sql_expr_current_of *current =
        (void *)make_expr(a, SQL_EXPR_CURRENT_OF, sizeof *current, a->known->boolean, -1);
    if (!current)
        return NULL;
    current->table = a->query->result_table;
    current->cursor = ast->cursor;
    const struct sql_scope *scope = a->shared->scope;
    struct sql_expr *variable = scope && scope->resolve
                                    ? scope->resolve(scope, a->env, &ast->cursor, 1, node->location)
                                    : NULL;
    if (variable && variable->kind == SQL_EXPR_PARAM && variable->type == a->known->refcursor)
        current->param = ((struct sql_expr_param *)variable)->number + 1;
    return &current->expr;
}

/* ---- lists to one type */

static struct sql_expr *make_list(struct analysis *a, enum sql_expr_kind kind,
                                  const struct ast_list *list, const char *context,
                                  int32_t location)
{
    struct sql_expr_list *result = (void *)make_expr(a, kind, sizeof *result, 0, location);
    if (!result)
        return NULL;
    result->args.items = analysis_alloc(a, sizeof *result->args.items * list->count);
    if (!result->args.items)
        return NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        result->args.items[i] = analyze_here(a, list->items[i]);
        if (!result->args.items[i])
            return NULL;
        result->args.count++;
    }
    if (!common_type(a, result->args.items, list->count, context, &result->expr.type, NULL))
        return NULL;
    for (uint32_t i = 0; i < list->count; i++)
        if (!coerce_to_common(a, &result->args.items[i], result->expr.type, context))
            return NULL;
    result->expr.typmod = common_typmod(a, result->args.items, list->count, result->expr.type);
    for (uint32_t i = 0; kind == SQL_EXPR_COALESCE && i < list->count; i++)
        if (a->query && a->query->has_sets && sql_expr_returns_set(result->args.items[i])) {
            fail_at(a, expr_location(result->args.items[i]), "0A000",
                    "set-returning functions are not allowed in %s", context);
            sql_hint(a->env->error, "You might be able to move the set-returning function into a "
                                    "LATERAL FROM item.");
            return NULL;
        }
    return &result->expr;
}

static struct sql_expr *analyze_coalesce(struct analysis *a, const struct ast_node *node)
{
    return make_list(a, SQL_EXPR_COALESCE, &((const struct ast_coalesce *)node)->args, "COALESCE",
                     node->location);
}

static struct sql_expr *analyze_min_max(struct analysis *a, const struct ast_node *node)
{
    const struct ast_min_max *ast = (const struct ast_min_max *)node;
    struct sql_expr *list = make_list(a, SQL_EXPR_MIN_MAX, &ast->args,
                                      ast->least ? "LEAST" : "GREATEST", node->location);
    if (list)
        ((struct sql_expr_list *)list)->least = ast->least;
    return list;
}

/* ---- those of other files, by their own types */

static struct sql_expr *column_ref(struct analysis *a, const struct ast_node *node)
{
    return analyze_column_ref(a, (const struct ast_column_ref *)node);
}

static struct sql_expr *param(struct analysis *a, const struct ast_node *node)
{
    return analyze_param(a, (const struct ast_param *)node);
}

static struct sql_expr *indirection(struct analysis *a, const struct ast_node *node)
{
    return analyze_indirection(a, (const struct ast_indirection *)node);
}

static struct sql_expr *operator_node(struct analysis *a, const struct ast_node *node)
{
    return analyze_operator(a, (const struct ast_operator *)node);
}

static struct sql_expr *type_cast(struct analysis *a, const struct ast_node *node)
{
    return analyze_cast(a, (const struct ast_type_cast *)node);
}

static struct sql_expr *func_call(struct analysis *a, const struct ast_node *node)
{
    return analyze_call(a, (const struct ast_func_call *)node);
}

static struct sql_expr *sublink(struct analysis *a, const struct ast_node *node)
{
    return analyze_sublink(a, (const struct ast_sublink *)node);
}

static struct sql_expr *case_node(struct analysis *a, const struct ast_node *node)
{
    return analyze_case(a, (const struct ast_case *)node);
}

static struct sql_expr *row(struct analysis *a, const struct ast_node *node)
{
    return analyze_row(a, (const struct ast_row *)node);
}

static struct sql_expr *array(struct analysis *a, const struct ast_node *node)
{
    return analyze_array(a, (const struct ast_array *)node, 0, 0, -1);
}

static struct sql_expr *grouping_call(struct analysis *a, const struct ast_node *node)
{
    return analyze_grouping_call(a, (const struct ast_grouping_call *)node);
}

static analyzer *const analyzers[AST_KIND_COUNT] = {
    [AST_CONST] = analyze_const,
    [AST_PARAM] = param,
    [AST_COLUMN_REF] = column_ref,
    [AST_INDIRECTION] = indirection,
    [AST_OPERATOR] = operator_node,
    [AST_BOOL_EXPR] = analyze_bool_expr,
    [AST_NULL_TEST] = analyze_null_test,
    [AST_BOOLEAN_TEST] = analyze_boolean_test,
    [AST_TYPE_CAST] = type_cast,
    [AST_COLLATE] = analyze_collate,
    [AST_FUNC_CALL] = func_call,
    [AST_SUBLINK] = sublink,
    [AST_CASE] = case_node,
    [AST_ROW] = row,
    [AST_ARRAY] = array,
    [AST_COALESCE] = analyze_coalesce,
    [AST_MIN_MAX] = analyze_min_max,
    [AST_VALUE_FUNCTION] = analyze_value_function,
    [AST_GROUPING_CALL] = grouping_call,
    [AST_SET_TO_DEFAULT] = analyze_default,
    [AST_CURRENT_OF] = analyze_current_of,
    [AST_XML_EXPR] = analyze_xml,
    [AST_XML_SERIALIZE] = analyze_xml_serialize,
    [AST_JSON_CONSTRUCTOR] = analyze_json_constructor,
    [AST_JSON_AGGREGATE] = analyze_json_aggregate,
    [AST_JSON_PREDICATE] = analyze_json_predicate,
    [AST_JSON_QUERY] = analyze_json_query,
};

struct sql_expr *analyze_here(struct analysis *a, const struct ast_node *node)
{
    analyzer *analyze = analyzers[node->kind];
    if (!analyze) {
        fail_at(a, node->location, "0A000", "this expression is not supported");
        return NULL;
    }
    return analysis_stack_ok(a, node->location) ? analyze(a, node) : NULL;
}

struct sql_expr *analyze_node(struct analysis *a, const struct ast_node *node,
                              enum analysis_place place)
{
    enum analysis_place before = a->place;
    a->place = place;
    struct sql_expr *result = analyze_here(a, node);
    a->place = before;
    return result;
}

bool analyze_list(struct analysis *a, const struct ast_list *list, enum analysis_place place,
                  struct sql_exprs *out)
{
    out->count = 0;
    out->items = analysis_alloc(a, sizeof *out->items * (list->count + 1));
    if (!out->items)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        out->items[i] = analyze_node(a, list->items[i], place);
        if (!out->items[i])
            return false;
        out->count++;
    }
    return true;
}
