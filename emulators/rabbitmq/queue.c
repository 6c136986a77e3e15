#include "emulators/rabbitmq/queue.h"

#include "common/hash.h"
#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/peer.h"
#include "emulators/rabbitmq/queue_arguments.h"
#include "emulators/rabbitmq/queue_expiry.h"

/* ---- finding */

struct rabbit_queue *rabbit_queue_find(struct rabbit_vhost *vhost, struct slice name)
{
    const struct rabbit_queue_state *state =
        trie_find(&vhost->state->queues, &rabbit_queue_state_type, hash_bytes(name), name);
    return state ? rabbit_queue_of(rabbit_registry_get(&vhost->rabbit->entities, state->id)) : NULL;
}

static bool fail_locked(const struct rabbit_queue *queue, struct rabbit_error *error)
{
    return rabbit_fail(error, RABBIT_RESOURCE_LOCKED,
                       "cannot obtain exclusive access to locked queue '" SLICE_FMT
                       "' in vhost '" SLICE_FMT
                       "'. It could be originally declared on another connection or the exclusive "
                       "property value does not match that of the original declaration.",
                       SLICE_ARG(queue->state->name), SLICE_ARG(rabbit_vhost_name(queue->vhost)));
}

static bool may_enter(const struct rabbit_queue *queue, uint64_t connection,
                      struct rabbit_error *error)
{
    return !queue->state->exclusive || queue->state->owner == connection ||
           fail_locked(queue, error);
}

struct rabbit_queue *rabbit_queue_need(struct rabbit_vhost *vhost, struct slice name,
                                       uint64_t connection, struct rabbit_error *error)
{
    struct rabbit_queue *queue = rabbit_queue_find(vhost, name);
    if (!queue) {
        rabbit_fail(error, RABBIT_NOT_FOUND, "no queue '" SLICE_FMT "' in vhost '" SLICE_FMT "'",
                    SLICE_ARG(name), SLICE_ARG(rabbit_vhost_name(vhost)));
        return NULL;
    }
    return may_enter(queue, connection, error) ? queue : NULL;
}

struct rabbit_queue_state *rabbit_queue_edit(struct rabbit_queue *queue)
{
    struct rabbit *rabbit = queue->vhost->rabbit;
    if (queue->entity.epoch == rabbit->epoch)
        return queue->state;
    struct rabbit_vhost_state *vhost = rabbit_vhost_edit(queue->vhost);
    struct slice name = queue->state->name;
    void **slot = vhost
                      ? rabbit_data_own(&vhost->queues, &rabbit_queue_state_type, rabbit->host.heap,
                                        hash_bytes(name), name, rabbit_queue_state_clone)
                      : NULL;
    if (!slot)
        return NULL;
    queue->state = *slot;
    queue->entity.epoch = rabbit->epoch;
    return queue->state;
}

/* ---- the entity */

struct rabbit_queue *rabbit_queue_attach(struct rabbit_vhost *vhost,
                                         struct rabbit_queue_state *state)
{
    struct rabbit *rabbit = vhost->rabbit;
    struct rabbit_queue *queue = heap_zalloc(rabbit->host.heap, sizeof(*queue));
    if (!queue)
        return NULL;
    queue->entity = (struct rabbit_entity){.id = state->id, .kind = RABBIT_QUEUE};
    queue->vhost = vhost;
    queue->state = state;
    ring_init(&queue->consumers);
    ring_init(&queue->resting);
    ring_init(&queue->woken_link);
    ring_init(&queue->owner_link);
    rabbit_queue_expiry_init(queue);
    if (!rabbit_registry_put(&rabbit->entities, rabbit->host.heap, &queue->entity)) {
        heap_free(rabbit->host.heap, queue, sizeof(*queue));
        return NULL;
    }
    struct rabbit_peer *owner = state->exclusive ? rabbit_peer_find(vhost, state->owner) : NULL;
    if (owner)
        ring_push_back(&owner->owned, &queue->owner_link);
    return queue;
}

void rabbit_queue_detach(struct rabbit_queue *queue)
{
    struct rabbit *rabbit = queue->vhost->rabbit;
    rabbit_consumers_dismiss(queue);
    rabbit_queue_expiry_stop(queue);
    ring_remove(&queue->woken_link);
    ring_remove(&queue->owner_link);
    rabbit_registry_remove(&rabbit->entities, rabbit->host.heap, queue->entity.id);
    heap_free(rabbit->host.heap, queue, sizeof(*queue));
}

/* ---- declaring */

static struct rabbit_queue_state *create_state(struct rabbit_vhost *vhost,
                                               const struct rabbit_queue_options *options,
                                               enum rabbit_queue_type type)
{
    struct rabbit *rabbit = vhost->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_queue_state *state = heap_zalloc(heap, sizeof(*state));
    bool ok = true;
    if (!state)
        return NULL;
    *state = (struct rabbit_queue_state){
        .refs = 1,
        .id = rabbit->data.last_entity + 1,
        .type = type,
        .durable = options->durable && !options->exclusive,
        .exclusive = options->exclusive,
        .auto_delete = options->auto_delete,
        .owner = options->exclusive ? options->connection : 0,
        .used_ms = rabbit_now_ms(rabbit),
        .name = rabbit_slice_dup(heap, options->name, &ok),
        .arguments = rabbit_slice_dup(heap, options->arguments, &ok),
    };
    if (!ok) {
        trie_item_release(&rabbit_queue_state_type, heap, state);
        return NULL;
    }
    rabbit->data.last_entity++;
    return state;
}

