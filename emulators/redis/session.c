#include "emulators/redis/session.h"

#include "common/assert.h"
#include "emulators/redis/acl.h"
#include "emulators/redis/block.h"
#include "emulators/redis/client.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/fault.h"
#include "emulators/redis/monitor.h"
#include "emulators/redis/pubsub.h"
#include "emulators/redis/script.h"
#include "emulators/redis/session_ahead.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/transaction.h"
#include "emulators/redis/watch.h"
#include "emulators/redis/world.h"

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
    redis_client_drops(session, field->len);
    redis_client_holds(session, bytes.len);
    *field = slice_of(copy, bytes.len);
    return true;
}

/* ---- input */

/* Waiting output is looked at within a pipeline from here on. */
#define MUCH_TO_SEND 16384u

/* A client that waits, or whose command waits for the end of a pause, sends no further command. */
static bool takes_input(const struct redis_session *session)
{
    return !(session->flags & (REDIS_SESSION_BLOCKED | REDIS_SESSION_PAUSED | REDIS_SESSION_BUSY |
                               REDIS_SESSION_FAULT | REDIS_SESSION_CLOSING));
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

/* False when the command has to wait, and is not consumed yet. */
static bool serve(struct redis_session *session, struct slice *argv, uint32_t argc)
{
    const struct fault_rules *faults = session->redis->host.faults;
    redis_world_enter(session, argv, argc);
    if (__builtin_expect(faults && (faults->count || session->gate), 0))
        return redis_fault_dispatch(session, argv, argc);
    redis_dispatch(session, argv, argc);
    return true;
}

/* A pipeline of small requests may ask for any amount: it goes on when the client has read, unless
 * it is over its limits, which end it. */
static bool has_much_to_send(struct redis_session *session)
{
    size_t waiting = outq_len(&session->transport->out);
    if (__builtin_expect(waiting < MUCH_TO_SEND, 1))
        return false;
    redis_check_buffer_limits(session);
    return !takes_input(session) || waiting >= session->transport->high_water;
}

/* Executes what was decoded ahead; returns the bytes it was. A client that takes no more requests, or
 * is trusted otherwise than when they were decoded, has the others decoded again later. */
static size_t execute_ahead(struct redis_session *session, struct slice in, bool *out_stopped)
{
    struct redis *redis = session->redis;
    struct redis_ahead *ahead = redis->ahead;
    size_t taken = 0;
    redis_ahead_fetch(ahead);
    for (uint32_t i = 0; i < ahead->count && !*out_stopped; i++) {
        struct redis_ahead_request *request = &ahead->requests[i];
        session->input_len = in.len - taken;
        session->command_bytes = request->end - taken;
        if (!request->argc || serve(session, request->argv, request->argc))
            taken = request->end;
        *out_stopped = !takes_input(session) || session->redis != redis ||
                       has_much_to_send(session) ||
                       is_trusted(session) != session->decoder.authenticated;
    }
    if (*out_stopped)
        resp_decoder_restart(&session->decoder);
    return taken;
}

/* Executes the complete requests of the input; returns the bytes they were. */
static size_t execute_all(struct redis_session *session, struct slice in)
{
    struct resp_decoder *decoder = &session->decoder;
    size_t taken = 0;
    while (taken < in.len && takes_input(session)) {
        struct redis *redis = session->redis; /* a command may move the client to another */
        bool stopped = false;
        struct slice rest = slice_from(in, taken);
        decoder->authenticated = is_trusted(session);
        uint32_t most = decoder->authenticated ? REDIS_AHEAD_REQUESTS : 1;
        enum resp_status status =
            redis_ahead_decode(redis->ahead, decoder, rest, most, &redis->dbs[session->db]);
        taken += execute_ahead(session, rest, &stopped);
        if (!stopped && status == RESP_MALFORMED)
            protocol_error(session);
        if (stopped ? has_much_to_send(session) : status == RESP_NEED_MORE)
            break;
    }
    return taken;
}

static size_t session_input(void *context, struct slice in)
{
    struct redis_session *session = context;
    session->redis->measured_us = 0;
    size_t taken = execute_all(session, in);
    session->input_len = in.len - taken;
    if (!takes_input(session) && !(session->flags & REDIS_SESSION_CLOSING))
        transport_pause(session->transport);
    session->redis->stats.net_in += taken;
    session->redis->stats.reads++;
    redis_check_buffer_limits(session);
    session->transport->expected = resp_decoder_missing(&session->decoder);
    redis_limit_clients(session->redis, session->input_len + session->transport->expected);
    if (session->input_len > session->redis->config.client_query_buffer_limit)
        redis_session_kill(session, false);
    return session->flags & REDIS_SESSION_CLOSING ? in.len : taken;
}

/* A pipeline looks ahead by itself. */
#define PEEK_MAX 256

static void session_arrival(void *context, struct slice in)
{
    struct redis_session *session = context;
    struct resp_decoder *decoder = &session->decoder;
    struct redis *redis = session->redis;
    size_t used;
    if (in.len > PEEK_MAX || decoder->scanned)
        return;
    decoder->authenticated = is_trusted(session);
    if (resp_decode(decoder, in, &used) == RESP_COMMAND)
        redis_ahead_hint(redis->ahead, &redis->dbs[session->db], decoder->argv, decoder->argc);
    resp_decoder_restart(decoder);
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
    redis_limit_clients(session->redis, 0);
    transport_wake(session->transport);
}

void redis_session_served(struct redis_session *session)
{
    redis_fault_finish(session);
    redis_session_wake(session);
    redis_session_resume(session);
}

/* ---- coming and going */

static void link_session(struct redis_session *session)
{
    struct redis *redis = session->redis;
    session->prev = redis->last_session;
    session->next = NULL;
    *(session->prev ? &session->prev->next : &redis->first_session) = session;
    redis->last_session = session;
    redis->session_count++;
}

static void unlink_session(struct redis_session *session)
{
    struct redis *redis = session->redis;
    *(session->prev ? &session->prev->next : &redis->first_session) = session->next;
    *(session->next ? &session->next->prev : &redis->last_session) = session->prev;
    redis->session_count--;
}

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
    link_session(session);
    session->heap_bytes = sizeof(*session);
    if (transport) {
        redis_client_count(session);
        redis_client_set_high_water(session);
    }
    return session;
}

