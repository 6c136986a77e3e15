/* INSERT, UPDATE, DELETE. */
#include "emulators/sql/catalog/system.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/exec/modify_internal.h"
#include "emulators/sql/exec/move_row.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/partition.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"

/* The changes of one run, in the order in which they began. */
struct sql_modify_run {
    struct modify_state *first, **end;
};

/* ---- beginning and end */

static enum sql_trigger_event event_of(enum sql_command command)
{
    return command == SQL_INSERT   ? SQL_TRIGGER_INSERT
           : command == SQL_UPDATE ? SQL_TRIGGER_UPDATE
                                   : SQL_TRIGGER_DELETE;
}

static bool fire_conflict(struct sql_run *run, struct modify_state *state, bool before)
{
    const struct sql_node_modify *node = state->node;
    return !node->conflict_update ||
           sql_changer_statement(state->root, run->env, SQL_TRIGGER_UPDATE, before,
                                 node->conflict_set.columns, node->conflict_set.count);
}

static bool fire_merge(struct sql_run *run, struct modify_state *state, bool before)
{
    static const enum sql_command commands[] = {SQL_INSERT, SQL_UPDATE, SQL_DELETE};
    const struct sql_node_modify *node = state->node;
    for (uint32_t c = 0; c < 3; c++) {
        enum sql_command command = commands[before ? c : 2 - c];
        for (uint32_t i = 0; i < node->action_count; i++) {
            if (node->actions[i].command != command)
                continue;
            if (!sql_changer_statement(state->root, run->env, event_of(command), before,
                                       node->actions[i].set.columns, node->actions[i].set.count))
                return false;
            break;
        }
    }
    return true;
}

/* Statement triggers of all that the statement may do. */
static bool fire_statement(struct sql_run *run, struct modify_state *state, bool before)
{
    const struct sql_node_modify *node = state->node;
    struct sql_changer *root = state->root;
    if (!root->trigger_count)
        return true;
    if (node->command == SQL_MERGE)
        return fire_merge(run, state, before);
    /* What came last is told first afterwards. */
    return (before || fire_conflict(run, state, before)) &&
           sql_changer_statement(root, run->env, event_of(node->command), before, node->set.columns,
                                 node->set.count) &&
           (!before || fire_conflict(run, state, before));
}

/* Does it do that: itself, as an action of MERGE, or when an INSERT finds a row in the way? */
static bool does(const struct sql_node_modify *node, enum sql_command command)
{
    bool found = node->command == command || (node->conflict_update && command == SQL_UPDATE);
    for (uint32_t i = 0; i < node->action_count; i++)
        found |= node->actions[i].command == command;
    return found;
}

/* What the dialect has against changing rows of the table. */
static bool check_change(struct sql_run *run, const struct sql_node_modify *node,
                         const struct sql_relation *relation)
{
    const struct sql_dialect *dialect = run->env->session->dialect;
    return !dialect->check_change ||
           ((!does(node, SQL_UPDATE) || dialect->check_change(run->env, relation, false)) &&
            (!does(node, SQL_DELETE) || dialect->check_change(run->env, relation, true)));
}

static bool open_state(struct sql_run *run, const struct sql_node_modify *node,
                       struct modify_state *state)
{
    const struct sql_relation *relation = node->relation;
    uint32_t most = relation->column_count;
    state->opened = true;
    state->node = node;
    sql_after_init(&state->after, run->arena);
    state->after.snapshot = run->snapshot;
    for (uint32_t i = 0; i < node->member_count; i++) {
        if (!check_change(run, node, node->members[i].relation))
            return false;
        if (node->members[i].relation->column_count > most)
            most = node->members[i].relation->column_count;
    }
    state->values = arena_array(run->arena, most, sizeof(*state->values));
    state->mapped = arena_array(run->arena, most, sizeof(*state->mapped));
    state->changers = arena_zalloc(run->arena, node->member_count * sizeof(*state->changers));
    if (!state->values || !state->mapped || !state->changers)
        return sql_fail_memory(run->env->error);
    if (!run->modify) {
        run->modify = arena_zalloc(run->arena, sizeof(*run->modify));
        if (!run->modify)
            return sql_fail_memory(run->env->error);
        run->modify->end = &run->modify->first;
    }
    *run->modify->end = state;
    run->modify->end = &state->next;
    return sql_modify_choose_arbiters(run, state) &&
           sql_transition_of(&state->after, run->env, relation, &state->after.transition) &&
           sql_changer_open(run->env, run->arena, relation,
                            node->members[0].relation == relation ? node->members[0].writer : NULL,
                            &state->after, &state->root) &&
           fire_statement(run, state, true);
}

