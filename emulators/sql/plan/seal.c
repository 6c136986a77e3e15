/* The end of planning: what each node must give, where its state is, which columns are loaded. */
#include "emulators/sql/catalog/row_shape.h"
#include "emulators/sql/exec/run.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"
#include "emulators/sql/plan/register_set.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

uint32_t sql_plan_row_type(struct sql_planner *planner, const struct sql_table *table,
                           uint32_t type)
{
    const struct sql_type *own = sql_plan_type(planner, type);
    if (!own || own->kind != SQL_TYPE_PSEUDO)
        return type;
    struct sql_row_column *columns =
        arena_array(planner->arena, table->column_count + 1, sizeof(*columns));
    if (!columns)
        return type;
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->column_count; i++)
        if (!table->dropped || !table->dropped[i])
            columns[count++] =
                (struct sql_row_column){table->columns[i], table->types[i], table->typmods[i]};
    struct sql_instance *instance = planner->session->instance;
    uint32_t shape = sql_row_shape_intern(&instance->row_shapes, instance->heap, columns, count);
    return shape ? shape : type;
}

/* ---- whole rows: computed where the table is read, so that an outer join can make them NULL */

bool sql_plan_whole_row(struct sql_planner *planner, struct sql_plan_query *query,
                        struct sql_plan_table *table, const struct sql_program **out)
{
    const struct sql_table *source = table->table;
    const struct sql_type *type = sql_plan_info(planner, table->whole_row)->type;
    struct sql_expr_row *row = arena_zalloc(planner->arena, sizeof(*row));
    struct sql_expr_column *parts =
        arena_zalloc(planner->arena, source->column_count * sizeof(*parts));
    struct sql_expr **items = arena_array(planner->arena, source->column_count, sizeof(*items));
    if (!row || !parts || !items)
        return no_memory(planner);
    for (uint32_t i = 0; i < source->column_count; i++) {
        if (source->dropped && source->dropped[i])
            continue;
        parts[i].expr = (struct sql_expr){SQL_EXPR_COLUMN, source->types[i], source->typmods[i],
                                          source->collations[i], -1};
        parts[i].table = (uint32_t)(table - query->tables) + 1;
        parts[i].column = (int32_t)i + 1;
        items[row->args.count++] = &parts[i].expr;
    }
    row->args.items = items;
    row->expr =
        (struct sql_expr){SQL_EXPR_ROW, sql_plan_row_type(planner, source, type->id), -1, 0, -1};
    struct sql_compiler compiler;
    uint32_t reg;
    struct sql_vector hidden = query->computed;
    query->computed = (struct sql_vector){0};
    sql_compiler_begin(&compiler, planner);
    bool good = sql_compile(&compiler, query, &row->expr, table->whole_row, &reg) &&
                sql_compiler_end(&compiler, reg, out);
    query->computed = hidden;
    return good;
}

static bool reads(const struct sql_program *program, uint32_t reg)
{
    for (uint32_t i = 0; program && i < program->read_count; i++)
        if (program->reads[i] == reg)
            return true;
    return false;
}

bool sql_compile_bare(struct sql_plan_query *query, const struct sql_expr *expr,
                      const struct sql_program **out)
{
    const struct sql_program *whole;
    if (!sql_compile_expr(query, expr, out))
        return false;
    for (uint32_t i = 0; i < query->query->table_count; i++) {
        struct sql_plan_table *table = &query->tables[i];
        if (table->whole_row != SQL_NO_REGISTER && reads(*out, table->whole_row) &&
            !(sql_plan_whole_row(query->planner, query, table, &whole) &&
              sql_plan_join_programs(query->planner, whole, *out, out)))
            return false;
    }
    return true;
}

/* Behind what the node itself computes of the table's columns. */
static uint32_t place_of_row(const struct sql_program *program, const struct sql_plan_table *table)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < program->count; i++)
        for (uint32_t c = 0; c < table->table->column_count; c++)
            if (table->registers[c] != SQL_NO_REGISTER &&
                program->ops[i].dst == table->registers[c])
                at = i + 1;
    return sql_plan_program_gap(program, at);
}

