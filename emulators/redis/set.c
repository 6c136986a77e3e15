#include "emulators/redis/set.h"

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/redis/types.h"

/* ---- members of maps */

static uint64_t member_hash(const void *item)
{
    return hash_bytes(redis_member_slice(item));
}

static bool member_equal(const void *item, struct slice key)
{
    return slice_eq(redis_member_slice(item), key);
}

static void member_release(struct heap *heap, void *item)
{
    struct redis_member *member = item;
    heap_free(heap, member, sizeof(*member) + member->len);
}

const struct trie_type redis_member_trie_type = {member_hash, member_equal, member_release};

struct redis_member *redis_member_create(struct heap *heap, struct slice bytes)
{
    struct redis_member *member = heap_alloc(heap, sizeof(*member) + bytes.len);
    if (!member)
        return NULL;
    member->refs = 1;
    member->len = (uint32_t)bytes.len;
    if (bytes.len)
        memcpy(member->bytes, bytes.ptr, bytes.len);
    return member;
}

/* ---- intset */

/* Index of the first integer >= value. */
static uint32_t int_lower_bound(const struct redis_set *set, int64_t value)
{
    uint32_t low = 0, high = set->int_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->ints[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool int_at(const struct redis_set *set, uint32_t at, int64_t value)
{
    return at < set->int_count && set->ints[at] == value;
}

static bool int_insert(struct heap *heap, struct redis_set *set, uint32_t at, int64_t value)
{
    if (set->int_count == set->int_room) {
        uint32_t room = set->int_room ? set->int_room * 2 : 4;
        int64_t *grown = heap_realloc(heap, set->ints, set->int_room * sizeof(*set->ints),
                                      room * sizeof(*set->ints));
        if (!grown)
            return false;
        set->ints = grown;
        set->int_room = room;
    }
    memmove(set->ints + at + 1, set->ints + at, (set->int_count - at) * sizeof(*set->ints));
    set->ints[at] = value;
    set->int_count++;
    return true;
}

static bool map_add(struct heap *heap, struct trie *members, struct slice bytes)
{
    struct redis_member *member = redis_member_create(heap, bytes);
    if (!member)
        return false;
    if (trie_insert(members, &redis_member_trie_type, heap, hash_bytes(bytes), member))
        return true;
    member_release(heap, member);
    return false;
}

static bool to_hashtable(struct heap *heap, struct redis_set *set)
{
    struct trie members = {0};
    char scratch[TEXT_INT_MAX];
    for (uint32_t i = 0; i < set->int_count; i++) {
        if (!map_add(heap, &members, slice_of(scratch, text_from_i64(scratch, set->ints[i])))) {
            trie_clear(&members, &redis_member_trie_type, heap);
            return false;
        }
    }
    heap_free(heap, set->ints, set->int_room * sizeof(*set->ints));
    set->ints = NULL;
    set->int_count = set->int_room = 0;
    set->members = members;
    set->base.encoding = REDIS_SET_HASHTABLE;
    return true;
}

/* ---- sets */

struct redis_set *redis_set_create(struct heap *heap)
{
    struct redis_set *set = heap_zalloc(heap, sizeof(*set));
    if (set)
        redis_value_init(&set->base, REDIS_SET, REDIS_SET_INTSET);
    return set;
}

uint64_t redis_set_size(const struct redis_set *set)
{
    return set->base.encoding == REDIS_SET_INTSET ? set->int_count : set->members.count;
}

bool redis_set_has(const struct redis_set *set, struct slice member)
{
    int64_t value;
    if (set->base.encoding == REDIS_SET_INTSET)
        return text_to_i64(member, &value) && int_at(set, int_lower_bound(set, value), value);
    return trie_find(&set->members, &redis_member_trie_type, hash_bytes(member), member) != NULL;
}

bool redis_set_add(struct heap *heap, struct redis_set *set, int64_t int_max, struct slice member,
                   bool *added)
{
    int64_t value;
    *added = false;
    if (set->base.encoding == REDIS_SET_INTSET) {
        bool is_int = text_to_i64(member, &value);
        uint32_t at = is_int ? int_lower_bound(set, value) : 0;
        if (is_int && int_at(set, at, value))
            return true;
        if (is_int && set->int_count < int_max)
            return *added = int_insert(heap, set, at, value);
        if (!to_hashtable(heap, set))
            return false;
    }
    uint64_t hash = hash_bytes(member);
    if (trie_find(&set->members, &redis_member_trie_type, hash, member))
        return true;
    return *added = map_add(heap, &set->members, member);
}

bool redis_set_remove(struct heap *heap, struct redis_set *set, struct slice member, bool *removed)
{
    int64_t value;
    *removed = false;
    if (set->base.encoding == REDIS_SET_INTSET) {
        uint32_t at = text_to_i64(member, &value) ? int_lower_bound(set, value) : set->int_count;
        if (at == set->int_count || set->ints[at] != value)
            return true;
        set->int_count--;
        memmove(set->ints + at, set->ints + at + 1, (set->int_count - at) * sizeof(*set->ints));
        return *removed = true;
    }
    bool absent;
    void *item = trie_remove(&set->members, &redis_member_trie_type, heap, hash_bytes(member),
                             member, &absent);
    if (!item)
        return absent;
    trie_item_release(&redis_member_trie_type, heap, item);
    return *removed = true;
}

struct slice redis_set_random(const struct redis_set *set, struct random *random,
                              char scratch[TEXT_INT_MAX])
{
    if (set->base.encoding == REDIS_SET_HASHTABLE)
        return redis_member_slice(trie_random(&set->members, random_u64(random)));
    int64_t value = set->ints[random_below(random, set->int_count)];
    return slice_of(scratch, text_from_i64(scratch, value));
}

void redis_set_iter_init(struct redis_set_iter *iter, const struct redis_set *set)
{
    iter->set = set;
    iter->at = 0;
    if (set->base.encoding == REDIS_SET_HASHTABLE)
        trie_iter_init(&iter->iter, &set->members);
}

bool redis_set_iter_next(struct redis_set_iter *iter, struct slice *out)
{
    const struct redis_set *set = iter->set;
    if (set->base.encoding == REDIS_SET_INTSET) {
        if (iter->at == set->int_count)
            return false;
        *out = slice_of(iter->scratch, text_from_i64(iter->scratch, set->ints[iter->at++]));
        return true;
    }
    const void *item = trie_iter_next(&iter->iter);
    if (item)
        *out = redis_member_slice(item);
    return item != NULL;
}

struct set_visit {
    void (*visit)(void *ctx, struct slice member);
    void *ctx;
};

static void visit_member(void *context, void *item)
{
    struct set_visit *v = context;
    v->visit(v->ctx, redis_member_slice(item));
}

uint64_t redis_set_scan(const struct redis_set *set, uint64_t cursor,
                        void (*visit)(void *ctx, struct slice member), void *ctx)
{
    struct set_visit v = {visit, ctx};
    struct redis_set_iter iter;
    struct slice member;
    if (set->base.encoding == REDIS_SET_HASHTABLE)
        return trie_scan(&set->members, &redis_member_trie_type, cursor, visit_member, &v);
    redis_set_iter_init(&iter, set);
    while (redis_set_iter_next(&iter, &member))
        visit(ctx, member);
    return 0;
}

/* ---- the type's table */

static void set_release(struct heap *heap, struct redis_value *value)
{
    struct redis_set *set = (struct redis_set *)value;
    heap_free(heap, set->ints, set->int_room * sizeof(*set->ints));
    trie_clear(&set->members, &redis_member_trie_type, heap);
    heap_free(heap, set, sizeof(*set));
}

static struct redis_value *set_clone(struct heap *heap, const struct redis_value *value)
{
    const struct redis_set *from = (const struct redis_set *)value;
    struct redis_set *set = redis_set_create(heap);
    if (!set)
        return NULL;
    set->base.encoding = from->base.encoding;
    if (from->int_count) {
        set->ints = heap_alloc(heap, from->int_count * sizeof(*set->ints));
        if (!set->ints) {
            heap_free(heap, set, sizeof(*set));
            return NULL;
        }
        memcpy(set->ints, from->ints, from->int_count * sizeof(*set->ints));
        set->int_count = set->int_room = from->int_count;
    }
    set->members = trie_share(&from->members);
    return &set->base;
}

static const char *set_encoding(const struct redis_value *value)
{
    return value->encoding == REDIS_SET_INTSET ? "intset" : "hashtable";
}

static uint64_t set_length(const struct redis_value *value)
{
    return redis_set_size((const struct redis_set *)value);
}

static size_t set_memory(const struct redis_value *value, uint64_t samples)
{
    const struct redis_set *set = (const struct redis_set *)value;
    size_t bytes = heap_block_size(sizeof(*set));
    struct trie_iter iter;
    const struct redis_member *member;
    uint64_t seen = 0;
    size_t members = 0;
    if (set->base.encoding == REDIS_SET_INTSET)
        return bytes + set->int_room * sizeof(*set->ints);
    trie_iter_init(&iter, &set->members);
    while ((!samples || seen < samples) && (member = trie_iter_next(&iter))) {
        members += heap_block_size(sizeof(*member) + member->len) + 16;
        seen++;
    }
    return bytes + (seen ? members / seen * set->members.count : 0);
}

const struct redis_type_ops redis_set_ops = {
    "set", set_release, set_clone, set_encoding, set_length, set_memory,
};
