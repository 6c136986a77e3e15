/* row_number, rank, lag and the others. */
#include "emulators/sql/exec/window.h"

static bool give(struct datum *out, struct datum value)
{
    *out = value;
    return true;
}

static bool row_number(struct sql_run *run, const struct sql_node_window *node,
                       const struct sql_window_call *call, struct sql_window_state *state,
                       struct datum *out)
{
    (void)run, (void)node, (void)call;
    return give(out, datum_int((int64_t)state->at + 1));
}

static const struct sql_window_group *peers(const struct sql_window_state *state)
{
    return &state->groups[state->group_of[state->at]];
}

static bool rank(struct sql_run *run, const struct sql_node_window *node,
                 const struct sql_window_call *call, struct sql_window_state *state,
                 struct datum *out)
{
    (void)run, (void)node, (void)call;
    return give(out, datum_int((int64_t)peers(state)->first + 1));
}

static bool dense_rank(struct sql_run *run, const struct sql_node_window *node,
                       const struct sql_window_call *call, struct sql_window_state *state,
                       struct datum *out)
{
    (void)run, (void)node, (void)call;
    return give(out, datum_int((int64_t)state->group_of[state->at] + 1));
}

static bool percent_rank(struct sql_run *run, const struct sql_node_window *node,
                         const struct sql_window_call *call, struct sql_window_state *state,
                         struct datum *out)
{
    (void)run, (void)node, (void)call;
    double rows = (double)state->rows.count;
    return give(out, datum_float(rows <= 1 ? 0 : (double)peers(state)->first / (rows - 1)));
}

static bool cume_dist(struct sql_run *run, const struct sql_node_window *node,
                      const struct sql_window_call *call, struct sql_window_state *state,
                      struct datum *out)
{
    (void)run, (void)node, (void)call;
    return give(out, datum_float((double)peers(state)->end / (double)state->rows.count));
}

/* The value of an argument at a row of the partition. */
static bool argument_at(struct sql_run *run, const struct sql_node_window *node,
                        const struct sql_window_call *call, struct sql_window_state *state,
                        uint64_t row, uint32_t number, struct datum *out)
{
    if (row != state->at)
        sql_window_load(run, node, state, row);
    bool good = !call->args || sql_program_run(run, call->args, &state->state.arena);
    *out = run->regs[call->arg_base + number];
    if (row != state->at)
        sql_window_load(run, node, state, state->at);
    return good;
}

static bool ntile(struct sql_run *run, const struct sql_node_window *node,
                  const struct sql_window_call *call, struct sql_window_state *state,
                  struct datum *out)
{
    struct datum tiles;
    if (!argument_at(run, node, call, state, state->at, 0, &tiles))
        return false;
    if (tiles.null)
        return give(out, datum_null());
    if (tiles.i <= 0)
        return sql_fail(run->env->error, "22014", "argument of ntile must be greater than zero");
    uint64_t rows = state->rows.count, count = (uint64_t)tiles.i;
    uint64_t size = rows / count, larger = rows % count; /* the first ones have a row more */
    uint64_t tile = state->at < larger * (size + 1)
                        ? state->at / (size + 1)
                        : larger + (state->at - larger * (size + 1)) / (size ? size : 1);
    return give(out, datum_int((int64_t)tile + 1));
}

static bool shifted(struct sql_run *run, const struct sql_node_window *node,
                    const struct sql_window_call *call, struct sql_window_state *state,
                    bool forward, struct datum *out)
{
    int64_t offset = 1;
    struct datum value;
    if (call->argc > 1) {
        if (!argument_at(run, node, call, state, state->at, 1, &value))
            return false;
        if (value.null)
            return give(out, datum_null());
        offset = value.i;
    }
    int64_t row = (int64_t)state->at + (forward ? offset : -offset);
    if (row >= 0 && row < (int64_t)state->rows.count)
        return argument_at(run, node, call, state, (uint64_t)row, 0, out);
    if (call->argc > 2)
        return argument_at(run, node, call, state, state->at, 2, out);
    return give(out, datum_null());
}

static bool lag(struct sql_run *run, const struct sql_node_window *node,
                const struct sql_window_call *call, struct sql_window_state *state,
                struct datum *out)
{
    return shifted(run, node, call, state, false, out);
}

static bool lead(struct sql_run *run, const struct sql_node_window *node,
                 const struct sql_window_call *call, struct sql_window_state *state,
                 struct datum *out)
{
    return shifted(run, node, call, state, true, out);
}

static bool first_value(struct sql_run *run, const struct sql_node_window *node,
                        const struct sql_window_call *call, struct sql_window_state *state,
                        struct datum *out)
{
    for (uint64_t row = state->frame_start; row < state->frame_end; row++)
        if (sql_window_in_frame(node, state, row))
            return argument_at(run, node, call, state, row, 0, out);
    return give(out, datum_null());
}

static bool last_value(struct sql_run *run, const struct sql_node_window *node,
                       const struct sql_window_call *call, struct sql_window_state *state,
                       struct datum *out)
{
    for (uint64_t row = state->frame_end; row > state->frame_start; row--)
        if (sql_window_in_frame(node, state, row - 1))
            return argument_at(run, node, call, state, row - 1, 0, out);
    return give(out, datum_null());
}

static bool nth_value(struct sql_run *run, const struct sql_node_window *node,
                      const struct sql_window_call *call, struct sql_window_state *state,
                      struct datum *out)
{
    struct datum number;
    if (!argument_at(run, node, call, state, state->at, 1, &number))
        return false;
    if (number.null)
        return give(out, datum_null());
    if (number.i <= 0)
        return sql_fail(run->env->error, "22016",
                        "argument of nth_value must be greater than zero");
    int64_t left = number.i;
    for (uint64_t row = state->frame_start; row < state->frame_end; row++)
        if (sql_window_in_frame(node, state, row) && --left == 0)
            return argument_at(run, node, call, state, row, 0, out);
    return give(out, datum_null());
}

static const struct window_row {
    const char *symbol;
    sql_window_function *function;
} functions[] = {
    {"window_row_number",                   row_number  },
    {"window_rank",                         rank        },
    {"window_dense_rank",                   dense_rank  },
    {"window_percent_rank",                 percent_rank},
    {"window_cume_dist",                    cume_dist   },
    {"window_ntile",                        ntile       },
    {"window_lag",                          lag         },
    {"window_lag_with_offset",              lag         },
    {"window_lag_with_offset_and_default",  lag         },
    {"window_lead",                         lead        },
    {"window_lead_with_offset",             lead        },
    {"window_lead_with_offset_and_default", lead        },
    {"window_first_value",                  first_value },
    {"window_last_value",                   last_value  },
    {"window_nth_value",                    nth_value   },
};

sql_window_function *sql_window_function_find(struct slice symbol)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (slice_eq_str(symbol, functions[i].symbol))
            return functions[i].function;
    return NULL;
}
