/* Parameters of an action from what a front end was sent: a JSON object, or texts (a query string, a
 * path, a command line). Both are checked by the action's table; what is not in it is refused, and so is
 * a value of another type. A text serves for any type that can be written as one. */
#ifndef PARLEL_SERVER_CONTROL_ARGUMENTS_H
#define PARLEL_SERVER_CONTROL_ARGUMENTS_H

#include "server/control/control.h"

struct control_arguments {
    const struct control_action *action;
    struct arena *arena;
    struct slice world; /* the argument "world", of actions that take one */
    struct control_value values[CONTROL_PARAMETERS_MAX];
};

void control_arguments_init(struct control_arguments *arguments,
                            const struct control_action *action, struct arena *arena);

/* Fills *error for wrong parameters and returns false. */
bool control_wrong(struct control_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One argument as text. False: *error says which and why. */
bool control_argument(struct control_arguments *arguments, struct slice name, struct slice value,
                      struct control_error *error);
/* All members of a JSON object. */
bool control_arguments_json(struct control_arguments *arguments, struct slice json,
                            struct control_error *error);
/* Nothing is missing. To be called last. */
bool control_arguments_check(const struct control_arguments *arguments,
                             struct control_error *error);

#endif
