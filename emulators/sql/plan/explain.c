/* EXPLAIN: the plan's tree as text. */
#include <inttypes.h>

#include "emulators/sql/exec/run.h"
#include "emulators/sql/plan/modify.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/value/bytes.h"

struct explainer {
    struct sql_env *env;
    const struct sql_plan *plan;
    const struct sql_run *run;
    const struct sql_explain_options *options;
    struct sql_bytes *out;
};

static void indent(struct explainer *e, uint32_t depth)
{
    if (depth == 0)
        return;
    for (uint32_t i = 1; i < depth; i++)
        sql_bytes_add_str(e->out, "      ");
    sql_bytes_add_str(e->out, "  ->  ");
}

static const char *join_words(enum sql_join_method_kind join)
{
    switch (join) {
    case SQL_JOIN_NODE_LEFT: return " Left";
    case SQL_JOIN_NODE_RIGHT: return " Right";
    case SQL_JOIN_NODE_FULL: return " Full";
    case SQL_JOIN_NODE_SEMI: return " Semi";
    case SQL_JOIN_NODE_ANTI: return " Anti";
    default: return "";
    }
}

static void table_name(struct explainer *e, const struct sql_relation *relation,
                       const struct sql_table *table)
{
    sql_bytes_add_str(e->out, " on ");
    sql_bytes_add_slice(e->out, relation->object.name);
    struct slice name = table->alias.ptr ? table->alias : table->name;
    if (name.len && !slice_eq(name, relation->object.name)) {
        sql_bytes_add_char(e->out, ' ');
        sql_bytes_add_slice(e->out, name);
    }
}

static void describe_join(struct explainer *e, const struct sql_node_join *join)
{
    bool hash = join->node.kind == SQL_NODE_HASH_JOIN;
    const char *words = join_words(join->join);
    sql_bytes_add_str(e->out, hash ? "Hash" : "Nested Loop");
    sql_bytes_add_str(e->out, words);
    if (hash || *words)
        sql_bytes_add_str(e->out, " Join");
}

static void describe_modify(struct explainer *e, const struct sql_node_modify *node)
{
    static const char *const names[] = {[SQL_INSERT] = "Insert",
                                        [SQL_UPDATE] = "Update",
                                        [SQL_DELETE] = "Delete",
                                        [SQL_MERGE] = "Merge"};
    sql_bytes_add_str(e->out, names[node->command]);
    table_name(e, node->relation, node->table);
}

static void describe(struct explainer *e, const struct sql_node *node)
{
    const struct sql_node_scan *scan = (const void *)node;
    const struct sql_node_index_scan *index = (const void *)node;
    const struct sql_node_aggregate *aggregate = (const void *)node;
    const struct sql_table *table = NULL;
    switch (node->kind) {
    case SQL_NODE_SEQ_SCAN:
    case SQL_NODE_SYSTEM_SCAN:
    case SQL_NODE_ROW_SCAN:
    case SQL_NODE_SAMPLE_SCAN:
        sql_bytes_add_str(e->out, sql_node_ops[node->kind]->name);
        table_name(e, scan->relation, scan->table);
        return;
    case SQL_NODE_INDEX_SCAN:
        sql_bytes_add_str(e->out,
                          index->backward ? "Index Scan Backward using " : "Index Scan using ");
        sql_bytes_add_slice(e->out, index->index_keys->index->object.name);
        table_name(e, scan->relation, scan->table);
        return;
    case SQL_NODE_NEST_LOOP:
    case SQL_NODE_HASH_JOIN: describe_join(e, (const void *)node); return;
    case SQL_NODE_AGGREGATE:
        sql_bytes_add_str(e->out, aggregate->sets              ? "MixedAggregate"
                                  : aggregate->keys.count == 0 ? "Aggregate"
                                                               : "HashAggregate");
        return;
    case SQL_NODE_DISTINCT:
        sql_bytes_add_str(e->out, ((const struct sql_node_distinct *)(const void *)node)->sorted
                                      ? "Unique"
                                      : "HashAggregate");
        return;
    case SQL_NODE_MODIFY: describe_modify(e, (const void *)node); return;
    case SQL_NODE_FUNCTION_SCAN:
        table = ((const struct sql_node_function_scan *)(const void *)node)->table;
        break;
    case SQL_NODE_SPOOL_SCAN:
        table = ((const struct sql_node_spool_scan *)(const void *)node)->table;
        break;
    case SQL_NODE_VALUES_SCAN: sql_bytes_add_str(e->out, "Values Scan on \"*VALUES*\""); return;
    default: break;
    }
    sql_bytes_add_str(e->out, sql_node_ops[node->kind]->name);
    if (table) {
        sql_bytes_add_str(e->out, " on ");
        sql_bytes_add_slice(e->out, table->name);
    }
}

static void costs(struct explainer *e, const struct sql_node *node)
{
    if (e->options->costs)
        sql_bytes_printf(e->out, "  (cost=%.2f..%.2f rows=%.0f width=%u)", node->cost_start,
                         node->cost, node->rows < 1 ? 1 : node->rows, node->width);
    if (!e->options->analyze || !e->run)
        return;
    const struct sql_state *state = sql_node_state(e->run, node);
    if (state->loops == 0)
        sql_bytes_add_str(e->out, " (never executed)");
    else if (e->options->timing)
        sql_bytes_printf(e->out, " (actual time=0.000..0.000 rows=%" PRIu64 " loops=%" PRIu64 ")",
                         state->rows / state->loops, state->loops);
    else
        sql_bytes_printf(e->out, " (actual rows=%" PRIu64 " loops=%" PRIu64 ")",
                         state->rows / state->loops, state->loops);
}

static void explain_node(struct explainer *e, const struct sql_node *node, uint32_t depth)
{
    indent(e, depth);
    describe(e, node);
    costs(e, node);
    sql_bytes_add_char(e->out, '\n');
    for (uint32_t i = 0; i < node->input_count; i++)
        explain_node(e, node->inputs[i], depth + 1);
}

bool sql_explain(struct sql_env *env, const struct sql_plan *plan, const struct sql_run *run,
                 const struct sql_explain_options *options, struct sql_bytes *out)
{
    struct explainer explainer = {env, plan, run, options, out};
    if (options->format != SQL_EXPLAIN_TEXT)
        return sql_fail(env->error, "0A000", "EXPLAIN in this format is not supported");
    explain_node(&explainer, plan->root, 0);
    if (out->len && out->ptr[out->len - 1] == '\n')
        out->len--;
    return !out->failed || sql_fail_memory(env->error);
}
