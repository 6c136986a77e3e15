/* Joins: nested loops and hashes. inputs[0] is the outer side, inputs[1] the inner one. */
#include <stdlib.h>

#include "common/hash.h"
#include "emulators/sql/exec/key.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/spool.h"

static bool keeps_unmatched_outer(enum sql_join_method_kind join)
{
    return join == SQL_JOIN_NODE_LEFT || join == SQL_JOIN_NODE_FULL || join == SQL_JOIN_NODE_ANTI;
}

static bool keeps_unmatched_inner(enum sql_join_method_kind join)
{
    return join == SQL_JOIN_NODE_RIGHT || join == SQL_JOIN_NODE_FULL;
}

/* ---- nested loop: the inner side is restarted for each outer row, and reads its registers. For
 * RIGHT and FULL the inner side is a MATERIALIZE, whose rows are marked by number. */

struct loop_state {
    struct sql_state state;
    bool has_outer, matched, unmatched_phase;
    uint64_t inner_at; /* number of the inner row */
    uint8_t *marks;
    uint64_t mark_count;
};

static bool mark(struct loop_state *state, uint64_t at)
{
    if (at >= state->mark_count) {
        uint64_t count = state->mark_count ? state->mark_count * 2 : 1024;
        while (count <= at)
            count *= 2;
        uint8_t *marks = realloc(state->marks, count);
        if (!marks)
            return false;
        memset(marks + state->mark_count, 0, count - state->mark_count);
        state->marks = marks;
        state->mark_count = count;
    }
    state->marks[at] = 1;
    return true;
}

static enum sql_next loop_unmatched(struct sql_run *run, const struct sql_node_join *node,
                                    struct loop_state *state)
{
    for (;;) {
        enum sql_next next = sql_node_next(run, node->node.inputs[1]);
        if (next != SQL_NEXT_ROW)
            return next;
        uint64_t at = state->inner_at++;
        if (at < state->mark_count && state->marks[at])
            continue;
        sql_tuple_load_nulls(run->regs, &node->node.inputs[0]->outputs);
        return SQL_NEXT_ROW;
    }
}

static enum sql_next loop_outer(struct sql_run *run, const struct sql_node_join *node,
                                struct loop_state *state)
{
    enum sql_next next = sql_node_next(run, node->node.inputs[0]);
    if (next == SQL_NEXT_ROW) {
        state->has_outer = true;
        state->matched = false;
        state->inner_at = 0;
        sql_node_restart(run, node->node.inputs[1]);
    }
    return next;
}

/* The outer row's inner rows have ended. True: it is given itself. */
static bool loop_outer_ended(struct sql_run *run, const struct sql_node_join *node,
                             struct loop_state *state)
{
    state->has_outer = false;
    if (state->matched || !keeps_unmatched_outer(node->join))
        return false;
    sql_tuple_load_nulls(run->regs, &node->node.inputs[1]->outputs);
    return true;
}

static enum sql_next loop_next(struct sql_run *run, const struct sql_node *base_node,
                               struct sql_state *base)
{
    const struct sql_node_join *node = (const void *)base_node;
    struct loop_state *state = (void *)base;
    if (!base->started) {
        state->has_outer = state->unmatched_phase = false;
        if (state->marks)
            memset(state->marks, 0, state->mark_count);
        sql_node_restart(run, base_node->inputs[0]);
        base->started = true;
    }
    for (;;) {
        enum sql_next next;
        bool passes = true;
        if (state->unmatched_phase)
            return loop_unmatched(run, node, state);
        if (!state->has_outer) {
            next = loop_outer(run, node, state);
            if (next == SQL_NEXT_END && keeps_unmatched_inner(node->join)) {
                state->unmatched_phase = true;
                state->inner_at = 0;
                sql_node_restart(run, base_node->inputs[1]);
                continue;
            }
            if (next != SQL_NEXT_ROW)
                return next;
        }
        next = sql_node_next(run, base_node->inputs[1]);
        if (next == SQL_NEXT_FAILED)
            return next;
        if (next == SQL_NEXT_END) {
            if (loop_outer_ended(run, node, state))
                return SQL_NEXT_ROW;
            continue;
        }
        uint64_t at = state->inner_at++;
        if (base->arena.chunks)
            arena_reset(&base->arena);
        if (node->on && !sql_program_test(run, node->on, &base->arena, &passes))
            return SQL_NEXT_FAILED;
        if (!passes)
            continue;
        state->matched = true;
        if (keeps_unmatched_inner(node->join) && !mark(state, at))
            return sql_fail_next(run);
        if (node->join == SQL_JOIN_NODE_ANTI || node->join == SQL_JOIN_NODE_SEMI || node->single)
            state->has_outer = false;
        if (node->join != SQL_JOIN_NODE_ANTI)
            return SQL_NEXT_ROW;
    }
}

