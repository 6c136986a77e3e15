#include "emulators/sql/exec/aggregate_state.h"

#include <math.h>

#include "emulators/sql/exec/ordered_set.h"

void sql_aggregate_begin(const struct sql_aggregate_call *call, struct sql_aggregate_state *state)
{
    *state = (struct sql_aggregate_state){.value = call->initial};
    state->empty = call->strict && call->initial.null;
}

/* Keeps a value that is not by value in the state's own buffer. */
static bool keep_value(const struct sql_aggregate_call *call, struct sql_aggregate_state *state,
                       struct datum value, struct arena *group)
{
    if (call->state_by_value || call->internal || value.null ||
        (state->buffer && value.ptr == state->buffer)) {
        state->value = value;
        return true;
    }
    if (value.len > state->room || !state->buffer) {
        uint32_t room = value.len < 16 ? 32 : value.len * 2;
        uint8_t *buffer = arena_alloc(group, room);
        if (!buffer)
            return false;
        memcpy(buffer, value.ptr, value.len);
        state->buffer = buffer;
        state->room = room;
    } else if (value.len) {
        memmove(state->buffer, value.ptr, value.len);
    }
    state->value = value;
    state->value.ptr = state->buffer;
    return true;
}

static bool call_transition(struct sql_run *run, const struct sql_aggregate_call *call,
                            const struct sql_call_site *site, struct sql_aggregate_state *state,
                            const struct sql_aggregate_memory *memory)
{
    struct sql_call *function =
        sql_eval_call(run, site, call->internal ? memory->group : memory->row);
    struct datum result = datum_null();
    function->aggregate = true;
    run->regs[call->base] = state->value;
    if (!site->call(function, &run->regs[call->base], &result))
        return false;
    return keep_value(call, state, result, memory->group) || sql_fail_memory(run->env->error);
}

static bool any_argument_null(const struct sql_run *run, const struct sql_aggregate_call *call)
{
    for (uint32_t i = 1; i <= call->argc; i++)
        if (run->regs[call->base + i].null)
            return true;
    return false;
}

static void advance_fast(struct sql_run *run, const struct sql_aggregate_call *call,
                         struct sql_aggregate_state *state)
{
    struct datum arg = run->regs[call->base + 1];
    struct datum *value = &state->value;
    if (call->fast == SQL_FAST_COUNT_STAR) {
        value->i++;
        return;
    }
    if (arg.null)
        return;
    if (call->fast == SQL_FAST_COUNT) {
        value->i++;
        return;
    }
    if (value->null) {
        *value = arg;
        return;
    }
    switch (call->fast) {
    case SQL_FAST_SUM_INT: /* int8 cannot overflow before 2^31 rows of int4; it wraps as int8 does */
        value->i = (int64_t)((uint64_t)value->i + (uint64_t)arg.i);
        return;
    case SQL_FAST_MIN_INT:
        if (arg.i < value->i)
            value->i = arg.i;
        return;
    case SQL_FAST_MAX_INT:
        if (arg.i > value->i)
            value->i = arg.i;
        return;
    case SQL_FAST_BOOL_AND: value->i = value->i && arg.i; return;
    case SQL_FAST_BOOL_OR: value->i = value->i || arg.i; return;
    default: return;
    }
}

/* Takes a floating point number into a sum, or into the three numbers at the end of the state's array,
 * in place. False: the function must judge (a result is not finite, the state is not its own yet). */
static bool advance_float(struct sql_run *run, const struct sql_aggregate_call *call,
                          struct sql_aggregate_state *state)
{
    struct datum arg = run->regs[call->base + 1];
    if (arg.null)
        return true;
    if (call->fast == SQL_FAST_SUM_FLOAT) {
        double sum = state->value.null ? arg.d : state->value.d + arg.d;
        if (!isfinite(sum))
            return false;
        state->value = datum_float(sum);
        state->empty = false;
        return true;
    }
    double n[3];
    if (!state->buffer || state->value.len < sizeof(n))
        return false;
    uint8_t *numbers = state->buffer + state->value.len - sizeof(n);
    memcpy(n, numbers, sizeof(n));
    double count = n[0]++;
    n[1] += arg.d;
    if (count > 0) {
        double distance = arg.d * n[0] - n[1];
        n[2] += distance * distance / (n[0] * count);
    }
    if (!isfinite(n[1]) || !isfinite(n[2]))
        return false;
    memcpy(numbers, n, sizeof(n));
    return true;
}

static bool transition(struct sql_run *run, const struct sql_aggregate_call *call,
                       struct sql_aggregate_state *state, const struct sql_aggregate_memory *memory)
{
    if (call->fast >= SQL_FAST_SUM_FLOAT) {
        if (advance_float(run, call, state))
            return true;
    } else if (call->fast) {
        advance_fast(run, call, state);
        return true;
    }
    if (call->strict && any_argument_null(run, call))
        return true;
    state->taken++;
    if (call->strict && state->empty) {
        state->empty = false;
        return keep_value(call, state, run->regs[call->base + 1], memory->group) ||
               sql_fail_memory(run->env->error);
    }
    if (call->strict && state->value.null)
        return true;
    if (!call_transition(run, call, call->transition, state, memory))
        return false;
    return !call->inverse || !state->value.null ||
           sql_fail(run->env->error, "22004",
                    "moving-aggregate transition function must not return null");
}

