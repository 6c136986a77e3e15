#include "emulators/redis/session.h"

#include "common/assert.h"
#include "emulators/redis/acl.h"
#include "emulators/redis/block.h"
#include "emulators/redis/client.h"
#include "emulators/redis/monitor.h"
#include "emulators/redis/pubsub.h"
#include "emulators/redis/script.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/transaction.h"
#include "emulators/redis/watch.h"

/* ---- commands kept for later */

struct redis_queued *redis_queued_create(struct heap *heap, const struct redis_command_info *info,
                                         const struct slice *argv, uint32_t argc)
{
    size_t size = sizeof(struct redis_queued) + argc * sizeof(struct slice);
    for (uint32_t i = 0; i < argc; i++)
        size += argv[i].len;
    struct redis_queued *queued = heap_alloc(heap, size);
    if (!queued)
        return NULL;
    *queued = (struct redis_queued){.info = info, .size = size, .argc = argc};
    uint8_t *at = (uint8_t *)(queued->argv + argc);
    for (uint32_t i = 0; i < argc; i++) {
        if (argv[i].len)
            memcpy(at, argv[i].ptr, argv[i].len);
        queued->argv[i] = slice_of(at, argv[i].len);
        at += argv[i].len;
    }
    return queued;
}

void redis_queued_destroy(struct heap *heap, struct redis_queued *queued)
{
    if (queued)
        heap_free(heap, queued, queued->size);
}

bool redis_session_set_field(struct redis_session *session, struct slice *field, struct slice bytes)
{
    struct heap *heap = session->redis->host.heap;
    uint8_t *copy = bytes.len ? heap_alloc(heap, bytes.len) : NULL;
    if (bytes.len && !copy)
        return false;
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    heap_free(heap, (void *)(uintptr_t)field->ptr, field->len);
    *field = slice_of(copy, bytes.len);
    return true;
}

/* ---- input */

/* A client that waits, or whose command waits for the end of a pause, sends no further command. */
static bool takes_input(const struct redis_session *session)
{
    return !(session->flags & (REDIS_SESSION_BLOCKED | REDIS_SESSION_PAUSED | REDIS_SESSION_BUSY |
                               REDIS_SESSION_CLOSING));
}

static void protocol_error(struct redis_session *session)
{
    redis_reply_errorf(&session->reply, "ERR Protocol error: %s", session->decoder.error);
    session->redis->stats.error_replies++;
    redis_session_kill(session, true);
}

/* Whoever is not authenticated may send small commands only. */
static bool is_trusted(const struct redis_session *session)
{
    return session->flags & REDIS_SESSION_AUTHENTICATED ||
           redis_acl_anyone_may_enter(session->redis);
}

static size_t session_input(void *context, struct slice in)
{
    struct redis_session *session = context;
    struct resp_decoder *decoder = &session->decoder;
    size_t taken = 0;
    session->redis->measured_us = 0;
    while (taken < in.len && takes_input(session)) {
        size_t used;
        decoder->authenticated = is_trusted(session);
        switch (resp_decode(decoder, slice_from(in, taken), &used)) {
        case RESP_COMMAND:
            session->input_len = in.len - taken;
            redis_dispatch(session, decoder->argv, decoder->argc);
            break;
        case RESP_EMPTY: break;
        case RESP_NEED_MORE: goto out;
        case RESP_MALFORMED: protocol_error(session); return in.len;
        }
        taken += used;
    }
out:
    session->input_len = in.len - taken;
    if (!takes_input(session) && !(session->flags & REDIS_SESSION_CLOSING))
        transport_pause(session->transport);
    session->redis->stats.net_in += taken;
    session->redis->stats.reads++;
    redis_check_buffer_limits(session);
    return session->flags & REDIS_SESSION_CLOSING ? in.len : taken;
}

void redis_session_resume(struct redis_session *session)
{
    if (session->transport && takes_input(session))
        transport_resume(session->transport);
}

void redis_session_wake(struct redis_session *session)
{
    if (!session->transport)
        return;
    redis_check_buffer_limits(session);
    transport_wake(session->transport);
}

/* ---- coming and going */

struct redis_session *redis_session_create(struct redis *redis, struct transport *transport)
{
    struct redis_session *session = heap_zalloc(redis->host.heap, sizeof(*session));
    if (!session)
        return NULL;
    session->redis = redis;
    session->transport = transport;
    session->id = ++redis->next_session_id;
    session->created_ms = session->active_ms = redis_now_ms(redis);
    session->reply.resp = 2;
    session->reply.out = transport ? &transport->out : &session->discarded;
    if (!transport)
        session->flags |= REDIS_SESSION_FAKE;
    resp_decoder_init(&session->decoder);
    arena_init(&session->arena);
    redis_acl_new_session(session);
    session->prev = redis->last_session;
    if (session->prev)
        session->prev->next = session;
    else
        redis->first_session = session;
    redis->last_session = session;
    redis->session_count++;
    return session;
}

void redis_session_destroy(struct redis_session *session)
{
    struct redis *redis = session->redis;
    ASSERT(!(session->flags & REDIS_SESSION_IN_CALL));
    redis_block_cancel(session);
    redis_unpause_session(session);
    redis_unwatch_all(session);
    redis_transaction_discard(session);
    redis_unsubscribe_all(session);
    redis_tracking_stop(session);
    redis_monitor_stop(session);
    redis_session_set_field(session, &session->name, slice_of(NULL, 0));
    redis_session_set_field(session, &session->library_name, slice_of(NULL, 0));
    redis_session_set_field(session, &session->library_version, slice_of(NULL, 0));
    resp_decoder_done(&session->decoder);
    arena_done(&session->arena);
    outq_done(&session->discarded);
    *(session->prev ? &session->prev->next : &redis->first_session) = session->next;
    *(session->next ? &session->next->prev : &redis->last_session) = session->prev;
    redis->session_count--;
    redis->stats.net_out += session->transport ? session->transport->bytes_out : 0;
    heap_free(redis->host.heap, session, sizeof(*session));
}

static void session_closed(void *context)
{
    struct redis_session *session = context;
    if (!redis_script_orphan(session))
        redis_session_destroy(session);
}

void redis_session_kill(struct redis_session *session, bool after_replies)
{
    session->flags |= REDIS_SESSION_CLOSING;
    if (!session->transport)
        return;
    if (after_replies)
        transport_close(session->transport);
    else
        transport_abort(session->transport);
}

struct redis_session *redis_session_find(struct redis *redis, uint64_t id)
{
    for (struct redis_session *session = redis->first_session; session; session = session->next)
        if (session->id == id)
            return session;
    return NULL;
}

const struct session_ops redis_session_ops = {session_input, session_closed, NULL};
