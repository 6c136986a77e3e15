/* The types json and jsonb: input, output, order. */
#include "common/fiber.h"
#include "common/hash.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/jsonb.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text.h"

enum { STACK_NEEDED = 8 * 1024 };

/* ---- from text */

bool sql_jsonb_number_of(struct sql_call *call, struct slice text, struct sql_jsonb *out)
{
    struct datum number;
    if (!sql_numeric_ops.input(call, NULL, text, -1, &number))
        return false;
    *out = (struct sql_jsonb){SQL_JSONB_KIND_NUMBER, datum_slice(number)};
    return true;
}

static bool add_scalar(struct sql_jsonb_builder *builder, enum sql_json_event event,
                       struct slice raw)
{
    struct sql_jsonb value = {
        SQL_JSONB_KIND_NULL, {NULL, 0}
    };
    switch (event) {
    case SQL_JSON_STRING:
        value.kind = SQL_JSONB_KIND_STRING;
        if (!sql_json_decode(builder->call, raw, &value.bytes))
            return false;
        break;
    case SQL_JSON_NUMBER:
        if (!sql_jsonb_number_of(builder->call, raw, &value))
            return false;
        break;
    case SQL_JSON_TRUE: value.kind = SQL_JSONB_KIND_TRUE; break;
    case SQL_JSON_FALSE: value.kind = SQL_JSONB_KIND_FALSE; break;
    default: break;
    }
    return sql_jsonb_add(builder, value);
}

static bool add_event(struct sql_jsonb_builder *builder, enum sql_json_event event,
                      struct slice raw)
{
    struct slice key;
    switch (event) {
    case SQL_JSON_OBJECT:
    case SQL_JSON_ARRAY: return sql_jsonb_begin(builder, event == SQL_JSON_OBJECT);
    case SQL_JSON_OBJECT_END:
    case SQL_JSON_ARRAY_END: return sql_jsonb_end(builder);
    case SQL_JSON_KEY:
        if (!sql_json_decode(builder->call, raw, &key))
            return false;
        sql_jsonb_add_key(builder, key);
        return true;
    case SQL_JSON_END: return true;
    default: return add_scalar(builder, event, raw);
    }
}

bool sql_jsonb_add_text(struct sql_jsonb_builder *builder, struct slice text)
{
    struct sql_json_reader reader;
    enum sql_json_event event;
    struct slice raw;
    sql_json_reader_init(&reader, builder->call, text);
    reader.decode = true;
    do {
        if (!sql_json_next(&reader, &event, &raw) || !add_event(builder, event, raw))
            return false;
    } while (event != SQL_JSON_END);
    return true;
}

static bool jsonb_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_jsonb_builder builder;
    sql_jsonb_build(&builder, call, call->arena);
    return sql_jsonb_add_text(&builder, text) && sql_jsonb_finish(&builder, out);
}

static bool jsonb_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                          int32_t typmod, struct datum *out)
{
    if (bytes.len == 0)
        return sql_fail(call->env->error, "08P01", "no data left in message");
    if (bytes.ptr[0] != 1)
        return sql_fail(call->env->error, "XX000", "unsupported jsonb version number %d",
                        bytes.ptr[0]);
    bytes = slice_from(bytes, 1);
    return sql_text_check(call->env->error, bytes) && jsonb_input(call, type, bytes, typmod, out);
}

/* ---- to text */

/* Where to break lines: none at all, or depth many indentations. */
struct printer {
    struct sql_call *call;
    struct sql_bytes *out;
    bool pretty;
    uint32_t depth;
};

static void new_line(struct printer *p)
{
    if (!p->pretty)
        return;
    sql_bytes_add_char(p->out, '\n');
    for (uint32_t i = 0; i < p->depth; i++)
        sql_bytes_add_str(p->out, "    ");
}

static bool print(struct printer *p, const struct sql_jsonb *value);

