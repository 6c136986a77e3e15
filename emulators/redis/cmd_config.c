/* CONFIG. Source: the Redis command reference, group "server". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/parameters.h"
#include "emulators/redis/settings.h"
#include "emulators/redis/stats.h"

static bool wanted(const struct redis_call *call, const struct redis_parameter *parameter,
                   const char *name)
{
    for (uint32_t i = 2; i < call->argc; i++) {
        bool whole = slice_is(call->argv[i], name);
        if (whole || (!(parameter->flags & PARAMETER_HIDDEN) &&
                      text_glob(call->argv[i], slice_str(name), true)))
            return true;
    }
    return false;
}

static void config_get(struct redis_call *call)
{
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t count = 0;
    char scratch[256];
    for (size_t i = 0; i < redis_parameter_count; i++) {
        const struct redis_parameter *parameter = &redis_parameters[i];
        const char *names[] = {parameter->name, parameter->alias};
        for (int n = 0; n < 2; n++) {
            if (!names[n] || !wanted(call, parameter, names[n]))
                continue;
            redis_reply_bulk_str(call->reply, names[n]);
            redis_reply_bulk(call->reply, redis_parameter_get(call->redis, parameter, scratch));
            count++;
        }
    }
    redis_reply_map_at(call->reply, mark, count);
}

static bool failed(struct redis_call *call, struct slice name, const char *why)
{
    redis_reply_errorf(call->reply,
                       "ERR CONFIG SET failed (possibly related to argument '%s') - %s",
                       redis_printable(call->arena, name, 128), why);
    return false;
}

/* Finds them all before anything is set: unknown ones first, then those that may not be set. */
static bool find_all(struct redis_call *call, const struct redis_parameter **out)
{
    uint32_t count = (call->argc - 2) / 2;
    for (uint32_t i = 0; i < count; i++) {
        struct slice name = call->argv[2 + i * 2];
        out[i] = redis_parameter_find(name);
        if (!out[i]) {
            redis_reply_errorf(call->reply,
                               "ERR Unknown option or number of arguments for CONFIG SET - '%s'",
                               redis_printable(call->arena, name, 128));
            return false;
        }
        if (out[i]->flags & PARAMETER_IMMUTABLE)
            return failed(call, name, "can't set immutable config");
        if (out[i]->flags & PARAMETER_PROTECTED)
            return failed(call, name, "can't set protected config");
        for (uint32_t k = 0; k < i; k++)
            if (out[k] == out[i])
                return failed(call, name, "duplicate parameter");
    }
    return true;
}

/* All or nothing: what was set before the one that is refused is set back. */
static void set_all(struct redis_call *call)
{
    uint32_t count = (call->argc - 2) / 2;
    const char *error = NULL;
    char scratch[256];
    if (call->argc % 2) {
        redis_reply_syntax(call->reply);
        return;
    }
    const struct redis_parameter **parameters =
        arena_array(call->arena, count, sizeof(*parameters));
    struct slice *before = arena_array(call->arena, count, sizeof(*before));
    if (!parameters || !before || !find_all(call, parameters))
        return;
    for (uint32_t i = 0; i < count; i++) {
        before[i] =
            arena_dup(call->arena, redis_parameter_get(call->redis, parameters[i], scratch));
        if (redis_parameter_set(call->redis, call->arena, parameters[i], call->argv[3 + i * 2],
                                &error))
            continue;
        const char *why = error;
        for (uint32_t k = 0; k < i; k++)
            redis_parameter_set(call->redis, call->arena, parameters[k], before[k], &error);
        failed(call, slice_str(parameters[i]->name), why);
        return;
    }
    if (call->redis->config.maxmemory)
        redis_evict(call->redis);
    redis_limit_clients(call->redis, 0);
    for (struct redis_session *s = call->redis->first_session; s; s = s->next)
        redis_client_set_high_water(s);
    redis_reply_ok(call->reply);
}

static void config_set(struct redis_call *call)
{
    set_all(call);
    for (uint32_t i = 2; i + 1 < call->argc; i += 2) {
        const struct redis_parameter *parameter = redis_parameter_find(call->argv[i]);
        if (parameter && parameter->flags & PARAMETER_SENSITIVE)
            redis_arg_redact(call, i + 1);
    }
}

static void config_resetstat(struct redis_call *call)
{
    redis_stats_reset(call->redis);
    redis_reply_ok(call->reply);
}

static void config_rewrite(struct redis_call *call)
{
    redis_reply_error(call->reply, "ERR The server is running without a config file");
}

static void config_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "GET <pattern>",
        "    Return parameters matching the glob-like <pattern> and their values.",
        "SET <directive> <value>",
        "    Set the configuration <directive> to <value>.",
        "RESETSTAT",
        "    Reset statistics reported by the INFO command.",
        "REWRITE",
        "    Rewrite the configuration file.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_config_commands[] = {
    {"config|get",       config_get      },
    {"config|set",       config_set      },
    {"config|resetstat", config_resetstat},
    {"config|rewrite",   config_rewrite  },
    {"config|help",      config_help     },
    {NULL,               NULL            },
};

/* ---- --set redis.KEY=VALUE */

static bool set_databases(struct redis *redis, struct emulator_error *error)
{
    for (int i = 0; i < redis->db_count; i++)
        if (redis_db_size(&redis->dbs[i]))
            return emulator_fail(error, "ERR", "databases can only be set while all are empty");
    return redis_create_dbs(redis) || emulator_fail(error, "OOM", "out of memory");
}

bool redis_setting(struct emulator *emulator, struct slice key, struct slice value,
                   struct emulator_error *error)
{
    struct redis *redis = redis_of(emulator);
    struct slice name = slice_is(key, "cluster") ? slice_str("cluster-enabled") : key;
    const struct redis_parameter *parameter = redis_parameter_find(name);
    const char *why = NULL;
    if (!parameter)
        return emulator_fail(error, "ERR", "redis has no setting \"%.*s\"", SLICE_ARG(key));
    struct arena arena = {0};
    int64_t databases = redis->config.databases;
    bool ok = redis_parameter_set(redis, &arena, parameter, value, &why);
    if (!ok)
        emulator_fail(error, "ERR", "%s", why);
    else if (databases != redis->config.databases)
        ok = set_databases(redis, error);
    arena_done(&arena);
    return ok;
}
