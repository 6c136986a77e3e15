#include "emulators/rabbitmq/refusal.h"

#include <stdio.h>

#include "emulators/rabbitmq/erlang_term.h"

/* Of a longer payload only so many octets are told. */
#define TOLD_OCTETS 16

/* A reply's text is cut at 255 bytes. */
#define BINARY_TEXT 256

/* "type 1, all octets = <<0>>" */
static void show_frame(char out[BINARY_TEXT], uint8_t type, struct slice payload)
{
    char octets[BINARY_TEXT];
    bool all = payload.len <= TOLD_OCTETS;
    rabbit_erlang_binary(slice_of(payload.ptr, all ? payload.len : TOLD_OCTETS), octets,
                         sizeof(octets));
    if (all)
        snprintf(out, BINARY_TEXT, "type %u, all octets = %.180s", type, octets);
    else
        snprintf(out, BINARY_TEXT, "type %u, first %d octets = %.180s", type, TOLD_OCTETS, octets);
}

bool rabbit_refuse_frame(const struct amqp_frame *frame, struct rabbit_error *error)
{
    char text[BINARY_TEXT];
    show_frame(text, frame->type, frame->payload);
    return rabbit_fail(error, RABBIT_FRAME_ERROR, "%s: unknown_frame", text);
}

bool rabbit_refuse_malformed(const struct amqp_decoder *decoder, const struct amqp_frame *frame,
                             struct rabbit_error *error)
{
    char text[BINARY_TEXT];
    if (decoder->error == AMQP_DECODE_FRAME_TOO_LARGE) {
        show_frame(text, decoder->type, slice_of(NULL, 0));
        return rabbit_fail(error, RABBIT_FRAME_ERROR, "%s: {frame_too_large,%u,%u}", text,
                           decoder->size, decoder->frame_max - AMQP_FRAME_OVERHEAD);
    }
    show_frame(text, frame->type, frame->payload);
    return rabbit_fail(error, RABBIT_FRAME_ERROR, "%s: {invalid_frame_end_marker,%u}", text,
                       decoder->end);
}

bool rabbit_refuse_unexpected(const struct amqp_frame *frame, struct rabbit_error *error)
{
    char text[BINARY_TEXT];
    show_frame(text, frame->type, frame->payload);
    return rabbit_fail(error, RABBIT_UNEXPECTED_FRAME, "%s", text);
}

bool rabbit_refuse_fields(struct slice payload, struct rabbit_error *error)
{
    char text[BINARY_TEXT];
    rabbit_erlang_binary(slice_from(payload, 4), text, sizeof(text)); /* behind the ids */
    return rabbit_fail(error, RABBIT_FRAME_ERROR, "cannot decode %s", text);
}
