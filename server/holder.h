/* Who holds a port: for the message that says why it is not free. */
#ifndef PARLEL_SERVER_HOLDER_H
#define PARLEL_SERVER_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct holder {
    long pid;
    char name[32]; /* of the program, as the system shows it */
};

/* Looks for the process that listens on a TCP port. False where /proc does not tell: on other
 * systems, and for other users' processes. */
bool holder_find(uint16_t port, struct holder *out);

#endif
