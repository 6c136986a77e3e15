#include "emulators/postgres/explain.h"

#include <string.h>

#include "common/stopwatch.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/cursor_statements.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/portal.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/plan/explain.h"
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
    {"analyze",      offsetof(struct sql_explain_options, analyze)     },
    {"verbose",      offsetof(struct sql_explain_options, verbose)     },
    {"costs",        offsetof(struct sql_explain_options, costs)       },
    {"buffers",      offsetof(struct sql_explain_options, buffers)     },
    {"timing",       offsetof(struct sql_explain_options, timing)      },
    {"summary",      offsetof(struct sql_explain_options, summary)     },
    {"settings",     offsetof(struct sql_explain_options, settings)    },
    {"wal",          offsetof(struct sql_explain_options, wal)         },
    {"generic_plan", offsetof(struct sql_explain_options, generic_plan)},
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
    struct wishes wishes = {
        .options = {.costs = true, .put_expr = pg_deparse_explain, .put_name = pg_quote_name}
    };
    for (uint32_t i = 0; i < explain->options.count; i++)
        if (!take_option(error, AST_AS(option, explain->options.items[i]), &wishes))
            return false;
    if (wishes.options.wal && !wishes.options.analyze)
        return sql_fail(error, "22023", "EXPLAIN option WAL requires ANALYZE");
    if (wishes.timing_set && wishes.options.timing && !wishes.options.analyze)
        return sql_fail(error, "22023", "EXPLAIN option TIMING requires ANALYZE");
    if (wishes.options.generic_plan && wishes.options.analyze)
        return sql_fail(error, "22023",
                        "EXPLAIN options ANALYZE and GENERIC_PLAN cannot be used together");
    if (!wishes.timing_set)
        wishes.options.timing = wishes.options.analyze;
    if (!wishes.summary_set)
        wishes.options.summary = wishes.options.analyze;
    *out = wishes.options;
    return true;
}

static bool read_quietly(const struct ast_node *tree, struct sql_explain_options *out)
{
    struct sql_error ignored;
    struct arena arena = {0};
    sql_error_begin(&ignored, &arena);
    bool ok = read_options(&ignored, AST_AS(explain, tree), out);
    arena_done(&arena);
    return ok;
}

bool pg_explain_is_generic(const struct ast_node *tree)
{
    struct sql_explain_options options;
    if (tree->kind == AST_RAW_STATEMENT)
        tree = AST_AS(raw_statement, tree)->statement;
    return tree->kind == AST_EXPLAIN && read_quietly(tree, &options) && options.generic_plan;
}

/* ---- the result */

