#include "emulators/sql/exec/json_query.h"
#include "emulators/sql/exec/run.h"
#include "emulators/sql/value/fn_json.h"

/* The value, of the result's type where that is still to be done. */
static bool make_otherwise(struct sql_eval *eval, const struct sql_general_json_query *body,
                           const struct sql_json_otherwise *otherwise, struct sql_call *call,
                           struct datum *out)
{
    struct datum value = datum_null();
    if (otherwise->given) {
        if (!sql_program_run(eval->run, &otherwise->program, eval->arena))
            return false;
        value = eval->run->regs[otherwise->program.result];
    }
    *out = value;
    return !otherwise->converted || sql_jsonb_populate(call, body->query.type, body->query.typmod,
                                                       value, body->query.unquoted, out);
}

static bool give_otherwise(struct sql_eval *eval, const struct sql_general_json_query *body,
                           bool empty, struct datum *out)
{
    const struct sql_json_otherwise *otherwise = empty ? &body->on_empty : &body->on_error;
    struct sql_call *call = sql_eval_call(eval->run, body->type_site, eval->arena);
    if (empty && otherwise->behavior == SQL_JSON_BEHAVIOR_ERROR)
        return sql_json_fail_empty(call, &body->query);
    if (make_otherwise(eval, body, otherwise, call, out))
        return true;
    if (body->query.strict || !otherwise->caught || !sql_json_is_caught(call->env->error))
        return false;
    return sql_json_fail_behavior(call, empty ? "ON EMPTY" : "ON ERROR", otherwise->behavior);
}

bool sql_eval_json_query(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_json_query *body = op->ptr;
    enum sql_json_outcome outcome;
    if (!sql_json_query_run(sql_eval_call(eval->run, body->path_site, eval->arena),
                            sql_eval_call(eval->run, body->type_site, eval->arena), &body->query,
                            &eval->regs[op->a], out, &outcome))
        return false;
    return outcome == SQL_JSON_FOUND || give_otherwise(eval, body, outcome == SQL_JSON_EMPTY, out);
}
