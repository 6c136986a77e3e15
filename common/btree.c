#include "common/btree.h"

#include "common/assert.h"
#include "common/btree_node.h"

const void *btree_find(const struct btree *tree, const struct btree_type *type, const void *probe)
{
    struct btree_node *node = tree->root;
    if (!node)
        return NULL;
    while (node->level > 0) {
        unsigned after = btree_node_search(node, type, probe, true);
        if (after == 0)
            return NULL;
        node = node_link(node, type, after - 1)->child;
    }
    unsigned at = btree_node_search(node, type, probe, false);
    if (at == node->count || type->compare(node_item(node, type, at), probe) != 0)
        return NULL;
    return node_item(node, type, at);
}

static unsigned count_before(struct btree_node *node, const struct btree_type *type,
                             bool (*before)(const void *item, const void *ctx), const void *ctx)
{
    /* Which half it is cannot be foretold, so there is no branch to be mistaken about. */
    size_t stride = node_stride(node, type);
    const uint8_t *first = node_item(node, type, 0);
    unsigned low = 0, left = node->count;
    for (; left > 1; left -= left / 2)
        low += before(first + (low + left / 2 - 1) * stride, ctx) * (left / 2);
    return low + (left == 1 && before(first + low * stride, ctx));
}

uint64_t btree_rank(const struct btree *tree, const struct btree_type *type,
                    bool (*before)(const void *item, const void *ctx), const void *ctx)
{
    struct btree_node *node = tree->root;
    uint64_t rank = 0;
    if (!node)
        return 0;
    while (node->level > 0) {
        unsigned first_items = count_before(node, type, before, ctx);
        if (first_items == 0)
            return rank;
        for (unsigned i = 0; i + 1 < first_items; i++)
            rank += node_link(node, type, i)->count;
        node = node_link(node, type, first_items - 1)->child;
    }
    return rank + count_before(node, type, before, ctx);
}

const void *btree_at(const struct btree *tree, const struct btree_type *type, uint64_t position)
{
    struct btree_iter iter;
    return btree_iter_at(&iter, tree, type, position);
}

uint64_t btree_seek_weight(const struct btree *tree, const struct btree_type *type, uint64_t offset,
                           uint64_t *into)
{
    struct btree_node *node = tree->root;
    uint64_t position = 0, weight;
    unsigned at;
    ASSERT(offset < tree->weight);
    while (node->level > 0) {
        for (at = 0; offset >= (weight = node_link(node, type, at)->weight); at++) {
            offset -= weight;
            position += node_link(node, type, at)->count;
        }
        node = node_link(node, type, at)->child;
    }
    for (at = 0; offset >= (weight = item_weight(type, node_item(node, type, at))); at++)
        offset -= weight;
    *into = offset;
    return position + at;
}

/* ---- walking */

static const void *item_here(const struct btree_iter *iter, const struct btree_type *type)
{
    return node_item(iter->node[iter->depth - 1], type, iter->at[iter->depth - 1]);
}

const void *btree_iter_at(struct btree_iter *iter, const struct btree *tree,
                          const struct btree_type *type, uint64_t position)
{
    iter->depth = 0;
    if (position >= tree->count)
        return NULL;
    btree_path_at(iter, tree, type, position, false);
    return item_here(iter, type);
}

/* Puts the levels below d on the first (or last) item below the child that level d is at. */
static const void *descend(struct btree_iter *iter, const struct btree_type *type, int d, bool last)
{
    for (; d < iter->depth - 1; d++) {
        struct btree_node *child = node_link(iter->node[d], type, iter->at[d])->child;
        iter->node[d + 1] = child;
        iter->at[d + 1] = last ? (uint16_t)(child->count - 1) : 0;
    }
    return item_here(iter, type);
}

const void *btree_iter_next(struct btree_iter *iter, const struct btree_type *type)
{
    for (int d = iter->depth - 1; d >= 0; d--) {
        if (iter->at[d] + 1 < iter->node[d]->count) {
            iter->at[d]++;
            return descend(iter, type, d, false);
        }
    }
    iter->depth = 0;
    return NULL;
}

