/* A persistent hash map: sharing it is O(1), a change copies only the path that is shared.
 *
 * The map is a trie over the bits of a 64-bit hash, highest bits first. Branches have 2 to 64
 * slots; leaves hold up to TRIE_LEAF_MAX items with an 8-bit tag each (more, searched one by one,
 * where that many have the same hash), and one leaf may cover a run of neighbouring slots of its
 * branch, so that leaves stay about two thirds full: some 12 bytes an item in all. Nodes count
 * their references: a node seen by one map only is changed in place, one seen by several is copied
 * first. So a checkpoint or fork of a map of any size is trie_share(), and the first write after it
 * copies a leaf and its branches, never the table.
 *
 * Items are pointers to objects whose FIRST member is `uint32_t refs`. The trie holds one reference
 * to each item; copying a leaf takes one more to each item in it; giving up the last one calls
 * type->release. An item with refs > 1 is also seen by another map (or a caller): replace it
 * instead of changing it.
 *
 * Iteration follows the order of the hashes. That makes trie_scan()'s cursor a hash: every item
 * present from the scan's first call to its last is returned exactly once, whatever grows or
 * shrinks in between.
 *
 * Errors: functions that need memory return false/NULL and leave the map as it was. */
#ifndef PARLEL_COMMON_TRIE_H
#define PARLEL_COMMON_TRIE_H

#include "common/heap.h"

#define TRIE_LEAF_MAX 16

struct trie_node;

struct trie {
    struct trie_node *root; /* NULL when empty */
    uint64_t count;
};

struct trie_type {
    /* The hash that the item was inserted under (needed when leaves split). */
    uint64_t (*hash)(const void *item);
    bool (*equal)(const void *item, struct slice key);
    /* Called when the last reference (refs has become 0) is given up; frees the item. */
    void (*release)(struct heap *heap, void *item);
};

/* The item with that key, borrowed, or NULL. */
void *trie_find(const struct trie *trie, const struct trie_type *type, uint64_t hash,
                struct slice key);

/* As trie_find for whoever knows the hash alone: the nth item (from 0) under exactly this hash. */
void *trie_find_hash(const struct trie *trie, const struct trie_type *type, uint64_t hash,
                     unsigned nth);

/* A look-up that will come. */
struct trie_hint {
    const struct trie *trie;
    uint64_t hash;
};

/* Has the memory come that the look-ups will touch. One look-up waits for its cache lines one after
 * the other; those of several are waited for together. */
void trie_prefetch(const struct trie_hint *hints, size_t count);

/* The place of the item with that key, on a path that no other map sees, so the caller may put
 * another item of the same key there (and then owns the old one's reference). NULL: *absent says
 * whether the key is not there (true) or memory ran out (false). */
void **trie_slot(struct trie *trie, const struct trie_type *type, struct heap *heap, uint64_t hash,
                 struct slice key, bool *absent);

/* Adds an item whose key is not in the map (and with which at most 65,534 others share their hash);
 * takes the caller's reference when it returns true. */
bool trie_insert(struct trie *trie, const struct trie_type *type, struct heap *heap, uint64_t hash,
                 void *item);

/* Takes the item out and gives its reference to the caller (who releases it with
 * trie_item_release); NULL as for trie_slot. Removing from a map that no other shares never fails
 * for lack of memory. */
void *trie_remove(struct trie *trie, const struct trie_type *type, struct heap *heap, uint64_t hash,
                  struct slice key, bool *absent);

/* Gives up one reference to an item. */
void trie_item_release(const struct trie_type *type, struct heap *heap, void *item);

/* A second map with the same contents; both may be changed from now on. O(1), cannot fail. */
struct trie trie_share(const struct trie *trie);

/* Gives up the map's contents and leaves it empty. Cost: the nodes that no other map shares.
 * For large maps see trie_release_some. */
void trie_clear(struct trie *trie, const struct trie_type *type, struct heap *heap);

/* Frees at most about `budget` items of a map given up earlier, so that dropping ten million keys
 * can be spread over loop turns. True while something is left. */
bool trie_release_some(struct trie *trie, const struct trie_type *type, struct heap *heap,
                       size_t budget);

/* Visits the items of one leaf, whose hashes start at or after cursor; returns the cursor to go on
 * with, 0 when that was the last. Start with 0. The map must not be changed during the visit. */
uint64_t trie_scan(const struct trie *trie, const struct trie_type *type, uint64_t cursor,
                   void (*visit)(void *ctx, void *item), void *ctx);

/* An item chosen evenly enough for RANDOMKEY and eviction sampling: uniform random descent weighted
 * by the number of slots, then by position. `random` is any 64 random bits. NULL when empty. */
void *trie_random(const struct trie *trie, uint64_t random);

/* Walks all items, leaf by leaf in hash order; the map must not be changed meanwhile. */
#define TRIE_DEPTH_MAX 12
struct trie_iter {
    const struct trie_node *node[TRIE_DEPTH_MAX];
    uint16_t at[TRIE_DEPTH_MAX];
    int depth; /* -1: at the end */
};
void trie_iter_init(struct trie_iter *iter, const struct trie *trie);
/* The next item, borrowed, or NULL at the end. */
void *trie_iter_next(struct trie_iter *iter);

/* Checks every invariant (tests): counts, tags, placement, references > 0. */
bool trie_check(const struct trie *trie, const struct trie_type *type);

#endif
