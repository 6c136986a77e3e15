#include "server/mcp/excerpt.h"

struct copying {
    struct json_reader reader;
    struct json_writer *w;
    struct mcp_excerpt *excerpt;
    size_t written; /* bytes, some */
    struct {
        size_t count; /* elements so far */
        bool object;
    } open[JSON_DEPTH_MAX];
    unsigned depth;
};

/* Is there room for one more in the innermost container? */
static bool has_room(const struct copying *c)
{
    if (c->depth == 0)
        return true;
    size_t count = c->open[c->depth - 1].count;
    if (count >= MCP_EXCERPT_ROWS)
        return false;
    return c->written < MCP_EXCERPT_BYTES ||
           (c->open[c->depth - 1].object && count < MCP_EXCERPT_MEMBERS);
}

static void put_text(struct copying *c, struct slice text)
{
    if (text.len > MCP_EXCERPT_TEXT) {
        text.len = MCP_EXCERPT_TEXT;
        while (text.len && (text.ptr[text.len] & 0xc0) == 0x80) /* within a character */
            text.len--;
        c->excerpt->texts_cut++;
    }
    json_string(c->w, text);
    c->written += text.len;
}

static void open_container(struct copying *c, bool object)
{
    bool outermost = c->depth == 0;
    c->open[c->depth].count = 0;
    c->open[c->depth++].object = object;
    if (!object)
        json_array(c->w);
    else if (!outermost)
        json_object(c->w);
}

static void close_container(struct copying *c)
{
    c->depth--;
    if (!c->open[c->depth].object)
        json_array_end(c->w);
    else if (c->depth > 0)
        json_object_end(c->w);
}

static void put_value(struct copying *c, const struct json_token *token)
{
    switch (token->kind) {
    case JSON_OBJECT: open_container(c, true); return;
    case JSON_ARRAY: open_container(c, false); return;
    case JSON_STRING: put_text(c, token->text); return;
    default: json_raw(c->w, token->text); c->written += token->text.len;
    }
}

/* A member's or element's first token. */
static bool put_element(struct copying *c, const struct json_token *token)
{
    if (!has_room(c)) {
        c->excerpt->rows_left_out++;
        return json_skip(&c->reader, token);
    }
    if (c->depth)
        c->open[c->depth - 1].count++;
    if (token->kind != JSON_KEY) {
        put_value(c, token);
        return true;
    }
    struct json_token value;
    json_key(c->w, token->text);
    if (!json_next(&c->reader, &value))
        return false;
    put_value(c, &value);
    return true;
}

bool mcp_excerpt_write(struct json_writer *w, struct slice json, struct arena *arena,
                       struct mcp_excerpt *out)
{
    struct copying copying = {.w = w, .excerpt = out};
    struct json_token token;
    *out = (struct mcp_excerpt){0};
    json_reader_init(&copying.reader, json, arena);
    while (json_next(&copying.reader, &token)) {
        if (token.kind == JSON_END)
            return true;
        if (token.kind == JSON_OBJECT_END || token.kind == JSON_ARRAY_END)
            close_container(&copying);
        else if (!put_element(&copying, &token))
            return false;
    }
    return false;
}
