#include "emulators/postgres/cursor_statements.h"

#include <stdio.h>

#include "emulators/postgres/portal.h"
#include "emulators/postgres/portal_rows.h"
#include "emulators/postgres/prepared.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/syntax/ast_utility.h"

/* A statement of its own, that lives on when this one is over. It was parsed before: that cannot
 * fail but for memory. */
static struct pg_statement *parse_again(const struct pg_utility_call *call)
{
    struct pg_statement *statement = pg_statement_parse(call->session, call->shown);
    if (statement) /* the views show what the client sent, whole */
        statement->shown = arena_dup(&statement->arena, call->text);
    return statement;
}

/* A place in this statement alone becomes one in the whole text. */
static bool fail_inside(const struct pg_utility_call *call)
{
    struct sql_error *error = &call->session->error;
    const uint8_t *at = call->text.ptr;
    for (; error->position && at < call->shown.ptr; at++)
        error->position += (*at & 0xc0) != 0x80;
    return false;
}

/* ---- PREPARE, EXECUTE, DEALLOCATE */

static bool take_types(struct pg_utility_call *call, struct pg_statement *statement,
                       const struct ast_prepare *prepare)
{
    uint32_t count = prepare->types.count;
    int32_t typmod;
    statement->given_types = arena_array(&statement->arena, count + 1, sizeof(uint32_t));
    if (!statement->given_types)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        if (!sql_analyze_type_name(call->env, prepare->types.items[i], &statement->given_types[i],
                                   &typmod))
            return false;
    statement->given_count = count;
    return true;
}

bool pg_run_prepare(struct pg_utility_call *call)
{
    struct pg_session *session = call->session;
    struct pg_statement *statement = parse_again(call);
    if (!statement)
        return false;
    const struct ast_prepare *prepare = AST_AS(prepare, statement->tree);
    statement->tree = prepare->query;
    if (prepare->name.len == 0) {
        pg_statement_release(statement);
        return sql_fail(&session->error, "42P14", "invalid statement name: must not be empty");
    }
    if (!take_types(call, statement, prepare) || !pg_statement_analyze(session, statement)) {
        pg_reply_settle(session);
        pg_statement_release(statement);
        return fail_inside(call);
    }
    session->text = call->text;
    return pg_prepared_add(session, prepare->name, statement, true);
}

static bool evaluate_argument(struct pg_utility_call *call, const struct ast_node *argument,
                              uint32_t type, uint32_t number, struct datum *out)
{
    struct sql_expr *expr;
    char what[64];
    snprintf(what, sizeof(what), "$%u", (unsigned)number);
    return sql_analyze_expr(call->env, argument, NULL, slice_of(NULL, 0),
                            SQL_PLACE_EXECUTE_PARAMETER, NULL, &expr) &&
           sql_coerce_assign(call->env, &expr, type, -1, SQL_ASSIGN_PARAMETER, slice_str(what)) &&
           sql_evaluate(call->env, expr, call->params, call->param_count, out);
}

static bool evaluate_arguments(struct pg_utility_call *call, const struct ast_execute *execute,
                               struct pg_portal *portal)
{
    const struct sql_params *params = &portal->analysis->params;
    if (execute->args.count != params->count) {
        sql_fail(call->env->error, "42601",
                 "wrong number of parameters for prepared statement \"" SLICE_FMT "\"",
                 SLICE_ARG(execute->name));
        return sql_detail(call->env->error, "Expected %u parameters but got %u.", params->count,
                          execute->args.count);
    }
    portal->params = arena_array(&portal->arena, params->count + 1, sizeof(struct datum));
    if (!portal->params)
        return sql_fail_memory(call->env->error);
    portal->param_count = params->count;
    for (uint32_t i = 0; i < params->count; i++)
        if (!evaluate_argument(call, execute->args.items[i], params->types[i], i + 1,
                               &portal->params[i]))
            return false;
    return true;
}

struct pg_portal *pg_execute_open(struct pg_utility_call *call, const struct ast_execute *execute)
{
    struct pg_session *session = call->session;
    struct pg_prepared *prepared = pg_prepared_require(session, execute->name);
    if (!prepared || !pg_statement_analyze(session, prepared->statement))
        return NULL;
    struct pg_portal *portal = pg_portal_create(session, slice_str(""), prepared->statement, false);
    prepared->custom_plans++;
    session->text = call->text; /* of the arguments */
    if (portal && evaluate_arguments(call, execute, portal))
        return portal;
    if (portal)
        pg_portal_close(session, portal);
    return NULL;
}

bool pg_run_execute(struct pg_utility_call *call)
{
    struct pg_portal *portal = pg_execute_open(call, AST_AS(execute, call->tree));
    bool done;
    if (!portal)
        return false;
    bool ok = pg_portal_run(call->session, portal, call->sink, 0, &done, &call->tag);
    /* The portal's tag goes with it. */
    call->tag = ok && call->tag.ptr ? arena_dup(call->env->arena, call->tag) : slice_of(NULL, 0);
    pg_portal_close(call->session, portal);
    return ok;
}

bool pg_run_deallocate(struct pg_utility_call *call)
{
    struct slice name = AST_AS(deallocate, call->tree)->name;
    if (!name.ptr) {
        pg_prepared_forget_all(call->session);
        return true;
    }
    struct pg_prepared *prepared = pg_prepared_require(call->session, name);
    if (prepared)
        pg_prepared_remove(call->session, prepared);
    return prepared != NULL;
}

static bool share_columns(const struct pg_analysis *from, struct pg_analysis *analysis)
{
    struct sql_result_column *columns =
        arena_array(&analysis->arena, from->column_count + 1, sizeof(*columns));
    if (!columns)
        return false;
    for (uint32_t i = 0; i < from->column_count; i++) {
        columns[i] = from->columns[i];
        columns[i].name = arena_dup(&analysis->arena, from->columns[i].name);
    }
    analysis->columns = columns;
    analysis->column_count = from->column_count;
    return true;
}

