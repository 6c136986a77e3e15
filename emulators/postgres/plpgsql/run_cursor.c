/* OPEN, FETCH, MOVE, CLOSE: cursors are portals that the client sees, too. */
#include "emulators/postgres/cursor_statements.h"
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/portal_rows.h"
#include "emulators/sql/syntax/ast_utility.h"

enum { TYPE_INT8 = 20, TYPE_REFCURSOR = 1790 };

static enum pl_flow flow_of(bool ok)
{
    return ok ? PL_NEXT : PL_FAILED;
}

/* The arguments of a bound cursor. */
static bool set_arguments(struct pl_frame *frame, const struct pl_variable *cursor,
                          const struct pl_exprs *args)
{
    for (uint32_t i = 0; i < args->count; i++) {
        struct datum value;
        uint32_t type;
        int32_t typmod;
        if (!pl_eval(frame, args->items[i], &value, &type, &typmod) ||
            !pl_set(frame, cursor->cursor_args[i].variable, value, type, typmod))
            return false;
    }
    return true;
}

/* The portal's name: the variable's value, or a new one that becomes it. */
static bool portal_name(struct pl_frame *frame, uint32_t cursor, struct slice *out)
{
    struct pg_session *session = pg_session_of(frame->env.session);
    struct datum value;
    if (!pl_get(frame, cursor, &value))
        return false;
    if (!value.null) {
        *out = datum_slice(value);
        return true;
    }
    *out = pg_portal_new_name(session, &frame->scratch);
    return pl_set(frame, cursor, datum_bytes(*out), TYPE_REFCURSOR, -1);
}

/* A statement that changes something, or is no query, runs whole. */
static struct pg_portal *portal_of_rows(struct pl_frame *frame, struct pl_expr *query,
                                        struct pl_dynamic_text *dynamic, struct slice name)
{
    struct pg_session *session = pg_session_of(frame->env.session);
    struct pl_rows rows;
    struct pg_portal *portal =
        pg_portal_for_rows(session, name, query ? query->query.text : dynamic->text);
    if (!portal)
        return NULL;
    pl_rows_init(&rows);
    rows.fetched = true;
    bool ok = query ? pl_run_query(frame, query, 0, &rows) : pl_run_read(frame, dynamic, 0, &rows);
    if (ok && !rows.has_columns)
        ok = sql_fail(frame->env.error, "42P11", "cannot open query as cursor");
    ok = ok && pg_portal_keep_rows(frame->env.session, &frame->env, portal, rows.columns,
                                   rows.column_count, rows.items, rows.count);
    pl_rows_done(&rows);
    if (ok)
        return portal;
    pg_portal_close(session, portal);
    return NULL;
}

/* Without SCROLL or NO SCROLL it goes back where that costs nothing. */
static bool scrolls(const struct pl_opening *opening, const struct sql_query *query)
{
    if (opening->scroll || opening->no_scroll)
        return opening->scroll;
    return query && pg_cursor_goes_back(query);
}

bool pl_loop_portal(struct pl_frame *frame, struct pl_expr *query, struct pg_portal **out)
{
    struct pg_session *session = pg_session_of(frame->env.session);
    struct datum *params;
    *out = NULL;
    if (!pl_prepare(frame, query, &params))
        return false;
    struct slice name = pg_portal_new_name(session, &frame->scratch);
    if (!pg_portal_gives_portions(&query->query) ||
        sql_plan_rows(query->query.plans[0]) <= PL_LOOP_ROWS_KEPT)
        return true;
    *out = pg_portal_for_query(session, name, &query->query, params, query->use_count);
    return *out != NULL;
}

static struct pg_portal *static_portal(struct pl_frame *frame, struct pl_expr *query,
                                       struct slice name)
{
    struct datum *params;
    if (!pl_prepare(frame, query, &params))
        return NULL;
    if (!pg_portal_gives_portions(&query->query))
        return portal_of_rows(frame, query, NULL, name);
    return pg_portal_for_query(pg_session_of(frame->env.session), name, &query->query, params,
                               query->use_count);
}

static struct pg_portal *dynamic_portal(struct pl_frame *frame, const struct pl_opening *opening,
                                        struct slice name)
{
    struct pl_dynamic_text dynamic;
    struct pg_portal *portal;
    if (!pl_read_dynamic(frame, opening->dynamic, opening->args, &dynamic) ||
        !pl_dynamic_portal(frame, &dynamic, name, &portal))
        return NULL;
    return portal ? portal : portal_of_rows(frame, NULL, &dynamic, name);
}

