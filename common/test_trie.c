#include <stdlib.h>

#include "common/random.h"
#include "common/trie.h"
#include "common/trie_tags.h"
#include "common/unit_test.h"

#define KEYS   500
#define WORLDS 4

struct item {
    uint32_t refs;
    uint32_t value;
    uint64_t hash;
    uint64_t key;
};

static uint64_t item_hash(const void *item)
{
    return ((const struct item *)item)->hash;
}

static bool item_equal(const void *item, struct slice key)
{
    return key.len == sizeof(uint64_t) &&
           memcmp(&((const struct item *)item)->key, key.ptr, key.len) == 0;
}

static void item_release(struct heap *heap, void *item)
{
    heap_free(heap, item, sizeof(struct item));
}

static const struct trie_type type = {item_hash, item_equal, item_release};

static struct item *item_create(struct heap *heap, uint64_t hash, uint64_t key, uint32_t value)
{
    struct item *item = heap_alloc(heap, sizeof *item);
    if (item)
        *item = (struct item){.refs = 1, .value = value, .hash = hash, .key = key};
    return item;
}

/* ---- hashes that make the map deep, flat, lopsided or one single leaf */

static uint64_t mix(uint64_t key)
{
    struct random random;
    random_seed(&random, key);
    return random_u64(&random);
}

static uint64_t hash_good(uint64_t key)
{
    return mix(key);
}

static uint64_t hash_same(uint64_t key)
{
    (void)key;
    return 0xfeedfeedfeedfeed;
}

static uint64_t hash_low_bits(uint64_t key)
{
    return mix(key) & 7;
}

static uint64_t hash_high_bits(uint64_t key)
{
    return mix(key) << 61;
}

static uint64_t hash_lopsided(uint64_t key)
{
    return mix(key) >> (mix(key + 1) & 63);
}

typedef uint64_t hash_function(uint64_t key);
static hash_function *const hashes[] = {hash_good, hash_same, hash_low_bits, hash_high_bits,
                                        hash_lopsided};
#define HASHES (sizeof hashes / sizeof *hashes)

/* ---- a map with its model */

struct world {
    struct heap *heap;
    hash_function *hash;
    struct trie trie;
    uint32_t value[KEYS]; /* 0: absent */
    uint64_t count;
};

static struct slice key_slice(const uint64_t *key)
{
    return slice_of(key, sizeof *key);
}

/* Each returns false when memory ran out; the model follows the map only if it did not. */
static bool world_insert(struct world *world, uint64_t key, uint32_t value)
{
    struct item *item = item_create(world->heap, world->hash(key), key, value);
    if (!item)
        return false;
    if (!trie_insert(&world->trie, &type, world->heap, item->hash, item)) {
        trie_item_release(&type, world->heap, item);
        return false;
    }
    world->value[key] = value;
    world->count++;
    return true;
}

static bool world_remove(struct world *world, uint64_t key)
{
    bool absent;
    struct item *item =
        trie_remove(&world->trie, &type, world->heap, world->hash(key), key_slice(&key), &absent);
    assert_int_equal(absent, world->value[key] == 0);
    if (absent) {
        assert_null(item);
        return true;
    }
    if (!item)
        return false;
    assert_int_equal(item->value, world->value[key]);
    trie_item_release(&type, world->heap, item);
    world->value[key] = 0;
    world->count--;
    return true;
}

static bool world_replace(struct world *world, uint64_t key, uint32_t value)
{
    bool absent;
    void **slot =
        trie_slot(&world->trie, &type, world->heap, world->hash(key), key_slice(&key), &absent);
    assert_int_equal(absent, world->value[key] == 0);
    if (!slot)
        return absent;
    struct item *old = *slot;
    assert_int_equal(old->value, world->value[key]);
    struct item *item = item_create(world->heap, old->hash, key, value);
    if (!item)
        return false;
    *slot = item;
    trie_item_release(&type, world->heap, old);
    world->value[key] = value;
    return true;
}

static void world_share(struct world *world, struct world *from)
{
    if (world == from)
        return;
    trie_clear(&world->trie, &type, world->heap);
    assert_null(world->trie.root);
    *world = *from;
    world->trie = trie_share(&from->trie);
}

static void check_finds(const struct world *world)
{
    struct trie_hint hints[KEYS];
    for (uint64_t key = 0; key < KEYS; key++)
        hints[key] = (struct trie_hint){&world->trie, world->hash(key)};
    trie_prefetch(hints, KEYS); /* reads what finding reads, and nothing beyond it */
    for (uint64_t key = 0; key < KEYS; key++) {
        const struct item *item = trie_find(&world->trie, &type, world->hash(key), key_slice(&key));
        assert_int_equal(item ? item->value : 0, world->value[key]);
        if (!item || key % 16)
            continue;
        const struct item *same;
        unsigned nth = 0;
        while ((same = trie_find_hash(&world->trie, &type, item->hash, nth)) != item) {
            assert_non_null(same);
            nth++;
        }
    }
}

