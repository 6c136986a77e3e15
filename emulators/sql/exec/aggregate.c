/* Grouping: one table of groups for each grouping set, all filled in one pass over the input. */
#include "emulators/sql/exec/aggregate_state.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/row_set.h"

struct group {
    struct datum *tuple; /* the keys, and what else is kept of its first row */
    struct sql_aggregate_state states[];
};

struct aggregate_state {
    struct sql_state state;
    struct sql_row_set *sets;
    struct sql_keys *keys; /* of each set */
    struct arena arena;    /* of the groups */
    struct sql_sorter sorter;
    uint32_t set;
    struct sql_row_entry *entry; /* given last */
    bool filled, ended;
};

static struct sql_aggregate_memory memory_of(struct aggregate_state *state)
{
    return (struct sql_aggregate_memory){&state->arena, &state->state.arena, &state->sorter};
}

static uint32_t set_count(const struct sql_node_aggregate *node)
{
    return node->sets ? node->set_count : 1;
}

/* The keys of each set: those of the node that are present in it. */
static bool make_sets(struct sql_run *run, const struct sql_node_aggregate *node,
                      struct aggregate_state *state)
{
    uint32_t count = set_count(node);
    state->sets = arena_zalloc(run->arena, count * sizeof(*state->sets));
    state->keys = arena_zalloc(run->arena, count * sizeof(*state->keys));
    if (!state->sets || !state->keys)
        return false;
    for (uint32_t s = 0; s < count; s++) {
        if (!node->sets) {
            state->keys[s] = node->keys;
            continue;
        }
        struct sql_keys *keys = &state->keys[s];
        keys->items = arena_array(run->arena, node->keys.count, sizeof(*keys->items));
        if (!keys->items)
            return false;
        for (uint32_t i = 0; i < node->keys.count; i++)
            if (node->sets[s].present[i])
                keys->items[keys->count++] = node->keys.items[i];
    }
    return true;
}

static bool find_group(struct sql_run *run, const struct sql_node_aggregate *node,
                       struct aggregate_state *state, uint32_t set, struct group **out)
{
    struct sql_row_entry *entry;
    bool fresh;
    size_t size = sizeof(struct group) + node->call_count * sizeof(struct sql_aggregate_state);
    if (!sql_row_set_add(&state->sets[set], run, &state->keys[set], size, &entry, &fresh))
        return false;
    *out = sql_row_payload(entry);
    if (!fresh)
        return true;
    (*out)->tuple = sql_tuple_save(&state->arena, run->regs, &node->kept, 0);
    for (uint32_t i = 0; i < node->call_count; i++)
        sql_aggregate_begin(&node->calls[i], &(*out)->states[i]);
    return (*out)->tuple || sql_fail_memory(run->env->error);
}

static bool take_row(struct sql_run *run, const struct sql_node_aggregate *node,
                     struct aggregate_state *state)
{
    const struct sql_aggregate_memory memory = memory_of(state);
    uint32_t count = set_count(node);
    for (uint32_t s = 0; s < count; s++) {
        struct group *group;
        if (!find_group(run, node, state, s, &group))
            return false;
        for (uint32_t i = 0; i < node->call_count; i++)
            if (!sql_aggregate_advance(run, &node->calls[i], &group->states[i], &memory))
                return false;
    }
    return true;
}

/* Without GROUP BY there is one group even of no rows; likewise for each empty grouping set. */
static bool add_empty_groups(struct sql_run *run, const struct sql_node_aggregate *node,
                             struct aggregate_state *state)
{
    uint32_t count = set_count(node);
    for (uint32_t s = 0; s < count; s++) {
        struct group *group;
        if (state->keys[s].count || state->sets[s].count)
            continue;
        sql_tuple_load_nulls(run->regs, &node->kept);
        if (!find_group(run, node, state, s, &group))
            return false;
    }
    return true;
}

