/* A sandbox: one instance of each emulator asked for, and everything that they share.
 *
 * Forks of a sandbox are its worlds: sandboxes themselves, with services, a clock, dice and checkpoints of
 * their own, which begin as what they were forked from and share with it what neither changes. All
 * worlds of a sandbox, however they were forked, belong to the one that was created, its root; they share its
 * heap, its journal and its fault rules. They have no ports: connections come to the root's and name their
 * world (emulator_host.find_world).
 *
 * Ownership: a sandbox owns its emulators, their listeners and its checkpoints; the root owns its
 * worlds. Destroying the root ends all connections and gives everything back. The reactor is
 * borrowed and outlives it. Many sandboxes may live on one reactor.
 *
 * All services are cut at the same instant: a checkpoint is taken between two events of the loop,
 * of every service at once, and of the clock and the dice with them.
 *
 * Errors: NULL or false; struct problem says what is wrong where a user can cause it. */
#ifndef PARLEL_SERVER_SANDBOX_H
#define PARLEL_SERVER_SANDBOX_H

#include "common/fault.h"
#include "common/journal.h"

#include "server/listen.h"
#include "server/problem.h"

#define SANDBOX_SERVICES_MAX 16
#define SANDBOX_NAME_MAX     128

struct sandbox;
struct sandbox_checkpoint;

struct sandbox_options {
    struct reactor *reactor; /* NULL in unit tests: nothing listens, time stands at 0 */
    uint64_t seed;           /* of its random */
    size_t memory_max;       /* bytes of state, 0: no limit */
    size_t journal_records;  /* 0: no journal */
    size_t journal_bytes;    /* of keys and codes */
};

struct sandbox *sandbox_create(const struct sandbox_options *options);
/* A root; its worlds go with it. NULL is accepted. */
void sandbox_destroy(struct sandbox *sandbox);

/* ---- services */

/* Makes one more service of a root, with its default settings; its worlds do not get it. */
bool sandbox_add(struct sandbox *sandbox, const struct emulator_type *type,
                 struct problem *problem);
/* Ends a service of a root, its connections, and what checkpoints and worlds have of it. False when
 * memory ran out: some of it may still be there. */
bool sandbox_remove(struct sandbox *sandbox, struct service *service);

/* Services in the order in which they were first added. */
size_t sandbox_service_count(const struct sandbox *sandbox);
struct service *sandbox_service(struct sandbox *sandbox, size_t index);
/* NULL when there is none of that name. */
struct service *sandbox_find(struct sandbox *sandbox, struct slice name);

struct clock *sandbox_clock(struct sandbox *sandbox);
struct heap *sandbox_heap(struct sandbox *sandbox);
struct random *sandbox_random(struct sandbox *sandbox);
struct reactor *sandbox_reactor(struct sandbox *sandbox);
struct journal *sandbox_journal(struct sandbox *sandbox);
struct fault_rules *sandbox_faults(struct sandbox *sandbox);

/* The names that go with a journal record's numbers. */
struct slice sandbox_service_name(struct sandbox *sandbox, uint8_t number);
struct slice sandbox_world_name(struct sandbox *sandbox, uint16_t number);

/* ---- undo */

/* The state of every service at this instant, in O(1). A checkpoint of the same name is replaced;
 * the empty name is one's own, never found by name. NULL when out of memory. */
struct sandbox_checkpoint *sandbox_checkpoint(struct sandbox *sandbox, struct slice name);
/* NULL when there is none of that name. */
struct sandbox_checkpoint *sandbox_find_checkpoint(struct sandbox *sandbox, struct slice name);
/* The named ones, newest first: the one after `at`, the first after NULL. */
struct sandbox_checkpoint *sandbox_next_checkpoint(struct sandbox *sandbox,
                                                   struct sandbox_checkpoint *at);
struct slice sandbox_checkpoint_name(const struct sandbox_checkpoint *checkpoint);
/* When it was taken, by the sandbox's clock, in microseconds. */
int64_t sandbox_checkpoint_at_us(const struct sandbox_checkpoint *checkpoint);
/* Makes every service what it was then; one that was not there is emptied. The checkpoint stays, as
 * do later ones. False when memory ran out. */
bool sandbox_rewind(struct sandbox *sandbox, const struct sandbox_checkpoint *checkpoint);
/* Forgets the checkpoint. */
void sandbox_release(struct sandbox *sandbox, struct sandbox_checkpoint *checkpoint);

/* What reset goes back to is the state of now. False when out of memory: it is as it was. */
bool sandbox_mark_seeded(struct sandbox *sandbox);
/* Rewinds everything, or one service, to the state marked last. */
bool sandbox_reset(struct sandbox *sandbox, struct service *only);

/* ---- worlds */

struct sandbox *sandbox_root(struct sandbox *sandbox);
/* Empty for the root. */
struct slice sandbox_name(const struct sandbox *sandbox);
/* The world of that name, the root for the empty name; NULL when there is none. */
struct sandbox *sandbox_find_world(struct sandbox *sandbox, struct slice name);
/* The worlds of a root, newest first: the one after `at`, the first after NULL. */
struct sandbox *sandbox_next_world(struct sandbox *root, struct sandbox *at);
/* A copy of the sandbox, in O(1), as a world of its root. */
struct sandbox *sandbox_fork(struct sandbox *sandbox, struct slice name, struct problem *problem);
/* Ends a world and its connections. Its name is free at once. */
void sandbox_drop(struct sandbox *world);
/* Connections to all its services. */
unsigned sandbox_session_count(const struct sandbox *sandbox);

#endif
