#include "emulators/postgres/command_tag.h"

#include "emulators/sql/syntax/ast_query.h"
#include "emulators/sql/syntax/ast_table.h"
#include "emulators/sql/syntax/ast_utility.h"

/* Statements whose tag is always the same. */
static const char *const plain[AST_KIND_COUNT] = {
    [AST_SELECT] = "SELECT",
    [AST_INSERT] = "INSERT",
    [AST_UPDATE] = "UPDATE",
    [AST_DELETE] = "DELETE",
    [AST_MERGE] = "MERGE",
    [AST_CREATE_TABLE] = "CREATE TABLE",
    [AST_CREATE_FOREIGN_TABLE] = "CREATE FOREIGN TABLE",
    [AST_CREATE_INDEX] = "CREATE INDEX",
    [AST_CREATE_VIEW] = "CREATE VIEW",
    [AST_REFRESH_VIEW] = "REFRESH MATERIALIZED VIEW",
    [AST_CREATE_SEQUENCE] = "CREATE SEQUENCE",
    [AST_ALTER_SEQUENCE] = "ALTER SEQUENCE",
    [AST_CREATE_TRIGGER] = "CREATE TRIGGER",
    [AST_CREATE_RULE] = "CREATE RULE",
    [AST_CREATE_POLICY] = "CREATE POLICY",
    [AST_ALTER_POLICY] = "ALTER POLICY",
    [AST_CREATE_STATISTICS] = "CREATE STATISTICS",
    [AST_ALTER_STATISTICS] = "ALTER STATISTICS",
    [AST_COMMENT] = "COMMENT",
    [AST_SECURITY_LABEL] = "SECURITY LABEL",
    [AST_CREATE_SCHEMA] = "CREATE SCHEMA",
    [AST_CREATE_DATABASE] = "CREATE DATABASE",
    [AST_ALTER_DATABASE] = "ALTER DATABASE",
    [AST_ALTER_DATABASE_SET] = "ALTER DATABASE",
    [AST_DROP_DATABASE] = "DROP DATABASE",
    [AST_CREATE_TABLESPACE] = "CREATE TABLESPACE",
    [AST_DROP_TABLESPACE] = "DROP TABLESPACE",
    [AST_ALTER_TABLESPACE] = "ALTER TABLESPACE",
    [AST_CREATE_ROLE] = "CREATE ROLE",
    [AST_ALTER_ROLE] = "ALTER ROLE",
    [AST_ALTER_ROLE_SET] = "ALTER ROLE",
    [AST_DROP_ROLE] = "DROP ROLE",
    [AST_ALTER_DEFAULT_PRIVILEGES] = "ALTER DEFAULT PRIVILEGES",
    [AST_DROP_OWNED] = "DROP OWNED",
    [AST_REASSIGN_OWNED] = "REASSIGN OWNED",
    [AST_DO] = "DO",
    [AST_CALL] = "CALL",
    [AST_CREATE_DOMAIN] = "CREATE DOMAIN",
    [AST_ALTER_DOMAIN] = "ALTER DOMAIN",
    [AST_CREATE_COMPOSITE] = "CREATE TYPE",
    [AST_CREATE_ENUM] = "CREATE TYPE",
    [AST_ALTER_ENUM] = "ALTER TYPE",
    [AST_CREATE_RANGE] = "CREATE TYPE",
    [AST_ALTER_TYPE] = "ALTER TYPE",
    [AST_ALTER_OPERATOR] = "ALTER OPERATOR",
    [AST_ALTER_COLLATION] = "ALTER COLLATION",
    [AST_CREATE_CAST] = "CREATE CAST",
    [AST_CREATE_TRANSFORM] = "CREATE TRANSFORM",
    [AST_CREATE_CONVERSION] = "CREATE CONVERSION",
    [AST_CREATE_OP_CLASS] = "CREATE OPERATOR CLASS",
    [AST_CREATE_OP_FAMILY] = "CREATE OPERATOR FAMILY",
    [AST_ALTER_OP_FAMILY] = "ALTER OPERATOR FAMILY",
    [AST_CREATE_LANGUAGE] = "CREATE LANGUAGE",
    [AST_CREATE_ACCESS_METHOD] = "CREATE ACCESS METHOD",
    [AST_CREATE_EVENT_TRIGGER] = "CREATE EVENT TRIGGER",
    [AST_ALTER_EVENT_TRIGGER] = "ALTER EVENT TRIGGER",
    [AST_CREATE_EXTENSION] = "CREATE EXTENSION",
    [AST_ALTER_EXTENSION] = "ALTER EXTENSION",
    [AST_ALTER_EXTENSION_CONTENTS] = "ALTER EXTENSION",
    [AST_CREATE_FDW] = "CREATE FOREIGN DATA WRAPPER",
    [AST_ALTER_FDW] = "ALTER FOREIGN DATA WRAPPER",
    [AST_CREATE_SERVER] = "CREATE SERVER",
    [AST_ALTER_SERVER] = "ALTER SERVER",
    [AST_CREATE_USER_MAPPING] = "CREATE USER MAPPING",
    [AST_ALTER_USER_MAPPING] = "ALTER USER MAPPING",
    [AST_DROP_USER_MAPPING] = "DROP USER MAPPING",
    [AST_IMPORT_FOREIGN_SCHEMA] = "IMPORT FOREIGN SCHEMA",
    [AST_CREATE_PUBLICATION] = "CREATE PUBLICATION",
    [AST_ALTER_PUBLICATION] = "ALTER PUBLICATION",
    [AST_CREATE_SUBSCRIPTION] = "CREATE SUBSCRIPTION",
    [AST_ALTER_SUBSCRIPTION] = "ALTER SUBSCRIPTION",
    [AST_DROP_SUBSCRIPTION] = "DROP SUBSCRIPTION",
    [AST_ALTER_TS_DICTIONARY] = "ALTER TEXT SEARCH DICTIONARY",
    [AST_ALTER_TS_CONFIGURATION] = "ALTER TEXT SEARCH CONFIGURATION",
    [AST_SHOW] = "SHOW",
    [AST_ALTER_SYSTEM] = "ALTER SYSTEM",
    [AST_SET_CONSTRAINTS] = "SET CONSTRAINTS",
    [AST_DECLARE_CURSOR] = "DECLARE CURSOR",
    [AST_PREPARE] = "PREPARE",
    [AST_EXECUTE] = "EXECUTE",
    [AST_EXPLAIN] = "EXPLAIN",
    [AST_COPY] = "COPY",
    [AST_TRUNCATE] = "TRUNCATE TABLE",
    [AST_LOCK] = "LOCK TABLE",
    [AST_CLUSTER] = "CLUSTER",
    [AST_REINDEX] = "REINDEX",
    [AST_CHECKPOINT] = "CHECKPOINT",
    [AST_LOAD] = "LOAD",
    [AST_LISTEN] = "LISTEN",
    [AST_UNLISTEN] = "UNLISTEN",
    [AST_NOTIFY] = "NOTIFY",
};

