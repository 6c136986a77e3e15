#include "emulators/rabbitmq/binding.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/assert.h"
#include "common/hash.h"
#include "emulators/rabbitmq/queue.h"
#include "protocols/amqp/amqp_table.h"

/* ---- identity: a binding's destination, key and arguments, in whatever order these came */

static struct slice table_name(struct slice entry)
{
    return slice_of(entry.ptr + 1, entry.ptr[0]);
}

static int compare_entries(const void *a, const void *b)
{
    const struct slice *left = a, *right = b;
    int order = slice_compare(table_name(*left), table_name(*right));
    return order ? order : (left->ptr > right->ptr) - (left->ptr < right->ptr);
}

/* A table's entries in the order of their names. ptr NULL when out of memory. */
static struct slice sort_table(struct arena *arena, struct slice table)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct slice name;
    struct amqp_value value;
    size_t count = 0, at = 0;
    while (amqp_table_next(&iter, &name, &value))
        count++;
    struct slice *entries = arena_array(arena, count, sizeof(*entries));
    uint8_t *sorted = arena_alloc(arena, table.len);
    if (!entries || !sorted)
        return slice_of(NULL, 0);
    iter = amqp_table_begin(table);
    for (size_t i = 0; amqp_table_next(&iter, &name, &value); i++)
        entries[i] = slice_of(name.ptr - 1, 1 + name.len + value.raw.len);
    if (count > 1)
        qsort(entries, count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < count; at += entries[i++].len)
        memcpy(sorted + at, entries[i].ptr, entries[i].len);
    return slice_of(sorted, table.len);
}

static uint64_t identity_hash(uint32_t destination, struct slice key, struct slice arguments)
{
    uint64_t parts[3] = {destination, hash_bytes(key), hash_bytes(arguments)};
    return hash_bytes(slice_of(parts, sizeof(parts)));
}

/* What finds a binding in its source's map: one of the same identity, its slices borrowed. False when
 * out of memory. */
static bool make_probe(struct arena *arena, const struct rabbit_binding_options *options,
                       uint32_t destination, struct rabbit_binding *out)
{
    struct slice arguments = sort_table(arena, options->arguments);
    *out = (struct rabbit_binding){
        .destination = destination,
        .routing_key = options->routing_key,
        .arguments = arguments,
        .hash = identity_hash(destination, options->routing_key, arguments),
    };
    return arguments.ptr != NULL;
}

static struct slice probe_key(const struct rabbit_binding *probe)
{
    return slice_of(probe, sizeof(*probe));
}

/* ---- the ends */

/* The bindings that end at an entity, for changing; NULL when out of memory. */
static struct btree *edit_ending(struct rabbit_entity *entity)
{
    if (entity->kind == RABBIT_QUEUE) {
        struct rabbit_queue_state *state = rabbit_queue_edit(rabbit_queue_of(entity));
        return state ? &state->bindings : NULL;
    }
    struct rabbit_exchange_state *state = rabbit_exchange_edit(rabbit_exchange_of(entity));
    return state ? &state->targeted : NULL;
}

/* The entity of that name, NULL when there is none. */
static struct rabbit_entity *find_destination(struct rabbit_vhost *vhost,
                                              const struct rabbit_binding_options *options)
{
    if (options->to_exchange) {
        struct rabbit_exchange *exchange = rabbit_exchange_find(vhost, options->destination);
        return exchange ? &exchange->entity : NULL;
    }
    struct rabbit_queue *queue = rabbit_queue_find(vhost, options->destination);
    return queue ? &queue->entity : NULL;
}

/* The same with 404 when there is none. */
static struct rabbit_entity *need_destination(struct rabbit_vhost *vhost,
                                              const struct rabbit_binding_options *options,
                                              struct rabbit_error *error)
{
    struct rabbit_entity *destination = find_destination(vhost, options);
    if (!destination && options->to_exchange)
        rabbit_exchange_need(vhost, options->destination, error);
    else if (!destination)
        rabbit_queue_need(vhost, options->destination, options->connection, error);
    return destination;
}

