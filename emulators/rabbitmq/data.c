#include "emulators/rabbitmq/data.h"

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/rabbitmq/parameter.h"
#include "emulators/rabbitmq/policy.h"
#include "emulators/rabbitmq/topic_permission.h"

struct slice rabbit_slice_dup(struct heap *heap, struct slice bytes, bool *ok)
{
    if (!bytes.ptr || !*ok)
        return slice_of(NULL, 0);
    uint8_t *copy = heap_alloc(heap, bytes.len ? bytes.len : 1);
    if (!copy) {
        *ok = false;
        return slice_of(NULL, 0);
    }
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    return slice_of(copy, bytes.len);
}

void rabbit_slice_free(struct heap *heap, struct slice bytes)
{
    heap_free(heap, (void *)(uintptr_t)bytes.ptr, bytes.len ? bytes.len : 1);
}

/* ---- messages in queues and with channels */

static int compare_entries(const void *a, const void *b)
{
    const struct rabbit_entry *left = a, *right = b;
    if (left->priority != right->priority)
        return left->priority > right->priority ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

static void retain_entry(void *item)
{
    rabbit_message_retain(((struct rabbit_entry *)item)->message);
}

static void release_entry(struct heap *heap, void *item)
{
    rabbit_message_release(heap, ((struct rabbit_entry *)item)->message);
}

const struct btree_type rabbit_entry_type = {
    .item_size = sizeof(struct rabbit_entry),
    .compare = compare_entries,
    .retain = retain_entry,
    .release = release_entry,
    .leaf_bytes = 1024,
    .branch_bytes = 1024,
};

static int compare_unacked(const void *a, const void *b)
{
    const struct rabbit_unacked *left = a, *right = b;
    return (left->tag > right->tag) - (left->tag < right->tag);
}

static void retain_unacked(void *item)
{
    rabbit_message_retain(((struct rabbit_unacked *)item)->entry.message);
}

static void release_unacked(struct heap *heap, void *item)
{
    rabbit_message_release(heap, ((struct rabbit_unacked *)item)->entry.message);
}

_Static_assert(sizeof(struct rabbit_unacked) <= BTREE_ITEM_MAX, "an item of a tree");

const struct btree_type rabbit_unacked_type = {
    .item_size = sizeof(struct rabbit_unacked),
    .compare = compare_unacked,
    .retain = retain_unacked,
    .release = release_unacked,
    .leaf_bytes = 1024,
    .branch_bytes = 1024,
};

/* ---- delayed messages */

static int compare_delayed(const void *a, const void *b)
{
    const struct rabbit_delayed *left = a, *right = b;
    if (left->due_ms != right->due_ms)
        return left->due_ms < right->due_ms ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

static void retain_delayed(void *item)
{
    rabbit_message_retain(((struct rabbit_delayed *)item)->message);
}

static void release_delayed(struct heap *heap, void *item)
{
    rabbit_message_release(heap, ((struct rabbit_delayed *)item)->message);
}

const struct btree_type rabbit_delayed_type = {
    .item_size = sizeof(struct rabbit_delayed),
    .compare = compare_delayed,
    .retain = retain_delayed,
    .release = release_delayed,
};

/* ---- bindings */

static uint64_t binding_hash(const void *item)
{
    return ((const struct rabbit_binding *)item)->hash;
}

/* The key is a struct rabbit_binding with the same identity, as bytes. */
static bool binding_equal(const void *item, struct slice key)
{
    const struct rabbit_binding *a = item;
    const struct rabbit_binding *b = (const void *)key.ptr;
    return a->destination == b->destination && slice_eq(a->routing_key, b->routing_key) &&
           slice_eq(a->arguments, b->arguments);
}

static void binding_release(struct heap *heap, void *item)
{
    heap_free(heap, item, ((struct rabbit_binding *)item)->size);
}

const struct trie_type rabbit_binding_type = {binding_hash, binding_equal, binding_release};

static int compare_binding_refs(const void *a, const void *b)
{
    const struct rabbit_binding *const *left = a, *const *right = b;
    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

static void retain_binding_ref(void *item)
{
    (*(struct rabbit_binding **)item)->refs++;
}

static void release_binding_ref(struct heap *heap, void *item)
{
    trie_item_release(&rabbit_binding_type, heap, *(struct rabbit_binding **)item);
}

const struct btree_type rabbit_binding_ref_type = {
    .item_size = sizeof(struct rabbit_binding *),
    .compare = compare_binding_refs,
    .retain = retain_binding_ref,
    .release = release_binding_ref,
};

/* ---- queues */

static uint64_t queue_hash(const void *item)
{
    return hash_bytes(((const struct rabbit_queue_state *)item)->name);
}

static bool queue_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_queue_state *)item)->name, key);
}

