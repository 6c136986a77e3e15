#include "emulators/sql/exec/program.h"

#include <math.h>

#include "emulators/sql/exec/routine_call.h"
#include "emulators/sql/exec/run.h"

struct sql_call *sql_eval_call(struct sql_run *run, const struct sql_call_site *site,
                               struct arena *arena)
{
    struct sql_call *call = &run->calls[site->index];
    call->env = run->env;
    call->arena = arena;
    return call;
}

static bool any_null(const struct datum *args, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (args[i].null)
            return true;
    return false;
}

bool sql_eval_function(struct sql_run *run, const struct sql_call_site *site, struct arena *arena,
                       const struct datum *args, struct datum *out)
{
    if (site->strict && any_null(args, site->argc)) {
        *out = datum_null();
        return true;
    }
    struct datum result = {0};
    if (!site->call(sql_eval_call(run, site, arena), args, &result))
        return false;
    *out = result;
    return true;
}

/* ---- the loop */

static bool out_of_range(struct sql_run *run, const char *type)
{
    return sql_fail(run->env->error, "22003", "%s out of range", type);
}

static bool int_arithmetic(struct sql_run *run, const struct sql_op *op, int64_t a, int64_t b,
                           struct datum *out)
{
    int64_t result;
    bool over;
    if (op->code == SQL_OP_INT4_ADD || op->code == SQL_OP_INT8_ADD)
        over = __builtin_add_overflow(a, b, &result);
    else if (op->code == SQL_OP_INT4_SUB || op->code == SQL_OP_INT8_SUB)
        over = __builtin_sub_overflow(a, b, &result);
    else
        over = __builtin_mul_overflow(a, b, &result);
    if (op->code <= SQL_OP_INT4_MUL) {
        if (over || result != (int32_t)result)
            return out_of_range(run, "integer");
    } else if (over) {
        return out_of_range(run, "bigint");
    }
    *out = datum_int(result);
    return true;
}

/* Results that are not finite, and zero products of what is not zero, are the function's to judge. */
static bool float_arithmetic(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    double a = eval->regs[op->a].d, b = eval->regs[op->b].d;
    double result = op->code == SQL_OP_FLOAT_ADD   ? a + b
                    : op->code == SQL_OP_FLOAT_SUB ? a - b
                                                   : a * b;
    if (!isfinite(result) || (result == 0 && op->code == SQL_OP_FLOAT_MUL)) {
        struct datum args[2] = {eval->regs[op->a], eval->regs[op->b]};
        return sql_eval_function(eval->run, op->ptr, eval->arena, args, out);
    }
    *out = datum_float(result);
    return true;
}

