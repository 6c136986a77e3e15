/* From a decoded command to its handler: the checks of a Redis server in its order, then execution
 * with statistics. */
#include <stdio.h>

#include "common/assert.h"
#include "emulators/redis/acl.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/client.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/cluster.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/guard.h"
#include "emulators/redis/latency.h"
#include "emulators/redis/monitor.h"
#include "emulators/redis/record.h"
#include "emulators/redis/script.h"
#include "emulators/redis/slowlog.h"
#include "emulators/redis/stats.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/transaction.h"

/* ---- execution */

/* The handler and what is kept about its run. */
static void run_handler(struct redis_call *call)
{
    struct redis *redis = call->redis;
    struct redis_reply *reply = call->reply;
    uint32_t index = call->info->index;
    uint32_t errors = reply->errors;
    uint64_t counted = redis->stats.error_replies;
    bool is_retry = call->flags & REDIS_CALL_RETRY;
    struct outq_place began = outq_place(reply->out);
    size_t replied = is_retry ? outq_len(reply->out) : 0;
    struct redis_guard guard;
    int64_t started_us =
        redis->measured_us ? redis->measured_us : stopwatch_now_us(&redis->stopwatch);
    redis->measured_us = 0; /* commands within this one are measured by themselves */
    if (redis_guard_begin(&guard, call)) {
        redis->handlers[index](call);
        redis_guard_end(&guard, call);
    }
    redis->measured_us = stopwatch_now_us(&redis->stopwatch);
    /* The counters of two processors may differ a little. */
    int64_t took_us = redis->measured_us > started_us ? redis->measured_us - started_us : 0;
    struct redis_command_stats *stats = &redis->command_stats[index];
    redis->stats.commands++;
    if (call->session->flags & REDIS_SESSION_BLOCKED &&
        (!is_retry || outq_len(reply->out) == replied))
        return; /* counted when it is over */
    stats->calls++;
    stats->us += (uint64_t)took_us;
    /* Errors within a transaction are those of its commands, and have been counted. */
    bool others = call->info->flags & REDIS_COMMAND_EXEC && redis->stats.error_replies != counted;
    bool failed = reply->errors != errors && !others;
    redis_record(call, began, took_us, failed);
    if (__builtin_expect(failed, 0)) {
        stats->failed++;
        if (!reply->counted)
            redis_count_error(redis, reply->error_code);
    }
    if (__builtin_expect(took_us >= redis->config.slowlog_slower_than_us, 0) &&
        redis->config.slowlog_slower_than_us >= 0)
        redis_slowlog_add(call, took_us);
    redis_latency_command(call, took_us);
}

void redis_execute(struct redis_call *call)
{
    struct redis *redis = call->redis;
    struct redis_session *session = call->session;
    struct redis_call *outer = redis->current;
    unsigned in_call = session->flags & REDIS_SESSION_IN_CALL;
    if (!outer)
        redis->current = call;
    session->flags |= REDIS_SESSION_IN_CALL;
    redis->nesting++;
    run_handler(call);
    redis->nesting--;
    if (__builtin_expect(redis->first_monitor != NULL, 0))
        redis_monitor_feed(call);
    /* Not those that run scripts: the commands of the script say what is read. */
    if (session->flags & REDIS_SESSION_TRACKING && call->info->flags & REDIS_COMMAND_READONLY &&
        !(call->info->flags & REDIS_COMMAND_NOSCRIPT))
        redis_tracking_read(call);
    if (!in_call)
        session->flags &= ~(unsigned)REDIS_SESSION_IN_CALL;
    redis->current = outer;
    if (redis->nesting == 0) {
        if (__builtin_expect(redis->tracking_pending, 0))
            redis_tracking_settle(redis);
        if (redis->first_ready)
            redis_serve_ready(redis);
    }
}

/* ---- the checks */

/* A command that is refused makes the transaction it belongs to void. */
static bool reject(struct redis_session *session, const struct redis_command_info *info)
{
    struct redis *redis = session->redis;
    if (session->flags & REDIS_SESSION_MULTI && !(info && info->flags & REDIS_COMMAND_EXEC))
        session->flags |= REDIS_SESSION_DIRTY_EXEC;
    if (info)
        redis->command_stats[info->index].rejected++;
    redis_count_error(redis, session->reply.error_code);
    return false;
}

