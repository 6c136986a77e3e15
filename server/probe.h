/* Whether something accepts connections on a port: what `ready` and `status` ask. */
#ifndef PARLEL_SERVER_PROBE_H
#define PARLEL_SERVER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Connects to a numeric address ("0.0.0.0" and "::" mean this machine) and closes again. */
bool probe_connect(const char *address, uint16_t port, int timeout_ms);

#endif
