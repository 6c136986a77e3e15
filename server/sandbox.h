/* A sandbox: one instance of each emulator asked for, and everything that they share.
 *
 * Ownership: the sandbox owns its heap, clock and random, its emulators, their listeners and its
 * checkpoints; destroying it ends its connections and gives everything back. The reactor is
 * borrowed and outlives it. Many sandboxes may live on one reactor.
 *
 * All services are cut at the same instant: a checkpoint is taken between two events of the loop,
 * of every service at once.
 *
 * Errors: NULL or false; struct problem says what is wrong where a user can cause it. */
#ifndef PARLEL_SERVER_SANDBOX_H
#define PARLEL_SERVER_SANDBOX_H

#include "server/listen.h"
#include "server/problem.h"

#define SANDBOX_SERVICES_MAX 16

struct sandbox;
struct sandbox_checkpoint;

struct sandbox_options {
    struct reactor *reactor; /* NULL in unit tests: nothing listens, time stands at 0 */
    uint64_t seed;           /* of its random */
    size_t memory_max;       /* bytes of state, 0: no limit */
};

struct sandbox *sandbox_create(const struct sandbox_options *options);
void sandbox_destroy(struct sandbox *sandbox);

/* Makes one more service, with its default settings. */
bool sandbox_add(struct sandbox *sandbox, const struct emulator_type *type,
                 struct problem *problem);

/* Services in the order in which they were added. */
size_t sandbox_service_count(const struct sandbox *sandbox);
struct service *sandbox_service(struct sandbox *sandbox, size_t index);
/* NULL when there is none of that name. */
struct service *sandbox_find(struct sandbox *sandbox, struct slice name);

struct clock *sandbox_clock(struct sandbox *sandbox);
struct heap *sandbox_heap(struct sandbox *sandbox);

/* The state of every service at this instant, in O(1). A checkpoint of the same name is replaced;
 * the empty name is one's own, never found by name. NULL when out of memory. */
struct sandbox_checkpoint *sandbox_checkpoint(struct sandbox *sandbox, struct slice name);
/* NULL when there is none of that name. */
struct sandbox_checkpoint *sandbox_find_checkpoint(struct sandbox *sandbox, struct slice name);
/* Makes every service what it was then; the checkpoint stays. False when memory ran out. */
bool sandbox_rewind(struct sandbox *sandbox, const struct sandbox_checkpoint *checkpoint);
/* Forgets the checkpoint. */
void sandbox_release(struct sandbox *sandbox, struct sandbox_checkpoint *checkpoint);

#endif
