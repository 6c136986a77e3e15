#include "common/btree_node.h"

#include "common/assert.h"

static size_t block_bytes(const struct btree_type *type, unsigned level, unsigned room)
{
    size_t stride = level ? sizeof(struct btree_link) + type->item_size : type->item_size;
    return sizeof(struct btree_node) + room * stride;
}

static unsigned entries_in(const struct btree_type *type, unsigned level, size_t bytes)
{
    size_t stride = level ? sizeof(struct btree_link) + type->item_size : type->item_size;
    return (unsigned)((bytes - sizeof(struct btree_node)) / stride);
}

unsigned btree_node_max(const struct btree_type *type, unsigned level)
{
    size_t leaf = type->leaf_bytes ? type->leaf_bytes : BTREE_LEAF_BYTES;
    size_t branch = type->branch_bytes ? type->branch_bytes : BTREE_BRANCH_BYTES;
    return entries_in(type, level, level ? branch : leaf);
}

unsigned btree_node_min(const struct btree_type *type, unsigned level)
{
    return btree_node_max(type, level) / 2;
}

/* The room of the smallest block that takes `count` entries. */
static unsigned room_for(const struct btree_type *type, unsigned level, unsigned count)
{
    static const uint16_t steps[] = {32,  64,  96,   128,  192,  256,  384,
                                     512, 768, 1024, 1536, 2048, 3072, BTREE_BYTES_MAX};
    size_t bytes = block_bytes(type, level, count);
    size_t step = 0;
    while (steps[step] < bytes)
        step++;
    return entries_in(type, level, steps[step]);
}

struct btree_node *btree_node_create(const struct btree_type *type, struct heap *heap,
                                     unsigned level, unsigned count)
{
    unsigned room = room_for(type, level, count);
    struct btree_node *node = heap_alloc(heap, block_bytes(type, level, room));
    if (node)
        *node = (struct btree_node){.refs = 1, .level = (uint8_t)level, .room = (uint8_t)room};
    return node;
}

bool btree_node_resize(const struct btree_type *type, struct heap *heap, struct btree_node **node,
                       unsigned count)
{
    struct btree_node *old = *node;
    ASSERT(old->refs == 1);
    ASSERT(old->count <= count);
    unsigned room = room_for(type, old->level, count);
    if (room == old->room)
        return true;
    struct btree_node *resized = heap_realloc(heap, old, block_bytes(type, old->level, old->room),
                                              block_bytes(type, old->level, room));
    if (!resized)
        return false;
    resized->room = (uint8_t)room;
    *node = resized;
    return true;
}

void btree_node_trim(const struct btree_type *type, struct heap *heap, struct btree_node **node)
{
    if ((*node)->count < (*node)->room / 2)
        (void)btree_node_resize(type, heap, node, (*node)->count + 1u);
}

bool btree_node_own(const struct btree_type *type, struct heap *heap, struct btree_node **node)
{
    struct btree_node *shared = *node;
    if (shared->refs == 1)
        return true;
    struct btree_node *copy = heap_alloc(heap, block_bytes(type, shared->level, shared->room));
    if (!copy)
        return false;
    memcpy(copy, shared, block_bytes(type, shared->level, shared->count));
    copy->refs = 1;
    for (unsigned i = 0; i < copy->count; i++) {
        if (copy->level)
            node_link(copy, type, i)->child->refs++;
        else if (type->retain)
            type->retain(node_item(copy, type, i));
    }
    shared->refs--;
    *node = copy;
    return true;
}

void btree_node_free(const struct btree_type *type, struct heap *heap, struct btree_node *node)
{
    heap_free(heap, node, block_bytes(type, node->level, node->room));
}

bool btree_node_release(const struct btree_type *type, struct heap *heap, struct btree_node *node,
                        size_t *budget)
{
    if (node->refs > 1) {
        node->refs--;
        *budget -= *budget > 0;
        return true;
    }
    if (node->level == 0) {
        *budget -= *budget < node->count ? *budget : node->count;
        for (unsigned i = 0; type->release && i < node->count; i++)
            type->release(heap, node_item(node, type, i));
        btree_node_free(type, heap, node);
        return true;
    }
    while (node->count > 0 && *budget > 0 &&
           btree_node_release(type, heap, node_link(node, type, node->count - 1u)->child, budget))
        node->count--;
    if (node->count > 0)
        return false;
    btree_node_free(type, heap, node);
    return true;
}

