#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

/* Ports to be tried for one that is free on every address. */
#define FREE_PORT_TRIES 64

struct listen_addresses listen_loopback(void)
{
    return (struct listen_addresses){
        2, true, {"127.0.0.1", "::1"}
    };
}

static bool is_address(const char *text)
{
    unsigned char binary[16];
    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

bool listen_parse(struct slice text, struct listen_addresses *out)
{
    if (slice_eq_str(text, "localhost")) {
        *out = listen_loopback();
        return true;
    }
    struct listen_addresses made = {.count = 0};
    for (;;) {
        const uint8_t *comma = text.len ? memchr(text.ptr, ',', text.len) : NULL;
        size_t len = comma ? (size_t)(comma - text.ptr) : text.len;
        if (made.count == LISTEN_ADDRESSES_MAX || len >= LISTEN_ADDRESS_BYTES)
            return false;
        char *to = made.text[made.count++];
        snprintf(to, LISTEN_ADDRESS_BYTES, SLICE_FMT, SLICE_ARG(slice_of(text.ptr, len)));
        if (!is_address(to))
            return false;
        if (!comma)
            break;
        text = slice_from(text, len + 1);
    }
    *out = made;
    return true;
}

/* A rule has the connection reset. */
static bool is_refused(const struct service *service)
{
    struct match_subject subject = {.service = slice_str(service->type->name),
                                    .op = slice_str("connect")};
    return service->faults && service->faults->refusals &&
           fault_apply_refusal(service->faults, &subject);
}

static bool open_session(void *ctx, struct transport *transport)
{
    struct service *service = ctx;
    if (is_refused(service)) {
        transport_abort(transport);
        return false;
    }
    return service->type->session_open(service->emulator, transport);
}

static void refuse_session(void *ctx, struct transport *transport)
{
    struct service *service = ctx;
    service->type->session_refuse(service->emulator, transport);
}

/* The addresses but the first are a courtesy where the machine has no IPv6. */
static bool is_missing_family(int status)
{
    return status == -EAFNOSUPPORT || status == -EADDRNOTAVAIL;
}

static int open_all(struct reactor *reactor, const struct listen_addresses *addresses,
                    uint16_t port, struct service *service)
{
    struct listener_options options = {
        .port = port,
        .on_accept = open_session,
        .on_refuse = service->type->session_refuse ? refuse_session : NULL,
        .ctx = service,
    };
    for (size_t i = 0; i < addresses->count; i++) {
        options.address = addresses->text[i];
        struct listener *listener;
        int status = listener_open(reactor, &options, &listener);
        if (i > 0 && addresses->loopback && is_missing_family(status))
            continue;
        if (status < 0) {
            listen_stop(service);
            return status;
        }
        service->listeners[service->listener_count++] = listener;
        options.port = listener_port(listener);
    }
    service->port = options.port;
    return 0;
}

int listen_start(struct reactor *reactor, const struct listen_addresses *addresses, uint16_t port,
                 struct service *service)
{
    /* A port that is free on the first address may be taken on the next: then another one. */
    int tries = port ? 1 : FREE_PORT_TRIES;
    int status = -EADDRINUSE;
    while (status == -EADDRINUSE && tries-- > 0)
        status = open_all(reactor, addresses, port, service);
    if (status < 0)
        return status;
    snprintf(service->address, sizeof(service->address), "%s", addresses->text[0]);
    if (service->type->listening)
        service->type->listening(service->emulator, service->address, service->port);
    return 0;
}

void listen_stop(struct service *service)
{
    while (service->listener_count > 0)
        listener_close(service->listeners[--service->listener_count], true);
}
