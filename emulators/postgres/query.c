#include "emulators/postgres/query.h"

#include "emulators/postgres/client_text.h"
#include "emulators/postgres/extended.h"
#include "emulators/postgres/function_call.h"
#include "emulators/postgres/guard.h"
#include "emulators/postgres/notify.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/prepared.h"
#include "emulators/postgres/reply.h"
#include "emulators/postgres/statement.h"
#include "emulators/postgres/statement_shape.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/txn.h"
#include "protocols/postgres/pg_encode.h"
#include "protocols/postgres/pg_message.h"

/* ---- the simple protocol */

/* FETCH from a binary cursor answers in binary, whatever the protocol. */
static void choose_formats(struct pg_session *session, struct pg_portal *portal)
{
    static const uint16_t binary = 1;
    const struct ast_node *tree = portal->statement->tree;
    if (!tree || tree->kind != AST_FETCH)
        return;
    const struct pg_portal *cursor = pg_portal_find(session, AST_AS(fetch, tree)->cursor);
    if (cursor && cursor->binary)
        portal->formats = (struct pg_result_formats){&binary, 1};
}

static bool run_portal(struct pg_session *session, struct pg_statement *statement,
                       struct slice *tag)
{
    bool done;
    struct slice made;
    struct pg_portal *portal = pg_portal_create(session, slice_str(""), statement, false);
    if (!portal)
        return false;
    if (statement->shaping) {
        portal->params = statement->shaping->values;
        portal->param_count = statement->given_count;
        portal->source = statement->shaping->text;
    }
    choose_formats(session, portal);
    session->running_params = &portal->analysis->params;
    bool ok = pg_portal_send(session, portal, true, 0, &done, &made);
    session->running_params = NULL;
    if (ok)
        *tag = made.ptr ? arena_dup(&session->frame_arena, made) : made;
    pg_portal_close(session, portal);
    return ok;
}

static bool run_in_transaction(struct pg_session *session, struct pg_statement *statement,
                               struct slice *tag)
{
    if (!pg_block_start(session) || !pg_path_refresh(session))
        return sql_fail_memory(&session->error);
    if (!pg_statement_analyze(session, statement) || !run_portal(session, statement, tag))
        return false;
    if (session->core.txn)
        sql_txn_next_command(session->core.txn);
    session->block.ran = true;
    return true;
}

/* One statement: everything but its CommandComplete. */
static bool run_statement(struct pg_session *session, struct pg_statement *statement, bool last,
                          struct slice *tag)
{
    const struct ast_node *tree = statement->tree;
    if (!pg_block_allows(session, tree))
        return false;
    if (tree->kind == AST_TRANSACTION) {
        const char *word;
        if (!pg_block_run(session, AST_AS(transaction, tree), &word))
            return false;
        *tag = slice_str(word);
        return true;
    }
    if (!run_in_transaction(session, statement, tag))
        return false;
    /* What the commit refuses is told instead of the tag. */
    return !last || pg_block_finish(session);
}

/* Runs one statement and releases it. */
static bool run_whole(struct pg_session *session, struct pg_statement *statement, bool last)
{
    struct slice tag = {0};
    struct pg_guard guard;
    bool ok = pg_guard_enter(session, statement, &guard);
    if (ok) {
        ok = run_statement(session, statement, last, &tag);
        if (ok && tag.ptr)
            pg_put_command_complete(session->out, tag);
        ok = pg_guard_leave(session, &guard, ok) && ok;
    }
    pg_statement_release(statement);
    return ok;
}

static bool run_raw(struct pg_session *session, struct slice text,
                    const struct ast_raw_statement *raw, bool last)
{
    struct pg_statement *statement = pg_statement_create(session, text, raw);
    if (!statement)
        return false;
    statement->fixed_params = true;
    return run_whole(session, statement, last);
}

static bool run_all(struct pg_session *session, struct slice text, const struct ast_list *list)
{
    if (list->count == 0) {
        pg_put_empty(session->out, PG_EMPTY_QUERY);
        return pg_block_finish(session);
    }
    if (list->count > 1)
        pg_block_share(session, false);
    for (uint32_t i = 0; i < list->count; i++) {
        bool last = i + 1 == list->count;
        if (!run_raw(session, text, AST_AS(raw_statement, list->items[i]), last))
            return false;
        /* A transaction that ended in between: what follows shares the next one. */
        if (!last)
            pg_block_share(session, false);
    }
    return pg_block_finish(session);
}

/* A statement that came before, or one of the same shape (NULL: it has none): it is parsed for good, and the
 * next time not at all. */
static bool run_again(struct pg_session *session, struct slice text, const struct pg_shape *shape,
                      uint64_t notices)
{
    struct pg_statement *statement = pg_statement_parse(session, text);
    if (!statement)
        return false;
    statement->fixed_params = true;
    if (shape && !pg_shape_apply(session, statement, shape)) {
        pg_statement_release(statement);
        return sql_fail_memory(&session->error);
    }
    statement->refs++;
    statement->untold = true;
    bool ok = run_whole(session, statement, true) && pg_block_finish(session);
    if (ok && shape && !statement->shaping)
        pg_statement_cache_refuse(session, shape->form);
    else if (ok && !pg_statement_cache_put(session, statement, notices))
        pg_statement_cache_refuse(session, text);
    pg_statement_release(statement);
    return ok;
}

