#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/unit_test.h"

#include "server/fixtures.h"
#include "server/test_fake.h"

static const struct emulator_type fake_plum = FAKE_TYPE("plum", 7003);
static const struct emulator_type *const types[] = {&fake_apple, &fake_pear, &fake_plum};
static const struct registry registry = {types, 3};

/* Apple and pear run, plum does not. */
static int set_up(void **state)
{
    struct sandbox_options options = {.seed = 1};
    struct sandbox *sandbox = sandbox_create(&options);
    struct problem why;
    *state = sandbox;
    return sandbox && sandbox_add(sandbox, &fake_apple, &why) &&
                   sandbox_add(sandbox, &fake_pear, &why)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    sandbox_destroy(*state);
    return 0;
}

static bool load(struct sandbox *sandbox, const char *text, struct problem *problem)
{
    char path[] = "/tmp/test_fixtures-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    bool loaded = fixtures_load(sandbox, &registry, path, problem);
    unlink(path);
    return loaded;
}

static long number_of(struct sandbox *sandbox, size_t index)
{
    return fake_of(sandbox_service(sandbox, index)->emulator)->number;
}

static void test_sections_reach_their_services(void **state)
{
    struct problem why = {""};
    assert_true(load(*state, "pear: 2\nplum: {of: [no, interest]}\napple: 1\n", &why));
    assert_int_equal(number_of(*state, 0), 1);
    assert_int_equal(number_of(*state, 1), 2);
    assert_true(load(*state, "{\"pear\": 3}", &why));
    assert_int_equal(number_of(*state, 0), 1);
    assert_int_equal(number_of(*state, 1), 3);
    assert_true(load(*state, "# nothing\n", &why));
}

static void test_a_wrong_file_changes_nothing(void **state)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"apple: 5\npear: many\n",                            ":2:7: expected a number, got "                        },
        {"apple: 5\npear: 101\n",                             ":2:7: 101 is too much"                                },
        {"apple: 5\nnut: 1\n",                                ":2:1: this parlel has no service 'nut'"               },
        {"apple: 5\npaer: 1\n",                               ":2:1: this parlel has no service 'paer'; did you mean"},
        {"apple: 5\npear: [\n",                               ":"                                                    },
        {"apple: 5\n---\npear: 1\n",                          ":"                                                    },
        {"clock: {freeze: maybe}\n",                          ":1:17: expected true or false, got "                  },
        {"clock: {freeze: true}\nrandom: x\n",                ":2:9: expected an integer, got "                      },
        {"faults:\n- {op: GET, action: drop}\n- {op: GET}\n", ":3:"                                                  },
        {"faults:\n- {service: nut, action: drop}\n",         ":2:13: this parlel has no service"                    },
        {"- 1\n",                                             ":1:1: expected a mapping of services, got "           },
    };
    struct problem why;
    assert_true(load(*state, "apple: 1\npear: 2\n", &why));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_false(load(*state, cases[i].text, &why));
        const char *place = strchr(why.text, ':');
        if (!place || strncmp(place, cases[i].problem, strlen(cases[i].problem)) != 0)
            fail_msg("%s", why.text);
        assert_int_equal(number_of(*state, 0), 1);
        assert_int_equal(number_of(*state, 1), 2);
        /* what reset comes back to, and nothing else */
        assert_int_equal(fake_of(sandbox_service(*state, 0)->emulator)->checkpoints, 1);
        assert_null(sandbox_faults(*state)->first);
        assert_false(sandbox_clock(*state)->frozen);
    }
    assert_false(fixtures_load(*state, &registry, "/nowhere/at.yaml", &why));
    assert_int_equal(strncmp(why.text, "/nowhere/at.yaml: ", 18), 0);
}

static void test_the_clock_the_dice_and_faults(void **state)
{
    struct problem why;
    assert_true(load(*state,
                     "clock: {set: 1000, freeze: true}\nrandom: 7\n"
                     "faults:\n- {service: apple, op: GET, nth: 2, times: 3, action: delay=5ms}\n",
                     &why));
    assert_int_equal(clock_now_us(sandbox_clock(*state)), 1000000000);
    assert_true(sandbox_clock(*state)->frozen);
    const struct fault_rule *rule = sandbox_faults(*state)->first;
    assert_non_null(rule);
    assert_int_equal(rule->action.kind, FAULT_DELAY);
    assert_int_equal(rule->options.nth, 2);
    assert_int_equal(rule->options.times, 3);
    assert_true(slice_eq_str(rule->options.match.service, "apple"));
}

static void test_reset_comes_back_to_what_was_loaded(void **state)
{
    struct problem why;
    assert_true(load(*state, "apple: 1\n", &why));
    fake_of(sandbox_service(*state, 0)->emulator)->number = 9;
    fake_of(sandbox_service(*state, 1)->emulator)->number = 9;
    assert_true(sandbox_reset(*state, NULL));
    assert_int_equal(number_of(*state, 0), 1);
    assert_int_equal(number_of(*state, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sections_reach_their_services, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_wrong_file_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_clock_the_dice_and_faults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reset_comes_back_to_what_was_loaded, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
