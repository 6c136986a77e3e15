/* Connecting to a port within a time, and whether something accepts connections there: what `ready`
 * and `status` ask. */
#ifndef PARLEL_SERVER_PROBE_H
#define PARLEL_SERVER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Connects to a numeric address ("0.0.0.0" and "::" mean this machine): a descriptor that does not
 * block and is the caller's, or a negative errno (-ETIMEDOUT too). */
int probe_open(const char *address, uint16_t port, int timeout_ms);

/* The same, and closes again. */
bool probe_connect(const char *address, uint16_t port, int timeout_ms);

#endif
