/* The things that can be configured: one table for all three sources. Internal to config_*.c. */
#ifndef PARLEL_SERVER_CONFIG_ITEM_H
#define PARLEL_SERVER_CONFIG_ITEM_H

#include "server/config.h"

struct config_item {
    const char *flag; /* without dashes; NULL: it is an argument, not a flag */
    const char *env;  /* NULL: not in the environment */
    const char *key;  /* of parlel.yaml; NULL: has a form of its own there */
    const char *list; /* a list, separated by these in the environment; NULL: one value */
    /* Puts one value into the layer; *problem says what is wrong with it, not where it stood. */
    bool (*take)(struct config *config, struct config_layer *layer, struct slice value,
                 struct problem *problem);
};

/* Ends with an item without a function. */
extern const struct config_item config_items[];

/* The port of a service that a layer names by index in the registry. */
bool config_take_port(struct config_layer *layer, size_t index, struct slice value,
                      struct problem *problem);
/* A service of the layer's list, without its port. NULL, and *problem, when it is not built in. */
const struct emulator_type *config_take_service(struct config *config, struct config_layer *layer,
                                                struct slice name, struct problem *problem);
bool config_take_setting(struct config *config, struct config_layer *layer,
                         const struct emulator_type *type, struct slice key, struct slice value,
                         struct problem *problem);

/* Reads parlel.yaml, if there is one, into its layer. */
bool config_read_file(struct config *config, const char *path, struct problem *problem);

#endif
