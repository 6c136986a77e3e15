/* The reactor's signals and real-time timers: libev's watchers with an owner and a callback. */
#include <errno.h>
#include <stdlib.h>

#include "common/reactor_internal.h"

struct reactor_signal {
    ev_signal watcher;
    void (*fire)(void *ctx);
    void *ctx;
    struct reactor_signal *next;
};

struct reactor_timer {
    ev_timer watcher;
    void (*fire)(void *ctx);
    void *ctx;
    struct reactor *reactor;
    struct reactor_timer *next;
};

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    struct reactor_signal *s = watcher->data;
    s->fire(s->ctx);
}

int reactor_on_signal(struct reactor *reactor, int signum, void (*fire)(void *ctx), void *ctx)
{
    struct reactor_signal *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    *s = (struct reactor_signal){.fire = fire, .ctx = ctx, .next = reactor->signals};
    ev_signal_init(&s->watcher, on_signal, signum);
    s->watcher.data = s;
    reactor->signals = s;
    ev_signal_start(reactor->loop, &s->watcher);
    return 0;
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct reactor_timer *t = watcher->data;
    t->fire(t->ctx);
}

struct reactor_timer *reactor_every(struct reactor *reactor, int64_t period_us,
                                    void (*fire)(void *ctx), void *ctx)
{
    struct reactor_timer *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    double period = (double)period_us / 1e6;
    t->fire = fire;
    t->ctx = ctx;
    t->reactor = reactor;
    t->next = reactor->timers;
    ev_timer_init(&t->watcher, on_timer, period, period);
    t->watcher.data = t;
    reactor->timers = t;
    ev_timer_start(reactor->loop, &t->watcher);
    return t;
}

void reactor_timer_destroy(struct reactor_timer *timer)
{
    if (!timer)
        return;
    ev_timer_stop(timer->reactor->loop, &timer->watcher);
    for (struct reactor_timer **at = &timer->reactor->timers; *at; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            break;
        }
    }
    free(timer);
}

void reactor_drop_watches(struct reactor *reactor)
{
    while (reactor->timers)
        reactor_timer_destroy(reactor->timers);
    while (reactor->signals) {
        struct reactor_signal *s = reactor->signals;
        reactor->signals = s->next;
        ev_signal_stop(reactor->loop, &s->watcher);
        free(s);
    }
}
