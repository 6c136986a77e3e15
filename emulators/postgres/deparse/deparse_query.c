#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/session.h"

const struct sql_target *pg_target_of_group(const struct sql_query *query, uint32_t group)
{
    for (uint32_t i = 0; i < query->target_count; i++)
        if (query->targets[i].sort_group == group)
            return &query->targets[i];
    return NULL;
}

/* ---- targets */

bool pg_put_targets(struct pg_deparse *d, const struct sql_target *targets, uint32_t count)
{
    bool first = true;
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].hidden)
            continue;
        if (!first) {
            pg_put(d, ", ");
            if (pg_pretty_indent(d))
                pg_put_keyword(d, "", -PG_INDENT_STD, PG_INDENT_STD, PG_INDENT_VAR);
        } else {
            pg_put_char(d, ' ');
        }
        first = false;
        struct slice name = slice_of(NULL, 0);
        const struct sql_expr *expr = targets[i].expr;
        if (expr->kind == SQL_EXPR_COLUMN) {
            if (!pg_put_column_reference(d, (const struct sql_expr_column *)expr, true, &name))
                return false;
        } else if (!pg_put_expr(d, expr, true)) {
            return false;
        }
        bool differs = !name.ptr || !slice_eq(name, targets[i].name);
        if (d->columns_matter && differs && targets[i].name.len) {
            pg_put(d, " AS ");
            pg_put_name(d, targets[i].name);
        }
    }
    return true;
}

/* ---- sorting and grouping */

static int32_t target_position(const struct sql_query *query, const struct sql_target *target)
{
    int32_t position = 0;
    for (uint32_t i = 0; i < query->target_count; i++) {
        position += !query->targets[i].hidden;
        if (&query->targets[i] == target)
            return position;
    }
    return 0;
}

bool pg_put_group_target(struct pg_deparse *d, const struct sql_query *query, uint32_t group,
                         bool force_column)
{
    const struct sql_target *target = pg_target_of_group(query, group);
    if (!target)
        return sql_fail(d->env->error, "XX000",
                        "ORDER/GROUP BY expression not found in targetlist");
    const struct sql_expr *expr = target->expr;
    if (force_column && !target->hidden) {
        sql_bytes_printf(d->out, "%d", target_position(query, target));
        return true;
    }
    if (expr->kind == SQL_EXPR_CONST)
        return pg_put_const(d, (const struct sql_expr_const *)expr, 1);
    /* A bare name could be taken for that of a result's column, a call's bare brackets for a row. */
    bool paren = pg_pretty_paren(d) || expr->kind == SQL_EXPR_FUNCTION ||
                 expr->kind == SQL_EXPR_AGGREGATE || expr->kind == SQL_EXPR_WINDOW;
    bool call = expr->kind == SQL_EXPR_FUNCTION &&
                ((const struct sql_expr_call *)expr)->form == SQL_FORM_OPERATOR;
    paren = paren && expr->kind != SQL_EXPR_COLUMN && !(call && !pg_pretty_paren(d));
    if (paren)
        pg_put_char(d, '(');
    if (!pg_put_expr(d, expr, true))
        return false;
    if (paren)
        pg_put_char(d, ')');
    return true;
}

bool pg_put_sort_direction(struct pg_deparse *d, const struct sql_sort_key *key, uint32_t type)
{
    struct sql_type_order order = sql_find_type_order(d->env->session, type);
    if (key->sort_op == order.lt) {
        if (key->nulls_first)
            pg_put(d, " NULLS FIRST");
        return true;
    }
    if (key->sort_op == order.gt) {
        pg_put(d, key->nulls_first ? " DESC" : " DESC NULLS LAST");
        return true;
    }
    pg_put(d, " USING ");
    if (!pg_deparse_operator_name(d->env, key->sort_op, d->out))
        return false;
    pg_put(d, key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    return true;
}

bool pg_put_sort_keys(struct pg_deparse *d, const struct sql_query *query,
                      const struct sql_sort_key *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_target *target = pg_target_of_group(query, keys[i].target);
        pg_put(d, i ? ", " : "");
        if (!pg_put_group_target(d, query, keys[i].target, query->set_op != NULL) || !target ||
            !pg_put_sort_direction(d, &keys[i], target->expr->type))
            return false;
    }
    return true;
}

static bool put_grouping_set(struct pg_deparse *d, const struct sql_query *query,
                             const struct sql_grouping_set *set, bool omit_paren);

