/* Changes of a B+tree. Each takes what memory it needs before it changes anything: first the path
 * is made the tree's own (copying shared nodes changes nothing that can be seen), then the nodes of
 * coming splits are allocated. Merging after removals is the exception: it is done as far as memory
 * goes, so that removing from a tree that nobody shares cannot fail; a node left too empty is
 * mended when the next removal passes it. */
#include "common/assert.h"
#include "common/btree_node.h"

/* Where the path's node at level d (0: root) is pointed to. */
static struct btree_node **slot_of(struct btree *tree, const struct btree_type *type,
                                   const struct btree_iter *path, int d)
{
    return d == 0 ? &tree->root : &node_link(path->node[d - 1], type, path->at[d - 1])->child;
}

static bool own_path(struct btree *tree, const struct btree_type *type, struct heap *heap,
                     struct btree_iter *path)
{
    for (int d = 0; d < path->depth; d++) {
        if (path->node[d]->refs == 1)
            continue;
        struct btree_node **slot = slot_of(tree, type, path, d);
        if (!btree_node_own(type, heap, slot))
            return false;
        path->node[d] = *slot;
    }
    return true;
}

/* Adds (modulo 2^64, so it also takes away) to the sums above the path's node at level d, and
 * copies first items that may have changed into the separators. */
static void add_above(struct btree *tree, const struct btree_type *type, struct btree_iter *path,
                      int d, uint64_t count, uint64_t weight)
{
    tree->count += count;
    tree->weight += weight;
    for (; d > 0; d--) {
        struct btree_link *link = node_link(path->node[d - 1], type, path->at[d - 1]);
        link->count += count;
        link->weight += weight;
        if (path->at[d] == 0)
            item_copy(type, link + 1, node_item(path->node[d], type, 0));
    }
}

/* The path's nodes on the tree's left edge are those down to *left, likewise right. */
static void find_edges(const struct btree_iter *path, int *left, int *right)
{
    *left = *right = 0;
    while (*left < path->depth - 1 && path->at[*left] == 0)
        ++*left;
    while (*right < path->depth - 1 && path->at[*right] + 1 == path->node[*right]->count)
        ++*right;
}

/* ---- inserting */

/* What an insertion needs: a right neighbour for each full node, from the leaf upwards, and a new
 * root when the old one is full. */
struct spares {
    struct btree_node *right[BTREE_DEPTH_MAX];
    unsigned split_at[BTREE_DEPTH_MAX]; /* entries from here on go to the right */
    struct btree_node *root;
    int stop; /* the level that takes an entry without splitting; -1: the new root */
};

/* Where a full node at level d is split. Growth at the tree's ends leaves full nodes behind; a
 * branch that grows on the left has already split its first child, which stays. */
static unsigned split_place(const struct btree_iter *path, int d, int left_edge, int right_edge)
{
    const struct btree_node *node = path->node[d];
    bool leaf = node->level == 0;
    if (d <= right_edge && path->at[d] + !leaf == node->count)
        return node->count;
    if (d <= left_edge && path->at[d] == 0)
        return leaf ? 0 : 1;
    return node->count / 2;
}

/* Nodes that have neighbours start with room for half of what they may hold. */
static unsigned at_least_half(const struct btree_type *type, unsigned level, unsigned count)
{
    unsigned half = btree_node_min(type, level);
    return count > half ? count : half;
}