/* The changer of one of the relations whose rows the input gives. */
static bool member_changer(struct sql_run *run, struct modify_state *state, uint32_t number,
                           struct sql_changer **out)
{
    const struct sql_modify_member *member = &state->node->members[number];
    if (member->relation == state->root->relation) {
        *out = state->root;
    } else if (!state->changers[number] &&
               !sql_changer_open(run->env, run->arena, member->relation, member->writer,
                                 &state->after, &state->changers[number])) {
        return false;
    } else {
        *out = state->changers[number];
    }
    (*out)->set_columns = member->map ? NULL : state->node->set.columns;
    (*out)->set_count = state->node->set.count;
    return true;
}

bool sql_modify_finish(struct sql_run *run)
{
    for (struct modify_state *state = run->modify ? run->modify->first : NULL; state;
         state = state->next) {
        if (state->finished)
            continue;
        state->finished = true;
        if (!fire_statement(run, state, false) || !sql_after_run(&state->after, run->env))
            return false;
    }
    return true;
}

static bool run_set(struct sql_run *run, const struct sql_modify_set *set, const int32_t *map,
                    struct arena *arena, struct datum *values)
{
    if (!sql_program_run(run, set->program, arena))
        return false;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t column = map ? (uint32_t)map[set->columns[i] - 1] : set->columns[i];
        if (column)
            values[column - 1] = run->regs[set->registers[i]];
    }
    return true;
}

/* ---- INSERT */

/* The new row in the order of the relation that the statement names, as triggers left it. */
static bool named_order(struct sql_run *run, struct modify_state *state,
                        const struct sql_changer *changer, const struct datum *values,
                        const struct datum **out)
{
    const struct sql_relation *named = state->node->relation;
    const int32_t *map = NULL;
    if (changer->relation != named &&
        !sql_partition_map(run->env, &state->state.arena, named, changer->relation, &map))
        return false;
    *out = sql_modify_in_order(state, map, values);
    return true;
}

static enum outcome insert_into(struct sql_run *run, struct modify_state *state,
                                struct sql_changer *changer, struct datum *values)
{
    struct shown_row shown = {.relation = changer->relation, .values = values};
    bool skipped;
    if (!changer->writer) {
        if (!sql_changer_instead(changer, run->env, SQL_TRIGGER_INSERT, NULL, values, &skipped))
            return OUTCOME_FAILED;
        return skipped ? OUTCOME_NOTHING : sql_modify_show_row(run, state, &shown, true);
    }
    if (!sql_changer_before(changer, run->env, values, &skipped))
        return OUTCOME_FAILED;
    if (skipped)
        return OUTCOME_NOTHING;
    if (!named_order(run, state, changer, values, &shown.values) ||
        !sql_modify_check_policies(run, state, changer->relation, shown.values) ||
        !sql_changer_put(changer, run->env, values, &shown.row_id, &shown.row, NULL))
        return OUTCOME_FAILED;
    shown.table = changer->writer->table;
    return sql_modify_show_row(run, state, &shown, true);
}

/* The changer of the partition that the row belongs to; it must belong to the table itself first. */
static bool route(struct sql_run *run, struct modify_state *state,
                  const struct sql_relation *relation, const struct datum *values,
                  struct sql_changer **out, struct datum **out_values)
{
    const struct sql_relation *leaf;
    if (!sql_partition_check(run->env, relation, values) ||
        !sql_partition_route(run->env, &state->state.arena, relation, values, &leaf, out_values) ||
        (state->node->conflict_update && !check_change(run, state->node, leaf)) ||
        !sql_after_changer(&state->after, run->env, leaf, out))
        return false;
    if ((*out)->writer)
        (*out)->writer->partition_checked =
            !sql_changer_has(*out, SQL_TRIGGER_INSERT, true, true, false);
    return true;
}