static bool print_container(struct printer *p, const struct sql_jsonb *value)
{
    bool object = value->kind == SQL_JSONB_KIND_OBJECT;
    uint32_t count = sql_jsonb_count(value);
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(p->call->env->error, "54001", "stack depth limit exceeded");
    sql_bytes_add_char(p->out, object ? '{' : '[');
    p->depth++;
    for (uint32_t i = 0; i < count; i++) {
        struct sql_jsonb item = object ? sql_jsonb_member(value, i) : sql_jsonb_element(value, i);
        if (i > 0)
            sql_bytes_add_str(p->out, p->pretty ? "," : ", ");
        new_line(p);
        if (object) {
            sql_json_escape(p->out, sql_jsonb_key(value, i));
            sql_bytes_add_str(p->out, ": ");
        }
        if (!print(p, &item))
            return false;
    }
    p->depth--;
    new_line(p);
    sql_bytes_add_char(p->out, object ? '}' : ']');
    return true;
}

static bool print(struct printer *p, const struct sql_jsonb *value)
{
    switch (value->kind) {
    case SQL_JSONB_KIND_NULL: sql_bytes_add_str(p->out, "null"); return true;
    case SQL_JSONB_KIND_FALSE: sql_bytes_add_str(p->out, "false"); return true;
    case SQL_JSONB_KIND_TRUE: sql_bytes_add_str(p->out, "true"); return true;
    case SQL_JSONB_KIND_STRING: sql_json_escape(p->out, value->bytes); return true;
    case SQL_JSONB_KIND_NUMBER:
        return sql_numeric_ops.output(p->call, NULL, sql_jsonb_number(value), p->out);
    default: return print_container(p, value);
    }
}

bool sql_jsonb_print(struct sql_call *call, const struct sql_jsonb *value, bool pretty,
                     struct sql_bytes *out)
{
    struct printer p = {.call = call, .out = out, .pretty = pretty};
    return print(&p, value);
}

bool sql_jsonb_as_text(struct sql_call *call, const struct sql_jsonb *value, struct datum *out)
{
    if (value->kind == SQL_JSONB_KIND_NULL)
        return sql_give_null(out);
    if (value->kind == SQL_JSONB_KIND_STRING)
        return sql_give_slice(out, value->bytes);
    struct sql_bytes text = sql_bytes_begin(call);
    return sql_jsonb_print(call, value, false, &text) && sql_give_bytes(call, out, &text);
}

static bool jsonb_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)type;
    struct sql_jsonb top = sql_jsonb_open(value);
    return sql_jsonb_print(call, &top, false, out);
}

static bool jsonb_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    sql_bytes_add_char(out, 1);
    return jsonb_output(call, type, value, out);
}

/* ---- order */

/* false and true are one kind among the others. */
static int kind_rank(enum sql_jsonb_kind kind)
{
    return kind == SQL_JSONB_KIND_TRUE ? SQL_JSONB_KIND_FALSE : (int)kind;
}

static int sign(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_items(struct sql_call *call, const struct sql_jsonb *a,
                         const struct sql_jsonb *b)
{
    bool object = a->kind == SQL_JSONB_KIND_OBJECT;
    uint32_t count = sql_jsonb_count(a);
    int order = sign(count, sql_jsonb_count(b));
    for (uint32_t i = 0; i < count && order == 0; i++) {
        if (object) {
            order = slice_compare(sql_jsonb_key(a, i), sql_jsonb_key(b, i));
            if (order)
                break;
        }
        struct sql_jsonb left = object ? sql_jsonb_member(a, i) : sql_jsonb_element(a, i);
        struct sql_jsonb right = object ? sql_jsonb_member(b, i) : sql_jsonb_element(b, i);
        order = sql_jsonb_compare(call, &left, &right);
    }
    return order;
}

int sql_jsonb_compare(struct sql_call *call, const struct sql_jsonb *a, const struct sql_jsonb *b)
{
    int order = sign(kind_rank(a->kind), kind_rank(b->kind));
    if (order)
        return order;
    switch (a->kind) {
    case SQL_JSONB_KIND_STRING: return sql_text_compare(call, a->bytes, b->bytes);
    case SQL_JSONB_KIND_NUMBER:
        return sql_numeric_ops.compare(call, NULL, sql_jsonb_number(a), sql_jsonb_number(b));
    case SQL_JSONB_KIND_ARRAY:
    case SQL_JSONB_KIND_OBJECT: return compare_items(call, a, b);
    default: return sign(a->kind, b->kind);
    }
}

bool sql_jsonb_equal(struct sql_call *call, const struct sql_jsonb *a, const struct sql_jsonb *b)
{
    return sql_jsonb_compare(call, a, b) == 0;
}

/* At the top a scalar is an array of one that comes before the other arrays of one. */
static int jsonb_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                         struct datum b)
{
    (void)type;
    struct sql_jsonb left = sql_jsonb_open(a), right = sql_jsonb_open(b);
    bool left_array = left.kind == SQL_JSONB_KIND_ARRAY;
    bool right_array = right.kind == SQL_JSONB_KIND_ARRAY;
    if (left_array != right_array && left.kind != SQL_JSONB_KIND_OBJECT &&
        right.kind != SQL_JSONB_KIND_OBJECT) {
        uint32_t left_count = left_array ? sql_jsonb_count(&left) : 1;
        uint32_t right_count = right_array ? sql_jsonb_count(&right) : 1;
        int order = sign(left_count, right_count);
        return order ? order : left_array - right_array;
    }
    return sql_jsonb_compare(call, &left, &right);
}

