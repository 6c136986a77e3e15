#include "emulators/redis/seed_run.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/time_text.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"

#define NAME_SHOWN_MAX 64

/* ---- errors */

bool redis_seed_fail(struct redis_seed *seed, const char *format, ...)
{
    char text[sizeof(seed->error->message)];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!seed->key.ptr)
        return emulator_fail(seed->error, "ERR", "%s", text);
    return emulator_fail(seed->error, "ERR", "key '%s': %s",
                         redis_printable(&seed->arena, seed->key, NAME_SHOWN_MAX), text);
}

bool redis_seed_unexpected(struct redis_seed *seed, const struct yaml_event *got, const char *what)
{
    return redis_seed_fail(seed, "expected %s, got %s", what, yaml_describe(got));
}

/* ---- reading */

bool redis_seed_next(struct redis_seed *seed, struct yaml_event *out)
{
    return yaml_next(seed->reader, out) ||
           emulator_fail(seed->error, "ERR", "%s", yaml_message(seed->reader));
}

bool redis_seed_members(struct redis_seed *seed, redis_seed_member *member, void *ctx)
{
    struct yaml_event event;
    for (;;) {
        if (!redis_seed_next(seed, &event))
            return false;
        if (event.type == YAML_MAPPING_END)
            return true;
        if (!member(seed, &event, ctx))
            return false;
    }
}

bool redis_seed_mapping(struct redis_seed *seed, const char *what, redis_seed_member *member,
                        void *ctx)
{
    struct yaml_event event;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type != YAML_MAPPING)
        return redis_seed_unexpected(seed, &event, what);
    return redis_seed_members(seed, member, ctx);
}

static bool decode_base64(struct redis_seed *seed, struct slice text, const char *what,
                          struct slice *out)
{
    uint8_t *bytes = arena_alloc(&seed->arena, text.len);
    size_t len;
    if (!bytes)
        return emulator_fail(seed->error, "OOM", "out of memory");
    if (!text_from_base64(text, bytes, &len))
        return redis_seed_fail(seed, "expected %s as base64", what);
    *out = slice_of(bytes, len);
    return true;
}

bool redis_seed_string(struct redis_seed *seed, const struct yaml_event *event, const char *what,
                       struct slice *out)
{
    if (event->type != YAML_SCALAR || event->kind == YAML_NULL)
        return redis_seed_unexpected(seed, event, what);
    if (seed->base64)
        return decode_base64(seed, event->text, what, out);
    *out = event->text;
    return true;
}

bool redis_seed_next_string(struct redis_seed *seed, const char *what, struct slice *out)
{
    struct yaml_event event;
    if (!redis_seed_next(seed, &event))
        return false;
    if (event.type != YAML_SCALAR || event.kind == YAML_NULL)
        return redis_seed_unexpected(seed, &event, what);
    *out = event.text;
    return true;
}

static bool read_time(struct redis_seed *seed, const char *what,
                      bool (*parse)(struct slice text, int64_t *out_ms), int64_t *out_ms)
{
    struct slice text;
    if (!redis_seed_next_string(seed, what, &text))
        return false;
    return parse(text, out_ms) ||
           redis_seed_fail(seed, "expected %s, got \"%s\"", what,
                           redis_printable(&seed->arena, text, NAME_SHOWN_MAX));
}

bool redis_seed_ttl(struct redis_seed *seed, int64_t *out_ms)
{
    int64_t ms;
    if (!read_time(seed, "a duration such as 250ms, 10s, 5m, 2h, 7d or seconds",
                   time_parse_duration, &ms))
        return false;
    if (ms <= 0)
        return redis_seed_fail(seed, "expected a duration above 0");
    *out_ms = redis_now_ms(seed->redis) + ms;
    return true;
}

bool redis_seed_expire_at(struct redis_seed *seed, int64_t *out_ms)
{
    return read_time(seed, "a time such as 2031-05-06T07:08:09Z or seconds since 1970",
                     time_parse_instant, out_ms) &&
           (*out_ms >= 0 || redis_seed_fail(seed, "expected a time after 1970"));
}

/* ---- running */

/* The reply's first line is the error, without the sign before it. */
static bool fail_with_reply(struct redis_seed *seed)
{
    struct slice reply = outq_flatten(&seed->session->discarded);
    const uint8_t *end = reply.ptr ? memchr(reply.ptr, '\r', reply.len) : NULL;
    if (!end)
        return emulator_fail(seed->error, "OOM", "out of memory");
    struct slice text = slice_of(reply.ptr + 1, (size_t)(end - reply.ptr) - 1);
    return redis_seed_fail(seed, "%.*s", (int)(text.len < 400 ? text.len : 400),
                           (const char *)text.ptr);
}

bool redis_seed_run(struct redis_seed *seed, struct slice *argv, uint32_t argc)
{
    struct redis_session *session = seed->session;
    bool unknown;
    const struct redis_command_info *info = redis_resolve(argv, argc, &unknown);
    if (!info || !seed->redis->handlers[info->index])
        return redis_seed_fail(seed, "this build has no command %s",
                               redis_printable(&seed->arena, argv[0], NAME_SHOWN_MAX));
    struct redis_call call = {
        .redis = seed->redis,
        .session = session,
        .db = &seed->redis->dbs[session->db],
        .reply = &session->reply,
        .argv = argv,
        .argc = argc,
        .flags = REDIS_CALL_NO_BLOCK,
        .info = info,
        .arena = &session->arena,
        .now_ms = redis_now_ms(seed->redis),
    };
    uint32_t errors = session->reply.errors;
    seed->redis->measured_us = 0; /* reading the fixture is not the command's time */
    redis_execute(&call);
    bool ok = session->reply.errors == errors || fail_with_reply(seed);
    outq_done(&session->discarded);
    outq_init(&session->discarded);
    arena_reset(&session->arena);
    arena_reset(&seed->arena);
    return ok;
}
