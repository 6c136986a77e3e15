/* ON CONFLICT: the unique indexes that what was written means. */
#include "emulators/sql/analyze/imply.h"
#include "emulators/sql/analyze/rewrite.h"

/* The index' key as expressions over table `number`. */
static struct sql_expr *key_expression(struct analysis *a, const struct sql_relation *relation,
                                       const struct sql_index *index, uint32_t number, uint16_t at)
{
    uint32_t expression = 0;
    for (uint16_t i = 0; i < at; i++)
        expression += index->columns[i] == 0;
    if (index->columns[at] == 0)
        return shift_table(a, index->expressions.items[expression], number);
    struct sql_expr_column *column = (void *)make_expr(
        a, SQL_EXPR_COLUMN, sizeof *column, relation->columns[index->columns[at] - 1].type, -1);
    if (!column)
        return NULL;
    const struct sql_column *of = &relation->columns[index->columns[at] - 1];
    column->expr.typmod = of->typmod;
    column->expr.collation = of->collation;
    column->table = number;
    column->column = index->columns[at];
    return &column->expr;
}

static bool has_expression(const struct sql_exprs *list, const struct sql_expr *expr)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (sql_expr_equal(list->items[i], expr))
            return true;
    return false;
}

static bool has_keys(struct analysis *a, const struct sql_relation *relation,
                     const struct sql_index *index, const struct sql_on_conflict *clause,
                     uint32_t number)
{
    struct sql_exprs keys = {analysis_alloc(a, sizeof(void *) * (index->key_count + 1U)), 0};
    if (!keys.items || !index->unique || !index->valid || !index->immediate)
        return false;
    for (uint16_t i = 0; i < index->key_count; i++) {
        struct sql_expr *key = key_expression(a, relation, index, number, i);
        if (!key || !has_expression(&clause->arbiter, key))
            return false;
        keys.items[keys.count++] = key;
    }
    for (uint32_t i = 0; i < clause->arbiter.count; i++)
        if (!has_expression(&keys, clause->arbiter.items[i]))
            return false;
    return true;
}

/* Does the index' predicate follow from the clause's WHERE? */
static bool has_predicate(struct analysis *a, const struct sql_index *index,
                          struct sql_on_conflict *clause, uint32_t number, bool *out)
{
    struct param_needs needs = {clause->needs, clause->need_count, clause->index_count};
    *out = !index->where;
    if (!index->where || !clause->arbiter_where)
        return true;
    struct sql_expr *predicate = shift_table(a, index->where, number);
    if (!predicate || !condition_implies(a, clause->arbiter_where, predicate, &needs, out))
        return false;
    clause->needs = needs.items;
    clause->need_count = needs.count;
    return true;
}

static bool add_index(struct analysis *a, struct sql_on_conflict *clause, uint32_t id)
{
    if (!analysis_grow(a, &clause->indexes, clause->index_count, sizeof *clause->indexes))
        return false;
    clause->indexes[clause->index_count++] = id;
    return true;
}

static bool by_constraint(struct analysis *a, struct sql_on_conflict *clause)
{
    const struct sql_constraint *constraint = sql_find_constraint(a->session, clause->constraint);
    if (!constraint || !constraint->index)
        return sql_fail(a->env->error, "42809",
                        "constraint in ON CONFLICT clause has no associated index");
    if (clause->update && constraint->kind == SQL_CONSTRAINT_EXCLUSION)
        return sql_fail(a->env->error, "42809",
                        "ON CONFLICT DO UPDATE not supported with exclusion constraints");
    if (constraint->deferrable)
        return sql_fail(a->env->error, "55000",
                        "ON CONFLICT does not support deferrable unique constraints/exclusion "
                        "constraints as arbiters");
    return add_index(a, clause, constraint->index);
}

bool rewrite_conflict(struct analysis *a, struct sql_query *query)
{
    struct sql_on_conflict *clause = query->on_conflict;
    if (!clause || clause->index_count)
        return true;
    if (clause->constraint)
        return by_constraint(a, clause);
    if (clause->arbiter.count == 0)
        return true; /* DO NOTHING, whatever it is */
    const struct sql_relation *relation =
        sql_find_relation_id(a->session, query->tables[query->result_table - 1]->relation);
    for (uint16_t i = 0; relation && i < relation->index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(a->session, relation->indexes[i]);
        bool holds;
        if (!index || !index->index ||
            !has_keys(a, relation, index->index, clause, query->result_table))
            continue;
        if (!has_predicate(a, index->index, clause, query->result_table, &holds) ||
            (holds && !add_index(a, clause, index->object.id)))
            return false;
    }
    return clause->index_count > 0 || sql_fail(a->env->error, "42P10", SQL_NO_ARBITER);
}
