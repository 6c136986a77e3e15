/* From a query's FROM and WHERE to a join problem. */
#include "emulators/sql/plan/problem.h"

struct flatten {
    struct sql_plan_problem *problem;
    struct sql_plan_query *query;
    const struct sql_leaf_set *strict; /* tables (by number - 1) whose NULL rows WHERE drops */
    bool nullable;                     /* below the inner side of an outer join */
};

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* ---- what expressions read */

struct reads {
    struct sql_plan_query *query;
    struct sql_leaf_set *leaves;
    bool *is_volatile;
    uint32_t depth; /* queries further in than `query` */
};

static bool visit_expr(struct sql_expr *expr, void *ctx);

static bool visit_query(struct sql_query *sub, void *ctx)
{
    struct reads inner = *(struct reads *)ctx;
    inner.depth++;
    sql_query_walk(sub, visit_expr, visit_query, &inner);
    return false;
}

static void read_column(const struct reads *reads, const struct sql_expr_column *column)
{
    struct sql_plan_query *query = reads->query;
    if (column->up < reads->depth)
        return;
    for (uint32_t up = column->up - reads->depth; up && query; up--)
        query = query->parent;
    if (!query || query->problem != reads->query->problem)
        return;
    const struct sql_plan_table *table = &query->tables[column->table - 1];
    if (table->table->kind == SQL_TABLE_JOIN) {
        for (uint32_t i = 0; i < table->table->join_columns.count; i++)
            if (column->column == 0 || (uint32_t)column->column == i + 1)
                sql_problem_reads(query, table->table->join_columns.items[i], reads->leaves,
                                  reads->is_volatile);
    } else if (table->state == SQL_PLAN_TABLE_MERGED) {
        const struct sql_query *inner = table->merged->query;
        int32_t number = 0;
        for (uint32_t i = 0; i < inner->target_count; i++) {
            number += !inner->targets[i].hidden;
            if (!inner->targets[i].hidden && (column->column == 0 || column->column == number))
                sql_problem_reads(table->merged, inner->targets[i].expr, reads->leaves,
                                  reads->is_volatile);
        }
    } else if (table->leaf != UINT32_MAX) {
        sql_leaf_add(reads->leaves, table->leaf);
    }
}

static bool visit_expr(struct sql_expr *expr, void *ctx)
{
    struct reads *reads = ctx;
    if (expr->kind == SQL_EXPR_COLUMN) {
        read_column(reads, (const void *)expr);
        return false;
    }
    if (expr->kind == SQL_EXPR_CURRENT_OF && reads->depth == 0) {
        uint32_t number = ((const struct sql_expr_current_of *)(const void *)expr)->table;
        sql_leaf_add(reads->leaves, reads->query->tables[number - 1].leaf);
    }
    if (expr->kind == SQL_EXPR_NEXT_VALUE)
        *reads->is_volatile = true;
    if (expr->kind == SQL_EXPR_FUNCTION && reads->depth == 0) {
        const struct sql_routine *routine =
            sql_find_routine_id(reads->query->planner->session,
                                ((const struct sql_expr_call *)(const void *)expr)->function);
        *reads->is_volatile |= routine && routine->volatility == 'v';
    }
    if (expr->kind == SQL_EXPR_SUBLINK) {
        struct sql_expr_sublink *link = (void *)expr;
        visit_query(link->query, reads);
        return link->test ? visit_expr(link->test, ctx) : false;
    }
    return sql_expr_walk(expr, visit_expr, ctx);
}

void sql_problem_reads(struct sql_plan_query *query, const struct sql_expr *expr,
                       struct sql_leaf_set *out, bool *is_volatile)
{
    struct reads reads = {query, out, is_volatile, 0};
    visit_expr((struct sql_expr *)(uintptr_t)expr, &reads);
}

