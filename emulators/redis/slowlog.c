#include "emulators/redis/slowlog.h"

#include <stdio.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/session.h"

/* As much of a command as redis-server keeps. */
#define ARGS_MAX 32u
#define ARG_MAX  128u

struct slowlog_entry {
    struct slowlog_entry *next; /* the one before in time */
    size_t size;
    int64_t id, at_s, took_us;
    char peer[64];
    struct slice name;
    uint32_t argc;
    struct slice argv[]; /* bytes follow */
};

struct redis_slowlog {
    struct slowlog_entry *newest;
    int64_t count, next_id;
};

static void drop_after(struct redis *redis, int64_t keep)
{
    struct redis_slowlog *log = redis->slowlog;
    struct slowlog_entry **link = &log->newest;
    for (int64_t i = 0; i < keep && *link; i++)
        link = &(*link)->next;
    while (*link) {
        struct slowlog_entry *entry = *link;
        *link = entry->next;
        heap_free(redis->host.heap, entry, entry->size);
        log->count--;
    }
}

static struct redis_slowlog *the_log(struct redis *redis)
{
    if (!redis->slowlog)
        redis->slowlog = heap_zalloc(redis->host.heap, sizeof(*redis->slowlog));
    return redis->slowlog;
}

void redis_slowlog_destroy(struct redis *redis)
{
    if (!redis->slowlog)
        return;
    drop_after(redis, 0);
    heap_free(redis->host.heap, redis->slowlog, sizeof(*redis->slowlog));
}

/* The argument as it is kept: cut, with a word on what was cut. */
static struct slice shown_argument(struct redis_call *call, uint32_t at)
{
    struct slice arg = call->argv[at];
    if (at == ARGS_MAX - 1 && call->argc > ARGS_MAX)
        return arena_printf(call->arena, "... (%u more arguments)", call->argc - ARGS_MAX + 1);
    if (arg.len <= ARG_MAX)
        return arg;
    return arena_printf(call->arena, "%.*s... (%zu more bytes)", (int)ARG_MAX,
                        (const char *)arg.ptr, arg.len - ARG_MAX);
}

static void copy_to(struct slice *to, uint8_t **at, struct slice bytes)
{
    if (bytes.len)
        memcpy(*at, bytes.ptr, bytes.len);
    *to = slice_of(*at, bytes.len);
    *at += bytes.len;
}

void redis_slowlog_add(struct redis_call *call, int64_t took_us)
{
    struct redis *redis = call->redis;
    struct slice shown[ARGS_MAX];
    struct redis_session *session = call->session;
    uint32_t argc = call->argc < ARGS_MAX ? call->argc : ARGS_MAX;
    size_t size = sizeof(struct slowlog_entry) + argc * sizeof(struct slice) + session->name.len;
    if (call->info->flags & REDIS_COMMAND_SKIP_SLOWLOG || !the_log(redis))
        return;
    for (uint32_t i = 0; i < argc; i++) {
        shown[i] = shown_argument(call, i);
        size += shown[i].len;
    }
    struct slowlog_entry *entry = heap_alloc(redis->host.heap, size);
    if (!entry)
        return;
    *entry = (struct slowlog_entry){.next = redis->slowlog->newest,
                                    .size = size,
                                    .id = redis->slowlog->next_id++,
                                    .at_s = call->now_ms / 1000,
                                    .took_us = took_us,
                                    .argc = argc};
    snprintf(entry->peer, sizeof(entry->peer), "%s",
             session->transport ? session->transport->peer : "");
    uint8_t *at = (uint8_t *)(entry->argv + argc);
    copy_to(&entry->name, &at, session->name);
    for (uint32_t i = 0; i < argc; i++)
        copy_to(&entry->argv[i], &at, shown[i]);
    redis->slowlog->newest = entry;
    redis->slowlog->count++;
    drop_after(redis, redis->config.slowlog_max_len);
}

static void reply_entry(struct redis_call *call, const struct slowlog_entry *entry)
{
    redis_reply_array(call->reply, 6);
    redis_reply_int(call->reply, entry->id);
    redis_reply_int(call->reply, entry->at_s);
    redis_reply_int(call->reply, entry->took_us);
    redis_reply_array(call->reply, entry->argc);
    for (uint32_t i = 0; i < entry->argc; i++)
        redis_reply_bulk(call->reply, entry->argv[i]);
    redis_reply_bulk_str(call->reply, entry->peer);
    redis_reply_bulk(call->reply, entry->name);
}

static void slowlog_get(struct redis_call *call)
{
    int64_t count = 10;
    if (call->argc > 3) {
        redis_reply_subcommand_syntax(call);
        return;
    }
    if (call->argc == 3 &&
        !redis_arg_int_in(call, 2, -1, INT64_MAX, "ERR count should be greater than or equal to -1",
                          &count))
        return;
    int64_t kept = call->redis->slowlog ? call->redis->slowlog->count : 0;
    if (count == -1 || count > kept)
        count = kept;
    redis_reply_array(call->reply, (uint64_t)count);
    const struct slowlog_entry *entry = kept ? call->redis->slowlog->newest : NULL;
    for (; count--; entry = entry->next)
        reply_entry(call, entry);
}

static void slowlog_len(struct redis_call *call)
{
    redis_reply_int(call->reply, call->redis->slowlog ? call->redis->slowlog->count : 0);
}

static void slowlog_reset(struct redis_call *call)
{
    if (call->redis->slowlog)
        drop_after(call->redis, 0);
    redis_reply_ok(call->reply);
}

static void slowlog_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "GET [<count>]",
        "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
        "    Entries are made of:",
        "    id, timestamp, time in microseconds, arguments array, client IP and port,",
        "    client name",
        "LEN",
        "    Return the length of the slowlog.",
        "RESET",
        "    Reset the slowlog.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_slowlog_commands[] = {
    {"slowlog|get",   slowlog_get  },
    {"slowlog|len",   slowlog_len  },
    {"slowlog|reset", slowlog_reset},
    {"slowlog|help",  slowlog_help },
    {NULL,            NULL         },
};
