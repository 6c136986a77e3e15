/* Fibers: statements that may wait run on a small stack of their own and yield to the loop.
 *
 * Hand-switched on x86-64 and aarch64 (some 20 ns), ucontext elsewhere. Stacks have a guard page
 * and are pooled. A fiber runs until it ends or calls fiber_yield; whoever resumed it goes on then.
 * One thread only; fibers do not nest (a fiber cannot resume another). */
#ifndef PARLEL_COMMON_FIBER_H
#define PARLEL_COMMON_FIBER_H

#include "common/slice.h"

struct fiber;
struct fiber_pool;

/* stack_size: bytes of each stack, rounded up to pages; idle_max: stacks kept for reuse. */
struct fiber_pool *fiber_pool_create(size_t stack_size, unsigned idle_max);
void fiber_pool_destroy(struct fiber_pool *pool);

/* Makes a fiber that will run entry(arg); it does not start yet. NULL when out of memory. */
struct fiber *fiber_create(struct fiber_pool *pool, void (*entry)(void *arg), void *arg);
/* Runs it until it yields (true) or ends (false; the fiber is gone then). */
bool fiber_resume(struct fiber *fiber);
/* From within: back to whoever resumed. */
void fiber_yield(void);
/* The running fiber, NULL on the loop's own stack. */
struct fiber *fiber_current(void);
/* Bytes of stack left below this call (recursion limits); SIZE_MAX on the loop's stack. */
size_t fiber_stack_left(void);

#endif
