#include "emulators/postgres/explain.h"

#include "emulators/postgres/cursor_statements.h"
#include "emulators/postgres/portal.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_table.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/txn.h"

/* ---- options */

struct wishes {
    struct sql_explain_options options;
    bool timing_set, summary_set;
};

static const struct flag {
    const char *name;
    size_t offset;
} flags[] = {
    {"analyze",  offsetof(struct sql_explain_options, analyze) },
    {"verbose",  offsetof(struct sql_explain_options, verbose) },
    {"costs",    offsetof(struct sql_explain_options, costs)   },
    {"buffers",  offsetof(struct sql_explain_options, buffers) },
    {"timing",   offsetof(struct sql_explain_options, timing)  },
    {"summary",  offsetof(struct sql_explain_options, summary) },
    {"settings", offsetof(struct sql_explain_options, settings)},
    {"wal",      offsetof(struct sql_explain_options, wal)     },
};

static struct slice option_text(const struct ast_option *option)
{
    const struct ast_node *value = option->value;
    if (value && value->kind == AST_CONST)
        return AST_AS(const, value)->text;
    if (value && value->kind == AST_NAME && AST_AS(name, value)->names.count)
        return AST_AS(name, value)->names.items[0];
    return slice_of(NULL, 0);
}

static bool option_flag(struct sql_error *error, const struct ast_option *option, bool *out)
{
    const struct ast_node *value = option->value;
    if (!value) {
        *out = true;
        return true;
    }
    if (value->kind == AST_CONST && AST_AS(const, value)->type == AST_CONST_INTEGER &&
        (AST_AS(const, value)->integer | 1) == 1) {
        *out = AST_AS(const, value)->integer;
        return true;
    }
    if (value->kind == AST_CONST && AST_AS(const, value)->type == AST_CONST_BOOLEAN) {
        *out = AST_AS(const, value)->boolean;
        return true;
    }
    struct slice text = option_text(option);
    if (slice_is(text, "true") || slice_is(text, "on")) {
        *out = true;
        return true;
    }
    if (slice_is(text, "false") || slice_is(text, "off")) {
        *out = false;
        return true;
    }
    return sql_fail(error, "42601", SLICE_FMT " requires a Boolean value", SLICE_ARG(option->name));
}

static bool take_format(struct sql_error *error, const struct ast_option *option,
                        struct sql_explain_options *out)
{
    struct slice text = option_text(option);
    if (slice_is(text, "text"))
        out->format = SQL_EXPLAIN_TEXT;
    else if (slice_is(text, "json"))
        out->format = SQL_EXPLAIN_JSON;
    else if (slice_is(text, "xml"))
        out->format = SQL_EXPLAIN_XML;
    else if (slice_is(text, "yaml"))
        out->format = SQL_EXPLAIN_YAML;
    else
        return sql_fail_at(error, option->node.location, "22023",
                           "unrecognized value for EXPLAIN option \"format\": \"" SLICE_FMT "\"",
                           SLICE_ARG(text));
    return true;
}

static bool take_option(struct sql_error *error, const struct ast_option *option,
                        struct wishes *out)
{
    if (slice_is(option->name, "format"))
        return take_format(error, option, &out->options);
    out->timing_set |= slice_is(option->name, "timing");
    out->summary_set |= slice_is(option->name, "summary");
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (slice_is(option->name, flags[i].name))
            return option_flag(error, option,
                               (bool *)(void *)((char *)&out->options + flags[i].offset));
    return sql_fail_at(error, option->node.location, "42601",
                       "unrecognized EXPLAIN option \"" SLICE_FMT "\"", SLICE_ARG(option->name));
}

static bool read_options(struct sql_error *error, const struct ast_explain *explain,
                         struct sql_explain_options *out)
{
    struct wishes wishes = {.options = {.costs = true}};
    for (uint32_t i = 0; i < explain->options.count; i++)
        if (!take_option(error, AST_AS(option, explain->options.items[i]), &wishes))
            return false;
    if (wishes.options.wal && !wishes.options.analyze)
        return sql_fail(error, "22023", "EXPLAIN option WAL requires ANALYZE");
    if (wishes.timing_set && wishes.options.timing && !wishes.options.analyze)
        return sql_fail(error, "22023", "EXPLAIN option TIMING requires ANALYZE");
    if (!wishes.timing_set)
        wishes.options.timing = wishes.options.analyze;
    if (!wishes.summary_set)
        wishes.options.summary = wishes.options.analyze;
    *out = wishes.options;
    return true;
}

/* ---- the result */

static uint32_t result_type(const struct pg_session *session, const struct ast_node *tree)
{
    struct sql_explain_options options = {0};
    struct sql_error ignored;
    struct arena arena = {0};
    sql_error_begin(&ignored, &arena);
    bool ok = read_options(&ignored, AST_AS(explain, tree), &options);
    arena_done(&arena);
    const struct sql_type_ids *types = &session->core.dialect->types_of;
    if (ok && options.format == SQL_EXPLAIN_JSON)
        return types->json;
    return ok && options.format == SQL_EXPLAIN_XML ? types->xml : types->text;
}

