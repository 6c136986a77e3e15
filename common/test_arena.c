#include "common/arena.h"
#include "common/random.h"
#include "common/unit_test.h"

static void aligns_and_keeps_apart(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct random random;
    random_seed(&random, 1);
    for (unsigned request = 0; request < 20; request++) {
        uint8_t *blocks[500];
        size_t sizes[500];
        for (unsigned i = 0; i < 500; i++) {
            sizes[i] = random_below(&random, i % 100 ? 200 : 50000);
            blocks[i] = arena_alloc(&arena, sizes[i]);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % 16, 0);
            memset(blocks[i], (int)i & 0xff, sizes[i]);
        }
        for (unsigned i = 0; i < 500; i++)
            for (size_t at = 0; at < sizes[i]; at++)
                assert_int_equal(blocks[i][at], i & 0xff);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static void empty_allocations_differ(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    void *a = arena_alloc(&arena, 0), *b = arena_zalloc(&arena, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    arena_done(&arena);
    arena_done(NULL);
}

static void reset_keeps_the_first_chunk(void **state)
{
    (void)state;
    struct arena arena = {0};
    void *first = arena_alloc(&arena, 100);
    assert_non_null(arena_alloc(&arena, 1000000));
    arena_reset(&arena);
    assert_ptr_equal(arena_alloc(&arena, 100), first);
    arena_done(&arena);
    /* But not when that one is huge. */
    assert_non_null(arena_alloc(&arena, 1000000));
    arena_reset(&arena);
    assert_null(arena.chunks);
    arena_reset(&arena);
    arena_done(&arena);
}

static void refuses_absurd_sizes(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, ARENA_ALLOC_MAX + 1));
    assert_null(arena_array(&arena, SIZE_MAX / 2, 4));
    assert_null(arena_dup(&arena, slice_of("", ARENA_ALLOC_MAX)).ptr);
    uint64_t *numbers = arena_array(&arena, 10, sizeof *numbers);
    assert_non_null(numbers);
    numbers[9] = 1;
    arena_done(&arena);
}

static void copies_text(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct slice copy = arena_dup(&arena, slice_of("a\0b", 3));
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    assert_non_null(arena_dup(&arena, slice_of(NULL, 0)).ptr);
    struct slice text = arena_printf(&arena, "%d:%s", 42, "x");
    assert_true(slice_eq_str(text, "42:x"));
    assert_int_equal(text.ptr[text.len], 0);
    assert_int_equal(arena_printf(&arena, "%*d", 100000, 1).len, 100000);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligns_and_keeps_apart),
        cmocka_unit_test(empty_allocations_differ),
        cmocka_unit_test(reset_keeps_the_first_chunk),
        cmocka_unit_test(refuses_absurd_sizes),
        cmocka_unit_test(copies_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
