#include "emulators/postgres/block.h"

#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/reply.h"
#include "emulators/postgres/session.h"
#include "emulators/postgres/set.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/lock.h"
#include "emulators/sql/txn/txn.h"

/* The words of transaction_isolation, in their order. */
static const enum sql_isolation isolations[] = {
    SQL_SERIALIZABLE,
    SQL_REPEATABLE_READ,
    SQL_READ_COMMITTED,
    SQL_READ_UNCOMMITTED,
};

static bool in_block(const struct pg_session *session)
{
    return session->block.state == PG_BLOCK_OPEN || session->block.state == PG_BLOCK_FAILED;
}

bool pg_block_is_open(const struct pg_session *session)
{
    const struct pg_block *block = &session->block;
    return in_block(session) || (block->state == PG_BLOCK_IMPLICIT && !block->pipelined);
}

char pg_block_status(const struct pg_session *session)
{
    if (session->block.state == PG_BLOCK_FAILED)
        return 'E';
    return session->block.state == PG_BLOCK_OPEN ? 'T' : 'I';
}

unsigned pg_block_level(const struct pg_session *session)
{
    return (session->core.txn ? session->core.txn->depth + 1 : 1) + session->settings_levels;
}

/* ---- beginning and ending */

bool pg_block_start(struct pg_session *session)
{
    if (session->core.txn)
        return true;
    struct pg_settings_now *now = &session->settings.now;
    now->isolation = now->default_isolation;
    now->read_only = now->default_read_only;
    now->deferrable = now->default_deferrable;
    struct sql_txn_options options = {
        .isolation = isolations[now->isolation],
        .read_only = now->read_only,
        .deferrable = now->deferrable,
    };
    if (!sql_txn_begin(&session->core, &options, &session->error))
        return false;
    session->block.started_us = session->env.transaction_time = session->env.statement_time;
    session->core.read_only = now->read_only;
    return true;
}

void pg_block_share(struct pg_session *session, bool pipelined)
{
    if (session->block.state == PG_BLOCK_NONE)
        session->block.state = PG_BLOCK_IMPLICIT;
    session->block.pipelined = pipelined;
}

static void ended(struct pg_session *session, bool committed)
{
    pg_settings_end(&session->settings, 1, committed);
    pg_session_sync(session);
    session->block = (struct pg_block){.state = PG_BLOCK_NONE};
    if (committed)
        session->pg->stats.commits++;
    else
        session->pg->stats.rollbacks++;
}

void pg_block_close_opened(struct pg_session *session, uint32_t depth)
{
    pg_portals_abort(session, depth);
    pg_descriptors_end(session, depth);
}

void pg_block_keep_opened(struct pg_session *session, uint32_t depth)
{
    pg_portals_release(session, depth);
    pg_descriptors_release(session, depth);
}

static void roll_back(struct pg_session *session)
{
    pg_block_close_opened(session, 0);
    if (session->core.txn)
        sql_txn_rollback(&session->core);
    ended(session, false);
}

static bool commit(struct pg_session *session)
{
    if (!session->core.txn) {
        ended(session, true);
        return true;
    }
    if (!pg_portals_before_commit(session)) {
        roll_back(session);
        return false;
    }
    pg_descriptors_end(session, 0);
    bool ok = sql_txn_commit(&session->env);
    ended(session, ok);
    return ok;
}

bool pg_block_finish(struct pg_session *session)
{
    if (in_block(session))
        return true;
    return commit(session);
}

void pg_block_fail(struct pg_session *session)
{
    struct sql_txn *txn = session->core.txn;
    if (!in_block(session)) {
        roll_back(session);
        return;
    }
    session->block.state = PG_BLOCK_FAILED;
    if (!txn)
        return;
    if (txn->depth == 0 || txn->state == SQL_TXN_LOST) {
        pg_portals_fail(session, 0);
        pg_descriptors_end(session, 0);
        sql_txn_rollback(&session->core);
        pg_settings_end(&session->settings, 1, false);
    } else {
        pg_portals_fail(session, txn->depth);
        pg_descriptors_end(session, txn->depth);
        sql_savepoint_rollback(txn, txn->depth);
        pg_settings_end(&session->settings, txn->depth + 1, false);
    }
    pg_session_sync(session);
}

void pg_block_abandon(struct pg_session *session)
{
    if (session->core.txn || session->block.state != PG_BLOCK_NONE)
        roll_back(session);
}

