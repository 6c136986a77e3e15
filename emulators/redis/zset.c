#include "emulators/redis/zset.h"

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/redis/types.h"

/* One element of a large set; the map and the order hold one reference each. */
struct zmember {
    uint32_t refs;
    uint32_t len;
    double score;
    uint8_t bytes[];
};

/* The score beside the pointer, so that most comparisons touch nothing else. */
struct zorder {
    double score;
    struct zmember *member;
};

static struct slice zmember_slice(const struct zmember *member)
{
    return slice_of(member->bytes, member->len);
}

static uint64_t zmember_hash(const void *item)
{
    return hash_bytes(zmember_slice(item));
}

static bool zmember_equal(const void *item, struct slice key)
{
    return slice_eq(zmember_slice(item), key);
}

static void zmember_free(struct heap *heap, void *item)
{
    struct zmember *member = item;
    heap_free(heap, member, sizeof(*member) + member->len);
}

static const struct trie_type member_type = {zmember_hash, zmember_equal, zmember_free};

static int compare(double score_a, struct slice a, double score_b, struct slice b)
{
    if (score_a != score_b)
        return score_a < score_b ? -1 : 1;
    return slice_compare(a, b);
}

static int order_compare(const void *a, const void *b)
{
    const struct zorder *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return slice_compare(zmember_slice(x->member), zmember_slice(y->member));
}

static void order_retain(void *item)
{
    ((struct zorder *)item)->member->refs++;
}

static void order_release(struct heap *heap, void *item)
{
    trie_item_release(&member_type, heap, ((struct zorder *)item)->member);
}

static const struct btree_type order_type = {
    .item_size = sizeof(struct zorder),
    .compare = order_compare,
    .retain = order_retain,
    .release = order_release,
};

struct redis_zset *redis_zset_create(struct heap *heap)
{
    struct redis_zset *zset = heap_zalloc(heap, sizeof(*zset));
    if (zset)
        redis_value_init(&zset->base, REDIS_ZSET, REDIS_ZSET_LISTPACK);
    return zset;
}

uint64_t redis_zset_size(const struct redis_zset *zset)
{
    if (zset->base.encoding == REDIS_ZSET_SKIPLIST)
        return zset->order.count;
    return zset->packed ? zset->packed->count / 2 : 0;
}

/* ---- small sets */

static double packed_score(const struct packed *packed, const uint8_t *member_at)
{
    double score;
    memcpy(&score, packed_get(packed_next(packed, member_at)).ptr, sizeof(score));
    return score;
}

static const uint8_t *packed_skip(const struct packed *packed, const uint8_t *member_at)
{
    return packed_next(packed, packed_next(packed, member_at));
}

/* The first element not before (score, member); NULL at the end. */
static const uint8_t *packed_place(const struct packed *packed, double score, struct slice member)
{
    const uint8_t *at = packed_first(packed);
    while (at && compare(packed_score(packed, at), packed_get(at), score, member) < 0)
        at = packed_skip(packed, at);
    return at;
}

static bool packed_own_for(struct heap *heap, struct redis_zset *zset, size_t room)
{
    struct packed *own = zset->packed ? packed_own(heap, zset->packed) : packed_create(heap, room);
    if (own)
        zset->packed = own;
    return own != NULL;
}

static bool packed_add(struct heap *heap, struct redis_zset *zset, struct slice member,
                       double score)
{
    const uint8_t *at = packed_place(zset->packed, score, member);
    size_t offset = at ? (size_t)(at - zset->packed->data) - zset->packed->start : SIZE_MAX;
    struct packed *grown = packed_insert(heap, zset->packed, at, slice_of(&score, sizeof(score)));
    if (!grown)
        return false;
    zset->packed = grown;
    /* The member goes before its score, which stands where `at` was. */
    at = offset == SIZE_MAX ? packed_last(grown) : grown->data + grown->start + offset;
    struct packed *whole = packed_insert(heap, grown, at, member);
    if (!whole) {
        packed_erase(grown, at, 1);
        return false;
    }
    zset->packed = whole;
    return true;
}

