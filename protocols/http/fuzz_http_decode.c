/* The message decoder: whatever the bytes, one call for all of them and one call for each byte more
 * give the same heads, body bytes, ends and errors. The first byte chooses the direction and the
 * limits. */
#include <stdlib.h>

#include "common/assert.h"
#include "common/hash.h"
#include "protocols/http/http_decode.h"

struct outcome {
    uint64_t hash; /* of everything decoded, in order; body bytes one by one */
    size_t used;   /* bytes done with */
    uint32_t ends;
    bool malformed;
};

static void note_byte(struct outcome *outcome, uint8_t byte)
{
    outcome->hash = (outcome->hash ^ byte) * UINT64_C(0x100000001b3);
}

static void note(struct outcome *outcome, struct slice bytes)
{
    uint64_t hash = hash_bytes(bytes);
    for (int shift = 0; shift < 64; shift += 8)
        note_byte(outcome, (uint8_t)(hash >> shift));
}

static void note_head(struct outcome *outcome, const struct http_head *head)
{
    note(outcome, head->method);
    note(outcome, head->target);
    note(outcome, head->reason);
    for (uint32_t i = 0; i < head->field_count; i++) {
        note(outcome, head->fields[i].name);
        note(outcome, head->fields[i].value);
    }
    note_byte(outcome, (uint8_t)(head->keep_alive | head->chunked << 1 | head->upgrades << 2));
}

static void note_event(struct outcome *outcome, const struct http_decoder *d, enum http_event event)
{
    if (event == HTTP_HEAD)
        note_head(outcome, &d->head);
    for (size_t i = 0; event == HTTP_BODY && i < d->body.len; i++)
        note_byte(outcome, d->body.ptr[i]);
    if (event == HTTP_ERROR)
        note(outcome, slice_str(d->error.text));
    outcome->ends += event == HTTP_END;
    outcome->malformed = event == HTTP_ERROR;
}

/* Decodes what in holds from outcome->used on. */
static void decode(struct http_decoder *d, struct slice in, struct outcome *outcome)
{
    while (!outcome->malformed) {
        size_t used;
        enum http_event event = http_decode(d, slice_from(in, outcome->used), &used);
        note_event(outcome, d, event);
        ASSERT(outcome->used + used <= in.len);
        outcome->used += used;
        if (event == HTTP_NEED_MORE)
            return;
    }
}

static void begin(struct http_decoder *d, uint8_t options)
{
    http_decoder_init(d, options & 1);
    d->bodiless = options & 2;
    if (options & 4)
        d->limits = (struct http_limits){32, 128, 3, 16};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct outcome whole = {0}, bytewise = {0};
    struct http_decoder d;
    begin(&d, data[0]);
    decode(&d, slice_of(data + 1, size - 1), &whole);

    begin(&d, data[0]);
    for (size_t len = 1; len <= size; len++) {
        /* A block of its own size: reading past the end is found. */
        uint8_t *copy = malloc(len);
        memcpy(copy, data, len);
        decode(&d, slice_of(copy + 1, len - 1), &bytewise);
        free(copy);
    }
    ASSERT(whole.hash == bytewise.hash && whole.ends == bytewise.ends);
    ASSERT(whole.malformed == bytewise.malformed);
    ASSERT(whole.malformed || whole.used == bytewise.used);
    return 0;
}
