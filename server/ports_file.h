/* The file of --ports-file: a JSON object of services and the ports they got, such as
 * {"redis":40123}. It appears when every port listens, at once as a whole, and goes at a clean end:
 * whoever waits for it knows that the services are there. */
#ifndef PARLEL_SERVER_PORTS_FILE_H
#define PARLEL_SERVER_PORTS_FILE_H

#include "server/problem.h"
#include "server/state.h"

bool ports_file_write(const char *path, const struct state_instance *instance,
                      struct problem *problem);
void ports_file_remove(const char *path);

#endif
