#include "common/assert.h"

#include <stdio.h>
#include <stdlib.h>

noreturn void assert_failed(const char *condition, const char *file, int line)
{
    /* Straight to stderr: the log itself may be what is broken. */
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
