#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/unit_test.h"

#include "server/config.h"
#include "server/test_fake.h"

static const struct emulator_type *const types[] = {&fake_apple, &fake_pear};
static const char *const variables[] = {
    "SERVICES",          "APPLE_PORT",          "PEAR_PORT",
    "PARLEL_BIND",       "PARLEL_CONTROL_PORT", "PARLEL_ON_CONFLICT",
    "PARLEL_PORTS_FILE", "PARLEL_FIXTURES",
};

/* An empty environment and an empty folder. */
static int set_up(void **state)
{
    struct config *config = calloc(1, sizeof(*config));
    char folder[] = "/tmp/test_config-XXXXXX";
    if (!config || !mkdtemp(folder) || chdir(folder) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    config_init(config, (struct registry){types, 2});
    *state = config;
    return 0;
}

static int tear_down(void **state)
{
    char folder[64];
    unlink(CONFIG_FILE);
    if (getcwd(folder, sizeof(folder)))
        rmdir(folder);
    config_done(*state);
    free(*state);
    return 0;
}

static void load(struct config *config)
{
    struct problem why = {""};
    if (config_load(config, &why) != STATUS_OK)
        fail_msg("%s", why.text);
}

static void test_defaults(void **state)
{
    struct config *config = *state;
    load(config);
    assert_int_equal(config->service_count, 2);
    assert_ptr_equal(config->services[0].type, &fake_apple);
    assert_int_equal(config->services[0].port, 7001);
    assert_int_equal(config->services[1].port, 7002);
    assert_int_equal(config->bind.count, 2);
    assert_string_equal(config->bind.text[0], "127.0.0.1");
    assert_string_equal(config->bind.text[1], "::1");
    assert_int_equal(config->control_port, 4600);
    assert_false(config->remap);
    assert_null(config->ports_file);
    assert_null(config->seeds);
    assert_null(config->settings);
}

static void test_flags_before_environment(void **state)
{
    struct config *config = *state;
    struct problem why;
    setenv("SERVICES", "apple, pear", 1);
    setenv("PEAR_PORT", "8002", 1);
    setenv("APPLE_PORT", "8001", 1);
    setenv("PARLEL_BIND", "0.0.0.0", 1);
    setenv("PARLEL_CONTROL_PORT", "1", 1);
    setenv("PARLEL_ON_CONFLICT", "fail", 1);
    setenv("PARLEL_PORTS_FILE", "environment.json", 1);
    setenv("PARLEL_FIXTURES", "a.yaml:b.yaml", 1);
    assert_true(config_service(config, "pear", &why));
    assert_true(config_service(config, "apple:0", &why));
    assert_true(config_service(config, "pear", &why)); /* once is enough */
    assert_true(config_flag(config, "bind", "::1,127.0.0.1", &why));
    assert_true(config_flag(config, "control", "0", &why));
    assert_true(config_flag(config, "on-conflict", "remap", &why));
    assert_true(config_flag(config, "ports-file", "flag.json", &why));
    assert_true(config_flag(config, "seed", "flag.yaml", &why));
    load(config);
    assert_int_equal(config->service_count, 2);
    assert_ptr_equal(config->services[0].type, &fake_pear);
    assert_int_equal(config->services[0].port, 8002);
    assert_int_equal(config->services[1].port, 0);
    assert_int_equal(config->bind.count, 2);
    assert_string_equal(config->bind.text[0], "::1");
    assert_int_equal(config->control_port, 0);
    assert_true(config->remap);
    assert_string_equal(config->ports_file, "flag.json");
    assert_string_equal(config->seeds->path, "flag.yaml");
    assert_null(config->seeds->next);
}

static void test_environment(void **state)
{
    struct config *config = *state;
    setenv("SERVICES", "pear:9000", 1);
    setenv("PEAR_PORT", "9001", 1); /* the port beside the name is the nearer word */
    setenv("APPLE_PORT", "", 1);    /* as good as not set */
    setenv("PARLEL_FIXTURES", "a.yaml:b.yaml:", 1);
    setenv("PARLEL_BIND", "localhost", 1);
    load(config);
    assert_int_equal(config->service_count, 1);
    assert_int_equal(config->services[0].port, 9000);
    assert_string_equal(config->seeds->path, "a.yaml");
    assert_string_equal(config->seeds->next->path, "b.yaml");
    assert_null(config->seeds->next->next);
    assert_true(config->bind.loopback);
}

static void test_settings(void **state)
{
    struct config *config = *state;
    struct problem why;
    assert_true(config_flag(config, "set", "apple.number=1", &why));
    assert_true(config_flag(config, "set", "pear.a.b=x=y", &why));
    assert_true(config_flag(config, "set", "pear.empty=", &why));
    load(config);
    struct config_setting *setting = config->settings;
    assert_ptr_equal(setting->type, &fake_apple);
    assert_true(slice_eq_str(setting->key, "number"));
    assert_true(slice_eq_str(setting->value, "1"));
    setting = setting->next;
    assert_true(slice_eq_str(setting->key, "a.b"));
    assert_true(slice_eq_str(setting->value, "x=y"));
    setting = setting->next;
    assert_int_equal(setting->value.len, 0);
    assert_null(setting->next);
}

static void test_wrong_flags(void **state)
{
    static const struct {
        const char *flag, *value, *text;
    } cases[] = {
        {"bind",        "example.com",    "--bind: 'example.com' is not an address"       },
        {"bind",        "",               "--bind: '' is not an address"                  },
        {"bind",        "127.0.0.1,",     "--bind: '127.0.0.1,' is not an address"        },
        {"control",     "65536",          "--control: '65536' is not a port"              },
        {"control",     "-1",             "--control: '-1' is not a port"                 },
        {"on-conflict", "ask",            "--on-conflict: 'ask' is neither fail nor remap"},
        {"ports-file",  "",               "--ports-file: the name of a file is expected"  },
        {"seed",        "",               "--seed: the name of a file is expected"        },
        {"set",         "apple.number",   "--set: 'apple.number' is not SERVICE.KEY=VALUE"},
        {"set",         "number=1.5",     "--set: 'number=1.5' is not SERVICE.KEY=VALUE"  },
        {"set",         "apple.=1",       "--set: 'apple.=1' is not SERVICE.KEY=VALUE"    },
        {"set",         "appel.number=1",
         "--set: this parlel has no service 'appel'; did you mean 'apple'?"               },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem why;
        assert_false(config_flag(*state, cases[i].flag, cases[i].value, &why));
        if (strncmp(why.text, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s", why.text);
    }
}

static void test_wrong_services(void **state)
{
    static const char *const words[] = {"",          ":1",   "apple:", "apple:x", "apple:65536",
                                        "apple:1:2", "plum", "APPLE"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct problem why;
        if (config_service(*state, words[i], &why))
            fail_msg("'%s' was taken", words[i]);
    }
}

static void test_wrong_environment(void **state)
{
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"SERVICES",            "apple,plum"         },
        {"APPLE_PORT",          "tcp://10.0.0.1:6379"},
        {"PARLEL_BIND",         "nowhere"            },
        {"PARLEL_CONTROL_PORT", "x"                  },
        {"PARLEL_ON_CONFLICT",  "shrug"              },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem why;
        setenv(cases[i].name, cases[i].value, 1);
        assert_int_equal(config_load(*state, &why), STATUS_CONFIG);
        assert_int_equal(strncmp(why.text, cases[i].name, strlen(cases[i].name)), 0);
        unsetenv(cases[i].name);
    }
}

static void write_file(const char *text)
{
    FILE *file = fopen(CONFIG_FILE, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_file(void **state)
{
    struct config *config = *state;
    struct problem why;
    write_file("services:\n"
               "  pear: 8002\n"
               "  apple: {port: 0, number: 7, text: \"a: b\"}\n"
               "bind: 0.0.0.0\n"
               "control: 1\n"
               "on-conflict: remap\n"
               "ports-file: ports.json\n"
               "fixtures: [a.yaml, b.yaml]\n");
    setenv("PARLEL_CONTROL_PORT", "2", 1);
    assert_true(config_flag(config, "set", "apple.number=8", &why));
    load(config);
    assert_int_equal(config->service_count, 2);
    assert_ptr_equal(config->services[0].type, &fake_pear);
    assert_int_equal(config->services[0].port, 8002);
    assert_int_equal(config->services[1].port, 0);
    assert_string_equal(config->bind.text[0], "0.0.0.0");
    assert_int_equal(config->control_port, 2);
    assert_true(config->remap);
    assert_string_equal(config->ports_file, "ports.json");
    assert_string_equal(config->seeds->next->path, "b.yaml");
    struct config_setting *setting = config->settings;
    assert_true(slice_eq_str(setting->value, "7"));
    setting = setting->next;
    assert_true(slice_eq_str(setting->key, "text"));
    assert_true(slice_eq_str(setting->value, "a: b"));
    assert_true(slice_eq_str(setting->next->value, "8")); /* the flag has the last word */
    assert_null(setting->next->next);
}

static void test_file_lists(void **state)
{
    struct config *config = *state;
    write_file("services: [apple:1, pear]\nfixtures: one.yaml\nbind:\n");
    setenv("PEAR_PORT", "5", 1);
    load(config);
    assert_int_equal(config->services[0].port, 1);
    assert_int_equal(config->services[1].port, 5);
    assert_string_equal(config->seeds->path, "one.yaml");
    assert_true(config->bind.loopback);
}

static void test_empty_file(void **state)
{
    write_file("# nothing yet\n");
    load(*state);
}

static void test_wrong_files(void **state)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"services: [apple, plum]\n",
         "parlel.yaml:1:19: services: this parlel has no service 'plum'"                        },
        {"services:\n  apple: high\n",          "parlel.yaml:2:10: 'high' is not a port"        },
        {"services:\n  apple:\n    port: -1\n", "parlel.yaml:3:11: '-1' is not a port"          },
        {"services: {apple: [1]}\n",            "parlel.yaml:1:19: expected a port or a mapping"},
        {"bind: [::1]\n",                       "parlel.yaml:1:7: expected bind to be one value"},
        {"onconflict: remap\n",
         "parlel.yaml:1:1: there is no key 'onconflict'; did you mean on-conflict?"             },
        {"- apple\n",                           "parlel.yaml:1:1: expected a mapping"           },
        {"services: {apple: 1\n",               "parlel.yaml:"                                  },
        {"control: 1\n---\ncontrol: 2\n",       "parlel.yaml:"                                  },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem why = {"it was taken"};
        write_file(cases[i].text);
        enum exit_status status = config_load(*state, &why);
        if (status != STATUS_CONFIG ||
            strncmp(why.text, cases[i].problem, strlen(cases[i].problem)) != 0)
            fail_msg("%s: %s", cases[i].text, why.text);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults),          TEST(test_flags_before_environment),
        TEST(test_environment),       TEST(test_settings),
        TEST(test_wrong_flags),       TEST(test_wrong_services),
        TEST(test_wrong_environment), TEST(test_file),
        TEST(test_file_lists),        TEST(test_empty_file),
        TEST(test_wrong_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
