/* Undo of a sandbox: every service, the clock and the dice, cut at one instant. */
#include "common/assert.h"

#include "server/sandbox_internal.h"

static void release_part(struct sandbox *sandbox, struct sandbox_checkpoint *checkpoint,
                         size_t place)
{
    struct service *service = &sandbox->services[place];
    if (checkpoint->of[place])
        service->type->release(service->emulator, checkpoint->of[place]);
    checkpoint->of[place] = NULL;
}

static void free_checkpoint(struct sandbox *sandbox, struct sandbox_checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->count; i++)
        release_part(sandbox, checkpoint, i);
    heap_free(sandbox->shared->heap, checkpoint, sizeof(*checkpoint) + checkpoint->name_len);
}

void sandbox_forget_service(struct sandbox *sandbox, size_t place)
{
    for (struct sandbox_checkpoint *at = sandbox->checkpoints; at; at = at->next)
        if (place < at->count)
            release_part(sandbox, at, place);
}

static struct sandbox_checkpoint *take(struct sandbox *sandbox, struct slice name)
{
    struct sandbox_checkpoint *made = heap_zalloc(sandbox->shared->heap, sizeof(*made) + name.len);
    if (!made)
        return NULL;
    made->clock = clock_setting(&sandbox->clock);
    made->random = sandbox->random;
    made->at_us = clock_now_us(&sandbox->clock);
    made->name_len = name.len;
    if (name.len)
        memcpy(made->name, name.ptr, name.len);
    for (; made->count < sandbox->count; made->count++) {
        struct service *service = &sandbox->services[made->count];
        if (!service->emulator)
            continue;
        made->of[made->count] = service->type->checkpoint(service->emulator);
        if (!made->of[made->count]) {
            free_checkpoint(sandbox, made);
            return NULL;
        }
    }
    return made;
}

struct sandbox_checkpoint *sandbox_checkpoint(struct sandbox *sandbox, struct slice name)
{
    struct sandbox_checkpoint *made = take(sandbox, name);
    if (!made)
        return NULL;
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
    while (at && !slice_eq(sandbox_checkpoint_name(at), name))
        at = at->next;
    return at;
}

struct sandbox_checkpoint *sandbox_next_checkpoint(struct sandbox *sandbox,
                                                   struct sandbox_checkpoint *at)
{
    at = at ? at->next : sandbox->checkpoints;
    while (at && at->name_len == 0)
        at = at->next;
    return at;
}

struct slice sandbox_checkpoint_name(const struct sandbox_checkpoint *checkpoint)
{
    return slice_of(checkpoint->name, checkpoint->name_len);
}

int64_t sandbox_checkpoint_at_us(const struct sandbox_checkpoint *checkpoint)
{
    return checkpoint->at_us;
}

/* checkpoint NULL, or without this service: it is empty. */
static bool rewind_service(struct service *service, size_t place,
                           const struct sandbox_checkpoint *checkpoint)
{
    if (!service->emulator)
        return true;
    if (checkpoint && place < checkpoint->count && checkpoint->of[place])
        return service->type->rewind(service->emulator, checkpoint->of[place]);
    service->type->reset(service->emulator);
    return true;
}

/* The clock first: what a service starts on it is then measured by the time it comes back to. */
static bool rewind_all(struct sandbox *sandbox, const struct sandbox_checkpoint *checkpoint)
{
    bool whole = true;
    if (checkpoint) {
        clock_restore(&sandbox->clock, &checkpoint->clock);
        sandbox->random = checkpoint->random;
    }
    for (size_t i = 0; i < sandbox->count; i++)
        whole = rewind_service(&sandbox->services[i], i, checkpoint) && whole;
    return whole;
}

bool sandbox_rewind(struct sandbox *sandbox, const struct sandbox_checkpoint *checkpoint)
{
    return rewind_all(sandbox, checkpoint);
}

void sandbox_release(struct sandbox *sandbox, struct sandbox_checkpoint *checkpoint)
{
    struct sandbox_checkpoint **link = &sandbox->checkpoints;
    while (*link && *link != checkpoint)
        link = &(*link)->next;
    ASSERT(*link == checkpoint);
    *link = checkpoint->next;
    if (sandbox->seeded == checkpoint)
        sandbox->seeded = NULL;
    free_checkpoint(sandbox, checkpoint);
}

bool sandbox_mark_seeded(struct sandbox *sandbox)
{
    struct sandbox_checkpoint *made = sandbox_checkpoint(sandbox, slice_of("", 0));
    if (!made)
        return false;
    if (sandbox->seeded)
        sandbox_release(sandbox, sandbox->seeded);
    sandbox->seeded = made;
    return true;
}

bool sandbox_reset(struct sandbox *sandbox, struct service *only)
{
    if (only)
        return rewind_service(only, (size_t)(only - sandbox->services), sandbox->seeded);
    return rewind_all(sandbox, sandbox->seeded);
}
