/* One sentence that says what is wrong, made where the cause is known, shown to the user once. */
#ifndef PARLEL_SERVER_PROBLEM_H
#define PARLEL_SERVER_PROBLEM_H

#include <stdbool.h>

struct problem {
    char text[1024];
};

/* Fills *problem and returns false, so that failing and reporting are one line. */
bool problem_say(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