/* EXEC itself refused: the error says so, and the transaction is over. */
static bool reject_with(struct redis_session *session, const struct redis_command_info *info,
                        const char *error)
{
    if (info && info->flags & REDIS_COMMAND_EXEC) {
        redis_transaction_discard(session);
        redis_reply_errorf(&session->reply, "EXECABORT Transaction discarded because of: %s",
                           error);
    } else {
        redis_reply_error(&session->reply, error);
    }
    return reject(session, info);
}

/* A browser made to speak to us (its requests begin so, or have such a line) is cut off at once. */
static bool is_http(struct slice name)
{
    return slice_is(name, "post") || slice_is(name, "host:");
}

#define UNKNOWN_ARGS_MAX 128

/* The arguments are quoted until 128 bytes of them are shown. */
static bool reject_unknown(struct redis_session *session, const struct slice *argv, uint32_t argc)
{
    char args[UNKNOWN_ARGS_MAX * 2];
    size_t len = 0;
    for (uint32_t i = 1; i < argc && len < UNKNOWN_ARGS_MAX; i++) {
        int room = (int)(UNKNOWN_ARGS_MAX - len);
        int shown = argv[i].len < (size_t)room ? (int)argv[i].len : room;
        len += (size_t)snprintf(args + len, sizeof(args) - len, "'%.*s' ", shown,
                                (const char *)argv[i].ptr);
    }
    redis_reply_errorf(&session->reply, "ERR unknown command '%s', with args beginning with: %.*s",
                       redis_printable(&session->arena, argv[0], UNKNOWN_ARGS_MAX), (int)len, args);
    return reject(session, NULL);
}

static bool reject_subcommand(struct redis_session *session, const struct redis_command_info *info,
                              struct slice name)
{
    char container[64];
    size_t len = 0;
    for (; info->name[len] && len < sizeof(container) - 1; len++)
        container[len] =
            (char)(info->name[len] >= 'a' && info->name[len] <= 'z' ? info->name[len] - 32
                                                                    : info->name[len]);
    container[len] = 0;
    redis_reply_errorf(&session->reply, "ERR unknown subcommand '%s'. Try %s HELP.",
                       redis_printable(&session->arena, name, 128), container);
    return reject(session, info);
}

/* The same with a text without a code: "ERR text", or EXEC's own form. */
static bool reject_text(struct redis_session *session, const struct redis_command_info *info,
                        struct slice text)
{
    if (info->flags & REDIS_COMMAND_EXEC) {
        redis_transaction_discard(session);
        redis_reply_errorf(&session->reply, "EXECABORT Transaction discarded because of: %.*s",
                           SLICE_ARG(text));
    } else {
        redis_reply_errorf(&session->reply, "ERR %.*s", SLICE_ARG(text));
    }
    return reject(session, info);
}

static bool reject_arity(struct redis_session *session, const struct redis_command_info *info)
{
    return reject_text(session, info,
                       arena_printf(&session->arena, "wrong number of arguments for '%s' command",
                                    info->full_name));
}

const struct redis_command_info *redis_resolve(const struct slice *argv, uint32_t argc,
                                               bool *unknown_subcommand)
{
    const struct redis_command_info *info = redis_command_find(argv[0]);
    *unknown_subcommand = false;
    if (!info || !info->has_subcommands || argc < 2)
        return info;
    const struct redis_command_info *sub = redis_command_find_sub(info, argv[1]);
    *unknown_subcommand = !sub;
    return sub ? sub : info;
}

/* Clients send the same command again and again, spelt the same: the last one is tried first. */
static const struct redis_command_info *resolve_again(struct redis_session *session,
                                                      const struct slice *argv, uint32_t argc,
                                                      bool *unknown_subcommand)
{
    struct slice name = argv[0];
    if (name.len == session->resolved_len && name.len &&
        memcmp(name.ptr, session->resolved_name, name.len) == 0) {
        *unknown_subcommand = false;
        return session->resolved;
    }
    const struct redis_command_info *info = redis_resolve(argv, argc, unknown_subcommand);
    if (info && !info->has_subcommands && !info->parent &&
        name.len <= sizeof(session->resolved_name)) {
        memcpy(session->resolved_name, name.ptr, name.len);
        session->resolved_len = (uint8_t)name.len;
        session->resolved = info;
    }
    return info;
}