static struct pg_statement *find_known(struct pg_session *session, struct slice text,
                                       const struct pg_shape *shape)
{
    if (session->block.state == PG_BLOCK_FAILED)
        return NULL;
    return shape ? pg_statement_cache_find_shape(session, text, shape)
                 : pg_statement_cache_find(session, text, NULL, 0);
}

static bool run_text(struct pg_session *session, struct slice text)
{
    struct ast_list list = {0};
    struct pg_shape made, *shape = pg_shape_of(&session->frame_arena, text, &made) &&
                                           !pg_statement_cache_refuses(session, made.form)
                                       ? &made
                                       : NULL;
    uint64_t notices = session->notices;
    struct pg_statement *known = find_known(session, text, shape);
    if (known && (shape || known->analysis->params.count == 0)) {
        known->untold = known->refs == 2; /* the cache's and this one */
        return run_whole(session, known, true) && pg_block_finish(session);
    }
    pg_statement_release(known);
    if (!pg_statement_parse_text(session, &session->frame_arena, text, &list))
        return false;
    if (list.count == 1 && session->notices == notices && session->block.state != PG_BLOCK_FAILED &&
        pg_statement_cache_wants(session, shape ? shape->form : text))
        return run_again(session, text, shape, notices);
    return run_all(session, text, &list);
}

static void simple_query(struct pg_session *session)
{
    struct slice text;
    bool ok = (pg_read_text(session->frame.body, &text) ||
               sql_fail(&session->error, "08P01", "invalid string in message")) &&
              pg_client_text_in(session->settings.now.client_encoding, &session->frame_arena, &text,
                                &session->error);
    struct pg_prepared *unnamed = pg_prepared_find(session, slice_str(""));
    if (unnamed)
        pg_prepared_remove(session, unnamed);
    struct pg_portal *portal = pg_portal_find(session, slice_str(""));
    if (portal)
        pg_portal_close(session, portal);
    pg_guard_note_activity(session, text);
    if (!ok || !run_text(session, text))
        pg_query_fail(session);
    pg_query_ready(session);
}

/* ---- readiness */

void pg_query_ready(struct pg_session *session)
{
    if (session->phase == PG_PHASE_CLOSING)
        return;
    if (pg_block_status(session) == 'I')
        pg_notify_deliver(session);
    pg_reply_ready(session);
    pg_guard_idle(session);
}

/* The error is told before the rollback: it names objects that may go with it. */
void pg_query_fail(struct pg_session *session)
{
    pg_reply_failure(session);
    pg_block_fail(session);
}

void pg_reply_failure(struct pg_session *session)
{
    if (session->phase == PG_PHASE_CLOSING)
        return;
    if (session->error.severity == SQL_FATAL) {
        pg_session_end(session);
        return;
    }
    pg_reply_error(session);
}

/* ---- frames */

static void sync(struct pg_session *session)
{
    session->skip_to_sync = false;
    pg_guard_unwatch(session);
    if (!pg_block_finish(session))
        pg_reply_failure(session);
    pg_query_ready(session);
}

static void refuse_frame(struct pg_session *session)
{
    sql_fail(&session->error, "08P01", "invalid frontend message type %d", session->frame.type);
    session->error.severity = SQL_FATAL;
    pg_session_end(session);
}

bool pg_query_handle_light_frame(struct pg_session *session)
{
    uint8_t type = session->frame.type;
    if (type == 'p') {
        refuse_frame(session);
        return true;
    }
    session->tells_at_once |= type == 'H';
    if (type == 'd' || type == 'c' || type == 'f' || type == 'H')
        return true; /* left over from a COPY that failed; Flush */
    return session->skip_to_sync && type != 'S' && type != 'Q';
}

static void fail_extended(struct pg_session *session)
{
    pg_guard_unwatch(session);
    session->skip_to_sync = true;
    pg_query_fail(session);
}

void pg_query_time_out(struct pg_session *session)
{
    pg_session_env(session, &session->frame_arena);
    session->text = slice_of(NULL, 0);
    session->core.interrupt = SQL_STATEMENT_TIMEOUT;
    sql_session_check(&session->env);
    fail_extended(session);
}

void pg_query_handle_frame(struct pg_session *session)
{
    pg_session_env(session, &session->frame_arena);
    session->extended = false;
    session->text = slice_of(NULL, 0);
    session->core.interrupt = SQL_NOT_INTERRUPTED;
    switch (session->frame.type) {
    case 'Q':
        session->skip_to_sync = false;
        simple_query(session);
        return;
    case 'S': sync(session); return;
    case 'F': pg_function_call_frame(session); return;
    default: break;
    }
    session->extended = true;
    if (session->frame.type != 'C')
        pg_guard_watch(session);
    if (!pg_extended_frame(session))
        fail_extended(session);
}
