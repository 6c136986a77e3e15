/* Row locks: one note for each row, transaction and strength, in a hash table over (table, row). */
#include "emulators/sql/txn/txn_internal.h"

struct sql_row_lock {
    struct sql_row_lock *next; /* in its bucket */
    struct sql_row_lock *next_mine;
    const struct sql_table_rows *table;
    uint64_t row_id;
    struct sql_txn *txn;
    enum sql_lock_strength strength;
};

struct sql_row_locks {
    struct sql_row_lock **buckets;
    size_t count, bucket_count; /* a power of two */
};

bool sql_row_locks_init(struct sql_txn_manager *manager)
{
    manager->row_locks = heap_zalloc(manager->heap, sizeof *manager->row_locks);
    return manager->row_locks != NULL;
}

void sql_row_locks_done(struct sql_txn_manager *manager)
{
    struct sql_row_locks *locks = manager->row_locks;
    if (!locks)
        return;
    ASSERT(locks->count == 0);
    if (locks->buckets)
        heap_free(manager->heap, locks->buckets, locks->bucket_count * sizeof *locks->buckets);
    heap_free(manager->heap, locks, sizeof *locks);
    manager->row_locks = NULL;
}

static uint64_t hash_of(const struct sql_table_rows *table, uint64_t row_id)
{
    uint64_t hash = ((uint64_t)(uintptr_t)table >> 4) * UINT64_C(0x9e3779b97f4a7c15) + row_id;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 32;
}

static struct sql_row_lock **bucket_of(const struct sql_row_locks *locks,
                                       const struct sql_table_rows *table, uint64_t row_id)
{
    return &locks->buckets[hash_of(table, row_id) & (locks->bucket_count - 1)];
}

/* The first note of that row from `lock` on. */
static struct sql_row_lock *same_row(struct sql_row_lock *lock, const struct sql_table_rows *table,
                                     uint64_t row_id)
{
    while (lock && (lock->row_id != row_id || lock->table != table))
        lock = lock->next;
    return lock;
}

static struct sql_row_lock *first_of(const struct sql_txn_manager *manager,
                                     const struct sql_table_rows *table, uint64_t row_id)
{
    const struct sql_row_locks *locks = manager->row_locks;
    return locks->count ? same_row(*bucket_of(locks, table, row_id), table, row_id) : NULL;
}

/* KEY SHARE goes with all but UPDATE, SHARE with SHARE, NO KEY UPDATE with KEY SHARE alone. */
static bool exclude(enum sql_lock_strength a, enum sql_lock_strength b)
{
    return (unsigned)a + (unsigned)b > SQL_LOCK_UPDATE;
}

struct sql_txn *sql_row_lock_conflict(const struct sql_txn *txn, const struct sql_table_rows *table,
                                      uint64_t row_id, enum sql_lock_strength strength)
{
    struct sql_row_lock *lock = first_of(txn->manager, table, row_id);
    for (; lock; lock = same_row(lock->next, table, row_id))
        if (lock->txn != txn && exclude(lock->strength, strength))
            return lock->txn;
    return NULL;
}

enum sql_lock_strength sql_row_lock_held(const struct sql_txn *txn,
                                         const struct sql_table_rows *table, uint64_t row_id)
{
    enum sql_lock_strength held = SQL_LOCK_NONE;
    if (!sql_txn_own(txn)->row_locks)
        return held;
    struct sql_row_lock *lock = first_of(txn->manager, table, row_id);
    for (; lock; lock = same_row(lock->next, table, row_id))
        if (lock->txn == txn && lock->strength > held)
            held = lock->strength;
    return held;
}

uint32_t sql_row_lock_holder(const struct sql_txn_manager *manager,
                             const struct sql_table_rows *table, uint64_t row_id)
{
    const struct sql_row_lock *strongest = NULL;
    struct sql_row_lock *lock = first_of(manager, table, row_id);
    for (; lock; lock = same_row(lock->next, table, row_id))
        if (!strongest || lock->strength > strongest->strength)
            strongest = lock;
    return strongest ? strongest->txn->xid : 0;
}

/* Keeps chains short; without memory they are longer, unless there is no bucket at all. */
static bool grow(struct sql_row_locks *locks, struct heap *heap)
{
    size_t count = locks->bucket_count ? locks->bucket_count * 2 : 64;
    if (locks->count < locks->bucket_count)
        return true;
    struct sql_row_lock **buckets = heap_zalloc(heap, count * sizeof(struct sql_row_lock *));
    if (!buckets)
        return locks->bucket_count > 0;
    struct sql_row_locks old = *locks;
    locks->buckets = buckets;
    locks->bucket_count = count;
    for (size_t i = 0; i < old.bucket_count; i++) {
        for (struct sql_row_lock *lock = old.buckets[i], *next; lock; lock = next) {
            struct sql_row_lock **head = bucket_of(locks, lock->table, lock->row_id);
            next = lock->next;
            lock->next = *head;
            *head = lock;
        }
    }
    if (old.buckets)
        heap_free(heap, old.buckets, old.bucket_count * sizeof(struct sql_row_lock *));
    return true;
}

bool sql_row_lock_add(struct sql_env *env, struct sql_table_rows *table, uint64_t row_id,
                      enum sql_lock_strength strength)
{
    struct sql_txn *txn = env->session->txn;
    struct sql_txn_manager *manager = txn->manager;
    struct sql_row_locks *locks = manager->row_locks;
    if (sql_row_lock_held(txn, table, row_id) >= strength)
        return true;
    struct sql_row_lock *lock =
        grow(locks, manager->heap) ? heap_alloc(manager->heap, sizeof *lock) : NULL;
    if (!lock)
        return sql_fail_memory(env->error);
    struct sql_row_lock **head = bucket_of(locks, table, row_id);
    *lock = (struct sql_row_lock){.next = *head,
                                  .next_mine = sql_txn_own(txn)->row_locks,
                                  .table = table,
                                  .row_id = row_id,
                                  .txn = txn,
                                  .strength = strength};
    *head = lock;
    locks->count++;
    sql_txn_own(txn)->row_locks = lock;
    sql_txn_own(txn)->row_lock_count++;
    return true;
}

void sql_row_locks_each(const struct sql_txn *txn,
                        void (*visit)(void *ctx, const struct sql_table_rows *table,
                                      uint64_t row_id, enum sql_lock_strength strength),
                        void *ctx)
{
    for (const struct sql_row_lock *lock = sql_txn_own(txn)->row_locks; lock;
         lock = lock->next_mine)
        visit(ctx, lock->table, lock->row_id, lock->strength);
}

void sql_row_locks_release(struct sql_txn *txn, uint64_t keep)
{
    struct sql_txn_private *own = sql_txn_own(txn);
    struct sql_row_locks *locks = txn->manager->row_locks;
    for (; own->row_lock_count > keep; own->row_lock_count--) {
        struct sql_row_lock *lock = own->row_locks;
        struct sql_row_lock **at = bucket_of(locks, lock->table, lock->row_id);
        while (*at != lock)
            at = &(*at)->next;
        *at = lock->next;
        own->row_locks = lock->next_mine;
        locks->count--;
        heap_free(txn->manager->heap, lock, sizeof *lock);
    }
}
