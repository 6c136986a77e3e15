/* A persistent sparse array of words: what a table keeps its rows in.
 *
 * A trie over the index' bits, 64 ways a level, as high as the greatest index asks for. Sharing is O(1);
 * nodes count references and are copied on write when shared. Nodes without a word in them do not
 * exist, so that an array whose low end is emptied while its high end grows stays small.
 *
 * A word is 0 (nothing), a number with its lowest bit set, or a pointer to a struct sql_row, which is
 * counted: the array owns a reference.
 *
 * Errors: false when out of memory; the array is as it was. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_SLOTS_H
#define PARLEL_EMULATORS_SQL_STORAGE_SLOTS_H

#include "common/heap.h"

#define SQL_SLOTS_BITS  6
#define SQL_SLOTS_WIDTH (1u << SQL_SLOTS_BITS)

struct sql_slots_node {
    uint32_t refs;
    uint16_t count; /* words or children that are not 0 */
    uint8_t level;  /* 0: words */
    uint8_t unused;
    uintptr_t slots[SQL_SLOTS_WIDTH];
};

struct sql_slots {
    struct sql_slots_node *root; /* NULL: empty */
};

static inline bool sql_slots_beyond(const struct sql_slots_node *root, uint64_t index)
{
    unsigned bits = (root->level + 1u) * SQL_SLOTS_BITS;
    return bits < 64 && index >> bits;
}

static inline uintptr_t sql_slots_get(const struct sql_slots *slots, uint64_t index)
{
    const struct sql_slots_node *node = slots->root;
    if (!node || sql_slots_beyond(node, index))
        return 0;
    /* The nodes below tell their levels too, but each from a cache line that is not needed. */
    for (unsigned shift = node->level * SQL_SLOTS_BITS;; shift -= SQL_SLOTS_BITS) {
        uintptr_t word = node->slots[(index >> shift) % SQL_SLOTS_WIDTH];
        if (shift == 0 || !word)
            return word;
        node = (const struct sql_slots_node *)word;
    }
}

/* The place of the word at `index`, on a path that no other array sees: for changing a word that is
 * there into another one that is not 0 (the references are the caller's business). NULL: out of
 * memory, or nothing is there. */
uintptr_t *sql_slots_edit(struct sql_slots *slots, struct heap *heap, uint64_t index);
/* Puts a word where none is. */
bool sql_slots_put(struct sql_slots *slots, struct heap *heap, uint64_t index, uintptr_t word);
/* Takes out the word, which must be there, without releasing it. On an array that nobody shares it
 * cannot fail. */
bool sql_slots_take(struct sql_slots *slots, struct heap *heap, uint64_t index);

/* The first word at or after *index, or the last one at or before it: 0 when there is none; *index is
 * where it stands. */
uintptr_t sql_slots_next(const struct sql_slots *slots, uint64_t *index);
uintptr_t sql_slots_previous(const struct sql_slots *slots, uint64_t *index);

struct sql_slots sql_slots_share(const struct sql_slots *slots);
/* Gives up the contents. */
void sql_slots_clear(struct sql_slots *slots, struct heap *heap);

#endif