/* The row is made before the first program of the node that looks at it. */
static bool add_whole_row(struct sql_planner *planner, struct sql_node *node)
{
    const struct sql_program *program;
    if (!node->whole || node->whole->whole_row == SQL_NO_REGISTER)
        return true;
    if (!sql_plan_whole_row(planner, node->whole_query, node->whole, &program))
        return false;
    if (reads(node->filter, node->whole->whole_row))
        return sql_plan_join_programs(planner, program, node->filter, &node->filter);
    if (node->project)
        return sql_plan_insert_program(planner, node->project,
                                       place_of_row(node->project, node->whole), program,
                                       &node->project);
    return sql_plan_project(planner, node, program);
}

static bool add_whole_rows(struct sql_planner *planner, struct sql_node *node)
{
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!add_whole_rows(planner, node->inputs[i]))
            return false;
    if (node->kind == SQL_NODE_MODIFY && !sql_plan_modify_rows(planner, node))
        return false;
    return add_whole_row(planner, node);
}

/* ---- scans */

static bool load_column(struct sql_planner *planner, struct sql_node_scan *scan, int32_t column,
                        uint32_t reg)
{
    if (column > 0 && scan->map)
        column = scan->map[column - 1];
    scan->columns[scan->column_count++] = (struct sql_scan_column){column, reg};
    if (column > 0 && scan->node.kind != SQL_NODE_SYSTEM_SCAN)
        sql_plan_info(planner, reg)->stable = true;
    return true;
}

static bool is_scan(enum sql_node_kind kind)
{
    return kind == SQL_NODE_SEQ_SCAN || kind == SQL_NODE_INDEX_SCAN || kind == SQL_NODE_ROW_SCAN ||
           kind == SQL_NODE_SYSTEM_SCAN || kind == SQL_NODE_SAMPLE_SCAN;
}

static bool fill_scan(struct sql_planner *planner, struct sql_node_scan *scan,
                      const struct sql_register_set *needed)
{
    const struct sql_plan_table *table = scan->source;
    uint32_t count = table->table->column_count;
    scan->columns = arena_array(planner->arena, count + 8, sizeof(*scan->columns));
    if (!scan->columns)
        return no_memory(planner);
    scan->row_reg = table->row_reg;
    for (uint32_t i = 0; i < count; i++)
        if (table->registers[i] != SQL_NO_REGISTER &&
            sql_register_set_has(needed, table->registers[i]))
            load_column(planner, scan, (int32_t)i + 1, table->registers[i]);
    for (int32_t i = 0; i < 8; i++)
        if (table->system[i] != SQL_NO_REGISTER && sql_register_set_has(needed, table->system[i]))
            load_column(planner, scan, -i - 1, table->system[i]);
    return true;
}

/* ---- top down: who needs what */

struct sealer {
    struct sql_planner *planner;
    size_t state_size;
    struct sql_register_set all_defined; /* by any node: the others are constants and parameters */
};

static bool saves_of(struct sql_planner *planner, const struct sql_register_set *wanted,
                     const struct sql_register_set *have, struct sql_saves *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < wanted->count; i++)
        count += (uint32_t)__builtin_popcountll(wanted->words[i] & have->words[i]);
    out->items = arena_array(planner->arena, count, sizeof(*out->items));
    out->count = 0;
    if (!out->items)
        return no_memory(planner);
    for (uint32_t w = 0; w < wanted->count; w++)
        for (uint64_t bits = wanted->words[w] & have->words[w]; bits; bits &= bits - 1) {
            uint32_t reg = w * 64 + (uint32_t)__builtin_ctzll(bits);
            const struct sql_register_info *info = sql_plan_info(planner, reg);
            if (reg == 0)
                continue;
            out->items[out->count++] =
                (struct sql_saved){reg, !info->type || info->type->by_value || info->stable};
        }
    return true;
}

static bool any_outside(const struct sealer *sealer, const struct sql_register_set *reads,
                        const struct sql_register_set *defines)
{
    for (uint32_t i = 0; i < reads->count; i++)
        if (reads->words[i] & ~defines->words[i] & sealer->all_defined.words[i])
            return true;
    return false;
}

