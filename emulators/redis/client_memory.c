#include "emulators/redis/client_memory.h"

/* Clients below this size are all alike, 32 KiB. */
#define CLASS_MIN 15u

/* ---- counting */

void redis_client_count(struct redis_session *session)
{
    struct redis *redis = session->redis;
    session->counted = true;
    redis->session_memory += session->heap_bytes;
    transport_count_in(session->transport, &redis->transport_memory);
}

void redis_client_uncount(struct redis_session *session)
{
    if (!session->counted)
        return;
    session->counted = false;
    session->redis->session_memory -= session->heap_bytes;
    transport_count_in(session->transport, NULL);
}

void redis_client_holds(struct redis_session *session, size_t more)
{
    session->heap_bytes += more;
    if (session->counted)
        session->redis->session_memory += more;
}

void redis_client_drops(struct redis_session *session, size_t less)
{
    session->heap_bytes -= less;
    if (session->counted)
        session->redis->session_memory -= less;
}

/* Input that is being executed may not be in the transport's buffer. */
static size_t input_of(const struct redis_session *session)
{
    size_t kept = session->transport ? readbuf_rest(&session->transport->kept).len : 0;
    bool running = session->flags & REDIS_SESSION_IN_CALL;
    return running && session->input_len > kept ? session->input_len : kept;
}

size_t redis_client_memory(const struct redis_session *session)
{
    const struct transport *t = session->transport;
    size_t input = input_of(session);
    if (!t)
        return session->heap_bytes;
    return session->heap_bytes + (input > t->kept.room ? input : t->kept.room) +
           outq_memory(&t->out);
}

size_t redis_clients_memory(const struct redis *redis)
{
    return redis->session_memory + redis->transport_memory;
}

size_t redis_client_query_buffer(const struct redis_session *session)
{
    bool running = session->flags & REDIS_SESSION_IN_CALL;
    size_t input = input_of(session);
    return running ? input : resp_decoder_unparsed(&session->decoder, input);
}

size_t redis_client_argv_memory(const struct redis_session *session)
{
    return input_of(session) - redis_client_query_buffer(session);
}

/* ---- maxmemory-clients */

/* SIZE_MAX: there is no limit. */
static size_t limit_of(const struct redis *redis)
{
    int64_t limit = redis->config.maxmemory_clients;
    if (limit < 0)
        limit = (int64_t)((double)redis->config.maxmemory * (double)-limit / 100);
    return limit ? (size_t)limit : SIZE_MAX;
}

static unsigned class_of(const struct redis_session *session)
{
    unsigned class = 63u - (unsigned)__builtin_clzll(redis_client_memory(session) | 1);
    return class < CLASS_MIN ? CLASS_MIN : class;
}

static void evict_class(struct redis *redis, unsigned class)
{
    for (struct redis_session *s = redis->first_session; s; s = s->next) {
        if (redis_clients_memory(redis) < limit_of(redis))
            return;
        if (!s->counted || s->flags & REDIS_SESSION_NO_EVICT || class_of(s) != class)
            continue;
        redis_session_kill(s, false);
        redis->stats.evicted_clients++;
    }
}

void redis_evict_clients(struct redis *redis)
{
    for (unsigned class = 63; class >= CLASS_MIN; class --) {
        if (redis_clients_memory(redis) < limit_of(redis))
            return;
        evict_class(redis, class);
    }
}

static bool evict_when_idle(struct reactor_idle *idle)
{
    redis_evict_clients((struct redis *)((char *)idle - offsetof(struct redis, client_evictor)));
    return false;
}

void redis_client_evictor_init(struct redis *redis)
{
    redis->client_evictor.run = evict_when_idle;
}

void redis_limit_clients(struct redis *redis, size_t arriving)
{
    if (redis_clients_memory(redis) + arriving < limit_of(redis))
        return;
    if (redis->host.reactor)
        reactor_idle_start(redis->host.reactor, &redis->client_evictor);
    else
        redis_evict_clients(redis);
}

void redis_client_set_high_water(struct redis_session *session)
{
    const struct redis_config *config = &session->redis->config;
    bool pubsub = session->flags & REDIS_SESSION_PUBSUB;
    const struct redis_buffer_limit *limit = &config->buffer_limit[pubsub ? 2 : 0];
    bool closes = limit->hard || limit->soft || limit_of(session->redis) != SIZE_MAX;
    if (!session->transport)
        return;
    session->transport->high_water = closes ? SIZE_MAX : TRANSPORT_HIGH_WATER;
    session->transport->ahead_max = config->client_query_buffer_limit;
}
