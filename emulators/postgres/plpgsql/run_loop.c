/* FOR and FOREACH. */
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/postgres/portal.h"
#include "emulators/sql/session.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/value/array.h"

enum { TYPE_INT4 = 23, TYPE_REFCURSOR = 1790 };

static bool eval_integer(struct pl_frame *frame, struct pl_expr *expr, const char *what,
                         int64_t *out)
{
    struct datum value;
    if (!pl_eval_as(frame, expr, TYPE_INT4, &value))
        return false;
    *out = value.i;
    return !value.null ||
           sql_fail(frame->env.error, "22004", "%s of FOR loop cannot be null", what);
}

enum pl_flow pl_run_for_integer(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_for_integer *node = (const void *)statement;
    int64_t from, to, step = 1;
    bool found = false, over = false;
    enum pl_flow flow = PL_NEXT;
    if (!eval_integer(frame, node->from, "lower bound", &from) ||
        !eval_integer(frame, node->to, "upper bound", &to) ||
        (node->by && !eval_integer(frame, node->by, "BY value", &step)))
        return PL_FAILED;
    if (step <= 0) {
        sql_fail(frame->env.error, "22023", "BY value of FOR loop must be greater than zero");
        return PL_FAILED;
    }
    for (int64_t i = from; node->reverse ? i >= to : i <= to; i += node->reverse ? -step : step) {
        found = true;
        arena_reset(&frame->scratch);
        frame->values[node->variable].datum = datum_int(i);
        flow = pl_loop_turn(frame, &node->body, node->label, &over);
        if (over)
            break;
        if (i > INT32_MAX || i < INT32_MIN)
            break;
    }
    pl_set_bool(frame, frame->function->found, found);
    return over ? flow : PL_NEXT;
}

static enum pl_flow over_rows(struct pl_frame *frame, const struct pl_for_query *node,
                              const struct pl_rows *rows)
{
    enum pl_flow flow = PL_NEXT;
    bool over = false;
    for (uint64_t i = 0; i < rows->count; i++) {
        arena_reset(&frame->scratch);
        if (!pl_set_row(frame, node->target, rows->columns, rows->items[i], rows->column_count))
            return PL_FAILED;
        flow = pl_loop_turn(frame, &node->body, node->label, &over);
        if (over)
            break;
    }
    if (rows->count == 0 && rows->has_columns &&
        !pl_set_row(frame, node->target, rows->columns, NULL, rows->column_count))
        return PL_FAILED;
    pl_set_bool(frame, frame->function->found, rows->count > 0);
    return over ? flow : PL_NEXT;
}

/* The portal of a dynamic query, which gives its rows as they are fetched; *out NULL: it is to be run
 * whole. */
static bool dynamic_portal(struct pl_frame *frame, const struct pl_for_query *node,
                           struct pl_dynamic_text *dynamic, struct pg_portal **out)
{
    if (!pl_read_dynamic(frame, node->dynamic, &node->args, dynamic))
        return false;
    struct slice name = pg_portal_new_name(pg_session_of(frame->env.session), &frame->scratch);
    return pl_dynamic_portal(frame, dynamic, name, out);
}

/* Row by row, so that the body may change the row that the cursor is on. */
static enum pl_flow over_portal(struct pl_frame *frame, const struct pl_for_query *node,
                                struct pg_portal *portal)
{
    const struct ast_fetch fetch = {
        .direction = AST_FETCH_FORWARD, .count = 1, .cursor = portal->named.name};
    enum pl_flow flow = PL_NEXT;
    bool found = false, over = false;
    while (!over) {
        uint64_t rows;
        arena_reset(&frame->scratch);
        if (!pl_cursor_fetch(frame, &fetch, node->target, !found, &rows))
            return PL_FAILED;
        if (rows == 0)
            break;
        found = true;
        flow = pl_loop_turn(frame, &node->body, node->label, &over);
    }
    pl_set_bool(frame, frame->function->found, found);
    return over ? flow : PL_NEXT;
}

/* The variable is without a name again afterwards when it was so before. */
enum pl_flow pl_run_for_cursor(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_for_query *node = (const void *)statement;
    const struct pl_opening opening = {.cursor = node->cursor, .args = &node->cursor_args};
    struct datum before;
    if (!pl_get(frame, node->cursor, &before))
        return PL_FAILED;
    bool unnamed = before.null;
    struct pg_portal *portal = pl_cursor_open(frame, &opening);
    if (!portal)
        return PL_FAILED;
    portal->pinned = true;
    enum pl_flow flow = over_portal(frame, node, portal);
    pg_portal_close(pg_session_of(frame->env.session), portal);
    if (unnamed && flow != PL_FAILED &&
        !pl_set(frame, node->cursor, datum_null(), TYPE_REFCURSOR, -1))
        return PL_FAILED;
    return flow;
}

