/* Operators as written: rows, IN, BETWEEN, IS DISTINCT FROM, ANY and ALL. */
#include "emulators/sql/analyze/analysis.h"

static struct sql_expr *row_comparison(struct analysis *a, const struct ast_operator *op)
{
    struct sql_expr *left = analyze_here(a, op->left);
    struct sql_expr *right = left ? analyze_here(a, op->right) : NULL;
    if (!right)
        return NULL;
    return make_row_compare(a, &op->name, ((struct sql_expr_row *)left)->args,
                            ((struct sql_expr_row *)right)->args, op->node.location);
}

/* (a, b) = (SELECT ...) */
static struct sql_expr *row_with_query(struct analysis *a, const struct ast_operator *op)
{
    struct ast_sublink link = *(const struct ast_sublink *)op->right;
    link.test = op->left;
    link.operator= op->name;
    link.node.location = op->node.location;
    return analyze_sublink(a, &link);
}

static struct sql_expr *plain(struct analysis *a, const struct ast_operator *op)
{
    bool row_left = op->left && op->left->kind == AST_ROW;
    if (row_left && op->right->kind == AST_SUBLINK &&
        ((const struct ast_sublink *)op->right)->type == AST_SUBLINK_EXPR)
        return row_with_query(a, op);
    if (row_left && op->right->kind == AST_ROW)
        return row_comparison(a, op);
    struct sql_expr *left = NULL;
    if (op->left && !(left = analyze_here(a, op->left)))
        return NULL;
    struct sql_expr *right = analyze_here(a, op->right);
    return right ? make_operator(a, &op->name, left, right, op->node.location) : NULL;
}

static struct sql_expr *quantified(struct analysis *a, const struct ast_operator *op)
{
    struct sql_expr *left = analyze_here(a, op->left);
    struct sql_expr *right = left ? analyze_here(a, op->right) : NULL;
    if (!right)
        return NULL;
    return make_scalar_array(a, &op->name, op->type == AST_OP_ANY, left, right, op->node.location);
}

/* ---- IS DISTINCT FROM */

static struct sql_expr *negated(struct analysis *a, struct sql_expr *expr, int32_t location)
{
    struct sql_expr **args = expr ? analysis_alloc(a, sizeof *args) : NULL;
    if (!args)
        return NULL;
    args[0] = expr;
    return make_bool(a, SQL_NOT, args, 1, location);
}

static struct sql_expr *rows_distinct(struct analysis *a, const struct ast_operator *op,
                                      struct sql_exprs left, struct sql_exprs right)
{
    if (left.count != right.count) {
        fail_at(a, op->node.location, "42601", "unequal number of entries in row expressions");
        return NULL;
    }
    if (left.count == 0)
        return make_const(a, a->known->boolean, -1, datum_bool(false), op->node.location);
    struct sql_expr **pairs = analysis_alloc(a, sizeof *pairs * left.count);
    for (uint32_t i = 0; pairs && i < left.count; i++) {
        pairs[i] = make_distinct(a, &op->name, left.items[i], right.items[i], op->node.location);
        if (!pairs[i])
            return NULL;
    }
    if (!pairs || left.count == 1)
        return pairs ? pairs[0] : NULL;
    return make_bool(a, SQL_OR, pairs, left.count, op->node.location);
}

static bool is_null_literal(const struct ast_node *node)
{
    return node->kind == AST_CONST && ((const struct ast_const *)node)->type == AST_CONST_NULL;
}

/* x IS [NOT] DISTINCT FROM NULL is a test for NULL that does not look into rows. */
static struct sql_expr *distinct_from_null(struct analysis *a, const struct ast_operator *op,
                                           const struct ast_node *arg)
{
    struct sql_expr_test *test = (void *)make_expr(a, SQL_EXPR_NULL_TEST, sizeof *test,
                                                   a->known->boolean, op->node.location);
    if (!test)
        return NULL;
    test->arg = analyze_here(a, arg);
    test->negated = op->type == AST_OP_DISTINCT;
    test->test = SQL_IS_NULL;
    return test->arg ? &test->expr : NULL;
}

