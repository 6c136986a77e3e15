/* The frame decoder and the content headers: whatever the bytes, one call for all of them and one call
 * for each byte more give the same frames and errors, and properties that are read are written as they
 * were. */
#include <stdlib.h>

#include "common/assert.h"
#include "common/hash.h"
#include "common/outq.h"
#include "protocols/amqp/amqp_frame.h"
#include "protocols/amqp/amqp_properties.h"

struct outcome {
    uint64_t hash; /* of everything decoded, in order */
    size_t used;   /* bytes of complete frames */
    uint32_t count;
    enum amqp_decode_error error;
};

static void note(struct outcome *outcome, struct slice bytes)
{
    outcome->hash = (outcome->hash ^ hash_bytes(bytes)) * UINT64_C(0x9e3779b97f4a7c15);
}

static void check_properties(struct slice raw)
{
    struct amqp_properties properties;
    struct outq q = {0};
    if (!amqp_properties_decode(raw, &properties))
        return;
    amqp_properties_put(&q, &properties);
    struct slice written = outq_flatten(&q);
    ASSERT(written.len == amqp_properties_size(&properties));
    /* but for the flags of no property */
    ASSERT(slice_eq(slice_from(written, 2), slice_from(raw, 2)));
    outq_done(&q);
}

static void note_frame(struct outcome *outcome, const struct amqp_frame *frame)
{
    struct amqp_content_header header;
    outcome->hash += frame->type * 7u + frame->channel;
    outcome->hash += amqp_frame_is_known(frame);
    note(outcome, frame->payload);
    if (frame->type == AMQP_FRAME_HEADER && amqp_content_header_decode(frame->payload, &header))
        check_properties(header.properties);
}

/* Decodes what in holds from outcome->used on. */
static void decode(struct amqp_decoder *d, struct slice in, struct outcome *outcome)
{
    struct amqp_frame frame;
    size_t used;
    while (!outcome->error) {
        enum amqp_status status =
            amqp_frame_decode(d, slice_from(in, outcome->used), &frame, &used);
        outcome->error = d->error;
        if (d->error == AMQP_DECODE_BAD_END)
            note_frame(outcome, &frame);
        if (status == AMQP_NEED_MORE || status == AMQP_MALFORMED)
            return;
        ASSERT(used > 0);
        ASSERT(outcome->used + used <= in.len);
        if (status == AMQP_FRAME)
            note_frame(outcome, &frame);
        outcome->used += used;
        outcome->count++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = {0}, bytewise = {0};
    struct amqp_decoder d;
    amqp_decoder_init(&d);
    decode(&d, slice_of(data, size), &whole);

    amqp_decoder_init(&d);
    for (size_t len = 1; len <= size; len++) {
        /* A block of its own size: reading past the end is found. */
        uint8_t *copy = malloc(len);
        memcpy(copy, data, len);
        decode(&d, slice_of(copy, len), &bytewise);
        free(copy);
    }
    ASSERT(whole.count == bytewise.count);
    ASSERT(whole.used == bytewise.used);
    ASSERT(whole.hash == bytewise.hash);
    ASSERT(whole.error == bytewise.error);
    return 0;
}