static uint64_t hash_value(struct sql_call *call, const struct sql_jsonb *value)
{
    uint64_t hash = (uint64_t)value->kind + 1;
    if (value->kind == SQL_JSONB_KIND_NUMBER)
        return hash ^ sql_numeric_ops.hash(call, NULL, sql_jsonb_number(value));
    if (value->kind == SQL_JSONB_KIND_STRING)
        return hash ^ hash_bytes(value->bytes);
    if (!sql_jsonb_is_container(value))
        return hash;
    bool object = value->kind == SQL_JSONB_KIND_OBJECT;
    for (uint32_t i = 0; i < sql_jsonb_count(value); i++) {
        struct sql_jsonb item = object ? sql_jsonb_member(value, i) : sql_jsonb_element(value, i);
        if (object)
            hash = hash * 31 + hash_bytes(sql_jsonb_key(value, i));
        hash = hash * 31 + hash_value(call, &item);
    }
    return hash;
}

static uint64_t jsonb_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)type;
    struct sql_jsonb top = sql_jsonb_open(value);
    return hash_value(call, &top);
}

static bool add_key(struct sql_call *call, const struct sql_jsonb *value, struct sql_bytes *out)
{
    sql_bytes_add_char(out, (char)(value->kind + 1));
    if (value->kind == SQL_JSONB_KIND_STRING)
        sql_key_add_text(out, value->bytes);
    if (value->kind == SQL_JSONB_KIND_NUMBER)
        return sql_numeric_ops.encode_key(call, NULL, sql_jsonb_number(value), out);
    if (!sql_jsonb_is_container(value))
        return true;
    bool object = value->kind == SQL_JSONB_KIND_OBJECT;
    sql_bytes_add_u32(out, sql_jsonb_count(value));
    for (uint32_t i = 0; i < sql_jsonb_count(value); i++) {
        struct sql_jsonb item = object ? sql_jsonb_member(value, i) : sql_jsonb_element(value, i);
        if (object)
            sql_key_add_text(out, sql_jsonb_key(value, i));
        if (!add_key(call, &item, out))
            return false;
    }
    return true;
}

static bool jsonb_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                             struct sql_bytes *out)
{
    (void)type;
    struct sql_jsonb top = sql_jsonb_open(value);
    bool object = top.kind == SQL_JSONB_KIND_OBJECT, array = top.kind == SQL_JSONB_KIND_ARRAY;
    sql_bytes_add_char(out, object ? 2 : 1);
    if (!object) {
        sql_bytes_add_u32(out, array ? sql_jsonb_count(&top) : 1);
        sql_bytes_add_char(out, array);
    }
    return add_key(call, &top, out);
}

const struct sql_type_ops sql_jsonb_ops = {
    .input = jsonb_input,
    .output = jsonb_output,
    .receive = jsonb_receive,
    .send = jsonb_send,
    .compare = jsonb_compare,
    .hash = jsonb_hash,
    .encode_key = jsonb_encode_key,
};

/* ---- json: a text that is known to be one */

static bool json_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return sql_json_check(call, text) && sql_give_copy(call, out, text);
}

static bool json_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)call;
    (void)type;
    sql_bytes_add_slice(out, datum_slice(value));
    return true;
}

static bool json_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    return sql_text_check(call->env->error, bytes) && json_input(call, type, bytes, typmod, out);
}

const struct sql_type_ops sql_json_ops = {
    .input = json_input,
    .output = json_output,
    .receive = json_receive,
    .send = json_output,
};
