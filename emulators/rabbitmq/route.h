/* From a message to the queues it goes to.
 *
 * Every exchange keeps an index of its bindings made for its type (route_direct.c, route_topic.c, ...):
 * persistent maps that a checkpoint shares in O(1), in which a message finds its destinations without
 * passing those that it does not match. rabbit_route follows them through exchanges bound to exchanges
 * and alternate exchanges, each exchange and each queue at most once. */
#ifndef PARLEL_EMULATORS_RABBITMQ_ROUTE_H
#define PARLEL_EMULATORS_RABBITMQ_ROUTE_H

#include "common/btree.h"
#include "common/trie.h"
#include "emulators/rabbitmq/error.h"

struct rabbit;
struct rabbit_binding;
struct rabbit_exchange_state;
struct rabbit_message;
struct rabbit_queue;
struct rabbit_vhost;

/* The index of an exchange's bindings; what its maps hold is its type's own. */
struct rabbit_index {
    const struct rabbit_exchange_type *type; /* the exchange's, or that which it delays for */
    struct trie keys;                        /* what the type looks up by, e.g. by routing key */
    struct btree every;                      /* destinations or bindings that no key decides on */
};
/* The same contents again, O(1); and giving them up. */
struct rabbit_index rabbit_index_share(const struct rabbit_index *index);
void rabbit_index_clear(struct rabbit_index *index, struct heap *heap);

/* A destination in an index: an entity's number and how many bindings lead there by the same key. */
struct rabbit_destination {
    uint32_t id;
    uint32_t bindings;
};
extern const struct btree_type rabbit_destination_type;
/* Counts one binding more; false when out of memory. */
bool rabbit_destinations_add(struct btree *destinations, struct heap *heap, uint32_t id);
/* Counts one less, and takes out what has none left; false when out of memory. */
bool rabbit_destinations_remove(struct btree *destinations, struct heap *heap, uint32_t id);

/* What is routed. */
struct rabbit_routing {
    struct slice routing_key;
    struct slice headers;                    /* a table's bytes; empty without */
    struct slice message_id, correlation_id; /* consistent hashing may go by these; */
    uint64_t timestamp;                      /* or by this */
    struct rabbit_message *message;          /* what delayed exchanges keep */
};

/* Receives destinations: called by a type for every one that matches (one may come twice). */
struct rabbit_route_sink {
    void (*put)(struct rabbit_route_sink *sink, uint32_t id);
};
void rabbit_destinations_put(const struct btree *destinations, struct rabbit_route_sink *sink);

/* A type of exchange; exchange_type.c has a table of them. */
struct rabbit_exchange_type {
    const char *name; /* "direct" */
    /* Does it look every key of a message up (its own and those of CC and BCC), or is it asked once? */
    bool by_every_key;
    /* Optional: are an exchange's arguments (a table's bytes) fine? */
    bool (*check)(struct slice arguments, struct rabbit_error *error);
    /* Optional: the arguments of a binding. */
    bool (*check_binding)(const struct rabbit_exchange_state *exchange, struct slice routing_key,
                          struct slice arguments, struct rabbit_error *error);
    /* Puts a binding into the index, which no other state shares; or takes it out. False when out of
     * memory: the index is as it was. */
    bool (*add)(struct rabbit_exchange_state *exchange, struct heap *heap,
                struct rabbit_binding *binding);
    bool (*remove)(struct rabbit_exchange_state *exchange, struct heap *heap,
                   struct rabbit_binding *binding);
    void (*route)(const struct rabbit_exchange_state *exchange,
                  const struct rabbit_routing *routing, struct rabbit_route_sink *sink);
    void (*clear)(struct rabbit_index *index, struct heap *heap);
};

/* The type of that name, NULL when there is none. */
const struct rabbit_exchange_type *rabbit_exchange_type_find(struct slice name);
/* The nth, for lists; NULL after the last. */
const struct rabbit_exchange_type *rabbit_exchange_type_at(size_t n);

/* The queues a message goes to, in the broker's own array: valid until the next routing. */
struct rabbit_routed {
    struct rabbit_queue **queues;
    size_t count;
    bool delayed; /* an exchange on the way keeps it, and routes it later */
};

/* Routes through the exchange named (empty: the default one) with the message's key and those of its
 * headers CC and BCC, and counts that for the exchange. False: there is no such exchange (404), the headers are
 * malformed (406), or out of memory. */
bool rabbit_route(struct rabbit_vhost *vhost, struct slice exchange,
                  const struct rabbit_routing *routing, struct rabbit_routed *out,
                  struct rabbit_error *error);

#endif
