/* Worlds: the forks of a sandbox. */
#include "common/assert.h"

#include "server/sandbox_internal.h"

#define NAMES_ROOM_MIN 16

/* ---- names, which outlive their worlds: the journal tells of them by number */

static bool make_room(struct sandbox_shared *shared)
{
    if (shared->name_count < shared->name_room)
        return true;
    size_t room = shared->name_room ? shared->name_room * 2 : NAMES_ROOM_MIN;
    struct slice *grown = heap_realloc(shared->heap, shared->names,
                                       shared->name_room * sizeof(*grown), room * sizeof(*grown));
    if (!grown)
        return false;
    shared->names = grown;
    shared->name_room = room;
    return true;
}

static bool is_taken(const struct sandbox_shared *shared, uint16_t number)
{
    for (const struct sandbox *at = shared->worlds; at; at = at->next)
        if (at->number == number)
            return true;
    return false;
}

/* A number for a new world; 0: out of memory. After the last one they begin anew. */
static uint16_t take_number(struct sandbox_shared *shared, struct slice name)
{
    uint8_t *copy = heap_alloc(shared->heap, name.len);
    if (!copy || !make_room(shared)) {
        heap_free(shared->heap, copy, name.len);
        return 0;
    }
    memcpy(copy, name.ptr, name.len);
    do {
        shared->last_number = shared->last_number == UINT16_MAX ? 1 : shared->last_number + 1;
    } while (is_taken(shared, shared->last_number));
    size_t at = shared->last_number - 1u;
    if (at < shared->name_count)
        heap_free(shared->heap, (void *)(uintptr_t)shared->names[at].ptr, shared->names[at].len);
    else
        shared->name_count++;
    shared->names[at] = slice_of(copy, name.len);
    return shared->last_number;
}

void sandbox_free_names(struct sandbox_shared *shared)
{
    for (size_t i = 0; i < shared->name_count; i++)
        heap_free(shared->heap, (void *)(uintptr_t)shared->names[i].ptr, shared->names[i].len);
    heap_free(shared->heap, shared->names, shared->name_room * sizeof(*shared->names));
}

struct slice sandbox_world_name(struct sandbox *sandbox, uint16_t number)
{
    const struct sandbox_shared *shared = sandbox->shared;
    if (number == 0 || number > shared->name_count)
        return slice_of("", 0);
    return shared->names[number - 1];
}

/* ---- finding */

struct sandbox *sandbox_root(struct sandbox *sandbox)
{
    return sandbox->root;
}

struct slice sandbox_name(const struct sandbox *sandbox)
{
    return sandbox->name;
}

struct sandbox *sandbox_next_world(struct sandbox *root, struct sandbox *at)
{
    return at ? at->next : root->shared->worlds;
}

struct sandbox *sandbox_find_world(struct sandbox *sandbox, struct slice name)
{
    if (name.len == 0)
        return sandbox->root;
    struct sandbox *world = sandbox->shared->worlds;
    while (world && !slice_eq(world->name, name))
        world = world->next;
    return world;
}

/* ---- forking */

/* Names stand behind an '@' in what drivers send. */
static bool check_name(struct sandbox *sandbox, struct slice name, struct problem *problem)
{
    if (name.len == 0 || name.len > SANDBOX_NAME_MAX)
        return problem_say(problem, "a world's name has 1 to %d characters", SANDBOX_NAME_MAX);
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || strchr("@/:?#%&\"'\\", name.ptr[i]))
            return problem_say(problem, "a world's name is made of letters, digits, '-', '_', '.'");
    if (sandbox_find_world(sandbox, name))
        return problem_say(problem, "there is a world '" SLICE_FMT "' already", SLICE_ARG(name));
    return true;
}

static bool fork_service(struct sandbox *from, struct sandbox *to, size_t place,
                         struct problem *problem)
{
    const struct service *service = &from->services[place];
    struct emulator_error error = {.message = "out of memory"};
    to->services[place] = (struct service){
        .type = service->type, .faults = service->faults, .started_us = reactor_monotonic_us()};
    if (!service->emulator)
        return true;
    struct emulator_checkpoint *now = service->type->checkpoint(service->emulator);
    struct emulator *emulator =
        now ? service->type->fork(service->emulator, now, sandbox_host(to, place, service->type),
                                  &error)
            : NULL;
    if (now)
        service->type->release(service->emulator, now);
    to->services[place].emulator = emulator;
    return emulator || problem_say(problem, "%s: %s", service->type->name, error.message);
}

struct sandbox *sandbox_fork(struct sandbox *sandbox, struct slice name, struct problem *problem)
{
    if (!check_name(sandbox, name, problem))
        return NULL;
    struct sandbox_shared *shared = sandbox->shared;
    struct sandbox *world = sandbox_make(sandbox->root, shared, name);
    if (!world || !(world->number = take_number(shared, name))) {
        problem_say(problem, "out of memory");
        if (world)
            sandbox_unmake(world);
        return NULL;
    }
    struct clock_setting setting = clock_setting(&sandbox->clock);
    clock_restore(&world->clock, &setting);
    world->random = sandbox->random;
    for (; world->count < sandbox->count; world->count++) {
        if (!fork_service(sandbox, world, world->count, problem)) {
            sandbox_unmake(world);
            return NULL;
        }
    }
    if (!sandbox_mark_seeded(world)) {
        problem_say(problem, "out of memory");
        sandbox_unmake(world);
        return NULL;
    }
    world->next = shared->worlds;
    shared->worlds = world;
    return world;
}

/* ---- dropping */

void sandbox_drop(struct sandbox *world)
{
    struct sandbox_shared *shared = world->shared;
    struct sandbox **link = &shared->worlds;
    while (*link && *link != world)
        link = &(*link)->next;
    ASSERT(*link == world);
    *link = world->next;
    world->next = shared->leaving;
    shared->leaving = world;
    for (size_t i = 0; i < world->count; i++)
        if (world->services[i].emulator)
            world->services[i].type->session_close_all(world->services[i].emulator);
    sandbox_sweep(shared);
}
