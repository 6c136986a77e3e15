#include "emulators/sql/txn/lock.h"

#include "emulators/sql/txn/lock_internal.h"

/* ---- modes */

static const char *const mode_names[SQL_LOCK_MODES] = {
    [SQL_NO_LOCK] = "",
    [SQL_ACCESS_SHARE] = "AccessShareLock",
    [SQL_ROW_SHARE] = "RowShareLock",
    [SQL_ROW_EXCLUSIVE] = "RowExclusiveLock",
    [SQL_SHARE_UPDATE_EXCLUSIVE] = "ShareUpdateExclusiveLock",
    [SQL_SHARE] = "ShareLock",
    [SQL_SHARE_ROW_EXCLUSIVE] = "ShareRowExclusiveLock",
    [SQL_EXCLUSIVE] = "ExclusiveLock",
    [SQL_ACCESS_EXCLUSIVE] = "AccessExclusiveLock",
};

#define BIT(mode) (1u << (mode))
/* What each mode excludes (PostgreSQL manual, 13.3.1). */
static const uint16_t conflicts[SQL_LOCK_MODES] = {
    [SQL_ACCESS_SHARE] = BIT(SQL_ACCESS_EXCLUSIVE),
    [SQL_ROW_SHARE] = BIT(SQL_EXCLUSIVE) | BIT(SQL_ACCESS_EXCLUSIVE),
    [SQL_ROW_EXCLUSIVE] = BIT(SQL_SHARE) | BIT(SQL_SHARE_ROW_EXCLUSIVE) | BIT(SQL_EXCLUSIVE) |
                          BIT(SQL_ACCESS_EXCLUSIVE),
    [SQL_SHARE_UPDATE_EXCLUSIVE] = BIT(SQL_SHARE_UPDATE_EXCLUSIVE) | BIT(SQL_SHARE) |
                                   BIT(SQL_SHARE_ROW_EXCLUSIVE) | BIT(SQL_EXCLUSIVE) |
                                   BIT(SQL_ACCESS_EXCLUSIVE),
    [SQL_SHARE] = BIT(SQL_ROW_EXCLUSIVE) | BIT(SQL_SHARE_UPDATE_EXCLUSIVE) |
                  BIT(SQL_SHARE_ROW_EXCLUSIVE) | BIT(SQL_EXCLUSIVE) | BIT(SQL_ACCESS_EXCLUSIVE),
    [SQL_SHARE_ROW_EXCLUSIVE] = BIT(SQL_ROW_EXCLUSIVE) | BIT(SQL_SHARE_UPDATE_EXCLUSIVE) |
                                BIT(SQL_SHARE) | BIT(SQL_SHARE_ROW_EXCLUSIVE) | BIT(SQL_EXCLUSIVE) |
                                BIT(SQL_ACCESS_EXCLUSIVE),
    [SQL_EXCLUSIVE] = BIT(SQL_ROW_SHARE) | BIT(SQL_ROW_EXCLUSIVE) |
                      BIT(SQL_SHARE_UPDATE_EXCLUSIVE) | BIT(SQL_SHARE) |
                      BIT(SQL_SHARE_ROW_EXCLUSIVE) | BIT(SQL_EXCLUSIVE) | BIT(SQL_ACCESS_EXCLUSIVE),
    [SQL_ACCESS_EXCLUSIVE] = BIT(SQL_ACCESS_SHARE) | BIT(SQL_ROW_SHARE) | BIT(SQL_ROW_EXCLUSIVE) |
                             BIT(SQL_SHARE_UPDATE_EXCLUSIVE) | BIT(SQL_SHARE) |
                             BIT(SQL_SHARE_ROW_EXCLUSIVE) | BIT(SQL_EXCLUSIVE) |
                             BIT(SQL_ACCESS_EXCLUSIVE),
};

const char *sql_lock_mode_name(enum sql_lock_mode mode)
{
    return mode_names[mode];
}

bool sql_lock_modes_conflict(enum sql_lock_mode a, enum sql_lock_mode b)
{
    return conflicts[a] >> b & 1;
}

