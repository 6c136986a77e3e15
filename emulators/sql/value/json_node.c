#include "emulators/sql/value/json_node.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/json_text.h"

static struct sql_json_node of_jsonb(struct sql_jsonb value)
{
    static const enum sql_json_node_kind kinds[] = {
        [SQL_JSONB_KIND_NULL] = SQL_JSON_NODE_NULL,
        [SQL_JSONB_KIND_STRING] = SQL_JSON_NODE_STRING,
        [SQL_JSONB_KIND_NUMBER] = SQL_JSON_NODE_OTHER,
        [SQL_JSONB_KIND_FALSE] = SQL_JSON_NODE_OTHER,
        [SQL_JSONB_KIND_TRUE] = SQL_JSON_NODE_OTHER,
        [SQL_JSONB_KIND_ARRAY] = SQL_JSON_NODE_ARRAY,
        [SQL_JSONB_KIND_OBJECT] = SQL_JSON_NODE_OBJECT,
    };
    return (struct sql_json_node){.kind = kinds[value.kind], .binary = true, .value = value};
}

/* The value that the reader's latest event began, which is read to its end. */
static bool take(struct sql_json_reader *reader, enum sql_json_event event, struct slice raw,
                 struct sql_json_node *out)
{
    bool container = event == SQL_JSON_OBJECT || event == SQL_JSON_ARRAY;
    size_t start = reader->token;
    if (container && !sql_json_skip(reader))
        return false;
    *out = (struct sql_json_node){
        .kind = event == SQL_JSON_OBJECT   ? SQL_JSON_NODE_OBJECT
                : event == SQL_JSON_ARRAY  ? SQL_JSON_NODE_ARRAY
                : event == SQL_JSON_STRING ? SQL_JSON_NODE_STRING
                : event == SQL_JSON_NULL   ? SQL_JSON_NODE_NULL
                                           : SQL_JSON_NODE_OTHER,
        .text = slice_of(reader->text.ptr + start, reader->at - start),
        .raw = raw,
    };
    return true;
}

bool sql_json_node_open(struct sql_call *call, struct datum document, bool binary,
                        struct sql_json_node *out)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw, rest;
    if (binary) {
        *out = of_jsonb(sql_jsonb_open(document));
        return true;
    }
    sql_json_reader_init(&reader, call, datum_slice(document));
    return sql_json_next(&reader, &event, &raw) && take(&reader, event, raw, out) &&
           sql_json_next(&reader, &event, &rest);
}

struct children {
    struct sql_json_child *items;
    uint32_t count, room;
};

static struct sql_json_child *add(struct sql_call *call, struct children *children)
{
    if (children->count == children->room) {
        uint32_t room = children->room ? children->room * 2 : 8;
        struct sql_json_child *items = arena_array(call->arena, room, sizeof(*items));
        if (!items) {
            sql_fail_memory(call->env->error);
            return NULL;
        }
        if (children->count)
            memcpy(items, children->items, children->count * sizeof(*items));
        children->items = items;
        children->room = room;
    }
    return &children->items[children->count++];
}

static bool text_children(struct sql_call *call, const struct sql_json_node *node,
                          struct children *children)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw;
    sql_json_reader_init(&reader, call, node->text);
    if (!sql_json_next(&reader, &event, &raw))
        return false;
    for (;;) {
        struct slice key = {NULL, 0};
        if (!sql_json_next(&reader, &event, &raw))
            return false;
        if (event == SQL_JSON_OBJECT_END || event == SQL_JSON_ARRAY_END)
            return true;
        if (event == SQL_JSON_KEY &&
            (!sql_json_decode(call, raw, &key) || !sql_json_next(&reader, &event, &raw)))
            return false;
        struct sql_json_child *child = add(call, children);
        if (!child || !take(&reader, event, raw, &child->node))
            return false;
        child->key = key;
    }
}

static bool binary_children(struct sql_call *call, const struct sql_jsonb *value,
                            struct children *children)
{
    bool object = value->kind == SQL_JSONB_KIND_OBJECT;
    for (uint32_t i = 0; i < sql_jsonb_count(value); i++) {
        struct sql_json_child *child = add(call, children);
        if (!child)
            return false;
        child->key = object ? sql_jsonb_key(value, i) : slice_of(NULL, 0);
        child->node = of_jsonb(object ? sql_jsonb_member(value, i) : sql_jsonb_element(value, i));
    }
    return true;
}

bool sql_json_node_children(struct sql_call *call, const struct sql_json_node *node,
                            struct sql_json_child **out, uint32_t *count)
{
    struct children children = {0};
    if (!(node->binary ? binary_children(call, &node->value, &children)
                       : text_children(call, node, &children)))
        return false;
    *out = children.items;
    *count = children.count;
    return true;
}

bool sql_json_node_plain(struct sql_call *call, const struct sql_json_node *node, struct slice *out)
{
    if (node->kind != SQL_JSON_NODE_STRING)
        return sql_json_node_text(call, node, out);
    if (!node->binary)
        return sql_json_decode(call, node->raw, out);
    *out = node->value.bytes;
    return true;
}

bool sql_json_node_text(struct sql_call *call, const struct sql_json_node *node, struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    *out = node->text;
    if (!node->binary)
        return true;
    if (!sql_jsonb_print(call, &node->value, false, &text))
        return false;
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(call->env->error);
}
