/* Statements whose rows are wanted: run, and their rows copied. */
#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/postgres/portal_rows.h"
#include "emulators/postgres/session.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/session.h"

void pl_rows_init(struct pl_rows *rows)
{
    *rows = (struct pl_rows){.next = 0};
    arena_init(&rows->arena);
}

void pl_rows_done(struct pl_rows *rows)
{
    arena_done(&rows->arena);
}

struct collecting {
    struct sql_sink sink; /* FIRST */
    struct pl_frame *frame;
    struct pl_rows *rows;
};

static bool collect_begin(struct sql_sink *sink, const struct sql_result_column *columns,
                          uint32_t count)
{
    struct collecting *c = (struct collecting *)(void *)sink;
    struct sql_result_column *copy = arena_array(&c->rows->arena, count + 1, sizeof(*copy));
    if (!copy)
        return sql_fail_memory(c->frame->env.error);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = columns[i];
        copy[i].name = arena_dup(&c->rows->arena, columns[i].name);
    }
    c->rows->columns = copy;
    c->rows->column_count = count;
    c->rows->has_columns = count > 0;
    return true;
}

static bool collect_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                        uint32_t count)
{
    struct collecting *c = (struct collecting *)(void *)sink;
    struct pl_rows *rows = c->rows;
    (void)env;
    if (rows->count == rows->room) {
        uint64_t room = rows->room ? rows->room * 2 : 8;
        struct datum **items = arena_array(&rows->arena, room, sizeof(*items));
        if (!items)
            return sql_fail_memory(c->frame->env.error);
        if (rows->count)
            memcpy(items, rows->items, rows->count * sizeof(*items));
        rows->items = items;
        rows->room = room;
    }
    struct datum *row = arena_array(&rows->arena, count + 1, sizeof(*row));
    if (!row)
        return sql_fail_memory(c->frame->env.error);
    for (uint32_t i = 0; i < count; i++) {
        row[i] = values[i];
        if (!pl_copy(c->frame, &rows->arena, rows->columns[i].type, &row[i]))
            return false;
    }
    rows->items[rows->count++] = row;
    return true;
}

static bool collect(struct pl_frame *frame, struct pg_stored_query *query,
                    const struct datum *params, uint32_t count, uint64_t max, struct pl_rows *rows)
{
    struct collecting c = {
        .sink = {.begin = collect_begin, .row = collect_row},
          .frame = frame, .rows = rows
    };
    uint32_t column_count;
    const struct sql_result_column *columns = pg_stored_query_columns(query, &column_count);
    if (column_count && !collect_begin(&c.sink, columns, column_count))
        return false;
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    if (!pg_stored_query_run(&env, query, params, count, &c.sink, max, &rows->changed))
        return false;
    if (rows->has_columns && rows->count > rows->changed)
        rows->changed = rows->count;
    return true;
}

bool pl_fail_query(struct pl_frame *frame, const struct pl_expr *expr)
{
    struct sql_error *error = frame->env.error;
    if (error->internal_query.len == 0)
        sql_context_line(error, "SQL statement \"%s" SLICE_FMT "\"", expr->whole ? "" : "SELECT ",
                         SLICE_ARG(expr->query.text));
    return false;
}

bool pl_run_query(struct pl_frame *frame, struct pl_expr *expr, uint64_t max, struct pl_rows *rows)
{
    struct datum *params;
    if (!pl_prepare(frame, expr, &params))
        return pl_fail_query(frame, expr);
    expr->running++;
    rows->command = expr->query.query->command;
    bool ok = collect(frame, &expr->query, params, expr->use_count, max, rows);
    pl_expr_end(expr);
    return ok || (!rows->fetched && pl_fail_query(frame, expr));
}

/* The arguments of USING, with their types. */
static bool eval_args(struct pl_frame *frame, const struct pl_exprs *args, struct datum **values,
                      struct sql_params *params)
{
    *values = arena_array(&frame->scratch, args->count + 1, sizeof(**values));
    params->types = arena_array(&frame->scratch, args->count + 1, sizeof(*params->types));
    params->count = args->count;
    if (!*values || !params->types)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < args->count; i++) {
        int32_t typmod;
        if (!pl_eval(frame, args->items[i], &(*values)[i], &params->types[i], &typmod))
            return false;
    }
    return true;
}

static bool parse_dynamic(struct pl_frame *frame, struct arena *arena, struct slice text,
                          struct ast_list *out)
{
    const struct pg_settings_now *now = &pg_session_of(frame->env.session)->settings.now;
    struct pg_parse_options options = pg_parse_options_default;
    options.standard_conforming_strings = now->standard_conforming_strings;
    struct sql_error *error = frame->env.error;
    if (pg_parse(arena, text, &options, out, error))
        return true;
    error->internal_query = arena_dup(error->arena, text);
    error->internal_position = error->position;
    error->position = 0;
    return false;
}