static bool fill_plain(struct sql_run *run, const struct sql_node_aggregate *node,
                       struct aggregate_state *state)
{
    const struct sql_node *input = node->node.inputs[0];
    const struct sql_aggregate_memory memory = memory_of(state);
    struct group *group = NULL;
    for (;;) {
        enum sql_next next = sql_node_next(run, input);
        if (next != SQL_NEXT_ROW)
            return next == SQL_NEXT_END;
        if (!group && !find_group(run, node, state, 0, &group))
            return false;
        if (state->state.arena.chunks)
            arena_reset(&state->state.arena);
        for (uint32_t i = 0; i < node->call_count; i++)
            if (!sql_aggregate_advance(run, &node->calls[i], &group->states[i], &memory))
                return false;
    }
}

static bool fill(struct sql_run *run, const struct sql_node_aggregate *node,
                 struct aggregate_state *state)
{
    const struct sql_node *input = node->node.inputs[0];
    if (!state->sets && !make_sets(run, node, state))
        return sql_fail_memory(run->env->error);
    for (uint32_t s = 0; s < set_count(node); s++)
        sql_row_set_reset(&state->sets[s]);
    arena_reset(&state->arena);
    sql_node_restart(run, input);
    if (node->keys.count == 0 && !node->sets)
        return fill_plain(run, node, state) && add_empty_groups(run, node, state);
    for (;;) {
        enum sql_next next = sql_node_next(run, input);
        if (next == SQL_NEXT_FAILED)
            return false;
        if (next == SQL_NEXT_END)
            return add_empty_groups(run, node, state);
        if (state->state.arena.chunks)
            arena_reset(&state->state.arena);
        if (!take_row(run, node, state))
            return false;
    }
}

static void load_groupings(struct sql_run *run, const struct sql_node_aggregate *node, uint32_t set)
{
    for (uint32_t i = 0; i < node->grouping_count; i++) {
        int64_t bits = 0;
        for (uint32_t k = 0; k < node->groupings[i].count; k++)
            bits = bits << 1 | (node->sets && !node->sets[set].present[node->groupings[i].keys[k]]);
        run->regs[node->groupings[i].result] = datum_int(bits);
    }
}

static bool give_group(struct sql_run *run, const struct sql_node_aggregate *node,
                       struct aggregate_state *state)
{
    const struct sql_aggregate_memory memory = memory_of(state);
    struct group *group = sql_row_payload(state->entry);
    sql_tuple_load(run->regs, &node->kept, group->tuple);
    for (uint32_t i = 0; i < node->call_count; i++)
        if (!sql_aggregate_end(run, &node->calls[i], &group->states[i], &memory))
            return false;
    for (uint32_t i = 0; node->sets && i < node->keys.count; i++)
        if (!node->sets[state->set].present[i])
            run->regs[node->keys.items[i].reg] = datum_null();
    load_groupings(run, node, state->set);
    return true;
}

static enum sql_next aggregate_next(struct sql_run *run, const struct sql_node *base_node,
                                    struct sql_state *base)
{
    const struct sql_node_aggregate *node = (const void *)base_node;
    struct aggregate_state *state = (void *)base;
    if (!base->started) {
        bool keep = state->filled && !base_node->outer && !node->reads_state_twice;
        state->filled = keep || fill(run, node, state);
        if (!state->filled)
            return SQL_NEXT_FAILED;
        base->started = true;
        state->set = 0;
        state->entry = NULL;
        state->ended = false;
    }
    if (state->ended)
        return SQL_NEXT_END;
    state->entry = state->entry ? state->entry->next_added : state->sets[0].first;
    while (!state->entry) {
        if (++state->set >= set_count(node)) {
            state->ended = true;
            return SQL_NEXT_END;
        }
        state->entry = state->sets[state->set].first;
    }
    return give_group(run, node, state) ? SQL_NEXT_ROW : SQL_NEXT_FAILED;
}

static void aggregate_close(struct sql_run *run, const struct sql_node *base_node,
                            struct sql_state *base)
{
    (void)run;
    const struct sql_node_aggregate *node = (const void *)base_node;
    struct aggregate_state *state = (void *)base;
    for (uint32_t s = 0; state->sets && s < set_count(node); s++)
        sql_row_set_done(&state->sets[s]);
    arena_done(&state->arena);
    sql_sorter_done(&state->sorter);
}

const struct sql_node_ops sql_aggregate_ops = {"Aggregate", sizeof(struct aggregate_state),
                                               aggregate_next, NULL, aggregate_close};
