/* WHERE, LIMIT, ORDER BY and DISTINCT; how keys refer to targets. */
#include "emulators/sql/analyze/analysis.h"

bool analyze_where(struct analysis *a, const struct ast_node *node, enum analysis_place place,
                   const char *construct, struct sql_expr **out)
{
    *out = NULL;
    if (!node)
        return true;
    *out = analyze_node(a, node, place);
    return *out && coerce_to_boolean(a, out, construct);
}

bool analyze_limit(struct analysis *a, const struct ast_node *node, enum analysis_place place,
                   const char *construct, enum ast_limit_option option, struct sql_expr **out)
{
    *out = NULL;
    if (!node)
        return true;
    *out = analyze_node(a, node, place);
    if (!*out || !coerce_to_specific(a, out, a->known->int8, -1, construct))
        return false;
    if (contains_columns(*out, 0))
        return fail_at(a, expr_location(*out), "42P10", "argument of %s must not contain variables",
                       construct);
    if (option == AST_LIMIT_WITH_TIES && place == PLACE_LIMIT && (*out)->kind == SQL_EXPR_CONST &&
        ((struct sql_expr_const *)*out)->value.null)
        return fail_at(a, -1, "2201W",
                       "row count cannot be null in FETCH FIRST ... WITH TIES clause");
    return true;
}

/* ---- targets by name, number or expression */

static bool fail_position(struct analysis *a, const char *clause, const struct ast_const *node)
{
    if (node->type != AST_CONST_INTEGER)
        return fail_at(a, node->node.location, "42601", "non-integer constant in %s", clause);
    return fail_at(a, node->node.location, "42P10", "%s position %d is not in select list", clause,
                   (int)node->integer);
}

static bool target_at(struct analysis *a, struct sql_targets *targets, const struct ast_const *node,
                      const char *clause, uint32_t *out)
{
    int32_t position = 0;
    for (uint32_t i = 0; i < targets->count && node->type == AST_CONST_INTEGER; i++)
        if (!targets->items[i].hidden && ++position == node->integer) {
            *out = i;
            return true;
        }
    return fail_position(a, clause, node);
}

static bool target_named(struct analysis *a, struct sql_targets *targets, struct slice name,
                         int32_t location, const char *clause, uint32_t *out)
{
    *out = UINT32_MAX;
    for (uint32_t i = 0; i < targets->count; i++) {
        if (targets->items[i].hidden || !slice_eq(targets->items[i].name, name))
            continue;
        if (*out != UINT32_MAX &&
            !sql_expr_equal(targets->items[*out].expr, targets->items[i].expr))
            return fail_at(a, location, "42702", "%s \"" SLICE_FMT "\" is ambiguous", clause,
                           SLICE_ARG(name));
        if (*out == UINT32_MAX)
            *out = i;
    }
    return true;
}

static const struct sql_expr *without_implicit(const struct sql_expr *expr)
{
    for (;;) {
        if (expr->kind == SQL_EXPR_RELABEL || expr->kind == SQL_EXPR_CONVERT_IO ||
            expr->kind == SQL_EXPR_TO_DOMAIN || expr->kind == SQL_EXPR_CONVERT_ROW) {
            const struct sql_expr_convert *convert = (const struct sql_expr_convert *)expr;
            if (convert->form != SQL_FORM_CAST_IMPLICIT)
                return expr;
            expr = convert->arg;
        } else if (expr->kind == SQL_EXPR_FUNCTION &&
                   ((const struct sql_expr_call *)expr)->form == SQL_FORM_CAST_IMPLICIT) {
            expr = ((const struct sql_expr_call *)expr)->args.items[0];
        } else {
            return expr;
        }
    }
}

/* The target that is this expression; a hidden one is made when there is none. */
static bool target_of(struct analysis *a, struct sql_targets *targets, const struct ast_node *node,
                      enum analysis_place place, uint32_t *out)
{
    struct sql_expr *expr = analyze_node(a, node, place);
    if (!expr)
        return false;
    for (uint32_t i = 0; i < targets->count; i++)
        if (sql_expr_equal(expr, without_implicit(targets->items[i].expr))) {
            *out = i;
            return true;
        }
    if (!analysis_grow(a, &targets->items, targets->count, sizeof *targets->items))
        return false;
    *out = targets->count++;
    targets->items[*out] = (struct sql_target){.expr = expr, .hidden = true};
    return true;
}

