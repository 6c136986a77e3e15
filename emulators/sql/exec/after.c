#include "emulators/sql/exec/after.h"

#include <stdlib.h>

#include "emulators/sql/exec/change.h"
#include "emulators/sql/exec/exclusion.h"
#include "emulators/sql/exec/spool.h"
#include "emulators/sql/exec/writer.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"

/* ---- events */

void sql_after_init(struct sql_after *after, struct arena *arena)
{
    *after = (struct sql_after){.arena = arena};
}

void sql_after_done(struct sql_after *after)
{
    for (uint32_t i = 0; i < after->changer_count; i++)
        sql_changer_close(after->changers[i]);
    sql_foreign_key_done(after);
    free(after->events);
    free(after->changers);
    sql_transitions_done(after);
    *after = (struct sql_after){.arena = after->arena};
}

static bool copy_row(struct arena *arena, const struct sql_relation *relation,
                     const struct datum *values, struct datum **out)
{
    *out = NULL;
    if (!values)
        return true;
    struct datum *copy = arena_array(arena, relation->column_count, sizeof(*copy));
    if (!copy)
        return false;
    for (uint32_t i = 0; i < relation->column_count; i++) {
        copy[i] = values[i];
        if (!copy[i].null && relation->layout->places[i].width == 0 &&
            !sql_datum_copy(arena, &copy[i]))
            return false;
    }
    *out = copy;
    return true;
}

static bool add_event(struct sql_after *after, struct sql_env *env, struct sql_after_event event,
                      const struct datum *old, const struct datum *values)
{
    if (after->count == after->room) {
        uint32_t room = after->room ? after->room * 2 : 16;
        struct sql_after_event *events = realloc(after->events, room * sizeof(*events));
        if (!events)
            return sql_fail_memory(env->error);
        after->events = events;
        after->room = room;
    }
    if (!copy_row(after->arena, event.relation, old, &event.old_row) ||
        !copy_row(after->arena, event.relation, values, &event.new_row))
        return sql_fail_memory(env->error);
    after->events[after->count++] = event;
    return true;
}

static bool same(const struct sql_relation *relation, const int16_t *columns, uint32_t count,
                 const struct datum *a, const struct datum *b)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)columns[i] - 1;
        struct datum x = a[at], y = b[at];
        bool by_value = relation->layout->places[at].width != 0;
        if (x.null || y.null ? x.null != y.null
            : by_value       ? x.u != y.u
                             : !slice_eq(datum_slice(x), datum_slice(y)))
            return false;
    }
    return true;
}

/* A key of partitioned tables has parts: one for each partition of the referencing table, which looks for
 * that partition's rows' parents, and one for each partition of the referenced table, which acts when that
 * partition's rows change. The first kind is told from the whole by its relation. */
static bool is_part(struct sql_env *env, const struct sql_constraint *constraint,
                    bool same_relation)
{
    const struct sql_constraint *whole =
        constraint->parent ? sql_find_constraint(env->session, constraint->parent) : NULL;
    return whole && (whole->relation == constraint->relation) == same_relation;
}

static bool note_children(struct sql_after *after, struct sql_env *env,
                          const struct sql_relation *relation, uint64_t row_id,
                          const struct datum *old, const struct datum *values)
{
    for (uint32_t i = 0; i < relation->constraint_count; i++) {
        const struct sql_constraint *constraint =
            sql_find_constraint(env->session, relation->constraints[i]);
        if (!constraint || constraint->kind != SQL_CONSTRAINT_FOREIGN ||
            is_part(env, constraint, true))
            continue;
        if (old && same(relation, constraint->columns, constraint->column_count, old, values))
            continue;
        struct sql_after_event event = {.kind = SQL_AFTER_CHILD,
                                        .constraint = constraint,
                                        .relation = relation,
                                        .event = old ? SQL_TRIGGER_UPDATE : SQL_TRIGGER_INSERT,
                                        .row_id = row_id};
        if (!add_event(after, env, event, NULL, values))
            return false;
    }
    return true;
}