void pg_block_end_guarded(struct pg_session *session, uint32_t depth, bool commit)
{
    struct sql_txn *txn = session->core.txn;
    if (commit) {
        pg_block_keep_opened(session, depth);
    } else {
        pg_block_close_opened(session, depth);
        sql_savepoint_rollback(txn, depth);
    }
    sql_savepoint_release(txn, depth);
    if (!session->settings.stacked)
        return;
    pg_settings_end(&session->settings, depth + 1 + session->settings_levels, commit);
    pg_session_sync(session);
}

/* The next transaction begins now, not when the statement did. */
static bool start_next(struct pg_session *session, const struct pg_settings_now *before)
{
    struct pg_settings_now *now = &session->settings.now;
    if (!pg_block_start(session))
        return false;
    if (before) {
        now->isolation = before->isolation;
        now->read_only = before->read_only;
        now->deferrable = before->deferrable;
    }
    session->block.started_us = session->env.transaction_time = pg_now_us(session->pg);
    pg_session_sync(session);
    return true;
}

bool pg_block_end_inside(struct pg_session *session, bool commit_it, bool chained)
{
    struct pg_settings_now before = session->settings.now;
    if (!pg_portals_hold_pinned(session))
        return false;
    bool ok = true;
    if (commit_it)
        ok = commit(session);
    else
        roll_back(session);
    return start_next(session, chained ? &before : NULL) && ok;
}

/* ---- what may run where */

bool pg_block_allows(struct pg_session *session, const struct ast_node *statement)
{
    if (session->block.state != PG_BLOCK_FAILED)
        return true;
    if (statement && statement->kind == AST_TRANSACTION) {
        switch (AST_AS(transaction, statement)->type) {
        case AST_TRANSACTION_COMMIT:
        case AST_TRANSACTION_ROLLBACK:
        case AST_TRANSACTION_ROLLBACK_TO:
        case AST_TRANSACTION_PREPARE: return true;
        default: break;
        }
    }
    return sql_fail(
        &session->error, "25P02",
        "current transaction is aborted, commands ignored until end of transaction block");
}

bool pg_block_refuse_inside(struct pg_session *session, const char *command)
{
    const struct pg_block *block = &session->block;
    if (pg_block_is_open(session))
        return sql_fail(&session->error, "25001", "%s cannot run inside a transaction block",
                        command);
    if (block->pipelined && block->ran)
        return sql_fail(&session->error, "25001", "%s cannot be executed within a pipeline",
                        command);
    return true;
}

bool pg_block_require(struct pg_session *session, const char *command)
{
    return in_block(session) ||
           sql_fail(&session->error, "25P01", "%s can only be used in transaction blocks", command);
}

void pg_block_warn_outside(struct pg_session *session, const char *command)
{
    if (!pg_block_is_open(session))
        pg_reply_noticef(session, SQL_WARNING, "25P01", "%s can only be used in transaction blocks",
                         command);
}

/* ---- the statements */

static bool run_begin(struct pg_session *session, const struct ast_transaction *statement)
{
    if (in_block(session))
        pg_reply_noticef(session, SQL_WARNING, "25001",
                         "there is already a transaction in progress");
    if (!pg_block_start(session))
        return false;
    session->block.state = PG_BLOCK_OPEN;
    return pg_set_transaction_options(session, &statement->options);
}

static void warn_no_transaction(struct pg_session *session)
{
    pg_reply_noticef(session, SQL_WARNING, "25P01", "there is no transaction in progress");
}

/* The next transaction goes on with the ended one's options. */
static bool chain(struct pg_session *session, const struct pg_settings_now *before)
{
    struct pg_settings_now *now = &session->settings.now;
    if (!pg_block_start(session))
        return false;
    now->isolation = before->isolation;
    now->read_only = before->read_only;
    now->deferrable = before->deferrable;
    session->block.state = PG_BLOCK_OPEN;
    pg_session_sync(session);
    return true;
}

static bool run_end(struct pg_session *session, const struct ast_transaction *statement,
                    const char **tag)
{
    bool wants_commit = statement->type == AST_TRANSACTION_COMMIT;
    bool failed = session->block.state == PG_BLOCK_FAILED;
    struct pg_settings_now before = session->settings.now;
    if (!in_block(session)) {
        if (statement->chain)
            return sql_fail(&session->error, "25P01",
                            "%s AND CHAIN can only be used in transaction blocks",
                            wants_commit ? "COMMIT" : "ROLLBACK");
        warn_no_transaction(session);
    }
    *tag = wants_commit && !failed ? "COMMIT" : "ROLLBACK";
    if (wants_commit && !failed) {
        if (!commit(session))
            return false;
    } else {
        roll_back(session);
    }
    return !statement->chain || chain(session, &before);
}