static struct rabbit_queue *create(struct rabbit_vhost *vhost,
                                   const struct rabbit_queue_options *options,
                                   enum rabbit_queue_type type, struct rabbit_error *error)
{
    struct rabbit *rabbit = vhost->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_vhost_state *to = rabbit_vhost_edit(vhost);
    struct rabbit_queue_state *state = to ? create_state(vhost, options, type) : NULL;
    struct rabbit_queue *queue = state ? rabbit_queue_attach(vhost, state) : NULL;
    if (!queue || !trie_insert(&to->queues, &rabbit_queue_state_type, heap,
                               hash_bytes(options->name), state)) {
        if (queue)
            rabbit_queue_detach(queue);
        if (state)
            trie_item_release(&rabbit_queue_state_type, heap, state);
        rabbit_fail_memory(error);
        return NULL;
    }
    queue->entity.epoch = rabbit->epoch;
    if (!rabbit_queue_apply_policy(queue, error)) {
        struct rabbit_error ignored;
        rabbit_queue_drop(queue, &ignored);
        return NULL;
    }
    rabbit->stats.queues_created++;
    rabbit_queue_arm(queue);
    return queue;
}

static bool check_room(const struct rabbit_vhost *vhost, struct slice name,
                       struct rabbit_error *error)
{
    int64_t most = vhost->state->max_queues;
    if (most < 0 || vhost->state->queues.count < (uint64_t)most)
        return true;
    return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "cannot declare queue '" SLICE_FMT "': queue limit in vhost '" SLICE_FMT
                       "' (%lld) is reached",
                       SLICE_ARG(name), SLICE_ARG(rabbit_vhost_name(vhost)), (long long)most);
}

struct rabbit_queue *rabbit_queue_declare(struct rabbit_vhost *vhost,
                                          const struct rabbit_queue_options *options,
                                          struct rabbit_error *error)
{
    struct rabbit_queue *queue = rabbit_queue_find(vhost, options->name);
    enum rabbit_queue_type type;
    vhost->rabbit->stats.queues_declared++;
    if (queue) {
        if (!may_enter(queue, options->connection, error) ||
            (options->exclusive != queue->state->exclusive && !fail_locked(queue, error)) ||
            !rabbit_queue_arguments_agree(queue, options, error))
            return NULL;
        rabbit_queue_touch(queue);
        return queue;
    }
    if (!check_room(vhost, options->name, error) ||
        !rabbit_queue_arguments_check(vhost, options, &type, error))
        return NULL;
    return create(vhost, options, type, error);
}

/* ---- deleting */

bool rabbit_queue_drop(struct rabbit_queue *queue, struct rabbit_error *error)
{
    struct rabbit_vhost *vhost = queue->vhost;
    struct rabbit *rabbit = vhost->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_vhost_state *from = rabbit_vhost_edit(vhost);
    struct slice name = queue->state->name;
    bool absent;
    struct btree bindings = btree_share(&queue->state->bindings);
    bool ok = from && rabbit_unbind_destination(vhost, &bindings, error);
    btree_clear(&bindings, &rabbit_binding_ref_type, heap);
    if (!ok)
        return from ? false : rabbit_fail_memory(error);
    struct rabbit_queue_state *state =
        trie_remove(&from->queues, &rabbit_queue_state_type, heap, hash_bytes(name), name, &absent);
    if (!state)
        return rabbit_fail_memory(error);
    rabbit_queue_detach(queue);
    trie_item_release(&rabbit_queue_state_type, heap, state);
    rabbit->stats.queues_deleted++;
    return true;
}

bool rabbit_queue_delete(struct rabbit_vhost *vhost, struct slice name, uint64_t connection,
                         bool if_unused, bool if_empty, uint64_t *out_count,
                         struct rabbit_error *error)
{
    struct rabbit_queue *queue = rabbit_queue_find(vhost, name);
    *out_count = 0;
    if (!queue)
        return true;
    if (!may_enter(queue, connection, error))
        return false;
    /* A stream's messages are not counted as ready. */
    uint64_t count = queue->state->type == RABBIT_STREAM ? 0 : queue->state->ready.count;
    const char *problem = if_unused && queue->consumer_count ? "in use"
                          : if_empty && count > 0            ? "not empty"
                                                             : NULL;
    if (problem)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "queue '" SLICE_FMT "' in vhost '" SLICE_FMT "' %s", SLICE_ARG(name),
                           SLICE_ARG(rabbit_vhost_name(vhost)), problem);
    if (!rabbit_queue_drop(queue, error))
        return false;
    *out_count = count;
    return true;
}

bool rabbit_queue_purge(struct rabbit_queue *queue, uint64_t *out_count, struct rabbit_error *error)
{
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    if (!state)
        return rabbit_fail_memory(error);
    *out_count = state->ready.count;
    btree_clear(&state->ready, &rabbit_entry_type, queue->vhost->rabbit->host.heap);
    state->ready_bytes = 0;
    rabbit_queue_arm(queue);
    return true;
}
