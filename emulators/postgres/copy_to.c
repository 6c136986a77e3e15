/* COPY ... TO: the rows of a table or query, to the client or into a file. */
#include <errno.h>
#include <stdio.h>

#include "emulators/postgres/copy.h"
#include "emulators/postgres/copy_writer.h"
#include "emulators/postgres/portal.h"
#include "protocols/postgres/pg_encode.h"

/* ---- where pieces go */

static bool begin_client(struct pg_copy_writer *writer, uint32_t columns)
{
    struct pg_session *session = writer->ctx;
    pg_put_copy_response(session->out, 'H', writer->options->format == PG_COPY_BINARY,
                         (uint16_t)columns);
    return true;
}

static bool put_client(struct pg_copy_writer *writer, struct slice piece)
{
    struct pg_session *session = writer->ctx;
    pg_put_copy_data(session->out, piece);
    return pg_session_flush_wait(session);
}

static bool begin_file(struct pg_copy_writer *writer, uint32_t columns)
{
    (void)writer, (void)columns;
    return true;
}

static bool put_file(struct pg_copy_writer *writer, struct slice piece)
{
    return fwrite(piece.ptr, 1, piece.len, writer->ctx) == piece.len ||
           sql_fail(writer->env->error, "53100", "could not write to COPY file: %s",
                    strerror(errno));
}

/* ---- what is copied */

static bool refuse_kind(struct pg_utility_call *call, const struct sql_relation *relation)
{
    static const struct {
        char kind;
        const char *words;
        bool hint;
    } kinds[] = {
        {SQL_RELATION_VIEW,        "view",              true },
        {SQL_RELATION_MATVIEW,     "materialized view", true },
        {SQL_RELATION_FOREIGN,     "foreign table",     true },
        {SQL_RELATION_SEQUENCE,    "sequence",          false},
        {SQL_RELATION_PARTITIONED, "partitioned table", true },
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].kind != (char)relation->kind)
            continue;
        sql_fail(call->env->error, "42809", "cannot copy from %s \"" SLICE_FMT "\"", kinds[i].words,
                 SLICE_ARG(relation->object.name));
        return kinds[i].hint && sql_hint(call->env->error, "Try the COPY (SELECT ...) TO variant.");
    }
    if (relation->kind != SQL_RELATION_TABLE)
        return sql_fail(call->env->error, "42809",
                        "cannot copy from non-table relation \"" SLICE_FMT "\"",
                        SLICE_ARG(relation->object.name));
    return true;
}

static struct pg_statement *table_statement(struct pg_utility_call *call)
{
    const struct sql_column **columns;
    uint32_t count;
    struct sql_bytes text;
    const struct sql_relation *relation = pg_copy_relation(call);
    if (!relation || !refuse_kind(call, relation) ||
        !pg_copy_columns(call, relation, &columns, &count))
        return NULL;
    sql_bytes_init(&text, call->env->arena);
    sql_bytes_add_str(&text, "SELECT ");
    pg_copy_add_columns(columns, count, &text);
    sql_bytes_add_str(&text, " FROM ONLY ");
    if (!pg_copy_add_table(call, relation, &text))
        return NULL;
    if (text.failed) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    return pg_statement_parse(call->session, sql_bytes_slice(&text));
}

static struct pg_statement *query_statement(struct pg_utility_call *call)
{
    const struct ast_node *query = AST_AS(copy, call->tree)->query;
    struct pg_statement *statement = pg_statement_create(call->session, call->text, NULL);
    if (statement)
        statement->tree = query;
    return statement;
}

/* What kind of rules makes something else of the command than one query; NULL: none. */
static const char *rules_apart(struct sql_session *session, const struct sql_query *query)
{
    static const enum sql_command commands[] = {0, SQL_SELECT, SQL_UPDATE, SQL_INSERT, SQL_DELETE};
    const struct sql_relation *relation =
        query->result_table
            ? sql_find_relation_id(session, query->tables[query->result_table - 1]->relation)
            : NULL;
    for (uint16_t i = 0; relation && i < relation->rule_count; i++) {
        const struct sql_rule *rule = sql_find_rule(session, relation->rules[i]);
        bool fires = rule && commands[(int)rule->event] == query->command &&
                     (rule->enabled == 'O' || rule->enabled == 'A');
        if (!fires)
            continue;
        if (!rule->instead || rule->where)
            return rule->instead ? "conditional DO INSTEAD" : "DO ALSO";
        if (rule->action_count != 1)
            return rule->action_count ? "multi-statement DO INSTEAD" : "DO INSTEAD NOTHING";
    }
    return NULL;
}

