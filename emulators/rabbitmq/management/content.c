#include "emulators/rabbitmq/management/content.h"

#include "common/text.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/publish_check.h"

/* ---- properties */

uint16_t management_property_flag(size_t property)
{
    return (uint16_t)(AMQP_CONTENT_TYPE >> property);
}

void management_property_name(const struct amqp_field *field, char *out)
{
    size_t i = 0;
    for (; field->name[i] && i < MANAGEMENT_PROPERTY_NAME_MAX - 1; i++)
        out[i] = field->name[i] == '-' ? '_' : field->name[i];
    out[i] = '\0';
}

static void *place_of(struct amqp_properties *properties, const struct amqp_field *field)
{
    return (uint8_t *)properties + field->offset;
}

/* RabbitMQ cuts what is too long for an octet; a fixture is told. */
static bool read_number(struct management_call *call, const struct amqp_field *field,
                        const char *name, const struct management_value *value, void *place)
{
    bool is_octet = field->type == AMQP_FIELD_OCTET;
    uint64_t number;
    if (value->kind != JSON_NUMBER || !text_to_u64(value->text, &number) ||
        (!call->x && is_octet && number > UINT8_MAX)) {
        management_bad_value(call, "not_int", slice_str(name));
        return false;
    }
    if (is_octet)
        *(uint8_t *)place = (uint8_t)number;
    else
        *(uint64_t *)place = number;
    return true;
}

static bool read_short_string(struct management_call *call, const char *name,
                              const struct management_value *value, struct slice *place)
{
    *place = value->text;
    if (value->kind == JSON_STRING && value->text.len <= MANAGEMENT_SHORT_STRING_MAX)
        return true;
    management_bad_value(call, "not_string", slice_str(name));
    return false;
}

static bool read_property(struct management_call *call, struct slice object, size_t property,
                          struct amqp_properties *out)
{
    const struct amqp_field *field = &amqp_property_table[property];
    char name[MANAGEMENT_PROPERTY_NAME_MAX];
    management_property_name(field, name);
    struct management_value value = management_member(call, object, name);
    if (value.kind == JSON_END)
        return true;
    out->flags |= management_property_flag(property);
    switch (field->type) {
    case AMQP_FIELD_TABLE: return management_table(call, object, name, place_of(out, field));
    case AMQP_FIELD_SHORTSTR: return read_short_string(call, name, &value, place_of(out, field));
    default: return read_number(call, field, name, &value, place_of(out, field));
    }
}

bool management_read_properties(struct management_call *call, struct slice object,
                                struct amqp_properties *out)
{
    bool ok = true;
    *out = (struct amqp_properties){0};
    for (size_t i = 0; i < AMQP_PROPERTY_COUNT && ok; i++)
        ok = read_property(call, object, i, out);
    return ok;
}

static void put_property(struct management_call *call, const struct amqp_field *field,
                         const struct amqp_properties *properties, struct json_writer *out)
{
    const void *place = (const uint8_t *)properties + field->offset;
    char name[MANAGEMENT_PROPERTY_NAME_MAX];
    management_property_name(field, name);
    json_key_str(out, name);
    switch (field->type) {
    case AMQP_FIELD_TABLE: management_put_table(call, *(const struct slice *)place, out); break;
    case AMQP_FIELD_SHORTSTR: json_string(out, *(const struct slice *)place); break;
    case AMQP_FIELD_LONGLONG: json_uint(out, *(const uint64_t *)place); break;
    default: json_uint(out, *(const uint8_t *)place); break;
    }
}

/* The last one first; none at all are an array, as RabbitMQ has it. */
void management_put_amqp_properties(struct management_call *call,
                                    const struct amqp_properties *properties,
                                    struct json_writer *out)
{
    json_key_str(out, "properties");
    if (!(properties->flags & AMQP_PROPERTY_FLAGS)) {
        json_raw(out, slice_str("[]"));
        return;
    }
    json_object(out);
    for (size_t i = AMQP_PROPERTY_COUNT; i-- > 0;)
        if (properties->flags & management_property_flag(i))
            put_property(call, &amqp_property_table[i], properties, out);
    json_object_end(out);
}

void management_put_properties(struct management_call *call, const struct rabbit_message *message,
                               struct json_writer *out)
{
    struct amqp_properties properties;
    if (!amqp_properties_decode(rabbit_message_properties(message), &properties))
        properties = (struct amqp_properties){0};
    management_put_amqp_properties(call, &properties, out);
}

/* ---- payloads */

bool management_decode_payload(struct management_call *call, struct slice encoding,
                               struct slice *payload)
{
    if (slice_eq_str(encoding, "string"))
        return true;
    if (!slice_eq_str(encoding, "base64")) {
        management_bad_value(call, "unsupported_encoding", encoding);
        return false;
    }
    uint8_t *bytes = arena_alloc(call->arena, payload->len + 1);
    size_t len;
    if (!bytes)
        return management_fail_memory(call);
    if (!text_from_base64(*payload, bytes, &len)) {
        management_bad_value(call, "not_base64", *payload);
        return false;
    }
    *payload = slice_of(bytes, len);
    return true;
}

void management_put_payload(struct management_call *call, struct slice body, bool is_base64,
                            struct json_writer *out)
{
    bool is_text = !is_base64 && management_is_utf8(body);
    if (is_text) {
        management_put_string(out, "payload", body);
    } else {
        char *base64 = arena_alloc(call->arena, TEXT_BASE64_LEN(body.len) + 1);
        if (!base64) {
            out->out->failed = true;
            return;
        }
        text_to_base64(base64, body.ptr, body.len);
        management_put_string(out, "payload", slice_of(base64, TEXT_BASE64_LEN(body.len)));
    }
    management_put_str(out, "payload_encoding", is_text ? "string" : "base64");
}

/* ---- messages */

/* Fixtures may publish what nobody may. */
static bool check(struct management_call *call, const struct management_publish *publish,
                  struct rabbit_message_options *options, struct rabbit_error *error)
{
    const struct amqp_properties *properties = &publish->properties;
    struct slice user = call->x ? call->user->name : properties->user_id;
    return (!call->x || rabbit_publish_check(call->vhost, user, options, error)) &&
           rabbit_publish_read_properties(call->rabbit, properties, user, options, error);
}

struct rabbit_message *management_make_message(struct management_call *call,
                                               const struct management_publish *publish,
                                               struct rabbit_error *error)
{
    struct heap *heap = call->rabbit->host.heap;
    struct rabbit_message_options options = {
        .exchange = publish->exchange,
        .routing_key = publish->routing_key,
        .body_len = publish->payload.len,
        .published_ms = rabbit_now_ms(call->rabbit),
    };
    struct rabbit_message *message = NULL;
    struct outq raw;
    if (!check(call, publish, &options, error))
        return NULL;
    outq_init(&raw);
    amqp_properties_put(&raw, &publish->properties);
    options.properties = outq_flatten(&raw);
    if (options.properties.ptr)
        message = rabbit_message_create(heap, &options);
    if (message && !rabbit_message_fill(heap, &message, 0, publish->payload)) {
        rabbit_message_release(heap, message);
        message = NULL;
    }
    outq_done(&raw);
    if (!message)
        rabbit_fail_memory(error);
    return message;
}
