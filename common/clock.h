/* The virtual clock of one sandbox and the timers that live on it.
 *
 * Engines ask this clock, never the system. By default it follows real time plus an offset; it can
 * be set, advanced and frozen. Moving it forwards fires every timer that became due, in order of
 * due time (equal times: in order of start), with the clock standing at each timer's own time while
 * it runs; so one call expires keys, messages and sessions of all services together.
 *
 * Units: int64_t microseconds since the Unix epoch (wall) unless a name says _ms. Real time is
 * handed in by the reactor (clock_tick, once per loop turn), so that a turn sees one time and tests
 * need no system clock. */
#ifndef PARLEL_COMMON_CLOCK_H
#define PARLEL_COMMON_CLOCK_H

#include "common/slice.h"

struct clock_timer;

struct clock {
    int64_t now_us;  /* virtual time of this turn */
    int64_t real_us; /* real time of this turn */
    int64_t offset_us;
    bool frozen;
    bool firing;               /* timers are being fired by a move that is under way, */
    int64_t target_us;         /* to there */
    struct clock_timer **heap; /* binary heap by (due_us, sequence) */
    size_t timer_count, timer_room;
    uint64_t sequence;
    /* Called when the earliest due time may have changed, so that the loop re-arms; may be NULL. */
    void (*rearm)(void *ctx);
    void *rearm_ctx;
};

/* Embedded in its owner; zeroed (or clock_timer_init) before first use. */
struct clock_timer {
    int64_t due_us;
    uint64_t sequence;
    size_t slot; /* 1-based index in the heap, 0: not running */
    void (*fire)(struct clock_timer *timer);
};

static inline void clock_timer_init(struct clock_timer *timer,
                                    void (*fire)(struct clock_timer *timer))
{
    *timer = (struct clock_timer){.fire = fire};
}

void clock_init(struct clock *clock, int64_t real_us);
/* Timers that still run are stopped. */
void clock_done(struct clock *clock);

static inline int64_t clock_now_us(const struct clock *clock)
{
    return clock->now_us;
}
static inline int64_t clock_now_ms(const struct clock *clock)
{
    return clock->now_us / 1000;
}

/* Real time has come to real_us: moves an unfrozen clock along and fires what is due. */
void clock_tick(struct clock *clock, int64_t real_us);

/* Sets the virtual time. Forwards fires everything due up to then; backwards only moves it. */
void clock_set(struct clock *clock, int64_t now_us);
void clock_advance(struct clock *clock, int64_t by_us);
void clock_freeze(struct clock *clock);
void clock_run(struct clock *clock);

/* How a clock is set: what a checkpoint keeps of it and a fork begins with. */
struct clock_setting {
    int64_t offset_us;
    int64_t now_us; /* where it stands when it is frozen */
    bool frozen;
};
struct clock_setting clock_setting(const struct clock *clock);
/* Sets it so again; a running clock goes on from the real time. Fires nothing: what is due fires at
 * the next tick. */
void clock_restore(struct clock *clock, const struct clock_setting *setting);

/* (Re)starts a timer at an absolute virtual time; a due time in the past fires at the next tick,
 * frozen or not. False when out of memory. fire may restart or stop any timer, itself too, and may
 * move the clock; a timer that it starts for now or earlier is due one microsecond from now, so
 * that time goes on. A timer that restarts itself so fires once per period of an advance. */
bool clock_timer_start(struct clock *clock, struct clock_timer *timer, int64_t due_us);
/* The same, period_us from now, for what looks after things every now and then: a move of the clock over many
 * periods fires it once, at the move's end. */
bool clock_timer_start_period(struct clock *clock, struct clock_timer *timer, int64_t period_us);
/* Stopping a timer that does not run does nothing. */
void clock_timer_stop(struct clock *clock, struct clock_timer *timer);
static inline bool clock_timer_running(const struct clock_timer *timer)
{
    return timer->slot != 0;
}

/* Real microseconds from now until the earliest timer is due: 0 when one is due, -1 when there is
 * none or the clock is frozen before it. */
int64_t clock_next_us(const struct clock *clock);

#endif
