/* The transaction manager's own structures: internal to txn/, storage/ and instance.c. */
#ifndef PARLEL_EMULATORS_SQL_TXN_TXN_INTERNAL_H
#define PARLEL_EMULATORS_SQL_TXN_TXN_INTERNAL_H

#include "common/assert.h"
#include "emulators/sql/storage/store.h"
#include "emulators/sql/txn/lock.h"
#include "emulators/sql/txn/ssi.h"

/* Ids under way when a snapshot was taken; shared by the snapshots of that moment. */
struct sql_snapshot_data {
    uint32_t refs;
    uint32_t xmin, xmax, count;
    uint32_t xids[];
};

/* Ids whose versions are there but count as rolled back; shared with checkpoints, immutable then. */
struct sql_cut_off {
    uint32_t refs;
    uint32_t count, room;
    uint32_t xids[]; /* ascending */
};

enum sql_undo_kind {
    SQL_UNDO_INSERT, /* rows id .. id + count - 1 */
    SQL_UNDO_CHANGE, /* row id */
    SQL_UNDO_OBJECT, /* class (id >> 32) and id of the catalog */
};

struct sql_undo {
    void *owner; /* struct sql_table_rows, struct sql_database */
    uint64_t id;
    uint32_t count;
    enum sql_undo_kind kind;
};

struct sql_undo_log {
    struct sql_undo *items;
    size_t count, room;
};

struct sql_hook {
    const struct sql_txn_hook *hook;
    void *ctx;
};

struct sql_savepoint {
    struct slice name;
    uint32_t command; /* what it did has this number or a greater one */
    size_t undo_count;
    uint32_t hook_count;
    uint64_t lock_mark, row_lock_mark;
};

/* What waits until no snapshot needs it: versions of a transaction that is over. */
struct sql_garbage {
    struct sql_garbage *next;
    uint32_t xid;
    struct sql_undo_log log;
    size_t done;
};

/* What waits until every transaction that ran is over: objects and handles given out. */
struct sql_retired {
    struct sql_retired *next;
    uint64_t serial;
    void (*free)(struct sql_instance *instance, void *ptr);
    void *ptr;
};

struct sql_txn_private {
    struct sql_txn txn;
    struct sql_txn *older, *newer; /* of those that have begun */
    struct sql_undo_log undo;
    struct sql_savepoint *savepoints;
    uint32_t savepoint_room;
    struct sql_hook *hooks;
    uint32_t hook_count, hook_room, hooks_run;
    struct sql_snapshot *held;      /* REPEATABLE READ and above: the transaction's own snapshot */
    struct sql_snapshot *snapshots; /* that are open */
    bool command_used;              /* something was changed under the running command's number */
    uint64_t object_version;        /* 0: it has not changed what plans are made of */
    bool changed_unplanned;         /* it has changed objects that no plan is about */
    uint32_t exports;
    struct sql_lock_owner *lock_owner; /* txn/lock.c; NULL: no locks yet */
    struct sql_row_lock *row_locks;    /* newest first */
    uint64_t row_lock_count;
    struct sql_ssi *ssi; /* NULL: not serializable */
};

#define SQL_ABORTED_KEPT 64

struct sql_txn_manager {
    struct sql_instance *instance;
    struct heap *heap;
    uint32_t next_xid;
    uint64_t serial;
    struct sql_txn *oldest, *newest;
    uint32_t txn_count;
    /* Those with ids, ascending. There is always room for one more than have begun. */
    struct sql_txn **active;
    uint32_t active_count, active_room;
    struct sql_cut_off *cut_off; /* NULL: none */
    /* Room to cut off all that were under way at the last checkpoint: rolling back needs memory for what
     * a checkpoint shares, and must not fail. */
    struct sql_cut_off *spare_cut_off;
    struct sql_snapshot_data *current; /* what a snapshot taken now sees; NULL: to be made */
    struct sql_snapshot *oldest_snapshot, *newest_snapshot;
    struct sql_garbage *garbage, **garbage_end;
    struct sql_retired *retired, **retired_end;
    struct sql_row_locks *row_locks;
    struct sql_ssi *oldest_ssi, *newest_ssi; /* serializable ones, also those that are over */
    uint64_t ssi_sequence;                   /* of their commits */
    struct sql_prepared_txn *prepared;
    uint32_t aborted[SQL_ABORTED_KEPT]; /* the last ids that rolled back, for sql_txn_status */
    uint32_t aborted_at;
    size_t garbage_count; /* rows in `garbage` */
};

