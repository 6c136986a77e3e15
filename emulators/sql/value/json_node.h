/* One JSON value out of a text or a jsonb document, looked at in the same way: what kind it is, its
 * children, its text. Borrows from the document. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSON_NODE_H
#define PARLEL_EMULATORS_SQL_VALUE_JSON_NODE_H

#include "emulators/sql/value/jsonb.h"

enum sql_json_node_kind {
    SQL_JSON_NODE_NULL,
    SQL_JSON_NODE_STRING,
    SQL_JSON_NODE_OTHER, /* numbers and booleans */
    SQL_JSON_NODE_ARRAY,
    SQL_JSON_NODE_OBJECT,
};

struct sql_json_node {
    enum sql_json_node_kind kind;
    bool binary;
    struct sql_jsonb value; /* binary */
    struct slice text;      /* otherwise: as it stands in the text */
    struct slice raw;       /* of a string in a text: without its quotes */
};

/* A member or element; key is empty for elements. */
struct sql_json_child {
    struct slice key;
    struct sql_json_node node;
};

/* The document as a node; a text is read to its end, so that its errors come first. */
bool sql_json_node_open(struct sql_call *call, struct datum document, bool binary,
                        struct sql_json_node *out);
/* Members or elements of a container, in call->arena, in the order of the document. */
bool sql_json_node_children(struct sql_call *call, const struct sql_json_node *node,
                            struct sql_json_child **out, uint32_t *count);
/* The characters of a string, or the JSON text of what is none. */
bool sql_json_node_plain(struct sql_call *call, const struct sql_json_node *node,
                         struct slice *out);
/* The JSON text, strings with their quotes. */
bool sql_json_node_text(struct sql_call *call, const struct sql_json_node *node, struct slice *out);

#endif
