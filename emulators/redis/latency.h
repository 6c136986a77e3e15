/* LATENCY: events that took longer than latency-monitor-threshold, and histograms of commands. */
#ifndef PARLEL_EMULATORS_REDIS_LATENCY_H
#define PARLEL_EMULATORS_REDIS_LATENCY_H

#include "emulators/redis/call.h"

/* A command took so long: notes it for LATENCY HISTOGRAM and, above the threshold, as an event. */
void redis_latency_command(struct redis_call *call, int64_t took_us);
/* An event of another kind ("expire-cycle", "eviction-cycle") took so long. */
void redis_latency_event(struct redis *redis, const char *event, int64_t took_ms);
void redis_latency_destroy(struct redis *redis);

#endif
