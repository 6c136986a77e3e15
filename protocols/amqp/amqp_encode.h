/* Writes frames of AMQP 0-9-1 into an output queue.
 *
 * Source: AMQP 0-9-1, 2.3.5 "Frame details", 4.2 "AMQP wire-level format". Methods in general are
 * amqp_method.h's; here are the frames around contents, and the two methods that are sent once a
 * message. Of a short string the first 255 bytes are sent. */
#ifndef PARLEL_PROTOCOLS_AMQP_ENCODE_H
#define PARLEL_PROTOCOLS_AMQP_ENCODE_H

#include "common/outq.h"
#include "protocols/amqp/amqp_frame.h"
#include "protocols/amqp/amqp_methods.h"

/* ---- pieces: each writes at `to` and returns what is behind it */

static inline uint8_t *amqp_store_u8(uint8_t *to, uint8_t value)
{
    *to = value;
    return to + 1;
}

static inline uint8_t *amqp_store_u16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
    return to + 2;
}

static inline uint8_t *amqp_store_u32(uint8_t *to, uint32_t value)
{
    to = amqp_store_u16(to, (uint16_t)(value >> 16));
    return amqp_store_u16(to, (uint16_t)value);
}

static inline uint8_t *amqp_store_u64(uint8_t *to, uint64_t value)
{
    to = amqp_store_u32(to, (uint32_t)(value >> 32));
    return amqp_store_u32(to, (uint32_t)value);
}

static inline uint8_t *amqp_store_bytes(uint8_t *to, struct slice bytes)
{
    if (bytes.len)
        memcpy(to, bytes.ptr, bytes.len);
    return to + bytes.len;
}

/* What of a text fits into a short string. */
static inline struct slice amqp_shortstr(struct slice text)
{
    return slice_of(text.ptr, text.len < UINT8_MAX ? text.len : UINT8_MAX);
}

/* Word by word: of a copy that cannot be long gcc makes a `rep movsq`, whose start costs more than most
 * names take. The last word overlaps the one before it. */
static inline uint8_t *amqp_store_shortstr(uint8_t *to, struct slice text)
{
    struct slice fits = amqp_shortstr(text);
    *to++ = (uint8_t)fits.len;
    if (fits.len < sizeof(uint64_t)) {
        for (size_t at = 0; at < fits.len; at++)
            to[at] = fits.ptr[at];
        return to + fits.len;
    }
    size_t last = fits.len - sizeof(uint64_t);
    for (size_t at = 0; at < last; at += sizeof(uint64_t))
        memcpy(to + at, fits.ptr + at, sizeof(uint64_t));
    memcpy(to + last, fits.ptr + last, sizeof(uint64_t));
    return to + fits.len;
}

/* A long string, or a table. */
static inline uint8_t *amqp_store_longstr(uint8_t *to, struct slice bytes)
{
    return amqp_store_bytes(amqp_store_u32(to, (uint32_t)bytes.len), bytes);
}

/* ---- frames */

#define AMQP_METHOD_IDS 4u /* of class and method, in front of a method's fields */

static inline uint8_t *amqp_store_frame_head(uint8_t *to, enum amqp_frame_type type,
                                             uint16_t channel, uint32_t size)
{
    to = amqp_store_u8(to, (uint8_t)type);
    return amqp_store_u32(amqp_store_u16(to, channel), size);
}

/* What a server writes to a peer whose protocol header it does not take: the one that it does. */
void amqp_put_protocol_header(struct outq *q);

void amqp_put_heartbeat(struct outq *q);

/* A content of class basic: its header frame, and its body in frames of at most frame_max bytes (0:
 * no limit). `properties` are raw: flags and values. */
void amqp_put_content(struct outq *q, uint16_t channel, struct slice properties, struct slice body,
                      uint32_t frame_max);

/* The parts of amqp_put_content, for a body that is given in pieces. */
void amqp_put_content_header(struct outq *q, uint16_t channel, uint64_t body_size,
                             struct slice properties);
void amqp_put_body(struct outq *q, uint16_t channel, struct slice piece, uint32_t frame_max);

/* ---- the methods sent once a message */

void amqp_put_deliver(struct outq *q, uint16_t channel, const struct amqp_basic_deliver *deliver);
void amqp_put_ack(struct outq *q, uint16_t channel, uint64_t delivery_tag, bool multiple);

#endif