static const struct sql_expr *strip(const struct sql_expr *expr)
{
    while (expr->kind == SQL_EXPR_RELABEL || expr->kind == SQL_EXPR_COLLATE)
        expr = ((const struct sql_expr_convert *)(const void *)expr)->arg;
    return expr;
}

bool sql_plan_base_column(struct sql_plan_query *query, const struct sql_expr *expr,
                          struct sql_plan_query **out_query, const struct sql_expr_column **out)
{
    for (;;) {
        expr = strip(expr);
        if (expr->kind != SQL_EXPR_COLUMN)
            return false;
        const struct sql_expr_column *column = (const void *)expr;
        for (uint32_t up = column->up; up; up--)
            query = query->parent;
        const struct sql_plan_table *table = &query->tables[column->table - 1];
        if (table->table->kind == SQL_TABLE_JOIN && column->column > 0) {
            expr = table->table->join_columns.items[column->column - 1];
        } else if (table->state == SQL_PLAN_TABLE_MERGED && column->column > 0) {
            const struct sql_target *targets = table->merged->query->targets;
            uint32_t at = 0;
            for (int32_t left = column->column; left; at++)
                left -= !targets[at].hidden;
            expr = targets[at - 1].expr;
            query = table->merged;
        } else {
            *out_query = query;
            *out = column;
            return true;
        }
    }
}

/* ---- which tables' NULL rows a condition drops: functions are mostly strict
 *
 * At the top, as conjuncts of a condition are, it is enough that nothing of such a row makes it true; below
 * a NOT or a function it must be NULL. */

static void add_strict_tables(struct sql_plan_query *query, const struct sql_expr *expr, bool top,
                              struct sql_leaf_set *out);

static bool is_strict(struct sql_plan_query *query, const struct sql_expr_call *call)
{
    const struct sql_routine *routine =
        sql_find_routine_id(query->planner->session, call->function);
    return routine && routine->strict && !call->returns_set;
}

static void add_strict_args(struct sql_plan_query *query, const struct sql_exprs *args, bool top,
                            struct sql_leaf_set *out)
{
    for (uint32_t i = 0; i < args->count; i++)
        add_strict_tables(query, args->items[i], top, out);
}

/* Tables that each of the arguments is about. */
static void add_common_tables(struct sql_plan_query *query, const struct sql_exprs *args, bool top,
                              struct sql_leaf_set *out)
{
    struct sql_leaf_set common = {{0}};
    for (uint32_t i = 0; i < args->count; i++) {
        struct sql_leaf_set one = {{0}};
        add_strict_tables(query, args->items[i], top, &one);
        for (unsigned w = 0; w < SQL_PLAN_TABLES_MAX / 64; w++)
            common.words[w] = i ? common.words[w] & one.words[w] : one.words[w];
    }
    sql_leaf_join(out, &common);
}

static void add_junction_tables(struct sql_plan_query *query, const struct sql_expr_bool *junction,
                                bool top, struct sql_leaf_set *out)
{
    if (junction->op == SQL_NOT)
        add_strict_args(query, &junction->args, false, out);
    else if (junction->op == SQL_AND && top)
        add_strict_args(query, &junction->args, true, out);
    else
        add_common_tables(query, &junction->args, top, out);
}

static void add_column_tables(struct sql_plan_query *query, const struct sql_expr_column *column,
                              struct sql_leaf_set *out)
{
    if (column->up || column->column == 0)
        return;
    const struct sql_table *table = query->query->tables[column->table - 1];
    if (table->kind == SQL_TABLE_JOIN && column->column > 0)
        add_strict_tables(query, table->join_columns.items[column->column - 1], false, out);
    else
        sql_leaf_add(out, column->table - 1);
}

