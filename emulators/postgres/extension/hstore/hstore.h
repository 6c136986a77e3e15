/* hstore: sets of (key, value) pairs of text, ordered by the keys' lengths, then by their bytes.
 *
 *     uint32  count | HSTORE_VERSION
 *     count * { uint32 end of key | HSTORE_FIRST in the first; uint32 end of value | HSTORE_NULL }
 *     bytes   of the keys and values, which the ends count
 *
 * in the machine's byte order: what the server itself stores, so that hashes are the same. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_HSTORE_HSTORE_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_HSTORE_HSTORE_H

#include "emulators/postgres/extension/functions.h"

#define HSTORE_VERSION 0x80000000u
#define HSTORE_FIRST   0x80000000u
#define HSTORE_NULL    0x40000000u
#define HSTORE_END     0x3fffffffu

/* An opened value; borrows the bytes. */
struct hstore {
    uint32_t count;
    const uint8_t *ends;
    struct slice bytes;
};

struct hstore hstore_open(struct datum value);
struct slice hstore_key(const struct hstore *h, uint32_t index);
bool hstore_is_null(const struct hstore *h, uint32_t index);
struct slice hstore_value(const struct hstore *h, uint32_t index);
/* Index of the key, -1: it is not there. */
int64_t hstore_find(const struct hstore *h, struct slice key);

struct hstore_pair {
    struct slice key, value;
    bool null;
    uint32_t place; /* of pairs with one key the first one counts */
};

/* Pairs that become a value. */
struct hstore_builder {
    struct sql_call *call;
    struct hstore_pair *pairs;
    uint32_t count, room;
};

void hstore_begin(struct hstore_builder *builder, struct sql_call *call);
/* Fails when memory runs out, or with 22001 for what is too long. */
bool hstore_add(struct hstore_builder *builder, struct slice key, struct slice value, bool null);
bool hstore_finish(struct hstore_builder *builder, struct datum *out);

bool hstore_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out);

/* The elements of an array of text as keys without NULLs and doubles, sorted. */
bool hstore_keys_of(struct sql_call *call, struct datum array, struct hstore *out);

#endif
