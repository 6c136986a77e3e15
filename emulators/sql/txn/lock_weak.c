/* Weak locks on relations, which nearly every statement takes and nearly nobody excludes: they stand with
 * their owner until somebody asks for a mode that conflicts with one of them. */
#include "emulators/sql/txn/lock_internal.h"

static bool is_same(const struct sql_weak_lock *weak, const struct sql_lock_tag *tag)
{
    return weak->relation == tag->id && weak->database == tag->database;
}

static bool has_mode(const struct sql_lock_owner *owner, const struct sql_lock_tag *tag,
                     enum sql_lock_mode mode)
{
    for (uint32_t i = owner->weak_count; i-- > 0;)
        if (owner->weak[i].mode == mode && is_same(&owner->weak[i], tag))
            return true;
    return false;
}

/* Is one of those modes of the relation among the locks that were taken at once? */
static bool bundles_have(const struct sql_lock_owner *owner, const struct sql_lock_tag *tag,
                         enum sql_lock_mode low, enum sql_lock_mode high)
{
    for (uint32_t b = 0; b < owner->bundle_count; b++) {
        const struct sql_weak_bundle *bundle = &owner->bundles[b];
        for (uint32_t i = 0; i < bundle->count && bundle->database == tag->database; i++)
            if (bundle->locks[i].relation == tag->id && bundle->locks[i].mode >= low &&
                bundle->locks[i].mode <= high)
                return true;
    }
    return false;
}

bool sql_lock_take_weak(const struct sql_lock_manager *manager, struct sql_lock_owner *owner,
                        const struct sql_lock_tag *tag, enum sql_lock_mode mode)
{
    if (tag->kind != SQL_LOCK_RELATION || mode > SQL_ROW_EXCLUSIVE)
        return false;
    if (has_mode(owner, tag, mode))
        return true;
    if (owner->weak_count == SQL_WEAK_LOCKS_MAX || sql_lock_find(manager, tag))
        return bundles_have(owner, tag, mode, mode);
    owner->weak[owner->weak_count++] =
        (struct sql_weak_lock){.database = tag->database, .relation = tag->id, .mode = mode};
    return true;
}

/* One weak lock goes to the table, where it counts once however many the owner has. False: out of memory. */
static bool expose(struct sql_instance *instance, struct sql_lock *lock,
                   struct sql_lock_owner *owner, enum sql_lock_mode mode,
                   struct sql_lock_hold **out_hold)
{
    *out_hold = sql_lock_hold_of(instance, lock, owner);
    if (*out_hold && !(*out_hold)->counts[mode])
        sql_lock_take_mode(*out_hold, mode);
    return *out_hold != NULL;
}

static bool is_exposed(const struct sql_weak_bundle *bundle, const struct sql_lock *lock,
                       enum sql_lock_mode mode)
{
    const struct sql_bundle_hold *at = bundle->holds;
    while (at && (at->hold->lock != lock || at->mode != mode))
        at = at->next;
    return at != NULL;
}

static bool expose_bundle(struct sql_instance *instance, struct sql_lock *lock,
                          struct sql_lock_owner *owner, struct sql_weak_bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->count && bundle->database == lock->tag.database; i++) {
        enum sql_lock_mode mode = bundle->locks[i].mode;
        if (bundle->locks[i].relation != lock->tag.id || is_exposed(bundle, lock, mode))
            continue;
        struct sql_bundle_hold *exposed = heap_zalloc(instance->heap, sizeof *exposed);
        if (!exposed)
            return false;
        if (!expose(instance, lock, owner, mode, &exposed->hold)) {
            heap_free(instance->heap, exposed, sizeof *exposed);
            return false;
        }
        exposed->mode = mode;
        exposed->next = bundle->holds;
        bundle->holds = exposed;
    }
    return true;
}

bool sql_lock_expose_weak(struct sql_instance *instance, struct sql_lock *lock)
{
    for (struct sql_txn *txn = instance->txns->oldest; txn; txn = sql_txn_own(txn)->newer) {
        struct sql_lock_owner *owner = sql_txn_own(txn)->lock_owner;
        for (uint32_t i = 0; owner && i < owner->weak_count; i++) {
            struct sql_weak_lock *weak = &owner->weak[i];
            if (!weak->hold && is_same(weak, &lock->tag) &&
                !expose(instance, lock, owner, weak->mode, &weak->hold))
                return false;
        }
        for (uint32_t i = 0; owner && i < owner->bundle_count; i++)
            if (!expose_bundle(instance, lock, owner, &owner->bundles[i]))
                return false;
    }
    return true;
}