/* ---- the table of locks */

bool sql_lock_manager_init(struct sql_instance *instance)
{
    instance->locks = heap_zalloc(instance->heap, sizeof *instance->locks);
    return instance->locks != NULL;
}

static void free_owner(struct heap *heap, struct sql_lock_owner *owner)
{
    if (owner->log)
        heap_free(heap, owner->log, owner->log_room * sizeof *owner->log);
    heap_free(heap, owner, sizeof *owner);
}

void sql_lock_manager_done(struct sql_instance *instance)
{
    struct sql_lock_manager *manager = instance->locks;
    if (!manager)
        return;
    ASSERT(manager->count == 0 && !manager->first);
    for (struct sql_lock_owner *owner = manager->spare, *next; owner; owner = next) {
        next = owner->next_spare;
        free_owner(instance->heap, owner);
    }
    if (manager->buckets)
        heap_free(instance->heap, manager->buckets,
                  manager->bucket_count * sizeof *manager->buckets);
    heap_free(instance->heap, manager, sizeof *manager);
    instance->locks = NULL;
}

static bool same_tag(const struct sql_lock_tag *a, const struct sql_lock_tag *b)
{
    return a->kind == b->kind && a->database == b->database && a->class_id == b->class_id &&
           a->id == b->id && a->part == b->part;
}

static struct sql_lock **place_of(const struct sql_lock_manager *manager,
                                  const struct sql_lock_tag *tag)
{
    uint64_t hash = sql_store_hash(tag->id) ^ (uint64_t)tag->class_id * 31 ^
                    (uint64_t)tag->database * 977 ^ (uint64_t)tag->kind * 7 ^ tag->part;
    struct sql_lock **at = &manager->buckets[hash & (manager->bucket_count - 1)];
    while (*at && !same_tag(&(*at)->tag, tag))
        at = &(*at)->next;
    return at;
}

static bool grow(struct sql_lock_manager *manager, struct heap *heap)
{
    size_t count = manager->bucket_count ? manager->bucket_count * 2 : 64;
    if (manager->count < manager->bucket_count)
        return true;
    struct sql_lock **buckets = heap_zalloc(heap, count * sizeof(struct sql_lock *));
    if (!buckets)
        return manager->bucket_count > 0;
    struct sql_lock_manager old = *manager;
    manager->buckets = buckets;
    manager->bucket_count = count;
    for (size_t i = 0; i < old.bucket_count; i++) {
        for (struct sql_lock *lock = old.buckets[i], *next; lock; lock = next) {
            next = lock->next;
            lock->next = NULL;
            struct sql_lock **place = place_of(manager, &lock->tag);
            *place = lock;
        }
    }
    if (old.buckets)
        heap_free(heap, old.buckets, old.bucket_count * sizeof(struct sql_lock *));
    return true;
}

struct sql_lock *sql_lock_find(const struct sql_lock_manager *manager,
                               const struct sql_lock_tag *tag)
{
    return manager->bucket_count ? *place_of(manager, tag) : NULL;
}

static struct sql_lock *find_or_add(struct sql_instance *instance, const struct sql_lock_tag *tag)
{
    struct sql_lock_manager *manager = instance->locks;
    struct sql_lock *lock = sql_lock_find(manager, tag);
    if (lock || !grow(manager, instance->heap))
        return lock;
    lock = heap_zalloc(instance->heap, sizeof *lock);
    if (!lock)
        return NULL;
    lock->tag = *tag;
    *place_of(manager, tag) = lock;
    manager->count++;
    manager->relation_count += tag->kind == SQL_LOCK_RELATION;
    return lock;
}

/* Frees the lock when nobody holds it or waits for it. */
static void drop_unused(struct sql_instance *instance, struct sql_lock *lock)
{
    if (lock->holds || lock->waiters)
        return;
    struct sql_lock **place = place_of(instance->locks, &lock->tag);
    *place = lock->next;
    instance->locks->count--;
    instance->locks->relation_count -= lock->tag.kind == SQL_LOCK_RELATION;
    heap_free(instance->heap, lock, sizeof *lock);
}

