/* hstores from texts, arrays and rows, and rows and JSON from hstores. */
#include "emulators/postgres/extension/hstore/hstore.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/json_make.h"
#include "emulators/sql/value/json_token.h"
#include "emulators/sql/value/record.h"
#include "emulators/sql/value/text.h"

static bool null_key(struct sql_call *call)
{
    return sql_fail(call->env->error, "22004", "null value not allowed for hstore key");
}

/* ---- from texts and arrays */

static bool from_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct hstore_builder builder;
    if (args[0].null)
        return sql_give_null(out);
    hstore_begin(&builder, call);
    struct slice value = args[1].null ? slice_of("", 0) : datum_slice(args[1]);
    return hstore_add(&builder, datum_slice(args[0]), value, args[1].null) &&
           hstore_finish(&builder, out);
}

static bool add_element(struct hstore_builder *builder, const struct sql_array *keys,
                        uint32_t key_at, const struct sql_array *values, uint32_t value_at)
{
    bool null = !values || sql_array_is_null(values, value_at);
    if (sql_array_is_null(keys, key_at))
        return null_key(builder->call);
    struct slice value = null ? slice_of("", 0) : datum_slice(sql_array_get(values, value_at));
    return hstore_add(builder, datum_slice(sql_array_get(keys, key_at)), value, null);
}

static bool from_arrays(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_error *error = call->env->error;
    struct sql_array keys, values = {0};
    struct hstore_builder builder;
    if (args[0].null)
        return sql_give_null(out);
    sql_array_open(args[0], &keys);
    if (!args[1].null)
        sql_array_open(args[1], &values);
    if (keys.shape.dims > 1 || values.shape.dims > 1)
        return sql_fail(error, "2202E", "wrong number of array subscripts");
    if (!args[1].null && (keys.shape.dims != values.shape.dims || keys.count != values.count ||
                          (keys.count && keys.shape.lower[0] != values.shape.lower[0])))
        return sql_fail(error, "2202E", "arrays must have same bounds");
    hstore_begin(&builder, call);
    for (uint32_t i = 0; i < keys.count; i++)
        if (!add_element(&builder, &keys, i, args[1].null ? NULL : &values, i))
            return false;
    return hstore_finish(&builder, out);
}

/* Keys and values in turn, in one dimension or in two columns. */
static bool from_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    struct hstore_builder builder;
    sql_array_open(args[0], &array);
    if (array.shape.dims == 1 && array.count % 2)
        return sql_fail(call->env->error, "2202E", "array must have even number of elements");
    if (array.shape.dims == 2 && array.shape.length[1] != 2)
        return sql_fail(call->env->error, "2202E", "array must have two columns");
    if (array.shape.dims > 2)
        return sql_fail(call->env->error, "2202E", "wrong number of array subscripts");
    hstore_begin(&builder, call);
    for (uint32_t i = 0; i + 1 < array.count; i += 2)
        if (!add_element(&builder, &array, i, &array, i + 1))
            return false;
    return hstore_finish(&builder, out);
}

/* ---- rows */

/* Columns of a row type, or of the row itself when it has none: their names and types. */
struct columns {
    const struct sql_row_type *named; /* NULL: f1, f2 ... */
    struct sql_record record;         /* count 0: there is no row */
    uint32_t count;
};

static bool open_columns(struct sql_call *call, struct datum row, struct columns *out)
{
    const struct sql_type *type = sql_arg_type(call, 0);
    *out = (struct columns){0};
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_call_find_type(call, type->base);
    if (!row.null)
        sql_record_open(call->env, row, &out->record);
    if (type && type->kind != SQL_TYPE_COMPOSITE && !row.null && out->record.type)
        type = sql_call_find_type(call, out->record.type);
    if (type && type->kind == SQL_TYPE_COMPOSITE)
        out->named = type->extra;
    out->count = out->named ? out->named->count : out->record.count;
    return true;
}

static bool column_name(struct sql_call *call, const struct columns *columns, uint32_t at,
                        struct slice *out)
{
    *out = columns->named ? columns->named->columns[at].name
                          : arena_printf(call->arena, "f%u", (unsigned)at + 1);
    return out->ptr || sql_fail_memory(call->env->error);
}

static uint32_t column_type(const struct columns *columns, uint32_t at)
{
    return columns->named ? columns->named->columns[at].type
                          : sql_record_column_type(&columns->record, at);
}

static struct datum column_value(const struct columns *columns, uint32_t at)
{
    return at < columns->record.count ? sql_record_get(&columns->record, at) : datum_null();
}