static bool packed_put(struct heap *heap, struct redis_zset *zset, struct slice member,
                       double score, bool *added)
{
    if (!packed_own_for(heap, zset, packed_element_size(member.len) + packed_element_size(8)))
        return false;
    const uint8_t *at = packed_find(zset->packed, member, 2);
    *added = !at;
    score += 0.0; /* redis-server's listpacks know no negative zero */
    if (at) {
        if (packed_score(zset->packed, at) == score)
            return true;
        packed_erase(zset->packed, at, 2);
    }
    return packed_add(heap, zset, member, score);
}

/* ---- large ones */

static bool map_add(struct heap *heap, struct redis_zset *zset, void **slot, uint64_t hash,
                    struct slice bytes, double score)
{
    struct zmember *member = heap_alloc(heap, sizeof(*member) + bytes.len);
    if (!member)
        return false;
    *member = (struct zmember){1, (uint32_t)bytes.len, score};
    if (bytes.len)
        memcpy(member->bytes, bytes.ptr, bytes.len);
    struct zorder order = {score, member};
    if (!btree_insert(&zset->order, &order_type, heap, &order)) {
        zmember_free(heap, member);
        return false;
    }
    member->refs++;
    if (slot) {
        *slot = member;
        return true;
    }
    bool absent;
    if (trie_insert(&zset->members, &member_type, heap, hash, member))
        return true;
    btree_remove(&zset->order, &order_type, heap, &order, NULL, &absent);
    trie_item_release(&member_type, heap, member);
    return false;
}

static bool map_put(struct heap *heap, struct redis_zset *zset, struct slice bytes, double score,
                    bool *added)
{
    uint64_t hash = hash_bytes(bytes);
    bool absent;
    struct zmember *found = trie_find(&zset->members, &member_type, hash, bytes);
    *added = !found;
    if (!found)
        return map_add(heap, zset, NULL, hash, bytes, score);
    if (found->score == score)
        return true;
    void **slot = trie_slot(&zset->members, &member_type, heap, hash, bytes, &absent);
    if (!slot)
        return false;
    struct zmember *old = *slot;
    struct zorder probe = {old->score, old};
    if (!map_add(heap, zset, slot, hash, bytes, score))
        return false;
    btree_remove(&zset->order, &order_type, heap, &probe, NULL, &absent);
    trie_item_release(&member_type, heap, old);
    return true;
}

bool redis_zset_to_skiplist(struct heap *heap, struct redis_zset *zset)
{
    if (zset->base.encoding == REDIS_ZSET_SKIPLIST)
        return true;
    struct redis_zset large = {.base = zset->base};
    struct redis_zset_iter iter;
    struct redis_zitem item;
    large.base.encoding = REDIS_ZSET_SKIPLIST;
    redis_zset_iter_init(&iter, zset, 0, false);
    while (redis_zset_iter_next(&iter, &item))
        if (!map_add(heap, &large, NULL, hash_bytes(item.member), item.member, item.score)) {
            trie_clear(&large.members, &member_type, heap);
            btree_clear(&large.order, &order_type, heap);
            return false;
        }
    packed_release(heap, zset->packed);
    *zset = large;
    return true;
}

bool redis_zset_score(const struct redis_zset *zset, struct slice member, double *out)
{
    if (zset->base.encoding == REDIS_ZSET_SKIPLIST) {
        const struct zmember *found =
            trie_find(&zset->members, &member_type, hash_bytes(member), member);
        if (found)
            *out = found->score;
        return found != NULL;
    }
    const uint8_t *at = zset->packed ? packed_find(zset->packed, member, 2) : NULL;
    if (at)
        *out = packed_score(zset->packed, at);
    return at != NULL;
}

