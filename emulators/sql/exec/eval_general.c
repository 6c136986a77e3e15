/* General operations on single values: comparisons, conversions, session values, domains. */
#include "emulators/sql/catalog/memo.h"
#include "emulators/sql/exec/general.h"
#include "emulators/sql/exec/run.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bytes.h"

static bool equal(struct sql_eval *eval, const struct sql_call_site *site,
                  const struct datum args[2], bool *out)
{
    struct datum result;
    if (!sql_eval_function(eval->run, site, eval->arena, args, &result))
        return false;
    *out = !result.null && result.i;
    return true;
}

bool sql_eval_distinct(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_typed *body = op->ptr;
    struct datum args[2] = {eval->regs[op->a], eval->regs[op->b]};
    bool same = args[0].null && args[1].null;
    if (!args[0].null && !args[1].null && !equal(eval, body->site, args, &same))
        return false;
    *out = datum_bool(!same);
    return true;
}

bool sql_eval_nullif(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_typed *body = op->ptr;
    struct datum args[2] = {eval->regs[op->a], eval->regs[op->b]};
    bool same = false;
    if (!args[0].null && !args[1].null && !equal(eval, body->site, args, &same))
        return false;
    *out = same ? datum_null() : args[0];
    return true;
}

bool sql_eval_convert_io(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_typed *body = op->ptr;
    struct datum value = eval->regs[op->a];
    if (value.null)
        return true;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    struct sql_bytes text;
    sql_bytes_init(&text, eval->arena);
    if (!sql_type_output(call, body->source, value, &text))
        return false;
    if (text.failed)
        return sql_fail_memory(eval->run->env->error);
    return sql_type_input(call, body->type, sql_bytes_slice(&text), body->typmod, out);
}

bool sql_eval_unsupported(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    (void)out;
    const struct sql_general_typed *body = op->ptr;
    return sql_fail(eval->run->env->error, "0A000", "function \"" SLICE_FMT "\" is not supported",
                    SLICE_ARG(body->site->routine->object.name));
}

bool sql_eval_min_max(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_list *body = op->ptr;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    for (uint32_t i = 0; i < body->count; i++) {
        struct datum value = eval->regs[op->a + i];
        if (value.null)
            continue;
        if (!out->null) {
            int order = body->type->ops->compare(call, body->type, value, *out);
            if (body->least ? order >= 0 : order <= 0)
                continue;
        }
        *out = value;
    }
    return true;
}

/* ---- x op ANY (array) */

struct array_test {
    struct sql_eval *eval;
    const struct sql_general_scalar_array *body;
    struct datum scalar;
    const struct sql_array *array;
};

static bool test_element(const struct array_test *test, uint32_t index, struct datum *out)
{
    struct datum element = sql_array_get(test->array, index);
    if (element.null && test->body->site->strict) {
        *out = datum_null();
        return true;
    }
    if (test->body->fast_int) {
        *out = datum_bool(element.i == test->scalar.i);
        return true;
    }
    if (test->body->fast_bytes) {
        *out = datum_bool(slice_eq(datum_slice(element), datum_slice(test->scalar)));
        return true;
    }
    struct datum args[2] = {test->scalar, element};
    return sql_eval_function(test->eval->run, test->body->site, test->eval->arena, args, out);
}

bool sql_eval_scalar_array(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_scalar_array *body = op->ptr;
    struct datum scalar = eval->regs[op->a], value = eval->regs[op->b];
    if (value.null)
        return true;
    struct sql_array array;
    sql_array_open(value, &array);
    if (array.count == 0) {
        *out = datum_bool(!body->any);
        return true;
    }
    if (scalar.null && body->site->strict)
        return true;
    struct array_test test = {eval, body, scalar, &array};
    bool unknown = false;
    for (uint32_t i = 0; i < array.count; i++) {
        struct datum result;
        if (!test_element(&test, i, &result) || !sql_run_check(eval->run))
            return false;
        unknown |= result.null;
        if (!result.null && (result.i != 0) == body->any) {
            *out = datum_bool(body->any);
            return true;
        }
    }
    *out = unknown ? datum_null() : datum_bool(!body->any);
    return true;
}

/* ---- rows side by side */

static bool compare_equal_rows(struct sql_eval *eval, const struct sql_general_row_compare *body,
                               const struct datum *left, struct datum *out)
{
    bool unknown = false;
    for (uint32_t i = 0; i < body->count; i++) {
        struct datum args[2] = {left[i], left[body->count + i]}, result;
        if (!sql_eval_function(eval->run, body->sites[i], eval->arena, args, &result))
            return false;
        unknown |= result.null;
        if (!result.null && (result.i != 0) != (body->op == SQL_EQ)) {
            *out = datum_bool(body->op == SQL_NE);
            return true;
        }
    }
    *out = unknown ? datum_null() : datum_bool(body->op == SQL_EQ);
    return true;
}