bool find_target(struct analysis *a, struct sql_targets *targets, const struct ast_node *node,
                 enum analysis_place place, bool old_rules, uint32_t *out)
{
    const char *clause = place_name(place);
    const struct ast_column_ref *ref = (const struct ast_column_ref *)node;
    if (!old_rules)
        return target_of(a, targets, node, place, out);
    if (node->kind == AST_CONST)
        return target_at(a, targets, (const struct ast_const *)node, clause, out);
    if (node->kind == AST_COLUMN_REF && ref->fields.count == 1 &&
        ref->fields.items[0]->kind == AST_NAME) {
        struct slice name = ((const struct ast_name *)ref->fields.items[0])->names.items[0];
        /* GROUP BY prefers a column of the tables, ORDER BY one of the result. */
        struct sql_expr *column = NULL;
        if (place == PLACE_GROUP_BY && !find_column(a, name, node->location, &column))
            return false;
        if (!column) {
            if (!target_named(a, targets, name, node->location, clause, out))
                return false;
            if (*out != UINT32_MAX)
                return true;
        }
    }
    return target_of(a, targets, node, place, out);
}

uint32_t sort_group_of(struct sql_targets *targets, uint32_t index)
{
    uint32_t highest = 0;
    if (targets->items[index].sort_group)
        return targets->items[index].sort_group;
    for (uint32_t i = 0; i < targets->count; i++)
        if (targets->items[i].sort_group > highest)
            highest = targets->items[i].sort_group;
    return targets->items[index].sort_group = highest + 1;
}

/* ---- keys */

bool sort_operators(struct analysis *a, uint32_t type, bool descending, int32_t location,
                    bool need_order, struct sql_type_order *out)
{
    *out = sql_find_type_order(a->session, type);
    if (need_order && !(descending ? out->gt : out->lt)) {
        fail_at(a, location, "42883", "could not identify an ordering operator for type " SLICE_FMT,
                SLICE_ARG(type_text(a, type)));
        return sql_hint(a->env->error, "Use an explicit ordering operator or modify the query.");
    }
    return out->eq || fail_at(a, location, "42883",
                              "could not identify an equality operator for type " SLICE_FMT,
                              SLICE_ARG(type_text(a, type)));
}

static bool text_for_unknown(struct analysis *a, struct sql_expr **expr)
{
    if ((*expr)->type == a->known->unknown)
        *expr =
            coerce_type(a, *expr, a->known->text, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
    return *expr != NULL;
}

/* ORDER BY x USING >: the operator must be that of an ordering. */
static bool using_operator(struct analysis *a, const struct ast_sort_by *by, uint32_t type,
                           struct sql_sort_key *key)
{
    const struct sql_operator *op =
        find_operator(a, &by->operator, type, type, false, by->node.location);
    if (!op)
        return false;
    if (op->btree != SQL_LT && op->btree != SQL_GT) {
        fail_at(a, by->node.location, "42809",
                "operator " SLICE_FMT " is not a valid ordering operator",
                SLICE_ARG(by->operator.items[by->operator.count - 1]));
        return sql_hint(a->env->error, "Ordering operators must be \"<\" or \">\" members of btree "
                                       "operator families.");
    }
    struct sql_type_order order = sql_find_type_order(a->session, op->left);
    key->sort_op = op->object.id;
    key->eq_op = order.eq;
    key->hashable = order.hashable;
    key->descending = op->btree == SQL_GT;
    return true;
}

static bool has_key(const struct sql_sort_key *keys, uint32_t count, uint32_t group,
                    uint32_t sort_op)
{
    for (uint32_t i = 0; i < count; i++)
        if (keys[i].target == group && (!sort_op || keys[i].sort_op == sort_op))
            return true;
    return false;
}

static bool push_key(struct analysis *a, struct sql_sort_key **keys, uint32_t *count,
                     struct sql_sort_key key)
{
    if (!analysis_grow(a, keys, *count, sizeof **keys))
        return false;
    (*keys)[(*count)++] = key;
    return true;
}

bool add_sort_key(struct analysis *a, struct sql_targets *targets, uint32_t index,
                  const struct ast_sort_by *by, struct sql_sort_key **keys, uint32_t *count)
{
    struct sql_sort_key key = {.descending = by->direction == AST_SORT_DESC};
    if (!text_for_unknown(a, &targets->items[index].expr))
        return false;
    uint32_t type = targets->items[index].expr->type;
    if (by->direction == AST_SORT_USING) {
        if (!using_operator(a, by, type, &key))
            return false;
    } else {
        struct sql_type_order order;
        if (!sort_operators(a, type, key.descending, ast_location(by->arg), true, &order))
            return false;
        key.sort_op = key.descending ? order.gt : order.lt;
        key.eq_op = order.eq;
        key.hashable = order.hashable;
    }
    key.nulls_first =
        by->nulls == AST_NULLS_DEFAULT ? key.descending : by->nulls == AST_NULLS_FIRST;
    key.target = sort_group_of(targets, index);
    /* Sorting by it again, in whatever direction, changes nothing. */
    for (uint32_t i = 0; i < *count; i++)
        if ((*keys)[i].target == key.target)
            return true;
    return push_key(a, keys, count, key);
}

bool add_group_key(struct analysis *a, struct sql_targets *targets, uint32_t index,
                   int32_t location, struct sql_sort_key **keys, uint32_t *count)
{
    if (!text_for_unknown(a, &targets->items[index].expr))
        return false;
    uint32_t group = targets->items[index].sort_group;
    if (group && has_key(*keys, *count, group, 0))
        return true;
    struct sql_type_order order;
    if (!sort_operators(a, targets->items[index].expr->type, false, location, false, &order))
        return false;
    return push_key(a, keys, count,
                    (struct sql_sort_key){.target = sort_group_of(targets, index),
                                          .eq_op = order.eq,
                                          .sort_op = order.lt,
                                          .hashable = order.hashable});
}

bool analyze_sort(struct analysis *a, const struct ast_list *list, struct sql_targets *targets,
                  enum analysis_place place, bool old_rules, struct sql_sort_key **out,
                  uint32_t *count)
{
    *out = NULL;
    *count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_sort_by *by = (const struct ast_sort_by *)list->items[i];
        uint32_t index;
        if (!find_target(a, targets, by->arg, place, old_rules, &index) ||
            !add_sort_key(a, targets, index, by, out, count))
            return false;
    }
    return true;
}

