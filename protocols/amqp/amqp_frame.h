/* The protocol header and the frames of AMQP 0-9-1, as a server receives them.
 *
 * Source: AMQP 0-9-1, 2.3.5 "Frame details" and 4.2.2 "Protocol header". A frame is a type, a channel,
 * a payload's size, the payload and an end octet. What is refused, and what is not, was compared
 * with RabbitMQ 3.10. Payloads are taken apart by amqp_method.h and amqp_properties.h.
 *
 * Ownership: a frame borrows from the input. The decoder remembers offsets only, so the input may
 * move between two calls. Errors: AMQP_MALFORMED with `error` and its facts set, of which the session
 * makes RabbitMQ's texts; nothing can be decoded after that. */
#ifndef PARLEL_PROTOCOLS_AMQP_FRAME_H
#define PARLEL_PROTOCOLS_AMQP_FRAME_H

#include "common/slice.h"

#define AMQP_FRAME_HEAD 7u /* type, channel and size */
#define AMQP_FRAME_OVERHEAD \
    8u /* those and the end octet: what frame_max counts besides the payload */
#define AMQP_FRAME_END     0xceu
#define AMQP_FRAME_MIN_MAX 4096u /* no peer may be made to send smaller frames */

/* Types of frames. Others are no error of the decoder's: it hands them out. */
enum amqp_frame_type {
    AMQP_FRAME_METHOD = 1,
    AMQP_FRAME_HEADER = 2, /* of a content */
    AMQP_FRAME_BODY = 3,   /* of a content */
    AMQP_FRAME_HEARTBEAT = 8,
};

enum amqp_status {
    AMQP_NEED_MORE,       /* call again with more bytes after the same ones */
    AMQP_PROTOCOL_HEADER, /* the connection's first 8 bytes; d->version says which */
    AMQP_FRAME,
    AMQP_MALFORMED,
};

enum amqp_decode_error {
    AMQP_DECODE_OK,
    AMQP_DECODE_BAD_HEADER,      /* no AMQP, or a version that is not spoken */
    AMQP_DECODE_FRAME_TOO_LARGE, /* d->size of a payload, against d->frame_max */
    AMQP_DECODE_BAD_END,         /* d->end is not AMQP_FRAME_END */
};

struct amqp_frame {
    uint8_t type;
    uint16_t channel;
    struct slice payload;
};

struct amqp_decoder {
    uint32_t frame_max; /* of what the peer may send, changed by the session; 0: no limit */
    /* facts of the frame in hand, or of the error: */
    uint8_t version[4]; /* what follows "AMQP" in the protocol header */
    uint8_t type;
    uint16_t channel;
    uint32_t size; /* of the payload */
    uint8_t end;
    enum amqp_decode_error error;
    /* the rest is the decoder's own */
    int cs;
    bool greeted;         /* the protocol header was seen */
    bool have_head;       /* of the frame in hand */
    bool apart;           /* its payload does not come in the input */
    struct slice payload; /* that one */
    size_t scanned;       /* bytes of the frame seen so far */
    size_t skip;          /* bytes of the payload and its end still to come */
};

/* frame_max is AMQP_FRAME_MIN_MAX until the session says otherwise. */
void amqp_decoder_init(struct amqp_decoder *d);

/* Decodes at most one frame, or the protocol header. `in` starts at its first byte and, after
 * AMQP_NEED_MORE, holds at least the bytes it held before (it may have moved). On AMQP_FRAME and
 * AMQP_PROTOCOL_HEADER *used of its bytes were it. *out is written on AMQP_FRAME, and on
 * AMQP_MALFORMED as far as the frame is known: with AMQP_DECODE_BAD_END its payload as well. */
enum amqp_status amqp_frame_decode(struct amqp_decoder *d, struct slice in, struct amqp_frame *out,
                                   size_t *used);

/* After AMQP_NEED_MORE: the payload of the frame in hand, of d->size bytes, is put together by the caller elsewhere, at
 * `payload`. The input is to go on with the frame's end octet then, and what the frame holds will be that slice. */
void amqp_decoder_set_apart(struct amqp_decoder *d, struct slice payload);

/* Whether RabbitMQ knows what the frame is: its type, and a payload that is long enough for it; of a
 * heartbeat an empty one. Others are answered with 501, "unknown_frame". */
bool amqp_frame_is_known(const struct amqp_frame *frame);

/* Bytes that the frame in hand still lacks, as far as is known; 0 as well with its payload apart. */
static inline size_t amqp_decoder_missing(const struct amqp_decoder *d)
{
    return d->have_head && !d->apart ? d->skip : 0;
}

#endif
