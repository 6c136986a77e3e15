/* What a session sees of its connection: bytes in, an output queue, a way to end.
 *
 * A transport is a TCP or Unix socket of the reactor, or an in-memory pair (tests, fuzzers, the
 * tunnel). The session never touches a socket. Input: the transport calls on_input with every byte
 * received and not yet consumed; the session decodes what is complete and returns how many bytes it
 * consumed; slices into the input are valid during the call only. The rest comes again, at the front of
 * the next input, or by itself after a resume and when the session had stopped because the output
 * queue had reached the high-water mark. Output: the session appends to
 * transport->out at any time (also to another session's, for pub/sub) and calls transport_wake();
 * everything queued is written once per loop turn. When more than the high-water mark is queued the
 * session gets no input until the peer has read half of it away (backpressure); some is read ahead
 * meanwhile, and then no more.
 *
 * Ownership: the reactor (or whoever made it) owns the transport, the session is its `session`
 * pointer. on_close is called exactly once, after which the transport is gone; it is never called
 * from within a transport_* call but from the loop, so handlers need no care about being freed
 * below themselves. A socket goes on without its session then until what is queued is written, the
 * peer has closed, or nothing has moved for some seconds. A peer that closes one direction only still
 * gets the answers to what it has sent, except from a session that is paused. */
#ifndef PARLEL_COMMON_TRANSPORT_H
#define PARLEL_COMMON_TRANSPORT_H

#include "common/outq.h"
#include "common/readbuf.h"

struct transport;

struct session_ops {
    /* Input has come. Returns the bytes consumed, at most in.len. */
    size_t (*on_input)(void *session, struct slice in);
    /* The peer closed, an error happened, or transport_close was asked for. */
    void (*on_close)(void *session);
    /* Optional: the output queue ran empty after it had been above the high-water mark. */
    void (*on_drained)(void *session);
    /* Optional: this input (what on_input will be given, as far as it is known now) is about to
     * be delivered, after that of other sessions: a moment to prefetch what it will need. Nothing
     * may change. */
    void (*on_arrival)(void *session, struct slice in);
};

/* Where the next bytes of input belong, as the session has said: a long payload need not be copied again. They are put
 * there, and `to` and `len` go on; on_input gets what follows. What comes through on_input all the same is for the
 * session to put there (transport_land). */
struct transport_landing {
    uint8_t *to; /* NULL: they are wanted by nobody, and dropped */
    size_t len;  /* that are to come; 0: none */
};

enum transport_state { TRANSPORT_OPEN, TRANSPORT_CLOSING, TRANSPORT_CLOSED };

/* How a connection ends, the more abrupt the later: what was asked for first may be made worse. */
enum transport_end {
    TRANSPORT_END_WRITTEN, /* once the queued output is written */
    TRANSPORT_END_DROPPED, /* now; the peer still gets what the system has taken */
    TRANSPORT_END_RESET    /* now; the peer sees a reset */
};

struct transport {
    struct outq out;     /* FIRST: appended to by sessions */
    struct readbuf kept; /* input that the session has not consumed yet */
    const struct session_ops *ops;
    void *session;
    const struct transport_ops *vtable; /* the kind of transport */
    enum transport_state state;
    bool paused;    /* by the session: input is kept, on_input not called */
    bool throttled; /* by backpressure */
    bool queued;    /* on the reactor's flush list */
    bool held;      /* by the session: output stays until it says otherwise and wakes */
    struct transport_landing landing;
    size_t expected;   /* said by the session: bytes of input it knows to be still to come */
    bool reset;        /* once it is closed and written, the peer sees a reset instead of the end */
    size_t ahead_max;  /* bytes of input read and kept while the session takes none;
                          default TRANSPORT_AHEAD_MAX */
    size_t high_water; /* bytes queued at which reading stops; default TRANSPORT_HIGH_WATER */
    uint64_t bytes_in, bytes_out;
    char peer[64]; /* "127.0.0.1:4711", "/path/sock:0" or "memory" */
    char local[64];
    int fd; /* for CLIENT LIST and the like; -1 without one */
};

#define TRANSPORT_HIGH_WATER (1u << 20)
#define TRANSPORT_AHEAD_MAX  65536u

struct transport_ops {
    void (*wake)(struct transport *t); /* output was appended or state changed */
    void (*close)(struct transport *t, enum transport_end end);
    void (*set_paused)(struct transport *t, bool paused);
};

/* Gives the transport its session; done by the listener's accept callback. */
static inline void transport_attach(struct transport *t, const struct session_ops *ops,
                                    void *session)
{
    t->ops = ops;
    t->session = session;
}

/* Counts what is queued and what is kept in *total from now on; NULL: no longer. To be called with
 * NULL before the total goes, and by whoever loses the transport. */
static inline void transport_count_in(struct transport *t, size_t *total)
{
    outq_count_in(&t->out, total);
    readbuf_count_in(&t->kept, total);
}

/* Puts the input's begin where it belongs; returns how many bytes of it that were. */
static inline size_t transport_land(struct transport *t, struct slice in)
{
    struct transport_landing *landing = &t->landing;
    size_t len = in.len < landing->len ? in.len : landing->len;
    if (landing->to && len) {
        memcpy(landing->to, in.ptr, len);
        landing->to += len;
    }
    landing->len -= len;
    return len;
}

/* Output was appended outside of on_input (on_input's own output is always flushed). Cheap, may be
 * called often. */
static inline void transport_wake(struct transport *t)
{
    if (!t->queued)
        t->vtable->wake(t);
}

/* Ends the connection once the queued output is written; no more input is delivered. */
static inline void transport_close(struct transport *t)
{
    t->vtable->close(t, TRANSPORT_END_WRITTEN);
}

/* Ends it at once as close() does; queued output is dropped. */
static inline void transport_drop(struct transport *t)
{
    t->vtable->close(t, TRANSPORT_END_DROPPED);
}

/* Ends it at once; queued output is dropped, and with a socket the peer sees a reset. */
static inline void transport_abort(struct transport *t)
{
    t->vtable->close(t, TRANSPORT_END_RESET);
}

/* Stops and resumes the delivery of input. Resuming delivers what has been kept, from the loop. */
static inline void transport_pause(struct transport *t)
{
    t->vtable->set_paused(t, true);
}

static inline void transport_resume(struct transport *t)
{
    t->vtable->set_paused(t, false);
}

/* ---- in-memory transport: feed bytes, look at `out`. Synchronous; for tests, fuzzers, execute. */
struct memory_transport; /* embeds struct transport as its first member */
struct transport *memory_transport_create(void);
/* Delivers bytes as if they had been received (joined with what was left unconsumed). */
void memory_transport_feed(struct transport *t, struct slice bytes);
/* Runs what the loop would: delivers kept input after a resume, on_close after a close. True while
 * the transport is open; when it returns false on_close has been called. */
bool memory_transport_turn(struct transport *t);
/* Closes (on_close is called if it was not yet) and frees. */
void memory_transport_destroy(struct transport *t);

#endif