/* ---- holds */

static struct sql_lock_hold *find_hold(const struct sql_lock *lock,
                                       const struct sql_lock_owner *owner)
{
    struct sql_lock_hold *hold = lock->holds;
    while (hold && hold->owner != owner)
        hold = hold->next;
    return hold;
}

struct sql_lock_hold *sql_lock_hold_of(struct sql_instance *instance, struct sql_lock *lock,
                                       struct sql_lock_owner *owner)
{
    struct sql_lock_hold *hold = find_hold(lock, owner);
    if (hold)
        return hold;
    hold = heap_zalloc(instance->heap, sizeof *hold);
    if (!hold)
        return NULL;
    *hold = (struct sql_lock_hold){
        .lock = lock, .owner = owner, .next = lock->holds, .next_mine = owner->holds};
    lock->holds = hold;
    owner->holds = hold;
    return hold;
}

/* Frees a hold without any mode, and the lock with it when that was the last. */
static void drop_hold(struct sql_instance *instance, struct sql_lock_hold *hold)
{
    struct sql_lock *lock = hold->lock;
    struct sql_lock_hold **at = &lock->holds;
    for (int mode = 1; mode < SQL_LOCK_MODES; mode++)
        if (hold->counts[mode])
            return;
    while (*at != hold)
        at = &(*at)->next;
    *at = hold->next;
    for (at = &hold->owner->holds; *at != hold;)
        at = &(*at)->next_mine;
    *at = hold->next_mine;
    heap_free(instance->heap, hold, sizeof *hold);
    drop_unused(instance, lock);
}

void sql_lock_take_mode(struct sql_lock_hold *hold, enum sql_lock_mode mode)
{
    if (hold->counts[mode]++ == 0)
        hold->lock->granted[mode]++;
}

void sql_lock_give_back(struct sql_instance *instance, struct sql_lock_hold *hold,
                        enum sql_lock_mode mode, bool all)
{
    struct sql_lock *lock = hold->lock;
    if (!all && --hold->counts[mode] > 0)
        return;
    hold->counts[mode] = 0;
    lock->granted[mode]--;
    lock->waiters++; /* keeps it while others are let in */
    drop_hold(instance, hold);
    sql_lock_regrant(instance, lock);
    lock->waiters--;
    drop_unused(instance, lock);
}

/* ---- who gets it */

/* Do others than the session hold what excludes the mode? */
static bool excluded(const struct sql_lock *lock, const struct sql_lock_owner *owner,
                     enum sql_lock_mode mode)
{
    bool any = false;
    for (int m = 1; m < SQL_LOCK_MODES; m++)
        any |= lock->granted[m] && sql_lock_modes_conflict(mode, (enum sql_lock_mode)m);
    for (const struct sql_lock_hold *hold = any ? lock->holds : NULL; hold; hold = hold->next) {
        if (hold->owner == owner || (owner->session && hold->owner->session == owner->session))
            continue;
        for (int m = 1; m < SQL_LOCK_MODES; m++)
            if (hold->counts[m] && sql_lock_modes_conflict(mode, (enum sql_lock_mode)m))
                return true;
    }
    return false;
}

bool sql_lock_holds_against(const struct sql_lock *lock, const struct sql_session *session,
                            enum sql_lock_mode mode)
{
    for (const struct sql_lock_hold *hold = lock->holds; hold; hold = hold->next)
        for (int m = 1; m < SQL_LOCK_MODES && hold->owner->session == session; m++)
            if (hold->counts[m] && sql_lock_modes_conflict(mode, (enum sql_lock_mode)m))
                return true;
    return false;
}

/* The waiter that this request must stand before: one that waits for what the session holds. */
static struct sql_waiter *place_in_line(const struct sql_lock_manager *manager,
                                        const struct sql_lock *lock,
                                        const struct sql_session *session)
{
    struct sql_waiter *at = lock->waiters ? manager->first : NULL;
    while (at && (at->lock != lock || at->done || !sql_lock_holds_against(lock, session, at->mode)))
        at = at->next;
    return at;
}

