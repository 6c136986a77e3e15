/* WITH queries: planned when the first reader asks; a spool holds their rows for all readers. One that
 * is read once, and is nothing but a SELECT, is planned in its reader's place. */
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"
#include "emulators/sql/plan/register_set.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* Data-modifying ones run to their end even when nobody reads them. */
static bool plan_modifying(struct sql_plan_query *query, struct sql_plan_cte *cte);

bool sql_plan_ctes(struct sql_plan_query *query)
{
    struct sql_planner *planner = query->planner;
    uint32_t count = query->query->cte_count;
    if (count == 0)
        return true;
    query->ctes = arena_zalloc(planner->arena, count * sizeof(*query->ctes));
    if (!query->ctes)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++) {
        query->ctes[i].cte = query->query->ctes[i];
        query->ctes[i].spool = planner->plan->spool_count++;
    }
    for (uint32_t i = 0; i < count; i++)
        if (query->ctes[i].cte->query->command != SQL_SELECT &&
            !plan_modifying(query, &query->ctes[i]))
            return false;
    return true;
}

static bool cte_columns(struct sql_planner *planner, struct sql_plan_cte *cte)
{
    uint32_t count = cte->cte->column_count;
    cte->columns = arena_array(planner->arena, count, sizeof(*cte->columns));
    if (!cte->columns)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++)
        if (!sql_plan_register(planner, sql_plan_type(planner, cte->cte->types[i]),
                               &cte->columns[i]))
            return false;
    return true;
}

static bool plan_plain(struct sql_plan_query *query, struct sql_plan_cte *cte)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = cte->cte->query;
    const struct sql_target *targets =
        source->command == SQL_SELECT ? source->targets : source->returning;
    uint32_t count = source->command == SQL_SELECT ? source->target_count : source->returning_count;
    struct sql_plan_query *inner;
    if (!sql_plan_query_create(planner, query, source, &inner) ||
        !sql_plan_query_build(inner, true, &cte->node))
        return false;
    cte->columns = arena_array(planner->arena, count, sizeof(*cte->columns));
    if (!cte->columns)
        return no_memory(planner);
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!targets[i].hidden)
            cte->columns[at++] = inner->target_registers[i];
    return true;
}

static bool plan_recursive(struct sql_plan_query *query, struct sql_plan_cte *cte)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_query *inner;
    cte->work_table = true;
    cte->work_spool = planner->plan->spool_count++;
    if (!sql_plan_register(planner, NULL, &cte->work_reg) || !cte_columns(planner, cte) ||
        !sql_plan_query_create(planner, query, cte->cte->query, &inner) ||
        !sql_plan_recursive(inner, cte, &cte->node))
        return false;
    cte->work_table = false;
    return true;
}

static bool plan_cte(struct sql_plan_query *query, struct sql_plan_cte *cte)
{
    bool recursive = cte->cte->recursive && cte->cte->query->set_op;
    cte->planned = true;
    return (recursive ? plan_recursive(query, cte) : plan_plain(query, cte)) &&
           sql_tree_outside(query->planner, cte->node, &cte->outside);
}

static bool plan_modifying(struct sql_plan_query *query, struct sql_plan_cte *cte)
{
    struct sql_planner *planner = query->planner;
    cte->planned = true;
    if (!plan_plain(query, cte))
        return false;
    /* Its scan, which fills the spool, is what is run to the end. */
    struct sql_node_spool_scan *scan =
        sql_plan_node(planner, SQL_NODE_SPOOL_SCAN, sizeof(*scan), 0);
    struct sql_node **item = sql_vector_add(planner->arena, &planner->auxiliary, sizeof(*item));
    if (!scan || !item)
        return no_memory(planner);
    scan->spool = cte->spool;
    scan->source = cte->node;
    *item = &scan->node;
    return sql_plan_cte_saves(planner, cte, scan);
}

bool sql_plan_cte_saves(struct sql_planner *planner, const struct sql_plan_cte *cte,
                        struct sql_node_spool_scan *scan)
{
    const struct sql_query *source = cte->cte->query;
    const struct sql_target *targets =
        source->command == SQL_SELECT ? source->targets : source->returning;
    uint32_t count = source->command == SQL_SELECT ? source->target_count : source->returning_count;
    uint32_t at = 0;
    scan->saves.items = arena_array(planner->arena, count, sizeof(*scan->saves.items));
    if (!scan->saves.items)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].hidden)
            continue;
        const struct sql_type *type = sql_plan_type(planner, targets[i].expr->type);
        scan->saves.items[at] = (struct sql_saved){cte->columns[at], type && type->by_value};
        at++;
    }
    scan->saves.count = at;
    return true;
}

