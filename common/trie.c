#include "common/trie.h"

#include "common/prefetch.h"
#include "common/trie_node.h"

/* The way from the root to where a hash belongs. */
struct path {
    struct trie *trie;
    uint64_t hash;
    struct trie_node *branch[TRIE_DEPTH_MAX];
    uint8_t at[TRIE_DEPTH_MAX]; /* the slot taken in branch[i] */
    unsigned depth;             /* branches on the way */
    struct trie_node *end;      /* the leaf, or NULL where there is none */
};

/* ---- finding */

static const struct trie_leaf *find_leaf(const struct trie *trie, uint64_t hash)
{
    const struct trie_node *node = trie->root;
    unsigned bits;
    while ((bits = trie_node_bits(node))) {
        node = trie_branch_of(node)->slot[hash >> (TRIE_HASH_BITS - bits)];
        hash <<= bits;
    }
    return trie_leaf_of(node);
}

/* The items that may have this hash, one bit each, among those that have tags. */
static unsigned tagged_candidates(const struct trie_leaf *leaf, uint64_t hash)
{
    unsigned tags = leaf->count < TRIE_TAGS ? leaf->count : TRIE_TAGS;
    return trie_tags_match(leaf->tags, (uint8_t)hash) & ((1U << tags) - 1);
}

/* The item's position or -1. */
static int find_in_leaf(const struct trie_leaf *leaf, const struct trie_type *type, uint64_t hash,
                        struct slice key)
{
    if (!leaf)
        return -1;
    /* The tags say which item it is only when their cache line has come; have the items' come
     * too. */
    prefetch(&leaf->items[TRIE_LEAF_MAX / 2 - 2]);
    prefetch(&leaf->items[TRIE_LEAF_MAX - 1]);
    for (unsigned left = tagged_candidates(leaf, hash); left; left &= left - 1) {
        int at = __builtin_ctz(left);
        if (type->equal(leaf->items[at], key))
            return at;
    }
    for (int at = TRIE_TAGS; at < leaf->count; at++)
        if (type->equal(leaf->items[at], key))
            return at;
    return -1;
}

void *trie_find(const struct trie *trie, const struct trie_type *type, uint64_t hash,
                struct slice key)
{
    const struct trie_leaf *leaf = find_leaf(trie, hash);
    int at = find_in_leaf(leaf, type, hash, key);
    return at < 0 ? NULL : leaf->items[at];
}

void *trie_find_hash(const struct trie *trie, const struct trie_type *type, uint64_t hash,
                     unsigned nth)
{
    const struct trie_leaf *leaf = find_leaf(trie, hash);
    for (unsigned at = 0; leaf && at < leaf->count; at++)
        if (type->hash(leaf->items[at]) == hash && nth-- == 0)
            return leaf->items[at];
    return NULL;
}

/* ---- looking ahead */

#define HINTS_TOGETHER 16

/* A look-up on its way down. */
struct descent {
    struct trie_node *const
        *at;       /* the slot to be read next, on its way to the cache; NULL: arrived */
    uint64_t hash; /* what is left of it */
    const struct trie_leaf *leaf;
};

static void prefetch_leaf(const struct trie_leaf *leaf)
{
    prefetch(leaf);
    prefetch(&leaf->items[TRIE_LEAF_MAX / 2 - 2]);
    prefetch(&leaf->items[TRIE_LEAF_MAX - 1]);
}

/* One level down; false at the end. A branch's references are what a change will look at. */
static bool descend(struct descent *d)
{
    const struct trie_node *node = *d->at;
    unsigned bits = trie_node_bits(node);
    if (bits) {
        const struct trie_branch *branch = trie_branch_of(node);
        d->at = &branch->slot[d->hash >> (TRIE_HASH_BITS - bits)];
        d->hash <<= bits;
        prefetch(branch);
        prefetch(d->at);
        return true;
    }
    d->at = NULL;
    d->leaf = trie_leaf_of(node);
    if (d->leaf)
        prefetch_leaf(d->leaf);
    return false;
}

/* An item's key may begin in its first cache line and end in the second. */
static void prefetch_item(const struct trie_leaf *leaf, uint64_t hash)
{
    unsigned candidates = leaf ? tagged_candidates(leaf, hash) : 0;
    if (!candidates)
        return;
    const char *item = leaf->items[__builtin_ctz(candidates)];
    prefetch(item);
    prefetch(item + 40);
}

