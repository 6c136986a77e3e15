#include "emulators/redis/hash_value.h"

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/redis/db.h"
#include "emulators/redis/types.h"

/* A field of a map: one block with its name and its value. */
struct field_item {
    uint32_t refs;
    uint32_t name_len, value_len;
    uint32_t expires; /* 0 or 1: an int64_t expire_ms comes first */
    uint8_t bytes[];
};

static size_t item_size(const struct field_item *item)
{
    return sizeof(*item) + item->expires * 8 + item->name_len + item->value_len;
}

static struct slice item_name(const struct field_item *item)
{
    return slice_of(item->bytes + item->expires * 8, item->name_len);
}

static struct slice item_value(const struct field_item *item)
{
    return slice_of(item->bytes + item->expires * 8 + item->name_len, item->value_len);
}

static int64_t item_expire(const struct field_item *item)
{
    int64_t at_ms = -1;
    if (item->expires)
        memcpy(&at_ms, item->bytes, sizeof(at_ms));
    return at_ms;
}

static uint64_t item_hash(const void *item)
{
    return hash_bytes(item_name(item));
}

static bool item_equal(const void *item, struct slice key)
{
    return slice_eq(item_name(item), key);
}

static void item_release(struct heap *heap, void *item)
{
    heap_free(heap, item, item_size(item));
}

static const struct trie_type field_type = {item_hash, item_equal, item_release};

static struct field_item *item_create(struct heap *heap, const struct redis_field *field)
{
    size_t expire = field->expire_ms >= 0 ? 8 : 0;
    struct field_item *item =
        heap_alloc(heap, sizeof(*item) + expire + field->name.len + field->value.len);
    if (!item)
        return NULL;
    *item =
        (struct field_item){1, (uint32_t)field->name.len, (uint32_t)field->value.len, expire != 0};
    if (expire)
        memcpy(item->bytes, &field->expire_ms, 8);
    if (field->name.len)
        memcpy(item->bytes + expire, field->name.ptr, field->name.len);
    if (field->value.len)
        memcpy(item->bytes + expire + field->name.len, field->value.ptr, field->value.len);
    return item;
}

static void field_of_item(const struct field_item *item, struct redis_field *out)
{
    *out = (struct redis_field){item_name(item), item_value(item), item_expire(item)};
}

struct redis_hash *redis_hash_create(struct heap *heap)
{
    struct redis_hash *hash = heap_zalloc(heap, sizeof(*hash));
    if (hash)
        redis_value_init(&hash->base, REDIS_HASH, REDIS_HASH_LISTPACK);
    return hash;
}

uint64_t redis_hash_length(const struct redis_hash *hash)
{
    if (hash->base.encoding == REDIS_HASH_HASHTABLE)
        return hash->fields.count;
    return hash->packed ? hash->packed->count / 2 : 0;
}

bool redis_hash_get(const struct redis_hash *hash, struct slice name, struct redis_field *out)
{
    if (hash->base.encoding == REDIS_HASH_HASHTABLE) {
        struct field_item *item = trie_find(&hash->fields, &field_type, hash_bytes(name), name);
        if (item)
            field_of_item(item, out);
        return item != NULL;
    }
    const uint8_t *at = hash->packed ? packed_find(hash->packed, name, 2) : NULL;
    if (!at)
        return false;
    *out = (struct redis_field){packed_get(at), packed_get(packed_next(hash->packed, at)), -1};
    return true;
}

/* ---- small hashes */

static bool to_hashtable(struct heap *heap, struct redis_hash *hash)
{
    struct trie fields = {0};
    struct redis_hash_iter iter;
    struct redis_field field;
    redis_hash_iter_init(&iter, hash);
    while (redis_hash_iter_next(&iter, &field)) {
        struct field_item *item = item_create(heap, &field);
        if (!item || !trie_insert(&fields, &field_type, heap, hash_bytes(field.name), item)) {
            if (item)
                item_release(heap, item);
            trie_clear(&fields, &field_type, heap);
            return false;
        }
    }
    packed_release(heap, hash->packed);
    hash->packed = NULL;
    hash->fields = fields;
    hash->base.encoding = REDIS_HASH_HASHTABLE;
    return true;
}

static bool own_packed(struct heap *heap, struct redis_hash *hash, size_t room)
{
    struct packed *own = hash->packed ? packed_own(heap, hash->packed) : packed_create(heap, room);
    if (own)
        hash->packed = own;
    return own != NULL;
}

static bool packed_put(struct heap *heap, struct redis_hash *hash, struct slice name,
                       struct slice value, bool *added)
{
    size_t size = packed_element_size(name.len) + packed_element_size(value.len);
    if (!own_packed(heap, hash, size))
        return false;
    const uint8_t *at = packed_find(hash->packed, name, 2);
    *added = !at;
    if (at) {
        struct packed *changed =
            packed_replace(heap, hash->packed, packed_next(hash->packed, at), value);
        if (changed)
            hash->packed = changed;
        return changed != NULL;
    }
    struct packed *grown = packed_insert(heap, hash->packed, NULL, name);
    if (!grown)
        return false;
    hash->packed = grown;
    grown = packed_insert(heap, grown, NULL, value);
    if (!grown) {
        packed_erase(hash->packed, packed_last(hash->packed), 1);
        return false;
    }
    hash->packed = grown;
    return true;
}