/* Three verbs by the kind of object; NULL: the verb does not go with it. */
static const struct object_words {
    const char *drop, *alter, *create;
} object_words[] = {
#define WORDS(words)                                   \
    {                                                  \
        "DROP " words, "ALTER " words, "CREATE " words \
    }
    [AST_OBJECT_ACCESS_METHOD] = WORDS("ACCESS METHOD"),
    [AST_OBJECT_AGGREGATE] = WORDS("AGGREGATE"),
    [AST_OBJECT_ATTRIBUTE] = WORDS("TYPE"),
    [AST_OBJECT_CAST] = WORDS("CAST"),
    [AST_OBJECT_COLLATION] = WORDS("COLLATION"),
    [AST_OBJECT_COLUMN] = WORDS("TABLE"),
    [AST_OBJECT_CONVERSION] = WORDS("CONVERSION"),
    [AST_OBJECT_DATABASE] = WORDS("DATABASE"),
    [AST_OBJECT_DOMAIN] = WORDS("DOMAIN"),
    [AST_OBJECT_DOMAIN_CONSTRAINT] = WORDS("DOMAIN"),
    [AST_OBJECT_EVENT_TRIGGER] = WORDS("EVENT TRIGGER"),
    [AST_OBJECT_EXTENSION] = WORDS("EXTENSION"),
    [AST_OBJECT_FDW] = WORDS("FOREIGN DATA WRAPPER"),
    [AST_OBJECT_FOREIGN_TABLE] = WORDS("FOREIGN TABLE"),
    [AST_OBJECT_FUNCTION] = WORDS("FUNCTION"),
    [AST_OBJECT_INDEX] = WORDS("INDEX"),
    [AST_OBJECT_LANGUAGE] = WORDS("LANGUAGE"),
    [AST_OBJECT_LARGE_OBJECT] = WORDS("LARGE OBJECT"),
    [AST_OBJECT_MATERIALIZED_VIEW] = WORDS("MATERIALIZED VIEW"),
    [AST_OBJECT_OPERATOR] = WORDS("OPERATOR"),
    [AST_OBJECT_OP_CLASS] = WORDS("OPERATOR CLASS"),
    [AST_OBJECT_OP_FAMILY] = WORDS("OPERATOR FAMILY"),
    [AST_OBJECT_PARAMETER] = WORDS("PARAMETER"),
    [AST_OBJECT_POLICY] = WORDS("POLICY"),
    [AST_OBJECT_PROCEDURE] = WORDS("PROCEDURE"),
    [AST_OBJECT_PUBLICATION] = WORDS("PUBLICATION"),
    [AST_OBJECT_ROLE] = WORDS("ROLE"),
    [AST_OBJECT_ROUTINE] = WORDS("ROUTINE"),
    [AST_OBJECT_RULE] = WORDS("RULE"),
    [AST_OBJECT_SCHEMA] = WORDS("SCHEMA"),
    [AST_OBJECT_SEQUENCE] = WORDS("SEQUENCE"),
    [AST_OBJECT_SERVER] = WORDS("SERVER"),
    [AST_OBJECT_STATISTICS] = WORDS("STATISTICS"),
    [AST_OBJECT_SUBSCRIPTION] = WORDS("SUBSCRIPTION"),
    [AST_OBJECT_TABLE] = WORDS("TABLE"),
    [AST_OBJECT_TABLE_CONSTRAINT] = WORDS("TABLE"),
    [AST_OBJECT_TABLESPACE] = WORDS("TABLESPACE"),
    [AST_OBJECT_TRANSFORM] = WORDS("TRANSFORM"),
    [AST_OBJECT_TRIGGER] = WORDS("TRIGGER"),
    [AST_OBJECT_TS_CONFIGURATION] = WORDS("TEXT SEARCH CONFIGURATION"),
    [AST_OBJECT_TS_DICTIONARY] = WORDS("TEXT SEARCH DICTIONARY"),
    [AST_OBJECT_TS_PARSER] = WORDS("TEXT SEARCH PARSER"),
    [AST_OBJECT_TS_TEMPLATE] = WORDS("TEXT SEARCH TEMPLATE"),
    [AST_OBJECT_TYPE] = WORDS("TYPE"),
    [AST_OBJECT_VIEW] = WORDS("VIEW"),
#undef WORDS
};