static bool take_spares(struct btree *tree, const struct btree_type *type, struct heap *heap,
                        struct btree_iter *path, struct spares *spares)
{
    int d = path->depth - 1, left_edge = 0, right_edge = 0;
    spares->root = NULL;
    for (; d >= 0; d--) {
        struct btree_node *node = path->node[d];
        if (node->count < node->room || node->count < btree_node_max(type, node->level))
            break;
        if (node->level == 0)
            find_edges(path, &left_edge, &right_edge);
        spares->split_at[d] = split_place(path, d, left_edge, right_edge);
        unsigned count = node->count - spares->split_at[d] + (spares->split_at[d] > 0);
        spares->right[d] =
            btree_node_create(type, heap, node->level, at_least_half(type, node->level, count));
        if (!spares->right[d])
            goto fail;
    }
    spares->stop = d;
    if (d >= 0) {
        struct btree_node **slot = slot_of(tree, type, path, d);
        if ((*slot)->count == (*slot)->room &&
            !btree_node_resize(type, heap, slot, (*slot)->count + 1u))
            goto fail;
        path->node[d] = *slot;
        return true;
    }
    ASSERT(path->depth < BTREE_DEPTH_MAX);
    spares->root = btree_node_create(type, heap, tree->root->level + 1u, 2);
    if (spares->root)
        return true;
fail:
    while (++d < path->depth)
        btree_node_free(type, heap, spares->right[d]);
    return false;
}

/* Splits a full node and puts the entry into its half. */
static void split(const struct btree_type *type, struct btree_node *node, struct btree_node *right,
                  unsigned split_at, unsigned at, const void *entry)
{
    btree_node_move(type, node, split_at, node->count - split_at, right, 0);
    if (at < split_at || split_at == 0)
        btree_node_insert(type, node, at, entry);
    else
        btree_node_insert(type, right, at - split_at, entry);
}

/* Puts the item where the path, which is the tree's own, points. Cannot fail. */
static void insert_here(struct btree *tree, const struct btree_type *type, struct heap *heap,
                        struct btree_iter *path, const struct spares *spares, const void *item)
{
    uint64_t weight = item_weight(type, item);
    struct btree_branch_entry right;
    const void *entry = item;
    int d = path->depth - 1;
    unsigned at = path->at[d];
    for (; d > spares->stop; d--) {
        split(type, path->node[d], spares->right[d], spares->split_at[d], at, entry);
        /* A half-empty block shrinks if it can; when it cannot, it is merely too large. */
        (void)btree_node_resize(type, heap, &path->node[d],
                                at_least_half(type, path->node[d]->level, path->node[d]->count));
        if (d > 0) {
            btree_node_describe(type, path->node[d],
                                node_link(path->node[d - 1], type, path->at[d - 1]));
            at = path->at[d - 1] + 1u;
        }
        btree_node_describe(type, spares->right[d], &right.link);
        entry = &right;
    }
    if (spares->root) {
        struct btree_branch_entry left;
        btree_node_describe(type, path->node[0], &left.link);
        btree_node_insert(type, spares->root, 0, &left);
        btree_node_insert(type, spares->root, 1, entry);
        tree->root = spares->root;
        add_above(tree, type, path, 0, 1, weight);
    } else {
        btree_node_insert(type, path->node[d], at, entry);
        add_above(tree, type, path, d, 1, weight);
    }
}

static bool insert_first(struct btree *tree, const struct btree_type *type, struct heap *heap,
                         const void *item)
{
    tree->root = btree_node_create(type, heap, 0, 1);
    if (!tree->root)
        return false;
    btree_node_insert(type, tree->root, 0, item);
    tree->count = 1;
    tree->weight = item_weight(type, item);
    return true;
}

static bool insert_on(struct btree *tree, const struct btree_type *type, struct heap *heap,
                      struct btree_iter *path, const void *item)
{
    struct spares spares;
    if (!own_path(tree, type, heap, path) || !take_spares(tree, type, heap, path, &spares))
        return false;
    insert_here(tree, type, heap, path, &spares, item);
    return true;
}

bool btree_insert(struct btree *tree, const struct btree_type *type, struct heap *heap,
                  const void *item)
{
    struct btree_iter path;
    if (!tree->root)
        return insert_first(tree, type, heap, item);
    btree_path_to(&path, tree, type, item);
    return insert_on(tree, type, heap, &path, item);
}

