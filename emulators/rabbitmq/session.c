#include "emulators/rabbitmq/session.h"

#include <stdio.h>

#include "emulators/fault_gate.h"
#include "emulators/rabbitmq/channel_session.h"
#include "emulators/rabbitmq/fault.h"
#include "emulators/rabbitmq/handshake.h"
#include "emulators/rabbitmq/heartbeat.h"
#include "emulators/rabbitmq/refusal.h"

/* Bytes still to come of a body for which reading them apart is worth the trouble. */
#define APART_MIN 8192u

/* Deliveries of a queue are written in batches of so much: few calls, and what is copied for them stays in the
 * processor's cache. */
#define BATCH_BYTES (256u << 10)

/* A client that does not come in by then has no intention to. */
#define HANDSHAKE_US 10000000

/* How long connection.close-ok is waited for, at most; a shorter heartbeat is the limit. */
#define CLOSING_MAX_S 30

/* ---- output */

struct outq *rabbit_connection_out(struct rabbit_connection *connection)
{
    struct fault_gate *gate = connection->gate;
    /* What comes while a reply drips must not overtake it. */
    bool gated = gate && (connection->captured || (gate->waiting && outq_len(&gate->reply) > 0));
    return gated ? &gate->reply : &connection->transport->out;
}

bool rabbit_connection_set(struct rabbit_connection *connection, struct slice *field,
                           struct slice bytes)
{
    struct heap *heap = connection->rabbit->host.heap;
    bool ok = true;
    struct slice copy = rabbit_slice_dup(heap, bytes, &ok);
    if (!ok)
        return false;
    rabbit_slice_free(heap, *field);
    *field = copy;
    return true;
}

/* ---- ends */

static bool takes_input(const struct rabbit_connection *connection)
{
    return !connection->blocked && !connection->faulty;
}

void rabbit_connection_resume(struct rabbit_connection *connection)
{
    if (takes_input(connection))
        transport_resume(connection->transport);
}

static void drop_channels(struct rabbit_connection *connection)
{
    while (connection->channel_count)
        rabbit_channel_session_destroy(connection->channels[connection->channel_count - 1]);
}

static void say_close(struct rabbit_connection *connection, const struct rabbit_error *error,
                      uint32_t cause)
{
    uint16_t heartbeat_s = connection->heartbeat_s;
    int64_t patience_s = heartbeat_s && heartbeat_s < CLOSING_MAX_S ? heartbeat_s : CLOSING_MAX_S;
    struct amqp_connection_close close = {
        .reply_code = error->code,
        .reply_text = slice_str(error->text),
        .class_id = AMQP_CLASS_OF(cause),
        .method_id = AMQP_METHOD_OF(cause),
    };
    rabbit_send(connection, 0, AMQP_CONNECTION_CLOSE, &close);
    connection->phase = RABBIT_PHASE_CLOSING;
    rabbit_connection_expire(connection, patience_s * 1000000);
    connection->blocked = connection->faulty = false; /* close-ok has to come through */
    rabbit_connection_resume(connection);
    transport_wake(connection->transport);
}

void rabbit_connection_leave(struct rabbit_connection *connection)
{
    drop_channels(connection);
    rabbit_peer_leave(&connection->peer);
    rabbit_deliver(connection->rabbit);
}

/* The broker ends it; leaving is the broker's part. */
static void peer_close(struct rabbit_peer *peer, enum rabbit_reply_code code, const char *text)
{
    struct rabbit_connection *connection = (struct rabbit_connection *)(void *)peer;
    struct rabbit_error error;
    rabbit_fail(&error, code, "%s", text);
    drop_channels(connection);
    say_close(connection, &error, 0);
}

void rabbit_connection_enter(struct rabbit_connection *connection, struct rabbit_vhost *vhost)
{
    connection->peer.close = peer_close;
    rabbit_peer_enter(&connection->peer, vhost, connection->id);
}

void rabbit_connection_fail(struct rabbit_connection *connection, const struct rabbit_error *error,
                            uint32_t cause)
{
    if (connection->phase >= RABBIT_PHASE_CLOSING)
        return;
    rabbit_confirms_flush_all(connection);
    rabbit_connection_leave(connection);
    say_close(connection, error, cause);
}

void rabbit_connection_refuse(struct rabbit_connection *connection)
{
    connection->phase = RABBIT_PHASE_CLOSED;
    rabbit_connection_expire(connection, RABBIT_PATIENCE_US);
}

