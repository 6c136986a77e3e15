#include "emulators/sql/value/record.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/unaligned.h"

#define HEADER_SIZE 8
#define SLOT_SIZE   8
enum { IS_NULL = 1, BY_VALUE = 2, NUMBER_SHIFT = 16 };

/* The columns that the type has now; NULL: it has none of its own. */
static const struct sql_row_type *shape_of(struct sql_env *env, uint32_t type_id)
{
    const struct sql_type *type = type_id ? env->find_type(env, type_id) : NULL;
    return type && type->kind == SQL_TYPE_COMPOSITE ? type->extra : NULL;
}

static uint32_t stored_type(const struct sql_record *record, uint32_t at)
{
    return sql_load_u32(record->columns + (size_t)at * SLOT_SIZE);
}

static uint32_t stored_flags(const struct sql_record *record, uint32_t at)
{
    return sql_load_u32(record->columns + (size_t)at * SLOT_SIZE + 4);
}

static bool is_current(const struct sql_record *record, const struct sql_row_type *shape)
{
    if (record->stored != shape->count)
        return false;
    for (uint32_t i = 0; i < shape->count; i++)
        if (stored_flags(record, i) >> NUMBER_SHIFT != shape->columns[i].number)
            return false;
    return true;
}

void sql_record_open(struct sql_env *env, struct datum value, struct sql_record *out)
{
    out->type = sql_load_u32(value.ptr);
    out->count = out->stored = sql_load_u32(value.ptr + 4);
    out->columns = value.ptr + HEADER_SIZE;
    out->slots = out->columns + (size_t)out->stored * SLOT_SIZE;
    out->bytes = out->slots + (size_t)out->stored * SLOT_SIZE;
    out->shape = NULL;
    const struct sql_row_type *shape = shape_of(env, out->type);
    if (shape && !is_current(out, shape)) {
        out->shape = shape;
        out->count = shape->count;
    }
}

/* Where a column stands in the bytes; record->stored: it was added after they were made. */
static uint32_t place_of(const struct sql_record *record, uint32_t index)
{
    if (!record->shape)
        return index;
    uint32_t at = 0, number = record->shape->columns[index].number;
    while (at < record->stored && stored_flags(record, at) >> NUMBER_SHIFT != number)
        at++;
    return at;
}

uint32_t sql_record_column_type(const struct sql_record *record, uint32_t index)
{
    uint32_t at = place_of(record, index);
    return at < record->stored ? stored_type(record, at) : record->shape->columns[index].type;
}

bool sql_record_by_value(const struct sql_record *record, uint32_t index)
{
    uint32_t at = place_of(record, index);
    return at < record->stored && stored_flags(record, at) & BY_VALUE;
}

struct datum sql_record_get(const struct sql_record *record, uint32_t index)
{
    uint32_t at = place_of(record, index);
    uint32_t flags = at < record->stored ? stored_flags(record, at) : IS_NULL;
    const uint8_t *slot = record->slots + (size_t)at * SLOT_SIZE;
    struct datum value = {0};
    if (flags & IS_NULL)
        return datum_null();
    if (!(flags & BY_VALUE))
        return datum_bytes(slice_of(record->bytes + sql_load_u32(slot), sql_load_u32(slot + 4)));
    memcpy(&value.u, slot, SLOT_SIZE);
    return value;
}

static uint32_t number_of(const struct sql_row_type *shape, uint32_t index)
{
    return shape && index < shape->count ? shape->columns[index].number : 0;
}

bool sql_record_make(struct sql_call *call, uint32_t type, const struct sql_type *const *types,
                     const struct datum *values, uint32_t count, struct datum *out)
{
    size_t head = HEADER_SIZE + (size_t)count * SLOT_SIZE * 2;
    size_t size = head;
    for (uint32_t i = 0; i < count; i++)
        size += values[i].null || types[i]->by_value ? 0 : values[i].len;
    uint8_t *made = size <= SQL_BYTES_MAX ? arena_alloc(call->arena, size) : NULL;
    if (!made)
        return sql_fail_memory(call->env->error);
    const struct sql_row_type *shape = shape_of(call->env, type);
    sql_store_u32(made, type);
    sql_store_u32(made + 4, count);
    uint8_t *column = made + HEADER_SIZE;
    uint8_t *slot = column + (size_t)count * SLOT_SIZE;
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++, column += SLOT_SIZE, slot += SLOT_SIZE) {
        bool by_value = types[i]->by_value;
        sql_store_u32(column, types[i]->id);
        sql_store_u32(column + 4, (values[i].null ? IS_NULL : 0) | (by_value ? BY_VALUE : 0) |
                                      number_of(shape, i) << NUMBER_SHIFT);
        memset(slot, 0, SLOT_SIZE);
        if (values[i].null)
            continue;
        if (by_value) {
            memcpy(slot, &values[i].u, SLOT_SIZE);
            continue;
        }
        sql_store_u32(slot, used);
        sql_store_u32(slot + 4, values[i].len);
        if (values[i].len)
            memcpy(made + head + used, values[i].ptr, values[i].len);
        used += values[i].len;
    }
    return sql_give_slice(out, slice_of(made, size));
}