static bool put_grouping_sets(struct pg_deparse *d, const struct sql_query *query,
                              const struct sql_grouping_set *set, const char *word, bool omit)
{
    pg_put(d, word);
    for (uint32_t i = 0; i < set->set_count; i++) {
        pg_put(d, i ? ", " : "");
        if (!put_grouping_set(d, query, set->sets[i], omit))
            return false;
    }
    pg_put_char(d, ')');
    return true;
}

static bool put_grouping_set(struct pg_deparse *d, const struct sql_query *query,
                             const struct sql_grouping_set *set, bool omit_paren)
{
    bool paren = set->kind == SQL_GROUPING_SIMPLE && !(omit_paren && set->group_count == 1);
    switch (set->kind) {
    case SQL_GROUPING_EMPTY: pg_put(d, "()"); return true;
    case SQL_GROUPING_ROLLUP: return put_grouping_sets(d, query, set, "ROLLUP(", true);
    case SQL_GROUPING_CUBE: return put_grouping_sets(d, query, set, "CUBE(", true);
    case SQL_GROUPING_SETS: return put_grouping_sets(d, query, set, "GROUPING SETS (", false);
    case SQL_GROUPING_SIMPLE: break;
    }
    pg_put(d, paren ? "(" : "");
    for (uint32_t i = 0; i < set->group_count; i++) {
        pg_put(d, i ? ", " : "");
        if (!pg_put_group_target(d, query, set->groups[i], false))
            return false;
    }
    pg_put(d, paren ? ")" : "");
    return true;
}

static bool put_group_by(struct pg_deparse *d, const struct sql_query *query)
{
    if (query->group_count == 0 && query->grouping_set_count == 0)
        return true;
    pg_put_keyword(d, " GROUP BY ", -PG_INDENT_STD, PG_INDENT_STD, 1);
    if (query->group_distinct)
        pg_put(d, "DISTINCT ");
    for (uint32_t i = 0; i < query->grouping_set_count; i++) {
        pg_put(d, i ? ", " : "");
        if (!put_grouping_set(d, query, query->grouping_sets[i], true))
            return false;
    }
    if (query->grouping_set_count)
        return true;
    for (uint32_t i = 0; i < query->group_count; i++) {
        pg_put(d, i ? ", " : "");
        if (!pg_put_group_target(d, query, query->group[i].target, false))
            return false;
    }
    return true;
}

/* ---- windows */

static const char *bound_words(enum sql_frame_bound bound)
{
    static const char *const words[] = {"UNBOUNDED PRECEDING ", " PRECEDING ", "CURRENT ROW ",
                                        " FOLLOWING ", "UNBOUNDED FOLLOWING "};
    return words[bound];
}

static bool put_bound(struct pg_deparse *d, enum sql_frame_bound bound,
                      const struct sql_expr *offset)
{
    if (offset && !pg_put_expr(d, offset, false))
        return false;
    pg_put(d, bound_words(bound));
    return true;
}

static bool put_frame(struct pg_deparse *d, const struct sql_window *window)
{
    static const char *const modes[] = {"RANGE ", "ROWS ", "GROUPS "};
    static const char *const excludes[] = {"", "EXCLUDE CURRENT ROW ", "EXCLUDE GROUP ",
                                           "EXCLUDE TIES "};
    pg_put(d, modes[window->frame]);
    pg_put(d, "BETWEEN ");
    if (!put_bound(d, window->start, window->start_offset))
        return false;
    pg_put(d, "AND ");
    if (!put_bound(d, window->end, window->end_offset))
        return false;
    pg_put(d, excludes[window->exclude]);
    d->out->len--; /* the last space */
    return true;
}

bool pg_put_window_spec(struct pg_deparse *d, const struct sql_window *window,
                        const struct sql_query *query)
{
    const char *gap = "";
    pg_put_char(d, '(');
    if (window->base.len) {
        pg_put_name(d, window->base);
        gap = " ";
    }
    if (window->partition_count && !window->base.len) {
        pg_put(d, "PARTITION BY ");
        for (uint32_t i = 0; i < window->partition_count; i++) {
            pg_put(d, i ? ", " : "");
            if (!pg_put_group_target(d, query, window->partition[i].target, false))
                return false;
        }
        gap = " ";
    }
    if (window->order_count && !window->order_copied) {
        pg_put(d, gap);
        pg_put(d, "ORDER BY ");
        if (!pg_put_sort_keys(d, query, window->order, window->order_count))
            return false;
        gap = " ";
    }
    if (window->frame_given) {
        pg_put(d, gap);
        if (!put_frame(d, window))
            return false;
    }
    pg_put_char(d, ')');
    return true;
}