static void add_strict_tables(struct sql_plan_query *query, const struct sql_expr *expr, bool top,
                              struct sql_leaf_set *out)
{
    const struct sql_expr_call *call = (const void *)expr;
    const struct sql_expr_test *test = (const void *)expr;
    switch (expr->kind) {
    case SQL_EXPR_COLUMN: add_column_tables(query, (const void *)expr, out); return;
    case SQL_EXPR_FUNCTION:
        if (is_strict(query, call))
            add_strict_args(query, &call->args, false, out);
        return;
    case SQL_EXPR_SCALAR_ARRAY: /* false when the array is empty */
        if (top && is_strict(query, call) && call->any)
            add_strict_tables(query, call->args.items[0], false, out);
        return;
    case SQL_EXPR_RELABEL:
    case SQL_EXPR_CONVERT_IO:
    case SQL_EXPR_COLLATE:
        add_strict_tables(query, ((const struct sql_expr_convert *)(const void *)expr)->arg, false,
                          out);
        return;
    case SQL_EXPR_BOOL: add_junction_tables(query, (const void *)expr, top, out); return;
    case SQL_EXPR_NULL_TEST:
        if (top && test->negated && !test->row)
            add_strict_tables(query, test->arg, false, out);
        return;
    case SQL_EXPR_BOOL_TEST:
        if (top && (test->test == SQL_IS_TRUE || test->test == SQL_IS_FALSE) && !test->negated)
            add_strict_tables(query, test->arg, false, out);
        return;
    default: return;
    }
}

static void add_from_tables(const struct sql_from *from, struct sql_leaf_set *out)
{
    if (from->table)
        sql_leaf_add(out, from->table - 1);
    if (from->kind == SQL_FROM_JOIN) {
        add_from_tables(from->left, out);
        add_from_tables(from->right, out);
    }
}

/* An outer join whose NULL rows nobody keeps is less of one. */
static enum sql_join_kind reduce(const struct flatten *flatten, const struct sql_from *from)
{
    struct sql_leaf_set left = {{0}}, right = {{0}};
    add_from_tables(from->left, &left);
    add_from_tables(from->right, &right);
    bool keeps_left = sql_leaf_overlap(&left, flatten->strict);
    bool keeps_right = sql_leaf_overlap(&right, flatten->strict);
    switch (from->join) {
    case SQL_JOIN_LEFT: return keeps_right ? SQL_JOIN_INNER : SQL_JOIN_LEFT;
    case SQL_JOIN_RIGHT: return keeps_left ? SQL_JOIN_INNER : SQL_JOIN_RIGHT;
    case SQL_JOIN_FULL:
        return keeps_left && keeps_right ? SQL_JOIN_INNER
               : keeps_left              ? SQL_JOIN_LEFT
               : keeps_right             ? SQL_JOIN_RIGHT
                                         : SQL_JOIN_FULL;
    default: return SQL_JOIN_INNER;
    }
}

/* ---- leaves */

static bool new_leaf(struct flatten *flatten, struct sql_plan_table *table)
{
    struct sql_planner *planner = flatten->problem->planner;
    if (flatten->problem->root->leaf_count == SQL_PLAN_TABLES_MAX)
        return sql_fail(planner->env->error, "54000", "too many tables in one query");
    table->leaf = flatten->problem->root->leaf_count++;
    table->state = SQL_PLAN_TABLE_LOADED;
    return true;
}

static struct sql_plan_rel *add_rel(struct flatten *flatten, enum sql_plan_rel_kind kind)
{
    struct sql_plan_rel *rel =
        sql_vector_add(flatten->problem->planner->arena, &flatten->problem->rels, sizeof(*rel));
    if (!rel) {
        no_memory(flatten->problem->planner);
        return NULL;
    }
    rel->kind = kind;
    rel->query = flatten->query;
    return rel;
}

