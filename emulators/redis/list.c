#include "emulators/redis/list.h"

#include "common/assert.h"
#include "emulators/redis/types.h"

#define CHUNK_BYTES_MAX 8192u

static void chunk_retain(void *item)
{
    (*(struct packed **)item)->refs++;
}

static void chunk_release(struct heap *heap, void *item)
{
    packed_release(heap, *(struct packed **)item);
}

static uint64_t chunk_weight(const void *item)
{
    return (*(struct packed *const *)item)->count;
}

static const struct btree_type chunk_type = {
    .item_size = sizeof(struct packed *),
    .retain = chunk_retain,
    .release = chunk_release,
    .weight = chunk_weight,
};

static struct packed *chunk_of(const void *item)
{
    return *(struct packed *const *)item;
}

struct redis_list *redis_list_create(struct heap *heap, int64_t fill)
{
    struct redis_list *list = heap_zalloc(heap, sizeof(*list));
    if (!list)
        return NULL;
    redis_value_init(&list->base, REDIS_LIST, 0);
    list->fill = (int32_t)fill;
    return list;
}

/* list-max-listpack-size: a positive number bounds the elements of a chunk, -1 .. -5 its bytes. */
static bool chunk_takes(const struct redis_list *list, const struct packed *chunk, size_t len)
{
    static const uint32_t bytes_max[] = {4096, 8192, 16384, 32768, 65536};
    size_t bytes = packed_bytes(chunk) + packed_element_size(len);
    if (list->fill >= 0)
        return chunk->count < (uint32_t)(list->fill ? list->fill : 1) && bytes <= CHUNK_BYTES_MAX;
    size_t level = list->fill < -5 ? 4 : (size_t)(-list->fill - 1);
    return bytes <= bytes_max[level];
}

/* The chunk at a position, its only reference held by the tree; NULL: out of memory. */
static struct packed **chunk_edit(struct heap *heap, struct redis_list *list, uint64_t position)
{
    struct packed **slot = btree_edit(&list->chunks, &chunk_type, heap, position);
    if (!slot)
        return NULL;
    struct packed *own = packed_own(heap, *slot);
    if (!own)
        return NULL;
    if (own != *slot) {
        *slot = own;
        btree_reweighed(&list->chunks, &chunk_type, position, 0);
    }
    return slot;
}

static bool add_chunk(struct heap *heap, struct redis_list *list, uint64_t position,
                      struct packed *chunk)
{
    if (btree_insert_at(&list->chunks, &chunk_type, heap, position, &chunk))
        return true;
    packed_release(heap, chunk);
    return false;
}

static bool add_chunk_of(struct heap *heap, struct redis_list *list, uint64_t position,
                         struct slice bytes)
{
    struct packed *chunk = packed_create(heap, packed_element_size(bytes.len));
    return chunk && (chunk = packed_insert(heap, chunk, NULL, bytes)) &&
           add_chunk(heap, list, position, chunk);
}

bool redis_list_push(struct heap *heap, struct redis_list *list, enum redis_list_end end,
                     struct slice bytes)
{
    uint64_t count = list->chunks.count;
    uint64_t position = end == REDIS_LIST_HEAD || count == 0 ? 0 : count - 1;
    if (count == 0)
        return add_chunk_of(heap, list, 0, bytes);
    struct packed **slot = chunk_edit(heap, list, position);
    if (!slot)
        return false;
    if (!chunk_takes(list, *slot, bytes.len))
        return add_chunk_of(heap, list, end == REDIS_LIST_HEAD ? 0 : count, bytes);
    struct packed *grown =
        packed_insert(heap, *slot, end == REDIS_LIST_HEAD ? packed_first(*slot) : NULL, bytes);
    if (!grown)
        return false;
    *slot = grown;
    btree_reweighed(&list->chunks, &chunk_type, position, 1);
    return true;
}

struct slice redis_list_get(const struct redis_list *list, uint64_t index)
{
    uint64_t into;
    uint64_t position = btree_seek_weight(&list->chunks, &chunk_type, index, &into);
    const struct packed *chunk = chunk_of(btree_at(&list->chunks, &chunk_type, position));
    return packed_get(packed_at(chunk, (uint32_t)into));
}

bool redis_list_set(struct heap *heap, struct redis_list *list, uint64_t index, struct slice bytes)
{
    uint64_t into;
    uint64_t position = btree_seek_weight(&list->chunks, &chunk_type, index, &into);
    struct packed **slot = chunk_edit(heap, list, position);
    if (!slot)
        return false;
    struct packed *changed = packed_replace(heap, *slot, packed_at(*slot, (uint32_t)into), bytes);
    if (!changed)
        return false;
    *slot = changed;
    btree_reweighed(&list->chunks, &chunk_type, position, 0);
    return true;
}

/* Cuts the chunk at a position so that `into` begins a chunk of its own. */
static bool split_chunk(struct heap *heap, struct redis_list *list, uint64_t position,
                        uint32_t into)
{
    struct packed **slot = chunk_edit(heap, list, position);
    struct packed *rest = slot ? packed_split(heap, *slot, into) : NULL;
    if (!rest)
        return false;
    btree_reweighed(&list->chunks, &chunk_type, position, -(int64_t)rest->count);
    return add_chunk(heap, list, position + 1, rest);
}

