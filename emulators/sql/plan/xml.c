/* XML expressions, and XMLTABLE in FROM. */
#include "emulators/sql/exec/general.h"
#include "emulators/sql/plan/problem.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* All lists behind each other, without their gaps. */
static bool join_lists(struct sql_planner *planner, const struct sql_exprs *const *lists,
                       uint32_t count, struct sql_exprs *out)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += lists[i]->count;
    *out = (struct sql_exprs){arena_array(planner->arena, total + 1u, sizeof *out->items), 0};
    if (!out->items)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < lists[i]->count; k++)
            if (lists[i]->items[k])
                out->items[out->count++] = lists[i]->items[k];
    return true;
}

bool sql_compile_xml(struct sql_compiler *compiler, struct sql_plan_query *query,
                     const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_special *xml = (const void *)expr;
    const struct sql_exprs *lists[] = {&xml->named, &xml->args};
    struct sql_general_xml *body = arena_zalloc(planner->arena, sizeof *body);
    struct sql_exprs values;
    struct sql_call_site *site;
    uint32_t base;
    if (!body || !join_lists(planner, lists, 2, &values))
        return no_memory(planner);
    const struct sql_type **types = arena_array(planner->arena, values.count + 1u, sizeof(*types));
    if (!types)
        return no_memory(planner);
    for (uint32_t i = 0; i < values.count; i++)
        types[i] = sql_plan_type(planner, values.items[i]->type);
    if (!sql_compile_args(compiler, query, &values, &base) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, expr->type), 0, &site))
        return false;
    body->general.evaluate = sql_eval_xml;
    body->site = site;
    body->operation = (struct sql_xml_operation){.op = xml->op,
                                                 .options = xml->options,
                                                 .name = xml->name,
                                                 .names = xml->names,
                                                 .types = types,
                                                 .named_count = xml->named.count,
                                                 .arg_count = xml->args.count};
    return sql_emit_general(compiler, &body->general, expr->type, base, 0, values.count, want, out);
}

static bool plan_columns(struct sql_plan_query *query, const struct sql_table *table,
                         struct sql_node_xml_table *scan)
{
    struct sql_planner *planner = query->planner;
    scan->types = arena_array(planner->arena, table->column_count + 1u, sizeof(*scan->types));
    scan->defaults = arena_array(planner->arena, table->column_count + 1u, sizeof(*scan->defaults));
    if (!scan->types || !scan->defaults)
        return no_memory(planner);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct sql_expr *otherwise = table->special->defaults.items[i];
        scan->types[i] = sql_plan_type(planner, table->types[i]);
        scan->defaults[i] = NULL;
        if (otherwise && !sql_compile_expr(query, otherwise, &scan->defaults[i]))
            return false;
    }
    return true;
}

enum { XML_TABLE_ROWS = 100 };

bool sql_plan_xml_table(struct sql_plan_query *query, uint32_t number, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_plan_table *table = &query->tables[number - 1];
    const struct sql_expr_special *xml = table->table->special;
    const struct sql_exprs *lists[] = {&xml->named, &xml->args, &xml->paths};
    struct sql_node_xml_table *scan = sql_plan_node(planner, SQL_NODE_XML_TABLE, sizeof(*scan), 0);
    struct sql_call_site *site;
    struct sql_compiler compiler;
    struct sql_exprs values;
    if (!scan || !join_lists(planner, lists, 3, &values) ||
        !plan_columns(query, table->table, scan))
        return false;
    sql_compiler_begin(&compiler, planner);
    if (!sql_compile_args(&compiler, query, &values, &scan->base) ||
        !sql_compiler_end(&compiler, 0, &scan->values) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, planner->dialect->types_of.xml), 0,
                            &site))
        return false;
    scan->site = site;
    scan->table = table->table;
    scan->columns = table->registers;
    scan->node.rows = XML_TABLE_ROWS;
    scan->node.cost = XML_TABLE_ROWS;
    *out = &scan->node;
    return true;
}
