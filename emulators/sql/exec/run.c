#include "emulators/sql/exec/run.h"

#include "common/reactor.h"
#include "common/stopwatch.h"
#include "emulators/sql/exec/modify.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/privilege.h"
#include "emulators/sql/exec/spool.h"
#include "emulators/sql/exec/subplan.h"
#include "emulators/sql/txn/txn.h"

#define PAUSE_FIRST 31 /* rows between two looks whether to go on */
#define PAUSE_MAX   255
#define CHECK_US    200 /* about the time that shall be between them */

/* ---- nodes */

enum sql_next sql_fail_next(struct sql_run *run)
{
    sql_fail_memory(run->env->error);
    return SQL_NEXT_FAILED;
}

/* Rows may take microseconds or milliseconds each: the pause between two looks follows. */
bool sql_run_check_slow(struct sql_run *run)
{
    bool long_ago = run->checked_us && reactor_monotonic_us() - run->checked_us > CHECK_US;
    if (long_ago)
        run->pause /= 2;
    else if (run->pause < PAUSE_MAX)
        run->pause = run->pause * 2 + 1;
    run->ticks = run->pause;
    bool go_on = !run->env->check || run->env->check(run->env);
    run->checked_us = reactor_monotonic_us();
    return go_on;
}

static enum sql_next filtered_next(struct sql_run *run, const struct sql_node *node,
                                   struct sql_state *state)
{
    const struct sql_node_ops *ops = sql_node_ops[node->kind];
    for (;;) {
        if (state->arena.chunks)
            arena_reset(&state->arena);
        if (!sql_run_check(run))
            return SQL_NEXT_FAILED;
        enum sql_next next = ops->next(run, node, state);
        if (next != SQL_NEXT_ROW)
            return next;
        bool passes = true;
        if (node->filter && !sql_program_test(run, node->filter, &state->arena, &passes))
            return SQL_NEXT_FAILED;
        if (!passes) {
            state->removed++;
            continue;
        }
        if (node->project && !sql_program_run(run, node->project, &state->arena))
            return SQL_NEXT_FAILED;
        return SQL_NEXT_ROW;
    }
}

static enum sql_next measured_next(struct sql_run *run, const struct sql_node *node,
                                   struct sql_state *state)
{
    int64_t start = stopwatch_ticks();
    bool first = !state->started;
    enum sql_next next = filtered_next(run, node, state);
    state->ticks += stopwatch_ticks() - start;
    if (first) {
        state->loops++;
        if (state->loops == 1)
            state->ticks_first = state->ticks;
    }
    state->rows += next == SQL_NEXT_ROW;
    return next;
}

enum sql_next sql_node_next(struct sql_run *run, const struct sql_node *node)
{
    struct sql_state *state = sql_node_state(run, node);
    return run->options.instrument ? measured_next(run, node, state)
                                   : filtered_next(run, node, state);
}

void sql_node_restart(struct sql_run *run, const struct sql_node *node)
{
    struct sql_state *state = sql_node_state(run, node);
    const struct sql_node_ops *ops = sql_node_ops[node->kind];
    if (!state->started)
        return;
    state->started = false;
    if (ops->restart)
        ops->restart(run, node, state);
}

void sql_node_close(struct sql_run *run, const struct sql_node *node)
{
    struct sql_state *state = sql_node_state(run, node);
    for (uint32_t i = 0; i < node->input_count; i++)
        if (node->kind != SQL_NODE_APPEND || sql_append_has_state(run, node, i))
            sql_node_close(run, node->inputs[i]);
    if (sql_node_ops[node->kind]->close)
        sql_node_ops[node->kind]->close(run, node, state);
    arena_done(&state->arena);
}

/* ---- runs */