/* Can its tables be joined together with those around it? */
static bool can_merge(const struct flatten *flatten, const struct sql_table *table)
{
    const struct sql_query *query = table->query;
    if (query->command != SQL_SELECT || query->cte_count || query->set_op || query->group_count ||
        query->grouping_set_count || query->having || query->has_aggregates || query->has_windows ||
        query->has_sets || query->distinct_count || query->order_count || query->limit ||
        query->offset || query->row_mark_count || query->window_count || query->from_count == 0 ||
        table->security_barrier)
        return false;
    for (uint32_t i = 0; i < query->target_count; i++) {
        const struct sql_expr *expr = query->targets[i].expr;
        bool column = expr->kind == SQL_EXPR_COLUMN &&
                      ((const struct sql_expr_column *)(const void *)expr)->up == 0 &&
                      ((const struct sql_expr_column *)(const void *)expr)->column != 0;
        if (flatten->nullable && !column)
            return false;
        bool is_volatile = false;
        if (!column && sql_plan_is_costly(flatten->problem->planner, expr, &is_volatile))
            return false;
        if (is_volatile)
            return false;
    }
    return true;
}

static bool flatten_query(struct flatten *flatten);

static bool merge_subquery(struct flatten *flatten, struct sql_plan_table *table)
{
    struct flatten inner = *flatten;
    if (!sql_plan_query_create(flatten->problem->planner, flatten->query, table->table->query,
                               &table->merged))
        return false;
    table->state = SQL_PLAN_TABLE_MERGED;
    table->nullable = flatten->nullable;
    inner.query = table->merged;
    inner.query->problem = flatten->problem->root;
    return flatten_query(&inner);
}

/* What a LATERAL item reads of its neighbours must be there before it. */
static void lateral_reads(struct flatten *flatten, const struct sql_table *table,
                          struct sql_leaf_set *out)
{
    bool is_volatile = false;
    if (table->query) {
        struct reads reads = {flatten->query, out, &is_volatile, 0};
        visit_query(table->query, &reads);
    }
    if (table->special)
        sql_problem_reads(flatten->query, &table->special->expr, out, &is_volatile);
    if (table->json)
        sql_problem_reads(flatten->query, &table->json->expr, out, &is_volatile);
    for (uint32_t i = 0; i < table->function_count; i++)
        sql_problem_reads(flatten->query, table->functions[i].expr, out, &is_volatile);
    for (uint32_t r = 0; r < table->row_count; r++)
        for (uint32_t i = 0; i < table->rows[r].count; i++)
            sql_problem_reads(flatten->query, table->rows[r].items[i], out, &is_volatile);
}

static bool add_quals(struct flatten *flatten, struct sql_vector *into,
                      const struct sql_expr *expr);

static bool flatten_table(struct flatten *flatten, uint32_t number)
{
    struct sql_plan_table *table = &flatten->query->tables[number - 1];
    bool changed = number == flatten->query->query->result_table; /* a view with triggers */
    if (table->table->kind == SQL_TABLE_SUBQUERY && !changed && can_merge(flatten, table->table))
        return merge_subquery(flatten, table);
    if (!new_leaf(flatten, table))
        return false;
    bool relation = table->table->kind == SQL_TABLE_RELATION;
    struct sql_plan_rel *rel = add_rel(flatten, relation ? SQL_PLAN_REL_TABLE : SQL_PLAN_REL_NODE);
    if (!rel)
        return false;
    rel->table = number;
    sql_leaf_add(&rel->leaves, table->leaf);
    sql_leaf_add(&flatten->problem->leaves, table->leaf);
    /* Row security: the other rows are not there. */
    if (table->table->security &&
        !add_quals(flatten, &flatten->problem->quals, table->table->security))
        return false;
    if (relation)
        return sql_plan_table_open(flatten->query, number, &rel->rows);
    lateral_reads(flatten, table->table, &rel->requires);
    return true;
}

/* ---- joins */

static bool sub_problem(struct flatten *flatten, const struct sql_from *from, bool nullable,
                        const struct sql_leaf_set *strict, struct sql_plan_problem **out);

static bool flatten_from(struct flatten *flatten, const struct sql_from *from);