static void queue_release(struct heap *heap, void *item)
{
    struct rabbit_queue_state *queue = item;
    btree_clear(&queue->ready, &rabbit_entry_type, heap);
    btree_clear(&queue->bindings, &rabbit_binding_ref_type, heap);
    rabbit_slice_free(heap, queue->name);
    rabbit_slice_free(heap, queue->arguments);
    rabbit_slice_free(heap, queue->policy);
    rabbit_slice_free(heap, queue->operator_policy);
    rabbit_slice_free(heap, queue->limit_texts);
    heap_free(heap, queue, sizeof(*queue));
}

const struct trie_type rabbit_queue_state_type = {queue_hash, queue_equal, queue_release};

/* The same text within a copy of what it lies in. */
static struct slice moved(struct slice text, struct slice from, struct slice to)
{
    return text.ptr ? slice_of(to.ptr + (text.ptr - from.ptr), text.len) : text;
}

void *rabbit_queue_state_clone(struct heap *heap, const void *state)
{
    const struct rabbit_queue_state *from = state;
    struct rabbit_queue_state *to = heap_alloc(heap, sizeof(*to));
    bool ok = true;
    if (!to)
        return NULL;
    *to = *from;
    to->refs = 1;
    to->name = rabbit_slice_dup(heap, from->name, &ok);
    to->arguments = rabbit_slice_dup(heap, from->arguments, &ok);
    to->policy = rabbit_slice_dup(heap, from->policy, &ok);
    to->operator_policy = rabbit_slice_dup(heap, from->operator_policy, &ok);
    to->limit_texts = rabbit_slice_dup(heap, from->limit_texts, &ok);
    to->ready = btree_share(&from->ready);
    to->bindings = btree_share(&from->bindings);
    if (!ok) {
        queue_release(heap, to);
        return NULL;
    }
    struct rabbit_queue_limits *limits = &to->limits;
    limits->dead_letter_exchange =
        moved(limits->dead_letter_exchange, from->limit_texts, to->limit_texts);
    limits->dead_letter_routing_key =
        moved(limits->dead_letter_routing_key, from->limit_texts, to->limit_texts);
    return to;
}

/* ---- exchanges */

static uint64_t exchange_hash(const void *item)
{
    return hash_bytes(((const struct rabbit_exchange_state *)item)->name);
}

static bool exchange_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_exchange_state *)item)->name, key);
}

static void exchange_release(struct heap *heap, void *item)
{
    struct rabbit_exchange_state *exchange = item;
    rabbit_index_clear(&exchange->index, heap);
    trie_clear(&exchange->bindings, &rabbit_binding_type, heap);
    btree_clear(&exchange->targeted, &rabbit_binding_ref_type, heap);
    btree_clear(&exchange->delayed, &rabbit_delayed_type, heap);
    rabbit_slice_free(heap, exchange->name);
    rabbit_slice_free(heap, exchange->arguments);
    rabbit_slice_free(heap, exchange->user);
    rabbit_slice_free(heap, exchange->alternate);
    rabbit_slice_free(heap, exchange->policy);
    heap_free(heap, exchange, sizeof(*exchange));
}

const struct trie_type rabbit_exchange_state_type = {exchange_hash, exchange_equal,
                                                     exchange_release};

void *rabbit_exchange_state_clone(struct heap *heap, const void *state)
{
    const struct rabbit_exchange_state *from = state;
    struct rabbit_exchange_state *to = heap_alloc(heap, sizeof(*to));
    bool ok = true;
    if (!to)
        return NULL;
    *to = *from;
    to->refs = 1;
    to->name = rabbit_slice_dup(heap, from->name, &ok);
    to->arguments = rabbit_slice_dup(heap, from->arguments, &ok);
    to->user = rabbit_slice_dup(heap, from->user, &ok);
    to->alternate = rabbit_slice_dup(heap, from->alternate, &ok);
    to->policy = rabbit_slice_dup(heap, from->policy, &ok);
    to->bindings = trie_share(&from->bindings);
    to->targeted = btree_share(&from->targeted);
    to->delayed = btree_share(&from->delayed);
    to->index = rabbit_index_share(&from->index);
    if (!ok) {
        exchange_release(heap, to);
        return NULL;
    }
    return to;
}

/* ---- virtual hosts */

static uint64_t vhost_hash(const void *item)
{
    return hash_bytes(((const struct rabbit_vhost_state *)item)->name);
}

static bool vhost_equal(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_vhost_state *)item)->name, key);
}