static inline struct sql_txn_private *sql_txn_own(const struct sql_txn *txn)
{
    return txn->own;
}

/* ---- who is visible */

bool sql_cut_off_has(const struct sql_cut_off *cut_off, uint32_t xid);

static inline bool sql_txn_is_cut_off(const struct sql_txn_manager *manager, uint32_t xid)
{
    return manager->cut_off && sql_cut_off_has(manager->cut_off, xid);
}

/* The transaction under way with that id, NULL: it is over. */
struct sql_txn *sql_txn_active(const struct sql_txn_manager *manager, uint32_t xid);

/* The transaction's own snapshot, taken now if it has none; NULL: out of memory. */
struct sql_snapshot *sql_snapshot_hold(struct sql_txn *txn);
bool sql_snapshot_has(const struct sql_snapshot *snapshot, uint32_t xid);

/* Does the snapshot see what command `command` of transaction xid did? */
static inline bool sql_snapshot_visible(const struct sql_snapshot *snapshot, uint32_t xid,
                                        uint32_t command)
{
    const struct sql_txn *txn = snapshot->txn;
    if (xid == txn->xid)
        return command < snapshot->command;
    if (xid >= snapshot->xmax || (xid >= snapshot->xmin && sql_snapshot_has(snapshot, xid)))
        return false;
    return !sql_txn_is_cut_off(txn->manager, xid);
}

/* ---- undo */

/* Room for one more entry: so that noting a change that was made cannot fail. */
void sql_undo_note(struct sql_txn *txn, enum sql_undo_kind kind, void *owner, uint64_t id);
/* Number of the first command of the innermost savepoint (0: of the transaction): what was changed by
 * a command from there on is in the undo log already. */
uint32_t sql_undo_since(const struct sql_txn *txn);

/* Gives the transaction an id; false: there are none left. */
bool sql_txn_give_id(struct sql_txn *txn);

/* Begins a change: the transaction is alive and has an id, there is room for one note more. */
bool sql_txn_begin_change(struct sql_env *env);

/* Frees ptr by `free` when every transaction that runs now is over; without memory for the note, with
 * the instance's heap. */
void sql_txn_retire(struct sql_txn_manager *manager,
                    void (*free)(struct sql_instance *instance, void *ptr), void *ptr);
/* Takes out what nobody needs any more, in small pieces. */
void sql_txn_collect(struct sql_txn_manager *manager);

/* ---- the manager */

struct sql_txn_manager *sql_txn_manager_create(struct sql_instance *instance, uint32_t next_xid);
void sql_txn_manager_destroy(struct sql_txn_manager *manager);

/* What a checkpoint keeps of transactions: which id comes next, which ones are cut off. */
struct sql_txn_mark {
    uint32_t next_xid;
    struct sql_cut_off *cut_off;
    struct sql_prepared_mark *prepared;
};
bool sql_txn_mark_take(struct sql_txn_manager *manager, struct sql_txn_mark *out);
/* All that is under way is lost; the counters are the mark's. */
void sql_txn_mark_restore(struct sql_txn_manager *manager, const struct sql_txn_mark *mark);
void sql_txn_mark_release(struct heap *heap, struct sql_txn_mark *mark);

/* The transaction counts as rolled back though its versions are there. */
void sql_txn_cut_off(struct sql_txn_manager *manager, uint32_t xid);
void sql_txn_activate(struct sql_txn_manager *manager, struct sql_txn *txn);
void sql_txn_deactivate(struct sql_txn_manager *manager, const struct sql_txn *txn);
/* Moves the log's changes to the garbage (or frees it). */
void sql_txn_discard(struct sql_txn_manager *manager, uint32_t xid, struct sql_undo_log *log);

