/* SELECT and VALUES, row locks, and queries inside others. */
#include "emulators/sql/analyze/analysis.h"

static struct sql_query *new_query(struct analysis *a, enum sql_command command)
{
    a->query = analysis_alloc(a, sizeof *a->query);
    if (!a->query)
        return NULL;
    a->query->command = command;
    return add_rule_tables(a, false) ? a->query : NULL;
}

/* ---- locks */

static bool lock_table(struct analysis *a, uint32_t number, const struct ast_locking *locking,
                       bool pushed_down)
{
    struct sql_query *q = a->query;
    struct sql_table *table = q->tables[number - 1];
    enum sql_lock_strength strength = (enum sql_lock_strength)locking->strength;
    enum sql_lock_wait wait = (enum sql_lock_wait)locking->wait;
    if (table->kind == SQL_TABLE_RELATION)
        table->privileges |= SQL_PRIV_UPDATE;
    for (uint32_t i = 0; i < q->row_mark_count; i++) {
        struct sql_row_mark *mark = &q->row_marks[i];
        if (mark->table != number)
            continue;
        if (strength > mark->strength)
            mark->strength = strength;
        if (wait > mark->wait)
            mark->wait = wait;
        mark->pushed_down &= pushed_down;
        return true;
    }
    if (!analysis_grow(a, &q->row_marks, q->row_mark_count, sizeof *q->row_marks))
        return false;
    q->row_marks[q->row_mark_count++] = (struct sql_row_mark){number, strength, wait, pushed_down};
    return true;
}