const void *btree_iter_seek(struct btree_iter *iter, const struct btree *tree,
                            const struct btree_type *type,
                            bool (*before)(const void *item, const void *ctx), const void *ctx)
{
    struct btree_node *node = tree->root;
    unsigned at;
    iter->depth = 0;
    if (!node)
        return NULL;
    for (;; node = node_link(node, type, at)->child) {
        btree_prefetch_leaf(node, type);
        unsigned less = count_before(node, type, before, ctx);
        at = node->level > 0 && less > 0 ? less - 1 : less;
        iter->node[iter->depth] = node;
        iter->at[iter->depth++] = (uint16_t)at;
        if (node->level == 0)
            break;
    }
    if (at < node->count)
        return item_here(iter, type);
    iter->at[iter->depth - 1]--;
    return btree_iter_next(iter, type);
}

const void *btree_iter_prev(struct btree_iter *iter, const struct btree_type *type)
{
    for (int d = iter->depth - 1; d >= 0; d--) {
        if (iter->at[d] > 0) {
            iter->at[d]--;
            return descend(iter, type, d, true);
        }
    }
    iter->depth = 0;
    return NULL;
}

/* ---- whole trees */

struct btree btree_share(const struct btree *tree)
{
    if (tree->root) {
        ASSERT(tree->root->refs < UINT32_MAX);
        tree->root->refs++;
    }
    return *tree;
}

bool btree_release_some(struct btree *tree, const struct btree_type *type, struct heap *heap,
                        size_t budget)
{
    tree->count = tree->weight = 0;
    if (tree->root && btree_node_release(type, heap, tree->root, &budget))
        tree->root = NULL;
    return tree->root != NULL;
}

void btree_clear(struct btree *tree, const struct btree_type *type, struct heap *heap)
{
    (void)btree_release_some(tree, type, heap, SIZE_MAX);
}

/* ---- checking */

struct check {
    const struct btree_type *type;
    const void *previous; /* item in order, NULL before the first */
    bool fill;            /* nodes that are not half full are wrong */
};

static bool check_node(struct check *check, struct btree_node *node, bool left_edge,
                       bool right_edge);

static bool check_child(struct check *check, struct btree_node *branch, unsigned at, bool left_edge,
                        bool right_edge)
{
    struct btree_link *link = node_link(branch, check->type, at);
    struct btree_branch_entry right;
    if (link->child->level + 1 != branch->level ||
        !check_node(check, link->child, left_edge && at == 0,
                    right_edge && at + 1u == branch->count))
        return false;
    btree_node_describe(check->type, link->child, &right.link);
    return link->count == right.link.count && link->weight == right.link.weight &&
           memcmp(link + 1, right.separator, check->type->item_size) == 0;
}

static bool check_node(struct check *check, struct btree_node *node, bool left_edge,
                       bool right_edge)
{
    const struct btree_type *type = check->type;
    unsigned least =
        left_edge || right_edge || !check->fill ? 1 : btree_node_min(type, node->level);
    if (node->refs == 0 || node->count < least || node->count > node->room ||
        node->room > btree_node_max(type, node->level))
        return false;
    for (unsigned i = 0; i < node->count; i++) {
        const void *item = node_item(node, type, i);
        if (node->level > 0) {
            if (!check_child(check, node, i, left_edge, right_edge))
                return false;
            continue;
        }
        if (type->compare && check->previous && type->compare(check->previous, item) >= 0)
            return false;
        check->previous = item;
    }
    return true;
}

static bool check_tree(const struct btree *tree, const struct btree_type *type, bool fill)
{
    struct check check = {.type = type, .fill = fill};
    struct btree_branch_entry sums;
    if (!tree->root)
        return tree->count == 0 && tree->weight == 0;
    if (tree->root->level >= BTREE_DEPTH_MAX || (tree->root->level > 0 && tree->root->count < 2) ||
        !check_node(&check, tree->root, true, true))
        return false;
    btree_node_describe(type, tree->root, &sums.link);
    return tree->count == sums.link.count && tree->weight == sums.link.weight;
}

bool btree_check(const struct btree *tree, const struct btree_type *type)
{
    return check_tree(tree, type, true);
}

bool btree_check_but_fill(const struct btree *tree, const struct btree_type *type)
{
    return check_tree(tree, type, false);
}