static void vhost_release(struct heap *heap, void *item)
{
    struct rabbit_vhost_state *vhost = item;
    trie_clear(&vhost->queues, &rabbit_queue_state_type, heap);
    trie_clear(&vhost->exchanges, &rabbit_exchange_state_type, heap);
    trie_clear(&vhost->policies, &rabbit_policy_type, heap);
    trie_clear(&vhost->operator_policies, &rabbit_policy_type, heap);
    trie_clear(&vhost->parameters, &rabbit_parameter_type, heap);
    trie_clear(&vhost->permissions, &rabbit_permission_type, heap);
    trie_clear(&vhost->topic_permissions, &rabbit_topic_permission_type, heap);
    rabbit_slice_free(heap, vhost->name);
    rabbit_slice_free(heap, vhost->description);
    rabbit_slice_free(heap, vhost->tags);
    rabbit_slice_free(heap, vhost->default_queue_type);
    heap_free(heap, vhost, sizeof(*vhost));
}

const struct trie_type rabbit_vhost_state_type = {vhost_hash, vhost_equal, vhost_release};

void *rabbit_vhost_state_clone(struct heap *heap, const void *state)
{
    const struct rabbit_vhost_state *from = state;
    struct rabbit_vhost_state *to = heap_alloc(heap, sizeof(*to));
    bool ok = true;
    if (!to)
        return NULL;
    *to = *from;
    to->refs = 1;
    to->name = rabbit_slice_dup(heap, from->name, &ok);
    to->description = rabbit_slice_dup(heap, from->description, &ok);
    to->tags = rabbit_slice_dup(heap, from->tags, &ok);
    to->default_queue_type = rabbit_slice_dup(heap, from->default_queue_type, &ok);
    to->queues = trie_share(&from->queues);
    to->exchanges = trie_share(&from->exchanges);
    to->policies = trie_share(&from->policies);
    to->operator_policies = trie_share(&from->operator_policies);
    to->parameters = trie_share(&from->parameters);
    to->permissions = trie_share(&from->permissions);
    to->topic_permissions = trie_share(&from->topic_permissions);
    if (!ok) {
        vhost_release(heap, to);
        return NULL;
    }
    return to;
}

/* ---- channels */

static uint64_t channel_hash(const void *item)
{
    return rabbit_channel_hash(((const struct rabbit_channel_state *)item)->id);
}

static bool channel_equal(const void *item, struct slice key)
{
    return memcmp(&((const struct rabbit_channel_state *)item)->id, key.ptr, key.len) == 0;
}

static void channel_release(struct heap *heap, void *item)
{
    struct rabbit_channel_state *channel = item;
    btree_clear(&channel->unacked, &rabbit_unacked_type, heap);
    heap_free(heap, channel, sizeof(*channel));
}

const struct trie_type rabbit_channel_state_type = {channel_hash, channel_equal, channel_release};

void *rabbit_channel_state_clone(struct heap *heap, const void *state)
{
    const struct rabbit_channel_state *from = state;
    struct rabbit_channel_state *to = heap_alloc(heap, sizeof(*to));
    if (!to)
        return NULL;
    *to = (struct rabbit_channel_state){1, from->id, btree_share(&from->unacked)};
    return to;
}

uint64_t rabbit_channel_hash(uint64_t id)
{
    return hash_bytes(slice_of(&id, sizeof(id)));
}

/* ---- the whole */

struct rabbit_data rabbit_data_share(const struct rabbit_data *data)
{
    struct rabbit_data share = *data;
    share.vhosts = trie_share(&data->vhosts);
    share.users = trie_share(&data->users);
    share.channels = trie_share(&data->channels);
    share.parameters = trie_share(&data->parameters);
    return share;
}

void rabbit_data_clear(struct rabbit_data *data, struct heap *heap)
{
    trie_clear(&data->channels, &rabbit_channel_state_type, heap);
    trie_clear(&data->vhosts, &rabbit_vhost_state_type, heap);
    trie_clear(&data->users, &rabbit_user_type, heap);
    trie_clear(&data->parameters, &rabbit_parameter_type, heap);
}

void **rabbit_data_own(struct trie *map, const struct trie_type *type, struct heap *heap,
                       uint64_t hash, struct slice key,
                       void *(*clone)(struct heap *heap, const void *from))
{
    bool absent;
    void **slot = trie_slot(map, type, heap, hash, key, &absent);
    if (!slot) {
        ASSERT(!absent);
        return NULL;
    }
    if (*(uint32_t *)*slot > 1) {
        void *copy = clone(heap, *slot);
        if (!copy)
            return NULL;
        --*(uint32_t *)*slot;
        *slot = copy;
    }
    return slot;
}

bool rabbit_map_replace(struct trie *map, const struct trie_type *type, struct heap *heap,
                        struct slice key, void *item)
{
    bool absent;
    uint64_t hash = type->hash(item);
    void *old = trie_remove(map, type, heap, hash, key, &absent);
    bool done = (old || absent) && trie_insert(map, type, heap, hash, item);
    if (old)
        trie_item_release(type, heap, old);
    if (!done)
        trie_item_release(type, heap, item);
    return done;
}