static struct sql_plan_cte *find_cte(struct sql_plan_query *query, const struct sql_table *table,
                                     struct sql_plan_query **out_query)
{
    for (uint32_t up = table->cte_up; up && query; up--)
        query = query->parent;
    *out_query = query;
    for (uint32_t i = query ? query->query->cte_count : 0; i-- > 0;)
        if (slice_eq(query->ctes[i].cte->name, table->cte))
            return &query->ctes[i];
    return NULL;
}

/* In its reader's place: the query becomes a subquery there. */
static bool plan_inline(struct sql_plan_query *home, struct sql_plan_cte *cte,
                        struct sql_plan_table *table, struct sql_node **out)
{
    struct sql_planner *planner = home->planner;
    struct sql_plan_query *inner;
    const struct sql_query *source = cte->cte->query;
    if (!sql_plan_query_create(planner, home, source, &inner) ||
        !sql_plan_query_build(inner, true, out))
        return false;
    uint32_t at = 0;
    for (uint32_t i = 0; i < source->target_count; i++)
        if (!source->targets[i].hidden)
            table->registers[at++] = inner->target_registers[i];
    cte->inlined = true;
    return true;
}

static bool can_inline(const struct sql_plan_cte *cte)
{
    return cte->cte->query->command == SQL_SELECT && !cte->cte->recursive && !cte->planned &&
           cte->cte->query->row_mark_count == 0 &&
           (cte->cte->materialize == SQL_CTE_INLINED ||
            (cte->cte->materialize == SQL_CTE_DEFAULT && cte->cte->references <= 1));
}

bool sql_plan_cte_scan(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_table *table = &query->tables[number - 1];
    struct sql_plan_query *home;
    struct sql_plan_cte *cte = find_cte(query, table->table, &home);
    if (!cte)
        return sql_fail(planner->env->error, "XX000", "could not find CTE \"" SLICE_FMT "\"",
                        SLICE_ARG(table->table->cte));
    if (can_inline(cte))
        return plan_inline(home, cte, table, out);
    if (!cte->planned && !plan_cte(home, cte))
        return false;
    struct sql_node_spool_scan *scan =
        sql_plan_node(planner, SQL_NODE_SPOOL_SCAN, sizeof(*scan), 0);
    uint32_t reg;
    if (!scan)
        return false;
    for (uint32_t i = 0; i < table->table->column_count; i++)
        if (!sql_plan_column(query, number, (int32_t)i + 1, &reg))
            return false;
    scan->table = table->table;
    scan->columns = table->registers;
    scan->column_count = table->table->column_count;
    *out = &scan->node;
    if (cte->work_table) { /* the recursive reference: it reads what the last step gave */
        scan->spool = cte->work_spool;
        scan->work_reg = cte->work_reg;
        scan->node.rows = 10;
        return true;
    }
    scan->spool = cte->spool;
    scan->source = cte->node;
    scan->outside = cte->outside;
    scan->node.rows = cte->node->rows;
    scan->node.cost = cte->node->cost;
    return sql_plan_cte_saves(planner, cte, scan);
}

bool sql_plan_with_top(struct sql_plan_query *query, struct sql_node **node)
{
    struct sql_planner *planner = query->planner;
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->query->cte_count; i++)
        count += query->ctes[i].node != NULL && query->ctes[i].cte->query->command == SQL_SELECT;
    if (count == 0 || !query->parent) /* the outermost query never begins anew */
        return true;
    struct sql_node_result *top = sql_plan_node(planner, SQL_NODE_RESULT, sizeof(*top), 1);
    if (!top || !(top->withs = arena_alloc(planner->arena, count * sizeof(*top->withs))))
        return no_memory(planner);
    for (uint32_t i = 0; i < query->query->cte_count; i++) {
        const struct sql_plan_cte *cte = &query->ctes[i];
        if (cte->node && cte->cte->query->command == SQL_SELECT)
            top->withs[top->with_count++] = (struct sql_with_source){cte->spool, cte->node};
    }
    top->node.inputs[0] = *node;
    top->node.rows = (*node)->rows;
    top->node.cost = (*node)->cost;
    *node = &top->node;
    return true;
}