static const char *const transaction_tags[] = {
    [AST_TRANSACTION_BEGIN] = "BEGIN",
    [AST_TRANSACTION_START] = "START TRANSACTION",
    [AST_TRANSACTION_COMMIT] = "COMMIT",
    [AST_TRANSACTION_ROLLBACK] = "ROLLBACK",
    [AST_TRANSACTION_SAVEPOINT] = "SAVEPOINT",
    [AST_TRANSACTION_RELEASE] = "RELEASE",
    [AST_TRANSACTION_ROLLBACK_TO] = "ROLLBACK",
    [AST_TRANSACTION_PREPARE] = "PREPARE TRANSACTION",
    [AST_TRANSACTION_COMMIT_PREPARED] = "COMMIT PREPARED",
    [AST_TRANSACTION_ROLLBACK_PREPARED] = "ROLLBACK PREPARED",
};

static const char *const discard_tags[] = {
    [AST_DISCARD_ALL] = "DISCARD ALL",
    [AST_DISCARD_PLANS] = "DISCARD PLANS",
    [AST_DISCARD_SEQUENCES] = "DISCARD SEQUENCES",
    [AST_DISCARD_TEMP] = "DISCARD TEMP",
};

static const char *rename_tag(const struct ast_rename *rename)
{
    enum ast_object_type type = rename->object->type;
    return object_words[type == AST_OBJECT_COLUMN ? rename->relation_type : type].alter;
}

