/* Messages as JSON: their properties and payloads.
 *
 *   {"properties": {"content_type": "text/plain", "headers": {...}}, "payload": "...", "payload_encoding":
 *   "string" or "base64"} */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_CONTENT_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_CONTENT_H

#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/message.h"
#include "protocols/amqp/amqp_properties.h"

#define MANAGEMENT_SHORT_STRING_MAX 255

#define MANAGEMENT_PROPERTY_NAME_MAX 32
/* A property's name: "content-type" is content_type to management. out has room for the longest. */
void management_property_name(const struct amqp_field *field, char *out);
/* The flag of a property by its place in amqp_property_table. */
uint16_t management_property_flag(size_t property);

/* A message that is to be; the slices are the call's. */
struct management_publish {
    struct slice exchange, routing_key, payload;
    struct amqp_properties properties;
};

/* Properties from an object; members of other names are ignored. False: the call is answered. */
bool management_read_properties(struct management_call *call, struct slice object,
                                struct amqp_properties *out);
/* Takes base64 off the payload if that is its encoding. False: the call is answered. */
bool management_decode_payload(struct management_call *call, struct slice encoding,
                               struct slice *payload);

/* Makes the message if its publisher may publish it. NULL: *error says why not. The reference is the caller's. */
struct rabbit_message *management_make_message(struct management_call *call,
                                               const struct management_publish *publish,
                                               struct rabbit_error *error);

/* Writes a member `properties`: these, or a message's. */
void management_put_amqp_properties(struct management_call *call,
                                    const struct amqp_properties *properties,
                                    struct json_writer *out);
void management_put_properties(struct management_call *call, const struct rabbit_message *message,
                               struct json_writer *out);
/* Writes `payload` and `payload_encoding`, which is base64 if it is asked for, and of what is no UTF-8. */
void management_put_payload(struct management_call *call, struct slice body, bool is_base64,
                            struct json_writer *out);

#endif