static bool put_windows(struct pg_deparse *d, const struct sql_query *query)
{
    const char *gap = NULL;
    for (uint32_t i = 0; i < query->window_count; i++) {
        const struct sql_window *window = &query->windows[i];
        if (window->name.len == 0)
            continue;
        if (!gap)
            pg_put_keyword(d, " WINDOW ", -PG_INDENT_STD, PG_INDENT_STD, 1);
        else
            pg_put(d, gap);
        pg_put_name(d, window->name);
        pg_put(d, " AS ");
        if (!pg_put_window_spec(d, window, query))
            return false;
        gap = ", ";
    }
    return true;
}

/* ---- SELECT */

static bool put_distinct(struct pg_deparse *d, const struct sql_query *query)
{
    if (query->distinct_count == 0)
        return true;
    if (!query->distinct_on) {
        pg_put(d, " DISTINCT");
        return true;
    }
    pg_put(d, " DISTINCT ON (");
    for (uint32_t i = 0; i < query->distinct_count; i++) {
        pg_put(d, i ? ", " : "");
        if (!pg_put_group_target(d, query, query->distinct[i].target, false))
            return false;
    }
    pg_put_char(d, ')');
    return true;
}

bool pg_put_values(struct pg_deparse *d, const struct sql_table *table)
{
    pg_put(d, "VALUES ");
    for (uint32_t r = 0; r < table->row_count; r++) {
        pg_put(d, r ? ", (" : "(");
        for (uint32_t c = 0; c < table->rows[r].count; c++) {
            pg_put(d, c ? "," : "");
            if (!pg_put_expr(d, table->rows[r].items[c], false))
                return false;
        }
        pg_put_char(d, ')');
    }
    return true;
}

/* A query that is nothing but a VALUES list. */
static const struct sql_table *only_values(const struct sql_query *query)
{
    if (query->from_count != 1 || query->from[0]->kind != SQL_FROM_TABLE || query->where ||
        query->group_count || query->having || query->distinct_count)
        return NULL;
    const struct sql_table *table = query->tables[query->from[0]->table - 1];
    if (table->kind != SQL_TABLE_VALUES || table->alias.ptr)
        return NULL;
    for (uint32_t i = 0; i < query->target_count; i++) {
        const struct sql_expr *expr = query->targets[i].expr;
        if (query->targets[i].hidden || expr->kind != SQL_EXPR_COLUMN ||
            ((const struct sql_expr_column *)expr)->column != (int32_t)i + 1)
            return NULL;
    }
    return table;
}

static bool put_clause(struct pg_deparse *d, const char *word, int plus,
                       const struct sql_expr *expr)
{
    if (!expr)
        return true;
    pg_put_keyword(d, word, -PG_INDENT_STD, PG_INDENT_STD, plus);
    return pg_put_expr(d, expr, false);
}

static bool put_basic_select(struct pg_deparse *d, const struct sql_query *query)
{
    if (pg_pretty_indent(d)) {
        d->indent += PG_INDENT_STD;
        pg_put_char(d, ' ');
    }
    const struct sql_table *values = only_values(query);
    if (values)
        return pg_put_values(d, values);
    pg_put(d, "SELECT");
    return put_distinct(d, query) && pg_put_targets(d, query->targets, query->target_count) &&
           pg_put_from(d, query, " FROM ") && put_clause(d, " WHERE ", 1, query->where) &&
           put_group_by(d, query) && put_clause(d, " HAVING ", 0, query->having) &&
           put_windows(d, query);
}

/* ---- UNION, INTERSECT, EXCEPT */

static bool put_set_leaf(struct pg_deparse *d, const struct sql_query *query,
                         const struct sql_set_op *leaf)
{
    const struct sql_query *sub = query->tables[leaf->table - 1]->query;
    bool paren = sub->cte_count || sub->order_count || sub->row_mark_count || sub->limit ||
                 sub->offset || sub->set_op;
    pg_put(d, paren ? "(" : "");
    if (!pg_put_query(d, sub, d->columns_matter))
        return false;
    pg_put(d, paren ? ")" : "");
    return true;
}

static bool put_set_operation(struct pg_deparse *d, const struct sql_query *query,
                              const struct sql_set_op *op);

static bool put_set_side(struct pg_deparse *d, const struct sql_query *query,
                         const struct sql_set_op *side, bool paren)
{
    int before = d->indent;
    if (paren) {
        pg_put_char(d, '(');
        d->indent += PG_INDENT_STD;
        pg_put_keyword(d, "", 0, 0, 0);
    }
    if (!put_set_operation(d, query, side))
        return false;
    if (paren)
        pg_put_char(d, ')');
    d->indent = before;
    return true;
}

