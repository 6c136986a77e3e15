/* Sorting of tuples by keys: all of them, or the first n.
 *
 * A tuple's key is made of bytes that memcmp orders; its first eight stand beside the tuple's pointer,
 * so that most comparisons touch nothing else. The order of rows with equal keys is the one in which
 * PostgreSQL gives them from a sort in memory. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_SORTER_H
#define PARLEL_EMULATORS_SQL_EXEC_SORTER_H

#include "emulators/sql/exec/key.h"
#include "emulators/sql/exec/spool.h"

struct sql_sort_item {
    uint64_t prefix;
    struct datum *tuple; /* in front of it: sql_sort_head */
};

struct sql_sort_head {
    uint8_t *key; /* the whole key */
    uint32_t key_len;
};

struct sql_sorter {
    struct arena arena;   /* of the tuples and keys */
    struct arena scratch; /* of the key being made */
    struct sql_sort_item *items;
    uint64_t count, room;
    uint64_t limit;  /* keep that many first ones only, 0: all */
    uint64_t wasted; /* tuples in the arena that fell out of a limited sort */
    bool heap;       /* items are a heap, the last one on top */
};

void sql_sorter_begin(struct sql_sorter *sorter, uint64_t limit);
/* Adds the registers' row. */
bool sql_sorter_add(struct sql_sorter *sorter, struct sql_run *run, const struct sql_keys *keys,
                    const struct sql_saves *saves);
/* Puts the items in order. */
bool sql_sorter_finish(struct sql_sorter *sorter, struct sql_run *run);
void sql_sorter_done(struct sql_sorter *sorter);
/* Have two items the same key? */
bool sql_sort_equal(const struct sql_sort_item *a, const struct sql_sort_item *b);

bool sql_sort_less(const struct sql_sort_item *a, const struct sql_sort_item *b);

#endif
