/* The request decoder: whatever the bytes, one call for all of them and one call for each byte more
 * give the same requests, errors and lengths. */
#include <stdlib.h>

#include "common/assert.h"
#include "common/hash.h"
#include "protocols/resp/resp_decode.h"

struct outcome {
    uint64_t hash;  /* of everything decoded, in order */
    size_t used;    /* bytes of complete requests */
    uint32_t count; /* of requests, empty ones included */
    bool malformed;
};

static void note(struct outcome *outcome, struct slice bytes)
{
    outcome->hash = (outcome->hash ^ hash_bytes(bytes)) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Decodes what in holds from outcome->used on. */
static void decode(struct resp_decoder *d, struct slice in, struct outcome *outcome)
{
    size_t used;
    while (!outcome->malformed) {
        enum resp_status status = resp_decode(d, slice_from(in, outcome->used), &used);
        if (status == RESP_NEED_MORE)
            return;
        ASSERT(outcome->used + used <= in.len);
        if (status == RESP_MALFORMED) {
            outcome->malformed = true;
            note(outcome, slice_str(d->error));
            return;
        }
        ASSERT(used > 0);
        for (uint32_t i = 0; status == RESP_COMMAND && i < d->argc; i++)
            note(outcome, d->argv[i]);
        outcome->used += used;
        outcome->count++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct outcome whole = {0}, bytewise = {0};
    struct resp_decoder d;
    resp_decoder_init(&d);
    d.authenticated = data[0] & 1;
    decode(&d, slice_of(data + 1, size - 1), &whole);
    resp_decoder_done(&d);

    resp_decoder_init(&d);
    d.authenticated = data[0] & 1;
    for (size_t len = 1; len <= size; len++) {
        /* A block of its own size: reading past the end is found. */
        uint8_t *copy = malloc(len);
        memcpy(copy, data, len);
        decode(&d, slice_of(copy + 1, len - 1), &bytewise);
        free(copy);
    }
    resp_decoder_done(&d);
    ASSERT(whole.count == bytewise.count && whole.used == bytewise.used);
    ASSERT(whole.hash == bytewise.hash && whole.malformed == bytewise.malformed);
    return 0;
}
