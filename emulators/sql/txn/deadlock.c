/* Deadlocks: circles in the graph of waits. Whoever only stands behind another waiter may be let past it,
 * which breaks a circle without a victim. */
#include <inttypes.h>

#include "emulators/sql/txn/lock_internal.h"
#include "emulators/sql/value/tid.h"

#define STACK_RESERVE ((size_t)8 << 10)
#define MOVES_MAX     16

/* ---- the search */

struct step {
    struct sql_waiter *waiter;
    const struct sql_session *blocker;
    const struct step *next;
};

/* The path from the session that waits, through the sessions that wait for each other. */
struct search {
    struct sql_instance *instance;
    const struct sql_session *start;
    struct arena *arena;
    const struct step *path;
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

/* *search says what the circle is. */
static bool find_circle(struct search *search, struct sql_waiter *from)
{
    search->start = from->session;
    search->path = NULL;
    search->instance->locks->mark++;
    return search_from(search, from);
}

/* ---- letting others go first */

/* Waiters that go before others, newest first. */
struct move {
    struct sql_waiter *waiter, *back; /* it stood before that one; NULL: last */
    const struct move *earlier;
    unsigned depth;
};

/* Does the waiter only stand behind the other one, which holds nothing that it wants? */
static bool is_soft(const struct step *step)
{
    const struct sql_waiter *waiter = step->waiter, *other = step->blocker->waiting;
    return waiter->lock && other && other->lock == waiter->lock &&
           !sql_lock_holds_against(waiter->lock, step->blocker, waiter->mode);
}

/* Is a circle left that the waiter, or one that was moved, stands in? */
static bool any_circle(struct search *search, struct sql_waiter *waiter, const struct move *moves)
{
    if (find_circle(search, waiter))
        return true;
    for (const struct move *move = moves; move; move = move->earlier)
        if (find_circle(search, move->waiter))
            return true;
    return false;
}

static bool settle(struct search *search, struct sql_waiter *waiter, const struct move *moves);

/* The circle's last steps first. */
static bool try_moves(struct search *search, struct sql_waiter *waiter, const struct move *moves,
                      const struct step *step)
{
    struct sql_lock_manager *manager = search->instance->locks;
    const struct move move = {step ? step->waiter : NULL, step ? step->waiter->next : NULL, moves,
                              moves ? moves->depth + 1 : 1};
    if (!step || move.depth > MOVES_MAX)
        return false;
    if (try_moves(search, waiter, moves, step->next))
        return true;
    if (!is_soft(step))
        return false;
    sql_waiter_move(manager, move.waiter, step->blocker->waiting);
    if (settle(search, waiter, &move))
        return true;
    sql_waiter_move(manager, move.waiter, move.back);
    return false;
}

static bool settle(struct search *search, struct sql_waiter *waiter, const struct move *moves)
{
    if (!any_circle(search, waiter, moves)) {
        for (const struct move *move = moves; move; move = move->earlier)
            sql_lock_regrant(search->instance, move->waiter->lock);
        return true;
    }
    const struct step *path = search->path;
    bool settled = try_moves(search, waiter, moves, path);
    search->path = path;
    return settled;
}

/* ---- the victim */

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

bool sql_deadlock_check(struct sql_env *env, struct sql_waiter *waiter)
{
    struct search search = {.instance = env->session->instance, .arena = env->arena};
    return settle(&search, waiter, NULL) || fail_deadlock(env, &search);
}