static bool check_query(struct pg_utility_call *call, const struct pg_analysis *analysis)
{
    if (analysis->is_utility)
        return sql_fail(call->env->error, "0A000", "COPY (SELECT INTO) is not supported");
    const char *rules = analysis->query->command == SQL_SELECT
                            ? NULL
                            : rules_apart(&call->session->core, analysis->query);
    if (rules)
        return sql_fail(call->env->error, "0A000", "%s rules are not supported for COPY", rules);
    if (analysis->query->command != SQL_SELECT && !analysis->query->returning_count)
        return sql_fail(call->env->error, "0A000", "COPY query must have a RETURNING clause");
    return true;
}

static bool run(struct pg_utility_call *call, struct pg_statement *statement,
                struct pg_copy_writer *writer)
{
    struct pg_session *session = call->session;
    struct slice tag;
    bool done;
    if (!pg_statement_analyze(session, statement) || !check_query(call, statement->analysis))
        return false;
    struct pg_portal *portal = pg_portal_create(session, slice_str(""), statement, false);
    if (!portal)
        return false;
    bool ok =
        pg_portal_run(session, portal, &writer->sink, 0, &done, &tag) && pg_copy_writer_end(writer);
    pg_portal_close(session, portal);
    return ok;
}

/* ---- files */

static FILE *open_file(struct pg_utility_call *call, struct slice name)
{
    struct slice path = arena_dup(call->env->arena, name); /* with a zero byte */
    if (name.len == 0 || name.ptr[0] != '/') {
        sql_fail(call->env->error, "42602", "relative path not allowed for COPY to file");
        return NULL;
    }
    FILE *file = path.ptr ? fopen((const char *)path.ptr, "w") : NULL;
    if (!file) {
        sql_fail(call->env->error, "58P01", "could not open file \"" SLICE_FMT "\" for writing: %s",
                 SLICE_ARG(name), strerror(errno));
        sql_hint(call->env->error,
                 "COPY TO instructs the PostgreSQL server process to write a file. You may want a "
                 "client-side facility such as psql's \\copy.");
    }
    return file;
}

static bool copy_to_client(struct pg_utility_call *call, struct pg_statement *statement,
                           struct pg_copy_writer *writer)
{
    if (!call->session->transport)
        return sql_fail(call->env->error, "0A000", "COPY TO STDOUT needs a client");
    writer->begin = begin_client;
    writer->put = put_client;
    writer->ctx = call->session;
    if (!run(call, statement, writer))
        return false;
    pg_put_empty(call->session->out, PG_COPY_DONE);
    return true;
}

static bool copy_to_file(struct pg_utility_call *call, struct pg_statement *statement,
                         struct pg_copy_writer *writer)
{
    FILE *file = open_file(call, AST_AS(copy, call->tree)->file);
    if (!file)
        return false;
    writer->begin = begin_file;
    writer->put = put_file;
    writer->ctx = file;
    bool ok = run(call, statement, writer);
    if (fclose(file) != 0 && ok)
        ok = sql_fail(call->env->error, "53100", "could not write to COPY file: %s",
                      strerror(errno));
    return ok;
}

bool pg_copy_to(struct pg_utility_call *call, const struct pg_copy_options *options, uint64_t *rows)
{
    const struct ast_copy *copy = AST_AS(copy, call->tree);
    struct pg_copy_writer writer;
    struct pg_statement *statement = copy->query ? query_statement(call) : table_statement(call);
    if (!statement)
        return false;
    pg_copy_writer_init(&writer, options, call->env);
    bool ok = copy->file.ptr ? copy_to_file(call, statement, &writer)
                             : copy_to_client(call, statement, &writer);
    *rows = writer.rows;
    pg_copy_writer_done(&writer);
    pg_statement_release(statement);
    return ok;
}
