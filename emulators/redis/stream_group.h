/* Consumer groups of a stream: what was delivered to which consumer and is not acknowledged yet.
 *
 * A group's pending entries list (PEL) is a persistent B+tree of NACKs by id; each consumer has a
 * tree of the ids that are its own. Groups and consumers are counted objects in trees ordered by
 * name. So a stream's clone shares all of it, and a delivery after that copies a few nodes.
 *
 * Ownership: `..._edit` gives an object that no other stream sees; it is borrowed until the group
 * (or consumer) is destroyed or the stream is shared. A NACK names its consumer by the consumer's
 * own counted name, so equal pointers mean the same consumer. Functions that take a heap return
 * false or NULL when out of memory, with nothing changed. Times are milliseconds. */
#ifndef PARLEL_EMULATORS_REDIS_STREAM_GROUP_H
#define PARLEL_EMULATORS_REDIS_STREAM_GROUP_H

#include "emulators/redis/stream.h"

/* The group does not know how many entries it has read. */
#define REDIS_STREAM_READ_UNKNOWN (-1)

struct redis_stream_name {
    uint32_t refs, len;
    uint8_t bytes[];
};

struct redis_stream_nack {
    struct redis_stream_id id;
    int64_t delivered_ms;
    uint64_t count;                     /* deliveries */
    struct redis_stream_name *consumer; /* one reference */
};

/* What groups and consumers have in common: they are counted and found by name. */
struct redis_stream_named {
    uint32_t refs;
    struct redis_stream_name *name;
};

struct redis_stream_consumer {
    struct redis_stream_named base;
    int64_t seen_ms;
    struct btree pel; /* of struct redis_stream_id */
};

struct redis_stream_group {
    struct redis_stream_named base;
    struct redis_stream_id last_id; /* last delivered */
    int64_t entries_read;           /* or REDIS_STREAM_READ_UNKNOWN */
    struct btree pel;               /* of struct redis_stream_nack */
    struct btree consumers;
};

static inline struct slice redis_stream_name(const struct redis_stream_name *name)
{
    return slice_of(name->bytes, name->len);
}

/* The group or consumer that a tree's item stands for. */
static inline const struct redis_stream_group *redis_stream_group_of(const void *item)
{
    return *(struct redis_stream_group *const *)item;
}
static inline const struct redis_stream_consumer *redis_stream_consumer_of(const void *item)
{
    return *(struct redis_stream_consumer *const *)item;
}

extern const struct btree_type redis_stream_groups_type;    /* struct redis_stream_group * */
extern const struct btree_type redis_stream_consumers_type; /* struct redis_stream_consumer * */
extern const struct btree_type redis_stream_nacks_type;
extern const struct btree_type redis_stream_ids_type;

/* ---- groups */

const struct redis_stream_group *redis_stream_group_find(const struct redis_stream *stream,
                                                         struct slice name);
/* The group for changing; *absent tells why there is none. */
struct redis_stream_group *redis_stream_group_edit(struct heap *heap, struct redis_stream *stream,
                                                   struct slice name, bool *absent);
/* No group of this name may exist. */
struct redis_stream_group *redis_stream_group_create(struct heap *heap, struct redis_stream *stream,
                                                     struct slice name, struct redis_stream_id last,
                                                     int64_t entries_read);
/* The group exists. */
bool redis_stream_group_destroy(struct heap *heap, struct redis_stream *stream, struct slice name);

/* Entries that the group has yet to read, negative after XSETID ... ENTRIESADDED; false: not known. */
bool redis_stream_group_lag(const struct redis_stream *stream,
                            const struct redis_stream_group *group, int64_t *out);
/* The entry with this id, greater than the group's last, is delivered: moves last_id and the count
 * of entries read on. */
void redis_stream_group_advance(const struct redis_stream *stream, struct redis_stream_group *group,
                                struct redis_stream_id id);

/* ---- consumers */

const struct redis_stream_consumer *redis_stream_consumer_find(
    const struct redis_stream_group *group, struct slice name);
struct redis_stream_consumer *redis_stream_consumer_edit(struct heap *heap,
                                                         struct redis_stream_group *group,
                                                         struct slice name, bool *absent);
/* No consumer of this name may exist. */
struct redis_stream_consumer *redis_stream_consumer_create(struct heap *heap,
                                                           struct redis_stream_group *group,
                                                           struct slice name, int64_t now_ms);
/* The consumer exists; its pending entries go with it. */
bool redis_stream_consumer_destroy(struct heap *heap, struct redis_stream_group *group,
                                   struct slice name);

/* ---- pending entries */

const struct redis_stream_nack *redis_stream_nack_find(const struct redis_stream_group *group,
                                                       struct redis_stream_id id);
/* Makes the entry pending for the consumer, whoever it was pending for. */
bool redis_stream_deliver(struct heap *heap, struct redis_stream_group *group,
                          struct redis_stream_consumer *consumer, struct redis_stream_id id,
                          int64_t delivered_ms, uint64_t count);
/* The entry is pending no more; *found: it was. */
bool redis_stream_acknowledge(struct heap *heap, struct redis_stream_group *group,
                              struct redis_stream_id id, bool *found);

/* Bytes that a stream's groups take. */
size_t redis_stream_groups_memory(const struct btree *groups);

#endif