bool btree_insert_at(struct btree *tree, const struct btree_type *type, struct heap *heap,
                     uint64_t position, const void *item)
{
    struct btree_iter path;
    ASSERT(position <= tree->count);
    if (!tree->root)
        return insert_first(tree, type, heap, item);
    btree_path_at(&path, tree, type, position, true);
    return insert_on(tree, type, heap, &path, item);
}

/* ---- mending: nodes that a removal has left less than half full */

/* Merges the path's node at level d with a neighbour, or evens them out. Both have one parent, and
 * the first item below the parent stays the same, so nothing above changes. */
static bool mend_node(const struct btree_type *type, struct heap *heap,
                      const struct btree_iter *path, int d)
{
    struct btree_node *parent = path->node[d - 1];
    unsigned at = path->at[d - 1] > 0 ? path->at[d - 1] - 1u : 0;
    ASSERT(at + 1u < parent->count);
    struct btree_link *left = node_link(parent, type, at);
    struct btree_link *right = node_link(parent, type, at + 1);
    if (!btree_node_own(type, heap, &left->child) || !btree_node_own(type, heap, &right->child))
        return false;
    unsigned left_count = left->child->count, right_count = right->child->count;
    unsigned total = left_count + right_count, half = total / 2;
    if (total <= btree_node_max(type, left->child->level)) {
        if (!btree_node_resize(type, heap, &left->child, total))
            return false;
        btree_node_move(type, right->child, 0, right_count, left->child, left_count);
        btree_node_free(type, heap, right->child);
        btree_node_erase(type, parent, at + 1, 1);
        btree_node_describe(type, left->child, left);
        return true;
    }
    if (left_count < half) {
        if (!btree_node_resize(type, heap, &left->child, half))
            return false;
        btree_node_move(type, right->child, 0, half - left_count, left->child, left_count);
    } else {
        if (!btree_node_resize(type, heap, &right->child, total - half))
            return false;
        btree_node_move(type, left->child, half, left_count - half, right->child, 0);
    }
    btree_node_describe(type, left->child, left);
    btree_node_describe(type, right->child, right);
    return true;
}

/* A root with one child gives way to it. */
static void drop_root(struct btree *tree, const struct btree_type *type, struct heap *heap)
{
    while (tree->root->level > 0 && tree->root->count == 1) {
        struct btree_node *old = tree->root;
        size_t budget = SIZE_MAX;
        tree->root = node_link(old, type, 0)->child;
        tree->root->refs++;
        (void)btree_node_release(type, heap, old, &budget);
    }
}

/* Mends the uppermost node on the way to a position that needs it: a node has a neighbour below its
 * parent only when the parent is in order. */
static bool mend_once(struct btree *tree, const struct btree_type *type, struct heap *heap,
                      uint64_t position)
{
    struct btree_iter path;
    int left_edge, right_edge;
    drop_root(tree, type, heap);
    btree_path_at(&path, tree, type, position, false);
    find_edges(&path, &left_edge, &right_edge);
    int d = (left_edge > right_edge ? left_edge : right_edge) + 1;
    while (d < path.depth && path.node[d]->count >= btree_node_min(type, path.node[d]->level))
        d++;
    if (d >= path.depth)
        return false;
    path.depth = d; /* the way to the parent; what is below the node may stay shared */
    return own_path(tree, type, heap, &path) && mend_node(type, heap, &path, d);
}

/* Mends both sides of the place where something was removed. */
static void mend(struct btree *tree, const struct btree_type *type, struct heap *heap,
                 uint64_t position)
{
    while (position > 0 && mend_once(tree, type, heap, position - 1))
        ;
    while (position < tree->count && mend_once(tree, type, heap, position))
        ;
}

/* ---- removing */

static bool on_edge(const struct btree_iter *path)
{
    int left, right;
    find_edges(path, &left, &right);
    return left == path->depth - 1 || right == path->depth - 1;
}