/* Level by level, so that what all of them wait for is on its way at the same time. */
static void prefetch_together(const struct trie_hint *hints, size_t count)
{
    struct descent descents[HINTS_TOGETHER];
    for (size_t i = 0; i < count; i++)
        descents[i] = (struct descent){&hints[i].trie->root, hints[i].hash, NULL};
    for (bool on = true; on;) {
        on = false;
        for (size_t i = 0; i < count; i++)
            on |= descents[i].at && descend(&descents[i]);
    }
    for (size_t i = 0; i < count; i++)
        prefetch_item(descents[i].leaf, hints[i].hash);
}

void trie_prefetch(const struct trie_hint *hints, size_t count)
{
    while (count > 0) {
        size_t together = count < HINTS_TOGETHER ? count : HINTS_TOGETHER;
        prefetch_together(hints, together);
        hints += together;
        count -= together;
    }
}

/* ---- the path of a change */

/* Only full branches have branches below them (trie_node.h). */
static unsigned shift_above(unsigned level)
{
    return level * TRIE_BRANCH_BITS;
}

static void path_enter(struct path *path, struct trie_node *branch)
{
    prefetch(trie_branch_of(branch)); /* path_own will look at its references */
    unsigned at = trie_slot_at(path->hash, shift_above(path->depth), trie_node_bits(branch));
    path->branch[path->depth] = branch;
    path->at[path->depth++] = (uint8_t)at;
    path->end = trie_branch_of(branch)->slot[at];
}

static void path_find(struct path *path, struct trie *trie, uint64_t hash)
{
    path->trie = trie;
    path->hash = hash;
    path->depth = 0;
    path->end = trie->root;
    while (trie_node_bits(path->end))
        path_enter(path, path->end);
}

static struct trie_run path_run(const struct path *path)
{
    unsigned last = path->depth - 1;
    const struct trie_node *branch = path->branch[last];
    return trie_branch_run(trie_branch_of(branch), trie_node_bits(branch), path->at[last]);
}

/* Puts a node where the path's node of that level (depth: the end) was. */
static void path_put(struct path *path, unsigned level, struct trie_node *node)
{
    if (level < path->depth)
        path->branch[level] = node;
    else
        path->end = node;
    if (level == 0) {
        path->trie->root = node;
        return;
    }
    struct trie_node *parent = path->branch[level - 1];
    struct trie_branch *branch = trie_branch_of(parent);
    trie_branch_fill(branch, trie_branch_run(branch, trie_node_bits(parent), path->at[level - 1]),
                     node);
}

/* Makes the branches of the path the map's own. */
static bool path_own(struct path *path, struct heap *heap)
{
    for (unsigned level = 0; level < path->depth; level++) {
        struct trie_branch *branch = trie_branch_of(path->branch[level]);
        unsigned bits = trie_node_bits(path->branch[level]);
        if (branch->refs == 1)
            continue;
        branch = trie_branch_own(heap, branch, bits);
        if (!branch)
            return false;
        path_put(path, level, trie_node_of_branch(branch, bits));
    }
    return true;
}

/* Makes the path's end an own leaf with room for `count` items; NULL when out of memory. */
static struct trie_leaf *path_own_leaf(struct path *path, struct heap *heap, size_t count)
{
    struct trie_leaf *leaf = trie_leaf_of(path->end);
    struct trie_leaf *own = leaf ? trie_leaf_own(heap, leaf, count) : trie_leaf_create(heap, count);
    if (own && own != leaf)
        path_put(path, path->depth, trie_node_of_leaf(own));
    return own;
}

/* The same with the room that it has. */
static struct trie_leaf *path_unshare_leaf(struct path *path, struct heap *heap)
{
    struct trie_leaf *leaf = trie_leaf_of(path->end);
    return leaf->refs == 1 ? leaf : path_own_leaf(path, heap, leaf->count);
}

/* ---- replacing */

void **trie_slot(struct trie *trie, const struct trie_type *type, struct heap *heap, uint64_t hash,
                 struct slice key, bool *absent)
{
    struct path path;
    path_find(&path, trie, hash);
    struct trie_leaf *leaf = trie_leaf_of(path.end);
    int at = find_in_leaf(leaf, type, hash, key);
    *absent = at < 0;
    if (at < 0 || !path_own(&path, heap))
        return NULL;
    leaf = path_unshare_leaf(&path, heap);
    return leaf ? &leaf->items[at] : NULL;
}

/* ---- inserting */

/* Whether the path ends at a leaf that has to be divided before it takes one more. */
static bool path_overflows(const struct path *path)
{
    const struct trie_leaf *leaf = trie_leaf_of(path->end);
    if (!leaf || leaf->count < TRIE_LEAF_MAX)
        return false;
    if (path->depth == 0 || path_run(path).len > 1)
        return true;
    unsigned last = path->depth - 1;
    return shift_above(last) + trie_node_bits(path->branch[last]) < TRIE_HASH_BITS;
}

