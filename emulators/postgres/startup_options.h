/* The text of the startup parameter "options": switches as the server's command line takes them. */
#ifndef PARLEL_EMULATORS_POSTGRES_STARTUP_OPTIONS_H
#define PARLEL_EMULATORS_POSTGRES_STARTUP_OPTIONS_H

#include "emulators/sql/error.h"

/* One setting that a client asks for. */
struct pg_option {
    struct pg_option *next;
    struct slice name, value;
};

/* Appends to the list whose end is at **end. False: out of memory. */
bool pg_option_add(struct pg_option ***end, struct arena *arena, struct slice name,
                   struct slice value);
/* "-c name=value", "--name=value", "-cname=value", separated by blanks; a backslash takes the next
 * byte as it is. Dashes in names stand for underscores. False: *error is filled. */
bool pg_options_split(struct slice text, struct arena *arena, struct pg_option ***end,
                      struct sql_error *error);

#endif
