/* How instances and their services are shown: shared by up, status, ready and env. */
#ifndef PARLEL_SERVER_CLI_REPORT_H
#define PARLEL_SERVER_CLI_REPORT_H

#include <stdbool.h>

#include "server/state.h"

struct json_writer;

/* The live instances of the state directory, the youngest first. 0 when there is none, of which the
 * user has then been told if `complain`. */
size_t report_instances(struct state_instance out[STATE_INSTANCES_MAX], bool complain);

/* The control API is listed like a service. */
bool report_is_control(const struct state_service *service);

/* One line a service: its name and connection string. */
void report_services(const struct state_instance *instance);
/* The same as the JSON members "pid", "version", "services" and "control" of the object being
 * written. */
void report_json(struct json_writer *w, const struct state_instance *instance);

#endif
