/* Operators that keep rows and give them again: sort, materialize; limit, distinct, set operations. */
#include <inttypes.h>

#include "emulators/sql/exec/key.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/row_set.h"
#include "emulators/sql/exec/sorter.h"

/* ---- sort */

struct sort_state {
    struct sql_state state;
    struct sql_sorter sorter;
    uint64_t at;
    bool sorted;
};

static bool sort_limit(struct sql_run *run, const struct sql_node_sort *node, uint64_t *out)
{
    *out = 0;
    if (!node->limit)
        return true;
    if (!sql_program_run(run, node->limit, run->arena))
        return false;
    struct datum limit = run->regs[node->limit->result];
    *out = limit.null || limit.i <= 0 || limit.i > 1000000 ? 0 : (uint64_t)limit.i;
    return true;
}

static bool sort_all(struct sql_run *run, const struct sql_node_sort *node,
                     struct sort_state *state)
{
    const struct sql_node *input = node->node.inputs[0];
    uint64_t limit;
    if (!sort_limit(run, node, &limit))
        return false;
    sql_sorter_begin(&state->sorter, limit);
    sql_node_restart(run, input);
    for (;;) {
        enum sql_next next = sql_node_next(run, input);
        if (next == SQL_NEXT_FAILED)
            return false;
        if (next == SQL_NEXT_END)
            return sql_sorter_finish(&state->sorter, run);
        if (!sql_sorter_add(&state->sorter, run, &node->keys, &input->outputs))
            return false;
    }
}

static enum sql_next sort_next(struct sql_run *run, const struct sql_node *base_node,
                               struct sql_state *base)
{
    const struct sql_node_sort *node = (const void *)base_node;
    struct sort_state *state = (void *)base;
    if (!base->started) {
        bool keep = state->sorted && !base_node->outer && !node->limit;
        state->sorted = keep || sort_all(run, node, state);
        if (!state->sorted)
            return SQL_NEXT_FAILED;
        base->started = true;
        state->at = 0;
    }
    if (state->at == state->sorter.count)
        return SQL_NEXT_END;
    sql_tuple_load(run->regs, &base_node->inputs[0]->outputs,
                   state->sorter.items[state->at++].tuple);
    return SQL_NEXT_ROW;
}

static void sort_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    sql_sorter_done(&((struct sort_state *)(void *)base)->sorter);
}

uint64_t sql_sort_memory(const struct sql_state *base, bool *out_top_n)
{
    const struct sql_sorter *sorter = &((const struct sort_state *)(const void *)base)->sorter;
    uint64_t kilobytes =
        (sorter->room * sizeof(*sorter->items) + arena_size(&sorter->arena)) / 1024;
    *out_top_n = sorter->heap;
    return kilobytes < 25 ? 25 : kilobytes; /* PostgreSQL's smallest sort */
}

const struct sql_node_ops sql_sort_ops = {"Sort", sizeof(struct sort_state), sort_next, NULL,
                                          sort_close};

/* ---- materialize */

struct material_state {
    struct sql_state state;
    struct sql_spool spool;
    uint64_t at;
};

static enum sql_next material_next(struct sql_run *run, const struct sql_node *node,
                                   struct sql_state *base)
{
    struct material_state *state = (void *)base;
    const struct sql_node *input = node->inputs[0];
    if (!base->started) {
        base->started = true;
        state->at = 0;
        if (node->outer) {
            sql_spool_reset(&state->spool);
            sql_node_restart(run, input);
        }
    }
    if (state->at < state->spool.count) {
        sql_tuple_load(run->regs, &input->outputs, state->spool.tuples[state->at++]);
        return SQL_NEXT_ROW;
    }
    if (state->spool.complete)
        return SQL_NEXT_END;
    enum sql_next next = sql_node_next(run, input);
    if (next == SQL_NEXT_END)
        state->spool.complete = true;
    if (next != SQL_NEXT_ROW)
        return next;
    if (!sql_spool_save(&state->spool, run->regs, &input->outputs))
        return sql_fail_next(run);
    state->at++;
    return SQL_NEXT_ROW;
}

static void material_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    sql_spool_done(&((struct material_state *)(void *)base)->spool);
}

const struct sql_node_ops sql_materialize_ops = {"Materialize", sizeof(struct material_state),
                                                 material_next, NULL, material_close};

