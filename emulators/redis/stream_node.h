/* Nodes of a stream: which entries redis-server would keep in one block, and how large that block
 * would be. Internal to stream*.c; see stream.h for why they are kept.
 *
 * A node is a counted object in the stream's tree of nodes, under the id of the first entry it ever
 * had. Its size is that of the listpack that redis-server would have made of its entries: an entry
 * with the field names of the node's first one is stored without them. Source of the sizes: the
 * listpack specification (github.com/antirez/listpack). */
#ifndef PARLEL_EMULATORS_REDIS_STREAM_NODE_H
#define PARLEL_EMULATORS_REDIS_STREAM_NODE_H

#include "emulators/redis/stream.h"

struct stream_node {
    uint32_t refs;
    uint32_t live, total;              /* entries; entries and tombstones */
    uint64_t bytes;                    /* of the listpack, but for its header and two counters */
    struct redis_stream_id last_id;    /* of its last entry, deleted or not */
    struct redis_stream_entry *master; /* its first entry; one reference */
};

struct stream_node_item {
    struct redis_stream_id id;
    struct stream_node *node;
};

extern const struct btree_type stream_nodes_type;

/* Gives up one reference to an entry. */
void stream_entry_release(struct heap *heap, struct redis_stream_entry *entry);

/* An empty node whose first entry will be this one. */
struct stream_node *stream_node_create(struct heap *heap, struct redis_stream_entry *master);
void stream_node_release(struct heap *heap, struct stream_node *node);

/* True when an entry whose strings are `len` bytes together has to start another node. */
bool stream_node_is_full(const struct stream_node *node, const struct redis_stream_limits *limits,
                         size_t len);

/* True when both entries have the same field names in the same order. */
bool stream_node_same_fields(const struct redis_stream_entry *a,
                             const struct redis_stream_entry *b);

/* Counts an entry in; first_id is the node's. */
void stream_node_count(struct stream_node *node, struct redis_stream_id first_id,
                       struct redis_stream_id id, const struct redis_stream_entry *entry);

/* The node at a position of the tree, for changing; NULL when out of memory. */
struct stream_node *stream_node_edit(struct heap *heap, struct btree *nodes, uint64_t position);

#endif