/* Keys, and what of the input is read above: of each group's first row. */
static bool keep_for_groups(struct sealer *sealer, struct sql_node_aggregate *node,
                            const struct sql_register_set *needed)
{
    struct sql_planner *planner = sealer->planner;
    struct sql_register_set upper, below;
    if (!sql_register_set_init(planner, &upper) || !sql_register_set_init(planner, &below))
        return false;
    sql_register_set_join(&upper, needed);
    for (int p = 0; p < 2; p++) {
        const struct sql_program *program = p ? node->node.project : node->node.filter;
        for (uint32_t i = 0; program && i < program->read_count; i++)
            sql_register_set_add(&upper, program->reads[i]);
    }
    for (uint32_t c = 0; c < node->call_count; c++)
        for (uint32_t i = 0; node->calls[c].direct && i < node->calls[c].direct->read_count; i++)
            sql_register_set_add(&upper, node->calls[c].direct->reads[i]);
    for (uint32_t i = 0; i < node->keys.count; i++)
        sql_register_set_add(&upper, node->keys.items[i].reg);
    sql_tree_defines(node->node.inputs[0], &below);
    return saves_of(planner, &upper, &below, &node->kept);
}

/* The states of an append's inputs, which follow one another, are cleared only when they are needed. */
static bool add_pruned(struct sql_planner *planner, struct sql_node_append *node, size_t end)
{
    if (!node->prune)
        return true;
    const struct sql_node_append **item =
        sql_vector_add(planner->arena, &planner->pruned, sizeof(*item));
    if (!item)
        return no_memory(planner);
    *item = node;
    node->states_begin = node->node.inputs[0]->state_offset;
    node->states_end = end;
    return true;
}

static bool seal_node(struct sealer *sealer, struct sql_node *node,
                      const struct sql_register_set *needed)
{
    struct sql_planner *planner = sealer->planner;
    struct sql_register_set reads, defines, below;
    if (!sql_register_set_init(planner, &reads) || !sql_register_set_init(planner, &defines) ||
        !sql_register_set_init(planner, &below))
        return false;
    node->state_offset = sealer->state_size;
    sealer->state_size += (sql_node_ops[node->kind]->state_size + 15) & ~(size_t)15;
    sql_node_reads(node, &below);
    sql_register_set_join(&below, needed);
    if (is_scan(node->kind) && !fill_scan(planner, (void *)node, &below))
        return false;
    for (uint32_t i = 0; i < node->input_count; i++) {
        struct sql_register_set wanted;
        if (!sql_register_set_init(planner, &wanted))
            return false;
        sql_register_set_join(&wanted, &below);
        for (uint32_t other = 0; other < node->input_count; other++)
            if (other != i && node->kind != SQL_NODE_APPEND)
                sql_tree_reads(node->inputs[other], &wanted);
        if (!seal_node(sealer, node->inputs[i], &wanted))
            return false;
    }
    if (node->kind == SQL_NODE_APPEND && !add_pruned(planner, (void *)node, sealer->state_size))
        return false;
    sql_tree_reads(node, &reads);
    sql_tree_defines(node, &defines);
    node->outer = any_outside(sealer, &reads, &defines);
    if (node->kind == SQL_NODE_MODIFY && !sql_plan_modify_columns(planner, node))
        return false;
    if (node->kind == SQL_NODE_LOCK_ROWS && !sql_plan_lock_columns(planner, node))
        return false;
    if (node->kind == SQL_NODE_AGGREGATE && !keep_for_groups(sealer, (void *)node, needed))
        return false;
    /* Filter and projection of the node above a buffer are its own; outputs are for those above. INTERSECT and EXCEPT
     * alone keep their outputs themselves, for a filter and projection that come later. */
    bool keeps = node->kind == SQL_NODE_SET_OP;
    return saves_of(planner, keeps ? &below : needed, &defines, &node->outputs);
}

/* ---- roots */

struct root {
    struct sql_node *node;
    const uint32_t *registers; /* wanted of it */
    uint32_t count;
    const struct sql_saves *saves;
};

static bool add_root(struct sql_planner *planner, struct sql_vector *roots, struct root root)
{
    const struct root *items = roots->items;
    for (uint32_t i = 0; i < roots->count; i++)
        if (items[i].node == root.node)
            return true;
    struct root *item = sql_vector_add(planner->arena, roots, sizeof(*item));
    if (!item)
        return no_memory(planner);
    *item = root;
    return true;
}

/* Sources of spools are run by whoever reads first: trees of their own. */
static bool gather_sources(struct sql_planner *planner, struct sql_node *node,
                           struct sql_vector *roots)
{
    struct sql_plan *plan = planner->plan;
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!gather_sources(planner, node->inputs[i], roots))
            return false;
    struct sql_node_spool_scan *scan = (void *)node;
    if (node->kind != SQL_NODE_SPOOL_SCAN || !scan->source || plan->spool_sources[scan->spool])
        return true;
    plan->spool_sources[scan->spool] = scan->source;
    return add_root(planner, roots, (struct root){.node = scan->source, .saves = &scan->saves}) &&
           gather_sources(planner, scan->source, roots);
}

