#include "protocols/amqp/amqp_frame.h"

%%{
    machine amqp_frame;
    access d->;
    alphtype unsigned char;

    action greet { d->greeted = true; fbreak; }
    action refuse { d->error = AMQP_DECODE_BAD_HEADER; fbreak; }
    action type { d->type = fc; d->channel = 0; d->size = 0; }
    action channel_byte { d->channel = (uint16_t)(d->channel << 8 | fc); }
    action size_byte { d->size = d->size << 8 | fc; }
    # The payload is opaque here: it is stepped over, never scanned.
    action head_end { end_head(d); fbreak; }

    # 4.2.2 "Protocol header": what RabbitMQ takes. Eight bytes are awaited before others are refused.
    known    = "AMQP" ( 0 0 9 1 | 1 1 0 9 | 1 1 9 1 | 1 1 8 0 );
    greeting := ( known @greet ) | ( ( any{8} - known ) @refuse );

    # 2.3.5 "Frame details"
    main := any @type any{2} $channel_byte any{4} $size_byte @head_end;
    write data nofinal noerror;
}%%

/* The size is known: checks it, and the rest of the frame is its payload and the end octet. RabbitMQ
 * lets payloads be as long as frames may be, and counts the octets around them only in its text
 * (test_amqp_frame.c, test_limits). */
static void end_head(struct amqp_decoder *d)
{
    if (d->frame_max && d->size > d->frame_max) {
        d->error = AMQP_DECODE_FRAME_TOO_LARGE;
        return;
    }
    d->have_head = true;
    d->skip = (size_t)d->size + 1;
}

void amqp_decoder_init(struct amqp_decoder *d)
{
    *d = (struct amqp_decoder){.frame_max = AMQP_FRAME_MIN_MAX};
}

/* Runs the machine over the head of the frame, or over the protocol header. */
static void scan(struct amqp_decoder *d, struct slice in)
{
    const uint8_t *p = in.ptr + d->scanned;
    const uint8_t *pe = in.ptr + in.len;
    if (d->scanned == 0)
        d->cs = d->greeted ? amqp_frame_en_main : amqp_frame_en_greeting;
    %% write exec;
    d->scanned = (size_t)(p - in.ptr);
}

static enum amqp_status decode_greeting(struct amqp_decoder *d, struct slice in, size_t *used)
{
    scan(d, in);
    if (!d->greeted && !d->error)
        return AMQP_NEED_MORE;
    memcpy(d->version, in.ptr + 4, sizeof(d->version));
    if (d->error)
        return AMQP_MALFORMED;
    *used = d->scanned;
    d->scanned = 0;
    return AMQP_PROTOCOL_HEADER;
}

/* The frame is here; its end octet was scanned last. */
static enum amqp_status end_frame(struct amqp_decoder *d, struct slice in, struct amqp_frame *out,
                                  size_t *used)
{
    struct slice payload = d->apart ? d->payload : slice_of(in.ptr + AMQP_FRAME_HEAD, d->size);
    *out = (struct amqp_frame){d->type, d->channel, payload};
    d->end = in.ptr[d->scanned - 1];
    if (d->end != AMQP_FRAME_END) {
        d->error = AMQP_DECODE_BAD_END;
        return AMQP_MALFORMED;
    }
    *used = d->scanned;
    d->scanned = 0;
    d->have_head = d->apart = false;
    return AMQP_FRAME;
}

void amqp_decoder_set_apart(struct amqp_decoder *d, struct slice payload)
{
    d->apart = true;
    d->payload = payload;
    d->scanned = 0;
    d->skip = 1;
}

enum amqp_status amqp_frame_decode(struct amqp_decoder *d, struct slice in, struct amqp_frame *out,
                                   size_t *used)
{
    if (d->error)
        return AMQP_MALFORMED;
    if (in.len == d->scanned)
        return AMQP_NEED_MORE;
    if (!d->greeted)
        return decode_greeting(d, in, used);
    if (!d->have_head)
        scan(d, in);
    if (d->error) {
        *out = (struct amqp_frame){d->type, d->channel, slice_of(in.ptr, 0)};
        return AMQP_MALFORMED;
    }
    if (!d->have_head)
        return AMQP_NEED_MORE;
    size_t here = in.len - d->scanned;
    size_t step = d->skip < here ? d->skip : here;
    d->skip -= step;
    d->scanned += step;
    return d->skip ? AMQP_NEED_MORE : end_frame(d, in, out, used);
}

bool amqp_frame_is_known(const struct amqp_frame *frame)
{
    switch (frame->type) {
    case AMQP_FRAME_METHOD: return frame->payload.len >= 4;  /* the ids */
    case AMQP_FRAME_HEADER: return frame->payload.len >= 12; /* class, weight and body size */
    case AMQP_FRAME_BODY: return true;
    case AMQP_FRAME_HEARTBEAT: return frame->payload.len == 0;
    default: return false;
    }
}