/* Conditions inside the inner side that read the outer one (LATERAL) are conditions of the join. */
static bool lift_lateral(struct flatten *flatten, struct sql_plan_problem *inner,
                         struct sql_vector *on)
{
    struct sql_plan_qual *quals = inner->quals.items;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < inner->quals.count; i++) {
        if (sql_leaf_within(&quals[i].leaves, &inner->leaves)) {
            quals[kept++] = quals[i];
            continue;
        }
        struct sql_plan_qual *qual =
            sql_vector_add(flatten->problem->planner->arena, on, sizeof(*qual));
        if (!qual)
            return no_memory(flatten->problem->planner);
        *qual = quals[i];
    }
    inner->quals.count = kept;
    return true;
}

static bool flatten_outer(struct flatten *flatten, const struct sql_from *from,
                          enum sql_join_kind join)
{
    /* The rel is added last: planning parts may move the vector. */
    struct sql_plan_rel built = {.kind = SQL_PLAN_REL_OUTER, .query = flatten->query, .join = join};
    /* A condition of the outer join drops NULL rows of its inner side only. */
    struct sql_leaf_set inner = {{0}}, none = {{0}};
    if (from->on)
        add_strict_tables(flatten->query, from->on, true, &inner);
    const struct sql_leaf_set *left_strict = join == SQL_JOIN_LEFT    ? flatten->strict
                                             : join == SQL_JOIN_RIGHT ? &inner
                                                                      : &none;
    const struct sql_leaf_set *right_strict = join == SQL_JOIN_RIGHT  ? flatten->strict
                                              : join == SQL_JOIN_LEFT ? &inner
                                                                      : &none;
    if (!sub_problem(flatten, from->left, flatten->nullable || join != SQL_JOIN_LEFT, left_strict,
                     &built.left) ||
        !sub_problem(flatten, from->right, flatten->nullable || join != SQL_JOIN_RIGHT,
                     right_strict, &built.right))
        return false;
    sql_leaf_join(&built.leaves, &built.left->leaves);
    sql_leaf_join(&built.leaves, &built.right->leaves);
    if (join == SQL_JOIN_LEFT && !lift_lateral(flatten, built.right, &built.on))
        return false;
    if (from->on && !add_quals(flatten, &built.on, from->on))
        return false;
    for (int side = 0; side < 2; side++) {
        struct sql_plan_problem *part = side ? built.right : built.left;
        const struct sql_plan_rel *rels = part->rels.items;
        for (uint32_t i = 0; i < part->rels.count; i++)
            sql_leaf_join(&built.requires, &rels[i].requires);
    }
    for (unsigned i = 0; i < SQL_PLAN_TABLES_MAX / 64; i++)
    built.requires.words[i] &= ~built.leaves.words[i];
    struct sql_plan_rel *rel = add_rel(flatten, SQL_PLAN_REL_OUTER);
    if (!rel)
        return false;
    *rel = built;
    sql_leaf_join(&flatten->problem->leaves, &rel->leaves);
    return true;
}

static bool flatten_from(struct flatten *flatten, const struct sql_from *from)
{
    if (from->kind == SQL_FROM_TABLE)
        return flatten_table(flatten, from->table);
    enum sql_join_kind join = reduce(flatten, from);
    if (join != SQL_JOIN_INNER)
        return flatten_outer(flatten, from, join);
    struct sql_leaf_set strict = *flatten->strict;
    struct flatten inner = *flatten;
    if (from->on)
        add_strict_tables(flatten->query, from->on, true, &strict);
    inner.strict = &strict;
    return flatten_from(&inner, from->left) && flatten_from(&inner, from->right) &&
           (!from->on || add_quals(flatten, &flatten->problem->quals, from->on));
}

