#include "emulators/redis/stream.h"

#include "common/assert.h"
#include "emulators/redis/stream_group.h"
#include "emulators/redis/stream_node.h"
#include "emulators/redis/types.h"

#define LONG_STRING 0xFF /* a length of this or more takes four bytes behind this mark */

/* ---- ids */

bool redis_stream_id_increment(struct redis_stream_id *id)
{
    if (++id->seq == 0)
        return ++id->ms != 0;
    return true;
}

bool redis_stream_id_decrement(struct redis_stream_id *id)
{
    if (id->seq-- == 0)
        return id->ms-- != 0;
    return true;
}

int redis_stream_compare_items(const void *a, const void *b)
{
    return redis_stream_id_compare(*(const struct redis_stream_id *)a,
                                   *(const struct redis_stream_id *)b);
}

static bool is_before(const void *item, const void *id)
{
    return redis_stream_compare_items(item, id) < 0;
}

uint64_t redis_stream_rank(const struct btree *tree, const struct btree_type *type,
                           struct redis_stream_id id)
{
    return btree_rank(tree, type, is_before, &id);
}

/* ---- entries */

static void item_retain(void *item)
{
    ((struct redis_stream_item *)item)->entry->refs++;
}

static void item_release(struct heap *heap, void *item)
{
    stream_entry_release(heap, ((struct redis_stream_item *)item)->entry);
}

static const struct btree_type entries_type = {
    .item_size = sizeof(struct redis_stream_item),
    .compare = redis_stream_compare_items,
    .retain = item_retain,
    .release = item_release,
};

static uint8_t *write_string(uint8_t *at, struct slice string)
{
    uint32_t len = (uint32_t)string.len;
    if (len < LONG_STRING) {
        *at++ = (uint8_t)len;
    } else {
        *at++ = LONG_STRING;
        memcpy(at, &len, sizeof(len));
        at += sizeof(len);
    }
    if (len)
        memcpy(at, string.ptr, len);
    return at + len;
}

struct slice redis_stream_read_string(const uint8_t **at)
{
    uint32_t len = *(*at)++;
    if (len == LONG_STRING) {
        memcpy(&len, *at, sizeof(len));
        *at += sizeof(len);
    }
    *at += len;
    return slice_of(*at - len, len);
}

static struct redis_stream_entry *entry_create(struct heap *heap, const struct slice *strings,
                                               uint32_t fields)
{
    size_t size = 0, count = (size_t)fields * 2;
    for (size_t i = 0; i < count; i++)
        size += strings[i].len + (strings[i].len < LONG_STRING ? 1 : 5);
    if (size > UINT32_MAX)
        return NULL;
    struct redis_stream_entry *entry = heap_alloc(heap, sizeof(*entry) + size);
    if (!entry)
        return NULL;
    *entry = (struct redis_stream_entry){1, fields, (uint32_t)size};
    uint8_t *at = entry->bytes;
    for (size_t i = 0; i < count; i++)
        at = write_string(at, strings[i]);
    return entry;
}

/* ---- streams */

struct redis_stream *redis_stream_create(struct heap *heap)
{
    struct redis_stream *stream = heap_zalloc(heap, sizeof(*stream));
    if (stream)
        redis_value_init(&stream->base, REDIS_STREAM, 0);
    return stream;
}

static struct redis_stream_id id_at(const struct btree *tree, const struct btree_type *type,
                                    uint64_t position)
{
    const struct redis_stream_id *id = btree_at(tree, type, position);
    return id ? *id : REDIS_STREAM_ID_MIN;
}

struct redis_stream_id redis_stream_first_id(const struct redis_stream *stream)
{
    return id_at(&stream->entries, &entries_type, 0);
}

struct redis_stream_id redis_stream_top_id(const struct redis_stream *stream)
{
    return id_at(&stream->entries, &entries_type, stream->entries.count - 1);
}

