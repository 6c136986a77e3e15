#include "server/mcp/mcp_http.h"

#include "server/mcp/mcp.h"
#include "server/mcp/message.h"

#define CONTENT_TYPE "application/json"

/* Lies in the exchange's arena. */
struct posted {
    struct http_exchange *x;
    struct mcp_pending *pending;
};

static void answer(void *ctx, int status, struct outq *body)
{
    struct posted *posted = ctx;
    if (status == HTTP_ACCEPTED)
        http_reply(posted->x, status, NULL, slice_of("", 0));
    else
        http_reply_queue(posted->x, status, CONTENT_TYPE, body);
}

static void cancelled(struct http_exchange *x)
{
    struct posted *posted = x->user;
    if (posted->pending)
        mcp_cancel(posted->pending);
}

static void refuse(struct http_exchange *x, int status, enum mcp_code code, const char *message)
{
    static const struct mcp_field no_id;
    struct mcp_error error;
    struct outq body = {0};
    struct json_writer w = json_writer_of(&body);
    mcp_error_say(&error, code, status, "%s", message);
    mcp_error_write(&w, &no_id, &error);
    http_reply_queue(x, status, CONTENT_TYPE, &body);
    outq_done(&body);
}

/* What a page of another site may send without being asked for leave is never JSON. */
static bool is_json(const struct http_exchange *x)
{
    struct slice type = http_head_field(&x->head, "Content-Type");
    const uint8_t *semicolon = type.len ? memchr(type.ptr, ';', type.len) : NULL;
    if (semicolon)
        type.len = (size_t)(semicolon - type.ptr);
    return !type.ptr || slice_is(http_trim(type), CONTENT_TYPE);
}

bool mcp_http_post(struct control *control, struct http_exchange *x)
{
    const struct mcp mcp = {control, control_actions()};
    struct posted *posted = arena_zalloc(x->arena, sizeof(*posted));
    if (!posted) {
        refuse(x, HTTP_SERVICE_UNAVAILABLE, MCP_INTERNAL_ERROR, "out of memory");
        return true;
    }
    if (!is_json(x)) {
        refuse(x, HTTP_UNSUPPORTED_MEDIA_TYPE, MCP_INVALID_REQUEST,
               "Content-Type: expected " CONTENT_TYPE);
        return true;
    }
    posted->x = x;
    x->user = posted;
    x->on_cancel = cancelled;
    struct mcp_delivery delivery = {
        .bytes = x->body,
        .over_http = true,
        .protocol_version = http_head_field(&x->head, "MCP-Protocol-Version"),
        .method = http_head_field(&x->head, "Mcp-Method"),
        .name = http_head_field(&x->head, "Mcp-Name"),
        .answer = answer,
        .ctx = posted,
    };
    /* An answer that was given frees what was posted. */
    struct mcp_pending *pending = mcp_handle(&mcp, &delivery);
    if (pending)
        posted->pending = pending;
    return true;
}
