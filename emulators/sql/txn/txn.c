#include "emulators/sql/txn/txn.h"

#include "emulators/sql/txn/txn_internal.h"

/* No id is given out that could be mistaken for an old one after the counter's end. */
#define XID_MAX (UINT32_MAX - 1000000)

#define UNDO_PIECE 256 /* changes that are undone at once */

/* ---- arrays that grow */

/* Room for one more item; false: out of memory. */
static bool reserve(struct heap *heap, void **items, size_t item_size, size_t count, size_t *room)
{
    if (count < *room)
        return true;
    size_t more = *room ? *room * 2 : 8;
    void *block = heap_realloc(heap, *items, *room * item_size, more * item_size);
    if (!block)
        return false;
    *items = block;
    *room = more;
    return true;
}

static bool reserve_u32(struct heap *heap, void **items, size_t item_size, uint32_t count,
                        uint32_t *room)
{
    size_t wide = *room;
    bool ok = reserve(heap, items, item_size, count, &wide);
    *room = (uint32_t)wide;
    return ok;
}

/* ---- beginning */

static void link_txn(struct sql_txn_manager *manager, struct sql_txn *txn)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    own->older = manager->newest;
    *(own->older ? &sql_txn_own(own->older)->newer : &manager->oldest) = txn;
    manager->newest = txn;
    manager->txn_count++;
}

static void unlink_txn(struct sql_txn_manager *manager, struct sql_txn *txn)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    *(own->older ? &sql_txn_own(own->older)->newer : &manager->oldest) = own->newer;
    *(own->newer ? &sql_txn_own(own->newer)->older : &manager->newest) = own->older;
    manager->txn_count--;
}

bool sql_txn_begin(struct sql_session *session, const struct sql_txn_options *options,
                   struct sql_error *error)
{
    struct sql_txn_manager *manager = session->instance->txns;
    void *active = manager->active;
    if (!reserve_u32(manager->heap, &active, sizeof *manager->active, manager->txn_count,
                     &manager->active_room))
        return sql_fail_memory(error);
    manager->active = active;
    struct sql_txn_private *own = heap_zalloc(manager->heap, sizeof *own);
    if (!own)
        return sql_fail_memory(error);
    own->txn = (struct sql_txn){.manager = manager,
                                .session = session,
                                .isolation = options->isolation,
                                .read_only = options->read_only,
                                .deferrable = options->deferrable,
                                .serial = ++manager->serial,
                                .own = own};
    link_txn(manager, &own->txn);
    session->txn = &own->txn;
    return true;
}

bool sql_txn_give_id(struct sql_txn *txn)
{
    struct sql_txn_manager *manager = txn->manager;
    if (txn->xid)
        return true;
    if (manager->next_xid >= XID_MAX)
        return false;
    txn->xid = manager->next_xid++;
    sql_txn_activate(manager, txn);
    return true;
}

bool sql_txn_assign(struct sql_env *env)
{
    struct sql_txn *txn = env->session->txn;
    if (!txn->xid && txn->state != SQL_TXN_ACTIVE)
        return sql_fail(env->error, "40000", "transaction was rolled back by the server");
    return sql_txn_give_id(txn) ||
           sql_fail(env->error, "54000",
                    "database is not accepting commands to avoid wraparound data loss");
}

void sql_txn_next_command(struct sql_txn *txn)
{
    if (sql_txn_own(txn)->command_used)
        txn->command++;
    sql_txn_own(txn)->command_used = false;
}

/* ---- undo */

bool sql_txn_begin_change(struct sql_env *env)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_txn_private *own = sql_txn_own(txn);
    if (txn->state != SQL_TXN_ACTIVE)
        return sql_fail(env->error, "40000", "transaction was rolled back by the server");
    if (!txn->xid && !sql_txn_assign(env))
        return false;
    if (txn->isolation == SQL_SERIALIZABLE && !own->ssi && !sql_snapshot_hold(txn))
        return sql_fail_memory(env->error);
    if (txn->command == UINT32_MAX)
        return sql_fail(env->error, "54000",
                        "cannot have more than 2^32-2 commands in a transaction");
    void *items = own->undo.items;
    if (!reserve(txn->manager->heap, &items, sizeof *own->undo.items, own->undo.count,
                 &own->undo.room))
        return sql_fail_memory(env->error);
    own->undo.items = items;
    own->command_used = true;
    return true;
}

uint32_t sql_undo_since(const struct sql_txn *txn)
{
    return txn->depth ? sql_txn_own(txn)->savepoints[txn->depth - 1].command : 0;
}

