/* The one event loop: sockets, signals, real-time timers. The only module that includes <ev.h>.
 *
 * Each loop turn: wait, read the real time once, tick the clocks, read and dispatch what is
 * readable, run deferred work, then write every output queue that grew, once, with writev.
 *
 * Errors: functions that touch the system return 0 or a negative errno. */
#ifndef PARLEL_COMMON_REACTOR_H
#define PARLEL_COMMON_REACTOR_H

#include "common/clock.h"
#include "common/transport.h"

struct reactor;
struct listener;

/* NULL when the system gives no event loop. */
struct reactor *reactor_create(void);
void reactor_destroy(struct reactor *reactor);

/* Runs until reactor_stop; returns then. */
void reactor_run(struct reactor *reactor);
void reactor_stop(struct reactor *reactor);
/* One turn; waits at most timeout_ms for an event (tests). */
void reactor_turn(struct reactor *reactor, int timeout_ms);

/* Real time of this turn, microseconds since the epoch. */
int64_t reactor_now_us(const struct reactor *reactor);
/* Real monotonic time now, read from the system: for durations (slow log, journal). */
int64_t reactor_monotonic_us(void);

/* The clock is ticked each turn and the loop wakes for its timers. A clock is removed before it is
 * destroyed. */
int reactor_add_clock(struct reactor *reactor, struct clock *clock);
void reactor_remove_clock(struct reactor *reactor, struct clock *clock);

/* ---- listening */

struct listener_options {
    const char *address; /* "127.0.0.1", "::1", or a path with unix_socket */
    uint16_t port;       /* 0: any free one; see listener_port */
    bool unix_socket;
    int backlog;              /* 0: the system's maximum */
    unsigned connections_max; /* 0: no limit; beyond it on_refuse or an immediate close */
    /* A connection has come: attach a session (transport_attach) and return true, or return false
     * to have it closed; what was put into t->out is still sent. */
    bool (*on_accept)(void *ctx, struct transport *t);
    /* Optional: the limit is reached; put the protocol's refusal into t->out. */
    void (*on_refuse)(void *ctx, struct transport *t);
    void *ctx;
};

/* Starts listening; *out is the listener. -EADDRINUSE, -EACCES, ... */
int listener_open(struct reactor *reactor, const struct listener_options *options,
                  struct listener **out);
/* Stops accepting; connections live on unless close_connections. NULL is accepted. */
void listener_close(struct listener *listener, bool close_connections);
uint16_t listener_port(const struct listener *listener);
unsigned listener_connections(const struct listener *listener);
void listener_set_connections_max(struct listener *listener, unsigned max);

/* ---- outgoing connections and byte streams that exist already (bridge, MCP over stdio) */
int reactor_adopt_fd(struct reactor *reactor, int fd, struct transport **out);
/* The same for what is only written to (standard output): nothing is read from it. */
int reactor_adopt_output(struct reactor *reactor, int fd, struct transport **out);

/* ---- signals, deferred work, real-time timers */

int reactor_on_signal(struct reactor *reactor, int signum, void (*fire)(void *ctx), void *ctx);

/* Work to be run at the end of this turn, before output is flushed. Embedded in its owner; a task
 * that is queued already is not queued twice. */
struct reactor_task {
    void (*run)(struct reactor_task *task);
    struct reactor_task *next;
    bool queued;
};
void reactor_defer(struct reactor *reactor, struct reactor_task *task);
void reactor_cancel(struct reactor *reactor, struct reactor_task *task);

/* Work for idle moments: run again and again, a small piece each time, as long as it returns true,
 * after all input of a turn is served (freeing large values, defragmenting). */
struct reactor_idle {
    bool (*run)(struct reactor_idle *idle);
    struct reactor_idle *next;
    bool queued;
};
void reactor_idle_start(struct reactor *reactor, struct reactor_idle *idle);
void reactor_idle_stop(struct reactor *reactor, struct reactor_idle *idle);

/* A repeating timer in real time (ops sampling, health), independent of any virtual clock. */
struct reactor_timer;
struct reactor_timer *reactor_every(struct reactor *reactor, int64_t period_us,
                                    void (*fire)(void *ctx), void *ctx);
void reactor_timer_destroy(struct reactor_timer *timer);

#endif
