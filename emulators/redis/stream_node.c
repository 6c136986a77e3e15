#include "emulators/redis/stream_node.h"

#include "common/text.h"

#define LISTPACK_HEADER    7 /* with the end mark */
#define LISTPACK_BYTES_MAX (1 << 30)

static struct stream_node *node_of(const void *item)
{
    return ((const struct stream_node_item *)item)->node;
}

static void node_retain(void *item)
{
    node_of(item)->refs++;
}

static void node_release(struct heap *heap, void *item)
{
    stream_node_release(heap, node_of(item));
}

const struct btree_type stream_nodes_type = {
    .item_size = sizeof(struct stream_node_item),
    .compare = redis_stream_compare_items,
    .retain = node_retain,
    .release = node_release,
};

void stream_entry_release(struct heap *heap, struct redis_stream_entry *entry)
{
    if (--entry->refs == 0)
        heap_free(heap, entry, sizeof(*entry) + entry->size);
}

struct stream_node *stream_node_create(struct heap *heap, struct redis_stream_entry *master)
{
    struct stream_node *node = heap_alloc(heap, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct stream_node){.refs = 1, .master = master};
    master->refs++;
    return node;
}

void stream_node_release(struct heap *heap, struct stream_node *node)
{
    if (--node->refs > 0)
        return;
    stream_entry_release(heap, node->master);
    heap_free(heap, node, sizeof(*node));
}

struct stream_node *stream_node_edit(struct heap *heap, struct btree *nodes, uint64_t position)
{
    struct stream_node_item *item = btree_edit(nodes, &stream_nodes_type, heap, position);
    if (!item || item->node->refs == 1)
        return item ? item->node : NULL;
    struct stream_node *copy = stream_node_create(heap, item->node->master);
    if (!copy)
        return NULL;
    *copy = *item->node;
    copy->refs = 1;
    stream_node_release(heap, item->node);
    item->node = copy;
    btree_edited(nodes, &stream_nodes_type, position);
    return copy;
}

/* ---- sizes in a listpack */

/* An element of `len` bytes is followed by that length in groups of seven bits. */
static size_t with_back_length(size_t len)
{
    if (len <= 127)
        return len + 1;
    if (len < 16383)
        return len + 2;
    if (len < 2097151)
        return len + 3;
    return len + (len < 268435455 ? 4 : 5);
}

static size_t int_size(int64_t value)
{
    if (value >= 0 && value <= 127)
        return with_back_length(1);
    if (value >= -(1 << 12) && value < 1 << 12)
        return with_back_length(2);
    if (value >= INT16_MIN && value <= INT16_MAX)
        return with_back_length(3);
    if (value >= -(1 << 23) && value < 1 << 23)
        return with_back_length(4);
    return with_back_length(value >= INT32_MIN && value <= INT32_MAX ? 5 : 9);
}

static size_t string_size(struct slice string)
{
    int64_t value;
    if (text_to_i64(string, &value))
        return int_size(value);
    if (string.len < 64)
        return with_back_length(string.len + 1);
    return with_back_length(string.len + (string.len < 4096 ? 2 : 5));
}

/* Bytes that the entry's field names, or its values, take. */
static size_t strings_size(const struct redis_stream_entry *entry, bool values)
{
    const uint8_t *at = entry->bytes;
    size_t size = 0;
    for (uint32_t i = 0; i < entry->fields; i++) {
        struct slice field = redis_stream_read_string(&at);
        struct slice value = redis_stream_read_string(&at);
        size += string_size(values ? value : field);
    }
    return size;
}

bool stream_node_same_fields(const struct redis_stream_entry *a, const struct redis_stream_entry *b)
{
    const uint8_t *at_a = a->bytes, *at_b = b->bytes;
    if (a == b)
        return true;
    if (a->fields != b->fields)
        return false;
    for (uint32_t i = 0; i < a->fields; i++) {
        if (!slice_eq(redis_stream_read_string(&at_a), redis_stream_read_string(&at_b)))
            return false;
        redis_stream_read_string(&at_a);
        redis_stream_read_string(&at_b);
    }
    return true;
}

