#include "common/trie_node.h"

#include "common/assert.h"

uint32_t *trie_node_refs(const struct trie_node *node)
{
    return &trie_branch_of(node)->refs;
}

/* ---- leaves */

/* Odd numbers of items fill the heap's classes exactly. Leaves of items that all have the same hash
 * have no bound but TRIE_LEAF_ROOM, so they double. */
static size_t leaf_room(size_t count)
{
    if (count <= 2 * TRIE_LEAF_MAX)
        return count | 1;
    return UINT32_MAX >> __builtin_clz((unsigned)count);
}

static size_t leaf_size(size_t room)
{
    return sizeof(struct trie_leaf) + room * sizeof(void *);
}

struct trie_leaf *trie_leaf_create(struct heap *heap, size_t count)
{
    ASSERT(count <= TRIE_LEAF_ROOM);
    size_t room = leaf_room(count);
    struct trie_leaf *leaf = heap_alloc(heap, leaf_size(room));
    if (!leaf)
        return NULL;
    leaf->refs = 1;
    leaf->count = 0;
    leaf->room = (uint16_t)room;
    /* Tags are compared sixteen at a time, with those that are not in use. */
    memset(leaf->tags, 0, sizeof leaf->tags);
    return leaf;
}

void trie_leaf_free(struct heap *heap, struct trie_leaf *leaf)
{
    heap_free(heap, leaf, leaf_size(leaf->room));
}

struct trie_leaf *trie_leaf_own(struct heap *heap, struct trie_leaf *leaf, size_t count)
{
    if (leaf->refs == 1 && leaf->room == leaf_room(count))
        return leaf;
    struct trie_leaf *own = trie_leaf_create(heap, count);
    if (!own)
        return NULL;
    own->count = leaf->count;
    memcpy(own->tags, leaf->tags, sizeof own->tags);
    memcpy(own->items, leaf->items, leaf->count * sizeof(void *));
    if (leaf->refs == 1) {
        trie_leaf_free(heap, leaf);
        return own;
    }
    for (unsigned i = 0; i < own->count; i++)
        ++*trie_item_refs(own->items[i]);
    leaf->refs--;
    return own;
}

void trie_leaf_append(struct trie_leaf *leaf, void *item, uint8_t tag)
{
    ASSERT(leaf->count < leaf->room);
    if (leaf->count < TRIE_TAGS)
        leaf->tags[leaf->count] = tag;
    leaf->items[leaf->count++] = item;
}

void *trie_leaf_take(struct trie_leaf *leaf, unsigned at)
{
    void *item = leaf->items[at];
    unsigned last = --leaf->count;
    leaf->items[at] = leaf->items[last];
    if (last < TRIE_TAGS)
        leaf->tags[at] = leaf->tags[last];
    return item;
}

/* ---- branches */

static size_t branch_size(unsigned bits)
{
    return sizeof(struct trie_branch) + (sizeof(struct trie_node *) << bits);
}

static struct trie_branch *branch_alloc(struct heap *heap, unsigned bits)
{
    struct trie_branch *branch = heap_alloc(heap, branch_size(bits));
    if (branch)
        branch->refs = 1;
    return branch;
}

struct trie_branch *trie_branch_create(struct heap *heap, unsigned bits, struct trie_node *node)
{
    struct trie_branch *branch = branch_alloc(heap, bits);
    if (branch)
        trie_branch_fill(branch, (struct trie_run){0, 1U << bits}, node);
    return branch;
}

void trie_branch_free(struct heap *heap, struct trie_branch *branch, unsigned bits)
{
    heap_free(heap, branch, branch_size(bits));
}

struct trie_branch *trie_branch_own(struct heap *heap, struct trie_branch *branch, unsigned bits)
{
    struct trie_branch *own = branch_alloc(heap, bits);
    if (!own)
        return NULL;
    struct trie_node *last = NULL;
    for (unsigned i = 0; i < 1U << bits; i++) {
        struct trie_node *child = own->slot[i] = branch->slot[i];
        if (child && child != last)
            ++*trie_node_refs(child);
        last = child;
    }
    branch->refs--;
    return own;
}

