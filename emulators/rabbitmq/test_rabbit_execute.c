/* Commands as text. */
#include "common/json.h"
#include "emulators/rabbitmq/test_broker.h"

struct fixture {
    struct test_broker broker;
    struct outq out;
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

/* The result as JSON, or "CODE message". */
static const char *run(struct fixture *f, const char *command)
{
    struct emulator_error error;
    outq_done(&f->out);
    outq_init(&f->out);
    struct json_writer writer = json_writer_of(&f->out);
    if (!rabbitmq_emulator_type.execute(f->broker.emulator, slice_str(command), &writer, &error)) {
        outq_put_slice(&f->out, slice_str(error.code));
        outq_put(&f->out, " ", 1);
        outq_put_slice(&f->out, slice_str(error.message));
    }
    outq_put(&f->out, "", 1);
    return (const char *)outq_flatten(&f->out).ptr;
}

struct step {
    const char *command, *result;
};

static void run_all(struct fixture *f, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(run(f, steps[i].command), steps[i].result);
}

#define RUN_ALL(f, steps) run_all(f, steps, sizeof(steps) / sizeof((steps)[0]))

static void messages_take_their_way(void **state)
{
    static const struct step steps[] = {
        {"declare queue jobs x-max-length=2",                                      "\"ok\""                              },
        {"declare exchange events type=topic durable=false",                       "\"ok\""                              },
        {"bind events jobs job.#",                                                 "\"ok\""                              },
        {"publish events job.new 'a = b'",                                         "\"routed\""                          },
        {"publish events other hello",                                             "\"unrouted\""                        },
        {"publish '' jobs b priority=3 content_type=text/plain tries=1 last=true", "\"routed\""                          },
        {"list queues name,messages",                                              "[{\"name\":\"jobs\",\"messages\":2}]"},
        {"get jobs",                                                               "[{\"exchange\":\"events\",\"routing_key\":\"job.new\",\"redelivered\":false,"
                     "\"properties\":[],\"payload\":\"a = b\",\"payload_encoding\":\"string\"}]"     },
        {"get jobs 5",
         "[{\"exchange\":\"\",\"routing_key\":\"jobs\",\"redelivered\":false,"
         "\"properties\":{\"priority\":3,\"headers\":{\"tries\":1,\"last\":true},"
         "\"content_type\":\"text/plain\"},\"payload\":\"b\",\"payload_encoding\":\"string\"}]"                          },
        {"get jobs",                                                               "[]"                                  },
        {"publish '' jobs one",                                                    "\"routed\""                          },
        {"purge jobs",                                                             "1"                                   },
        {"unbind events jobs job.#",                                               "\"ok\""                              },
        {"publish events job.new x",                                               "\"unrouted\""                        },
        {"delete queue jobs",                                                      "\"ok\""                              },
        {"delete exchange events",                                                 "\"ok\""                              },
    };
    RUN_ALL(*state, steps);
}

static void full_queues_refuse(void **state)
{
    static const struct step steps[] = {
        {"declare queue q x-max-length=1 x-overflow=reject-publish", "\"ok\""     },
        {"publish '' q a",                                           "\"routed\"" },
        {"publish '' q b",                                           "\"refused\""},
    };
    RUN_ALL(*state, steps);
}

static void exchanges_are_bound_to_exchanges(void **state)
{
    static const struct step steps[] = {
        {"declare exchange inner type=fanout",                    "\"ok\""      },
        {"declare queue q type=quorum",                           "\"ok\""      },
        {"bind amq.headers inner '' to=exchange x-match=all n=1", "\"ok\""      },
        {"bind inner q",                                          "\"ok\""      },
        {"publish amq.headers '' yes n=1",                        "\"routed\""  },
        {"publish amq.headers '' no n=2",                         "\"unrouted\""},
    };
    RUN_ALL(*state, steps);
}

static void refusals_have_codes(void **state)
{
    static const struct step steps[] = {
        {"",
         "502 SYNTAX_ERROR - expected declare, delete, bind, unbind, publish, get, purge or list "
         "with what it takes"                                                                  },
        {"declare queue",
         "502 SYNTAX_ERROR - expected declare, delete, bind, unbind, publish, get, purge or list "
         "with what it takes"                                                                  },
        {"get q 'x",                      "502 SYNTAX_ERROR - unbalanced quotes in the command"},
        {"get q",                         "404 NOT_FOUND - no queue 'q' in vhost '/'"          },
        {"get q vhost=no",                "530 NOT_ALLOWED - vhost no not found"               },
        {"purge q x=1",                   "502 SYNTAX_ERROR - there is no option x"            },
        {"purge q r",                     "502 SYNTAX_ERROR - too many words"                  },
        {"publish nope k b",              "404 NOT_FOUND - no exchange 'nope' in vhost '/'"    },
        {"publish '' k b priority=300",   "502 SYNTAX_ERROR - expected a number as priority, got "
                                        "\"300\""       },
        {"publish '' k b expiration=-1",
         "406 PRECONDITION_FAILED - invalid expiration '-1': {value_negative,-1}"              },
        {"declare exchange e type=odd",   "503 COMMAND_INVALID - unknown exchange type 'odd'"  },
        {"declare queue q durable=maybe",
         "502 SYNTAX_ERROR - expected durable=true or false, got \"maybe\""                    },
        {"bind amq.topic q k to=pub",     "502 SYNTAX_ERROR - expected to=queue or exchange"   },
        {"delete exchange nope",          "404 NOT_FOUND - no exchange 'nope' in vhost '/'"    },
        {"list moods",
         "502 SYNTAX_ERROR - expected list queues, exchanges, bindings, consumers, channels, "
         "connections, policies, parameters, users, permissions or vhosts"                     },
    };
    RUN_ALL(*state, steps);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_take_their_way),
        TEST(full_queues_refuse),
        TEST(exchanges_are_bound_to_exchanges),
        TEST(refusals_have_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
