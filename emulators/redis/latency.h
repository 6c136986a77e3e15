/* LATENCY: events that took longer than latency-monitor-threshold, and histograms of commands.
 *
 * Durations are real; the times of events are the sandbox's clock's, in seconds. */
#ifndef PARLEL_EMULATORS_REDIS_LATENCY_H
#define PARLEL_EMULATORS_REDIS_LATENCY_H

#include "emulators/redis/call.h"

struct redis_histogram;

/* A command took so long: notes it for LATENCY HISTOGRAM and, above the threshold, as an event. */
void redis_latency_command(struct redis_call *call, int64_t took_us);
/* An event of another kind ("expire-cycle", "eviction-cycle") took so long. */
void redis_latency_event(struct redis *redis, const char *event, int64_t took_ms);
/* Forgets the histograms (CONFIG RESETSTAT). */
void redis_latency_reset_histograms(struct redis *redis);
void redis_latency_destroy(struct redis *redis);

/* The histogram of a command by its index; NULL: it was never called. */
const struct redis_histogram *redis_latency_histogram(const struct redis *redis, uint32_t index);

/* ---- events, for the LATENCY command (cmd_latency.c) */

/* One sample a second at most, the worst; the newest REDIS_LATENCY_SAMPLES of them. */
#define REDIS_LATENCY_SAMPLES 160
struct redis_latency_sample {
    int64_t at_s; /* 0: none */
    int64_t ms;
};

struct redis_latency_series {
    struct redis_latency_series *next;
    char event[32];
    unsigned at; /* where the next sample goes: the oldest one's place */
    int64_t worst_ms;
    struct redis_latency_sample samples[REDIS_LATENCY_SAMPLES];
};

/* All series, in the order in which the events first happened. */
struct redis_latency_series *redis_latency_first(const struct redis *redis);
struct redis_latency_series *redis_latency_find(const struct redis *redis, struct slice event);
/* The number of a series's samples; the sample by age, oldest first. */
unsigned redis_latency_count(const struct redis_latency_series *series);
struct redis_latency_sample redis_latency_at(const struct redis_latency_series *series,
                                             unsigned index);
/* Forgets an event, or all of them when its name is empty; returns how many. */
int64_t redis_latency_reset(struct redis *redis, struct slice event);

#endif
