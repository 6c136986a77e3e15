#include "emulators/rabbitmq/execute.h"

#include <stdio.h>

#include "common/text.h"
#include "common/words.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/management/content.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/queue.h"
#include "protocols/amqp/amqp_table.h"

#define WORDS_MAX 4

/* A command taken apart: the words without options, and the options. */
struct command {
    struct rabbit *rabbit;
    struct rabbit_vhost *vhost;
    struct slice words[WORDS_MAX];
    uint32_t count;
    struct slice type, to; /* ptr NULL: not given */
    bool durable, auto_delete, internal;
    struct outq arguments; /* a table's bytes */
    struct amqp_properties properties;
    struct management_call call;
    struct json_writer *out;
    struct rabbit_error error;
};

static struct slice word_at(const struct command *c, uint32_t at)
{
    return at < c->count ? c->words[at] : slice_str("");
}

static bool is(const struct command *c, uint32_t at, const char *word)
{
    return slice_eq_str(word_at(c, at), word);
}

/* ---- options */

static bool take_bool(struct command *c, struct slice name, struct slice value, bool *out)
{
    *out = slice_eq_str(value, "true");
    return *out || slice_eq_str(value, "false") ||
           rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR,
                       "expected " SLICE_FMT "=true or false, got \"" SLICE_FMT "\"",
                       SLICE_ARG(name), SLICE_ARG(value));
}

static void put_argument(struct command *c, struct slice name, struct slice value)
{
    struct amqp_table_writer writer;
    int64_t integer;
    bool is_true = slice_eq_str(value, "true");
    amqp_table_writer_init(&writer, &c->arguments);
    if (text_to_i64(value, &integer))
        amqp_table_put_integer(&writer, name, 'l', integer);
    else if (is_true || slice_eq_str(value, "false"))
        amqp_table_put_bool(&writer, name, is_true);
    else
        amqp_table_put_bytes(&writer, name, 'S', value);
}

static bool put_property(struct command *c, size_t property, struct slice value)
{
    const struct amqp_field *field = &amqp_property_table[property];
    uint8_t *place = (uint8_t *)&c->properties + field->offset;
    bool is_octet = field->type == AMQP_FIELD_OCTET;
    uint64_t number = 0;
    c->properties.flags |= management_property_flag(property);
    if (field->type == AMQP_FIELD_SHORTSTR) {
        memcpy(place, &value, sizeof(value));
        return value.len <= MANAGEMENT_SHORT_STRING_MAX ||
               rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "%s is too long", field->name);
    }
    if (!text_to_u64(value, &number) || (is_octet && number > UINT8_MAX))
        return rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR,
                           "expected a number as %s, got \"" SLICE_FMT "\"", field->name,
                           SLICE_ARG(value));
    if (is_octet)
        *place = (uint8_t)number;
    else
        memcpy(place, &number, sizeof(number));
    return true;
}

/* *out is the property's number. False: it is none; headers are given one by one. */
static bool find_property(struct slice name, size_t *out)
{
    char text[MANAGEMENT_PROPERTY_NAME_MAX];
    for (size_t i = 0; i < AMQP_PROPERTY_COUNT; i++) {
        management_property_name(&amqp_property_table[i], text);
        if (amqp_property_table[i].type == AMQP_FIELD_TABLE || !slice_eq_str(name, text))
            continue;
        *out = i;
        return true;
    }
    return false;
}

static bool take_message_option(struct command *c, struct slice name, struct slice value)
{
    size_t property;
    if (find_property(name, &property))
        return put_property(c, property, value);
    put_argument(c, name, value);
    return true;
}

static bool take_declare_option(struct command *c, struct slice name, struct slice value)
{
    if (slice_eq_str(name, "durable"))
        return take_bool(c, name, value, &c->durable);
    if (slice_eq_str(name, "auto_delete"))
        return take_bool(c, name, value, &c->auto_delete);
    if (slice_eq_str(name, "internal"))
        return take_bool(c, name, value, &c->internal);
    if (slice_eq_str(name, "type"))
        c->type = value;
    else
        put_argument(c, name, value);
    return true;
}