/* Finds the command; false when it is unknown or has the wrong number of arguments. */
static bool find_command(struct redis_session *session, const struct slice *argv, uint32_t argc,
                         const struct redis_command_info **out)
{
    bool unknown_subcommand;
    const struct redis_command_info *info = resolve_again(session, argv, argc, &unknown_subcommand);
    session->last_command = unknown_subcommand ? NULL : info;
    if (!info && is_http(argv[0])) {
        redis_session_kill(session, false);
        return false;
    }
    if (!info)
        return reject_unknown(session, argv, argc);
    if (unknown_subcommand)
        return reject_subcommand(session, info, argv[1]);
    *out = info;
    if (info->arity > 0 ? (uint32_t)info->arity != argc : argc < (uint32_t)-info->arity)
        return reject_arity(session, info);
    if (!session->redis->handlers[info->index])
        return reject_unknown(session, argv, argc);
    return true;
}

static bool check_rights(struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc)
{
    uint32_t arg;
    if (!(session->flags & REDIS_SESSION_AUTHENTICATED) && !(info->flags & REDIS_COMMAND_NO_AUTH) &&
        !redis_acl_anyone_may_enter(session->redis))
        return reject_with(session, info, "NOAUTH Authentication required.");
    if (session->flags & REDIS_SESSION_MULTI && info->flags & REDIS_COMMAND_NO_MULTI)
        return reject_with(session, info, "ERR Command not allowed inside a transaction");
    enum redis_acl_verdict verdict = redis_acl_check(session, info, argv, argc, &arg);
    if (verdict == REDIS_ACL_OK)
        return true;
    redis_acl_log_denial(session, info, argv, verdict, arg,
                         session->flags & REDIS_SESSION_MULTI ? "multi" : "toplevel");
    return reject_with(session, info, redis_acl_denial(&session->arena, info, verdict));
}

/* RESP2 cannot tell a reply from a push, so a subscriber may say little. */
static bool check_subscriber(struct redis_session *session, const struct redis_command_info *info)
{
    if (!(session->flags & REDIS_SESSION_PUBSUB) || session->reply.resp >= 3 ||
        info->flags & REDIS_COMMAND_SUBSCRIBER)
        return true;
    return reject_text(session, info,
                       arena_printf(&session->arena,
                                    "Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / "
                                    "PING / QUIT / RESET are allowed in this context",
                                    info->full_name));
}

/* False: the client itself has gone, since all of them together need too much memory. */
static bool check_clients(struct redis_session *session)
{
    if (__builtin_expect(session->redis->config.maxmemory_clients == 0, 1))
        return true;
    redis_evict_clients(session->redis);
    return session->counted || session->flags & REDIS_SESSION_FAKE;
}

static bool check_memory(struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc)
{
    struct redis *redis = session->redis;
    if (!redis->config.maxmemory)
        return true;
    unsigned flags = redis_script_command_flags(redis, info, argv, argc);
    bool enough = redis_evict(redis);
    if (info->flags & REDIS_COMMAND_EXEC)
        flags |= session->queued_flags;
    if (enough || !(flags & REDIS_COMMAND_DENYOOM))
        return true;
    return reject_with(session, info, "OOM command not allowed when used memory > 'maxmemory'.");
}

static bool check_replicas(struct redis_session *session, const struct redis_command_info *info,
                           const struct slice *argv, uint32_t argc)
{
    if (__builtin_expect(!redis_lacks_replicas(session->redis), 1))
        return true;
    unsigned flags = redis_script_command_flags(session->redis, info, argv, argc);
    if (info->flags & REDIS_COMMAND_EXEC)
        flags |= session->queued_flags;
    return !(flags & REDIS_COMMAND_WRITE) || reject_with(session, info, REDIS_LACKS_REPLICAS);
}

