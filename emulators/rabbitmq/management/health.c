/* Health checks: what orchestrators and test suites wait for. */
#include "common/text.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/management.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/queue.h"

void management_check_fine(struct management_call *call)
{
    json_object(&call->out);
    management_put_str(&call->out, "status", "ok");
    json_object_end(&call->out);
    management_reply(call);
}

/* Begins an answer of 503. */
static struct json_writer *begin_failed(struct management_call *call, const char *reason)
{
    json_object(&call->out);
    management_put_str(&call->out, "status", "failed");
    management_put_str(&call->out, "reason", reason);
    return &call->out;
}

static void end_failed(struct management_call *call)
{
    json_object_end(&call->out);
    management_reply_status(call, HTTP_SERVICE_UNAVAILABLE);
}

void management_check_node(struct management_call *call)
{
    if (slice_eq_str(management_parameter(call, "node"), MANAGEMENT_NODE))
        management_check_fine(call);
    else
        management_not_found(call);
}

void management_check_alarms(struct management_call *call)
{
    if (!call->rabbit->alarm) {
        management_check_fine(call);
        return;
    }
    struct json_writer *out = begin_failed(call, "There are alarms in effect in the cluster");
    json_key_str(out, "alarms");
    json_array(out);
    json_object(out);
    management_put_str(out, "node", MANAGEMENT_NODE);
    management_put_str(out, "resource", "memory");
    json_object_end(out);
    json_array_end(out);
    end_failed(call);
}

/* There are no certificates that could expire. */
void management_check_certificates(struct management_call *call)
{
    static const char *const units[] = {"days", "weeks", "months", "years"};
    struct slice unit = management_parameter(call, "unit");
    uint64_t within;
    bool is_unit = false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        is_unit = is_unit || slice_eq_str(unit, units[i]);
    if (!is_unit)
        management_bad_request(
            call, "Time unit not recognised. Supported units: days, weeks, months, years.");
    else if (!text_to_u64(management_parameter(call, "within"), &within))
        management_bad_request(call, "Invalid expiration value.");
    else
        management_check_fine(call);
}

/* ---- listeners */

struct listening {
    const char *protocol;
    uint16_t port;
};

static void read_listeners(const struct rabbit *rabbit, struct listening out[2])
{
    out[0] = (struct listening){"amqp", rabbit->port};
    out[1] = (struct listening){"http", rabbit_management_port(rabbit)};
}

void management_check_port(struct management_call *call)
{
    struct listening listeners[2];
    uint64_t port;
    read_listeners(call->rabbit, listeners);
    if (!text_to_u64(management_parameter(call, "port"), &port)) {
        management_bad_request(call, "Invalid port");
        return;
    }
    if (port == listeners[0].port || port == listeners[1].port) {
        json_object(&call->out);
        management_put_str(&call->out, "status", "ok");
        management_put_uint(&call->out, "port", port);
        json_object_end(&call->out);
        management_reply(call);
        return;
    }
    struct json_writer *out = begin_failed(call, "No active listener");
    management_put_uint(out, "missing", port);
    json_key_str(out, "ports");
    json_array(out);
    json_uint(out, listeners[1].port);
    json_uint(out, listeners[0].port);
    json_array_end(out);
    end_failed(call);
}

/* AMQP 0-9-1 goes by several names. */
static struct slice protocol_of(struct slice name)
{
    static const char *const names[] = {"amqp091", "amqp0.9.1", "amqp0-9-1", "amqp0_9_1"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_eq_str(name, names[i]))
            return slice_str("amqp");
    return name;
}

void management_check_protocol(struct management_call *call)
{
    struct slice protocol = protocol_of(management_parameter(call, "protocol"));
    struct listening listeners[2];
    read_listeners(call->rabbit, listeners);
    for (size_t i = 0; i < 2; i++)
        if (slice_eq_str(protocol, listeners[i].protocol)) {
            json_object(&call->out);
            management_put_str(&call->out, "status", "ok");
            management_put_string(&call->out, "protocol", protocol);
            json_object_end(&call->out);
            management_reply(call);
            return;
        }
    struct json_writer *out = begin_failed(call, "No active listener");
    management_put_string(out, "missing", protocol);
    management_put_words(out, "protocols", slice_str("http,amqp"));
    end_failed(call);
}

void management_check_single_node(struct management_call *call)
{
    json_object(&call->out);
    management_put_str(&call->out, "status", "ok");
    management_put_str(&call->out, "reason", "single node cluster");
    json_object_end(&call->out);
    management_reply(call);
}

/* ---- aliveness */

/* The broker answers, so it lives; what RabbitMQ's test leaves behind is its queue. */
void management_get_aliveness(struct management_call *call)
{
    const struct rabbit_queue_options options = {.name = slice_str("aliveness-test")};
    struct rabbit_error error;
    if (!rabbit_user_may(call->vhost, call->user->name, RABBIT_CONFIGURE, "queue", options.name,
                         &error))
        management_refuse(call, error.text);
    else if (!rabbit_queue_find(call->vhost, options.name) &&
             !rabbit_queue_declare(call->vhost, &options, &error))
        management_fail_engine(call, &error);
    else
        management_check_fine(call);
}
