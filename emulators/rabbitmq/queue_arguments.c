#include "emulators/rabbitmq/queue_arguments.h"

#include <stdio.h>

#include "emulators/rabbitmq/argument_text.h"
#include "emulators/rabbitmq/stream.h"
#include "protocols/amqp/amqp_table.h"

/* Milliseconds that an Erlang timer can wait: 2^32 - 1. */
#define EXPIRY_MAX_MS 4294967295LL

/* ---- what one argument may be: each fills the problem's text, or leaves it empty */

struct problem {
    char text[160];
};

static bool integer_of(const struct amqp_value *value, int64_t *out, struct problem *problem)
{
    if (amqp_value_to_i64(value, out))
        return true;
    snprintf(problem->text, sizeof(problem->text), "\"expected integer, got %s\"",
             amqp_type_name(value->type));
    return false;
}

static void check_not_negative(const struct amqp_value *value, struct problem *problem)
{
    int64_t n;
    if (integer_of(value, &n, problem) && n < 0)
        snprintf(problem->text, sizeof(problem->text), "{value_negative,%lld}", (long long)n);
}

static void check_ttl(const struct amqp_value *value, struct problem *problem)
{
    int64_t n;
    check_not_negative(value, problem);
    if (!problem->text[0] && amqp_value_to_i64(value, &n) && n > EXPIRY_MAX_MS)
        snprintf(problem->text, sizeof(problem->text), "{value_too_large,%lld}", (long long)n);
}

static void check_expires(const struct amqp_value *value, struct problem *problem)
{
    int64_t n;
    check_ttl(value, problem);
    if (!problem->text[0] && amqp_value_to_i64(value, &n) && n == 0)
        snprintf(problem->text, sizeof(problem->text), "{value_zero,0}");
}

static void check_priority(const struct amqp_value *value, struct problem *problem)
{
    int64_t n;
    check_not_negative(value, problem);
    if (!problem->text[0] && amqp_value_to_i64(value, &n) && n > UINT8_MAX)
        snprintf(problem->text, sizeof(problem->text), "{max_value_exceeded,%lld}", (long long)n);
}

static void check_version(const struct amqp_value *value, struct problem *problem)
{
    int64_t n;
    check_not_negative(value, problem);
    if (!problem->text[0] && amqp_value_to_i64(value, &n) && n != 1 && n != 2)
        snprintf(problem->text, sizeof(problem->text), "\"unsupported queue version '%lld'\"",
                 (long long)n);
}

static bool text_of(const struct amqp_value *value, struct problem *problem)
{
    if (value->type == 'S')
        return true;
    snprintf(problem->text, sizeof(problem->text), "{unacceptable_type,%s}",
             amqp_type_name(value->type));
    return false;
}

static bool is_one_of(struct slice text, const char *const *words)
{
    for (; *words; words++)
        if (slice_eq_str(text, *words))
            return true;
    return false;
}

static void check_overflow(const struct amqp_value *value, struct problem *problem)
{
    static const char *const words[] = {"drop-head", "reject-publish", "reject-publish-dlx", NULL};
    if (text_of(value, problem) && !is_one_of(value->bytes, words))
        snprintf(problem->text, sizeof(problem->text), "invalid_overflow");
}

static void check_mode(const struct amqp_value *value, struct problem *problem)
{
    static const char *const words[] = {"default", "lazy", NULL};
    if (text_of(value, problem) && !is_one_of(value->bytes, words))
        snprintf(problem->text, sizeof(problem->text), "\"unsupported queue mode '" SLICE_FMT "'\"",
                 SLICE_ARG(value->bytes));
}

static void check_strategy(const struct amqp_value *value, struct problem *problem)
{
    static const char *const words[] = {"at-most-once", "at-least-once", NULL};
    if (text_of(value, problem) && !is_one_of(value->bytes, words))
        snprintf(problem->text, sizeof(problem->text), "invalid_dlx_strategy");
}

