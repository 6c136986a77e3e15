#include "server/mcp/header.h"

#include "common/text.h"

#include "server/mcp/version.h"

#define ENCODED_BEGIN "=?base64?"
#define ENCODED_END   "?="

static const struct {
    const char *method;
    size_t field; /* of the message */
} named[] = {
    {"tools/call",     offsetof(struct mcp_message, name)},
    {"prompts/get",    offsetof(struct mcp_message, name)},
    {"resources/read", offsetof(struct mcp_message, uri) },
};

const struct mcp_field *mcp_header_name(const struct mcp_message *message)
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (slice_eq_str(message->method.text, named[i].method))
            return (const struct mcp_field *)(const void *)((const char *)message + named[i].field);
    return NULL;
}

static bool begins_with(struct slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

static bool is_encoded(struct slice header)
{
    size_t frame = sizeof(ENCODED_BEGIN) - 1 + sizeof(ENCODED_END) - 1;
    return header.len >= frame && begins_with(header, ENCODED_BEGIN) &&
           slice_eq_str(slice_from(header, header.len - 2), ENCODED_END);
}

/* Visible ASCII, and blanks that are not at its ends. */
static bool is_plain(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < ' ' || value.ptr[i] > '~')
            return false;
    return value.len > 0 && value.ptr[0] != ' ' && value.ptr[value.len - 1] != ' ' &&
           !begins_with(value, ENCODED_BEGIN);
}

struct slice mcp_header_encode(struct slice value, struct arena *arena)
{
    if (is_plain(value))
        return value;
    char *text = arena_alloc(arena, TEXT_BASE64_LEN(value.len));
    if (!text)
        return slice_of(NULL, 0);
    text_to_base64(text, value.ptr, value.len);
    return arena_concat(arena, slice_str(ENCODED_BEGIN), slice_of(text, TEXT_BASE64_LEN(value.len)),
                        slice_str(ENCODED_END));
}

struct slice mcp_header_decode(struct slice header, struct arena *arena)
{
    if (!is_encoded(header))
        return header;
    struct slice text = slice_from(header, sizeof(ENCODED_BEGIN) - 1);
    text.len -= sizeof(ENCODED_END) - 1;
    size_t len;
    uint8_t *bytes = arena_alloc(arena, text.len);
    if (!bytes || !text_from_base64(text, bytes, &len))
        return slice_of(NULL, 0);
    return slice_of(bytes, len);
}

bool mcp_header_mismatch(struct mcp_error *error, const char *header, const char *what)
{
    return mcp_error_say(error, MCP_HEADER_MISMATCH, 400, "header %s: expected what %s says",
                         header, what);
}

bool mcp_header_check(const struct mcp_delivery *delivery, const struct mcp_message *message,
                      struct arena *arena, struct mcp_error *error)
{
    if (!delivery->protocol_version.ptr)
        return mcp_header_mismatch(error, "MCP-Protocol-Version", MCP_META_VERSION);
    if (!delivery->method.ptr || !slice_eq(delivery->method, message->method.text))
        return mcp_header_mismatch(error, "Mcp-Method", "method");
    const struct mcp_field *name = mcp_header_name(message);
    if (!name || !mcp_field_is_text(name))
        return true;
    struct slice header = slice_of(NULL, 0);
    if (delivery->name.ptr)
        header = mcp_header_decode(delivery->name, arena);
    if (!header.ptr || !slice_eq(header, name->text))
        return mcp_header_mismatch(error, "Mcp-Name", "params.name or params.uri");
    return true;
}