static bool keep_row(struct sql_run *run, const struct sql_aggregate_call *call,
                     struct sql_aggregate_state *state, struct arena *group)
{
    if (state->row_count == state->row_room) {
        uint64_t room = state->row_room ? state->row_room * 2 : 4;
        struct datum **rows = arena_array(group, room, sizeof(*rows));
        if (!rows)
            return false;
        if (state->row_count)
            memcpy(rows, state->rows, state->row_count * sizeof(*rows));
        state->rows = rows;
        state->row_room = room;
    }
    struct datum *tuple = sql_tuple_save(group, run->regs, &call->ordered, 0);
    state->rows[state->row_count] = tuple;
    state->row_count += tuple != NULL;
    return tuple != NULL;
}

bool sql_aggregate_advance(struct sql_run *run, const struct sql_aggregate_call *call,
                           struct sql_aggregate_state *state,
                           const struct sql_aggregate_memory *memory)
{
    bool passes = true;
    if (call->filter && !sql_program_test(run, call->filter, memory->row, &passes))
        return false;
    if (!passes)
        return true;
    if (call->args && !sql_program_run(run, call->args, memory->row))
        return false;
    if (call->order.count || call->ordered_set) {
        if (call->ordered_set && any_argument_null(run, call))
            return true;
        if (call->strict && any_argument_null(run, call))
            return true;
        return keep_row(run, call, state, memory->group) || sql_fail_memory(run->env->error);
    }
    return transition(run, call, state, memory);
}

bool sql_aggregate_retreat(struct sql_run *run, const struct sql_aggregate_call *call,
                           struct sql_aggregate_state *state,
                           const struct sql_aggregate_memory *memory, bool *out_done)
{
    bool passes = true;
    *out_done = true;
    if (call->filter && !sql_program_test(run, call->filter, memory->row, &passes))
        return false;
    if (!passes)
        return true;
    if (call->args && !sql_program_run(run, call->args, memory->row))
        return false;
    if (call->strict && any_argument_null(run, call))
        return true;
    if (state->taken == 1) {
        const struct sql_aggregate_state old = *state;
        sql_aggregate_begin(call, state);
        state->buffer = old.buffer;
        state->room = old.room;
        return true;
    }
    state->taken--;
    if (!call_transition(run, call, call->inverse, state, memory))
        return false;
    *out_done = !state->value.null;
    return true;
}

/* Sorts the rows that were kept and takes them in. */
static bool feed_ordered(struct sql_run *run, const struct sql_aggregate_call *call,
                         struct sql_aggregate_state *state,
                         const struct sql_aggregate_memory *memory)
{
    struct sql_sorter *sorter = memory->sorter;
    sql_sorter_begin(sorter, 0);
    for (uint64_t i = 0; i < state->row_count; i++) {
        sql_tuple_load(run->regs, &call->ordered, state->rows[i]);
        if (!sql_run_check(run) || !sql_sorter_add(sorter, run, &call->order, &call->ordered))
            return false;
    }
    if (!sql_sorter_finish(sorter, run))
        return false;
    if (call->ordered_set)
        return true;
    for (uint64_t i = 0; i < sorter->count; i++) {
        if (!sql_run_check(run))
            return false;
        if (call->distinct && i && sql_sort_equal(&sorter->items[i], &sorter->items[i - 1]))
            continue;
        sql_tuple_load(run->regs, &call->ordered, sorter->items[i].tuple);
        if (!transition(run, call, state, memory))
            return false;
    }
    return true;
}

static bool call_final(struct sql_run *run, const struct sql_aggregate_call *call,
                       struct datum value, const struct sql_aggregate_memory *memory)
{
    struct datum *args = &run->regs[call->final_base], *out = &run->regs[call->result];
    args[0] = value;
    for (uint32_t i = 1; i < call->final_argc; i++)
        if (i > call->direct_count)
            args[i] = datum_null();
    if (call->final->strict)
        for (uint32_t i = 0; i < call->final_argc; i++)
            if (args[i].null) {
                *out = datum_null();
                return true;
            }
    struct sql_call *function = sql_eval_call(run, call->final, memory->row);
    struct datum result = datum_null();
    function->aggregate = true;
    if (!call->final->call(function, args, &result))
        return false;
    *out = result;
    return true;
}

bool sql_aggregate_end(struct sql_run *run, const struct sql_aggregate_call *call,
                       struct sql_aggregate_state *state, const struct sql_aggregate_memory *memory)
{
    if ((call->order.count || call->ordered_set) && !feed_ordered(run, call, state, memory))
        return false;
    if (call->direct && !sql_program_run(run, call->direct, memory->row))
        return false;
    if (call->ordered_set) {
        struct sql_ordered_set set = {run, call, memory->sorter, memory->row};
        struct datum internal = {.state = &set};
        return call_final(run, call, internal, memory);
    }
    if (call->final)
        return call_final(run, call, state->value, memory);
    run->regs[call->result] = state->value;
    return true;
}