static bool take_bind_option(struct command *c, struct slice name, struct slice value)
{
    if (slice_eq_str(name, "to"))
        c->to = value;
    else
        put_argument(c, name, value);
    return true;
}

static bool take_no_option(struct command *c, struct slice name, struct slice value)
{
    (void)value;
    return rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "there is no option " SLICE_FMT,
                       SLICE_ARG(name));
}

static struct slice arguments_of(struct command *c)
{
    return outq_len(&c->arguments) ? outq_flatten(&c->arguments) : slice_str("");
}

/* ---- commands: each writes one JSON value, or fails */

static bool done(struct command *c)
{
    json_str(c->out, "ok");
    return true;
}

static bool declare_queue(struct command *c)
{
    if (c->type.ptr)
        put_argument(c, slice_str("x-queue-type"), c->type);
    struct rabbit_queue_options options = {
        .name = word_at(c, 2),
        .arguments = arguments_of(c),
        .durable = c->durable,
        .auto_delete = c->auto_delete,
    };
    return rabbit_queue_declare(c->vhost, &options, &c->error) && done(c);
}

static bool declare_exchange(struct command *c)
{
    struct rabbit_exchange_options options = {
        .name = word_at(c, 2),
        .type = c->type.ptr ? c->type : slice_str("direct"),
        .arguments = arguments_of(c),
        .durable = c->durable,
        .auto_delete = c->auto_delete,
        .internal = c->internal,
    };
    return rabbit_exchange_declare(c->vhost, &options, &c->error) && done(c);
}

static bool delete_queue(struct command *c)
{
    uint64_t count;
    struct slice name = word_at(c, 2);
    return rabbit_queue_need(c->vhost, name, 0, &c->error) &&
           rabbit_queue_delete(c->vhost, name, 0, false, false, &count, &c->error) && done(c);
}

static bool delete_exchange(struct command *c)
{
    struct slice name = word_at(c, 2);
    return rabbit_exchange_need(c->vhost, name, &c->error) &&
           rabbit_exchange_delete(c->vhost, name, false, &c->error) && done(c);
}

static bool read_binding(struct command *c, struct rabbit_binding_options *out)
{
    *out = (struct rabbit_binding_options){
        .source = word_at(c, 1),
        .destination = word_at(c, 2),
        .routing_key = word_at(c, 3),
        .arguments = arguments_of(c),
        .to_exchange = slice_eq_str(c->to, "exchange"),
    };
    return out->to_exchange || !c->to.ptr || slice_eq_str(c->to, "queue") ||
           rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "expected to=queue or exchange");
}

static bool bind(struct command *c)
{
    struct rabbit_binding_options options;
    return read_binding(c, &options) && rabbit_bind(c->vhost, &options, &c->error) && done(c);
}

static bool unbind(struct command *c)
{
    struct rabbit_binding_options options;
    return read_binding(c, &options) && rabbit_unbind(c->vhost, &options, &c->error) && done(c);
}

static bool publish(struct command *c)
{
    static const char *const results[] = {
        [RABBIT_PUBLISHED] = "routed",
        [RABBIT_UNROUTED] = "unrouted",
        [RABBIT_PUBLISH_REFUSED] = "refused",
    };
    struct management_publish options = {
        .exchange = word_at(c, 1),
        .routing_key = word_at(c, 2),
        .payload = word_at(c, 3),
        .properties = c->properties,
    };
    if (options.exchange.len > MANAGEMENT_SHORT_STRING_MAX ||
        options.routing_key.len > MANAGEMENT_SHORT_STRING_MAX)
        return rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "names have at most %d bytes",
                           MANAGEMENT_SHORT_STRING_MAX);
    options.properties.headers = arguments_of(c);
    if (options.properties.headers.len)
        options.properties.flags |= AMQP_HEADERS;
    struct rabbit_message *message = management_make_message(&c->call, &options, &c->error);
    enum rabbit_publish_result result =
        message ? rabbit_publish(c->vhost, message, &c->error) : RABBIT_PUBLISH_FAILED;
    rabbit_message_release(c->rabbit->host.heap, message);
    if (result == RABBIT_PUBLISH_FAILED)
        return false;
    json_str(c->out, results[result]);
    return true;
}

