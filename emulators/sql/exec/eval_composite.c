/* General operations on arrays and rows. */
#include "emulators/sql/exec/general.h"
#include "emulators/sql/exec/run.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/fixed_array.h"
#include "emulators/sql/value/fn_json.h"
#include "emulators/sql/value/record.h"

bool sql_eval_array(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_list *body = op->ptr;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    return sql_array_construct(call, body->type, body->nested, &eval->regs[op->a], body->count,
                               out);
}

bool sql_eval_row(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_list *body = op->ptr;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    bool any = !body->null_when_empty;
    for (uint32_t i = 0; i < body->count; i++)
        any |= !eval->regs[op->a + i].null;
    if (!any)
        return true;
    uint32_t type = body->type && body->type->kind == SQL_TYPE_COMPOSITE ? body->result_type : 0;
    return sql_record_make(call, type, body->types, &eval->regs[op->a], body->count, out);
}

bool sql_eval_convert_row(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_typed *body = op->ptr;
    struct datum value = eval->regs[op->a];
    if (value.null)
        return true;
    uint32_t type = body->type->kind == SQL_TYPE_COMPOSITE ? body->type->id : 0;
    if (body->map) {
        struct sql_record record;
        struct datum *values = arena_array(eval->arena, body->count, sizeof(*values));
        if (!values)
            return sql_fail_memory(eval->run->env->error);
        sql_record_open(eval->run->env, value, &record);
        for (uint32_t i = 0; i < body->count; i++)
            values[i] = body->map[i] >= 0 && (uint32_t)body->map[i] < record.count
                            ? sql_record_get(&record, (uint32_t)body->map[i])
                            : datum_null();
        return sql_record_make(sql_eval_call(eval->run, body->site, eval->arena), type, body->types,
                               values, body->count, out);
    }
    return sql_record_retype(sql_eval_call(eval->run, body->site, eval->arena), value, type, out);
}

/* IS NULL is true when all columns are NULL, IS NOT NULL when none is. */
bool sql_eval_row_null(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    struct datum value = eval->regs[op->a];
    bool wants_values = op->n;
    bool all = true;
    if (value.null) {
        *out = datum_bool(!wants_values);
        return true;
    }
    struct sql_record record;
    sql_record_open(eval->run->env, value, &record);
    for (uint32_t i = 0; i < record.count; i++)
        all &= sql_record_get(&record, i).null != wants_values;
    *out = datum_bool(all);
    return true;
}

bool sql_eval_field(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_field *body = op->ptr;
    struct datum value = eval->regs[op->a];
    if (value.null || body->never)
        return true;
    struct sql_record record;
    sql_record_open(eval->run->env, value, &record);
    if (body->column < record.count)
        *out = sql_record_get(&record, body->column);
    return true;
}

bool sql_eval_field_store(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_field_store *body = op->ptr;
    struct datum row = eval->regs[op->a];
    struct datum *values = arena_array(eval->arena, body->count, sizeof(*values));
    if (!values)
        return sql_fail_memory(eval->run->env->error);
    struct sql_record record = {0};
    if (!row.null)
        sql_record_open(eval->run->env, row, &record);
    for (uint32_t i = 0; i < body->count; i++)
        values[i] = i < record.count ? sql_record_get(&record, i) : datum_null();
    for (uint32_t i = 0; i < body->stored; i++)
        values[body->columns[i]] = eval->regs[op->a + 1 + i];
    return sql_record_make(sql_eval_call(eval->run, body->site, eval->arena), body->result_type,
                           body->types, values, body->count, out);
}

/* ---- subscripts */

/* False with *null: a subscript is NULL. */
static void read_subscripts(const struct sql_eval *eval, const struct sql_general_subscript *body,
                            struct sql_subscript *out, bool *null)
{
    for (uint32_t i = 0; i < body->count; i++) {
        struct datum upper = eval->regs[body->upper + i], lower = eval->regs[body->lower + i];
        bool has_lower = body->slice && body->has_lower[i];
        out[i] = (struct sql_subscript){.slice = body->slice,
                                        .has_lower = has_lower,
                                        .has_upper = body->has_upper[i],
                                        .lower = has_lower ? (int32_t)lower.i : 0,
                                        .upper = body->has_upper[i] ? (int32_t)upper.i : 0};
        *null |= (body->has_upper[i] && upper.null) || (has_lower && lower.null);
    }
}

