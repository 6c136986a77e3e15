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
    struct sql_lock_hold *hold;
    enum sql_lock_mode mode;
};

/* A weak lock on a relation (ROW EXCLUSIVE at most), of which there is no lock in the table as long as
 * nobody wants to exclude it. */
#define SQL_WEAK_LOCKS_MAX 16
struct sql_weak_lock {
    uint32_t database, relation;
    enum sql_lock_mode mode;
    struct sql_lock_hold *hold; /* NULL: nobody wanted to exclude it yet */
};

/* Many of them, taken at once. */
#define SQL_WEAK_BUNDLES_MAX 4
#define SQL_WEAK_BUNDLE_MIN  8 /* of locks; fewer are taken one by one */
struct sql_weak_bundle {
    uint32_t database, count;
    struct sql_relation_lock *locks;
    struct sql_bundle_hold *holds; /* of those that somebody wanted to exclude */
};

struct sql_bundle_hold {
    struct sql_bundle_hold *next;
    struct sql_lock_hold *hold;
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
    struct sql_weak_lock weak[SQL_WEAK_LOCKS_MAX];
    uint32_t weak_count;
    struct sql_weak_bundle bundles[SQL_WEAK_BUNDLES_MAX];
    uint32_t bundle_count;
    struct sql_lock_owner *next_spare; /* of the manager's */
};

struct sql_lock_manager {
    struct sql_lock **buckets;
    size_t count, bucket_count; /* a power of two */
    size_t relation_count;      /* of them, on relations */
    struct sql_waiter *first, *last;
    uint64_t mark;
    struct sql_lock_owner *spare; /* owners of transactions that are over, for the next ones */
};

/* Parks the session until waiter->done. The waiter is in the list before `before` (NULL: last) and gone
 * from it afterwards. False: deadlock or an interrupt, the error is filled. */
bool sql_wait(struct sql_env *env, struct sql_waiter *waiter, struct sql_waiter *before);
/* Gives the waiter another place in the line. */
void sql_waiter_move(struct sql_lock_manager *manager, struct sql_waiter *waiter,
                     struct sql_waiter *before);
/* Looks for a circle of waits that the waiter stands in. True: there is none, or none any more because
 * others let somebody go first. False: 40P01. */
bool sql_deadlock_check(struct sql_env *env, struct sql_waiter *waiter);
/* It need not wait any more. */
void sql_waiter_done(struct sql_waiter *waiter);
/* Is that the waiter who will get the row next? Others stand in line behind it. */
bool sql_waiter_is_head(const struct sql_lock_manager *manager, const struct sql_waiter *waiter);

/* ---- the table of locks (lock.c) */
struct sql_lock *sql_lock_find(const struct sql_lock_manager *manager,
                               const struct sql_lock_tag *tag);
/* The owner's share, made without any mode if there is none; NULL: out of memory. */
struct sql_lock_hold *sql_lock_hold_of(struct sql_instance *instance, struct sql_lock *lock,
                                       struct sql_lock_owner *owner);
void sql_lock_take_mode(struct sql_lock_hold *hold, enum sql_lock_mode mode);
void sql_lock_give_back(struct sql_instance *instance, struct sql_lock_hold *hold,
                        enum sql_lock_mode mode, bool all);

/* ---- weak locks (lock_weak.c) */
/* Takes the lock if it is weak and nobody excludes it or waits to; false: ask the table. */
bool sql_lock_take_weak(const struct sql_lock_manager *manager, struct sql_lock_owner *owner,
                        const struct sql_lock_tag *tag, enum sql_lock_mode mode);
/* Somebody wants to exclude weak locks: those that are held go to the table. False: out of memory. */
bool sql_lock_expose_weak(struct sql_instance *instance, struct sql_lock *lock);
bool sql_lock_has_weak(const struct sql_lock_owner *owner, const struct sql_lock_tag *tag,
                       enum sql_lock_mode mode);
void sql_lock_release_weak(struct sql_instance *instance, struct sql_lock_owner *owner,
                           uint32_t keep);
/* Takes all of the locks if they are weak and nobody excludes a weak lock or waits to; false: take them
 * one by one. */
bool sql_lock_take_bundle(struct sql_instance *instance, struct sql_lock_owner *owner,
                          uint32_t database, const struct sql_relation_lock *locks, uint32_t count);
void sql_lock_release_bundles(struct sql_instance *instance, struct sql_lock_owner *owner,
                              uint32_t keep);
/* Calls visit for every weak lock of the owner's; those that are `hidden` do not stand in the table. */
void sql_lock_each_weak(const struct sql_lock_owner *owner,
                        void (*visit)(void *ctx, const struct sql_lock_tag *tag,
                                      enum sql_lock_mode mode, bool hidden),
                        void *ctx);

bool sql_lock_modes_conflict(enum sql_lock_mode a, enum sql_lock_mode b);
/* Does what the session holds of the lock exclude the mode? */
bool sql_lock_holds_against(const struct sql_lock *lock, const struct sql_session *session,
                            enum sql_lock_mode mode);
/* Calls visit for every session (NULL: a prepared transaction) that the waiter waits for, until it
 * returns true. */
bool sql_waiter_blockers(const struct sql_instance *instance, const struct sql_waiter *waiter,
                         bool (*visit)(void *ctx, struct sql_session *session), void *ctx);
/* The waiter for a lock has gone: those behind it may have what they want. */
void sql_lock_regrant(struct sql_instance *instance, struct sql_lock *lock);

#endif
