/* Views become subqueries, at every level of a query. */
#include "emulators/sql/analyze/rewrite.h"

struct table_shift {
    struct arena *arena;
    uint32_t number;
};

static struct sql_expr *shift_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct table_shift *shift = ctx;
    const struct sql_expr_column *column = (const struct sql_expr_column *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up != depth || column->table != 1)
        return NULL;
    struct sql_expr_column *moved = arena_alloc(shift->arena, sizeof *moved);
    if (!moved)
        return NULL;
    *moved = *column;
    moved->table = shift->number;
    return &moved->expr;
}

struct sql_expr *shift_table(struct analysis *a, const struct sql_expr *expr, uint32_t number)
{
    struct table_shift shift = {a->env->arena, number};
    struct sql_expr *moved = sql_expr_change(a->env->arena, expr, shift_column, &shift);
    if (!moved)
        sql_fail_memory(a->env->error);
    return moved;
}

/* A view or policy inside of which a query is. */
struct around {
    uint32_t relation;
    const struct around *outer;
};

struct rewriting {
    struct analysis *a;
    uint32_t depth; /* of views within views */
    const struct around *around;
    bool failed;
};

static bool rewrite_at(struct rewriting *r, struct sql_query **query);

/* What the view's owner may is asked of the owner, not of who uses the view. */
static bool check_query_as(struct sql_query *query, void *ctx);

static bool check_sublink_as(struct sql_expr *expr, void *ctx)
{
    if (expr->kind == SQL_EXPR_SUBLINK)
        check_query_as(((struct sql_expr_sublink *)(void *)expr)->query, ctx);
    return sql_expr_walk(expr, check_sublink_as, ctx);
}

static bool check_query_as(struct sql_query *query, void *ctx)
{
    const uint32_t *owner = ctx;
    for (uint32_t i = 0; i < query->table_count; i++)
        if (query->tables[i]->kind == SQL_TABLE_RELATION)
            query->tables[i]->check_as = *owner;
    sql_query_walk(query, check_sublink_as, check_query_as, ctx);
    return false;
}

void rewrite_check_as(struct sql_expr *expr, uint32_t role)
{
    check_sublink_as(expr, &role);
}

static bool mark_sublink(struct sql_expr *expr, void *ctx)
{
    if (expr->kind == SQL_EXPR_SUBLINK)
        ((struct sql_expr_sublink *)(void *)expr)->query->of_relation = *(const uint32_t *)ctx;
    return sql_expr_walk(expr, mark_sublink, ctx);
}

void rewrite_mark_inside(struct sql_expr *expr, uint32_t relation)
{
    mark_sublink(expr, &relation);
}

static void check_as_owner(struct sql_query *query, const struct sql_relation *view)
{
    uint32_t owner = view->object.owner;
    if (!view->security_invoker)
        check_query_as(query, &owner);
}

static bool expand_view(struct rewriting *r, struct sql_table *table,
                        const struct sql_relation *view)
{
    struct analysis *a = r->a;
    const struct sql_dialect *dialect = a->session->dialect;
    const struct sql_query *of_view = view->view;
    if (!of_view && dialect->view_query && !dialect->view_query(a->env, view, &of_view))
        return false;
    if (!of_view)
        return true; /* a built-in view that has no rows here */
    struct sql_query *query = sql_query_copy(a->env->arena, of_view);
    if (!query)
        return sql_fail_memory(a->env->error);
    check_as_owner(query, view);
    query->of_relation = view->object.id;
    table->kind = SQL_TABLE_SUBQUERY;
    table->query = query;
    table->security_barrier = view->security_barrier;
    return true;
}

/* Entries that stand for privileges alone are left as they are. */
static bool from_uses(const struct sql_from *from, uint32_t number)
{
    if (from->kind == SQL_FROM_TABLE)
        return from->table == number;
    return from_uses(from->left, number) || from_uses(from->right, number);
}

static bool is_used(const struct sql_query *query, uint32_t number)
{
    for (uint32_t i = 0; i < query->from_count; i++)
        if (from_uses(query->from[i], number))
            return true;
    return false;
}

/* FOR UPDATE of the view is one of what it reads. */
static bool lock_view(struct rewriting *r, const struct sql_query *query, uint32_t number)
{
    struct sql_query *inside = query->tables[number - 1]->query;
    for (uint32_t i = 0; i < query->row_mark_count; i++)
        if (query->row_marks[i].table == number && inside &&
            !analyze_lock_view(r->a, inside, &query->row_marks[i]))
            return false;
    return true;
}

