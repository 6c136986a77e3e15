#include "emulators/rabbitmq/exchange.h"

#include "common/hash.h"
#include "emulators/rabbitmq/binding.h"
#include "emulators/rabbitmq/delayed.h"

/* ---- finding */

struct rabbit_exchange *rabbit_exchange_find(struct rabbit_vhost *vhost, struct slice name)
{
    const struct rabbit_exchange_state *state =
        trie_find(&vhost->state->exchanges, &rabbit_exchange_state_type, hash_bytes(name), name);
    return state ? rabbit_exchange_of(rabbit_registry_get(&vhost->rabbit->entities, state->id))
                 : NULL;
}

struct rabbit_exchange *rabbit_exchange_need(struct rabbit_vhost *vhost, struct slice name,
                                             struct rabbit_error *error)
{
    struct rabbit_exchange *exchange = rabbit_exchange_find(vhost, name);
    if (!exchange)
        rabbit_fail(error, RABBIT_NOT_FOUND, "no exchange '" SLICE_FMT "' in vhost '" SLICE_FMT "'",
                    SLICE_ARG(name), SLICE_ARG(rabbit_vhost_name(vhost)));
    return exchange;
}

bool rabbit_exchange_refuse_default(struct rabbit_error *error)
{
    return rabbit_fail(error, RABBIT_ACCESS_REFUSED,
                       "operation not permitted on the default exchange");
}

bool rabbit_exchange_may_publish(const struct rabbit_exchange *exchange, struct rabbit_error *error)
{
    return !exchange->state->internal ||
           rabbit_fail(
               error, RABBIT_ACCESS_REFUSED,
               "cannot publish to internal exchange '" SLICE_FMT "' in vhost '" SLICE_FMT "'",
               SLICE_ARG(exchange->state->name), SLICE_ARG(rabbit_vhost_name(exchange->vhost)));
}

struct rabbit_exchange_state *rabbit_exchange_edit(struct rabbit_exchange *exchange)
{
    struct rabbit *rabbit = exchange->vhost->rabbit;
    if (exchange->entity.epoch == rabbit->epoch)
        return exchange->state;
    struct rabbit_vhost_state *vhost = rabbit_vhost_edit(exchange->vhost);
    struct slice name = exchange->state->name;
    void **slot =
        vhost ? rabbit_data_own(&vhost->exchanges, &rabbit_exchange_state_type, rabbit->host.heap,
                                hash_bytes(name), name, rabbit_exchange_state_clone)
              : NULL;
    if (!slot)
        return NULL;
    exchange->state = *slot;
    exchange->entity.epoch = rabbit->epoch;
    return exchange->state;
}

/* ---- the entity */

