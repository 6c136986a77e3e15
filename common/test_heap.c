#include <stdlib.h>

#include "common/heap.h"
#include "common/random.h"
#include "common/sanitizer.h"
#include "common/unit_test.h"

#define BLOCKS_MAX 4000

struct block {
    uint8_t *ptr;
    size_t size;
    uint8_t fill;
};

static void fill(struct block *block, uint8_t byte)
{
    block->fill = byte;
    memset(block->ptr, byte, block->size);
}

static void check(const struct block *block, size_t len)
{
    for (size_t i = 0; i < len; i++)
        assert_int_equal(block->ptr[i], block->fill);
}

static size_t any_size(struct random *random)
{
    switch (random_below(random, 8)) {
    case 0: return 1 + random_below(random, 100000);
    case 1: return HEAP_SLAB_MAX - 20 + random_below(random, 40);
    default: return 1 + random_below(random, 300);
    }
}

/* Takes, moves and gives back blocks at random; none may touch another. */
static void keeps_blocks_apart(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    struct heap *heap = heap_create(0);
    static struct block blocks[BLOCKS_MAX];
    size_t used = 0;
    for (unsigned round = 0; round < 100000; round++) {
        struct block *block = &blocks[random_below(&random, BLOCKS_MAX)];
        if (!block->ptr) {
            block->size = any_size(&random);
            block->ptr = heap_alloc(heap, block->size);
            assert_non_null(block->ptr);
            assert_int_equal((uintptr_t)block->ptr % 16, 0);
            used += heap_block_size(block->size);
        } else if (random_below(&random, 3) == 0) {
            size_t size = any_size(&random);
            block->ptr = heap_realloc(heap, block->ptr, block->size, size);
            assert_non_null(block->ptr);
            used += heap_block_size(size) - heap_block_size(block->size);
            check(block, size < block->size ? size : block->size);
            block->size = size;
        } else {
            check(block, block->size);
            heap_free(heap, block->ptr, block->size);
            used -= heap_block_size(block->size);
            block->ptr = NULL;
            continue;
        }
        fill(block, (uint8_t)random_u64(&random));
        assert_int_equal(heap_used(heap), used);
    }
    assert_true(heap_reserved(heap) >= used);
    for (size_t i = 0; i < BLOCKS_MAX; i++)
        if (blocks[i].ptr) {
            check(&blocks[i], blocks[i].size);
            heap_free(heap, blocks[i].ptr, blocks[i].size);
            blocks[i].ptr = NULL;
        }
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void gives_free_chunks_back(void **state)
{
    (void)state;
    enum { COUNT = 200000, SIZE = 48 };
    struct heap *heap = heap_create(0);
    void **blocks = malloc(COUNT * sizeof *blocks);
    assert_non_null(blocks);
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT; i++)
            assert_non_null(blocks[i] = heap_alloc(heap, SIZE));
        assert_int_equal(heap_used(heap), COUNT * SIZE);
        /* Nothing but the classes' rounding and the chunks' headers is lost. */
        if (!SANITIZER_ADDRESS)
            assert_true(heap_reserved(heap) <= COUNT * SIZE / 100 * 101 + 65536);
        for (size_t i = 0; i < COUNT; i++)
            heap_free(heap, blocks[i * 7919 % COUNT], SIZE);
        assert_int_equal(heap_used(heap), 0);
        assert_true(heap_reserved(heap) <= 8 * 65536);
    }
    free(blocks);
    heap_destroy(heap);
}

static void destroy_frees_what_is_left(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    for (size_t size = 1; size < 200000; size += size / 3 + 1)
        assert_non_null(heap_alloc(heap, size));
    heap_destroy(heap); /* the leak check of the sanitizer build is the proof */
    heap_destroy(NULL);
}

static void keeps_the_limit(void **state)
{
    (void)state;
    struct heap *heap = heap_create(1000);
    uint8_t *a = heap_alloc(heap, 500);
    assert_non_null(a);
    assert_int_equal(heap_used(heap), 512);
    assert_null(heap_alloc(heap, 489));
    assert_null(heap_alloc(heap, 5000));
    uint8_t *b = heap_alloc(heap, 480);
    assert_non_null(b);
    a[0] = 7;
    assert_null(heap_realloc(heap, a, 500, 513));
    uint8_t *same_class = heap_realloc(heap, a, 500, 512);
    assert_true(same_class == a || (SANITIZER_ADDRESS && same_class));
    a = same_class;
    assert_int_equal(a[0], 7);
    assert_int_equal(heap_used(heap), 992);
    heap_free(heap, b, 480);
    heap_free(heap, a, 512);
    assert_int_equal(heap_used(heap), 0);
    assert_int_equal(heap_peak(heap), 992);
    heap_reset_peak(heap);
    assert_int_equal(heap_peak(heap), 0);
    heap_destroy(heap);
}

