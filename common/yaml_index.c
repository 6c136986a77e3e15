#include "common/yaml_index.h"

#include <stdlib.h>

#include "common/hash.h"

#define ROOM_MIN 16

static uint64_t hash_name(struct slice name)
{
    uint64_t hash = hash_bytes(name);
    return hash ? hash : 1;
}

/* The slot that has the hash, or the free one where it belongs. There always is a free one. */
static struct yaml_index_slot *probe(const struct yaml_index *index, uint64_t hash)
{
    size_t at = hash & (index->room - 1);
    while (index->slots[at].hash && index->slots[at].hash != hash)
        at = (at + 1) & (index->room - 1);
    return &index->slots[at];
}

static bool grow(struct yaml_index *index)
{
    struct yaml_index larger = {.room = index->room ? index->room * 2 : ROOM_MIN,
                                .count = index->count};
    larger.slots = calloc(larger.room, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < index->room; i++)
        if (index->slots[i].hash)
            *probe(&larger, index->slots[i].hash) = index->slots[i];
    free(index->slots);
    *index = larger;
    return true;
}

void yaml_index_done(struct yaml_index *index)
{
    free(index->slots);
    *index = (struct yaml_index){0};
}

void yaml_index_clear(struct yaml_index *index)
{
    if (index->room > ROOM_MIN)
        yaml_index_done(index);
    else if (index->count)
        memset(index->slots, 0, index->room * sizeof(*index->slots));
    index->count = 0;
}

struct yaml_index_slot *yaml_index_put(struct yaml_index *index, struct slice name, size_t value,
                                       bool *is_new)
{
    uint64_t hash = hash_name(name);
    if (index->count >= index->room / 4 * 3 && !grow(index))
        return NULL;
    struct yaml_index_slot *slot = probe(index, hash);
    *is_new = slot->hash == 0;
    if (*is_new) {
        *slot = (struct yaml_index_slot){hash, value};
        index->count++;
    }
    return slot;
}

bool yaml_index_find(const struct yaml_index *index, struct slice name, size_t *out)
{
    const struct yaml_index_slot *slot = index->room ? probe(index, hash_name(name)) : NULL;
    if (!slot || !slot->hash)
        return false;
    *out = slot->value;
    return true;
}