/* Does somebody who stands before `end` in line want what excludes the mode? */
static bool outrun(const struct sql_lock_manager *manager, const struct sql_lock *lock,
                   enum sql_lock_mode mode, const struct sql_waiter *end)
{
    const struct sql_waiter *at = lock->waiters ? manager->first : NULL;
    for (; at && at != end; at = at->next)
        if (at->lock == lock && !at->done && sql_lock_modes_conflict(at->mode, mode))
            return true;
    return false;
}

void sql_lock_regrant(struct sql_instance *instance, struct sql_lock *lock)
{
    struct sql_lock_manager *manager = instance->locks;
    for (struct sql_waiter *at = manager->first; at; at = at->next) {
        if (at->lock != lock || at->done || outrun(manager, lock, at->mode, at) ||
            excluded(lock, at->hold->owner, at->mode))
            continue;
        sql_lock_take_mode(at->hold, at->mode);
        sql_waiter_done(at);
    }
}

static bool wait_for_lock(struct sql_env *env, struct sql_lock_hold *hold, enum sql_lock_mode mode,
                          struct sql_waiter *before)
{
    struct sql_instance *instance = env->session->instance;
    struct sql_lock *lock = hold->lock;
    struct sql_waiter waiter = {.lock = lock,
                                .hold = hold,
                                .mode = mode,
                                .look_first =
                                    before && sql_lock_holds_against(lock, before->session, mode)};
    lock->waiters++;
    bool ok = sql_wait(env, &waiter, before);
    if (!ok && waiter.done && --hold->counts[mode] == 0)
        lock->granted[mode]--;
    if (!ok)
        sql_lock_regrant(instance, lock);
    lock->waiters--;
    if (!ok)
        drop_hold(instance, hold);
    return ok;
}

static bool fail_nowait(struct sql_env *env, const struct sql_lock_tag *tag)
{
    const struct sql_relation *relation = tag->kind == SQL_LOCK_RELATION && env->session->dialect
                                              ? sql_find_relation_id(env->session, tag->id)
                                              : NULL;
    if (relation)
        return sql_fail(env->error, "55P03", "could not obtain lock on relation \"%.*s\"",
                        SLICE_ARG(relation->object.name));
    return sql_fail(env->error, "55P03", "could not obtain lock");
}

static bool acquire(struct sql_env *env, struct sql_lock_owner *owner,
                    const struct sql_lock_tag *tag, enum sql_lock_mode mode,
                    enum sql_lock_wait wait, bool *out_got)
{
    struct sql_instance *instance = env->session->instance;
    struct sql_lock *lock = find_or_add(instance, tag);
    struct sql_lock_hold *hold = lock ? sql_lock_hold_of(instance, lock, owner) : NULL;
    *out_got = true;
    if (!hold || (mode > SQL_ROW_EXCLUSIVE && tag->kind == SQL_LOCK_RELATION &&
                  !sql_lock_expose_weak(instance, lock))) {
        if (hold)
            drop_hold(instance, hold);
        else if (lock)
            drop_unused(instance, lock);
        return sql_fail_memory(env->error);
    }
    struct sql_waiter *before = place_in_line(instance->locks, lock, env->session);
    if (hold->counts[mode] ||
        (!excluded(lock, owner, mode) && !outrun(instance->locks, lock, mode, before))) {
        sql_lock_take_mode(hold, mode);
        return true;
    }
    if (wait == SQL_WAIT_BLOCK)
        return wait_for_lock(env, hold, mode, before);
    *out_got = false;
    drop_hold(instance, hold);
    return wait == SQL_WAIT_SKIP || fail_nowait(env, tag);
}

/* ---- locks of transactions */

