/* One input after the other (or merged by their order); recursion; sets in the target list. */
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/prune.h"
#include "emulators/sql/exec/row_set.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/exec/spool.h"
#include "emulators/sql/value/record.h"

/* ---- append. Every input leaves its rows in the same registers. */

struct append_state {
    struct sql_state state;
    uint32_t *inputs; /* that are read, in order */
    uint32_t count, at;
    /* Of partitions: which are read once parameters are known, and after the last restart. */
    bool *started, *running;
    bool *cleared;      /* inputs whose state can be looked at */
    struct arena arena; /* of the values that told so */
};

static bool all_inputs(struct sql_run *run, const struct sql_node *node, bool **out)
{
    *out = arena_alloc(run->arena, node->input_count + 1u);
    if (!*out)
        return sql_fail_memory(run->env->error);
    memset(*out, true, node->input_count);
    return true;
}

/* Which inputs are there once parameters are known: found out once a run. */
static bool start_inputs(struct sql_run *run, const struct sql_node_append *node,
                         struct append_state *state)
{
    if (state->started)
        return true;
    state->cleared = arena_zalloc(run->arena, node->node.input_count + 1u);
    if (!state->cleared)
        return sql_fail_memory(run->env->error);
    if (!all_inputs(run, &node->node, &state->started) ||
        !all_inputs(run, &node->node, &state->running))
        return false;
    if (!node->prune || !node->prune->at_start)
        return true;
    memset(state->started, false, node->node.input_count);
    return sql_prune_inputs(run, &state->arena, node->prune, false, state->started);
}

static bool choose_inputs(struct sql_run *run, const struct sql_node_append *node,
                          struct append_state *state)
{
    uint32_t all = node->node.input_count;
    bool running = node->prune && node->prune->while_running;
    if (state->inputs && !running)
        return true;
    if (!state->inputs && !(state->inputs = arena_array(run->arena, all, sizeof(uint32_t))))
        return sql_fail_memory(run->env->error);
    if (!start_inputs(run, node, state))
        return false;
    if (running) {
        memset(state->running, false, all);
        arena_reset(&state->arena);
        if (!sql_prune_inputs(run, &state->arena, node->prune, true, state->running))
            return false;
    }
    state->count = 0;
    for (uint32_t i = 0; i < all; i++)
        if (state->started[i] && state->running[i])
            state->inputs[state->count++] = i;
    return true;
}

bool sql_append_removed(struct sql_run *run, const struct sql_node *base, uint32_t *out)
{
    const struct sql_node_append *node = (const void *)base;
    struct append_state *state = sql_node_state(run, base);
    *out = 0;
    if (!start_inputs(run, node, state))
        return false;
    for (uint32_t i = 0; i < base->input_count; i++)
        *out += !state->started[i];
    return true;
}

bool sql_append_reads(const struct sql_run *run, const struct sql_node *node, uint32_t input)
{
    const struct append_state *state = sql_node_state(run, node);
    return !state->started || state->started[input];
}

bool sql_append_has_state(const struct sql_run *run, const struct sql_node *node, uint32_t input)
{
    const struct append_state *state = sql_node_state(run, node);
    bool pruned = ((const struct sql_node_append *)(const void *)node)->prune;
    return !pruned || (state->cleared && state->cleared[input]);
}

static void restart_input(struct sql_run *run, const struct sql_node_append *node,
                          struct append_state *state, uint32_t input)
{
    const struct sql_node *const *inputs = (const struct sql_node *const *)node->node.inputs;
    if (node->prune && !state->cleared[input]) {
        bool last = input + 1 == node->node.input_count;
        size_t begin = inputs[input]->state_offset;
        size_t end = last ? node->states_end : inputs[input + 1]->state_offset;
        if (!run->options.instrument)
            memset(run->states + begin, 0, end - begin);
        state->cleared[input] = true;
    }
    sql_node_restart(run, inputs[input]);
}

