/* Changes of simple views become changes of the table below. */
#include "emulators/sql/analyze/rewrite.h"

enum event { EVENT_INSERT, EVENT_UPDATE, EVENT_DELETE, EVENT_MERGE };

static const struct {
    const char *verb, *doing, *trigger;
} words[] = {
    [EVENT_INSERT] = {"insert into", "inserting into", "INSERT"},
    [EVENT_UPDATE] = {"update",      "updating",       "UPDATE"},
    [EVENT_DELETE] = {"delete from", "deleting from",  "DELETE"},
    [EVENT_MERGE] = {"merge into",  "merging into",   "MERGE" },
};

static enum event event_of(const struct sql_query *query)
{
    return query->command == SQL_INSERT   ? EVENT_INSERT
           : query->command == SQL_UPDATE ? EVENT_UPDATE
           : query->command == SQL_MERGE  ? EVENT_MERGE
                                          : EVENT_DELETE;
}

const char *view_obstacle(const struct sql_query *view)
{
    const char *single =
        "Views that do not select from a single table or view are not automatically updatable.";
    int32_t location;
    if (!view) /* the system's own */
        return single;
    if (view->distinct_count)
        return "Views containing DISTINCT are not automatically updatable.";
    if (view->group_count || view->grouping_set_count)
        return "Views containing GROUP BY are not automatically updatable.";
    if (view->having)
        return "Views containing HAVING are not automatically updatable.";
    if (view->set_op)
        return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.";
    if (view->cte_count)
        return "Views containing WITH are not automatically updatable.";
    if (view->limit || view->offset)
        return "Views containing LIMIT or OFFSET are not automatically updatable.";
    if (view->has_aggregates)
        return "Views that return aggregate functions are not automatically updatable.";
    if (view->has_windows)
        return "Views that return window functions are not automatically updatable.";
    for (uint32_t i = 0; i < view->target_count; i++) {
        if (contains_window(view->targets[i].expr, &location))
            return "Views that return window functions are not automatically updatable.";
        if (sql_expr_returns_set(view->targets[i].expr))
            return "Views that return set-returning functions are not automatically updatable.";
    }
    if (view->from_count != 1 || view->from[0]->kind != SQL_FROM_TABLE)
        return single;
    const struct sql_table *table = view->tables[view->from[0]->table - 1];
    if (table->kind != SQL_TABLE_RELATION || (table->relation_kind != SQL_RELATION_TABLE &&
                                              table->relation_kind != SQL_RELATION_FOREIGN &&
                                              table->relation_kind != SQL_RELATION_VIEW &&
                                              table->relation_kind != SQL_RELATION_PARTITIONED))
        return single;
    if (table->sample_method)
        return "Views containing TABLESAMPLE are not automatically updatable.";
    return NULL;
}

static bool fail_view(struct analysis *a, const struct sql_relation *view, enum event event,
                      const char *detail)
{
    sql_fail(a->env->error, "55000", "cannot %s view \"" SLICE_FMT "\"", words[event].verb,
             SLICE_ARG(view->object.name));
    sql_detail(a->env->error, "%s", detail);
    return sql_hint(a->env->error,
                    "To enable %s the view, provide an INSTEAD OF %s trigger or an unconditional "
                    "ON %s DO INSTEAD rule.",
                    words[event].doing, words[event].trigger, words[event].trigger);
}

bool fail_conditional_view(struct analysis *a, const struct sql_query *query,
                           const struct sql_relation *view)
{
    return fail_view(a, view, event_of(query),
                     "Views with conditional DO INSTEAD rules are not automatically updatable.");
}

/* Column c of the view as an expression of its query; hidden targets do not count. */
static const struct sql_target *view_column(const struct sql_query *view, uint32_t column)
{
    for (uint32_t i = 0, n = 0; i < view->target_count; i++)
        if (!view->targets[i].hidden && ++n == column)
            return &view->targets[i];
    return NULL;
}

static bool changed_column(struct analysis *a, const struct sql_relation *view,
                           const struct sql_target *target, enum event event, uint32_t *out)
{
    const struct sql_expr_column *column = (const struct sql_expr_column *)target->expr;
    const char *detail = NULL;
    if (target->expr->kind != SQL_EXPR_COLUMN || column->up)
        detail = "View columns that are not columns of their base relation are not updatable.";
    else if (column->column < 0)
        detail = "View columns that refer to system columns are not updatable.";
    else if (column->column == 0)
        detail = "View columns that return whole-row references are not updatable.";
    if (!detail) {
        *out = (uint32_t)column->column;
        return true;
    }
    sql_fail(a->env->error, "0A000", "cannot %s column \"" SLICE_FMT "\" of view \"" SLICE_FMT "\"",
             words[event].verb, SLICE_ARG(target->name), SLICE_ARG(view->object.name));
    return sql_detail(a->env->error, "%s", detail);
}

/* ---- columns of the view become what they are */

