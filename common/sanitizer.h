/* What the code must know of AddressSanitizer: whether it is on, and how to tell it of memory that
 * is mapped but not to be touched. Without it the macros cost nothing. */
#ifndef PARLEL_COMMON_SANITIZER_H
#define PARLEL_COMMON_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#    define SANITIZER_ADDRESS 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define SANITIZER_ADDRESS 1
#    endif
#endif
#ifndef SANITIZER_ADDRESS
#    define SANITIZER_ADDRESS 0
#endif

#if SANITIZER_ADDRESS
#    include <sanitizer/asan_interface.h>
#    define SANITIZER_POISON(ptr, size)   ASAN_POISON_MEMORY_REGION(ptr, size)
#    define SANITIZER_UNPOISON(ptr, size) ASAN_UNPOISON_MEMORY_REGION(ptr, size)
#else
#    define SANITIZER_POISON(ptr, size)   ((void)(ptr), (void)(size))
#    define SANITIZER_UNPOISON(ptr, size) ((void)(ptr), (void)(size))
#endif

#endif
