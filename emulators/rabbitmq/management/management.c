#include "emulators/rabbitmq/management/management.h"

#include <errno.h>

#include "common/log.h"
#include "emulators/rabbitmq/management/request.h"
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

/* ---- coming and going */

static bool create(struct rabbit *rabbit)
{
    struct rabbit_management *management = heap_zalloc(rabbit->host.heap, sizeof(*management));
    struct http_server_options options = {.handler = &management_handler,
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
