#include "server/sandbox.h"

#include <stdlib.h>

#include "common/assert.h"

/* Of a limited memory, this part is kept for commands that have begun, but no more than so much. */
#define RESERVE_PART 16
#define RESERVE_MAX  ((size_t)1 << 20)
/* Turns of the loop that closing connections may take before their emulator goes. */
#define CLOSING_TURNS_MAX 16

struct sandbox_checkpoint {
    struct sandbox_checkpoint *next;
    size_t count; /* services that existed then: the first `count` of the sandbox */
    struct emulator_checkpoint *of[SANDBOX_SERVICES_MAX];
    size_t name_len;
    uint8_t name[];
};

struct sandbox {
    struct heap *heap;
    struct clock clock;
    struct random random;
    struct reactor *reactor;
    struct emulator_host host; /* lent to the emulators */
    size_t count;
    struct service services[SANDBOX_SERVICES_MAX];
    struct sandbox_checkpoint *checkpoints; /* newest first */
};

struct sandbox *sandbox_create(const struct sandbox_options *options)
{
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    if (!sandbox)
        return NULL;
    sandbox->heap = heap_create(options->memory_max);
    if (!sandbox->heap) {
        free(sandbox);
        return NULL;
    }
    size_t reserve = options->memory_max / RESERVE_PART;
    heap_set_reserve(sandbox->heap, reserve < RESERVE_MAX ? reserve : RESERVE_MAX);
    clock_init(&sandbox->clock, options->reactor ? reactor_now_us(options->reactor) : 0);
    if (options->reactor && reactor_add_clock(options->reactor, &sandbox->clock) < 0) {
        clock_done(&sandbox->clock);
        heap_destroy(sandbox->heap);
        free(sandbox);
        return NULL;
    }
    random_seed(&sandbox->random, options->seed);
    sandbox->reactor = options->reactor;
    sandbox->host =
        (struct emulator_host){sandbox->heap, &sandbox->clock, &sandbox->random, options->reactor};
    return sandbox;
}

/* Sessions learn of their end from the loop, so it turns until the emulators have none. */
static void end_connections(struct sandbox *sandbox)
{
    bool open = false;
    for (size_t i = 0; i < sandbox->count; i++) {
        open = open || sandbox->services[i].listener_count > 0;
        listen_stop(&sandbox->services[i]);
    }
    for (int turn = 0; open && turn < CLOSING_TURNS_MAX; turn++) {
        reactor_turn(sandbox->reactor, 0);
        open = false;
        for (size_t i = 0; i < sandbox->count; i++) {
            struct service *service = &sandbox->services[i];
            open = open || service->type->session_count(service->emulator) > 0;
        }
    }
}

void sandbox_destroy(struct sandbox *sandbox)
{
    if (!sandbox)
        return;
    end_connections(sandbox);
    while (sandbox->checkpoints)
        sandbox_release(sandbox, sandbox->checkpoints);
    for (size_t i = sandbox->count; i-- > 0;)
        sandbox->services[i].type->destroy(sandbox->services[i].emulator);
    if (sandbox->reactor)
        reactor_remove_clock(sandbox->reactor, &sandbox->clock);
    clock_done(&sandbox->clock);
    heap_destroy(sandbox->heap);
    free(sandbox);
}

bool sandbox_add(struct sandbox *sandbox, const struct emulator_type *type, struct problem *problem)
{
    ASSERT(sandbox->count < SANDBOX_SERVICES_MAX);
    struct emulator_error error = {.message = "out of memory"};
    struct emulator *emulator = type->create(&sandbox->host, &error);
    if (!emulator)
        return problem_say(problem, "%s: %s", type->name, error.message);
    sandbox->services[sandbox->count++] = (struct service){.type = type, .emulator = emulator};
    return true;
}

size_t sandbox_service_count(const struct sandbox *sandbox)
{
    return sandbox->count;
}

struct service *sandbox_service(struct sandbox *sandbox, size_t index)
{
    ASSERT(index < sandbox->count);
    return &sandbox->services[index];
}

struct service *sandbox_find(struct sandbox *sandbox, struct slice name)
{
    for (size_t i = 0; i < sandbox->count; i++)
        if (slice_eq_str(name, sandbox->services[i].type->name))
            return &sandbox->services[i];
    return NULL;
}

struct clock *sandbox_clock(struct sandbox *sandbox)
{
    return &sandbox->clock;
}

struct heap *sandbox_heap(struct sandbox *sandbox)
{
    return sandbox->heap;
}

/* Gives the services' parts back, and the block. */
static void free_checkpoint(struct sandbox *sandbox, struct sandbox_checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->count; i++) {
        struct service *service = &sandbox->services[i];
        service->type->release(service->emulator, checkpoint->of[i]);
    }
    heap_free(sandbox->heap, checkpoint, sizeof(*checkpoint) + checkpoint->name_len);
}

struct sandbox_checkpoint *sandbox_checkpoint(struct sandbox *sandbox, struct slice name)
{
    struct sandbox_checkpoint *made = heap_zalloc(sandbox->heap, sizeof(*made) + name.len);
    if (!made)
        return NULL;
    made->name_len = name.len;
    if (name.len)
        memcpy(made->name, name.ptr, name.len);
    for (; made->count < sandbox->count; made->count++) {
        struct service *service = &sandbox->services[made->count];
        made->of[made->count] = service->type->checkpoint(service->emulator);
        if (!made->of[made->count]) {
            free_checkpoint(sandbox, made);
            return NULL;
        }
    }
    struct sandbox_checkpoint *replaced = sandbox_find_checkpoint(sandbox, name);
    if (replaced)
        sandbox_release(sandbox, replaced);
    made->next = sandbox->checkpoints;
    sandbox->checkpoints = made;
    return made;
}

struct sandbox_checkpoint *sandbox_find_checkpoint(struct sandbox *sandbox, struct slice name)
{
    if (name.len == 0)
        return NULL;
    struct sandbox_checkpoint *at = sandbox->checkpoints;
    while (at && !slice_eq(slice_of(at->name, at->name_len), name))
        at = at->next;
    return at;
}

bool sandbox_rewind(struct sandbox *sandbox, const struct sandbox_checkpoint *checkpoint)
{
    bool whole = true;
    for (size_t i = 0; i < checkpoint->count; i++) {
        struct service *service = &sandbox->services[i];
        whole = service->type->rewind(service->emulator, checkpoint->of[i]) && whole;
    }
    return whole;
}

void sandbox_release(struct sandbox *sandbox, struct sandbox_checkpoint *checkpoint)
{
    struct sandbox_checkpoint **link = &sandbox->checkpoints;
    while (*link && *link != checkpoint)
        link = &(*link)->next;
    ASSERT(*link == checkpoint);
    *link = checkpoint->next;
    free_checkpoint(sandbox, checkpoint);
}
