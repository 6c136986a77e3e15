/* What one call of the B+tree costs, in nanoseconds of CPU time, at 1,000 to 1,000,000 items: a
 * sorted set's tree (score, then member) and a list's (by position, weighted). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/btree.h"
#include "common/random.h"

#define CALLS 500000u

struct entry {
    double score;
    uint64_t *member;
};

struct chunk {
    uint64_t first;
    uint64_t elements;
};

struct bench {
    struct heap *heap;
    struct random random;
    struct btree tree;
    struct entry *entries;
    uint64_t *members;
    uint64_t count;
    uint64_t sum; /* of what was found, so that no call can be left out */
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return (*x->member > *y->member) - (*x->member < *y->member);
}

static uint64_t elements_of(const void *item)
{
    return ((const struct chunk *)item)->elements;
}

static const struct btree_type zset_type = {sizeof(struct entry), compare_entries, NULL, NULL,
                                            NULL};
static const struct btree_type list_type = {sizeof(struct chunk), NULL, NULL, NULL, elements_of};

static const struct entry *any_entry(struct bench *b)
{
    return &b->entries[random_below(&b->random, b->count)];
}

static bool score_before(const void *item, const void *ctx)
{
    return ((const struct entry *)item)->score < *(const double *)ctx;
}

static bool insert(struct bench *b, uint64_t i)
{
    return btree_insert(&b->tree, &zset_type, b->heap, &b->entries[i]);
}

static bool find(struct bench *b, uint64_t i)
{
    (void)i;
    return btree_find(&b->tree, &zset_type, any_entry(b)) != NULL;
}

static bool rank(struct bench *b, uint64_t i)
{
    (void)i;
    b->sum += btree_rank(&b->tree, &zset_type, score_before, &any_entry(b)->score);
    return true;
}

static bool at(struct bench *b, uint64_t i)
{
    (void)i;
    return btree_at(&b->tree, &zset_type, random_below(&b->random, b->count)) != NULL;
}

static bool move(struct bench *b, uint64_t i)
{
    struct entry entry;
    bool absent;
    (void)i;
    return btree_remove(&b->tree, &zset_type, b->heap, any_entry(b), &entry, &absent) &&
           btree_insert(&b->tree, &zset_type, b->heap, &entry);
}

/* A checkpoint before each change: the path is copied every time. */
static bool share_and_move(struct bench *b, uint64_t i)
{
    struct btree old = btree_share(&b->tree);
    bool moved = move(b, i);
    btree_clear(&old, &zset_type, b->heap);
    return moved;
}

static bool append(struct bench *b, uint64_t i)
{
    struct chunk chunk = {i, 1 + i % 7};
    return btree_insert_at(&b->tree, &list_type, b->heap, b->tree.count, &chunk);
}

static bool edit_last(struct bench *b, uint64_t i)
{
    struct chunk *chunk = btree_edit(&b->tree, &list_type, b->heap, b->tree.count - 1);
    if (chunk) {
        chunk->elements = 1 + i % 7;
        btree_edited(&b->tree, &list_type, b->tree.count - 1);
    }
    return chunk != NULL;
}

static bool seek(struct bench *b, uint64_t i)
{
    uint64_t into;
    (void)i;
    b->sum +=
        btree_seek_weight(&b->tree, &list_type, random_below(&b->random, b->tree.weight), &into);
    return true;
}

static bool push_and_pop(struct bench *b, uint64_t i)
{
    return append(b, i) && btree_remove_at(&b->tree, &list_type, b->heap, 0, NULL);
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(struct bench *b, const char *name, bool (*call)(struct bench *b, uint64_t i),
                    uint64_t calls)
{
    double start = cpu_ns();
    for (uint64_t i = 0; i < calls; i++) {
        if (!call(b, i)) {
            fprintf(stderr, "%s failed\n", name);
            exit(1);
        }
    }
    printf("  %-16s %7.0f ns\n", name, (cpu_ns() - start) / (double)calls);
}

static void measure_sorted_set(struct bench *b)
{
    printf("sorted set of %llu\n", (unsigned long long)b->count);
    measure(b, "insert", insert, b->count);
    printf("  %-16s %7.1f bytes an item\n", "size", (double)heap_used(b->heap) / (double)b->count);
    measure(b, "find", find, CALLS);
    measure(b, "rank", rank, CALLS);
    measure(b, "at", at, CALLS);
    measure(b, "remove, insert", move, CALLS);
    measure(b, "same, shared", share_and_move, CALLS / 10);
    btree_clear(&b->tree, &zset_type, b->heap);
}

static void measure_list(struct bench *b)
{
    printf("list of %llu chunks\n", (unsigned long long)b->count);
    measure(b, "append", append, b->count);
    printf("  %-16s %7.1f bytes an item\n", "size", (double)heap_used(b->heap) / (double)b->count);
    measure(b, "edit last", edit_last, CALLS);
    measure(b, "seek", seek, CALLS);
    measure(b, "push, pop", push_and_pop, CALLS);
    btree_clear(&b->tree, &list_type, b->heap);
}

int main(void)
{
    struct bench b = {.heap = heap_create(0)};
    random_seed(&b.random, 1);
    for (b.count = 1000; b.count <= 1000000; b.count *= 10) {
        b.members = malloc(b.count * sizeof *b.members);
        b.entries = malloc(b.count * sizeof *b.entries);
        if (!b.heap || !b.members || !b.entries)
            return 1;
        for (uint64_t i = 0; i < b.count; i++) {
            b.members[i] = i;
            b.entries[i] = (struct entry){random_double(&b.random), &b.members[i]};
        }
        measure_sorted_set(&b);
        measure_list(&b);
        free(b.members);
        free(b.entries);
    }
    heap_destroy(b.heap);
    return b.sum == 0;
}
