#include "common/clock.h"

#include <stdlib.h>

#define CLOCK_ROOM_MIN 16

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

static int64_t subtract_saturated(int64_t a, int64_t b)
{
    int64_t difference;
    if (!__builtin_sub_overflow(a, b, &difference))
        return difference;
    return b < 0 ? INT64_MAX : INT64_MIN;
}

static void rearm(const struct clock *clock)
{
    if (clock->rearm && !clock->firing)
        clock->rearm(clock->rearm_ctx);
}

/* ---- the binary heap; slots count from 1, so the parent of a slot is its half */

static bool fires_before(const struct clock_timer *a, const struct clock_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->sequence < b->sequence;
}

static void put(struct clock *clock, size_t slot, struct clock_timer *timer)
{
    clock->heap[slot - 1] = timer;
    timer->slot = slot;
}

/* Moves the timer from an open slot towards the root, then towards the leaves, to its place. */
static void settle(struct clock *clock, size_t slot, struct clock_timer *timer)
{
    while (slot > 1 && fires_before(timer, clock->heap[slot / 2 - 1])) {
        put(clock, slot, clock->heap[slot / 2 - 1]);
        slot /= 2;
    }
    for (size_t child; (child = slot * 2) <= clock->timer_count; slot = child) {
        if (child < clock->timer_count && fires_before(clock->heap[child], clock->heap[child - 1]))
            child++;
        if (!fires_before(clock->heap[child - 1], timer))
            break;
        put(clock, slot, clock->heap[child - 1]);
    }
    put(clock, slot, timer);
}

static bool set_room(struct clock *clock, size_t room)
{
    struct clock_timer **heap = realloc(clock->heap, room * sizeof(struct clock_timer *));
    if (!heap)
        return false;
    clock->heap = heap;
    clock->timer_room = room;
    return true;
}

static void take_out(struct clock *clock, struct clock_timer *timer)
{
    size_t slot = timer->slot;
    struct clock_timer *last = clock->heap[--clock->timer_count];
    timer->slot = 0;
    if (last != timer)
        settle(clock, slot, last);
    /* A failure to shrink leaves the larger array, which serves as well. */
    if (clock->timer_room > CLOCK_ROOM_MIN && clock->timer_count < clock->timer_room / 4)
        (void)set_room(clock, clock->timer_room / 2);
}

/* ---- moving */

static void stand_at(struct clock *clock, int64_t now_us)
{
    clock->now_us = now_us;
    clock->offset_us = subtract_saturated(now_us, clock->real_us);
}

/* Brings the clock to target_us, which is not before now, firing what is due up to then. A timer that moves the clock itself
 * has the last word: what is left of this move is dropped. */
static void move_to(struct clock *clock, int64_t target_us)
{
    bool outermost = !clock->firing;
    bool moved_by_timer = false;
    clock->firing = true;
    clock->target_us = target_us;
    while (clock->timer_count > 0 && clock->heap[0]->due_us <= target_us && !moved_by_timer) {
        struct clock_timer *timer = clock->heap[0];
        if (clock->now_us < timer->due_us)
            clock->now_us = timer->due_us;
        int64_t at_us = clock->now_us;
        take_out(clock, timer);
        timer->fire(timer);
        moved_by_timer = clock->now_us != at_us;
    }
    if (!moved_by_timer)
        stand_at(clock, target_us);
    if (outermost)
        clock->firing = false;
}

void clock_init(struct clock *clock, int64_t real_us)
{
    *clock = (struct clock){.now_us = real_us, .real_us = real_us};
}

void clock_done(struct clock *clock)
{
    for (size_t i = 0; i < clock->timer_count; i++)
        clock->heap[i]->slot = 0;
    free(clock->heap);
    *clock = (struct clock){0};
}

void clock_tick(struct clock *clock, int64_t real_us)
{
    uint64_t sequence = clock->sequence;
    size_t timer_count = clock->timer_count;
    clock->real_us = real_us;
    int64_t target_us = clock->frozen ? clock->now_us : add_saturated(real_us, clock->offset_us);
    if (target_us >= clock->now_us)
        move_to(clock, target_us);
    else
        stand_at(clock, target_us); /* the system's clock was set back */
    if (clock->timer_count != timer_count || clock->sequence != sequence)
        rearm(clock);
}

void clock_set(struct clock *clock, int64_t now_us)
{
    if (now_us >= clock->now_us)
        move_to(clock, now_us);
    else
        stand_at(clock, now_us);
    rearm(clock);
}

void clock_advance(struct clock *clock, int64_t by_us)
{
    clock_set(clock, add_saturated(clock->now_us, by_us));
}

void clock_freeze(struct clock *clock)
{
    clock->frozen = true;
    rearm(clock);
}

void clock_run(struct clock *clock)
{
    clock->frozen = false;
    stand_at(clock, clock->now_us);
    rearm(clock);
}

struct clock_setting clock_setting(const struct clock *clock)
{
    return (struct clock_setting){clock->offset_us, clock->now_us, clock->frozen};
}

void clock_restore(struct clock *clock, const struct clock_setting *setting)
{
    clock->frozen = setting->frozen;
    clock->offset_us = setting->offset_us;
    clock->now_us =
        setting->frozen ? setting->now_us : add_saturated(clock->real_us, setting->offset_us);
    rearm(clock);
}

bool clock_timer_start(struct clock *clock, struct clock_timer *timer, int64_t due_us)
{
    if (timer->slot == 0) {
        if (clock->timer_count == clock->timer_room &&
            !set_room(clock, clock->timer_room ? clock->timer_room * 2 : CLOCK_ROOM_MIN))
            return false;
        timer->slot = ++clock->timer_count;
    }
    bool was_first = timer->slot == 1;
    if (clock->firing && due_us <= clock->now_us)
        due_us = add_saturated(clock->now_us, 1);
    timer->due_us = due_us;
    timer->sequence = clock->sequence++;
    settle(clock, timer->slot, timer);
    if (was_first || timer->slot == 1)
        rearm(clock);
    return true;
}

bool clock_timer_start_period(struct clock *clock, struct clock_timer *timer, int64_t period_us)
{
    int64_t due_us = add_saturated(clock->now_us, period_us);
    if (clock->firing && due_us < clock->target_us)
        due_us = clock->target_us;
    return clock_timer_start(clock, timer, due_us);
}

void clock_timer_stop(struct clock *clock, struct clock_timer *timer)
{
    if (timer->slot == 0)
        return;
    bool was_first = timer->slot == 1;
    take_out(clock, timer);
    if (was_first)
        rearm(clock);
}

int64_t clock_next_us(const struct clock *clock)
{
    if (clock->timer_count == 0)
        return -1;
    int64_t due_us = clock->heap[0]->due_us;
    if (due_us <= clock->now_us)
        return 0;
    return clock->frozen ? -1 : subtract_saturated(due_us, clock->now_us);
}
