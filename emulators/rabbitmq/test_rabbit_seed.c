/* Fixtures and dumps. */
#include "common/json.h"
#include "common/yaml.h"
#include "emulators/rabbitmq/test_broker.h"
#include "emulators/rabbitmq/user.h"

struct fixture {
    struct test_broker broker;
    struct emulator_error error;
    struct outq out;
    char where[600];
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    test_broker_init(&f->broker);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    outq_done(&f->out);
    test_broker_done(&f->broker);
    test_free(f);
    return 0;
}

static bool seed_as(struct fixture *f, const char *name, struct slice text)
{
    struct yaml_reader *reader = yaml_open_bytes(name, text);
    f->error = (struct emulator_error){"", ""};
    bool ok = rabbitmq_emulator_type.seed(f->broker.emulator, reader, &f->error);
    if (!ok)
        yaml_report(reader, NULL, f->where, sizeof(f->where));
    yaml_close(reader);
    return ok;
}

static void seed(struct fixture *f, const char *text)
{
    if (!seed_as(f, "test.yaml", slice_str(text)))
        fail_msg("%s", f->error.message);
}

/* where: the message with its place, NULL where that is the reader's. */
static void seed_fails(struct fixture *f, const char *text, const char *message, const char *where)
{
    assert_false(seed_as(f, "test.yaml", slice_str(text)));
    assert_string_equal(f->error.message, message);
    if (where)
        assert_string_equal(f->where, where);
}

static const char *dump(struct fixture *f)
{
    outq_done(&f->out);
    outq_init(&f->out);
    struct json_writer writer = json_writer_of(&f->out);
    rabbitmq_emulator_type.dump(f->broker.emulator, &writer);
    outq_put(&f->out, "", 1);
    return (const char *)outq_flatten(&f->out).ptr;
}

static struct rabbit_vhost *vhost(struct fixture *f, const char *name)
{
    return rabbit_vhost_find(rabbit_of(f->broker.emulator), slice_str(name));
}

static const struct rabbit_entry *entry_at(struct fixture *f, const char *queue, uint64_t at)
{
    const struct rabbit_queue *found = rabbit_queue_find(f->broker.vhost, slice_str(queue));
    assert_non_null(found);
    return btree_at(&found->state->ready, &rabbit_entry_type, at);
}

static void assert_body(struct fixture *f, const char *queue, uint64_t at, const char *body)
{
    const struct rabbit_entry *entry = entry_at(f, queue, at);
    assert_non_null(entry);
    assert_true(slice_eq_str(rabbit_message_body(entry->message), body));
}

/* ---- forms */

static void mappings_and_sequences_say_the_same(void **state)
{
    struct fixture *f = *state;
    seed(
        f,
        "queues: {a: {}, quo: quorum, str: {type: stream}, b: {durable: false, auto_delete: true}}\n"
        "exchanges: {x: topic, y: {type: fanout, internal: true}}");
    seed(f, "queues: [c, {name: d, arguments: {x-max-length: 3}}]\n"
            "exchanges: [z, {name: w, type: headers}]");
    const struct rabbit_queue *b = rabbit_queue_find(f->broker.vhost, slice_str("b"));
    assert_false(b->state->durable);
    assert_true(b->state->auto_delete);
    assert_true(rabbit_queue_find(f->broker.vhost, slice_str("a"))->state->durable);
    assert_int_equal(rabbit_queue_find(f->broker.vhost, slice_str("quo"))->state->type,
                     RABBIT_QUORUM);
    assert_int_equal(rabbit_queue_find(f->broker.vhost, slice_str("str"))->state->type,
                     RABBIT_STREAM);
    assert_true(rabbit_queue_find(f->broker.vhost, slice_str("c"))->state->durable);
    assert_int_equal(rabbit_queue_find(f->broker.vhost, slice_str("d"))->state->limits.max_length,
                     3);
    assert_string_equal(rabbit_exchange_find(f->broker.vhost, slice_str("x"))->state->type->name,
                        "topic");
    assert_string_equal(rabbit_exchange_find(f->broker.vhost, slice_str("z"))->state->type->name,
                        "direct");
    assert_true(rabbit_exchange_find(f->broker.vhost, slice_str("y"))->state->internal);
}

