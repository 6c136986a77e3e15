#include "emulators/sql/value/json_make.h"

#include "common/fiber.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/json_token.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/record.h"

enum { STACK_NEEDED = 16 * 1024 };

/* What JSON has for a type. */
enum category {
    CATEGORY_OTHER,
    CATEGORY_BOOL,
    CATEGORY_NUMBER,
    CATEGORY_TIME, /* dates and timestamps */
    CATEGORY_JSON,
    CATEGORY_JSONB,
    CATEGORY_ARRAY,
    CATEGORY_ROW,
};

static const struct {
    const struct sql_type_ops *ops;
    enum category category;
} categories[] = {
    {&sql_bool_ops,        CATEGORY_BOOL  },
    {&sql_int2_ops,        CATEGORY_NUMBER},
    {&sql_int4_ops,        CATEGORY_NUMBER},
    {&sql_int8_ops,        CATEGORY_NUMBER},
    {&sql_float4_ops,      CATEGORY_NUMBER},
    {&sql_float8_ops,      CATEGORY_NUMBER},
    {&sql_numeric_ops,     CATEGORY_NUMBER},
    {&sql_date_ops,        CATEGORY_TIME  },
    {&sql_timestamp_ops,   CATEGORY_TIME  },
    {&sql_timestamptz_ops, CATEGORY_TIME  },
    {&sql_json_ops,        CATEGORY_JSON  },
    {&sql_jsonb_ops,       CATEGORY_JSONB },
    {&sql_array_ops,       CATEGORY_ARRAY },
    {&sql_int2vector_ops,  CATEGORY_ARRAY },
    {&sql_oidvector_ops,   CATEGORY_ARRAY },
    {&sql_record_ops,      CATEGORY_ROW   },
};

static enum category category_of(const struct sql_type *type)
{
    for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
        if (categories[i].ops == type->ops)
            return categories[i].category;
    return CATEGORY_OTHER;
}

bool sql_json_is_row(struct sql_call *call, const struct sql_type *type)
{
    enum category category = category_of(sql_domain_base(call->env, type));
    return category == CATEGORY_ROW || category == CATEGORY_ARRAY;
}

/* ---- texts of scalars */

/* "2026-11-21 18:00:00+00" as ISO 8601 has it: with a T, and minutes in the zone. */
static void to_iso8601(struct sql_bytes *text)
{
    uint8_t *blank = text->len ? memchr(text->ptr, ' ', text->len) : NULL;
    if (!blank || blank[1] == 'B') /* a date alone, perhaps before Christ */
        return;
    *blank = 'T';
    size_t at = (size_t)(blank - text->ptr);
    size_t end = text->len;
    uint8_t *suffix = memchr(blank, ' ', end - at);
    if (suffix)
        end = (size_t)(suffix - text->ptr);
    size_t sign = at;
    while (sign < end && text->ptr[sign] != '+' && text->ptr[sign] != '-')
        sign++;
    if (end - sign != 3)
        return;
    if (!sql_bytes_reserve(text, 3))
        return;
    memmove(text->ptr + end + 3, text->ptr + end, text->len - end);
    memcpy(text->ptr + end, ":00", 3);
    text->len += 3;
}

static bool scalar_text(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    bool time = category_of(type) == CATEGORY_TIME;
    struct sql_format iso = *call->env->format;
    iso.date_style = SQL_DATE_ISO;
    struct sql_env env = *call->env;
    env.format = &iso;
    struct sql_call inner = {.env = time ? &env : call->env, .arena = call->arena};
    if (!sql_type_output(&inner, type, value, &text))
        return false;
    if (time)
        to_iso8601(&text);
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(call->env->error);
}

static bool is_json_number(struct slice text)
{
    size_t at = 0;
    bool escapes;
    return sql_json_token(text, &at, &escapes) == SQL_JSON_TOKEN_NUMBER && at == text.len;
}

bool sql_json_key_text(struct sql_call *call, const struct sql_type *type, struct datum value,
                       bool scalar_only, struct slice *out)
{
    type = sql_domain_base(call->env, type);
    enum category category = category_of(type);
    if (scalar_only && category >= CATEGORY_JSON)
        return sql_fail(call->env->error, "22023",
                        "key value must be scalar, not array, composite, or json");
    return scalar_text(call, type, value, out);
}

/* ---- rows and arrays, walked alike for both forms */

static const struct sql_row_type *row_type(struct sql_call *call, const struct sql_record *record,
                                           const struct sql_type *type)
{
    if (type->extra)
        return type->extra;
    const struct sql_type *own =
        record->type ? call->env->find_type(call->env, record->type) : NULL;
    return own ? own->extra : NULL;
}

static struct slice column_name(struct sql_call *call, const struct sql_row_type *row,
                                uint32_t index)
{
    if (row && index < row->count)
        return row->columns[index].name;
    return arena_printf(call->arena, "f%u", index + 1);
}

static bool deep(struct sql_call *call)
{
    if (fiber_stack_left() >= STACK_NEEDED)
        return false;
    sql_fail(call->env->error, "54001", "stack depth limit exceeded");
    return true;
}

/* ---- as text */

static bool put_array(struct sql_call *call, const struct sql_array *array,
                      const struct sql_type *element, uint32_t dim, uint32_t *index, bool breaks,
                      struct sql_bytes *out)
{
    sql_bytes_add_char(out, '[');
    for (int32_t i = 0; i < array->shape.length[dim]; i++) {
        if (i > 0)
            sql_bytes_add_str(out, breaks ? ",\n " : ",");
        bool inner = dim + 1 < array->shape.dims;
        if (inner ? !put_array(call, array, element, dim + 1, index, false, out)
                  : !sql_json_put(call, element, sql_array_get(array, (*index)++), false, out))
            return false;
    }
    sql_bytes_add_char(out, ']');
    return true;
}

