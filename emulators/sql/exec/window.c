#include "emulators/sql/exec/window.h"

#include <stdlib.h>

#include "emulators/sql/exec/operators.h"

/* An aggregate over the frame, kept from row to row as long as the frame only grows at its end, or what
 * leaves it can be taken out. */
struct sql_window_running {
    struct sql_aggregate_state aggregate;
    uint64_t start, end; /* rows that are in it */
    bool valid;
};

void sql_window_load(struct sql_run *run, const struct sql_node_window *node,
                     const struct sql_window_state *state, uint64_t row)
{
    sql_tuple_load(run->regs, &node->node.inputs[0]->outputs, state->rows.tuples[row]);
}

bool sql_window_in_frame(const struct sql_node_window *node, const struct sql_window_state *state,
                         uint64_t row)
{
    if (row < state->frame_start || row >= state->frame_end)
        return false;
    switch (node->window->exclude) {
    case SQL_EXCLUDE_CURRENT: return row != state->at;
    case SQL_EXCLUDE_GROUP: return state->group_of[row] != state->group_of[state->at];
    case SQL_EXCLUDE_TIES:
        return row == state->at || state->group_of[row] != state->group_of[state->at];
    default: return true;
    }
}

/* ---- reading a partition */

static bool key_of(struct sql_run *run, const struct sql_keys *keys, struct arena *arena,
                   struct slice *out)
{
    struct sql_bytes bytes;
    arena_reset(arena);
    sql_bytes_init(&bytes, arena);
    if (!sql_key_encode(run, keys, arena, &bytes))
        return false;
    *out = sql_bytes_slice(&bytes);
    return true;
}

static bool add_group(struct sql_window_state *state, bool fresh)
{
    uint64_t row = state->rows.count - 1;
    if (row >= state->room) {
        uint64_t room = state->room ? state->room * 2 : 256;
        uint64_t *group_of = realloc(state->group_of, room * sizeof(*group_of));
        if (!group_of)
            return false;
        state->group_of = group_of;
        state->room = room;
    }
    if (fresh) {
        if (state->group_count == state->group_room) {
            uint64_t room = state->group_room ? state->group_room * 2 : 64;
            struct sql_window_group *groups = realloc(state->groups, room * sizeof(*groups));
            if (!groups)
                return false;
            state->groups = groups;
            state->group_room = room;
        }
        state->groups[state->group_count++] = (struct sql_window_group){row, row};
    }
    state->groups[state->group_count - 1].end = row + 1;
    state->group_of[row] = state->group_count - 1;
    return true;
}

/* Takes the current row into the partition; order keys tell its peers. */
static bool add_row(struct sql_run *run, const struct sql_node_window *node,
                    struct sql_window_state *state, struct slice *last_order, bool *turn)
{
    struct slice order = {NULL, 0};
    bool first = state->rows.count == 0;
    if (node->order.count && !key_of(run, &node->order, &state->key_arena[*turn], &order))
        return false;
    bool fresh = first || (node->order.count && !slice_eq(order, *last_order));
    *last_order = order;
    *turn = !*turn;
    if (!sql_spool_save(&state->rows, run->regs, &node->node.inputs[0]->outputs) ||
        !add_group(state, fresh))
        return sql_fail_memory(run->env->error);
    return true;
}

/* All rows up to the next one of another partition, which is kept for later. */
static bool read_partition(struct sql_run *run, const struct sql_node_window *node,
                           struct sql_window_state *state)
{
    const struct sql_node *input = node->node.inputs[0];
    struct slice last_order = {NULL, 0}, key;
    struct arena probe = {0};
    bool turn = false, good = true;
    sql_spool_reset(&state->rows);
    state->group_count = 0;
    if (state->has_next) {
        sql_tuple_load(run->regs, &input->outputs, state->next);
        good = key_of(run, &node->partition, &state->frame_arena, &state->partition_key) &&
               add_row(run, node, state, &last_order, &turn);
        state->has_next = false;
    }
    while (good && !state->ended) {
        enum sql_next next = sql_node_next(run, input);
        if (next == SQL_NEXT_END)
            state->ended = true;
        if (next != SQL_NEXT_ROW) {
            good = next == SQL_NEXT_END;
            break;
        }
        good = key_of(run, &node->partition, &probe, &key);
        if (good && state->rows.count && !slice_eq(key, state->partition_key)) {
            arena_reset(&state->next_arena);
            state->next = sql_tuple_save(&state->next_arena, run->regs, &input->outputs, 0);
            state->has_next = true;
            good = state->next || sql_fail_memory(run->env->error);
            break;
        }
        if (good && state->rows.count == 0)
            good = key_of(run, &node->partition, &state->frame_arena, &state->partition_key);
        good = good && add_row(run, node, state, &last_order, &turn);
    }
    arena_done(&probe);
    return good;
}

