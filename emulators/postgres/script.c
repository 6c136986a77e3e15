#include "emulators/postgres/script.h"

#include "emulators/postgres/login.h"
#include "emulators/postgres/owner.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/portal.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/txn.h"

/* ---- running */

struct pg_script {
    struct slice text;
    struct pg_script_output *output;
    bool ok;
};

static bool run_query(struct pg_session *session, struct pg_statement *statement,
                      struct pg_script_output *output, struct slice *tag)
{
    struct sql_sink nowhere = sql_no_sink;
    bool done;
    if (!pg_block_start(session) || !pg_path_refresh(session) ||
        !pg_statement_analyze(session, statement))
        return false;
    struct pg_portal *portal = pg_portal_create(session, slice_str(""), statement, false);
    if (!portal)
        return false;
    bool ok = pg_portal_run(session, portal, output ? output->sink : &nowhere, 0, &done, tag);
    if (ok && tag->ptr)
        *tag = arena_dup(&session->frame_arena, *tag);
    pg_portal_close(session, portal);
    if (ok && session->core.txn)
        sql_txn_next_command(session->core.txn);
    return ok;
}

static bool run_one(struct pg_session *session, struct pg_statement *statement,
                    struct pg_script_output *output)
{
    struct slice tag = {0};
    const char *word = "";
    if (!pg_block_allows(session, statement->tree))
        return false;
    if (statement->tree->kind == AST_TRANSACTION) {
        if (!pg_block_run(session, AST_AS(transaction, statement->tree), &word))
            return false;
        tag = slice_str(word);
    } else if (!run_query(session, statement, output, &tag)) {
        return false;
    }
    if (output && output->statement)
        output->statement(output, tag);
    return true;
}

static bool run_list(struct pg_session *session, struct slice text, const struct ast_list *list,
                     struct pg_script_output *output)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct pg_statement *statement =
            pg_statement_create(session, text, AST_AS(raw_statement, list->items[i]));
        bool ok = statement && run_one(session, statement, output);
        pg_statement_release(statement);
        /* Each statement is a transaction of its own unless the script says otherwise: so scripts may
         * hold what must not run inside one. */
        if (!ok || !pg_block_finish(session))
            return false;
    }
    return true;
}

static void run_script(struct pg_session *session)
{
    struct pg_script *script = session->script;
    struct ast_list list = {0};
    pg_session_env(session, &session->frame_arena);
    script->ok = pg_statement_parse_text(session, &session->frame_arena, script->text, &list) &&
                 run_list(session, script->text, &list, script->output);
    if (!script->ok)
        pg_block_fail(session);
}

bool pg_script_run(struct pg_session *session, struct slice text, struct pg_script_output *output)
{
    struct pg_script script = {.text = text, .output = output};
    session->script = &script;
    pg_session_run(session, run_script);
    if (!pg_session_finish(session)) {
        sql_session_interrupt(&session->core, SQL_CANCELLED);
        pg_session_finish(session);
    }
    session->script = NULL;
    return script.ok;
}

/* ---- results as JSON */

bool pg_json_value(struct sql_env *env, uint32_t id, struct datum value, struct json_writer *out)
{
    const struct sql_type_ids *types = &env->session->dialect->types_of;
    const struct sql_type *type = env->find_type(env, id);
    struct sql_call call = {.env = env, .arena = env->arena};
    struct sql_bytes text;
    if (value.null || !type) {
        json_null(out);
        return true;
    }
    if (id == types->boolean) {
        json_bool(out, value.i != 0);
        return true;
    }
    if (id == types->int2 || id == types->int4 || id == types->int8 || id == types->oid) {
        json_int(out, value.i);
        return true;
    }
    sql_bytes_init(&text, env->arena);
    if (!sql_type_output(&call, type, value, &text))
        return false;
    if (id == types->json || id == types->jsonb)
        json_raw(out, sql_bytes_slice(&text));
    else if (id == types->float4 || id == types->float8)
        json_double(out, value.d);
    else
        json_string(out, sql_bytes_slice(&text));
    return !text.failed || sql_fail_memory(env->error);
}

struct json_output {
    struct pg_script_output base; /* FIRST */
    struct sql_sink sink;
    struct json_writer *out;
    const struct sql_result_column *columns;
    bool in_rows;
    unsigned statements;
};

static struct json_output *output_of(struct sql_sink *sink)
{
    return sink->ctx;
}

static bool json_begin(struct sql_sink *sink, const struct sql_result_column *columns,
                       uint32_t count)
{
    struct json_output *output = output_of(sink);
    output->columns = columns;
    if (output->in_rows || count == 0)
        return true;
    json_object(output->out);
    json_key_str(output->out, "rows");
    json_array(output->out);
    output->in_rows = true;
    return true;
}

static bool json_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                     uint32_t count)
{
    struct json_output *output = output_of(sink);
    json_object(output->out);
    for (uint32_t i = 0; i < count; i++) {
        json_key(output->out, output->columns[i].name);
        if (!pg_json_value(env, output->columns[i].type, values[i], output->out))
            return false;
    }
    json_object_end(output->out);
    return true;
}

static void json_statement(struct pg_script_output *base, struct slice tag)
{
    struct json_output *output = (struct json_output *)(void *)base;
    if (output->in_rows)
        json_array_end(output->out);
    else
        json_object(output->out);
    json_key_str(output->out, "tag");
    json_string(output->out, tag);
    json_object_end(output->out);
    output->in_rows = false;
    output->statements++;
}

static bool fail_with(struct emulator_error *error, const struct sql_error *cause)
{
    return emulator_fail(error, cause->sqlstate, SLICE_FMT "%s" SLICE_FMT,
                         SLICE_ARG(cause->message), cause->detail.len ? ": " : "",
                         SLICE_ARG(cause->detail));
}

static bool execute(struct pg_session *session, struct slice command, struct json_writer *out,
                    struct emulator_error *error)
{
    struct outq made = {0};
    struct json_writer writer = json_writer_of(&made);
    struct json_output output = {
        .base = {.statement = json_statement},
        .sink = { .begin = json_begin,            .row = json_row},
        .out = &writer,
    };
    output.sink.ctx = &output;
    output.base.sink = &output.sink;
    json_array(&writer);
    bool ok = pg_script_run(session, command, &output.base) || fail_with(error, &session->error);
    json_array_end(&writer);
    struct slice text = outq_flatten(&made);
    if (ok && !text.ptr)
        ok = emulator_fail(error, "53200", "out of memory");
    if (ok)
        json_raw(out, output.statements == 1 ? slice_of(text.ptr + 1, text.len - 2) : text);
    outq_done(&made);
    return ok;
}

bool pg_execute_text(struct emulator *emulator, struct slice command, struct json_writer *out,
                     struct emulator_error *error)
{
    struct pg_session *session = pg_session_create(pg_of(emulator), NULL);
    if (!session)
        return emulator_fail(error, "53200", "out of memory");
    bool ok = pg_login_internal(session, slice_str("postgres"))
                  ? execute(session, command, out, error)
                  : fail_with(error, &session->error);
    pg_session_destroy(session);
    return ok;
}
