#include "emulators/rabbitmq/management/management.h"

#include <errno.h>
#include <stdio.h>

#include "common/journal.h"
#include "common/log.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/routes.h"
#include "emulators/rabbitmq/queue.h"
#include "emulators/rabbitmq/rabbitmq.h"

#define ADDRESSES_MAX 2

/* Ports to be tried for one that is free on every address. */
#define FREE_PORT_TRIES 64

struct rabbit_management {
    struct http_server *server;
    struct listener *listeners[ADDRESSES_MAX];
    size_t listener_count;
    uint16_t port;
};

/* ---- requests */

static void record(const struct management_call *call, const struct management_route *route,
                   int64_t started_us)
{
    const struct emulator_host *host = &call->rabbit->host;
    struct slice keys[HTTP_PARAMETERS_MAX];
    char code[8];
    if (!host->journal || !journal_is_on(host->journal))
        return;
    for (size_t i = 0; i < call->match->count; i++)
        keys[i] = call->match->parameters[i].value;
    struct journal_entry entry = {
        .op = route->op,
        .at_us = clock_now_us(host->clock),
        .bytes_in = call->x->body.len,
        .bytes_out = call->bytes_out,
        .us = reactor_monotonic_us() - started_us,
        .keys = keys,
        .key_count = (uint32_t)call->match->count,
        .world = host->world,
        .service = host->service,
        .outcome = call->status < HTTP_BAD_REQUEST ? JOURNAL_OK : JOURNAL_ERROR,
    };
    if (entry.outcome == JOURNAL_ERROR)
        entry.code = slice_of(code, (size_t)snprintf(code, sizeof(code), "%d", call->status));
    journal_add(host->journal, &entry);
}

/* The user may be replaced by the call itself. */
static void handle(struct management_call *call, const struct management_route *route)
{
    struct heap *heap = call->rabbit->host.heap;
    union {
        const struct rabbit_user *seen;
        struct rabbit_user *held;
    } user = {call->user};
    if (user.held)
        user.held->refs++;
    route->handle(call);
    rabbit_deliver(call->rabbit);
    if (user.held)
        trie_item_release(&rabbit_user_type, heap, user.held);
}

static void run(struct rabbit *rabbit, struct http_exchange *x, const struct http_match *match)
{
    const struct management_route *route = management_route_of(match);
    struct management_call call = {.rabbit = rabbit, .x = x, .arena = x->arena, .match = match};
    int64_t started_us = reactor_monotonic_us();
    outq_init(&call.body);
    call.out = json_writer_of(&call.body);
    if (x->uri.query.ptr && uri_parse_form(x->arena, x->uri.query, &call.query) != URI_OK)
        management_bad_request(&call, "malformed query string");
    else if (!match->route->flags || management_authorize(&call, match->route->flags))
        handle(&call, route);
    record(&call, route, started_us);
    outq_done(&call.body);
}

static bool takes_json(const struct http_exchange *x)
{
    struct slice accept = http_head_field(&x->head, "Accept");
    static const char *const types[] = {"application/json", "*/*", "application/*"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && accept.ptr; i++) {
        size_t len = strlen(types[i]);
        for (size_t at = 0; at + len <= accept.len; at++)
            if (memcmp(accept.ptr + at, types[i], len) == 0)
                return true;
    }
    return !accept.ptr;
}

/* A slash at the end is none. */
static struct slice path_of(const struct http_exchange *x)
{
    struct slice path = x->uri.path;
    return path.len > 1 && path.ptr[path.len - 1] == '/' ? slice_of(path.ptr, path.len - 1) : path;
}

static void request(void *context, struct http_exchange *x)
{
    struct rabbit *rabbit = context;
    struct http_match match;
    x->uri.path = path_of(x);
    bool is_found = http_route_find(management_routes(), x->head.method, x->uri.path, x->arena,
                                    &match) == HTTP_ROUTE_FOUND;
    if (!is_found || x->head.form == HTTP_ASTERISK_FORM)
        http_route_request(management_routes(), context, x); /* says why not */
    else if (match.route->flags && !takes_json(x))
        http_reply(x, HTTP_NOT_ACCEPTABLE, NULL, slice_of(NULL, 0));
    else
        run(rabbit, x, &match);
}

static void fail(void *context, struct http_exchange *x, int status, const char *text)
{
    struct management_call call = {.rabbit = context, .x = x, .arena = x->arena};
    outq_init(&call.body);
    if (status == HTTP_METHOD_NOT_ALLOWED)
        http_reply(x, status, NULL, slice_of(NULL, 0));
    else if (status == HTTP_NOT_FOUND)
        management_not_found(&call);
    else
        management_fail(&call, status, "bad_request", "%s", text);
    outq_done(&call.body);
}

