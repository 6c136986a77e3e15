/* A service and where it listens: on every address of its sandbox, with one port.
 *
 * By default that is 127.0.0.1 and, where the machine has it, ::1, because many clients try ::1
 * first for `localhost` and some try nothing else. Port 0 is any one that is free on all addresses.
 *
 * Errors: 0 or a negative errno; a failure leaves the service not listening. */
#ifndef PARLEL_SERVER_LISTEN_H
#define PARLEL_SERVER_LISTEN_H

#include "common/fault.h"
#include "emulators/emulator.h"

#define LISTEN_ADDRESSES_MAX 4
#define LISTEN_ADDRESS_BYTES 64

/* The addresses to listen on. */
struct listen_addresses {
    size_t count;
    bool loopback; /* the default: addresses after the first may be missing on this machine */
    char text[LISTEN_ADDRESSES_MAX][LISTEN_ADDRESS_BYTES];
};

/* 127.0.0.1 and ::1. */
struct listen_addresses listen_loopback(void);
/* Numeric addresses separated by commas; `localhost` is both loopback addresses. False and *out
 * untouched when the text is anything else. */
bool listen_parse(struct slice text, struct listen_addresses *out);

/* One service of a sandbox: its emulator, owned by the sandbox, and its listeners. */
struct service {
    const struct emulator_type *type;
    struct emulator *emulator;
    struct fault_rules *faults; /* borrowed; those that refuse connections; NULL: there are none */
    int64_t started_us;         /* reactor_monotonic_us() then */
    size_t listener_count;      /* 0: it does not listen */
    uint16_t port;
    char address[LISTEN_ADDRESS_BYTES]; /* the first of its addresses */
    struct listener *listeners[LISTEN_ADDRESSES_MAX];
};

/* Connections become sessions of the service's emulator. The service must stay where it is. */
int listen_start(struct reactor *reactor, const struct listen_addresses *addresses, uint16_t port,
                 struct service *service);
/* Ends the listeners and their connections; the sessions learn of it from the loop. */
void listen_stop(struct service *service);

#endif