static enum outcome update_conflict(struct sql_run *run, struct modify_state *state,
                                    struct sql_changer *changer, const struct datum *proposed,
                                    uint64_t row_id);

/* Looks for a row in the way, then inserts; when one came in between, looks again. */
static enum outcome insert_or(struct sql_run *run, struct modify_state *state,
                              struct sql_changer *changer, struct datum *values)
{
    const struct sql_node_modify *node = state->node;
    const struct datum *shown_values;
    const struct sql_relation *index;
    bool skipped, conflict = false;
    changer->writer->env = run->env;
    if (!sql_changer_before(changer, run->env, values, &skipped))
        return OUTCOME_FAILED;
    if (skipped)
        return OUTCOME_NOTHING;
    if (!named_order(run, state, changer, values, &shown_values) ||
        !sql_modify_check_policies(run, state, changer->relation, shown_values))
        return OUTCOME_FAILED;
    for (;;) {
        uint64_t other;
        if (!sql_writer_find_conflict(changer->writer, values, state->arbiters,
                                      state->arbiter_count, &other, &index))
            return OUTCOME_FAILED;
        if (other && !node->conflict_update)
            return sql_table_check_seen(run->env, changer->writer->table, other) ? OUTCOME_NOTHING
                                                                                 : OUTCOME_FAILED;
        if (other) {
            enum outcome outcome = update_conflict(run, state, changer, values, other);
            if (outcome != OUTCOME_NOTHING || !state->retry)
                return outcome;
            continue;
        }
        struct shown_row shown = {
            .relation = changer->relation, .values = shown_values, .table = changer->writer->table};
        conflict = false;
        changer->writer->arbiters = state->arbiters;
        changer->writer->arbiter_count = state->arbiter_count;
        if (!sql_changer_put(changer, run->env, values, &shown.row_id, &shown.row, &conflict))
            return OUTCOME_FAILED;
        if (!conflict)
            return sql_modify_show_row(run, state, &shown, true);
    }
}

enum outcome sql_modify_insert(struct sql_run *run, struct modify_state *state,
                               const struct sql_modify_set *set)
{
    const struct sql_relation *relation = state->node->relation;
    struct sql_changer *changer = state->root;
    struct datum *values = state->values;
    state->inserting = true;
    for (uint32_t i = 0; i < relation->column_count; i++)
        values[i] = datum_null();
    if (!run_set(run, set, NULL, &state->state.arena, values))
        return OUTCOME_FAILED;
    struct datum *target = values;
    if (relation->kind == SQL_RELATION_PARTITIONED &&
        !route(run, state, relation, values, &changer, &target))
        return OUTCOME_FAILED;
    if (state->node->on_conflict)
        return insert_or(run, state, changer, target);
    return insert_into(run, state, changer, target);
}

/* ---- UPDATE and DELETE */

/* Loads the columns of a version that is newer than what the statement saw. */
static bool load_version(struct sql_run *run, const struct sql_node_modify *node,
                         const struct target_row *target)
{
    const int32_t *map = target->member->map;
    for (uint32_t i = 0; i < node->old_count; i++) {
        struct sql_scan_column column = node->old_columns[i];
        if (map && column.column > 0)
            column.column = map[column.column - 1];
        struct sql_scan_row row = {target->changer->relation, target->version, target->row_id};
        if (!sql_scan_load(run, target->changer->writer->table, &row, &column, 1))
            return false;
    }
    return true;
}

/* Another transaction has changed the row: does its newest version still satisfy the statement? */
static enum outcome look_again(struct sql_run *run, struct modify_state *state,
                               struct target_row *target)
{
    const struct sql_node_modify *node = state->node;
    bool holds = true;
    if (!sql_modify_lock_latest(run, node, target))
        return OUTCOME_FAILED;
    if (!target->version)
        return OUTCOME_GONE;
    if (!load_version(run, node, target) ||
        (node->recheck && !state->sourceless &&
         !sql_program_test(run, node->recheck, &state->state.arena, &holds)))
        return OUTCOME_FAILED;
    return holds ? OUTCOME_AGAIN : OUTCOME_GONE;
}

