#include "common/random.h"
#include "emulators/rabbitmq/test_route.h"
#include "protocols/amqp/amqp_table.h"

/* ---- tables, written as "a=1 b='text' c=t d=1.5 e=void" */

struct table {
    struct outq out;
    struct slice bytes;
};

static void put_value(struct amqp_table_writer *writer, struct slice name, const char *value)
{
    if (strcmp(value, "void") == 0)
        amqp_table_put_void(writer, name);
    else if (strcmp(value, "t") == 0)
        amqp_table_put_bool(writer, name, true);
    else if (*value == '\'')
        amqp_table_put_bytes(writer, name, 'S', slice_of(value + 1, strlen(value) - 2));
    else if (*value == 'x')
        amqp_table_put_bytes(writer, name, 'x', slice_str(value + 1));
    else if (strchr(value, '.'))
        amqp_table_put_double(writer, name, strtod(value, NULL));
    else
        amqp_table_put_integer(writer, name, strlen(value) > 1 && value[1] == 'l' ? 'l' : 'I',
                               strtol(value, NULL, 10));
}

static struct slice make(struct table *table, const char *text)
{
    struct amqp_table_writer writer;
    char copy[256], *rest = copy, *entry;
    outq_init(&table->out);
    amqp_table_writer_init(&writer, &table->out);
    snprintf(copy, sizeof(copy), "%s", text);
    while ((entry = strtok_r(rest, " ", &rest))) {
        char *equals = strchr(entry, '=');
        put_value(&writer, slice_of(entry, (size_t)(equals - entry)), equals + 1);
    }
    table->bytes = outq_flatten(&table->out);
    if (!table->bytes.ptr)
        table->bytes = slice_str("");
    return table->bytes;
}

/* Does a binding with these arguments match a message with these headers? */
static bool matches(const char *arguments, const char *headers)
{
    struct test_exchange x;
    struct table a, h;
    test_exchange_init(&x, "headers");
    struct rabbit_binding *binding = test_binding(&x, 1, slice_str(""), make(&a, arguments));
    test_add(&x, binding);
    struct test_found found =
        test_route(&x, &(struct rabbit_routing){.headers = make(&h, headers)});
    test_remove(&x, binding);
    test_binding_free(&x, binding);
    test_exchange_done(&x);
    outq_done(&a.out);
    outq_done(&h.out);
    return found.count[1] > 0;
}

/* What RabbitMQ 3.10 answered. */
static const struct {
    const char *arguments, *headers;
    bool match;
} cases[] = {
    {"x-match='all'",                  "",          true },
    {"",                               "a=1",       true },
    {"x-match='any'",                  "",          false},
    {"x-match='any'",                  "a=1",       false},
    {"x-match='any-with-x'",           "a=1",       false},
    {"a=1",                            "a=1 b=2",   true },
    {"a=1",                            "a=2",       false},
    {"a=1 b=2",                        "a=1",       false},
    {"x-match='any' a=1 b=2",          "a=1",       true },
    {"x-match='any' a=1 b=2",          "b=2",       true },
    {"x-match='any' a=1 b=2",          "a=2",       false},
    {"a=void",                         "a=1",       true },
    {"a=void",                         "a=void",    true },
    {"a=void",                         "b=1",       false},
    {"a=1",                            "a=void",    false},
    {"x-match='all' x-a=1",            "x-a=2",     true },
    {"x-match='all' x-a=1 b=1",        "b=1",       true },
    {"x-match='any' x-a=1",            "x-a=1",     false},
    {"x-match='any' x-a=1 b=1",        "x-a=1 b=2", false},
    {"x-match='all-with-x' x-a=1",     "x-a=2",     false},
    {"x-match='all-with-x' x-a=1",     "x-a=1",     true },
    {"x-match='any-with-x' x-a=1 b=1", "x-a=1 b=2", true },
    {"a=1",                            "a=1l",      true },
    {"a=1",                            "a=1.0",     true },
    {"a=1",                            "a=1.5",     false},
    {"a=0.0",                          "a=-0.0",    true },
    {"a=1",                            "a='1'",     false},
    {"a=1",                            "a=t",       false},
    {"a='b'",                          "a=xb",      true },
    {"a='b'",                          "a='c'",     false},
    {"a='b'",                          "a='bb'",    false},
};

