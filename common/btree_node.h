/* The nodes of a B+tree: internal to common/btree*.c, its tests, and trees that have a search of their
 * own (emulators/sql/storage/entry.c).
 *
 * A node is a header followed by entries of one size. A leaf's entry is an item; a branch's is a
 * link to a child followed by the child's separator, a copy of its first item. So one set of
 * functions searches, opens, closes and moves entries of both kinds.
 *
 * Blocks come in steps, so that a tree of a few items is a few hundred bytes at most. Nodes that
 * are neither the root nor on the left or right edge of their tree are at least half full; edges
 * are exempt, because lists, streams and time series grow and shrink there: a full edge node is
 * left full when its neighbour is started.
 *
 * Errors: what needs memory returns false/NULL and has changed nothing. */
#ifndef PARLEL_COMMON_BTREE_NODE_H
#define PARLEL_COMMON_BTREE_NODE_H

#include "common/btree.h"
#include "common/prefetch.h"

#define BTREE_LEAF_BYTES   512
#define BTREE_BRANCH_BYTES 1024

struct btree_node {
    uint32_t refs; /* trees and branches that point here */
    uint8_t level; /* 0: leaf */
    uint8_t count; /* entries */
    uint8_t room;  /* entries that fit the block */
    uint8_t unused;
};

struct btree_link {
    struct btree_node *child;
    uint64_t count, weight; /* items below the child, and their weights */
};

/* One entry of a branch, by itself. */
struct btree_branch_entry {
    struct btree_link link;
    uint64_t separator[BTREE_ITEM_MAX / 8];
};

static inline size_t node_stride(const struct btree_node *node, const struct btree_type *type)
{
    return node->level ? sizeof(struct btree_link) + type->item_size : type->item_size;
}

static inline void *node_entry(struct btree_node *node, const struct btree_type *type, size_t at)
{
    return (uint8_t *)(node + 1) + at * node_stride(node, type);
}

/* A binary search waits for one cache line after the other; so those of a leaf are asked for together.
 * (Branches are few, and mostly there.) */
static inline void btree_prefetch_leaf(const struct btree_node *node, const struct btree_type *type)
{
    size_t len = node->level == 0 ? sizeof *node + node->count * node_stride(node, type) : 0;
    for (size_t at = 64; at < len; at += 64)
        prefetch((const uint8_t *)node + at);
}

/* The item of a leaf's entry, the separator of a branch's. */
static inline void *node_item(struct btree_node *node, const struct btree_type *type, size_t at)
{
    return (uint8_t *)node_entry(node, type, at) + (node->level ? sizeof(struct btree_link) : 0);
}

/* A branch's link. */
static inline struct btree_link *node_link(struct btree_node *node, const struct btree_type *type,
                                           size_t at)
{
    return node_entry(node, type, at);
}

static inline void item_copy(const struct btree_type *type, void *to, const void *from)
{
    /* Word by word: the compiler makes moves of it, not a call. */
    for (size_t at = 0; at < type->item_size; at += 8)
        memcpy((uint8_t *)to + at, (const uint8_t *)from + at, 8);
}

static inline uint64_t item_weight(const struct btree_type *type, const void *item)
{
    return type->weight ? type->weight(item) : 1;
}

/* Most entries of a node, and the fewest away from root and edges. */
unsigned btree_node_max(const struct btree_type *type, unsigned level);
unsigned btree_node_min(const struct btree_type *type, unsigned level);

/* An empty node with room for `count` entries (at most btree_node_max) and one reference. */
struct btree_node *btree_node_create(const struct btree_type *type, struct heap *heap,
                                     unsigned level, unsigned count);
/* Gives the block of *node, which nobody shares, room for `count` entries; it may move. */
bool btree_node_resize(const struct btree_type *type, struct heap *heap, struct btree_node **node,
                       unsigned count);
/* Gives back what a much shrunken node, not shared, does not need; without memory, not. */
void btree_node_trim(const struct btree_type *type, struct heap *heap, struct btree_node **node);
/* Makes *node one that nobody shares: itself, or a copy. */
bool btree_node_own(const struct btree_type *type, struct heap *heap, struct btree_node **node);
/* Frees the block alone. */
void btree_node_free(const struct btree_type *type, struct heap *heap, struct btree_node *node);
/* Gives up one reference, freeing about *budget items at most, which is counted down. True when the
 * reference is gone; else the node is left with fewer entries, for the next call. */
bool btree_node_release(const struct btree_type *type, struct heap *heap, struct btree_node *node,
                        size_t *budget);

/* Entries: none of these takes memory, none may pass the node's room. */
void btree_node_insert(const struct btree_type *type, struct btree_node *node, unsigned at,
                       const void *entry);
void btree_node_erase(const struct btree_type *type, struct btree_node *node, unsigned at,
                      unsigned count);
/* Moves `count` entries from one node to a place in another of its level. */
void btree_node_move(const struct btree_type *type, struct btree_node *from, unsigned at,
                     unsigned count, struct btree_node *to, unsigned to_at);

/* Writes the branch entry for a child of at least one item: sums and separator. */
void btree_node_describe(const struct btree_type *type, struct btree_node *child,
                         struct btree_link *out_entry);

/* ---- finding a way down; a path has a node and a place in it for each level */

/* Number of a node's items that are less than probe (or equal, when or_equal). */
unsigned btree_node_search(struct btree_node *node, const struct btree_type *type,
                           const void *probe, bool or_equal);
/* To the first item that is not less than probe, or the end of the leaf where probe belongs.
 * The tree is not empty. */
void btree_path_to(struct btree_iter *path, const struct btree *tree, const struct btree_type *type,
                   const void *probe);
/* To the item at a position below tree->count; or to the gap before it, preferring the end of a
 * leaf to the start of the next one (position up to tree->count). */
void btree_path_at(struct btree_iter *path, const struct btree *tree, const struct btree_type *type,
                   uint64_t position, bool gap);

/* btree_check without the fill: what holds also when merging had to be put off for lack of memory
 * (tests). */
bool btree_check_but_fill(const struct btree *tree, const struct btree_type *type);

#endif