/* Made anew, with the columns that are seen now. */
static bool retype_changed(struct sql_call *call, const struct sql_record *record, uint32_t type,
                           struct datum *out)
{
    const struct sql_type **types = arena_array(call->arena, record->count + 1, sizeof(*types));
    struct datum *values = arena_array(call->arena, record->count + 1, sizeof(*values));
    if (!types || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < record->count; i++) {
        if (!(types[i] = sql_call_find_type(call, sql_record_column_type(record, i))))
            return false;
        values[i] = sql_record_get(record, i);
    }
    return sql_record_make(call, type, types, values, record->count, out);
}

bool sql_record_retype(struct sql_call *call, struct datum record, uint32_t type, struct datum *out)
{
    struct sql_record opened;
    sql_record_open(call->env, record, &opened);
    if (opened.shape)
        return retype_changed(call, &opened, type, out);
    uint8_t *made = arena_alloc(call->arena, record.len);
    if (!made)
        return sql_fail_memory(call->env->error);
    memcpy(made, record.ptr, record.len);
    sql_store_u32(made, type);
    const struct sql_row_type *shape = shape_of(call->env, type);
    for (uint32_t i = 0; i < opened.count; i++) {
        uint32_t flags = stored_flags(&opened, i) & (IS_NULL | BY_VALUE);
        sql_store_u32(made + HEADER_SIZE + (size_t)i * SLOT_SIZE + 4, flags | number_of(shape, i)
                                                                                  << NUMBER_SHIFT);
    }
    return sql_give_slice(out, slice_of(made, record.len));
}

/* The columns' types of a composite; NULL with the error filled. */
static const struct sql_type **column_types(struct sql_call *call, const struct sql_row_type *row)
{
    const struct sql_type **types = arena_array(call->arena, row->count, sizeof(*types));
    if (!types)
        sql_fail_memory(call->env->error);
    for (uint32_t i = 0; types && i < row->count; i++)
        if (!(types[i] = sql_call_find_type(call, row->columns[i].type)))
            return NULL;
    return types;
}

static bool malformed(struct sql_call *call, struct slice text, const char *detail)
{
    sql_fail(call->env->error, "22P02", "malformed record literal: \"%.*s\"", SLICE_ARG(text));
    return sql_detail(call->env->error, "%s", detail);
}

/* One column's text up to a comma or the closing parenthesis that is not quoted; nothing at all is
 * NULL. False: the text ended before. */
static bool read_column(struct slice *rest, struct sql_bytes *out, bool *null)
{
    bool quoted = false;
    size_t at = 0;
    *null = rest->len > 0 && (rest->ptr[0] == ',' || rest->ptr[0] == ')');
    for (; at < rest->len; at++) {
        char c = (char)rest->ptr[at];
        if (!quoted && (c == ',' || c == ')'))
            break;
        if (c == '\\') {
            if (++at == rest->len)
                return false;
            sql_bytes_add_char(out, (char)rest->ptr[at]);
        } else if (c != '"') {
            sql_bytes_add_char(out, c);
        } else if (quoted && at + 1 < rest->len && rest->ptr[at + 1] == '"') {
            sql_bytes_add_char(out, '"');
            at++;
        } else {
            quoted = !quoted;
        }
    }
    *rest = slice_from(*rest, at);
    return rest->len > 0;
}

