/* Locks: relations and other objects, advisory locks; who waits for whom; deadlocks.
 *
 * Eight modes with the usual table of conflicts. A request that conflicts with a holder, or with one
 * that waits longer, queues up behind it (FIFO). Whoever would close a circle of waits fails at once
 * with 40P01. Row locks are table.h's: they wait for transactions, which are part of the same graph.
 *
 * Ownership: locks of a transaction are freed by its end (or by rolling back to a savepoint before
 * them), those of a session by unlocking or by its end.
 *
 * Errors: 40P01 with the circle as detail; 55P03 for SQL_WAIT_ERROR (NOWAIT) and lock_timeout; interrupts as
 * sql_session_wait. */
#ifndef PARLEL_EMULATORS_SQL_TXN_LOCK_H
#define PARLEL_EMULATORS_SQL_TXN_LOCK_H

#include "emulators/sql/analyze/query.h"
#include "emulators/sql/txn/txn.h"

enum sql_lock_mode {
    SQL_NO_LOCK,
    SQL_ACCESS_SHARE,
    SQL_ROW_SHARE,
    SQL_ROW_EXCLUSIVE,
    SQL_SHARE_UPDATE_EXCLUSIVE,
    SQL_SHARE,
    SQL_SHARE_ROW_EXCLUSIVE,
    SQL_EXCLUSIVE,
    SQL_ACCESS_EXCLUSIVE,
};
/* "AccessShareLock" and so on. */
const char *sql_lock_mode_name(enum sql_lock_mode mode);

enum sql_lock_kind {
    SQL_LOCK_RELATION,
    SQL_LOCK_OBJECT,      /* class, id */
    SQL_LOCK_ADVISORY,    /* key halves in class and id; part 1: one bigint, 2: two integers */
    SQL_LOCK_TRANSACTION, /* shown only: every transaction holds its own */
    SQL_LOCK_VIRTUAL,
    SQL_LOCK_TUPLE, /* shown only: class_id is the block, part the place in it */
};

struct sql_lock_tag {
    enum sql_lock_kind kind;
    uint32_t database; /* 0: of all */
    uint32_t class_id; /* relation; class; upper half of an advisory key */
    uint32_t id;       /* object; lower half of an advisory key */
    uint16_t part;
};

/* Takes (another count of) the lock for the transaction. With SQL_WAIT_SKIP *out_got is false instead
 * of waiting; out_got may be NULL for the others. */
bool sql_lock(struct sql_env *env, const struct sql_lock_tag *tag, enum sql_lock_mode mode,
              enum sql_lock_wait wait, bool *out_got);
/* The relation's lock in the session's database. */
bool sql_lock_relation(struct sql_env *env, uint32_t relation, enum sql_lock_mode mode,
                       enum sql_lock_wait wait);
struct sql_relation_lock {
    uint32_t relation;
    enum sql_lock_mode mode;
};
/* All of them, in their order: what a plan needs. Many weak ones (ROW EXCLUSIVE at most) that nobody
 * excludes cost hardly more than one. */
bool sql_lock_relations(struct sql_env *env, const struct sql_relation_lock *locks, uint32_t count);
/* Does the transaction hold that mode or a stronger one? */
bool sql_lock_is_held(const struct sql_txn *txn, const struct sql_lock_tag *tag,
                      enum sql_lock_mode mode);

/* ---- advisory locks: SHARE or EXCLUSIVE; of the session: held over transactions, counted */
bool sql_advisory_lock(struct sql_env *env, const struct sql_lock_tag *tag, enum sql_lock_mode mode,
                       bool session_level, enum sql_lock_wait wait, bool *out_got);
/* False: the session does not hold it (the caller warns). */
bool sql_advisory_unlock(struct sql_env *env, const struct sql_lock_tag *tag,
                         enum sql_lock_mode mode);
void sql_advisory_unlock_all(struct sql_session *session);

/* ---- showing (pg_locks) */
struct sql_lock_view {
    struct sql_lock_tag tag;
    enum sql_lock_mode mode;
    bool granted;
    uint32_t session; /* backend's number; 0: a prepared transaction */
    uint64_t serial;  /* of the holder's transaction, 0: the session's lock */
    uint32_t xid;     /* SQL_LOCK_TRANSACTION: which one */
    bool fast;        /* nobody wanted to exclude it yet */
    int64_t wait_us;  /* when it began to wait, clock time; 0: granted */
};
void sql_lock_each(const struct sql_instance *instance,
                   void (*visit)(void *ctx, const struct sql_lock_view *lock), void *ctx);
/* What the session waits for; false: for no lock. */
bool sql_lock_awaited(const struct sql_session *session, struct sql_lock_view *out);
/* Sessions that the session with that number waits for: their numbers (0: prepared transactions), in
 * the arena. NULL with *out_count 0: it waits for none. */
uint32_t *sql_lock_blockers(const struct sql_instance *instance, uint32_t session,
                            struct arena *arena, uint32_t *out_count);

#endif