static void check_locator(const struct amqp_value *value, struct problem *problem)
{
    static const char *const words[] = {"client-local", "balanced", "random", "least-leaders",
                                        NULL};
    if (text_of(value, problem) && !is_one_of(value->bytes, words))
        snprintf(problem->text, sizeof(problem->text), "invalid_queue_locator_arg");
}

static void check_max_age(const struct amqp_value *value, struct problem *problem)
{
    int64_t ms;
    if (text_of(value, problem) && !rabbit_stream_interval(value->bytes, &ms))
        snprintf(problem->text, sizeof(problem->text), "invalid_max_age");
}

static void check_bool(const struct amqp_value *value, struct problem *problem)
{
    if (value->type != 't')
        snprintf(problem->text, sizeof(problem->text), "{unacceptable_type,%s}",
                 amqp_type_name(value->type));
}

static void check_text(const struct amqp_value *value, struct problem *problem)
{
    text_of(value, problem);
}

static void check_nothing(const struct amqp_value *value, struct problem *problem)
{
    (void)value;
    (void)problem;
}

enum { CLASSIC = 1 << RABBIT_CLASSIC, QUORUM = 1 << RABBIT_QUORUM, STREAM = 1 << RABBIT_STREAM };

/* In the order in which RabbitMQ checks them. */
static const struct argument {
    const char *name;
    unsigned types; /* of queues that know it */
    void (*check)(const struct amqp_value *value, struct problem *problem);
} arguments[] = {
    {"x-expires",                       CLASSIC | QUORUM,          check_expires     },
    {"x-message-ttl",                   CLASSIC | QUORUM,          check_ttl         },
    {"x-dead-letter-exchange",          CLASSIC | QUORUM,          check_nothing     },
    {"x-dead-letter-routing-key",       CLASSIC | QUORUM,          check_text        },
    {"x-dead-letter-strategy",          QUORUM,                    check_strategy    },
    {"x-max-length",                    CLASSIC | QUORUM,          check_not_negative},
    {"x-max-length-bytes",              CLASSIC | QUORUM | STREAM, check_not_negative},
    {"x-max-in-memory-length",          QUORUM,                    check_not_negative},
    {"x-max-in-memory-bytes",           QUORUM,                    check_not_negative},
    {"x-max-priority",                  CLASSIC,                   check_priority    },
    {"x-overflow",                      CLASSIC | QUORUM,          check_overflow    },
    {"x-queue-mode",                    CLASSIC,                   check_mode        },
    {"x-queue-version",                 CLASSIC,                   check_version     },
    {"x-single-active-consumer",        CLASSIC | QUORUM,          check_bool        },
    {"x-queue-type",                    CLASSIC | QUORUM | STREAM, check_nothing     },
    {"x-quorum-initial-group-size",     QUORUM,                    check_not_negative},
    {"x-max-age",                       STREAM,                    check_max_age     },
    {"x-stream-max-segment-size-bytes", STREAM,                    check_not_negative},
    {"x-initial-cluster-size",          STREAM,                    check_not_negative},
    {"x-queue-leader-locator",          QUORUM | STREAM,           check_locator     },
    {"x-queue-master-locator",          CLASSIC,                   check_text        },
    {"x-delivery-limit",                QUORUM,                    check_not_negative},
};
#define ARGUMENT_COUNT (sizeof(arguments) / sizeof(arguments[0]))

static const char *const type_names[] = {"classic", "quorum", "stream"};

const char *rabbit_queue_type_name(enum rabbit_queue_type type)
{
    return type_names[type];
}

/* ---- checking */

struct check {
    const struct rabbit_vhost *vhost;
    const struct rabbit_queue_options *options;
    struct rabbit_error *error;
};

static bool refuse(const struct check *check, const char *argument, const char *problem)
{
    return rabbit_fail(check->error, RABBIT_PRECONDITION_FAILED,
                       "invalid arg '%s' for queue '" SLICE_FMT "' in vhost '" SLICE_FMT "'%s%s",
                       argument, SLICE_ARG(check->options->name),
                       SLICE_ARG(rabbit_vhost_name(check->vhost)), problem[0] == ' ' ? "" : ": ",
                       problem);
}

