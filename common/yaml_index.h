/* Numbers by name: anchors, and the keys of a mapping that were seen. A name is known by its 64-bit
 * hash alone, which is seeded. */
#ifndef PARLEL_COMMON_YAML_INDEX_H
#define PARLEL_COMMON_YAML_INDEX_H

#include "common/slice.h"

/* Zeroed: a valid empty one. */
struct yaml_index {
    struct yaml_index_slot {
        uint64_t hash; /* 0: free */
        size_t value;
    } * slots;
    size_t room, count;
};

void yaml_index_done(struct yaml_index *index);
/* Forgets the names; keeps a little memory. */
void yaml_index_clear(struct yaml_index *index);

/* The slot of a name, made with the given value when it was absent (*is_new). NULL when out of
 * memory. Valid until the next call. */
struct yaml_index_slot *yaml_index_put(struct yaml_index *index, struct slice name, size_t value,
                                       bool *is_new);
/* False when absent. */
bool yaml_index_find(const struct yaml_index *index, struct slice name, size_t *out);

#endif