static const char *utility_tag(const struct ast_node *tree)
{
    switch (tree->kind) {
    case AST_TRANSACTION: return transaction_tags[AST_AS(transaction, tree)->type];
    case AST_DISCARD: return discard_tags[AST_AS(discard, tree)->type];
    case AST_SET:
        return AST_AS(set, tree)->type == AST_RESET || AST_AS(set, tree)->type == AST_RESET_ALL
                   ? "RESET"
                   : "SET";
    case AST_FETCH: return AST_AS(fetch, tree)->move ? "MOVE" : "FETCH";
    case AST_CLOSE_CURSOR:
        return AST_AS(close_cursor, tree)->name.ptr ? "CLOSE CURSOR" : "CLOSE CURSOR ALL";
    case AST_DEALLOCATE:
        return AST_AS(deallocate, tree)->name.ptr ? "DEALLOCATE" : "DEALLOCATE ALL";
    case AST_VACUUM: return AST_AS(vacuum, tree)->is_vacuum ? "VACUUM" : "ANALYZE";
    default: return NULL;
    }
}

static const char *object_tag(const struct ast_node *tree)
{
    switch (tree->kind) {
    case AST_DROP: return object_words[AST_AS(drop, tree)->type].drop;
    case AST_DEFINE: return object_words[AST_AS(define, tree)->type].create;
    case AST_ALTER_TABLE: return object_words[AST_AS(alter_table, tree)->type].alter;
    case AST_ALTER_TABLE_MOVE_ALL:
        return object_words[AST_AS(alter_table_move_all, tree)->type].alter;
    case AST_RENAME: return rename_tag(AST_AS(rename, tree));
    case AST_ALTER_OWNER: return object_words[AST_AS(alter_owner, tree)->object->type].alter;
    case AST_ALTER_SCHEMA: return object_words[AST_AS(alter_schema, tree)->object->type].alter;
    case AST_ALTER_DEPENDS: return object_words[AST_AS(alter_depends, tree)->object->type].alter;
    case AST_ALTER_FUNCTION: return object_words[AST_AS(alter_function, tree)->type].alter;
    case AST_CREATE_FUNCTION:
        return AST_AS(create_function, tree)->procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
    case AST_CREATE_TABLE_AS:
        return AST_AS(create_table_as, tree)->materialized_view ? "CREATE MATERIALIZED VIEW"
                                                                : "CREATE TABLE AS";
    case AST_GRANT: return AST_AS(grant, tree)->is_grant ? "GRANT" : "REVOKE";
    case AST_GRANT_ROLE: return AST_AS(grant_role, tree)->is_grant ? "GRANT ROLE" : "REVOKE ROLE";
    default: return utility_tag(tree);
    }
}

const char *pg_object_words(enum ast_object_type type)
{
    return object_words[type].alter + strlen("ALTER ");
}

const char *pg_command_tag(const struct ast_node *tree)
{
    if (!tree)
        return "";
    const char *tag = plain[tree->kind] ? plain[tree->kind] : object_tag(tree);
    return tag ? tag : "???";
}