/* ---- DISTINCT */

static uint32_t target_of_group(const struct sql_targets *targets, uint32_t group)
{
    for (uint32_t i = 0; i < targets->count; i++)
        if (targets->items[i].sort_group == group)
            return i;
    return UINT32_MAX;
}

static bool distinct_all(struct analysis *a, struct sql_targets *targets)
{
    struct sql_query *q = a->query;
    for (uint32_t i = 0; i < q->order_count; i++) {
        uint32_t index = target_of_group(targets, q->order[i].target);
        if (targets->items[index].hidden)
            return fail_at(a, expr_location(targets->items[index].expr), "42P10",
                           "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
        if (!push_key(a, &q->distinct, &q->distinct_count, q->order[i]))
            return false;
    }
    for (uint32_t i = 0; i < targets->count; i++)
        if (!targets->items[i].hidden &&
            !add_group_key(a, targets, i, expr_location(targets->items[i].expr), &q->distinct,
                           &q->distinct_count))
            return false;
    return q->distinct_count > 0 ||
           fail_at(a, -1, "42601", "SELECT DISTINCT must have at least one column");
}

static bool fail_distinct_on(struct analysis *a, const struct ast_node *node)
{
    return fail_at(a, node ? ast_location(node) : -1, "42P10",
                   "SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
}

static bool distinct_on(struct analysis *a, const struct ast_list *list,
                        struct sql_targets *targets)
{
    struct sql_query *q = a->query;
    uint32_t *indexes = analysis_alloc(a, sizeof *indexes * (list->count + 1));
    if (!indexes)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!find_target(a, targets, list->items[i], PLACE_DISTINCT_ON, true, &indexes[i]))
            return false;
        sort_group_of(targets, indexes[i]);
    }
    bool skipped = false;
    for (uint32_t i = 0; i < q->order_count; i++) {
        uint32_t n = 0;
        while (n < list->count && targets->items[indexes[n]].sort_group != q->order[i].target)
            n++;
        if (n == list->count) {
            skipped = true;
        } else if (skipped) {
            return fail_distinct_on(a, list->items[n]);
        } else if (!push_key(a, &q->distinct, &q->distinct_count, q->order[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (has_key(q->distinct, q->distinct_count, targets->items[indexes[i]].sort_group, 0))
            continue;
        if (skipped)
            return fail_distinct_on(a, list->items[i]);
        if (!add_group_key(a, targets, indexes[i], ast_location(list->items[i]), &q->distinct,
                           &q->distinct_count))
            return false;
    }
    q->distinct_on = true;
    return true;
}

bool analyze_distinct(struct analysis *a, const struct ast_select *select,
                      struct sql_targets *targets)
{
    if (select->distinct_on.count)
        return distinct_on(a, &select->distinct_on, targets);
    return !select->distinct || distinct_all(a, targets);
}
