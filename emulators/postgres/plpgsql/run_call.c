/* CALL and DO: a procedure's output arguments go back to the variables and fields that stand for them. */
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/txn/txn.h"

/* What the output arguments are assigned to, in the order of the result's columns. */
struct outputs {
    struct pl_target *targets;
    uint32_t count;
};

/* What implicit casts were made of: they are of no meaning for an argument that is only given back. */
static const struct sql_expr *without_casts(const struct sql_expr *expr)
{
    for (;;) {
        const struct sql_expr_convert *convert = (const void *)expr;
        const struct sql_expr_call *call = (const void *)expr;
        if ((expr->kind == SQL_EXPR_RELABEL || expr->kind == SQL_EXPR_CONVERT_IO) &&
            convert->form == SQL_FORM_CAST_IMPLICIT)
            expr = convert->arg;
        else if (expr->kind == SQL_EXPR_FUNCTION && call->form == SQL_FORM_CAST_IMPLICIT)
            expr = call->args.items[0];
        else
            return expr;
    }
}

static bool fail_not_writable(struct pl_frame *frame, const struct sql_routine *routine, uint16_t i)
{
    static const char *const rest =
        "is an output parameter but corresponding argument is not writable";
    if (routine->names && routine->names[i].len)
        return sql_fail(frame->env.error, "42601", "procedure parameter \"" SLICE_FMT "\" %s",
                        SLICE_ARG(routine->names[i]), rest);
    return sql_fail(frame->env.error, "42601", "procedure parameter %u %s", i + 1u, rest);
}

/* The variable or field that the argument of a parameter is. */
static bool find_output(struct pl_frame *frame, const struct pl_expr *query,
                        const struct sql_routine *routine, uint16_t i, const struct sql_expr *arg,
                        struct pl_target *out)
{
    if (routine->modes[i] == 'o')
        arg = without_casts(arg);
    const struct sql_expr_param *param = (const void *)arg;
    if (arg->kind != SQL_EXPR_PARAM || param->param_kind != SQL_PARAM_EXTERNAL ||
        param->number == 0 || param->number > query->use_count)
        return fail_not_writable(frame, routine, i);
    const struct pl_use *use = &query->uses[param->number - 1];
    const struct pl_variable *variable = pl_variable(frame, use->variable);
    if (variable->constant)
        return sql_fail(frame->env.error, "22005",
                        "variable \"" SLICE_FMT "\" is declared CONSTANT",
                        SLICE_ARG(variable->name));
    /* The call may have the statement planned anew, and what it had goes then. */
    *out = (struct pl_target){.variable = use->variable};
    if (use->field.ptr)
        out->field = arena_dup(&frame->scratch, use->field);
    return !use->field.ptr || out->field.ptr || sql_fail_memory(frame->env.error);
}

static bool find_outputs(struct pl_frame *frame, const struct pl_expr *query, struct outputs *out)
{
    const struct sql_query *analysed = query->query.query->utility_query;
    *out = (struct outputs){.count = 0};
    if (!analysed) /* DO */
        return true;
    const struct sql_expr_call *call = (const void *)analysed->targets[0].expr;
    const struct sql_routine *routine = sql_find_routine_id(frame->env.session, call->function);
    out->targets = arena_array(&frame->scratch, routine->all_count + 1u, sizeof(*out->targets));
    if (!out->targets)
        return sql_fail_memory(frame->env.error);
    for (uint16_t i = 0; i < routine->all_count && i < call->args.count; i++)
        if ((routine->modes[i] == 'o' || routine->modes[i] == 'b') &&
            !find_output(frame, query, routine, i, call->args.items[i],
                         &out->targets[out->count++]))
            return false;
    return true;
}

static bool store_outputs(struct pl_frame *frame, const struct outputs *outputs,
                          const struct pl_rows *rows)
{
    for (uint32_t i = 0; rows->count && i < outputs->count && i < rows->column_count; i++) {
        const struct sql_result_column *column = &rows->columns[i];
        if (!pl_set_target(frame, &outputs->targets[i], rows->items[0][i], column->type,
                           column->typmod))
            return false;
    }
    return true;
}

/* What is called may end the transaction if this may, and no handler waits around it. */
enum pl_flow pl_run_call(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_dynamic *node = (const void *)statement;
    struct pg_session *session = pg_session_of(frame->env.session);
    struct pl_rows rows;
    struct outputs outputs;
    struct datum *params;
    bool outer = session->may_end;
    if (!pl_prepare(frame, node->query, &params))
        return pl_fail_query(frame, node->query) ? PL_NEXT : PL_FAILED;
    if (!find_outputs(frame, node->query, &outputs))
        return PL_FAILED;
    pl_rows_init(&rows);
    session->may_end = !frame->atomic && !session->core.txn->depth;
    bool ok = pl_run_query(frame, node->query, 0, &rows) && store_outputs(frame, &outputs, &rows);
    session->may_end = outer;
    frame->env.transaction_time = session->env.transaction_time;
    pl_rows_done(&rows);
    return ok ? PL_NEXT : PL_FAILED;
}
