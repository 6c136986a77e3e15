/* JSON: what the reader takes, written again by the writer, reads back as the same tokens. */
#include "common/assert.h"
#include "common/json.h"

static void write_token(struct json_writer *w, const struct json_token *token)
{
    switch (token->kind) {
    case JSON_END: return;
    case JSON_OBJECT: json_object(w); return;
    case JSON_OBJECT_END: json_object_end(w); return;
    case JSON_ARRAY: json_array(w); return;
    case JSON_ARRAY_END: json_array_end(w); return;
    case JSON_KEY: json_key(w, token->text); return;
    case JSON_STRING: json_string(w, token->text); return;
    case JSON_NUMBER: json_raw(w, token->text); return;
    case JSON_TRUE:
    case JSON_FALSE: json_bool(w, token->kind == JSON_TRUE); return;
    case JSON_NULL: json_null(w); return;
    }
}

static bool copy(struct slice in, struct arena *arena, struct outq *out)
{
    struct json_writer w = json_writer_of(out);
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, in, arena);
    while (json_next(&r, &token)) {
        write_token(&w, &token);
        (void)json_position(&r, token.at);
        if (token.kind == JSON_END)
            return true;
    }
    size_t at;
    ASSERT(json_error(&r, &at) != NULL);
    ASSERT(at <= in.len);
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct outq first, second;
    outq_init(&first);
    outq_init(&second);
    if (copy(slice_of(data, size), &arena, &first)) {
        struct slice once = outq_flatten(&first);
        ASSERT(copy(once, &arena, &second));
        ASSERT(slice_eq(once, outq_flatten(&second)));
    }
    outq_done(&first);
    outq_done(&second);
    arena_done(&arena);
    return 0;
}
