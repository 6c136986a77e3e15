/* One JSON-RPC 2.0 message, with the members of its params that MCP's methods ask for.
 *
 * Ownership: a message borrows from its bytes and from the arena that it was read with. Errors:
 * struct mcp_error, which is what the peer is answered. */
#ifndef PARLEL_SERVER_MCP_MESSAGE_H
#define PARLEL_SERVER_MCP_MESSAGE_H

#include "common/json.h"

/* Error codes of JSON-RPC, and those that MCP adds. */
enum mcp_code {
    MCP_PARSE_ERROR = -32700,
    MCP_INVALID_REQUEST = -32600,
    MCP_METHOD_NOT_FOUND = -32601,
    MCP_INVALID_PARAMS = -32602,
    MCP_INTERNAL_ERROR = -32603,
    MCP_RESOURCE_NOT_FOUND = -32002, /* before 2026-07-28 */
    MCP_HEADER_MISMATCH = -32020,
    MCP_UNSUPPORTED_VERSION = -32022
};

struct mcp_error {
    enum mcp_code code;
    int status;       /* of HTTP */
    struct slice uri; /* of a resource that is not there; ptr NULL: it is about something else */
    struct slice requested; /* a version that is not supported; ptr NULL likewise */
    char message[320];
};

/* Fills *error and returns false, so that failing and reporting are one line. */
bool mcp_error_say(struct mcp_error *error, enum mcp_code code, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One member's value. */
struct mcp_field {
    bool given;
    enum json_kind kind;
    struct slice text; /* a string unescaped; everything else as it was written */
};

static inline bool mcp_field_is_text(const struct mcp_field *field)
{
    return field->given && field->kind == JSON_STRING;
}

enum mcp_kind { MCP_REQUEST, MCP_NOTIFICATION, MCP_RESPONSE };

struct mcp_message {
    enum mcp_kind kind;
    struct mcp_field jsonrpc, id, method, params, result, error;
    /* of params: */
    struct mcp_field name, arguments, uri, cursor, protocol_version, request_id, meta, argument;
    /* of params.argument: */
    struct mcp_field argument_name, argument_value;
    /* of params._meta: */
    struct mcp_field meta_version, meta_capabilities, meta_client;
};

/* False: *error says why it is no message; out->id is what could be read of its id. */
bool mcp_message_read(struct slice json, struct arena *arena, struct mcp_message *out,
                      struct mcp_error *error);

/* Whether two ids are the same; 1 and "1" are not. */
bool mcp_id_equal(const struct mcp_field *a, const struct mcp_field *b);
/* Writes an id as it came; null for what is none. */
void mcp_id_write(struct json_writer *w, const struct mcp_field *id);

/* {"jsonrpc", "id", "error"} */
void mcp_error_write(struct json_writer *w, const struct mcp_field *id,
                     const struct mcp_error *error);

#endif
