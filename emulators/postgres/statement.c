#include "emulators/postgres/statement.h"

#include "emulators/postgres/explain.h"
#include "emulators/postgres/reply.h"
#include "emulators/postgres/statement_shape.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/postgres/utility.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/dialect.h"

/* ---- statements */

struct pg_statement *pg_statement_create(struct pg_session *session, struct slice text,
                                         const struct ast_raw_statement *raw)
{
    struct pg_statement *statement = heap_zalloc(session->pg->host.heap, sizeof(*statement));
    if (!statement) {
        sql_fail_memory(&session->error);
        return NULL;
    }
    statement->refs = 1;
    statement->heap = session->pg->host.heap;
    statement->text = statement->shown = text;
    if (raw) {
        size_t start = (size_t)raw->start;
        size_t len = raw->len ? (size_t)raw->len : text.len - start;
        statement->tree = raw->statement;
        statement->shown = slice_of(text.ptr + start, len);
    }
    return statement;
}

static void parse_notice(void *context, enum sql_severity severity, const char *sqlstate,
                         int32_t location, struct slice message, struct slice hint)
{
    struct pg_session *session = context;
    struct sql_error notice = {
        .severity = severity,
        .message = message,
        .hint = hint,
        .position = (uint32_t)(location + 1),
    };
    memcpy(notice.sqlstate, sqlstate, sizeof(notice.sqlstate));
    pg_reply_notice(session, &notice);
}

bool pg_statement_parse_text(struct pg_session *session, struct arena *arena, struct slice text,
                             struct ast_list *out)
{
    const struct pg_settings_now *now = &session->settings.now;
    struct pg_parse_options options = {
        .standard_conforming_strings = now->standard_conforming_strings,
        .escape_string_warning = now->escape_string_warning,
        .backslash_quote = (enum pg_backslash_quote)now->backslash_quote,
        .notice = parse_notice,
        .notice_context = session,
    };
    session->text = text;
    return pg_parse(arena, text, &options, out, &session->error);
}

struct pg_statement *pg_statement_parse(struct pg_session *session, struct slice text)
{
    struct ast_list list = {0};
    struct pg_statement *statement = pg_statement_create(session, text, NULL);
    if (!statement)
        return NULL;
    statement->text = statement->shown = arena_dup(&statement->arena, text);
    bool ok = statement->text.ptr || sql_fail_memory(&session->error);
    ok = ok && pg_statement_parse_text(session, &statement->arena, statement->text, &list);
    if (ok && list.count > 1)
        ok = sql_fail(&session->error, "42601",
                      "cannot insert multiple commands into a prepared statement");
    if (!ok) {
        pg_reply_settle(session);
        pg_statement_release(statement);
        return NULL;
    }
    if (list.count)
        statement->tree = AST_AS(raw_statement, list.items[0])->statement;
    return statement;
}

void pg_statement_release(struct pg_statement *statement)
{
    if (!statement || --statement->refs)
        return;
    pg_analysis_release(statement->analysis);
    arena_done(&statement->arena);
    heap_free(statement->heap, statement, sizeof(*statement));
}

/* ---- analyses */

void pg_analysis_release(struct pg_analysis *analysis)
{
    if (!analysis || --analysis->refs)
        return;
    arena_done(&analysis->arena);
    heap_free(analysis->heap, analysis, sizeof(*analysis));
}

static bool copy_params(struct pg_analysis *analysis, const struct pg_statement *statement)
{
    analysis->params.variable = !statement->fixed_params;
    analysis->params.count = statement->given_count;
    analysis->params.types =
        arena_array(&analysis->arena, statement->given_count + 1, sizeof(uint32_t));
    if (!analysis->params.types)
        return false;
    if (statement->given_count)
        memcpy(analysis->params.types, statement->given_types,
               statement->given_count * sizeof(uint32_t));
    return true;
}

/* The columns that the client sees. */
static bool fill_columns(struct pg_analysis *analysis)
{
    const struct sql_query *query = analysis->query;
    bool is_select = query->command == SQL_SELECT;
    const struct sql_target *targets = is_select ? query->targets : query->returning;
    uint32_t count = is_select ? query->target_count : query->returning_count;
    if (!is_select && count == 0)
        return true;
    struct sql_result_column *columns = arena_array(&analysis->arena, count + 1, sizeof(*columns));
    if (!columns)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].hidden)
            continue;
        columns[analysis->column_count++] = (struct sql_result_column){
            /* Compared with those of a later analysis, when the catalog has forgotten its own. */
            .name = arena_dup(&analysis->arena, targets[i].name),
            .type = targets[i].expr->type,
            .typmod = targets[i].expr->typmod,
            .origin_table = targets[i].origin_table,
            .origin_column = (int16_t)targets[i].origin_column,
        };
    }
    analysis->columns = columns;
    return true;
}

static bool params_are_known(struct pg_session *session, const struct sql_params *params)
{
    for (uint32_t i = 0; i < params->count; i++)
        if (params->types[i] == 0 || params->types[i] == session->core.dialect->types_of.unknown)
            return sql_fail(&session->error, "42P18",
                            "could not determine data type of parameter $%u", i + 1);
    return true;
}

