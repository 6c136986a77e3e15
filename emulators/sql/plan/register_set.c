#include "emulators/sql/plan/register_set.h"

#include "emulators/sql/exec/prune.h"
#include "emulators/sql/exec/scan.h"

bool sql_register_set_init(struct sql_planner *planner, struct sql_register_set *set)
{
    set->count = planner->registers.count / 64 + 1;
    set->words = arena_zalloc(planner->arena, set->count * sizeof(uint64_t));
    return set->words || sql_fail_memory(planner->env->error);
}

static void add_reads(struct sql_register_set *set, const struct sql_program *program)
{
    for (uint32_t i = 0; program && i < program->read_count; i++)
        sql_register_set_add(set, program->reads[i]);
}

static void add_keys(struct sql_register_set *set, const struct sql_keys *keys)
{
    for (uint32_t i = 0; i < keys->count; i++)
        sql_register_set_add(set, keys->items[i].reg);
}

static void add_saves(struct sql_register_set *set, const struct sql_saves *saves)
{
    for (uint32_t i = 0; i < saves->count; i++)
        sql_register_set_add(set, saves->items[i].reg);
}

static void add_call(struct sql_register_set *set, const struct sql_aggregate_call *call)
{
    add_reads(set, call->args);
    add_reads(set, call->filter);
    add_reads(set, call->direct);
}

static void read_result(const struct sql_node *base, struct sql_register_set *set)
{
    add_reads(set, ((const struct sql_node_result *)(const void *)base)->once);
}

static void read_index(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_index_scan *node = (const void *)base;
    for (uint32_t i = 0; i < node->key_count; i++)
        add_reads(set, node->keys[i].program);
}

static void read_row(const struct sql_node *base, struct sql_register_set *set)
{
    add_reads(set, ((const struct sql_node_row_scan *)(const void *)base)->row_id);
}

static void read_sample(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_sample_scan *node = (const void *)base;
    add_reads(set, node->percent);
    add_reads(set, node->seed);
}

static void read_system(const struct sql_node *base, struct sql_register_set *set)
{
    add_reads(set, ((const struct sql_node_system_scan *)(const void *)base)->key);
}

static void read_function(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_function_scan *node = (const void *)base;
    for (uint32_t i = 0; i < node->function_count; i++) {
        add_reads(set, node->functions[i].args);
        add_reads(set, node->functions[i].value);
    }
}

static void read_xml_table(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_xml_table *node = (const void *)base;
    add_reads(set, node->values);
    for (uint32_t i = 0; i < node->table->column_count; i++)
        add_reads(set, node->defaults[i]);
}

static void read_json_table(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_json_table *node = (const void *)base;
    add_reads(set, node->values);
    for (uint32_t i = 0; i < node->table->column_count; i++)
        add_reads(set, node->programs[i]);
}

static void read_values(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_values_scan *node = (const void *)base;
    for (uint32_t i = 0; i < node->row_count; i++)
        add_reads(set, node->rows[i]);
}

static void read_spool(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_spool_scan *node = (const void *)base;
    if (!node->source && !node->transition)
        sql_register_set_add(set, node->work_reg);
    for (uint32_t i = 0; i < node->outside.count; i++)
        sql_register_set_add(set, node->outside.registers[i]);
}

static void read_join(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_join *node = (const void *)base;
    add_reads(set, node->on);
    add_reads(set, node->outer_program);
    add_reads(set, node->inner_program);
}

static void read_sort(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_sort *node = (const void *)base;
    add_keys(set, &node->keys);
    add_reads(set, node->limit);
}

static void read_aggregate(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_aggregate *node = (const void *)base;
    add_keys(set, &node->keys);
    for (uint32_t i = 0; i < node->call_count; i++)
        add_call(set, &node->calls[i]);
}

static void read_window(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_window *node = (const void *)base;
    add_keys(set, &node->partition);
    add_keys(set, &node->order);
    add_reads(set, node->start_offset);
    add_reads(set, node->end_offset);
    for (uint32_t i = 0; i < node->call_count; i++) {
        add_reads(set, node->calls[i].args);
        add_reads(set, node->calls[i].filter);
        if (node->calls[i].aggregate)
            add_call(set, node->calls[i].aggregate);
    }
}