static bool prepare_calls(struct sql_run *run, const struct sql_plan *plan)
{
    run->calls = arena_zalloc(run->arena, plan->site_count * sizeof(*run->calls));
    if (!run->calls)
        return false;
    for (uint32_t i = 0; i < plan->site_count; i++) {
        const struct sql_call_site *site = plan->sites[i];
        run->calls[i] = (struct sql_call){.env = run->env,
                                          .arena = run->arena,
                                          .arg_types = site->arg_types,
                                          .result_type = site->result_type,
                                          .routine = site->routine,
                                          .collation = site->collation,
                                          .argc = site->argc,
                                          .variadic = site->variadic};
    }
    return true;
}

static void load_params(struct sql_run *run, const struct datum *params)
{
    const struct sql_plan *plan = run->plan;
    for (uint32_t i = 0; i < plan->param_count; i++)
        run->regs[plan->params[i].reg] = params[plan->params[i].number];
}

/* Those of partitions that may never be read are cleared when they are, unless EXPLAIN shows them all. */
static void clear_states(struct sql_run *run, const struct sql_plan *plan)
{
    size_t at = 0;
    for (uint32_t i = 0; i < plan->pruned_count && !run->options.instrument; i++) {
        memset(run->states + at, 0, plan->pruned[i]->states_begin - at);
        at = plan->pruned[i]->states_end;
    }
    memset(run->states + at, 0, plan->state_size - at);
}

static bool prepare(struct sql_run *run, const struct sql_plan *plan)
{
    run->regs = arena_array(run->arena, plan->register_count, sizeof(*run->regs));
    run->states = arena_alloc(run->arena, plan->state_size);
    run->spools = arena_zalloc(run->arena, plan->spool_count * sizeof(*run->spools));
    run->subplans = arena_zalloc(run->arena, plan->subplan_count * sizeof(*run->subplans));
    if (!run->regs || !run->states || !run->spools || !run->subplans || !prepare_calls(run, plan))
        return sql_fail_memory(run->env->error);
    clear_states(run, plan);
    if (plan->register_count)
        memcpy(run->regs, plan->registers, plan->register_count * sizeof(*run->regs));
    for (uint32_t i = 0; i < plan->param_count; i++)
        if (plan->params[i].number >= run->options.param_count)
            return sql_fail(run->env->error, "42P02", "there is no parameter $%u",
                            plan->params[i].number + 1);
    load_params(run, run->options.params);
    return true;
}

static bool may_run(struct sql_run *run, const struct sql_plan *plan)
{
    const struct sql_session *session = run->env->session;
    if (!sql_check_privileges(run->env, plan))
        return false;
    if (!plan->modifies)
        return true;
    if (run->options.read_only)
        return sql_fail(run->env->error, "0A000", "%s is not allowed in a non-volatile function",
                        plan->command);
    if (session && session->txn && session->txn->read_only && !plan->temporary_only)
        return sql_fail(run->env->error, "25006", "cannot execute %s in a read-only transaction",
                        plan->command);
    return true;
}

bool sql_run_open(struct sql_env *env, struct arena *arena, const struct sql_plan *plan,
                  const struct sql_run_options *options, struct sql_run **out)
{
    struct sql_run *run = arena_zalloc(arena, sizeof(*run));
    if (!run)
        return sql_fail_memory(env->error);
    run->env = env;
    run->arena = arena;
    run->plan = plan;
    run->ticks = run->pause = PAUSE_FIRST;
    if (options)
        run->options = *options;
    if (!may_run(run, plan) || !prepare(run, plan))
        return false;
    run->snapshot = run->options.snapshot;
    if (!run->snapshot && plan->reads_tables) {
        if (!sql_snapshot_take(env, &run->own_snapshot))
            return false;
        run->snapshot = run->own_snapshot;
    }
    *out = run;
    return true;
}

/* Data-modifying WITH queries that the statement did not read to their end. */
static bool finish_auxiliary(struct sql_run *run)
{
    for (uint32_t i = 0; i < run->plan->auxiliary_count; i++) {
        enum sql_next next;
        while ((next = sql_node_next(run, run->plan->auxiliary[i])) == SQL_NEXT_ROW)
            ;
        if (next == SQL_NEXT_FAILED)
            return false;
    }
    return true;
}

