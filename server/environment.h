/* The environment variables by which programs find what runs: connection strings and their parts.
 * What `parlel env` prints and `parlel run` exports. */
#ifndef PARLEL_SERVER_ENVIRONMENT_H
#define PARLEL_SERVER_ENVIRONMENT_H

#include "server/state.h"

#define ENVIRONMENT_VALUE_BYTES 256

/* The connection string of a service or of the control API, which is listed like one; empty for one
 * that this program does not know. */
void environment_url(const struct state_service *service, char out[ENVIRONMENT_VALUE_BYTES]);

/* Calls put for each variable of each service that the instance runs. */
void environment_each(const struct state_instance *instance,
                      void (*put)(void *ctx, const char *name, const char *value), void *ctx);

#endif