/* Runs the hooks' `before`. */
bool sql_txn_run_before(struct sql_env *env);
/* Commits (nothing can fail any more) or rolls back. */
void sql_txn_end(struct sql_txn *txn, bool commit);

/* ---- prepared transactions (txn/prepared.c) */
bool sql_txn_is_prepared(const struct sql_txn *txn);
bool sql_prepared_mark_take(const struct sql_txn_manager *manager, struct sql_prepared_mark **out);
void sql_prepared_mark_release(struct heap *heap, struct sql_prepared_mark *mark);
/* Makes the mark's transactions anew; the state is the mark's. False: memory ran out for some. */
bool sql_prepared_restore(struct sql_instance *instance, const struct sql_prepared_mark *mark);
void sql_prepared_drop_all(struct sql_txn_manager *manager);

/* ---- row locks (txn/row_lock.c) */

void sql_row_locks_each(const struct sql_txn *txn,
                        void (*visit)(void *ctx, const struct sql_table_rows *table,
                                      uint64_t row_id, enum sql_lock_strength strength),
                        void *ctx);

/* Whose lock on the row excludes `strength`: a transaction, NULL: nobody's. */
struct sql_txn *sql_row_lock_conflict(const struct sql_txn *txn, const struct sql_table_rows *table,
                                      uint64_t row_id, enum sql_lock_strength strength);
/* Does the transaction hold any? */
enum sql_lock_strength sql_row_lock_held(const struct sql_txn *txn,
                                         const struct sql_table_rows *table, uint64_t row_id);
bool sql_row_lock_add(struct sql_env *env, struct sql_table_rows *table, uint64_t row_id,
                      enum sql_lock_strength strength);
/* Anybody's, strongest first: for xmax. 0: none. */
uint32_t sql_row_lock_holder(const struct sql_txn_manager *manager,
                             const struct sql_table_rows *table, uint64_t row_id);
void sql_row_locks_release(struct sql_txn *txn, uint64_t keep);
bool sql_row_locks_init(struct sql_txn_manager *manager);
void sql_row_locks_done(struct sql_txn_manager *manager);

/* ---- locks (txn/lock.c) */
bool sql_lock_manager_init(struct sql_instance *instance);
void sql_lock_manager_done(struct sql_instance *instance);
void sql_locks_release_txn(struct sql_txn *txn);
/* Its locks belong to no session any more. */
void sql_locks_part(struct sql_txn *txn);
void sql_locks_each(const struct sql_txn *txn,
                    void (*visit)(void *ctx, const struct sql_lock_tag *tag,
                                  enum sql_lock_mode mode),
                    void *ctx);
uint64_t sql_locks_mark(const struct sql_txn *txn);
void sql_locks_release_since(struct sql_txn *txn, uint64_t mark);

/* ---- instance.c: frees what rewinds left behind when no transaction can hold it any more */
void sql_instance_leave_limbo(struct sql_instance *instance);

/* ---- waiting (txn/wait.c) */

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
    bool done;       /* there may be nothing to wait for any more */
    bool look_first; /* for deadlocks: one is certain */
    bool look_due;
    uint64_t mark;
    struct clock_timer timeout, look;
};

/* Waits for transaction xid on behalf of a row; those that want the same row wait in line. The waiter,
 * zeroed before the first call, keeps its place for further ones, until it is done or wants another
 * row: who is woken and finds the row taken again is still first. False: it is done already. */
bool sql_row_wait(struct sql_env *env, struct sql_waiter *waiter, struct sql_table_rows *table,
                  uint64_t row_id, uint32_t xid);
/* Has what it waited for, or gives up: the next one in line looks at the row. */
void sql_row_wait_done(struct sql_env *env, struct sql_waiter *waiter);
/* The transaction is over (or gave up row locks): who waits for it may look again. */
void sql_wait_ended(struct sql_instance *instance, uint32_t xid);

#endif
