#include "common/reactor.h"

#include <errno.h>
#ifdef __GLIBC__
#    include <malloc.h>
#endif
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "common/assert.h"
#include "common/reactor_internal.h"

/* Free memory left at the end of the heap for what comes next. */
#define TRIM_KEEPS 65536
/* What output queues take in a turn, about; twice as much stays when it is free. */
#define TURN_BYTES (1u << 20)

/* The clocks follow the system's time, which may be set: no wait is longer than this. */
#define CLOCK_WAIT_MAX_US 60000000

/* ---- clocks */

static void note_moved_clock(void *ctx)
{
    ((struct reactor *)ctx)->clocks_moved = true;
}

static void tick_clocks(struct reactor *reactor)
{
    for (reactor->clock_at = 0; reactor->clock_at < reactor->clock_count; reactor->clock_at++)
        clock_tick(reactor->clocks[reactor->clock_at], reactor->now_us);
}

/* Has the loop wake when the earliest timer of any clock is due. */
static void arm_clock_wake(struct reactor *reactor)
{
    int64_t wait_us = CLOCK_WAIT_MAX_US;
    for (size_t i = 0; i < reactor->clock_count; i++) {
        int64_t next_us = clock_next_us(reactor->clocks[i]);
        if (next_us >= 0 && next_us < wait_us)
            wait_us = next_us;
    }
    reactor->clocks_moved = false;
    ev_timer_stop(reactor->loop, &reactor->clock_wake);
    if (reactor->clock_count == 0)
        return;
    ev_timer_set(&reactor->clock_wake, (double)wait_us / 1e6, 0.);
    ev_timer_start(reactor->loop, &reactor->clock_wake);
}

/* The ticks at the turn's start have done the work; the next wake-up is to be found. */
static void on_clock_wake(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    ((struct reactor *)timer->data)->clocks_moved = true;
}

int reactor_add_clock(struct reactor *reactor, struct clock *clock)
{
    if (reactor->clock_count == reactor->clock_room) {
        size_t room = reactor->clock_room ? reactor->clock_room * 2 : 4;
        struct clock **clocks = realloc(reactor->clocks, room * sizeof(struct clock *));
        if (!clocks)
            return -ENOMEM;
        reactor->clocks = clocks;
        reactor->clock_room = room;
    }
    reactor->clocks[reactor->clock_count++] = clock;
    clock->rearm = note_moved_clock;
    clock->rearm_ctx = reactor;
    reactor->clocks_moved = true;
    return 0;
}

void reactor_remove_clock(struct reactor *reactor, struct clock *clock)
{
    for (size_t i = 0; i < reactor->clock_count; i++) {
        if (reactor->clocks[i] != clock)
            continue;
        clock->rearm = NULL;
        reactor->clock_count--;
        memmove(reactor->clocks + i, reactor->clocks + i + 1,
                (reactor->clock_count - i) * sizeof(struct clock *));
        /* A timer may remove the clock that is being ticked, or one before it; wrapping below zero
         * and back is what the loop's increment expects. */
        if (i <= reactor->clock_at)
            reactor->clock_at--;
        return;
    }
}

int64_t reactor_now_us(const struct reactor *reactor)
{
    return reactor->now_us;
}

int64_t reactor_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void read_time(struct reactor *reactor)
{
    reactor->now_us = (int64_t)llrint(ev_now(reactor->loop) * 1e6);
}

/* ---- deferred and idle work */

void reactor_defer(struct reactor *reactor, struct reactor_task *task)
{
    if (task->queued)
        return;
    task->queued = true;
    task->next = NULL;
    *reactor->tasks_end = task;
    reactor->tasks_end = &task->next;
}

static bool unlink_task(struct reactor_task **list, const struct reactor_task *task)
{
    for (; *list; list = &(*list)->next) {
        if (*list == task) {
            *list = task->next;
            return true;
        }
    }
    return false;
}

void reactor_cancel(struct reactor *reactor, struct reactor_task *task)
{
    if (!task->queued)
        return;
    task->queued = false;
    if (unlink_task(&reactor->running_tasks, task))
        return;
    bool found = unlink_task(&reactor->tasks, task);
    ASSERT(found);
    reactor->tasks_end = &reactor->tasks;
    while (*reactor->tasks_end)
        reactor->tasks_end = &(*reactor->tasks_end)->next;
}

/* Runs what is queued now; what a task queues waits for the next round. */
static void run_tasks(struct reactor *reactor)
{
    reactor->running_tasks = reactor->tasks;
    reactor->tasks = NULL;
    reactor->tasks_end = &reactor->tasks;
    while (reactor->running_tasks) {
        struct reactor_task *task = reactor->running_tasks;
        reactor->running_tasks = task->next;
        task->queued = false;
        task->run(task);
    }
}

static void push_idle(struct reactor *reactor, struct reactor_idle *idle)
{
    struct reactor_idle **end = &reactor->idles;
    while (*end)
        end = &(*end)->next;
    idle->queued = true;
    idle->next = NULL;
    *end = idle;
}