static void loop_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    free(((struct loop_state *)(void *)base)->marks);
}

const struct sql_node_ops sql_nest_loop_ops = {"Nested Loop", sizeof(struct loop_state), loop_next,
                                               NULL, loop_close};

/* ---- hash join: the inner side in a table, by the bytes of its key */

#define BUCKETS_EXPECTED_MAX (UINT64_C(1) << 22) /* estimates are not trusted beyond */

struct hash_entry {
    struct hash_entry *next;
    uint64_t hash; /* its lowest bit gives way to the mark */
    uint64_t key_int;
    const uint8_t *key; /* NULL: a single number, key_int */
    uint32_t key_len;
    bool matched;
};

struct hash_state {
    struct sql_state state;
    bool built, has_outer, matched;
    struct arena arena, scratch;
    struct hash_entry **buckets;
    uint64_t bucket_count, count;
    struct hash_entry *entry; /* the next one to look at */
    uint64_t bucket;          /* the unmatched inner rows' phase */
    bool unmatched_phase;
    uint64_t hash, key_int;
    struct slice key;
};

static const struct datum *entry_tuple(const struct hash_entry *entry)
{
    return (const struct datum *)(const void *)((const uint8_t *)entry + 48);
}
_Static_assert(sizeof(struct hash_entry) <= 48, "the tuple follows at a multiple of 16");