const struct redis_stream_item *redis_stream_find(const struct redis_stream *stream,
                                                  struct redis_stream_id id)
{
    return btree_find(&stream->entries, &entries_type, &id);
}

/* ---- adding */

static size_t total_length(const struct slice *strings, uint32_t fields)
{
    size_t len = 0;
    for (size_t i = 0; i < (size_t)fields * 2; i++)
        len += strings[i].len;
    return len;
}

/* The node that the entry will belong to, made if need be; NULL: out of memory. */
static struct stream_node *tail_node(struct heap *heap, struct redis_stream *stream,
                                     const struct redis_stream_limits *limits, size_t len,
                                     const struct redis_stream_item *item)
{
    struct btree *nodes = &stream->nodes;
    const struct stream_node_item *tail =
        nodes->count ? btree_at(nodes, &stream_nodes_type, nodes->count - 1) : NULL;
    if (tail && !stream_node_is_full(tail->node, limits, len))
        return stream_node_edit(heap, nodes, nodes->count - 1);
    struct stream_node_item fresh = {item->id, stream_node_create(heap, item->entry)};
    if (!fresh.node)
        return NULL;
    if (btree_insert(nodes, &stream_nodes_type, heap, &fresh))
        return fresh.node;
    stream_node_release(heap, fresh.node);
    return NULL;
}

bool redis_stream_append(struct heap *heap, struct redis_stream *stream,
                         const struct redis_stream_limits *limits, struct redis_stream_id id,
                         const struct slice *strings, uint32_t fields)
{
    ASSERT(redis_stream_id_compare(id, stream->last_id) > 0);
    struct redis_stream_item item = {id, entry_create(heap, strings, fields)};
    if (!item.entry)
        return false;
    struct stream_node *node =
        tail_node(heap, stream, limits, total_length(strings, fields), &item);
    if (!node || !btree_insert(&stream->entries, &entries_type, heap, &item)) {
        if (node && node->total == 0)
            btree_remove_range(&stream->nodes, &stream_nodes_type, heap, stream->nodes.count - 1,
                               1);
        stream_entry_release(heap, item.entry);
        return false;
    }
    stream_node_count(node, id_at(&stream->nodes, &stream_nodes_type, stream->nodes.count - 1), id,
                      item.entry);
    stream->last_id = id;
    stream->entries_added++;
    return true;
}

/* ---- removing */

/* The position of the node that an entry is or would be in; a stream with entries has nodes. */
static uint64_t node_position(const struct redis_stream *stream, struct redis_stream_id id)
{
    uint64_t position = redis_stream_rank(&stream->nodes, &stream_nodes_type, id);
    const struct stream_node_item *item = btree_at(&stream->nodes, &stream_nodes_type, position);
    return item && redis_stream_id_compare(item->id, id) == 0 ? position : position - 1;
}

bool redis_stream_delete(struct heap *heap, struct redis_stream *stream, struct redis_stream_id id,
                         bool *deleted)
{
    bool absent;
    *deleted = false;
    if (!redis_stream_find(stream, id))
        return true;
    uint64_t position = node_position(stream, id);
    struct stream_node *node = stream_node_edit(heap, &stream->nodes, position);
    if (!node || !btree_remove(&stream->entries, &entries_type, heap, &id, NULL, &absent))
        return false;
    /* The path to the node is the stream's own by now: removing it takes no memory. */
    if (--node->live == 0)
        btree_remove_range(&stream->nodes, &stream_nodes_type, heap, position, 1);
    if (redis_stream_id_compare(id, stream->max_deleted_id) > 0)
        stream->max_deleted_id = id;
    return *deleted = true;
}

static bool goes_whole(const struct redis_stream *stream, const struct redis_stream_trim *trim,
                       const struct stream_node *node, uint64_t removed)
{
    if (trim->by == REDIS_TRIM_MINID)
        return redis_stream_id_compare(node->last_id, trim->min_id) < 0;
    return redis_stream_length(stream) - removed - node->live >= trim->max_len;
}

