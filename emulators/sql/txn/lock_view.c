/* Showing locks. */
#include "emulators/sql/txn/lock_internal.h"
#include "emulators/sql/value/tid.h"

static void show_hold(const struct sql_lock_hold *hold,
                      void (*visit)(void *ctx, const struct sql_lock_view *lock), void *ctx)
{
    const struct sql_lock_owner *owner = hold->owner;
    for (int mode = 1; mode < SQL_LOCK_MODES; mode++) {
        struct sql_lock_view view = {.tag = hold->lock->tag,
                                     .mode = (enum sql_lock_mode)mode,
                                     .granted = true,
                                     .session = owner->session ? owner->session->id : 0,
                                     .serial = owner->txn ? owner->txn->serial : 0};
        if (hold->counts[mode])
            visit(ctx, &view);
    }
}

static struct sql_lock_view waiter_view(const struct sql_instance *instance,
                                        const struct sql_waiter *waiter)
{
    const struct sql_session *session = waiter->session;
    struct sql_lock_view view = {.mode = SQL_SHARE,
                                 .session = session->id,
                                 .serial = session->txn ? session->txn->serial : 0,
                                 .wait_us = waiter->since_us};
    if (waiter->lock) {
        view.tag = waiter->lock->tag;
        view.mode = waiter->mode;
    } else if (!waiter->table || sql_waiter_is_head(instance->locks, waiter)) {
        view.tag.kind = SQL_LOCK_TRANSACTION;
        view.xid = waiter->xid;
    } else {
        view.mode = SQL_EXCLUSIVE;
        view.tag = (struct sql_lock_tag){.kind = SQL_LOCK_TUPLE,
                                         .database = session->database ? session->database->id : 0,
                                         .class_id = sql_position_block(waiter->row_id),
                                         .id = waiter->table->handle.relation,
                                         .part = sql_position_offset(waiter->row_id)};
    }
    return view;
}

bool sql_lock_awaited(const struct sql_session *session, struct sql_lock_view *out)
{
    if (!session->waiting || session->waiting->done)
        return false;
    *out = waiter_view(session->instance, session->waiting);
    return true;
}

struct weak_view {
    const struct sql_txn *txn;
    void (*visit)(void *ctx, const struct sql_lock_view *lock);
    void *ctx;
};

static void show_weak(void *ctx, const struct sql_lock_tag *tag, enum sql_lock_mode mode,
                      bool hidden)
{
    const struct weak_view *weak = ctx;
    struct sql_lock_view view = {.tag = *tag,
                                 .mode = mode,
                                 .granted = true,
                                 .session = weak->txn->session ? weak->txn->session->id : 0,
                                 .serial = weak->txn->serial,
                                 .fast = true};
    if (hidden)
        weak->visit(weak->ctx, &view);
}

/* Every transaction holds its own numbers. */
static void show_txn(const struct sql_txn *txn,
                     void (*visit)(void *ctx, const struct sql_lock_view *lock), void *ctx)
{
    struct sql_lock_view view = {.tag = {.kind = SQL_LOCK_VIRTUAL},
                                 .mode = SQL_EXCLUSIVE,
                                 .granted = true,
                                 .session = txn->session ? txn->session->id : 0,
                                 .serial = txn->serial};
    visit(ctx, &view);
    view.tag.kind = SQL_LOCK_TRANSACTION;
    view.xid = txn->xid;
    if (txn->xid)
        visit(ctx, &view);
}

void sql_lock_each(const struct sql_instance *instance,
                   void (*visit)(void *ctx, const struct sql_lock_view *lock), void *ctx)
{
    const struct sql_lock_manager *manager = instance->locks;
    for (size_t i = 0; i < manager->bucket_count; i++)
        for (const struct sql_lock *lock = manager->buckets[i]; lock; lock = lock->next)
            for (const struct sql_lock_hold *hold = lock->holds; hold; hold = hold->next)
                show_hold(hold, visit, ctx);
    for (const struct sql_waiter *waiter = manager->first; waiter; waiter = waiter->next) {
        const struct sql_lock_view view = waiter_view(instance, waiter);
        if (!waiter->done)
            visit(ctx, &view);
    }
    for (const struct sql_txn *txn = instance->txns->oldest; txn; txn = sql_txn_own(txn)->newer) {
        struct weak_view weak = {txn, visit, ctx};
        if (sql_txn_own(txn)->lock_owner)
            sql_lock_each_weak(sql_txn_own(txn)->lock_owner, show_weak, &weak);
        show_txn(txn, visit, ctx);
    }
}

struct blockers {
    struct arena *arena;
    uint32_t *ids;
    uint32_t count, room;
};

static bool add_blocker(void *ctx, struct sql_session *session)
{
    struct blockers *blockers = ctx;
    if (blockers->count == blockers->room) {
        uint32_t room = blockers->room ? blockers->room * 2 : 8;
        uint32_t *ids = arena_array(blockers->arena, room, sizeof *ids);
        if (!ids)
            return true;
        if (blockers->count)
            memcpy(ids, blockers->ids, blockers->count * sizeof *ids);
        blockers->ids = ids;
        blockers->room = room;
    }
    blockers->ids[blockers->count++] = session ? session->id : 0;
    return false;
}

uint32_t *sql_lock_blockers(const struct sql_instance *instance, uint32_t session,
                            struct arena *arena, uint32_t *out_count)
{
    struct blockers blockers = {.arena = arena};
    const struct sql_session *at = instance->sessions;
    while (at && at->id != session)
        at = at->next;
    if (at && at->waiting)
        (void)sql_waiter_blockers(instance, at->waiting, add_blocker, &blockers);
    *out_count = blockers.count;
    return blockers.ids;
}