static bool read_columns(struct sql_call *call, const struct sql_row_type *row,
                         const struct sql_type *const *types, struct slice text,
                         struct datum *values)
{
    struct slice rest = sql_skip_blanks(text);
    if (rest.len == 0 || rest.ptr[0] != '(')
        return malformed(call, text, "Missing left parenthesis.");
    rest = slice_from(rest, 1);
    for (uint32_t i = 0; i < row->count; i++) {
        struct sql_bytes column = sql_bytes_begin(call);
        sql_bytes_reserve(&column, 1);
        if (i > 0) {
            if (rest.len == 0 || rest.ptr[0] != ',')
                return malformed(call, text, "Too few columns.");
            rest = slice_from(rest, 1);
        }
        bool null;
        if (!read_column(&rest, &column, &null))
            return malformed(call, text, "Unexpected end of input.");
        if (column.failed)
            return sql_fail_memory(call->env->error);
        values[i] = (struct datum){.null = null};
        if (!(null ? sql_domain_check(call->env, types[i], values[i])
                   : sql_domain_input(call, types[i], sql_bytes_slice(&column),
                                      row->columns[i].typmod, &values[i])))
            return false;
    }
    if (rest.len == 0 || rest.ptr[0] != ')')
        return malformed(call, text, "Too many columns.");
    if (sql_skip_blanks(slice_from(rest, 1)).len > 0)
        return malformed(call, text, "Junk after right parenthesis.");
    return true;
}

static bool fail_anonymous(struct sql_call *call, const char *what)
{
    return sql_fail(call->env->error, "0A000", "%s of anonymous composite types is not implemented",
                    what);
}

/* What a record's columns are read into. */
struct record_reader {
    const struct sql_type *type; /* without domains around it */
    const struct sql_row_type *row;
    const struct sql_type **types;
    struct datum *values;
};

static bool begin_reading(struct sql_call *call, const struct sql_type *type,
                          struct record_reader *out)
{
    out->type = sql_domain_base(call->env, type);
    out->row = out->type->extra;
    if (!out->row)
        return fail_anonymous(call, "input");
    out->types = column_types(call, out->row);
    if (!out->types)
        return false;
    out->values = arena_array(call->arena, out->row->count, sizeof(*out->values));
    return out->values || sql_fail_memory(call->env->error);
}

static bool give_record(struct sql_call *call, const struct record_reader *read, struct datum *out)
{
    return sql_record_make(call, read->type->id, read->types, read->values, read->row->count, out);
}

static bool record_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)typmod;
    struct record_reader read;
    return begin_reading(call, type, &read) &&
           read_columns(call, read.row, read.types, text, read.values) &&
           give_record(call, &read, out);
}

static bool needs_quotes(struct slice text)
{
    if (text.len == 0)
        return true;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || sql_is_blank(c))
            return true;
    }
    return false;
}

static void quote(struct sql_bytes *out, struct slice text)
{
    if (!needs_quotes(text)) {
        sql_bytes_add_slice(out, text);
        return;
    }
    sql_bytes_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            sql_bytes_add_char(out, (char)text.ptr[i]);
        sql_bytes_add_char(out, (char)text.ptr[i]);
    }
    sql_bytes_add_char(out, '"');
}

static bool record_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)type;
    struct sql_record record;
    sql_record_open(call->env, value, &record);
    sql_bytes_add_char(out, '(');
    for (uint32_t i = 0; i < record.count; i++) {
        if (i > 0)
            sql_bytes_add_char(out, ',');
        struct datum column = sql_record_get(&record, i);
        if (column.null)
            continue;
        const struct sql_type *column_type =
            sql_call_find_type(call, sql_record_column_type(&record, i));
        struct sql_bytes text = sql_bytes_begin(call);
        if (!column_type || !sql_type_output(call, column_type, column, &text))
            return false;
        quote(out, sql_bytes_slice(&text));
    }
    sql_bytes_add_char(out, ')');
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool receive_column(struct sql_call *call, const struct sql_type *type, uint32_t number,
                           int32_t typmod, struct sql_receive *from, struct datum *out)
{
    struct sql_error *error = call->env->error;
    uint32_t id = (uint32_t)sql_receive_i32(from);
    int32_t len = sql_receive_i32(from);
    if (!from->ok)
        return sql_fail(error, "08P01", "insufficient data left in message");
    if (id != type->id) {
        const struct sql_type *given = call->env->find_type(call->env, id);
        struct slice none = SLICE_LITERAL("???");
        return sql_fail(error, "42804",
                        "binary data has type %u (%.*s) instead of expected %u (%.*s) in record "
                        "column %u",
                        (unsigned)id, SLICE_ARG(given ? given->name : none), (unsigned)type->id,
                        SLICE_ARG(type->name), (unsigned)number);
    }
    *out = (struct datum){.null = len == -1};
    if (len == -1)
        return sql_domain_check(call->env, type, *out);
    if (len < 0 || len > from->end - from->at)
        return sql_fail(error, "22P03", "insufficient data left in message");
    struct slice bytes = slice_of(from->at, (size_t)len);
    from->at += len;
    return sql_domain_receive(call, type, bytes, typmod, out);
}

