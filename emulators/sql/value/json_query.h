/* JSON_EXISTS, JSON_VALUE and JSON_QUERY (ISO 9075-2, 6.35 and others) over jsonb, and what passes
 * values into their paths.
 *
 * What ON EMPTY and ON ERROR ask for is the caller's to do: here an outcome says which of them is
 * due. Errors that ON ERROR does not catch, and all errors with `strict`, fill the call's error. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSON_QUERY_H
#define PARLEL_EMULATORS_SQL_VALUE_JSON_QUERY_H

#include "emulators/sql/value/jsonpath.h"

enum sql_json_query_op {
    SQL_JSON_QUERY_EXISTS,
    SQL_JSON_QUERY_VALUE,
    SQL_JSON_QUERY_QUERY,
    SQL_JSON_QUERY_TABLE, /* a document's rows: exec/scan_json.c runs it */
};

enum sql_json_wrapper {
    SQL_JSON_WRAPPER_NONE,
    SQL_JSON_WRAPPER_CONDITIONAL,
    SQL_JSON_WRAPPER_UNCONDITIONAL,
};

enum sql_json_behavior {
    SQL_JSON_BEHAVIOR_ERROR,
    SQL_JSON_BEHAVIOR_NULL,
    SQL_JSON_BEHAVIOR_TRUE,
    SQL_JSON_BEHAVIOR_FALSE,
    SQL_JSON_BEHAVIOR_UNKNOWN,
    SQL_JSON_BEHAVIOR_EMPTY_ARRAY,
    SQL_JSON_BEHAVIOR_EMPTY_OBJECT,
    SQL_JSON_BEHAVIOR_DEFAULT,
};

enum sql_json_outcome {
    SQL_JSON_FOUND,
    SQL_JSON_EMPTY, /* ON EMPTY is due */
    SQL_JSON_ERROR, /* ON ERROR is due */
};

/* Values passed into a path: borrowed names, types of the values. */
struct sql_json_passing {
    const struct slice *names;
    const struct sql_type *const *types;
    uint32_t count;
};

struct sql_json_query {
    enum sql_json_query_op op;
    enum sql_json_wrapper wrapper;
    bool unquoted;       /* OMIT QUOTES */
    bool strict;         /* ERROR ON ERROR */
    bool constrained;    /* `type` is a domain that has constraints */
    struct slice column; /* JSON_TABLE's, for messages; ptr NULL: none */
    struct sql_json_passing passing;
    const struct sql_type *type; /* of the result */
    int32_t typmod;
};

/* Variables of a path; 22023 for types that it cannot have. */
bool sql_json_pass(struct sql_call *call, const struct sql_json_passing *passing,
                   const struct datum *values, struct sql_path_variable **out);

/* Does what the path finds depend on the session's time zone? Of a text that is no path: yes. */
bool sql_json_path_is_mutable(struct sql_call *call, struct slice path,
                              const struct sql_json_passing *passing);

/* values: document (jsonb), path, what is passed. path_call remembers the path; type_call is for the
 * result's type. A NULL document or path gives NULL. */
bool sql_json_query_run(struct sql_call *path_call, struct sql_call *type_call,
                        const struct sql_json_query *query, const struct datum *values,
                        struct datum *out, enum sql_json_outcome *outcome);

/* The error of an empty result with ERROR ON EMPTY; false. */
bool sql_json_fail_empty(struct sql_call *call, const struct sql_json_query *query);
/* Was the call's failure one that ON ERROR catches? */
bool sql_json_is_caught(const struct sql_error *error);
/* The failure of making the value for `clause` is told as the detail of another one; false. */
bool sql_json_fail_behavior(struct sql_call *call, const char *clause,
                            enum sql_json_behavior behavior);
const char *sql_json_behavior_words(enum sql_json_behavior behavior);

#endif
