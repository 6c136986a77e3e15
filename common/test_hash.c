#include "common/hash.h"
#include "common/unit_test.h"

static void depends_on_seed_and_bytes(void **state)
{
    (void)state;
    struct slice key = slice_str("key:1");
    hash_seed(1);
    uint64_t one = hash_bytes(key);
    assert_int_equal(hash_bytes(key), one);
    assert_int_not_equal(hash_bytes(slice_str("key:2")), one);
    hash_seed(2);
    assert_int_not_equal(hash_bytes(key), one);
    hash_seed(1);
    assert_int_equal(hash_bytes(key), one);
}

static void takes_every_length(void **state)
{
    (void)state;
    static const uint8_t zeros[2000];
    uint64_t seen[2000];
    for (size_t len = 0; len < 2000; len++) {
        seen[len] = hash_bytes(slice_of(zeros, len));
        for (size_t i = len > 50 ? len - 50 : 0; i < len; i++)
            assert_int_not_equal(seen[i], seen[len]);
    }
    (void)hash_bytes(slice_of(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depends_on_seed_and_bytes),
        cmocka_unit_test(takes_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
