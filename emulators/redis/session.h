/* One client's connection: what it sent, what it selected, what it waits for.
 *
 * A session belongs to its transport and lives in its redis's list of sessions, oldest first. Its
 * strings come from the sandbox's heap. A session is freed from the loop only (on_close), never
 * below a handler; whoever wants a client gone calls redis_session_kill. */
#ifndef PARLEL_EMULATORS_REDIS_SESSION_H
#define PARLEL_EMULATORS_REDIS_SESSION_H

#include "common/arena.h"
#include "common/transport.h"
#include "emulators/redis/call.h"
#include "emulators/redis/instance.h"
#include "protocols/resp/resp_decode.h"

struct fault_gate;
struct redis_user;
struct redis_subscriptions;
struct redis_tracker;

enum redis_session_flags {
    REDIS_SESSION_MULTI = 1u << 0,      /* between MULTI and EXEC */
    REDIS_SESSION_DIRTY_CAS = 1u << 1,  /* a watched key changed */
    REDIS_SESSION_DIRTY_EXEC = 1u << 2, /* a command could not be queued */
    REDIS_SESSION_BLOCKED = 1u << 3,    /* waits for keys, see block */
    REDIS_SESSION_PAUSED = 1u << 4,     /* its command waits for the end of CLIENT PAUSE */
    REDIS_SESSION_CLOSING = 1u << 5,    /* no more commands; closes when the replies are out */
    REDIS_SESSION_AUTHENTICATED = 1u << 6,
    REDIS_SESSION_REPLY_OFF = 1u << 7,
    REDIS_SESSION_REPLY_SKIP = 1u << 8,      /* this command's reply is dropped */
    REDIS_SESSION_REPLY_SKIP_NEXT = 1u << 9, /* the next command's */
    REDIS_SESSION_NO_EVICT = 1u << 10,
    REDIS_SESSION_NO_TOUCH = 1u << 11,
    REDIS_SESSION_MONITOR = 1u << 12,
    REDIS_SESSION_PUBSUB = 1u << 13, /* has subscriptions: RESP2 allows few commands */
    REDIS_SESSION_TRACKING = 1u << 14,
    REDIS_SESSION_READONLY = 1u << 15, /* cluster */
    REDIS_SESSION_IN_CALL = 1u << 16, /* a command of it is being executed: pushes to itself wait */
    REDIS_SESSION_UNIX = 1u << 17,
    REDIS_SESSION_FAKE = 1u << 18,    /* no connection: execute(), fixtures */
    REDIS_SESSION_BUSY = 1u << 19,    /* its script is past busy-reply-threshold */
    REDIS_SESSION_FAULT = 1u << 20,   /* a fault rule has it wait */
    REDIS_SESSION_CAPTURED = 1u << 21 /* the reply of its command is for a fault rule */
};

/* A command kept for later: MULTI's queue, a blocked or paused client. One heap block. */
struct redis_queued {
    struct redis_queued *next;
    const struct redis_command_info *info;
    size_t size; /* of the block */
    uint32_t argc;
    struct slice argv[]; /* bytes follow */
};

/* What a blocked client waits for (block.h). */
struct redis_block {
    struct redis_queued *command;                /* tried again when a key becomes ready */
    struct redis_waiter *waiters;                /* one for each key */
    struct clock_timer timer;                    /* running when the wait has an end */
    void (*on_timeout)(struct redis_call *call); /* puts the reply of a wait that ended */
    enum redis_type type;
    bool by_script_or_multi;
};

struct redis_session {
    struct redis *redis;
    struct transport *transport; /* NULL for REDIS_SESSION_FAKE */
    struct redis_session *prev, *next;
    unsigned flags; /* enum redis_session_flags */
    int db;
    struct redis_reply reply;
    struct resp_decoder decoder;
    struct arena arena;

    size_t input_len;        /* bytes of the command being executed and what came after it */
    size_t heap_bytes;       /* the session and what it keeps in the heap, see client_memory.h */
    bool counted;            /* in the totals of the instance */
    size_t command_bytes;    /* of the command being executed */
    struct fault_gate *gate; /* fault.h; NULL until a rule may apply */
    uint64_t id;
    int64_t created_ms, active_ms;                    /* CLIENT LIST's age and idle */
    struct slice name, library_name, library_version; /* heap */
    struct redis_user *user;
    const struct redis_command_info *last_command;
    uint64_t commands;
    const struct redis_command_info *resolved; /* what the bytes below named the last time */
    char resolved_name[15];
    uint8_t resolved_len;

    struct redis_queued *first_queued, *last_queued; /* MULTI */
    uint32_t queued_count;
    size_t queued_bytes;
    unsigned queued_flags; /* all queued commands' flags together */
    struct redis_watch *watches;

    struct redis_block block;
    struct redis_session *next_paused;
    struct redis_queued *paused_command;

    struct redis_subscriptions *subscriptions; /* pubsub.h; NULL without any */
    struct redis_tracker *tracker;             /* tracking.h; NULL when off */
    struct redis_session *next_monitor;
    struct outq discarded;       /* where replies go that the client does not want */
    int64_t soft_limit_since_ms; /* output buffer above its soft limit since */
};

extern const struct session_ops redis_session_ops;

/* A session on the transport, in the default user's rights. NULL when out of memory. */
struct redis_session *redis_session_create(struct redis *redis, struct transport *transport);
/* Frees the session and all it holds (watches, subscriptions, queue). */
void redis_session_destroy(struct redis_session *session);

/* The client becomes one of another Redis on the same heap (a world): as a new connection there,
 * with its name, its protocol version and what it still has to say. Not from within a command. */
void redis_session_move(struct redis_session *session, struct redis *to);

/* Ends a client: at once, or once its replies are out. */
void redis_session_kill(struct redis_session *session, bool after_replies);

/* The client is cut off: it is gone for everybody else, though not freed before the loop comes to
 * its connection. */
static inline bool redis_session_is_gone(const struct redis_session *session)
{
    return session->transport && !session->counted;
}

/* The session by id, or NULL. */
struct redis_session *redis_session_find(struct redis *redis, uint64_t id);

/* Something was put into the session's reply from outside its own command: sends it. Checks the
 * client's output-buffer limits. */
void redis_session_wake(struct redis_session *session);

/* Executes one command of a session: all checks, then the handler (dispatch.c). argv is borrowed. */
void redis_dispatch(struct redis_session *session, struct slice *argv, uint32_t argc);

/* CLIENT REPLY OFF and SKIP: a reply is made, so that nothing else changes, and dropped. mute returns what unmute
 * takes: where replies went, NULL when this one is wanted. */
struct outq *redis_mute(struct redis_session *session);
void redis_unmute(struct redis_session *session, struct outq *out);

/* Executes a command that passed its checks: statistics, slow log, the handler; then serves the
 * clients whose keys became ready, unless this is nested. Used by dispatch, EXEC and scripts. */
void redis_execute(struct redis_call *call);

/* A command that waited may be over: sends its reply, and goes on with input if so. */
void redis_session_served(struct redis_session *session);

/* Goes on with input that waited while the session was blocked or paused. */
void redis_session_resume(struct redis_session *session);

struct redis_queued *redis_queued_create(struct heap *heap, const struct redis_command_info *info,
                                         const struct slice *argv, uint32_t argc);
void redis_queued_destroy(struct heap *heap, struct redis_queued *queued);

/* A heap copy of bytes for a session's fields; frees the old one. False: out of memory. */
bool redis_session_set_field(struct redis_session *session, struct slice *field,
                             struct slice bytes);

#endif