void btree_node_insert(const struct btree_type *type, struct btree_node *node, unsigned at,
                       const void *entry)
{
    size_t stride = node_stride(node, type);
    uint8_t *place = node_entry(node, type, at);
    ASSERT(node->count < node->room);
    if (at < node->count)
        memmove(place + stride, place, (node->count - at) * stride);
    memcpy(place, entry, stride);
    node->count++;
}

void btree_node_erase(const struct btree_type *type, struct btree_node *node, unsigned at,
                      unsigned count)
{
    size_t stride = node_stride(node, type);
    uint8_t *place = node_entry(node, type, at);
    ASSERT(at + count <= node->count);
    memmove(place, place + count * stride, (node->count - at - count) * stride);
    node->count = (uint8_t)(node->count - count);
}

void btree_node_move(const struct btree_type *type, struct btree_node *from, unsigned at,
                     unsigned count, struct btree_node *to, unsigned to_at)
{
    size_t stride = node_stride(to, type);
    uint8_t *place = node_entry(to, type, to_at);
    ASSERT(to->count + count <= to->room);
    memmove(place + count * stride, place, (to->count - to_at) * stride);
    memcpy(place, node_entry(from, type, at), count * stride);
    to->count = (uint8_t)(to->count + count);
    btree_node_erase(type, from, at, count);
}

void btree_node_describe(const struct btree_type *type, struct btree_node *child,
                         struct btree_link *out_entry)
{
    struct btree_link link = {.child = child};
    for (unsigned i = 0; i < child->count; i++) {
        link.count += child->level ? node_link(child, type, i)->count : 1;
        link.weight += child->level ? node_link(child, type, i)->weight
                                    : item_weight(type, node_item(child, type, i));
    }
    *out_entry = link;
    item_copy(type, out_entry + 1, node_item(child, type, 0));
}

unsigned btree_node_search(struct btree_node *node, const struct btree_type *type,
                           const void *probe, bool or_equal)
{
    unsigned low = 0, high = node->count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (type->compare(node_item(node, type, middle), probe) < (int)or_equal)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void btree_path_to(struct btree_iter *path, const struct btree *tree, const struct btree_type *type,
                   const void *probe)
{
    struct btree_node *node = tree->root;
    int d = 0;
    for (; node->level > 0; d++) {
        unsigned after = btree_node_search(node, type, probe, true);
        path->node[d] = node;
        path->at[d] = (uint16_t)(after - (after > 0));
        node = node_link(node, type, path->at[d])->child;
    }
    path->node[d] = node;
    path->at[d] = (uint16_t)btree_node_search(node, type, probe, false);
    path->depth = d + 1;
}

/* The child of a branch of `total` items that a position is in, counted from the nearer end;
 * *position becomes the position below the child. */
static unsigned child_at(struct btree_node *branch, const struct btree_type *type, uint64_t total,
                         uint64_t *position, bool gap)
{
    uint64_t start = 0, count;
    unsigned at = 0;
    if (*position < total / 2) {
        for (; *position >= start + (count = node_link(branch, type, at)->count) + gap; at++)
            start += count;
    } else {
        at = branch->count - 1u;
        start = total - node_link(branch, type, at)->count;
        while (*position < start + gap && at > 0)
            start -= node_link(branch, type, --at)->count;
    }
    *position -= start;
    return at;
}

void btree_path_at(struct btree_iter *path, const struct btree *tree, const struct btree_type *type,
                   uint64_t position, bool gap)
{
    struct btree_node *node = tree->root;
    uint64_t total = tree->count;
    int d = 0;
    for (; node->level > 0; d++) {
        unsigned at = child_at(node, type, total, &position, gap);
        path->node[d] = node;
        path->at[d] = (uint16_t)at;
        total = node_link(node, type, at)->count;
        node = node_link(node, type, at)->child;
    }
    path->node[d] = node;
    path->at[d] = (uint16_t)position;
    path->depth = d + 1;
}
