/* One client's connection: from the first byte to Terminate.
 *
 * A session belongs to its transport; the core's session is its first member, so that one is the
 * other. Frames are decoded on the loop; those that run statements are handled on a fiber of the
 * session, one at a time, and no further frame is taken before it has ended (COPY's data aside).
 *
 * Memory: `frame_arena` holds the frame in hand and lasts until it is handled; statements and
 * portals have arenas of their own; strings that live as long as the session are in the heap.
 *
 * Errors are put into session->error where they happen, in the arena of the frame, and sent once, by
 * whoever handles the frame (reply.h). */
#ifndef PARLEL_EMULATORS_POSTGRES_SESSION_H
#define PARLEL_EMULATORS_POSTGRES_SESSION_H

#include "common/transport.h"
#include "emulators/postgres/block.h"
#include "emulators/postgres/instance.h"
#include "emulators/postgres/large_object/large_object.h"
#include "emulators/postgres/named.h"
#include "emulators/postgres/sequences.h"
#include "emulators/postgres/statement_cache.h"
#include "emulators/sql/session.h"
#include "protocols/postgres/pg_decode.h"

struct fault_gate;
struct pg_copy_input;
struct pg_login;
struct pg_notifier;
struct pg_notify_request;
struct pg_portal;
struct pg_event_run;
struct pl_function;
struct pg_script;
struct pg_stored_casts;

enum pg_phase {
    PG_PHASE_LOGIN, /* startup frames, then what the login asks for */
    PG_PHASE_READY, /* frames are statements */
    PG_PHASE_COPY,  /* a COPY FROM STDIN takes the frames */
    PG_PHASE_CLOSING
};

struct pg_session {
    struct sql_session core; /* FIRST */
    struct pg *pg;
    struct transport *transport; /* NULL: gone, or there never was one (execute, fixtures) */
    struct outq *out;            /* where replies go now: the transport's, a gate's, discarded */
    struct outq discarded;
    struct pg_session *next_session;
    enum pg_phase phase;
    struct pg_decoder decoder;
    struct pg_login *login; /* heap; NULL after the login */
    uint32_t cancel_key;
    struct slice user, database_name; /* heap */
    bool is_superuser;                /* of the role in effect */
    bool logging_in;                  /* names of roles are not looked up */

    struct arena frame_arena;
    struct pg_frame frame; /* in hand, in frame_arena */
    struct sql_error error;
    struct sql_env env;                      /* of the statement that runs */
    struct slice text;                       /* of the statement that runs: positions refer to it */
    bool skip_to_sync;                       /* an error in the extended protocol */
    bool extended;                           /* the frame in hand is of the extended protocol */
    const struct sql_params *running_params; /* of the statement that runs */
    bool finished;                           /* the fiber came to its end */
    void (*handle)(struct pg_session *session); /* what the fiber does */
    struct pg_script *script;                   /* script.c: what it runs; NULL: frames */

    struct pg_settings settings;
    struct pg_settings_owner settings_owner;
    uint64_t path_version, path_catalog; /* what core.path was made of */
    uint32_t path_role, path_temp;
    struct pg_block block;                   /* transaction block */
    struct pg_names prepared;                /* prepared statements: prepared.h */
    struct pg_statement_cache cache;         /* statements by text */
    uint64_t notices;                        /* ever told, or kept back by client_min_messages */
    struct pg_names portals;                 /* portal.h */
    uint64_t portal_count;                   /* ever made, for names */
    struct pg_descriptors descriptors;       /* of large objects */
    bool may_end;                            /* the procedure that is called may do so */
    uint32_t changing_loops;                 /* loops of stored code over what changes rows */
    uint32_t trigger_depth;                  /* running triggers, one inside the other */
    uint32_t settings_levels;                /* running functions with settings of their own */
    struct pg_event_run *events;             /* of the running DDL command; NULL: nobody listens */
    struct pg_sequences sequences;           /* what was got of them */
    struct pl_function *routines;            /* compiled ones: routine/cache.h */
    struct pg_stored_casts *casts;           /* routine/stored_cast.h; NULL: none so far */
    struct pg_sql_body *sql_bodies;          /* of functions in SQL: routine/sql_function.c */
    struct pg_notifier *notifier;            /* notify.h; NULL: never listened */
    struct pg_notify_request *notifications; /* notify.c: of the running transaction */
    struct pg_copy_input *copy_input;        /* copy_wire.h; while phase is PG_PHASE_COPY */

    struct fault_gate *gate; /* NULL until a rule may apply */
    bool waits_for_gate, waits_for_output;
    bool waits_for_leaving; /* of a database: database_use.h */
    bool left;              /* it has ended, and its temporary objects with it */
    bool tells_at_once;     /* what is queued is not to wait for the statement's end, or a Sync */
    struct clock_timer statement_timer, idle_timer, transaction_timer;
    bool transaction_over;                /* transaction_timeout is: the session ends for that */
    int64_t connected_us, state_since_us; /* as pg_now_us */
    int64_t query_start_us;
    uint8_t *activity; /* heap: text of the last statement, for pg_stat_activity */
    size_t activity_len;
    bool active; /* a statement runs */
    uint64_t command_bytes_in;
};

static inline struct pg_session *pg_session_of(struct sql_session *session)
{
    return (struct pg_session *)(void *)session;
}

extern const struct session_ops pg_session_ops;

/* transport NULL: a session for the server itself. NULL: out of memory. */
struct pg_session *pg_session_create(struct pg *pg, struct transport *transport);
/* Its statement must have ended. */
void pg_session_destroy(struct pg_session *session);
/* Ends a client: with the error that is in session->error, or without a word. */
void pg_session_end(struct pg_session *session);
/* The session is another's on the same heap from now on (a world); during the login only. */
void pg_session_move(struct pg_session *session, struct pg *to);

/* The environment for running something: session->env, its error empty. Strings and results go to
 * the arena. */
struct sql_env *pg_session_env(struct pg_session *session, struct arena *arena);
/* Brings what the core reads (format, path, role, timeouts) up to date with the settings. */
void pg_session_sync(struct pg_session *session);

/* Runs handle(session) on a fiber, until it ends or has to wait. */
void pg_session_run(struct pg_session *session, void (*handle)(struct pg_session *session));
/* The state was rewound or reset under the session, which runs nothing. */
void pg_session_rewound(struct pg_session *session);
/* Runs what the loop would until the session's fiber has ended (execute, fixtures): false when it waits
 * for somebody else. */
bool pg_session_finish(struct pg_session *session);

/* Something was put into a session's queue from outside its own frames. */
void pg_session_wake(struct pg_session *session);
/* Waits, on its fiber, while more output is queued than the peer reads. */
bool pg_session_flush_wait(struct pg_session *session);

/* A heap copy into a session's field; the old one is freed. False: out of memory. */
bool pg_session_set_field(struct pg_session *session, struct slice *field, struct slice bytes);
/* Ends a client for an administrator: 57P01. A statement that runs is interrupted. */
void pg_session_terminate(struct pg_session *session);
struct pg_session *pg_session_by_pid(struct pg *pg, uint32_t pid);

#endif