static bool rewrite_table(struct rewriting *r, struct sql_query *query, uint32_t number)
{
    struct sql_table *table = query->tables[number - 1];
    if (table->kind != SQL_TABLE_RELATION)
        return true;
    if (table->relation_kind == SQL_RELATION_VIEW) {
        const struct sql_relation *view = sql_find_relation_id(r->a->session, table->relation);
        /* A view that is changed has INSTEAD OF triggers, which are given its rows. */
        bool changed = number == query->result_table;
        bool takes_rows = query->command == SQL_UPDATE || query->command == SQL_DELETE;
        bool kept = changed ? !takes_rows : !is_used(query, number);
        return kept || !view || view->system ||
               (expand_view(r, table, view) && lock_view(r, query, number));
    }
    if (number == query->result_table && query->command == SQL_UPDATE) {
        /* A system relation's rows are changed like a view's, by who makes them. */
        const struct sql_relation *system = sql_find_relation_id(r->a->session, table->relation);
        if (system && system->system)
            return expand_view(r, table, system);
    }
    return rewrite_security(r->a, query, number);
}

/* A view, or a table's policy, that is needed to know what it is itself. */
static bool fail_recursion(struct rewriting *r, uint32_t id)
{
    const struct sql_relation *relation = sql_find_relation_id(r->a->session, id);
    return sql_fail(r->a->env->error, "42P17",
                    "infinite recursion detected in %s for relation \"" SLICE_FMT "\"",
                    relation->kind == SQL_RELATION_VIEW ? "rules" : "policy",
                    SLICE_ARG(relation->object.name));
}

static bool is_around(const struct rewriting *r, uint32_t relation)
{
    for (const struct around *at = r->around; at; at = at->outer)
        if (at->relation == relation)
            return true;
    return false;
}

static bool rewrite_inside(struct rewriting *r, struct sql_query **query)
{
    uint32_t relation = (*query)->of_relation;
    struct around around = {relation, r->around};
    if (!relation)
        return rewrite_at(r, query);
    if (is_around(r, relation))
        return fail_recursion(r, relation);
    r->around = &around;
    bool fine = rewrite_at(r, query);
    r->around = around.outer;
    return fine;
}

static bool visit_query(struct sql_query *query, void *ctx)
{
    struct rewriting *r = ctx;
    struct sql_query *same = query;
    r->depth++;
    r->failed = r->failed || !rewrite_inside(r, &same);
    r->depth--;
    /* Changes of views are made in place of what was there. */
    if (!r->failed && same != query)
        *query = *same;
    return r->failed;
}

static bool visit_expr(struct sql_expr *expr, void *ctx)
{
    struct rewriting *r = ctx;
    return r->failed || sql_expr_walk_queries(expr, visit_expr, visit_query, ctx);
}

bool has_instead_trigger(struct analysis *a, const struct sql_relation *view,
                         enum sql_command command)
{
    for (uint16_t i = 0; i < view->trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(a->session, view->triggers[i]);
        if (trigger && trigger->instead &&
            (command == SQL_INSERT   ? trigger->on_insert
             : command == SQL_UPDATE ? trigger->on_update
                                     : trigger->on_delete))
            return true;
    }
    return false;
}

static bool rewrite_at(struct rewriting *r, struct sql_query **query_at)
{
    /* Rules were applied to the statement itself by who asked for this. */
    if (!analysis_stack_ok(r->a, -1) || (r->depth && !rewrite_rules_inside(r->a, query_at)))
        return false;
    struct sql_query *query = *query_at;
    uint32_t tables = query->table_count;
    for (uint32_t i = 1; i <= tables; i++)
        if (!rewrite_table(r, query, i))
            return false;
    /* Subqueries: those that were there, and those of views and policies. */
    bool walk = query->has_sublinks || query->cte_count || query->has_row_security;
    for (uint32_t i = 0; i < query->table_count && !walk; i++)
        walk = query->tables[i]->kind != SQL_TABLE_RELATION;
    if (walk && sql_query_walk(query, visit_expr, visit_query, r) && r->failed)
        return false;
    return rewrite_defaults(r->a, query) && rewrite_conflict(r->a, query);
}

bool rewrite_query(struct analysis *a, struct sql_query **query)
{
    struct rewriting r = {.a = a};
    return (*query)->command == SQL_UTILITY || rewrite_at(&r, query);
}
