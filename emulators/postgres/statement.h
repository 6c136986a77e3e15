/* One statement from its tree to something that can be run, and again when the catalog has moved on.
 *
 * A statement owns its text and tree; an analysis owns the query, its plans and columns, and is shared by
 * the statement and the portals that run it, so that one may be made anew while others still run.
 *
 * Errors: false or NULL, session->error is filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_STATEMENT_H
#define PARLEL_EMULATORS_POSTGRES_STATEMENT_H

#include "emulators/postgres/session.h"
#include "emulators/sql/exec/exec.h"
#include "emulators/sql/syntax/ast.h"

/* The message of a prepared statement whose columns are others now. */
#define PG_OUTDATED_PLAN "cached plan must not change result type"

struct pg_analysis {
    unsigned refs;
    struct heap *heap;
    struct arena arena;
    uint64_t catalog_version, path_version; /* that it was made under */
    uint32_t role;                          /* by which row security chose its policies, */
    bool row_security;                      /* as this setting said */
    struct sql_params params;
    struct sql_query *query;                 /* as analysed; NULL: the empty statement */
    const struct sql_result_column *columns; /* NULL: it gives no rows */
    uint32_t column_count;
    bool is_utility;
    bool for_cursor;            /* its plan tells the rows of tables it is on */
    struct sql_query **queries; /* rewritten */
    struct sql_plan **plans;    /* parallel; NULL until planned */
    uint32_t query_count;
    int tag_query; /* the one whose rows and tag count, -1: none */
};

struct pg_statement {
    unsigned refs;
    struct heap *heap;
    struct arena arena;
    struct slice text;           /* what the tree's locations are in */
    struct slice shown;          /* the statement alone, for pg_prepared_statements */
    const struct ast_node *tree; /* NULL: the empty statement */
    uint32_t *given_types;       /* types of parameters that the client gave, 0: to be found */
    uint32_t given_count;
    struct slice table; /* the first one, once pg_statement_table was asked */
    bool table_known;
    bool untold;                /* of the simple protocol: nobody knows its columns from before */
    bool fixed_params;          /* it has those given and no more: none in the simple protocol */
    struct pg_shaping *shaping; /* its integers are parameters; NULL: they are not */
    struct pg_analysis *analysis;
};

/* A statement of a tree that lives elsewhere at least as long (simple queries). */
struct pg_statement *pg_statement_create(struct pg_session *session, struct slice text,
                                         const struct ast_raw_statement *raw);
/* A statement of its own copy of the text, which has one statement at most. */
struct pg_statement *pg_statement_parse(struct pg_session *session, struct slice text);
/* Parses all statements of a text, as the settings say; positions of errors are in it. */
bool pg_statement_parse_text(struct pg_session *session, struct arena *arena, struct slice text,
                             struct ast_list *out);
void pg_statement_release(struct pg_statement *statement);

/* Analyses it, or again when the catalog or the path have changed; then its columns must be the same
 * (0A000). */
bool pg_statement_analyze(struct pg_session *session, struct pg_statement *statement);
/* Analyses it as if for the first time, for one portal; the statement keeps what it has. The caller
 * releases it; NULL: the error is filled. */
struct pg_analysis *pg_statement_analyze_apart(struct pg_session *session,
                                               struct pg_statement *statement);
/* Were the catalog and the path the same when it was made? */
bool pg_analysis_is_current(struct pg_session *session, const struct pg_analysis *analysis);
/* Plans what is not planned yet, or for tables that have grown much since. */
bool pg_analysis_plan(struct pg_session *session, struct pg_analysis *analysis);
void pg_analysis_release(struct pg_analysis *analysis);

/* The first table of a statement, for journal and fault rules; ptr NULL: none. */
struct slice pg_statement_table(struct pg_statement *statement);

#endif