static enum outcome fail_triggered(struct sql_run *run, const struct modify_state *state,
                                   const char *done)
{
    if (state->node->command == SQL_MERGE)
        done = "updated or deleted";
    sql_fail(run->env->error, "27000",
             "tuple to be %s was already modified by an operation triggered by the current command",
             done);
    sql_hint(run->env->error, "Consider using an AFTER trigger instead of a BEFORE trigger to "
                              "propagate changes to other rows.");
    return OUTCOME_FAILED;
}

/* What it means that the row was not `done` ("updated", "deleted") because of somebody's change. */
static enum outcome after_change(struct sql_run *run, struct modify_state *state,
                                 struct target_row *target, enum sql_change change,
                                 const char *done)
{
    switch (change) {
    case SQL_CHANGE_UPDATED:
    case SQL_CHANGE_DELETED:
    case SQL_CHANGE_MOVED:
        if (!sql_modify_rereads(run)) {
            sql_change_fail(run->env, change);
            return OUTCOME_FAILED;
        }
        if (change == SQL_CHANGE_UPDATED)
            return look_again(run, state, target);
        if (change == SQL_CHANGE_DELETED)
            return OUTCOME_GONE;
        sql_change_fail_moved(run->env, "locked");
        return OUTCOME_FAILED;
    case SQL_CHANGE_SELF_LATER: return fail_triggered(run, state, done);
    case SQL_CHANGE_SELF_MODIFIED:
        return state->node->command == SQL_MERGE ? sql_merge_fail_twice(run) : OUTCOME_NOTHING;
    case SQL_CHANGE_FAILED: return OUTCOME_FAILED;
    default: return OUTCOME_NOTHING;
    }
}

/* The row's new place is another partition: it is deleted here and inserted there. */
static enum outcome move_row(struct sql_run *run, struct modify_state *state,
                             struct target_row *target, struct datum *values)
{
    struct sql_moving_row row = {.root = state->node->relation};
    struct sql_changer *there;
    struct datum *moved;
    bool skipped;
    if (row.root->kind != SQL_RELATION_PARTITIONED)
        return sql_writer_check(target->changer->writer, values) ? OUTCOME_NOTHING : OUTCOME_FAILED;
    enum sql_change change = sql_move_out(target->changer, run->env, &state->state.arena,
                                          target->row_id, target->version, values, &row, &skipped);
    if (change != SQL_CHANGE_DONE)
        return after_change(run, state, target, change, "updated");
    if (skipped)
        return OUTCOME_NOTHING;
    if (!route(run, state, row.root, row.values, &there, &moved))
        return OUTCOME_FAILED;
    state->after.arriving = true;
    enum outcome outcome = insert_into(run, state, there, moved);
    state->after.arriving = false;
    if (outcome == OUTCOME_ROW &&
        !sql_after_move(&state->after, run->env, row.root, row.old, row.values))
        return OUTCOME_FAILED;
    return outcome;
}

static bool leaves_partition(struct sql_run *run, const struct target_row *target,
                             const struct datum *values, bool *out)
{
    bool fits = true;
    if (target->changer->relation->partition_bound &&
        !sql_partition_fits(run->env, target->changer->relation, values, &fits))
        return false;
    *out = !fits;
    return true;
}

enum outcome sql_modify_update(struct sql_run *run, struct modify_state *state,
                               struct target_row *target, const struct sql_modify_set *set)
{
    const struct sql_relation *relation = target->changer->relation;
    struct datum *values = state->values;
    bool skipped, moves;
    state->inserting = false;
    struct datum *before;
    sql_row_read(target->version, relation->layout, relation->column_count, values);
    if (!run_set(run, set, target->member->map, &state->state.arena, values))
        return OUTCOME_FAILED;
    enum sql_change change = sql_changer_before_update(target->changer, run->env, target->row_id,
                                                       target->version, values, &before, &skipped);
    if (change != SQL_CHANGE_DONE)
        return after_change(run, state, target, change, "updated");
    if (skipped)
        return OUTCOME_NOTHING;
    if (!leaves_partition(run, target, values, &moves))
        return OUTCOME_FAILED;
    if (moves)
        return move_row(run, state, target, values);
    if (!sql_modify_check_policies(run, state, relation,
                                   sql_modify_in_order(state, target->member->map, values)))
        return OUTCOME_FAILED;
    struct shown_row shown = {
        .relation = relation, .table = target->changer->writer->table, .row_id = target->row_id};
    change = sql_changer_update(target->changer, run->env, target->row_id, target->version, before,
                                values, &shown.row);
    if (change != SQL_CHANGE_DONE)
        return after_change(run, state, target, change, "updated");
    shown.values = sql_modify_in_order(state, target->member->map, values);
    return sql_modify_show_row(run, state, &shown, true);
}

