/* SQL inside stored code: a statement or expression with the variables that it names.
 *
 * It is parsed once, analysed and planned at its first run, and again when the catalog or the search
 * path have changed. Names that the code around it knows are found through its scope (analyze.h),
 * whose resolve() makes parameters of them.
 *
 * Memory: the tree lives where the text does; plans have an arena of their own, freed by
 * pg_stored_query_done. Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROUTINE_STORED_QUERY_H
#define PARLEL_EMULATORS_POSTGRES_ROUTINE_STORED_QUERY_H

#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/exec/exec.h"
#include "emulators/sql/syntax/ast.h"

struct pg_stored_query {
    struct slice text;
    const struct ast_node *tree;
    const struct sql_query *given; /* analysed already, instead of a tree; NULL: the tree counts */
    const struct sql_scope *scope; /* NULL: no names */
    struct sql_params *params; /* types of the parameters; filled by the scope while analysing */
    const struct sql_trigger_data *trigger; /* the running one, with its transition tables */
    uint32_t planned_trigger; /* whose transition tables the plans may read; 0: none */

    bool planned;
    uint64_t catalog_version, path_version;
    uint32_t role;
    bool row_security;
    struct arena arena;
    struct sql_query *query;
    struct sql_query **queries;
    struct sql_plan **plans;
    uint32_t count;
    int tag_query; /* the one whose rows are the result; -1: none */
};

/* The environment's twin with another arena: what a statement inside of a statement runs in. */
struct sql_env pg_stored_env(const struct sql_env *env, struct arena *arena);

/* Is what was analysed and planned still good? */
/* Locks the tables of its plans, which may take time: then it may be current no more. */
bool pg_stored_query_lock(struct sql_env *env, const struct pg_stored_query *query);
bool pg_stored_query_is_current(const struct sql_env *env, const struct pg_stored_query *query);
/* Analyses and plans unless that is done and still good. *changed: it was done anew. */
bool pg_stored_query_plan(struct sql_env *env, struct pg_stored_query *query, bool *changed);
/* Its result's columns; count 0: it has none. */
const struct sql_result_column *pg_stored_query_columns(const struct pg_stored_query *query,
                                                        uint32_t *count);
/* Runs it whole, or until `max` rows came (0: all). *rows: how many were given or changed. */
bool pg_stored_query_run(struct sql_env *env, struct pg_stored_query *query,
                         const struct datum *params, uint32_t param_count, struct sql_sink *sink,
                         uint64_t max, uint64_t *rows);
void pg_stored_query_done(struct pg_stored_query *query);

#endif
