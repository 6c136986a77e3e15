/* EXPLAIN: one node after the other. What each kind is called and says of itself is in
 * explain_node.c, subqueries and WITH queries in explain_subplan.c. */
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/plan/explain_tree.h"

static bool count_tables(struct sql_expr *expr, void *ctx);

static bool count_query(struct sql_query *query, void *ctx)
{
    *(uint32_t *)ctx += query->table_count;
    return sql_query_walk(query, count_tables, count_query, ctx);
}

static bool count_tables(struct sql_expr *expr, void *ctx)
{
    return sql_expr_walk_queries(expr, count_tables, count_query, ctx);
}

/* ---- costs, and what happened */

static double milliseconds(const struct sql_explainer *e, int64_t ticks, uint64_t loops)
{
    return (double)ticks * e->options->ms_per_tick / (double)loops;
}

static void text_numbers(struct sql_explainer *e, const struct sql_node *node,
                         const struct sql_state *state)
{
    struct sql_bytes *out = e->writer->out;
    if (e->options->costs)
        sql_bytes_printf(out, "  (cost=%.2f..%.2f rows=%.0f width=%u)", node->cost_start,
                         node->cost, node->rows < 1 ? 1 : node->rows, node->width);
    if (!state)
        return;
    double loops = (double)state->loops;
    if (state->loops == 0)
        sql_bytes_add_str(out, " (never executed)");
    else if (e->options->timing)
        sql_bytes_printf(out, " (actual time=%.3f..%.3f rows=%.0f loops=%.0f)",
                         milliseconds(e, state->ticks_first, state->loops),
                         milliseconds(e, state->ticks, state->loops), (double)state->rows / loops,
                         loops);
    else
        sql_bytes_printf(out, " (actual rows=%.0f loops=%.0f)", (double)state->rows / loops, loops);
}

static void group_numbers(struct sql_explainer *e, const struct sql_node *node,
                          const struct sql_state *state)
{
    struct sql_explain_writer *writer = e->writer;
    if (e->options->costs) {
        sql_explain_number(writer, "Startup Cost", NULL, node->cost_start, 2);
        sql_explain_number(writer, "Total Cost", NULL, node->cost, 2);
        sql_explain_number(writer, "Plan Rows", NULL, node->rows < 1 ? 1 : node->rows, 0);
        sql_explain_number(writer, "Plan Width", NULL, node->width, 0);
    }
    if (!state)
        return;
    uint64_t loops = state->loops ? state->loops : 1;
    if (e->options->timing) {
        sql_explain_number(writer, "Actual Startup Time", NULL,
                           milliseconds(e, state->ticks_first, loops), 3);
        sql_explain_number(writer, "Actual Total Time", NULL, milliseconds(e, state->ticks, loops),
                           3);
    }
    sql_explain_number(writer, "Actual Rows", NULL, (double)state->rows / (double)loops, 0);
    sql_explain_number(writer, "Actual Loops", NULL, (double)state->loops, 0);
}

/* Nothing is read from a disk, and no page of shared memory is anybody's. */
static void put_buffers(struct sql_explain_writer *writer)
{
    static const char *const names[] = {
        "Shared Hit Blocks", "Shared Read Blocks", "Shared Dirtied Blocks", "Shared Written Blocks",
        "Local Hit Blocks",  "Local Read Blocks",  "Local Dirtied Blocks",  "Local Written Blocks",
        "Temp Read Blocks",  "Temp Written Blocks"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        sql_explain_number(writer, names[i], NULL, 0, 0);
}

/* ---- the tree */

static bool put_head(struct sql_explainer *e, const struct sql_node *node,
                     const struct sql_explain_place *place)
{
    struct sql_explain_writer *writer = e->writer;
    if (writer->format != SQL_EXPLAIN_TEXT)
        return sql_explain_attributes(e, node, place);
    if (place->name.ptr) {
        sql_explain_spaces(writer);
        sql_bytes_add_slice(writer->out, place->name);
        sql_bytes_add_char(writer->out, '\n');
        writer->indent++;
    }
    if (writer->indent) {
        sql_explain_spaces(writer);
        sql_bytes_add_str(writer->out, "->  ");
        writer->indent += 2;
    }
    return sql_explain_title(e, node, place);
}

static bool put_children(struct sql_explainer *e, const struct sql_node *node)
{
    static const struct sql_explain_place outer = {.relationship = "Outer"},
                                          inner = {.relationship = "Inner"},
                                          member = {.relationship = "Member"},
                                          hash = {.relationship = "Inner", .hash = true},
                                          bitmap = {.relationship = "Outer", .bitmap = true};
    bool several = node->kind == SQL_NODE_APPEND, good = sql_explain_init_plans(e, node);
    if (good && sql_explain_has_bitmap(node))
        good = sql_explain_tree(e, node, &bitmap);
    for (uint32_t i = 0; good && i < node->input_count; i++) {
        if (several && e->run && !sql_append_reads(e->run, node, i))
            continue;
        bool hashed = node->kind == SQL_NODE_HASH_JOIN && i == 1;
        good = sql_explain_tree(e, node->inputs[i],
                                several  ? &member
                                : hashed ? &hash
                                : i == 0 ? &outer
                                         : &inner);
    }
    return good && sql_explain_sub_plans(e, node);
}

bool sql_explain_tree(struct sql_explainer *e, const struct sql_node *node,
                      const struct sql_explain_place *place)
{
    struct sql_explain_writer *writer = e->writer;
    const struct sql_state *state =
        e->options->analyze && e->run ? sql_node_state(e->run, node) : NULL;
    uint32_t indent = writer->indent;
    bool text = writer->format == SQL_EXPLAIN_TEXT, outer, plans = false, good;
    sql_explain_open(writer, "Plan", place->relationship ? NULL : "Plan", true, &outer);
    good = put_head(e, node, place);
    if (text) {
        text_numbers(e, node, state);
        sql_bytes_add_char(writer->out, '\n');
        writer->indent++;
    } else {
        group_numbers(e, node, state);
    }
    good = good && (place->hash     ? true
                    : place->bitmap ? sql_explain_bitmap_details(e, node)
                                    : sql_explain_details(e, node, state));
    if (e->options->buffers && !text)
        put_buffers(writer);
    bool children = !place->bitmap && (place->hash || sql_explain_has_children(e, node));
    if (children)
        sql_explain_open(writer, "Plans", "Plans", false, &plans);
    if (place->hash) {
        static const struct sql_explain_place below = {.relationship = "Outer"};
        good = good && sql_explain_tree(e, node, &below);
    } else if (!place->bitmap) {
        good = good && put_children(e, node);
    }
    if (children)
        sql_explain_close(writer, "Plans", false, plans);
    writer->indent = text ? indent : writer->indent;
    sql_explain_close(writer, "Plan", true, outer);
    return good && fiber_stack_left() > 32768;
}

bool sql_explain(struct sql_env *env, const struct sql_plan *plan, struct sql_run *run,
                 const struct sql_explain_options *options, struct sql_explain_writer *out)
{
    static const struct sql_explain_place top = {0};
    struct sql_explainer e = {env, plan, run, options, out};
    uint32_t tables = 0;
    count_query((struct sql_query *)(uintptr_t)plan->query, &tables);
    e.several = tables > 1;
    e.prefix = e.several || options->verbose;
    return sql_explain_name_subplans(&e) && sql_explain_tree(&e, plan->root, &top) &&
           (!out->out->failed || sql_fail_memory(env->error));
}