static bool analyze(struct pg_session *session, const struct pg_statement *statement,
                    struct pg_analysis *analysis)
{
    struct sql_env env = session->env;
    env.arena = &analysis->arena;
    session->text = statement->text;
    if (!copy_params(analysis, statement))
        return sql_fail_memory(&session->error);
    struct sql_params own = {.variable = true}; /* of a generic plan: no value is given for them */
    struct sql_params *params = pg_explain_is_generic(statement->tree) ? &own : &analysis->params;
    if (!sql_analyze(&env, statement->tree, params, NULL, &analysis->query) ||
        !params_are_known(session, params))
        return false;
    analysis->is_utility = analysis->query->command == SQL_UTILITY;
    analysis->tag_query = -1;
    if (analysis->is_utility)
        return pg_utility_columns(session, analysis);
    return fill_columns(analysis) || sql_fail_memory(&session->error);
}

static struct pg_analysis *make_analysis(struct pg_session *session,
                                         const struct pg_statement *statement)
{
    struct pg_analysis *analysis = heap_zalloc(statement->heap, sizeof(*analysis));
    if (!analysis) {
        sql_fail_memory(&session->error);
        return NULL;
    }
    analysis->refs = 1;
    analysis->heap = statement->heap;
    analysis->catalog_version = sql_catalog_version(&session->core);
    analysis->path_version = session->settings.now.path_version;
    analysis->role = session->core.role;
    analysis->row_security = session->settings.now.row_security;
    if (!statement->tree || analyze(session, statement, analysis))
        return analysis;
    pg_analysis_release(analysis);
    return NULL;
}

bool pg_analysis_is_current(struct pg_session *session, const struct pg_analysis *analysis)
{
    return analysis->catalog_version == sql_catalog_version(&session->core) &&
           analysis->path_version == session->settings.now.path_version &&
           analysis->role == session->core.role &&
           analysis->row_security == session->settings.now.row_security;
}

static bool same_columns(const struct pg_analysis *a, const struct pg_analysis *b)
{
    if (a->column_count != b->column_count)
        return false;
    for (uint32_t i = 0; i < a->column_count; i++)
        if (a->columns[i].type != b->columns[i].type ||
            a->columns[i].typmod != b->columns[i].typmod ||
            !slice_eq(a->columns[i].name, b->columns[i].name))
            return false;
    return true;
}

static bool lock_plans(struct pg_session *session, const struct pg_analysis *analysis)
{
    for (uint32_t i = 0; analysis->plans && i < analysis->query_count; i++)
        if (!sql_plan_lock(&session->env, analysis->plans[i]))
            return false;
    return true;
}

struct pg_analysis *pg_statement_analyze_apart(struct pg_session *session,
                                               struct pg_statement *statement)
{
    struct pg_analysis *made = make_analysis(session, statement);
    if (statement->shaping && !(made && pg_shape_holds(session, made))) {
        pg_analysis_release(made);
        pg_shape_undo(statement);
        sql_error_begin(&session->error, &session->frame_arena);
        made = make_analysis(session, statement);
    }
    if (!made)
        pg_reply_settle(session);
    return made;
}

bool pg_statement_analyze(struct pg_session *session, struct pg_statement *statement)
{
    struct pg_analysis *old = statement->analysis;
    if (old && !statement->tree)
        return true;
    if (old && pg_analysis_is_current(session, old)) {
        if (!lock_plans(session, old))
            return false;
        if (pg_analysis_is_current(session, old))
            return true;
    }
    struct pg_analysis *made = pg_statement_analyze_apart(session, statement);
    if (!made)
        return false;
    if (old && !statement->untold && !same_columns(old, made)) {
        pg_analysis_release(made);
        return sql_fail(&session->error, "0A000", PG_OUTDATED_PLAN);
    }
    statement->analysis = made;
    pg_analysis_release(old);
    return true;
}

static bool is_planned(struct pg_session *session, const struct pg_analysis *analysis)
{
    for (uint32_t i = 0; analysis->plans && i < analysis->query_count; i++)
        if (sql_plan_is_outgrown(&session->env, analysis->plans[i]))
            return false;
    return analysis->plans != NULL;
}

bool pg_analysis_plan(struct pg_session *session, struct pg_analysis *analysis)
{
    if (analysis->is_utility || !analysis->query || is_planned(session, analysis))
        return true;
    struct sql_env env = session->env;
    env.arena = &analysis->arena;
    struct sql_plan **plans;
    if (!analysis->queries && !sql_query_rewrite(&env, analysis->query, &analysis->queries,
                                                 &analysis->query_count, &analysis->tag_query))
        return false;
    plans = arena_array(&analysis->arena, analysis->query_count + 1, sizeof(struct sql_plan *));
    if (!plans)
        return sql_fail_memory(&session->error);
    for (uint32_t i = 0; i < analysis->query_count; i++)
        if (!(analysis->for_cursor ? sql_plan_make_cursor : sql_plan_make)(
                &env, &analysis->arena, analysis->queries[i], &analysis->params, &plans[i]))
            return false;
    analysis->plans = plans;
    return true;
}

/* ---- what journal and fault rules see */

static bool find_relation(struct ast_node *child, void *context)
{
    struct slice *out = context;
    if (child->kind == AST_RELATION) {
        *out = AST_AS(relation, child)->name;
        return false;
    }
    return ast_walk(child, find_relation, context);
}

struct slice pg_statement_table(struct pg_statement *statement)
{
    if (!statement->table_known && statement->tree)
        ast_walk(statement->tree, find_relation, &statement->table);
    statement->table_known = true;
    return statement->table;
}
