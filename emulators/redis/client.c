#include "emulators/redis/client.h"

#include "emulators/redis/acl.h"
#include "emulators/redis/block.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/pubsub.h"
#include "emulators/redis/script.h"
#include "emulators/redis/tracking.h"

/* ---- CLIENT PAUSE */

bool redis_clients_paused(struct redis *redis)
{
    if (redis->pause_until_ms && redis->pause_until_ms <= redis_now_ms(redis))
        redis_unpause(redis);
    return redis->pause_until_ms != 0;
}

bool redis_pause_applies(const struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc)
{
    struct redis *redis = session->redis;
    unsigned flags = redis_script_command_flags(redis, info, argv, argc);
    if (session->flags & REDIS_SESSION_FAKE || !redis_clients_paused(redis))
        return false;
    if (!redis->pause_writes_only)
        return true;
    if (info->flags & REDIS_COMMAND_EXEC)
        flags |= session->queued_flags;
    return flags & (REDIS_COMMAND_WRITE | REDIS_COMMAND_MAY_REPLICATE);
}

bool redis_pause_session(struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc)
{
    struct redis *redis = session->redis;
    session->paused_command = redis_queued_create(redis->host.heap, info, argv, argc);
    if (!session->paused_command)
        return false;
    session->flags |= REDIS_SESSION_PAUSED;
    redis->blocked_count++;
    struct redis_session **link = &redis->first_paused;
    while (*link)
        link = &(*link)->next_paused;
    *link = session;
    session->next_paused = NULL;
    return true;
}

void redis_unpause_session(struct redis_session *session)
{
    struct redis *redis = session->redis;
    if (!(session->flags & REDIS_SESSION_PAUSED))
        return;
    struct redis_session **link = &redis->first_paused;
    while (*link != session)
        link = &(*link)->next_paused;
    *link = session->next_paused;
    session->flags &= ~(unsigned)REDIS_SESSION_PAUSED;
    redis->blocked_count--;
    redis_queued_destroy(redis->host.heap, session->paused_command);
    session->paused_command = NULL;
}

/* The held-back commands run in the order in which they came. */
static void release_paused(struct redis *redis)
{
    struct redis_session *session = redis->first_paused;
    while (session) {
        struct redis_session *next = session->next_paused;
        struct redis_queued *command = session->paused_command;
        session->paused_command = NULL;
        redis_unpause_session(session);
        redis_dispatch(session, command->argv, command->argc);
        redis_queued_destroy(redis->host.heap, command);
        redis_session_served(session);
        session = next;
    }
}

static void pause_is_over(struct clock_timer *timer)
{
    redis_unpause((struct redis *)((char *)timer - offsetof(struct redis, pause_timer)));
}

void redis_pause(struct redis *redis, int64_t until_ms, bool writes_only)
{
    /* A pause of everything is not weakened, nor a longer one shortened, by a later one. */
    if (redis_clients_paused(redis)) {
        writes_only = writes_only && redis->pause_writes_only;
        until_ms = until_ms > redis->pause_until_ms ? until_ms : redis->pause_until_ms;
    }
    redis->pause_until_ms = until_ms;
    redis->pause_writes_only = writes_only;
    redis->pause_timer.fire = pause_is_over;
    clock_timer_start(redis->host.clock, &redis->pause_timer,
                      until_ms > INT64_MAX / 1000 ? INT64_MAX : until_ms * 1000);
}

void redis_unpause(struct redis *redis)
{
    redis->pause_until_ms = 0;
    clock_timer_stop(redis->host.clock, &redis->pause_timer);
    release_paused(redis);
}

/* ---- limits */

static const struct redis_buffer_limit *limit_of(const struct redis_session *session)
{
    bool pubsub = session->flags & REDIS_SESSION_PUBSUB;
    return &session->redis->config.buffer_limit[pubsub ? 2 : 0];
}

