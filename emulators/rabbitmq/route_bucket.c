#include "emulators/rabbitmq/route_bucket.h"

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/rabbitmq/data.h"

struct bucket {
    uint32_t refs;
    uint32_t key_len;
    uint64_t hash;
    const struct btree_type *type; /* of its members */
    struct btree members;
    uint8_t key[];
};

static struct slice key_of(const struct bucket *bucket)
{
    return slice_of(bucket->key, bucket->key_len);
}

static uint64_t bucket_hash(const void *item)
{
    return ((const struct bucket *)item)->hash;
}

static bool bucket_equal(const void *item, struct slice key)
{
    return slice_eq(key_of(item), key);
}

static void bucket_release(struct heap *heap, void *item)
{
    struct bucket *bucket = item;
    btree_clear(&bucket->members, bucket->type, heap);
    heap_free(heap, bucket, sizeof(*bucket) + bucket->key_len);
}

static const struct trie_type bucket_type = {bucket_hash, bucket_equal, bucket_release};

static struct bucket *create(struct heap *heap, struct slice key, const struct btree_type *type,
                             struct btree members)
{
    struct bucket *bucket = heap_alloc(heap, sizeof(*bucket) + key.len);
    if (!bucket)
        return NULL;
    *bucket = (struct bucket){.refs = 1,
                              .key_len = (uint32_t)key.len,
                              .hash = hash_bytes(key),
                              .type = type,
                              .members = members};
    if (key.len)
        memcpy(bucket->key, key.ptr, key.len);
    return bucket;
}

static void *clone(struct heap *heap, const void *item)
{
    const struct bucket *from = item;
    struct bucket *to = create(heap, key_of(from), from->type, (struct btree){0});
    if (to)
        to->members = btree_share(&from->members);
    return to;
}

const struct btree *rabbit_bucket_find(const struct trie *buckets, struct slice key)
{
    const struct bucket *bucket = trie_find(buckets, &bucket_type, hash_bytes(key), key);
    return bucket ? &bucket->members : NULL;
}

struct btree *rabbit_bucket_edit(struct trie *buckets, struct heap *heap, struct slice key,
                                 const struct btree_type *members)
{
    uint64_t hash = hash_bytes(key);
    if (trie_find(buckets, &bucket_type, hash, key)) {
        void **slot = rabbit_data_own(buckets, &bucket_type, heap, hash, key, clone);
        return slot ? &((struct bucket *)*slot)->members : NULL;
    }
    struct bucket *bucket = create(heap, key, members, (struct btree){0});
    if (!bucket)
        return NULL;
    if (!trie_insert(buckets, &bucket_type, heap, hash, bucket)) {
        bucket_release(heap, bucket);
        return NULL;
    }
    return &bucket->members;
}

void rabbit_bucket_prune(struct trie *buckets, struct heap *heap, struct slice key)
{
    bool absent;
    const struct btree *members = rabbit_bucket_find(buckets, key);
    if (members && members->count == 0) {
        /* The edit before has made the path this map's own, so it needs no memory. */
        void *bucket = trie_remove(buckets, &bucket_type, heap, hash_bytes(key), key, &absent);
        ASSERT(bucket);
        trie_item_release(&bucket_type, heap, bucket);
    }
}

void rabbit_buckets_clear(struct trie *buckets, struct heap *heap)
{
    trie_clear(buckets, &bucket_type, heap);
}
