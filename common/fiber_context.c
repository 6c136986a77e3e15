#include "common/fiber_context.h"

#include <stdint.h>

#if FIBER_UCONTEXT

void fiber_context_init(struct fiber_context *context, void *stack, size_t size,
                        void (*entry)(void))
{
    getcontext(&context->registers);
    context->registers.uc_stack.ss_sp = stack;
    context->registers.uc_stack.ss_size = size;
    context->registers.uc_link = NULL;
    makecontext(&context->registers, entry, 0);
}

void fiber_context_switch(struct fiber_context *from, const struct fiber_context *to)
{
    swapcontext(&from->registers, &to->registers);
}

#else

/* Pushes what a call must preserve, exchanges the stack pointers, pops the same of the other side
 * and returns there. */
void fiber_context_swap(void **out_sp, void *sp);

#    if defined(__x86_64__)

/* System V ABI 3.2.1: rbx, rbp, r12 to r15, the SSE control bits and the x87 control word. */
__asm__(".text\n"
        ".globl fiber_context_swap\n"
        ".hidden fiber_context_swap\n"
        ".type fiber_context_swap, @function\n"
        "fiber_context_swap:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    subq $8, %rsp\n"
        "    stmxcsr (%rsp)\n"
        "    fnstcw 4(%rsp)\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    ldmxcsr (%rsp)\n"
        "    fldcw 4(%rsp)\n"
        "    addq $8, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size fiber_context_swap, . - fiber_context_swap\n");

/* Control words at the program's start (ABI 3.4.1): all exceptions masked, round to nearest. */
#        define MXCSR_DEFAULT  0x1f80u
#        define X87_CW_DEFAULT 0x037fu
#        define FRAME_WORDS    9 /* modes, six registers, the entry, a return address of 0 */
#        define FRAME_ENTRY    7

static void fill_frame(uint64_t frame[FRAME_WORDS], void (*entry)(void))
{
    frame[0] = MXCSR_DEFAULT | (uint64_t)X87_CW_DEFAULT << 32;
    frame[FRAME_ENTRY] = (uint64_t)(uintptr_t)entry;
}

#    else

/* AAPCS64 6.1: x19 to x28, the frame pointer, the link register and the lower halves of v8 to
 * v15. */
__asm__(".text\n"
        ".globl fiber_context_swap\n"
        ".hidden fiber_context_swap\n"
        ".type fiber_context_swap, %function\n"
        "fiber_context_swap:\n"
        "    stp x29, x30, [sp, #-160]!\n"
        "    stp x19, x20, [sp, #16]\n"
        "    stp x21, x22, [sp, #32]\n"
        "    stp x23, x24, [sp, #48]\n"
        "    stp x25, x26, [sp, #64]\n"
        "    stp x27, x28, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #16]\n"
        "    ldp x21, x22, [sp, #32]\n"
        "    ldp x23, x24, [sp, #48]\n"
        "    ldp x25, x26, [sp, #64]\n"
        "    ldp x27, x28, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    ldp x29, x30, [sp], #160\n"
        "    ret\n"
        ".size fiber_context_swap, . - fiber_context_swap\n");

#        define FRAME_WORDS 20
#        define FRAME_ENTRY 1 /* x30 */

static void fill_frame(uint64_t frame[FRAME_WORDS], void (*entry)(void))
{
    frame[FRAME_ENTRY] = (uint64_t)(uintptr_t)entry;
}

#    endif

void fiber_context_init(struct fiber_context *context, void *stack, size_t size,
                        void (*entry)(void))
{
    /* Both ABIs want the stack pointer at a multiple of 16 where a call is made. */
    uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
    uint64_t *frame = (uint64_t *)top - FRAME_WORDS;
    for (int i = 0; i < FRAME_WORDS; i++)
        frame[i] = 0;
    fill_frame(frame, entry);
    context->sp = frame;
}

void fiber_context_switch(struct fiber_context *from, const struct fiber_context *to)
{
    fiber_context_swap(&from->sp, to->sp);
}

#endif
