#include "protocols/amqp/amqp_encode.h"

#include "common/assert.h"

#define CONTENT_HEADER_HEAD 12u /* class, weight and body size */

void amqp_put_protocol_header(struct outq *q)
{
    outq_put(q, "AMQP\0\0\x09\x01", 8);
}

void amqp_put_heartbeat(struct outq *q)
{
    uint8_t frame[AMQP_FRAME_OVERHEAD];
    uint8_t *to = amqp_store_frame_head(frame, AMQP_FRAME_HEARTBEAT, 0, 0);
    amqp_store_u8(to, AMQP_FRAME_END);
    outq_put(q, frame, sizeof(frame));
}

void amqp_put_content_header(struct outq *q, uint16_t channel, uint64_t body_size,
                             struct slice properties)
{
    size_t size = CONTENT_HEADER_HEAD + properties.len;
    uint8_t *frame = outq_reserve(q, size + AMQP_FRAME_OVERHEAD), *to = frame;
    if (!frame)
        return;
    to = amqp_store_frame_head(to, AMQP_FRAME_HEADER, channel, (uint32_t)size);
    to = amqp_store_u16(to, AMQP_CLASS_BASIC);
    to = amqp_store_u16(to, 0);
    to = amqp_store_u64(to, body_size);
    to = amqp_store_bytes(to, properties);
    to = amqp_store_u8(to, AMQP_FRAME_END);
    outq_commit(q, (size_t)(to - frame));
}

void amqp_put_body(struct outq *q, uint16_t channel, struct slice piece, uint32_t frame_max)
{
    size_t most = frame_max ? frame_max - AMQP_FRAME_OVERHEAD : UINT32_MAX;
    ASSERT(frame_max == 0 || frame_max > AMQP_FRAME_OVERHEAD);
    for (size_t at = 0; at < piece.len;) {
        size_t size = piece.len - at < most ? piece.len - at : most;
        uint8_t *frame = outq_reserve(q, size + AMQP_FRAME_OVERHEAD), *to = frame;
        if (!frame)
            return;
        to = amqp_store_frame_head(to, AMQP_FRAME_BODY, channel, (uint32_t)size);
        to = amqp_store_bytes(to, slice_of(piece.ptr + at, size));
        to = amqp_store_u8(to, AMQP_FRAME_END);
        outq_commit(q, (size_t)(to - frame));
        at += size;
    }
}

void amqp_put_content(struct outq *q, uint16_t channel, struct slice properties, struct slice body,
                      uint32_t frame_max)
{
    amqp_put_content_header(q, channel, body.len, properties);
    amqp_put_body(q, channel, body, frame_max);
}

void amqp_put_deliver(struct outq *q, uint16_t channel, const struct amqp_basic_deliver *deliver)
{
    struct slice tag = amqp_shortstr(deliver->consumer_tag);
    struct slice exchange = amqp_shortstr(deliver->exchange);
    struct slice key = amqp_shortstr(deliver->routing_key);
    size_t size = AMQP_METHOD_IDS + 1 + tag.len + 8 + 1 + 1 + exchange.len + 1 + key.len;
    uint8_t *frame = outq_reserve(q, size + AMQP_FRAME_OVERHEAD), *to = frame;
    if (!frame)
        return;
    to = amqp_store_frame_head(to, AMQP_FRAME_METHOD, channel, (uint32_t)size);
    to = amqp_store_u32(to, AMQP_BASIC_DELIVER);
    to = amqp_store_shortstr(to, tag);
    to = amqp_store_u64(to, deliver->delivery_tag);
    to = amqp_store_u8(to, deliver->redelivered);
    to = amqp_store_shortstr(to, exchange);
    to = amqp_store_shortstr(to, key);
    to = amqp_store_u8(to, AMQP_FRAME_END);
    outq_commit(q, (size_t)(to - frame));
}

void amqp_put_ack(struct outq *q, uint16_t channel, uint64_t delivery_tag, bool multiple)
{
    size_t size = AMQP_METHOD_IDS + 8 + 1;
    uint8_t *frame = outq_reserve(q, size + AMQP_FRAME_OVERHEAD), *to = frame;
    if (!frame)
        return;
    to = amqp_store_frame_head(to, AMQP_FRAME_METHOD, channel, (uint32_t)size);
    to = amqp_store_u32(to, AMQP_BASIC_ACK);
    to = amqp_store_u64(to, delivery_tag);
    to = amqp_store_u8(to, multiple);
    to = amqp_store_u8(to, AMQP_FRAME_END);
    outq_commit(q, (size_t)(to - frame));
}