static void sections_come_in_any_order(void **state)
{
    struct fixture *f = *state;
    seed(f, "messages: [{exchange: x, routing_key: k, body: hi}]\n"
            "bindings: [{source: x, destination: q, routing_key: k}]\n"
            "exchanges: [x]\nqueues: [q]");
    assert_body(f, "q", 0, "hi");
}

static void virtual_hosts_are_open_to_who_is_there_from_the_beginning(void **state)
{
    struct fixture *f = *state;
    seed(f, "queues: [{name: q, vhost: app}]\nvhosts: {app: what it is for, small: {limits: "
            "{max-queues: 1}}}");
    assert_int_equal(vhost(f, "small")->state->max_queues, 1);
    assert_non_null(rabbit_permission_find(vhost(f, "app"), slice_str("guest")));
    assert_non_null(rabbit_permission_find(vhost(f, "app"), slice_str("parlel")));
    assert_true(slice_eq_str(vhost(f, "app")->state->description, "what it is for"));
    assert_non_null(rabbit_queue_find(vhost(f, "app"), slice_str("q")));
}

static void users_have_passwords(void **state)
{
    struct fixture *f = *state;
    struct rabbit *rabbit = rabbit_of(f->broker.emulator);
    seed(f, "users: {cid: 12}");
    assert_true(rabbit_user_login(rabbit, slice_str("cid"), slice_str("12")));
    seed(f, "users: {ann: secret, bob: {password: other, tags: [monitoring]}}\n"
            "permissions: [{user: ann, write: ^a}]");
    assert_true(rabbit_user_login(rabbit, slice_str("ann"), slice_str("secret")));
    assert_false(rabbit_user_login(rabbit, slice_str("ann"), slice_str("other")));
    assert_true(rabbit_user_has_tag(rabbit_user_find(rabbit, slice_str("bob")), "monitoring"));
    const struct rabbit_permission *permission =
        rabbit_permission_find(f->broker.vhost, slice_str("ann"));
    assert_true(slice_eq_str(permission->write, "^a"));
    assert_true(slice_eq_str(permission->read, ".*"));
}

static void policies_apply(void **state)
{
    struct fixture *f = *state;
    seed(f, "queues: [tmp1]\npolicies: {p: {pattern: ^tmp, definition: {max-length: 2}}}");
    assert_int_equal(
        rabbit_queue_find(f->broker.vhost, slice_str("tmp1"))->state->limits.max_length, 2);
}

/* ---- messages */

static void bodies_are_texts_bytes_and_json(void **state)
{
    struct fixture *f = *state;
    struct amqp_properties properties;
    seed(f, "queues: [q]\n"
            "messages:\n"
            "  - {queue: q, body: text}\n"
            "  - {queue: q, body: !!binary /wAB}\n"
            "  - {queue: q, body: {id: 1}}\n"
            "  - {queue: q, payload: aGk=, payload_encoding: base64}\n"
            "  - {queue: q}\n");
    assert_body(f, "q", 0, "text");
    assert_memory_equal(rabbit_message_body(entry_at(f, "q", 1)->message).ptr, "\xff\x00\x01", 3);
    assert_body(f, "q", 2, "{\"id\":1}");
    assert_true(amqp_properties_decode(rabbit_message_properties(entry_at(f, "q", 2)->message),
                                       &properties));
    assert_true(slice_eq_str(properties.content_type, "application/json"));
    assert_body(f, "q", 3, "hi");
    assert_body(f, "q", 4, "");
}