static bool sub_problem(struct flatten *flatten, const struct sql_from *from, bool nullable,
                        const struct sql_leaf_set *strict, struct sql_plan_problem **out)
{
    struct sql_plan_problem *problem =
        arena_zalloc(flatten->problem->planner->arena, sizeof(*problem));
    if (!problem)
        return no_memory(flatten->problem->planner);
    problem->planner = flatten->problem->planner;
    problem->root = flatten->problem->root;
    struct flatten inner = {problem, flatten->query, strict, nullable};
    *out = problem;
    return flatten_from(&inner, from);
}

/* ---- conditions */

static bool add_qual(struct flatten *flatten, struct sql_vector *into, const struct sql_expr *expr)
{
    struct sql_plan_qual *qual =
        sql_vector_add(flatten->problem->planner->arena, into, sizeof(*qual));
    if (!qual)
        return no_memory(flatten->problem->planner);
    qual->expr = expr;
    qual->query = flatten->query;
    sql_problem_reads(flatten->query, expr, &qual->leaves, &qual->is_volatile);
    return true;
}

static bool add_quals(struct flatten *flatten, struct sql_vector *into, const struct sql_expr *expr)
{
    const struct sql_expr_bool *junction = (const void *)expr;
    if (expr->kind != SQL_EXPR_BOOL || junction->op != SQL_AND)
        return add_qual(flatten, into, expr);
    for (uint32_t i = 0; i < junction->args.count; i++)
        if (!add_quals(flatten, into, junction->args.items[i]))
            return false;
    return true;
}

bool sql_problem_add_qual(struct sql_plan_problem *problem, struct sql_plan_query *query,
                          const struct sql_expr *expr)
{
    struct flatten flatten = {.problem = problem, .query = query};
    return add_quals(&flatten, &problem->quals, expr);
}

/* ---- EXISTS and IN as joins */

/* Does a subquery read tables of this very problem? Others say nothing about its rows. */
static bool reads_problem(const struct flatten *flatten, struct sql_query *query)
{
    struct sql_leaf_set reads = {{0}};
    bool is_volatile = false;
    struct reads outer = {flatten->query, &reads, &is_volatile, 0};
    visit_query(query, &outer);
    return sql_leaf_overlap(&reads, &flatten->problem->leaves);
}

/* Only WHERE's own conjuncts, and only simple subqueries. *done: it became a join. */
static bool exists_join(struct flatten *flatten, const struct sql_expr_sublink *link, bool negated,
                        bool *done)
{
    struct sql_planner *planner = flatten->problem->planner;
    const struct sql_query *query = link->query;
    if (flatten->problem->rels.count == 0) /* there is nothing to join it to */
        return true;
    if (query->from_count == 0 || query->set_op || query->cte_count || query->group_count ||
        query->has_aggregates || query->having || query->grouping_set_count || query->limit ||
        query->offset || query->has_sets || query->row_mark_count || query->has_windows ||
        !reads_problem(flatten, link->query))
        return true;
    struct sql_plan_problem *inner = arena_zalloc(planner->arena, sizeof(*inner));
    struct sql_plan_query *sub;
    if (!inner)
        return no_memory(planner);
    if (!sql_plan_query_create(planner, flatten->query, query, &sub))
        return false;
    sub->problem = flatten->problem->root;
    inner->planner = planner;
    inner->root = flatten->problem->root;
    struct flatten in = {inner, sub, NULL, false};
    if (!flatten_query(&in))
        return false;
    struct sql_plan_rel built = {
        .kind = negated ? SQL_PLAN_REL_ANTI : SQL_PLAN_REL_SEMI, .query = sub, .right = inner};
    /* Conditions that read the outer side join, or are its own; the others stay inside. */
    struct sql_vector own = {0};
    const struct sql_plan_qual *quals = inner->quals.items;
    for (uint32_t i = 0; i < inner->quals.count; i++) {
        bool stays = sql_leaf_within(&quals[i].leaves, &inner->leaves);
        bool outer = !stays && !negated && !quals[i].is_volatile &&
                     !sql_leaf_overlap(&quals[i].leaves, &inner->leaves);
        struct sql_vector *into = stays ? &own : outer ? &flatten->problem->quals : &built.on;
        struct sql_plan_qual *qual = sql_vector_add(planner->arena, into, sizeof(*qual));
        if (!qual)
            return no_memory(planner);
        *qual = quals[i];
        if (!stays && !outer)
            sql_leaf_join(&built.requires, &qual->leaves);
    }
    inner->quals = own;
    const struct sql_plan_rel *rels = inner->rels.items;
    for (uint32_t i = 0; i < inner->rels.count; i++)
        sql_leaf_join(&built.requires, &rels[i].requires);
    for (unsigned i = 0; i < SQL_PLAN_TABLES_MAX / 64; i++)
    built.requires.words[i] &= ~inner->leaves.words[i];
    struct sql_plan_rel *rel = add_rel(flatten, built.kind);
    if (!rel)
        return false;
    *rel = built;
    *done = true;
    return true;
}