static bool fail_no_savepoint(struct pg_session *session, struct slice name)
{
    return sql_fail(&session->error, "3B001", "savepoint \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name));
}

static bool run_savepoint(struct pg_session *session, const struct ast_transaction *statement)
{
    return pg_block_require(session, "SAVEPOINT") &&
           sql_savepoint_begin(session->core.txn, statement->savepoint, &session->error);
}

static bool run_release(struct pg_session *session, const struct ast_transaction *statement)
{
    struct sql_txn *txn = session->core.txn;
    if (!pg_block_require(session, "RELEASE SAVEPOINT"))
        return false;
    uint32_t depth = sql_savepoint_find(txn, statement->savepoint);
    if (!depth)
        return fail_no_savepoint(session, statement->savepoint);
    pg_settings_end(&session->settings, depth + 1, true);
    pg_block_keep_opened(session, depth);
    sql_savepoint_release(txn, depth);
    pg_session_sync(session);
    return true;
}

static bool run_rollback_to(struct pg_session *session, const struct ast_transaction *statement)
{
    struct sql_txn *txn = session->core.txn;
    if (!pg_block_require(session, "ROLLBACK TO SAVEPOINT"))
        return false;
    uint32_t depth = txn ? sql_savepoint_find(txn, statement->savepoint) : 0;
    if (!depth)
        return fail_no_savepoint(session, statement->savepoint);
    pg_block_close_opened(session, depth);
    sql_savepoint_rollback(txn, depth);
    pg_settings_end(&session->settings, depth + 1, false);
    session->block.state = PG_BLOCK_OPEN;
    pg_session_sync(session);
    return true;
}

/* Which of the session's locks are on temporary relations. */
struct temporary_locks {
    struct sql_session *session;
    bool found;
};

static void see_lock(void *ctx, const struct sql_lock_view *lock)
{
    struct temporary_locks *locks = ctx;
    if (locks->found || lock->session != locks->session->id || lock->tag.kind != SQL_LOCK_RELATION)
        return;
    const struct sql_relation *relation = sql_find_relation_id(locks->session, lock->tag.id);
    locks->found = relation && relation->persistence == 't';
}

/* Nobody else could finish what was done to them. */
static bool refuse_temporary(struct pg_session *session)
{
    struct temporary_locks locks = {.session = &session->core};
    if (session->core.temp_schema)
        sql_lock_each(session->core.instance, see_lock, &locks);
    return !locks.found ||
           sql_fail(&session->error, "0A000",
                    "cannot PREPARE a transaction that has operated on temporary objects");
}

static bool run_prepare(struct pg_session *session, const struct ast_transaction *statement,
                        const char **tag)
{
    if (session->block.state != PG_BLOCK_OPEN) {
        if (session->block.state != PG_BLOCK_FAILED)
            warn_no_transaction(session);
        *tag = "ROLLBACK";
        roll_back(session);
        return true;
    }
    if (pg_settings_number(&session->settings, "max_prepared_transactions") == 0)
        return sql_fail(&session->error, "55000", "prepared transactions are disabled");
    if (!pg_portals_before_prepare(session) || !refuse_temporary(session)) {
        roll_back(session);
        return false;
    }
    pg_descriptors_end(session, 0);
    bool ok = sql_txn_prepare(&session->env, statement->global_id);
    ended(session, ok);
    return ok;
}

static bool run_finish_prepared(struct pg_session *session, const struct ast_transaction *statement,
                                const char *command)
{
    return pg_block_refuse_inside(session, command) &&
           sql_txn_finish_prepared(&session->env, statement->global_id,
                                   statement->type == AST_TRANSACTION_COMMIT_PREPARED);
}

bool pg_block_run(struct pg_session *session, const struct ast_transaction *statement,
                  const char **tag)
{
    *tag = pg_command_tag(&statement->node);
    switch (statement->type) {
    case AST_TRANSACTION_BEGIN:
    case AST_TRANSACTION_START: return run_begin(session, statement);
    case AST_TRANSACTION_COMMIT:
    case AST_TRANSACTION_ROLLBACK: return run_end(session, statement, tag);
    case AST_TRANSACTION_SAVEPOINT: return run_savepoint(session, statement);
    case AST_TRANSACTION_RELEASE: return run_release(session, statement);
    case AST_TRANSACTION_ROLLBACK_TO: return run_rollback_to(session, statement);
    case AST_TRANSACTION_PREPARE: return run_prepare(session, statement, tag);
    case AST_TRANSACTION_COMMIT_PREPARED:
    case AST_TRANSACTION_ROLLBACK_PREPARED: return run_finish_prepared(session, statement, *tag);
    }
    return false;
}
