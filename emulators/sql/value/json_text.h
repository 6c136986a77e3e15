/* JSON texts, read piece by piece: checking input of the type json, making jsonb, walking json values.
 *
 * A struct sql_json_reader gives one event after the other; strings and numbers are borrowed from
 * the text as they stand there. It accepts RFC 8259 and what the SQL servers accept beyond it: any
 * value at the top, surrogates and \u0000 in strings that nobody decodes. Nesting is bounded by
 * SQL_JSON_DEPTH_MAX.
 *
 * Errors: 22P02 with the detail, and the part of the text that was read as context. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSON_TEXT_H
#define PARLEL_EMULATORS_SQL_VALUE_JSON_TEXT_H

#include "emulators/sql/value/type.h"

#define SQL_JSON_DEPTH_MAX 6400

enum sql_json_event {
    SQL_JSON_END, /* the value is over and nothing follows it */
    SQL_JSON_OBJECT,
    SQL_JSON_OBJECT_END,
    SQL_JSON_ARRAY,
    SQL_JSON_ARRAY_END,
    SQL_JSON_KEY,
    SQL_JSON_STRING,
    SQL_JSON_NUMBER,
    SQL_JSON_TRUE,
    SQL_JSON_FALSE,
    SQL_JSON_NULL,
};

struct sql_json_reader {
    struct sql_call *call;
    struct slice text;
    size_t at;
    size_t token; /* where the latest token starts */
    uint32_t depth;
    uint8_t expect;   /* what may come next */
    bool escapes;     /* the latest string has a backslash in it */
    uint8_t *objects; /* one bit a level: is it an object? */
    size_t room;      /* bytes of it */
    bool decode;      /* escapes are checked as for decoding: surrogate pairs, no \u0000 */
};

void sql_json_reader_init(struct sql_json_reader *reader, struct sql_call *call, struct slice text);

/* The next event. `raw`: the token as it stands in the text, a string's without its quotes. */
bool sql_json_next(struct sql_json_reader *reader, enum sql_json_event *event, struct slice *raw);

/* After an OBJECT or ARRAY event: reads to its end, so that text[token, at) is the whole value. */
bool sql_json_skip(struct sql_json_reader *reader);

/* The characters of a string without its quotes; borrowed when it has no escapes. */
bool sql_json_decode(struct sql_call *call, struct slice raw, struct slice *out);

/* Is the whole text one JSON value? */
bool sql_json_check(struct sql_call *call, struct slice text);

/* Appends the text as a JSON string with its quotes. */
void sql_json_escape(struct sql_bytes *out, struct slice text);

#endif
