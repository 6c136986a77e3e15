/* Transactions: ids, snapshots, savepoints, undo, what happens at the end.
 *
 * A transaction gets its id at its first change (or row lock), so that readers cost nothing. Every
 * version says who made it; whoever is not under way and was not cut off has committed, because
 * rolling back takes versions out at once. Commands of a transaction are numbered: a snapshot sees the
 * transaction's own versions of earlier commands. Savepoints share the transaction's id; rolling back
 * to one takes out what commands since then did.
 *
 * Ownership: a session owns its transaction (session->txn) until commit, rollback or prepare; a
 * prepared one belongs to the instance. Snapshots are counted.
 *
 * A checkpoint holds the versions of transactions under way too; in what is made from it (rewind, fork)
 * these are cut off: they count as rolled back. Prepared transactions survive. The transactions that
 * were under way when the instance was rewound become SQL_TXN_LOST: their sessions end them with
 * sql_txn_rollback.
 *
 * Errors: 53200; 40001 from commit; what hooks fail with. */
#ifndef PARLEL_EMULATORS_SQL_TXN_TXN_H
#define PARLEL_EMULATORS_SQL_TXN_TXN_H

#include "emulators/sql/session.h"

struct sql_database;
struct sql_txn;
struct sql_txn_manager;

enum sql_isolation {
    SQL_READ_UNCOMMITTED, /* as READ COMMITTED, but shown under its name */
    SQL_READ_COMMITTED,
    SQL_REPEATABLE_READ,
    SQL_SERIALIZABLE,
};

enum sql_txn_state {
    SQL_TXN_ACTIVE,
    /* Nothing may be done but rolling back: */
    SQL_TXN_LOST,   /* rewound away */
    SQL_TXN_BROKEN, /* memory ran out while it was rolled back to a savepoint */
};

struct sql_txn_options {
    enum sql_isolation isolation;
    bool read_only, deferrable;
};

/* What others may read of it; changed by the functions below alone (isolation, read_only and deferrable
 * by SET TRANSACTION too, before the first snapshot). */
struct sql_txn {
    struct sql_txn_manager *manager;
    struct sql_session *session; /* NULL: prepared */
    enum sql_txn_state state;
    enum sql_isolation isolation;
    bool read_only, deferrable;
    bool has_snapshot; /* its transaction snapshot was taken: too late for SET TRANSACTION */
    uint32_t xid;      /* 0: none yet */
    uint32_t command;  /* number of the running command, from 0 */
    uint32_t depth;    /* open savepoints */
    uint64_t serial;   /* ascends with the transactions' beginnings; shown as virtual transaction */
    struct arena arena; /* lasts as long as the transaction; for hooks' contexts and the like */
    struct sql_txn_private *own;
};

/* session->txn is set. */
bool sql_txn_begin(struct sql_session *session, const struct sql_txn_options *options,
                   struct sql_error *error);

/* The transaction's id, taken now if it has none. False: 53200, 54000. */
bool sql_txn_assign(struct sql_env *env);

/* A statement (of the client, of a function) has ended: later snapshots see what it did. The number
 * moves only when something was changed. */
void sql_txn_next_command(struct sql_txn *txn);

/* ---- the end; session->txn is NULL afterwards */

/* Runs the hooks' `before`; when one fails, or the transaction is not serializable (40001), the
 * transaction is rolled back and the error is filled. */
bool sql_txn_commit(struct sql_env *env);
void sql_txn_rollback(struct sql_session *session);
/* To be asked at the end of each statement: false when the transaction can not commit any more because
 * of what it has read (40001). */
bool sql_txn_check(struct sql_env *env);

/* Where nothing has to wait or fail: things to do at the end. They belong to the savepoint under which
 * they were asked for: rolling back to it (or before) ends them with committed false; releasing it
 * hands them to the level above. */
struct sql_txn_hook {
    /* Before commit (and prepare), in the order of asking; may run statements and ask for more hooks,
     * which are run in turn. May be NULL. */
    bool (*before)(struct sql_env *env, void *ctx);
    /* After commit (true) or rollback (false) of what it belongs to: last asked for first when rolling
     * back. Cannot fail. May be NULL. */
    void (*end)(struct sql_txn *txn, void *ctx, bool committed);
    /* May the transaction be prepared (2PC) with it? NULL: yes. Fills the error. */
    bool (*prepare)(struct sql_env *env, void *ctx);
    /* ctx is 16 bytes without pointers, and all that `end` needs: a prepared transaction keeps it when
     * the instance is rewound or forked. Hooks without it are left behind then. */
    bool keeps;
};
/* ctx lasts at least until `end` has been called (txn->arena). */
bool sql_txn_on_end(struct sql_txn *txn, const struct sql_txn_hook *hook, void *ctx,
                    struct sql_error *error);

