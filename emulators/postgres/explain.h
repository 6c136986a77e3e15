/* EXPLAIN. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXPLAIN_H
#define PARLEL_EMULATORS_POSTGRES_EXPLAIN_H

#include "emulators/postgres/utility.h"

pg_utility pg_run_explain;
bool pg_explain_columns(struct pg_session *session, const struct ast_node *tree,
                        struct pg_analysis *analysis);

/* Is it an EXPLAIN of what is planned without values? Then its parameters are its own. */
bool pg_explain_is_generic(const struct ast_node *tree);

#endif
