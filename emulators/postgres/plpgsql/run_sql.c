/* Statements of SQL: static ones, EXECUTE, PERFORM, COMMIT. */
#include "emulators/postgres/block.h"
#include "emulators/postgres/plpgsql/check.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/txn/txn.h"

static enum pl_flow flow_of(bool ok)
{
    return ok ? PL_NEXT : PL_FAILED;
}

/* dynamic NULL: of a static statement, which the extra checks are about. */
static bool fail_none(struct pl_frame *frame, const struct pl_dynamic *node,
                      const struct pl_dynamic_text *dynamic)
{
    sql_fail(frame->env.error, "P0002", "query returned no rows");
    return pl_strict_detail(frame, node->query, dynamic) && false;
}

static bool too_many(struct pl_frame *frame, const struct pl_dynamic *node,
                     const struct pl_dynamic_text *dynamic, enum pl_check_level level)
{
    struct sql_error *error = frame->env.error, warning;
    if (level == PL_CHECK_WARNS) {
        sql_error_begin(&warning, error->arena);
        frame->env.error = &warning;
    }
    sql_fail(frame->env.error, "P0003", "query returned more than one row");
    bool shown = pl_strict_detail(frame, node->query, dynamic);
    if (shown && !dynamic)
        sql_hint(frame->env.error, "Make sure the query returns a single row, or use LIMIT 1.");
    if (level == PL_CHECK_FAILS)
        return false;
    frame->env.error = error;
    if (!shown)
        *error = warning;
    return shown && pl_check_tell(frame, &warning, level);
}

static bool fail_no_destination(struct pl_frame *frame, bool select)
{
    sql_fail(frame->env.error, "42601", "query has no destination for result data");
    return !select ? false
                   : sql_hint(frame->env.error, "If you want to discard the results of a SELECT, "
                                                "use PERFORM instead.");
}

/* INTO: the first row, or NULLs. */
static bool store_rows(struct pl_frame *frame, const struct pl_dynamic *node,
                       const struct pl_rows *rows, const struct pl_dynamic_text *dynamic,
                       enum pl_check_level one_only)
{
    if (!rows->has_columns)
        return sql_fail(frame->env.error, "42601",
                        "INTO used with a command that cannot return data");
    if (rows->count == 0 && node->strict)
        return fail_none(frame, node, dynamic);
    if (rows->count > 1 && one_only != PL_CHECK_OFF && !too_many(frame, node, dynamic, one_only))
        return false;
    return pl_set_row(frame, node->target, rows->columns, rows->count ? rows->items[0] : NULL,
                      rows->column_count);
}

static bool run_static(struct pl_frame *frame, const struct pl_dynamic *node, struct pl_rows *rows)
{
    if (node->query->query.tree->kind == AST_TRANSACTION)
        return sql_fail(frame->env.error, "0A000", "unsupported transaction command in PL/pgSQL");
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    enum pl_check_level one_only = !node->into ? PL_CHECK_OFF
                                   : node->strict || node->changes_rows
                                       ? PL_CHECK_FAILS
                                       : pl_check_level(&env, "too_many_rows");
    uint64_t max = !node->into || node->changes_rows ? 0 : one_only != PL_CHECK_OFF ? 2 : 1;
    if (!pl_run_query(frame, node->query, max, rows))
        return false;
    enum sql_command command = rows->command;
    bool counts = command != SQL_UTILITY;
    frame->row_count = rows->changed;
    if (counts)
        pl_set_bool(frame, frame->function->found, rows->changed > 0);
    if (node->into)
        return store_rows(frame, node, rows, NULL, one_only);
    return !rows->has_columns || command == SQL_UTILITY ||
           fail_no_destination(frame, command == SQL_SELECT);
}

enum pl_flow pl_run_sql(struct pl_frame *frame, const struct pl_statement *statement)
{
    struct pl_rows rows;
    arena_reset(&frame->scratch);
    pl_rows_init(&rows);
    bool ok = run_static(frame, (const void *)statement, &rows);
    pl_rows_done(&rows);
    return flow_of(ok);
}

enum pl_flow pl_run_execute(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_dynamic *node = (const void *)statement;
    struct pl_dynamic_text dynamic;
    struct pl_rows rows;
    pl_rows_init(&rows);
    bool ok = pl_read_dynamic(frame, node->dynamic, &node->args, &dynamic) &&
              pl_run_read(frame, &dynamic, 0, &rows);
    frame->row_count = rows.changed;
    if (ok && node->into)
        ok = store_rows(frame, node, &rows, &dynamic, node->strict ? PL_CHECK_FAILS : PL_CHECK_OFF);
    pl_rows_done(&rows);
    return flow_of(ok);
}

enum pl_flow pl_run_perform(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_dynamic *node = (const void *)statement;
    struct pl_rows rows;
    pl_rows_init(&rows);
    bool ok = pl_run_query(frame, node->query, 0, &rows);
    frame->row_count = rows.changed;
    if (ok)
        pl_set_bool(frame, frame->function->found, rows.changed > 0);
    pl_rows_done(&rows);
    return flow_of(ok);
}

static bool end_transaction(struct pl_frame *frame, bool commit, bool chain)
{
    struct pg_session *session = pg_session_of(frame->env.session);
    if (frame->atomic)
        return sql_fail(frame->env.error, "2D000", "invalid transaction termination");
    if (session->core.txn->depth)
        return sql_fail(frame->env.error, "2D000", "cannot %s while a subtransaction is active",
                        commit ? "commit" : "roll back");
    bool ok = pg_block_end_inside(session, commit, chain);
    frame->env.transaction_time = session->env.transaction_time;
    return ok;
}

enum pl_flow pl_run_end(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_end *node = (const void *)statement;
    return flow_of(end_transaction(frame, statement->kind == PL_COMMIT, node->chain));
}