bool pl_read_dynamic(struct pl_frame *frame, struct pl_expr *expr, const struct pl_exprs *args,
                     struct pl_dynamic_text *out)
{
    *out = (struct pl_dynamic_text){.arg_count = args->count};
    if (!pl_eval_text(frame, expr, &out->text))
        return false;
    if (!out->text.ptr)
        return sql_fail(frame->env.error, "22004", "query string argument of EXECUTE is null");
    return eval_args(frame, args, &out->values, &out->params) &&
           parse_dynamic(frame, &frame->scratch, out->text, &out->statements);
}

static bool fail_dynamic(struct pl_frame *frame, struct slice text)
{
    struct sql_error *error = frame->env.error;
    if (error->position && !error->internal_query.len) {
        error->internal_query = arena_dup(error->arena, text);
        error->internal_position = error->position;
        error->position = 0;
    } else {
        sql_context_line(error, "SQL statement \"" SLICE_FMT "\"", SLICE_ARG(text));
    }
    return false;
}

/* The statement with that number, analysed and planned. */
static bool plan_dynamic(struct pl_frame *frame, struct pl_dynamic_text *dynamic, uint32_t number,
                         struct pg_stored_query *out)
{
    const struct ast_raw_statement *raw = (const void *)dynamic->statements.items[number];
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    bool changed;
    *out = (struct pg_stored_query){
        .text = dynamic->text, .tree = raw->statement, .params = &dynamic->params};
    arena_init(&out->arena);
    return pg_stored_query_plan(&env, out, &changed);
}

/* What a loop over a cursor or OPEN runs whole must give rows all the same. */
static bool check_fetched(struct pl_frame *frame, const struct pg_stored_query *query)
{
    uint32_t count;
    enum ast_kind kind = query->tree->kind;
    pg_stored_query_columns(query, &count);
    if (count || kind == AST_EXPLAIN || kind == AST_SHOW || kind == AST_EXECUTE ||
        kind == AST_FETCH || kind == AST_CALL)
        return true;
    return sql_fail(frame->env.error, "42P11", "cannot open %s query as cursor",
                    pg_command_tag(query->tree));
}

static bool ends_transaction(const struct pl_dynamic_text *dynamic)
{
    bool any = false;
    for (uint32_t i = 0; i < dynamic->statements.count; i++) {
        const struct ast_raw_statement *raw = (const void *)dynamic->statements.items[i];
        any |= raw->statement->kind == AST_TRANSACTION;
    }
    return any;
}

bool pl_run_read(struct pl_frame *frame, struct pl_dynamic_text *dynamic, uint64_t max,
                 struct pl_rows *rows)
{
    uint32_t count = dynamic->statements.count;
    if (rows->fetched && count != 1)
        return sql_fail(frame->env.error, "42P11", "cannot open multi-query plan as cursor");
    if (ends_transaction(dynamic))
        return sql_fail(frame->env.error, "0A000",
                        "EXECUTE of transaction commands is not implemented");
    for (uint32_t i = 0; i < count; i++) {
        struct pg_stored_query query;
        struct pl_rows ignored;
        bool last = i + 1 == count;
        pl_rows_init(&ignored);
        bool ok = plan_dynamic(frame, dynamic, i, &query);
        if (ok && rows->fetched && !check_fetched(frame, &query)) {
            pg_stored_query_done(&query);
            return false;
        }
        ok = ok && collect(frame, &query, dynamic->values, dynamic->arg_count, last ? max : 0,
                           last ? rows : &ignored);
        pl_rows_done(&ignored);
        pg_stored_query_done(&query);
        if (!ok)
            return fail_dynamic(frame, dynamic->text);
    }
    return true;
}

bool pl_dynamic_portal(struct pl_frame *frame, struct pl_dynamic_text *dynamic, struct slice name,
                       struct pg_portal **out)
{
    struct pg_session *session = pg_session_of(frame->env.session);
    struct pl_dynamic_text own = *dynamic; /* lasts as long as the portal */
    struct pg_stored_query query;
    struct arena parsed;
    *out = NULL;
    if (dynamic->statements.count != 1)
        return true;
    arena_init(&parsed);
    own.text = arena_dup(&parsed, dynamic->text);
    bool ok = own.text.ptr ? parse_dynamic(frame, &parsed, own.text, &own.statements)
                           : sql_fail_memory(frame->env.error);
    if (ok) {
        ok = plan_dynamic(frame, &own, 0, &query);
        if (ok && pg_portal_gives_portions(&query)) {
            *out = pg_portal_of_query(session, name, &query, &parsed, dynamic->values,
                                      dynamic->arg_count);
            ok = *out != NULL;
        }
        pg_stored_query_done(&query);
    }
    arena_done(&parsed);
    return ok || fail_dynamic(frame, dynamic->text);
}
