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

bool sql_lock_take_weak(const struct sql_lock_manager *manager, struct sql_lock_owner *owner,
                        const struct sql_lock_tag *tag, enum sql_lock_mode mode)
{
    if (tag->kind != SQL_LOCK_RELATION || mode > SQL_ROW_EXCLUSIVE)
        return false;
    if (has_mode(owner, tag, mode))
        return true;
    if (owner->weak_count == SQL_WEAK_LOCKS_MAX || sql_lock_find(manager, tag))
        return false;
    owner->weak[owner->weak_count++] =
        (struct sql_weak_lock){.database = tag->database, .relation = tag->id, .mode = mode};
    return true;
}

bool sql_lock_expose_weak(struct sql_instance *instance, struct sql_lock *lock)
{
    for (struct sql_txn *txn = instance->txns->oldest; txn; txn = sql_txn_own(txn)->newer) {
        struct sql_lock_owner *owner = sql_txn_own(txn)->lock_owner;
        for (uint32_t i = 0; owner && i < owner->weak_count; i++) {
            struct sql_weak_lock *weak = &owner->weak[i];
            if (weak->hold || !is_same(weak, &lock->tag))
                continue;
            weak->hold = sql_lock_hold_of(instance, lock, owner);
            if (!weak->hold)
                return false;
            sql_lock_take_mode(weak->hold, weak->mode);
        }
    }
    return true;
}

bool sql_lock_has_weak(const struct sql_lock_owner *owner, const struct sql_lock_tag *tag,
                       enum sql_lock_mode mode)
{
    for (int m = mode; tag->kind == SQL_LOCK_RELATION && m <= SQL_ROW_EXCLUSIVE; m++)
        if (has_mode(owner, tag, (enum sql_lock_mode)m))
            return true;
    return false;
}

struct sql_lock_tag sql_lock_weak_tag(const struct sql_weak_lock *weak)
{
    return (struct sql_lock_tag){
        .kind = SQL_LOCK_RELATION, .database = weak->database, .id = weak->relation};
}

void sql_lock_release_weak(struct sql_instance *instance, struct sql_lock_owner *owner,
                           uint32_t keep)
{
    while (owner->weak_count > keep) {
        const struct sql_weak_lock weak = owner->weak[--owner->weak_count];
        if (weak.hold)
            sql_lock_give_back(instance, weak.hold, weak.mode, true);
    }
}
