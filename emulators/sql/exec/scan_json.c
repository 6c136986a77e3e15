/* JSON_TABLE: what a path finds in a document as rows, and in each of them what further paths find. */
#include "emulators/sql/exec/run.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/value/json_query.h"

/* One path of the table. */
struct path_scan {
    struct sql_path path;
    struct arena arena; /* what the path found */
    struct arena item;  /* the current item as a document of its own */
    struct sql_path_values found;
    uint32_t at;  /* items given: also the number of the current one */
    bool current; /* there is one; without it its columns are NULL */
    struct datum value;
};

struct json_table_state {
    struct sql_state state;
    struct arena values; /* of the document and what is passed */
    struct sql_path_options options;
    struct path_scan *scans; /* as many as the table's; in the run's arena */
};

static const struct sql_expr_json_query *json_of(const struct sql_node_json_table *node)
{
    return node->table->json;
}

/* ---- opening */

static bool read_paths(struct sql_run *run, const struct sql_node_json_table *node,
                       struct json_table_state *state)
{
    const struct sql_expr_json_query *json = json_of(node);
    struct sql_call *call = sql_eval_call(run, node->site, run->arena);
    state->scans = arena_zalloc(run->arena, json->scan_count * sizeof *state->scans);
    if (!state->scans)
        return sql_fail_memory(run->env->error);
    for (uint32_t i = 0; i < json->scan_count; i++) {
        const struct sql_expr_const *path = (const void *)json->scans[i].path;
        if (!sql_path_parse(call, datum_slice(path->value), &state->scans[i].path))
            return false;
    }
    return true;
}

/* Lets a path look into a document. */
static bool search(struct sql_run *run, const struct sql_node_json_table *node,
                   const struct json_table_state *state, struct path_scan *scan,
                   struct datum document)
{
    struct sql_jsonb target = sql_jsonb_open(document);
    bool failed;
    arena_reset(&scan->arena);
    scan->at = 0;
    scan->current = false;
    if (!sql_path_run(sql_eval_call(run, node->site, &scan->arena), &scan->path, &target,
                      &state->options, false, &scan->found, &failed))
        return false;
    if (failed)
        scan->found.count = 0;
    return true;
}

static bool open_document(struct sql_run *run, const struct sql_node_json_table *node,
                          struct json_table_state *state)
{
    const struct sql_expr_json_query *json = json_of(node);
    struct sql_call *call = sql_eval_call(run, node->site, &state->values);
    const struct sql_json_passing passing = {json->names, node->passed, json->passing.count};
    struct sql_path_variable *variables;
    if (!state->scans && !read_paths(run, node, state))
        return false;
    arena_reset(&state->values);
    for (uint32_t i = 0; i < json->scan_count; i++) {
        state->scans[i].current = false;
        state->scans[i].at = state->scans[i].found.count = 0;
    }
    if (!sql_program_run(run, node->values, &state->values))
        return false;
    const struct datum *values = &run->regs[node->base];
    if (values[0].null)
        return true;
    call->arena = &state->values;
    if (!sql_json_pass(call, &passing, values + 1, &variables))
        return false;
    state->options = (struct sql_path_options){.passed = variables,
                                               .passed_count = passing.count,
                                               .silent = json->on_error != SQL_JSON_BEHAVIOR_ERROR,
                                               .with_zones = true};
    return search(run, node, state, &state->scans[0], values[0]);
}

/* ---- rows */

static enum sql_next next_row(struct sql_run *run, const struct sql_node_json_table *node,
                              struct json_table_state *state, uint32_t number);

/* The next row that a path inside of this one has; its siblings go on where one has ended. */
static enum sql_next next_nested(struct sql_run *run, const struct sql_node_json_table *node,
                                 struct json_table_state *state, uint32_t number)
{
    const struct sql_expr_json_query *json = json_of(node);
    for (uint32_t i = number + 1; i < json->scan_count; i++) {
        enum sql_next next =
            json->scans[i].parent == number ? next_row(run, node, state, i) : SQL_NEXT_END;
        if (next != SQL_NEXT_END)
            return next;
    }
    return SQL_NEXT_END;
}

/* Goes on to the next item, into which the paths inside look; one that finds nothing there leaves the
 * row alone. */
static enum sql_next next_item(struct sql_run *run, const struct sql_node_json_table *node,
                               struct json_table_state *state, uint32_t number)
{
    const struct sql_expr_json_query *json = json_of(node);
    struct path_scan *scan = &state->scans[number];
    scan->current = scan->at < scan->found.count;
    if (!scan->current)
        return SQL_NEXT_END;
    arena_reset(&scan->item);
    if (!sql_jsonb_make(sql_eval_call(run, node->site, &scan->item), scan->found.items[scan->at++],
                        &scan->value))
        return SQL_NEXT_FAILED;
    for (uint32_t i = number + 1; i < json->scan_count; i++)
        if (json->scans[i].parent == number &&
            !search(run, node, state, &state->scans[i], scan->value))
            return SQL_NEXT_FAILED;
    return next_nested(run, node, state, number) == SQL_NEXT_FAILED ? SQL_NEXT_FAILED
                                                                    : SQL_NEXT_ROW;
}

static enum sql_next next_row(struct sql_run *run, const struct sql_node_json_table *node,
                              struct json_table_state *state, uint32_t number)
{
    if (state->scans[number].current) {
        enum sql_next next = next_nested(run, node, state, number);
        if (next != SQL_NEXT_END)
            return next;
    }
    return next_item(run, node, state, number);
}

/* ---- columns */

static bool load_columns(struct sql_run *run, const struct sql_node_json_table *node,
                         struct json_table_state *state, uint32_t number)
{
    const struct sql_json_path_scan *part = &json_of(node)->scans[number];
    const struct path_scan *scan = &state->scans[number];
    run->regs[node->items + number] = scan->value;
    for (uint32_t i = part->first_column; i < part->first_column + part->column_count; i++) {
        struct datum *out = &run->regs[node->columns[i]];
        const struct sql_program *program = node->programs[i];
        if (!scan->current)
            *out = datum_null();
        else if (!program)
            *out = datum_int(scan->at);
        else if (!sql_program_run(run, program, &state->state.arena))
            return false;
    }
    return true;
}

static enum sql_next json_table_next(struct sql_run *run, const struct sql_node *base_node,
                                     struct sql_state *base)
{
    const struct sql_node_json_table *node = (const void *)base_node;
    struct json_table_state *state = (void *)base;
    if (!base->started) {
        base->started = true;
        if (!open_document(run, node, state))
            return SQL_NEXT_FAILED;
    }
    enum sql_next next = next_row(run, node, state, 0);
    for (uint32_t i = 0; next == SQL_NEXT_ROW && i < json_of(node)->scan_count; i++)
        if (!load_columns(run, node, state, i))
            return SQL_NEXT_FAILED;
    return next;
}

static void json_table_close(struct sql_run *run, const struct sql_node *base_node,
                             struct sql_state *base)
{
    const struct sql_node_json_table *node = (const void *)base_node;
    struct json_table_state *state = (void *)base;
    (void)run;
    for (uint32_t i = 0; state->scans && i < json_of(node)->scan_count; i++) {
        arena_done(&state->scans[i].arena);
        arena_done(&state->scans[i].item);
    }
    arena_done(&state->values);
}

const struct sql_node_ops sql_json_table_ops = {"Table Function Scan",
                                                sizeof(struct json_table_state), json_table_next,
                                                NULL, json_table_close};
