/* A broker's versioned state: what a checkpoint keeps, a rewind brings back and a fork begins with.
 *
 * Everything in here is made of persistent maps (common/trie.h, common/btree.h), so that sharing all of
 * it is O(1) and a change copies its path alone. The states of virtual hosts, queues, exchanges and
 * channels are items of these maps: they count references, and who wants to change one asks
 * rabbit_..._edit for it, which gives one that no checkpoint sees. An edit is free when the state was
 * made so since the last checkpoint: entities remember the broker's epoch, which grows with each.
 *
 * States point to no entity: they name queues and exchanges by number, channels likewise. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DATA_H
#define PARLEL_EMULATORS_RABBITMQ_DATA_H

#include "common/btree.h"
#include "common/trie.h"
#include "emulators/rabbitmq/message.h"
#include "emulators/rabbitmq/route.h"

struct rabbit_data {
    struct trie vhosts;   /* name -> struct rabbit_vhost_state */
    struct trie users;    /* name -> struct rabbit_user (user.h) */
    struct trie channels; /* channel's id -> struct rabbit_channel_state */
    struct trie
        parameters; /* key -> struct rabbit_parameter (parameter.h): those of no virtual host */
    uint32_t last_entity; /* the number given last */
    uint64_t last_binding;
};

struct rabbit_vhost_state {
    uint32_t refs;
    struct slice name; /* owned, as all slices of states are */
    struct slice description, tags, default_queue_type;
    bool tracing;
    struct trie queues;                  /* name -> struct rabbit_queue_state */
    struct trie exchanges;               /* name -> struct rabbit_exchange_state */
    struct trie policies;                /* name -> struct rabbit_policy (policy.h) */
    struct trie operator_policies;       /* the same */
    struct trie parameters;              /* key -> struct rabbit_parameter (parameter.h) */
    struct trie permissions;             /* user -> struct rabbit_permission (user.h) */
    struct trie topic_permissions;       /* struct rabbit_topic_permission (topic_permission.h) */
    int64_t max_connections, max_queues; /* -1: no limit */
};

struct rabbit_exchange_state {
    uint32_t refs, id;
    struct slice name;
    const struct rabbit_exchange_type *type;
    bool durable, auto_delete, internal;
    struct slice arguments; /* a table's bytes */
    struct slice user;      /* who declared it; ptr NULL: the broker */
    struct slice alternate; /* exchange's name, of the arguments or a policy; ptr NULL: none */
    struct slice policy;    /* name of the policy that applies; ptr NULL: none */
    struct trie bindings;   /* identity -> struct rabbit_binding: those it is the source of */
    struct btree targeted;  /* struct rabbit_binding *, by id: those it is the destination of */
    struct rabbit_index index;
    struct btree delayed;  /* struct rabbit_delayed: x-delayed-message keeps them (delayed.h) */
    uint64_t last_delayed; /* the seq given last */
    uint64_t published;    /* messages that came in, and */
    uint64_t routed;       /* went out to queues */
};

/* A binding is immutable; both its ends hold it. */
struct rabbit_binding {
    uint32_t refs;
    uint32_t source, destination; /* entities' numbers */
    bool to_exchange;
    uint64_t id;
    struct slice routing_key, arguments; /* within the block */
    uint64_t hash;                       /* of the identity: destination, key and arguments */
    size_t size;
    uint8_t bytes[];
};

enum rabbit_queue_type { RABBIT_CLASSIC, RABBIT_QUORUM, RABBIT_STREAM };
enum rabbit_overflow { RABBIT_DROP_HEAD, RABBIT_REJECT_PUBLISH, RABBIT_REJECT_PUBLISH_DLX };

/* What a queue's arguments and its policy together say; -1: no such limit. */
struct rabbit_queue_limits {
    int64_t message_ttl_ms, expires_ms;
    int64_t max_length, max_bytes, delivery_limit, max_age_ms;
    enum rabbit_overflow overflow;
    struct slice dead_letter_exchange;    /* ptr NULL: dead letters are dropped */
    struct slice dead_letter_routing_key; /* ptr NULL: the message's own */
    uint8_t max_priority;
    bool single_active_consumer;
};