bool sql_lock_has_weak(const struct sql_lock_owner *owner, const struct sql_lock_tag *tag,
                       enum sql_lock_mode mode)
{
    for (int m = mode; tag->kind == SQL_LOCK_RELATION && m <= SQL_ROW_EXCLUSIVE; m++)
        if (has_mode(owner, tag, (enum sql_lock_mode)m))
            return true;
    return tag->kind == SQL_LOCK_RELATION && bundles_have(owner, tag, mode, SQL_ROW_EXCLUSIVE);
}

void sql_lock_each_weak(const struct sql_lock_owner *owner,
                        void (*visit)(void *ctx, const struct sql_lock_tag *tag,
                                      enum sql_lock_mode mode, bool hidden),
                        void *ctx)
{
    for (uint32_t i = 0; i < owner->weak_count; i++) {
        const struct sql_weak_lock *weak = &owner->weak[i];
        const struct sql_lock_tag tag = {
            .kind = SQL_LOCK_RELATION, .database = weak->database, .id = weak->relation};
        visit(ctx, &tag, weak->mode, !weak->hold);
    }
    for (uint32_t b = 0; b < owner->bundle_count; b++) {
        const struct sql_weak_bundle *bundle = &owner->bundles[b];
        for (uint32_t i = 0; i < bundle->count; i++) {
            const struct sql_lock_tag tag = {.kind = SQL_LOCK_RELATION,
                                             .database = bundle->database,
                                             .id = bundle->locks[i].relation};
            bool hidden = true;
            for (const struct sql_bundle_hold *at = bundle->holds; at; at = at->next)
                hidden &= at->hold->lock->tag.id != tag.id || at->mode != bundle->locks[i].mode;
            visit(ctx, &tag, bundle->locks[i].mode, hidden);
        }
    }
}

/* One that stood in the table is gone; maybe it is another one's still. */
static void give_back(struct sql_instance *instance, const struct sql_lock_owner *owner,
                      struct sql_lock_hold *hold, enum sql_lock_mode mode)
{
    for (uint32_t i = 0; i < owner->weak_count; i++)
        if (owner->weak[i].hold == hold && owner->weak[i].mode == mode)
            return;
    for (uint32_t i = 0; i < owner->bundle_count; i++)
        if (is_exposed(&owner->bundles[i], hold->lock, mode))
            return;
    sql_lock_give_back(instance, hold, mode, true);
}

void sql_lock_release_weak(struct sql_instance *instance, struct sql_lock_owner *owner,
                           uint32_t keep)
{
    while (owner->weak_count > keep) {
        const struct sql_weak_lock weak = owner->weak[--owner->weak_count];
        if (weak.hold)
            give_back(instance, owner, weak.hold, weak.mode);
    }
}

/* ---- many at once */

static bool has_bundle(const struct sql_lock_owner *owner, uint32_t database,
                       const struct sql_relation_lock *locks, uint32_t count)
{
    for (uint32_t i = 0; i < owner->bundle_count; i++)
        if (owner->bundles[i].count == count && owner->bundles[i].database == database &&
            memcmp(owner->bundles[i].locks, locks, count * sizeof *locks) == 0)
            return true;
    return false;
}

bool sql_lock_take_bundle(struct sql_instance *instance, struct sql_lock_owner *owner,
                          uint32_t database, const struct sql_relation_lock *locks, uint32_t count)
{
    if (has_bundle(owner, database, locks, count))
        return true;
    if (owner->bundle_count == SQL_WEAK_BUNDLES_MAX || instance->locks->relation_count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (locks[i].mode > SQL_ROW_EXCLUSIVE)
            return false;
    struct sql_relation_lock *copy = heap_alloc(instance->heap, count * sizeof *copy);
    if (!copy)
        return false;
    memcpy(copy, locks, count * sizeof *copy);
    owner->bundles[owner->bundle_count++] = (struct sql_weak_bundle){database, count, copy, NULL};
    return true;
}

void sql_lock_release_bundles(struct sql_instance *instance, struct sql_lock_owner *owner,
                              uint32_t keep)
{
    while (owner->bundle_count > keep) {
        struct sql_weak_bundle bundle = owner->bundles[--owner->bundle_count];
        while (bundle.holds) {
            struct sql_bundle_hold *exposed = bundle.holds;
            bundle.holds = exposed->next;
            give_back(instance, owner, exposed->hold, exposed->mode);
            heap_free(instance->heap, exposed, sizeof *exposed);
        }
        heap_free(instance->heap, bundle.locks, bundle.count * sizeof *bundle.locks);
    }
}
