/* Streams: entries in order of their ids, and the consumer groups that read them.
 *
 * Entries are counted blocks in a persistent B+tree, so a stream of any size is shared in O(1) and
 * a change after that copies one path. A second tree keeps the NODES: redis-server packs entries
 * into nodes of at most stream-node-max-entries and stream-node-max-bytes, and that shows, because
 * approximate trimming removes whole nodes only and XINFO counts them. A node here is but its
 * bounds and counters; it keeps counting deleted entries (tombstones), as there.
 *
 * Groups (stream_group.h) are the third tree, in order of their names.
 *
 * Ownership: a stream owns a reference to each entry; entries are borrowed from it until it is
 * changed. Functions that change a stream need one that nobody else sees and return false when out
 * of memory. */
#ifndef PARLEL_EMULATORS_REDIS_STREAM_H
#define PARLEL_EMULATORS_REDIS_STREAM_H

#include "common/btree.h"
#include "emulators/redis/object.h"

/* What the fields and values of one entry may weigh together. */
#define REDIS_STREAM_ENTRY_MAX ((size_t)1 << 30)

struct redis_stream_id {
    uint64_t ms, seq;
};

struct redis_stream {
    struct redis_value base;
    struct btree entries; /* of struct redis_stream_item */
    struct btree nodes;
    struct btree groups;
    struct redis_stream_id last_id, max_deleted_id;
    uint64_t entries_added; /* in the stream's whole life */
};

/* Fields and values of one entry, immutable. */
struct redis_stream_entry {
    uint32_t refs;
    uint32_t fields; /* pairs */
    uint32_t size;   /* of bytes */
    uint8_t bytes[];
};

struct redis_stream_item {
    struct redis_stream_id id;
    struct redis_stream_entry *entry;
};

/* The bounds of a node, from stream-node-max-entries and -bytes; 0: none. */
struct redis_stream_limits {
    int64_t entries, bytes;
};

struct redis_stream_trim {
    enum { REDIS_TRIM_NONE, REDIS_TRIM_MAXLEN, REDIS_TRIM_MINID } by;
    bool approximate;              /* whole nodes only */
    uint64_t limit;                /* most entries to remove; 0: no limit */
    uint64_t max_len;              /* MAXLEN */
    struct redis_stream_id min_id; /* MINID */
};

/* ---- ids */

#define REDIS_STREAM_ID_MIN ((struct redis_stream_id){0, 0})
#define REDIS_STREAM_ID_MAX ((struct redis_stream_id){UINT64_MAX, UINT64_MAX})

static inline int redis_stream_id_compare(struct redis_stream_id a, struct redis_stream_id b)
{
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return (a.seq > b.seq) - (a.seq < b.seq);
}

static inline bool redis_stream_id_is_zero(struct redis_stream_id id)
{
    return id.ms == 0 && id.seq == 0;
}

/* The next id up or down; false, and the other end of the range, when there is none. */
bool redis_stream_id_increment(struct redis_stream_id *id);
bool redis_stream_id_decrement(struct redis_stream_id *id);

/* Number of items of a tree with less than this id, for items that begin with their id. */
uint64_t redis_stream_rank(const struct btree *tree, const struct btree_type *type,
                           struct redis_stream_id id);
/* The order of such items. */
int redis_stream_compare_items(const void *a, const void *b);

/* ---- streams */

struct redis_stream *redis_stream_create(struct heap *heap);

static inline uint64_t redis_stream_length(const struct redis_stream *stream)
{
    return stream->entries.count;
}

/* The id of the first or the last entry; 0-0 when there is none. */
struct redis_stream_id redis_stream_first_id(const struct redis_stream *stream);
struct redis_stream_id redis_stream_top_id(const struct redis_stream *stream);

/* Adds an entry of `fields` pairs (strings: field, value, field, value, ...) under an id greater
 * than last_id. The strings are at most REDIS_STREAM_ENTRY_MAX bytes together. */
bool redis_stream_append(struct heap *heap, struct redis_stream *stream,
                         const struct redis_stream_limits *limits, struct redis_stream_id id,
                         const struct slice *strings, uint32_t fields);

/* The entry with this id, or NULL. */
const struct redis_stream_item *redis_stream_find(const struct redis_stream *stream,
                                                  struct redis_stream_id id);

/* Deletes the entry and remembers the greatest id ever deleted; *deleted: it was there. */
bool redis_stream_delete(struct heap *heap, struct redis_stream *stream, struct redis_stream_id id,
                         bool *deleted);

/* Removes the oldest entries as asked for; *removed counts them. */
bool redis_stream_trim(struct heap *heap, struct redis_stream *stream,
                       const struct redis_stream_trim *trim, uint64_t *removed);

/* True when an entry with an id of `from` or more may have been deleted from among the entries. */
bool redis_stream_has_tombstones(const struct redis_stream *stream, struct redis_stream_id from);

/* How many entries were added up to the id, or -1 when that cannot be known. */
int64_t redis_stream_distance(const struct redis_stream *stream, struct redis_stream_id id);

/* How many nodes redis-server's radix tree of this stream's nodes would have. */
uint64_t redis_stream_radix_nodes(const struct redis_stream *stream);

/* ---- walking */

struct redis_stream_iter {
    struct btree_iter at;
    const struct redis_stream_item *next;
    struct redis_stream_id first, last;
    bool backwards;
};

/* Entries with first <= id <= last, from the first on or, backwards, from the last. */
void redis_stream_iter_init(struct redis_stream_iter *iter, const struct redis_stream *stream,
                            struct redis_stream_id first, struct redis_stream_id last,
                            bool backwards);
/* NULL at the end. */
const struct redis_stream_item *redis_stream_iter_next(struct redis_stream_iter *iter);

/* Reads the string at *at, which starts at entry->bytes, and steps to the next one. */
struct slice redis_stream_read_string(const uint8_t **at);

#endif
