/* RETURN, RETURN NEXT, RETURN QUERY: what a function gives. */
#include "emulators/postgres/plpgsql/run.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/record.h"

static enum pl_flow flow_of(bool ok, enum pl_flow good)
{
    return ok ? good : PL_FAILED;
}

/* A plain value, unless it is NULL, is none that a function of rows or a trigger can give. */
static bool check_returned(struct pl_frame *frame, struct datum value, uint32_t type)
{
    const struct pl_function *f = frame->function;
    if (value.null || !(f->is_trigger || pl_is_row_type(frame, f->return_type)) ||
        pl_is_row_type(frame, type))
        return true;
    return sql_fail(frame->env.error, "42804",
                    "cannot return non-composite value from function returning composite type");
}

enum pl_flow pl_run_return(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_return *node = (const void *)statement;
    const struct pl_function *f = frame->function;
    int32_t typmod;
    frame->has_returned = true;
    if (f->out_row != PL_NONE && !node->value && !node->has_variable) {
        frame->returned_variable = f->out_row;
        return PL_RETURNING;
    }
    if (node->has_variable) {
        const struct pl_variable *variable = pl_variable(frame, node->variable);
        frame->returned_variable = node->variable;
        return flow_of(
            variable->kind != PL_SCALAR ||
                check_returned(frame, frame->values[variable->number].datum, variable->type),
            PL_RETURNING);
    }
    frame->returned_variable = PL_NONE;
    if (!node->value)
        return PL_RETURNING;
    return flow_of(pl_eval(frame, node->value, &frame->returned, &frame->returned_type, &typmod) &&
                       check_returned(frame, frame->returned, frame->returned_type) &&
                       pl_copy(frame, &frame->arena, frame->returned_type, &frame->returned),
                   PL_RETURNING);
}

/* ---- sets */

static bool grow(struct pl_frame *frame, struct pl_result *result)
{
    if (result->count < result->room)
        return true;
    uint64_t room = result->room ? result->room * 2 : 16;
    struct datum **rows = arena_array(result->arena, room, sizeof(*rows));
    if (!rows)
        return sql_fail_memory(frame->env.error);
    if (result->count)
        memcpy(rows, result->rows, result->count * sizeof(*rows));
    result->rows = rows;
    result->room = room;
    return true;
}

static bool mismatch(struct pl_frame *frame, const char *what)
{
    return sql_fail(frame->env.error, "42804", "%s", what);
}

bool pl_result_add(struct pl_frame *frame, const struct datum *values, const uint32_t *types,
                   uint32_t count)
{
    struct pl_result *result = frame->result;
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    if (!result)
        return sql_fail(frame->env.error, "0A000",
                        "set-valued function called in context that cannot accept a set");
    if (count != result->columns)
        return mismatch(frame, "wrong result type supplied in RETURN NEXT");
    struct datum *row = arena_array(result->arena, count + 1, sizeof(*row));
    if (!row || !grow(frame, result))
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < count; i++) {
        row[i] = values[i];
        if (result->types[i] != types[i] &&
            !pg_stored_cast(&env, values[i], types[i], result->types[i], -1, &row[i]))
            return false;
        if (!pl_copy(frame, result->arena, result->types[i], &row[i]))
            return false;
    }
    result->rows[result->count++] = row;
    return true;
}

static bool check_next(struct pl_frame *frame, const uint32_t *types, uint32_t count)
{
    const struct pl_row_shape wanted = {frame->result->types, frame->result->columns};
    const struct pl_row_shape row = {types, count};
    return pl_check_row(frame, "wrong record type supplied in RETURN NEXT", &wanted, &row);
}

static bool add_record(struct pl_frame *frame, const struct pl_record *record)
{
    struct pl_result *result = frame->result;
    if (!record->assigned || record->null) {
        struct datum *nulls = arena_array(&frame->scratch, result->columns + 1, sizeof(*nulls));
        if (!nulls)
            return sql_fail_memory(frame->env.error);
        for (uint32_t i = 0; i < result->columns; i++)
            nulls[i] = datum_null();
        return pl_result_add(frame, nulls, result->types, result->columns);
    }
    return check_next(frame, record->types, record->count) &&
           pl_result_add(frame, record->values, record->types, record->count);
}

static bool add_row(struct pl_frame *frame, const struct pl_variable *row)
{
    struct datum *values = arena_array(&frame->scratch, row->member_count + 1, sizeof(*values));
    uint32_t *types = arena_array(&frame->scratch, row->member_count + 1, sizeof(*types));
    if (!values || !types)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < row->member_count; i++) {
        types[i] = pl_variable(frame, row->members[i].variable)->type;
        if (!pl_get(frame, row->members[i].variable, &values[i]))
            return false;
    }
    return pl_result_add(frame, values, types, row->member_count);
}