static void count_item(void *ctx, void *item)
{
    ((uint8_t *)ctx)[((struct item *)item)->key]++;
}

static void check_walks(const struct world *world)
{
    uint8_t iterated[KEYS] = {0}, scanned[KEYS] = {0};
    struct trie_iter iter;
    trie_iter_init(&iter, &world->trie);
    for (void *item; (item = trie_iter_next(&iter));)
        count_item(iterated, item);
    assert_null(trie_iter_next(&iter));
    uint64_t cursor = 0;
    do
        cursor = trie_scan(&world->trie, &type, cursor, count_item, scanned);
    while (cursor);
    for (size_t key = 0; key < KEYS; key++) {
        assert_int_equal(iterated[key], world->value[key] != 0);
        assert_int_equal(scanned[key], world->value[key] != 0);
    }
}

static void world_check(const struct world *world)
{
    assert_int_equal(world->trie.count, world->count);
    assert_true(trie_check(&world->trie, &type));
    assert_int_equal(world->trie.root != NULL, world->count != 0);
    check_finds(world);
    check_walks(world);
}

/* Some change to a key; more inserts than removes while growing. */
static bool world_change(struct world *world, uint64_t key, uint32_t value, bool growing,
                         struct random *random)
{
    unsigned dice = (unsigned)random_below(random, 8);
    if (dice == 0)
        return world_replace(world, key, value);
    if ((dice < 6) != growing)
        return world_remove(world, key);
    return world->value[key] ? world_replace(world, key, value) : world_insert(world, key, value);
}

/* ---- tests */

static void behaves_like_its_model(hash_function *hash, uint64_t seed)
{
    struct heap *heap = heap_create(0);
    struct random random;
    random_seed(&random, seed);
    static struct world worlds[WORLDS];
    for (size_t i = 0; i < WORLDS; i++)
        worlds[i] = (struct world){.heap = heap, .hash = hash};
    for (uint32_t step = 1; step <= 20000; step++) {
        struct world *world = &worlds[random_below(&random, WORLDS)];
        uint64_t key = random_below(&random, KEYS);
        bool growing = step / 4000 % 2 == 0;
        assert_true(world_change(world, key, step, growing, &random));
        if (random_below(&random, 200) == 0)
            world_share(&worlds[random_below(&random, WORLDS)], world);
        if (step % 1000 == 0)
            for (size_t i = 0; i < WORLDS; i++)
                world_check(&worlds[i]);
    }
    /* What is left of one is given up in small pieces, the rest at once, the last item by item. */
    for (size_t i = 2; i < WORLDS; i++)
        trie_clear(&worlds[i].trie, &type, heap);
    while (trie_release_some(&worlds[1].trie, &type, heap, 1)) {}
    world_check(&worlds[0]);
    for (uint64_t key = 0; key < KEYS; key++)
        assert_true(world_remove(&worlds[0], key));
    assert_null(worlds[0].trie.root);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void any_changes_and_shares(void **state)
{
    (void)state;
    for (size_t i = 0; i < HASHES; i++)
        behaves_like_its_model(hashes[i], i);
}

/* Every change under a heap that has 0, 16, 32, ... bytes left, until it succeeds. */
static void changes_under_failing_heap(hash_function *hash, uint64_t seed)
{
    const size_t limit = (size_t)512 << 10;
    struct heap *heap = heap_create(limit);
    struct random random;
    random_seed(&random, seed);
    static struct world world, other;
    world = other = (struct world){.heap = heap, .hash = hash};
    unsigned failures = 0;
    for (uint32_t step = 1; step <= 300; step++) {
        bool growing = step % 150 < 100;
        for (unsigned i = 0; i < 10; i++)
            assert_true(world_change(&world, random_below(&random, KEYS), step, growing, &random));
        if (step % 4 == 0)
            world_share(&other, &world);
        uint64_t key = random_below(&random, KEYS);
        struct random dice = random;
        bool done = false;
        for (size_t spare = 0; !done; spare += 16) {
            size_t filler = limit - heap_used(heap) - spare;
            while (heap_block_size(filler) > limit - heap_used(heap) - spare)
                filler--;
            void *block = heap_alloc(heap, filler);
            assert_non_null(block);
            struct random same_dice = dice;
            done = world_change(&world, key, step, growing, &same_dice);
            heap_free(heap, block, filler);
            assert_true(trie_check(&world.trie, &type));
            failures += !done;
        }
        world_check(&world);
        world_check(&other);
    }
    assert_true(failures > 0);
    trie_clear(&world.trie, &type, heap);
    trie_clear(&other.trie, &type, heap);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void failing_heap_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < HASHES; i++)
        changes_under_failing_heap(hashes[i], i);
}

