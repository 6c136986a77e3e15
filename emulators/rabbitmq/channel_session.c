#include "emulators/rabbitmq/channel_session.h"

#include "emulators/rabbitmq/connection_blocked.h"
#include "emulators/rabbitmq/delivery.h"
#include "emulators/rabbitmq/fault.h"
#include "emulators/rabbitmq/method_table.h"
#include "emulators/rabbitmq/record.h"
#include "emulators/rabbitmq/refusal.h"
#include "emulators/rabbitmq/reply_to.h"
#include "emulators/rabbitmq/user_limit.h"

/* ---- channels by number */

/* Where a channel of that number is, or would be. */
static uint32_t find_place(const struct rabbit_connection *connection, uint16_t number)
{
    uint32_t low = 0, high = connection->channel_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (connection->channels[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The channel of that number, NULL when there is none. */
static struct rabbit_channel_session *find_channel(struct rabbit_connection *connection,
                                                   uint16_t number)
{
    struct rabbit_channel_session *last = connection->last_channel;
    if (last && last->number == number)
        return last;
    uint32_t place = find_place(connection, number);
    if (place == connection->channel_count || connection->channels[place]->number != number)
        return NULL;
    return connection->last_channel = connection->channels[place];
}

static bool make_room(struct rabbit_connection *connection)
{
    if (connection->channel_count < connection->channel_room)
        return true;
    uint32_t room = connection->channel_room ? 2 * connection->channel_room : 4;
    struct rabbit_channel_session **channels =
        heap_realloc(connection->rabbit->host.heap, connection->channels,
                     connection->channel_room * sizeof(*channels), room * sizeof(*channels));
    if (!channels)
        return false;
    connection->channels = channels;
    connection->channel_room = room;
    return true;
}

static struct rabbit_channel_session *create(struct rabbit_connection *connection, uint16_t number)
{
    struct rabbit_channel_session *channel =
        make_room(connection) ? heap_zalloc(connection->rabbit->host.heap, sizeof(*channel)) : NULL;
    if (!channel)
        return NULL;
    rabbit_channel_init(&channel->engine, connection->peer.vhost, &rabbit_delivery_ops,
                        connection->id);
    channel->connection = connection;
    channel->number = number;
    ring_init(&channel->confirms.link);
    ring_init(&channel->leave_link);
    uint32_t place = find_place(connection, number);
    memmove(connection->channels + place + 1, connection->channels + place,
            (connection->channel_count - place) * sizeof(struct rabbit_channel_session *));
    connection->channels[place] = channel;
    connection->channel_count++;
    return channel;
}

/* Gives up all that the channel holds. */
static void stop(struct rabbit_channel_session *channel)
{
    if (channel->closing)
        return;
    channel->closing = true;
    channel->engine.flow_stopped = true;
    rabbit_content_clear(channel);
    rabbit_tx_clear(channel);
    rabbit_reply_cancel(channel);
    ring_remove(&channel->confirms.link);
    rabbit_channel_done(&channel->engine);
}

void rabbit_channel_session_destroy(struct rabbit_channel_session *channel)
{
    struct rabbit_connection *connection = channel->connection;
    stop(channel);
    ring_remove(&channel->leave_link);
    uint32_t place = find_place(connection, channel->number);
    connection->channel_count--;
    memmove(connection->channels + place, connection->channels + place + 1,
            (connection->channel_count - place) * sizeof(struct rabbit_channel_session *));
    if (connection->last_channel == channel)
        connection->last_channel = NULL;
    heap_free(connection->rabbit->host.heap, channel, sizeof(*channel));
}

/* ---- ends */

void rabbit_channel_session_fail(struct rabbit_channel_session *channel,
                                 const struct rabbit_error *error, uint32_t cause)
{
    struct rabbit_connection *connection = channel->connection;
    if (connection->phase != RABBIT_PHASE_RUNNING)
        return;
    if (rabbit_reply_is_hard(error->code)) {
        rabbit_connection_fail(connection, error, cause);
        return;
    }
    rabbit_confirms_flush(channel);
    struct amqp_channel_close close = {
        .reply_code = error->code,
        .reply_text = slice_str(error->text),
        .class_id = AMQP_CLASS_OF(cause),
        .method_id = AMQP_METHOD_OF(cause),
    };
    rabbit_channel_send(channel, AMQP_CHANNEL_CLOSE, &close);
    stop(channel);
}

/* The client's channel.close. */
static void close_channel(struct rabbit_channel_session *channel)
{
    rabbit_confirms_flush(channel);
    stop(channel);
    ring_push_back(&channel->connection->leaving, &channel->leave_link);
}

void rabbit_channel_sessions_leave(struct rabbit_connection *connection)
{
    while (!ring_empty(&connection->leaving)) {
        struct rabbit_channel_session *channel =
            RING_OWNER(connection->leaving.next, struct rabbit_channel_session, leave_link);
        uint16_t number = channel->number;
        rabbit_channel_session_destroy(channel);
        rabbit_send(connection, number, AMQP_CHANNEL_CLOSE_OK, NULL);
    }
}

static void fail_command(struct rabbit_connection *connection, enum rabbit_reply_code code,
                         const char *text, uint32_t cause)
{
    struct rabbit_error error;
    rabbit_fail(&error, code, "%s", text);
    rabbit_connection_fail(connection, &error, cause);
}

/* ---- channel.open */

static void open_channel(struct rabbit_connection *connection, uint16_t number)
{
    struct rabbit_error error;
    if (connection->channel_max && connection->channel_count >= connection->channel_max) {
        rabbit_fail(&error, RABBIT_NOT_ALLOWED,
                    "number of channels opened (%u) has reached the negotiated channel_max (%u)",
                    connection->channel_count, connection->channel_max);
        rabbit_connection_fail(connection, &error, 0);
        return;
    }
    if (!rabbit_user_limit_channel(connection, &error)) {
        rabbit_connection_fail(connection, &error, 0);
        return;
    }
    if (!create(connection, number)) {
        rabbit_fail_memory(&error);
        rabbit_connection_fail(connection, &error, AMQP_CHANNEL_OPEN);
        return;
    }
    struct amqp_channel_open_ok ok = {0};
    rabbit_send(connection, number, AMQP_CHANNEL_OPEN_OK, &ok);
}

/* A method of a channel that is none yet. */
static void open_by(struct rabbit_connection *connection, uint16_t number,
                    const struct amqp_method_info *info)
{
    if (info->id == AMQP_CHANNEL_OPEN)
        open_channel(connection, number);
    else
        fail_command(connection, RABBIT_CHANNEL_ERROR, "expected 'channel.open'", info->id);
}

/* ---- methods */

/* Of channels that are being closed. */
static void take_closing(struct rabbit_channel_session *channel,
                         const struct amqp_method_info *info)
{
    if (!ring_empty(&channel->leave_link) && info->id != AMQP_CHANNEL_OPEN)
        return;
    if (info->id == AMQP_CHANNEL_CLOSE_OK)
        rabbit_channel_session_destroy(channel);
    else if (info->id == AMQP_CHANNEL_CLOSE)
        rabbit_channel_send(channel, AMQP_CHANNEL_CLOSE_OK, NULL);
    else if (info->id == AMQP_CHANNEL_OPEN)
        fail_command(channel->connection, RABBIT_CHANNEL_ERROR, "second 'channel.open' seen",
                     info->id);
}

/* What is left of a call: its record, its error, deliveries that have become possible. An error may end
 * the channel, where the keys can be. */
static void finish(struct rabbit_call *call, struct outq_place began, bool ok)
{
    struct rabbit_connection *connection = call->connection;
    struct rabbit_record record = {
        .op = call->info->name,
        .keys = call->keys,
        .key_count = call->key_count,
        .bytes_in = connection->command_bytes,
        .code = ok ? 0 : call->error.code,
    };
    record.bytes_out = outq_grown(rabbit_connection_out(connection), began);
    rabbit_record(connection, &record);
    if (!ok)
        rabbit_channel_session_fail(call->channel, &call->error, call->info->id);
    rabbit_fault_finish(connection);
    rabbit_deliver(connection->rabbit);
}

static enum rabbit_progress refuse_by_rule(struct rabbit_call *call, enum rabbit_fault fault)
{
    struct rabbit_connection *connection = call->connection;
    if (fault == RABBIT_FAULT_WAITS)
        return RABBIT_WAITS;
    if (fault == RABBIT_FAULT_ERROR)
        finish(call, outq_place(rabbit_connection_out(connection)), false);
    return RABBIT_TAKEN;
}

/* basic.publish: it is over when its content is complete. */
static enum rabbit_progress take_publish(struct rabbit_call *call, const struct rabbit_method *row)
{
    struct rabbit_connection *connection = call->connection;
    enum rabbit_fault fault = RABBIT_FAULT_NONE;
    if (rabbit_publish_blocks(connection, call->keys, call->key_count))
        return RABBIT_WAITS;
    if (rabbit_fault_possible(connection))
        fault = rabbit_fault_ask(call);
    if (fault != RABBIT_FAULT_NONE && fault != RABBIT_FAULT_NACK)
        return refuse_by_rule(call, fault);
    if (row->handle(call))
        call->channel->content.nacked = fault == RABBIT_FAULT_NACK;
    else /* what refuses it may end the connection with its channels */
        finish(call, outq_place(rabbit_connection_out(connection)), false);
    return RABBIT_TAKEN;
}

static enum rabbit_progress take_method(struct rabbit_channel_session *channel,
                                        const struct amqp_method_info *info,
                                        const union amqp_method *method)
{
    struct rabbit_connection *connection = channel->connection;
    const struct rabbit_method *row = rabbit_method_find(info->id);
    if (info->id == AMQP_CHANNEL_OPEN) {
        fail_command(connection, RABBIT_CHANNEL_ERROR, "second 'channel.open' seen", info->id);
        return RABBIT_TAKEN;
    }
    if (info->id == AMQP_CHANNEL_CLOSE) {
        close_channel(channel);
        rabbit_deliver(connection->rabbit);
        return RABBIT_TAKEN;
    }
    if (!row) {
        fail_command(connection, RABBIT_COMMAND_INVALID, "unimplemented method", info->id);
        return RABBIT_TAKEN;
    }
    struct rabbit_call call = rabbit_call_of(channel, info, method, row);
    if (info->id == AMQP_BASIC_PUBLISH)
        return take_publish(&call, row);
    enum rabbit_fault fault =
        rabbit_fault_possible(connection) ? rabbit_fault_ask(&call) : RABBIT_FAULT_NONE;
    if (fault != RABBIT_FAULT_NONE)
        return refuse_by_rule(&call, fault);
    struct outq_place began = outq_place(rabbit_connection_out(connection));
    finish(&call, began, row->handle(&call));
    return RABBIT_TAKEN;
}

static enum rabbit_progress take_method_frame(struct rabbit_connection *connection,
                                              struct rabbit_channel_session *channel,
                                              const struct amqp_frame *frame)
{
    const struct amqp_method_info *info;
    union amqp_method method;
    struct rabbit_error error;
    switch (amqp_method_decode(frame->payload, &info, &method)) {
    case AMQP_METHOD_OK: break;
    case AMQP_METHOD_TRUNCATED:
    case AMQP_METHOD_TRAILING:
        rabbit_refuse_fields(frame->payload, &error);
        rabbit_connection_fail(connection, &error, info->id);
        return RABBIT_TAKEN;
    case AMQP_METHOD_NO_ID:
        rabbit_refuse_frame(frame, &error);
        rabbit_connection_fail(connection, &error, 0);
        return RABBIT_TAKEN;
    default: rabbit_connection_drop(connection); return RABBIT_TAKEN; /* as RabbitMQ does */
    }
    if (!channel)
        open_by(connection, frame->channel, info);
    else if (channel->closing)
        take_closing(channel, info);
    else
        return take_method(channel, info, &method);
    return RABBIT_TAKEN;
}

/* ---- contents */

static void take_content_frame(struct rabbit_channel_session *channel,
                               const struct amqp_frame *frame)
{
    struct rabbit_connection *connection = channel->connection;
    struct rabbit_error error;
    if (!rabbit_content_frame(channel, frame, &error)) {
        rabbit_channel_session_fail(channel, &error, AMQP_BASIC_PUBLISH);
        rabbit_fault_finish(connection);
    } else if (channel->content.step == RABBIT_CONTENT_NONE) {
        rabbit_fault_finish(connection);
    }
    rabbit_deliver(connection->rabbit);
}

uint8_t *rabbit_channel_session_room(struct rabbit_connection *connection, uint16_t number,
                                     uint32_t size)
{
    struct rabbit_channel_session *channel = find_channel(connection, number);
    return channel && !channel->closing ? rabbit_content_room(channel, size) : NULL;
}

static bool is_frame_sound(const struct amqp_frame *frame)
{
    switch (frame->type) {
    case AMQP_FRAME_METHOD: return frame->payload.len >= 4;
    case AMQP_FRAME_HEADER: return frame->payload.len >= 14;
    case AMQP_FRAME_BODY: return true;
    default: return false;
    }
}

enum rabbit_progress rabbit_channel_session_frame(struct rabbit_connection *connection,
                                                  const struct amqp_frame *frame)
{
    struct rabbit_channel_session *channel = find_channel(connection, frame->channel);
    struct rabbit_error error;
    if (!is_frame_sound(frame)) {
        if (frame->type == AMQP_FRAME_HEARTBEAT && frame->payload.len == 0)
            rabbit_refuse_unexpected(frame, &error);
        else
            rabbit_refuse_frame(frame, &error);
        rabbit_connection_fail(connection, &error, 0);
    } else if (channel && !channel->closing && channel->content.step != RABBIT_CONTENT_NONE) {
        take_content_frame(channel, frame);
    } else if (frame->type == AMQP_FRAME_METHOD) {
        return take_method_frame(connection, channel, frame);
    } else if (!channel || !channel->closing) {
        fail_command(connection, RABBIT_UNEXPECTED_FRAME,
                     "expected method frame, got non method frame instead", 0);
    }
    return RABBIT_TAKEN;
}
