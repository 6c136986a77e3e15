/* The switch from one stack to another, for fiber.c alone.
 *
 * By hand on x86-64 and aarch64: the registers that a call must preserve, and the floating-point
 * modes; no system call. ucontext, which saves the signal mask with a system call, elsewhere or with
 * -DFIBER_UCONTEXT=1. */
#ifndef PARLEL_COMMON_FIBER_CONTEXT_H
#define PARLEL_COMMON_FIBER_CONTEXT_H

#include <stddef.h>

#ifndef FIBER_UCONTEXT
#    if (defined(__x86_64__) && !defined(__ILP32__)) || (defined(__aarch64__) && defined(__LP64__))
#        define FIBER_UCONTEXT 0
#    else
#        define FIBER_UCONTEXT 1
#    endif
#endif

#if FIBER_UCONTEXT
#    include <ucontext.h>
struct fiber_context {
    ucontext_t registers;
};
#else
struct fiber_context {
    void *sp; /* everything else is on that stack */
};
#endif

/* Makes a context that will call entry on the given stack; entry never returns. */
void fiber_context_init(struct fiber_context *context, void *stack, size_t size,
                        void (*entry)(void));

/* Leaves `from` here and goes on where `to` was left; returns when somebody switches back. */
void fiber_context_switch(struct fiber_context *from, const struct fiber_context *to);

#endif