static void removing_needs_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < HASHES; i++) {
        const size_t limit = (size_t)1 << 20;
        struct heap *heap = heap_create(limit);
        static struct world world;
        world = (struct world){.heap = heap, .hash = hashes[i]};
        for (uint64_t key = 0; key < KEYS; key++)
            assert_true(world_insert(&world, key, 1));
        for (size_t size = limit; size >= 16; size /= 2)
            while (heap_alloc(heap, size)) {}
        /* Only what each removal itself frees may be used again. */
        for (uint64_t key = 0; key < KEYS; key++) {
            assert_true(world_remove(&world, key));
            assert_true(trie_check(&world.trie, &type));
        }
        heap_destroy(heap);
    }
}

/* Large maps: their hashes are their keys. */
static void large_insert(struct trie *trie, struct heap *heap, struct random *random, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t key = random_u64(random);
        struct item *item = item_create(heap, key, key, 1);
        assert_non_null(item);
        assert_true(trie_insert(trie, &type, heap, key, item));
    }
}

static void sharing_a_million_copies_a_path(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct random random;
    random_seed(&random, 1);
    struct trie trie = {0};
    large_insert(&trie, heap, &random, 1000000);
    assert_true(trie_check(&trie, &type));
    size_t full = heap_used(heap);
    /* Sixteen bytes an item for the map itself, at most. */
    assert_true(full <= 1000000 * (heap_block_size(sizeof(struct item)) + 16));

    struct trie checkpoint = trie_share(&trie);
    assert_int_equal(heap_used(heap), full);
    large_insert(&trie, heap, &random, 1);
    /* An item, a leaf, four branches at most. */
    assert_true(heap_used(heap) - full <= 32 + 160 + 4 * 528);
    size_t after_one = heap_used(heap);
    large_insert(&trie, heap, &random, 99);
    assert_true(heap_used(heap) - after_one <= (size_t)99 * (32 + 2 * 160 + 3 * 528));
    assert_int_equal(trie.count, 1000100);

    /* Rewind. */
    trie_clear(&trie, &type, heap);
    assert_int_equal(heap_used(heap), full);
    trie = trie_share(&checkpoint);
    assert_true(trie_check(&trie, &type));
    assert_int_equal(trie.count, 1000000);
    trie_clear(&checkpoint, &type, heap);
    unsigned pieces = 1;
    while (trie_release_some(&trie, &type, heap, 1000))
        pieces++;
    assert_in_range(pieces, 1000, 1300);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

/* The keys below KEYS / 2 stay while the others come and go; half of the time the map shrinks, so
 * that leaves merge behind and before the cursor. */
static void scan_sees_each_once(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct random random;
    random_seed(&random, 1);
    for (unsigned round = 0; round < 200; round++) {
        static struct world world;
        world = (struct world){.heap = heap, .hash = hashes[round % HASHES]};
        for (uint64_t key = 0; key < KEYS; key++)
            if (key < KEYS / 20 || random_below(&random, 2))
                assert_true(world_insert(&world, key, 1));
        uint8_t seen[KEYS] = {0};
        bool growing = round / HASHES % 2;
        uint64_t cursor = 0;
        do {
            cursor = trie_scan(&world.trie, &type, cursor, count_item, seen);
            for (unsigned i = 0; i < 30; i++)
                assert_true(world_change(&world, KEYS / 20 + random_below(&random, KEYS * 19 / 20),
                                         2, growing, &random));
        } while (cursor);
        for (uint64_t key = 0; key < KEYS / 20; key++)
            assert_int_equal(seen[key], 1);
        trie_clear(&world.trie, &type, heap);
    }
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

static void random_reaches_all(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct random random;
    random_seed(&random, 1);
    static struct world world;
    world = (struct world){.heap = heap, .hash = hash_good};
    assert_null(trie_random(&world.trie, 5));
    for (uint64_t key = 0; key < KEYS; key++)
        assert_true(world_insert(&world, key, 1));
    static unsigned drawn[KEYS];
    for (unsigned i = 0; i < 200 * KEYS; i++)
        drawn[((const struct item *)trie_random(&world.trie, random_u64(&random)))->key]++;
    for (uint64_t key = 0; key < KEYS; key++)
        assert_in_range(drawn[key], 50, 1000);
    trie_clear(&world.trie, &type, heap);
    heap_destroy(heap);
}

static void tags_match_in_words_too(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t tags[TRIE_TAGS], wanted = (uint8_t)random_below(&random, 3);
        unsigned expected = 0;
        if (round % 2)
            wanted = (uint8_t)(wanted + 0x7f);
        for (unsigned i = 0; i < TRIE_TAGS; i++) {
            tags[i] = (uint8_t)(wanted + random_below(&random, 3) - 1);
            expected |= (unsigned)(tags[i] == wanted) << i;
        }
        assert_int_equal(trie_tags_match(tags, wanted), expected);
        assert_int_equal(trie_tags_match_words(tags, wanted), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_changes_and_shares),
        cmocka_unit_test(failing_heap_changes_nothing),
        cmocka_unit_test(removing_needs_no_memory),
        cmocka_unit_test(sharing_a_million_copies_a_path),
        cmocka_unit_test(scan_sees_each_once),
        cmocka_unit_test(random_reaches_all),
        cmocka_unit_test(tags_match_in_words_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