static bool note_parents(struct sql_after *after, struct sql_env *env,
                         const struct sql_relation *relation, uint64_t row_id,
                         const struct datum *old, const struct datum *values)
{
    for (uint32_t i = 0; i < relation->referencing_count; i++) {
        const struct sql_constraint *constraint =
            sql_find_constraint(env->session, relation->referencing[i]);
        if (!constraint || constraint->foreign_table != relation->object.id ||
            is_part(env, constraint, false) || (after->moving && constraint->parent))
            continue;
        if (values &&
            same(relation, constraint->foreign_columns, constraint->column_count, old, values))
            continue;
        struct sql_after_event event = {.kind = SQL_AFTER_PARENT,
                                        .constraint = constraint,
                                        .relation = relation,
                                        .event = values ? SQL_TRIGGER_UPDATE : SQL_TRIGGER_DELETE,
                                        .row_id = row_id};
        if (!add_event(after, env, event, old, values))
            return false;
    }
    return true;
}

bool sql_after_insert(struct sql_after *after, struct sql_env *env,
                      const struct sql_relation *relation, uint64_t row_id,
                      const struct datum *values)
{
    return note_children(after, env, relation, row_id, NULL, values);
}

bool sql_after_update(struct sql_after *after, struct sql_env *env,
                      const struct sql_relation *relation, uint64_t row_id, const struct datum *old,
                      const struct datum *values)
{
    return note_children(after, env, relation, row_id, old, values) &&
           note_parents(after, env, relation, row_id, old, values);
}

bool sql_after_delete(struct sql_after *after, struct sql_env *env,
                      const struct sql_relation *relation, uint64_t row_id, const struct datum *old)
{
    return note_parents(after, env, relation, row_id, old, NULL);
}

bool sql_after_move(struct sql_after *after, struct sql_env *env, const struct sql_relation *root,
                    const struct datum *old, const struct datum *values)
{
    return note_parents(after, env, root, 0, old, values);
}

bool sql_after_unique(struct sql_after *after, struct sql_env *env,
                      const struct sql_index_keys *keys, uint64_t row_id)
{
    struct sql_after_event event = {
        .kind = SQL_AFTER_UNIQUE, .relation = keys->relation, .keys = keys, .row_id = row_id};
    event.constraint = keys->index->index->constraint
                           ? sql_find_constraint(env->session, keys->index->index->constraint)
                           : NULL;
    return add_event(after, env, event, NULL, NULL);
}

bool sql_after_trigger(struct sql_after *after, struct sql_env *env,
                       const struct sql_trigger *trigger, const struct sql_relation *relation,
                       enum sql_trigger_event event, const struct datum *old,
                       const struct datum *values)
{
    struct sql_after_event noted = {
        .kind = SQL_AFTER_TRIGGER, .trigger = trigger, .relation = relation, .event = event};
    return add_event(after, env, noted, old, values);
}

/* ---- working them off */

static bool check_key(struct sql_env *env, struct sql_index_access *access,
                      const struct sql_row *row, uint64_t row_id)
{
    struct slice key;
    bool skip;
    uint64_t conflict = 0;
    if (!access->use.key(&access->use, env, row, &key, &skip))
        return false;
    if (skip)
        return true;
    return sql_index_check(env, &access->use, key, row_id, &conflict) &&
           (!conflict || sql_fail_unique(env, access, true));
}

static bool check_exclusion(struct sql_env *env, struct sql_index_access *access,
                            const struct sql_row *row, uint64_t row_id)
{
    const struct sql_relation *relation = access->keys->relation;
    struct datum *values = arena_array(env->arena, relation->column_count + 1u, sizeof(*values));
    struct slice detail;
    uint64_t other;
    if (!values)
        return sql_fail_memory(env->error);
    sql_row_read(row, relation->layout, relation->column_count, values);
    return sql_exclusion_find(access, env, values, row_id, &other, &detail) &&
           (!other || sql_exclusion_fail(access, env, detail, true));
}