/* ---- savepoints: a stack; the innermost one is number txn->depth, the first one 1 */

/* Name may be empty (blocks of stored code, statements that are undone alone). */
bool sql_savepoint_begin(struct sql_txn *txn, struct slice name, struct sql_error *error);
/* The innermost savepoint of that name, 0: there is none. */
uint32_t sql_savepoint_find(const struct sql_txn *txn, struct slice name);
/* Keeps what was done; the savepoints from `depth` on are gone. */
void sql_savepoint_release(struct sql_txn *txn, uint32_t depth);
/* Undoes all since; savepoint `depth` itself stays, those after it are gone. */
void sql_savepoint_rollback(struct sql_txn *txn, uint32_t depth);

/* ---- snapshots */

struct sql_snapshot {
    uint32_t refs;
    uint32_t xmin;        /* ids below it are over */
    uint32_t xmax;        /* ids from it on are not seen */
    uint32_t command;     /* the own transaction's versions of commands below it are seen */
    uint32_t count;       /* ids under way when it was taken, */
    const uint32_t *xids; /* ascending */
    const struct sql_txn *txn;
    struct sql_snapshot_data *data;     /* where these are */
    bool linked;                        /* among the manager's: not when a rewind took it away */
    struct sql_snapshot *older, *newer; /* of the manager */
    struct sql_snapshot *next_own;      /* of the same transaction */
};

/* A statement that asks for data begins, whether it reads a table or not: the transaction's isolation level is
 * settled, and from REPEATABLE READ on what it will see. */
bool sql_snapshot_begin(struct sql_env *env);
/* The snapshot for a new statement, as the isolation level says: a new one, or the transaction's with
 * the running command's number. Waits for a safe one in a SERIALIZABLE READ ONLY DEFERRABLE
 * transaction. The caller releases it when the statement (the cursor) is over. */
bool sql_snapshot_take(struct sql_env *env, struct sql_snapshot **out);
/* What is committed now, at any level, with all that the transaction did: constraint checks. */
bool sql_snapshot_take_latest(struct sql_env *env, struct sql_snapshot **out);
struct sql_snapshot *sql_snapshot_share(struct sql_snapshot *snapshot);
void sql_snapshot_release(struct sql_snapshot *snapshot);
/* Does it see what that transaction did? (Not for the own one.) */
bool sql_snapshot_sees(const struct sql_snapshot *snapshot, uint32_t xid);

/* Exported snapshots: good while the exporting transaction is open. The name is made by the core. */
bool sql_snapshot_export(struct sql_env *env, struct slice *out_name);
/* The transaction, whose first statement this is, sees what the exporter saw. 22023 for names that do
 * not exist. */
bool sql_snapshot_import(struct sql_env *env, struct slice name);

/* ---- the status of ids */

enum sql_xid_status { SQL_XID_IN_PROGRESS, SQL_XID_COMMITTED, SQL_XID_ABORTED, SQL_XID_UNKNOWN };
/* UNKNOWN: not given out yet. ABORTED is known of the last ones alone: older ones that rolled back
 * answer COMMITTED only when nothing of them can be seen. */
enum sql_xid_status sql_txn_status(const struct sql_txn_manager *manager, uint32_t xid);
/* Waits until that transaction is over; returns at once when it is. Takes its part in deadlock
 * detection. */
bool sql_txn_wait(struct sql_env *env, uint32_t xid);
/* The next id to be given out. */
uint32_t sql_txn_next_xid(const struct sql_txn_manager *manager);
/* Calls visit for every transaction that has begun (prepared ones too): activity views. */
void sql_txn_each(const struct sql_txn_manager *manager,
                  void (*visit)(void *ctx, const struct sql_txn *txn), void *ctx);
/* When it began to run: oldest id any snapshot still needs. */
uint32_t sql_txn_horizon(const struct sql_txn_manager *manager);

/* ---- two-phase commit */

/* Parks the session's transaction under the name; session->txn is NULL afterwards. 42710 when the name
 * is in use; on failure the transaction is rolled back. */
bool sql_txn_prepare(struct sql_env *env, struct slice gid);
/* 42704 when there is none, 42501 / 0A000 when it is another's or another database's. */
bool sql_txn_finish_prepared(struct sql_env *env, struct slice gid, bool commit);
struct sql_prepared {
    struct slice gid;
    uint32_t xid;
    uint32_t owner, database;
    int64_t prepared_us; /* as sql_env.statement_time */
};
void sql_txn_each_prepared(const struct sql_txn_manager *manager,
                           void (*visit)(void *ctx, const struct sql_prepared *prepared),
                           void *ctx);

#endif
