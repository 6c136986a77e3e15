/* CALL: the procedure's input arguments are evaluated; the values of its OUT parameters are the result's
 * only row. */
#include "emulators/postgres/block.h"
#include "emulators/postgres/routine/routine.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/record.h"

static const struct sql_expr_call *call_of(const struct sql_query *query)
{
    return (const void *)query->utility_query->targets[0].expr;
}

static bool is_output(const struct sql_routine *routine, uint16_t i)
{
    return routine->modes[i] == 'o' || routine->modes[i] == 'b';
}

/* ---- the result's columns */

/* The parameter's type; of a polymorphic one what its argument has become. */
static uint32_t type_of(struct sql_session *session, const struct sql_routine *routine,
                        const struct sql_expr_call *call, uint16_t i)
{
    const struct sql_type *type = sql_find_type_id(session, routine->all_types[i]);
    bool polymorphic = type && type->kind == SQL_TYPE_PSEUDO && i < call->args.count;
    return polymorphic ? call->args.items[i]->type : routine->all_types[i];
}

static struct sql_result_column *make_columns(struct arena *arena, struct sql_session *session,
                                              const struct sql_expr_call *call, uint32_t *out_count)
{
    const struct sql_routine *routine = sql_find_routine_id(session, call->function);
    struct sql_result_column *columns =
        arena_array(arena, routine->all_count + 1u, sizeof *columns);
    *out_count = 0;
    for (uint16_t i = 0; columns && i < routine->all_count; i++) {
        if (!is_output(routine, i))
            continue;
        struct slice name = routine->names ? routine->names[i] : slice_of("", 0);
        struct sql_result_column *column = &columns[(*out_count)++];
        *column = (struct sql_result_column){
            .name = name.len ? arena_dup(arena, name)
                             : arena_printf(arena, "column%u", (unsigned)*out_count),
            .type = type_of(session, routine, call, i),
            .typmod = -1,
        };
    }
    return columns;
}

bool pg_call_columns(struct pg_session *session, const struct ast_node *tree,
                     struct pg_analysis *analysis)
{
    (void)tree;
    analysis->columns = make_columns(&analysis->arena, &session->core, call_of(analysis->query),
                                     &analysis->column_count);
    return analysis->columns || sql_fail_memory(&session->error);
}

/* ---- running it */

/* In stored code the statement around it says so; the client's own must stand outside of a block. That
 * one reads the catalog, too: SET TRANSACTION inside of it comes too late. */
bool pg_call_may_end(const struct pg_utility_call *call)
{
    if (!call->nested)
        call->session->core.txn->has_snapshot = true;
    return call->nested ? call->session->may_end : !pg_block_is_open(call->session);
}

/* The call with its input arguments alone. */
static struct sql_expr *input_call(struct arena *arena, const struct sql_expr_call *from,
                                   const struct sql_routine *routine)
{
    struct sql_expr_call *call = arena_alloc(arena, sizeof *call);
    struct sql_expr **args = arena_array(arena, from->args.count + 1, sizeof *args);
    uint32_t count = 0;
    if (!call || !args)
        return NULL;
    for (uint32_t i = 0; i < from->args.count; i++)
        if (!routine->all_count || routine->modes[i] != 'o')
            args[count++] = from->args.items[i];
    *call = *from;
    call->args = (struct sql_exprs){args, count};
    return &call->expr;
}

/* Is it a row that stands for the only parameter, which is of a row type, rather than a row with that
 * parameter in it? */
static bool is_whole(struct pg_utility_call *call, const struct sql_record *record,
                     const struct sql_result_column *columns, uint32_t count)
{
    struct sql_session *session = call->env->session;
    const struct sql_type *wanted = sql_find_type_id(session, columns[0].type);
    const struct sql_type *first =
        record->count ? sql_find_type_id(session, sql_record_column_type(record, 0)) : NULL;
    return count == 1 && wanted && wanted->ops == &sql_record_ops &&
           (record->count != 1 || !first || first->ops != &sql_record_ops);
}

static bool send_outputs(struct pg_utility_call *call, struct datum row,
                         const struct sql_result_column *columns, uint32_t count)
{
    struct datum *values = arena_array(call->env->arena, count + 1, sizeof *values);
    struct sql_record record = {0};
    if (!values)
        return sql_fail_memory(call->env->error);
    if (!row.null)
        sql_record_open(call->env, row, &record);
    bool whole = !row.null && is_whole(call, &record, columns, count);
    for (uint32_t i = 0; i < count; i++)
        values[i] = whole ? row : i < record.count ? sql_record_get(&record, i) : datum_null();
    return call->sink->begin(call->sink, columns, count) &&
           call->sink->row(call->sink, call->env, values, count);
}

bool pg_run_call(struct pg_utility_call *call)
{
    struct sql_env *env = call->env;
    const struct sql_expr_call *expr = call_of(call->query);
    const struct sql_routine *routine = sql_find_routine_id(env->session, expr->function);
    struct sql_expr *inputs = input_call(env->arena, expr, routine);
    uint32_t count;
    struct sql_result_column *columns = make_columns(env->arena, env->session, expr, &count);
    struct datum result;
    if (!inputs || !columns)
        return sql_fail_memory(env->error);
    if (!sql_has_privileges(env->session, env->session->role, &routine->object, SQL_PRIV_EXECUTE))
        return sql_fail(env->error, "42501", "permission denied for procedure " SLICE_FMT,
                        SLICE_ARG(routine->object.name));
    bool outer = call->session->may_end;
    call->session->may_end = pg_call_may_end(call);
    bool ok = sql_evaluate(env, inputs, call->params, call->param_count, &result);
    call->session->may_end = outer;
    return ok && (count == 0 || send_outputs(call, result, columns, count));
}
