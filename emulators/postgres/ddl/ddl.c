#include "emulators/postgres/ddl/ddl.h"

#include <stdarg.h>
#include <stdio.h>

#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/ddl/handlers.h"

static pg_ddl_handler *const handlers[AST_KIND_COUNT] = {
    [AST_CREATE_TABLE] = pg_create_table,
    [AST_CREATE_INDEX] = pg_create_index,
    [AST_CREATE_SEQUENCE] = pg_create_sequence,
    [AST_ALTER_SEQUENCE] = pg_alter_sequence,
    [AST_CREATE_SCHEMA] = pg_create_schema,
    [AST_CREATE_VIEW] = pg_create_view,
    [AST_CREATE_TABLE_AS] = pg_create_table_as,
    [AST_REFRESH_VIEW] = pg_refresh_view,
    [AST_CREATE_DATABASE] = pg_create_database,
    [AST_DROP_DATABASE] = pg_drop_database,
    [AST_CREATE_TABLESPACE] = pg_create_tablespace,
    [AST_ALTER_TABLESPACE] = pg_alter_tablespace_options,
    [AST_DROP_TABLESPACE] = pg_drop_tablespace,
    [AST_ALTER_TABLE_MOVE_ALL] = pg_alter_move_all,
    [AST_VACUUM] = pg_vacuum,
    [AST_CLUSTER] = pg_cluster,
    [AST_REINDEX] = pg_reindex,
    [AST_TRUNCATE] = pg_truncate,
    [AST_DROP] = pg_drop,
    [AST_CREATE_ENUM] = pg_create_enum,
    [AST_ALTER_ENUM] = pg_alter_enum,
    [AST_CREATE_COMPOSITE] = pg_create_composite,
    [AST_CREATE_DOMAIN] = pg_create_domain,
    [AST_CREATE_RANGE] = pg_create_range,
    [AST_COMMENT] = pg_comment,
    [AST_RENAME] = pg_rename,
    [AST_ALTER_OWNER] = pg_alter_owner,
    [AST_ALTER_SCHEMA] = pg_alter_schema,
    [AST_ALTER_TABLE] = pg_alter_table,
    [AST_CREATE_EXTENSION] = pg_create_extension,
    [AST_ALTER_EXTENSION] = pg_alter_extension,
    [AST_ALTER_EXTENSION_CONTENTS] = pg_alter_extension_contents,
    [AST_DEFINE] = pg_define,
    [AST_CREATE_CAST] = pg_create_cast,
    [AST_CREATE_SUBSCRIPTION] = pg_create_subscription,
    [AST_ALTER_SUBSCRIPTION] = pg_alter_subscription,
    [AST_DROP_SUBSCRIPTION] = pg_drop_subscription,
    [AST_CREATE_CONVERSION] = pg_create_conversion,
    [AST_CREATE_ACCESS_METHOD] = pg_create_access_method,
    [AST_ALTER_OPERATOR] = pg_alter_operator,
    [AST_ALTER_COLLATION] = pg_alter_collation,
    [AST_ALTER_DOMAIN] = pg_alter_domain,
    [AST_CREATE_TRIGGER] = pg_create_trigger,
    [AST_CREATE_RULE] = pg_create_rule,
    [AST_CREATE_OP_FAMILY] = pg_create_op_family,
    [AST_ALTER_OP_FAMILY] = pg_alter_op_family,
    [AST_CREATE_OP_CLASS] = pg_create_op_class,
    [AST_ALTER_TS_CONFIGURATION] = pg_alter_ts_configuration,
    [AST_ALTER_TS_DICTIONARY] = pg_alter_ts_dictionary,
    [AST_CREATE_PUBLICATION] = pg_create_publication,
    [AST_ALTER_PUBLICATION] = pg_alter_publication,
    [AST_CREATE_FOREIGN_TABLE] = pg_create_foreign_table,
    [AST_CREATE_FDW] = pg_create_fdw,
    [AST_ALTER_FDW] = pg_alter_fdw,
    [AST_CREATE_SERVER] = pg_create_server,
    [AST_ALTER_SERVER] = pg_alter_server,
    [AST_CREATE_USER_MAPPING] = pg_create_user_mapping,
    [AST_ALTER_USER_MAPPING] = pg_alter_user_mapping,
    [AST_DROP_USER_MAPPING] = pg_drop_user_mapping,
    [AST_CREATE_STATISTICS] = pg_create_statistics,
    [AST_ALTER_STATISTICS] = pg_alter_statistics,
    [AST_CREATE_EVENT_TRIGGER] = pg_create_event_trigger,
    [AST_ALTER_EVENT_TRIGGER] = pg_alter_event_trigger,
    [AST_CREATE_FUNCTION] = pg_create_function,
    [AST_ALTER_FUNCTION] = pg_alter_function,
    [AST_CREATE_ROLE] = pg_create_role,
    [AST_ALTER_ROLE] = pg_alter_role,
    [AST_ALTER_ROLE_SET] = pg_alter_role_set,
    [AST_ALTER_DATABASE] = pg_alter_database,
    [AST_ALTER_DATABASE_SET] = pg_alter_database_set,
    [AST_DROP_ROLE] = pg_drop_role,
    [AST_GRANT_ROLE] = pg_grant_role,
    [AST_GRANT] = pg_grant,
    [AST_ALTER_DEFAULT_PRIVILEGES] = pg_alter_default_privileges,
    [AST_REASSIGN_OWNED] = pg_reassign_owned,
    [AST_DROP_OWNED] = pg_drop_owned,
    [AST_CREATE_LANGUAGE] = pg_create_language,
    [AST_SECURITY_LABEL] = pg_security_label,
    [AST_CREATE_POLICY] = pg_create_policy,
    [AST_ALTER_POLICY] = pg_alter_policy,
};

