#include <math.h>

#include "common/assert.h"
#include "common/json.h"
#include "common/text.h"

static void begin_value(struct json_writer *w)
{
    if (w->comma)
        outq_put(w->out, ",", 1);
    w->comma = true;
}

static void open_container(struct json_writer *w, const char *bracket)
{
    begin_value(w);
    outq_put(w->out, bracket, 1);
    w->comma = false;
    w->depth++;
}

static void close_container(struct json_writer *w, const char *bracket)
{
    ASSERT(w->depth > 0);
    outq_put(w->out, bracket, 1);
    w->comma = true;
    w->depth--;
}

void json_object(struct json_writer *w)
{
    open_container(w, "{");
}

void json_object_end(struct json_writer *w)
{
    close_container(w, "}");
}

void json_array(struct json_writer *w)
{
    open_container(w, "[");
}

void json_array_end(struct json_writer *w)
{
    close_container(w, "]");
}

/* The letter behind the backslash, 0 for bytes without a short escape. */
static char short_escape(uint8_t c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

static void put_escaped(struct outq *out, uint8_t c)
{
    char escape[6] = {'\\', short_escape(c)};
    if (escape[1]) {
        outq_put(out, escape, 2);
        return;
    }
    memcpy(escape + 1, "u00", 3);
    text_to_hex(escape + 4, &c, 1);
    outq_put(out, escape, 6);
}

/* How many bytes from the front need no escape. */
static size_t plain_run(struct slice s)
{
    size_t len = 0;
    while (len < s.len) {
        uint8_t c = s.ptr[len];
        if (c < ' ' || c == '"' || c == '\\')
            break;
        size_t width = c < 0x80 ? 1 : utf8_width(slice_from(s, len));
        if (width == 0)
            break;
        len += width;
    }
    return len;
}

static void put_string(struct outq *out, struct slice s)
{
    outq_put(out, "\"", 1);
    for (size_t at = 0; at < s.len;) {
        size_t run = plain_run(slice_from(s, at));
        outq_put(out, s.ptr + at, run);
        at += run;
        if (at < s.len)
            put_escaped(out, s.ptr[at++]);
    }
    outq_put(out, "\"", 1);
}

void json_key(struct json_writer *w, struct slice name)
{
    begin_value(w);
    put_string(w->out, name);
    outq_put(w->out, ":", 1);
    w->comma = false;
}

void json_key_str(struct json_writer *w, const char *name)
{
    json_key(w, slice_str(name));
}

void json_string(struct json_writer *w, struct slice bytes)
{
    begin_value(w);
    put_string(w->out, bytes);
}

void json_str(struct json_writer *w, const char *text)
{
    json_string(w, slice_str(text));
}

void json_raw(struct json_writer *w, struct slice json)
{
    begin_value(w);
    outq_put_slice(w->out, json);
}

void json_int(struct json_writer *w, int64_t value)
{
    char digits[TEXT_INT_MAX];
    json_raw(w, slice_of(digits, text_from_i64(digits, value)));
}

void json_uint(struct json_writer *w, uint64_t value)
{
    char digits[TEXT_INT_MAX];
    json_raw(w, slice_of(digits, text_from_u64(digits, value)));
}

void json_double(struct json_writer *w, double value)
{
    char text[TEXT_DOUBLE_MAX];
    struct slice printed = slice_of(text, text_from_double_shortest(text, value));
    if (isfinite(value))
        json_raw(w, printed);
    else
        json_string(w, printed);
}

void json_bool(struct json_writer *w, bool value)
{
    json_raw(w, slice_str(value ? "true" : "false"));
}

void json_null(struct json_writer *w)
{
    json_raw(w, slice_str("null"));
}