static bool check_state(struct redis_session *session, const struct redis_command_info *info,
                        const struct slice *argv, uint32_t argc)
{
    struct redis *redis = session->redis;
    if (redis->config.cluster_enabled && !redis_cluster_check(session, info, argv, argc))
        return reject(session, info);
    if (__builtin_expect(redis->tracking_active, 0))
        redis_tracking_limit(redis);
    if (!check_clients(session) || !check_memory(session, info, argv, argc) ||
        !check_replicas(session, info, argv, argc) || !check_subscriber(session, info))
        return false;
    if (redis_script_busy(redis) && !(info->flags & REDIS_COMMAND_ALLOW_BUSY))
        return reject_with(session, info, redis_script_busy_error(redis));
    return true;
}

/* ---- */

static bool is_queued_in_multi(const struct redis_session *session,
                               const struct redis_command_info *info)
{
    return session->flags & REDIS_SESSION_MULTI && !(info->flags & REDIS_COMMAND_RUNS_IN_MULTI);
}

static void execute_now(struct redis_session *session, const struct redis_command_info *info,
                        struct slice *argv, uint32_t argc)
{
    struct redis_call call = {
        .redis = session->redis,
        .session = session,
        .db = &session->redis->dbs[session->db],
        .reply = &session->reply,
        .argv = argv,
        .argc = argc,
        .info = info,
        .arena = &session->arena,
        .flags = session->flags & REDIS_SESSION_FAKE ? REDIS_CALL_NO_BLOCK : 0,
        .now_ms = redis_now_ms(session->redis),
    };
    unsigned flags = info->flags & REDIS_COMMAND_EXEC ? session->queued_flags : info->flags;
    if (__builtin_expect(redis_runs_scripts(flags), 0))
        redis_script_execute(&call);
    else
        redis_execute(&call);
}

static void dispatch_checked(struct redis_session *session, struct slice *argv, uint32_t argc)
{
    const struct redis_command_info *info = NULL;
    uint32_t errors = session->reply.errors;
    if (!find_command(session, argv, argc, &info) || !check_rights(session, info, argv, argc) ||
        !check_state(session, info, argv, argc)) {
        if (session->reply.errors != errors)
            redis_record_refused(session, info, argv, argc);
        return;
    }
    session->commands++;
    if (session->redis->pause_until_ms && redis_pause_applies(session, info, argv, argc)) {
        if (!redis_pause_session(session, info, argv, argc))
            redis_reply_oom(&session->reply);
    } else if (is_queued_in_multi(session, info)) {
        redis_transaction_queue(session, info, argv, argc);
    } else {
        execute_now(session, info, argv, argc);
    }
}

#define MUTE (REDIS_SESSION_REPLY_OFF | REDIS_SESSION_REPLY_SKIP | REDIS_SESSION_REPLY_SKIP_NEXT)

struct outq *redis_mute(struct redis_session *session)
{
    struct outq *out = session->reply.out;
    if (!(session->flags & MUTE))
        return NULL;
    if (session->flags & REDIS_SESSION_REPLY_SKIP_NEXT) {
        session->flags &= ~(unsigned)REDIS_SESSION_REPLY_SKIP_NEXT;
        session->flags |= REDIS_SESSION_REPLY_SKIP;
    }
    session->reply.out = &session->discarded;
    return out;
}

void redis_unmute(struct redis_session *session, struct outq *out)
{
    if (!out)
        return;
    outq_done(&session->discarded);
    outq_init(&session->discarded);
    session->reply.out = out;
    session->flags &= ~(unsigned)REDIS_SESSION_REPLY_SKIP;
}

static void dispatch_muted(struct redis_session *session, struct slice *argv, uint32_t argc)
{
    struct outq *out = redis_mute(session);
    dispatch_checked(session, argv, argc);
    redis_unmute(session, out);
}

void redis_dispatch(struct redis_session *session, struct slice *argv, uint32_t argc)
{
    session->active_ms = redis_now_ms(session->redis);
    if (__builtin_expect(session->flags & MUTE, 0))
        dispatch_muted(session, argv, argc);
    else
        dispatch_checked(session, argv, argc);
    arena_reset(&session->arena);
}