enum outcome sql_modify_delete(struct sql_run *run, struct modify_state *state,
                               struct target_row *target)
{
    const struct sql_relation *relation = target->changer->relation;
    bool skipped;
    enum sql_change change = sql_changer_delete(target->changer, run->env, target->row_id,
                                                target->version, false, &skipped);
    if (change != SQL_CHANGE_DONE)
        return after_change(run, state, target, change, "deleted");
    if (skipped)
        return OUTCOME_NOTHING;
    sql_row_read(target->version, relation->layout, relation->column_count, state->values);
    struct shown_row shown = {.relation = relation,
                              .table = target->changer->writer->table,
                              .values =
                                  sql_modify_in_order(state, target->member->map, state->values),
                              .row = target->version,
                              .row_id = target->row_id};
    return sql_modify_show_row(run, state, &shown, false);
}

bool sql_modify_target(struct sql_run *run, struct modify_state *state, struct target_row *out)
{
    const struct datum *handle = &run->regs[state->node->row_reg];
    uint32_t number = (uint32_t)handle[SQL_HANDLE_RELATION].i;
    if (number >= state->node->member_count)
        number = 0;
    out->member = &state->node->members[number];
    out->row_id = handle[SQL_HANDLE_ROW_ID].u;
    out->version = (const struct sql_row *)(const void *)handle[SQL_HANDLE_VERSION].ptr;
    return member_changer(run, state, number, &out->changer);
}

/* ---- ON CONFLICT DO UPDATE */

static bool conflict_rows(struct sql_run *run, struct modify_state *state)
{
    for (int i = 0; i < 2; i++) {
        const struct sql_program *program = state->node->conflict_rows[i];
        if (program && !sql_program_run(run, program, &state->state.arena))
            return false;
    }
    return true;
}

static enum outcome update_conflict(struct sql_run *run, struct modify_state *state,
                                    struct sql_changer *changer, const struct datum *proposed,
                                    uint64_t row_id)
{
    const struct sql_node_modify *node = state->node;
    const struct sql_relation *relation = changer->relation;
    struct sql_modify_member whole = {.relation = relation};
    struct target_row target = {.changer = changer, .member = &whole, .row_id = row_id};
    bool holds = true;
    state->retry = false;
    if (relation != node->relation) {
        const struct sql_modify_member *members = node->members;
        for (uint32_t i = 0; i < node->member_count; i++)
            if (members[i].relation == relation)
                target.member = &members[i];
        if (!target.member->map &&
            !sql_partition_map(run->env, run->arena, node->relation, relation, &whole.map))
            return OUTCOME_FAILED;
    }
    bool same;
    if (!sql_table_check_seen(run->env, changer->writer->table, row_id) ||
        !sql_modify_lock_conflict(run, node, &target, &same))
        return OUTCOME_FAILED;
    if (!same) {
        state->retry = true;
        return OUTCOME_NOTHING;
    }
    if (target.version->xid == run->env->session->txn->xid &&
        target.version->command >= run->snapshot->command) {
        sql_fail(run->env->error, "21000",
                 "ON CONFLICT DO UPDATE command cannot affect row a second time");
        sql_hint(run->env->error, "Ensure that no rows proposed for insertion within the same "
                                  "command have duplicate constrained values.");
        return OUTCOME_FAILED;
    }
    struct shown_row excluded = {
        .relation = relation, .values = sql_modify_in_order(state, target.member->map, proposed)};
    if (!sql_modify_load_columns(run, node->excluded, node->excluded_count, &excluded) ||
        !load_version(run, node, &target) || !conflict_rows(run, state) ||
        !sql_modify_check_options(run, state, SQL_CHECK_CONFLICT, &excluded) ||
        (node->conflict_where &&
         !sql_program_test(run, node->conflict_where, &state->state.arena, &holds)))
        return OUTCOME_FAILED;
    if (!holds)
        return OUTCOME_NOTHING;
    struct datum *kept = state->values;
    state->values = arena_array(&state->state.arena, relation->column_count + 1u, sizeof(*kept));
    if (!state->values)
        return sql_fail_memory(run->env->error) ? OUTCOME_NOTHING : OUTCOME_FAILED;
    enum outcome outcome = sql_modify_update(run, state, &target, &node->conflict_set);
    state->values = kept;
    return outcome;
}