/* Another connection's exclusive queue is not to be bound, or not any more: 405. */
static bool may_change(struct rabbit_vhost *vhost, const struct rabbit_binding_options *options,
                       struct rabbit_error *error)
{
    return options->to_exchange ||
           rabbit_queue_need(vhost, options->destination, options->connection, error);
}

/* The default exchange binds every queue by its name, and nothing else ever. */
static bool refuse_default(const struct rabbit_binding_options *options, struct rabbit_error *error)
{
    if (options->source.len > 0 && (!options->to_exchange || options->destination.len > 0))
        return true;
    return rabbit_exchange_refuse_default(error);
}

/* ---- binding */

static struct rabbit_binding *create(struct heap *heap, const struct rabbit_binding *probe)
{
    size_t size = sizeof(*probe) + probe->routing_key.len + probe->arguments.len;
    struct rabbit_binding *binding = heap_alloc(heap, size);
    if (!binding)
        return NULL;
    *binding = *probe;
    binding->refs = 1;
    binding->size = size;
    binding->routing_key = slice_of(binding->bytes, probe->routing_key.len);
    binding->arguments = slice_of(binding->bytes + probe->routing_key.len, probe->arguments.len);
    if (probe->routing_key.len)
        memcpy(binding->bytes, probe->routing_key.ptr, probe->routing_key.len);
    if (probe->arguments.len)
        memcpy(binding->bytes + probe->routing_key.len, probe->arguments.ptr, probe->arguments.len);
    return binding;
}

/* Takes the only reference; each of the two ends gets one. False when out of memory: nothing has
 * changed, the binding is the caller's still. */
static bool insert(struct heap *heap, struct rabbit_exchange_state *source, struct btree *ending,
                   struct rabbit_binding *binding)
{
    bool absent;
    if (!trie_insert(&source->bindings, &rabbit_binding_type, heap, binding->hash, binding))
        return false;
    if (btree_insert(ending, &rabbit_binding_ref_type, heap, &binding)) {
        binding->refs++;
        if (source->index.type->add(source, heap, binding))
            return true;
        /* What has just been inserted is on paths of its own: this takes no memory. */
        bool ok = btree_remove(ending, &rabbit_binding_ref_type, heap, &binding, NULL, &absent);
        ASSERT(ok);
    }
    void *taken = trie_remove(&source->bindings, &rabbit_binding_type, heap, binding->hash,
                              probe_key(binding), &absent);
    ASSERT(taken == binding);
    return false;
}

static bool bind_entities(struct rabbit_exchange *source, struct rabbit_entity *destination,
                          struct rabbit_binding *probe, struct rabbit_error *error)
{
    struct rabbit *rabbit = source->vhost->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_exchange_state *state = rabbit_exchange_edit(source);
    struct btree *ending = state ? edit_ending(destination) : NULL;
    if (!ending)
        return rabbit_fail_memory(error);
    probe->source = source->entity.id;
    probe->to_exchange = destination->kind == RABBIT_EXCHANGE;
    probe->id = rabbit->data.last_binding + 1;
    struct rabbit_binding *binding = create(heap, probe);
    if (!binding || !insert(heap, state, ending, binding)) {
        if (binding)
            trie_item_release(&rabbit_binding_type, heap, binding);
        return rabbit_fail_memory(error);
    }
    rabbit->data.last_binding++;
    return true;
}

bool rabbit_bind(struct rabbit_vhost *vhost, const struct rabbit_binding_options *options,
                 struct rabbit_error *error)
{
    if (!refuse_default(options, error))
        return false;
    struct rabbit_exchange *source = rabbit_exchange_need(vhost, options->source, error);
    struct rabbit_entity *destination = source ? need_destination(vhost, options, error) : NULL;
    if (!destination)
        return false;
    const struct rabbit_exchange_type *type = source->state->index.type;
    if (type->check_binding &&
        !type->check_binding(source->state, options->routing_key, options->arguments, error))
        return false;
    if (!may_change(vhost, options, error))
        return false;
    struct arena arena = {0};
    struct rabbit_binding probe;
    bool ok = make_probe(&arena, options, destination->id, &probe);
    if (!ok)
        rabbit_fail_memory(error);
    else if (!trie_find(&source->state->bindings, &rabbit_binding_type, probe.hash,
                        probe_key(&probe)))
        ok = bind_entities(source, destination, &probe, error);
    arena_done(&arena);
    return ok;
}