static bool read_type(const struct check *check, enum rabbit_queue_type *out)
{
    struct slice name = check->vhost->state->default_queue_type;
    struct amqp_value value;
    struct problem problem = {""};
    *out = RABBIT_CLASSIC;
    if (amqp_table_get(check->options->arguments, slice_str("x-queue-type"), &value)) {
        if (!text_of(&value, &problem))
            return refuse(check, "x-queue-type", problem.text);
        name = value.bytes;
    } else if (!name.ptr || slice_eq_str(name, "undefined")) {
        return true;
    }
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
        if (slice_eq_str(name, type_names[i])) {
            *out = (enum rabbit_queue_type)i;
            return true;
        }
    snprintf(problem.text, sizeof(problem.text), "\"unsupported queue type '" SLICE_FMT "'\"",
             SLICE_ARG(name));
    return refuse(check, "x-queue-type", problem.text);
}

/* Arguments that queues of the type do not know, though others do. */
static bool check_known(const struct check *check, enum rabbit_queue_type type)
{
    struct amqp_value value;
    char problem[64];
    snprintf(problem, sizeof(problem), " of queue type rabbit_%s_queue", type_names[type]);
    for (size_t i = 0; i < ARGUMENT_COUNT; i++)
        if (!(arguments[i].types & 1u << type) &&
            amqp_table_get(check->options->arguments, slice_str(arguments[i].name), &value))
            return refuse(check, arguments[i].name, problem);
    return true;
}

static bool check_dead_letters(const struct check *check)
{
    struct amqp_value exchange, key;
    bool has_exchange =
        amqp_table_get(check->options->arguments, slice_str("x-dead-letter-exchange"), &exchange);
    if (has_exchange && exchange.type != 'S')
        return rabbit_fail(check->error, RABBIT_PRECONDITION_FAILED,
                           "invalid type '%s' for arg 'x-dead-letter-exchange' in queue '" SLICE_FMT
                           "' in vhost '" SLICE_FMT "'",
                           amqp_type_name(exchange.type), SLICE_ARG(check->options->name),
                           SLICE_ARG(rabbit_vhost_name(check->vhost)));
    if (!has_exchange &&
        amqp_table_get(check->options->arguments, slice_str("x-dead-letter-routing-key"), &key))
        return refuse(check, "x-dead-letter-routing-key", "routing_key_but_no_dlx_defined");
    return true;
}

static bool check_values(const struct check *check)
{
    for (size_t i = 0; i < ARGUMENT_COUNT; i++) {
        struct amqp_value value;
        struct problem problem = {""};
        if (!amqp_table_get(check->options->arguments, slice_str(arguments[i].name), &value))
            continue;
        arguments[i].check(&value, &problem);
        if (problem.text[0])
            return refuse(check, arguments[i].name, problem.text);
    }
    return check_dead_letters(check);
}

static bool check_properties(const struct check *check, enum rabbit_queue_type type)
{
    const struct rabbit_queue_options *options = check->options;
    const char *problem = NULL;
    if (type == RABBIT_CLASSIC)
        return true;
    if (options->auto_delete)
        problem = "auto-delete";
    else if (options->exclusive)
        problem = "exclusive-owner";
    else if (!options->durable)
        problem = "non-durable";
    if (!problem)
        return true;
    return rabbit_fail(check->error, RABBIT_PRECONDITION_FAILED,
                       "invalid property '%s' for queue '" SLICE_FMT "' in vhost '" SLICE_FMT "'",
                       problem, SLICE_ARG(options->name),
                       SLICE_ARG(rabbit_vhost_name(check->vhost)));
}

bool rabbit_queue_arguments_check(const struct rabbit_vhost *vhost,
                                  const struct rabbit_queue_options *options,
                                  enum rabbit_queue_type *out_type, struct rabbit_error *error)
{
    struct check check = {vhost, options, error};
    return read_type(&check, out_type) && check_known(&check, *out_type) && check_values(&check) &&
           check_properties(&check, *out_type);
}