void redis_session_move(struct redis_session *session, struct redis *to)
{
    redis_transaction_discard(session);
    redis_unsubscribe_all(session);
    redis_tracking_stop(session);
    redis_monitor_stop(session);
    redis_client_uncount(session);
    unlink_session(session);
    session->redis = to;
    session->db = 0;
    if (session->gate)
        session->gate->host = &to->host;
    to->measured_us = 0;
    link_session(session);
    redis_client_count(session);
    redis_acl_new_session(session);
    redis_start_cron(to);
}

void redis_session_destroy(struct redis_session *session)
{
    struct redis *redis = session->redis;
    ASSERT(!(session->flags & REDIS_SESSION_IN_CALL));
    redis_client_uncount(session);
    redis_block_cancel(session);
    redis_unpause_session(session);
    redis_unwatch_all(session);
    redis_transaction_discard(session);
    redis_unsubscribe_all(session);
    redis_tracking_stop(session);
    redis_monitor_stop(session);
    fault_gate_destroy(session->gate);
    redis_session_set_field(session, &session->name, slice_of(NULL, 0));
    redis_session_set_field(session, &session->library_name, slice_of(NULL, 0));
    redis_session_set_field(session, &session->library_version, slice_of(NULL, 0));
    resp_decoder_done(&session->decoder);
    arena_done(&session->arena);
    outq_done(&session->discarded);
    unlink_session(session);
    redis->stats.net_out += session->transport ? session->transport->bytes_out : 0;
    heap_free(redis->host.heap, session, sizeof(*session));
}

static void session_closed(void *context)
{
    struct redis_session *session = context;
    redis_client_uncount(session);
    if (!redis_script_orphan(session))
        redis_session_destroy(session);
}

void redis_session_kill(struct redis_session *session, bool after_replies)
{
    session->flags |= REDIS_SESSION_CLOSING;
    if (!session->transport)
        return;
    if (after_replies) {
        transport_close(session->transport);
    } else {
        redis_client_uncount(session);
        transport_drop(session->transport);
    }
}

struct redis_session *redis_session_find(struct redis *redis, uint64_t id)
{
    for (struct redis_session *session = redis->first_session; session; session = session->next)
        if (session->id == id && !redis_session_is_gone(session))
            return session;
    return NULL;
}

const struct session_ops redis_session_ops = {session_input, session_closed, NULL, session_arrival};