bool redis_zset_put(struct heap *heap, struct redis_zset *zset, const struct redis_config *config,
                    struct slice member, double score, bool *added)
{
    if (zset->base.encoding == REDIS_ZSET_LISTPACK) {
        bool small = member.len <= (size_t)config->zset_max_listpack_value;
        if (small && (int64_t)redis_zset_size(zset) >= config->zset_max_listpack_entries)
            small = zset->packed && packed_find(zset->packed, member, 2);
        if (small)
            return packed_put(heap, zset, member, score, added);
        if (!redis_zset_to_skiplist(heap, zset))
            return false;
    }
    return map_put(heap, zset, member, score, added);
}

bool redis_zset_remove(struct heap *heap, struct redis_zset *zset, struct slice member,
                       bool *removed)
{
    bool absent;
    *removed = false;
    if (zset->base.encoding == REDIS_ZSET_LISTPACK) {
        if (!zset->packed || !packed_find(zset->packed, member, 2))
            return true;
        if (!packed_own_for(heap, zset, 0))
            return false;
        packed_erase(zset->packed, packed_find(zset->packed, member, 2), 2);
        return *removed = true;
    }
    struct zmember *found =
        trie_remove(&zset->members, &member_type, heap, hash_bytes(member), member, &absent);
    if (!found)
        return absent;
    struct zorder probe = {found->score, found};
    btree_remove(&zset->order, &order_type, heap, &probe, NULL, &absent);
    trie_item_release(&member_type, heap, found);
    return *removed = true;
}

bool redis_zset_remove_range(struct heap *heap, struct redis_zset *zset, uint64_t rank,
                             uint64_t count)
{
    bool absent;
    if (count == 0)
        return true;
    if (zset->base.encoding == REDIS_ZSET_LISTPACK) {
        if (!packed_own_for(heap, zset, 0))
            return false;
        packed_erase(zset->packed, packed_at(zset->packed, (uint32_t)rank * 2),
                     (uint32_t)count * 2);
        return true;
    }
    for (uint64_t i = 0; i < count; i++) {
        const struct zorder *order = btree_at(&zset->order, &order_type, rank + i);
        struct slice name = zmember_slice(order->member);
        void *item =
            trie_remove(&zset->members, &member_type, heap, hash_bytes(name), name, &absent);
        if (!item)
            return false;
        trie_item_release(&member_type, heap, item);
    }
    return btree_remove_range(&zset->order, &order_type, heap, rank, count);
}

/* ---- ranks and intervals */

/* "before(item)" for both encodings. */
typedef bool before_fn(double score, struct slice member, const void *ctx);
struct before {
    before_fn *test;
    const void *ctx;
};

static bool order_before(const void *item, const void *context)
{
    const struct before *before = context;
    const struct zorder *order = item;
    return before->test(order->score, zmember_slice(order->member), before->ctx);
}

static uint64_t rank_of(const struct redis_zset *zset, before_fn *test, const void *ctx)
{
    struct before before = {test, ctx};
    if (zset->base.encoding == REDIS_ZSET_SKIPLIST)
        return btree_rank(&zset->order, &order_type, order_before, &before);
    uint64_t rank = 0;
    const uint8_t *at = zset->packed ? packed_first(zset->packed) : NULL;
    for (; at && test(packed_score(zset->packed, at), packed_get(at), ctx); rank++)
        at = packed_skip(zset->packed, at);
    return rank;
}

static bool before_item(double score, struct slice member, const void *ctx)
{
    const struct redis_zitem *item = ctx;
    return compare(score, member, item->score, item->member) < 0;
}

uint64_t redis_zset_rank(const struct redis_zset *zset, struct slice member, double score)
{
    struct redis_zitem item = {member, score};
    return rank_of(zset, before_item, &item);
}

static bool below_min_score(double score, struct slice member, const void *ctx)
{
    const struct redis_score_range *range = ctx;
    (void)member;
    return range->min_exclusive ? score <= range->min : score < range->min;
}

static bool within_max_score(double score, struct slice member, const void *ctx)
{
    const struct redis_score_range *range = ctx;
    (void)member;
    return range->max_exclusive ? score < range->max : score <= range->max;
}

