/* What looks at a map without changing it: scan, random choice, iteration, the check. */
#include "common/trie.h"
#include "common/trie_node.h"

/* ---- scan */

/* A leaf, or nothing, and the last hash of the range that it covers. */
struct span {
    struct trie_leaf *leaf;
    uint64_t last;
    bool whole; /* the range starts at or after the hash asked for */
};

static struct span span_at(const struct trie *trie, uint64_t hash)
{
    uint64_t first = 0, last = UINT64_MAX;
    struct trie_node *node = trie->root;
    for (unsigned shift = 0, bits; (bits = trie_node_bits(node)); shift += bits) {
        const struct trie_branch *branch = trie_branch_of(node);
        unsigned at = trie_slot_at(hash, shift, bits);
        struct trie_run run = trie_branch_run(branch, bits, at);
        uint64_t slot_width = (uint64_t)1 << (TRIE_HASH_BITS - shift - bits);
        first += run.at * slot_width;
        last = first + run.len * slot_width - 1; /* to UINT64_MAX by wrapping, at the end */
        node = branch->slot[at];
    }
    return (struct span){trie_leaf_of(node), last, first >= hash};
}

uint64_t trie_scan(const struct trie *trie, const struct trie_type *type, uint64_t cursor,
                   void (*visit)(void *ctx, void *item), void *ctx)
{
    unsigned visited = 0;
    do {
        struct span span = span_at(trie, cursor);
        for (unsigned i = 0; span.leaf && i < span.leaf->count; i++) {
            void *item = span.leaf->items[i];
            /* A leaf that grew by merging since the last call holds what was visited then. */
            if (span.whole || type->hash(item) >= cursor) {
                visit(ctx, item);
                visited++;
            }
        }
        cursor = span.last + 1;
    } while (!visited && cursor);
    return cursor;
}

/* ---- random */

void *trie_random(const struct trie *trie, uint64_t random)
{
    /* The bits are used as a hash: a leaf is as likely as the range that it covers is wide. */
    const struct trie_node *node = trie->root;
    if (!node)
        return NULL;
    for (unsigned shift = 0, bits; (bits = trie_node_bits(node)); shift += bits) {
        const struct trie_branch *branch = trie_branch_of(node);
        unsigned at = trie_slot_at(random, shift, bits);
        while (!branch->slot[at]) /* at least one slot is not empty */
            at = (at + 1) & ((1U << bits) - 1);
        node = branch->slot[at];
    }
    const struct trie_leaf *leaf = trie_leaf_of(node);
    return leaf->items[(random & UINT32_MAX) * leaf->count >> 32];
}

/* ---- iteration */

static void iter_enter(struct trie_iter *iter, const struct trie_node *node)
{
    iter->depth++;
    iter->node[iter->depth] = node;
    iter->at[iter->depth] = 0;
}

void trie_iter_init(struct trie_iter *iter, const struct trie *trie)
{
    iter->depth = -1;
    if (trie->root)
        iter_enter(iter, trie->root);
}

/* The next child of the branch on top, or NULL; steps over the run of slots that it covers. */
static const struct trie_node *iter_next_child(struct trie_iter *iter)
{
    const struct trie_node *node = iter->node[iter->depth];
    const struct trie_branch *branch = trie_branch_of(node);
    const struct trie_node *child = NULL;
    unsigned at = iter->at[iter->depth], end = 1U << trie_node_bits(node);
    while (at < end && !(child = branch->slot[at]))
        at++;
    while (at < end && branch->slot[at] == child)
        at++;
    iter->at[iter->depth] = (uint16_t)at;
    return child;
}

void *trie_iter_next(struct trie_iter *iter)
{
    while (iter->depth >= 0) {
        const struct trie_node *node = iter->node[iter->depth], *child;
        if (trie_node_bits(node)) {
            if ((child = iter_next_child(iter)))
                iter_enter(iter, child);
            else
                iter->depth--;
            continue;
        }
        const struct trie_leaf *leaf = trie_leaf_of(node);
        if (iter->at[iter->depth] < leaf->count)
            return leaf->items[iter->at[iter->depth]++];
        iter->depth--;
    }
    return NULL;
}

/* ---- check */

/* Where a node stands: the first hash that it may hold, and how many leading bits of it hold for
 * all that is below. */
struct place {
    uint64_t first;
    unsigned shift;
};

static bool check_leaf(const struct trie_leaf *leaf, const struct trie_type *type,
                       struct place place, uint64_t *count)
{
    if (leaf->refs == 0 || leaf->count == 0 || leaf->count > leaf->room)
        return false;
    if (leaf->count > TRIE_LEAF_MAX && place.shift < TRIE_HASH_BITS)
        return false;
    uint64_t free_bits =
        place.shift ? ((uint64_t)1 << (TRIE_HASH_BITS - place.shift)) - 1 : UINT64_MAX;
    for (unsigned i = 0; i < leaf->count; i++) {
        uint64_t hash = type->hash(leaf->items[i]);
        if (*trie_item_refs(leaf->items[i]) == 0 || (hash & ~free_bits) != place.first)
            return false;
        if (i < TRIE_TAGS && leaf->tags[i] != (uint8_t)hash)
            return false;
    }
    *count += leaf->count;
    return true;
}

static bool check_node(const struct trie_node *node, const struct trie_type *type,
                       struct place place, uint64_t *count);

static bool check_child(const struct trie_branch *branch, unsigned bits, struct trie_run run,
                        const struct trie_type *type, struct place place, uint64_t *count)
{
    const struct trie_node *child = branch->slot[run.at];
    bool is_full = bits == trie_bits_max(place.shift);
    if (trie_node_bits(child) && (run.len > 1 || !is_full))
        return false;
    /* Another run with the same child would be a reference that nobody counts. */
    for (unsigned i = run.at + run.len; i < 1U << bits; i++)
        if (branch->slot[i] == child)
            return false;
    unsigned slot_bits = TRIE_HASH_BITS - place.shift - bits;
    place.first += (uint64_t)run.at << slot_bits;
    place.shift = TRIE_HASH_BITS - slot_bits - (unsigned)__builtin_ctz(run.len);
    return check_node(child, type, place, count);
}

static bool check_node(const struct trie_node *node, const struct trie_type *type,
                       struct place place, uint64_t *count)
{
    unsigned bits = trie_node_bits(node);
    if (!bits)
        return check_leaf(trie_leaf_of(node), type, place, count);
    const struct trie_branch *branch = trie_branch_of(node);
    uint64_t before = *count;
    if (branch->refs == 0 || bits > trie_bits_max(place.shift))
        return false;
    for (struct trie_run run = {0, 0}; run.at < 1U << bits; run.at += run.len) {
        run = trie_branch_run(branch, bits, run.at);
        if (branch->slot[run.at] && !check_child(branch, bits, run, type, place, count))
            return false;
    }
    return *count > before;
}

bool trie_check(const struct trie *trie, const struct trie_type *type)
{
    uint64_t count = 0;
    if (trie->root && !check_node(trie->root, type, (struct place){0, 0}, &count))
        return false;
    return count == trie->count;
}