struct replacing {
    struct analysis *a;
    const struct sql_relation *view;
    const struct sql_query *query; /* the view's */
    uint32_t from;                 /* the view's number in the changed query */
    uint32_t base;                 /* number of the base table in the view's query */
    uint32_t depth;
};

/* Inside the view's expression: its table gets the view's number, and `up` grows by the depth. */
static struct sql_expr *move_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct replacing *r = ctx;
    const struct sql_expr_column *column = (const struct sql_expr_column *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up != depth || column->table != r->base)
        return NULL;
    struct sql_expr_column *moved = arena_alloc(r->a->env->arena, sizeof *moved);
    if (!moved)
        return NULL;
    *moved = *column;
    moved->table = r->from;
    moved->up = depth + r->depth;
    return &moved->expr;
}

static struct sql_expr *view_expr(struct replacing *r, const struct sql_expr *expr, uint32_t depth)
{
    r->depth = depth;
    return sql_expr_change(r->a->env->arena, expr, move_column, r);
}

static struct sql_expr *view_row(struct replacing *r, const struct sql_expr *whole, uint32_t depth)
{
    struct sql_expr_row *row =
        (void *)make_expr(r->a, SQL_EXPR_ROW, sizeof *row, whole->type, whole->location);
    if (!row)
        return NULL;
    row->args.items = analysis_alloc(r->a, sizeof(void *) * (r->query->target_count + 1));
    for (uint32_t i = 0; row->args.items && i < r->query->target_count; i++)
        if (!r->query->targets[i].hidden)
            row->args.items[row->args.count++] = view_expr(r, r->query->targets[i].expr, depth);
    return row->args.items ? &row->expr : NULL;
}

static struct sql_expr *replace_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    struct replacing *r = ctx;
    const struct sql_expr_column *column = (const struct sql_expr_column *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up != depth || column->table != r->from ||
        column->column < 0)
        return NULL;
    if (column->column == 0)
        return view_row(r, expr, depth);
    const struct sql_target *target = view_column(r->query, (uint32_t)column->column);
    return target ? view_expr(r, target->expr, depth) : NULL;
}

static bool replace_targets(struct replacing *r, enum event event, struct sql_target *targets,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_target *target = view_column(r->query, targets[i].column);
        if (!target || !changed_column(r->a, r->view, target, event, &targets[i].column))
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (targets[k].column == targets[i].column)
                return sql_fail(
                    r->a->env->error, "42601",
                    "multiple assignments to same column \"" SLICE_FMT "\"",
                    SLICE_ARG(r->query->tables[r->base - 1]->columns[targets[i].column - 1]));
    }
    return true;
}

static bool replace_all_targets(struct replacing *r, struct sql_query *query, enum event event)
{
    for (uint32_t i = 0; i < query->merge_count; i++)
        if (!replace_targets(r, event, query->merge[i].targets, query->merge[i].target_count))
            return false;
    return event == EVENT_DELETE || event == EVENT_MERGE ||
           replace_targets(r, event, query->targets, query->target_count);
}

/* ---- the base table in the view's place */

static struct sql_table *base_table(struct analysis *a, const struct sql_table *of,
                                    const struct sql_table *view_table,
                                    const struct sql_relation *view)
{
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    if (!table)
        return NULL;
    *table = *of;
    table->in_from = view_table->in_from;
    table->privileges = view_table->privileges;
    table->security = view_table->security;
    table->check_as = view->security_invoker ? 0 : view->object.owner;
    size_t words_count = (table->column_count + 8U) / 64 + 1;
    table->selected_columns = analysis_alloc(a, sizeof(uint64_t) * words_count);
    table->inserted_columns = analysis_alloc(a, sizeof(uint64_t) * words_count);
    table->updated_columns = analysis_alloc(a, sizeof(uint64_t) * words_count);
    if (!table->selected_columns || !table->inserted_columns || !table->updated_columns)
        return NULL;
    /* Who reads anything must be allowed to read all that the view does. */
    if (of->selected_columns)
        memcpy(table->selected_columns, of->selected_columns, sizeof(uint64_t) * words_count);
    return table;
}

static bool has_bit(const uint64_t *bits, uint32_t column)
{
    return bits && bits[(column + 8) / 64] >> ((column + 8) % 64) & 1;
}

static void copy_bits(const struct sql_query *view, const struct sql_table *from,
                      struct sql_table *to)
{
    for (uint32_t c = 1; c <= from->column_count; c++) {
        const struct sql_target *target = view_column(view, c);
        const struct sql_expr_column *column =
            target ? (const struct sql_expr_column *)target->expr : NULL;
        if (!column || target->expr->kind != SQL_EXPR_COLUMN || column->column < 1)
            continue;
        uint32_t bit = (uint32_t)column->column + 8;
        if (has_bit(from->inserted_columns, c))
            to->inserted_columns[bit / 64] |= (uint64_t)1 << (bit % 64);
        if (has_bit(from->updated_columns, c))
            to->updated_columns[bit / 64] |= (uint64_t)1 << (bit % 64);
    }
}