static void put_entry(struct command *c, const struct rabbit_entry *entry)
{
    json_object(c->out);
    management_put_string(c->out, "exchange", rabbit_message_exchange(entry->message));
    management_put_string(c->out, "routing_key", rabbit_message_routing_key(entry->message));
    management_put_bool(c->out, "redelivered", entry->redelivered);
    management_put_properties(&c->call, entry->message, c->out);
    management_put_payload(&c->call, rabbit_message_body(entry->message), false, c->out);
    json_object_end(c->out);
}

static bool get(struct command *c)
{
    struct rabbit_queue *queue = rabbit_queue_need(c->vhost, word_at(c, 1), 0, &c->error);
    struct rabbit_entry entry;
    int64_t count = 1;
    if (!queue)
        return false;
    if (queue->state->type == RABBIT_STREAM)
        return rabbit_fail(&c->error, RABBIT_NOT_IMPLEMENTED,
                           "basic.get not supported by stream queues");
    if (c->count > 2 && (!text_to_i64(word_at(c, 2), &count) || count < 0))
        return rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "expected a count of messages");
    json_array(c->out);
    while (count-- > 0 && rabbit_queue_take(queue, &entry)) {
        put_entry(c, &entry);
        rabbit_message_release(c->rabbit->host.heap, entry.message);
    }
    json_array_end(c->out);
    return true;
}

static bool purge(struct command *c)
{
    uint64_t count;
    struct rabbit_queue *queue = rabbit_queue_need(c->vhost, word_at(c, 1), 0, &c->error);
    if (!queue || !rabbit_queue_purge(queue, &count, &c->error))
        return false;
    json_uint(c->out, count);
    return true;
}

/* ---- lists */

static const struct list {
    const char *name;
    void (*get)(struct management_call *call);
} lists[] = {
    {"bindings",          management_get_bindings         },
    {"channels",          management_get_channels         },
    {"connections",       management_get_connections      },
    {"consumers",         management_get_consumers        },
    {"exchanges",         management_get_exchanges        },
    {"global_parameters", management_get_global_parameters},
    {"parameters",        management_get_parameters       },
    {"permissions",       management_get_permissions      },
    {"policies",          management_get_policies         },
    {"queues",            management_get_queues           },
    {"topic_permissions", management_get_topic_permissions},
    {"users",             management_get_users            },
    {"vhosts",            management_get_vhosts           },
};

static bool choose_columns(struct command *c, struct slice columns)
{
    struct slice form =
        arena_concat(c->call.arena, slice_str("columns="), columns, slice_of(NULL, 0));
    return !columns.len ||
           (form.ptr && uri_parse_form(c->call.arena, form, &c->call.query) == URI_OK) ||
           rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "expected names of columns");
}

/* Management's own answer. */
static bool list(struct command *c)
{
    const struct list *found = NULL;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (is(c, 1, lists[i].name))
            found = &lists[i];
    if (!found)
        return rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR,
                           "expected list queues, exchanges, bindings, consumers, channels, "
                           "connections, policies, parameters, users, permissions or vhosts");
    if (!choose_columns(c, word_at(c, 2)))
        return false;
    found->get(&c->call);
    struct slice json = outq_flatten(&c->call.body);
    if (c->call.status != HTTP_OK || !json.len)
        return rabbit_fail_memory(&c->error);
    json_raw(c->out, json);
    return true;
}

