/* The nodes of a trie, for trie*.c alone.
 *
 * A `struct trie_node *` is a tagged pointer: its low bits say what it points at, so that going
 * down touches nothing but the slots it needs. 0: a leaf (or NULL, nothing). 1 to 6: a branch with
 * two to the power of that many slots.
 *
 * A branch starts small and doubles while a leaf in it covers a single slot and overflows; with six
 * bits it is full size, and only then may its slots hold branches in turn, which bounds the depth.
 * A leaf is referenced by an aligned run of slots whose length is a power of two, and that counts
 * as one reference.
 *
 * Ownership: a node holds one reference to each distinct child or item. "Own" nodes have one
 * reference and so have all above them; only those may be changed. */
#ifndef PARLEL_COMMON_TRIE_NODE_H
#define PARLEL_COMMON_TRIE_NODE_H

#include "common/trie.h"
#include "common/trie_tags.h"

#define TRIE_BRANCH_BITS 6
#define TRIE_HASH_BITS   64
#define TRIE_LEAF_ROOM   UINT16_MAX /* items in one leaf, when all of them have the same hash */

struct trie_branch {
    uint32_t refs;
    struct trie_node *slot[];
};

/* The tags are the lowest eight bits of the first items' hashes. Only at the end of the hash may a
 * leaf hold more than TRIE_LEAF_MAX items; their tags would all be the same. */
struct trie_leaf {
    uint32_t refs;
    uint16_t count;
    uint16_t room;
    uint8_t tags[TRIE_TAGS];
    void *items[];
};

_Static_assert(TRIE_TAGS == TRIE_LEAF_MAX, "a tag for each item");

/* Slots at .. at + len - 1 of a branch. */
struct trie_run {
    unsigned at, len;
};

static inline unsigned trie_node_bits(const struct trie_node *node)
{
    return (unsigned)((uintptr_t)node & 15);
}

static inline struct trie_branch *trie_branch_of(const struct trie_node *node)
{
    return (struct trie_branch *)((uintptr_t)node & ~(uintptr_t)15);
}

static inline struct trie_leaf *trie_leaf_of(const struct trie_node *node)
{
    return (struct trie_leaf *)(uintptr_t)node;
}

static inline struct trie_node *trie_node_of_branch(const struct trie_branch *branch, unsigned bits)
{
    return (struct trie_node *)((uintptr_t)branch | bits);
}

static inline struct trie_node *trie_node_of_leaf(const struct trie_leaf *leaf)
{
    return (struct trie_node *)(uintptr_t)leaf;
}

/* The slot for a hash in a branch of `bits` above which `shift` bits of the hash were used up. */
static inline unsigned trie_slot_at(uint64_t hash, unsigned shift, unsigned bits)
{
    return (unsigned)((hash << shift) >> (TRIE_HASH_BITS - bits));
}

/* How many bits a branch below `shift` used bits may have. */
static inline unsigned trie_bits_max(unsigned shift)
{
    unsigned left = TRIE_HASH_BITS - shift;
    return left < TRIE_BRANCH_BITS ? left : TRIE_BRANCH_BITS;
}

static inline uint32_t *trie_item_refs(void *item)
{
    return (uint32_t *)item;
}

/* Refers to leaf and branch alike: both begin with it. */
uint32_t *trie_node_refs(const struct trie_node *node);

/* A new leaf with room for `count` items and none in it; NULL when out of memory. */
struct trie_leaf *trie_leaf_create(struct heap *heap, size_t count);

/* A leaf of one's own with the items of `leaf` and room for `count`, at least as many as there are:
 * the same leaf, or another to which the reference to `leaf` was given up. NULL when out of memory;
 * nothing has changed then. */
struct trie_leaf *trie_leaf_own(struct heap *heap, struct trie_leaf *leaf, size_t count);

void trie_leaf_append(struct trie_leaf *leaf, void *item, uint8_t tag);
/* Takes an item out and moves the last one to its place. */
void *trie_leaf_take(struct trie_leaf *leaf, unsigned at);
void trie_leaf_free(struct heap *heap, struct trie_leaf *leaf);

/* A branch with `node` in all slots, to which it takes the caller's reference; NULL when out of
 * memory. */
struct trie_branch *trie_branch_create(struct heap *heap, unsigned bits, struct trie_node *node);

/* A branch of one's own in place of a shared one, to which the reference is given up. NULL when out
 * of memory; nothing has changed then. */
struct trie_branch *trie_branch_own(struct heap *heap, struct trie_branch *branch, unsigned bits);

/* Twice, half the slots for the same children, for one's own branch; the old one is freed. NULL
 * when out of memory; nothing has changed then. */
struct trie_branch *trie_branch_double(struct heap *heap, struct trie_branch *branch,
                                       unsigned bits);
struct trie_branch *trie_branch_halve(struct heap *heap, struct trie_branch *branch, unsigned bits);
/* Whether no child needs the full number of slots. */
bool trie_branch_can_halve(const struct trie_branch *branch, unsigned bits);

/* The slots around `at` that hold the same node. For NULL: the largest aligned run of empty slots
 * around it. */
struct trie_run trie_branch_run(const struct trie_branch *branch, unsigned bits, unsigned at);
void trie_branch_fill(struct trie_branch *branch, struct trie_run run, struct trie_node *node);
void trie_branch_free(struct heap *heap, struct trie_branch *branch, unsigned bits);

/* Gives up a reference to a node, with all below it when it was the last, until *budget is spent;
 * *budget loses one for each item and about one for each node. True when done; else the node's
 * reference is still held and less is below it. */
bool trie_node_release(const struct trie_type *type, struct heap *heap, struct trie_node *node,
                       size_t *budget);

#endif
