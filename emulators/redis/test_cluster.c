#include "common/unit_test.h"
#include "emulators/redis/cluster.h"

/* Slots as redis-server's CLUSTER KEYSLOT says them. */
static void test_slots_of_keys(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        unsigned slot;
    } keys[] = {
        {"",                     0    },
        {"foo",                  12182},
        {"123456789",            12739},
        {"{foo}bar",             12182},
        {"x{foo}{bar}",          12182},
        {"foo{}{bar}",           8363 },
        {"{user1000}.following", 3443 },
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_int_equal(redis_cluster_slot(slice_str(keys[i].key)), keys[i].slot);
}

static void test_ranges(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis redis = {.host = {.heap = heap}};
    unsigned at = 0, last;
    assert_int_equal(redis_cluster_served_count(&redis), REDIS_CLUSTER_SLOTS);
    assert_true(redis_cluster_next_range(&redis, &at, &last));
    assert_int_equal(last, REDIS_CLUSTER_SLOTS - 1);
    struct redis_cluster *cluster = redis_cluster_edit(&redis);
    assert_non_null(cluster);
    redis_cluster_serve(cluster, 0, false);
    redis_cluster_serve(cluster, 10, false);
    assert_false(redis_cluster_serves(&redis, 10));
    assert_int_equal(redis_cluster_served_count(&redis), REDIS_CLUSTER_SLOTS - 2);
    at = 0;
    assert_true(redis_cluster_next_range(&redis, &at, &last));
    assert_int_equal(at, 1);
    assert_int_equal(last, 9);
    at = last + 1;
    assert_true(redis_cluster_next_range(&redis, &at, &last));
    assert_int_equal(at, 11);
    at = last + 1;
    assert_false(redis_cluster_next_range(&redis, &at, &last));
    redis_cluster_destroy(&redis);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots_of_keys),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