/* ---- limit */

struct limit_state {
    struct sql_state state;
    int64_t left; /* rows still to be given; -1: no limit */
    struct arena arena, scratch;
    struct slice last; /* key of the last row, for WITH TIES */
    bool ties;
};

static bool limit_value(struct sql_run *run, const struct sql_program *program, const char *what,
                        const char *code, int64_t otherwise, int64_t *out)
{
    *out = otherwise;
    if (!program)
        return true;
    if (!sql_program_run(run, program, run->arena))
        return false;
    struct datum value = run->regs[program->result];
    if (value.null)
        return true;
    if (value.i < 0)
        return sql_fail(run->env->error, code, "%s must not be negative", what);
    *out = value.i;
    return true;
}

static enum sql_next limit_begin(struct sql_run *run, const struct sql_node_limit *node,
                                 struct limit_state *state)
{
    int64_t offset;
    const struct sql_node *input = node->node.inputs[0];
    sql_node_restart(run, input);
    state->ties = false;
    state->state.started = true;
    if (!limit_value(run, node->offset, "OFFSET", "2201X", 0, &offset) ||
        !limit_value(run, node->limit, "LIMIT", "2201W", -1, &state->left))
        return SQL_NEXT_FAILED;
    for (; offset > 0 && state->left; offset--) {
        enum sql_next next = sql_node_next(run, input);
        if (next == SQL_NEXT_END)
            state->left = 0;
        if (next != SQL_NEXT_ROW)
            return next;
    }
    return SQL_NEXT_ROW;
}

static enum sql_next limit_tie(struct sql_run *run, const struct sql_node_limit *node,
                               struct limit_state *state)
{
    enum sql_next next = sql_node_next(run, node->node.inputs[0]);
    if (next != SQL_NEXT_ROW)
        return next;
    struct sql_bytes bytes;
    arena_reset(&state->scratch);
    sql_bytes_init(&bytes, &state->scratch);
    if (!sql_key_encode(run, &node->ties, &state->scratch, &bytes))
        return SQL_NEXT_FAILED;
    if (slice_eq(sql_bytes_slice(&bytes), state->last))
        return SQL_NEXT_ROW;
    state->ties = false;
    return SQL_NEXT_END;
}

static enum sql_next limit_next(struct sql_run *run, const struct sql_node *base_node,
                                struct sql_state *base)
{
    const struct sql_node_limit *node = (const void *)base_node;
    struct limit_state *state = (void *)base;
    if (!base->started) {
        enum sql_next next = limit_begin(run, node, state);
        if (next != SQL_NEXT_ROW)
            return next;
    }
    if (state->ties)
        return limit_tie(run, node, state);
    if (state->left == 0)
        return SQL_NEXT_END;
    enum sql_next next = sql_node_next(run, base_node->inputs[0]);
    if (next != SQL_NEXT_ROW || state->left < 0)
        return next;
    if (--state->left == 0 && node->with_ties) {
        struct sql_bytes bytes;
        arena_reset(&state->arena);
        sql_bytes_init(&bytes, &state->arena);
        if (!sql_key_encode(run, &node->ties, &state->arena, &bytes))
            return SQL_NEXT_FAILED;
        state->last = sql_bytes_slice(&bytes);
        state->ties = true;
    }
    return next;
}

static void limit_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    struct limit_state *state = (void *)base;
    arena_done(&state->arena);
    arena_done(&state->scratch);
}

const struct sql_node_ops sql_limit_ops = {"Limit", sizeof(struct limit_state), limit_next, NULL,
                                           limit_close};

/* ---- distinct */

struct distinct_state {
    struct sql_state state;
    struct sql_row_set set;
    struct arena scratch;
    struct arena last_arena[2]; /* sorted: of the last key, and the one being made */
    struct slice last;
    bool has_last, turn;
};

/* Sorted input: is it another key than the last row's? */
static bool differs(struct sql_run *run, const struct sql_node_distinct *node,
                    struct distinct_state *state, bool *out)
{
    struct arena *arena = &state->last_arena[state->turn];
    struct sql_bytes bytes;
    arena_reset(arena);
    sql_bytes_init(&bytes, arena);
    if (!sql_key_encode(run, &node->keys, arena, &bytes))
        return false;
    *out = !state->has_last || !slice_eq(sql_bytes_slice(&bytes), state->last);
    state->last = sql_bytes_slice(&bytes);
    state->has_last = true;
    state->turn = !state->turn;
    return true;
}

