/* redis.call: a command from a script, with the checks that dispatch.c makes of a client's. */
#include "emulators/redis/acl.h"
#include "emulators/redis/cluster.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/script_run.h"
#include "emulators/redis/stats.h"

/* The checks read and refuse by this. */
struct attempt {
    struct redis_script_run *run;
    const struct redis_command_info *info;
    struct slice *argv;
    uint32_t argc;
    struct slice *error;
};

static bool refuse(const struct attempt *attempt, const char *text)
{
    struct redis *redis = attempt->run->redis;
    char code[24] = {0};
    for (size_t i = 0; i < sizeof(code) - 1 && text[i] != ' '; i++)
        code[i] = text[i];
    if (attempt->info)
        redis->command_stats[attempt->info->index].rejected++;
    redis_count_error(redis, code);
    *attempt->error = slice_str(text);
    return false;
}

static bool check_known(struct attempt *attempt)
{
    bool unknown_subcommand;
    struct redis *redis = attempt->run->redis;
    const struct redis_command_info *info =
        redis_resolve(attempt->argv, attempt->argc, &unknown_subcommand);
    if (!info || unknown_subcommand)
        return refuse(attempt, "ERR Unknown Redis command called from script");
    attempt->info = info;
    if (info->arity > 0 ? (uint32_t)info->arity != attempt->argc
                        : attempt->argc < (uint32_t)-info->arity)
        return refuse(attempt, "ERR Wrong number of args calling Redis command from script");
    if (info->flags & REDIS_COMMAND_NOSCRIPT && !redis->scripts->allows_all)
        return refuse(attempt, "ERR This Redis command is not allowed from script");
    if (!redis->handlers[info->index])
        return refuse(attempt, "ERR Unknown Redis command called from script");
    return true;
}

static bool check_rights(struct attempt *attempt)
{
    static const char *const texts[] = {
        [REDIS_ACL_COMMAND] = "ERR The user executing the script can't run this command or "
                              "subcommand",
        [REDIS_ACL_KEY] = "ERR The user executing the script can't access at least one of the "
                          "keys mentioned in the command arguments",
        [REDIS_ACL_CHANNEL] = "ERR The user executing the script can't publish to the channel "
                              "mentioned in the command",
    };
    struct redis_script_run *run = attempt->run;
    uint32_t arg = 0;
    enum redis_acl_verdict verdict =
        redis_acl_check(run->call->session, attempt->info, attempt->argv, attempt->argc, &arg);
    if (verdict == REDIS_ACL_OK)
        return true;
    redis_acl_log_denial(run->call->session, attempt->info, attempt->argv, verdict, arg, "lua");
    return refuse(attempt, texts[verdict]);
}

/* What has begun to write may go on when memory becomes short. */
static bool check_effects(struct attempt *attempt)
{
    struct redis_script_run *run = attempt->run;
    unsigned flags = attempt->info->flags;
    if (run->flags & REDIS_RUN_READ_ONLY &&
        flags & (REDIS_COMMAND_WRITE | REDIS_COMMAND_MAY_REPLICATE))
        return refuse(attempt, "ERR Write commands are not allowed from read-only scripts.");
    if (flags & REDIS_COMMAND_WRITE && !(run->flags & REDIS_RUN_DIRTY) &&
        redis_lacks_replicas(run->redis))
        return refuse(attempt, REDIS_LACKS_REPLICAS);
    if (flags & REDIS_COMMAND_DENYOOM && run->flags & REDIS_RUN_NO_MEMORY &&
        !(run->flags & (REDIS_RUN_ALLOW_OOM | REDIS_RUN_DIRTY)))
        return refuse(attempt, "OOM command not allowed when used memory > 'maxmemory'.");
    if (flags & REDIS_COMMAND_WRITE)
        run->flags |= REDIS_RUN_DIRTY;
    return true;
}

/* The slot of all of the command's keys: -1 without keys, -2 when they differ. */
static int64_t slot_of(const struct attempt *attempt)
{
    struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
    int64_t slot = -1;
    uint32_t count = redis_command_slots(attempt->info, attempt->argv, attempt->argc, ranges);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t at = ranges[i].first; at <= ranges[i].last; at += ranges[i].step) {
            int64_t of_key = redis_cluster_slot(attempt->argv[at]);
            if (slot >= 0 && slot != of_key)
                return -2;
            slot = of_key;
        }
    return slot;
}

static bool check_slots(struct attempt *attempt)
{
    struct redis_script_run *run = attempt->run;
    if (!run->redis->config.cluster_enabled)
        return true;
    int64_t slot = slot_of(attempt);
    if (slot == -2)
        return refuse(attempt, "ERR Script attempted to access a non local key in a cluster node");
    if (slot == -1 || run->flags & REDIS_RUN_ALLOW_CROSS_SLOT)
        return true;
    if (run->slot >= 0 && run->slot != slot)
        return refuse(attempt, "ERR Script attempted to access keys that do not hash to the same "
                               "slot");
    run->slot = slot;
    return true;
}

/* The script's SELECT is the session's for the time of the run, see redis_script_run. */
bool redis_script_command(struct redis_script_run *run, struct slice *argv, uint32_t argc,
                          struct slice *error)
{
    struct attempt attempt = {run, NULL, argv, argc, error};
    struct redis_session *session = run->call->session;
    struct redis_reply reply = {.out = &run->redis->scripts->reply, .resp = run->resp};
    if (!check_known(&attempt) || !check_rights(&attempt) || !check_effects(&attempt) ||
        !check_slots(&attempt))
        return false;
    struct redis_call call = {
        .redis = run->redis,
        .session = session,
        .db = &run->redis->dbs[session->db],
        .reply = &reply,
        .argv = argv,
        .argc = argc,
        .flags = REDIS_CALL_SCRIPT | (run->call->flags & REDIS_CALL_MULTI),
        .info = attempt.info,
        .arena = &run->redis->scripts->arena,
        .now_ms = run->call->now_ms,
    };
    redis_execute(&call);
    return true;
}

int redis_script_acl_check(struct redis_script_run *run, const struct slice *argv, uint32_t argc)
{
    bool unknown_subcommand;
    uint32_t arg;
    const struct redis_command_info *info = redis_resolve(argv, argc, &unknown_subcommand);
    if (!info || unknown_subcommand)
        return -1;
    return redis_acl_check(run->call->session, info, argv, argc, &arg) == REDIS_ACL_OK;
}