static uint64_t span(const struct redis_zset *zset, before_fn *below_min, before_fn *within_max,
                     const void *range, uint64_t *rank)
{
    *rank = rank_of(zset, below_min, range);
    uint64_t end = rank_of(zset, within_max, range);
    return end > *rank ? end - *rank : 0;
}

uint64_t redis_zset_score_span(const struct redis_zset *zset, const struct redis_score_range *range,
                               uint64_t *rank)
{
    return span(zset, below_min_score, within_max_score, range, rank);
}

static bool below_lex_bound(struct slice member, const struct redis_lex_bound *bound)
{
    switch (bound->kind) {
    case REDIS_LEX_MIN: return false;
    case REDIS_LEX_MAX: return true;
    case REDIS_LEX_INCLUSIVE: return slice_compare(member, bound->bytes) < 0;
    case REDIS_LEX_EXCLUSIVE: return slice_compare(member, bound->bytes) <= 0;
    }
    return false;
}

static bool below_min_lex(double score, struct slice member, const void *ctx)
{
    (void)score;
    return below_lex_bound(member, &((const struct redis_lex_range *)ctx)->min);
}

/* As an upper bound "[x" takes x in, "(x" does not: the other way round than as a lower one. */
static bool within_max_lex(double score, struct slice member, const void *ctx)
{
    struct redis_lex_bound bound = ((const struct redis_lex_range *)ctx)->max;
    (void)score;
    if (bound.kind == REDIS_LEX_INCLUSIVE)
        bound.kind = REDIS_LEX_EXCLUSIVE;
    else if (bound.kind == REDIS_LEX_EXCLUSIVE)
        bound.kind = REDIS_LEX_INCLUSIVE;
    return below_lex_bound(member, &bound);
}

/* With scores that differ the members are in no order, and the answer is what redis-server's search
 * comes to: nothing when the last member is below the range or the first one above it; in a packed
 * set what follows the first member that is not below it, as long as it is not above. */
uint64_t redis_zset_lex_span(const struct redis_zset *zset, const struct redis_lex_range *range,
                             uint64_t *rank)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t size = redis_zset_size(zset), count = 0;
    *rank = 0;
    redis_zset_iter_init(&iter, zset, size - 1, false);
    if (!redis_zset_iter_next(&iter, &item) || below_min_lex(0, item.member, range))
        return 0;
    redis_zset_iter_init(&iter, zset, 0, false);
    if (!redis_zset_iter_next(&iter, &item) || !within_max_lex(0, item.member, range))
        return 0;
    if (zset->base.encoding == REDIS_ZSET_SKIPLIST)
        return span(zset, below_min_lex, within_max_lex, range, rank);
    *rank = rank_of(zset, below_min_lex, range);
    redis_zset_iter_init(&iter, zset, *rank, false);
    while (redis_zset_iter_next(&iter, &item) && within_max_lex(0, item.member, range))
        count++;
    return count;
}

/* ---- walking */

void redis_zset_iter_init(struct redis_zset_iter *iter, const struct redis_zset *zset,
                          uint64_t rank, bool backwards)
{
    iter->zset = zset;
    iter->backwards = backwards;
    iter->at = NULL;
    iter->item = NULL;
    if (rank >= redis_zset_size(zset))
        return;
    if (zset->base.encoding == REDIS_ZSET_SKIPLIST)
        iter->item = btree_iter_at(&iter->iter, &zset->order, &order_type, rank);
    else
        iter->at = packed_at(zset->packed, (uint32_t)rank * 2);
}

static bool packed_step(struct redis_zset_iter *iter, struct redis_zitem *out)
{
    const struct packed *packed = iter->zset->packed;
    if (!iter->at)
        return false;
    *out = (struct redis_zitem){packed_get(iter->at), packed_score(packed, iter->at)};
    if (!iter->backwards) {
        iter->at = packed_skip(packed, iter->at);
    } else {
        const uint8_t *score = packed_prev(packed, iter->at);
        iter->at = score ? packed_prev(packed, score) : NULL;
    }
    return true;
}

