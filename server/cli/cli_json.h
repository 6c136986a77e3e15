/* A subcommand's result as JSON: written with common/json.h, printed as one line. */
#ifndef PARLEL_SERVER_CLI_JSON_H
#define PARLEL_SERVER_CLI_JSON_H

#include "common/json.h"

struct cli_json {
    struct outq out;
    struct json_writer writer;
};

/* Returns the writer to fill. */
struct json_writer *cli_json_begin(struct cli_json *json);
/* Prints what was written on stdout. */
void cli_json_end(struct cli_json *json);

#endif
