/* Rows that a function gives against the columns that are wanted of it. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/record.h"

bool pl_is_row_type(struct pl_frame *frame, uint32_t id)
{
    const struct sql_type *type = sql_find_type_id(frame->env.session, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_find_type_id(frame->env.session, type->base);
    return type && (type->kind == SQL_TYPE_COMPOSITE || type->ops == &sql_record_ops);
}

bool pl_check_row(struct pl_frame *frame, const char *message, const struct pl_row_shape *wanted,
                  const struct pl_row_shape *row)
{
    struct sql_error *error = frame->env.error;
    for (uint32_t i = 0; i < row->count && i < wanted->count; i++) {
        if (row->types[i] == wanted->types[i])
            continue;
        struct slice own = pg_type_text(frame->env.session, &frame->scratch, row->types[i]);
        struct slice other = pg_type_text(frame->env.session, &frame->scratch, wanted->types[i]);
        sql_fail(error, "42804", "%s", message);
        return sql_detail(error,
                          "Returned type " SLICE_FMT " does not match expected type " SLICE_FMT
                          " in column %u.",
                          SLICE_ARG(own), SLICE_ARG(other), i + 1);
    }
    if (row->count == wanted->count)
        return true;
    sql_fail(error, "42804", "%s", message);
    return sql_detail(error,
                      "Number of returned columns (%u) does not match expected column count "
                      "(%u).",
                      row->count, wanted->count);
}

/* What the caller wants: the composite type's columns, or those that a list behind AS says. */
static bool wanted_shape(struct sql_call *call, struct arena *arena, struct pl_row_shape *out,
                         const struct sql_row_type **row)
{
    *row = call->result_type->kind == SQL_TYPE_COMPOSITE ? call->result_type->extra : NULL;
    *out = (struct pl_row_shape){.types = call->columns ? call->column_types : NULL,
                                 .count = call->column_count};
    if (!*row)
        return true;
    uint32_t *types = arena_array(arena, (*row)->count + 1u, sizeof(*types));
    if (!types)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < (*row)->count; i++)
        types[i] = (*row)->columns[i].type;
    *out = (struct pl_row_shape){types, (*row)->count};
    return true;
}

/* The record as one of the composite type, whose columns' lengths it must keep. */
static bool as_composite(struct sql_call *call, const struct sql_row_type *row,
                         const struct sql_record *record, struct datum *value)
{
    const struct sql_type **types = arena_array(call->arena, row->count + 1u, sizeof(*types));
    struct datum *values = arena_array(call->arena, row->count + 1u, sizeof(*values));
    struct sql_env env = pg_stored_env(call->env, call->arena);
    if (!types || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < row->count; i++) {
        const struct sql_row_column *column = &row->columns[i];
        types[i] = sql_find_type_id(call->env->session, column->type);
        if (!pg_stored_cast(&env, sql_record_get(record, i), column->type, column->type,
                            column->typmod, &values[i]))
            return false;
    }
    return sql_record_make(call, call->result_type->id, types, values, row->count, value);
}

bool pl_conform_returned(struct sql_call *call, struct pl_frame *frame, struct datum *value,
                         uint32_t type)
{
    const struct sql_row_type *row;
    struct pl_row_shape wanted, own;
    struct sql_record record;
    if (value->null || (type == call->result_type->id && !call->column_types))
        return true;
    sql_record_open(call->env, *value, &record);
    if (record.type == call->result_type->id && record.type)
        return true;
    uint32_t *types = arena_array(call->arena, record.count + 1u, sizeof(*types));
    if (!types)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < record.count; i++)
        types[i] = sql_record_column_type(&record, i);
    own = (struct pl_row_shape){types, record.count};
    if (!wanted_shape(call, call->arena, &wanted, &row))
        return false;
    if (wanted.types &&
        !pl_check_row(frame, "returned record type does not match expected record type", &wanted,
                      &own))
        return false;
    return !row || as_composite(call, row, &record, value);
}