static bool check_unique(struct sql_env *env, const struct sql_after_event *event)
{
    struct sql_index_access access;
    struct sql_snapshot *snapshot;
    if (!sql_snapshot_take_latest(env, &snapshot))
        return false;
    bool good = sql_index_access_open(env, env->arena, event->keys, NULL, &access);
    access.use.ctx = &access;
    const struct sql_row *row =
        good ? sql_table_fetch(access.use.table, snapshot, event->row_id) : NULL;
    if (row)
        good = event->keys->index->index->exclusion
                   ? check_exclusion(env, &access, row, event->row_id)
                   : check_key(env, &access, row, event->row_id);
    sql_index_access_close(&access);
    sql_snapshot_release(snapshot);
    return good;
}

static bool work_off(struct sql_after *after, struct sql_env *env,
                     const struct sql_after_event *event)
{
    switch (event->kind) {
    case SQL_AFTER_CHILD: return sql_foreign_key_child(after, env, event);
    case SQL_AFTER_PARENT: return sql_foreign_key_parent(after, env, event);
    case SQL_AFTER_UNIQUE: return check_unique(env, event);
    case SQL_AFTER_TRIGGER: return sql_trigger_fire_after(after, env, event);
    case SQL_AFTER_DONE: return true;
    }
    return true;
}

/* ---- deferring: each statement's deferred events are a batch; it hangs on the transaction, so that
 * rolling back to a savepoint drops the batches made since */

struct sql_deferred {
    struct sql_deferred *next, **link;
    struct sql_session *session;
    struct sql_after after;
};

/* What SET CONSTRAINTS said in this transaction: in the same list, without events. */
struct constraint_mode {
    struct sql_deferred base;
    uint32_t id; /* 0: all */
    bool deferred;
};

static const struct constraint_mode *as_mode(const struct sql_deferred *item)
{
    return item->after.arena ? NULL : (const struct constraint_mode *)(const void *)item;
}

static bool is_deferred(struct sql_session *session, const struct sql_after_event *event)
{
    const struct sql_constraint *constraint = event->constraint;
    bool deferrable =
        constraint ? constraint->deferrable : event->trigger && event->trigger->deferrable;
    bool deferred = constraint ? constraint->deferred : event->trigger && event->trigger->deferred;
    uint32_t id = constraint       ? constraint->object.id
                  : event->trigger ? event->trigger->constraint
                                   : 0;
    if (!deferrable)
        return false;
    if (event->kind == SQL_AFTER_PARENT) {
        char action =
            event->event == SQL_TRIGGER_DELETE ? constraint->on_delete : constraint->on_update;
        if (action != 'a')
            return false;
    }
    /* Newest first: the first one that names it, or all. */
    for (const struct sql_deferred *item = session->deferred; item; item = item->next) {
        const struct constraint_mode *mode = as_mode(item);
        if (mode && (mode->id == 0 || mode->id == id))
            return mode->deferred;
    }
    return deferred;
}

static bool before_commit(struct sql_env *env, void *ctx)
{
    struct sql_deferred *batch = ctx;
    while (batch->after.at < batch->after.count) {
        struct sql_after_event event = batch->after.events[batch->after.at++];
        if (!work_off(&batch->after, env, &event))
            return false;
        sql_txn_next_command(env->session->txn);
    }
    return true;
}

static void end_batch(struct sql_txn *txn, void *ctx, bool committed)
{
    struct sql_deferred *batch = ctx;
    (void)txn;
    (void)committed;
    *batch->link = batch->next;
    if (batch->next)
        batch->next->link = batch->link;
    if (batch->after.arena)
        sql_after_done(&batch->after);
}

static bool hang_on(struct sql_env *env, struct sql_deferred *item)
{
    static const struct sql_txn_hook batch_hook = {before_commit, end_batch, NULL};
    static const struct sql_txn_hook mode_hook = {NULL, end_batch, NULL};
    struct sql_session *session = env->session;
    if (!sql_txn_on_end(session->txn, item->after.arena ? &batch_hook : &mode_hook, item,
                        env->error))
        return false;
    item->session = session;
    item->next = session->deferred;
    item->link = &session->deferred;
    if (item->next)
        item->next->link = &item->next;
    session->deferred = item;
    return true;
}