void rabbit_connection_drop(struct rabbit_connection *connection)
{
    connection->phase = RABBIT_PHASE_CLOSED;
    rabbit_connection_leave(connection);
    transport_drop(connection->transport);
}

void rabbit_connection_force(struct rabbit_connection *connection, const char *why)
{
    if (connection->phase >= RABBIT_PHASE_CLOSING)
        return;
    if (connection->phase < RABBIT_PHASE_RUNNING) {
        rabbit_connection_drop(connection);
        return;
    }
    struct rabbit_error error;
    rabbit_fail(&error, RABBIT_CONNECTION_FORCED, "%s", why);
    rabbit_connection_fail(connection, &error, 0);
}

/* ---- input */

/* Before it is let in nobody is told what was wrong. */
static void fail_frame(struct rabbit_connection *connection, const struct rabbit_error *error)
{
    if (connection->phase < RABBIT_PHASE_OPENING)
        rabbit_connection_refuse(connection);
    else
        rabbit_connection_fail(connection, error, 0);
}

/* Nothing that follows can be read, close-ok neither. */
static void take_malformed(struct rabbit_connection *connection, const struct amqp_frame *frame)
{
    struct rabbit_error error;
    if (connection->decoder.error == AMQP_DECODE_BAD_HEADER) {
        amqp_put_protocol_header(rabbit_connection_out(connection));
        transport_close(connection->transport);
    } else if (connection->phase != RABBIT_PHASE_CLOSING) {
        rabbit_refuse_malformed(&connection->decoder, frame, &error);
        fail_frame(connection, &error);
    }
    connection->phase = RABBIT_PHASE_CLOSED;
}

static enum rabbit_progress take_control_frame(struct rabbit_connection *connection,
                                               const struct amqp_frame *frame)
{
    struct rabbit_error error;
    if (frame->type == AMQP_FRAME_METHOD && frame->payload.len >= 4)
        return rabbit_handshake_method(connection, frame);
    if (frame->type == AMQP_FRAME_HEARTBEAT && frame->payload.len == 0)
        return RABBIT_TAKEN;
    if (frame->type == AMQP_FRAME_HEADER || frame->type == AMQP_FRAME_BODY)
        rabbit_refuse_unexpected(frame, &error);
    else
        rabbit_refuse_frame(frame, &error);
    if (connection->phase != RABBIT_PHASE_CLOSING)
        fail_frame(connection, &error);
    return RABBIT_TAKEN;
}

static enum rabbit_progress take_frame(struct rabbit_connection *connection,
                                       const struct amqp_frame *frame)
{
    connection->command_bytes = frame->payload.len + AMQP_FRAME_OVERHEAD;
    if (frame->channel == 0)
        return take_control_frame(connection, frame);
    if (connection->phase == RABBIT_PHASE_CLOSING)
        return RABBIT_TAKEN;
    if (connection->phase == RABBIT_PHASE_RUNNING)
        return rabbit_channel_session_frame(connection, frame);
    rabbit_connection_refuse(connection);
    return RABBIT_TAKEN;
}

/* A long body of which the head has come: the rest is read to where it belongs. Returns the bytes taken. */
static size_t set_apart(struct rabbit_connection *connection, struct slice in)
{
    struct amqp_decoder *decoder = &connection->decoder;
    struct transport_landing *landing = &connection->transport->landing;
    if (connection->phase != RABBIT_PHASE_RUNNING || decoder->type != AMQP_FRAME_BODY ||
        amqp_decoder_missing(decoder) < APART_MIN)
        return 0;
    uint8_t *to = rabbit_channel_session_room(connection, decoder->channel, decoder->size);
    if (!to)
        return 0;
    *landing = (struct transport_landing){to, decoder->size};
    amqp_decoder_set_apart(decoder, slice_of(to, decoder->size));
    return AMQP_FRAME_HEAD + transport_land(connection->transport, slice_from(in, AMQP_FRAME_HEAD));
}

void rabbit_connection_forget_payload(struct rabbit_connection *connection, uint16_t channel)
{
    struct amqp_decoder *decoder = &connection->decoder;
    if (decoder->apart && decoder->channel == channel) {
        connection->transport->landing.to = NULL;
        decoder->payload = slice_of(NULL, 0);
    }
}

