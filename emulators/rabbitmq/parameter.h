/* Parameters: named values that operators set, kept as the JSON they were given as.
 *
 * They have a component, which says what they are for ("global", "user-limits"), and a name
 * in it; a virtual host has its own ones, the broker those of none. They are versioned as all data is. */
#ifndef PARLEL_EMULATORS_RABBITMQ_PARAMETER_H
#define PARLEL_EMULATORS_RABBITMQ_PARAMETER_H

#include "emulators/rabbitmq/instance.h"

/* The component of those that are for the broker as a whole. */
#define RABBIT_GLOBAL "global"

struct rabbit_parameter {
    uint32_t refs;
    struct slice component, name; /* within key */
    struct slice key;             /* "component/name" */
    struct slice value;           /* JSON */
};

extern const struct trie_type rabbit_parameter_type;

/* NULL when there is none. */
const struct rabbit_parameter *rabbit_parameter_find(const struct trie *parameters,
                                                     struct slice component, struct slice name);
/* Makes or replaces one. False when out of memory. */
bool rabbit_parameter_put(struct trie *parameters, struct heap *heap, struct slice component,
                          struct slice name, struct slice value);
/* False when there is none, or out of memory. */
bool rabbit_parameter_delete(struct trie *parameters, struct heap *heap, struct slice component,
                             struct slice name);

#endif
