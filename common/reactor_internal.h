/* Inside of the reactor: what reactor.c, reactor_watch.c, socket.c and listener.c share. Nobody
 * else includes it but their tests.
 *
 * A turn, by libev's order of things: `before_wait` (leftovers, the wake-up for the clocks), the
 * wait (none while there is work, or input is looked for), `turn_start` (first of all watchers: the
 * time, the clocks), timers and signals and the sockets' events, which are only noted, `turn_end`
 * (last of all: input, deferred work, output, accepts, idle work). libev runs pending watchers from
 * the last to the first; noting the sockets in front of one another has them served in the order in
 * which the system reported them. */
#ifndef PARLEL_COMMON_REACTOR_INTERNAL_H
#define PARLEL_COMMON_REACTOR_INTERNAL_H

#include <ev.h>
#include <sys/socket.h>

#include "common/reactor.h"
#include "common/ring.h"

/* Bytes of one read; the scratch buffer has room for kept input in front of it. */
#define REACTOR_READ_BYTES 65536u
#define REACTOR_KEPT_BYTES 16384u
/* So many sockets, or bytes, are read before the first of it is delivered. Sessions prefetch for all
 * of them (transport.h, on_arrival), and the system's code for reading stays in the cache. */
#define REACTOR_GROUP       16u
#define REACTOR_GROUP_BYTES 4096u
/* A closing connection that makes no progress for this long is given up. */
#define REACTOR_LINGER_US 5000000
/* Seconds from a connection's end to giving the memory of what has ended back to the system. */
#define REACTOR_GIVE_BACK_S 1.0
/* For so long the loop looks for input before it sleeps, and so many waits pass at most without. */
#define REACTOR_LOOK_US    100u
#define REACTOR_LOOK_PAUSE 63u

struct reactor_looking {
    bool on;
    int64_t since_us; /* nothing came; 0: since the last input */
    unsigned paused;  /* waits that are still to pass without looking */
    unsigned pause;   /* so many passed, or will, for the last time that it was in vain */
};

struct reactor {
    struct ev_loop *loop;
    ev_prepare before_wait;
    ev_check turn_start, turn_end;
    ev_idle busy; /* active while the next turn must not wait */
    ev_timer clock_wake, linger_check, wait_limit, give_back;
    bool stopped; /* before it ran */
    bool running; /* by reactor_run: it looks before it sleeps */
    struct reactor_looking looking;
    int64_t now_us;

    struct clock **clocks;
    size_t clock_count, clock_room;
    size_t clock_at;   /* the one being ticked */
    bool clocks_moved; /* clock_wake must be set again */

    struct reactor_task *tasks, *running_tasks;
    struct reactor_task **tasks_end; /* where the next one is linked */
    struct reactor_idle *idles, *idle_running;
    struct reactor_timer *timers;
    struct reactor_signal *signals;

    struct ring sockets, listeners;
    struct ring arrived; /* sockets with an event */
    struct ring kept;    /* sockets with input that the session may have now */
    struct ring flush;   /* sockets with output or an end to come */
    struct ring closing; /* sockets without a session, on their way out */
    struct ring accepting;
    struct listener *accepting_now;
    int64_t linger_us;
    uint8_t *scratch;
};

struct socket {
    struct transport t; /* FIRST */
    ev_io io;
    struct reactor *reactor;
    struct listener *listener;          /* that counts it; NULL: none */
    struct ring all, input, out, leave; /* links */
    int64_t progress_us;                /* of a closing one: when output went out last */
    bool readable;
    bool delivering; /* on_input is running */
    bool blocked;    /* the system takes no more output */
    bool was_high;   /* above the high-water mark since the queue was empty last */
    bool eof, ended, shut;
    enum transport_end end;
};

struct listener {
    ev_io io;
    ev_timer retry; /* after the process ran out of descriptors */
    struct reactor *reactor;
    struct ring all, accepting; /* links */
    struct listener_options options;
    char *path; /* of a Unix socket, removed with the listener */
    int fd;
    uint16_t port;
    unsigned connections;
    bool starved;
};

static inline struct socket *socket_of(struct transport *t)
{
    return (struct socket *)t;
}

/* Takes fd (non-blocking), even on failure. NULL when out of memory. */
struct socket *socket_create(struct reactor *reactor, int fd);
/* Has the listener count it until it is destroyed. */
void socket_count(struct socket *socket, struct listener *listener);
/* Fills in t.peer and t.local: "127.0.0.1:4711", "[::1]:4711", or "path:0" when path is given. */
void socket_name(struct socket *socket, const struct sockaddr *peer, const char *path);
/* At once and without on_close. */
void socket_destroy(struct socket *socket);
/* Tells the session, once, that its connection is over. */
void socket_end_session(struct socket *socket);
/* Waits for those events that the socket's state has a use for. */
void socket_watch(struct socket *socket);
/* Takes some sockets off the ring; reads once from each, then delivers that, or what was kept. */
void socket_input_some(struct reactor *reactor, struct ring *ready);
/* Writes once; finishes what is closing. The socket may be gone then. */
void socket_flush(struct socket *socket);
/* Gives up the closing sockets that made no progress. */
void reactor_check_lingering(struct reactor *reactor);

/* Takes what the listener's backlog holds, up to a bound. */
void listener_accept(struct listener *listener);

/* Destroys the timers and signals that are left. */
void reactor_drop_watches(struct reactor *reactor);

#endif