static uint32_t result_type(const struct pg_session *session, const struct ast_node *tree)
{
    struct sql_explain_options options = {0};
    bool ok = read_quietly(tree, &options);
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

/* One EXPLAIN: all plans that the statement was rewritten to go to one writer. */
struct explaining {
    struct pg_utility_call *call;
    struct sql_explain_options options;
    struct sql_explain_writer writer;
    struct sql_bytes text;
    struct stopwatch watch;
    double planning_ms, execution_ms;
};

static double now_ms(struct explaining *e)
{
    return (double)stopwatch_read_clock(&e->watch) / 1e3;
}

/* Runs the plan to its end without showing its rows. */
static bool run_plan(struct explaining *e, const struct sql_plan *plan, const struct datum *params,
                     uint32_t param_count, struct sql_run **out)
{
    struct sql_sink nowhere = sql_no_sink;
    struct sql_env *env = e->call->env;
    bool done;
    uint64_t ticks = stopwatch_ticks();
    double start = now_ms(e);
    struct sql_run_options how = {.params = params, .param_count = param_count, .instrument = true};
    bool ok = sql_run_open(env, env->arena, plan, &how, out) &&
              sql_run_rows(*out, env, &nowhere, 0, &done);
    ticks = stopwatch_ticks() - ticks;
    e->execution_ms = now_ms(e) - start;
    e->options.ms_per_tick = ticks ? e->execution_ms / (double)ticks : 0;
    return ok;
}

/* Does planning look at it? */
static bool matters_to_plans(const struct pg_setting *setting)
{
    static const char *const others[] = {"effective_io_concurrency", "hash_mem_multiplier",
                                         "search_path", "temp_buffers", "work_mem"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(setting->name, others[i]) == 0)
            return true;
    return strncmp(setting->category, "Query Tuning", 12) == 0;
}

/* Those that are not as built in. */
static void put_settings(struct explaining *e)
{
    struct pg_settings *settings = &e->call->session->settings;
    bool text = e->options.format == SQL_EXPLAIN_TEXT, outer, any = false;
    sql_explain_open(&e->writer, "Settings", "Settings", true, &outer);
    for (unsigned i = 0; i < PG_SETTING_COUNT; i++) {
        const struct pg_setting *setting = &pg_setting_table[i];
        if (!matters_to_plans(setting) || pg_settings_source(settings, i) == PG_SOURCE_DEFAULT)
            continue;
        struct slice value = pg_settings_show_at(settings, e->call->env->arena, i);
        if (text)
            sql_bytes_printf(&e->text, "%s%s = '" SLICE_FMT "'",
                             any ? ", " : "Settings: ", setting->name, SLICE_ARG(value));
        else
            sql_explain_text(&e->writer, setting->name, value);
        any = true;
    }
    sql_bytes_add_str(&e->text, text && any ? "\n" : "");
    sql_explain_close(&e->writer, "Settings", true, outer);
}

static void put_summary(struct explaining *e)
{
    bool outer;
    if (e->options.settings)
        put_settings(e);
    if (e->options.summary)
        sql_explain_number(&e->writer, "Planning Time", "ms", e->planning_ms, 3);
    if (!e->options.analyze)
        return;
    sql_explain_open(&e->writer, "Triggers", "Triggers", false, &outer);
    sql_explain_close(&e->writer, "Triggers", false, outer);
    if (e->options.summary)
        sql_explain_number(&e->writer, "Execution Time", "ms", e->execution_ms, 3);
}

static bool explain_plan(struct explaining *e, const struct sql_plan *plan,
                         const struct datum *params, uint32_t param_count)
{
    struct sql_run *run = NULL;
    const struct sql_run_options how = {.params = params, .param_count = param_count};
    struct sql_env *env = e->call->env;
    bool outer, ok = e->options.analyze ? run_plan(e, plan, params, param_count, &run)
                                        : e->options.generic_plan || !sql_plan_prunes(plan) ||
                                              sql_run_open(env, env->arena, plan, &how, &run);
    sql_explain_open(&e->writer, "Query", NULL, true, &outer);
    ok = ok && sql_explain(env, plan, run, &e->options, &e->writer);
    put_summary(e);
    sql_explain_close(&e->writer, "Query", true, outer);
    if (run)
        sql_run_close(run);
    return ok;
}

/* A statement of which there is no plan. */
static void put_note(struct explaining *e, const char *note)
{
    bool outer;
    if (e->options.format == SQL_EXPLAIN_TEXT) {
        sql_bytes_printf(&e->text, "%s\n", note);
        return;
    }
    sql_explain_open(&e->writer, note, NULL, false, &outer);
    sql_explain_close(&e->writer, note, false, outer);
}

static bool explain_query(struct explaining *e)
{
    struct pg_utility_call *call = e->call;
    struct sql_query **queries;
    uint32_t count;
    int tag;
    struct sql_params params = {0};
    const struct sql_query *inner = call->query->utility_query;
    if (inner &&
        inner->command == SQL_UTILITY) /* of CREATE TABLE AS: the query that makes its rows */
        inner = inner->utility_query;
    if (!inner) {
        put_note(e, "Utility statements have no plan structure");
        return true;
    }
    struct sql_query *query = sql_query_copy(call->env->arena, inner);
    if (!query)
        return sql_fail_memory(call->env->error);
    if (call->session->running_params)
        params = *call->session->running_params;
    if (!sql_query_rewrite(call->env, query, &queries, &count, &tag))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct sql_plan *plan;
        double start = now_ms(e);
        bool ok = sql_plan_make(call->env, call->env->arena, queries[i], &params, &plan);
        e->planning_ms = now_ms(e) - start;
        if (i && e->options.format == SQL_EXPLAIN_TEXT)
            sql_bytes_add_char(&e->text, '\n');
        if (!ok || !explain_plan(e, plan, call->params, call->param_count))
            return false;
    }
    if (count == 0)
        put_note(e, "Query rewrites to nothing");
    return true;
}

static bool explain_execute(struct explaining *e, const struct ast_execute *execute)
{
    struct pg_session *session = e->call->session;
    struct pg_portal *portal = pg_execute_open(e->call, execute);
    if (!portal)
        return false;
    double start = now_ms(e);
    bool ok = pg_analysis_plan(session, portal->analysis);
    e->planning_ms = now_ms(e) - start;
    for (uint32_t i = 0; ok && i < portal->analysis->query_count; i++)
        ok = explain_plan(e, portal->analysis->plans[i], portal->params, portal->param_count);
    pg_portal_close(session, portal);
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
    struct explaining e = {.call = call, .options = options};
    stopwatch_init(&e.watch);
    sql_bytes_init(&e.text, call->env->arena);
    sql_explain_begin(&e.writer, &e.text, options.format);
    if (query->kind == AST_CREATE_TABLE_AS)
        query = AST_AS(create_table_as, query)->query;
    ok = query->kind == AST_EXECUTE ? explain_execute(&e, AST_AS(execute, query))
                                    : explain_query(&e);
    sql_explain_end(&e.writer);
    if (ok && e.text.failed)
        return sql_fail_memory(call->env->error);
    struct slice all = sql_bytes_slice(&e.text);
    return ok &&
           (options.format == SQL_EXPLAIN_TEXT ? give_lines(call, all) : give_text(call, all));
}
