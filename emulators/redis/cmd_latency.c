/* LATENCY. Source: the Redis command reference, group "server". */
#include <stdio.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/histogram.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/latency.h"

/* ---- HISTOGRAM */

/* Bounds at which values are counted up: 1024 ns and each double of it, up to the last bucket. */
#define FIRST_BOUND_NS 1024u
#define LAST_BOUND_NS  ((1u << 30) - 1)

static void put_distribution(struct redis_call *call, const struct redis_histogram *histogram)
{
    uint64_t counted = 0, lines = 0;
    redis_reply_map(call->reply, 2);
    redis_reply_bulk_str(call->reply, "calls");
    redis_reply_int(call->reply, (int64_t)histogram->total);
    redis_reply_bulk_str(call->reply, "histogram_usec");
    struct outq_mark mark = redis_reply_later(call->reply);
    for (uint64_t bound = FIRST_BOUND_NS; counted < histogram->total; bound *= 2) {
        uint64_t at = bound < LAST_BOUND_NS ? bound : LAST_BOUND_NS;
        uint64_t count = redis_histogram_count_to(histogram, at);
        if (count > counted) {
            redis_reply_int(call->reply, (int64_t)(redis_histogram_bucket_end(at) / 1000));
            redis_reply_int(call->reply, (int64_t)count);
            counted = count;
            lines++;
        }
    }
    redis_reply_map_at(call->reply, mark, lines);
}

static uint64_t put_histogram(struct redis_call *call, const struct redis_command_info *info)
{
    const struct redis_histogram *histogram = redis_latency_histogram(call->redis, info->index);
    if (!histogram)
        return 0;
    redis_reply_bulk_str(call->reply, info->full_name);
    put_distribution(call, histogram);
    return 1;
}

static void latency_histogram(struct redis_call *call)
{
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t found = 0;
    for (uint32_t i = 0; call->argc == 2 && i < redis_command_count(); i++)
        found += put_histogram(call, redis_command_at(i));
    for (uint32_t i = 2; i < call->argc; i++) {
        const struct redis_command_info *info = redis_command_find_full(call->argv[i]);
        if (!info)
            continue;
        found += put_histogram(call, info);
        for (unsigned s = 0; s < info->subcommand_count; s++)
            found += put_histogram(call, &info->subcommands[s]);
    }
    redis_reply_map_at(call->reply, mark, found);
}

/* ---- HISTORY, LATEST, RESET */

static void latency_history(struct redis_call *call)
{
    const struct redis_latency_series *series = redis_latency_find(call->redis, call->argv[2]);
    unsigned count = series ? redis_latency_count(series) : 0;
    redis_reply_array(call->reply, count);
    for (unsigned i = 0; i < count; i++) {
        struct redis_latency_sample sample = redis_latency_at(series, i);
        redis_reply_array(call->reply, 2);
        redis_reply_int(call->reply, sample.at_s);
        redis_reply_int(call->reply, sample.ms);
    }
}

static void latency_latest(struct redis_call *call)
{
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t count = 0;
    const struct redis_latency_series *series = redis_latency_first(call->redis);
    for (; series; series = series->next, count++) {
        struct redis_latency_sample last =
            redis_latency_at(series, redis_latency_count(series) - 1);
        redis_reply_array(call->reply, 4);
        redis_reply_bulk_str(call->reply, series->event);
        redis_reply_int(call->reply, last.at_s);
        redis_reply_int(call->reply, last.ms);
        redis_reply_int(call->reply, series->worst_ms);
    }
    redis_reply_array_at(call->reply, mark, count);
}

static void latency_reset(struct redis_call *call)
{
    int64_t count = call->argc == 2 ? redis_latency_reset(call->redis, slice_of(NULL, 0)) : 0;
    for (uint32_t i = 2; i < call->argc; i++)
        if (call->argv[i].len)
            count += redis_latency_reset(call->redis, call->argv[i]);
    redis_reply_int(call->reply, count);
}

