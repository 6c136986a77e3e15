#include "emulators/sql/value/json_text.h"

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/json_token.h"
#include "emulators/sql/value/text_scan.h"

/* What may come next. */
enum {
    EXPECT_VALUE,        /* the top value, or one after a colon */
    EXPECT_ELEMENT,      /* the first one or ] */
    EXPECT_NEXT_ELEMENT, /* one after a comma */
    EXPECT_KEY,          /* the first one or } */
    EXPECT_NEXT_KEY,     /* one after a comma */
    EXPECT_ARRAY_COMMA,
    EXPECT_OBJECT_COMMA,
    EXPECT_END,
};

void sql_json_reader_init(struct sql_json_reader *reader, struct sql_call *call, struct slice text)
{
    *reader = (struct sql_json_reader){.call = call, .text = text, .expect = EXPECT_VALUE};
}

/* ---- errors */

/* The line around the error: what was read of it, shortened to some 50 bytes on the left. */
static bool add_context(struct sql_json_reader *reader)
{
    size_t start = 0, line = 1, end = reader->at;
    for (size_t i = 0; i < reader->token; i++)
        if (reader->text.ptr[i] == '\n') {
            start = i + 1;
            line++;
        }
    bool cut = false;
    while (end - start >= 50) {
        start++;
        while (start < end && (reader->text.ptr[start] & 0xc0) == 0x80)
            start++;
        cut = true;
    }
    bool more =
        end < reader->text.len && reader->text.ptr[end] != '\n' && reader->text.ptr[end] != '\r';
    struct slice shown = slice_of(reader->text.ptr + start, end - start);
    return sql_context_line(reader->call->env->error, "JSON data, line %zu: %s" SLICE_FMT "%s",
                            line, cut ? "..." : "", SLICE_ARG(shown), more ? "..." : "");
}

static bool fail_syntax(struct sql_json_reader *reader)
{
    return sql_fail(reader->call->env->error, "22P02", "invalid input syntax for type %s", "json");
}

static struct slice token_text(const struct sql_json_reader *reader)
{
    return slice_of(reader->text.ptr + reader->token, reader->at - reader->token);
}

static bool fail_token(struct sql_json_reader *reader)
{
    fail_syntax(reader);
    sql_detail(reader->call->env->error, "Token \"" SLICE_FMT "\" is invalid.",
               SLICE_ARG(token_text(reader)));
    return add_context(reader);
}

static bool fail_expected(struct sql_json_reader *reader)
{
    static const char *const wanted[] = {
        [EXPECT_VALUE] = "JSON value",
        [EXPECT_ELEMENT] = "array element or \"]\"",
        [EXPECT_NEXT_ELEMENT] = "JSON value",
        [EXPECT_KEY] = "string or \"}\"",
        [EXPECT_NEXT_KEY] = "string",
        [EXPECT_ARRAY_COMMA] = "\",\" or \"]\"",
        [EXPECT_OBJECT_COMMA] = "\",\" or \"}\"",
        [EXPECT_END] = "end of input",
    };
    fail_syntax(reader);
    sql_detail(reader->call->env->error, "Expected %s, but found \"" SLICE_FMT "\".",
               wanted[reader->expect], SLICE_ARG(token_text(reader)));
    return add_context(reader);
}

static bool fail_end(struct sql_json_reader *reader)
{
    reader->token = reader->at = reader->text.len;
    fail_syntax(reader);
    sql_detail(reader->call->env->error, "The input string ended unexpectedly.");
    return add_context(reader);
}

static bool fail_unicode(struct sql_json_reader *reader, const char *detail)
{
    fail_syntax(reader);
    sql_detail(reader->call->env->error, "%s", detail);
    return add_context(reader);
}