static void properties_are_the_messages_own(void **state)
{
    struct fixture *f = *state;
    struct amqp_properties properties;
    struct amqp_value value;
    seed(f, "queues: {q: {arguments: {x-max-priority: 5}}}\n"
            "messages: [{routing_key: q, count: 2, headers: {n: 1}, body: b,\n"
            "  properties: {priority: 3, expiration: '60000', message_id: m}}]");
    assert_int_equal(test_ready(&f->broker, "q"), 2);
    const struct rabbit_entry *entry = entry_at(f, "q", 0);
    assert_int_equal(entry->priority, 3);
    assert_int_equal(entry->expires_ms, TEST_BROKER_NOW_US / 1000 + 60000);
    assert_true(amqp_properties_decode(rabbit_message_properties(entry->message), &properties));
    assert_true(slice_eq_str(properties.message_id, "m"));
    assert_true(amqp_table_get(properties.headers, slice_str("n"), &value));
    assert_int_equal(value.integer, 1);
}

static void delayed_messages_wait(void **state)
{
    struct fixture *f = *state;
    seed(f, "exchanges: {later: {type: x-delayed-message, arguments: {x-delayed-type: fanout}}}\n"
            "queues: [q]\nbindings: [{source: later, destination: q}]\n"
            "messages: [{exchange: later, delay: 500, body: a},\n"
            "  {exchange: later, headers: {x-delay: 100}, body: b}]");
    assert_int_equal(test_ready(&f->broker, "q"), 0);
    clock_advance(&f->broker.clock, 200000);
    assert_body(f, "q", 0, "b");
    clock_advance(&f->broker.clock, 300000);
    assert_body(f, "q", 1, "a");
    seed(f, "messages: [{exchange: later, due: 2030-03-17T17:46:41Z, body: c}]");
    clock_advance(&f->broker.clock, 499000);
    assert_int_equal(test_ready(&f->broker, "q"), 2);
    clock_advance(&f->broker.clock, 1000);
    assert_body(f, "q", 2, "c");
}

/* ---- dumps */

static void dumps_are_fixtures(void **state)
{
    struct fixture *f = *state;
    seed(f, "vhosts: [app]\nusers: {ann: secret}\n"
            "queues: {q: {}, s: {arguments: {x-queue-type: stream}}}\n"
            "exchanges: {e: topic, later: {type: x-delayed-message, arguments: "
            "{x-delayed-type: fanout}}}\n"
            "bindings: [{source: e, destination: q, routing_key: '#'}]\n"
            "policies: {p: {pattern: ^q, definition: {max-length: 9}}}\n"
            "parameters: [{component: operator_policy, name: o, value: {pattern: z, definition: "
            "{expires: 9}}}]\n"
            "messages: [{exchange: e, body: {n: 1}}, {queue: s, body: !!binary /w==},\n"
            "  {exchange: later, delay: 700, body: d}]");
    char *first = test_calloc(1, strlen(dump(f)) + 1);
    memcpy(first, dump(f), strlen(dump(f)));
    rabbitmq_emulator_type.reset(f->broker.emulator);
    assert_null(rabbit_queue_find(vhost(f, "/"), slice_str("q")));
    bool ok = seed_as(f, "dump.json", slice_str(first));
    if (!ok)
        fail_msg("%s", f->error.message);
    assert_string_equal(dump(f), first);
    test_free(first);
}

/* ---- mistakes */

