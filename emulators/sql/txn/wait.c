/* Waiting, and deadlocks.
 *
 * Who waits stands in one list, longest first. The graph of waits is searched when a wait begins: only
 * then can a circle close. Those that want the same row stand in line: the first waits for the
 * transaction that has it, the others for the first, so that the end of a transaction wakes one. */
#include <inttypes.h>

#include "emulators/sql/txn/lock_internal.h"

#define STACK_RESERVE ((size_t)8 << 10)

static struct sql_lock_manager *manager_of(const struct sql_session *session)
{
    return session->instance->locks;
}

bool sql_waiter_is_head(const struct sql_lock_manager *manager, const struct sql_waiter *waiter)
{
    const struct sql_waiter *at = manager->first;
    while (at != waiter && (at->table != waiter->table || at->row_id != waiter->row_id))
        at = at->next;
    return at == waiter;
}

static void link_waiter(struct sql_lock_manager *manager, struct sql_waiter *waiter,
                        struct sql_waiter *before)
{
    waiter->next = before;
    waiter->previous = before ? before->previous : manager->last;
    *(waiter->previous ? &waiter->previous->next : &manager->first) = waiter;
    *(before ? &before->previous : &manager->last) = waiter;
}

static void unlink_waiter(struct sql_lock_manager *manager, struct sql_waiter *waiter)
{
    *(waiter->previous ? &waiter->previous->next : &manager->first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &manager->last) = waiter->previous;
}

void sql_waiter_done(struct sql_waiter *waiter)
{
    waiter->done = true;
    sql_session_wake(waiter->session);
}

/* ---- deadlocks */

/* The path from the session that begins to wait, through the sessions that wait for each other. */
struct search {
    const struct sql_instance *instance;
    const struct sql_session *start;
    struct arena *arena;
    struct step {
        const struct sql_waiter *waiter;
        const struct sql_session *blocker;
        struct step *next;
    } * path;
    struct sql_waiter *at;
};

static bool search_from(struct search *search, struct sql_waiter *waiter);

static bool search_blocker(void *ctx, struct sql_session *blocker)
{
    struct search *search = ctx;
    struct sql_waiter *waiter = search->at;
    if (!blocker || (blocker != search->start && (!blocker->waiting || blocker->waiting->done ||
                                                  !search_from(search, blocker->waiting)))) {
        search->at = waiter;
        return false;
    }
    struct step *step = arena_alloc(search->arena, sizeof *step);
    if (!step)
        return false;
    *step = (struct step){.waiter = waiter, .blocker = blocker, .next = search->path};
    search->path = step;
    return true;
}

static bool search_from(struct search *search, struct sql_waiter *waiter)
{
    uint64_t mark = search->instance->locks->mark;
    if (waiter->mark == mark || fiber_stack_left() < STACK_RESERVE)
        return false;
    waiter->mark = mark;
    search->at = waiter;
    return sql_waiter_blockers(search->instance, waiter, search_blocker, search);
}

static struct slice lock_text(struct arena *arena, const struct sql_lock_tag *tag)
{
    switch (tag->kind) {
    case SQL_LOCK_RELATION:
        return arena_printf(arena, "relation %" PRIu32 " of database %" PRIu32, tag->id,
                            tag->database);
    case SQL_LOCK_OBJECT:
        return arena_printf(arena, "object %" PRIu32 " of class %" PRIu32 " of database %" PRIu32,
                            tag->id, tag->class_id, tag->database);
    default:
        return arena_printf(arena, "advisory lock [%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%u]",
                            tag->database, tag->class_id, tag->id, tag->part);
    }
}

static struct slice waits_for(struct arena *arena, const struct sql_instance *instance,
                              const struct sql_waiter *waiter)
{
    if (waiter->lock)
        return arena_printf(arena, "%s on " SLICE_FMT, sql_lock_mode_name(waiter->mode),
                            SLICE_ARG(lock_text(arena, &waiter->lock->tag)));
    if (!waiter->table || sql_waiter_is_head(instance->locks, waiter))
        return arena_printf(arena, "ShareLock on transaction %" PRIu32, waiter->xid);
    return arena_printf(arena,
                        "ExclusiveLock on tuple (%" PRIu32 ",%u) of relation %" PRIu32
                        " of database %" PRIu32,
                        sql_position_block(waiter->row_id), sql_position_offset(waiter->row_id),
                        waiter->table->handle.relation, waiter->session->database->id);
}

static bool fail_deadlock(struct sql_env *env, const struct search *search)
{
    struct slice detail = slice_of("", 0);
    for (const struct step *step = search->path; step; step = step->next) {
        struct slice line = arena_printf(
            env->arena,
            "%sProcess %" PRIu32 " waits for " SLICE_FMT "; blocked by process %" PRIu32 ".",
            detail.len ? "\n" : "", step->waiter->session->id,
            SLICE_ARG(waits_for(env->arena, search->instance, step->waiter)), step->blocker->id);
        detail = arena_concat(env->arena, detail, line, slice_of("", 0));
    }
    sql_fail(env->error, "40P01", "deadlock detected");
    sql_detail(env->error, SLICE_FMT, SLICE_ARG(detail));
    return sql_hint(env->error, "See server log for query details.");
}