void redis_check_buffer_limits(struct redis_session *session)
{
    const struct redis_buffer_limit *limit = limit_of(session);
    if (!session->transport || session->flags & REDIS_SESSION_CLOSING)
        return;
    size_t waiting = outq_len(&session->transport->out);
    bool over = limit->hard && waiting > limit->hard;
    if (limit->soft && waiting > limit->soft) {
        int64_t now_ms = redis_now_ms(session->redis);
        if (!session->soft_limit_since_ms)
            session->soft_limit_since_ms = now_ms;
        over |= now_ms - session->soft_limit_since_ms > limit->soft_seconds * 1000;
    } else {
        session->soft_limit_since_ms = 0;
    }
    if (over)
        redis_session_kill(session, false);
}

static bool idles_too_long(const struct redis_session *session, int64_t now_ms)
{
    int64_t timeout_s = session->redis->config.timeout_s;
    return timeout_s && !(session->flags & (REDIS_SESSION_BLOCKED | REDIS_SESSION_PUBSUB)) &&
           now_ms - session->active_ms > timeout_s * 1000;
}

void redis_clients_cron(struct redis *redis)
{
    int64_t now_ms = redis_now_ms(redis);
    struct redis_session *next;
    redis_tracking_limit(redis);
    redis_peak_memory(redis);
    for (struct redis_session *session = redis->first_session; session; session = next) {
        next = session->next;
        if (idles_too_long(session, now_ms))
            redis_session_kill(session, true);
        else
            redis_check_buffer_limits(session);
    }
}

/* ---- what CLIENT LIST shows */

static size_t flag_letters(const struct redis_session *session, char out[16])
{
    static const struct {
        unsigned flag;
        char letter;
    } letters[] = {
        {REDIS_SESSION_MONITOR,   'O'},
        {REDIS_SESSION_PUBSUB,    'P'},
        {REDIS_SESSION_MULTI,     'x'},
        {REDIS_SESSION_BLOCKED,   'b'},
        {REDIS_SESSION_TRACKING,  't'},
        {REDIS_SESSION_DIRTY_CAS, 'd'},
        {REDIS_SESSION_CLOSING,   'c'},
        {REDIS_SESSION_UNIX,      'U'},
        {REDIS_SESSION_READONLY,  'r'},
        {REDIS_SESSION_NO_EVICT,  'e'},
        {REDIS_SESSION_NO_TOUCH,  'T'},
    };
    size_t len = 0;
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if (session->flags & letters[i].flag)
            out[len++] = letters[i].letter;
    if (!len)
        out[len++] = 'N';
    return len;
}

struct slice redis_client_line(struct arena *arena, const struct redis_session *session)
{
    const struct transport *t = session->transport;
    int64_t now_ms = redis_now_ms(session->redis);
    char flags[16];
    size_t flags_len = flag_letters(session, flags);
    struct slice user = redis_acl_user_name(session);
    return arena_printf(
        arena,
        "id=%llu addr=%s laddr=%s fd=%d name=%.*s age=%lld idle=%lld flags=%.*s db=%d sub=%u "
        "psub=%u ssub=%u multi=%d qbuf=%zu qbuf-free=%zu argv-mem=%zu multi-mem=%zu rbs=%zu "
        "rbp=%zu obl=0 oll=%zu omem=%zu tot-mem=%zu events=%s cmd=%s user=%.*s redir=%lld resp=%d "
        "lib-name=%.*s lib-ver=%.*s",
        (unsigned long long)session->id, t ? t->peer : "", t ? t->local : "", t ? t->fd : -1,
        SLICE_ARG(session->name), (long long)((now_ms - session->created_ms) / 1000),
        (long long)((now_ms - session->active_ms) / 1000), (int)flags_len, flags, session->db,
        redis_subscription_count(session) - redis_pattern_count(session),
        redis_pattern_count(session), redis_shard_count(session),
        session->flags & REDIS_SESSION_MULTI ? (int)session->queued_count : -1,
        redis_client_query_buffer(session), (size_t)0, redis_client_argv_memory(session),
        session->queued_bytes, (size_t)1024, (size_t)0, t ? outq_chunk_count(&t->out) : 0,
        t ? outq_memory(&t->out) : 0, redis_client_memory(session), "r",
        session->last_command ? session->last_command->full_name : "NULL", SLICE_ARG(user),
        (long long)redis_tracking_redirect(session), session->reply.resp,
        SLICE_ARG(session->library_name), SLICE_ARG(session->library_version));
}
