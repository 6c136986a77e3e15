#include "common/unit_test.h"

#include "server/control/origin.h"

static bool allows(const char *bind, const char *host, const char *origin)
{
    struct listen_addresses addresses;
    assert_true(listen_parse(slice_str(bind), &addresses));
    return origin_is_allowed(&addresses, host ? slice_str(host) : slice_of(NULL, 0),
                             origin ? slice_str(origin) : slice_of(NULL, 0));
}

static void test_this_machine(void **state)
{
    static const char *const binds[] = {"localhost", "127.0.0.1", "127.0.0.1,::1", "::1"};
    (void)state;
    for (size_t i = 0; i < sizeof(binds) / sizeof(binds[0]); i++) {
        assert_true(allows(binds[i], NULL, NULL));
        assert_true(allows(binds[i], "localhost:4600", NULL));
        assert_true(allows(binds[i], "127.0.0.1:4600", "http://localhost:3000"));
        assert_true(allows(binds[i], "[::1]:4600", "http://[::1]:4600"));
        assert_true(allows(binds[i], "app.localhost", "http://app.localhost"));
        assert_false(allows(binds[i], "evil.example.com", NULL));
        assert_false(allows(binds[i], "evil.example.com", "http://evil.example.com"));
        assert_false(allows(binds[i], "localhost", "http://evil.example.com"));
        assert_false(allows(binds[i], "localhost", "null"));
    }
}

/* Whoever opens the port to others has names for it; pages of other sites stay out. */
static void test_other_machines(void **state)
{
    (void)state;
    assert_true(allows("0.0.0.0", "ci.example.com:4600", NULL));
    assert_true(allows("127.0.0.1,10.0.0.1", "ci.example.com:4600", "http://ci.example.com:4600"));
    assert_false(allows("0.0.0.0", "ci.example.com:4600", "http://evil.example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_other_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