/* ---- waiting */

static void lock_timed_out(struct clock_timer *timer)
{
    struct sql_waiter *waiter =
        (struct sql_waiter *)((uint8_t *)timer - offsetof(struct sql_waiter, timeout));
    sql_session_interrupt(waiter->session, SQL_LOCK_TIMEOUT);
}

static bool park(struct sql_env *env, struct sql_waiter *waiter)
{
    struct sql_session *session = env->session;
    struct clock *clock = session->instance->host->clock;
    clock_timer_init(&waiter->timeout, lock_timed_out);
    if (session->lock_timeout_ms &&
        !clock_timer_start(clock, &waiter->timeout,
                           clock_now_us(clock) + (int64_t)session->lock_timeout_ms * 1000))
        return sql_fail_memory(env->error);
    bool ok = true;
    while (ok && !waiter->done)
        ok = sql_session_wait(env);
    clock_timer_stop(clock, &waiter->timeout);
    return ok;
}

bool sql_wait(struct sql_env *env, struct sql_waiter *waiter, struct sql_waiter *before)
{
    struct sql_session *session = env->session;
    struct sql_instance *instance = session->instance;
    struct sql_lock_manager *manager = manager_of(session);
    struct search search = {.instance = instance, .start = session, .arena = env->arena};
    waiter->session = session;
    waiter->since_us = clock_now_us(instance->host->clock);
    link_waiter(manager, waiter, before);
    session->waiting = waiter;
    manager->mark++;
    bool ok = search_from(&search, waiter) ? fail_deadlock(env, &search) : park(env, waiter);
    session->waiting = NULL;
    unlink_waiter(manager, waiter);
    if (!ok && waiter->doing.len)
        (void)sql_context_line(env->error, SLICE_FMT, SLICE_ARG(waiter->doing));
    return ok;
}

/* The next one in line for the row looks again. */
static void wake_next(struct sql_lock_manager *manager, const struct sql_waiter *gone)
{
    for (struct sql_waiter *at = manager->first; at; at = at->next) {
        if (at->table == gone->table && at->row_id == gone->row_id) {
            sql_waiter_done(at);
            return;
        }
    }
}

bool sql_row_wait(struct sql_env *env, struct sql_table_rows *table, uint64_t row_id, uint32_t xid,
                  struct slice what)
{
    struct sql_waiter waiter = {.xid = xid, .table = table, .row_id = row_id, .doing = what};
    bool ok = sql_wait(env, &waiter, NULL);
    wake_next(manager_of(env->session), &waiter);
    return ok;
}

bool sql_txn_wait(struct sql_env *env, uint32_t xid, struct slice what)
{
    if (!sql_txn_active(env->session->instance->txns, xid))
        return true;
    struct sql_waiter waiter = {.xid = xid, .doing = what};
    return sql_wait(env, &waiter, NULL);
}

void sql_wait_ended(struct sql_instance *instance, uint32_t xid)
{
    struct sql_lock_manager *manager = instance->locks;
    for (struct sql_waiter *at = manager->first; at; at = at->next)
        if (at->xid == xid && (!at->table || sql_waiter_is_head(manager, at)))
            sql_waiter_done(at);
}

/* ---- who waits for whom */

static struct sql_waiter *head_of_row(const struct sql_lock_manager *manager,
                                      const struct sql_waiter *waiter)
{
    struct sql_waiter *at = manager->first;
    while (at->table != waiter->table || at->row_id != waiter->row_id)
        at = at->next;
    return at;
}

/* Holders of the lock, and those that wait for it longer, whose modes exclude the waiter's. */
static bool lock_blockers(const struct sql_instance *instance, const struct sql_waiter *waiter,
                          bool (*visit)(void *ctx, struct sql_session *session), void *ctx)
{
    for (const struct sql_lock_hold *hold = waiter->lock->holds; hold; hold = hold->next) {
        bool excludes = false;
        if (hold->owner->session == waiter->session)
            continue;
        for (int mode = 1; mode < SQL_LOCK_MODES; mode++)
            excludes |= hold->counts[mode] &&
                        sql_lock_modes_conflict(waiter->mode, (enum sql_lock_mode)mode);
        if (excludes && visit(ctx, hold->owner->session))
            return true;
    }
    for (struct sql_waiter *at = instance->locks->first; at != waiter; at = at->next)
        if (at->lock == waiter->lock && !at->done &&
            sql_lock_modes_conflict(at->mode, waiter->mode) && visit(ctx, at->session))
            return true;
    return false;
}

bool sql_waiter_blockers(const struct sql_instance *instance, const struct sql_waiter *waiter,
                         bool (*visit)(void *ctx, struct sql_session *session), void *ctx)
{
    if (waiter->lock)
        return lock_blockers(instance, waiter, visit, ctx);
    if (waiter->table) {
        struct sql_waiter *head = head_of_row(instance->locks, waiter);
        if (head != waiter)
            return visit(ctx, head->session);
    }
    const struct sql_txn *txn = sql_txn_active(instance->txns, waiter->xid);
    return txn && visit(ctx, txn->session);
}