bool pg_ddl_handles(enum ast_kind kind)
{
    return handlers[kind] != NULL;
}

bool pg_ddl_run(struct pg_ddl *ddl, const struct ast_node *node)
{
    pg_ddl_handler *run = handlers[node->kind];
    if (!run)
        return sql_fail(ddl->env->error, "0A000", "statement \"%s\" is not supported",
                        ast_kind_name(node->kind));
    ddl->arena = ddl->env->arena;
    ddl->tag = slice_str(pg_command_tag(node));
    return run(ddl, node);
}

/* What a notice is beside its text. */
struct notice_kind {
    enum sql_severity severity;
    const char *sqlstate, *hint; /* hint NULL: none */
};

static void send(struct pg_ddl *ddl, struct notice_kind kind, const char *format, va_list args)
{
    if (!ddl->session->owner || !ddl->session->owner->notice)
        return;
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(ddl->arena, (size_t)len + 1);
    if (text) {
        (void)vsnprintf(text, (size_t)len + 1, format, again);
        struct sql_error notice;
        sql_error_begin(&notice, ddl->arena);
        notice.severity = kind.severity;
        memcpy(notice.sqlstate, kind.sqlstate, sizeof notice.sqlstate);
        if (kind.hint)
            notice.hint = slice_str(kind.hint);
        notice.message = slice_of(text, (size_t)len);
        ddl->session->owner->notice(ddl->session, &notice);
    }
    va_end(again);
}

void pg_ddl_debug(struct pg_ddl *ddl, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    send(ddl, (struct notice_kind){SQL_DEBUG, "00000", NULL}, format, args);
    va_end(args);
}

void pg_ddl_notice(struct pg_ddl *ddl, const char *sqlstate, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    send(ddl, (struct notice_kind){SQL_NOTICE, sqlstate, NULL}, format, args);
    va_end(args);
}

void pg_ddl_warning(struct pg_ddl *ddl, const char *sqlstate, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    send(ddl, (struct notice_kind){SQL_WARNING, sqlstate, NULL}, format, args);
    va_end(args);
}

void pg_ddl_warning_hint(struct pg_ddl *ddl, const char *hint, const char *sqlstate,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    send(ddl, (struct notice_kind){SQL_WARNING, sqlstate, hint}, format, args);
    va_end(args);
}

void *pg_ddl_grow(struct pg_ddl *ddl, const void *items, uint32_t count, size_t size)
{
    bool full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
    uint8_t *grown = (uint8_t *)(uintptr_t)items;
    if (full) {
        grown = arena_array(ddl->arena, count ? 2 * (size_t)count : 4, size);
        if (!grown) {
            sql_fail_memory(ddl->env->error);
            return NULL;
        }
        if (count)
            memcpy(grown, items, count * size);
    }
    memset(grown + count * size, 0, size);
    return grown;
}
