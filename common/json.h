/* JSON (RFC 8259): a streaming writer into an output queue, and a pull reader over bytes.
 *
 * Writer: commas are its business, the order of calls is the caller's (ASSERTed where it costs
 * nothing). It holds no stack, so depth is unlimited. Strings are bytes: what is not UTF-8 in them
 * is written byte by byte as \u00XX, so that the output is always valid. A full queue fails as
 * outq.h says.
 *
 * Reader: one value and blanks, no rest. Texts borrow from the input, or lie in the arena when they
 * had escapes. Numbers stay text. Nesting is bounded by JSON_DEPTH_MAX. Errors: json_next returns
 * false and json_error says what was expected where. */
#ifndef PARLEL_COMMON_JSON_H
#define PARLEL_COMMON_JSON_H

#include "common/arena.h"
#include "common/outq.h"
#include "common/utf8.h"

/* ---- writer */

struct json_writer {
    struct outq *out;
    uint32_t depth; /* open objects and arrays */
    bool comma;     /* the next value or key is not the first of its container */
};

static inline struct json_writer json_writer_of(struct outq *out)
{
    return (struct json_writer){out, 0, false};
}

void json_object(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array(struct json_writer *w);
void json_array_end(struct json_writer *w);

/* A member's name; its value follows. */
void json_key(struct json_writer *w, struct slice name);
void json_key_str(struct json_writer *w, const char *name);

void json_string(struct json_writer *w, struct slice bytes);
void json_str(struct json_writer *w, const char *text);
void json_int(struct json_writer *w, int64_t value);
void json_uint(struct json_writer *w, uint64_t value);
/* The shortest form that reads back the same; "inf", "-inf", "nan" as strings. */
void json_double(struct json_writer *w, double value);
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
/* A value that is JSON text already. */
void json_raw(struct json_writer *w, struct slice json);

/* ---- reader */

#define JSON_DEPTH_MAX 128

enum json_kind {
    JSON_END, /* the value is complete and nothing follows it */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_token {
    enum json_kind kind;
    struct slice text; /* key and string: unescaped; others: as written */
    size_t at;         /* offset in the input */
};

struct json_reader {
    struct slice in;
    struct arena *arena;
    size_t at;
    uint8_t expects; /* what may come next */
    uint32_t depth;
    uint8_t open[JSON_DEPTH_MAX]; /* enum json_kind of the open containers */
    size_t located_at;            /* the last offset asked for, and its position */
    struct utf8_position located;
    size_t error_at;
    char error[96];
};

/* Strings with escapes are unescaped into the arena, which the caller resets when it likes. */
void json_reader_init(struct json_reader *r, struct slice in, struct arena *arena);

/* The next token; JSON_END again and again at the end. False: malformed or out of memory. */
bool json_next(struct json_reader *r, struct json_token *out);

/* Skips the rest of the value whose first token was just read: a container's tokens up to its end,
 * nothing for others. After a key: the key's value. */
bool json_skip(struct json_reader *r, const struct json_token *first);

/* What went wrong, NULL when nothing did, and where. */
const char *json_error(const struct json_reader *r, size_t *out_at);

/* Fast for offsets that grow. */
struct utf8_position json_position(struct json_reader *r, size_t at);

#endif