/* ---- GRAPH */

#define GRAPH_COLUMNS 80
#define GRAPH_ROWS    4
#define GRAPH_LEVELS  3 /* heights that one row tells apart, by the characters of graph_marks */
static const char graph_marks[GRAPH_LEVELS] = {'_', 'o', '#'};

struct graph {
    const struct redis_latency_series *series;
    int64_t min_ms, max_ms, now_s;
    struct outq *out;
};

static char bar(const struct graph *graph, int64_t ms, int row)
{
    int64_t span = graph->max_ms > graph->min_ms ? graph->max_ms - graph->min_ms : 1;
    int64_t steps = GRAPH_LEVELS * GRAPH_ROWS;
    int64_t step = (ms - graph->min_ms) * steps / span;
    step = step < steps ? step : steps - 1;
    int64_t mark = step - (GRAPH_ROWS - 1 - row) * GRAPH_LEVELS;
    return mark < 0 ? ' ' : mark < GRAPH_LEVELS ? graph_marks[mark] : '|';
}

/* How long ago, in the largest unit that fits: it is written downwards below its bar. */
static size_t label(const struct graph *graph, struct redis_latency_sample sample, char out[32])
{
    int64_t ago_s = graph->now_s - sample.at_s;
    int64_t in_s = ago_s < 60 ? 1 : ago_s < 3600 ? 60 : ago_s < 86400 ? 3600 : 86400;
    char unit = ago_s < 60 ? 's' : ago_s < 3600 ? 'm' : ago_s < 86400 ? 'h' : 'd';
    return (size_t)snprintf(out, 32, "%lld%c", (long long)(ago_s / in_s), unit);
}

static void put_graph_part(const struct graph *graph, unsigned from, unsigned count)
{
    char line[GRAPH_COLUMNS + 1];
    for (int row = 0; row < GRAPH_ROWS; row++) {
        for (unsigned i = 0; i < count; i++)
            line[i] = bar(graph, redis_latency_at(graph->series, from + i).ms, row);
        line[count] = '\n';
        outq_put(graph->out, line, count + 1);
    }
    size_t rows = 1;
    for (size_t row = 0; row < rows + 1; row++) {
        for (unsigned i = 0; i < count; i++) {
            char text[32];
            size_t len = label(graph, redis_latency_at(graph->series, from + i), text);
            rows = len > rows ? len : rows;
            line[i] = row && row - 1 < len ? text[row - 1] : ' ';
        }
        outq_put(graph->out, line, count + 1);
    }
}

static void put_graph(struct redis_call *call, struct graph *graph)
{
    unsigned count = redis_latency_count(graph->series);
    graph->min_ms = INT64_MAX;
    for (unsigned i = 0; i < count; i++) {
        int64_t ms = redis_latency_at(graph->series, i).ms;
        graph->min_ms = ms < graph->min_ms ? ms : graph->min_ms;
        graph->max_ms = ms > graph->max_ms ? ms : graph->max_ms;
    }
    outq_put_slice(graph->out,
                   arena_printf(call->arena,
                                "%s - high %lld ms, low %lld ms (all time high %lld ms)\n",
                                graph->series->event, (long long)graph->max_ms,
                                (long long)graph->min_ms, (long long)graph->series->worst_ms));
    for (int i = 0; i < GRAPH_COLUMNS; i++)
        outq_put(graph->out, "-", 1);
    outq_put(graph->out, "\n", 1);
    for (unsigned from = 0; from < count; from += GRAPH_COLUMNS) {
        unsigned left = count - from;
        if (from)
            outq_put(graph->out, "\n", 1);
        put_graph_part(graph, from, left < GRAPH_COLUMNS ? left : GRAPH_COLUMNS);
    }
}

