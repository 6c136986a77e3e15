/* One rule applied to one query.
 *
 * An action has OLD and NEW as its tables 1 and 2. It becomes a query of its own by taking over where
 * the original's rows come from: the original's result table takes the place of OLD, its other tables
 * are appended, and NEW's columns become what the original stores in them. */
#include "emulators/sql/analyze/rewrite.h"

enum { OLD_TABLE = 1, NEW_TABLE = 2 };

struct sql_query *rule_source(struct sql_query *query)
{
    bool inserts = query->command == SQL_INSERT && query->from_count == 1 &&
                   query->from[0]->kind == SQL_FROM_TABLE;
    struct sql_table *table = inserts ? query->tables[query->from[0]->table - 1] : NULL;
    return table && table->kind == SQL_TABLE_SUBQUERY ? table->query : query;
}

/* ---- the original's tables get other numbers */

struct renumbering {
    struct arena *arena;
    uint32_t result, shift;
};

static uint32_t new_number(const struct renumbering *r, uint32_t number)
{
    return number == r->result ? OLD_TABLE : number + r->shift;
}

static struct sql_expr *renumber_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct renumbering *r = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up != depth || !column->table)
        return NULL;
    struct sql_expr_column *moved = arena_alloc(r->arena, sizeof *moved);
    if (!moved)
        return NULL;
    *moved = *column;
    moved->table = new_number(r, column->table);
    return &moved->expr;
}

static void renumber_from(const struct renumbering *r, struct sql_from *from)
{
    if (from->table)
        from->table = new_number(r, from->table);
    if (from->kind == SQL_FROM_TABLE)
        return;
    renumber_from(r, from->left);
    renumber_from(r, from->right);
}

static struct sql_query *renumber(struct analysis *a, const struct sql_query *original,
                                  uint32_t shift)
{
    struct renumbering r = {a->env->arena, original->result_table, shift};
    struct sql_query *moved = sql_query_change(a->env->arena, original, renumber_column, &r);
    for (uint32_t i = 0; moved && i < moved->from_count; i++)
        renumber_from(&r, moved->from[i]);
    if (!moved)
        sql_fail_memory(a->env->error);
    return moved;
}

/* ---- NEW becomes the values */

struct replacing {
    struct analysis *a;
    const struct sql_relation *relation;
    const struct sql_target *targets;
    uint32_t count;
    uint32_t old_table, new_table; /* old_table 0: columns without a value are NULL */
    uint32_t depth;                /* of what is being put in */
    bool multi;                    /* a value comes from SET (a, b) = (SELECT ...) */
};

static struct sql_expr *deepen(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct replacing *r = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up < depth)
        return NULL;
    struct sql_expr_column *deeper = arena_alloc(r->a->env->arena, sizeof *deeper);
    if (!deeper)
        return NULL;
    *deeper = *column;
    deeper->up += r->depth;
    return &deeper->expr;
}

static struct sql_expr *value_of(struct replacing *r, const struct sql_expr_column *like,
                                 int32_t number, uint32_t depth)
{
    const struct sql_column *column = &r->relation->columns[number - 1];
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->targets[i].column != (uint32_t)number)
            continue;
        const struct sql_expr_sublink *link = (const void *)r->targets[i].expr;
        r->multi |= link->expr.kind == SQL_EXPR_SUBLINK && link->sublink_kind == SQL_SUBLINK_MULTI;
        r->depth = depth;
        return sql_expr_change(r->a->env->arena, r->targets[i].expr, deepen, r);
    }
    if (!r->old_table)
        return make_const(r->a, column->type, column->typmod, datum_null(), -1);
    struct sql_expr_column *old = arena_alloc(r->a->env->arena, sizeof *old);
    if (!old)
        return NULL;
    *old = *like;
    old->expr.type = column->type;
    old->expr.typmod = column->typmod;
    old->expr.collation = column->collation;
    old->table = r->old_table;
    old->column = number;
    return &old->expr;
}

static struct sql_expr *row_value(struct replacing *r, const struct sql_expr_column *like,
                                  uint32_t depth)
{
    struct sql_expr_row *row =
        (void *)make_expr(r->a, SQL_EXPR_ROW, sizeof *row, like->expr.type, like->expr.location);
    if (!row)
        return NULL;
    row->args.items = analysis_alloc(r->a, sizeof(void *) * (r->relation->column_count + 1U));
    for (uint16_t i = 0; row->args.items && i < r->relation->column_count; i++)
        if (!r->relation->columns[i].dropped)
            row->args.items[row->args.count++] = value_of(r, like, i + 1, depth);
    return row->args.items ? &row->expr : NULL;
}

static struct sql_expr *replace_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    struct replacing *r = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up != depth || column->table != r->new_table ||
        column->column < 0)
        return NULL;
    return column->column == 0 ? row_value(r, column, depth)
                               : value_of(r, column, column->column, depth);
}