static void read_distinct(const struct sql_node *base, struct sql_register_set *set)
{
    add_keys(set, &((const struct sql_node_distinct *)(const void *)base)->keys);
}

static void read_set_op(const struct sql_node *base, struct sql_register_set *set)
{
    add_keys(set, &((const struct sql_node_set_op *)(const void *)base)->keys);
}

static void read_limit(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_limit *node = (const void *)base;
    add_reads(set, node->limit);
    add_reads(set, node->offset);
    add_keys(set, &node->ties);
}

static void read_append(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_append *node = (const void *)base;
    for (uint32_t i = 0; node->prune && i < node->prune->value_count; i++)
        add_reads(set, node->prune->values[i].program);
}

static void read_recursive(const struct sql_node *base, struct sql_register_set *set)
{
    add_saves(set, &((const struct sql_node_recursive *)(const void *)base)->saves);
}

static void read_project_set(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_project_set *node = (const void *)base;
    for (uint32_t i = 0; i < node->set_count; i++)
        add_reads(set, node->sets[i].args);
}

static void read_lock(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_lock_rows *node = (const void *)base;
    for (uint32_t i = 0; i < node->mark_count; i++)
        for (uint32_t h = 0; h < SQL_HANDLE_COUNT; h++)
            sql_register_set_add(set, node->marks[i].row_reg + h);
    add_reads(set, node->recheck);
}

static void (*const readers[SQL_NODE_KIND_COUNT])(const struct sql_node *,
                                                  struct sql_register_set *) = {
    [SQL_NODE_RESULT] = read_result,
    [SQL_NODE_INDEX_SCAN] = read_index,
    [SQL_NODE_ROW_SCAN] = read_row,
    [SQL_NODE_SAMPLE_SCAN] = read_sample,
    [SQL_NODE_SYSTEM_SCAN] = read_system,
    [SQL_NODE_FUNCTION_SCAN] = read_function,
    [SQL_NODE_JSON_TABLE] = read_json_table,
    [SQL_NODE_XML_TABLE] = read_xml_table,
    [SQL_NODE_VALUES_SCAN] = read_values,
    [SQL_NODE_SPOOL_SCAN] = read_spool,
    [SQL_NODE_NEST_LOOP] = read_join,
    [SQL_NODE_HASH_JOIN] = read_join,
    [SQL_NODE_SORT] = read_sort,
    [SQL_NODE_AGGREGATE] = read_aggregate,
    [SQL_NODE_WINDOW] = read_window,
    [SQL_NODE_DISTINCT] = read_distinct,
    [SQL_NODE_SET_OP] = read_set_op,
    [SQL_NODE_LIMIT] = read_limit,
    [SQL_NODE_APPEND] = read_append,
    [SQL_NODE_RECURSIVE] = read_recursive,
    [SQL_NODE_PROJECT_SET] = read_project_set,
    [SQL_NODE_LOCK_ROWS] = read_lock,
    [SQL_NODE_MODIFY] = sql_modify_reads,
};

void sql_node_reads(const struct sql_node *node, struct sql_register_set *set)
{
    add_reads(set, node->filter);
    add_reads(set, node->project);
    if (readers[node->kind])
        readers[node->kind](node, set);
}

/* ---- what is loaded */

static void define_table(const struct sql_plan_table *table, struct sql_register_set *set)
{
    for (uint32_t i = 0; i < table->table->column_count; i++)
        sql_register_set_add(set, table->registers[i]);
    for (int i = 0; i < 8; i++)
        sql_register_set_add(set, table->system[i]);
    sql_register_set_add(set, table->whole_row);
    for (uint32_t i = 0; table->row_reg != SQL_NO_REGISTER && i < SQL_HANDLE_COUNT; i++)
        sql_register_set_add(set, table->row_reg + i);
}

/* A subquery's own plan may be a scan, which is the subquery's as a whole then. */
static void define_scan(const struct sql_node *base, struct sql_register_set *set)
{
    define_table(((const struct sql_node_scan *)(const void *)base)->source, set);
}

