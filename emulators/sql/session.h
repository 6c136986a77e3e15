/* A session of the core: who runs statements, where, in which transaction.
 *
 * The dialect's session embeds or owns one, sets what it was told at login, and keeps format, path
 * and role up to date with its settings. Everything below (catalog look-ups, analysis, execution)
 * takes it for its surroundings. A statement runs on a fiber; whatever may wait parks that fiber in
 * sql_session_wait and looks at what woke it. */
#ifndef PARLEL_EMULATORS_SQL_SESSION_H
#define PARLEL_EMULATORS_SQL_SESSION_H

#include "common/fiber.h"
#include "emulators/emulator.h"
#include "emulators/sql/value/collation.h"

struct sql_database;
struct sql_deferred;
struct sql_dialect;
struct sql_instance;
struct sql_query;
struct sql_relation;
struct sql_sink;
struct sql_trigger_data;
struct sql_txn;

/* Why a statement must end. The session's owner sets it and wakes the fiber. */
enum sql_interrupt {
    SQL_NOT_INTERRUPTED,
    SQL_CANCELLED, /* by a user's request */
    SQL_STATEMENT_TIMEOUT,
    SQL_LOCK_TIMEOUT,
    SQL_DEADLOCK,
    SQL_DISCONNECTED,
    SQL_SHUTDOWN,
    SQL_ROLLED_BACK, /* a rewind took the state away */
};

/* What the session tells its owner: notices, settings changed by functions, results of stored code. */
struct sql_session_owner {
    void (*notice)(struct sql_session *session, const struct sql_error *notice);
    /* Fills the error for an interrupt with the dialect's code and text; false. */
    bool (*fail_interrupt)(struct sql_session *session, enum sql_interrupt why,
                           struct sql_error *error);
    bool (*get_setting)(struct sql_session *session, struct slice name, struct arena *arena,
                        struct slice *out);
    bool (*set_setting)(struct sql_session *session, struct slice name, struct slice value,
                        bool local, struct sql_error *error);
    /* Calls call->routine, which is not built in (SQL, procedural languages). NULL: none can be. */
    sql_function *call_routine;
    /* Runs a trigger's function (exec/trigger.h). NULL: there are no languages for it. */
    bool (*call_trigger)(struct sql_env *env, struct sql_trigger_data *data);
    /* Runs a utility statement (everything that is no query): CREATE, SET, COPY ... Rows and the
     * command's tag go to the sink (exec/exec.h). */
    bool (*utility)(struct sql_session *session, struct sql_env *env, const struct sql_query *query,
                    struct slice text, struct sql_sink *sink);
    /* WHERE CURRENT OF: the row of that table which the cursor is on. *row_id 0: it is on none. */
    bool (*cursor_row)(struct sql_session *session, struct slice cursor,
                       const struct sql_relation *relation, uint64_t *row_id,
                       struct sql_error *error);
    /* Lets session->fiber go on (fiber_resume) and does what is due when it has ended: called from the
     * loop for fibers that were woken or had used up their slice. NULL: fiber_resume alone. */
    void (*resume)(struct sql_session *session);
    /* A rewind took the session's transaction away (it is SQL_TXN_LOST). No statement of it runs: what
     * is open in it (cursors) is to be closed and sql_txn_rollback called. While one runs, that is due
     * when it has ended, with SQL_ROLLED_BACK. NULL: sql_txn_rollback alone. */
    void (*rolled_back)(struct sql_session *session);
};

/* What may not be done while the role is another one than the session's settings say. */
enum sql_role_limits {
    SQL_ROLE_BORROWED = 1 << 0,   /* roles cannot be switched: a function runs as its owner */
    SQL_ROLE_RESTRICTED = 1 << 1, /* nothing may outlast it: maintenance of what is another's */
};

struct sql_session {
    struct sql_instance *instance;
    struct sql_database *database;
    const struct sql_dialect *dialect;
    const struct sql_session_owner *owner;
    struct sql_txn *txn; /* never NULL while a statement runs */
    struct sql_format format;
    uint32_t role;         /* whose privileges count */
    uint32_t session_role; /* who logged in (or SET SESSION AUTHORIZATION) */
    uint32_t login_role;
    uint8_t role_limits; /* enum sql_role_limits */
    /* The collation that was asked for last, as it was at that version of the catalog. */
    struct sql_collation_memo {
        struct sql_collator collator;
        uint32_t collation;
        uint64_t version;
    } collation_memo;
    uint32_t id; /* backend's number: pg_backend_pid() and CONNECTION_ID() */
    /* Schemas searched, in order, with what is searched implicitly; creation goes to create_schema
     * (0: there is none). Owned by the session. */
    uint32_t *path;
    uint16_t path_count;
    uint32_t create_schema;
    uint32_t temp_schema; /* 0: none yet */
    bool standard_strings, read_only;
    uint32_t work_memory_kb;
    uint32_t lock_timeout_ms; /* 0: none */
    uint32_t
        deadlock_timeout_ms; /* how long it waits before it looks for deadlocks; 0: it looks first */

    struct sql_deferred *deferred; /* exec/after.h: checks due at the transaction's end */
    struct fiber *fiber;           /* of the running statement; NULL: none runs */
    bool parked;                   /* the fiber waits for sql_session_wake */
    enum sql_interrupt interrupt;
    int64_t
        slice_end; /* reactor_monotonic_us at which the statement yields; 0: it has just begun */
    struct sql_waiter *waiting; /* txn/lock.c: what it waits for, NULL: nothing */
    struct sql_session *next;   /* of the instance */
    struct sql_session *next_ready;
    bool ready;                        /* in the instance's queue of fibers that may go on */
    struct sql_lock_owner *lock_owner; /* of locks that outlast transactions; NULL: holds none */
};

/* The session that a statement's environment belongs to keeps running others' turns: called once a
 * batch of rows. false: interrupted, the error is filled. (sql_env.check of a session.) */
bool sql_session_check(struct sql_env *env);
/* The same for what must not stop half-way: others have their turn, interrupts wait. */
void sql_session_pause(struct sql_session *session);

/* Parks the fiber until sql_session_wake or an interrupt (false, the error is filled). Outside a
 * fiber (unit tests, seed) it fails with 55P03. */
bool sql_session_wait(struct sql_env *env);
/* Whose privileges counted before sql_session_act_as. */
struct sql_role_before {
    uint32_t role;
    uint8_t limits;
};

static inline struct sql_role_before sql_session_act_as(struct sql_session *session, uint32_t role,
                                                        unsigned limits)
{
    struct sql_role_before before = {session->role, session->role_limits};
    session->role = role;
    session->role_limits |= (uint8_t)limits;
    return before;
}

static inline void sql_session_act_back(struct sql_session *session, struct sql_role_before before)
{
    session->role = before.role;
    session->role_limits = before.limits;
}

/* Lets a parked fiber go on at the reactor's next turn; does nothing when it is not parked. */
void sql_session_wake(struct sql_session *session);

#endif