/* Takes the path's item out of its leaf, and out of the tree what became empty. */
static void take_out(struct btree *tree, const struct btree_type *type, struct heap *heap,
                     struct btree_iter *path, uint64_t weight)
{
    int d = path->depth - 1;
    btree_node_erase(type, path->node[d], path->at[d], 1);
    while (d > 0 && path->node[d]->count == 0) {
        btree_node_free(type, heap, path->node[d--]);
        btree_node_erase(type, path->node[d], path->at[d], 1);
    }
    if (path->node[d]->count == 0) {
        btree_node_free(type, heap, path->node[d]);
        *tree = (struct btree){0};
        return;
    }
    add_above(tree, type, path, d, UINT64_MAX, 0 - weight);
    btree_node_trim(type, heap, slot_of(tree, type, path, d));
}

/* The position of the first item in the path's leaf. */
static uint64_t leaf_position(const struct btree_iter *path, const struct btree_type *type)
{
    uint64_t position = 0;
    for (int d = 0; d < path->depth - 1; d++)
        for (unsigned i = 0; i < path->at[d]; i++)
            position += node_link(path->node[d], type, i)->count;
    return position;
}

static bool remove_on(struct btree *tree, const struct btree_type *type, struct heap *heap,
                      struct btree_iter *path, void *out)
{
    uint64_t item[BTREE_ITEM_MAX / 8];
    if (!own_path(tree, type, heap, path))
        return false;
    struct btree_node *leaf = path->node[path->depth - 1];
    item_copy(type, item, node_item(leaf, type, path->at[path->depth - 1]));
    bool mends = leaf->count == 1 || (leaf->count <= btree_node_min(type, 0) && !on_edge(path));
    uint64_t first = mends ? leaf_position(path, type) : 0;
    take_out(tree, type, heap, path, item_weight(type, item));
    if (mends)
        mend(tree, type, heap, first);
    if (out)
        item_copy(type, out, item);
    else if (type->release)
        type->release(heap, item);
    return true;
}

bool btree_remove(struct btree *tree, const struct btree_type *type, struct heap *heap,
                  const void *probe, void *out, bool *absent)
{
    struct btree_iter path;
    *absent = true;
    if (!tree->root)
        return true;
    btree_path_to(&path, tree, type, probe);
    struct btree_node *leaf = path.node[path.depth - 1];
    unsigned at = path.at[path.depth - 1];
    if (at == leaf->count || type->compare(node_item(leaf, type, at), probe) != 0)
        return true;
    *absent = false;
    return remove_on(tree, type, heap, &path, out);
}

bool btree_remove_at(struct btree *tree, const struct btree_type *type, struct heap *heap,
                     uint64_t position, void *out)
{
    struct btree_iter path;
    ASSERT(position < tree->count);
    btree_path_at(&path, tree, type, position, false);
    return remove_on(tree, type, heap, &path, out);
}

/* ---- removing a range: nodes wholly inside are dropped, those partly inside are cut */

/* A range of positions below a node: [from, to). */
struct span {
    uint64_t from, to;
};

/* What of the span lies within the `count` positions from `start` on, counted from there. */
static struct span span_within(struct span span, uint64_t start, uint64_t count)
{
    struct span part = {span.from > start ? span.from - start : 0,
                        span.to > start ? span.to - start : 0};
    if (part.to > count)
        part.to = count;
    if (part.from > part.to)
        part.from = part.to;
    return part;
}

/* Makes every node that will be cut the tree's own: at most two per level. */
static bool own_cut(const struct btree_type *type, struct heap *heap, struct btree_node **slot,
                    struct span span)
{
    if (!btree_node_own(type, heap, slot))
        return false;
    if ((*slot)->level == 0)
        return true;
    uint64_t start = 0, count;
    for (unsigned i = 0; i < (*slot)->count && start < span.to; i++, start += count) {
        struct btree_link *link = node_link(*slot, type, i);
        count = link->count;
        struct span part = span_within(span, start, count);
        if (part.from < part.to && part.to - part.from < count &&
            !own_cut(type, heap, &link->child, part))
            return false;
    }
    return true;
}