/* ---- the table: the first that fits */

static const struct row {
    const char *first, *second; /* second NULL: whatever it is */
    uint32_t least, most;       /* words */
    bool (*take_option)(struct command *c, struct slice name, struct slice value);
    bool (*run)(struct command *c);
} rows[] = {
    {"declare", "queue",    3, 3, take_declare_option, declare_queue   },
    {"declare", "exchange", 3, 3, take_declare_option, declare_exchange},
    {"delete",  "queue",    3, 3, take_no_option,      delete_queue    },
    {"delete",  "exchange", 3, 3, take_no_option,      delete_exchange },
    {"bind",    NULL,       3, 4, take_bind_option,    bind            },
    {"unbind",  NULL,       3, 4, take_bind_option,    unbind          },
    {"publish", NULL,       4, 4, take_message_option, publish         },
    {"get",     NULL,       2, 3, take_no_option,      get             },
    {"purge",   NULL,       2, 2, take_no_option,      purge           },
    {"list",    NULL,       2, 3, take_no_option,      list            },
};

static const struct row *find_row(const struct slice *words, uint32_t count)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (count >= rows[i].least && slice_eq_str(words[0], rows[i].first) &&
            (!rows[i].second || slice_eq_str(words[1], rows[i].second)))
            return &rows[i];
    return NULL;
}

/* Words in front are not options, whatever they hold; what has an equals sign behind them is one. */
static bool take_words(struct command *c, const struct row *row, const struct slice *words,
                       uint32_t count)
{
    struct slice vhost = slice_str("/");
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *equals = memchr(words[i].ptr, '=', words[i].len);
        struct slice name = slice_of(words[i].ptr, equals ? (size_t)(equals - words[i].ptr) : 0);
        if (i < row->least || (!equals && c->count < row->most))
            c->words[c->count++] = words[i];
        else if (!equals)
            return rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "too many words");
        else if (slice_eq_str(name, "vhost"))
            vhost = slice_from(words[i], name.len + 1);
        else if (!row->take_option(c, name, slice_from(words[i], name.len + 1)))
            return false;
    }
    c->vhost = c->call.vhost = rabbit_vhost_find(c->rabbit, vhost);
    return c->vhost || rabbit_fail(&c->error, RABBIT_NOT_ALLOWED, "vhost " SLICE_FMT " not found",
                                   SLICE_ARG(vhost));
}

static bool run(struct command *c, struct slice text)
{
    struct slice *words;
    uint32_t count;
    switch (words_split(c->call.arena, text, &words, &count)) {
    case WORDS_OOM: return rabbit_fail_memory(&c->error);
    case WORDS_UNBALANCED:
        return rabbit_fail(&c->error, RABBIT_SYNTAX_ERROR, "unbalanced quotes in the command");
    case WORDS_OK: break;
    }
    const struct row *row = find_row(words, count);
    if (!row)
        return rabbit_fail(
            &c->error, RABBIT_SYNTAX_ERROR,
            "expected declare, delete, bind, unbind, publish, get, purge or list with "
            "what it takes");
    return take_words(c, row, words, count) && row->run(c);
}

bool rabbit_execute(struct emulator *emulator, struct slice command, struct json_writer *out,
                    struct emulator_error *error)
{
    struct command c = {.rabbit = rabbit_of(emulator), .out = out, .durable = true};
    struct arena arena;
    char code[8];
    arena_init(&arena);
    outq_init(&c.arguments);
    management_call_init(&c.call, c.rabbit, &arena);
    bool ok = run(&c, command);
    rabbit_deliver(c.rabbit);
    management_call_done(&c.call);
    outq_done(&c.arguments);
    arena_done(&arena);
    snprintf(code, sizeof(code), "%u", (unsigned)c.error.code);
    return ok || emulator_fail(error, code, "%s", c.error.text);
}
