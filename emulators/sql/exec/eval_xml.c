/* XMLELEMENT and its like, JSON_OBJECT and its like. */
#include "emulators/sql/exec/general.h"
#include "emulators/sql/exec/run.h"

bool sql_eval_xml(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_xml *body = op->ptr;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    return sql_xml_make(call, &body->operation, &eval->regs[op->a], out);
}

bool sql_eval_json(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_json *body = op->ptr;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    return sql_json_construct(call, &body->operation, &eval->regs[op->a], out);
}