static bool check_replaced(const struct replacing *r, const void *result)
{
    struct sql_error *error = r->a->env->error;
    if (r->multi)
        return sql_fail(error, "0A000",
                        "NEW variables in ON UPDATE rules cannot reference columns that are part "
                        "of a multiple assignment in the subject UPDATE command");
    return result || sql_fail_memory(error);
}

static struct replacing replacing_of(struct analysis *a, const struct sql_query *original,
                                     const struct sql_rule *rule, uint32_t old_table)
{
    return (struct replacing){
        .a = a,
        .relation = sql_find_relation_id(a->session, rule->relation),
        .targets = original->targets,
        .count = original->command == SQL_DELETE ? 0 : original->target_count,
        .old_table = original->command == SQL_INSERT ? 0 : old_table,
        .new_table = NEW_TABLE,
    };
}

/* ---- the action takes the original's place */

static void check_as_owner(struct sql_query *query, uint32_t owner)
{
    for (uint32_t i = 0; i < query->table_count; i++) {
        if (query->tables[i]->kind == SQL_TABLE_RELATION)
            query->tables[i]->check_as = owner;
        if (query->tables[i]->kind == SQL_TABLE_SUBQUERY)
            check_as_owner(query->tables[i]->query, owner);
    }
}

/* The number n of the original is n + shift here, but its result table, which is OLD. */
static bool take_tables(struct analysis *a, struct sql_query *source,
                        const struct sql_query *original)
{
    uint32_t count = source->table_count + original->table_count;
    struct sql_table **tables = analysis_alloc(a, sizeof *tables * (count + 1));
    struct sql_table *unused = analysis_alloc(a, sizeof *unused);
    if (!tables || !unused)
        return false;
    memcpy(tables, source->tables, sizeof *tables * source->table_count);
    memcpy(tables + source->table_count, original->tables, sizeof *tables * original->table_count);
    struct sql_table **result = &tables[source->table_count + original->result_table - 1];
    *unused = **result;
    unused->privileges = 0;
    unused->in_from = false;
    tables[OLD_TABLE - 1] = *result;
    *result = unused;
    source->tables = tables;
    source->table_count = count;
    return true;
}

static bool reads_old(const struct sql_query *source)
{
    for (uint32_t i = 0; i < source->from_count; i++)
        if (source->from[i]->kind == SQL_FROM_TABLE && source->from[i]->table == OLD_TABLE)
            return true;
    return false;
}

/* Does the condition (NULL: no) read the table OLD? */
static struct sql_expr *note_old(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind == SQL_EXPR_COLUMN && column->up == depth && column->table == OLD_TABLE)
        *(bool *)ctx = true;
    return NULL;
}

static bool condition_reads_old(const struct sql_expr *condition)
{
    struct arena scratch;
    bool reads = false;
    arena_init(&scratch);
    if (condition)
        (void)sql_expr_change(&scratch, condition, note_old, &reads);
    arena_done(&scratch);
    return reads;
}

/* An action that has nothing to do with the rows of the result table is run once for each of them only
 * when one of the conditions looks at them; else it is run once. */
static bool take_from(struct analysis *a, struct sql_query *source,
                      const struct sql_query *original, const struct sql_rule *rule)
{
    bool adds_old = original->command != SQL_INSERT && !reads_old(source) &&
                    (condition_reads_old(original->where) || condition_reads_old(rule->where));
    struct sql_from **from =
        analysis_alloc(a, sizeof *from * (source->from_count + original->from_count + 2));
    struct sql_from *old = analysis_alloc(a, sizeof *old);
    uint32_t count = 0;
    if (!from || !old)
        return false;
    *old = (struct sql_from){.kind = SQL_FROM_TABLE, .table = OLD_TABLE};
    for (uint32_t i = 0; i < original->from_count; i++)
        from[count++] = original->from[i];
    if (adds_old)
        from[count++] = old;
    for (uint32_t i = 0; i < source->from_count; i++)
        from[count++] = source->from[i];
    source->from = from;
    source->from_count = count;
    return true;
}

static bool take_ctes(struct analysis *a, struct sql_query *source,
                      const struct sql_query *original)
{
    if (!original->cte_count)
        return true;
    if (original->has_modifying_cte)
        return sql_fail(a->env->error, "0A000",
                        "INSERT ... SELECT rule actions are not supported for queries having "
                        "data-modifying statements in WITH");
    struct sql_cte **ctes =
        analysis_alloc(a, sizeof *ctes * (source->cte_count + original->cte_count));
    if (!ctes)
        return false;
    for (uint32_t i = 0; i < original->cte_count; i++) {
        ctes[i] = original->ctes[i];
        for (uint32_t k = 0; k < source->cte_count; k++)
            if (slice_eq(source->ctes[k]->name, ctes[i]->name))
                return sql_fail(a->env->error, "42P12",
                                "WITH query name \"" SLICE_FMT
                                "\" appears in both a rule action and the query being rewritten",
                                SLICE_ARG(ctes[i]->name));
    }
    if (source->cte_count)
        memcpy(ctes + original->cte_count, source->ctes, sizeof *ctes * source->cte_count);
    source->ctes = ctes;
    source->cte_count += original->cte_count;
    source->recursive |= original->recursive;
    return true;
}