static struct sql_lock_owner *txn_owner(struct sql_txn *txn)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    struct sql_lock_manager *manager = txn->manager->instance->locks;
    struct sql_lock_owner *owner = own->lock_owner ? own->lock_owner : manager->spare;
    if (own->lock_owner)
        return owner;
    if (owner)
        manager->spare = owner->next_spare;
    else if (!(owner = heap_zalloc(txn->manager->heap, sizeof *owner)))
        return NULL;
    owner->session = txn->session;
    owner->txn = txn;
    own->lock_owner = owner;
    return owner;
}

static bool reserve_log(struct sql_lock_owner *owner, struct heap *heap)
{
    uint32_t room = owner->log_room ? owner->log_room * 2 : 8;
    if (owner->log_count < owner->log_room)
        return true;
    struct sql_lock_entry *log =
        heap_realloc(heap, owner->log, owner->log_room * sizeof *log, room * sizeof *log);
    if (!log)
        return false;
    owner->log = log;
    owner->log_room = room;
    return true;
}

bool sql_lock(struct sql_env *env, const struct sql_lock_tag *tag, enum sql_lock_mode mode,
              enum sql_lock_wait wait, bool *out_got)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_lock_owner *owner = txn_owner(txn);
    bool got;
    if (out_got)
        *out_got = true;
    if (owner && sql_lock_take_weak(env->session->instance->locks, owner, tag, mode))
        return true;
    if (!owner || !reserve_log(owner, txn->manager->heap))
        return sql_fail_memory(env->error);
    if (!acquire(env, owner, tag, mode, wait, &got))
        return false;
    if (out_got)
        *out_got = got;
    if (!got)
        return true;
    struct sql_lock_hold *hold =
        find_hold(sql_lock_find(env->session->instance->locks, tag), owner);
    if (hold->counts[mode] == 1)
        owner->log[owner->log_count++] = (struct sql_lock_entry){hold, mode};
    return true;
}

bool sql_lock_relation(struct sql_env *env, uint32_t relation, enum sql_lock_mode mode,
                       enum sql_lock_wait wait)
{
    const struct sql_session *session = env->session;
    struct sql_lock_tag tag = {.kind = SQL_LOCK_RELATION,
                               .database = session->database ? session->database->id : 0,
                               .id = relation};
    return sql_lock(env, &tag, mode, wait, NULL);
}

bool sql_lock_relations(struct sql_env *env, const struct sql_relation_lock *locks, uint32_t count)
{
    const struct sql_session *session = env->session;
    struct sql_lock_owner *owner = count >= SQL_WEAK_BUNDLE_MIN ? txn_owner(session->txn) : NULL;
    if (owner && sql_lock_take_bundle(session->instance, owner,
                                      session->database ? session->database->id : 0, locks, count))
        return true;
    for (uint32_t i = 0; i < count; i++)
        if (!sql_lock_relation(env, locks[i].relation, locks[i].mode, SQL_WAIT_BLOCK))
            return false;
    return true;
}

bool sql_lock_is_held(const struct sql_txn *txn, const struct sql_lock_tag *tag,
                      enum sql_lock_mode mode)
{
    const struct sql_lock_owner *owner = sql_txn_own(txn)->lock_owner;
    const struct sql_lock *lock = sql_lock_find(txn->manager->instance->locks, tag);
    const struct sql_lock_hold *hold = lock && owner ? find_hold(lock, owner) : NULL;
    if (owner && sql_lock_has_weak(owner, tag, mode))
        return true;
    for (int m = mode; hold && m < SQL_LOCK_MODES; m++)
        if (hold->counts[m])
            return true;
    return false;
}

void sql_locks_part(struct sql_txn *txn)
{
    if (sql_txn_own(txn)->lock_owner)
        sql_txn_own(txn)->lock_owner->session = NULL;
}

struct lock_visit {
    void (*visit)(void *ctx, const struct sql_lock_tag *tag, enum sql_lock_mode mode);
    void *ctx;
};

static void visit_weak(void *ctx, const struct sql_lock_tag *tag, enum sql_lock_mode mode,
                       bool hidden)
{
    const struct lock_visit *visit = ctx;
    (void)hidden;
    visit->visit(visit->ctx, tag, mode);
}