/* ---- frames */

static bool offset_of(struct sql_run *run, const struct sql_program *program, const char *what,
                      bool number, struct datum *out)
{
    if (!program)
        return true;
    if (!sql_program_run(run, program, run->arena))
        return false;
    *out = run->regs[program->result];
    if (out->null)
        return sql_fail(run->env->error, "22004", "frame %s offset must not be null", what);
    if (number && out->i < 0)
        return sql_fail(run->env->error, "22013", "frame %s offset must not be negative", what);
    return true;
}

static int64_t clamp(int64_t row, uint64_t count)
{
    return row < 0 ? 0 : row > (int64_t)count ? (int64_t)count : row;
}

static int64_t add_clamped(uint64_t at, int64_t offset, uint64_t count)
{
    int64_t sum;
    return __builtin_add_overflow((int64_t)at, offset, &sum) ? (offset < 0 ? 0 : (int64_t)count)
                                                             : clamp(sum, count);
}

static uint64_t rows_bound(const struct sql_window_state *state, enum sql_frame_bound bound,
                           struct datum offset, bool end)
{
    uint64_t count = state->rows.count, more = end;
    switch (bound) {
    case SQL_UNBOUNDED_PRECEDING: return 0;
    case SQL_UNBOUNDED_FOLLOWING: return count;
    case SQL_CURRENT_ROW: return state->at + more;
    case SQL_OFFSET_PRECEDING: return (uint64_t)add_clamped(state->at + more, -offset.i, count);
    default: return (uint64_t)add_clamped(state->at + more, offset.i, count);
    }
}

static uint64_t groups_bound(const struct sql_window_state *state, enum sql_frame_bound bound,
                             struct datum offset, bool end)
{
    int64_t group = (int64_t)state->group_of[state->at];
    if (bound == SQL_UNBOUNDED_PRECEDING)
        return 0;
    if (bound == SQL_UNBOUNDED_FOLLOWING)
        return state->rows.count;
    if (bound != SQL_CURRENT_ROW) {
        int64_t by = bound == SQL_OFFSET_PRECEDING ? -offset.i : offset.i;
        if (__builtin_add_overflow(group, by, &group))
            group = by < 0 ? -1 : (int64_t)state->group_count;
    }
    if (group < 0)
        return 0;
    if (group >= (int64_t)state->group_count)
        return state->rows.count;
    return end ? state->groups[group].end : state->groups[group].first;
}

struct range_search {
    struct sql_run *run;
    const struct sql_node_window *node;
    struct sql_window_state *state;
    const struct sql_call_site *site;
    struct datum base, offset;
    bool end, sub, less;
};

static bool order_value(const struct range_search *search, uint64_t row, struct datum *out)
{
    sql_window_load(search->run, search->node, search->state, row);
    *out = search->run->regs[search->node->order.items[0].reg];
    return true;
}

static bool in_range(const struct range_search *search, uint64_t row, bool *out)
{
    struct datum args[5] = {{{0}}}, result;
    order_value(search, row, &args[0]);
    args[1] = search->base;
    args[2] = search->offset;
    args[3] = datum_bool(search->sub);
    args[4] = datum_bool(search->less);
    if (args[0].null) {
        /* NULLs are at one end: before all values, or behind them. */
        *out = search->node->order.items[0].nulls_first == search->end;
        return true;
    }
    if (!sql_eval_function(search->run, search->site, &search->state->state.arena, args, &result))
        return false;
    *out = !result.null && result.i;
    return true;
}