/* ---- large ones */

static bool index_add(struct heap *heap, struct redis_hash *hash, uint64_t name_hash, int64_t at_ms)
{
    struct redis_expiry expiry = {at_ms, name_hash};
    return btree_find(&hash->expires, &redis_expiry_type, &expiry) ||
           btree_insert(&hash->expires, &redis_expiry_type, heap, &expiry);
}

static struct field_item *expiring_at(const struct redis_hash *hash, uint64_t name_hash,
                                      int64_t at_ms)
{
    struct field_item *item;
    for (unsigned nth = 0; (item = trie_find_hash(&hash->fields, &field_type, name_hash, nth));
         nth++)
        if (item_expire(item) == at_ms)
            return item;
    return NULL;
}

static void index_remove(struct heap *heap, struct redis_hash *hash, uint64_t name_hash,
                         int64_t at_ms)
{
    struct redis_expiry expiry = {at_ms, name_hash};
    bool absent;
    if (at_ms >= 0 && !expiring_at(hash, name_hash, at_ms))
        btree_remove(&hash->expires, &redis_expiry_type, heap, &expiry, NULL, &absent);
}

/* Puts an item for the field in, in place of an old one if there is one. */
static bool put_item(struct heap *heap, struct redis_hash *hash, const struct redis_field *field,
                     void **slot, uint64_t name_hash)
{
    struct field_item *old = slot ? *slot : NULL;
    int64_t old_ms = old ? item_expire(old) : -1;
    struct field_item *item = item_create(heap, field);
    if (!item)
        return false;
    if (field->expire_ms >= 0 && !index_add(heap, hash, name_hash, field->expire_ms)) {
        item_release(heap, item);
        return false;
    }
    if (!slot) {
        if (trie_insert(&hash->fields, &field_type, heap, name_hash, item))
            return true;
        item_release(heap, item);
        return false;
    }
    *slot = item;
    trie_item_release(&field_type, heap, old);
    if (old_ms != field->expire_ms)
        index_remove(heap, hash, name_hash, old_ms);
    return true;
}

static bool map_put(struct heap *heap, struct redis_hash *hash, struct slice name,
                    struct slice value, bool keep_ttl, bool *added)
{
    uint64_t name_hash = hash_bytes(name);
    bool absent;
    void **slot = trie_slot(&hash->fields, &field_type, heap, name_hash, name, &absent);
    if (!slot && !absent)
        return false;
    *added = !slot;
    struct redis_field field = {name, value, slot && keep_ttl ? item_expire(*slot) : -1};
    return put_item(heap, hash, &field, slot, name_hash);
}

bool redis_hash_put(struct heap *heap, struct redis_hash *hash, const struct redis_config *config,
                    struct slice name, struct slice value, bool keep_ttl, bool *added)
{
    if (hash->base.encoding == REDIS_HASH_LISTPACK) {
        bool small = name.len <= (size_t)config->hash_max_listpack_value &&
                     value.len <= (size_t)config->hash_max_listpack_value;
        if (small && (int64_t)redis_hash_length(hash) >= config->hash_max_listpack_entries)
            small = hash->packed && packed_find(hash->packed, name, 2);
        if (small)
            return packed_put(heap, hash, name, value, added);
        if (!to_hashtable(heap, hash))
            return false;
    }
    return map_put(heap, hash, name, value, keep_ttl, added);
}

bool redis_hash_remove(struct heap *heap, struct redis_hash *hash, struct slice name, bool *removed)
{
    bool absent;
    *removed = false;
    if (hash->base.encoding == REDIS_HASH_LISTPACK) {
        if (!hash->packed || !packed_find(hash->packed, name, 2))
            return true;
        if (!own_packed(heap, hash, 0))
            return false;
        packed_erase(hash->packed, packed_find(hash->packed, name, 2), 2);
        return *removed = true;
    }
    uint64_t name_hash = hash_bytes(name);
    struct field_item *item =
        trie_remove(&hash->fields, &field_type, heap, name_hash, name, &absent);
    if (!item)
        return absent;
    index_remove(heap, hash, name_hash, item_expire(item));
    trie_item_release(&field_type, heap, item);
    return *removed = true;
}

/* ---- expiry of fields */

bool redis_hash_expire(struct heap *heap, struct redis_hash *hash, struct slice name, int64_t at_ms)
{
    bool absent;
    if (hash->base.encoding == REDIS_HASH_LISTPACK && !to_hashtable(heap, hash))
        return false;
    uint64_t name_hash = hash_bytes(name);
    void **slot = trie_slot(&hash->fields, &field_type, heap, name_hash, name, &absent);
    ASSERT(slot || !absent);
    if (!slot)
        return false;
    struct redis_field field;
    field_of_item(*slot, &field);
    field.expire_ms = at_ms;
    return put_item(heap, hash, &field, slot, name_hash);
}