static bool put_set_operation(struct pg_deparse *d, const struct sql_query *query,
                              const struct sql_set_op *op)
{
    static const char *const words[] = {
        [SQL_UNION] = "UNION ", [SQL_INTERSECT] = "INTERSECT ", [SQL_EXCEPT] = "EXCEPT "};
    if (op->kind == SQL_SET_LEAF)
        return put_set_leaf(d, query, op);
    const struct sql_set_op *left = op->left, *right = op->right;
    bool left_paren =
        left->kind != SQL_SET_LEAF && !(left->kind == op->kind && left->all == op->all);
    if (!put_set_side(d, query, left, left_paren))
        return false;
    if (pg_pretty_indent(d))
        pg_put_keyword(d, "", left_paren ? 0 : -PG_INDENT_STD + PG_INDENT_STD, 0, 0);
    else
        pg_put_char(d, ' ');
    pg_put(d, words[op->kind]);
    if (op->all)
        pg_put(d, "ALL ");
    bool right_paren = right->kind != SQL_SET_LEAF;
    if (!right_paren && pg_pretty_indent(d))
        pg_put_keyword(d, "", 0, 0, 0);
    return put_set_side(d, query, right, right_paren);
}

/* ---- the whole */

static bool put_limits(struct pg_deparse *d, const struct sql_query *query)
{
    if (!put_clause(d, " OFFSET ", 0, query->offset))
        return false;
    if (!query->limit)
        return true;
    if (query->with_ties) {
        if (!put_clause(d, " FETCH FIRST ", 0, query->limit))
            return false;
        pg_put(d, " ROWS WITH TIES");
        return true;
    }
    pg_put_keyword(d, " LIMIT ", -PG_INDENT_STD, PG_INDENT_STD, 0);
    const struct sql_expr_const *limit = (const struct sql_expr_const *)query->limit;
    if (query->limit->kind == SQL_EXPR_CONST && limit->value.null)
        pg_put(d, "ALL");
    else
        return pg_put_expr(d, query->limit, false);
    return true;
}

static void put_row_marks(struct pg_deparse *d, const struct sql_query *query)
{
    static const char *const words[] = {[SQL_LOCK_KEY_SHARE] = " FOR KEY SHARE",
                                        [SQL_LOCK_SHARE] = " FOR SHARE",
                                        [SQL_LOCK_NO_KEY_UPDATE] = " FOR NO KEY UPDATE",
                                        [SQL_LOCK_UPDATE] = " FOR UPDATE"};
    for (uint32_t i = 0; i < query->row_mark_count; i++) {
        const struct sql_row_mark *mark = &query->row_marks[i];
        if (mark->pushed_down)
            continue;
        pg_put_keyword(d, words[mark->strength], -PG_INDENT_STD, PG_INDENT_STD, 0);
        pg_put(d, " OF ");
        pg_put_name(d, d->scope->names[mark->table - 1].name);
        if (mark->wait == SQL_WAIT_ERROR)
            pg_put(d, " NOWAIT");
        else if (mark->wait == SQL_WAIT_SKIP)
            pg_put(d, " SKIP LOCKED");
    }
}

static bool put_select(struct pg_deparse *d, const struct sql_query *query)
{
    if (!pg_put_with(d, query))
        return false;
    if (query->set_op) {
        if (!put_set_operation(d, query, query->set_op))
            return false;
        /* ORDER BY of the whole stands as if a SELECT had been before it. */
        if (pg_pretty_indent(d))
            d->indent += PG_INDENT_STD;
    } else if (!put_basic_select(d, query)) {
        return false;
    }
    if (query->order_count) {
        pg_put_keyword(d, " ORDER BY ", -PG_INDENT_STD, PG_INDENT_STD, 1);
        if (!pg_put_sort_keys(d, query, query->order, query->order_count))
            return false;
    }
    if (!put_limits(d, query))
        return false;
    put_row_marks(d, query);
    return true;
}

bool pg_put_query(struct pg_deparse *d, const struct sql_query *query, bool columns_matter)
{
    struct pg_deparse inner = *d;
    struct pg_scope scope;
    inner.columns_matter = columns_matter;
    inner.prefix = d->scope || query->table_count != 1 || (d->flags & PG_DEPARSE_PREFIX);
    if (!pg_scope_of_query(d, query, &scope))
        return false;
    inner.scope = &scope;
    return query->command == SQL_SELECT ? put_select(&inner, query) : pg_put_modify(&inner, query);
}
