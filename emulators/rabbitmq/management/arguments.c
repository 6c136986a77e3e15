#include "emulators/rabbitmq/management/arguments.h"

#include <stdio.h>

#include "common/text.h"
#include "protocols/amqp/amqp_table.h"

/* ---- to JSON */

bool management_is_utf8(struct slice bytes)
{
    size_t width = 1;
    while (bytes.len && (width = utf8_width(bytes)))
        bytes = slice_from(bytes, width);
    return width > 0;
}

static void put_text(struct management_call *call, struct slice bytes, struct json_writer *out)
{
    if (management_is_utf8(bytes)) {
        json_string(out, bytes);
        return;
    }
    char *base64 = arena_alloc(call->arena, TEXT_BASE64_LEN(bytes.len) + 1);
    if (!base64) {
        call->body.failed = true;
        return;
    }
    text_to_base64(base64, bytes.ptr, bytes.len);
    struct slice text = arena_concat(call->arena, slice_str("Not UTF-8, base64 is: "),
                                     slice_of(base64, TEXT_BASE64_LEN(bytes.len)), slice_str(""));
    json_string(out, text);
}

static void put_value(struct management_call *call, const struct amqp_value *value,
                      struct json_writer *out);

static void put_array(struct management_call *call, struct slice items, struct json_writer *out)
{
    struct amqp_table_iter iter = amqp_table_begin(items);
    struct amqp_value value;
    json_array(out);
    while (amqp_array_next(&iter, &value))
        put_value(call, &value, out);
    json_array_end(out);
}

/* RabbitMQ writes scale and digits one behind the other, with a point between. */
static void put_decimal(const struct amqp_value *value, struct json_writer *out)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%u.%u", value->decimal.scale, value->decimal.digits);
    json_raw(out, slice_of(text, (size_t)len));
}

static void put_value(struct management_call *call, const struct amqp_value *value,
                      struct json_writer *out)
{
    switch (value->type) {
    case 'F': management_put_table(call, value->bytes, out); break;
    case 'A': put_array(call, value->bytes, out); break;
    case 'S':
    case 'x': put_text(call, value->bytes, out); break;
    case 't': json_bool(out, value->boolean); break;
    case 'f':
    case 'd': json_double(out, value->real); break;
    case 'D': put_decimal(value, out); break;
    case 'T': json_uint(out, value->timestamp); break;
    case 'V': json_str(out, "undefined"); break;
    default: json_int(out, value->integer); break;
    }
}

void management_put_table(struct management_call *call, struct slice table, struct json_writer *out)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct amqp_value value;
    struct slice name;
    json_object(out);
    while (amqp_table_next(&iter, &name, &value)) {
        json_key(out, name);
        put_value(call, &value, out);
    }
    json_object_end(out);
}

/* ---- from JSON */

/* What stands before an array's items where it is a table's entry without a name: the name's length, the
 * type's letter, the array's length. */
#define ARRAY_HEAD 6

/* All levels but the innermost are written as the bytes of what they hold. */
struct builder {
    struct management_call *call;
    struct amqp_table_writer writer;
    struct outq bytes;
};

static bool build(struct management_call *call, const struct management_value *container,
                  struct slice *out);

static bool put_nested(struct builder *builder, struct slice name,
                       const struct management_value *value)
{
    struct slice nested;
    if (!build(builder->call, value, &nested))
        return false;
    amqp_table_put_bytes(&builder->writer, name, value->kind == JSON_OBJECT ? 'F' : 'A', nested);
    return true;
}

static bool put_number(struct builder *builder, struct slice name, struct slice text)
{
    int64_t integer;
    double real;
    if (text_to_i64(text, &integer)) {
        amqp_table_put_integer(&builder->writer, name, 'l', integer);
    } else if (text_to_double(text, &real)) {
        amqp_table_put_double(&builder->writer, name, real);
    } else {
        management_bad_value(builder->call, "not_integer", text);
        return false;
    }
    return true;
}

static bool put_json(struct builder *builder, struct slice name,
                     const struct management_value *value)
{
    switch (value->kind) {
    case JSON_OBJECT:
    case JSON_ARRAY: return put_nested(builder, name, value);
    case JSON_NUMBER: return put_number(builder, name, value->text);
    case JSON_STRING: amqp_table_put_bytes(&builder->writer, name, 'S', value->text); return true;
    case JSON_TRUE:
    case JSON_FALSE:
        amqp_table_put_bool(&builder->writer, name, value->kind == JSON_TRUE);
        return true;
    default: management_bad_request(builder->call, "null_not_allowed"); return false;
    }
}

static bool put_items(struct builder *builder, struct json_reader *reader)
{
    const struct slice no_name = slice_of(NULL, 0);
    struct management_value value;
    bool ok = true;
    amqp_table_begin_array(&builder->writer, no_name);
    while (ok && management_next(reader, &value))
        ok = put_json(builder, no_name, &value);
    amqp_table_end(&builder->writer);
    return ok;
}

static bool put_members(struct builder *builder, struct json_reader *reader)
{
    struct management_value value;
    struct slice name;
    bool ok = true;
    while (ok && management_next_member(reader, &name, &value))
        ok = put_json(builder, name, &value);
    return ok;
}

/* The bytes of an object's or array's values, in the arena. */
static bool build(struct management_call *call, const struct management_value *container,
                  struct slice *out)
{
    struct builder builder = {.call = call};
    struct json_reader reader;
    outq_init(&builder.bytes);
    amqp_table_writer_init(&builder.writer, &builder.bytes);
    management_begin(call, container->json, &reader);
    bool is_array = container->kind == JSON_ARRAY;
    bool ok = is_array ? put_items(&builder, &reader) : put_members(&builder, &reader);
    if (ok) {
        struct slice bytes = outq_flatten(&builder.bytes);
        bytes = slice_from(bytes, is_array ? ARRAY_HEAD : 0);
        *out = builder.bytes.failed ? slice_of(NULL, 0) : arena_dup(call->arena, bytes);
        ok = out->ptr || management_fail_memory(call);
    }
    outq_done(&builder.bytes);
    return ok;
}

bool management_table(struct management_call *call, struct slice object, const char *name,
                      struct slice *out)
{
    struct management_value value = management_member(call, object, name);
    *out = slice_str("");
    if (value.kind == JSON_OBJECT)
        return build(call, &value, out);
    if (value.kind == JSON_END || (value.kind == JSON_ARRAY && value.json.len == 2))
        return true;
    management_bad_value(call, "not_object", slice_str(name));
    return false;
}
