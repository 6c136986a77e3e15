#include "server/mcp/message.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "server/mcp/version.h"

bool mcp_error_say(struct mcp_error *error, enum mcp_code code, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *error = (struct mcp_error){.code = code, .status = status};
    vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    return false;
}

/* ---- reading */

/* A member that is wanted: where it goes, and what is wanted of the object that it is. */
struct member {
    const char *name;
    size_t at;
    const struct member *inner;
};

#define FIELD(name) offsetof(struct mcp_message, name)

static const struct member meta_members[] = {
    {MCP_META_VERSION,      FIELD(meta_version), NULL},
    {MCP_META_CAPABILITIES,                 FIELD(meta_capabilities), NULL},
    {MCP_META_CLIENT, FIELD(meta_client), NULL},
    {0                },
};

static const struct member argument_members[] = {
    {"name",  FIELD(argument_name), NULL},
    {"value",   FIELD(argument_value), NULL},
    {0},
};

static const struct member params_members[] = {
    {"name",            FIELD(name), NULL},
    {"arguments",             FIELD(arguments), NULL},
    {"uri",       FIELD(uri), NULL},
    {"cursor",             FIELD(cursor), NULL},
    {"protocolVersion",             FIELD(protocol_version), NULL},
    {"requestId",             FIELD(request_id), NULL},
    {"argument",          FIELD(argument), argument_members},
    {"_meta",             FIELD(meta), meta_members},
    {0},
};

static const struct member message_members[] = {
    {"jsonrpc", FIELD(jsonrpc), NULL},
    {"id",     FIELD(id), NULL},
    {"method",      FIELD(method), NULL},
    {"params",     FIELD(params), params_members},
    {"result",  FIELD(result), NULL},
    {"error",     FIELD(error), NULL},
    {0 },
};

static const struct member *find_member(const struct member *members, struct slice name)
{
    while (members->name && !slice_eq_str(name, members->name))
        members++;
    return members->name ? members : NULL;
}

static bool read_object(struct json_reader *r, const struct member *members,
                        struct mcp_message *out);

static bool read_field(struct json_reader *r, const struct member *member,
                       const struct json_token *first, struct mcp_message *out)
{
    struct mcp_field *field = (struct mcp_field *)(void *)((char *)out + member->at);
    *field = (struct mcp_field){true, first->kind, first->text};
    if (first->kind == JSON_OBJECT && member->inner)
        return read_object(r, member->inner, out);
    if (!json_skip(r, first))
        return false;
    if (first->kind == JSON_OBJECT || first->kind == JSON_ARRAY)
        field->text = slice_of(r->in.ptr + first->at, r->at - first->at);
    return true;
}

/* The rest of an object whose begin was read. */
static bool read_object(struct json_reader *r, const struct member *members,
                        struct mcp_message *out)
{
    struct json_token token;
    for (;;) {
        if (!json_next(r, &token))
            return false;
        if (token.kind != JSON_KEY)
            return true; /* the object's end */
        const struct member *member = find_member(members, token.text);
        if (!json_next(r, &token) ||
            !(member ? read_field(r, member, &token, out) : json_skip(r, &token)))
            return false;
    }
}

/* ---- checking */

/* Digits alone, perhaps signed. */
static bool is_integer(struct slice number)
{
    for (size_t i = 0; i < number.len; i++)
        if (number.ptr[i] == '.' || (number.ptr[i] | 0x20) == 'e')
            return false;
    return true;
}

static bool is_id(const struct mcp_field *id)
{
    return id->kind == JSON_STRING || (id->kind == JSON_NUMBER && is_integer(id->text));
}

static bool invalid(struct mcp_error *error, const char *what)
{
    return mcp_error_say(error, MCP_INVALID_REQUEST, 400, "%s", what);
}

static bool check(struct mcp_message *m, struct mcp_error *error)
{
    if (m->id.given && !is_id(&m->id)) {
        m->id.given = false;
        return invalid(error, "id: expected a text or an integer");
    }
    if (!mcp_field_is_text(&m->jsonrpc) || !slice_eq_str(m->jsonrpc.text, "2.0"))
        return invalid(error, "jsonrpc: expected \"2.0\"");
    if (!m->method.given && (m->result.given || m->error.given)) {
        m->kind = MCP_RESPONSE;
        return true;
    }
    if (!mcp_field_is_text(&m->method))
        return invalid(error, "method: expected a text");
    m->kind = m->id.given ? MCP_REQUEST : MCP_NOTIFICATION;
    if (m->params.given && m->params.kind != JSON_OBJECT)
        return mcp_error_say(error, MCP_INVALID_PARAMS, 400, "params: expected an object");
    return true;
}

bool mcp_message_read(struct slice json, struct arena *arena, struct mcp_message *out,
                      struct mcp_error *error)
{
    struct json_reader r;
    struct json_token token;
    size_t at = 0;
    *out = (struct mcp_message){.kind = MCP_REQUEST};
    json_reader_init(&r, json, arena);
    if (json_next(&r, &token) && token.kind != JSON_OBJECT && json_skip(&r, &token))
        return invalid(error, "expected a JSON-RPC message, an object");
    if (!json_error(&r, &at) && read_object(&r, message_members, out) && json_next(&r, &token))
        return check(out, error);
    out->id.given = false;
    const char *problem = json_error(&r, &at);
    return mcp_error_say(error, MCP_PARSE_ERROR, 400, "malformed JSON at byte %zu: %s", at,
                         problem);
}

/* ---- ids and errors */

bool mcp_id_equal(const struct mcp_field *a, const struct mcp_field *b)
{
    return a->given && b->given && a->kind == b->kind && slice_eq(a->text, b->text);
}

void mcp_id_write(struct json_writer *w, const struct mcp_field *id)
{
    if (!id->given)
        json_null(w);
    else if (id->kind == JSON_STRING)
        json_string(w, id->text);
    else
        json_raw(w, id->text);
}

static void write_data(struct json_writer *w, const struct mcp_error *error)
{
    if (!error->uri.ptr && !error->requested.ptr)
        return;
    json_key_str(w, "data");
    json_object(w);
    if (error->uri.ptr) {
        json_key_str(w, "uri");
        json_string(w, error->uri);
    } else {
        json_key_str(w, "supported");
        mcp_versions_write(w);
        json_key_str(w, "requested");
        json_string(w, error->requested);
    }
    json_object_end(w);
}

void mcp_error_write(struct json_writer *w, const struct mcp_field *id,
                     const struct mcp_error *error)
{
    json_object(w);
    json_key_str(w, "jsonrpc");
    json_str(w, "2.0");
    json_key_str(w, "id");
    mcp_id_write(w, id);
    json_key_str(w, "error");
    json_object(w);
    json_key_str(w, "code");
    json_int(w, error->code);
    json_key_str(w, "message");
    json_str(w, error->message);
    write_data(w, error);
    json_object_end(w);
    json_object_end(w);
}