static enum sql_next append_next(struct sql_run *run, const struct sql_node *base_node,
                                 struct sql_state *base)
{
    struct append_state *state = (void *)base;
    if (!base->started) {
        if (!choose_inputs(run, (const void *)base_node, state))
            return SQL_NEXT_FAILED;
        base->started = true;
        state->at = 0;
        for (uint32_t i = 0; i < state->count; i++)
            restart_input(run, (const void *)base_node, state, state->inputs[i]);
    }
    for (; state->at < state->count; state->at++) {
        enum sql_next next = sql_node_next(run, base_node->inputs[state->inputs[state->at]]);
        if (next != SQL_NEXT_END)
            return next;
    }
    return SQL_NEXT_END;
}

static void append_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    arena_done(&((struct append_state *)base)->arena);
}

const struct sql_node_ops sql_append_ops = {"Append", sizeof(struct append_state), append_next,
                                            NULL, append_close};

/* ---- WITH RECURSIVE: the step reads the rows that the last step gave */

struct recursive_state {
    struct sql_state state;
    struct sql_spool fresh; /* what the running step gives */
    struct sql_row_set seen;
    bool stepping;
};

/* The next row of the running input that was not given before, kept for the next step. */
static enum sql_next recursive_row(struct sql_run *run, const struct sql_node_recursive *node,
                                   struct recursive_state *state)
{
    for (;;) {
        enum sql_next next = sql_node_next(run, node->node.inputs[state->stepping]);
        if (next != SQL_NEXT_ROW)
            return next;
        bool fresh = true;
        struct sql_row_entry *entry;
        if (node->distinct && !sql_row_set_add(&state->seen, run, &node->keys, 0, &entry, &fresh))
            return SQL_NEXT_FAILED;
        if (!fresh)
            continue;
        if (!sql_spool_save(&state->fresh, run->regs, &node->saves))
            return sql_fail_next(run);
        return SQL_NEXT_ROW;
    }
}

static enum sql_next recursive_next(struct sql_run *run, const struct sql_node *base_node,
                                    struct sql_state *base)
{
    const struct sql_node_recursive *node = (const void *)base_node;
    struct recursive_state *state = (void *)base;
    struct sql_spool *work = sql_run_spool(run, node->spool);
    if (!work)
        return sql_fail_next(run);
    if (!base->started) {
        base->started = true;
        state->stepping = false;
        sql_row_set_reset(&state->seen);
        sql_spool_reset(&state->fresh);
        sql_node_restart(run, base_node->inputs[0]);
    }
    for (;;) {
        enum sql_next next = recursive_row(run, node, state);
        if (next != SQL_NEXT_END)
            return next;
        if (state->fresh.count == 0)
            return SQL_NEXT_END;
        struct sql_spool swap = *work;
        *work = state->fresh;
        state->fresh = swap;
        sql_spool_reset(&state->fresh);
        state->stepping = true;
        sql_node_restart(run, base_node->inputs[1]);
    }
}

static void recursive_close(struct sql_run *run, const struct sql_node *node,
                            struct sql_state *base)
{
    (void)run;
    (void)node;
    struct recursive_state *state = (void *)base;
    sql_spool_done(&state->fresh);
    sql_row_set_done(&state->seen);
}

const struct sql_node_ops sql_recursive_ops = {"Recursive Union", sizeof(struct recursive_state),
                                               recursive_next, NULL, recursive_close};

/* ---- sets in the target list: all advance together, those that have ended give NULL, until all
 * have. Sets in the arguments of others come first, level by level. */

struct set_call {
    bool done, called;
    void *set_state;
    struct arena set_arena, args_arena;
};

struct project_state {
    struct sql_state state;
    struct set_call *calls;
    bool has_row;
};

static void begin_sets(const struct sql_node_project_set *node, struct project_state *state)
{
    for (uint32_t i = 0; i < node->set_count; i++) {
        struct set_call *call = &state->calls[i];
        arena_reset(&call->set_arena);
        arena_reset(&call->args_arena);
        call->done = call->called = false;
        call->set_state = NULL;
    }
}

