#include "emulators/postgres/syntax/parser.h"

static struct ast_node *parse_set(struct pg_parser *p)
{
    return pg_parse_set_reset(p, true);
}

/* Statements by their first word. */
static struct ast_node *(*const statements[PG_KW_ZONE + 1])(struct pg_parser *p) = {
    ['('] = pg_parse_preparable,
    [PG_KW_ABORT] = pg_parse_transaction,
    [PG_KW_ALTER] = pg_parse_alter,
    [PG_KW_ANALYSE] = pg_parse_vacuum,
    [PG_KW_ANALYZE] = pg_parse_vacuum,
    [PG_KW_BEGIN] = pg_parse_transaction,
    [PG_KW_CALL] = pg_parse_call,
    [PG_KW_CHECKPOINT] = pg_parse_checkpoint,
    [PG_KW_CLOSE] = pg_parse_close,
    [PG_KW_CLUSTER] = pg_parse_cluster,
    [PG_KW_COMMENT] = pg_parse_comment,
    [PG_KW_COMMIT] = pg_parse_transaction,
    [PG_KW_COPY] = pg_parse_copy,
    [PG_KW_CREATE] = pg_parse_create,
    [PG_KW_DEALLOCATE] = pg_parse_deallocate,
    [PG_KW_DECLARE] = pg_parse_declare,
    [PG_KW_DELETE] = pg_parse_preparable,
    [PG_KW_DISCARD] = pg_parse_discard,
    [PG_KW_DO] = pg_parse_do,
    [PG_KW_DROP] = pg_parse_drop,
    [PG_KW_END] = pg_parse_transaction,
    [PG_KW_EXECUTE] = pg_parse_execute,
    [PG_KW_EXPLAIN] = pg_parse_explain,
    [PG_KW_FETCH] = pg_parse_fetch,
    [PG_KW_GRANT] = pg_parse_grant,
    [PG_KW_IMPORT] = pg_parse_import,
    [PG_KW_INSERT] = pg_parse_preparable,
    [PG_KW_LISTEN] = pg_parse_listen,
    [PG_KW_LOAD] = pg_parse_load,
    [PG_KW_LOCK] = pg_parse_lock,
    [PG_KW_MERGE] = pg_parse_preparable,
    [PG_KW_MOVE] = pg_parse_fetch,
    [PG_KW_NOTIFY] = pg_parse_notify,
    [PG_KW_PREPARE] = pg_parse_prepare,
    [PG_KW_REASSIGN] = pg_parse_reassign,
    [PG_KW_REFRESH] = pg_parse_refresh,
    [PG_KW_REINDEX] = pg_parse_reindex,
    [PG_KW_RELEASE] = pg_parse_transaction,
    [PG_KW_RESET] = parse_set,
    [PG_KW_REVOKE] = pg_parse_grant,
    [PG_KW_ROLLBACK] = pg_parse_transaction,
    [PG_KW_SAVEPOINT] = pg_parse_transaction,
    [PG_KW_SECURITY] = pg_parse_security_label,
    [PG_KW_SELECT] = pg_parse_preparable,
    [PG_KW_SET] = parse_set,
    [PG_KW_SHOW] = pg_parse_show,
    [PG_KW_START] = pg_parse_transaction,
    [PG_KW_TABLE] = pg_parse_preparable,
    [PG_KW_TRUNCATE] = pg_parse_truncate,
    [PG_KW_UNLISTEN] = pg_parse_unlisten,
    [PG_KW_UPDATE] = pg_parse_preparable,
    [PG_KW_VACUUM] = pg_parse_vacuum,
    [PG_KW_VALUES] = pg_parse_preparable,
    [PG_KW_WITH] = pg_parse_preparable,
};

struct ast_node *pg_parse_statement(struct pg_parser *p)
{
    uint16_t kind = pg_at(p);
    if (kind == ';' || kind == PG_TOKEN_END)
        return NULL;
    if (statements[kind])
        return statements[kind](p);
    pg_unexpected(p);
    return NULL;
}