static void define_values(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_values_scan *node = (const void *)base;
    for (uint32_t r = 0; r < node->row_count; r++)
        for (uint32_t i = 0; i < node->rows[r]->count; i++)
            sql_register_set_add(set, node->rows[r]->ops[i].dst);
}

static void define_aggregate(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_aggregate *node = (const void *)base;
    for (uint32_t i = 0; i < node->call_count; i++)
        sql_register_set_add(set, node->calls[i].result);
    for (uint32_t i = 0; i < node->grouping_count; i++)
        sql_register_set_add(set, node->groupings[i].result);
    add_keys(set, &node->keys);
}

static void define_window(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_window *node = (const void *)base;
    for (uint32_t i = 0; i < node->call_count; i++)
        sql_register_set_add(set, node->calls[i].result);
}

static void define_project_set(const struct sql_node *base, struct sql_register_set *set)
{
    const struct sql_node_project_set *node = (const void *)base;
    for (uint32_t i = 0; i < node->set_count; i++)
        sql_register_set_add(set, node->sets[i].result);
}

static void define_recursive(const struct sql_node *base, struct sql_register_set *set)
{
    sql_register_set_add(set, ((const struct sql_node_recursive *)(const void *)base)->work_reg);
}

static void (*const definers[SQL_NODE_KIND_COUNT])(const struct sql_node *,
                                                   struct sql_register_set *) = {
    [SQL_NODE_SEQ_SCAN] = define_scan,           [SQL_NODE_INDEX_SCAN] = define_scan,
    [SQL_NODE_ROW_SCAN] = define_scan,           [SQL_NODE_SYSTEM_SCAN] = define_scan,
    [SQL_NODE_SAMPLE_SCAN] = define_scan,        [SQL_NODE_VALUES_SCAN] = define_values,
    [SQL_NODE_AGGREGATE] = define_aggregate,     [SQL_NODE_WINDOW] = define_window,
    [SQL_NODE_PROJECT_SET] = define_project_set, [SQL_NODE_RECURSIVE] = define_recursive,
    [SQL_NODE_MODIFY] = sql_modify_defines,
};

void sql_node_defines(const struct sql_node *node, struct sql_register_set *set)
{
    for (uint32_t i = 0; node->project && i < node->project->count; i++)
        sql_register_set_add(set, node->project->ops[i].dst);
    if (node->whole)
        define_table(node->whole, set);
    if (definers[node->kind])
        definers[node->kind](node, set);
}

void sql_tree_reads(const struct sql_node *node, struct sql_register_set *set)
{
    sql_node_reads(node, set);
    for (uint32_t i = 0; i < node->input_count; i++)
        sql_tree_reads(node->inputs[i], set);
}

void sql_tree_defines(const struct sql_node *node, struct sql_register_set *set)
{
    sql_node_defines(node, set);
    for (uint32_t i = 0; i < node->input_count; i++)
        sql_tree_defines(node->inputs[i], set);
}

bool sql_tree_outside(struct sql_planner *planner, const struct sql_node *node,
                      struct sql_outside *out)
{
    struct sql_register_set reads, defines;
    if (!sql_register_set_init(planner, &reads) || !sql_register_set_init(planner, &defines))
        return false;
    sql_tree_reads(node, &reads);
    sql_tree_defines(node, &defines);
    uint32_t count = 0;
    for (uint32_t w = 0; w < reads.count; w++)
        count += (uint32_t)__builtin_popcountll(reads.words[w] & ~defines.words[w]);
    *out = (struct sql_outside){arena_array(planner->arena, count + 1u, sizeof(uint32_t)), 0};
    if (!out->registers)
        return sql_fail_memory(planner->env->error);
    for (uint32_t w = 0; w < reads.count; w++)
        for (uint64_t bits = reads.words[w] & ~defines.words[w]; bits; bits &= bits - 1)
            out->registers[out->count++] = w * 64 + (uint32_t)__builtin_ctzll(bits);
    return true;
}