static bool fail_string(struct sql_json_reader *reader, enum sql_json_token token)
{
    struct sql_error *error = reader->call->env->error;
    const uint8_t *at = reader->text.ptr + reader->at;
    switch (token) {
    case SQL_JSON_TOKEN_BAD_CONTROL:
        fail_syntax(reader);
        sql_detail(error, "Character with value 0x%02x must be escaped.", *at);
        return add_context(reader);
    case SQL_JSON_TOKEN_BAD_ESCAPE: {
        size_t len = 1;
        while (reader->at + len < reader->text.len && (at[len] & 0xc0) == 0x80)
            len++;
        fail_syntax(reader);
        sql_detail(error, "Escape sequence \"\\%.*s\" is invalid.", (int)len, (const char *)at);
        reader->at += len;
        return add_context(reader);
    }
    case SQL_JSON_TOKEN_BAD_UNICODE:
        if (reader->at < reader->text.len)
            reader->at++;
        return fail_unicode(reader, "\"\\u\" must be followed by four hexadecimal digits.");
    default: /* the end of the text within a string */ return fail_token(reader);
    }
}

/* ---- strings */

static uint32_t hex4(const uint8_t *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t c = ascii_lower(at[i]);
        value = value * 16 + (uint32_t)(sql_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return value;
}

static bool fail_escape(struct sql_call *call, const char *detail)
{
    sql_fail(call->env->error, "22P02", "invalid input syntax for type %s", "json");
    return sql_detail(call->env->error, "%s", detail);
}

/* The code point of \uXXXX at *at (behind the u), with its second half when it is a surrogate. */
static bool decode_unicode(struct sql_call *call, struct slice raw, size_t *at, uint32_t *code)
{
    *code = hex4(raw.ptr + *at);
    *at += 4;
    if (*code == 0) {
        sql_fail(call->env->error, "22P05", "unsupported Unicode escape sequence");
        return sql_detail(call->env->error, "\\u0000 cannot be converted to text.");
    }
    if (*code >= 0xdc00 && *code <= 0xdfff)
        return fail_escape(call, "Unicode low surrogate must follow a high surrogate.");
    if (*code < 0xd800 || *code > 0xdbff)
        return true;
    if (raw.len - *at < 6 || raw.ptr[*at] != '\\' || raw.ptr[*at + 1] != 'u')
        return fail_escape(call, "Unicode low surrogate must follow a high surrogate.");
    uint32_t low = hex4(raw.ptr + *at + 2);
    if (low >= 0xd800 && low <= 0xdbff)
        return fail_escape(call, "Unicode high surrogate must not follow a high surrogate.");
    if (low < 0xdc00 || low > 0xdfff)
        return fail_escape(call, "Unicode low surrogate must follow a high surrogate.");
    *at += 6;
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static void add_utf8(struct sql_bytes *out, uint32_t code)
{
    uint8_t bytes[4];
    size_t len = 0;
    if (code < 0x80) {
        bytes[len++] = (uint8_t)code;
    } else if (code < 0x800) {
        bytes[len++] = (uint8_t)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        bytes[len++] = (uint8_t)(0xe0 | code >> 12);
        bytes[len++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    } else {
        bytes[len++] = (uint8_t)(0xf0 | code >> 18);
        bytes[len++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        bytes[len++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    }
    if (code >= 0x80)
        bytes[len++] = (uint8_t)(0x80 | (code & 0x3f));
    sql_bytes_add(out, bytes, len);
}

/* *stopped: behind the escape that cannot be decoded. */
static bool decode(struct sql_call *call, struct slice raw, struct slice *out, size_t *stopped)
{
    struct sql_bytes text = {.arena = call->arena};
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    for (size_t at = 0; at < raw.len;) {
        uint8_t c = raw.ptr[at++];
        if (c != '\\') {
            sql_bytes_add_char(&text, (char)c);
            continue;
        }
        c = raw.ptr[at++];
        const char *known = strchr(from, (char)c);
        if (c == 'u') {
            uint32_t code;
            bool ok = decode_unicode(call, raw, &at, &code);
            *stopped = at;
            if (!ok)
                return false;
            add_utf8(&text, code);
        } else {
            sql_bytes_add_char(&text, known ? to[known - from] : (char)c);
        }
    }
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(call->env->error);
}

bool sql_json_decode(struct sql_call *call, struct slice raw, struct slice *out)
{
    size_t stopped;
    if (raw.len && memchr(raw.ptr, '\\', raw.len))
        return decode(call, raw, out, &stopped);
    *out = raw;
    return true;
}

/* ---- nesting */

static bool push(struct sql_json_reader *reader, bool object)
{
    if (reader->depth >= SQL_JSON_DEPTH_MAX) {
        sql_fail(reader->call->env->error, "54001", "stack depth limit exceeded");
        return sql_hint(reader->call->env->error,
                        "Increase the configuration parameter \"max_stack_depth\" (currently "
                        "2048kB), after ensuring the platform's stack depth limit is adequate.");
    }
    if (reader->depth / 8 >= reader->room) {
        size_t room = reader->room ? reader->room * 4 : 16;
        uint8_t *grown = arena_zalloc(reader->call->arena, room);
        if (!grown)
            return sql_fail_memory(reader->call->env->error);
        if (reader->room)
            memcpy(grown, reader->objects, reader->room);
        reader->objects = grown;
        reader->room = room;
    }
    uint8_t bit = (uint8_t)(1u << (reader->depth % 8));
    uint8_t *byte = &reader->objects[reader->depth / 8];
    *byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
    reader->depth++;
    return true;
}

static void after_value(struct sql_json_reader *reader)
{
    if (reader->depth == 0) {
        reader->expect = EXPECT_END;
        return;
    }
    uint32_t level = reader->depth - 1;
    bool object = reader->objects[level / 8] & (1u << (level % 8));
    reader->expect = object ? EXPECT_OBJECT_COMMA : EXPECT_ARRAY_COMMA;
}

/* ---- events */

static bool wants_value(const struct sql_json_reader *reader)
{
    return reader->expect <= EXPECT_NEXT_ELEMENT;
}

static bool begin(struct sql_json_reader *reader, bool object, enum sql_json_event *event)
{
    if (!wants_value(reader))
        return fail_expected(reader);
    if (!push(reader, object))
        return false;
    reader->expect = object ? EXPECT_KEY : EXPECT_ELEMENT;
    *event = object ? SQL_JSON_OBJECT : SQL_JSON_ARRAY;
    return true;
}

static bool end(struct sql_json_reader *reader, bool object, enum sql_json_event *event)
{
    bool allowed = object
                       ? reader->expect == EXPECT_KEY || reader->expect == EXPECT_OBJECT_COMMA
                       : reader->expect == EXPECT_ELEMENT || reader->expect == EXPECT_ARRAY_COMMA;
    if (!allowed)
        return fail_expected(reader);
    reader->depth--;
    after_value(reader);
    *event = object ? SQL_JSON_OBJECT_END : SQL_JSON_ARRAY_END;
    return true;
}

/* The token after a comma, which brings no event of its own. */
static bool comma(struct sql_json_reader *reader)
{
    if (reader->expect == EXPECT_ARRAY_COMMA)
        reader->expect = EXPECT_NEXT_ELEMENT;
    else if (reader->expect == EXPECT_OBJECT_COMMA)
        reader->expect = EXPECT_NEXT_KEY;
    else
        return fail_expected(reader);
    return true;
}

static enum sql_json_token next_token(struct sql_json_reader *reader)
{
    size_t at = reader->at;
    while (at < reader->text.len && (reader->text.ptr[at] == ' ' || reader->text.ptr[at] == '\t' ||
                                     reader->text.ptr[at] == '\n' || reader->text.ptr[at] == '\r'))
        at++;
    reader->token = at;
    reader->at = at;
    return sql_json_token(reader->text, &reader->at, &reader->escapes);
}

static bool key(struct sql_json_reader *reader, struct slice *raw)
{
    size_t token = reader->token, at = reader->at;
    enum sql_json_token colon = next_token(reader);
    if (colon == SQL_JSON_TOKEN_END)
        return fail_end(reader);
    if (colon != SQL_JSON_TOKEN_COLON) {
        fail_syntax(reader);
        sql_detail(reader->call->env->error, "Expected \":\", but found \"" SLICE_FMT "\".",
                   SLICE_ARG(token_text(reader)));
        return add_context(reader);
    }
    *raw = slice_of(reader->text.ptr + token + 1, at - token - 2);
    reader->token = token;
    reader->expect = EXPECT_VALUE;
    return true;
}

static bool string(struct sql_json_reader *reader, enum sql_json_event *event, struct slice *raw)
{
    if (reader->decode && reader->escapes) {
        struct slice decoded;
        struct slice inner = token_text(reader);
        size_t stopped;
        inner = slice_of(inner.ptr + 1, inner.len - 2);
        if (!decode(reader->call, inner, &decoded, &stopped)) {
            reader->at = reader->token + 1 + stopped;
            return add_context(reader);
        }
    }
    if (reader->expect == EXPECT_KEY || reader->expect == EXPECT_NEXT_KEY) {
        *event = SQL_JSON_KEY;
        return key(reader, raw);
    }
    if (!wants_value(reader))
        return fail_expected(reader);
    *event = SQL_JSON_STRING;
    *raw = token_text(reader);
    *raw = slice_of(raw->ptr + 1, raw->len - 2);
    after_value(reader);
    return true;
}

static bool scalar(struct sql_json_reader *reader, enum sql_json_event kind,
                   enum sql_json_event *event, struct slice *raw)
{
    if (!wants_value(reader))
        return fail_expected(reader);
    *event = kind;
    *raw = token_text(reader);
    after_value(reader);
    return true;
}

static bool at_end(struct sql_json_reader *reader, enum sql_json_event *event)
{
    if (reader->expect != EXPECT_END)
        return fail_end(reader);
    *event = SQL_JSON_END;
    return true;
}

bool sql_json_next(struct sql_json_reader *reader, enum sql_json_event *event, struct slice *raw)
{
    *raw = slice_of(NULL, 0);
    for (;;) {
        enum sql_json_token token = next_token(reader);
        switch (token) {
        case SQL_JSON_TOKEN_COMMA:
            if (!comma(reader))
                return false;
            continue;
        case SQL_JSON_TOKEN_END: return at_end(reader, event);
        case SQL_JSON_TOKEN_OBJECT:
        case SQL_JSON_TOKEN_ARRAY: return begin(reader, token == SQL_JSON_TOKEN_OBJECT, event);
        case SQL_JSON_TOKEN_OBJECT_END:
        case SQL_JSON_TOKEN_ARRAY_END:
            return end(reader, token == SQL_JSON_TOKEN_OBJECT_END, event);
        case SQL_JSON_TOKEN_COLON: return fail_expected(reader);
        case SQL_JSON_TOKEN_STRING: return string(reader, event, raw);
        case SQL_JSON_TOKEN_NUMBER: return scalar(reader, SQL_JSON_NUMBER, event, raw);
        case SQL_JSON_TOKEN_TRUE: return scalar(reader, SQL_JSON_TRUE, event, raw);
        case SQL_JSON_TOKEN_FALSE: return scalar(reader, SQL_JSON_FALSE, event, raw);
        case SQL_JSON_TOKEN_NULL: return scalar(reader, SQL_JSON_NULL, event, raw);
        case SQL_JSON_TOKEN_BAD: return fail_token(reader);
        default: return fail_string(reader, token);
        }
    }
}

bool sql_json_skip(struct sql_json_reader *reader)
{
    size_t start = reader->token;
    uint32_t outside = reader->depth - 1;
    while (reader->depth > outside) {
        enum sql_json_event event;
        struct slice raw;
        if (!sql_json_next(reader, &event, &raw))
            return false;
    }
    reader->token = start;
    return true;
}

bool sql_json_check(struct sql_call *call, struct slice text)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw;
    sql_json_reader_init(&reader, call, text);
    do {
        if (!sql_json_next(&reader, &event, &raw))
            return false;
    } while (event != SQL_JSON_END);
    return true;
}

/* ---- escaping */

void sql_json_escape(struct sql_bytes *out, struct slice text)
{
    static const char *const short_forms[0x20] = {
        ['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};
    sql_bytes_add_char(out, '"');
    size_t plain = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        sql_bytes_add(out, text.ptr + plain, i - plain);
        plain = i + 1;
        if (c >= 0x20)
            sql_bytes_printf(out, "\\%c", c);
        else if (short_forms[c])
            sql_bytes_add_str(out, short_forms[c]);
        else
            sql_bytes_printf(out, "\\u%04x", c);
    }
    if (text.len)
        sql_bytes_add(out, text.ptr + plain, text.len - plain);
    sql_bytes_add_char(out, '"');
}
