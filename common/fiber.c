#include "common/fiber.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/fiber_context.h"
#include "common/sanitizer.h"

#if SANITIZER_ADDRESS
#    include <sanitizer/common_interface_defs.h>
#endif

#define STACK_SIZE_MIN 16384u
/* What a pool refuses, so that sizes can be added up without overflow. */
#define STACK_SIZE_MAX ((size_t)PTRDIFF_MAX / 4)

/* At the upper end of its own mapping: guard page, stack, this. */
struct fiber {
    struct fiber_context context;
    struct fiber_pool *pool;
    void (*entry)(void *arg);
    void *arg;
    uint8_t *stack; /* its lower end, above the guard page */
    size_t stack_size;
    struct fiber *next; /* idle */
    bool ended;
    void *fake_stack; /* AddressSanitizer's, while the fiber is switched away from */
};

struct fiber_pool {
    size_t page_size, mapping_size;
    unsigned idle_max, idle_count;
    size_t live_count;
    struct fiber *idle;
};

/* The stack that the thread runs on is the thread's, not a pool's. */
static struct {
    struct fiber *current;
    struct fiber_context loop;
    void *fake_stack;
    const void *stack; /* the loop's, as AddressSanitizer told it */
    size_t stack_size;
} thread;

/* ---- switching, with AddressSanitizer told of it: it must know the bounds of the stack in use */

static void enter(struct fiber *fiber)
{
#if SANITIZER_ADDRESS
    __sanitizer_start_switch_fiber(&thread.fake_stack, fiber->stack, fiber->stack_size);
#endif
    fiber_context_switch(&thread.loop, &fiber->context);
#if SANITIZER_ADDRESS
    __sanitizer_finish_switch_fiber(thread.fake_stack, NULL, NULL);
#endif
}

static void arrived(struct fiber *fiber)
{
#if SANITIZER_ADDRESS
    __sanitizer_finish_switch_fiber(fiber->fake_stack, &thread.stack, &thread.stack_size);
#else
    (void)fiber;
#endif
}

static void leave(struct fiber *fiber)
{
#if SANITIZER_ADDRESS
    /* NULL: its fake frames go with it. */
    __sanitizer_start_switch_fiber(fiber->ended ? NULL : &fiber->fake_stack, thread.stack,
                                   thread.stack_size);
#endif
    fiber_context_switch(&fiber->context, &thread.loop);
    arrived(fiber);
}

static void fiber_main(void)
{
    struct fiber *fiber = thread.current;
    arrived(fiber);
    fiber->entry(fiber->arg);
    fiber->ended = true;
    leave(fiber);
    ASSERT(!fiber->ended); /* nobody may resume it */
}

/* ---- stacks */

struct fiber_pool *fiber_pool_create(size_t stack_size, unsigned idle_max)
{
    struct fiber_pool *pool = calloc(1, sizeof *pool);
    if (!pool || stack_size > STACK_SIZE_MAX) {
        free(pool);
        return NULL;
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (stack_size < STACK_SIZE_MIN)
        stack_size = STACK_SIZE_MIN;
    size_t used = (stack_size + sizeof(struct fiber) + page - 1) / page * page;
    pool->page_size = page;
    pool->mapping_size = page + used;
    pool->idle_max = idle_max;
    return pool;
}

static void unmap(struct fiber *fiber)
{
    struct fiber_pool *pool = fiber->pool;
    munmap(fiber->stack - pool->page_size, pool->mapping_size);
}

void fiber_pool_destroy(struct fiber_pool *pool)
{
    if (!pool)
        return;
    ASSERT(pool->live_count == 0);
    while (pool->idle) {
        struct fiber *fiber = pool->idle;
        pool->idle = fiber->next;
        unmap(fiber);
    }
    free(pool);
}

static struct fiber *map(struct fiber_pool *pool)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    uint8_t *low = mmap(NULL, pool->mapping_size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (low == MAP_FAILED)
        return NULL;
    if (mprotect(low, pool->page_size, PROT_NONE) != 0) {
        munmap(low, pool->mapping_size);
        return NULL;
    }
    size_t at = (pool->mapping_size - sizeof(struct fiber)) & ~(size_t)15;
    struct fiber *fiber = (struct fiber *)(void *)(low + at);
    fiber->pool = pool;
    fiber->stack = low + pool->page_size;
    fiber->stack_size = at - pool->page_size;
    return fiber;
}

static struct fiber *take_stack(struct fiber_pool *pool)
{
    struct fiber *fiber = pool->idle;
    if (!fiber)
        return map(pool);
    pool->idle = fiber->next;
    pool->idle_count--;
    return fiber;
}

static void give_stack(struct fiber *fiber)
{
    struct fiber_pool *pool = fiber->pool;
    pool->live_count--;
    /* The frames that ended with the fiber never returned, so their red zones are still marked. */
    SANITIZER_UNPOISON(fiber->stack, fiber->stack_size);
    if (pool->idle_count >= pool->idle_max) {
        unmap(fiber);
        return;
    }
    fiber->next = pool->idle;
    pool->idle = fiber;
    pool->idle_count++;
}

/* ---- fibers */

struct fiber *fiber_create(struct fiber_pool *pool, void (*entry)(void *arg), void *arg)
{
    struct fiber *fiber = take_stack(pool);
    if (!fiber)
        return NULL;
    pool->live_count++;
    fiber->entry = entry;
    fiber->arg = arg;
    fiber->ended = false;
    fiber->fake_stack = NULL;
    fiber_context_init(&fiber->context, fiber->stack, fiber->stack_size, fiber_main);
    return fiber;
}

bool fiber_resume(struct fiber *fiber)
{
    ASSERT(!thread.current);
    thread.current = fiber;
    enter(fiber);
    thread.current = NULL;
    if (!fiber->ended)
        return true;
    give_stack(fiber);
    return false;
}

void fiber_yield(void)
{
    ASSERT(thread.current);
    leave(thread.current);
}

struct fiber *fiber_current(void)
{
    return thread.current;
}

size_t fiber_stack_left(void)
{
    if (!thread.current)
        return SIZE_MAX;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t low = (uintptr_t)thread.current->stack;
    return here > low ? here - low : 0;
}
