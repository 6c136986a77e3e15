#include <stdio.h>

#include "common/unit_test.h"

#include "server/environment.h"

static void expect_variable(const char *value, const char *address, size_t room, const char *wanted)
{
    const struct emulator_variable variable = {"X", value};
    char out[64];
    size_t len = registry_variable(&variable, address, 6379, out, room);
    assert_string_equal(out, wanted);
    assert_string_equal(out, wanted);
    assert_int_equal(len, strlen(wanted));
}

static void places_are_filled(void **state)
{
    (void)state;
    expect_variable("{host}", "127.0.0.2", 64, "127.0.0.2");
    expect_variable("{host}", "0.0.0.0", 64, "127.0.0.1");
    expect_variable("{host}", "::", 64, "::1");
    expect_variable("{port}", "::1", 64, "6379");
    expect_variable("{host}:{port},{hosts}", "::1", 64, "::1:6379,{hosts}");
    expect_variable("parlel", "::1", 64, "parlel");
    expect_variable("", "::1", 64, "");
    expect_variable("parlel", "::1", 4, "par");
    expect_variable("a{port}", "::1", 4, "a63");
}

static void add_variable(void *ctx, const char *name, const char *value)
{
    char *text = ctx;
    size_t len = strlen(text);
    snprintf(text + len, 512 - len, "%s=%s\n", name, value);
}

static void each_service_has_variables(void **state)
{
    (void)state;
    struct state_instance instance = {.service_count = 3};
    char text[512] = "", url[ENVIRONMENT_VALUE_BYTES];
    instance.services[0] = (struct state_service){"redis", "::1", 7001};
    instance.services[1] = (struct state_service){"of another version", "::1", 7002};
    instance.services[2] = (struct state_service){"control", "127.0.0.1", 4600};
    environment_each(&instance, add_variable, text);
#if PARLEL_WITH_REDIS
    assert_string_equal(text, "REDIS_URL=redis://[::1]:7001\nREDIS_HOST=::1\nREDIS_PORT=7001\n"
                              "PARLEL_URL=http://127.0.0.1:4600\n");
#else
    assert_string_equal(text, "PARLEL_URL=http://127.0.0.1:4600\n");
#endif
    environment_url(&instance.services[1], url);
    assert_string_equal(url, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_filled),
        cmocka_unit_test(each_service_has_variables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
