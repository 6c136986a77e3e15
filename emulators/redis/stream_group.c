#include "emulators/redis/stream_group.h"

#include "common/assert.h"

static struct redis_stream_named *named_of(const void *item)
{
    return *(struct redis_stream_named *const *)item;
}

static int compare_names(const void *a, const void *b)
{
    return slice_compare(redis_stream_name(named_of(a)->name),
                         redis_stream_name(named_of(b)->name));
}

static void named_retain(void *item)
{
    named_of(item)->refs++;
}

static struct redis_stream_name *name_create(struct heap *heap, struct slice bytes)
{
    struct redis_stream_name *name = heap_alloc(heap, sizeof(*name) + bytes.len);
    if (!name)
        return NULL;
    *name = (struct redis_stream_name){1, (uint32_t)bytes.len};
    if (bytes.len)
        memcpy(name->bytes, bytes.ptr, bytes.len);
    return name;
}

static void name_release(struct heap *heap, struct redis_stream_name *name)
{
    if (--name->refs == 0)
        heap_free(heap, name, sizeof(*name) + name->len);
}

/* ---- the trees */

static void nack_retain(void *item)
{
    ((struct redis_stream_nack *)item)->consumer->refs++;
}

static void nack_release(struct heap *heap, void *item)
{
    name_release(heap, ((struct redis_stream_nack *)item)->consumer);
}

const struct btree_type redis_stream_nacks_type = {
    .item_size = sizeof(struct redis_stream_nack),
    .compare = redis_stream_compare_items,
    .retain = nack_retain,
    .release = nack_release,
};

const struct btree_type redis_stream_ids_type = {
    .item_size = sizeof(struct redis_stream_id),
    .compare = redis_stream_compare_items,
};

static void consumer_release(struct heap *heap, struct redis_stream_consumer *consumer)
{
    if (--consumer->base.refs > 0)
        return;
    btree_clear(&consumer->pel, &redis_stream_ids_type, heap);
    name_release(heap, consumer->base.name);
    heap_free(heap, consumer, sizeof(*consumer));
}

static void consumer_item_release(struct heap *heap, void *item)
{
    consumer_release(heap, *(struct redis_stream_consumer **)item);
}

const struct btree_type redis_stream_consumers_type = {
    .item_size = sizeof(struct redis_stream_consumer *),
    .compare = compare_names,
    .retain = named_retain,
    .release = consumer_item_release,
};

static void group_release(struct heap *heap, struct redis_stream_group *group)
{
    if (--group->base.refs > 0)
        return;
    btree_clear(&group->pel, &redis_stream_nacks_type, heap);
    btree_clear(&group->consumers, &redis_stream_consumers_type, heap);
    name_release(heap, group->base.name);
    heap_free(heap, group, sizeof(*group));
}

static void group_item_release(struct heap *heap, void *item)
{
    group_release(heap, *(struct redis_stream_group **)item);
}

const struct btree_type redis_stream_groups_type = {
    .item_size = sizeof(struct redis_stream_group *),
    .compare = compare_names,
    .retain = named_retain,
    .release = group_item_release,
};

/* ---- finding by name */

static bool name_is_before(const void *item, const void *name)
{
    return slice_compare(redis_stream_name(named_of(item)->name), *(const struct slice *)name) < 0;
}

/* The position of the item with that name; false when there is none. */
static bool find_named(const struct btree *tree, const struct btree_type *type, struct slice name,
                       uint64_t *position)
{
    *position = btree_rank(tree, type, name_is_before, &name);
    const void *item = btree_at(tree, type, *position);
    return item && slice_eq(redis_stream_name(named_of(item)->name), name);
}

/* ---- groups */

const struct redis_stream_group *redis_stream_group_find(const struct redis_stream *stream,
                                                         struct slice name)
{
    uint64_t position;
    if (!find_named(&stream->groups, &redis_stream_groups_type, name, &position))
        return NULL;
    return redis_stream_group_of(btree_at(&stream->groups, &redis_stream_groups_type, position));
}

