/* ASSERT guards an invariant in every build type: one condition each; it logs where and aborts. */
#ifndef PARLEL_COMMON_ASSERT_H
#define PARLEL_COMMON_ASSERT_H

#include <stdnoreturn.h>

noreturn void assert_failed(const char *condition, const char *file, int line);

#define ASSERT(condition)                                  \
    do {                                                   \
        if (__builtin_expect(!(condition), 0))             \
            assert_failed(#condition, __FILE__, __LINE__); \
    } while (0)

#endif