static bool gather_roots(struct sql_planner *planner, struct sql_vector *roots)
{
    struct sql_plan *plan = planner->plan;
    plan->spool_sources =
        arena_zalloc(planner->arena, (plan->spool_count + 1) * sizeof(*plan->spool_sources));
    if (!plan->spool_sources)
        return no_memory(planner);
    if (plan->root &&
        !add_root(planner, roots,
                  (struct root){
                      .node = plan->root, .registers = plan->outputs, .count = plan->column_count}))
        return false;
    struct sql_subplan **subplans = planner->subplans.items;
    for (uint32_t i = 0; i < planner->subplans.count; i++)
        if (subplans[i]->root && !add_root(planner, roots,
                                           (struct root){.node = subplans[i]->root,
                                                         .registers = subplans[i]->columns,
                                                         .count = subplans[i]->column_count}))
            return false;
    struct sql_node **auxiliary = planner->auxiliary.items;
    for (uint32_t i = 0; i < planner->auxiliary.count; i++)
        if (!add_root(planner, roots, (struct root){.node = auxiliary[i]}))
            return false;
    for (uint32_t i = 0; i < roots->count; i++)
        if (!gather_sources(planner, ((struct root *)roots->items)[i].node, roots))
            return false;
    return true;
}

static bool seal_root(struct sealer *sealer, const struct root *root)
{
    struct sql_register_set needed;
    if (!sql_register_set_init(sealer->planner, &needed))
        return false;
    for (uint32_t i = 0; i < root->count; i++)
        sql_register_set_add(&needed, root->registers[i]);
    for (uint32_t i = 0; root->saves && i < root->saves->count; i++)
        sql_register_set_add(&needed, root->saves->items[i].reg);
    return seal_node(sealer, root->node, &needed);
}

/* Whole rows may ask for further columns, and subplans for whole rows of others. */
static bool seal_trees(struct sql_planner *planner)
{
    struct sql_vector roots = {0};
    struct sealer sealer = {.planner = planner};
    if (!gather_roots(planner, &roots))
        return false;
    const struct root *items = roots.items;
    for (uint32_t i = 0; i < roots.count; i++)
        if (!add_whole_rows(planner, items[i].node))
            return false;
    if (!sql_register_set_init(planner, &sealer.all_defined))
        return false;
    for (uint32_t i = 0; i < roots.count; i++)
        sql_tree_defines(items[i].node, &sealer.all_defined);
    for (uint32_t i = 0; i < roots.count; i++)
        if (!seal_root(&sealer, &items[i]))
            return false;
    planner->plan->state_size = sealer.state_size;
    return true;
}

bool sql_plan_seal(struct sql_planner *planner, struct sql_plan **out)
{
    struct sql_plan *plan = planner->plan;
    if (!seal_trees(planner))
        return false;
    plan->registers = planner->registers.items;
    plan->register_count = planner->registers.count;
    plan->params = planner->parameters.items;
    plan->param_count = planner->parameters.count;
    plan->sizes = planner->sizes.items;
    plan->size_count = planner->sizes.count;
    plan->sites = planner->sites.items;
    plan->site_count = planner->sites.count;
    plan->subplans = planner->subplans.items;
    plan->subplan_count = planner->subplans.count;
    plan->checks = planner->checks.items;
    plan->check_count = planner->checks.count;
    plan->aggregates = planner->aggregates.items;
    plan->aggregate_count = planner->aggregates.count;
    plan->allowed = arena_zalloc(planner->arena, sizeof(*plan->allowed));
    if (!plan->allowed)
        return no_memory(planner);
    plan->pruned = planner->pruned.items;
    plan->pruned_count = planner->pruned.count;
    plan->locks = planner->locks.items;
    plan->lock_count = planner->locks.count;
    plan->auxiliary = planner->auxiliary.items;
    plan->auxiliary_count = planner->auxiliary.count;
    plan->outputs_adjacent = plan->column_count > 0;
    for (uint32_t i = 0; i < plan->column_count; i++)
        plan->outputs_adjacent &= plan->outputs[i] == plan->outputs[0] + i;
    *out = plan;
    return true;
}