static struct pg_portal *make_portal(struct pl_frame *frame, const struct pl_opening *opening,
                                     struct slice name)
{
    struct pg_portal *portal = opening->query ? static_portal(frame, opening->query, name)
                                              : dynamic_portal(frame, opening, name);
    if (portal)
        portal->scroll = scrolls(opening, portal->analysis->query);
    return portal;
}

struct pg_portal *pl_cursor_open(struct pl_frame *frame, const struct pl_opening *opening)
{
    const struct pl_variable *cursor = pl_variable(frame, opening->cursor);
    struct pl_opening bound = *opening;
    struct slice name;
    if (cursor->cursor) {
        bound.query = cursor->cursor;
        bound.scroll = cursor->scroll;
        bound.no_scroll = cursor->no_scroll;
        if (!set_arguments(frame, cursor, opening->args))
            return NULL;
    }
    if (!portal_name(frame, opening->cursor, &name))
        return NULL;
    if (!pg_portal_find(pg_session_of(frame->env.session), name))
        return make_portal(frame, &bound, name);
    sql_fail(frame->env.error, "42P03", "cursor \"" SLICE_FMT "\" already in use", SLICE_ARG(name));
    return NULL;
}

enum pl_flow pl_run_open(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_open *node = (const void *)statement;
    const struct pl_opening opening = {
        .cursor = node->cursor,
        .query = node->query,
        .dynamic = node->dynamic,
        .args = &node->args,
        .scroll = node->scroll,
        .no_scroll = node->no_scroll,
    };
    return flow_of(pl_cursor_open(frame, &opening) != NULL);
}

/* ---- FETCH */

struct fetching {
    struct sql_sink sink; /* FIRST */
    struct pl_frame *frame;
    uint32_t target;
    const struct sql_result_column *columns;
    uint32_t count;
    bool ok;
};

static bool fetch_begin(struct sql_sink *sink, const struct sql_result_column *columns,
                        uint32_t count)
{
    struct fetching *fetching = (struct fetching *)(void *)sink;
    fetching->columns = columns;
    fetching->count = count;
    return true;
}

static bool fetch_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                      uint32_t count)
{
    struct fetching *fetching = (struct fetching *)(void *)sink;
    (void)env;
    return pl_set_row(fetching->frame, fetching->target, fetching->columns, values, count);
}

static bool cursor_name(struct pl_frame *frame, uint32_t cursor, struct slice *out)
{
    struct datum value;
    if (!pl_get(frame, cursor, &value))
        return false;
    if (value.null)
        return sql_fail(frame->env.error, "22004", "cursor variable \"" SLICE_FMT "\" is null",
                        SLICE_ARG(pl_variable(frame, cursor)->name));
    *out = datum_slice(value);
    if (pg_portal_find(pg_session_of(frame->env.session), *out))
        return true;
    return sql_fail(frame->env.error, "34000", "cursor \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(*out));
}

bool pl_cursor_fetch(struct pl_frame *frame, const struct ast_fetch *fetch, uint32_t target,
                     bool nulls, uint64_t *rows)
{
    struct fetching fetching = {
        .sink = {.begin = fetch_begin, .row = fetch_row},
          .frame = frame, .target = target
    };
    return pg_portal_fetch(pg_session_of(frame->env.session), fetch,
                           fetch->move ? NULL : &fetching.sink, rows) &&
           (!nulls || *rows > 0 ||
            pl_set_row(frame, target, fetching.columns, NULL, fetching.count));
}

enum pl_flow pl_run_fetch(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_fetch *node = (const void *)statement;
    struct ast_fetch fetch = {.direction = (enum ast_fetch_direction)node->direction,
                              .count = node->count,
                              .move = node->move};
    uint64_t rows;
    if (node->count_expr) {
        struct datum count;
        if (!pl_eval_as(frame, node->count_expr, TYPE_INT8, &count))
            return PL_FAILED;
        if (count.null) {
            sql_fail(frame->env.error, "22004", "relative or absolute cursor position is null");
            return PL_FAILED;
        }
        fetch.count = count.i;
    }
    if (!cursor_name(frame, node->cursor, &fetch.cursor) ||
        !pl_cursor_fetch(frame, &fetch, node->target, !node->move, &rows))
        return PL_FAILED;
    frame->row_count = rows;
    return flow_of(pl_set_bool(frame, frame->function->found, rows > 0));
}

enum pl_flow pl_run_close(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_fetch *node = (const void *)statement;
    struct pg_session *session = pg_session_of(frame->env.session);
    struct slice name;
    return flow_of(cursor_name(frame, node->cursor, &name) &&
                   pg_portal_drop(session, pg_portal_find(session, name)));
}