bool stream_node_is_full(const struct stream_node *node, const struct redis_stream_limits *limits,
                         size_t len)
{
    int64_t bytes_max = limits->bytes;
    if (bytes_max <= 0 || bytes_max > LISTPACK_BYTES_MAX)
        bytes_max = LISTPACK_BYTES_MAX;
    size_t bytes =
        LISTPACK_HEADER + int_size(node->live) + int_size(node->total - node->live) + node->bytes;
    if (bytes + len >= (size_t)bytes_max)
        return true;
    return limits->entries && (int64_t)node->total >= limits->entries;
}

void stream_node_count(struct stream_node *node, struct redis_stream_id first_id,
                       struct redis_stream_id id, const struct redis_stream_entry *entry)
{
    bool same = stream_node_same_fields(node->master, entry);
    int64_t fields = entry->fields;
    if (node->total == 0)
        node->bytes = int_size(fields) + strings_size(entry, false) + int_size(0);
    /* Flags, the id as a distance to the node's, the strings, and the number of these elements. */
    node->bytes += int_size(0) + int_size((int64_t)(id.ms - first_id.ms)) +
                   int_size((int64_t)(id.seq - first_id.seq)) + strings_size(entry, true) +
                   int_size(same ? fields + 3 : 2 * fields + 4);
    if (!same)
        node->bytes += int_size(fields) + strings_size(entry, false);
    node->live++;
    node->total++;
    node->last_id = id;
}

/* ---- the radix tree

 * redis-server's tree has the 16 bytes of a node's id as key. It is made of branches (where keys
 * part), runs (the bytes between a branch, or the root, and what is next) and one end per key; each
 * is a node. Keys come in order, so the branches on the way to the current key are a stack of
 * depths. */

#define KEY_LEN 16

struct radix {
    int branch[KEY_LEN];
    int depth; /* of the stack */
    uint64_t nodes;
};

static uint8_t key_byte(struct redis_stream_id id, int at)
{
    uint64_t half = at < 8 ? id.ms : id.seq;
    return (uint8_t)(half >> (56 - at % 8 * 8));
}

static int common_prefix(struct redis_stream_id a, struct redis_stream_id b)
{
    int len = 0;
    while (key_byte(a, len) == key_byte(b, len))
        len++;
    return len;
}

/* Counts a branch or an end at a depth, and the run that leads to it from the branch above (-1:
 * from the root). */
static void count_node(struct radix *radix, int depth, int above)
{
    radix->nodes += depth > above + 1 ? 2 : 1;
}

/* The branches below this depth are complete. */
static void close_branches(struct radix *radix, int upto)
{
    while (radix->depth && radix->branch[radix->depth - 1] > upto) {
        int depth = radix->branch[--radix->depth];
        int above = radix->depth ? radix->branch[radix->depth - 1] : -1;
        count_node(radix, depth, above > upto ? above : upto);
    }
}

uint64_t redis_stream_radix_nodes(const struct redis_stream *stream)
{
    struct radix radix = {.depth = 0};
    struct btree_iter iter;
    const struct redis_stream_id *id = btree_iter_at(&iter, &stream->nodes, &stream_nodes_type, 0);
    int before = -1; /* where this key parts from the one before it */
    if (!id)
        return 1;
    while (id) {
        struct redis_stream_id this = *id;
        id = btree_iter_next(&iter, &stream_nodes_type);
        int after = id ? common_prefix(this, *id) : -1;
        count_node(&radix, KEY_LEN, before > after ? before : after);
        close_branches(&radix, after);
        if (after >= 0 && (!radix.depth || radix.branch[radix.depth - 1] < after))
            radix.branch[radix.depth++] = after;
        before = after;
    }
    return radix.nodes;
}