static void arguments_agree_as_with_rabbitmq(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (matches(cases[i].arguments, cases[i].headers) != cases[i].match)
            fail_msg("%s against %s", cases[i].arguments, cases[i].headers);
}

static void bad_x_match_is_refused(void **state)
{
    static const struct {
        const char *arguments, *text;
    } bad[] = {
        {"x-match='bogus'",
         "PRECONDITION_FAILED - Invalid x-match field value <<\"bogus\">>; expected all, any, "
         "all-with-x, or any-with-x"                                                             },
        {"x-match=5",
         "PRECONDITION_FAILED - Invalid x-match field type signedint (value 5); expected longstr"},
    };
    const struct rabbit_exchange_type *type = rabbit_exchange_type_find(slice_str("headers"));
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct table table;
        struct rabbit_error error;
        assert_false(
            type->check_binding(NULL, slice_str(""), make(&table, bad[i].arguments), &error));
        assert_int_equal(error.code, RABBIT_PRECONDITION_FAILED);
        assert_string_equal(error.text, bad[i].text);
        outq_done(&table.out);
    }
}

/* ---- many bindings at once, against each by itself */

#define BINDINGS 40

struct model {
    struct test_exchange x;
    char arguments[BINDINGS][64];
    struct rabbit_binding *binding[BINDINGS]; /* NULL: not bound */
};

/* Some of a to d, each 0, 1 or void. */
static void random_entries(struct random *random, char *out, size_t room, const char *start,
                           bool voids)
{
    static const char *const values[] = {"0", "1", "void"};
    size_t len = (size_t)snprintf(out, room, "%s", start);
    for (char name = 'a'; name <= 'd'; name++)
        if (random_u64(random) % 2)
            len += (size_t)snprintf(out + len, room - len, " %c=%s", name,
                                    values[random_u64(random) % (voids ? 3 : 2)]);
}

static void toggle(struct model *model, unsigned i, struct random *random)
{
    struct table table;
    if (model->binding[i]) {
        test_remove(&model->x, model->binding[i]);
        test_binding_free(&model->x, model->binding[i]);
        model->binding[i] = NULL;
        return;
    }
    random_entries(random, model->arguments[i], sizeof(model->arguments[i]),
                   random_u64(random) % 2 ? "x-match='any'" : "x-match='all'", true);
    model->binding[i] =
        test_binding(&model->x, i, slice_str(""), make(&table, model->arguments[i]));
    test_add(&model->x, model->binding[i]);
    outq_done(&table.out);
}

static void check(const struct model *model, struct random *random)
{
    for (unsigned round = 0; round < 4; round++) {
        char headers[64];
        struct table table;
        random_entries(random, headers, sizeof(headers), "", false);
        struct test_found found =
            test_route(&model->x, &(struct rabbit_routing){.headers = make(&table, headers)});
        for (unsigned i = 0; i < BINDINGS; i++)
            assert_int_equal(found.count[i] > 0,
                             model->binding[i] && matches(model->arguments[i], headers));
        outq_done(&table.out);
    }
}

/* A share stands for a checkpoint. */
static void many_bindings_and_their_shares(void **state)
{
    struct model model = {0};
    struct random random;
    (void)state;
    random_seed(&random, 5);
    test_exchange_init(&model.x, "headers");
    for (unsigned round = 0; round < 60; round++) {
        struct model before = model;
        before.x.state.index = rabbit_index_share(&model.x.state.index);
        for (unsigned i = 0; i < BINDINGS; i++)
            if (model.binding[i])
                model.binding[i]->refs++;
        for (unsigned i = 0; i < 8; i++)
            toggle(&model, (unsigned)(random_u64(&random) % BINDINGS), &random);
        check(&before, &random);
        check(&model, &random);
        for (unsigned i = 0; i < BINDINGS; i++)
            if (before.binding[i])
                test_binding_free(&before.x, before.binding[i]);
        rabbit_index_clear(&before.x.state.index, before.x.heap);
    }
    for (unsigned i = 0; i < BINDINGS; i++)
        if (model.binding[i])
            toggle(&model, i, &random);
    assert_int_equal(model.x.state.index.keys.count, 0);
    test_exchange_done(&model.x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_agree_as_with_rabbitmq),
        cmocka_unit_test(bad_x_match_is_refused),
        cmocka_unit_test(many_bindings_and_their_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