/* How many whole nodes go, and with how many entries; false: the limit ends the matter there. */
static bool count_whole_nodes(const struct redis_stream *stream,
                              const struct redis_stream_trim *trim, uint64_t *out_nodes,
                              uint64_t *out_entries)
{
    struct btree_iter iter;
    uint64_t nodes = 0, entries = 0;
    bool more = true;
    for (const struct stream_node_item *item =
             btree_iter_at(&iter, &stream->nodes, &stream_nodes_type, 0);
         item && more; item = btree_iter_next(&iter, &stream_nodes_type)) {
        if (trim->by == REDIS_TRIM_MAXLEN && redis_stream_length(stream) - entries <= trim->max_len)
            break;
        more = !trim->limit || entries + item->node->live <= trim->limit;
        if (!more || !goes_whole(stream, trim, item->node, entries))
            break;
        entries += item->node->live;
        nodes++;
    }
    *out_nodes = nodes;
    *out_entries = entries;
    return more;
}

/* Entries to remove beyond the whole nodes: all of them from the node that is first then. */
static uint64_t count_rest(const struct redis_stream *stream, const struct redis_stream_trim *trim,
                           uint64_t removed)
{
    uint64_t upto = trim->by == REDIS_TRIM_MINID
                        ? redis_stream_rank(&stream->entries, &entries_type, trim->min_id)
                    : redis_stream_length(stream) > trim->max_len
                        ? redis_stream_length(stream) - trim->max_len
                        : 0;
    return upto > removed ? upto - removed : 0;
}

/* Takes whole nodes and so many entries off the front; all or, when out of memory, nothing. */
static bool cut_front(struct heap *heap, struct redis_stream *stream, uint64_t nodes,
                      uint64_t entries)
{
    struct btree before = btree_share(&stream->nodes);
    bool ok = btree_remove_range(&stream->nodes, &stream_nodes_type, heap, 0, nodes) &&
              btree_remove_range(&stream->entries, &entries_type, heap, 0, entries);
    if (!ok) {
        struct btree part = stream->nodes;
        stream->nodes = before;
        before = part;
    }
    btree_clear(&before, &stream_nodes_type, heap);
    return ok;
}

bool redis_stream_trim(struct heap *heap, struct redis_stream *stream,
                       const struct redis_stream_trim *trim, uint64_t *removed)
{
    uint64_t nodes, entries, rest = 0;
    struct stream_node *first = NULL;
    *removed = 0;
    if (trim->by == REDIS_TRIM_NONE)
        return true;
    bool more = count_whole_nodes(stream, trim, &nodes, &entries);
    if (more && !trim->approximate)
        rest = count_rest(stream, trim, entries);
    if (rest && !(first = stream_node_edit(heap, &stream->nodes, nodes)))
        return false;
    if (entries + rest + nodes && !cut_front(heap, stream, nodes, entries + rest))
        return false;
    if (first)
        first->live -= (uint32_t)rest;
    *removed = entries + rest;
    return true;
}

/* ---- what is known about ids */

bool redis_stream_has_tombstones(const struct redis_stream *stream, struct redis_stream_id from)
{
    struct redis_stream_id deleted = stream->max_deleted_id;
    if (!redis_stream_length(stream) || redis_stream_id_is_zero(deleted) ||
        redis_stream_id_compare(redis_stream_first_id(stream), deleted) > 0)
        return false;
    return redis_stream_id_compare(from, deleted) <= 0;
}

int64_t redis_stream_distance(const struct redis_stream *stream, struct redis_stream_id id)
{
    uint64_t added = stream->entries_added, length = redis_stream_length(stream);
    int to_last = redis_stream_id_compare(id, stream->last_id);
    if (!added)
        return 0;
    if (to_last == 0 || (to_last < 0 && !length))
        return (int64_t)added;
    if (to_last > 0)
        return -1;
    struct redis_stream_id first = redis_stream_first_id(stream);
    if (!redis_stream_id_is_zero(stream->max_deleted_id) &&
        redis_stream_id_compare(stream->max_deleted_id, first) >= 0)
        return -1;
    int to_first = redis_stream_id_compare(id, first);
    return to_first > 0 ? -1 : (int64_t)(added - length) + (to_first == 0);
}

