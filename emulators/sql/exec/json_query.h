/* JSON_EXISTS, JSON_VALUE and JSON_QUERY in programs: what a value/json_query.h leaves to its caller. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_JSON_QUERY_H
#define PARLEL_EMULATORS_SQL_EXEC_JSON_QUERY_H

#include "emulators/sql/exec/program.h"
#include "emulators/sql/value/json_query.h"

/* The value of ON EMPTY or ON ERROR. */
struct sql_json_otherwise {
    enum sql_json_behavior behavior;
    bool given;     /* `program` computes it; else it is NULL or an error */
    bool converted; /* it is jsonb or NULL and has to become of the result's type */
    bool caught;    /* a failure is told as the detail of another one */
    struct sql_program program;
};

/* Registers from op->a on: document, path, what is passed. */
struct sql_general_json_query {
    struct sql_general general;
    const struct sql_call_site *path_site, *type_site;
    struct sql_json_query query;
    struct sql_json_otherwise on_empty, on_error;
};

bool sql_eval_json_query(struct sql_eval *eval, const struct sql_op *op, struct datum *out);

#endif
