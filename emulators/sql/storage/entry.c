#include "emulators/sql/storage/entry.h"

#include "common/btree_node.h"

/* ---- bytes as numbers */

static uint64_t load(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;
    if (len >= 8) {
        memcpy(&number, bytes, 8);
        return __builtin_bswap64(number);
    }
    for (size_t i = 0; i < len; i++)
        number |= (uint64_t)bytes[i] << (56 - 8 * i);
    return number;
}

static void store(uint8_t *out, uint64_t number, size_t len)
{
    for (size_t i = 0; i < len && i < 8; i++)
        out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t load_from(struct slice key, size_t at)
{
    return at < key.len ? load(key.ptr + at, key.len - at) : 0;
}

/* ---- making */

size_t sql_entry_key_len(const struct sql_entry *entry)
{
    const struct sql_key_rest *rest = sql_entry_rest(entry);
    return rest ? SQL_ENTRY_HEAD + rest->len : entry->row & SQL_ENTRY_LEN;
}

void sql_entry_key(const struct sql_entry *entry, uint8_t *out)
{
    const struct sql_key_rest *rest = sql_entry_rest(entry);
    size_t len = entry->row & SQL_ENTRY_LEN;
    if (rest) {
        store(out, entry->head, SQL_ENTRY_HEAD);
        memcpy(out + SQL_ENTRY_HEAD, rest->bytes, rest->len);
        return;
    }
    store(out, entry->head, len);
    if (len > SQL_ENTRY_HEAD)
        store(out + SQL_ENTRY_HEAD, entry->tail, len - SQL_ENTRY_HEAD);
}

static size_t rest_size(size_t len)
{
    return sizeof(struct sql_key_rest) + len;
}

bool sql_entry_make(struct heap *heap, struct slice key, uint64_t row_id, struct sql_entry *out)
{
    uint64_t row = row_id << SQL_ENTRY_ROW_SHIFT;
    if (key.len <= SQL_ENTRY_INLINE) {
        *out = (struct sql_entry){load_from(key, 0), load_from(key, SQL_ENTRY_HEAD), row | key.len};
        return true;
    }
    struct sql_key_rest *rest = heap_alloc_packed(heap, rest_size(key.len - SQL_ENTRY_HEAD));
    if (!rest)
        return false;
    *rest = (struct sql_key_rest){.refs = 1, .len = (uint32_t)(key.len - SQL_ENTRY_HEAD)};
    memcpy(rest->bytes, key.ptr + SQL_ENTRY_HEAD, rest->len);
    *out = (struct sql_entry){load(key.ptr, SQL_ENTRY_HEAD), (uintptr_t)rest, row | SQL_ENTRY_LONG};
    return true;
}

void sql_entry_release(struct heap *heap, const struct sql_entry *entry)
{
    struct sql_key_rest *rest = (struct sql_key_rest *)(uintptr_t)sql_entry_rest(entry);
    if (rest && --rest->refs == 0)
        heap_free_packed(heap, rest, rest_size(rest->len));
}

static void retain_item(void *item)
{
    const struct sql_entry *entry = item;
    struct sql_key_rest *rest = (struct sql_key_rest *)(uintptr_t)sql_entry_rest(entry);
    if (rest)
        rest->refs++;
}

static void release_item(struct heap *heap, void *item)
{
    sql_entry_release(heap, item);
}

const struct btree_type sql_entries_type = {
    sizeof(struct sql_entry), sql_entry_compare, retain_item, release_item, NULL, 1024, 4096};

/* ---- order */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* What follows the head, as bytes; buffer has 8. */
static struct slice rest_of(const struct sql_entry *entry, uint8_t *buffer)
{
    const struct sql_key_rest *rest = sql_entry_rest(entry);
    size_t len = entry->row & SQL_ENTRY_LEN;
    if (rest)
        return slice_of(rest->bytes, rest->len);
    store(buffer, entry->tail, SQL_ENTRY_HEAD);
    return slice_of(buffer, len > SQL_ENTRY_HEAD ? len - SQL_ENTRY_HEAD : 0);
}

int sql_entry_compare_keys(const struct sql_entry *a, const struct sql_entry *b)
{
    uint8_t a_bytes[8], b_bytes[8];
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    if (!((a->row | b->row) & SQL_ENTRY_LONG))
        return compare_numbers(a->tail, b->tail);
    return slice_compare(rest_of(a, a_bytes), rest_of(b, b_bytes));
}

int sql_entry_compare(const void *a, const void *b)
{
    const struct sql_entry *x = a, *y = b;
    int order = sql_entry_compare_keys(x, y);
    return order ? order : compare_numbers(sql_entry_row_id(x), sql_entry_row_id(y));
}

/* ---- probes */

void sql_key_probe_init(struct sql_key_probe *probe, struct slice key, uint64_t row_id)
{
    *probe = (struct sql_key_probe){.head = load_from(key, 0),
                                    .tail = load_from(key, SQL_ENTRY_HEAD),
                                    .row_id = row_id,
                                    .key = key};
}

static int compare_probe(const struct sql_entry *entry, const struct sql_key_probe *probe)
{
    uint8_t buffer[8];
    if (entry->head != probe->head)
        return entry->head < probe->head ? -1 : 1;
    if (!(entry->row & SQL_ENTRY_LONG) && probe->key.len <= SQL_ENTRY_INLINE)
        return compare_numbers(entry->tail, probe->tail);
    return slice_compare(rest_of(entry, buffer), slice_from(probe->key, SQL_ENTRY_HEAD));
}

bool sql_entry_has_key(const struct sql_entry *entry, const struct sql_key_probe *probe)
{
    return compare_probe(entry, probe) == 0;
}

bool sql_entry_before(const void *entry, const void *probe)
{
    const struct sql_key_probe *p = probe;
    int order = compare_probe(entry, p);
    return order < 0 || (order == 0 && sql_entry_row_id(entry) < p->row_id);
}

/* ---- a search that waits for few cache lines */

/* So many items before and behind its expected place are looked at first. */
#define NEAR 4u

/* Keys that head and tail do not tell apart. */
static __attribute__((noinline)) bool before_in_rest(const struct sql_entry *entry,
                                                     const struct sql_key_probe *probe)
{
    return sql_entry_before(entry, probe);
}

/* sql_entry_before without a branch to be mistaken about. */
static inline bool before(const struct sql_entry *entry, const struct sql_key_probe *probe)
{
    bool same = entry->head == probe->head;
    bool lasting = probe->key.len > SQL_ENTRY_INLINE || entry->row & SQL_ENTRY_LONG;
    if (__builtin_expect(same && (entry->tail == probe->tail || lasting), 0))
        return before_in_rest(entry, probe);
    return (entry->head < probe->head) | (same & (entry->tail < probe->tail));
}

static double distance(const struct sql_entry *from, uint64_t head, uint64_t tail)
{
    return (double)(int64_t)(head - from->head) * 0x1p64 + ((double)tail - (double)from->tail);
}

/* Where the probe's place is among `count` entries when they spread evenly from the first one to
 * `end`, which follows them. */
static unsigned expected(const struct sql_entry *first, const struct sql_entry *end, unsigned count,
                         const struct sql_key_probe *probe)
{
    double all = distance(first, end->head, end->tail);
    double part = distance(first, probe->head, probe->tail);
    if (!(part > 0))
        return 0;
    return part < all ? (unsigned)(part / all * count) : count;
}

static unsigned expected_in(struct btree_node *node, const struct sql_key_probe *probe)
{
    unsigned last = node->count - 1u;
    return expected(node_item(node, &sql_entries_type, 0), node_item(node, &sql_entries_type, last),
                    last, probe);
}

/* The same for a child. Of a leaf its parent knows enough, so that nothing waits for it: what will be
 * read of it is asked for together. */
static unsigned expected_below(struct btree_node *parent, unsigned at,
                               const struct sql_key_probe *probe)
{
    const struct btree_type *type = &sql_entries_type;
    const struct btree_link *link = node_link(parent, type, at);
    if (parent->level > 1 || at + 1 == parent->count)
        return expected_in(link->child, probe);
    unsigned near = expected(node_item(parent, type, at), node_item(parent, type, at + 1),
                             (unsigned)link->count, probe);
    size_t from = near > NEAR ? near - NEAR : 0, to = near + NEAR + 1;
    const uint8_t *items = (const uint8_t *)(link->child + 1);
    prefetch(link->child);
    for (size_t byte = from * type->item_size; byte < to * type->item_size; byte += 64)
        prefetch(items + byte);
    return near;
}

static inline unsigned count_before(struct btree_node *node, const struct sql_key_probe *probe,
                                    unsigned near)
{
    const size_t stride = node_stride(node, &sql_entries_type);
    const uint8_t *first = node_item(node, &sql_entries_type, 0);
    unsigned low = 0, end = node->count;
    if (near >= NEAR && near - NEAR < end) {
        if (before((const void *)(first + (near - NEAR) * stride), probe))
            low = near - NEAR + 1;
        else
            end = near - NEAR;
    }
    if (near + NEAR < end) {
        if (before((const void *)(first + (near + NEAR) * stride), probe))
            low = near + NEAR + 1;
        else
            end = near + NEAR;
    }
    for (unsigned left = end - low; left > 0; left = left > 1 ? left - left / 2 : 0) {
        unsigned half = left > 1 ? left / 2 : 1;
        low += before((const void *)(first + (low + half - 1) * stride), probe) * half;
    }
    return low;
}

const struct sql_entry *sql_entries_seek(struct btree_iter *iter, const struct btree *entries,
                                         const struct sql_key_probe *probe)
{
    const struct btree_type *type = &sql_entries_type;
    struct btree_node *node = entries->root;
    iter->depth = 0;
    if (!node)
        return NULL;
    unsigned at, near = expected_in(node, probe);
    for (;; node = node_link(node, type, at)->child) {
        at = count_before(node, probe, near);
        at -= node->level > 0 && at > 0;
        iter->node[iter->depth] = node;
        iter->at[iter->depth++] = (uint16_t)at;
        if (node->level == 0)
            break;
        near = expected_below(node, at, probe);
    }
    if (at < node->count)
        return node_item(node, type, at);
    iter->at[iter->depth - 1]--;
    return btree_iter_next(iter, type);
}

bool sql_entry_up_to(const void *entry, const void *probe)
{
    const struct sql_key_probe *p = probe;
    int order = compare_probe(entry, p);
    return order < 0 || (order == 0 && sql_entry_row_id(entry) <= p->row_id);
}

static uint64_t mask_of(size_t len)
{
    return len >= 8 ? UINT64_MAX : ~(UINT64_MAX >> (8 * len));
}

/* Order of the entry's key cut to the probe's length. */
static int compare_prefix(const struct sql_entry *entry, const struct sql_key_probe *probe)
{
    uint8_t buffer[8];
    size_t len = probe->key.len;
    uint64_t head = len < SQL_ENTRY_HEAD ? entry->head & mask_of(len) : entry->head;
    if (head != probe->head)
        return head < probe->head ? -1 : 1;
    if (len <= SQL_ENTRY_HEAD)
        return 0;
    len -= SQL_ENTRY_HEAD;
    if (!(entry->row & SQL_ENTRY_LONG) && len <= SQL_ENTRY_HEAD)
        return compare_numbers(entry->tail & mask_of(len), probe->tail);
    struct slice rest = rest_of(entry, buffer);
    if (rest.len > len)
        rest.len = len;
    return slice_compare(rest, slice_from(probe->key, SQL_ENTRY_HEAD));
}

bool sql_entry_before_prefix(const void *entry, const void *probe)
{
    return compare_prefix(entry, probe) < 0;
}

bool sql_entry_up_to_prefix(const void *entry, const void *probe)
{
    return compare_prefix(entry, probe) <= 0;
}