/* ---- walking */

void redis_stream_iter_init(struct redis_stream_iter *iter, const struct redis_stream *stream,
                            struct redis_stream_id first, struct redis_stream_id last,
                            bool backwards)
{
    uint64_t position = redis_stream_rank(&stream->entries, &entries_type, first);
    iter->first = first;
    iter->last = last;
    iter->backwards = backwards;
    if (backwards) {
        position = redis_stream_rank(&stream->entries, &entries_type, last);
        const struct redis_stream_id *at = btree_at(&stream->entries, &entries_type, position);
        if (!at || redis_stream_id_compare(*at, last) > 0)
            position--; /* past the end when there is nothing before it */
    }
    iter->next = btree_iter_at(&iter->at, &stream->entries, &entries_type, position);
}

const struct redis_stream_item *redis_stream_iter_next(struct redis_stream_iter *iter)
{
    const struct redis_stream_item *item = iter->next;
    if (!item || redis_stream_id_compare(item->id, iter->first) < 0 ||
        redis_stream_id_compare(item->id, iter->last) > 0)
        return NULL;
    iter->next = iter->backwards ? btree_iter_prev(&iter->at, &entries_type)
                                 : btree_iter_next(&iter->at, &entries_type);
    return item;
}

/* ---- the type's table */

static void stream_release(struct heap *heap, struct redis_value *value)
{
    struct redis_stream *stream = (struct redis_stream *)value;
    btree_clear(&stream->entries, &entries_type, heap);
    btree_clear(&stream->nodes, &stream_nodes_type, heap);
    btree_clear(&stream->groups, &redis_stream_groups_type, heap);
    heap_free(heap, stream, sizeof(*stream));
}

static struct redis_value *stream_clone(struct heap *heap, const struct redis_value *value)
{
    const struct redis_stream *from = (const struct redis_stream *)value;
    struct redis_stream *stream = heap_alloc(heap, sizeof(*stream));
    if (!stream)
        return NULL;
    *stream = *from;
    stream->base.refs = 1;
    stream->entries = btree_share(&from->entries);
    stream->nodes = btree_share(&from->nodes);
    stream->groups = btree_share(&from->groups);
    return &stream->base;
}

static const char *stream_encoding(const struct redis_value *value)
{
    (void)value;
    return "stream";
}

static uint64_t stream_length(const struct redis_value *value)
{
    return redis_stream_length((const struct redis_stream *)value);
}

static size_t stream_memory(const struct redis_value *value, uint64_t samples)
{
    const struct redis_stream *stream = (const struct redis_stream *)value;
    struct redis_stream_iter iter;
    const struct redis_stream_item *item;
    uint64_t seen = 0;
    size_t bytes = 0;
    redis_stream_iter_init(&iter, stream, REDIS_STREAM_ID_MIN, REDIS_STREAM_ID_MAX, false);
    while ((!samples || seen < samples) && (item = redis_stream_iter_next(&iter))) {
        bytes += heap_block_size(sizeof(*item->entry) + item->entry->size) + sizeof(*item);
        seen++;
    }
    if (seen)
        bytes = bytes / seen * redis_stream_length(stream);
    return heap_block_size(sizeof(*stream)) + bytes +
           stream->nodes.count *
               (sizeof(struct stream_node_item) + heap_block_size(sizeof(struct stream_node))) +
           redis_stream_groups_memory(&stream->groups);
}

const struct redis_type_ops redis_stream_ops = {
    "stream", stream_release, stream_clone, stream_encoding, stream_length, stream_memory,
};