/* Takes one frame; returns the bytes that it was, 0: there is none, or it waits. */
static size_t take_next(struct rabbit_connection *connection, struct slice in)
{
    struct amqp_frame frame;
    size_t used = 0;
    enum rabbit_progress progress = RABBIT_TAKEN;
    enum amqp_status status = amqp_frame_decode(&connection->decoder, in, &frame, &used);
    if (status == AMQP_NEED_MORE)
        return set_apart(connection, in);
    if (status == AMQP_MALFORMED)
        take_malformed(connection, &frame);
    else if (status == AMQP_PROTOCOL_HEADER)
        rabbit_handshake_begin(connection);
    else
        progress = take_frame(connection, &frame);
    if (status == AMQP_MALFORMED)
        return in.len; /* nothing more can be read */
    return progress == RABBIT_TAKEN ? used : 0;
}

static size_t session_input(void *context, struct slice in)
{
    struct rabbit_connection *connection = context;
    struct transport *transport = connection->transport;
    size_t taken = transport_land(transport, in);
    while (taken < in.len && takes_input(connection) && connection->phase != RABBIT_PHASE_CLOSED) {
        size_t used = take_next(connection, slice_from(in, taken));
        taken += used;
        if (!used || outq_len(&transport->out) >= transport->high_water)
            break;
    }
    rabbit_confirms_flush_all(connection);
    rabbit_channel_sessions_leave(connection);
    if (connection->phase == RABBIT_PHASE_CLOSED)
        return in.len;
    if (!takes_input(connection))
        transport_pause(transport);
    transport->expected = amqp_decoder_missing(&connection->decoder);
    return taken;
}

static void session_drained(void *context)
{
    struct rabbit_connection *connection = context;
    for (uint32_t i = 0; i < connection->channel_count; i++)
        rabbit_channel_resume(&connection->channels[i]->engine);
    rabbit_deliver(connection->rabbit);
}

static void session_closed(void *context)
{
    rabbit_connection_destroy(context);
}

const struct session_ops rabbit_session_ops = {session_input, session_closed, session_drained,
                                               NULL};

/* ---- coming and going */

static void link_connection(struct rabbit_connection *connection)
{
    struct rabbit *rabbit = connection->rabbit;
    connection->id = ++rabbit->last_connection;
    ring_push_back(&rabbit->connections, &connection->link);
    rabbit->connection_count++;
    rabbit->stats.connections_opened++;
    connection->connected_ms = rabbit_now_ms(rabbit);
    rabbit_heartbeats_run(rabbit);
}

static void unlink_connection(struct rabbit_connection *connection)
{
    struct rabbit *rabbit = connection->rabbit;
    ring_remove(&connection->link);
    rabbit->connection_count--;
    rabbit->stats.connections_closed++;
}

struct rabbit_connection *rabbit_connection_create(struct rabbit *rabbit,
                                                   struct transport *transport)
{
    struct rabbit_connection *connection = heap_zalloc(rabbit->host.heap, sizeof(*connection));
    if (!connection)
        return NULL;
    connection->rabbit = rabbit;
    connection->transport = transport;
    transport->high_water = BATCH_BYTES;
    ring_init(&connection->link);
    ring_init(&connection->confirming);
    ring_init(&connection->leaving);
    amqp_decoder_init(&connection->decoder);
    snprintf(connection->name, sizeof(connection->name), "%s -> %s", transport->peer,
             transport->local);
    link_connection(connection);
    rabbit_connection_expire(connection, HANDSHAKE_US);
    return connection;
}

void rabbit_connection_destroy(struct rabbit_connection *connection)
{
    struct rabbit *rabbit = connection->rabbit;
    struct heap *heap = rabbit->host.heap;
    rabbit_connection_leave(connection);
    fault_gate_destroy(connection->gate);
    rabbit_slice_free(heap, connection->user);
    rabbit_slice_free(heap, connection->mechanism);
    rabbit_slice_free(heap, connection->client_properties);
    heap_free(heap, connection->channels,
              connection->channel_room * sizeof(struct rabbit_channel_session *));
    unlink_connection(connection);
    heap_free(heap, connection, sizeof(*connection));
}

struct rabbit_connection *rabbit_connection_find(struct rabbit *rabbit, uint64_t id)
{
    struct ring *all = &rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next) {
        struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        if (connection->id == id && connection->phase == RABBIT_PHASE_RUNNING)
            return connection;
    }
    return NULL;
}

void rabbit_connection_move(struct rabbit_connection *connection, struct rabbit *to)
{
    unlink_connection(connection);
    connection->rabbit = to;
    if (connection->gate)
        connection->gate->host = &to->host;
    link_connection(connection);
}

void rabbit_connections_rewound(struct rabbit *rabbit)
{
    struct ring *all = &rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next) {
        struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        for (uint32_t i = 0; i < connection->channel_count; i++)
            rabbit_tx_clear(connection->channels[i]);
    }
}
