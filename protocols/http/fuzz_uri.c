/* Targets, escapes and forms: parts lie within the text, decoding never grows it, and what was decoded
 * survives being encoded again. */
#include <stdlib.h>

#include "common/assert.h"
#include "protocols/http/uri.h"

static bool lies_within(struct slice part, struct slice text)
{
    return !part.ptr || (part.ptr >= text.ptr && part.ptr + part.len <= text.ptr + text.len);
}

static void check_target(struct slice text)
{
    struct uri uri;
    if (!uri_split(text, &uri))
        return;
    ASSERT(lies_within(uri.authority, text) && lies_within(uri.query, text));
    ASSERT(uri.path.len > 0 && uri.path.ptr[0] == '/');
    struct slice segment;
    size_t len = 0;
    while (uri_next_segment(&uri.path, &segment))
        len += 1 + segment.len;
    ASSERT(len <= text.len + 1);
}

static void check_escapes(struct slice text)
{
    uint8_t *out = malloc(text.len + 1), *again = malloc(text.len * 3 + 1);
    char *encoded = malloc(text.len * 3 + 1);
    size_t len, again_len;
    if (uri_decode(text, out, &len)) {
        ASSERT(len <= text.len);
        size_t encoded_len = uri_encode(slice_of(out, len), encoded);
        ASSERT(uri_decode(slice_of(encoded, encoded_len), again, &again_len));
        ASSERT(slice_eq(slice_of(out, len), slice_of(again, again_len)));
    }
    free(out);
    free(again);
    free(encoded);
}

static void check_form(struct slice text)
{
    struct arena arena = {0};
    struct uri_form form;
    if (uri_parse_form(&arena, text, &form) == URI_OK) {
        size_t len = 0;
        for (size_t i = 0; i < form.count; i++)
            len += form.pairs[i].name.len + form.pairs[i].value.len;
        ASSERT(len <= text.len);
    }
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (size)
        memcpy(copy, data, size);
    struct slice text = slice_of(copy, size);
    check_target(text);
    check_escapes(text);
    check_form(text);
    free(copy);
    return 0;
}
