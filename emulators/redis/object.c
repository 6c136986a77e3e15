#include "emulators/redis/object.h"

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/redis/types.h"

static void raw_release(struct heap *heap, struct redis_value *value)
{
    heap_free(heap, value, sizeof(struct redis_raw) + ((struct redis_raw *)value)->room);
}

static struct redis_value *raw_clone(struct heap *heap, const struct redis_value *value)
{
    const struct redis_raw *from = (const struct redis_raw *)value;
    struct redis_raw *raw = redis_raw_create(heap, from->len, from->len);
    if (!raw)
        return NULL;
    memcpy(raw->bytes, from->bytes, from->len);
    return &raw->base;
}

static const char *raw_encoding(const struct redis_value *value)
{
    (void)value;
    return "raw";
}

static uint64_t raw_length(const struct redis_value *value)
{
    return ((const struct redis_raw *)value)->len;
}

static size_t raw_memory(const struct redis_value *value, uint64_t samples)
{
    (void)samples;
    return heap_block_size(sizeof(struct redis_raw) + ((const struct redis_raw *)value)->room);
}

static const struct redis_type_ops string_ops = {
    "string", raw_release, raw_clone, raw_encoding, raw_length, raw_memory,
};

const struct redis_type_ops *const redis_types[REDIS_TYPE_COUNT] = {
    [REDIS_STRING] = &string_ops,   [REDIS_LIST] = &redis_list_ops,
    [REDIS_SET] = &redis_set_ops,   [REDIS_ZSET] = &redis_zset_ops,
    [REDIS_HASH] = &redis_hash_ops, [REDIS_STREAM] = &redis_stream_ops,
};

struct redis_raw *redis_raw_create(struct heap *heap, size_t len, size_t room)
{
    ASSERT(room >= len);
    struct redis_raw *raw = heap_alloc(heap, sizeof(*raw) + room);
    if (!raw)
        return NULL;
    redis_value_init(&raw->base, REDIS_STRING, REDIS_STRING_RAW);
    raw->len = len;
    raw->room = room;
    return raw;
}

void redis_value_release(struct heap *heap, struct redis_value *value)
{
    if (value && --value->refs == 0)
        redis_types[value->type]->release(heap, value);
}

/* ---- entries */

static bool entry_holds_object(const struct redis_entry *entry)
{
    return entry->type != REDIS_STRING || entry->encoding == REDIS_STRING_RAW;
}

static size_t entry_embedded(const struct redis_entry *entry)
{
    return entry->type == REDIS_STRING && entry->encoding == REDIS_STRING_EMBSTR
               ? entry->value.embedded_len
               : 0;
}

size_t redis_entry_size(const struct redis_entry *entry)
{
    return sizeof(*entry) + (entry->flags & REDIS_ENTRY_EXPIRES ? 8 : 0) + entry->key_len +
           entry_embedded(entry);
}

/* The block with its key; type, encoding and value are the caller's to fill. */
static struct redis_entry *entry_create(struct heap *heap, struct slice key, size_t embedded,
                                        int64_t expire_ms)
{
    size_t expire = expire_ms >= 0 ? sizeof(expire_ms) : 0;
    struct redis_entry *entry = heap_alloc(heap, sizeof(*entry) + expire + key.len + embedded);
    if (!entry)
        return NULL;
    *entry = (struct redis_entry){.refs = 1, .key_len = (uint32_t)key.len};
    uint8_t *at = (uint8_t *)(entry + 1);
    if (expire) {
        entry->flags = REDIS_ENTRY_EXPIRES;
        memcpy(at, &expire_ms, sizeof(expire_ms));
    }
    if (key.len)
        memcpy(at + expire, key.ptr, key.len);
    return entry;
}

struct redis_entry *redis_entry_of_int(struct heap *heap, struct slice key, int64_t value,
                                       int64_t expire_ms)
{
    struct redis_entry *entry = entry_create(heap, key, 0, expire_ms);
    if (!entry)
        return NULL;
    entry->type = REDIS_STRING;
    entry->encoding = REDIS_STRING_INT;
    entry->value.integer = value;
    return entry;
}