bool sql_eval_row_compare(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_row_compare *body = op->ptr;
    const struct datum *left = &eval->regs[op->a];
    if (body->op == SQL_EQ || body->op == SQL_NE)
        return compare_equal_rows(eval, body, left, out);
    for (uint32_t i = 0; i < body->count; i++) {
        struct datum args[2] = {left[i], left[body->count + i]};
        if (args[0].null || args[1].null)
            return true;
        bool same = false;
        if (!equal(eval, body->equals[i], args, &same))
            return false;
        if (!same || i + 1 == body->count)
            return sql_eval_function(eval->run, body->sites[i], eval->arena, args, out);
    }
    return true;
}

/* ---- domains */

/* The error that is filled is about the domain. */
static bool fail_domain(struct sql_eval *eval, const struct sql_general_domain *body)
{
    struct sql_env *env = eval->run->env;
    const struct sql_schema *schema = sql_find_schema_id(env->session, body->type->schema);
    env->error->type = body->type->name;
    if (schema)
        env->error->schema = schema->object.name;
    return false;
}

bool sql_eval_domain(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_domain *body = op->ptr;
    struct sql_error *error = eval->run->env->error;
    struct datum value = eval->regs[op->a];
    if (value.null && body->not_null) {
        sql_fail(error, "23502", "domain " SLICE_FMT " does not allow null values",
                 SLICE_ARG(body->type->name));
        return fail_domain(eval, body);
    }
    for (uint32_t i = 0; i < body->count; i++) {
        const struct sql_program *program = &body->checks[i].program;
        eval->regs[body->test] = value;
        if (!sql_program_run(eval->run, program, eval->arena))
            return false;
        struct datum result = eval->regs[program->result];
        if (!result.null && !result.i) {
            sql_fail(error, "23514",
                     "value for domain " SLICE_FMT " violates check constraint \"" SLICE_FMT "\"",
                     SLICE_ARG(body->type->name), SLICE_ARG(body->checks[i].name));
            error->constraint = body->checks[i].name;
            return fail_domain(eval, body);
        }
    }
    *out = value;
    return true;
}

/* ---- what the session knows */

/* Values made of the transaction's time, or by a function without arguments, then cut to the
 * precision asked for. By the symbols of the functions that do the same. */
static const struct session_source {
    const char *symbol; /* NULL: the time as it is */
    bool of_time;
    const char *scale;
} session_sources[] = {
    [SQL_CURRENT_DATE] = {"timestamptz_date",      true,  NULL               },
    [SQL_CURRENT_TIME] = {"timestamptz_timetz",    true,  "timetz_scale"     },
    [SQL_CURRENT_TIMESTAMP] = {NULL,                    true,  "timestamptz_scale"},
    [SQL_LOCALTIME] = {"timestamptz_time",      true,  "time_scale"       },
    [SQL_LOCALTIMESTAMP] = {"timestamptz_timestamp", true,  "timestamp_scale"  },
    [SQL_CURRENT_ROLE] = {"current_user",          false, NULL               },
    [SQL_CURRENT_USER] = {"current_user",          false, NULL               },
    [SQL_USER] = {"current_user",          false, NULL               },
    [SQL_SESSION_USER] = {"session_user",          false, NULL               },
    [SQL_CURRENT_CATALOG] = {"current_database",      false, NULL               },
    [SQL_CURRENT_SCHEMA] = {"current_schema",        false, NULL               },
    [SQL_SYSTEM_USER] = {"system_user",           false, NULL               },
};

static bool call_symbol(struct sql_call *call, const char *symbol, const struct datum *args,
                        struct datum *out)
{
    sql_function *function = sql_dialect_function(call->env->session->dialect, slice_str(symbol));
    if (!function)
        return sql_fail(call->env->error, "0A000", "%s is not supported", symbol);
    return function(call, args, out);
}

bool sql_eval_session_value(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_session *body = op->ptr;
    const struct session_source *source = &session_sources[body->value];
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    struct datum time = datum_int(eval->run->env->transaction_time);
    if (body->value == SQL_MERGE_ACTION) {
        *out = datum_bytes(slice_str(eval->run->merge_action));
        return true;
    }
    *out = time;
    if (source->symbol && !call_symbol(call, source->symbol, &time, out))
        return false;
    if (!source->scale || body->typmod < 0)
        return true;
    struct datum args[2] = {*out, datum_int(body->typmod)};
    return call_symbol(call, source->scale, args, out);
}

bool sql_eval_next_value(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_next_value *body = op->ptr;
    struct datum sequence = datum_int(body->sequence);
    return call_symbol(sql_eval_call(eval->run, body->site, eval->arena), "nextval_identity",
                       &sequence, out);
}