void reactor_idle_start(struct reactor *reactor, struct reactor_idle *idle)
{
    if (!idle->queued)
        push_idle(reactor, idle);
}

void reactor_idle_stop(struct reactor *reactor, struct reactor_idle *idle)
{
    if (reactor->idle_running == idle)
        reactor->idle_running = NULL;
    for (struct reactor_idle **at = &reactor->idles; *at; at = &(*at)->next) {
        if (*at == idle) {
            *at = idle->next;
            idle->queued = false;
            return;
        }
    }
}

/* One piece of the first, which then queues behind the others. Its owner may free it when it
 * returns false or has stopped it. */
static void run_idle(struct reactor *reactor)
{
    struct reactor_idle *idle = reactor->idles;
    if (!idle)
        return;
    reactor->idles = idle->next;
    idle->queued = false;
    reactor->idle_running = idle;
    bool more = idle->run(idle);
    if (more && reactor->idle_running == idle && !idle->queued)
        push_idle(reactor, idle);
    reactor->idle_running = NULL;
}

/* ---- looking before sleeping
 *
 * To sleep and be woken takes more processor time than some hundred looks at the sockets, most of all on a virtual
 * machine, and keeps the client waiting besides. So a loop that has had input looks for more of it for a while; when
 * that was in vain it lets the next waits pass without, ever more of them until it pays again. */

static void note_input(struct reactor *reactor)
{
    struct reactor_looking *looking = &reactor->looking;
    if (looking->on)
        looking->pause = 0;
    looking->since_us = 0;
    looking->on = reactor->running && looking->paused == 0;
    if (looking->paused)
        looking->paused--;
}

static void note_silence(struct reactor *reactor)
{
    struct reactor_looking *looking = &reactor->looking;
    if (!looking->on)
        return;
    if (looking->since_us == 0)
        looking->since_us = reactor->now_us;
    /* As unsigned: a system's time that has been set back ends it, too. */
    if ((uint64_t)(reactor->now_us - looking->since_us) < REACTOR_LOOK_US)
        return;
    looking->on = false;
    if (looking->pause < REACTOR_LOOK_PAUSE)
        looking->pause = 2 * looking->pause + 1;
    looking->paused = looking->pause;
}

/* Another look is to come. Who else wants this processor has it first, a client with its next request perhaps: requests
 * that come together are cheaper than one after another. */
static bool looks_again(const struct reactor *reactor)
{
    if (reactor->looking.on && reactor->looking.since_us)
        (void)sched_yield();
    return reactor->looking.on;
}

/* ---- the turn */

static void input_all(struct reactor *reactor)
{
    struct ring now;
    if (ring_empty(&reactor->arrived))
        note_silence(reactor);
    else
        note_input(reactor);
    ring_init(&now);
    ring_move(&now, &reactor->kept);
    ring_move(&now, &reactor->arrived);
    while (!ring_empty(&now))
        socket_input_some(reactor, &now);
}

static void flush_all(struct reactor *reactor)
{
    struct ring now;
    ring_init(&now);
    ring_move(&now, &reactor->flush);
    for (struct ring *link; (link = ring_pop(&now));)
        socket_flush(RING_OWNER(link, struct socket, out));
}

/* After the flush: a peer that left in this turn has made room for the one that comes. */
static void accept_all(struct reactor *reactor)
{
    struct ring now;
    ring_init(&now);
    ring_move(&now, &reactor->accepting);
    for (struct ring *link; (link = ring_pop(&now));)
        listener_accept(RING_OWNER(link, struct listener, accepting));
}

static void on_turn_start(struct ev_loop *loop, ev_check *check, int events)
{
    (void)loop;
    (void)events;
    struct reactor *reactor = check->data;
    read_time(reactor);
    tick_clocks(reactor);
}

static void on_turn_end(struct ev_loop *loop, ev_check *check, int events)
{
    (void)loop;
    (void)events;
    struct reactor *reactor = check->data;
    input_all(reactor);
    run_tasks(reactor);
    flush_all(reactor);
    accept_all(reactor);
    run_idle(reactor);
}

/* Work that work has made, or that was queued from outside of the loop, is done before waiting;
 * when even that leaves some, or the next input is looked for, the loop does not wait. */
static void on_before_wait(struct ev_loop *loop, ev_prepare *prepare, int events)
{
    (void)events;
    struct reactor *reactor = prepare->data;
    if (reactor->tasks)
        run_tasks(reactor);
    if (!ring_empty(&reactor->flush))
        flush_all(reactor);
    if (reactor->clocks_moved)
        arm_clock_wake(reactor);
    if (reactor->tasks || reactor->idles || !ring_empty(&reactor->flush) ||
        !ring_empty(&reactor->kept) || looks_again(reactor))
        ev_idle_start(loop, &reactor->busy);
    else
        ev_idle_stop(loop, &reactor->busy);
}