struct trie_branch *trie_branch_double(struct heap *heap, struct trie_branch *branch, unsigned bits)
{
    struct trie_branch *twice = branch_alloc(heap, bits + 1);
    if (!twice)
        return NULL;
    for (unsigned i = 0; i < 1U << bits; i++)
        twice->slot[2 * i] = twice->slot[2 * i + 1] = branch->slot[i];
    trie_branch_free(heap, branch, bits);
    return twice;
}

bool trie_branch_can_halve(const struct trie_branch *branch, unsigned bits)
{
    for (unsigned i = 0; i < 1U << bits; i += 2)
        if (branch->slot[i] != branch->slot[i + 1])
            return false;
    return bits > 1;
}

struct trie_branch *trie_branch_halve(struct heap *heap, struct trie_branch *branch, unsigned bits)
{
    struct trie_branch *half = branch_alloc(heap, bits - 1);
    if (!half)
        return NULL;
    for (unsigned i = 0; i < 1U << (bits - 1); i++)
        half->slot[i] = branch->slot[2 * i];
    trie_branch_free(heap, branch, bits);
    return half;
}

static bool holds_only(const struct trie_branch *branch, struct trie_run run,
                       const struct trie_node *node)
{
    for (unsigned i = run.at; i < run.at + run.len; i++)
        if (branch->slot[i] != node)
            return false;
    return true;
}

struct trie_run trie_branch_run(const struct trie_branch *branch, unsigned bits, unsigned at)
{
    struct trie_run run = {at, 1};
    while (run.len < 1U << bits) {
        struct trie_run buddy = {run.at ^ run.len, run.len};
        if (!holds_only(branch, buddy, branch->slot[at]))
            break;
        run = (struct trie_run){run.at & ~run.len, 2 * run.len};
    }
    return run;
}

void trie_branch_fill(struct trie_branch *branch, struct trie_run run, struct trie_node *node)
{
    for (unsigned i = run.at; i < run.at + run.len; i++)
        branch->slot[i] = node;
}

/* ---- release */

void trie_item_release(const struct trie_type *type, struct heap *heap, void *item)
{
    uint32_t *refs = trie_item_refs(item);
    ASSERT(*refs > 0);
    if (--*refs == 0)
        type->release(heap, item);
}

static void spend(size_t *budget)
{
    *budget -= *budget > 0;
}

static bool release_leaf(const struct trie_type *type, struct heap *heap, struct trie_leaf *leaf,
                         size_t *budget)
{
    while (leaf->count && *budget) {
        trie_item_release(type, heap, leaf->items[--leaf->count]);
        spend(budget);
    }
    if (leaf->count)
        return false;
    trie_leaf_free(heap, leaf);
    return true;
}

/* Children that are done become NULL, so that the release can go on later where it stopped. */
static bool release_branch(const struct trie_type *type, struct heap *heap,
                           struct trie_branch *branch, unsigned bits, size_t *budget)
{
    for (unsigned i = 0; i < 1U << bits; i++) {
        struct trie_node *child = branch->slot[i];
        if (!child)
            continue;
        if (!trie_node_release(type, heap, child, budget))
            return false;
        for (unsigned j = i; j < 1U << bits && branch->slot[j] == child; j++)
            branch->slot[j] = NULL;
    }
    trie_branch_free(heap, branch, bits);
    spend(budget);
    return true;
}

bool trie_node_release(const struct trie_type *type, struct heap *heap, struct trie_node *node,
                       size_t *budget)
{
    if (!*budget)
        return false;
    uint32_t *refs = trie_node_refs(node);
    if (*refs > 1) {
        --*refs;
        spend(budget);
        return true;
    }
    unsigned bits = trie_node_bits(node);
    return bits ? release_branch(type, heap, trie_branch_of(node), bits, budget)
                : release_leaf(type, heap, trie_leaf_of(node), budget);
}
