/* The table of actions as JSON Schema (2020-12): what OpenAPI and MCP say of parameters. */
#ifndef PARLEL_SERVER_CONTROL_SCHEMA_H
#define PARLEL_SERVER_CONTROL_SCHEMA_H

#include "server/control/control.h"

/* The schema of one parameter's value, with its description. */
void schema_write_parameter(struct json_writer *out, const struct control_parameter *parameter);

/* The schema of an object of all the action's parameters, "world" too where it takes one. */
void schema_write_parameters(struct json_writer *out, const struct control_action *action);

/* What "world" means. */
extern const struct control_parameter schema_world;

#endif