/* The items of a full leaf that belong to the upper half of a run of slots, one bit each. */
static uint32_t upper_items(const struct trie_leaf *leaf, const struct trie_type *type,
                            unsigned shift, unsigned bits, unsigned half_len)
{
    for (unsigned i = 0; i < TRIE_LEAF_MAX; i++)
        prefetch(leaf->items[i]); /* all misses at once, instead of one after the other */
    uint32_t upper = 0;
    for (unsigned i = 0; i < TRIE_LEAF_MAX; i++)
        if (trie_slot_at(type->hash(leaf->items[i]), shift, bits) & half_len)
            upper |= 1U << i;
    return upper;
}

/* Moves items to a new leaf; NULL when out of memory. */
static struct trie_leaf *take_items(struct heap *heap, struct trie_leaf *from, uint32_t which)
{
    struct trie_leaf *to = trie_leaf_create(heap, (size_t)__builtin_popcount(which));
    /* From the last on, so that what fills a gap is never one that is still to be taken. */
    for (unsigned i = from->count; to && i-- > 0;)
        if (which & 1U << i) {
            uint8_t tag = from->tags[i];
            trie_leaf_append(to, trie_leaf_take(from, i), tag);
        }
    return to;
}

/* Divides the leaf at the path's end, and the run of slots that it covers, in two halves. A half
 * without items is left empty. */
static bool path_split(struct path *path, const struct trie_type *type, struct heap *heap,
                       struct trie_run run)
{
    struct trie_leaf *leaf = path_unshare_leaf(path, heap);
    if (!leaf)
        return false;
    unsigned last = path->depth - 1, bits = trie_node_bits(path->branch[last]);
    struct trie_branch *branch = trie_branch_of(path->branch[last]);
    struct trie_run lower = {run.at, run.len / 2}, upper = {run.at + run.len / 2, run.len / 2};
    uint32_t goes_up = upper_items(leaf, type, shift_above(last), bits, upper.len);
    if (goes_up == 0) {
        trie_branch_fill(branch, upper, NULL);
    } else if (goes_up == (1U << TRIE_LEAF_MAX) - 1) {
        trie_branch_fill(branch, lower, NULL);
    } else {
        struct trie_leaf *up = take_items(heap, leaf, goes_up);
        if (!up)
            return false;
        trie_branch_fill(branch, upper, trie_node_of_leaf(up));
        struct trie_leaf *smaller = trie_leaf_own(heap, leaf, leaf->count);
        if (smaller)
            trie_branch_fill(branch, lower, trie_node_of_leaf(smaller));
    }
    path->end = branch->slot[path->at[last]];
    return true;
}

/* One step towards a place for the hash at the path's end, where a leaf is full. Each step leaves
 * the map with the same items, so a later one may fail. */
static bool path_divide(struct path *path, const struct trie_type *type, struct heap *heap)
{
    if (path->depth) {
        struct trie_run run = path_run(path);
        if (run.len > 1)
            return path_split(path, type, heap, run);
    }
    unsigned last = path->depth - 1;
    unsigned bits = path->depth ? trie_node_bits(path->branch[last]) : 0;
    struct trie_branch *branch;
    if (path->depth && bits < trie_bits_max(shift_above(last))) {
        branch = trie_branch_double(heap, trie_branch_of(path->branch[last]), bits++);
        path->depth -= branch != NULL;
    } else {
        bits = 1;
        branch = trie_branch_create(heap, bits, path->end);
    }
    if (!branch)
        return false;
    struct trie_node *node = trie_node_of_branch(branch, bits);
    path_put(path, path->depth, node);
    path_enter(path, node);
    return true;
}

bool trie_insert(struct trie *trie, const struct trie_type *type, struct heap *heap, uint64_t hash,
                 void *item)
{
    struct path path;
    path_find(&path, trie, hash);
    if (!path_own(&path, heap))
        return false;
    while (path_overflows(&path))
        if (!path_divide(&path, type, heap))
            return false;
    const struct trie_leaf *end = trie_leaf_of(path.end);
    size_t count = end ? (size_t)end->count + 1 : 1;
    struct trie_leaf *leaf = count > TRIE_LEAF_ROOM ? NULL : path_own_leaf(&path, heap, count);
    if (!leaf)
        return false;
    trie_leaf_append(leaf, item, (uint8_t)hash);
    trie->count++;
    return true;
}

/* ---- removing */

