/* SET, RESET and SHOW, and set_config() behind them. */
#ifndef PARLEL_EMULATORS_POSTGRES_SET_H
#define PARLEL_EMULATORS_POSTGRES_SET_H

#include "emulators/postgres/utility.h"

struct ast_list;

pg_utility pg_run_set, pg_run_show, pg_run_discard;

/* BEGIN's and SET TRANSACTION's options: transaction_isolation and so on, for this transaction. */
bool pg_set_transaction_options(struct pg_session *session, const struct ast_list *options);
/* set_config(): value.ptr NULL: back to the default. */
bool pg_set_value(struct pg_session *session, struct slice name, struct slice value, bool local,
                  struct sql_error *error);
struct ast_set;

/* What SET or RESET keeps for later (of functions, roles, databases): the setting's name as the server
 * spells it, and its value as text, checked; value.ptr NULL: none (RESET, TO DEFAULT). */
bool pg_set_text(struct pg_session *session, const struct ast_set *set, struct slice *out_name,
                 struct slice *out_value);
/* The columns of SHOW's result. */
bool pg_show_columns(struct pg_session *session, const struct ast_node *tree,
                     struct pg_analysis *analysis);

#endif