static bool in_join(struct flatten *flatten, const struct sql_expr_sublink *link, bool *done)
{
    struct sql_planner *planner = flatten->problem->planner;
    struct sql_leaf_set reads = {{0}};
    bool is_volatile = false;
    struct reads outer = {flatten->query, &reads, &is_volatile, 0};
    visit_query(link->query, &outer);
    if (!sql_leaf_empty(&reads))
        return true;
    struct sql_leaf_set tested = {{0}};
    sql_problem_reads(flatten->query, link->test, &tested, &is_volatile);
    if (is_volatile || sql_leaf_empty(&tested))
        return true;
    struct sql_plan_query *sub;
    struct sql_plan_rel built = {.kind = SQL_PLAN_REL_SEMI, .requires = tested};
    struct sql_plan_problem *inner = arena_zalloc(planner->arena, sizeof(*inner));
    struct sql_plan_rel *unit =
        inner ? sql_vector_add(planner->arena, &inner->rels, sizeof(*unit)) : NULL;
    if (!unit)
        return no_memory(planner);
    if (!sql_plan_query_create(planner, flatten->query, link->query, &sub) ||
        !sql_plan_query_build(sub, true, &unit->node))
        return false;
    /* Its leaf stands for the subquery's columns, so that conditions are told apart by side. */
    if (flatten->problem->root->leaf_count == SQL_PLAN_TABLES_MAX)
        return sql_fail(planner->env->error, "54000", "too many tables in one query");
    uint32_t leaf = flatten->problem->root->leaf_count++;
    *unit = (struct sql_plan_rel){
        .kind = SQL_PLAN_REL_NODE, .node = unit->node, .rows = unit->node->rows};
    sql_leaf_add(&unit->leaves, leaf);
    sql_leaf_add(&inner->leaves, leaf);
    inner->planner = planner;
    inner->root = flatten->problem->root;
    const struct sql_expr_bool *junction = (const void *)link->test;
    bool several = link->test->kind == SQL_EXPR_BOOL && junction->op == SQL_AND;
    for (uint32_t i = 0; i < (several ? junction->args.count : 1); i++) {
        struct sql_plan_qual *qual = sql_vector_add(planner->arena, &built.on, sizeof(*qual));
        if (!qual)
            return no_memory(planner);
        qual->expr = several ? junction->args.items[i] : link->test;
        qual->query = flatten->query;
        qual->sub_columns = sub->target_registers;
        qual->sub_column_count = link->query->target_count;
        qual->sub_leaf = leaf;
        qual->sub_query = link->query;
        sql_problem_reads(flatten->query, qual->expr, &qual->leaves, &is_volatile);
        sql_leaf_add(&qual->leaves, leaf);
    }
    built.right = inner;
    built.query = flatten->query;
    struct sql_plan_rel *rel = add_rel(flatten, SQL_PLAN_REL_SEMI);
    if (!rel)
        return false;
    *rel = built;
    *done = true;
    return true;
}

