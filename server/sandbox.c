#include "server/sandbox.h"

#include <stdlib.h>

#include "common/assert.h"

#include "server/sandbox_internal.h"

/* Of a limited memory, this part is kept for commands that have begun, but no more than so much. */
#define RESERVE_PART 16
#define RESERVE_MAX  ((size_t)1 << 20)

/* Turns of the loop that closing connections may take before their emulator goes. */
#define CLOSING_TURNS_MAX 16

/* ---- life */

static struct sandbox_shared *create_shared(const struct sandbox_options *options)
{
    struct sandbox_shared *shared = calloc(1, sizeof(*shared));
    if (!shared)
        return NULL;
    shared->heap = heap_create(options->memory_max);
    if (!shared->heap ||
        !journal_resize(&shared->journal, options->journal_records, options->journal_bytes)) {
        heap_destroy(shared->heap);
        free(shared);
        return NULL;
    }
    size_t reserve = options->memory_max / RESERVE_PART;
    heap_set_reserve(shared->heap, reserve < RESERVE_MAX ? reserve : RESERVE_MAX);
    shared->reactor = options->reactor;
    random_seed(&shared->fault_random, options->seed);
    fault_rules_init(&shared->faults, &shared->fault_random);
    return shared;
}

static void destroy_shared(struct sandbox_shared *shared)
{
    if (shared->reactor)
        reactor_idle_stop(shared->reactor, &shared->sweeper);
    fault_rules_done(&shared->faults);
    journal_done(&shared->journal);
    sandbox_free_names(shared);
    heap_destroy(shared->heap);
    free(shared);
}

struct sandbox *sandbox_make(struct sandbox *root, struct sandbox_shared *shared, struct slice name)
{
    struct sandbox *sandbox = heap_zalloc(shared->heap, sizeof(*sandbox) + name.len);
    if (!sandbox)
        return NULL;
    sandbox->root = root ? root : sandbox;
    sandbox->shared = shared;
    sandbox->name = slice_of(sandbox + 1, name.len);
    if (name.len)
        memcpy(sandbox + 1, name.ptr, name.len);
    clock_init(&sandbox->clock, shared->reactor ? reactor_now_us(shared->reactor) : 0);
    if (shared->reactor && reactor_add_clock(shared->reactor, &sandbox->clock) < 0) {
        heap_free(shared->heap, sandbox, sizeof(*sandbox) + name.len);
        return NULL;
    }
    return sandbox;
}

void sandbox_unmake(struct sandbox *sandbox)
{
    struct sandbox_shared *shared = sandbox->shared;
    while (sandbox->checkpoints)
        sandbox_release(sandbox, sandbox->checkpoints);
    for (size_t i = sandbox->count; i-- > 0;)
        if (sandbox->services[i].emulator)
            sandbox->services[i].type->destroy(sandbox->services[i].emulator);
    if (shared->reactor)
        reactor_remove_clock(shared->reactor, &sandbox->clock);
    clock_done(&sandbox->clock);
    heap_free(shared->heap, sandbox, sizeof(*sandbox) + sandbox->name.len);
}

struct sandbox *sandbox_create(const struct sandbox_options *options)
{
    struct sandbox_shared *shared = create_shared(options);
    struct sandbox *sandbox = shared ? sandbox_make(NULL, shared, slice_of("", 0)) : NULL;
    if (sandbox)
        random_seed(&sandbox->random, options->seed);
    else if (shared)
        destroy_shared(shared);
    return sandbox;
}

unsigned sandbox_session_count(const struct sandbox *sandbox)
{
    unsigned count = 0;
    for (size_t i = 0; i < sandbox->count; i++) {
        const struct service *service = &sandbox->services[i];
        count += service->emulator ? service->type->session_count(service->emulator) : 0;
    }
    return count;
}

static unsigned ending_session_count(const struct sandbox_ending *ending)
{
    return ending->type->session_count(ending->emulator);
}