static void mistakes_say_what_and_where(void **state)
{
    struct fixture *f = *state;
    seed_fails(f, "queue: {}",
               "expected users, vhosts, permissions, topic_permissions, parameters, "
               "global_parameters, policies, queues, exchanges, bindings or messages, got "
               "\"queue\"",
               NULL);
    seed_fails(f, "queues: {q: {durabel: true}}",
               "queues: there is no member \"durabel\"; there are name vhost type durable "
               "auto_delete arguments ",
               NULL);
    seed_fails(f, "queues: 7", "queues: expected a mapping by name or a sequence, got an integer",
               NULL);
    seed_fails(f, "policies: {p: topic}", "policies: expected a mapping, got a string", NULL);
    seed_fails(f, "bindings: {a: b}", "bindings: expected a sequence, got a mapping", NULL);
    seed_fails(f, "exchanges:\n  ok: topic\n  bad: tropic\nqueues: [q]",
               "exchanges: unknown exchange type 'tropic'",
               "test.yaml:3:3: exchanges: unknown exchange type 'tropic'");
    seed_fails(f, "queues: ['']", "queues: expected a mapping or a name, got a string", NULL);
    seed_fails(f, "queues: [q]\nmessages: [{queue: q, headers: {a: !!binary /w==}}]",
               "bytes that are no UTF-8 have no form in JSON", NULL);
    seed_fails(f, "queues: {q: {name: other}}", "queues: the key says the name already", NULL);
    seed_fails(f, "users: {ann: {password: [1]}}", "users: expected a string, got a sequence",
               NULL);
    seed_fails(f, "exchanges: {amq.topic: fanout}",
               "exchanges: inequivalent arg 'type' for exchange 'amq.topic' in vhost '/': received "
               "'fanout' but current is 'topic'",
               NULL);
    seed_fails(f, "policies: {p: {pattern: x, definition: {max-length: -1}}}",
               "policies: Validation failed -1 is not a valid maximum length", NULL);
    seed_fails(f, "queues: [{name: q, vhost: no}]", "queues: no_such_vhost: no",
               "test.yaml:1:10: queues: no_such_vhost: no");
    seed_fails(f, "bindings: [{source: nope, destination: nope}]",
               "bindings: no exchange 'nope' in vhost '/'", NULL);
    seed_fails(f, "bindings: [{source: amq.direct, destination: amq.topic, destination_type: x}]",
               "bindings: no_such_destination_type: x", NULL);
}

static void messages_that_go_nowhere_are_mistakes(void **state)
{
    struct fixture *f = *state;
    seed_fails(f, "messages: [{queue: nope, body: x}]", "messages: no queue 'nope' in vhost '/'",
               NULL);
    seed_fails(f, "messages: [{exchange: amq.topic, routing_key: k, body: x}]",
               "messages: exchange 'amq.topic' has no queue for routing key 'k'", NULL);
    seed_fails(f, "queues: [q]\nmessages: [{queue: q, count: 0}]",
               "messages: expected a count from 1 to 1000000", NULL);
    seed_fails(f, "queues: [q]\nmessages: [{queue: q, properties: {colour: red}}]",
               "messages: there is no property: colour", NULL);
    seed_fails(f, "queues: [q]\nmessages: [{queue: q, properties: {expiration: soon}}]",
               "messages: invalid expiration 'soon': no_integer", NULL);
    seed_fails(f, "queues: [q]\nmessages: [{queue: q, properties: {priority: 300}}]",
               "messages: not_int: priority", NULL);
    seed_fails(f, "queues: [q]\nmessages: [{queue: q, body: a, payload: b}]",
               "messages: body and payload are the same", NULL);
    seed_fails(f, "queues: [q]\nmessages: [{queue: q, delay: -1}]", "messages: delay is below 0",
               NULL);
    seed_fails(f, "queues: [q]\nmessages: [{exchange: amq.topic, delay: 5}]",
               "messages: exchange 'amq.topic' delays no messages", NULL);
    seed_fails(f,
               "queues: {full: {arguments: {x-max-length: 1, x-overflow: reject-publish}}}\n"
               "messages: [{queue: full, count: 2}]",
               "messages: queue 'full' takes no more messages", NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mappings_and_sequences_say_the_same),
        TEST(sections_come_in_any_order),
        TEST(virtual_hosts_are_open_to_who_is_there_from_the_beginning),
        TEST(users_have_passwords),
        TEST(policies_apply),
        TEST(bodies_are_texts_bytes_and_json),
        TEST(properties_are_the_messages_own),
        TEST(delayed_messages_wait),
        TEST(dumps_are_fixtures),
        TEST(mistakes_say_what_and_where),
        TEST(messages_that_go_nowhere_are_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
