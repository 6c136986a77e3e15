#include "common/unit_test.h"

#include "server/sandbox.h"
#include "server/test_fake.h"

static struct sandbox *sandbox_of_two(void)
{
    struct sandbox_options options = {.seed = 1};
    struct sandbox *sandbox = sandbox_create(&options);
    struct problem why;
    assert_non_null(sandbox);
    assert_true(sandbox_add(sandbox, &fake_apple, &why));
    assert_true(sandbox_add(sandbox, &fake_pear, &why));
    return sandbox;
}

static struct fake *fake_at(struct sandbox *sandbox, size_t index)
{
    return fake_of(sandbox_service(sandbox, index)->emulator);
}

static void test_services(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    assert_int_equal(sandbox_service_count(sandbox), 2);
    assert_ptr_equal(sandbox_find(sandbox, slice_str("pear")), sandbox_service(sandbox, 1));
    assert_null(sandbox_find(sandbox, slice_str("plum")));
    sandbox_destroy(sandbox);
    sandbox_destroy(NULL);
}

static void test_rewind_takes_all_services_back(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    fake_at(sandbox, 0)->number = 1;
    struct sandbox_checkpoint *first = sandbox_checkpoint(sandbox, slice_str("first"));
    fake_at(sandbox, 0)->number = 2;
    fake_at(sandbox, 1)->number = 3;
    struct sandbox_checkpoint *second = sandbox_checkpoint(sandbox, slice_str("second"));
    assert_ptr_equal(sandbox_find_checkpoint(sandbox, slice_str("first")), first);
    assert_true(sandbox_rewind(sandbox, first));
    assert_int_equal(fake_at(sandbox, 0)->number, 1);
    assert_int_equal(fake_at(sandbox, 1)->number, 0);
    assert_true(sandbox_rewind(sandbox, second));
    assert_int_equal(fake_at(sandbox, 0)->number, 2);
    assert_int_equal(fake_at(sandbox, 1)->number, 3);
    sandbox_release(sandbox, first);
    assert_null(sandbox_find_checkpoint(sandbox, slice_str("first")));
    assert_int_equal(fake_at(sandbox, 1)->checkpoints, 1);
    sandbox_destroy(sandbox); /* releases the other one */
}

static void test_a_name_has_one_checkpoint(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    sandbox_checkpoint(sandbox, slice_str("it"));
    fake_at(sandbox, 0)->number = 5;
    struct sandbox_checkpoint *newer = sandbox_checkpoint(sandbox, slice_str("it"));
    assert_ptr_equal(sandbox_find_checkpoint(sandbox, slice_str("it")), newer);
    assert_int_equal(fake_at(sandbox, 0)->checkpoints, 1);
    struct sandbox_checkpoint *own = sandbox_checkpoint(sandbox, slice_str(""));
    assert_null(sandbox_find_checkpoint(sandbox, slice_str("")));
    sandbox_release(sandbox, own);
    sandbox_destroy(sandbox);
}

static void test_a_checkpoint_is_of_all_or_none(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    size_t used = heap_used(sandbox_heap(sandbox));
    fake_at(sandbox, 1)->no_checkpoints = true;
    assert_null(sandbox_checkpoint(sandbox, slice_str("it")));
    assert_int_equal(fake_at(sandbox, 0)->checkpoints, 0);
    assert_int_equal(heap_used(sandbox_heap(sandbox)), used);
    sandbox_destroy(sandbox);
}

static void test_rewind_takes_the_clock_and_the_dice_back(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    struct sandbox_checkpoint *at = sandbox_checkpoint(sandbox, slice_str("it"));
    uint64_t thrown = random_u64(sandbox_random(sandbox));
    clock_advance(sandbox_clock(sandbox), 5000000);
    clock_freeze(sandbox_clock(sandbox));
    assert_true(sandbox_rewind(sandbox, at));
    assert_int_equal(clock_now_us(sandbox_clock(sandbox)), 0);
    assert_false(sandbox_clock(sandbox)->frozen);
    assert_true(random_u64(sandbox_random(sandbox)) == thrown);
    sandbox_destroy(sandbox);
}