/* The C library keeps what many connections, or one with large queues, have freed. */
static void give_back(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
#ifdef __GLIBC__
    (void)malloc_trim(TRIM_KEEPS);
#endif
}

/* What one turn's output has freed the next turn's wants, and the system would have to clear it first: half of what
 * a delivery of 1 KiB cost. glibc gives back what is free at the heap's end beyond twice the largest block that
 * it has mapped and freed (mallopt(3), M_TRIM_THRESHOLD): it is shown one. */
static void keep_a_turn(void)
{
    uint8_t *block = malloc(TURN_BYTES);
    if (block)
        *(volatile uint8_t *)block = 0; /* or the compiler leaves both calls out */
    free(block);
}

static void on_linger_check(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    reactor_check_lingering(timer->data);
}

static void ignore_idle(struct ev_loop *loop, ev_idle *idle, int events)
{
    (void)loop;
    (void)idle;
    (void)events;
}

static void ignore_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
}

/* ---- life */

static void start_watchers(struct reactor *reactor)
{
    ev_prepare_init(&reactor->before_wait, on_before_wait);
    ev_check_init(&reactor->turn_start, on_turn_start);
    ev_check_init(&reactor->turn_end, on_turn_end);
    ev_idle_init(&reactor->busy, ignore_idle);
    ev_init(&reactor->clock_wake, on_clock_wake);
    ev_init(&reactor->linger_check, on_linger_check);
    ev_init(&reactor->wait_limit, ignore_timer);
    ev_init(&reactor->give_back, give_back);
    reactor->before_wait.data = reactor->turn_start.data = reactor->turn_end.data = reactor;
    reactor->clock_wake.data = reactor->linger_check.data = reactor;
    ev_set_priority(&reactor->turn_start, EV_MAXPRI);
    ev_set_priority(&reactor->turn_end, EV_MINPRI);
    ev_set_priority(&reactor->busy, EV_MINPRI);
    ev_prepare_start(reactor->loop, &reactor->before_wait);
    ev_check_start(reactor->loop, &reactor->turn_start);
    ev_check_start(reactor->loop, &reactor->turn_end);
}

struct reactor *reactor_create(void)
{
    keep_a_turn();
    struct reactor *reactor = calloc(1, sizeof *reactor);
    uint8_t *scratch = malloc(REACTOR_GROUP_BYTES + REACTOR_KEPT_BYTES + REACTOR_READ_BYTES);
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV | EVFLAG_NOTIMERFD);
    if (!reactor || !scratch || !loop) {
        if (loop)
            ev_loop_destroy(loop);
        free(scratch);
        free(reactor);
        return NULL;
    }
    reactor->loop = loop;
    reactor->scratch = scratch;
    reactor->tasks_end = &reactor->tasks;
    reactor->linger_us = REACTOR_LINGER_US;
    struct ring *rings[] = {&reactor->sockets,  &reactor->listeners, &reactor->arrived,
                            &reactor->kept,     &reactor->flush,     &reactor->closing,
                            &reactor->accepting};
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++)
        ring_init(rings[i]);
    /* Pipes have no MSG_NOSIGNAL: a peer that left is an error of write, not a signal. */
    signal(SIGPIPE, SIG_IGN);
    start_watchers(reactor);
    read_time(reactor);
    return reactor;
}

void reactor_destroy(struct reactor *reactor)
{
    if (!reactor)
        return;
    while (!ring_empty(&reactor->listeners))
        listener_close(RING_OWNER(reactor->listeners.next, struct listener, all), false);
    for (struct ring *link; (link = ring_pop(&reactor->sockets));) {
        struct socket *socket = RING_OWNER(link, struct socket, all);
        socket_end_session(socket);
        socket_destroy(socket);
    }
    for (size_t i = 0; i < reactor->clock_count; i++)
        reactor->clocks[i]->rearm = NULL;
    reactor_drop_watches(reactor);
    ev_loop_destroy(reactor->loop);
    free(reactor->clocks);
    free(reactor->scratch);
    free(reactor);
}

void reactor_run(struct reactor *reactor)
{
    reactor->running = true;
    if (!reactor->stopped)
        ev_run(reactor->loop, 0);
    reactor->running = reactor->looking.on = false;
    reactor->stopped = false;
}

void reactor_stop(struct reactor *reactor)
{
    reactor->stopped = true;
    ev_break(reactor->loop, EVBREAK_ALL);
}

void reactor_turn(struct reactor *reactor, int timeout_ms)
{
    if (timeout_ms > 0) {
        ev_now_update(reactor->loop);
        ev_timer_set(&reactor->wait_limit, timeout_ms / 1e3, 0.);
        ev_timer_start(reactor->loop, &reactor->wait_limit);
    }
    ev_run(reactor->loop, timeout_ms == 0 ? EVRUN_NOWAIT : EVRUN_ONCE);
    ev_timer_stop(reactor->loop, &reactor->wait_limit);
}