/* ---- the operator */

/* INSTEAD OF triggers do what is to be done to the view's row; to a system relation's who makes it. */
static enum outcome change_view(struct sql_run *run, struct modify_state *state)
{
    const struct sql_node_modify *node = state->node;
    const struct sql_relation *view = node->relation;
    bool updates = node->command == SQL_UPDATE, skipped;
    struct datum *old = arena_array(&state->state.arena, view->column_count + 1u, sizeof(*old));
    if (!old) {
        sql_fail_memory(run->env->error);
        return OUTCOME_FAILED;
    }
    for (uint32_t i = 0; i < view->column_count; i++)
        state->values[i] = old[i] = run->regs[node->view_registers[i]];
    if (updates && !run_set(run, &node->set, NULL, &state->state.arena, state->values))
        return OUTCOME_FAILED;
    if (view->system) {
        if (!view->system->change(run->env, state->values))
            return OUTCOME_FAILED;
        skipped = false;
    } else if (!sql_changer_instead(state->root, run->env, event_of(node->command), old,
                                    updates ? state->values : NULL, &skipped)) {
        return OUTCOME_FAILED;
    }
    struct shown_row shown = {.relation = view, .values = updates ? state->values : old};
    return skipped ? OUTCOME_NOTHING : sql_modify_show_row(run, state, &shown, updates);
}

static enum outcome change_row(struct sql_run *run, struct modify_state *state)
{
    const struct sql_node_modify *node = state->node;
    struct target_row target;
    switch (node->command) {
    case SQL_INSERT: return sql_modify_insert(run, state, &node->set);
    case SQL_MERGE: return sql_merge_row(run, state);
    default: break;
    }
    if (node->view_registers)
        return change_view(run, state);
    if (!sql_modify_target(run, state, &target))
        return OUTCOME_FAILED;
    enum outcome outcome;
    do {
        outcome = node->command == SQL_UPDATE ? sql_modify_update(run, state, &target, &node->set)
                                              : sql_modify_delete(run, state, &target);
    } while (outcome == OUTCOME_AGAIN);
    return outcome;
}

static enum sql_next modify_next(struct sql_run *run, const struct sql_node *base_node,
                                 struct sql_state *base)
{
    const struct sql_node_modify *node = (const void *)base_node;
    struct modify_state *state = (void *)base;
    if (!base->started) {
        base->started = true;
        if (!state->opened && !open_state(run, node, state))
            return SQL_NEXT_FAILED;
    }
    for (;;) {
        enum sql_next next = sql_node_next(run, base_node->inputs[0]);
        if (next != SQL_NEXT_ROW)
            return next;
        if (base->arena.chunks)
            arena_reset(&base->arena);
        enum outcome outcome = change_row(run, state);
        if (outcome == OUTCOME_FAILED)
            return SQL_NEXT_FAILED;
        if (outcome == OUTCOME_ROW && node->returns)
            return SQL_NEXT_ROW;
    }
}

static void modify_close(struct sql_run *run, const struct sql_node *base_node,
                         struct sql_state *base)
{
    struct modify_state *state = (void *)base;
    const struct sql_node_modify *node = (const void *)base_node;
    (void)run;
    if (!state->opened)
        return;
    for (uint32_t i = 0; state->changers && i < node->member_count; i++)
        sql_changer_close(state->changers[i]);
    sql_changer_close(state->root);
    sql_after_done(&state->after);
}

const struct sql_node_ops sql_modify_ops = {"ModifyTable", sizeof(struct modify_state), modify_next,
                                            NULL, modify_close};
