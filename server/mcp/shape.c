#include "server/mcp/shape.h"

#include <stdio.h>

static const char *const kinds[] = {
    [JSON_OBJECT] = "object", [JSON_ARRAY] = "list",         [JSON_STRING] = "text",
    [JSON_NUMBER] = "number", [JSON_TRUE] = "true or false", [JSON_FALSE] = "true or false",
    [JSON_NULL] = "null",
};

/* Of the value whose first token was read. */
static bool put_shape(struct json_writer *w, struct json_reader *r, const struct json_token *first);

static bool put_array(struct json_writer *w, struct json_reader *r)
{
    struct json_token token;
    uint64_t count = 0;
    json_object(w);
    for (;;) {
        if (!json_next(r, &token))
            return false;
        if (token.kind == JSON_ARRAY_END)
            break;
        if (count == 0)
            json_key_str(w, "each");
        if (count++ == 0 ? !put_shape(w, r, &token) : !json_skip(r, &token))
            return false;
    }
    json_key_str(w, "count");
    json_uint(w, count);
    json_object_end(w);
    return true;
}

static bool put_object(struct json_writer *w, struct json_reader *r)
{
    struct json_token token;
    uint64_t count = 0;
    json_object(w);
    for (;; count++) {
        if (!json_next(r, &token))
            return false;
        if (token.kind == JSON_OBJECT_END)
            break;
        if (count >= MCP_SHAPE_MEMBERS) {
            if (!json_skip(r, &token))
                return false;
            continue;
        }
        json_key(w, token.text);
        if (!json_next(r, &token) || !put_shape(w, r, &token))
            return false;
    }
    if (count > MCP_SHAPE_MEMBERS) {
        char more[40];
        snprintf(more, sizeof(more), "%llu more", (unsigned long long)(count - MCP_SHAPE_MEMBERS));
        json_key_str(w, "...");
        json_str(w, more);
    }
    json_object_end(w);
    return true;
}

static bool put_shape(struct json_writer *w, struct json_reader *r, const struct json_token *first)
{
    bool container = first->kind == JSON_OBJECT || first->kind == JSON_ARRAY;
    if (container && r->depth <= MCP_SHAPE_DEPTH)
        return first->kind == JSON_OBJECT ? put_object(w, r) : put_array(w, r);
    json_str(w, kinds[first->kind]);
    return json_skip(r, first);
}

bool mcp_shape_write(struct json_writer *w, struct slice json, struct arena *arena)
{
    struct json_reader r;
    struct json_token first;
    json_reader_init(&r, json, arena);
    return json_next(&r, &first) && put_shape(w, &r, &first);
}