/* ---- unbinding */

/* Takes a binding out of the source, whose state is the source's own. */
static bool leave_source(struct heap *heap, struct rabbit_exchange_state *source,
                         struct rabbit_binding *binding)
{
    bool absent;
    if (!trie_slot(&source->bindings, &rabbit_binding_type, heap, binding->hash, probe_key(binding),
                   &absent) ||
        !source->index.type->remove(source, heap, binding))
        return false;
    /* The slot has its path to itself now: this takes no memory. */
    void *taken = trie_remove(&source->bindings, &rabbit_binding_type, heap, binding->hash,
                              probe_key(binding), &absent);
    ASSERT(taken == binding);
    trie_item_release(&rabbit_binding_type, heap, binding);
    return true;
}

bool rabbit_binding_remove(struct rabbit *rabbit, struct rabbit_binding *binding,
                           struct rabbit_error *error)
{
    struct heap *heap = rabbit->host.heap;
    struct rabbit_exchange_state *source = rabbit_exchange_edit(
        rabbit_exchange_of(rabbit_registry_get(&rabbit->entities, binding->source)));
    struct btree *ending =
        source ? edit_ending(rabbit_registry_get(&rabbit->entities, binding->destination)) : NULL;
    bool absent;
    if (!ending)
        return rabbit_fail_memory(error);
    struct btree before = btree_share(ending);
    bool ok = btree_remove(ending, &rabbit_binding_ref_type, heap, &binding, NULL, &absent) &&
              leave_source(heap, source, binding);
    btree_clear(ok ? &before : ending, &rabbit_binding_ref_type, heap);
    if (!ok) {
        *ending = before;
        return rabbit_fail_memory(error);
    }
    return true;
}

static bool remove_one(struct rabbit_exchange *source, struct rabbit_binding *binding,
                       struct rabbit_error *error)
{
    struct rabbit_exchange *doomed = NULL;
    if (!rabbit_binding_remove(source->vhost->rabbit, binding, error))
        return false;
    rabbit_exchange_doom(source, &doomed);
    return rabbit_exchanges_drop(doomed, error);
}

bool rabbit_unbind(struct rabbit_vhost *vhost, const struct rabbit_binding_options *options,
                   struct rabbit_error *error)
{
    if (!refuse_default(options, error))
        return false;
    struct rabbit_exchange *source = rabbit_exchange_find(vhost, options->source);
    struct rabbit_entity *destination = source ? find_destination(vhost, options) : NULL;
    if (!destination)
        return true;
    struct arena arena = {0};
    struct rabbit_binding probe, *binding;
    bool ok = make_probe(&arena, options, destination->id, &probe);
    if (!ok)
        rabbit_fail_memory(error);
    else if ((binding = trie_find(&source->state->bindings, &rabbit_binding_type, probe.hash,
                                  probe_key(&probe))))
        ok = may_change(vhost, options, error) && remove_one(source, binding, error);
    arena_done(&arena);
    return ok;
}

bool rabbit_bindings_end(struct rabbit *rabbit, const struct btree *ending,
                         struct rabbit_exchange **doomed, struct rabbit_error *error)
{
    struct btree_iter iter;
    struct rabbit_binding *const *item = btree_iter_at(&iter, ending, &rabbit_binding_ref_type, 0);
    for (; item; item = btree_iter_next(&iter, &rabbit_binding_ref_type)) {
        struct rabbit_exchange *source =
            rabbit_exchange_of(rabbit_registry_get(&rabbit->entities, (*item)->source));
        if (!rabbit_binding_remove(rabbit, *item, error))
            return false;
        rabbit_exchange_doom(source, doomed);
    }
    return true;
}

bool rabbit_unbind_destination(struct rabbit_vhost *vhost, const struct btree *bindings,
                               struct rabbit_error *error)
{
    struct rabbit_exchange *doomed = NULL;
    bool ok = rabbit_bindings_end(vhost->rabbit, bindings, &doomed, error);
    return rabbit_exchanges_drop(doomed, ok ? error : &(struct rabbit_error){0}) && ok;
}
