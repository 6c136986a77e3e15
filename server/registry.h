/* The services that are built into this program: one row each in registry.c. */
#ifndef PARLEL_SERVER_REGISTRY_H
#define PARLEL_SERVER_REGISTRY_H

#include "emulators/emulator.h"

#include "server/problem.h"

/* No build has more services. */
#define REGISTRY_MAX 16

/* A table of emulator types; tests bring their own. */
struct registry {
    const struct emulator_type *const *types;
    size_t count;
};

/* What this program was built with. */
struct registry registry_builtin(void);

/* NULL when there is none of that name. */
const struct emulator_type *registry_find(const struct registry *registry, struct slice name);
/* Says that there is none of that name, and which one was probably meant; returns false. */
bool registry_lacks(const struct registry *registry, struct slice name, struct problem *problem);
/* The type's place in the table. */
size_t registry_index(const struct registry *registry, const struct emulator_type *type);

/* Writes the connection string of a service that listens at an address; returns its length. */
size_t registry_url(const struct emulator_type *type, const char *address, uint16_t port, char *out,
                    size_t out_size);
/* Writes what one of a service's further variables is; returns its length. */
size_t registry_variable(const struct emulator_variable *variable, const char *address,
                         uint16_t port, char *out, size_t out_size);

#endif
