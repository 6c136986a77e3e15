#include "emulators/redis/latency.h"

#include <stdio.h>

#include "emulators/redis/histogram.h"
#include "emulators/redis/instance.h"

struct redis_latency {
    struct redis_latency_series *first;
    struct redis_histogram histograms[]; /* by command index */
};

static size_t latency_size(void)
{
    return sizeof(struct redis_latency) + redis_command_count() * sizeof(struct redis_histogram);
}

static struct redis_latency *latency_of(struct redis *redis)
{
    if (!redis->latency)
        redis->latency = heap_zalloc(redis->host.heap, latency_size());
    return redis->latency;
}

/* ---- commands */

void redis_latency_command(struct redis_call *call, int64_t took_us)
{
    struct redis *redis = call->redis;
    if (redis->config.latency_tracking && latency_of(redis))
        redis_histogram_add(redis->host.heap, &redis->latency->histograms[call->info->index],
                            took_us > 0 ? (uint64_t)took_us * 1000 : 1);
    if (redis->config.latency_threshold_ms)
        redis_latency_event(redis,
                            call->info->flags & REDIS_COMMAND_FAST ? "fast-command" : "command",
                            took_us / 1000);
}

const struct redis_histogram *redis_latency_histogram(const struct redis *redis, uint32_t index)
{
    const struct redis_histogram *histogram =
        redis->latency ? &redis->latency->histograms[index] : NULL;
    return histogram && histogram->total ? histogram : NULL;
}

void redis_latency_reset_histograms(struct redis *redis)
{
    for (uint32_t i = 0; redis->latency && i < redis_command_count(); i++)
        redis_histogram_clear(redis->host.heap, &redis->latency->histograms[i]);
}

/* ---- events */

static struct redis_latency_series *series_for(struct redis *redis, const char *event)
{
    struct redis_latency *latency = latency_of(redis);
    struct redis_latency_series **link = latency ? &latency->first : NULL;
    while (link && *link && strcmp((*link)->event, event) != 0)
        link = &(*link)->next;
    if (!link || *link)
        return link ? *link : NULL;
    *link = heap_zalloc(redis->host.heap, sizeof(**link));
    if (*link)
        snprintf((*link)->event, sizeof((*link)->event), "%s", event);
    return *link;
}

void redis_latency_event(struct redis *redis, const char *event, int64_t took_ms)
{
    int64_t threshold_ms = redis->config.latency_threshold_ms;
    if (!threshold_ms || took_ms < threshold_ms)
        return;
    struct redis_latency_series *series = series_for(redis, event);
    if (!series)
        return;
    int64_t now_s = redis_now_ms(redis) / 1000;
    struct redis_latency_sample *last =
        &series->samples[(series->at + REDIS_LATENCY_SAMPLES - 1) % REDIS_LATENCY_SAMPLES];
    series->worst_ms = took_ms > series->worst_ms ? took_ms : series->worst_ms;
    if (last->at_s == now_s) {
        last->ms = took_ms > last->ms ? took_ms : last->ms;
        return;
    }
    series->samples[series->at] = (struct redis_latency_sample){now_s, took_ms};
    series->at = (series->at + 1) % REDIS_LATENCY_SAMPLES;
}

struct redis_latency_series *redis_latency_first(const struct redis *redis)
{
    return redis->latency ? redis->latency->first : NULL;
}

struct redis_latency_series *redis_latency_find(const struct redis *redis, struct slice event)
{
    struct redis_latency_series *series = redis_latency_first(redis);
    while (series && !slice_eq_str(event, series->event))
        series = series->next;
    return series;
}

unsigned redis_latency_count(const struct redis_latency_series *series)
{
    return series->samples[series->at].at_s ? REDIS_LATENCY_SAMPLES : series->at;
}

struct redis_latency_sample redis_latency_at(const struct redis_latency_series *series,
                                             unsigned index)
{
    unsigned oldest = series->samples[series->at].at_s ? series->at : 0;
    return series->samples[(oldest + index) % REDIS_LATENCY_SAMPLES];
}

int64_t redis_latency_reset(struct redis *redis, struct slice event)
{
    struct redis_latency_series **link = redis->latency ? &redis->latency->first : NULL;
    int64_t count = 0;
    while (link && *link) {
        struct redis_latency_series *series = *link;
        if (event.len && !slice_is(event, series->event)) {
            link = &series->next;
            continue;
        }
        *link = series->next;
        heap_free(redis->host.heap, series, sizeof(*series));
        count++;
    }
    return count;
}

void redis_latency_destroy(struct redis *redis)
{
    redis_latency_reset(redis, slice_of(NULL, 0));
    redis_latency_reset_histograms(redis);
    heap_free(redis->host.heap, redis->latency, latency_size());
    redis->latency = NULL;
}