void sql_undo_note(struct sql_txn *txn, enum sql_undo_kind kind, void *owner, uint64_t id)
{
    struct sql_undo_log *log = &sql_txn_own(txn)->undo;
    size_t first = txn->depth ? sql_txn_own(txn)->savepoints[txn->depth - 1].undo_count : 0;
    struct sql_undo *last = log->count > first ? &log->items[log->count - 1] : NULL;
    if (kind == SQL_UNDO_INSERT && last && last->kind == kind && last->owner == owner &&
        last->id + last->count == id && last->count < UINT32_MAX) {
        last->count++;
        return;
    }
    ASSERT(log->count < log->room);
    log->items[log->count++] =
        (struct sql_undo){.owner = owner, .id = id, .count = 1, .kind = kind};
}

/* Takes back entries from `keep` on, last first; false: memory ran out, the rest is still there. */
static bool undo_some(struct sql_txn *txn, size_t keep, uint32_t command)
{
    struct sql_undo_log *log = &sql_txn_own(txn)->undo;
    for (; log->count > keep; log->count--) {
        const struct sql_undo *item = &log->items[log->count - 1];
        bool done = item->kind == SQL_UNDO_OBJECT
                        ? sql_objects_undo(item->owner, txn, (uint32_t)(item->id >> 32),
                                           (uint32_t)item->id, command)
                        : sql_table_undo(item->owner, txn, item->id, item->count, command);
        if (!done)
            return false;
    }
    return true;
}

/* Undoes in pieces, with the heap's reserve at hand; others have their turn between two, and may even
 * take the whole transaction away. */
static bool undo_back_to(struct sql_txn *txn, size_t keep, uint32_t command)
{
    struct heap *heap = txn->manager->heap;
    const struct sql_undo_log *log = &sql_txn_own(txn)->undo;
    bool done = true;
    while (done && txn->state != SQL_TXN_LOST && log->count > keep) {
        size_t left = log->count - keep;
        heap_draw_reserve(heap, true);
        done = undo_some(txn, left > UNDO_PIECE ? log->count - UNDO_PIECE : keep, command);
        heap_draw_reserve(heap, false);
        (void)heap_take_failure(heap);
        if (left > UNDO_PIECE && txn->session)
            sql_session_pause(txn->session);
    }
    return done;
}

/* ---- hooks */

bool sql_txn_on_end(struct sql_txn *txn, const struct sql_txn_hook *hook, void *ctx,
                    struct sql_error *error)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    void *hooks = own->hooks;
    if (!reserve_u32(txn->manager->heap, &hooks, sizeof *own->hooks, own->hook_count,
                     &own->hook_room))
        return sql_fail_memory(error);
    own->hooks = hooks;
    own->hooks[own->hook_count++] = (struct sql_hook){hook, ctx};
    return true;
}

/* Ends those from `keep` on, last first, as rolled back. */
static void abandon_hooks(struct sql_txn *txn, uint32_t keep)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    while (own->hook_count > keep) {
        struct sql_hook hook = own->hooks[--own->hook_count];
        if (hook.hook->end)
            hook.hook->end(txn, hook.ctx, false);
    }
    if (own->hooks_run > keep)
        own->hooks_run = keep;
}

/* By index: a hook may ask for more. */
bool sql_txn_run_before(struct sql_env *env)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_txn_private *own = sql_txn_own(txn);
    while (own->hooks_run < own->hook_count) {
        struct sql_hook hook = own->hooks[own->hooks_run++];
        if (hook.hook->before && !hook.hook->before(env, hook.ctx))
            return false;
    }
    return true;
}

static void finish_hooks(struct sql_txn *txn)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    for (uint32_t i = 0; i < own->hook_count; i++)
        if (own->hooks[i].hook->end)
            own->hooks[i].hook->end(txn, own->hooks[i].ctx, true);
    own->hook_count = 0;
}

/* ---- the end */

static void commit_objects(struct sql_txn *txn)
{
    const struct sql_undo_log *log = &sql_txn_own(txn)->undo;
    struct sql_instance_private *instance = txn->manager->instance->own;
    if (!sql_txn_own(txn)->object_version && !sql_txn_own(txn)->changed_unplanned)
        return;
    if (sql_txn_own(txn)->object_version)
        instance->committed = ++instance->versions;
    for (size_t i = 0; i < log->count; i++)
        if (log->items[i].kind == SQL_UNDO_OBJECT)
            sql_objects_commit(log->items[i].owner, txn, (uint32_t)(log->items[i].id >> 32),
                               (uint32_t)log->items[i].id);
}

