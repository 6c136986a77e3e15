/* Inside of a sandbox: what sandbox.c, checkpoint.c and world.c share. */
#ifndef PARLEL_SERVER_SANDBOX_INTERNAL_H
#define PARLEL_SERVER_SANDBOX_INTERNAL_H

#include "server/sandbox.h"

struct sandbox_checkpoint {
    struct sandbox_checkpoint *next;
    struct clock_setting clock;
    struct random random;
    int64_t at_us;
    size_t count; /* of the parts */
    /* By the service's place; NULL: the service was not there. */
    struct emulator_checkpoint *of[SANDBOX_SERVICES_MAX];
    size_t name_len;
    uint8_t name[];
};

/* A service that was removed, until its connections have ended. */
struct sandbox_ending {
    struct sandbox_ending *next;
    const struct emulator_type *type;
    struct emulator *emulator;
};

/* What all worlds of a root share. */
struct sandbox_shared {
    struct heap *heap;
    struct reactor *reactor;
    struct journal journal;
    struct fault_rules faults;
    struct random fault_random; /* so that a rule's dice do not change what the services throw */
    struct sandbox *worlds;     /* newest first */
    struct sandbox *leaving;    /* dropped; their connections are about to end */
    struct sandbox_ending *ending;
    struct reactor_idle sweeper; /* destroys both */
    struct slice *names;         /* of worlds by number less one, heap */
    size_t name_count, name_room;
    uint16_t last_number;
};

struct sandbox {
    struct sandbox *root, *next;
    struct sandbox_shared *shared;
    struct slice name;
    uint16_t number;
    struct clock clock;
    struct random random;
    size_t count; /* places in use; a place belongs to one type for ever */
    struct service services[SANDBOX_SERVICES_MAX];    /* emulator NULL: it does not run */
    struct emulator_host hosts[SANDBOX_SERVICES_MAX]; /* lent to the emulators */
    struct sandbox_checkpoint *checkpoints;           /* newest first */
    struct sandbox_checkpoint *seeded;                /* one of them; NULL: empty */
};

/* A sandbox without services; root NULL: it is one. */
struct sandbox *sandbox_make(struct sandbox *root, struct sandbox_shared *shared,
                             struct slice name);
/* Frees one sandbox that has no connections. */
void sandbox_unmake(struct sandbox *sandbox);
/* Readies the place's host and returns it. */
struct emulator_host *sandbox_host(struct sandbox *sandbox, size_t place,
                                   const struct emulator_type *type);
/* Destroys what was dropped or removed, as soon as nobody is connected to it. */
void sandbox_sweep(struct sandbox_shared *shared);
/* Forgets what the sandbox's checkpoints keep of a service. */
void sandbox_forget_service(struct sandbox *sandbox, size_t place);
/* Frees the names of the worlds. */
void sandbox_free_names(struct sandbox_shared *shared);

#endif