bool pg_explain_columns(struct pg_session *session, const struct ast_node *tree,
                        struct pg_analysis *analysis)
{
    struct sql_result_column *column = arena_alloc(&analysis->arena, sizeof(*column));
    if (!column)
        return sql_fail_memory(&session->error);
    *column = (struct sql_result_column){
        .name = slice_str("QUERY PLAN"),
        .type = result_type(session, tree),
        .typmod = -1,
    };
    analysis->columns = column;
    analysis->column_count = 1;
    return true;
}

static bool give_text(struct pg_utility_call *call, struct slice text)
{
    struct datum value = datum_bytes(text);
    return call->sink->row(call->sink, call->env, &value, 1);
}

static bool give_lines(struct pg_utility_call *call, struct slice text)
{
    while (text.len) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len;
        if (!give_text(call, slice_of(text.ptr, len)))
            return false;
        text = slice_from(text, end ? len + 1 : len);
    }
    return true;
}

/* ---- running it */

static bool explain_plan(struct pg_utility_call *call, const struct sql_plan *plan,
                         const struct datum *params, uint32_t param_count,
                         const struct sql_explain_options *options)
{
    struct sql_env *env = call->env;
    struct sql_run *run = NULL;
    struct pg_row_store nowhere;
    struct sql_bytes text;
    bool done, ok = true;
    pg_row_store_init(&nowhere, &call->session->core);
    if (options->analyze) {
        struct sql_run_options how = {
            .params = params, .param_count = param_count, .instrument = true};
        ok = sql_run_open(env, env->arena, plan, &how, &run) &&
             sql_run_rows(run, env, &nowhere.sink, 0, &done);
    }
    sql_bytes_init(&text, env->arena);
    ok = ok && sql_explain(env, plan, run, options, &text);
    if (run)
        sql_run_close(run);
    pg_row_store_done(&nowhere);
    if (ok && text.failed)
        return sql_fail_memory(env->error);
    struct slice all = sql_bytes_slice(&text);
    return ok &&
           (options->format == SQL_EXPLAIN_TEXT ? give_lines(call, all) : give_text(call, all));
}

static bool explain_query(struct pg_utility_call *call, const struct sql_explain_options *options)
{
    struct sql_query **queries;
    uint32_t count;
    int tag;
    struct sql_params params = {0};
    const struct sql_query *inner = call->query->utility_query;
    if (inner->command == SQL_UTILITY) /* of CREATE TABLE AS: the query that makes its rows */
        inner = inner->utility_query;
    if (!inner)
        return give_text(call, slice_str("Utility statements have no plan structure"));
    struct sql_query *query = sql_query_copy(call->env->arena, inner);
    if (!query)
        return sql_fail_memory(call->env->error);
    if (call->session->running_params)
        params = *call->session->running_params;
    if (!sql_query_rewrite(call->env, query, &queries, &count, &tag))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct sql_plan *plan;
        if (!sql_plan_make(call->env, call->env->arena, queries[i], &params, &plan) ||
            !explain_plan(call, plan, call->params, call->param_count, options))
            return false;
    }
    return count > 0 || give_text(call, slice_str("Query rewrites to nothing"));
}

static bool explain_execute(struct pg_utility_call *call, const struct ast_execute *execute,
                            const struct sql_explain_options *options)
{
    struct pg_portal *portal = pg_execute_open(call, execute);
    if (!portal)
        return false;
    bool ok = pg_analysis_plan(call->session, portal->analysis);
    for (uint32_t i = 0; ok && i < portal->analysis->query_count; i++)
        ok = explain_plan(call, portal->analysis->plans[i], portal->params, portal->param_count,
                          options);
    pg_portal_close(call->session, portal);
    return ok;
}

bool pg_run_explain(struct pg_utility_call *call)
{
    const struct ast_explain *explain = AST_AS(explain, call->tree);
    struct sql_explain_options options;
    struct pg_analysis result = {0};
    if (!read_options(call->env->error, explain, &options))
        return false;
    bool ok = pg_explain_columns(call->session, call->tree, &result) &&
              call->sink->begin(call->sink, result.columns, result.column_count);
    arena_done(&result.arena);
    if (!ok)
        return false;
    const struct ast_node *query = explain->query;
    if (query->kind == AST_CREATE_TABLE_AS)
        query = AST_AS(create_table_as, query)->query;
    if (query->kind == AST_EXECUTE)
        return explain_execute(call, AST_AS(execute, query), &options);
    if (!call->query->utility_query)
        return give_text(call, slice_str("Utility statements have no plan structure"));
    return explain_query(call, &options);
}
