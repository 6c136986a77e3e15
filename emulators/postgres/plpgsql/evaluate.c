/* Values of expressions: at once where they are simple, else as a query's only row. */
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/sql/exec/simple.h"
#include "emulators/sql/session.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/bytes.h"

enum { TYPE_BOOL = 16 };

/* ---- simple ones */

/* The field where it was found last, if it is there still and of that type. */
static bool get_field(const struct pl_record *record, const struct pl_use *use, struct datum *out)
{
    bool there = record->assigned && use->at < record->count &&
                 record->types[use->at] == use->type &&
                 slice_eq(record->names[use->at], use->field);
    if (there)
        *out = record->values[use->at];
    return there;
}

static bool find_field(const struct pl_record *record, struct pl_use *use, struct datum *out)
{
    if (get_field(record, use, out))
        return true;
    use->at = 0;
    while (use->at < record->count && !slice_eq(record->names[use->at], use->field))
        use->at++;
    return get_field(record, use, out);
}

/* The values that the open run reads. *fits: the variables have the types still that it is for. */
static bool load(struct pl_frame *frame, struct pl_expr *expr, bool *fits)
{
    *fits = true;
    for (uint32_t i = 0; i < expr->use_count && *fits; i++) {
        struct pl_use *use = &expr->uses[i];
        const struct pl_variable *variable = pl_variable(frame, use->variable);
        const struct pl_record *record = &frame->values[use->variable].record;
        if (use->field.ptr) {
            *fits = find_field(record, use, &expr->values[i]);
            continue;
        }
        bool typed = variable->kind == PL_RECORD && record->assigned && record->type;
        *fits = use->type == (typed ? record->type : variable->type);
        if (*fits && !pl_get(frame, use->variable, &expr->values[i]))
            return false;
    }
    return true;
}

static bool open_simple(struct pl_frame *frame, struct pl_expr *expr)
{
    struct pg_stored_query *query = &expr->query;
    if (expr->simple || expr->running || query->count != 1 || query->tag_query != 0 ||
        !query->plans[0] || !sql_plan_is_simple(query->plans[0]))
        return true;
    expr->values = arena_array(&query->arena, expr->use_count + 1, sizeof(*expr->values));
    if (!expr->values)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i <= expr->use_count; i++)
        expr->values[i] = datum_null();
    uint32_t count;
    const struct sql_type *type =
        sql_find_type_id(frame->env.session, pg_stored_query_columns(query, &count)->type);
    expr->by_value = type && type->by_value;
    return sql_simple_open(&frame->env, &query->arena, query->plans[0], expr->values,
                           expr->use_count, &expr->simple);
}

/* *done: that was possible. A run in use has its registers full: an inner call goes the other way. */
static bool eval_simple(struct pl_frame *frame, struct pl_expr *expr, struct datum *out, bool *done)
{
    struct sql_txn *txn = frame->env.session->txn;
    uint32_t count;
    expr->query.trigger = frame->trigger;
    *done = expr->simple && !expr->running && pg_stored_query_is_current(&frame->env, &expr->query);
    if (!*done)
        return true;
    if (!load(frame, expr, done))
        return false;
    if (!*done)
        return true;
    bool by_value = expr->by_value;
    uint32_t type = pg_stored_query_columns(&expr->query, &count)->type;
    expr->running++;
    sql_txn_next_command(txn);
    bool ok = sql_simple_evaluate(expr->simple, &frame->env, &frame->scratch, out);
    sql_txn_next_command(txn);
    ok = ok && (by_value || pl_copy(frame, &frame->scratch, type, out));
    if (!ok)
        pl_locate(frame, expr);
    pl_expr_end(expr);
    return ok;
}

/* ---- others */

/* Takes the first row's first value. */
struct taking {
    struct sql_sink sink; /* FIRST */
    struct pl_frame *frame;
    struct datum value;
    uint32_t type;
    uint64_t rows;
};

static bool take_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                     uint32_t count)
{
    struct taking *taking = (struct taking *)(void *)sink;
    (void)env;
    (void)count;
    if (taking->rows++ > 0)
        return true;
    taking->value = values[0];
    return pl_copy(taking->frame, &taking->frame->scratch, taking->type, &taking->value);
}

static bool eval_query(struct pl_frame *frame, struct pl_expr *expr, const struct datum *params,
                       struct datum *out)
{
    uint32_t count;
    uint64_t rows;
    const struct sql_result_column *columns = pg_stored_query_columns(&expr->query, &count);
    struct taking taking = {
        .sink = {.begin = sql_sink_any_columns, .row = take_row},
        .frame = frame,
        .value = datum_null(),
        .type = columns[0].type
    };
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    expr->running++;
    bool ok =
        pg_stored_query_run(&env, &expr->query, params, expr->use_count, &taking.sink, 2, &rows);
    pl_expr_end(expr);
    if (!ok) {
        pl_locate(frame, expr);
        return false;
    }
    if (taking.rows > 1)
        return sql_fail(frame->env.error, "21000",
                        "query \"" SLICE_FMT "\" returned more than one row",
                        SLICE_ARG(expr->query.text));
    *out = taking.value;
    return true;
}

bool pl_eval(struct pl_frame *frame, struct pl_expr *expr, struct datum *out, uint32_t *type,
             int32_t *typmod)
{
    struct datum *params;
    uint32_t count;
    bool done;
    if (!eval_simple(frame, expr, out, &done) || (!done && !pl_prepare(frame, expr, &params)))
        return false;
    const struct sql_result_column *columns = pg_stored_query_columns(&expr->query, &count);
    if (count != 1)
        return sql_fail(frame->env.error, "42601", "query \"" SLICE_FMT "\" returned %u columns",
                        SLICE_ARG(expr->query.text), count);
    *type = columns[0].type;
    *typmod = columns[0].typmod;
    if (done)
        return true;
    return open_simple(frame, expr) && eval_simple(frame, expr, out, &done) &&
           (done || eval_query(frame, expr, params, out));
}

bool pl_eval_as(struct pl_frame *frame, struct pl_expr *expr, uint32_t type, struct datum *out)
{
    uint32_t own;
    int32_t typmod;
    if (!pl_eval(frame, expr, out, &own, &typmod))
        return false;
    if (own == type)
        return true;
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    return pg_stored_cast(&env, *out, own, type, -1, out);
}

bool pl_eval_bool(struct pl_frame *frame, struct pl_expr *expr, bool *out, bool *null)
{
    struct datum value;
    if (!pl_eval_as(frame, expr, TYPE_BOOL, &value))
        return false;
    *null = value.null;
    *out = !value.null && value.i;
    return true;
}

bool pl_eval_text(struct pl_frame *frame, struct pl_expr *expr, struct slice *out)
{
    struct datum value;
    uint32_t type;
    int32_t typmod;
    if (!pl_eval(frame, expr, &value, &type, &typmod))
        return false;
    *out = slice_of(NULL, 0);
    if (value.null)
        return true;
    const struct sql_type *described = sql_find_type_id(frame->env.session, type);
    struct sql_call call = {.env = &frame->env, .arena = &frame->scratch};
    struct sql_bytes text;
    sql_bytes_init(&text, &frame->scratch);
    if (!described || !sql_type_output(&call, described, value, &text))
        return false;
    sql_bytes_add_char(&text, '\0');
    if (text.failed)
        return sql_fail_memory(frame->env.error);
    *out = slice_of(text.ptr, text.len - 1);
    return true;
}