struct redis_entry *redis_entry_of_embstr(struct heap *heap, struct slice key, struct slice value,
                                          int64_t expire_ms)
{
    struct redis_entry *entry = entry_create(heap, key, value.len, expire_ms);
    if (!entry)
        return NULL;
    entry->type = REDIS_STRING;
    entry->encoding = REDIS_STRING_EMBSTR;
    entry->value.embedded_len = value.len;
    if (value.len)
        memcpy((uint8_t *)(entry + 1) + (expire_ms >= 0 ? 8 : 0) + key.len, value.ptr, value.len);
    return entry;
}

struct redis_entry *redis_entry_of_value(struct heap *heap, struct slice key,
                                         struct redis_value *value, int64_t expire_ms)
{
    struct redis_entry *entry = entry_create(heap, key, 0, expire_ms);
    if (!entry)
        return NULL;
    entry->type = value->type;
    entry->encoding = value->type == REDIS_STRING ? REDIS_STRING_RAW : 0;
    entry->value.object = value;
    return entry;
}

struct redis_entry *redis_entry_of_string(struct heap *heap, struct slice key, struct slice value,
                                          int64_t expire_ms)
{
    int64_t integer;
    if (value.len <= 20 && text_to_i64(value, &integer))
        return redis_entry_of_int(heap, key, integer, expire_ms);
    if (value.len <= REDIS_EMBSTR_MAX)
        return redis_entry_of_embstr(heap, key, value, expire_ms);
    struct redis_raw *raw = redis_raw_create(heap, value.len, value.len);
    if (!raw)
        return NULL;
    memcpy(raw->bytes, value.ptr, value.len);
    struct redis_entry *entry = redis_entry_of_value(heap, key, &raw->base, expire_ms);
    if (!entry)
        redis_value_release(heap, &raw->base);
    return entry;
}

struct redis_entry *redis_entry_copy(struct heap *heap, const struct redis_entry *entry,
                                     struct slice key, int64_t expire_ms)
{
    size_t embedded = entry_embedded(entry);
    struct redis_entry *copy = entry_create(heap, key, embedded, expire_ms);
    if (!copy)
        return NULL;
    copy->type = entry->type;
    copy->encoding = entry->encoding;
    copy->frequency = entry->frequency;
    copy->access = entry->access;
    copy->value = entry->value;
    if (embedded)
        memcpy((uint8_t *)(copy + 1) + (expire_ms >= 0 ? 8 : 0) + key.len,
               redis_entry_tail(entry) + entry->key_len, embedded);
    if (entry_holds_object(entry))
        copy->value.object->refs++;
    return copy;
}

static void entry_destroy(struct heap *heap, void *item)
{
    struct redis_entry *entry = item;
    size_t size = redis_entry_size(entry);
    if (entry_holds_object(entry))
        redis_value_release(heap, entry->value.object);
    heap_free(heap, entry, size);
}

void redis_entry_release(struct heap *heap, struct redis_entry *entry)
{
    if (entry && --entry->refs == 0)
        entry_destroy(heap, entry);
}

const char *redis_entry_encoding(const struct redis_entry *entry)
{
    static const char *const names[] = {"int", "embstr", "raw"};
    if (entry->type == REDIS_STRING)
        return names[entry->encoding];
    return redis_types[entry->type]->encoding(entry->value.object);
}

size_t redis_entry_memory(const struct redis_entry *entry, uint64_t samples)
{
    size_t size = heap_block_size(redis_entry_size(entry));
    if (entry_holds_object(entry))
        size += redis_types[entry->type]->memory(entry->value.object, samples);
    return size;
}

static uint64_t entry_hash(const void *item)
{
    return hash_bytes(redis_entry_key(item));
}

static bool entry_equal(const void *item, struct slice key)
{
    return slice_eq(redis_entry_key(item), key);
}

const struct trie_type redis_entry_trie_type = {entry_hash, entry_equal, entry_destroy};
