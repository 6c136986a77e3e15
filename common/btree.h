/* A persistent, counted B+tree of fixed-size items: sharing is O(1), a change copies its path.
 *
 * One structure for all that has an order: sorted sets (by score and member, with ranks), lists (by
 * position, chunks weighing as many places as they hold elements), streams (by id), expiry (by
 * time). Nodes count references and are changed in place while one tree alone sees them. Each
 * branch knows the number of items and the total weight below each child, so that rank, position
 * and count of a range cost one descent each.
 *
 * Items are copied by value (item_size bytes, at most BTREE_ITEM_MAX). An item may hold references
 * to counted objects: type->retain is called for each item of a leaf that is copied because it is
 * shared, type->release for each item of a leaf that is given up; both may be NULL. Branches keep
 * copies of their children's first items as separators; these are always equal to the item in the
 * leaf and hold no references of their own.
 *
 * Positions are 0-based. "Weight offset" counts in weights; with type->weight NULL each item weighs
 * 1 and the two are the same.
 *
 * Errors: functions that need memory return false/NULL and leave the tree as it was. */
#ifndef PARLEL_COMMON_BTREE_H
#define PARLEL_COMMON_BTREE_H

#include "common/heap.h"

#define BTREE_ITEM_MAX  48
#define BTREE_DEPTH_MAX 24
#define BTREE_BYTES_MAX 4096

struct btree_node;

struct btree {
    struct btree_node *root; /* NULL when empty */
    uint64_t count;          /* items */
    uint64_t weight;         /* sum of the items' weights */
};

struct btree_type {
    uint16_t item_size; /* a multiple of 8 */
    /* Order of two items; NULL for trees that are ordered by position alone. */
    int (*compare)(const void *a, const void *b);
    void (*retain)(void *item);
    void (*release)(struct heap *heap, void *item);
    uint64_t (*weight)(const void *item);
    /* Bytes of a leaf and of a branch at most, 0: small ones, which are cheap to copy. Larger ones make
     * flat trees, for large trees that are read more than changed. At most BTREE_BYTES_MAX. */
    uint16_t leaf_bytes, branch_bytes;
};

/* A place in the tree; valid until the tree is changed. Not to be read or set by hand. */
struct btree_iter {
    struct btree_node *node[BTREE_DEPTH_MAX];
    uint16_t at[BTREE_DEPTH_MAX];
    int depth; /* levels; 0: no item here */
};

/* ---- ordered by type->compare */

/* Adds an item; false when out of memory. No equal item may be in the tree. Takes its references. */
bool btree_insert(struct btree *tree, const struct btree_type *type, struct heap *heap,
                  const void *item);

/* Takes the item equal to `probe` out, copies it to *out when out is not NULL (the references are
 * the caller's then), else releases it. *absent is true, and the answer too, when there was none;
 * false is for memory alone. Removing from a tree that no other shares cannot fail. */
bool btree_remove(struct btree *tree, const struct btree_type *type, struct heap *heap,
                  const void *probe, void *out, bool *absent);

/* The item equal to probe, borrowed, or NULL. */
const void *btree_find(const struct btree *tree, const struct btree_type *type, const void *probe);

/* Number of items for which before(item, ctx) holds; it must hold for a prefix of the order. Any
 * order that agrees with the tree's serves: score bounds, lexicographic bounds, ids. */
uint64_t btree_rank(const struct btree *tree, const struct btree_type *type,
                    bool (*before)(const void *item, const void *ctx), const void *ctx);

/* ---- by position */

bool btree_insert_at(struct btree *tree, const struct btree_type *type, struct heap *heap,
                     uint64_t position, const void *item);
bool btree_remove_at(struct btree *tree, const struct btree_type *type, struct heap *heap,
                     uint64_t position, void *out);
/* Removes count items from position on; each is released. Cost: what is removed plus the path. */
bool btree_remove_range(struct btree *tree, const struct btree_type *type, struct heap *heap,
                        uint64_t position, uint64_t count);

const void *btree_at(const struct btree *tree, const struct btree_type *type, uint64_t position);

/* The item at a position, in a leaf that no other tree sees, to be changed by the caller: its order
 * must stay. When its weight or its first bytes may have changed, btree_edited() must follow before
 * any other call. NULL when out of memory. */
void *btree_edit(struct btree *tree, const struct btree_type *type, struct heap *heap,
                 uint64_t position);
void btree_edited(struct btree *tree, const struct btree_type *type, uint64_t position);
/* The same for who knows by how much the item's weight changed: the leaf is not read again. */
void btree_reweighed(struct btree *tree, const struct btree_type *type, uint64_t position,
                     int64_t change);

/* Position of the item that covers the weight offset; *into is the offset within the item.
 * offset < tree->weight. */
uint64_t btree_seek_weight(const struct btree *tree, const struct btree_type *type, uint64_t offset,
                           uint64_t *into);

/* ---- walking: iter is put on the item at `position` and stepped either way */

/* The item there, or NULL when position >= count. */
const void *btree_iter_at(struct btree_iter *iter, const struct btree *tree,
                          const struct btree_type *type, uint64_t position);
/* Puts it on the first item for which before(item, ctx) does not hold (as btree_rank), in one descent;
 * NULL: there is none. */
const void *btree_iter_seek(struct btree_iter *iter, const struct btree *tree,
                            const struct btree_type *type,
                            bool (*before)(const void *item, const void *ctx), const void *ctx);
const void *btree_iter_next(struct btree_iter *iter, const struct btree_type *type);
const void *btree_iter_prev(struct btree_iter *iter, const struct btree_type *type);

/* ---- whole trees */

/* A second tree with the same contents; both may be changed from now on. O(1), cannot fail. */
struct btree btree_share(const struct btree *tree);

/* Gives up the tree's contents and leaves it empty. */
void btree_clear(struct btree *tree, const struct btree_type *type, struct heap *heap);

/* Frees at most about `budget` items of a tree that is given up; true while something is left, which
 * is good for nothing but more calls of this and btree_clear. */
bool btree_release_some(struct btree *tree, const struct btree_type *type, struct heap *heap,
                        size_t budget);

/* Checks every invariant (tests): order, counts, weights, separators, fill, depth. */
bool btree_check(const struct btree *tree, const struct btree_type *type);

#endif