static bool defer(struct sql_env *env, const struct sql_after_event *event,
                  struct sql_deferred **batch)
{
    struct arena *arena = &env->session->txn->arena;
    if (!*batch) {
        *batch = arena_zalloc(arena, sizeof(**batch));
        if (!*batch)
            return sql_fail_memory(env->error);
        sql_after_init(&(*batch)->after, arena);
        if (!hang_on(env, *batch))
            return false;
    }
    struct sql_after_event copy = *event;
    if (copy.keys && !sql_index_keys_make(env, arena, copy.keys->relation, copy.keys->index,
                                          (struct sql_index_keys **)(uintptr_t)&copy.keys))
        return false;
    return add_event(&(*batch)->after, env, copy, event->old_row, event->new_row);
}

bool sql_after_is_pending(const struct sql_session *session, uint32_t relation)
{
    for (const struct sql_deferred *item = session->deferred; item; item = item->next)
        for (uint32_t i = item->after.at; item->after.arena && i < item->after.count; i++) {
            const struct sql_after_event *event = &item->after.events[i];
            if (event->kind != SQL_AFTER_DONE && event->relation &&
                event->relation->object.id == relation)
                return true;
        }
    return false;
}

bool sql_after_run(struct sql_after *after, struct sql_env *env)
{
    struct sql_deferred *batch = NULL;
    while (after->at < after->count) {
        struct sql_after_event event = after->events[after->at++];
        /* It sees what the statement did, and the events before it. */
        sql_txn_next_command(env->session->txn);
        if (is_deferred(env->session, &event)) {
            if (env->session->role_limits & SQL_ROLE_RESTRICTED)
                return sql_fail(
                    env->error, "42501",
                    "cannot fire deferred trigger within security-restricted operation");
            if (!defer(env, &event, &batch))
                return false;
        } else if (!work_off(after, env, &event)) {
            return false;
        }
        if (env->check && !env->check(env))
            return false;
    }
    after->at = after->count = 0;
    return true;
}

bool sql_set_constraints(struct sql_env *env, const uint32_t *ids, uint32_t count, bool deferred)
{
    struct sql_session *session = env->session;
    for (uint32_t i = 0; i < (count ? count : 1); i++) {
        struct constraint_mode *mode = arena_zalloc(&session->txn->arena, sizeof(*mode));
        if (!mode)
            return sql_fail_memory(env->error);
        mode->id = count ? ids[i] : 0;
        mode->deferred = deferred;
        if (!hang_on(env, &mode->base))
            return false;
    }
    if (deferred)
        return true;
    for (struct sql_deferred *item = session->deferred; item; item = item->next) {
        if (!item->after.arena)
            continue;
        for (uint32_t i = item->after.at; i < item->after.count; i++) {
            struct sql_after_event *event = &item->after.events[i];
            if (event->relation && !is_deferred(session, event)) {
                struct sql_after_event due = *event;
                if (!work_off(&item->after, env, &due))
                    return false;
                item->after.events[i].kind = SQL_AFTER_DONE;
            }
        }
    }
    return true;
}

bool sql_after_changer(struct sql_after *after, struct sql_env *env,
                       const struct sql_relation *relation, struct sql_changer **out)
{
    for (uint32_t i = 0; i < after->changer_count; i++)
        if (after->changers[i]->relation == relation) {
            *out = after->changers[i];
            return true;
        }
    if (after->changer_count == after->changer_room) {
        uint32_t room = after->changer_room ? after->changer_room * 2 : 4;
        struct sql_changer **changers = realloc(after->changers, room * sizeof(*changers));
        if (!changers)
            return sql_fail_memory(env->error);
        after->changers = changers;
        after->changer_room = room;
    }
    if (!sql_changer_open(env, after->arena, relation, NULL, after, out))
        return false;
    after->changers[after->changer_count++] = *out;
    return true;
}