/* Frees the transaction, whose changes have been kept or undone. */
static void finish(struct sql_txn *txn)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    struct sql_txn_manager *manager = txn->manager;
    struct sql_instance *instance = manager->instance;
    uint32_t xid = txn->xid;
    if (own->held)
        sql_snapshot_release(own->held);
    ASSERT(!own->snapshots);
    sql_row_locks_release(txn, 0);
    sql_locks_release_txn(txn);
    unlink_txn(manager, txn);
    if (txn->session)
        txn->session->txn = NULL;
    if (own->undo.items)
        heap_free(manager->heap, own->undo.items, own->undo.room * sizeof *own->undo.items);
    if (own->savepoints)
        heap_free(manager->heap, own->savepoints, own->savepoint_room * sizeof *own->savepoints);
    if (own->hooks)
        heap_free(manager->heap, own->hooks, own->hook_room * sizeof *own->hooks);
    arena_done(&txn->arena);
    heap_free(manager->heap, own, sizeof *own);
    if (xid)
        sql_wait_ended(instance, xid);
    sql_txn_collect(manager);
    sql_instance_leave_limbo(instance);
}

static void commit(struct sql_txn *txn)
{
    commit_objects(txn);
    if (txn->xid) {
        sql_txn_deactivate(txn->manager, txn);
        sql_txn_discard(txn->manager, txn->xid, &sql_txn_own(txn)->undo);
    }
    sql_ssi_end(txn, true);
    finish_hooks(txn);
    finish(txn);
}

static void note_aborted(struct sql_txn_manager *manager, uint32_t xid)
{
    manager->aborted[manager->aborted_at++ % SQL_ABORTED_KEPT] = xid;
}

static void roll_back(struct sql_txn *txn)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    sql_snapshot_release(own->held);
    own->held = NULL;
    if (txn->state != SQL_TXN_LOST && txn->xid) {
        if (!undo_back_to(txn, 0, 0))
            sql_txn_cut_off(txn->manager, txn->xid);
        note_aborted(txn->manager, txn->xid);
    }
    sql_ssi_end(txn, false);
    abandon_hooks(txn, 0);
    if (txn->state != SQL_TXN_LOST)
        sql_txn_deactivate(txn->manager, txn);
    finish(txn);
}

void sql_txn_end(struct sql_txn *txn, bool commits)
{
    if (commits && txn->state == SQL_TXN_ACTIVE)
        commit(txn);
    else
        roll_back(txn);
}

bool sql_txn_commit(struct sql_env *env)
{
    struct sql_session *session = env->session;
    bool ok = session->txn->state == SQL_TXN_ACTIVE
                  ? sql_txn_run_before(env) && sql_ssi_before_commit(env)
                  : sql_fail(env->error, "40000", "transaction was rolled back by the server");
    sql_txn_end(session->txn, ok);
    return ok;
}

void sql_txn_rollback(struct sql_session *session)
{
    if (session->txn)
        roll_back(session->txn);
}

/* ---- savepoints */

bool sql_savepoint_begin(struct sql_txn *txn, struct slice name, struct sql_error *error)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    void *items = own->savepoints;
    struct slice copy = arena_dup(&txn->arena, name);
    if (!copy.ptr || !reserve_u32(txn->manager->heap, &items, sizeof *own->savepoints, txn->depth,
                                  &own->savepoint_room))
        return sql_fail_memory(error);
    own->savepoints = items;
    sql_txn_next_command(txn);
    own->savepoints[txn->depth++] = (struct sql_savepoint){
        .name = copy,
        .command = txn->command,
        .undo_count = own->undo.count,
        .hook_count = own->hook_count,
        .lock_mark = sql_locks_mark(txn),
        .row_lock_mark = own->row_lock_count,
    };
    return true;
}

uint32_t sql_savepoint_find(const struct sql_txn *txn, struct slice name)
{
    uint32_t depth = txn->depth;
    while (depth > 0 && !slice_eq(sql_txn_own(txn)->savepoints[depth - 1].name, name))
        depth--;
    return depth;
}

void sql_savepoint_release(struct sql_txn *txn, uint32_t depth)
{
    ASSERT(depth > 0 && depth <= txn->depth);
    txn->depth = depth - 1;
}

void sql_savepoint_rollback(struct sql_txn *txn, uint32_t depth)
{
    ASSERT(depth > 0 && depth <= txn->depth);
    const struct sql_savepoint *savepoint = &sql_txn_own(txn)->savepoints[depth - 1];
    txn->depth = depth;
    if (txn->state != SQL_TXN_ACTIVE)
        return;
    if (txn->xid && !undo_back_to(txn, savepoint->undo_count, savepoint->command))
        txn->state = SQL_TXN_BROKEN;
    abandon_hooks(txn, savepoint->hook_count);
    sql_row_locks_release(txn, savepoint->row_lock_mark);
    sql_locks_release_since(txn, savepoint->lock_mark);
    /* Who waits for a row that is as it was may have it now. */
    if (txn->xid)
        sql_wait_ended(txn->manager->instance, txn->xid);
    /* What comes next is told from what was undone. */
    sql_txn_own(txn)->command_used = true;
    sql_txn_next_command(txn);
}