enum pl_flow pl_run_for_query(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_for_query *node = (const void *)statement;
    struct pg_session *session = pg_session_of(frame->env.session);
    struct pg_portal *portal = NULL;
    struct pl_dynamic_text dynamic;
    struct pl_rows rows;
    bool ok = node->query ? pl_loop_portal(frame, node->query, &portal)
                          : dynamic_portal(frame, node, &dynamic, &portal);
    if (!ok)
        return PL_FAILED;
    if (portal) {
        portal->pinned = true;
        enum pl_flow end = over_portal(frame, node, portal);
        pg_portal_close(session, portal);
        return end;
    }
    pl_rows_init(&rows);
    enum pl_flow flow = PL_FAILED;
    rows.fetched = true;
    ok = node->query ? pl_run_query(frame, node->query, 0, &rows)
                     : pl_run_read(frame, &dynamic, 0, &rows);
    if (ok) {
        bool changes = node->query && rows.command != SQL_SELECT;
        session->changing_loops += changes;
        flow = over_rows(frame, node, &rows);
        session->changing_loops -= changes;
    }
    pl_rows_done(&rows);
    return flow;
}

/* ---- FOREACH */

/* The elements' array of one slice: the last `dims` dimensions at an index. */
static bool slice_at(struct pl_frame *frame, const struct sql_array *array,
                     const struct sql_type *element, int dims, uint32_t index, struct datum *out)
{
    struct sql_call call = {.env = &frame->env, .arena = &frame->scratch};
    struct sql_array_shape shape = {.dims = (uint32_t)dims};
    uint32_t count = 1, skip = array->shape.dims - (uint32_t)dims;
    for (int d = 0; d < dims; d++) {
        shape.length[d] = array->shape.length[skip + (uint32_t)d];
        shape.lower[d] = array->shape.lower[skip + (uint32_t)d];
        count *= (uint32_t)shape.length[d];
    }
    struct datum *items = arena_array(&frame->scratch, count + 1, sizeof(*items));
    if (!items)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < count; i++)
        items[i] = sql_array_get(array, index * count + i);
    return sql_array_make(&call, element, &shape, items, out);
}

static enum pl_flow over_array(struct pl_frame *frame, const struct pl_foreach *node,
                               struct datum value, uint32_t type)
{
    const struct sql_type *array_type = sql_find_type_id(frame->env.session, type);
    struct sql_array array;
    enum pl_flow flow = PL_NEXT;
    bool over = false;
    sql_array_open(value, &array);
    const struct sql_type *element = sql_find_type_id(frame->env.session, array.element);
    if (node->slice < 0 || (uint32_t)node->slice > array.shape.dims) {
        sql_fail(frame->env.error, "2202E", "slice dimension (%d) is out of the valid range 0..%u",
                 node->slice, array.shape.dims);
        return PL_FAILED;
    }
    uint32_t turns = array.count;
    for (int d = 0; d < node->slice && turns; d++)
        turns /= (uint32_t)array.shape.length[array.shape.dims - 1 - (uint32_t)d];
    for (uint32_t i = 0; i < turns && !over; i++) {
        struct datum item;
        arena_reset(&frame->scratch);
        if (node->slice == 0)
            item = sql_array_get(&array, i);
        else if (!slice_at(frame, &array, element, node->slice, i, &item))
            return PL_FAILED;
        if (!pl_set_target(frame, &node->target, item, node->slice ? array_type->id : array.element,
                           -1))
            return PL_FAILED;
        flow = pl_loop_turn(frame, &node->body, node->label, &over);
    }
    pl_set_bool(frame, frame->function->found, turns > 0);
    return over ? flow : PL_NEXT;
}

enum pl_flow pl_run_foreach(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_foreach *node = (const void *)statement;
    struct datum value;
    uint32_t type;
    int32_t typmod;
    struct arena kept;
    if (!pl_eval(frame, node->array, &value, &type, &typmod))
        return PL_FAILED;
    const struct sql_type *described = sql_find_type_id(frame->env.session, type);
    if (value.null) {
        sql_fail(frame->env.error, "22004", "FOREACH expression must not be null");
        return PL_FAILED;
    }
    if (!described || described->ops != &sql_array_ops) {
        sql_fail(frame->env.error, "42804",
                 "FOREACH expression must yield an array, not type " SLICE_FMT,
                 SLICE_ARG(described ? described->name : slice_str("?")));
        return PL_FAILED;
    }
    arena_init(&kept);
    enum pl_flow flow = PL_FAILED;
    if (pl_copy(frame, &kept, type, &value))
        flow = over_array(frame, node, value, type);
    arena_done(&kept);
    return flow;
}
