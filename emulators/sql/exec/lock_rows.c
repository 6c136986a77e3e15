/* FOR UPDATE and its weaker kinds: rows are locked as they pass; TABLESAMPLE. */
#include <math.h>

#include "common/random.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/tid.h"

struct lock_state {
    struct sql_state state;
};

static const struct sql_relation *relation_of(const struct sql_run *run,
                                              const struct sql_lock_mark *mark, const int32_t **map)
{
    uint32_t number = (uint32_t)run->regs[mark->row_reg + SQL_HANDLE_RELATION].i;
    *map = NULL;
    if (number >= mark->family_count)
        return mark->relation;
    *map = mark->family[number].map;
    return mark->family[number].relation;
}

static bool reload(struct sql_run *run, const struct sql_lock_mark *mark,
                   const struct sql_relation *relation, const int32_t *map,
                   struct sql_table_rows *table, const struct sql_row *row, uint64_t row_id)
{
    struct sql_scan_row given = {relation, row, row_id};
    for (uint32_t i = 0; i < mark->column_count; i++) {
        struct sql_scan_column column = mark->columns[i];
        if (map && column.column > 0)
            column.column = map[column.column - 1];
        if (!sql_scan_load(run, table, &given, &column, 1))
            return false;
    }
    return true;
}

/* *kept false: the row is gone, or locked by somebody for whom nobody waits. *changed: it was read
 * anew. */
static bool lock_row(struct sql_run *run, const struct sql_lock_mark *mark, bool *kept,
                     bool *changed)
{
    const struct datum *handle = &run->regs[mark->row_reg];
    const int32_t *map;
    const struct sql_relation *relation = relation_of(run, mark, &map);
    *kept = true;
    if (handle[SQL_HANDLE_ROW_ID].null) /* the NULL side of an outer join */
        return true;
    struct sql_table_rows *table = sql_table_open(run->env, run->env->session->database, relation);
    if (!table)
        return false;
    struct sql_change_options options = {
        .row_id = handle[SQL_HANDLE_ROW_ID].u,
        .seen = (const struct sql_row *)(const void *)handle[SQL_HANDLE_VERSION].ptr,
        .snapshot = run->snapshot,
        .wait = mark->wait};
    for (;;) {
        enum sql_change change = sql_table_lock(run->env, table, &options, mark->strength);
        switch (change) {
        case SQL_CHANGE_FAILED: return false;
        case SQL_CHANGE_WOULD_WAIT: *kept = false; return true;
        case SQL_CHANGE_DONE:
        case SQL_CHANGE_SELF_MODIFIED:
        case SQL_CHANGE_SELF_LATER:
            return !*changed ||
                   reload(run, mark, relation, map, table, options.seen, options.row_id);
        case SQL_CHANGE_UPDATED:
        case SQL_CHANGE_DELETED:
        case SQL_CHANGE_MOVED: break;
        }
        if (run->env->session->txn->isolation > SQL_READ_COMMITTED)
            return sql_change_fail(run->env, SQL_CHANGE_UPDATED);
        if (change == SQL_CHANGE_MOVED)
            return sql_change_fail_moved(run->env, "locked");
        options.seen = sql_table_latest(table, run->env->session->txn, options.row_id);
        *changed = true;
        *kept = options.seen != NULL;
        if (!*kept)
            return true;
    }
}

static bool lock_all(struct sql_run *run, const struct sql_node_lock_rows *node,
                     struct lock_state *state, bool *kept)
{
    bool any = false;
    for (uint32_t i = 0; i < node->mark_count; i++) {
        bool changed = false;
        if (!lock_row(run, &node->marks[i], kept, &changed))
            return false;
        if (!*kept)
            return true;
        any |= changed;
    }
    if (!any)
        return true;
    if (node->recheck && !sql_program_test(run, node->recheck, &state->state.arena, kept))
        return false;
    return !*kept || sql_program_run(run, node->targets, &state->state.arena);
}

static enum sql_next lock_next(struct sql_run *run, const struct sql_node *base_node,
                               struct sql_state *base)
{
    const struct sql_node_lock_rows *node = (const void *)base_node;
    if (!base->started) {
        base->started = true;
        sql_node_restart(run, base_node->inputs[0]);
    }
    for (;;) {
        bool kept = true;
        enum sql_next next = sql_node_next(run, base_node->inputs[0]);
        if (next != SQL_NEXT_ROW)
            return next;
        if (!lock_all(run, node, (void *)base, &kept))
            return SQL_NEXT_FAILED;
        if (kept)
            return SQL_NEXT_ROW;
    }
}

const struct sql_node_ops sql_lock_rows_ops = {"LockRows", sizeof(struct lock_state), lock_next,
                                               NULL, NULL};

/* ---- TABLESAMPLE: each row, or each block, is taken by a hash of its place and the seed */

struct sample_state {
    struct sql_state state;
    struct sql_table_rows *table;
    struct sql_table_scan scan;
    uint64_t seed, cutoff;
};

static bool sample_begin(struct sql_run *run, const struct sql_node_sample_scan *node,
                         struct sample_state *state)
{
    struct arena *arena = &state->state.arena;
    if (!sql_program_run(run, node->percent, arena))
        return false;
    struct datum percent = run->regs[node->percent->result];
    if (percent.null)
        return sql_fail(run->env->error, "2202H", "TABLESAMPLE parameter cannot be null");
    if (percent.d < 0 || percent.d > 100 || isnan(percent.d))
        return sql_fail(run->env->error, "2202H", "sample percentage must be between 0 and 100");
    state->cutoff = (uint64_t)(percent.d / 100 * 4294967296.0 + 0.5);
    state->seed = random_u64(run->env->random);
    if (node->seed) {
        if (!sql_program_run(run, node->seed, arena))
            return false;
        struct datum seed = run->regs[node->seed->result];
        if (seed.null)
            return sql_fail(run->env->error, "2202G",
                            "TABLESAMPLE REPEATABLE parameter cannot be null");
        state->seed = seed.u;
    }
    state->state.started = true;
    state->table = sql_table_open(run->env, run->env->session->database, node->scan.relation);
    return state->table &&
           sql_table_scan_begin(&state->scan, run->env, state->table, run->snapshot, false);
}

static enum sql_next sample_next(struct sql_run *run, const struct sql_node *base_node,
                                 struct sql_state *base)
{
    const struct sql_node_sample_scan *node = (const void *)base_node;
    struct sample_state *state = (void *)base;
    if (!base->started && !sample_begin(run, node, state))
        return SQL_NEXT_FAILED;
    for (;;) {
        const struct sql_row *row;
        uint64_t row_id;
        if (sql_table_scan_next(&state->scan, &row, &row_id, 1) == 0)
            return SQL_NEXT_END;
        uint64_t position = sql_table_position(row, row_id);
        uint64_t place = node->system ? sql_position_block(position) : position;
        if ((uint32_t)sql_stable_hash_i64((int64_t)place, state->seed) >= state->cutoff)
            continue;
        struct sql_scan_row given = {node->scan.relation, row, row_id};
        return sql_scan_load(run, state->table, &given, node->scan.columns, node->scan.column_count)
                   ? SQL_NEXT_ROW
                   : SQL_NEXT_FAILED;
    }
}

const struct sql_node_ops sql_sample_scan_ops = {"Sample Scan", sizeof(struct sample_state),
                                                 sample_next, NULL, NULL};
