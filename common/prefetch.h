/* Has a cache line come that will be read soon. */
#ifndef PARLEL_COMMON_PREFETCH_H
#define PARLEL_COMMON_PREFETCH_H

/* The statement that does nothing keeps gcc from taking a function that only prefetches for one
 * without effect, whose calls it drops. */
static inline void prefetch(const void *at)
{
    __builtin_prefetch(at);
    __asm__ volatile("" : : "r"(at));
}

#endif