/* ---- comparing */

static bool property_agrees(const struct rabbit_queue *queue, const char *name, bool asked,
                            bool current, struct rabbit_error *error)
{
    if (asked == current)
        return true;
    return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "inequivalent arg '%s' for queue '" SLICE_FMT "' in vhost '" SLICE_FMT
                       "': received '%s' but current is '%s'",
                       name, SLICE_ARG(queue->state->name),
                       SLICE_ARG(rabbit_vhost_name(queue->vhost)), asked ? "true" : "false",
                       current ? "true" : "false");
}

/* A classic queue is what one is without the argument. */
static bool is_default_type(struct slice table)
{
    struct amqp_value value;
    return !amqp_table_get(table, slice_str("x-queue-type"), &value) ||
           (value.type == 'S' && slice_eq_str(value.bytes, "classic"));
}

bool rabbit_queue_arguments_agree(const struct rabbit_queue *queue,
                                  const struct rabbit_queue_options *options,
                                  struct rabbit_error *error)
{
    const struct rabbit_queue_state *state = queue->state;
    bool durable = options->durable && !options->exclusive;
    if (!property_agrees(queue, "durable", durable, state->durable, error) ||
        !property_agrees(queue, "auto_delete", options->auto_delete, state->auto_delete, error))
        return false;
    for (size_t i = 0; i < ARGUMENT_COUNT; i++) {
        const char *name = arguments[i].name;
        if (!(arguments[i].types & 1u << state->type) ||
            (!strcmp(name, "x-queue-type") && is_default_type(options->arguments) &&
             is_default_type(state->arguments)))
            continue;
        if (!rabbit_argument_agrees(
                &(struct rabbit_argument_owner){"queue", state->name,
                                                rabbit_vhost_name(queue->vhost)},
                name, options->arguments, state->arguments, error))
            return false;
    }
    return true;
}

/* ---- reading */

static void integer_argument(struct slice table, const char *name, int64_t *out)
{
    struct amqp_value value;
    *out = -1;
    if (amqp_table_get(table, slice_str(name), &value))
        amqp_value_to_i64(&value, out);
}

static struct slice text_argument(struct slice table, const char *name)
{
    struct amqp_value value;
    return amqp_table_get(table, slice_str(name), &value) && value.type == 'S' ? value.bytes
                                                                               : slice_of(NULL, 0);
}

enum rabbit_overflow rabbit_overflow_of(struct slice text)
{
    return slice_eq_str(text, "reject-publish")       ? RABBIT_REJECT_PUBLISH
           : slice_eq_str(text, "reject-publish-dlx") ? RABBIT_REJECT_PUBLISH_DLX
                                                      : RABBIT_DROP_HEAD;
}

void rabbit_queue_arguments_read(struct slice table, struct rabbit_queue_limits *out)
{
    struct amqp_value value;
    int64_t priority;
    *out = (struct rabbit_queue_limits){0};
    integer_argument(table, "x-message-ttl", &out->message_ttl_ms);
    integer_argument(table, "x-expires", &out->expires_ms);
    integer_argument(table, "x-max-length", &out->max_length);
    integer_argument(table, "x-max-length-bytes", &out->max_bytes);
    integer_argument(table, "x-delivery-limit", &out->delivery_limit);
    integer_argument(table, "x-max-priority", &priority);
    out->max_priority = priority > 0 ? (uint8_t)priority : 0;
    out->max_age_ms = -1;
    rabbit_stream_interval(text_argument(table, "x-max-age"), &out->max_age_ms);
    out->overflow = rabbit_overflow_of(text_argument(table, "x-overflow"));
    out->dead_letter_exchange = text_argument(table, "x-dead-letter-exchange");
    out->dead_letter_routing_key = text_argument(table, "x-dead-letter-routing-key");
    out->single_active_consumer =
        amqp_table_get(table, slice_str("x-single-active-consumer"), &value) && value.type == 't' &&
        value.boolean;
}
