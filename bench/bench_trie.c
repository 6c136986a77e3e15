/* What one call of the trie costs, in nanoseconds of CPU time, at 10,000 to 10,000,000 items with
 * keys of 16 bytes, and how many bytes it takes an item beside the item itself. Each call includes
 * making a random key and hashing it, which "key" shows alone. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/hash.h"
#include "common/heap.h"
#include "common/random.h"
#include "common/trie.h"

#define CALLS 2000000u

struct key {
    char prefix[8];
    uint64_t number;
};

struct item {
    uint32_t refs;
    uint32_t value;
    struct key key;
};

struct bench {
    struct heap *heap;
    struct random random;
    struct trie trie;
    uint64_t count;
    uint64_t sum; /* of what was found, so that no call can be left out */
};

static struct slice key_slice(const struct key *key)
{
    return slice_of(key, sizeof *key);
}

static uint64_t item_hash(const void *item)
{
    return hash_bytes(key_slice(&((const struct item *)item)->key));
}

static bool item_equal(const void *item, struct slice key)
{
    return slice_eq(key_slice(&((const struct item *)item)->key), key);
}

static void item_release(struct heap *heap, void *item)
{
    heap_free(heap, item, sizeof(struct item));
}

static const struct trie_type type = {item_hash, item_equal, item_release};

static struct key key_of(uint64_t number)
{
    return (struct key){"bench:k", number};
}

static struct key any_key(struct bench *b)
{
    return key_of(random_below(&b->random, b->count));
}

static bool key_only(struct bench *b, uint64_t i)
{
    (void)i;
    struct key key = any_key(b);
    b->sum += hash_bytes(key_slice(&key));
    return true;
}

static bool insert(struct bench *b, uint64_t i)
{
    struct item *item = heap_alloc(b->heap, sizeof *item);
    if (!item)
        return false;
    *item = (struct item){.refs = 1, .key = key_of(i)};
    return trie_insert(&b->trie, &type, b->heap, item_hash(item), item);
}

static bool find(struct bench *b, uint64_t i)
{
    (void)i;
    struct key key = any_key(b);
    const struct item *item =
        trie_find(&b->trie, &type, hash_bytes(key_slice(&key)), key_slice(&key));
    b->sum += item ? item->value : 0;
    return item != NULL;
}

static bool find_absent(struct bench *b, uint64_t i)
{
    struct key key = key_of(b->count + i);
    return !trie_find(&b->trie, &type, hash_bytes(key_slice(&key)), key_slice(&key));
}

static bool slot(struct bench *b, uint64_t i)
{
    (void)i;
    bool absent;
    struct key key = any_key(b);
    return trie_slot(&b->trie, &type, b->heap, hash_bytes(key_slice(&key)), key_slice(&key),
                     &absent) != NULL;
}

static bool move(struct bench *b, uint64_t i)
{
    (void)i;
    bool absent;
    struct key key = any_key(b);
    uint64_t hash = hash_bytes(key_slice(&key));
    void *item = trie_remove(&b->trie, &type, b->heap, hash, key_slice(&key), &absent);
    return item && trie_insert(&b->trie, &type, b->heap, hash, item);
}

/* A checkpoint before each change: the path is copied every time. */
static bool share_and_slot(struct bench *b, uint64_t i)
{
    struct trie old = trie_share(&b->trie);
    bool done = slot(b, i);
    trie_clear(&old, &type, b->heap);
    return done;
}

static void count_item(void *ctx, void *item)
{
    *(uint64_t *)ctx += ((const struct item *)item)->refs;
}

static bool scan_all(struct bench *b, uint64_t i)
{
    (void)i;
    uint64_t cursor = 0, seen = 0;
    do
        cursor = trie_scan(&b->trie, &type, cursor, count_item, &seen);
    while (cursor);
    return seen == b->count;
}

static bool clear(struct bench *b, uint64_t i)
{
    (void)i;
    trie_clear(&b->trie, &type, b->heap);
    return heap_used(b->heap) == 0;
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Prints nanoseconds for each of `calls` calls, or of `units` when one call does many. */
static void measure(struct bench *b, const char *name, bool (*call)(struct bench *b, uint64_t i),
                    uint64_t calls, uint64_t units)
{
    double start = cpu_ns();
    for (uint64_t i = 0; i < calls; i++) {
        if (!call(b, i)) {
            fprintf(stderr, "%s failed\n", name);
            exit(1);
        }
    }
    printf("  %-16s %7.1f ns\n", name, (cpu_ns() - start) / (double)units);
}

int main(void)
{
    struct bench b = {.heap = heap_create(0)};
    if (!b.heap)
        return 1;
    random_seed(&b.random, 1);
    for (b.count = 10000; b.count <= 10000000; b.count *= 10) {
        printf("map of %llu\n", (unsigned long long)b.count);
        measure(&b, "key", key_only, CALLS, CALLS);
        measure(&b, "insert", insert, b.count, b.count);
        printf("  %-16s %7.1f bytes an item\n", "size",
               (double)heap_used(b.heap) / (double)b.count -
                   (double)heap_block_size(sizeof(struct item)));
        measure(&b, "find", find, CALLS, CALLS);
        measure(&b, "find absent", find_absent, CALLS, CALLS);
        measure(&b, "slot", slot, CALLS, CALLS);
        measure(&b, "remove, insert", move, CALLS, CALLS);
        measure(&b, "slot, shared", share_and_slot, CALLS / 20, CALLS / 20);
        measure(&b, "scan an item", scan_all, 1, b.count);
        measure(&b, "clear an item", clear, 1, b.count);
    }
    heap_destroy(b.heap);
    return b.sum == 0;
}
