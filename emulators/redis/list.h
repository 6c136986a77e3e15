/* Lists: byte strings in order, reached from both ends and by index.
 *
 * A list is a counted B+tree of packed chunks, each weighing as many places as it has elements, so
 * an index is found in O(log n) and a shared list copies one chunk for a change. Chunk sizes follow
 * list-max-listpack-size. Functions that change a list need one that nobody else sees and return
 * false when out of memory. Slices borrow from the list until it is changed. */
#ifndef PARLEL_EMULATORS_REDIS_LIST_H
#define PARLEL_EMULATORS_REDIS_LIST_H

#include "common/btree.h"
#include "emulators/redis/object.h"
#include "emulators/redis/packed.h"

enum redis_list_end { REDIS_LIST_HEAD, REDIS_LIST_TAIL };

struct redis_list {
    struct redis_value base;
    int32_t fill;        /* list-max-listpack-size when the list was made */
    struct btree chunks; /* of struct packed * */
};

struct redis_list *redis_list_create(struct heap *heap, int64_t fill);

static inline uint64_t redis_list_length(const struct redis_list *list)
{
    return list->chunks.weight;
}

bool redis_list_push(struct heap *heap, struct redis_list *list, enum redis_list_end end,
                     struct slice bytes);
/* index < length for get, set and erase; <= length for insert (before that place). */
struct slice redis_list_get(const struct redis_list *list, uint64_t index);
bool redis_list_set(struct heap *heap, struct redis_list *list, uint64_t index, struct slice bytes);
bool redis_list_insert(struct heap *heap, struct redis_list *list, uint64_t index,
                       struct slice bytes);
/* Removes count elements from index on. */
bool redis_list_erase(struct heap *heap, struct redis_list *list, uint64_t index, uint64_t count);

/* Walks from an index, forwards or backwards; next returns false at the end. */
struct redis_list_iter {
    struct btree_iter chunk_iter;
    const struct packed *chunk;
    const uint8_t *at;
    bool backwards;
};
void redis_list_iter_init(struct redis_list_iter *iter, const struct redis_list *list,
                          uint64_t index, bool backwards);
bool redis_list_iter_next(struct redis_list_iter *iter, struct slice *out);

#endif
