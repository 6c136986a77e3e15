/* INFO: the state of the server as lines of "field:value", by section.
 *
 * What redis-server would read from its process and has no equal here (files, replicas, forks,
 * I/O threads) is shown as a server without them shows it. Memory is the sandbox's heap. */
#ifndef PARLEL_EMULATORS_REDIS_INFO_H
#define PARLEL_EMULATORS_REDIS_INFO_H

#include "emulators/redis/call.h"

struct redis;

/* Notes the counters that "per second" fields come from; called ten times a second. */
void redis_info_sample(struct redis *redis);

/* Bytes sent to all clients since the statistics were reset. */
uint64_t redis_net_output(const struct redis *redis);

/* 512B, 1.50K, 3.25M, ... */
struct slice redis_human_bytes(struct arena *arena, uint64_t bytes);

/* ---- info_sections.c */

/* Where a section's lines go, and for whom. */
struct redis_info {
    struct redis *redis;
    struct arena *arena;
    struct outq *out;
};

struct redis_info_section {
    const char *name;  /* as asked for, in lower case */
    const char *title; /* as shown */
    bool by_default;
    void (*put)(struct redis_info *info);
};
extern const struct redis_info_section redis_info_sections[];
extern const size_t redis_info_section_count;

#endif