struct redis_stream_group *redis_stream_group_edit(struct heap *heap, struct redis_stream *stream,
                                                   struct slice name, bool *absent)
{
    uint64_t position;
    *absent = !find_named(&stream->groups, &redis_stream_groups_type, name, &position);
    if (*absent)
        return NULL;
    struct redis_stream_group **slot =
        btree_edit(&stream->groups, &redis_stream_groups_type, heap, position);
    if (!slot || (*slot)->base.refs == 1)
        return slot ? *slot : NULL;
    struct redis_stream_group *copy = heap_alloc(heap, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = **slot;
    copy->base.refs = 1;
    copy->base.name->refs++;
    copy->pel = btree_share(&copy->pel);
    copy->consumers = btree_share(&copy->consumers);
    group_release(heap, *slot);
    *slot = copy;
    btree_edited(&stream->groups, &redis_stream_groups_type, position);
    return copy;
}

struct redis_stream_group *redis_stream_group_create(struct heap *heap, struct redis_stream *stream,
                                                     struct slice name, struct redis_stream_id last,
                                                     int64_t entries_read)
{
    struct redis_stream_name *own_name = name_create(heap, name);
    struct redis_stream_group *group = own_name ? heap_alloc(heap, sizeof(*group)) : NULL;
    if (!group) {
        if (own_name)
            name_release(heap, own_name);
        return NULL;
    }
    *group = (struct redis_stream_group){

        .base = {1, own_name},
          .last_id = last, .entries_read = entries_read
    };
    if (btree_insert(&stream->groups, &redis_stream_groups_type, heap, &group))
        return group;
    group_release(heap, group);
    return NULL;
}

bool redis_stream_group_destroy(struct heap *heap, struct redis_stream *stream, struct slice name)
{
    uint64_t position;
    bool found = find_named(&stream->groups, &redis_stream_groups_type, name, &position);
    ASSERT(found);
    return btree_remove_range(&stream->groups, &redis_stream_groups_type, heap, position, 1);
}

bool redis_stream_group_lag(const struct redis_stream *stream,
                            const struct redis_stream_group *group, int64_t *out)
{
    int64_t read = group->entries_read;
    if (!stream->entries_added)
        read = 0;
    else if (read == REDIS_STREAM_READ_UNKNOWN ||
             redis_stream_has_tombstones(stream, group->last_id))
        read = redis_stream_distance(stream, group->last_id);
    *out = (int64_t)(stream->entries_added - (uint64_t)read);
    return read != REDIS_STREAM_READ_UNKNOWN;
}

void redis_stream_group_advance(const struct redis_stream *stream, struct redis_stream_group *group,
                                struct redis_stream_id id)
{
    if (group->entries_read != REDIS_STREAM_READ_UNKNOWN &&
        !redis_stream_has_tombstones(stream, id))
        group->entries_read++;
    else if (stream->entries_added)
        group->entries_read = redis_stream_distance(stream, id);
    group->last_id = id;
}

/* ---- consumers */

const struct redis_stream_consumer *redis_stream_consumer_find(
    const struct redis_stream_group *group, struct slice name)
{
    uint64_t position;
    if (!find_named(&group->consumers, &redis_stream_consumers_type, name, &position))
        return NULL;
    return redis_stream_consumer_of(
        btree_at(&group->consumers, &redis_stream_consumers_type, position));
}

struct redis_stream_consumer *redis_stream_consumer_edit(struct heap *heap,
                                                         struct redis_stream_group *group,
                                                         struct slice name, bool *absent)
{
    uint64_t position;
    *absent = !find_named(&group->consumers, &redis_stream_consumers_type, name, &position);
    if (*absent)
        return NULL;
    struct redis_stream_consumer **slot =
        btree_edit(&group->consumers, &redis_stream_consumers_type, heap, position);
    if (!slot || (*slot)->base.refs == 1)
        return slot ? *slot : NULL;
    struct redis_stream_consumer *copy = heap_alloc(heap, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = **slot;
    copy->base.refs = 1;
    copy->base.name->refs++;
    copy->pel = btree_share(&copy->pel);
    consumer_release(heap, *slot);
    *slot = copy;
    btree_edited(&group->consumers, &redis_stream_consumers_type, position);
    return copy;
}

struct redis_stream_consumer *redis_stream_consumer_create(struct heap *heap,
                                                           struct redis_stream_group *group,
                                                           struct slice name, int64_t now_ms)
{
    struct redis_stream_name *own_name = name_create(heap, name);
    struct redis_stream_consumer *consumer = own_name ? heap_alloc(heap, sizeof(*consumer)) : NULL;
    if (!consumer) {
        if (own_name)
            name_release(heap, own_name);
        return NULL;
    }
    *consumer = (struct redis_stream_consumer){
        .base = {1, own_name},
          .seen_ms = now_ms
    };
    if (btree_insert(&group->consumers, &redis_stream_consumers_type, heap, &consumer))
        return consumer;
    consumer_release(heap, consumer);
    return NULL;
}

bool redis_stream_consumer_destroy(struct heap *heap, struct redis_stream_group *group,
                                   struct slice name)
{
    bool absent;
    struct redis_stream_consumer *consumer = redis_stream_consumer_edit(heap, group, name, &absent);
    ASSERT(!absent);
    while (consumer && consumer->pel.count) {
        const struct redis_stream_id *id = btree_at(&consumer->pel, &redis_stream_ids_type, 0);
        bool found;
        if (!redis_stream_acknowledge(heap, group, *id, &found))
            return false;
    }
    uint64_t position;
    return consumer &&
           find_named(&group->consumers, &redis_stream_consumers_type, name, &position) &&
           btree_remove_range(&group->consumers, &redis_stream_consumers_type, heap, position, 1);
}

/* ---- pending entries */

const struct redis_stream_nack *redis_stream_nack_find(const struct redis_stream_group *group,
                                                       struct redis_stream_id id)
{
    return btree_find(&group->pel, &redis_stream_nacks_type, &id);
}

/* Takes an id out of the list of the consumer that has it. */
static bool take_from_consumer(struct heap *heap, struct redis_stream_group *group,
                               const struct redis_stream_name *name, struct redis_stream_id id)
{
    bool absent;
    struct redis_stream_consumer *consumer =
        redis_stream_consumer_edit(heap, group, redis_stream_name(name), &absent);
    ASSERT(!absent);
    return consumer &&
           btree_remove(&consumer->pel, &redis_stream_ids_type, heap, &id, NULL, &absent);
}

/* Undoes an insertion: takes no memory, for the path is the tree's own. */
static void forget(struct heap *heap, struct btree *pel, const struct btree_type *type,
                   struct redis_stream_id id)
{
    bool absent;
    btree_remove(pel, type, heap, &id, NULL, &absent);
}

static bool deliver_first_time(struct heap *heap, struct redis_stream_group *group,
                               struct redis_stream_consumer *consumer,
                               const struct redis_stream_nack *nack)
{
    if (!btree_insert(&consumer->pel, &redis_stream_ids_type, heap, &nack->id))
        return false;
    if (btree_insert(&group->pel, &redis_stream_nacks_type, heap, nack)) {
        nack->consumer->refs++;
        return true;
    }
    forget(heap, &consumer->pel, &redis_stream_ids_type, nack->id);
    return false;
}

/* Another consumer becomes the owner. */
static bool change_owner(struct heap *heap, struct redis_stream_group *group,
                         struct redis_stream_consumer *consumer, struct redis_stream_nack *nack)
{
    if (!btree_insert(&consumer->pel, &redis_stream_ids_type, heap, &nack->id))
        return false;
    if (!take_from_consumer(heap, group, nack->consumer, nack->id)) {
        forget(heap, &consumer->pel, &redis_stream_ids_type, nack->id);
        return false;
    }
    name_release(heap, nack->consumer);
    nack->consumer = consumer->base.name;
    nack->consumer->refs++;
    return true;
}

bool redis_stream_deliver(struct heap *heap, struct redis_stream_group *group,
                          struct redis_stream_consumer *consumer, struct redis_stream_id id,
                          int64_t delivered_ms, uint64_t count)
{
    struct redis_stream_nack fresh = {id, delivered_ms, count, consumer->base.name};
    uint64_t position = redis_stream_rank(&group->pel, &redis_stream_nacks_type, id);
    const struct redis_stream_nack *old = btree_at(&group->pel, &redis_stream_nacks_type, position);
    if (!old || redis_stream_id_compare(old->id, id) != 0)
        return deliver_first_time(heap, group, consumer, &fresh);
    struct redis_stream_nack *nack =
        btree_edit(&group->pel, &redis_stream_nacks_type, heap, position);
    if (!nack ||
        (nack->consumer != consumer->base.name && !change_owner(heap, group, consumer, nack)))
        return false;
    nack->delivered_ms = delivered_ms;
    nack->count = count;
    btree_edited(&group->pel, &redis_stream_nacks_type, position);
    return true;
}

bool redis_stream_acknowledge(struct heap *heap, struct redis_stream_group *group,
                              struct redis_stream_id id, bool *found)
{
    bool absent;
    struct redis_stream_nack nack;
    *found = false;
    if (!redis_stream_nack_find(group, id))
        return true;
    if (!btree_remove(&group->pel, &redis_stream_nacks_type, heap, &id, &nack, &absent))
        return false;
    if (!take_from_consumer(heap, group, nack.consumer, id)) {
        /* Putting it back takes no memory that was not just given back. */
        btree_insert(&group->pel, &redis_stream_nacks_type, heap, &nack);
        return false;
    }
    name_release(heap, nack.consumer);
    return *found = true;
}

/* ---- */

size_t redis_stream_groups_memory(const struct btree *groups)
{
    struct btree_iter iter, inner;
    size_t bytes = 0;
    for (const void *item = btree_iter_at(&iter, groups, &redis_stream_groups_type, 0); item;
         item = btree_iter_next(&iter, &redis_stream_groups_type)) {
        const struct redis_stream_group *group = redis_stream_group_of(item);
        bytes +=
            heap_block_size(sizeof(*group)) + group->pel.count * sizeof(struct redis_stream_nack);
        for (const void *at =
                 btree_iter_at(&inner, &group->consumers, &redis_stream_consumers_type, 0);
             at; at = btree_iter_next(&inner, &redis_stream_consumers_type)) {
            const struct redis_stream_consumer *consumer = redis_stream_consumer_of(at);
            bytes += heap_block_size(sizeof(*consumer)) + consumer->base.name->len +
                     consumer->pel.count * sizeof(struct redis_stream_id);
        }
    }
    return bytes;
}