static bool record_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                           int32_t typmod, struct datum *out)
{
    (void)typmod;
    struct record_reader read;
    if (!begin_reading(call, type, &read))
        return false;
    const struct sql_row_type *row = read.row;
    struct sql_receive from = sql_receive_begin(bytes);
    int32_t count = sql_receive_i32(&from);
    if (from.ok && count != (int64_t)row->count)
        return sql_fail(call->env->error, "42804", "wrong number of columns: %d, expected %u",
                        (int)count, (unsigned)row->count);
    for (uint32_t i = 0; i < row->count; i++)
        if (!receive_column(call, read.types[i], i + 1, row->columns[i].typmod, &from,
                            &read.values[i]))
            return false;
    return sql_receive_done(&from, call->env->error) && give_record(call, &read, out);
}

static bool record_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct sql_record record;
    sql_record_open(call->env, value, &record);
    sql_bytes_add_u32(out, record.count);
    for (uint32_t i = 0; i < record.count; i++) {
        struct datum column = sql_record_get(&record, i);
        const struct sql_type *column_type =
            sql_call_find_type(call, sql_record_column_type(&record, i));
        if (!column_type)
            return false;
        sql_bytes_add_u32(out, column_type->id);
        if (column.null) {
            sql_bytes_add_u32(out, UINT32_MAX);
            continue;
        }
        struct sql_bytes bytes = sql_bytes_begin(call);
        if (!column_type->ops->send)
            return sql_fail(call->env->error, "42883",
                            "no binary output function available for type %.*s",
                            SLICE_ARG(sql_type_shown(call, column_type)));
        if (!column_type->ops->send(call, column_type, column, &bytes))
            return false;
        sql_bytes_add_u32(out, (uint32_t)bytes.len);
        sql_bytes_add_slice(out, sql_bytes_slice(&bytes));
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

/* NULLs are the largest, and equal. */
static int record_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                          struct datum b)
{
    (void)type;
    struct sql_record x, y;
    sql_record_open(call->env, a, &x);
    sql_record_open(call->env, b, &y);
    for (uint32_t i = 0; i < x.count && i < y.count; i++) {
        struct datum p = sql_record_get(&x, i);
        struct datum q = sql_record_get(&y, i);
        int order = p.null - q.null;
        if (!p.null && !q.null) {
            const struct sql_type *column =
                call->env->find_type(call->env, sql_record_column_type(&x, i));
            order = column->ops->compare(call, column, p, q);
        }
        if (order != 0)
            return order;
    }
    return (x.count > y.count) - (x.count < y.count);
}

static uint64_t record_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)type;
    struct sql_record record;
    sql_record_open(call->env, value, &record);
    uint64_t hash = 0;
    for (uint32_t i = 0; i < record.count; i++) {
        struct datum column = sql_record_get(&record, i);
        const struct sql_type *column_type =
            call->env->find_type(call->env, sql_record_column_type(&record, i));
        hash = hash * 31 + (column.null ? 0 : column_type->ops->hash(call, column_type, column));
    }
    return hash;
}

enum { KEY_END = 0, KEY_COLUMN = 1, KEY_NULL = 2 };

static bool record_encode_key(struct sql_call *call, const struct sql_type *type,
                              struct datum value, struct sql_bytes *out)
{
    (void)type;
    struct sql_record record;
    sql_record_open(call->env, value, &record);
    for (uint32_t i = 0; i < record.count; i++) {
        struct datum column = sql_record_get(&record, i);
        sql_bytes_add_char(out, column.null ? KEY_NULL : KEY_COLUMN);
        if (column.null)
            continue;
        const struct sql_type *column_type =
            sql_call_find_type(call, sql_record_column_type(&record, i));
        if (!column_type || !column_type->ops->encode_key(call, column_type, column, out))
            return false;
    }
    sql_bytes_add_char(out, KEY_END);
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops sql_record_ops = {record_input,     record_output,  record_receive,
                                            record_send,      record_compare, record_hash,
                                            record_encode_key};
