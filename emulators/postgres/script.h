/* SQL that the server itself runs: the contract's execute, fixtures.
 *
 * A script runs on a session without a connection, on a fiber; when it would have to wait for
 * somebody else's transaction it is given up. */
#ifndef PARLEL_EMULATORS_POSTGRES_SCRIPT_H
#define PARLEL_EMULATORS_POSTGRES_SCRIPT_H

#include "common/json.h"
#include "emulators/postgres/session.h"

/* What becomes of each statement's rows and tag; NULL: nothing. */
struct pg_script_output {
    struct sql_sink *sink;
    void (*statement)(struct pg_script_output *output, struct slice tag); /* it is over */
};

/* Runs all statements of the text. False: session->error is filled, its transaction is rolled back. */
bool pg_script_run(struct pg_session *session, struct slice text, struct pg_script_output *output);

/* The contract's `execute`: {"tag": "SELECT 1", "rows": [{"a": 1}]}, an array of these for several
 * statements. */
bool pg_execute_text(struct emulator *emulator, struct slice command, struct json_writer *out,
                     struct emulator_error *error);

/* A value as JSON, by its type: numbers and booleans as such, json as it is, all else as text. */
bool pg_json_value(struct sql_env *env, uint32_t type, struct datum value, struct json_writer *out);

#endif