static uint64_t hash_int(uint64_t value)
{
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

/* The key of the current row into state->hash, key_int, key. *null: it matches nothing. */
static bool join_key(struct sql_run *run, struct hash_state *state, const struct sql_keys *keys,
                     bool *null)
{
    *null = sql_key_has_null(run, keys);
    if (*null)
        return true;
    if (keys->count == 1 && keys->items[0].codec == SQL_KEY_INT) {
        state->key_int = (uint64_t)run->regs[keys->items[0].reg].i;
        state->key = slice_of(NULL, 0);
        state->hash = hash_int(state->key_int);
        return true;
    }
    struct sql_bytes bytes;
    if (state->scratch.chunks)
        arena_reset(&state->scratch);
    sql_bytes_init(&bytes, &state->scratch);
    if (!sql_key_encode(run, keys, &state->scratch, &bytes))
        return false;
    state->key = sql_bytes_slice(&bytes);
    state->key_int = 0;
    state->hash = hash_bytes(state->key);
    return true;
}

static struct hash_entry *reversed(struct hash_entry *entry)
{
    struct hash_entry *done = NULL;
    for (struct hash_entry *next; entry; entry = next) {
        next = entry->next;
        entry->next = done;
        done = entry;
    }
    return done;
}

/* expected: rows, as far as the planner knows; 0: it does not. */
static bool grow(struct sql_run *run, struct hash_state *state, double expected)
{
    uint64_t count = state->bucket_count ? state->bucket_count * 4 : 256;
    while (count < BUCKETS_EXPECTED_MAX && (double)count < expected)
        count *= 2;
    struct hash_entry **buckets = calloc(count, sizeof(struct hash_entry *));
    if (!buckets)
        return sql_fail_memory(run->env->error);
    for (uint64_t i = 0; i < state->bucket_count; i++) {
        for (struct hash_entry *entry = reversed(state->buckets[i]), *next; entry; entry = next) {
            next = entry->next;
            struct hash_entry **bucket = &buckets[entry->hash & (count - 1)];
            entry->next = *bucket;
            *bucket = entry;
        }
        if (!sql_run_check(run)) {
            free(buckets);
            return false;
        }
    }
    free(state->buckets);
    state->buckets = buckets;
    state->bucket_count = count;
    return true;
}

static bool add_entry(struct sql_run *run, const struct sql_node_join *node,
                      struct hash_state *state)
{
    if (state->count >= state->bucket_count && !grow(run, state, 0))
        return false;
    struct datum *tuple =
        sql_tuple_save(&state->arena, run->regs, &node->node.inputs[1]->outputs, 48);
    if (!tuple)
        return sql_fail_memory(run->env->error);
    struct hash_entry *entry = (struct hash_entry *)(void *)((uint8_t *)tuple - 48);
    *entry = (struct hash_entry){.hash = state->hash, .key_int = state->key_int};
    if (state->key.ptr) {
        struct slice copy = arena_dup(&state->arena, state->key);
        if (!copy.ptr)
            return sql_fail_memory(run->env->error);
        entry->key = copy.ptr;
        entry->key_len = (uint32_t)copy.len;
    }
    struct hash_entry **bucket = &state->buckets[entry->hash & (state->bucket_count - 1)];
    entry->next = *bucket;
    *bucket = entry;
    state->count++;
    return true;
}

/* Rows of one key come out in the order in which they went in: clients that ask a catalog for columns
 * without ORDER BY count on the table's order. */
static bool keep_order(struct sql_run *run, struct hash_state *state)
{
    for (uint64_t i = 0; i < state->bucket_count; i++) {
        if (state->buckets[i] && state->buckets[i]->next)
            state->buckets[i] = reversed(state->buckets[i]);
        if (!sql_run_check(run))
            return false;
    }
    return true;
}

/* An inner row without a key can only be given as unmatched: under a hash that nobody asks for. */
static bool build(struct sql_run *run, const struct sql_node_join *node, struct hash_state *state)
{
    const struct sql_node *inner = node->node.inputs[1];
    sql_node_restart(run, inner);
    arena_reset(&state->arena);
    state->count = 0;
    if (state->buckets)
        memset(state->buckets, 0, state->bucket_count * sizeof(struct hash_entry *));
    else if (!grow(run, state, inner->rows))
        return false;
    for (;;) {
        enum sql_next next = sql_node_next(run, inner);
        if (next != SQL_NEXT_ROW)
            return next == SQL_NEXT_END && keep_order(run, state);
        bool null;
        if (state->state.arena.chunks)
            arena_reset(&state->state.arena);
        if (node->inner_program && !sql_program_run(run, node->inner_program, &state->state.arena))
            return false;
        if (!join_key(run, state, &node->inner_keys, &null))
            return false;
        if (null) {
            if (!keeps_unmatched_inner(node->join))
                continue;
            state->key = slice_of("", 0);
            state->key_int = 0;
            state->hash = 0;
        }
        if (!add_entry(run, node, state))
            return false;
    }
}

static bool same_key(const struct hash_state *state, const struct hash_entry *entry)
{
    if (entry->hash != state->hash)
        return false;
    if (!state->key.ptr)
        return entry->key == NULL && entry->key_int == state->key_int;
    return entry->key && entry->key_len == state->key.len &&
           memcmp(entry->key, state->key.ptr, state->key.len) == 0;
}

static enum sql_next hash_outer(struct sql_run *run, const struct sql_node_join *node,
                                struct hash_state *state)
{
    enum sql_next next = sql_node_next(run, node->node.inputs[0]);
    bool null;
    if (next != SQL_NEXT_ROW)
        return next;
    if (node->outer_program && !sql_program_run(run, node->outer_program, &state->state.arena))
        return SQL_NEXT_FAILED;
    if (!join_key(run, state, &node->outer_keys, &null))
        return SQL_NEXT_FAILED;
    state->has_outer = true;
    state->matched = false;
    state->entry = null ? NULL : state->buckets[state->hash & (state->bucket_count - 1)];
    return SQL_NEXT_ROW;
}

static enum sql_next hash_unmatched(struct sql_run *run, const struct sql_node_join *node,
                                    struct hash_state *state)
{
    for (;;) {
        while (state->entry) {
            const struct hash_entry *entry = state->entry;
            state->entry = entry->next;
            if (!sql_run_check(run))
                return SQL_NEXT_FAILED;
            if (entry->matched)
                continue;
            sql_tuple_load(run->regs, &node->node.inputs[1]->outputs, entry_tuple(entry));
            sql_tuple_load_nulls(run->regs, &node->node.inputs[0]->outputs);
            return SQL_NEXT_ROW;
        }
        if (state->bucket == state->bucket_count)
            return SQL_NEXT_END;
        state->entry = state->buckets[state->bucket++];
    }
}

/* The next entry that matches the outer row; its registers are loaded. */
static enum sql_next hash_match(struct sql_run *run, const struct sql_node_join *node,
                                struct hash_state *state)
{
    while (state->entry) {
        struct hash_entry *entry = state->entry;
        bool passes = true;
        state->entry = entry->next;
        if (!sql_run_check(run))
            return SQL_NEXT_FAILED;
        if (!same_key(state, entry))
            continue;
        sql_tuple_load(run->regs, &node->node.inputs[1]->outputs, entry_tuple(entry));
        if (state->state.arena.chunks)
            arena_reset(&state->state.arena);
        if (node->on && !sql_program_test(run, node->on, &state->state.arena, &passes))
            return SQL_NEXT_FAILED;
        if (!passes)
            continue;
        entry->matched = true;
        return SQL_NEXT_ROW;
    }
    return SQL_NEXT_END;
}

static bool hash_begin(struct sql_run *run, const struct sql_node_join *node,
                       struct hash_state *state)
{
    state->has_outer = state->unmatched_phase = false;
    state->bucket = 0;
    sql_node_restart(run, node->node.inputs[0]);
    state->state.started = true;
    if (state->built && !node->node.inputs[1]->outer && !keeps_unmatched_inner(node->join))
        return true;
    state->built = build(run, node, state);
    return state->built;
}

static enum sql_next hash_next(struct sql_run *run, const struct sql_node *base_node,
                               struct sql_state *base)
{
    const struct sql_node_join *node = (const void *)base_node;
    struct hash_state *state = (void *)base;
    if (!base->started && !hash_begin(run, node, state))
        return SQL_NEXT_FAILED;
    for (;;) {
        enum sql_next next;
        if (state->unmatched_phase)
            return hash_unmatched(run, node, state);
        if (!state->has_outer) {
            next = hash_outer(run, node, state);
            if (next == SQL_NEXT_END && keeps_unmatched_inner(node->join)) {
                state->unmatched_phase = true;
                state->entry = NULL;
                continue;
            }
            if (next != SQL_NEXT_ROW)
                return next;
        }
        next = hash_match(run, node, state);
        if (next == SQL_NEXT_FAILED)
            return next;
        if (next == SQL_NEXT_END) {
            state->has_outer = false;
            if (state->matched || !keeps_unmatched_outer(node->join))
                continue;
            sql_tuple_load_nulls(run->regs, &base_node->inputs[1]->outputs);
            return SQL_NEXT_ROW;
        }
        state->matched = true;
        if (node->join == SQL_JOIN_NODE_SEMI || node->join == SQL_JOIN_NODE_ANTI)
            state->has_outer = false;
        if (node->join != SQL_JOIN_NODE_ANTI)
            return SQL_NEXT_ROW;
    }
}

static void hash_close(struct sql_run *run, const struct sql_node *node, struct sql_state *base)
{
    (void)run;
    (void)node;
    struct hash_state *state = (void *)base;
    arena_done(&state->arena);
    arena_done(&state->scratch);
    free(state->buckets);
}

const struct sql_node_ops sql_hash_join_ops = {"Hash Join", sizeof(struct hash_state), hash_next,
                                               NULL, hash_close};