static bool add_where(struct flatten *flatten, const struct sql_expr *expr)
{
    const struct sql_expr_bool *junction = (const void *)expr;
    bool negated = false, done = false;
    if (expr->kind == SQL_EXPR_BOOL && junction->op == SQL_AND) {
        for (uint32_t i = 0; i < junction->args.count; i++)
            if (!add_where(flatten, junction->args.items[i]))
                return false;
        return true;
    }
    const struct sql_expr *inner = expr;
    if (expr->kind == SQL_EXPR_BOOL && junction->op == SQL_NOT) {
        inner = junction->args.items[0];
        negated = true;
    }
    const struct sql_expr_sublink *link = (const void *)inner;
    if (inner->kind == SQL_EXPR_SUBLINK && link->sublink_kind == SQL_SUBLINK_EXISTS &&
        !exists_join(flatten, link, negated, &done))
        return false;
    if (inner->kind == SQL_EXPR_SUBLINK && link->sublink_kind == SQL_SUBLINK_ANY && !negated &&
        !in_join(flatten, link, &done))
        return false;
    return done || add_qual(flatten, &flatten->problem->quals, expr);
}

static bool from_reads(const struct sql_from *from, uint32_t table)
{
    if (from->kind == SQL_FROM_TABLE)
        return from->table == table;
    return from_reads(from->left, table) || from_reads(from->right, table);
}

/* Does FROM name the table that is changed (as analysis leaves it), or is it to be added? */
static bool reads_result_table(const struct sql_query *query)
{
    for (uint32_t i = 0; i < query->from_count; i++)
        if (from_reads(query->from[i], query->result_table))
            return true;
    return false;
}

/* The source, joined to the table that is merged into. */
static bool flatten_merge(struct flatten *flatten)
{
    static const enum sql_join_kind joins[2][2] = {
        {SQL_JOIN_INNER, SQL_JOIN_LEFT},
        {SQL_JOIN_RIGHT, SQL_JOIN_FULL}
    };
    const struct sql_query *query = flatten->query->query;
    struct sql_planner *planner = flatten->problem->planner;
    struct sql_from *join = arena_zalloc(planner->arena, sizeof(*join));
    struct sql_from *target = arena_zalloc(planner->arena, sizeof(*target));
    if (!join || !target)
        return no_memory(planner);
    const struct sql_from *source = query->from[0];
    for (uint32_t i = 0; i < query->from_count; i++)
        if (!from_reads(query->from[i], query->result_table))
            source = query->from[i];
    target->table = query->result_table;
    *join = (struct sql_from){.kind = SQL_FROM_JOIN,
                              .join = joins[query->merge_marker != 0][query->merge_left_join],
                              .left = (struct sql_from *)(uintptr_t)source,
                              .right = target,
                              .on = query->merge_on};
    return flatten_from(flatten, join);
}

static bool flatten_query(struct flatten *flatten)
{
    const struct sql_query *query = flatten->query->query;
    struct sql_leaf_set strict = {{0}};
    if (query->where)
        add_strict_tables(flatten->query, query->where, true, &strict);
    flatten->strict = &strict;
    if (query->command == SQL_MERGE)
        return flatten_merge(flatten);
    if ((query->command == SQL_UPDATE || query->command == SQL_DELETE) &&
        !reads_result_table(query) && !flatten_table(flatten, query->result_table))
        return false;
    for (uint32_t i = 0; i < query->from_count; i++)
        if (!flatten_from(flatten, query->from[i]))
            return false;
    return !query->where || add_where(flatten, query->where);
}

bool sql_problem_make(struct sql_plan_query *query, struct sql_plan_problem **out)
{
    struct sql_plan_problem *problem = arena_zalloc(query->planner->arena, sizeof(*problem));
    if (!problem)
        return no_memory(query->planner);
    problem->planner = query->planner;
    problem->root = query->problem = query;
    struct flatten flatten = {.problem = problem, .query = query};
    *out = problem;
    return flatten_query(&flatten);
}