/* The query's condition comes before the rule's. */
static bool take_conditions(struct analysis *a, struct sql_query *source,
                            const struct sql_query *original, const struct sql_rule *rule)
{
    struct sql_expr *where =
        rule->where ? sql_expr_copy(a->env->arena, rule->where, NULL, NULL) : NULL;
    source->has_sublinks |= original->has_sublinks || where;
    return (!where || add_condition(a, source, where)) &&
           (!original->where || add_condition(a, source, original->where));
}

/* RETURNING of the original, over what the action's RETURNING gives. */
static bool take_returning(struct analysis *a, struct sql_query *query,
                           const struct sql_query *original, struct replacing *r, bool *returned)
{
    struct sql_target *own = query->returning;
    uint32_t own_count = query->returning_count;
    query->returning = NULL;
    query->returning_count = 0;
    if (!own_count || !original->returning_count)
        return true;
    struct sql_target *numbered = analysis_alloc(a, sizeof *numbered * own_count);
    struct sql_target *made = analysis_alloc(a, sizeof *made * original->returning_count);
    if (!numbered || !made)
        return false;
    uint32_t at = 0;
    for (uint16_t i = 0; i < r->relation->column_count && at < own_count; i++) {
        if (r->relation->columns[i].dropped)
            continue;
        numbered[at] = own[at];
        numbered[at++].column = i + 1U;
    }
    struct replacing by_returning = *r;
    by_returning.targets = numbered;
    by_returning.count = at;
    by_returning.new_table = OLD_TABLE;
    for (uint32_t i = 0; i < original->returning_count; i++) {
        made[i] = original->returning[i];
        made[i].expr = sql_expr_change(a->env->arena, made[i].expr, replace_column, &by_returning);
        if (!check_replaced(&by_returning, made[i].expr))
            return false;
    }
    query->returning = made;
    query->returning_count = original->returning_count;
    *returned = true;
    return true;
}

bool make_rule_product(struct analysis *a, const struct sql_query *original,
                       const struct sql_rule *rule, const struct sql_query *action,
                       struct sql_query **out, bool *returned)
{
    struct sql_query *query = sql_query_copy(a->env->arena, action);
    if (!query)
        return sql_fail_memory(a->env->error);
    check_as_owner(query, sql_find_relation_id(a->session, rule->relation)->object.owner);
    struct sql_query *source = rule_source(query);
    const struct sql_query *moved = renumber(a, original, source->table_count);
    if (!moved || !take_tables(a, source, moved) || !take_from(a, source, moved, rule) ||
        !take_ctes(a, source, moved) || !take_conditions(a, source, moved, rule))
        return false;
    struct replacing r = replacing_of(a, moved, rule, OLD_TABLE);
    struct sql_query *changed = sql_query_change(a->env->arena, source, replace_column, &r);
    if (!check_replaced(&r, changed))
        return false;
    if (source == query)
        query = changed;
    else
        *source = *changed;
    *out = query;
    return take_returning(a, query, moved, &r, returned);
}

/* ---- the rest of the original */

struct old_to_result {
    struct arena *arena;
    uint32_t result;
};

static struct sql_expr *old_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct old_to_result *to = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up != depth || column->table != OLD_TABLE)
        return NULL;
    struct sql_expr_column *moved = arena_alloc(to->arena, sizeof *moved);
    if (!moved)
        return NULL;
    *moved = *column;
    moved->table = to->result;
    return &moved->expr;
}

bool exclude_rule_rows(struct analysis *a, struct sql_query *query,
                       const struct sql_query *original, const struct sql_rule *rule)
{
    struct replacing r = replacing_of(a, original, rule, OLD_TABLE);
    struct old_to_result to = {a->env->arena, original->result_table};
    /* NEW first becomes a number that no table has: its values may be of any table. */
    uint32_t none = original->table_count + 3;
    struct renumbering away = {a->env->arena, OLD_TABLE, none - NEW_TABLE};
    struct sql_expr *where = sql_expr_change(a->env->arena, rule->where, renumber_column, &away);
    if (where)
        where = sql_expr_change(a->env->arena, where, old_column, &to);
    r.new_table = none;
    r.old_table = original->command == SQL_INSERT ? 0 : original->result_table;
    if (where)
        where = sql_expr_change(a->env->arena, where, replace_column, &r);
    if (!check_replaced(&r, where))
        return false;
    struct sql_expr_test *test =
        (void *)make_expr(a, SQL_EXPR_BOOL_TEST, sizeof *test, a->known->boolean, -1);
    if (!test)
        return false;
    test->arg = where;
    test->negated = true;
    test->test = SQL_IS_TRUE;
    query->has_sublinks = true;
    return add_condition(a, query, &test->expr);
}
