/* Keys of system relations: one equality that the generator of the rows looks after. */
#include "emulators/sql/catalog/system.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/plan/problem.h"

static bool key_for(const struct sql_system_relation *system, int32_t column)
{
    for (int i = 0; i < SQL_SYSTEM_KEYS_MAX && system->keys[i]; i++)
        if (system->keys[i] == column)
            return true;
    return false;
}

static const struct sql_expr_call *equality(const struct sql_planner *planner,
                                            const struct sql_plan_qual *qual)
{
    const struct sql_expr_call *call = (const void *)qual->expr;
    if (qual->expr->kind != SQL_EXPR_FUNCTION || call->args.count != 2 || qual->used ||
        qual->is_volatile || qual->sub_columns)
        return NULL;
    const struct sql_operator *op = sql_find_operator_id(planner->session, call->op);
    return op && op->btree == SQL_EQ ? call : NULL;
}

/* Is the value loaded before the relation is read, and of the column's kind? */
static bool value_fits(const struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                       const struct sql_leaf_set *available, struct sql_plan_query *query,
                       const struct sql_expr *value, uint32_t column_type)
{
    struct sql_leaf_set reads = {{0}};
    bool is_volatile = false;
    sql_problem_reads(query, value, &reads, &is_volatile);
    if (is_volatile || !sql_leaf_within(&reads, available) ||
        sql_leaf_overlap(&reads, &rel->leaves))
        return false;
    const struct sql_type *want = sql_plan_type(problem->planner, column_type);
    const struct sql_type *have = sql_plan_type(problem->planner, value->type);
    return want && have && want->by_value == have->by_value &&
           (want->by_value || want == have || (want->category == 'S' && have->category == 'S'));
}

bool sql_plan_system_key(const struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                         const struct sql_leaf_set *available, struct sql_plan_system_key *out)
{
    const struct sql_relation *relation = rel->query->tables[rel->table - 1].relation;
    const struct sql_plan_qual *quals = problem->quals.items;
    for (uint32_t i = 0; relation->system && i < problem->quals.count; i++) {
        const struct sql_expr_call *call = equality(problem->planner, &quals[i]);
        for (int side = 0; call && side < 2; side++) {
            struct sql_plan_query *owner;
            const struct sql_expr_column *column;
            const struct sql_expr *value = call->args.items[!side];
            if (!sql_plan_base_column(quals[i].query, call->args.items[side], &owner, &column) ||
                owner != rel->query || column->table != rel->table ||
                !key_for(relation->system, column->column) ||
                !value_fits(problem, rel, available, quals[i].query, value,
                            relation->columns[column->column - 1].type))
                continue;
            *out = (struct sql_plan_system_key){column->column, quals[i].query, value};
            return true;
        }
    }
    return false;
}
