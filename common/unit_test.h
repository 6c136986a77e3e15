/* cmocka with the headers it needs before it, in the order it needs them: what each test_*.c
 * includes instead of <cmocka.h>. */
#ifndef PARLEL_COMMON_UNIT_TEST_H
#define PARLEL_COMMON_UNIT_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* clang-format on */

#endif