static bool range_bound(struct sql_run *run, const struct sql_node_window *node,
                        struct sql_window_state *state, bool end, uint64_t *out)
{
    enum sql_frame_bound bound = end ? node->window->end : node->window->start;
    const struct sql_window_group *peers = &state->groups[state->group_of[state->at]];
    uint64_t count = state->rows.count;
    if (bound == SQL_UNBOUNDED_PRECEDING || bound == SQL_UNBOUNDED_FOLLOWING) {
        *out = bound == SQL_UNBOUNDED_PRECEDING ? 0 : count;
        return true;
    }
    struct range_search search = {.run = run, .node = node, .state = state, .end = end};
    bool descending = node->order.count && node->order.items[0].descending;
    *out = end ? peers->end : peers->first;
    if (bound == SQL_CURRENT_ROW || node->order.count == 0)
        return true;
    order_value(&search, state->at, &search.base);
    if (search.base.null)
        return true;
    search.site = end ? node->end_in_range : node->start_in_range;
    search.offset = end ? state->end_offset : state->start_offset;
    search.sub = (bound == SQL_OFFSET_PRECEDING) != descending;
    search.less = end != descending;
    uint64_t at = end ? state->range_end : state->range_start;
    for (; at < count; at++) {
        bool inside;
        if (!in_range(&search, at, &inside) || !sql_run_check(run))
            return false;
        if (inside != end)
            break;
    }
    *out = at;
    *(end ? &state->range_end : &state->range_start) = at;
    sql_window_load(run, node, state, state->at);
    return true;
}

static bool find_frame(struct sql_run *run, const struct sql_node_window *node,
                       struct sql_window_state *state)
{
    const struct sql_window *window = node->window;
    bool number = window->frame != SQL_FRAME_RANGE;
    if (!state->offsets_known) {
        if (!offset_of(run, node->start_offset, "starting", number, &state->start_offset) ||
            !offset_of(run, node->end_offset, "ending", number, &state->end_offset))
            return false;
        state->offsets_known = true;
    }
    if (window->frame == SQL_FRAME_RANGE)
        return range_bound(run, node, state, false, &state->frame_start) &&
               range_bound(run, node, state, true, &state->frame_end);
    uint64_t (*bound)(const struct sql_window_state *, enum sql_frame_bound, struct datum, bool) =
        window->frame == SQL_FRAME_ROWS ? rows_bound : groups_bound;
    state->frame_start = bound(state, window->start, state->start_offset, false);
    state->frame_end = bound(state, window->end, state->end_offset, true);
    return true;
}

/* ---- results */

static bool advance_row(struct sql_run *run, const struct sql_node_window *node,
                        const struct sql_window_call *call, struct sql_window_state *state,
                        struct sql_window_running *running, uint64_t row)
{
    struct sql_aggregate_memory memory = {&state->aggregates, &state->row_arena, &state->sorter};
    if (!sql_window_in_frame(node, state, row))
        return true;
    arena_reset(&state->row_arena);
    sql_window_load(run, node, state, row);
    return sql_run_check(run) &&
           sql_aggregate_advance(run, call->aggregate, &running->aggregate, &memory);
}

/* Takes out what has left the frame at its start; else the aggregate is not valid any more. */
static bool retreat_rows(struct sql_run *run, const struct sql_node_window *node,
                         const struct sql_window_call *call, struct sql_window_state *state,
                         struct sql_window_running *running)
{
    struct sql_aggregate_memory memory = {&state->aggregates, &state->row_arena, &state->sorter};
    running->valid = running->valid && call->aggregate->inverse &&
                     node->window->exclude == SQL_EXCLUDE_NONE &&
                     running->start <= state->frame_start && running->end > state->frame_start &&
                     running->end <= state->frame_end;
    for (; running->valid && running->start < state->frame_start; running->start++) {
        arena_reset(&state->row_arena);
        sql_window_load(run, node, state, running->start);
        if (!sql_run_check(run) || !sql_aggregate_retreat(run, call->aggregate, &running->aggregate,
                                                          &memory, &running->valid))
            return false;
    }
    return true;
}

