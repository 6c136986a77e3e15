/* Statements that are no queries: who runs each kind, what its tag and result are.
 *
 * A handler may set call->tag when it is not the one of the table; rows go to call->sink. */
#ifndef PARLEL_EMULATORS_POSTGRES_UTILITY_H
#define PARLEL_EMULATORS_POSTGRES_UTILITY_H

#include "emulators/postgres/reply.h"
#include "emulators/postgres/statement.h"

struct pg_utility_call {
    struct pg_session *session;
    struct sql_env *env;
    const struct sql_query *query;
    const struct ast_node *tree;
    struct slice text;  /* of all statements: locations are in it */
    struct slice shown; /* of this one */
    const struct datum *params;
    uint32_t param_count;
    struct sql_sink *sink;
    const struct pg_result_formats *formats; /* that the client asked for */
    bool nested;                             /* by stored code, not by the client */
    struct slice tag; /* ptr NULL at first: the one of the statement's kind */
};

typedef bool pg_utility(struct pg_utility_call *call);

bool pg_utility_run(struct pg_utility_call *call);
/* The columns of the result of a utility statement, into the analysis. */
bool pg_utility_columns(struct pg_session *session, struct pg_analysis *analysis);

#endif
