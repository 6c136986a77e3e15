#include "emulators/rabbitmq/management/body.h"

#include "common/text.h"

static bool read_value(struct json_reader *reader, const struct json_token *first,
                       struct management_value *out)
{
    if (!json_skip(reader, first))
        return false;
    *out = (struct management_value){
        .kind = first->kind,
        .text = first->text,
        .json = slice_of(reader->in.ptr + first->at, reader->at - first->at),
    };
    return true;
}

void management_begin(struct management_call *call, struct slice array, struct json_reader *out)
{
    struct json_token open;
    json_reader_init(out, array, call->arena);
    json_next(out, &open);
}

bool management_next(struct json_reader *reader, struct management_value *out)
{
    struct json_token token;
    return json_next(reader, &token) && token.kind != JSON_ARRAY_END && token.kind != JSON_END &&
           read_value(reader, &token, out);
}

bool management_next_member(struct json_reader *reader, struct slice *out_name,
                            struct management_value *out)
{
    struct json_token key, token;
    if (!json_next(reader, &key) || key.kind != JSON_KEY || !json_next(reader, &token))
        return false;
    *out_name = key.text;
    return read_value(reader, &token, out);
}

/* ---- lists of words */

static void put_word(struct outq *words, struct slice word)
{
    while (word.len && word.ptr[0] == ' ')
        word = slice_from(word, 1);
    while (word.len && word.ptr[word.len - 1] == ' ')
        word.len--;
    if (!word.len)
        return;
    if (outq_len(words))
        outq_put(words, ",", 1);
    outq_put_slice(words, word);
}

static void put_words(struct outq *words, struct slice text)
{
    while (text.len) {
        const uint8_t *comma = memchr(text.ptr, ',', text.len);
        size_t len = comma ? (size_t)(comma - text.ptr) : text.len;
        put_word(words, slice_of(text.ptr, len));
        text = slice_from(text, len + (comma != NULL));
    }
}

bool management_words(struct management_call *call, struct slice object, const char *name,
                      struct slice *out)
{
    struct management_value value = management_member(call, object, name), item;
    struct json_reader reader;
    struct outq words;
    *out = slice_of(NULL, 0);
    if (value.kind == JSON_END)
        return true;
    outq_init(&words);
    if (value.kind == JSON_STRING)
        put_words(&words, value.text);
    management_begin(call, value.kind == JSON_ARRAY ? value.json : slice_str("[]"), &reader);
    while (management_next(&reader, &item))
        put_word(&words, item.text);
    struct slice text = outq_flatten(&words);
    *out = text.ptr ? arena_dup(call->arena, text) : text;
    outq_done(&words);
    return out->ptr || management_fail_memory(call);
}

/* ---- the whole */

static bool is_object(struct management_call *call, struct slice body)
{
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, body, call->arena);
    return json_next(&reader, &token) && token.kind == JSON_OBJECT && json_skip(&reader, &token) &&
           json_next(&reader, &token) && token.kind == JSON_END;
}

bool management_body(struct management_call *call, struct slice *out)
{
    *out = call->x->body.len ? call->x->body : slice_str("{}");
    if (is_object(call, *out))
        return true;
    management_bad_request(call, "not_json");
    return false;
}

/* ---- members */

struct management_value management_member(struct management_call *call, struct slice object,
                                          const char *name)
{
    struct json_reader reader;
    struct management_value value;
    struct slice key;
    management_begin(call, object, &reader);
    while (management_next_member(&reader, &key, &value))
        if (slice_eq_str(key, name))
            return value;
    return (struct management_value){.kind = JSON_END};
}

/* Width at which Erlang puts the terms of a list below each other. */
#define LINE_WIDTH 80

bool management_need_all(struct management_call *call, struct slice object,
                         const char *const *names)
{
    struct slice lines = slice_of("", 0), line = lines;
    for (; *names; names++) {
        if (management_member(call, object, *names).kind != JSON_END)
            continue;
        struct slice one = arena_printf(call->arena, "{key_missing,%s}", *names);
        line = line.len ? arena_concat(call->arena, line, slice_str(","), one) : one;
        lines = lines.len ? arena_concat(call->arena, lines, slice_str(",\n "), one) : one;
    }
    if (!lines.len)
        return true;
    if (line.len + 2 > LINE_WIDTH)
        line = lines;
    management_bad_request(call, "[" SLICE_FMT "]", SLICE_ARG(line));
    return false;
}

bool management_need(struct management_call *call, struct slice object, const char *name,
                     struct management_value *out)
{
    *out = management_member(call, object, name);
    if (out->kind != JSON_END)
        return true;
    management_bad_request(call, "[{key_missing,%s}]", name);
    return false;
}

bool management_need_text(struct management_call *call, struct slice object, const char *name,
                          struct slice *out)
{
    struct management_value value;
    if (!management_need(call, object, name, &value))
        return false;
    *out = value.text;
    if (value.kind == JSON_STRING)
        return true;
    management_bad_value(call, "not_string", slice_str(name));
    return false;
}

bool management_flag(struct management_call *call, struct slice object, const char *name, bool *out)
{
    struct management_value value = management_member(call, object, name);
    if (value.kind == JSON_END)
        return true;
    bool is_true = slice_eq_str(value.text, "true");
    if (!is_true && !slice_eq_str(value.text, "false")) {
        management_bad_json(call, "not_boolean", value.json);
        return false;
    }
    *out = is_true;
    return true;
}

bool management_integer(struct management_call *call, struct slice object, const char *name,
                        int64_t *out)
{
    struct management_value value = management_member(call, object, name);
    if (value.kind == JSON_END)
        return true;
    if ((value.kind == JSON_NUMBER || value.kind == JSON_STRING) && text_to_i64(value.text, out))
        return true;
    management_bad_json(call, "not_integer", value.json);
    return false;
}