static unsigned all_session_count(const struct sandbox *root)
{
    const struct sandbox_shared *shared = root->shared;
    unsigned count = sandbox_session_count(root);
    for (const struct sandbox *world = shared->worlds; world; world = world->next)
        count += sandbox_session_count(world);
    for (const struct sandbox *world = shared->leaving; world; world = world->next)
        count += sandbox_session_count(world);
    for (const struct sandbox_ending *at = shared->ending; at; at = at->next)
        count += ending_session_count(at);
    return count;
}

static void sweep_services(struct sandbox_shared *shared)
{
    for (struct sandbox_ending **link = &shared->ending; *link;) {
        struct sandbox_ending *ending = *link;
        if (ending_session_count(ending) > 0) {
            link = &ending->next;
            continue;
        }
        *link = ending->next;
        ending->type->destroy(ending->emulator);
        heap_free(shared->heap, ending, sizeof(*ending));
    }
}

static void sweep_worlds(struct sandbox_shared *shared)
{
    for (struct sandbox **link = &shared->leaving; *link;) {
        struct sandbox *world = *link;
        if (sandbox_session_count(world) > 0) {
            link = &world->next;
            continue;
        }
        *link = world->next;
        sandbox_unmake(world);
    }
}

static bool sweep(struct reactor_idle *idle)
{
    struct sandbox_shared *shared = RING_OWNER(idle, struct sandbox_shared, sweeper);
    sweep_services(shared);
    sweep_worlds(shared);
    return shared->leaving || shared->ending;
}

void sandbox_sweep(struct sandbox_shared *shared)
{
    shared->sweeper.run = sweep;
    if (shared->reactor)
        reactor_idle_start(shared->reactor, &shared->sweeper);
    else
        sweep(&shared->sweeper);
}

/* Sessions learn of their end from the loop, so it turns until the emulators have none. */
static void end_connections(struct sandbox *root)
{
    for (size_t i = 0; i < root->count; i++)
        listen_stop(&root->services[i]);
    if (root->shared->reactor)
        for (int turn = 0; all_session_count(root) && turn < CLOSING_TURNS_MAX; turn++)
            reactor_turn(root->shared->reactor, 0);
}

static void unmake_all(struct sandbox **list)
{
    while (*list) {
        struct sandbox *world = *list;
        *list = world->next;
        sandbox_unmake(world);
    }
}

void sandbox_destroy(struct sandbox *sandbox)
{
    if (!sandbox)
        return;
    struct sandbox_shared *shared = sandbox->shared;
    fault_clear(&shared->faults);
    end_connections(sandbox);
    sweep_services(shared);
    unmake_all(&shared->worlds);
    unmake_all(&shared->leaving);
    sandbox_unmake(sandbox);
    destroy_shared(shared);
}

/* ---- services */

static struct emulator *find_in_world(const struct emulator_host *host, struct slice name)
{
    struct sandbox *world = sandbox_find_world(host->world_ctx, name);
    return world ? world->services[host->service].emulator : NULL;
}

struct emulator_host *sandbox_host(struct sandbox *sandbox, size_t place,
                                   const struct emulator_type *type)
{
    struct sandbox_shared *shared = sandbox->shared;
    (void)type;
    sandbox->hosts[place] = (struct emulator_host){
        .heap = shared->heap,
        .clock = &sandbox->clock,
        .random = &sandbox->random,
        .reactor = shared->reactor,
        .journal = &shared->journal,
        .faults = &shared->faults,
        .service = (uint8_t)place,
        .world = sandbox->number,
        .world_name = sandbox->name,
        .find_world = find_in_world,
        .world_ctx = sandbox->root,
    };
    return &sandbox->hosts[place];
}

/* The place that the type has, or the next free one. */
static size_t place_of(const struct sandbox *sandbox, const struct emulator_type *type)
{
    size_t place = 0;
    while (place < sandbox->count && sandbox->services[place].type != type)
        place++;
    ASSERT(place < SANDBOX_SERVICES_MAX);
    return place;
}