/* A message in a queue. */
struct rabbit_entry {
    uint64_t
        seq; /* its position: what came earlier comes first, requeued or not; a stream's offset */
    struct rabbit_message *message;
    int64_t expires_ms;      /* -1: never */
    uint32_t delivery_count; /* failed deliveries (quorum) */
    uint16_t priority;       /* at most the queue's max_priority; the higher comes first */
    bool redelivered;
};

struct rabbit_queue_state {
    uint32_t refs, id;
    struct slice name;
    struct slice arguments; /* a table's bytes */
    enum rabbit_queue_type type;
    bool durable, exclusive, auto_delete;
    uint64_t owner;                       /* the connection's id when exclusive */
    struct slice policy, operator_policy; /* names of those that apply; ptr NULL: none */
    struct rabbit_queue_limits limits;    /* its slices are within limit_texts */
    struct slice limit_texts;
    struct btree ready;    /* struct rabbit_entry, by priority and position; a stream's log */
    struct btree bindings; /* struct rabbit_binding *, by id: those it is the destination of */
    uint64_t next_seq;
    uint64_t ready_bytes; /* of bodies */
    uint64_t unacked_count, unacked_bytes;
    int64_t used_ms;    /* when it was declared, consumed from or asked for a message last */
    bool had_consumers; /* auto-delete waits for the first */
    /* Counts for management; those without acknowledgement are among the others. */
    uint64_t published, delivered, got, acked, redelivered, returned;
    uint64_t delivered_no_ack, got_no_ack;
};

/* What a channel has been given and not acknowledged. */
struct rabbit_unacked {
    uint64_t tag;
    uint32_t queue,
        consumer; /* the queue's number; the consumer's within its channel, 0: basic.get */
    struct rabbit_entry entry;
};

struct rabbit_channel_state {
    uint32_t refs;
    uint64_t id;
    struct btree unacked; /* struct rabbit_unacked, by delivery tag */
};

/* A message that an x-delayed-message exchange keeps until it is due. */
struct rabbit_delayed {
    int64_t due_ms;
    uint64_t seq;
    struct rabbit_message *message;
};

extern const struct btree_type rabbit_entry_type, rabbit_unacked_type, rabbit_binding_ref_type,
    rabbit_delayed_type;
extern const struct trie_type rabbit_vhost_state_type, rabbit_queue_state_type,
    rabbit_exchange_state_type, rabbit_binding_type, rabbit_channel_state_type;

/* Copies of O(1) of a state that is shared, for rabbit_data_own; NULL when out of memory. */
void *rabbit_vhost_state_clone(struct heap *heap, const void *from);
void *rabbit_queue_state_clone(struct heap *heap, const void *from);
void *rabbit_exchange_state_clone(struct heap *heap, const void *from);
void *rabbit_channel_state_clone(struct heap *heap, const void *from);

/* The place of an item that is in the map, in one that no checkpoint sees; what lies there is so as
 * well, a clone if need be. NULL when out of memory. */
void **rabbit_data_own(struct trie *map, const struct trie_type *type, struct heap *heap,
                       uint64_t hash, struct slice key,
                       void *(*clone)(struct heap *heap, const void *from));

/* Puts an item in, in place of one with the same key if there is one. Takes the item whatever becomes
 * of it. False when out of memory. */
bool rabbit_map_replace(struct trie *map, const struct trie_type *type, struct heap *heap,
                        struct slice key, void *item);

uint64_t rabbit_channel_hash(uint64_t id);

/* Another share of the whole, and giving one up. */
struct rabbit_data rabbit_data_share(const struct rabbit_data *data);
void rabbit_data_clear(struct rabbit_data *data, struct heap *heap);

/* A heap copy; ptr NULL of what is NULL. *ok becomes false when out of memory. */
struct slice rabbit_slice_dup(struct heap *heap, struct slice bytes, bool *ok);
void rabbit_slice_free(struct heap *heap, struct slice bytes);

#endif