bool pl_result_add_variable(struct pl_frame *frame, uint32_t number)
{
    const struct pl_variable *variable = pl_variable(frame, number);
    if (!frame->result)
        return pl_result_add(frame, NULL, NULL, 0);
    if (variable->kind == PL_ROW)
        return add_row(frame, variable);
    if (variable->kind == PL_RECORD && frame->result->of_rows)
        return add_record(frame, &frame->values[variable->number].record);
    struct datum value;
    const struct pl_record *record = &frame->values[variable->number].record;
    uint32_t type = variable->kind == PL_RECORD && record->type ? record->type : variable->type;
    return pl_get(frame, number, &value) && pl_result_add(frame, &value, &type, 1);
}

/* A composite value becomes its columns where the result has several. */
static bool add_value(struct pl_frame *frame, struct datum value, uint32_t type)
{
    struct pl_result *result = frame->result;
    const struct sql_type *described = sql_find_type_id(frame->env.session, type);
    bool composite =
        described && (described->kind == SQL_TYPE_COMPOSITE || described->ops == &sql_record_ops);
    if (!result || !composite || !result->of_rows)
        return pl_result_add(frame, &value, &type, 1);
    struct sql_record record;
    uint32_t count = 0;
    if (!value.null) {
        sql_record_open(&frame->env, value, &record);
        count = record.count;
    }
    uint32_t room = count > result->columns ? count : result->columns;
    struct datum *values = arena_array(&frame->scratch, room + 1, sizeof(*values));
    uint32_t *types = arena_array(&frame->scratch, room + 1, sizeof(*types));
    if (!values || !types)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < room; i++) {
        values[i] = i < count ? sql_record_get(&record, i) : datum_null();
        types[i] = i < count ? sql_record_column_type(&record, i) : result->types[i];
    }
    return (value.null || check_next(frame, types, count)) &&
           pl_result_add(frame, values, types, result->columns);
}

enum pl_flow pl_run_return_next(struct pl_frame *frame, const struct pl_statement *statement)
{
    const struct pl_return *node = (const void *)statement;
    struct datum value;
    uint32_t type;
    int32_t typmod;
    if (frame->function->out_row != PL_NONE)
        return flow_of(pl_result_add_variable(frame, frame->function->out_row), PL_NEXT);
    if (node->has_variable)
        return flow_of(pl_result_add_variable(frame, node->variable), PL_NEXT);
    return flow_of(pl_eval(frame, node->value, &value, &type, &typmod) &&
                       add_value(frame, value, type),
                   PL_NEXT);
}

static bool check_columns(struct pl_frame *frame, const struct pl_row_shape *row)
{
    const struct pl_result *result = frame->result;
    const struct pl_row_shape wanted = {result ? result->types : NULL,
                                        result ? result->columns : 0};
    if (row->count == 0)
        return sql_fail(frame->env.error, "42601", "query has no destination for result data");
    return pl_check_row(frame, "structure of query does not match function result type", &wanted,
                        row);
}

static bool add_rows(struct pl_frame *frame, const struct pl_rows *rows)
{
    uint32_t *types = arena_array(&frame->scratch, rows->column_count + 1, sizeof(*types));
    if (!types)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < rows->column_count; i++)
        types[i] = rows->columns[i].type;
    const struct pl_row_shape row = {types, rows->has_columns ? rows->column_count : 0};
    if (!check_columns(frame, &row))
        return false;
    for (uint64_t r = 0; r < rows->count; r++)
        if (!pl_result_add(frame, rows->items[r], types, rows->column_count))
            return false;
    frame->row_count = rows->count;
    pl_set_bool(frame, frame->function->found, rows->count > 0);
    return true;
}

/* The rows of its query; *text: the query's. */
static bool query_rows(struct pl_frame *frame, const struct pl_dynamic *node, struct pl_rows *rows,
                       struct slice *text)
{
    struct pl_dynamic_text dynamic;
    if (node->query) {
        *text = node->query->query.text;
        return pl_run_query(frame, node->query, 0, rows);
    }
    bool ok = pl_read_dynamic(frame, node->dynamic, &node->args, &dynamic);
    *text = dynamic.text;
    return ok && pl_run_read(frame, &dynamic, 0, rows);
}

enum pl_flow pl_run_return_query(struct pl_frame *frame, const struct pl_statement *statement)
{
    struct pl_rows rows;
    struct slice text;
    pl_rows_init(&rows);
    bool ok = query_rows(frame, (const void *)statement, &rows, &text);
    if (ok && !add_rows(frame, &rows))
        ok = sql_context_line(frame->env.error, "SQL statement \"" SLICE_FMT "\"", SLICE_ARG(text));
    pl_rows_done(&rows);
    return flow_of(ok, PL_NEXT);
}