bool sql_eval_subscript(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_subscript *body = op->ptr;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    struct datum array = eval->regs[body->container];
    struct sql_subscript subscripts[SQL_ARRAY_DIMS_MAX];
    bool null = false;
    if (body->count > SQL_ARRAY_DIMS_MAX)
        return sql_fail(call->env->error, "54000",
                        "number of array dimensions (%u) exceeds the maximum allowed (%d)",
                        body->count, SQL_ARRAY_DIMS_MAX);
    read_subscripts(eval, body, subscripts, &null);
    if (!body->assign && (null || array.null))
        return true;
    if (null)
        return sql_fail(call->env->error, "22004",
                        "array subscript in assignment must not be null");
    struct datum value = body->assign ? eval->regs[body->value] : datum_null();
    if (sql_is_fixed_array(body->container_type))
        return body->assign ? sql_fixed_array_set(call, body->container_type, body->element, array,
                                                  subscripts, body->count, value, out)
                            : sql_fixed_array_get(call, body->container_type, body->element, array,
                                                  subscripts, body->count, out);
    if (body->assign)
        return body->slice ? sql_array_assign_slice(call, body->element, array, subscripts,
                                                    body->count, value, out)
                           : sql_array_assign(call, body->element, array, subscripts, body->count,
                                              value, out);
    return body->slice ? sql_array_slice(call, body->element, array, subscripts, body->count, out)
                       : sql_array_subscript(call, array, subscripts, body->count, out);
}

/* Subscripts as texts; *null: one is NULL. */
static struct datum *read_path(struct sql_eval *eval, const struct sql_general_subscript *body,
                               bool *null)
{
    struct datum *path = arena_array(eval->arena, body->count, sizeof(*path));
    for (uint32_t i = 0; path && i < body->count; i++) {
        struct sql_bytes text = {.arena = eval->arena};
        path[i] = eval->regs[body->upper + i];
        *null |= path[i].null;
        if (path[i].null || !body->is_number[i])
            continue;
        sql_bytes_printf(&text, "%lld", (long long)path[i].i);
        if (text.failed)
            return NULL;
        path[i] = datum_bytes(sql_bytes_slice(&text));
    }
    return path;
}

bool sql_eval_document_subscript(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_subscript *body = op->ptr;
    struct sql_call *call = sql_eval_call(eval->run, body->site, eval->arena);
    struct datum document = eval->regs[body->container];
    bool null = false;
    if (!body->assign && document.null)
        return true;
    const struct datum *path = read_path(eval, body, &null);
    if (!path)
        return sql_fail_memory(call->env->error);
    if (body->assign && null)
        return sql_fail(call->env->error, "22004",
                        "jsonb subscript in assignment must not be null");
    if (body->assign)
        return sql_jsonb_assign(call, document, path, body->count, eval->regs[body->value], out);
    return null || sql_jsonb_fetch(call, document, path, body->count, out);
}

/* ---- element by element */

struct convert_context {
    struct sql_eval *eval;
    const struct sql_general_convert_array *body;
};

static bool convert_element(void *context, struct datum in, struct datum *out)
{
    const struct convert_context *convert = context;
    struct sql_eval *eval = convert->eval;
    eval->regs[convert->body->test] = in;
    if (!sql_program_run(eval->run, &convert->body->program, eval->arena))
        return false;
    *out = eval->regs[convert->body->program.result];
    return true;
}

bool sql_eval_convert_array(struct sql_eval *eval, const struct sql_op *op, struct datum *out)
{
    const struct sql_general_convert_array *body = op->ptr;
    struct datum array = eval->regs[op->a];
    if (array.null)
        return true;
    struct convert_context context = {eval, body};
    return sql_array_map(sql_eval_call(eval->run, body->site, eval->arena), array, body->element,
                         convert_element, &context, out);
}