static void limits_growing_large_blocks(void **state)
{
    (void)state;
    struct heap *heap = heap_create(100000);
    void *block = heap_realloc(heap, NULL, 0, 50000);
    assert_non_null(block);
    /* In place by the books: both need not fit at once. */
    block = heap_realloc(heap, block, 50000, 90000);
    assert_non_null(block);
    assert_null(heap_realloc(heap, block, 90000, 110000));
    assert_int_equal(heap_used(heap), heap_block_size(90000));
    heap_free(heap, block, 90000);
    heap_destroy(heap);
}

static void refuses_absurd_sizes(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    void *block = heap_zalloc(heap, 10);
    assert_non_null(block);
    assert_memory_equal(block, "\0\0\0\0\0\0\0\0\0\0", 10);
    assert_null(heap_alloc(heap, SIZE_MAX));
    assert_null(heap_alloc(heap, SIZE_MAX - 8));
    assert_null(heap_realloc(heap, block, 10, SIZE_MAX));
    assert_null(heap_zalloc(heap, HEAP_ALLOC_MAX + 1));
    heap_free(heap, block, 10);
    heap_free(heap, NULL, 0);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void the_reserve_is_for_who_draws_on_it(void **state)
{
    (void)state;
    struct heap *heap = heap_create(10000);
    assert_int_equal(heap_room(heap), 10000);
    heap_set_reserve(heap, 4000);
    void *most = heap_alloc(heap, 1008);
    assert_non_null(most);
    assert_int_equal(heap_room(heap), 10000 - 1008);
    assert_false(heap_take_failure(heap));
    assert_null(heap_alloc(heap, 5500));
    assert_true(heap_take_failure(heap));
    assert_false(heap_take_failure(heap));
    heap_draw_reserve(heap, true);
    void *more = heap_alloc(heap, 5500);
    assert_non_null(more);
    assert_null(heap_alloc(heap, 5500));
    heap_draw_reserve(heap, false);
    assert_null(heap_alloc(heap, 16));
    heap_free(heap, more, 5500);
    heap_free(heap, most, 1008);
    heap_set_limit(heap, 0);
    assert_true(heap_room(heap) == SIZE_MAX);
    heap_destroy(heap);
}

/* Bulk blocks of all sizes lie apart, are counted, and their regions go back. */
static void keeps_bulk_blocks_apart(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 2);
    struct heap *heap = heap_create(0);
    static struct block blocks[BLOCKS_MAX];
    size_t used = 0;
    for (unsigned round = 0; round < 40000; round++) {
        struct block *block = &blocks[random_below(&random, BLOCKS_MAX / 8)];
        if (!block->ptr) {
            block->size = 1 + random_below(&random, random_below(&random, 8) ? 3000 : 200000);
            block->ptr = heap_alloc_bulk(heap, block->size);
            assert_non_null(block->ptr);
            assert_int_equal((uintptr_t)block->ptr % 16, 0);
            assert_true(heap_block_size_bulk(block->size) >= block->size);
            used += heap_block_size_bulk(block->size);
            fill(block, (uint8_t)round);
        } else {
            check(block, block->size);
            heap_free_bulk(heap, block->ptr, block->size);
            used -= heap_block_size_bulk(block->size);
            block->ptr = NULL;
        }
        assert_int_equal(heap_used(heap), used);
    }
    for (unsigned i = 0; i < BLOCKS_MAX; i++)
        if (blocks[i].ptr && i % 2)
            heap_free_bulk(heap, blocks[i].ptr, blocks[i].size);
    heap_destroy(heap); /* with the other half in it */
}

static void memory_of_bulk_blocks_goes_back(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    enum { BLOCKS = 1000, SIZE = 64 << 10 };
    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++)
        assert_non_null(blocks[i] = heap_alloc_bulk(heap, SIZE));
    assert_false(heap_give_back(heap));
    for (int i = 0; i < BLOCKS; i++)
        heap_free_bulk(heap, blocks[i], SIZE);
    /* What has just become free is kept for a call; with a sanitizer there is nothing to keep. */
    int calls = 1;
    while (heap_give_back(heap))
        calls++;
    assert_true(SANITIZER_ADDRESS ? calls == 1 : calls > 2 && calls < 1000);
    assert_non_null(blocks[0] = heap_alloc_bulk(heap, SIZE));
    heap_free_bulk(heap, blocks[0], SIZE);
    heap_destroy(heap);
}

static void bulk_sizes_waste_little(void **state)
{
    (void)state;
    for (size_t size = HEAP_SLAB_MAX + 1; size <= HEAP_BULK_MAX; size++)
        assert_true(heap_block_size_bulk(size) <= size + size / 16 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_blocks_apart),
        cmocka_unit_test(gives_free_chunks_back),
        cmocka_unit_test(destroy_frees_what_is_left),
        cmocka_unit_test(keeps_the_limit),
        cmocka_unit_test(limits_growing_large_blocks),
        cmocka_unit_test(refuses_absurd_sizes),
        cmocka_unit_test(the_reserve_is_for_who_draws_on_it),
        cmocka_unit_test(keeps_bulk_blocks_apart),
        cmocka_unit_test(memory_of_bulk_blocks_goes_back),
        cmocka_unit_test(bulk_sizes_waste_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