int64_t redis_hash_next_expiry(const struct redis_hash *hash)
{
    const struct redis_expiry *first = btree_at(&hash->expires, &redis_expiry_type, 0);
    return first ? first->at_ms : -1;
}

bool redis_hash_first_expired(const struct redis_hash *hash, int64_t now_ms, struct slice *out)
{
    const struct redis_expiry *first = btree_at(&hash->expires, &redis_expiry_type, 0);
    if (!first || first->at_ms > now_ms)
        return false;
    struct field_item *item = expiring_at(hash, first->hash, first->at_ms);
    ASSERT(item != NULL);
    *out = item_name(item);
    return true;
}

/* ---- walking */

void redis_hash_iter_init(struct redis_hash_iter *iter, const struct redis_hash *hash)
{
    iter->hash = hash;
    iter->at = hash->packed ? packed_first(hash->packed) : NULL;
    if (hash->base.encoding == REDIS_HASH_HASHTABLE)
        trie_iter_init(&iter->iter, &hash->fields);
}

bool redis_hash_iter_next(struct redis_hash_iter *iter, struct redis_field *out)
{
    if (iter->hash->base.encoding == REDIS_HASH_HASHTABLE) {
        const struct field_item *item = trie_iter_next(&iter->iter);
        if (item)
            field_of_item(item, out);
        return item != NULL;
    }
    if (!iter->at)
        return false;
    const uint8_t *value = packed_next(iter->hash->packed, iter->at);
    *out = (struct redis_field){packed_get(iter->at), packed_get(value), -1};
    iter->at = packed_next(iter->hash->packed, value);
    return true;
}

void redis_hash_random(const struct redis_hash *hash, struct random *random,
                       struct redis_field *out)
{
    if (hash->base.encoding == REDIS_HASH_HASHTABLE) {
        field_of_item(trie_random(&hash->fields, random_u64(random)), out);
        return;
    }
    uint32_t index = (uint32_t)random_below(random, hash->packed->count / 2);
    const uint8_t *at = packed_at(hash->packed, index * 2);
    *out = (struct redis_field){packed_get(at), packed_get(packed_next(hash->packed, at)), -1};
}

struct hash_visit {
    void (*visit)(void *ctx, const struct redis_field *field);
    void *ctx;
};

static void visit_item(void *context, void *item)
{
    struct hash_visit *v = context;
    struct redis_field field;
    field_of_item(item, &field);
    v->visit(v->ctx, &field);
}

uint64_t redis_hash_scan(const struct redis_hash *hash, uint64_t cursor,
                         void (*visit)(void *ctx, const struct redis_field *field), void *ctx)
{
    struct hash_visit v = {visit, ctx};
    struct redis_hash_iter iter;
    struct redis_field field;
    if (hash->base.encoding == REDIS_HASH_HASHTABLE)
        return trie_scan(&hash->fields, &field_type, cursor, visit_item, &v);
    redis_hash_iter_init(&iter, hash);
    while (redis_hash_iter_next(&iter, &field))
        visit(ctx, &field);
    return 0;
}

/* ---- the type's table */

static void hash_release(struct heap *heap, struct redis_value *value)
{
    struct redis_hash *hash = (struct redis_hash *)value;
    packed_release(heap, hash->packed);
    trie_clear(&hash->fields, &field_type, heap);
    btree_clear(&hash->expires, &redis_expiry_type, heap);
    heap_free(heap, hash, sizeof(*hash));
}

static struct redis_value *hash_clone(struct heap *heap, const struct redis_value *value)
{
    const struct redis_hash *from = (const struct redis_hash *)value;
    struct redis_hash *hash = redis_hash_create(heap);
    if (!hash)
        return NULL;
    hash->base.encoding = from->base.encoding;
    hash->packed = from->packed;
    if (hash->packed)
        hash->packed->refs++;
    hash->fields = trie_share(&from->fields);
    hash->expires = btree_share(&from->expires);
    return &hash->base;
}

static const char *hash_encoding(const struct redis_value *value)
{
    return value->encoding == REDIS_HASH_LISTPACK ? "listpack" : "hashtable";
}

static uint64_t hash_length(const struct redis_value *value)
{
    return redis_hash_length((const struct redis_hash *)value);
}

static size_t hash_memory(const struct redis_value *value, uint64_t samples)
{
    const struct redis_hash *hash = (const struct redis_hash *)value;
    struct redis_hash_iter iter;
    struct redis_field field;
    uint64_t seen = 0;
    size_t bytes = 0;
    if (hash->packed)
        return heap_block_size(sizeof(*hash)) + packed_memory(hash->packed);
    redis_hash_iter_init(&iter, hash);
    while ((!samples || seen < samples) && redis_hash_iter_next(&iter, &field)) {
        bytes += heap_block_size(sizeof(struct field_item) + field.name.len + field.value.len) + 16;
        seen++;
    }
    return heap_block_size(sizeof(*hash)) + (seen ? bytes / seen * hash->fields.count : 0);
}

const struct redis_type_ops redis_hash_ops = {
    "hash", hash_release, hash_clone, hash_encoding, hash_length, hash_memory,
};
