/* OPEN, FETCH, MOVE, CLOSE: cursors are portals that the client sees, too. */
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/portal_rows.h"
#include "emulators/sql/syntax/ast_utility.h"

enum { TYPE_INT8 = 20, TYPE_REFCURSOR = 1790 };

static enum pl_flow flow_of(bool ok)
{
    return ok ? PL_NEXT : PL_FAILED;
}

bool pl_cursor_query(struct pl_frame *frame, const struct pl_variable *cursor,
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
    *out = arena_printf(&frame->scratch, "<unnamed portal %llu>",
                        (unsigned long long)++session->portal_count);
    return pl_set(frame, cursor, datum_bytes(*out), TYPE_REFCURSOR, -1);
}

static bool fill_portal(struct pl_frame *frame, const struct pl_open *node,
                        struct pg_portal *portal, struct pl_expr *query)
{
    struct pl_rows rows;
    pl_rows_init(&rows);
    bool ok = query ? pl_run_query(frame, query, 0, &rows)
                    : pl_run_dynamic(frame, node->dynamic, &node->args, 0, &rows, NULL);
    if (ok && !rows.has_columns)
        ok = sql_fail(frame->env.error, "42P11", "cannot open query as cursor");
    ok = ok && pg_portal_keep_rows(frame->env.session, &frame->env, portal, rows.columns,
                                   rows.column_count, rows.items, rows.count);
    pl_rows_done(&rows);
    return ok;
}

enum pl_flow pl_run_open(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_open *node = (const void *)statement;
    struct pg_session *session = pg_session_of(frame->env.session);
    const struct pl_variable *cursor = pl_variable(frame, node->cursor);
    struct pl_expr *query = cursor->cursor ? cursor->cursor : node->query;
    struct slice name;
    if (cursor->cursor && !pl_cursor_query(frame, cursor, &node->args))
        return PL_FAILED;
    if (!portal_name(frame, node->cursor, &name))
        return PL_FAILED;
    if (pg_portal_find(session, name)) {
        sql_fail(frame->env.error, "42P03", "cursor \"" SLICE_FMT "\" already in use",
                 SLICE_ARG(name));
        return PL_FAILED;
    }
    struct pg_portal *portal =
        pg_portal_for_rows(session, name, query ? query->query.text : slice_of("", 0));
    if (!portal)
        return PL_FAILED;
    portal->scroll = !(node->no_scroll || cursor->no_scroll);
    if (fill_portal(frame, node, portal, query))
        return PL_NEXT;
    pg_portal_close(session, portal);
    return PL_FAILED;
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

enum pl_flow pl_run_fetch(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_fetch *node = (const void *)statement;
    struct ast_fetch fetch = {.direction = (enum ast_fetch_direction)node->direction,
                              .count = node->count,
                              .move = node->move};
    struct fetching fetching = {
        .sink = {.begin = fetch_begin, .row = fetch_row},
          .frame = frame, .target = node->target
    };
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
        !pg_portal_fetch(pg_session_of(frame->env.session), &fetch,
                         node->move ? NULL : &fetching.sink, &rows))
        return PL_FAILED;
    if (!node->move && rows == 0 &&
        !pl_set_row(frame, node->target, fetching.columns, NULL, fetching.count))
        return PL_FAILED;
    frame->row_count = rows;
    return flow_of(pl_set_bool(frame, frame->function->found, rows > 0));
}

enum pl_flow pl_run_close(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_fetch *node = (const void *)statement;
    struct pg_session *session = pg_session_of(frame->env.session);
    struct slice name;
    if (!cursor_name(frame, node->cursor, &name))
        return PL_FAILED;
    pg_portal_close(session, pg_portal_find(session, name));
    return PL_NEXT;
}
