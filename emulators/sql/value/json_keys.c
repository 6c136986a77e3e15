#include "emulators/sql/value/json_keys.h"

#include "common/hash.h"

enum { ROOM_FIRST = 16 };

struct sql_json_key {
    struct slice key;
    uint32_t object;
    bool used;
};

static struct sql_json_key *find(const struct sql_json_keys *keys, uint32_t object,
                                 struct slice key)
{
    uint64_t at = hash_bytes(key) + object * UINT64_C(0x9e3779b97f4a7c15);
    for (;; at++) {
        struct sql_json_key *slot = &keys->slots[at & (keys->room - 1)];
        if (!slot->used || (slot->object == object && slice_eq(slot->key, key)))
            return slot;
    }
}

/* Twice the room, with everything at its new place. */
static bool grow(struct sql_json_keys *keys)
{
    struct sql_json_keys wider = {.arena = keys->arena,
                                  .room = keys->room ? keys->room * 2 : ROOM_FIRST};
    wider.slots = arena_zalloc(keys->arena, wider.room * sizeof(*wider.slots));
    if (!wider.slots)
        return false;
    for (uint32_t i = 0; i < keys->room; i++)
        if (keys->slots[i].used)
            *find(&wider, keys->slots[i].object, keys->slots[i].key) = keys->slots[i];
    wider.count = keys->count;
    *keys = wider;
    return true;
}

bool sql_json_keys_add(struct sql_json_keys *keys, uint32_t object, struct slice key,
                       bool *out_fresh)
{
    if (keys->count * 2 >= keys->room && !grow(keys))
        return false;
    struct sql_json_key *slot = find(keys, object, key);
    *out_fresh = !slot->used;
    if (slot->used)
        return true;
    *slot = (struct sql_json_key){.key = key, .object = object, .used = true};
    keys->count++;
    return true;
}
