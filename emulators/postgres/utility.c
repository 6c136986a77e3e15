#include "emulators/postgres/utility.h"

#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/copy.h"
#include "emulators/postgres/cursor_statements.h"
#include "emulators/postgres/ddl/event_fire.h"
#include "emulators/postgres/explain.h"
#include "emulators/postgres/maintenance.h"
#include "emulators/postgres/notify.h"
#include "emulators/postgres/routine/routine.h"
#include "emulators/postgres/set.h"
#include "emulators/postgres/set_constraints.h"
#include "emulators/sql/syntax/ast_object.h"
#include "emulators/sql/syntax/ast_table.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/txn.h"

enum {
    READS = 1 << 0, /* may run in a read-only transaction */
    BLIND = 1 << 1, /* and takes no snapshot */
};

static bool run_transaction(struct pg_utility_call *call)
{
    const char *tag;
    if (call->nested)
        return sql_fail(call->env->error, "0A000", "%s is not allowed in stored code",
                        pg_command_tag(call->tree));
    return pg_block_run(call->session, AST_AS(transaction, call->tree), &tag);
}

/* What concerns files, statistics and shared libraries of the real server has nothing to do here. */
static bool run_nothing(struct pg_utility_call *call)
{
    (void)call;
    return true;
}

/* Statements that define objects have a table of their own (ddl/ddl.c). */
static bool run_definition(struct pg_utility_call *call)
{
    struct pg_ddl ddl = {
        .session = &call->session->core,
        .env = call->env,
        .query = call->query,
        .text = call->text,
        .sink = call->sink,
    };
    struct pg_event_run *events;
    bool ok = pg_events_begin(&ddl, slice_str(pg_command_tag(call->tree)), &events) &&
              pg_ddl_run(&ddl, call->tree) &&
              (!events || pg_events_finish(&ddl, call->tree, events));
    pg_events_end(&ddl, events);
    call->tag = ddl.tag;
    return ok;
}

static const struct utility_row {
    enum ast_kind kind;
    unsigned flags;
    pg_utility *run;
    bool (*columns)(struct pg_session *session, const struct ast_node *tree,
                    struct pg_analysis *analysis);
} table[] = {
    {AST_TRANSACTION,     READS | BLIND, run_transaction,        NULL              },
    {AST_SET,             READS | BLIND, pg_run_set,             NULL              },
    {AST_SET_CONSTRAINTS, READS | BLIND, pg_run_set_constraints, NULL              },
    {AST_SHOW,            READS | BLIND, pg_run_show,            pg_show_columns   },
    {AST_DISCARD,         READS,         pg_run_discard,         NULL              },
    {AST_PREPARE,         READS,         pg_run_prepare,         NULL              },
    {AST_EXECUTE,         READS,         pg_run_execute,         pg_execute_columns},
    {AST_DEALLOCATE,      READS,         pg_run_deallocate,      NULL              },
    {AST_DECLARE_CURSOR,  READS,         pg_run_declare,         NULL              },
    {AST_FETCH,           READS | BLIND, pg_run_fetch,           pg_fetch_columns  },
    {AST_CLOSE_CURSOR,    READS,         pg_run_close,           NULL              },
    {AST_DO,              READS,         pg_run_do,              NULL              },
    {AST_CALL,            READS,         pg_run_call,            pg_call_columns   },
    {AST_EXPLAIN,         READS,         pg_run_explain,         pg_explain_columns},
    {AST_COPY,            READS,         pg_run_copy,            NULL              },
    {AST_LISTEN,          READS | BLIND, pg_run_listen,          NULL              },
    {AST_UNLISTEN,        READS | BLIND, pg_run_unlisten,        NULL              },
    {AST_NOTIFY,          READS | BLIND, pg_run_notify,          NULL              },
    {AST_CHECKPOINT,      READS | BLIND, run_nothing,            NULL              },
    {AST_LOAD,            READS,         run_nothing,            NULL              },
    {AST_VACUUM,          READS,         run_definition,         NULL              },
    {AST_CLUSTER,         READS,         run_definition,         NULL              },
    {AST_REINDEX,         READS,         run_definition,         NULL              },
    {AST_LOCK,            READS | BLIND, pg_run_lock,            NULL              },
    {AST_ALTER_SYSTEM,    READS,         pg_run_alter_system,    NULL              },
};

static const struct utility_row *find_row(const struct ast_node *tree)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].kind == tree->kind)
            return &table[i];
    return NULL;
}

/* What is done in several transactions, or cannot be undone: its name; NULL: others. */
static const char *outside_blocks(const struct ast_node *tree)
{
    if (tree->kind == AST_CREATE_INDEX && AST_AS(create_index, tree)->concurrently)
        return "CREATE INDEX CONCURRENTLY";
    if (tree->kind == AST_DROP && AST_AS(drop, tree)->concurrently)
        return "DROP INDEX CONCURRENTLY";
    if (tree->kind == AST_VACUUM && AST_AS(vacuum, tree)->is_vacuum)
        return "VACUUM";
    if (tree->kind == AST_CLUSTER && !AST_AS(cluster, tree)->relation)
        return "CLUSTER";
    if (tree->kind != AST_ALTER_TABLE)
        return NULL;
    const struct ast_list *commands = &AST_AS(alter_table, tree)->commands;
    for (uint32_t i = 0; i < commands->count; i++) {
        const struct ast_alter_table_command *command =
            AST_AS(alter_table_command, commands->items[i]);
        if (command->type == AST_DETACH_PARTITION &&
            AST_AS(partition_command, command->definition)->concurrently)
            return "ALTER TABLE ... DETACH CONCURRENTLY";
    }
    return NULL;
}

bool pg_utility_run(struct pg_utility_call *call)
{
    const struct utility_row *row = find_row(call->tree);
    const char *tag = pg_command_tag(call->tree);
    const struct sql_txn *txn = call->session->core.txn;
    bool defines = !row && pg_ddl_handles(call->tree->kind);
    if (!row && !defines)
        return sql_fail(call->env->error, "0A000", "%s is not supported", tag);
    if ((defines || !(row->flags & READS)) && txn && txn->read_only)
        return sql_fail(call->env->error, "25006", "cannot execute %s in a read-only transaction",
                        tag);
    const char *outside = outside_blocks(call->tree);
    if (outside && call->nested)
        return sql_fail(call->env->error, "25001", "%s cannot be executed from a function",
                        outside);
    if (outside && !pg_block_refuse_inside(call->session, outside))
        return false;
    bool blind = call->nested || (row && row->flags & BLIND);
    if (txn && !blind && !sql_snapshot_begin(call->env))
        return false;
    if (defines ? !run_definition(call) : !row->run(call))
        return false;
    if (!call->tag.ptr)
        call->tag = slice_str(tag);
    return true;
}

bool pg_utility_columns(struct pg_session *session, struct pg_analysis *analysis)
{
    const struct ast_node *tree = analysis->query->utility;
    const struct utility_row *row = find_row(tree);
    return !row || !row->columns || row->columns(session, tree, analysis);
}