static const struct http_handler handler = {.request = request, .fail = fail};

/* ---- coming and going */

static bool create(struct rabbit *rabbit)
{
    struct rabbit_management *management = heap_zalloc(rabbit->host.heap, sizeof(*management));
    struct http_server_options options = {.handler = &handler,
                                          .context = rabbit,
                                          .reactor = rabbit->host.reactor,
                                          .clock = rabbit->host.clock};
    if (!management)
        return false;
    management->server = http_server_create(&options);
    if (!management->server) {
        heap_free(rabbit->host.heap, management, sizeof(*management));
        return false;
    }
    rabbit->management = management;
    return true;
}

bool rabbit_management_open(struct rabbit *rabbit, struct transport *transport)
{
    return (rabbit->management || create(rabbit)) &&
           http_server_open(rabbit->management->server, transport);
}

/* ---- listening */

static bool on_accept(void *ctx, struct transport *transport)
{
    return rabbit_management_open(ctx, transport);
}

static void stop_listening(struct rabbit_management *management)
{
    while (management->listener_count)
        listener_close(management->listeners[--management->listener_count], false);
}

/* On the broker's address; where that is the loopback one, on that of IPv6 too if there is any. */
static int open_all(struct rabbit *rabbit, uint16_t port)
{
    struct rabbit_management *management = rabbit->management;
    struct listener_options options = {
        .address = rabbit->address, .port = port, .on_accept = on_accept, .ctx = rabbit};
    bool is_loopback = strcmp(rabbit->address, "127.0.0.1") == 0;
    struct listener **to = management->listeners;
    int status = listener_open(rabbit->host.reactor, &options, &to[0]);
    if (status < 0)
        return status;
    management->listener_count = 1;
    management->port = options.port = listener_port(to[0]);
    options.address = "::1";
    status = is_loopback ? listener_open(rabbit->host.reactor, &options, &to[1]) : 0;
    if (status == -EADDRINUSE)
        stop_listening(management);
    else if (is_loopback && status == 0)
        management->listener_count = 2;
    return status == -EADDRINUSE ? status : 0;
}

static int open_port(struct rabbit *rabbit, uint16_t port)
{
    int tries = port ? 1 : FREE_PORT_TRIES;
    int status = -EADDRINUSE;
    while (status == -EADDRINUSE && tries-- > 0)
        status = open_all(rabbit, port);
    return status;
}

/* The usual port is for whoever has AMQP's usual one, too, and not worth failing for. */
static int open_usual(struct rabbit *rabbit)
{
    uint16_t usual = rabbit->port == rabbitmq_emulator_type.port ? RABBIT_MANAGEMENT_PORT : 0;
    int status = open_port(rabbit, usual);
    if (status == 0 && !usual)
        log_message(LOG_INFO, "RabbitMQ's management listens on %u", rabbit->management->port);
    if (status != -EADDRINUSE || !usual)
        return status;
    status = open_port(rabbit, 0);
    log_message(LOG_WARNING, "port %u is in use; RabbitMQ's management listens on %u instead",
                usual, rabbit->management->port);
    return status;
}

void rabbit_management_listen(struct rabbit *rabbit)
{
    const struct rabbit_config *config = &rabbit->config;
    rabbit_management_stop(rabbit);
    if (config->management == RABBIT_MANAGEMENT_OFF || !rabbit->host.reactor)
        return;
    int status = !create(rabbit) ? -ENOMEM
                 : config->management == RABBIT_MANAGEMENT_USUAL
                     ? open_usual(rabbit)
                     : open_port(rabbit, config->management_port);
    if (status == 0)
        return;
    log_message(LOG_ERROR, "RabbitMQ's management cannot listen on port %u: %s",
                config->management_port, strerror(-status));
    rabbit_management_stop(rabbit);
}

void rabbit_management_close_all(struct rabbit *rabbit)
{
    if (rabbit->management)
        http_server_close(rabbit->management->server);
}

void rabbit_management_stop(struct rabbit *rabbit)
{
    struct rabbit_management *management = rabbit->management;
    if (!management)
        return;
    stop_listening(management);
    http_server_retire(management->server);
    heap_free(rabbit->host.heap, management, sizeof(*management));
    rabbit->management = NULL;
}

uint16_t rabbit_management_port(const struct rabbit *rabbit)
{
    return rabbit->management ? rabbit->management->port : 0;
}