struct rabbit_exchange *rabbit_exchange_attach(struct rabbit_vhost *vhost,
                                               struct rabbit_exchange_state *state)
{
    struct rabbit *rabbit = vhost->rabbit;
    struct rabbit_exchange *exchange = heap_zalloc(rabbit->host.heap, sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->entity = (struct rabbit_entity){.id = state->id, .kind = RABBIT_EXCHANGE};
    exchange->vhost = vhost;
    exchange->state = state;
    clock_timer_init(&exchange->delay_timer, rabbit_delayed_fire);
    if (!rabbit_registry_put(&rabbit->entities, rabbit->host.heap, &exchange->entity)) {
        heap_free(rabbit->host.heap, exchange, sizeof(*exchange));
        return NULL;
    }
    return exchange;
}

void rabbit_exchange_detach(struct rabbit_exchange *exchange)
{
    struct rabbit *rabbit = exchange->vhost->rabbit;
    clock_timer_stop(rabbit->host.clock, &exchange->delay_timer);
    rabbit_registry_remove(&rabbit->entities, rabbit->host.heap, exchange->entity.id);
    heap_free(rabbit->host.heap, exchange, sizeof(*exchange));
}

/* ---- deleting */

/* Without its bindings. */
static bool forget(struct rabbit_exchange *exchange, struct rabbit_error *error)
{
    struct heap *heap = exchange->vhost->rabbit->host.heap;
    struct rabbit_vhost_state *vhost = rabbit_vhost_edit(exchange->vhost);
    struct slice name = exchange->state->name;
    bool absent;
    struct rabbit_exchange_state *state =
        vhost ? trie_remove(&vhost->exchanges, &rabbit_exchange_state_type, heap, hash_bytes(name),
                            name, &absent)
              : NULL;
    if (!state)
        return rabbit_fail_memory(error);
    rabbit_exchange_detach(exchange);
    trie_item_release(&rabbit_exchange_state_type, heap, state);
    return true;
}

static bool end_leaving(struct rabbit_exchange *exchange, struct rabbit_error *error)
{
    struct rabbit *rabbit = exchange->vhost->rabbit;
    struct trie leaving = trie_share(&exchange->state->bindings);
    struct trie_iter iter;
    struct rabbit_binding *binding;
    bool ok = true;
    trie_iter_init(&iter, &leaving);
    while (ok && (binding = trie_iter_next(&iter)))
        ok = rabbit_binding_remove(rabbit, binding, error);
    trie_clear(&leaving, &rabbit_binding_type, rabbit->host.heap);
    return ok;
}

static bool drop(struct rabbit_exchange *exchange, struct rabbit_exchange **doomed,
                 struct rabbit_error *error)
{
    struct rabbit *rabbit = exchange->vhost->rabbit;
    if (!end_leaving(exchange, error))
        return false;
    struct btree ending = btree_share(&exchange->state->targeted);
    bool ok = rabbit_bindings_end(rabbit, &ending, doomed, error);
    btree_clear(&ending, &rabbit_binding_ref_type, rabbit->host.heap);
    return ok && forget(exchange, error);
}

static void put_first(struct rabbit_exchange *exchange, struct rabbit_exchange **doomed)
{
    exchange->doomed = true;
    exchange->next_doomed = *doomed;
    *doomed = exchange;
}

void rabbit_exchange_doom(struct rabbit_exchange *exchange, struct rabbit_exchange **doomed)
{
    const struct rabbit_exchange_state *state = exchange->state;
    if (state->auto_delete && state->bindings.count == 0 && !exchange->doomed)
        put_first(exchange, doomed);
}

/* A list, not recursion: a chain of auto-delete exchanges may be as long as memory lasts. */
bool rabbit_exchanges_drop(struct rabbit_exchange *doomed, struct rabbit_error *error)
{
    bool ok = true;
    while (doomed) {
        struct rabbit_exchange *exchange = doomed;
        doomed = exchange->next_doomed;
        if (!ok || !drop(exchange, &doomed, error)) {
            exchange->doomed = false;
            ok = false;
        }
    }
    return ok;
}

bool rabbit_exchange_delete(struct rabbit_vhost *vhost, struct slice name, bool if_unused,
                            struct rabbit_error *error)
{
    struct rabbit_exchange *doomed = NULL;
    if (name.len == 0)
        return rabbit_exchange_refuse_default(error);
    if (rabbit_is_reserved_name(name))
        return rabbit_fail(error, RABBIT_ACCESS_REFUSED,
                           "deletion of system exchange '" SLICE_FMT "' in vhost '" SLICE_FMT
                           "' not allowed",
                           SLICE_ARG(name), SLICE_ARG(rabbit_vhost_name(vhost)));
    struct rabbit_exchange *exchange = rabbit_exchange_find(vhost, name);
    if (!exchange)
        return true;
    if (if_unused && exchange->state->bindings.count > 0)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "exchange '" SLICE_FMT "' in vhost '" SLICE_FMT "' in use",
                           SLICE_ARG(name), SLICE_ARG(rabbit_vhost_name(vhost)));
    put_first(exchange, &doomed);
    return rabbit_exchanges_drop(doomed, error);
}
