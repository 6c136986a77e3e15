/* The word that was probably meant: hints for mistyped subcommands, flags and services. */
#ifndef PARLEL_SERVER_SUGGEST_H
#define PARLEL_SERVER_SUGGEST_H

#include "common/slice.h"

/* Looks at candidates one after another; zeroed before the first. */
struct suggestion {
    const char *word; /* the nearest candidate so far, NULL: none is near */
    unsigned distance;
};

/* Considers one candidate for what the user typed. */
void suggest_consider(struct suggestion *best, struct slice typed, const char *candidate);

#endif