bool sandbox_add(struct sandbox *sandbox, const struct emulator_type *type, struct problem *problem)
{
    struct emulator_error error = {.message = "out of memory"};
    size_t place = place_of(sandbox, type);
    if (place < sandbox->count && sandbox->services[place].emulator)
        return problem_say(problem, "%s runs already", type->name);
    struct emulator *emulator = type->create(sandbox_host(sandbox, place, type), &error);
    if (!emulator)
        return problem_say(problem, "%s: %s", type->name, error.message);
    sandbox->services[place] = (struct service){.type = type, .emulator = emulator};
    sandbox->services[place].faults = &sandbox->shared->faults;
    sandbox->services[place].started_us = reactor_monotonic_us();
    if (place == sandbox->count)
        sandbox->count++;
    return true;
}

/* Takes the service out of one world, and lets its connections end. */
static bool end_service(struct sandbox *sandbox, size_t place)
{
    struct service *service = &sandbox->services[place];
    struct sandbox_ending *ending =
        service->emulator ? heap_zalloc(sandbox->shared->heap, sizeof(*ending)) : NULL;
    if (!ending)
        return !service->emulator;
    sandbox_forget_service(sandbox, place);
    listen_stop(service);
    service->type->session_close_all(service->emulator);
    *ending = (struct sandbox_ending){sandbox->shared->ending, service->type, service->emulator};
    sandbox->shared->ending = ending;
    service->emulator = NULL;
    return true;
}

bool sandbox_remove(struct sandbox *sandbox, struct service *service)
{
    size_t place = (size_t)(service - sandbox->services);
    ASSERT(sandbox->root == sandbox && place < sandbox->count && service->emulator);
    bool ended = end_service(sandbox, place);
    for (struct sandbox *world = sandbox->shared->worlds; world; world = world->next)
        ended = end_service(world, place) && ended;
    sandbox_sweep(sandbox->shared);
    return ended;
}

/* The index-th of those that run. */
static struct service *running(struct sandbox *sandbox, size_t index)
{
    for (size_t i = 0; i < sandbox->count; i++)
        if (sandbox->services[i].emulator && index-- == 0)
            return &sandbox->services[i];
    return NULL;
}

size_t sandbox_service_count(const struct sandbox *sandbox)
{
    size_t count = 0;
    for (size_t i = 0; i < sandbox->count; i++)
        count += sandbox->services[i].emulator != NULL;
    return count;
}

struct service *sandbox_service(struct sandbox *sandbox, size_t index)
{
    struct service *service = running(sandbox, index);
    ASSERT(service);
    return service;
}

struct service *sandbox_find(struct sandbox *sandbox, struct slice name)
{
    for (size_t i = 0; i < sandbox->count; i++)
        if (sandbox->services[i].emulator && slice_eq_str(name, sandbox->services[i].type->name))
            return &sandbox->services[i];
    return NULL;
}

/* ---- what it has */

struct clock *sandbox_clock(struct sandbox *sandbox)
{
    return &sandbox->clock;
}

struct heap *sandbox_heap(struct sandbox *sandbox)
{
    return sandbox->shared->heap;
}

struct random *sandbox_random(struct sandbox *sandbox)
{
    return &sandbox->random;
}

struct reactor *sandbox_reactor(struct sandbox *sandbox)
{
    return sandbox->shared->reactor;
}

struct journal *sandbox_journal(struct sandbox *sandbox)
{
    return &sandbox->shared->journal;
}

struct fault_rules *sandbox_faults(struct sandbox *sandbox)
{
    return &sandbox->shared->faults;
}

struct slice sandbox_service_name(struct sandbox *sandbox, uint8_t number)
{
    const struct sandbox *root = sandbox->root;
    return number < root->count ? slice_str(root->services[number].type->name) : slice_of("", 0);
}