static const char *lock_name(enum ast_lock_strength strength)
{
    static const char *const names[] = {[AST_LOCK_KEY_SHARE] = "FOR KEY SHARE",
                                        [AST_LOCK_SHARE] = "FOR SHARE",
                                        [AST_LOCK_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
                                        [AST_LOCK_UPDATE] = "FOR UPDATE"};
    return names[strength];
}

static bool check_lockable(struct analysis *a, const struct ast_locking *locking)
{
    const struct sql_query *q = a->query;
    const char *refused = q->set_op                                 ? "UNION/INTERSECT/EXCEPT"
                          : q->distinct_count                       ? "DISTINCT clause"
                          : q->group_count || q->grouping_set_count ? "GROUP BY clause"
                          : q->having                               ? "HAVING clause"
                          : q->has_aggregates                       ? "aggregate functions"
                          : q->has_windows                          ? "window functions"
                          : q->has_sets ? "set-returning functions in the target list"
                                        : NULL;
    return !refused || fail_at(a, -1, "0A000", "%s is not allowed with %s",
                               lock_name(locking->strength), refused);
}

/* A lock on a subquery locks what is in it. */
static bool lock_subquery(struct analysis *a, struct sql_query *query,
                          const struct ast_locking *locking)
{
    struct analysis inner = analysis_inside(a);
    struct ast_locking all = *locking;
    all.relations = (struct ast_list){0};
    inner.query = query;
    return analyze_locking(&inner, &all, true);
}

/* The list of a copied query has no room for more. */
static bool make_room(struct analysis *a, struct sql_query *query)
{
    uint32_t count = query->row_mark_count;
    struct sql_row_mark *marks =
        analysis_alloc(a, (2 * count + query->table_count + 2) * sizeof *marks);
    if (!marks)
        return false;
    if (count)
        memcpy(marks, query->row_marks, count * sizeof *marks);
    query->row_marks = marks;
    return true;
}

bool analyze_lock_view(struct analysis *a, struct sql_query *query, const struct sql_row_mark *mark)
{
    struct ast_locking all = {
        .node = {AST_LOCKING, -1},
        .strength = (enum ast_lock_strength)mark->strength,
        .wait = (enum ast_lock_wait)mark->wait
    };
    return make_room(a, query) && lock_subquery(a, query, &all);
}

static bool lock_one(struct analysis *a, uint32_t number, const struct ast_locking *locking,
                     bool pushed_down)
{
    struct sql_table *table = a->query->tables[number - 1];
    if (table->kind == SQL_TABLE_RELATION)
        return lock_table(a, number, locking, pushed_down);
    if (table->kind == SQL_TABLE_SUBQUERY)
        return lock_table(a, number, locking, pushed_down) &&
               lock_subquery(a, table->query, locking);
    return true;
}

static bool fail_unlockable(struct analysis *a, const struct sql_table *table,
                            const struct ast_locking *locking, int32_t location)
{
    static const char *const kinds[] = {
        [SQL_TABLE_JOIN] = "a join",
        [SQL_TABLE_FUNCTION] = "a function",
        [SQL_TABLE_VALUES] = "VALUES",
        [SQL_TABLE_CTE] = "a WITH query",
        [SQL_TABLE_XMLJSON] = "a table function",
        [SQL_TABLE_TRANSITION] = "a named tuplestore",
        [SQL_TABLE_RESULT] = "a subquery",
    };
    return fail_at(a, location, "0A000", "%s cannot be applied to %s", lock_name(locking->strength),
                   kinds[table->kind]);
}

static bool lock_named(struct analysis *a, const struct ast_relation *name,
                       const struct ast_locking *locking, bool pushed_down)
{
    int32_t location = name->node.location;
    if (name->catalog.ptr || name->schema.ptr)
        return fail_at(a, location, "42601", "%s must specify unqualified relation names",
                       lock_name(locking->strength));
    for (uint32_t i = 0; i < a->query->table_count; i++) {
        const struct sql_table *table = a->query->tables[i];
        struct slice own = table->using_alias.ptr ? table->using_alias : table->name;
        if (!table->in_from || !own.ptr || !slice_eq(own, name->name))
            continue;
        if (table->kind != SQL_TABLE_RELATION && table->kind != SQL_TABLE_SUBQUERY)
            return fail_unlockable(a, table, locking, location);
        return lock_one(a, i + 1, locking, pushed_down);
    }
    return fail_at(a, location, "42P01",
                   "relation \"" SLICE_FMT "\" in %s clause not found in FROM clause",
                   SLICE_ARG(name->name), lock_name(locking->strength));
}

bool analyze_locking(struct analysis *a, const struct ast_locking *locking, bool pushed_down)
{
    if (!check_lockable(a, locking))
        return false;
    for (uint32_t i = 0; i < locking->relations.count; i++)
        if (!lock_named(a, (const struct ast_relation *)locking->relations.items[i], locking,
                        pushed_down))
            return false;
    if (locking->relations.count)
        return true;
    for (uint32_t i = 0; i < a->query->table_count; i++)
        if (a->query->tables[i]->in_from && !lock_one(a, i + 1, locking, pushed_down))
            return false;
    return true;
}

/* ---- SELECT */

static bool analyze_clauses(struct analysis *a, const struct ast_select *select,
                            struct sql_targets *targets)
{
    struct sql_query *q = a->query;
    if (!analyze_where(a, select->where, PLACE_WHERE, "WHERE", &q->where) ||
        !analyze_where(a, select->having, PLACE_HAVING, "HAVING", &q->having) ||
        !analyze_sort(a, &select->order_by, targets, PLACE_ORDER_BY, true, &q->order,
                      &q->order_count) ||
        !analyze_group(a, select, targets) || !analyze_distinct(a, select, targets))
        return false;
    q->with_ties = select->limit_option == AST_LIMIT_WITH_TIES;
    return analyze_limit(a, select->offset, PLACE_OFFSET, "OFFSET", select->limit_option,
                         &q->offset) &&
           analyze_limit(a, select->limit, PLACE_LIMIT, "LIMIT", select->limit_option, &q->limit) &&
           analyze_windows(a, targets);
}

/* What all kinds of SELECT end with. */
static bool finish(struct analysis *a, const struct ast_select *select)
{
    for (uint32_t i = 0; i < select->locking.count; i++)
        if (!analyze_locking(a, (const struct ast_locking *)select->locking.items[i], false))
            return false;
    return assign_collations(a, a->query) && check_aggregates(a);
}

static void set_targets(struct analysis *a, const struct sql_targets *targets)
{
    a->query->targets = targets->items;
    a->query->target_count = targets->count;
}

static struct sql_query *plain_select(struct analysis *a, const struct ast_select *select)
{
    struct sql_targets targets = {0};
    if (!new_query(a, SQL_SELECT))
        return NULL;
    if (select->with && !analyze_with(a, select->with))
        return NULL;
    if (select->into) {
        fail_at(a, select->into->node.location, "42601", "SELECT ... INTO is not allowed here");
        return NULL;
    }
    a->locking = &select->locking;
    a->targets = &targets;
    if (!start_windows(a, &select->windows) || !analyze_from(a, &select->from) ||
        !analyze_targets(a, &select->targets, PLACE_SELECT_TARGET, &targets))
        return NULL;
    mark_origins(a, targets.items, targets.count);
    if (!analyze_clauses(a, select, &targets) ||
        (!a->keep_unknown && !resolve_unknown_targets(a, &targets)))
        return NULL;
    set_targets(a, &targets);
    return finish(a, select) ? a->query : NULL;
}

struct sql_query *analyze_select(struct analysis *a, const struct ast_select *select)
{
    if (!analysis_stack_ok(a, select->node.location))
        return NULL;
    if (select->values_lists.count)
        return analyze_values(a, select);
    if (select->operation != AST_SET_NONE)
        return analyze_set_op(a, select);
    return plain_select(a, select);
}

/* ---- VALUES */

bool analyze_values_lists(struct analysis *a, const struct ast_list *lists,
                          enum analysis_place place, struct sql_exprs **rows)
{
    *rows = analysis_alloc(a, sizeof **rows * (lists->count + 1));
    if (!*rows)
        return false;
    for (uint32_t i = 0; i < lists->count; i++) {
        const struct ast_list *list = &((const struct ast_list_node *)lists->items[i])->list;
        enum analysis_place before = a->place;
        a->place = place;
        bool done = expand_list(a, list, &(*rows)[i]);
        a->place = before;
        if (!done)
            return false;
        if (i && (*rows)[i].count != (*rows)[0].count)
            return fail_at(a, list->count ? ast_location(list->items[0]) : -1, "42601",
                           "VALUES lists must all be the same length");
    }
    return true;
}

/* The rows of one column get one type. */
static bool common_column(struct analysis *a, struct sql_table *table, uint32_t column)
{
    struct sql_expr **items = analysis_alloc(a, sizeof *items * table->row_count);
    uint32_t type;
    if (!items)
        return false;
    for (uint32_t i = 0; i < table->row_count; i++) {
        items[i] = table->rows[i].items[column];
        if (items[i]->kind == SQL_EXPR_DEFAULT)
            return fail_at(a, items[i]->location, "42601",
                           "DEFAULT is not allowed in this context");
    }
    if (!common_type(a, items, table->row_count, "VALUES", &type, NULL))
        return false;
    for (uint32_t i = 0; i < table->row_count; i++)
        if (!coerce_to_common(a, &items[i], type, "VALUES"))
            return false;
    table->types[column] = type;
    table->typmods[column] = common_typmod(a, items, table->row_count, type);
    for (uint32_t i = 0; i < table->row_count; i++)
        table->rows[i].items[column] = items[i];
    return assign_list_collations(a, items, table->row_count, true, &table->collations[column]);
}

struct name_item *add_values(struct analysis *a, struct sql_exprs *rows, uint32_t row_count,
                             bool common)
{
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    if (!table || !table_room(a, table, rows[0].count))
        return NULL;
    table->kind = SQL_TABLE_VALUES;
    table->name = (struct slice)SLICE_LITERAL("*VALUES*");
    table->rows = rows;
    table->row_count = row_count;
    table->in_from = true;
    table->location = -1;
    for (uint32_t i = 0; i < rows[0].count; i++) {
        table->columns[i] = arena_printf(a->env->arena, "column%u", (unsigned)i + 1);
        if (common && !common_column(a, table, i))
            return NULL;
    }
    return add_table(a, table, NULL, "VALUES lists");
}

bool add_from_table(struct analysis *a, struct name_item *item)
{
    struct sql_from *from = analysis_alloc(a, sizeof *from);
    if (!from || !analysis_grow(a, &a->query->from, a->query->from_count, sizeof *a->query->from))
        return false;
    from->kind = SQL_FROM_TABLE;
    from->table = item->number;
    a->query->from[a->query->from_count++] = from;
    return true;
}

struct sql_query *analyze_values(struct analysis *a, const struct ast_select *select)
{
    struct sql_query *q = new_query(a, SQL_SELECT);
    struct sql_exprs *rows;
    struct sql_targets targets = {0};
    if (!q || (select->with && !analyze_with(a, select->with)) ||
        !analyze_values_lists(a, &select->values_lists, PLACE_VALUES, &rows))
        return NULL;
    struct name_item *item = add_values(a, rows, select->values_lists.count, true);
    if (!item || !add_from_table(a, item) || !add_names(a, item, true, true))
        return NULL;
    item->table->lateral = false;
    struct sql_exprs columns;
    struct slice *names;
    if (!expand_item(a, item, 0, -1, &columns, &names))
        return NULL;
    for (uint32_t i = 0; i < columns.count; i++) {
        if (!analysis_grow(a, &targets.items, targets.count, sizeof *targets.items))
            return NULL;
        targets.items[targets.count++] =
            (struct sql_target){.expr = columns.items[i], .name = names[i]};
    }
    if (!analyze_sort(a, &select->order_by, &targets, PLACE_ORDER_BY, true, &q->order,
                      &q->order_count) ||
        !analyze_limit(a, select->offset, PLACE_OFFSET, "OFFSET", select->limit_option,
                       &q->offset) ||
        !analyze_limit(a, select->limit, PLACE_LIMIT, "LIMIT", select->limit_option, &q->limit))
        return NULL;
    q->with_ties = select->limit_option == AST_LIMIT_WITH_TIES;
    if (select->locking.count) {
        fail_at(a, -1, "0A000", "%s cannot be applied to VALUES",
                lock_name(((const struct ast_locking *)select->locking.items[0])->strength));
        return NULL;
    }
    set_targets(a, &targets);
    return assign_collations(a, q) ? q : NULL;
}

/* ---- inside others */

struct sql_query *analyze_subquery(struct analysis *outer, const struct ast_node *node,
                                   struct sql_cte *cte, bool locked, bool keep_unknown)
{
    struct analysis inner = analysis_inside(outer);
    inner.parent_cte = cte;
    inner.locked_from_outside = locked;
    inner.keep_unknown = keep_unknown;
    return analyze_statement(&inner, node);
}