/* Room for the OUT columns of a function whose result is a record; none when it has fewer than two. */
static bool begin_columns(struct sql_run *run, struct sql_call *call, struct arena *arena)
{
    const struct sql_routine *routine = call->routine;
    call->columns = NULL;
    call->column_count = 0;
    for (uint16_t i = 0; routine && i < routine->all_count; i++)
        call->column_count += strchr("obt", routine->modes[i]) != NULL;
    if (call->column_count < 2)
        return true;
    call->columns = arena_array(arena, call->column_count, sizeof(*call->columns));
    if (!call->columns)
        return sql_fail_memory(run->env->error);
    for (uint16_t i = 0; i < call->column_count; i++)
        call->columns[i] = datum_null();
    return true;
}

/* The record of the columns that the function filled. */
static bool end_columns(struct sql_run *run, struct sql_call *call, struct arena *arena,
                        struct datum *out)
{
    const struct sql_routine *routine = call->routine;
    uint32_t count = 0;
    if (!call->columns)
        return true;
    const struct sql_type **types = arena_array(arena, call->column_count, sizeof(*types));
    if (!types)
        return sql_fail_memory(run->env->error);
    for (uint16_t i = 0; i < routine->all_count; i++)
        if (strchr("obt", routine->modes[i]))
            types[count++] = run->env->find_type(run->env, routine->all_types[i]);
    return sql_record_make(call, 0, types, call->columns, count, out);
}

static bool advance_set(struct sql_run *run, const struct sql_project_set *set,
                        struct set_call *state, struct arena *arena)
{
    if (state->done) {
        run->regs[set->result] = datum_null();
        return true;
    }
    if (!state->called) {
        if (!sql_program_run(run, set->args, &state->args_arena))
            return false;
        state->called = true;
        for (uint32_t i = 0; set->site->strict && i < set->site->argc; i++)
            state->done |= run->regs[set->arg_base + i].null;
        if (state->done)
            return advance_set(run, set, state, arena);
    }
    struct sql_call *call = sql_eval_call(run, set->site, arena);
    struct datum value = datum_null();
    call->done = false;
    call->set_state = state->set_state;
    call->set_arena = &state->set_arena;
    if (!begin_columns(run, call, arena) ||
        !set->site->call(call, &run->regs[set->arg_base], &value))
        return false;
    state->set_state = call->set_state;
    state->done = call->done;
    if (!state->done && !end_columns(run, call, arena, &value))
        return false;
    run->regs[set->result] = state->done ? datum_null() : value;
    return true;
}

static enum sql_next project_set_next(struct sql_run *run, const struct sql_node *base_node,
                                      struct sql_state *base)
{
    const struct sql_node_project_set *node = (const void *)base_node;
    struct project_state *state = (void *)base;
    if (!state->calls &&
        !(state->calls = arena_zalloc(run->arena, node->set_count * sizeof(*state->calls))))
        return sql_fail_next(run);
    if (!base->started) {
        base->started = true;
        state->has_row = false;
        sql_node_restart(run, base_node->inputs[0]);
    }
    for (;;) {
        if (!state->has_row) {
            enum sql_next next = sql_node_next(run, base_node->inputs[0]);
            if (next != SQL_NEXT_ROW)
                return next;
            state->has_row = true;
            begin_sets(node, state);
        }
        bool any = false;
        for (uint32_t i = 0; i < node->set_count; i++) {
            if (!advance_set(run, &node->sets[i], &state->calls[i], &base->arena))
                return SQL_NEXT_FAILED;
            any |= !state->calls[i].done;
        }
        if (any)
            return SQL_NEXT_ROW;
        state->has_row = false;
    }
}

static void project_set_close(struct sql_run *run, const struct sql_node *base_node,
                              struct sql_state *base)
{
    (void)run;
    const struct sql_node_project_set *node = (const void *)base_node;
    struct project_state *state = (void *)base;
    for (uint32_t i = 0; state->calls && i < node->set_count; i++) {
        arena_done(&state->calls[i].set_arena);
        arena_done(&state->calls[i].args_arena);
    }
}

const struct sql_node_ops sql_project_set_ops = {"ProjectSet", sizeof(struct project_state),
                                                 project_set_next, NULL, project_set_close};
