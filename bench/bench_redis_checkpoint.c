/* What undo costs at a million keys: a checkpoint, the first write after it, and a rewind of 100
 * changes, in microseconds, the median and the worst of many rounds. Then the first write after a
 * checkpoint to a value of a million members, by type. */
#include <stdio.h>
#include <stdlib.h>

#include "common/assert.h"
#include "emulators/redis/redis.h"

#define COUNT   1000000
#define CHANGES 100
#define ROUNDS  201

struct bench {
    struct heap *heap;
    struct clock clock;
    struct random random;
    struct emulator *redis;
    struct transport *client;
};

static const struct emulator_type *const type = &redis_emulator_type;

static void send(struct bench *b, const char *bytes, size_t len)
{
    memory_transport_feed(b->client, slice_of(bytes, len));
    outq_take(&b->client->out, outq_len(&b->client->out));
    memory_transport_turn(b->client);
}

static void command(struct bench *b, const char *line)
{
    send(b, line, strlen(line));
}

/* One command for each number, many to a packet. */
static void fill(struct bench *b, const char *format, int count)
{
    char packet[16384];
    size_t len = 0;
    for (int i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        len += (size_t)snprintf(packet + len, sizeof(packet) - len, format, i, i);
#pragma GCC diagnostic pop
        if (len > sizeof(packet) - 256 || i == count - 1) {
            send(b, packet, len);
            len = 0;
        }
    }
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void report(const char *what, int64_t times[ROUNDS])
{
    qsort(times, ROUNDS, sizeof(*times), compare_times);
    printf("%-34s %6lld us   worst %6lld us\n", what, (long long)times[ROUNDS / 2],
           (long long)times[ROUNDS - 1]);
}

static int64_t time_command(struct bench *b, const char *line)
{
    int64_t started_us = reactor_monotonic_us();
    command(b, line);
    return reactor_monotonic_us() - started_us;
}

/* Changes spread over the keys: other ones, new ones, deleted ones. */
static int64_t change_keys(struct bench *b)
{
    char line[64];
    int64_t first_us = 0;
    for (int i = 0; i < CHANGES; i++) {
        static const char *const formats[] = {"SET key:%d other\r\n", "DEL key:%d\r\n",
                                              "SET new:%d x\r\n", "APPEND key:%d more\r\n"};
        int key = (int)random_below(&b->random, COUNT);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(line, sizeof(line), formats[i % 4], key);
#pragma GCC diagnostic pop
        int64_t took_us = time_command(b, line);
        first_us = i ? first_us : took_us;
    }
    return first_us;
}

static void measure_keys(struct bench *b)
{
    static int64_t take[ROUNDS], write[ROUNDS], rewind[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        int64_t started_us = reactor_monotonic_us();
        struct emulator_checkpoint *checkpoint = type->checkpoint(b->redis);
        take[i] = reactor_monotonic_us() - started_us;
        write[i] = change_keys(b);
        started_us = reactor_monotonic_us();
        ASSERT(type->rewind(b->redis, checkpoint));
        rewind[i] = reactor_monotonic_us() - started_us;
        type->release(b->redis, checkpoint);
    }
    report("checkpoint", take);
    report("first write after it", write);
    report("rewind of 100 changes", rewind);
}

static void measure_value(struct bench *b, const char *name, const char *line)
{
    static int64_t write[ROUNDS];
    char what[64];
    for (int i = 0; i < ROUNDS; i++) {
        struct emulator_checkpoint *checkpoint = type->checkpoint(b->redis);
        write[i] = time_command(b, line);
        ASSERT(type->rewind(b->redis, checkpoint));
        type->release(b->redis, checkpoint);
    }
    snprintf(what, sizeof(what), "first write to a %s of 1M", name);
    report(what, write);
}

static void measure_values(struct bench *b)
{
    static const struct {
        const char *name, *fill, *change;
    } values[] = {
        {"zset",   "ZADD k %d member:%d\r\n",  "ZADD k 4711.5 new\r\n"     },
        {"hash",   "HSET k field:%d %d\r\n",   "HSET k field:7 changed\r\n"},
        {"set",    "SADD k member:%d\r\n",     "SREM k member:7\r\n"       },
        {"list",   "RPUSH k element:%d\r\n",   "LSET k 4711 changed\r\n"   },
        {"stream", "XADD k 1%d-1 field v\r\n", "XDEL k 14711-1\r\n"        },
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        fill(b, values[i].fill, COUNT);
        measure_value(b, values[i].name, values[i].change);
        command(b, "FLUSHALL\r\n");
    }
}

int main(void)
{
    struct bench b = {.heap = heap_create(0)};
    struct emulator_error error;
    clock_init(&b.clock, 1);
    random_seed(&b.random, 1);
    struct emulator_host host = {b.heap, &b.clock, &b.random, NULL};
    b.redis = type->create(&host, &error);
    b.client = memory_transport_create();
    ASSERT(b.redis && b.client && type->session_open(b.redis, b.client));
    fill(&b, "SET key:%d value:%d\r\n", COUNT);
    measure_keys(&b);
    command(&b, "FLUSHALL\r\n");
    measure_values(&b);
    memory_transport_destroy(b.client);
    type->destroy(b.redis);
    clock_done(&b.clock);
    heap_destroy(b.heap);
    return 0;
}