static struct sql_expr *distinct(struct analysis *a, const struct ast_operator *op)
{
    if (is_null_literal(op->right))
        return distinct_from_null(a, op, op->left);
    if (is_null_literal(op->left))
        return distinct_from_null(a, op, op->right);
    struct sql_expr *left = analyze_here(a, op->left);
    struct sql_expr *right = left ? analyze_here(a, op->right) : NULL;
    if (!right)
        return NULL;
    struct sql_expr *result = left->kind == SQL_EXPR_ROW && right->kind == SQL_EXPR_ROW
                                  ? rows_distinct(a, op, ((struct sql_expr_row *)left)->args,
                                                  ((struct sql_expr_row *)right)->args)
                                  : make_distinct(a, &op->name, left, right, op->node.location);
    return op->type == AST_OP_NOT_DISTINCT ? negated(a, result, op->node.location) : result;
}

static struct sql_expr *null_if(struct analysis *a, const struct ast_operator *op)
{
    struct sql_expr *left = analyze_here(a, op->left);
    struct sql_expr *right = left ? analyze_here(a, op->right) : NULL;
    struct sql_expr *result =
        right ? make_operator(a, &op->name, left, right, op->node.location) : NULL;
    if (!result)
        return NULL;
    struct sql_expr_call *call = (struct sql_expr_call *)result;
    if (result->type != a->known->boolean) {
        fail_at(a, op->node.location, "42804", "NULLIF requires = operator to yield boolean");
        return NULL;
    }
    if (call->returns_set) {
        fail_at(a, op->node.location, "42804", "%s must not return a set", "NULLIF");
        return NULL;
    }
    result->kind = SQL_EXPR_NULLIF;
    result->type = call->args.items[0]->type;
    result->typmod = call->args.items[0]->typmod;
    return result;
}

/* ---- IN */

/* The members without columns become one array, when they have a type in common. */
static bool in_array(struct analysis *a, const struct ast_operator *op, struct sql_expr *left,
                     struct sql_exprs *plain_items, bool any, struct sql_expr **out)
{
    *out = NULL;
    struct sql_expr **all = analysis_alloc(a, sizeof *all * (plain_items->count + 1));
    if (!all)
        return false;
    all[0] = left;
    memcpy(all + 1, plain_items->items, sizeof *all * plain_items->count);
    uint32_t type;
    if (!common_type(a, all, plain_items->count + 1, NULL, &type, NULL))
        return false;
    for (uint32_t i = 0; type && i <= plain_items->count; i++)
        if (!can_coerce(a, 1, &all[i]->type, &type, COERCE_IMPLICIT))
            type = 0;
    uint32_t array = type && type != a->known->record ? array_type(a, type) : 0;
    if (!array)
        return true;
    struct sql_expr_array *list = (void *)make_expr(a, SQL_EXPR_ARRAY, sizeof *list, array, -1);
    if (!list)
        return false;
    for (uint32_t i = 0; i < plain_items->count; i++)
        if (!coerce_to_common(a, &plain_items->items[i], type, "IN"))
            return false;
    list->element_type = type;
    list->elements = *plain_items;
    *out = make_scalar_array(a, &op->name, any, left, &list->expr, op->node.location);
    return *out != NULL;
}

static struct sql_expr *in_compare(struct analysis *a, const struct ast_operator *op,
                                   struct sql_expr *left, struct sql_expr *item)
{
    struct sql_expr *result =
        left->kind == SQL_EXPR_ROW && item->kind == SQL_EXPR_ROW
            ? make_row_compare(a, &op->name, ((struct sql_expr_row *)left)->args,
                               ((struct sql_expr_row *)item)->args, op->node.location)
            : make_operator(a, &op->name, left, item, op->node.location);
    return result && coerce_to_boolean(a, &result, "IN") ? result : NULL;
}