void sql_locks_each(const struct sql_txn *txn,
                    void (*visit)(void *ctx, const struct sql_lock_tag *tag,
                                  enum sql_lock_mode mode),
                    void *ctx)
{
    const struct sql_lock_owner *owner = sql_txn_own(txn)->lock_owner;
    struct lock_visit weak = {visit, ctx};
    if (owner)
        sql_lock_each_weak(owner, visit_weak, &weak);
    for (uint32_t i = 0; owner && i < owner->log_count; i++)
        visit(ctx, &owner->log[i].hold->lock->tag, owner->log[i].mode);
}

/* The lengths of all three logs. */
uint64_t sql_locks_mark(const struct sql_txn *txn)
{
    const struct sql_lock_owner *owner = sql_txn_own(txn)->lock_owner;
    return owner ? (uint64_t)owner->log_count << 32 | owner->bundle_count << 16 | owner->weak_count
                 : 0;
}

void sql_locks_release_since(struct sql_txn *txn, uint64_t mark)
{
    struct sql_lock_owner *owner = sql_txn_own(txn)->lock_owner;
    struct sql_instance *instance = txn->manager->instance;
    if (!owner)
        return;
    while (owner->log_count > mark >> 32) {
        struct sql_lock_entry entry = owner->log[--owner->log_count];
        sql_lock_give_back(instance, entry.hold, entry.mode, true);
    }
    sql_lock_release_bundles(instance, owner, mark >> 16 & 0xffff);
    sql_lock_release_weak(instance, owner, mark & 0xffff);
}

void sql_locks_release_txn(struct sql_txn *txn)
{
    struct sql_lock_owner *owner = sql_txn_own(txn)->lock_owner;
    if (!owner)
        return;
    sql_locks_release_since(txn, 0);
    ASSERT(!owner->holds);
    struct sql_lock_manager *manager = txn->manager->instance->locks;
    owner->next_spare = manager->spare;
    manager->spare = owner;
    sql_txn_own(txn)->lock_owner = NULL;
}

/* ---- advisory locks */

bool sql_advisory_lock(struct sql_env *env, const struct sql_lock_tag *tag, enum sql_lock_mode mode,
                       bool session_level, enum sql_lock_wait wait, bool *out_got)
{
    struct sql_session *session = env->session;
    bool got;
    if (!session_level)
        return sql_lock(env, tag, mode, wait, out_got);
    if (!session->lock_owner) {
        session->lock_owner = heap_zalloc(session->instance->heap, sizeof *session->lock_owner);
        if (!session->lock_owner)
            return sql_fail_memory(env->error);
        session->lock_owner->session = session;
    }
    if (!acquire(env, session->lock_owner, tag, mode, wait, &got))
        return false;
    if (out_got)
        *out_got = got;
    return true;
}

bool sql_advisory_unlock(struct sql_env *env, const struct sql_lock_tag *tag,
                         enum sql_lock_mode mode)
{
    struct sql_session *session = env->session;
    struct sql_lock *lock = sql_lock_find(session->instance->locks, tag);
    struct sql_lock_hold *hold =
        lock && session->lock_owner ? find_hold(lock, session->lock_owner) : NULL;
    if (!hold || !hold->counts[mode])
        return false;
    sql_lock_give_back(session->instance, hold, mode, false);
    return true;
}

void sql_advisory_unlock_all(struct sql_session *session)
{
    struct sql_lock_owner *owner = session->lock_owner;
    while (owner && owner->holds) {
        struct sql_lock_hold *hold = owner->holds;
        for (int mode = 1; mode < SQL_LOCK_MODES; mode++) {
            if (!hold->counts[mode])
                continue;
            sql_lock_give_back(session->instance, hold, (enum sql_lock_mode)mode, true);
            break; /* the hold may be gone */
        }
    }
    if (owner)
        free_owner(session->instance->heap, owner);
    session->lock_owner = NULL;
}