/* Makes one leaf of two, the own one at the path's end and its neighbour. */
static bool merge_leaves(struct path *path, struct heap *heap, struct trie_leaf *other)
{
    struct trie_leaf *leaf = trie_leaf_of(path->end);
    leaf = path_own_leaf(path, heap, (size_t)leaf->count + other->count);
    if (!leaf)
        return false;
    for (unsigned i = 0; i < other->count; i++) {
        *trie_item_refs(other->items[i]) += other->refs > 1;
        trie_leaf_append(leaf, other->items[i], other->tags[i]);
    }
    if (other->refs > 1)
        other->refs--;
    else
        trie_leaf_free(heap, other);
    return true;
}

static size_t leaf_count(const struct trie_node *node)
{
    return node ? trie_leaf_of(node)->count : 0;
}

/* Has the path's end cover the neighbouring run of the same length too, if what is there is a leaf
 * or nothing and both are small. A failure for lack of memory only means that they stay apart. */
static bool path_merge(struct path *path, struct heap *heap, struct trie_run run)
{
    unsigned last = path->depth - 1;
    struct trie_branch *branch = trie_branch_of(path->branch[last]);
    struct trie_run buddy = {run.at ^ run.len, run.len};
    struct trie_node *other = branch->slot[buddy.at];
    if (trie_node_bits(other) || leaf_count(path->end) + leaf_count(other) > TRIE_LEAF_MAX / 2)
        return false;
    if (trie_branch_run(branch, trie_node_bits(path->branch[last]), buddy.at).len != buddy.len)
        return false;
    if (!path->end)
        path_put(path, path->depth, other);
    else if (other && !merge_leaves(path, heap, trie_leaf_of(other)))
        return false;
    trie_branch_fill(branch, buddy, path->end);
    return true;
}

/* Gives up the last branch of the path, all of whose slots hold the path's end. */
static void path_leave(struct path *path, struct heap *heap)
{
    struct trie_node *branch = path->branch[--path->depth];
    trie_branch_free(heap, trie_branch_of(branch), trie_node_bits(branch));
    path_put(path, path->depth, path->end);
}

static void path_halve(struct path *path, struct heap *heap)
{
    unsigned last = path->depth - 1, bits = trie_node_bits(path->branch[last]);
    struct trie_branch *branch = trie_branch_of(path->branch[last]);
    while (trie_branch_can_halve(branch, bits)) {
        branch = trie_branch_halve(heap, branch, bits--);
        if (!branch)
            return;
        path->at[last] /= 2;
        path_put(path, last, trie_node_of_branch(branch, bits));
    }
}

/* Merges what has become small at the path's end. */
static void path_shrink(struct path *path, struct heap *heap)
{
    while (path->depth && leaf_count(path->end) <= TRIE_LEAF_MAX / 2) {
        struct trie_run run = path_run(path);
        if (run.len == 1U << trie_node_bits(path->branch[path->depth - 1])) {
            path_leave(path, heap);
        } else if (!path_merge(path, heap, run)) {
            path_halve(path, heap);
            return;
        }
    }
}

void *trie_remove(struct trie *trie, const struct trie_type *type, struct heap *heap, uint64_t hash,
                  struct slice key, bool *absent)
{
    struct path path;
    path_find(&path, trie, hash);
    struct trie_leaf *leaf = trie_leaf_of(path.end);
    int at = find_in_leaf(leaf, type, hash, key);
    *absent = at < 0;
    if (at < 0 || !path_own(&path, heap))
        return NULL;
    if (!(leaf = path_unshare_leaf(&path, heap)))
        return NULL;
    void *item = trie_leaf_take(leaf, (unsigned)at);
    trie->count--;
    if (leaf->count) {
        /* Without memory for a smaller leaf the roomy one stays. */
        (void)path_own_leaf(&path, heap, leaf->count);
    } else {
        path_put(&path, path.depth, NULL);
        trie_leaf_free(heap, leaf);
    }
    path_shrink(&path, heap);
    return item;
}

/* ---- whole maps */

struct trie trie_share(const struct trie *trie)
{
    if (trie->root)
        ++*trie_node_refs(trie->root);
    return *trie;
}

bool trie_release_some(struct trie *trie, const struct trie_type *type, struct heap *heap,
                       size_t budget)
{
    trie->count = 0;
    if (trie->root && trie_node_release(type, heap, trie->root, &budget))
        trie->root = NULL;
    return trie->root != NULL;
}

void trie_clear(struct trie *trie, const struct trie_type *type, struct heap *heap)
{
    (void)trie_release_some(trie, type, heap, SIZE_MAX);
}
