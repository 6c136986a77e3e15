/* Locks and waits: what lock.c and wait.c share. */
#ifndef PARLEL_EMULATORS_SQL_TXN_LOCK_INTERNAL_H
#define PARLEL_EMULATORS_SQL_TXN_LOCK_INTERNAL_H

#include "emulators/sql/txn/txn_internal.h"

#define SQL_LOCK_MODES (SQL_ACCESS_EXCLUSIVE + 1)

struct sql_lock_owner;

struct sql_lock {
    struct sql_lock *next; /* in its bucket */
    struct sql_lock_tag tag;
    struct sql_lock_hold *holds;
    uint32_t granted[SQL_LOCK_MODES]; /* holds that have the mode */
    uint32_t waiters;
};

/* An owner's share in a lock. */
struct sql_lock_hold {
    struct sql_lock *lock;
    struct sql_lock_owner *owner;
    struct sql_lock_hold *next;      /* of the lock */
    struct sql_lock_hold *next_mine; /* of the owner */
    uint32_t counts[SQL_LOCK_MODES];
};

struct sql_lock_entry {
    struct sql_lock_hold *hold; /* NULL: given back since */
    enum sql_lock_mode mode;
};

/* A transaction, or a session for locks that outlast transactions. */
struct sql_lock_owner {
    struct sql_session *session; /* NULL: a prepared transaction */
    struct sql_txn *txn;         /* NULL: the session */
    struct sql_lock_hold *holds;
    /* Transactions: each mode taken first, in order, for savepoints. */
    struct sql_lock_entry *log;
    uint32_t log_count, log_room;
};

/* What a session waits for: a transaction, maybe on behalf of a row; or a lock. On its stack. */
struct sql_waiter {
    struct sql_waiter *next, *previous; /* longest waiting first */
    struct sql_session *session;
    int64_t since_us;
    uint32_t xid; /* 0: a lock */
    const struct sql_table_rows *table;
    uint64_t row_id;
    struct sql_lock *lock;
    struct sql_lock_hold *hold; /* that will have the mode */
    enum sql_lock_mode mode;
    bool done; /* there may be nothing to wait for any more */
    uint64_t mark;
    struct slice doing; /* line of context */
    struct clock_timer timeout;
};

struct sql_lock_manager {
    struct sql_lock **buckets;
    size_t count, bucket_count; /* a power of two */
    struct sql_waiter *first, *last;
    uint64_t mark;
};

/* Parks the session until waiter->done. The waiter is in the list before `before` (NULL: last) and gone
 * from it afterwards. False: deadlock or an interrupt, the error is filled. */
bool sql_wait(struct sql_env *env, struct sql_waiter *waiter, struct sql_waiter *before);
/* It need not wait any more. */
void sql_waiter_done(struct sql_waiter *waiter);
/* Is that the waiter who will get the row next? Others stand in line behind it. */
bool sql_waiter_is_head(const struct sql_lock_manager *manager, const struct sql_waiter *waiter);

bool sql_lock_modes_conflict(enum sql_lock_mode a, enum sql_lock_mode b);
/* Calls visit for every session (NULL: a prepared transaction) that the waiter waits for, until it
 * returns true. */
bool sql_waiter_blockers(const struct sql_instance *instance, const struct sql_waiter *waiter,
                         bool (*visit)(void *ctx, struct sql_session *session), void *ctx);
/* The waiter for a lock has gone: those behind it may have what they want. */
void sql_lock_regrant(struct sql_instance *instance, struct sql_lock *lock);

#endif