bool pg_execute_columns(struct pg_session *session, const struct ast_node *tree,
                        struct pg_analysis *analysis)
{
    struct pg_prepared *prepared = pg_prepared_require(session, AST_AS(execute, tree)->name);
    if (!prepared || !pg_statement_analyze(session, prepared->statement))
        return false;
    return share_columns(prepared->statement->analysis, analysis) ||
           sql_fail_memory(&session->error);
}

/* ---- DECLARE, FETCH, MOVE, CLOSE */

bool pg_cursor_goes_back(const struct sql_query *query)
{
    return query->from_count == 1 && query->from[0]->kind == SQL_FROM_TABLE &&
           !query->group_count && !query->has_aggregates && !query->has_windows &&
           !query->distinct_count && !query->set_op && !query->row_mark_count &&
           !query->cte_count && !query->has_sets;
}

static bool may_declare(struct pg_utility_call *call, const struct ast_declare_cursor *declare)
{
    struct pg_session *session = call->session;
    bool hold = declare->options & AST_CURSOR_HOLD;
    if (declare->name.len == 0)
        return sql_fail(&session->error, "34000", "invalid cursor name: must not be empty");
    if (!hold && !call->nested && !pg_block_is_open(session))
        return pg_block_require(session, "DECLARE CURSOR");
    if (hold && session->core.role_limits & SQL_ROLE_RESTRICTED)
        return sql_fail(&session->error, "42501",
                        "cannot create a cursor WITH HOLD within security-restricted operation");
    return true;
}

static struct pg_portal *open_cursor(struct pg_utility_call *call, struct pg_statement *statement,
                                     const struct ast_declare_cursor *declare)
{
    struct pg_session *session = call->session;
    statement->tree = declare->query;
    if (call->param_count) {
        statement->given_types = session->running_params->types;
        statement->given_count = session->running_params->count;
    }
    if (!pg_statement_analyze(session, statement))
        return NULL;
    struct pg_portal *portal = pg_portal_create(session, declare->name, statement, true);
    if (!portal)
        return NULL;
    statement->analysis->for_cursor = true;
    if (pg_portal_copy_params(session, portal, call->params, call->param_count) &&
        pg_portal_start(session, portal))
        return portal;
    pg_portal_close(session, portal);
    return NULL;
}

/* The query is made again from its text, which must live as long as the cursor. */
static struct pg_portal *declare_cursor(struct pg_utility_call *call)
{
    struct pg_statement *statement = parse_again(call);
    if (!statement)
        return NULL;
    struct pg_portal *portal =
        open_cursor(call, statement, AST_AS(declare_cursor, statement->tree));
    if (!portal)
        pg_reply_settle(call->session);
    pg_statement_release(statement);
    call->session->text = portal ? call->text : slice_of(NULL, 0);
    if (!portal)
        fail_inside(call);
    return portal;
}

/* In stored code, its variables are constants of the analysed query. */
bool pg_run_declare(struct pg_utility_call *call)
{
    struct pg_session *session = call->session;
    const struct ast_declare_cursor *declare = AST_AS(declare_cursor, call->tree);
    const struct sql_query *query = call->query->utility_query;
    if (!may_declare(call, declare))
        return false;
    struct pg_portal *portal =
        call->nested && query ? pg_portal_for_analysed(session, declare->name, call->text, query)
                              : declare_cursor(call);
    if (!portal)
        return false;
    portal->is_cursor = true;
    portal->hold = declare->options & AST_CURSOR_HOLD;
    portal->binary = declare->options & AST_CURSOR_BINARY;
    portal->scroll =
        declare->options & AST_CURSOR_SCROLL || (!(declare->options & AST_CURSOR_NO_SCROLL) &&
                                                 pg_cursor_goes_back(portal->analysis->query));
    return true;
}

static struct pg_portal *require_cursor(struct pg_session *session, struct slice name)
{
    struct pg_portal *portal = pg_portal_find(session, name);
    if (!portal)
        sql_fail(&session->error, "34000", "cursor \"" SLICE_FMT "\" does not exist",
                 SLICE_ARG(name));
    return portal;
}

bool pg_fetch_columns(struct pg_session *session, const struct ast_node *tree,
                      struct pg_analysis *analysis)
{
    const struct ast_fetch *fetch = AST_AS(fetch, tree);
    struct pg_portal *portal = pg_portal_find(session, fetch->cursor);
    if (fetch->move || !portal) /* that it does not exist is an error of running it */
        return true;
    return share_columns(portal->analysis, analysis) || sql_fail_memory(&session->error);
}

bool pg_run_fetch(struct pg_utility_call *call)
{
    const struct ast_fetch *fetch = AST_AS(fetch, call->tree);
    uint64_t rows;
    if (!pg_portal_fetch(call->session, fetch, fetch->move ? NULL : call->sink, &rows))
        return false;
    call->tag = arena_printf(call->env->arena, "%s %llu", fetch->move ? "MOVE" : "FETCH",
                             (unsigned long long)rows);
    return true;
}

bool pg_run_close(struct pg_utility_call *call)
{
    struct pg_session *session = call->session;
    struct slice name = AST_AS(close_cursor, call->tree)->name;
    if (name.ptr) {
        struct pg_portal *portal = require_cursor(session, name);
        return portal && pg_portal_drop(session, portal);
    }
    for (struct pg_portal *portal = pg_portal_newest(session), *next; portal; portal = next) {
        next = pg_portal_next(portal);
        if (!portal->in_use && !pg_portal_drop(session, portal))
            return false;
    }
    return true;
}