static bool from_record(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct hstore_builder builder;
    struct columns columns;
    if (!open_columns(call, args[0], &columns))
        return false;
    hstore_begin(&builder, call);
    for (uint32_t i = 0; i < columns.count; i++) {
        struct slice name;
        struct datum value = column_value(&columns, i);
        struct sql_bytes text = sql_bytes_begin(call);
        const struct sql_type *type = sql_call_find_type(call, column_type(&columns, i));
        sql_bytes_reserve(&text, 1);
        if (!type || !column_name(call, &columns, i, &name) ||
            (!value.null && !sql_type_output(call, type, value, &text)) ||
            !hstore_add(&builder, name, sql_bytes_slice(&text), value.null))
            return false;
    }
    return hstore_finish(&builder, out);
}

/* A row like the first argument, with what the hstore has for its columns. */
static bool populate_record(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *row_type = sql_arg_type(call, 0);
    struct columns columns;
    if (!row_type || (row_type->kind != SQL_TYPE_COMPOSITE && row_type->kind != SQL_TYPE_DOMAIN &&
                      row_type->id != call->env->session->dialect->types_of.record))
        return sql_fail(call->env->error, "42804", "first argument must be a rowtype");
    *out = args[0];
    if (args[1].null)
        return true;
    const struct hstore h = hstore_open(args[1]);
    if (!open_columns(call, args[0], &columns))
        return false;
    const struct sql_type **types = arena_array(call->arena, columns.count + 1u, sizeof *types);
    struct datum *values = arena_array(call->arena, columns.count + 1u, sizeof *values);
    if (!types || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < columns.count; i++) {
        struct slice name;
        types[i] = sql_call_find_type(call, column_type(&columns, i));
        values[i] = column_value(&columns, i);
        if (!types[i] || !column_name(call, &columns, i, &name))
            return false;
        int64_t at = hstore_find(&h, name);
        if (at < 0 && !args[0].null)
            continue;
        bool null = at < 0 || hstore_is_null(&h, (uint32_t)at);
        int32_t typmod = columns.named ? columns.named->columns[i].typmod : -1;
        values[i] = datum_null();
        if (null ? !sql_domain_check(call->env, types[i], values[i])
                 : !sql_domain_input(call, types[i], hstore_value(&h, (uint32_t)at), typmod,
                                     &values[i]))
            return false;
    }
    uint32_t id = columns.named ? row_type->id : 0;
    return sql_record_make(call, id, types, values, columns.count, out);
}

/* ---- JSON */

static bool is_number(struct slice text)
{
    size_t at = 0;
    bool escapes;
    return sql_json_token(text, &at, &escapes) == SQL_JSON_TOKEN_NUMBER && at == text.len;
}

static bool put_value(struct sql_call *call, const struct sql_type *text, const struct hstore *h,
                      uint32_t at, bool loose, struct sql_bytes *out)
{
    struct slice value = hstore_value(h, at);
    if (hstore_is_null(h, at))
        sql_bytes_add_str(out, "null");
    else if (loose && (slice_eq_str(value, "t") || slice_eq_str(value, "f")))
        sql_bytes_add_str(out, value.ptr[0] == 't' ? "true" : "false");
    else if (loose && is_number(value))
        sql_bytes_add_slice(out, value);
    else
        return sql_json_put(call, text, datum_bytes(value), false, out);
    return true;
}

static bool to_json(struct sql_call *call, const struct datum *args, bool loose, struct datum *out)
{
    const struct hstore h = hstore_open(args[0]);
    const struct sql_type *text =
        sql_call_find_type(call, call->env->session->dialect->types_of.text);
    const struct sql_type *result = call->result_type;
    struct sql_bytes json = sql_bytes_begin(call);
    if (!text)
        return false;
    sql_bytes_add_char(&json, '{');
    for (uint32_t i = 0; i < h.count; i++) {
        sql_bytes_add_str(&json, i ? ", " : "");
        if (!sql_json_put(call, text, datum_bytes(hstore_key(&h, i)), false, &json))
            return false;
        sql_bytes_add_str(&json, ": ");
        if (!put_value(call, text, &h, i, loose, &json))
            return false;
    }
    sql_bytes_add_char(&json, '}');
    if (json.failed)
        return sql_fail_memory(call->env->error);
    return sql_type_input(call, result, sql_bytes_slice(&json), -1, out);
}

static bool strict_json(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_json(call, args, false, out);
}

static bool loose_json(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_json(call, args, true, out);
}

const struct sql_builtin pg_hstore_convert_functions[] = {
    {"hstore_from_text",       from_text      },
    {"hstore_from_arrays",     from_arrays    },
    {"hstore_from_array",      from_array     },
    {"hstore_from_record",     from_record    },
    {"hstore_populate_record", populate_record},
    {"hstore_to_json",         strict_json    },
    {"hstore_to_json_loose",   loose_json     },
    {"hstore_to_jsonb",        strict_json    },
    {"hstore_to_jsonb_loose",  loose_json     },
    {NULL,                     NULL           },
};