static enum sql_next distinct_next(struct sql_run *run, const struct sql_node *base_node,
                                   struct sql_state *base)
{
    const struct sql_node_distinct *node = (const void *)base_node;
    struct distinct_state *state = (void *)base;
    if (!base->started) {
        sql_node_restart(run, base_node->inputs[0]);
        sql_row_set_reset(&state->set);
        state->has_last = false;
        base->started = true;
    }
    for (;;) {
        bool fresh;
        enum sql_next next = sql_node_next(run, base_node->inputs[0]);
        if (next != SQL_NEXT_ROW)
            return next;
        struct sql_row_entry *entry;
        if (node->sorted) {
            if (!differs(run, node, state, &fresh))
                return SQL_NEXT_FAILED;
        } else if (!sql_row_set_add(&state->set, run, &node->keys, 0, &entry, &fresh)) {
            return SQL_NEXT_FAILED;
        }
        if (fresh)
            return SQL_NEXT_ROW;
    }
}

static void distinct_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    struct distinct_state *state = (void *)base;
    sql_row_set_done(&state->set);
    arena_done(&state->last_arena[0]);
    arena_done(&state->last_arena[1]);
}

const struct sql_node_ops sql_distinct_ops = {"Unique", sizeof(struct distinct_state),
                                              distinct_next, NULL, distinct_close};

/* ---- INTERSECT, EXCEPT: rows are counted on both sides */

struct set_row {
    uint64_t counts[2];
    struct datum *tuple;
};

struct set_state {
    struct sql_state state;
    struct sql_row_set set;
    struct arena arena;
    struct sql_row_entry *entry;
    uint64_t left; /* how often the current row is still given */
};

static bool gather_side(struct sql_run *run, const struct sql_node_set_op *node,
                        struct set_state *state, uint32_t side)
{
    const struct sql_node *input = node->node.inputs[side];
    sql_node_restart(run, input);
    for (;;) {
        enum sql_next next = sql_node_next(run, input);
        if (next != SQL_NEXT_ROW)
            return next == SQL_NEXT_END;
        struct sql_row_entry *entry;
        bool fresh;
        if (!sql_row_set_add(&state->set, run, &node->keys, sizeof(struct set_row), &entry, &fresh))
            return false;
        struct set_row *row = sql_row_payload(entry);
        if (fresh) {
            *row = (struct set_row){
                .tuple = sql_tuple_save(&state->arena, run->regs, &node->node.outputs, 0)};
            if (!row->tuple)
                return sql_fail_memory(run->env->error);
        }
        row->counts[side]++;
    }
}

static uint64_t set_copies(const struct sql_node_set_op *node, const struct set_row *row)
{
    uint64_t a = row->counts[0], b = row->counts[1];
    if (node->op == SQL_INTERSECT)
        return node->all ? (a < b ? a : b) : a && b;
    return node->all ? (a > b ? a - b : 0) : a && !b;
}

static enum sql_next set_next(struct sql_run *run, const struct sql_node *base_node,
                              struct sql_state *base)
{
    const struct sql_node_set_op *node = (const void *)base_node;
    struct set_state *state = (void *)base;
    if (!base->started) {
        sql_row_set_reset(&state->set);
        arena_reset(&state->arena);
        if (!gather_side(run, node, state, 0) || !gather_side(run, node, state, 1))
            return SQL_NEXT_FAILED;
        base->started = true;
        state->entry = NULL;
        state->left = 0;
    }
    while (state->left == 0) {
        state->entry = state->entry ? state->entry->next_added : state->set.first;
        if (!state->entry)
            return SQL_NEXT_END;
        state->left = set_copies(node, sql_row_payload(state->entry));
    }
    state->left--;
    const struct set_row *row = sql_row_payload(state->entry);
    sql_tuple_load(run->regs, &base_node->outputs, row->tuple);
    return SQL_NEXT_ROW;
}

static void set_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    struct set_state *state = (void *)base;
    sql_row_set_done(&state->set);
    arena_done(&state->arena);
}

const struct sql_node_ops sql_set_op_ops = {"HashSetOp", sizeof(struct set_state), set_next, NULL,
                                            set_close};