static void test_worlds_go_their_own_ways(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    struct problem why;
    fake_at(sandbox, 0)->number = 1;
    clock_advance(sandbox_clock(sandbox), 1000);
    struct sandbox *world = sandbox_fork(sandbox, slice_str("t1"), &why);
    assert_non_null(world);
    assert_ptr_equal(sandbox_find_world(sandbox, slice_str("t1")), world);
    assert_ptr_equal(sandbox_find_world(world, slice_str("")), sandbox);
    assert_int_equal(clock_now_us(sandbox_clock(world)), 1000);
    clock_advance(sandbox_clock(world), 1000);
    fake_at(world, 0)->number = 2;
    assert_int_equal(fake_at(sandbox, 0)->number, 1);
    assert_int_equal(clock_now_us(sandbox_clock(sandbox)), 1000);
    struct sandbox *inner = sandbox_fork(world, slice_str("t2"), &why);
    assert_int_equal(fake_at(inner, 0)->number, 2);
    sandbox_drop(world);
    assert_null(sandbox_find_world(sandbox, slice_str("t1")));
    assert_int_equal(fake_at(inner, 0)->number, 2);
    assert_non_null(sandbox_fork(inner, slice_str("t1"), &why));
    sandbox_destroy(sandbox);
}

static void test_names_of_worlds(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    struct problem why;
    static const char *const wrong[] = {"", "a b", "a@b", "a/b", "\xff"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_null(sandbox_fork(sandbox, slice_str(wrong[i]), &why));
    assert_non_null(sandbox_fork(sandbox, slice_str("a-1_b.c"), &why));
    assert_null(sandbox_fork(sandbox, slice_str("a-1_b.c"), &why));
    assert_string_equal(why.text, "there is a world 'a-1_b.c' already");
    sandbox_destroy(sandbox);
}

static void test_a_world_keeps_its_number(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    struct problem why;
    assert_non_null(sandbox_fork(sandbox, slice_str("stays"), &why));
    assert_true(slice_eq_str(sandbox_world_name(sandbox, 1), "stays"));
    for (int i = 0; i < UINT16_MAX; i++)
        sandbox_drop(sandbox_fork(sandbox, slice_str("goes"), &why));
    assert_true(slice_eq_str(sandbox_world_name(sandbox, 1), "stays"));
    sandbox_destroy(sandbox);
}

static void test_a_removed_service_is_gone_everywhere(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_of_two();
    struct problem why;
    fake_at(sandbox, 0)->number = 3;
    struct sandbox_checkpoint *at = sandbox_checkpoint(sandbox, slice_str("it"));
    struct sandbox *world = sandbox_fork(sandbox, slice_str("t1"), &why);
    assert_true(sandbox_remove(sandbox, sandbox_find(sandbox, slice_str("apple"))));
    assert_null(sandbox_find(sandbox, slice_str("apple")));
    assert_null(sandbox_find(world, slice_str("apple")));
    assert_true(sandbox_add(sandbox, &fake_apple, &why));
    fake_of(sandbox_find(sandbox, slice_str("apple"))->emulator)->number = 4;
    assert_true(sandbox_rewind(sandbox, at)); /* it was not there: it is empty */
    assert_int_equal(fake_of(sandbox_find(sandbox, slice_str("apple"))->emulator)->number, 0);
    sandbox_destroy(sandbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_rewind_takes_all_services_back),
        cmocka_unit_test(test_a_name_has_one_checkpoint),
        cmocka_unit_test(test_a_checkpoint_is_of_all_or_none),
        cmocka_unit_test(test_rewind_takes_the_clock_and_the_dice_back),
        cmocka_unit_test(test_worlds_go_their_own_ways),
        cmocka_unit_test(test_names_of_worlds),
        cmocka_unit_test(test_a_world_keeps_its_number),
        cmocka_unit_test(test_a_removed_service_is_gone_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