static uint64_t cut_leaf(const struct btree_type *type, struct heap *heap, struct btree_node *leaf,
                         struct span span)
{
    uint64_t weight = 0;
    for (unsigned i = (unsigned)span.from; i < span.to; i++) {
        weight += item_weight(type, node_item(leaf, type, i));
        if (type->release)
            type->release(heap, node_item(leaf, type, i));
    }
    btree_node_erase(type, leaf, (unsigned)span.from, (unsigned)(span.to - span.from));
    return weight;
}

/* Removes a span that leaves something of the node; returns the weight removed. */
static uint64_t cut(const struct btree_type *type, struct heap *heap, struct btree_node **slot,
                    struct span span)
{
    struct btree_node *node = *slot;
    uint64_t start = 0, count, weight = 0;
    unsigned gone = 0, kept = 0;
    if (node->level == 0)
        weight = cut_leaf(type, heap, node, span);
    for (unsigned i = 0; node->level > 0 && i < node->count && start < span.to;
         i++, start += count) {
        struct btree_link *link = node_link(node, type, i);
        count = link->count;
        struct span part = span_within(span, start, count);
        if (part.to - part.from == count) {
            size_t budget = SIZE_MAX;
            weight += link->weight;
            (void)btree_node_release(type, heap, link->child, &budget);
            gone++;
        } else if (part.from < part.to) {
            uint64_t part_weight = cut(type, heap, &link->child, part);
            weight += part_weight;
            link->count -= part.to - part.from;
            link->weight -= part_weight;
            item_copy(type, link + 1, node_item(link->child, type, 0));
        }
        kept += gone == 0;
    }
    if (gone > 0)
        btree_node_erase(type, node, kept, gone);
    btree_node_trim(type, heap, slot);
    return weight;
}

bool btree_remove_range(struct btree *tree, const struct btree_type *type, struct heap *heap,
                        uint64_t position, uint64_t count)
{
    ASSERT(position <= tree->count);
    ASSERT(count <= tree->count - position);
    if (count == tree->count) {
        btree_clear(tree, type, heap);
        return true;
    }
    struct span span = {position, position + count};
    if (count == 0)
        return true;
    if (!own_cut(type, heap, &tree->root, span))
        return false;
    tree->weight -= cut(type, heap, &tree->root, span);
    tree->count -= count;
    mend(tree, type, heap, position);
    return true;
}

/* ---- changing in place */

void *btree_edit(struct btree *tree, const struct btree_type *type, struct heap *heap,
                 uint64_t position)
{
    struct btree_iter path;
    ASSERT(position < tree->count);
    btree_path_at(&path, tree, type, position, false);
    if (!own_path(tree, type, heap, &path))
        return NULL;
    return node_item(path.node[path.depth - 1], type, path.at[path.depth - 1]);
}

void btree_edited(struct btree *tree, const struct btree_type *type, uint64_t position)
{
    struct btree_iter path;
    btree_path_at(&path, tree, type, position, false);
    struct btree_branch_entry now;
    int leaf = path.depth - 1;
    btree_node_describe(type, path.node[leaf], &now.link);
    uint64_t before =
        leaf > 0 ? node_link(path.node[leaf - 1], type, path.at[leaf - 1])->weight : tree->weight;
    add_above(tree, type, &path, leaf, 0, now.link.weight - before);
}

void btree_reweighed(struct btree *tree, const struct btree_type *type, uint64_t position,
                     int64_t change)
{
    struct btree_iter path;
    btree_path_at(&path, tree, type, position, false);
    add_above(tree, type, &path, path.depth - 1, 0, (uint64_t)change);
}