static bool at_end(struct sql_run *run)
{
    run->done = true;
    return finish_auxiliary(run) && sql_modify_finish(run) && sql_txn_check(run->env);
}

static bool give_row(struct sql_run *run, struct sql_sink *sink, struct datum *row)
{
    const struct sql_plan *plan = run->plan;
    if (plan->outputs_adjacent)
        return sink->row(sink, run->env, &run->regs[plan->outputs[0]], plan->column_count);
    for (uint32_t i = 0; i < plan->column_count; i++)
        row[i] = run->regs[plan->outputs[i]];
    return sink->row(sink, run->env, row, plan->column_count);
}

bool sql_run_rows(struct sql_run *run, struct sql_env *env, struct sql_sink *sink, uint64_t max,
                  bool *done)
{
    const struct sql_plan *plan = run->plan;
    run->env = env;
    if (!run->row &&
        !(run->row = arena_array(run->arena, plan->column_count, sizeof(struct datum))))
        return sql_fail_memory(env->error);
    if (!run->begun && !sink->begin(sink, plan->columns, plan->column_count))
        return false;
    run->begun = true;
    for (uint64_t given = 0; !run->done && (max == 0 || given < max); given++) {
        switch (sql_node_next(run, plan->root)) {
        case SQL_NEXT_FAILED: return false;
        case SQL_NEXT_END:
            if (!at_end(run))
                return false;
            break;
        case SQL_NEXT_ROW:
            if (!plan->modifies_root)
                run->count++;
            if (plan->columns && !give_row(run, sink, run->row))
                return false;
            break;
        }
    }
    *done = run->done;
    return true;
}

bool sql_run_feed(struct sql_run *run, struct sql_env *env, const struct datum *params)
{
    const struct sql_node *root = run->plan->root;
    enum sql_next next;
    run->env = env;
    load_params(run, params);
    sql_node_restart(run, root);
    for (uint32_t i = 0; i < root->input_count; i++)
        sql_node_restart(run, root->inputs[i]);
    while ((next = sql_node_next(run, root)) == SQL_NEXT_ROW)
        ;
    return next == SQL_NEXT_END;
}

bool sql_run_finish(struct sql_run *run, struct sql_env *env)
{
    run->env = env;
    return at_end(run);
}

uint64_t sql_run_count(const struct sql_run *run)
{
    return run->count;
}

void sql_run_close(struct sql_run *run)
{
    if (!run || run->closed)
        return;
    run->closed = true;
    if (run->plan->root)
        sql_node_close(run, run->plan->root);
    for (uint32_t i = 0; i < run->plan->subplan_count; i++)
        sql_subplan_close(run, run->plan->subplans[i]);
    for (uint32_t i = 0; i < run->plan->auxiliary_count; i++)
        sql_node_close(run, run->plan->auxiliary[i]);
    for (uint32_t i = 0; i < run->plan->spool_count; i++) {
        if (run->plan->spool_sources[i])
            sql_node_close(run, run->plan->spool_sources[i]);
        if (run->spools[i])
            sql_spool_done(run->spools[i]);
    }
    if (run->own_snapshot)
        sql_snapshot_release(run->own_snapshot);
    run->own_snapshot = NULL;
}

const struct sql_result_column *sql_plan_columns(const struct sql_plan *plan, uint32_t *count)
{
    *count = plan->column_count;
    return plan->columns;
}

double sql_plan_rows(const struct sql_plan *plan)
{
    return plan->root->rows;
}

uint64_t sql_plan_version(const struct sql_plan *plan)
{
    return plan->catalog_version;
}

bool sql_plan_prunes(const struct sql_plan *plan)
{
    return plan->prunes;
}
