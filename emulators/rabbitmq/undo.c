#include "emulators/rabbitmq/undo.h"

#include "common/hash.h"
#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/dead_letter.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/parameter.h"
#include "emulators/rabbitmq/password.h"
#include "emulators/rabbitmq/peer.h"
#include "emulators/rabbitmq/user.h"

/* ---- entities follow the data */

static bool follow_queue(struct rabbit_vhost *vhost, struct rabbit_queue_state *state)
{
    struct rabbit_entity *entity = rabbit_registry_get(&vhost->rabbit->entities, state->id);
    struct rabbit_queue *queue =
        entity ? rabbit_queue_of(entity) : rabbit_queue_attach(vhost, state);
    if (!queue)
        return false;
    queue->state = state;
    queue->may_expire = state->ready.count > 0;
    queue->entity.epoch = 0;
    queue->entity.seen = true;
    return true;
}

static bool follow_exchange(struct rabbit_vhost *vhost, struct rabbit_exchange_state *state)
{
    struct rabbit_entity *entity = rabbit_registry_get(&vhost->rabbit->entities, state->id);
    struct rabbit_exchange *exchange =
        entity ? rabbit_exchange_of(entity) : rabbit_exchange_attach(vhost, state);
    if (!exchange)
        return false;
    exchange->state = state;
    exchange->entity.epoch = 0;
    exchange->entity.seen = true;
    return true;
}

static bool follow_vhost(struct rabbit_vhost *vhost)
{
    struct trie_iter iter;
    void *item;
    bool ok = true;
    trie_iter_init(&iter, &vhost->state->queues);
    while ((item = trie_iter_next(&iter)))
        ok = follow_queue(vhost, item) && ok;
    trie_iter_init(&iter, &vhost->state->exchanges);
    while ((item = trie_iter_next(&iter)))
        ok = follow_exchange(vhost, item) && ok;
    return ok;
}

static void forget(void *ctx, struct rabbit_entity *entity)
{
    (void)ctx;
    entity->seen = false;
}

static void detach_unseen(void *ctx, struct rabbit_entity *entity)
{
    (void)ctx;
    if (entity->seen)
        return;
    if (entity->kind == RABBIT_QUEUE)
        rabbit_queue_detach(rabbit_queue_of(entity));
    else
        rabbit_exchange_detach(rabbit_exchange_of(entity));
}

/* Virtual hosts that are no more let go of their connections; their entities are not seen again. */
static void detach_vhosts(struct rabbit *rabbit)
{
    struct ring *next;
    for (struct ring *at = rabbit->vhosts.next; at != &rabbit->vhosts; at = next) {
        struct rabbit_vhost *vhost = RING_OWNER(at, struct rabbit_vhost, link);
        next = at->next;
        if (!vhost->state) {
            rabbit_letters_drop(rabbit, vhost);
            rabbit_vhost_detach(vhost);
        }
    }
}

static bool follow_vhosts(struct rabbit *rabbit)
{
    struct trie_iter iter;
    struct rabbit_vhost_state *state;
    bool ok = true;
    for (struct ring *at = rabbit->vhosts.next; at != &rabbit->vhosts; at = at->next) {
        struct rabbit_vhost *vhost = RING_OWNER(at, struct rabbit_vhost, link);
        struct slice name = rabbit_vhost_name(vhost);
        struct rabbit_vhost_state *now =
            trie_find(&rabbit->data.vhosts, &rabbit_vhost_state_type, hash_bytes(name), name);
        if (!now)
            rabbit_vhost_send_away(vhost);
        vhost->state = now;
        vhost->epoch = 0;
    }
    trie_iter_init(&iter, &rabbit->data.vhosts);
    while ((state = trie_iter_next(&iter))) {
        struct rabbit_vhost *vhost = rabbit_vhost_find(rabbit, state->name);
        if (!vhost)
            vhost = rabbit_vhost_attach(rabbit, state);
        ok = vhost && follow_vhost(vhost) && ok;
    }
    return ok;
}

/* ---- and live on */

static void revive(void *ctx, struct rabbit_entity *entity)
{
    struct rabbit_error ignored;
    (void)ctx;
    if (entity->kind == RABBIT_EXCHANGE) {
        rabbit_exchange_arm(rabbit_exchange_of(entity));
        return;
    }
    struct rabbit_queue *queue = rabbit_queue_of(entity);
    bool is_orphan =
        queue->state->exclusive && !rabbit_peer_find(queue->vhost, queue->state->owner);
    if (is_orphan && rabbit_queue_drop(queue, &ignored))
        return;
    rabbit_queue_arm(queue);
    rabbit_queue_wake(queue);
}

bool rabbit_data_replace(struct rabbit *rabbit, const struct rabbit_data *data)
{
    struct rabbit_data before = rabbit->data;
    rabbit_letters_drop(rabbit, NULL);
    rabbit->data = rabbit_data_share(data);
    /* Numbers are never given again: another checkpoint may know who had them. */
    if (rabbit->data.last_entity < before.last_entity)
        rabbit->data.last_entity = before.last_entity;
    if (rabbit->data.last_binding < before.last_binding)
        rabbit->data.last_binding = before.last_binding;
    rabbit->epoch++;
    rabbit_registry_each(&rabbit->entities, forget, NULL);
    bool ok = follow_vhosts(rabbit);
    rabbit_registry_each(&rabbit->entities, detach_unseen, NULL);
    detach_vhosts(rabbit);
    ok = rabbit_channels_rewind(rabbit) && ok;
    rabbit_registry_each(&rabbit->entities, revive, NULL);
    rabbit_deliver(rabbit);
    rabbit_data_clear(&before, rabbit->host.heap);
    return ok;
}

/* ---- the beginning */

/* The salt is the same each time: all brokers begin alike. */
static bool create_user(struct rabbit *rabbit, struct rabbit_vhost *vhost, const char *name)
{
    struct slice text = slice_str(name), all = slice_str(".*");
    char hash[RABBIT_PASSWORD_HASH_MAX];
    struct random dice;
    random_seed(&dice, 1);
    struct rabbit_user_options options = {
        .name = text,
        .tags = slice_str("administrator"),
        .password_hash = rabbit_password_hash(&dice, text, hash),
    };
    return rabbit_user_put(rabbit, &options) && rabbit_permission_put(vhost, text, all, all, all);
}

/* The id that a cluster is given for life: always the same here. */
static bool name_cluster(struct rabbit *rabbit)
{
    return rabbit_parameter_put(&rabbit->data.parameters, rabbit->host.heap,
                                slice_str(RABBIT_GLOBAL), slice_str("internal_cluster_id"),
                                slice_str("\"rabbitmq-cluster-id-parlelparlelparlelparle\""));
}

bool rabbit_data_create(struct rabbit *rabbit, struct rabbit_error *error)
{
    struct rabbit_vhost *vhost = rabbit_vhost_create(rabbit, slice_str("/"), error);
    if (!vhost)
        return false;
    return (create_user(rabbit, vhost, "guest") && create_user(rabbit, vhost, "parlel") &&
            name_cluster(rabbit)) ||
           rabbit_fail_memory(error);
}