static bool run_aggregate(struct sql_run *run, const struct sql_node_window *node,
                          const struct sql_window_call *call, struct sql_window_state *state,
                          struct sql_window_running *running)
{
    struct sql_aggregate_memory memory = {&state->aggregates, &state->state.arena, &state->sorter};
    bool grows = running->valid && node->window->exclude == SQL_EXCLUDE_NONE &&
                 running->start == state->frame_start && running->end <= state->frame_end;
    if (!grows && !retreat_rows(run, node, call, state, running))
        return false;
    if (!grows && !running->valid) {
        sql_aggregate_begin(call->aggregate, &running->aggregate);
        running->start = running->end = state->frame_start;
        running->valid = true;
    }
    for (; running->end < state->frame_end; running->end++)
        if (!advance_row(run, node, call, state, running, running->end))
            return false;
    sql_window_load(run, node, state, state->at);
    if (!sql_aggregate_end(run, call->aggregate, &running->aggregate, &memory))
        return false;
    run->regs[call->result] = run->regs[call->aggregate->result];
    return true;
}

static bool run_calls(struct sql_run *run, const struct sql_node_window *node,
                      struct sql_window_state *state)
{
    for (uint32_t i = 0; i < node->call_count; i++) {
        const struct sql_window_call *call = &node->calls[i];
        if (call->aggregate) {
            if (!run_aggregate(run, node, call, state, &state->running[i]))
                return false;
            continue;
        }
        struct datum result = datum_null();
        if (!call->function(run, node, call, state, &result))
            return false;
        run->regs[call->result] = result;
    }
    return true;
}

static bool begin(struct sql_run *run, const struct sql_node_window *node,
                  struct sql_window_state *state)
{
    if (!state->running &&
        !(state->running = arena_zalloc(run->arena, node->call_count * sizeof(*state->running))))
        return sql_fail_memory(run->env->error);
    sql_node_restart(run, node->node.inputs[0]);
    state->has_next = state->ended = state->offsets_known = false;
    sql_spool_reset(&state->rows);
    state->at = 0;
    state->state.started = true;
    return true;
}

static bool next_partition(struct sql_run *run, const struct sql_node_window *node,
                           struct sql_window_state *state)
{
    arena_reset(&state->aggregates);
    for (uint32_t i = 0; i < node->call_count; i++)
        state->running[i].valid = false;
    state->at = state->range_start = state->range_end = 0;
    return read_partition(run, node, state);
}

static enum sql_next window_next(struct sql_run *run, const struct sql_node *base_node,
                                 struct sql_state *base)
{
    const struct sql_node_window *node = (const void *)base_node;
    struct sql_window_state *state = (void *)base;
    if (!base->started) {
        if (!begin(run, node, state) || !next_partition(run, node, state))
            return SQL_NEXT_FAILED;
    } else if (state->at < state->rows.count) {
        state->at++;
    }
    if (state->at >= state->rows.count) {
        if (state->ended && !state->has_next)
            return SQL_NEXT_END;
        if (!next_partition(run, node, state))
            return SQL_NEXT_FAILED;
        if (state->rows.count == 0)
            return SQL_NEXT_END;
    }
    sql_window_load(run, node, state, state->at);
    return find_frame(run, node, state) && run_calls(run, node, state) ? SQL_NEXT_ROW
                                                                       : SQL_NEXT_FAILED;
}

static void window_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    struct sql_window_state *state = (void *)base;
    sql_spool_done(&state->rows);
    sql_sorter_done(&state->sorter);
    arena_done(&state->next_arena);
    arena_done(&state->key_arena[0]);
    arena_done(&state->key_arena[1]);
    arena_done(&state->aggregates);
    arena_done(&state->frame_arena);
    arena_done(&state->row_arena);
    free(state->group_of);
    free(state->groups);
}

const struct sql_node_ops sql_window_ops = {"WindowAgg", sizeof(struct sql_window_state),
                                            window_next, NULL, window_close};
