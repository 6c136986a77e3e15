/* A service behind a session: whatever the bytes, and however they come, the same is answered, every
 * exchange is answered or cancelled once, and the connection ends where it should. */
#include <stdlib.h>

#include "common/assert.h"
#include "emulators/http/http_route.h"

struct service {
    struct http_exchange *parked;
    size_t pieces_len;
};

static void forget(struct http_exchange *x)
{
    struct service *service = x->user;
    ASSERT(service->parked == x);
    service->parked = NULL;
}

static void park(void *context, struct http_exchange *x, const struct http_match *match)
{
    struct service *service = context;
    (void)match;
    ASSERT(!service->parked);
    service->parked = x;
    x->user = service;
    x->on_cancel = forget;
}

static void echo(void *context, struct http_exchange *x, const struct http_match *match)
{
    struct uri_form form;
    (void)context;
    http_add_field(x, "X-Name", http_match_get(match, "name"));
    if (uri_parse_form(x->arena, x->uri.query, &form) == URI_OK && form.count)
        http_add_field(x, "X-Query", form.pairs[0].value);
    http_reply(x, HTTP_OK, "text/plain", x->body);
}

static void stream(void *context, struct http_exchange *x, const struct http_match *match)
{
    (void)context;
    (void)match;
    http_stream_begin(x, HTTP_OK, "text/event-stream");
    http_stream_event(x, &(struct http_sse_event){.data = x->body});
    http_stream_put(x, x->body);
    http_stream_end(x);
}

static const struct http_route routes[] = {
    {"GET",   "/p", park},
    {"GET",   "/s", stream},
    {"POST",   "/s", stream},
    {"POST", "/{name}", echo},
    {0 },
};

static void count_piece(struct http_exchange *x, struct slice piece)
{
    struct service *service = x->user;
    service->pieces_len += piece.len;
}

static void head(void *context, struct http_exchange *x)
{
    if (slice_eq_str(x->head.method, "PUT")) {
        x->user = context;
        http_take_body(x, count_piece);
    } else if (slice_eq_str(x->head.method, "DELETE")) {
        http_fail(x, HTTP_FORBIDDEN, "no");
    }
}

static void request(void *context, struct http_exchange *x)
{
    http_route_request(routes, context, x);
}

/* Feeds the bytes in pieces of so many, answering what is parked after each; what was answered. */
static struct slice converse(struct slice bytes, size_t piece, struct outq *said)
{
    static const struct http_handler handler = {.request = request, .head = head};
    struct service service = {0};
    struct http_server *server = http_server_create(
        &(struct http_server_options){.handler = &handler, .context = &service, .body_max = 64});
    struct transport *transport = memory_transport_create();
    ASSERT(server && transport && http_server_open(server, transport));
    for (size_t at = 0; at < bytes.len; at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;
        memory_transport_feed(transport, slice_of(bytes.ptr + at, len));
        while (service.parked) {
            struct http_exchange *x = service.parked;
            service.parked = NULL;
            http_reply(x, HTTP_OK, NULL, slice_str("late"));
            memory_transport_turn(transport);
        }
    }
    outq_append(said, &transport->out);
    memory_transport_destroy(transport);
    ASSERT(http_server_sessions(server) == 0 && !service.parked);
    http_server_destroy(server);
    return outq_flatten(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outq whole = {0}, bytewise = {0};
    if (size == 0)
        return 0;
    struct slice bytes = slice_of(data, size);
    ASSERT(slice_eq(converse(bytes, size, &whole), converse(bytes, 1, &bytewise)));
    outq_done(&whole);
    outq_done(&bytewise);
    return 0;
}