bool redis_list_insert(struct heap *heap, struct redis_list *list, uint64_t index,
                       struct slice bytes)
{
    uint64_t into;
    if (index == redis_list_length(list))
        return redis_list_push(heap, list, REDIS_LIST_TAIL, bytes);
    uint64_t position = btree_seek_weight(&list->chunks, &chunk_type, index, &into);
    struct packed *chunk = chunk_of(btree_at(&list->chunks, &chunk_type, position));
    if (!chunk_takes(list, chunk, bytes.len)) {
        if (into && !split_chunk(heap, list, position, (uint32_t)into))
            return false;
        return add_chunk_of(heap, list, into ? position + 1 : position, bytes);
    }
    struct packed **slot = chunk_edit(heap, list, position);
    if (!slot)
        return false;
    struct packed *grown = packed_insert(heap, *slot, packed_at(*slot, (uint32_t)into), bytes);
    if (!grown)
        return false;
    *slot = grown;
    btree_reweighed(&list->chunks, &chunk_type, position, 1);
    return true;
}

/* Removes from one chunk; *out_count is how many elements went. */
static bool erase_some(struct heap *heap, struct redis_list *list, uint64_t index, uint64_t count,
                       uint64_t *out_count)
{
    uint64_t into;
    uint64_t position = btree_seek_weight(&list->chunks, &chunk_type, index, &into);
    struct packed *chunk = chunk_of(btree_at(&list->chunks, &chunk_type, position));
    uint64_t here = chunk->count - into;
    *out_count = here < count ? here : count;
    if (*out_count == chunk->count)
        return btree_remove_at(&list->chunks, &chunk_type, heap, position, NULL);
    struct packed **slot = chunk_edit(heap, list, position);
    if (!slot)
        return false;
    packed_erase(*slot, packed_at(*slot, (uint32_t)into), (uint32_t)*out_count);
    btree_reweighed(&list->chunks, &chunk_type, position, -(int64_t)*out_count);
    return true;
}

bool redis_list_erase(struct heap *heap, struct redis_list *list, uint64_t index, uint64_t count)
{
    uint64_t gone;
    for (; count; count -= gone)
        if (!erase_some(heap, list, index, count, &gone))
            return false;
    return true;
}

/* ---- walking */

static void enter_chunk(struct redis_list_iter *iter, const void *item)
{
    iter->chunk = item ? chunk_of(item) : NULL;
    iter->at = NULL;
    if (iter->chunk)
        iter->at = iter->backwards ? packed_last(iter->chunk) : packed_first(iter->chunk);
}

void redis_list_iter_init(struct redis_list_iter *iter, const struct redis_list *list,
                          uint64_t index, bool backwards)
{
    *iter = (struct redis_list_iter){.backwards = backwards};
    if (index >= redis_list_length(list))
        return;
    uint64_t into;
    uint64_t position = btree_seek_weight(&list->chunks, &chunk_type, index, &into);
    iter->chunk = chunk_of(btree_iter_at(&iter->chunk_iter, &list->chunks, &chunk_type, position));
    iter->at = packed_at(iter->chunk, (uint32_t)into);
}

bool redis_list_iter_next(struct redis_list_iter *iter, struct slice *out)
{
    if (!iter->at)
        return false;
    *out = packed_get(iter->at);
    iter->at =
        iter->backwards ? packed_prev(iter->chunk, iter->at) : packed_next(iter->chunk, iter->at);
    if (!iter->at)
        enter_chunk(iter, iter->backwards ? btree_iter_prev(&iter->chunk_iter, &chunk_type)
                                          : btree_iter_next(&iter->chunk_iter, &chunk_type));
    return true;
}

/* ---- the type's table */

static void list_release(struct heap *heap, struct redis_value *value)
{
    struct redis_list *list = (struct redis_list *)value;
    btree_clear(&list->chunks, &chunk_type, heap);
    heap_free(heap, list, sizeof(*list));
}

static struct redis_value *list_clone(struct heap *heap, const struct redis_value *value)
{
    const struct redis_list *from = (const struct redis_list *)value;
    struct redis_list *list = redis_list_create(heap, from->fill);
    if (!list)
        return NULL;
    list->chunks = btree_share(&from->chunks);
    return &list->base;
}

static const char *list_encoding(const struct redis_value *value)
{
    (void)value;
    return "quicklist";
}

static uint64_t list_count(const struct redis_value *value)
{
    return redis_list_length((const struct redis_list *)value);
}

static size_t list_memory(const struct redis_value *value, uint64_t samples)
{
    const struct redis_list *list = (const struct redis_list *)value;
    struct btree_iter iter;
    uint64_t seen = 0;
    size_t bytes = 0;
    for (const void *item = btree_iter_at(&iter, &list->chunks, &chunk_type, 0);
         item && (!samples || seen < samples); item = btree_iter_next(&iter, &chunk_type), seen++)
        bytes += packed_memory(chunk_of(item)) + sizeof(item);
    if (seen)
        bytes = bytes / seen * list->chunks.count;
    return heap_block_size(sizeof(*list)) + bytes;
}

const struct redis_type_ops redis_list_ops = {
    "list", list_release, list_clone, list_encoding, list_count, list_memory,
};
