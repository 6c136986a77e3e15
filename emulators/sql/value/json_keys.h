/* The keys of JSON objects seen so far, for WITH UNIQUE KEYS.
 *
 * One set serves a whole text: a key belongs to an object, which the caller numbers. The set and its
 * copies of nothing live in `arena`; keys are borrowed and must last as long as it. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSON_KEYS_H
#define PARLEL_EMULATORS_SQL_VALUE_JSON_KEYS_H

#include "common/arena.h"
#include "common/slice.h"

struct sql_json_key;

struct sql_json_keys {
    struct arena *arena;
    struct sql_json_key *slots; /* open addressing; room is a power of two, 0: none yet */
    uint32_t count, room;
};

/* Adds the key of that object. *out_fresh: it was not there. False: memory ran out. */
bool sql_json_keys_add(struct sql_json_keys *keys, uint32_t object, struct slice key,
                       bool *out_fresh);

#endif
