#include "emulators/sql/storage/slots.h"

#include "common/assert.h"
#include "emulators/sql/storage/row.h"

#define LEVELS_MAX ((64 + SQL_SLOTS_BITS - 1) / SQL_SLOTS_BITS)

static struct sql_slots_node *node_of(uintptr_t word)
{
    return (struct sql_slots_node *)word;
}

static unsigned place(const struct sql_slots_node *node, uint64_t index)
{
    return (unsigned)(index >> (node->level * SQL_SLOTS_BITS)) % SQL_SLOTS_WIDTH;
}

static struct sql_slots_node *node_create(struct heap *heap, unsigned level)
{
    struct sql_slots_node *node = heap_zalloc(heap, sizeof *node);
    if (node) {
        node->refs = 1;
        node->level = (uint8_t)level;
    }
    return node;
}

static void retain_word(const struct sql_slots_node *node, uintptr_t word)
{
    if (!word)
        return;
    if (node->level)
        node_of(word)->refs++;
    else if (!(word & 1))
        ((struct sql_row *)word)->refs++;
}

static void node_release(struct heap *heap, struct sql_slots_node *node)
{
    if (--node->refs > 0)
        return;
    for (unsigned i = 0; i < SQL_SLOTS_WIDTH; i++) {
        uintptr_t word = node->slots[i];
        if (!word)
            continue;
        if (node->level)
            node_release(heap, node_of(word));
        else if (!(word & 1))
            sql_row_release(heap, (struct sql_row *)word);
    }
    heap_free(heap, node, sizeof *node);
}

/* Makes *link a node that this array alone sees. */
static struct sql_slots_node *own(struct heap *heap, uintptr_t *link)
{
    struct sql_slots_node *node = node_of(*link);
    if (node->refs == 1)
        return node;
    struct sql_slots_node *copy = heap_alloc(heap, sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, node, sizeof *copy);
    copy->refs = 1;
    for (unsigned i = 0; i < SQL_SLOTS_WIDTH; i++)
        retain_word(copy, copy->slots[i]);
    node->refs--;
    *link = (uintptr_t)copy;
    return copy;
}

static struct sql_slots_node *own_root(struct sql_slots *slots, struct heap *heap)
{
    uintptr_t link = (uintptr_t)slots->root;
    struct sql_slots_node *root = own(heap, &link);
    if (root)
        slots->root = root;
    return root;
}

uintptr_t *sql_slots_edit(struct sql_slots *slots, struct heap *heap, uint64_t index)
{
    if (!slots->root || sql_slots_beyond(slots->root, index))
        return NULL;
    struct sql_slots_node *node = own_root(slots, heap);
    while (node && node->level) {
        uintptr_t *link = &node->slots[place(node, index)];
        node = *link ? own(heap, link) : NULL;
    }
    return node && node->slots[place(node, index)] ? &node->slots[place(node, index)] : NULL;
}

/* Adds levels above the root until the index fits. */
static bool grow(struct sql_slots *slots, struct heap *heap, uint64_t index)
{
    if (!slots->root) {
        unsigned level = 0;
        while ((level + 1) * SQL_SLOTS_BITS < 64 && index >> ((level + 1) * SQL_SLOTS_BITS))
            level++;
        slots->root = node_create(heap, level);
        return slots->root != NULL;
    }
    while (sql_slots_beyond(slots->root, index)) {
        struct sql_slots_node *root = node_create(heap, slots->root->level + 1u);
        if (!root)
            return false;
        root->slots[0] = (uintptr_t)slots->root;
        root->count = 1;
        slots->root = root;
    }
    return true;
}

/* Takes out the empty nodes on the way to the index; the path is the array's own. */
static void drop_empty(struct sql_slots *slots, struct heap *heap, uint64_t index)
{
    struct sql_slots_node *path[LEVELS_MAX];
    int depth = 0;
    struct sql_slots_node *node = slots->root;
    for (; node; node = node->level ? node_of(node->slots[place(node, index)]) : NULL)
        path[depth++] = node;
    while (depth > 0 && path[--depth]->count == 0) {
        heap_free(heap, path[depth], sizeof *path[depth]);
        if (depth == 0) {
            slots->root = NULL;
            return;
        }
        path[depth - 1]->slots[place(path[depth - 1], index)] = 0;
        path[depth - 1]->count--;
    }
}

bool sql_slots_put(struct sql_slots *slots, struct heap *heap, uint64_t index, uintptr_t word)
{
    ASSERT(word);
    if (!grow(slots, heap, index))
        return false;
    struct sql_slots_node *node = own_root(slots, heap);
    while (node && node->level) {
        uintptr_t *link = &node->slots[place(node, index)];
        if (*link) {
            node = own(heap, link);
            continue;
        }
        struct sql_slots_node *child = node_create(heap, node->level - 1u);
        if (!child)
            break;
        *link = (uintptr_t)child;
        node->count++;
        node = child;
    }
    if (!node || node->level) {
        drop_empty(slots, heap, index);
        return false;
    }
    ASSERT(!node->slots[place(node, index)]);
    node->slots[place(node, index)] = word;
    node->count++;
    return true;
}

bool sql_slots_take(struct sql_slots *slots, struct heap *heap, uint64_t index)
{
    uintptr_t *word = sql_slots_edit(slots, heap, index);
    if (!word)
        return false;
    *word = 0;
    struct sql_slots_node *leaf =
        (struct sql_slots_node *)((uint8_t *)(word - index % SQL_SLOTS_WIDTH) -
                                  offsetof(struct sql_slots_node, slots));
    if (--leaf->count == 0)
        drop_empty(slots, heap, index);
    return true;
}

/* The first word below `node` at or after *index; without one, *index is what follows the node. */
static uintptr_t next_below(const struct sql_slots_node *node, uint64_t *index)
{
    unsigned shift = node->level * SQL_SLOTS_BITS;
    for (unsigned i = place(node, *index); i < SQL_SLOTS_WIDTH; i++) {
        uintptr_t word = node->slots[i];
        bool below = word && node->level;
        if (below)
            word = next_below(node_of(word), index);
        if (word)
            return word;
        if (!below)
            *index = ((*index >> shift) + 1) << shift;
    }
    return 0;
}

uintptr_t sql_slots_next(const struct sql_slots *slots, uint64_t *index)
{
    if (!slots->root || sql_slots_beyond(slots->root, *index))
        return 0;
    return next_below(slots->root, index);
}

static uintptr_t previous_below(const struct sql_slots_node *node, uint64_t *index)
{
    unsigned shift = node->level * SQL_SLOTS_BITS;
    for (unsigned i = place(node, *index) + 1; i-- > 0;) {
        uintptr_t word = node->slots[i];
        bool below = word && node->level;
        if (below)
            word = previous_below(node_of(word), index);
        if (word)
            return word;
        if (!below)
            *index = ((*index >> shift) << shift) - 1;
    }
    return 0;
}

uintptr_t sql_slots_previous(const struct sql_slots *slots, uint64_t *index)
{
    if (!slots->root)
        return 0;
    if (sql_slots_beyond(slots->root, *index))
        *index = ((uint64_t)1 << ((slots->root->level + 1u) * SQL_SLOTS_BITS)) - 1;
    return previous_below(slots->root, index);
}

struct sql_slots sql_slots_share(const struct sql_slots *slots)
{
    if (slots->root)
        slots->root->refs++;
    return *slots;
}

void sql_slots_clear(struct sql_slots *slots, struct heap *heap)
{
    if (slots->root)
        node_release(heap, slots->root);
    slots->root = NULL;
}
