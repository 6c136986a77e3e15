#include "emulators/rabbitmq/vhost.h"

#include <stdio.h>

#include "common/hash.h"
#include "emulators/rabbitmq/dead_letter.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/peer.h"
#include "emulators/rabbitmq/queue.h"

static struct rabbit_vhost *vhost_of(struct ring *link)
{
    return RING_OWNER(link, struct rabbit_vhost, link);
}

struct rabbit_vhost *rabbit_vhost_find(struct rabbit *rabbit, struct slice name)
{
    for (struct ring *at = rabbit->vhosts.next; at != &rabbit->vhosts; at = at->next)
        if (slice_eq(rabbit_vhost_name(vhost_of(at)), name))
            return vhost_of(at);
    return NULL;
}

struct rabbit_vhost_state *rabbit_vhost_edit(struct rabbit_vhost *vhost)
{
    struct rabbit *rabbit = vhost->rabbit;
    if (vhost->epoch == rabbit->epoch)
        return vhost->state;
    struct slice name = rabbit_vhost_name(vhost);
    void **slot = rabbit_data_own(&rabbit->data.vhosts, &rabbit_vhost_state_type, rabbit->host.heap,
                                  hash_bytes(name), name, rabbit_vhost_state_clone);
    if (!slot)
        return NULL;
    vhost->state = *slot;
    vhost->epoch = rabbit->epoch;
    return vhost->state;
}

struct rabbit_vhost *rabbit_vhost_attach(struct rabbit *rabbit, struct rabbit_vhost_state *state)
{
    struct rabbit_vhost *vhost = heap_zalloc(rabbit->host.heap, sizeof(*vhost));
    if (!vhost)
        return NULL;
    vhost->rabbit = rabbit;
    vhost->state = state;
    ring_init(&vhost->link);
    ring_init(&vhost->peers);
    ring_push_back(&rabbit->vhosts, &vhost->link);
    return vhost;
}

void rabbit_vhost_detach(struct rabbit_vhost *vhost)
{
    ring_remove(&vhost->link);
    heap_free(vhost->rabbit->host.heap, vhost, sizeof(*vhost));
}

/* ---- creating */

static struct rabbit_vhost_state *create_state(struct heap *heap, struct slice name)
{
    struct rabbit_vhost_state *state = heap_zalloc(heap, sizeof(*state));
    bool ok = true;
    if (!state)
        return NULL;
    state->refs = 1;
    state->max_connections = state->max_queues = -1;
    state->name = rabbit_slice_dup(heap, name, &ok);
    if (!ok) {
        heap_free(heap, state, sizeof(*state));
        return NULL;
    }
    return state;
}

static const struct standard_exchange {
    const char *name, *type;
    bool internal;
} standard_exchanges[] = {
    {"",                   "direct",  false},
    {"amq.direct",         "direct",  false},
    {"amq.fanout",         "fanout",  false},
    {"amq.headers",        "headers", false},
    {"amq.match",          "headers", false},
    {"amq.rabbitmq.trace", "topic",   true },
    {"amq.topic",          "topic",   false},
};

static bool create_exchanges(struct rabbit_vhost *vhost, struct rabbit_error *error)
{
    for (size_t i = 0; i < sizeof(standard_exchanges) / sizeof(standard_exchanges[0]); i++) {
        const struct standard_exchange *row = &standard_exchanges[i];
        struct rabbit_exchange_options options = {
            .name = slice_str(row->name),
            .type = slice_str(row->type),
            .durable = true,
            .internal = row->internal,
        };
        if (!rabbit_exchange_create(vhost, &options, error))
            return false;
    }
    return true;
}

struct rabbit_vhost *rabbit_vhost_create(struct rabbit *rabbit, struct slice name,
                                         struct rabbit_error *error)
{
    struct heap *heap = rabbit->host.heap;
    struct rabbit_vhost_state *state = create_state(heap, name);
    struct rabbit_vhost *vhost = state ? rabbit_vhost_attach(rabbit, state) : NULL;
    if (!vhost || !trie_insert(&rabbit->data.vhosts, &rabbit_vhost_state_type, heap,
                               hash_bytes(name), state)) {
        if (vhost)
            rabbit_vhost_detach(vhost);
        if (state)
            trie_item_release(&rabbit_vhost_state_type, heap, state);
        rabbit_fail_memory(error);
        return NULL;
    }
    vhost->epoch = rabbit->epoch;
    if (!create_exchanges(vhost, error)) {
        struct rabbit_error ignored;
        rabbit_vhost_delete(vhost, &ignored);
        return NULL;
    }
    return vhost;
}

/* ---- deleting */

static void detach_entity(void *ctx, struct rabbit_entity *entity)
{
    const struct rabbit_vhost *vhost = ctx;
    if (entity->kind == RABBIT_QUEUE && rabbit_queue_of(entity)->vhost == vhost)
        rabbit_queue_detach(rabbit_queue_of(entity));
    else if (entity->kind == RABBIT_EXCHANGE && rabbit_exchange_of(entity)->vhost == vhost)
        rabbit_exchange_detach(rabbit_exchange_of(entity));
}

/* They learn of it first and end later. */
void rabbit_vhost_send_away(struct rabbit_vhost *vhost)
{
    char text[512];
    snprintf(text, sizeof(text), "vhost '" SLICE_FMT "' is deleted",
             SLICE_ARG(rabbit_vhost_name(vhost)));
    while (!ring_empty(&vhost->peers)) {
        struct rabbit_peer *peer = RING_OWNER(vhost->peers.next, struct rabbit_peer, link);
        peer->close(peer, RABBIT_CONNECTION_FORCED, text);
        rabbit_peer_forget(peer);
    }
}

bool rabbit_vhost_delete(struct rabbit_vhost *vhost, struct rabbit_error *error)
{
    struct rabbit *rabbit = vhost->rabbit;
    struct slice name = rabbit_vhost_name(vhost);
    bool absent;
    rabbit_vhost_send_away(vhost);
    struct rabbit_vhost_state *state =
        trie_remove(&rabbit->data.vhosts, &rabbit_vhost_state_type, rabbit->host.heap,
                    hash_bytes(name), name, &absent);
    if (!state)
        return rabbit_fail_memory(error);
    rabbit_letters_drop(rabbit, vhost);
    rabbit_registry_each(&rabbit->entities, detach_entity, vhost);
    trie_item_release(&rabbit_vhost_state_type, rabbit->host.heap, state);
    rabbit_vhost_detach(vhost);
    return true;
}