static void latency_graph(struct redis_call *call)
{
    struct outq text = {0};
    struct graph graph = {.series = redis_latency_find(call->redis, call->argv[2]),
                          .now_s = call->now_ms / 1000,
                          .out = &text};
    if (!graph.series) {
        redis_reply_errorf(call->reply, "ERR No samples available for event '%s'",
                           redis_printable(call->arena, call->argv[2], 128));
        return;
    }
    put_graph(call, &graph);
    redis_reply_verbatim(call->reply, "txt", outq_flatten(&text));
    outq_done(&text);
}

/* ---- DOCTOR */

static void put_series(struct redis_call *call, struct outq *out, int number,
                       const struct redis_latency_series *series)
{
    int64_t count = redis_latency_count(series), sum_ms = 0, deviation_ms = 0;
    for (unsigned i = 0; i < count; i++)
        sum_ms += redis_latency_at(series, i).ms;
    int64_t mean_ms = sum_ms / count;
    for (unsigned i = 0; i < count; i++) {
        int64_t from_mean = redis_latency_at(series, i).ms - mean_ms;
        deviation_ms += from_mean < 0 ? -from_mean : from_mean;
    }
    int64_t period_s = call->now_ms / 1000 - redis_latency_at(series, 0).at_s;
    outq_put_slice(
        out, arena_printf(call->arena,
                          "%d. %s: %lld latency spikes (average %lldms, mean deviation %lldms, "
                          "period %.2f sec). Worst all time event %lldms.\n",
                          number, series->event, (long long)count, (long long)mean_ms,
                          (long long)(deviation_ms / count),
                          (double)(period_s ? period_s : 1) / (double)count,
                          (long long)series->worst_ms));
}

static void latency_doctor(struct redis_call *call)
{
    struct outq out = {0};
    const struct redis_latency_series *series = redis_latency_first(call->redis);
    const char *text = "Dave, I have observed latency spikes in this Redis instance. You don't "
                       "mind talking about it, do you Dave?\n\n";
    if (!series)
        text = call->redis->config.latency_threshold_ms
                   ? "Dave, no latency spike was observed during the lifetime of this Redis "
                     "instance, not in the slightest bit. I honestly think you ought to sit down "
                     "calmly, take a stress pill, and think things over.\n"
                   : "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this "
                     "Redis instance. You may use \"CONFIG SET latency-monitor-threshold "
                     "<milliseconds>.\" in order to enable it. If we weren't in a deep space "
                     "mission I'd suggest to take a look at "
                     "https://redis.io/topics/latency-monitor.\n";
    outq_put_slice(&out, slice_str(text));
    for (int number = 1; series; series = series->next)
        put_series(call, &out, number++, series);
    if (redis_latency_first(call->redis))
        outq_put_slice(&out, slice_str("\nWhile there are latency events logged, I'm not able to "
                                       "suggest any easy fix. Please use the Redis community to "
                                       "get some help, providing this report in your help "
                                       "request.\n"));
    redis_reply_verbatim(call->reply, "txt", outq_flatten(&out));
    outq_done(&out);
}

static void latency_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "DOCTOR",
        "    Return a human readable latency analysis report.",
        "GRAPH <event>",
        "    Return an ASCII latency graph for the <event> class.",
        "HISTORY <event>",
        "    Return time-latency samples for the <event> class.",
        "LATEST",
        "    Return the latest latency samples for all events.",
        "RESET [<event> ...]",
        "    Reset latency data of one or more <event> classes.",
        "    (default: reset all data for all event classes)",
        "HISTOGRAM [COMMAND ...]",
        "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
        "    If no commands are specified then all histograms are replied.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_latency_commands[] = {
    {"latency|histogram", latency_histogram},
    {"latency|history",   latency_history  },
    {"latency|latest",    latency_latest   },
    {"latency|reset",     latency_reset    },
    {"latency|graph",     latency_graph    },
    {"latency|doctor",    latency_doctor   },
    {"latency|help",      latency_help     },
    {NULL,                NULL             },
};