static struct sql_expr *in_list(struct analysis *a, const struct ast_operator *op)
{
    const struct ast_list *list = &((const struct ast_list_node *)op->right)->list;
    bool any = slice_eq_str(op->name.items[op->name.count - 1], "=");
    struct sql_expr *left = analyze_here(a, op->left);
    struct sql_exprs constant = {0}, others = {0};
    struct sql_expr **terms = analysis_alloc(a, sizeof *terms * (list->count + 1));
    constant.items = analysis_alloc(a, sizeof *terms * (list->count + 1));
    others.items = analysis_alloc(a, sizeof *terms * (list->count + 1));
    if (!left || !terms || !constant.items || !others.items)
        return NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        struct sql_expr *item = analyze_here(a, list->items[i]);
        if (!item)
            return NULL;
        struct sql_exprs *to = contains_columns(item, 0) ? &others : &constant;
        to->items[to->count++] = item;
        terms[i] = item;
    }
    uint32_t count = 0;
    struct sql_exprs rest = {terms, list->count};
    struct sql_expr *array = NULL;
    if (constant.count > 1 && !in_array(a, op, left, &constant, any, &array))
        return NULL;
    struct sql_expr **result = analysis_alloc(a, sizeof *result * (list->count + 1));
    if (!result)
        return NULL;
    if (array) {
        result[count++] = array;
        rest = others;
    }
    for (uint32_t i = 0; i < rest.count; i++) {
        result[count] = in_compare(a, op, left, rest.items[i]);
        if (!result[count++])
            return NULL;
    }
    return count == 1 ? result[0]
                      : make_bool(a, any ? SQL_OR : SQL_AND, result, count, op->node.location);
}

/* ---- BETWEEN */

static struct sql_expr *bound(struct analysis *a, const struct ast_operator *op, const char *name,
                              const struct ast_node *bound_node)
{
    struct slice item = slice_str(name);
    struct ast_operator compare = *op;
    compare.type = AST_OP;
    compare.name = (struct ast_names){&item, 1};
    memcpy(&compare.right, &bound_node, sizeof bound_node);
    struct sql_expr *result = analyze_here(a, &compare.node);
    return result && coerce_to_boolean(a, &result, "AND") ? result : NULL;
}

/* x >= low AND x <= high; negated: x < low OR x > high. */
static struct sql_expr *in_bounds(struct analysis *a, const struct ast_operator *op,
                                  const struct ast_node *low, const struct ast_node *high,
                                  bool negate)
{
    struct sql_expr **pair = analysis_alloc(a, 2 * sizeof *pair);
    if (!pair)
        return NULL;
    pair[0] = bound(a, op, negate ? "<" : ">=", low);
    pair[1] = pair[0] ? bound(a, op, negate ? ">" : "<=", high) : NULL;
    return pair[1] ? make_bool(a, negate ? SQL_OR : SQL_AND, pair, 2, op->node.location) : NULL;
}

static struct sql_expr *between(struct analysis *a, const struct ast_operator *op)
{
    const struct ast_list *bounds = &((const struct ast_list_node *)op->right)->list;
    bool symmetric =
        op->type == AST_OP_BETWEEN_SYMMETRIC || op->type == AST_OP_NOT_BETWEEN_SYMMETRIC;
    bool negate = op->type == AST_OP_NOT_BETWEEN || op->type == AST_OP_NOT_BETWEEN_SYMMETRIC;
    struct sql_expr *first = in_bounds(a, op, bounds->items[0], bounds->items[1], negate);
    if (!first || !symmetric)
        return first;
    struct sql_expr **both = analysis_alloc(a, 2 * sizeof *both);
    if (!both)
        return NULL;
    both[0] = first;
    both[1] = in_bounds(a, op, bounds->items[1], bounds->items[0], negate);
    return both[1] ? make_bool(a, negate ? SQL_AND : SQL_OR, both, 2, op->node.location) : NULL;
}

struct sql_expr *analyze_operator(struct analysis *a, const struct ast_operator *op)
{
    switch (op->type) {
    case AST_OP:
    case AST_OP_LIKE:
    case AST_OP_ILIKE:
    case AST_OP_SIMILAR: return plain(a, op);
    case AST_OP_ANY:
    case AST_OP_ALL: return quantified(a, op);
    case AST_OP_DISTINCT:
    case AST_OP_NOT_DISTINCT: return distinct(a, op);
    case AST_OP_NULLIF: return null_if(a, op);
    case AST_OP_IN: return in_list(a, op);
    default: return between(a, op);
    }
}