static bool put_any_array(struct sql_call *call, struct datum value, bool breaks,
                          struct sql_bytes *out)
{
    struct sql_array array;
    sql_array_open(value, &array);
    const struct sql_type *element = call->env->find_type(call->env, array.element);
    uint32_t index = 0;
    if (array.count == 0) {
        sql_bytes_add_str(out, "[]");
        return true;
    }
    return put_array(call, &array, element, 0, &index, breaks, out);
}

static bool put_row(struct sql_call *call, const struct sql_type *type, struct datum value,
                    bool breaks, struct sql_bytes *out)
{
    struct sql_record record;
    sql_record_open(call->env, value, &record);
    const struct sql_row_type *row = row_type(call, &record, type);
    sql_bytes_add_char(out, '{');
    for (uint32_t i = 0; i < record.count; i++) {
        if (i > 0)
            sql_bytes_add_str(out, breaks ? ",\n " : ",");
        sql_json_escape(out, column_name(call, row, i));
        sql_bytes_add_char(out, ':');
        const struct sql_type *column =
            call->env->find_type(call->env, sql_record_column_type(&record, i));
        if (!sql_json_put(call, column, sql_record_get(&record, i), false, out))
            return false;
    }
    sql_bytes_add_char(out, '}');
    return true;
}

static bool put_scalar(struct sql_call *call, const struct sql_type *type, enum category category,
                       struct datum value, struct sql_bytes *out)
{
    struct slice text;
    if (category == CATEGORY_BOOL) {
        sql_bytes_add_str(out, value.i ? "true" : "false");
        return true;
    }
    if (!scalar_text(call, type, value, &text))
        return false;
    bool bare = category == CATEGORY_JSON || category == CATEGORY_JSONB ||
                (category == CATEGORY_NUMBER && is_json_number(text));
    if (bare)
        sql_bytes_add_slice(out, text);
    else
        sql_json_escape(out, text);
    return true;
}

bool sql_json_put(struct sql_call *call, const struct sql_type *type, struct datum value,
                  bool breaks, struct sql_bytes *out)
{
    if (value.null || !type) {
        sql_bytes_add_str(out, "null");
        return true;
    }
    if (deep(call))
        return false;
    type = sql_domain_base(call->env, type);
    enum category category = category_of(type);
    if (category == CATEGORY_ARRAY)
        return put_any_array(call, value, breaks, out);
    if (category == CATEGORY_ROW)
        return put_row(call, type, value, breaks, out);
    return put_scalar(call, type, category, value, out);
}

/* ---- as jsonb */

static bool add_array(struct sql_call *call, const struct sql_array *array,
                      const struct sql_type *element, uint32_t dim, uint32_t *index,
                      struct sql_jsonb_builder *builder)
{
    if (!sql_jsonb_begin(builder, false))
        return false;
    for (int32_t i = 0; array->count && i < array->shape.length[dim]; i++) {
        bool inner = dim + 1 < array->shape.dims;
        if (inner ? !add_array(call, array, element, dim + 1, index, builder)
                  : !sql_jsonb_put(call, element, sql_array_get(array, (*index)++), builder))
            return false;
    }
    return sql_jsonb_end(builder);
}

static bool add_row(struct sql_call *call, const struct sql_type *type, struct datum value,
                    struct sql_jsonb_builder *builder)
{
    struct sql_record record;
    sql_record_open(call->env, value, &record);
    const struct sql_row_type *row = row_type(call, &record, type);
    if (!sql_jsonb_begin(builder, true))
        return false;
    for (uint32_t i = 0; i < record.count; i++) {
        const struct sql_type *column =
            call->env->find_type(call->env, sql_record_column_type(&record, i));
        sql_jsonb_add_key(builder, column_name(call, row, i));
        if (!sql_jsonb_put(call, column, sql_record_get(&record, i), builder))
            return false;
    }
    return sql_jsonb_end(builder);
}

static bool add_scalar(struct sql_call *call, const struct sql_type *type, enum category category,
                       struct datum value, struct sql_jsonb_builder *builder)
{
    struct sql_jsonb item = {
        value.i ? SQL_JSONB_KIND_TRUE : SQL_JSONB_KIND_FALSE, {NULL, 0}
    };
    if (category == CATEGORY_BOOL)
        return sql_jsonb_add(builder, item);
    if (!scalar_text(call, type, value, &item.bytes))
        return false;
    item.kind = SQL_JSONB_KIND_STRING;
    if (category == CATEGORY_NUMBER && is_json_number(item.bytes) &&
        !sql_jsonb_number_of(call, item.bytes, &item))
        return false;
    return sql_jsonb_add(builder, item);
}

bool sql_jsonb_put(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_jsonb_builder *builder)
{
    if (value.null || !type)
        return sql_jsonb_add(builder, (struct sql_jsonb){
                                          SQL_JSONB_KIND_NULL, {NULL, 0}
        });
    if (deep(call))
        return false;
    type = sql_domain_base(call->env, type);
    enum category category = category_of(type);
    struct sql_array array;
    uint32_t index = 0;
    switch (category) {
    case CATEGORY_JSON: return sql_jsonb_add_text(builder, datum_slice(value));
    case CATEGORY_JSONB: return sql_jsonb_add(builder, sql_jsonb_open(value));
    case CATEGORY_ARRAY:
        sql_array_open(value, &array);
        return add_array(call, &array, call->env->find_type(call->env, array.element), 0, &index,
                         builder);
    case CATEGORY_ROW: return add_row(call, type, value, builder);
    default: return add_scalar(call, type, category, value, builder);
    }
}
