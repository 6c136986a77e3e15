#include "emulators/redis/digest.h"

#include <mbedtls/sha1.h>
#include <stdio.h>

#include "emulators/redis/hash_value.h"
#include "emulators/redis/list.h"
#include "emulators/redis/set.h"
#include "emulators/redis/stream.h"
#include "emulators/redis/zset.h"

static void xor_digest(uint8_t *digest, struct slice bytes)
{
    uint8_t hash[REDIS_DIGEST_LEN];
    mbedtls_sha1_ret(bytes.ptr, bytes.len, hash);
    for (int i = 0; i < REDIS_DIGEST_LEN; i++)
        digest[i] ^= hash[i];
}

static void mix_digest(uint8_t *digest, struct slice bytes)
{
    uint8_t mixed[REDIS_DIGEST_LEN];
    xor_digest(digest, bytes);
    mbedtls_sha1_ret(digest, REDIS_DIGEST_LEN, mixed);
    memcpy(digest, mixed, sizeof(mixed));
}

static void mix_number(uint8_t *digest, uint32_t number)
{
    uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                       (uint8_t)number};
    mix_digest(digest, slice_of(bytes, sizeof(bytes)));
}

static void mix_string(uint8_t *digest, const struct redis_entry *entry)
{
    char scratch[TEXT_INT_MAX];
    mix_digest(digest, redis_entry_string(entry, scratch));
}

static void mix_list(uint8_t *digest, const struct redis_entry *entry)
{
    struct redis_list_iter iter;
    struct slice element;
    redis_list_iter_init(&iter, (const struct redis_list *)entry->value.object, 0, false);
    while (redis_list_iter_next(&iter, &element))
        mix_digest(digest, element);
}

static void mix_set(uint8_t *digest, const struct redis_entry *entry)
{
    struct redis_set_iter iter;
    struct slice member;
    redis_set_iter_init(&iter, (const struct redis_set *)entry->value.object);
    while (redis_set_iter_next(&iter, &member))
        xor_digest(digest, member);
}

/* Two strings that belong together, added as one element. */
static void add_pair(uint8_t *digest, struct slice a, struct slice b)
{
    uint8_t pair[REDIS_DIGEST_LEN] = {0};
    mix_digest(pair, a);
    mix_digest(pair, b);
    xor_digest(digest, slice_of(pair, sizeof(pair)));
}

static void mix_zset(uint8_t *digest, const struct redis_entry *entry)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    redis_zset_iter_init(&iter, (const struct redis_zset *)entry->value.object, 0, false);
    while (redis_zset_iter_next(&iter, &item)) {
        char score[64];
        int len = snprintf(score, sizeof(score), "%.17g", item.score);
        add_pair(digest, item.member, slice_of(score, (size_t)len));
    }
}

static void mix_hash(uint8_t *digest, const struct redis_entry *entry)
{
    struct redis_hash_iter iter;
    struct redis_field field;
    redis_hash_iter_init(&iter, (const struct redis_hash *)entry->value.object);
    while (redis_hash_iter_next(&iter, &field))
        add_pair(digest, field.name, field.value);
}

static void mix_stream(uint8_t *digest, const struct redis_entry *entry)
{
    struct redis_stream_iter iter;
    const struct redis_stream_item *item;
    redis_stream_iter_init(&iter, (const struct redis_stream *)entry->value.object,
                           REDIS_STREAM_ID_MIN, REDIS_STREAM_ID_MAX, false);
    while ((item = redis_stream_iter_next(&iter))) {
        char id[2 * TEXT_INT_MAX + 1];
        size_t len = text_from_u64(id, item->id.ms);
        id[len++] = '.';
        len += text_from_u64(id + len, item->id.seq);
        mix_digest(digest, slice_of(id, len));
        const uint8_t *at = item->entry->bytes;
        for (uint32_t i = 0; i < 2 * item->entry->fields; i++)
            mix_digest(digest, redis_stream_read_string(&at));
    }
}

static void (*const mixers[REDIS_TYPE_COUNT])(uint8_t *digest, const struct redis_entry *entry) = {
    [REDIS_STRING] = mix_string, [REDIS_LIST] = mix_list, [REDIS_SET] = mix_set,
    [REDIS_ZSET] = mix_zset,     [REDIS_HASH] = mix_hash, [REDIS_STREAM] = mix_stream,
};

void redis_digest_entry(const struct redis_entry *entry, uint8_t digest[REDIS_DIGEST_LEN])
{
    static const struct slice expires = SLICE_LITERAL("!!expire!!");
    /* Between hashes and streams redis-server counts modules' types. */
    mix_number(digest, entry->type == REDIS_STREAM ? 6 : entry->type);
    mixers[entry->type](digest, entry);
    if (redis_entry_expire(entry) >= 0)
        xor_digest(digest, expires);
}

void redis_digest_all(const struct redis *redis, uint8_t out[REDIS_DIGEST_LEN])
{
    memset(out, 0, REDIS_DIGEST_LEN);
    for (int i = 0; i < redis->db_count; i++) {
        struct trie_iter iter;
        const struct redis_entry *entry;
        if (!redis_db_size(&redis->dbs[i]))
            continue;
        mix_number(out, (uint32_t)i);
        trie_iter_init(&iter, &redis->dbs[i].data.keys);
        while ((entry = trie_iter_next(&iter))) {
            uint8_t digest[REDIS_DIGEST_LEN] = {0};
            mix_digest(digest, redis_entry_key(entry));
            redis_digest_entry(entry, digest);
            xor_digest(out, slice_of(digest, sizeof(digest)));
        }
    }
}