bool redis_zset_iter_next(struct redis_zset_iter *iter, struct redis_zitem *out)
{
    if (iter->zset->base.encoding == REDIS_ZSET_LISTPACK)
        return packed_step(iter, out);
    const struct zorder *order = iter->item;
    if (!order)
        return false;
    *out = (struct redis_zitem){zmember_slice(order->member), order->score};
    iter->item = iter->backwards ? btree_iter_prev(&iter->iter, &order_type)
                                 : btree_iter_next(&iter->iter, &order_type);
    return true;
}

void redis_zset_random(const struct redis_zset *zset, struct random *random,
                       struct redis_zitem *out)
{
    struct redis_zset_iter iter;
    redis_zset_iter_init(&iter, zset, random_below(random, redis_zset_size(zset)), false);
    redis_zset_iter_next(&iter, out);
}

struct zset_visit {
    void (*visit)(void *ctx, const struct redis_zitem *item);
    void *ctx;
};

static void visit_member(void *context, void *item)
{
    struct zset_visit *v = context;
    const struct zmember *member = item;
    struct redis_zitem zitem = {zmember_slice(member), member->score};
    v->visit(v->ctx, &zitem);
}

uint64_t redis_zset_scan(const struct redis_zset *zset, uint64_t cursor,
                         void (*visit)(void *ctx, const struct redis_zitem *item), void *ctx)
{
    struct zset_visit v = {visit, ctx};
    struct redis_zset_iter iter;
    struct redis_zitem item;
    if (zset->base.encoding == REDIS_ZSET_SKIPLIST)
        return trie_scan(&zset->members, &member_type, cursor, visit_member, &v);
    redis_zset_iter_init(&iter, zset, 0, false);
    while (redis_zset_iter_next(&iter, &item))
        visit(ctx, &item);
    return 0;
}

/* ---- the type's table */

static void zset_release(struct heap *heap, struct redis_value *value)
{
    struct redis_zset *zset = (struct redis_zset *)value;
    packed_release(heap, zset->packed);
    trie_clear(&zset->members, &member_type, heap);
    btree_clear(&zset->order, &order_type, heap);
    heap_free(heap, zset, sizeof(*zset));
}

static struct redis_value *zset_clone(struct heap *heap, const struct redis_value *value)
{
    const struct redis_zset *from = (const struct redis_zset *)value;
    struct redis_zset *zset = redis_zset_create(heap);
    if (!zset)
        return NULL;
    zset->base.encoding = from->base.encoding;
    zset->packed = from->packed;
    if (zset->packed)
        zset->packed->refs++;
    zset->members = trie_share(&from->members);
    zset->order = btree_share(&from->order);
    return &zset->base;
}

static const char *zset_encoding(const struct redis_value *value)
{
    return value->encoding == REDIS_ZSET_LISTPACK ? "listpack" : "skiplist";
}

static uint64_t zset_length(const struct redis_value *value)
{
    return redis_zset_size((const struct redis_zset *)value);
}

static size_t zset_memory(const struct redis_value *value, uint64_t samples)
{
    const struct redis_zset *zset = (const struct redis_zset *)value;
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t seen = 0;
    size_t bytes = 0;
    if (zset->packed)
        return heap_block_size(sizeof(*zset)) + packed_memory(zset->packed);
    redis_zset_iter_init(&iter, zset, 0, false);
    while ((!samples || seen < samples) && redis_zset_iter_next(&iter, &item)) {
        bytes +=
            heap_block_size(sizeof(struct zmember) + item.member.len) + 16 + sizeof(struct zorder);
        seen++;
    }
    return heap_block_size(sizeof(*zset)) + (seen ? bytes / seen * zset->order.count : 0);
}

const struct redis_type_ops redis_zset_ops = {
    "zset", zset_release, zset_clone, zset_encoding, zset_length, zset_memory,
};