static bool bytes_equal(struct datum a, struct datum b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static struct datum three_valued_and(struct datum a, struct datum b)
{
    if ((!a.null && !a.i) || (!b.null && !b.i))
        return datum_bool(false);
    return a.null || b.null ? datum_null() : datum_bool(true);
}

static struct datum three_valued_or(struct datum a, struct datum b)
{
    if ((!a.null && a.i) || (!b.null && b.i))
        return datum_bool(true);
    return a.null || b.null ? datum_null() : datum_bool(false);
}

static bool call_function(struct sql_eval *eval, const struct sql_op *op)
{
    const struct sql_call_site *site = op->ptr;
    struct datum result = {0};
    if (!site->call(sql_eval_call(eval->run, site, eval->arena), &eval->regs[op->a], &result))
        return false;
    eval->regs[op->dst] = result;
    return true;
}

#define INT_COMPARISON(sign)                                            \
    regs[op->dst] = regs[op->a].null || regs[op->b].null                \
                        ? datum_null()                                  \
                        : datum_bool(regs[op->a].i sign regs[op->b].i); \
    break

/* The byte-code loop: longer than a function should be, because it is one switch. */
static bool run_ops(struct sql_eval *eval, const struct sql_op *ops, uint32_t count)
{
    struct datum *regs = eval->regs;
    const struct sql_op *end = ops + count;
    for (const struct sql_op *op = ops; op < end; op++) {
        switch ((enum sql_opcode)op->code) {
        case SQL_OP_MOVE: regs[op->dst] = regs[op->a]; break;
        case SQL_OP_JUMP: op = ops + op->b - 1; break;
        case SQL_OP_UNLESS:
            if (regs[op->a].null || !regs[op->a].i)
                op = ops + op->b - 1;
            break;
        case SQL_OP_IF_NULL:
            if (regs[op->a].null)
                op = ops + op->b - 1;
            break;
        case SQL_OP_IF_NOT_NULL:
            if (!regs[op->a].null)
                op = ops + op->b - 1;
            break;
        case SQL_OP_IF_FALSE:
            if (!regs[op->a].null && !regs[op->a].i)
                op = ops + op->b - 1;
            break;
        case SQL_OP_IF_TRUE:
            if (!regs[op->a].null && regs[op->a].i)
                op = ops + op->b - 1;
            break;
        case SQL_OP_AND: regs[op->dst] = three_valued_and(regs[op->a], regs[op->b]); break;
        case SQL_OP_OR: regs[op->dst] = three_valued_or(regs[op->a], regs[op->b]); break;
        case SQL_OP_NOT:
            regs[op->dst] = regs[op->a].null ? datum_null() : datum_bool(!regs[op->a].i);
            break;
        case SQL_OP_IS_NULL: regs[op->dst] = datum_bool(regs[op->a].null); break;
        case SQL_OP_IS_NOT_NULL: regs[op->dst] = datum_bool(!regs[op->a].null); break;
        case SQL_OP_IS_TRUE: regs[op->dst] = datum_bool(!regs[op->a].null && regs[op->a].i); break;
        case SQL_OP_IS_NOT_TRUE:
            regs[op->dst] = datum_bool(regs[op->a].null || !regs[op->a].i);
            break;
        case SQL_OP_IS_FALSE:
            regs[op->dst] = datum_bool(!regs[op->a].null && !regs[op->a].i);
            break;
        case SQL_OP_IS_NOT_FALSE:
            regs[op->dst] = datum_bool(regs[op->a].null || regs[op->a].i);
            break;
        case SQL_OP_INT_EQ: INT_COMPARISON(==);
        case SQL_OP_INT_NE: INT_COMPARISON(!=);
        case SQL_OP_INT_LT: INT_COMPARISON(<);
        case SQL_OP_INT_LE: INT_COMPARISON(<=);
        case SQL_OP_INT_GT: INT_COMPARISON(>);
        case SQL_OP_INT_GE: INT_COMPARISON(>=);
        case SQL_OP_INT4_ADD:
        case SQL_OP_INT4_SUB:
        case SQL_OP_INT4_MUL:
        case SQL_OP_INT8_ADD:
        case SQL_OP_INT8_SUB:
        case SQL_OP_INT8_MUL:
            if (regs[op->a].null || regs[op->b].null)
                regs[op->dst] = datum_null();
            else if (!int_arithmetic(eval->run, op, regs[op->a].i, regs[op->b].i, &regs[op->dst]))
                return false;
            break;
        case SQL_OP_FLOAT_ADD:
        case SQL_OP_FLOAT_SUB:
        case SQL_OP_FLOAT_MUL:
            if (regs[op->a].null || regs[op->b].null)
                regs[op->dst] = datum_null();
            else if (!float_arithmetic(eval, op, &regs[op->dst]))
                return false;
            break;
        case SQL_OP_BYTES_EQ:
        case SQL_OP_BYTES_NE:
            regs[op->dst] = regs[op->a].null || regs[op->b].null
                                ? datum_null()
                                : datum_bool(bytes_equal(regs[op->a], regs[op->b]) ==
                                             (op->code == SQL_OP_BYTES_EQ));
            break;
        case SQL_OP_CALL_STRICT:
            if (any_null(&regs[op->a], op->n)) {
                regs[op->dst] = datum_null();
                break;
            }
            if (!call_function(eval, op))
                return false;
            break;
        case SQL_OP_CALL_STRICT_1:
            if (regs[op->a].null) {
                regs[op->dst] = datum_null();
                break;
            }
            if (!call_function(eval, op))
                return false;
            break;
        case SQL_OP_CALL_STRICT_2:
            if (regs[op->a].null || regs[op->a + 1].null) {
                regs[op->dst] = datum_null();
                break;
            }
            if (!call_function(eval, op))
                return false;
            break;
        case SQL_OP_CALL:
            if (!call_function(eval, op))
                return false;
            break;
        case SQL_OP_GENERAL: {
            struct datum result = datum_null();
            if (!((const struct sql_general *)op->ptr)->evaluate(eval, op, &result))
                return false;
            regs[op->dst] = result;
            break;
        }
        }
    }
    return true;
}

bool sql_program_run(struct sql_run *run, const struct sql_program *program, struct arena *arena)
{
    struct sql_eval eval = {run, run->regs, arena};
    return run_ops(&eval, program->ops, program->count);
}

bool sql_program_test(struct sql_run *run, const struct sql_program *program, struct arena *arena,
                      bool *out)
{
    struct sql_eval eval = {run, run->regs, arena};
    if (!run_ops(&eval, program->ops, program->count))
        return false;
    const struct datum *result = &run->regs[program->result];
    *out = !result->null && result->i;
    return true;
}