/* The view itself stays in the range table, for its privileges alone. */
static bool keep_for_privileges(struct analysis *a, struct sql_query *query,
                                const struct sql_table *view_table)
{
    struct sql_table *kept = analysis_alloc(a, sizeof *kept);
    struct sql_table **tables = analysis_alloc(a, sizeof *tables * (query->table_count + 1));
    if (!kept || !tables)
        return false;
    *kept = *view_table;
    kept->in_from = false;
    memcpy(tables, query->tables, sizeof *tables * query->table_count);
    tables[query->table_count++] = kept;
    query->tables = tables;
    return true;
}

bool rewrite_add_check(struct analysis *a, struct sql_query *query,
                       const struct sql_with_check *check, bool first)
{
    uint32_t count = query->with_check_count;
    struct sql_with_check *checks = analysis_alloc(a, (count + 1) * sizeof *checks);
    if (!checks)
        return false;
    if (count)
        memcpy(checks + first, query->with_check, count * sizeof *checks);
    checks[first ? 0 : count] = *check;
    query->with_check = checks;
    query->with_check_count++;
    return true;
}

static bool add_view_check(struct analysis *a, struct sql_query *query,
                           const struct sql_relation *view, struct sql_expr *where)
{
    bool cascaded = view->check_option == 'c';
    bool wanted = view->check_option != 0;
    for (uint32_t i = 0; i < query->with_check_count; i++)
        if (query->with_check[i].kind == SQL_CHECK_VIEW && query->with_check[i].cascaded)
            wanted = cascaded = true;
    if (!wanted || (!cascaded && !where))
        return true;
    struct sql_with_check check = {.kind = SQL_CHECK_VIEW,
                                   .on_insert = true,
                                   .on_update = true,
                                   .cascaded = cascaded,
                                   .expr = where,
                                   .relation = view->object.name};
    return rewrite_add_check(a, query, &check, true);
}

static bool join_condition(struct analysis *a, struct sql_expr **into, struct sql_expr *expr)
{
    if (!*into) {
        *into = expr;
        return true;
    }
    struct sql_expr **pair = analysis_alloc(a, 2 * sizeof *pair);
    if (!pair)
        return false;
    pair[0] = expr;
    pair[1] = *into;
    *into = make_bool(a, SQL_AND, pair, 2, -1);
    return *into != NULL;
}

bool add_condition(struct analysis *a, struct sql_query *query, struct sql_expr *where)
{
    return join_condition(a, &query->where, where);
}

/* EXCLUDED has the view's columns: it gets the base table's. */
static bool replace_excluded(struct replacing *r, struct sql_query *query,
                             const struct sql_table *base)
{
    struct sql_on_conflict *clause = query->on_conflict;
    if (!clause)
        return true;
    if (!replace_targets(r, EVENT_UPDATE, clause->set, clause->set_count))
        return false;
    if (!clause->excluded)
        return true;
    struct sql_table *excluded = query->tables[clause->excluded - 1];
    struct slice name = excluded->name;
    if (!keep_for_privileges(r->a, query, excluded))
        return false;
    *excluded = *base;
    excluded->name = excluded->alias = name;
    excluded->in_from = false;
    excluded->privileges = 0;
    return true;
}

bool rewrite_changed_view(struct analysis *a, struct sql_query **query_at,
                          const struct sql_relation *view)
{
    struct sql_query *query = *query_at;
    enum event event = event_of(query);
    const char *why = view_obstacle(view->view);
    if (why)
        return fail_view(a, view, event, why);
    struct replacing r = {.a = a,
                          .view = view,
                          .query = view->view,
                          .from = query->result_table,
                          .base = view->view->from[0]->table};
    if (!replace_all_targets(&r, query, event))
        return false;
    struct sql_table *view_table = query->tables[query->result_table - 1];
    struct sql_table *base = base_table(a, view->view->tables[r.base - 1], view_table, view);
    if (!base || !keep_for_privileges(a, query, view_table))
        return false;
    copy_bits(view->view, view_table, base);
    query->tables[query->result_table - 1] = base;
    if (!replace_excluded(&r, query, base))
        return false;
    query = sql_query_change(a->env->arena, query, replace_column, &r);
    if (query && query->on_conflict && query->on_conflict->excluded) {
        r.from = query->on_conflict->excluded;
        query = sql_query_change(a->env->arena, query, replace_column, &r);
        r.from = query ? query->result_table : 0;
    }
    if (!query)
        return sql_fail_memory(a->env->error);
    *query_at = query;
    struct sql_expr *where = view->view->where ? view_expr(&r, view->view->where, 0) : NULL;
    /* Rows that the view has not are not there for MERGE's two kinds of NOT MATCHED. */
    if (where && event == EVENT_MERGE &&
        !join_condition(a, &query->tables[query->result_table - 1]->security, where))
        return false;
    if (where && (event == EVENT_UPDATE || event == EVENT_DELETE) &&
        !add_condition(a, query, where))
        return false;
    query->has_sublinks |= view->view->has_sublinks;
    return event == EVENT_DELETE || add_view_check(a, query, view, where);
}
