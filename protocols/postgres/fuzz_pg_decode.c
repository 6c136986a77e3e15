/* The frame decoder and the readers of the bodies: whatever the bytes, one call for all of them and
 * one call for each byte more give the same frames and errors, and no reader leaves its body. */
#include <stdlib.h>

#include "common/assert.h"
#include "common/hash.h"
#include "protocols/postgres/pg_decode.h"
#include "protocols/postgres/pg_message.h"

struct outcome {
    uint64_t hash; /* of everything decoded, in order */
    size_t used;   /* bytes of complete frames */
    uint32_t count;
    enum pg_decode_error error;
};

static void note(struct outcome *outcome, struct slice bytes)
{
    outcome->hash = (outcome->hash ^ hash_bytes(bytes)) * UINT64_C(0x9e3779b97f4a7c15);
}

static void note_values(struct outcome *outcome, struct pg_values values)
{
    for (uint32_t i = 0; i < values.count; i++)
        note(outcome, pg_read_value(&values));
    ASSERT(values.reader.ok);
}

static void note_startup(struct outcome *outcome, struct slice body)
{
    struct pg_startup startup;
    struct slice name, value;
    if (!pg_read_startup(body, &startup) || startup.code == PG_STARTUP_CANCEL)
        return;
    while (pg_read_parameter(&startup.parameters, &name, &value)) {
        note(outcome, name);
        note(outcome, value);
    }
}

static void note_statement(struct outcome *outcome, const struct pg_frame *frame)
{
    struct pg_parse parse;
    struct pg_bind bind;
    struct pg_function_call call;
    if (frame->type == 'P' && pg_read_parse(frame->body, &parse))
        for (uint32_t i = 0; i < parse.type_count; i++)
            outcome->hash += pg_parse_type(&parse, i);
    if (frame->type == 'B' && pg_read_bind(frame->body, &bind)) {
        note_values(outcome, bind.values);
        for (uint32_t i = 0; i < bind.formats.count; i++)
            outcome->hash += pg_format_code(&bind.formats, i);
    }
    if (frame->type == 'F' && pg_read_function_call(frame->body, &call))
        note_values(outcome, call.values);
}

static void note_frame(struct outcome *outcome, const struct pg_frame *frame)
{
    struct pg_target target;
    struct pg_execute execute;
    struct pg_sasl_initial sasl;
    struct slice text;
    note(outcome, frame->body);
    outcome->hash += frame->type;
    if (frame->type == 0)
        note_startup(outcome, frame->body);
    note_statement(outcome, frame);
    if ((frame->type == 'D' || frame->type == 'C') && pg_read_target(frame->body, &target))
        note(outcome, target.name);
    if (frame->type == 'E' && pg_read_execute(frame->body, &execute))
        note(outcome, execute.portal);
    if (frame->type == 'p' && pg_read_sasl_initial(frame->body, &sasl) && sasl.data.ptr)
        note(outcome, sasl.data);
    if (frame->type == 'Q' && pg_read_text(frame->body, &text))
        note(outcome, text);
}

/* Decodes what in holds from outcome->used on. */
static void decode(struct pg_decoder *d, struct slice in, struct outcome *outcome)
{
    struct pg_frame frame;
    size_t used;
    while (!outcome->error) {
        enum pg_status status = pg_decode(d, slice_from(in, outcome->used), &frame, &used);
        outcome->error = d->error;
        if (status != PG_FRAME)
            return;
        ASSERT(used > 0 && outcome->used + used <= in.len);
        note_frame(outcome, &frame);
        d->startup = d->startup && frame.type == 0 && outcome->count < 1;
        outcome->used += used;
        outcome->count++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = {0}, bytewise = {0};
    struct pg_decoder d;
    pg_decoder_init(&d);
    decode(&d, slice_of(data, size), &whole);

    pg_decoder_init(&d);
    for (size_t len = 1; len <= size; len++) {
        /* A block of its own size: reading past the end is found. */
        uint8_t *copy = malloc(len);
        memcpy(copy, data, len);
        decode(&d, slice_of(copy, len), &bytewise);
        free(copy);
    }
    ASSERT(whole.count == bytewise.count && whole.used == bytewise.used);
    ASSERT(whole.hash == bytewise.hash && whole.error == bytewise.error);
    return 0;
}
