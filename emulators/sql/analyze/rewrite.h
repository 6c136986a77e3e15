/* The steps of rewriting (rewrite.c), each in a file of its own. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_REWRITE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_REWRITE_H

#include "emulators/sql/analyze/analysis.h"

/* Expands views below the query and prepares what it changes, in place or as another query. */
bool rewrite_query(struct analysis *a, struct sql_query **query);
/* What sql_column_default (analyze.h) says. */
bool rewrite_column_default(struct analysis *a, const struct sql_column *column,
                            struct sql_expr **out);
/* INSERT, UPDATE, MERGE: DEFAULT becomes the column's, missing columns of an INSERT get theirs. */
bool rewrite_defaults(struct analysis *a, struct sql_query *query);
/* The same for the defaults that a view has itself. */
bool rewrite_view_defaults(struct analysis *a, struct sql_query *query,
                           const struct sql_relation *view);
/* Tables of queries inside are asked of that role, instead of who runs the query. */
void rewrite_check_as(struct sql_expr *expr, uint32_t role);
/* Queries inside are of that relation's policy: in them it must not be asked again. */
void rewrite_mark_inside(struct sql_expr *expr, uint32_t relation);
/* A copy of an expression over table 1, over table `number`. */
struct sql_expr *shift_table(struct analysis *a, const struct sql_expr *expr, uint32_t number);
/* Which unique indexes ON CONFLICT means. */
bool rewrite_conflict(struct analysis *a, struct sql_query *query);
/* A table without a view around it: its rows that the role may see or make. */
bool rewrite_security(struct analysis *a, struct sql_query *query, uint32_t number);
/* A check of the rows that the query makes, before the others (those of views below come first) or
 * behind them. The query's list may be one that has no room: it is made anew. */
bool rewrite_add_check(struct analysis *a, struct sql_query *query,
                       const struct sql_with_check *check, bool first);
/* The query whose rows an INSERT inserts; the query itself when it is none (or inserts values). */
struct sql_query *rule_source(struct sql_query *query);
/* What an action of a rule becomes for a query that the rule is about. original: with its defaults
 * filled in. *returned is set when it gives what the original's RETURNING wants. */
bool make_rule_product(struct analysis *a, const struct sql_query *original,
                       const struct sql_rule *rule, const struct sql_query *action,
                       struct sql_query **out, bool *returned);
/* Restricts the query to the rows for which the rule's condition does not hold. original: as above. */
bool exclude_rule_rows(struct analysis *a, struct sql_query *query,
                       const struct sql_query *original, const struct sql_rule *rule);
/* The same condition and others: AND. */
bool add_condition(struct analysis *a, struct sql_query *query, struct sql_expr *condition);
/* Has the relation an INSTEAD trigger for the command? */
bool has_instead_trigger(struct analysis *a, const struct sql_relation *view,
                         enum sql_command command);

/* Queries that rewriting made of one, in the order in which they run. */
struct rewritten {
    struct sql_query **queries;
    uint8_t *sources; /* enum rewritten_source, parallel */
    uint32_t count;
};
enum rewritten_source {
    REWRITTEN_ORIGINAL, /* or the part of it that conditional rules left */
    REWRITTEN_INSTEAD,
    REWRITTEN_CONDITIONAL, /* INSTEAD, where the condition holds */
    REWRITTEN_ALSO,
};
/* Applies the rules of what the query changes, views between it and its table included. */
bool rewrite_rules(struct analysis *a, struct sql_query *query, struct rewritten *out);
/* The same for a statement within WITH, which must stay a single one. */
bool rewrite_rules_inside(struct analysis *a, struct sql_query **query);

/* Why a view of this query (NULL: of the system itself) cannot be changed; NULL: it can. */
const char *view_obstacle(const struct sql_query *view);
/* Refuses the change of a view that has conditional rules alone. */
bool fail_conditional_view(struct analysis *a, const struct sql_query *query,
                           const struct sql_relation *view);
/* The result table is a view: it becomes what the view selects from. */
bool rewrite_changed_view(struct analysis *a, struct sql_query **query,
                          const struct sql_relation *view);

#endif
