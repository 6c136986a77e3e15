/* Reading DUMP payloads: every encoding that a Redis up to 7.0 has written. */
#include <math.h>

#include "emulators/redis/dump.h"
#include "emulators/redis/hash_value.h"
#include "emulators/redis/list.h"
#include "emulators/redis/listpack.h"
#include "emulators/redis/set.h"
#include "emulators/redis/stream_dump.h"
#include "emulators/redis/zset.h"

/* What a container being filled needs; `ok` turns false on corrupt input or lack of memory. */
struct filling {
    struct redis *redis;
    struct rdb_reader *reader;
    struct redis_value *value;
    bool ok;
};

static void add_to_list(struct filling *f, struct slice element)
{
    f->ok = f->ok && redis_list_push(f->redis->host.heap, (struct redis_list *)f->value,
                                     REDIS_LIST_TAIL, element);
}

static void add_to_set(struct filling *f, struct slice member)
{
    bool added = false;
    f->ok = f->ok &&
            redis_set_add(f->redis->host.heap, (struct redis_set *)f->value,
                          f->redis->config.set_max_intset_entries, member, &added) &&
            added;
}

static void add_to_zset(struct filling *f, struct slice member, double score)
{
    bool added = false;
    f->ok = f->ok && !isnan(score) &&
            redis_zset_put(f->redis->host.heap, (struct redis_zset *)f->value, &f->redis->config,
                           member, score, &added) &&
            added;
}

static void add_to_hash(struct filling *f, struct slice name, struct slice value)
{
    bool added = false;
    f->ok = f->ok &&
            redis_hash_put(f->redis->host.heap, (struct redis_hash *)f->value, &f->redis->config,
                           name, value, false, &added) &&
            added;
}

/* ---- packed encodings */

static bool open_packed(struct filling *f, bool ziplist, struct listpack_reader *out)
{
    struct slice blob = rdb_get_string(f->reader);
    f->ok =
        f->ok && f->reader->ok && (ziplist ? ziplist_open(out, blob) : listpack_open(out, blob));
    return f->ok;
}

static void read_packed_list(struct filling *f, bool ziplist)
{
    struct listpack_reader packed;
    struct slice element;
    char scratch[TEXT_INT_MAX];
    enum listpack_status status = LISTPACK_END;
    if (!open_packed(f, ziplist, &packed))
        return;
    while (f->ok && (status = listpack_next(&packed, scratch, &element)) == LISTPACK_ELEMENT)
        add_to_list(f, element);
    f->ok = f->ok && status == LISTPACK_END;
}

static void read_packed_set(struct filling *f)
{
    struct listpack_reader packed;
    struct slice element;
    char scratch[TEXT_INT_MAX];
    enum listpack_status status = LISTPACK_END;
    if (!open_packed(f, false, &packed))
        return;
    while (f->ok && (status = listpack_next(&packed, scratch, &element)) == LISTPACK_ELEMENT)
        add_to_set(f, element);
    f->ok = f->ok && status == LISTPACK_END;
}

/* Pairs of a hash or, when `scores`, of a sorted set. */
static void read_packed_pairs(struct filling *f, bool ziplist, bool scores)
{
    struct listpack_reader packed;
    struct slice first, second;
    char scratch[2][TEXT_INT_MAX];
    enum listpack_status status = LISTPACK_END;
    double score;
    if (!open_packed(f, ziplist, &packed))
        return;
    while (f->ok && (status = listpack_next(&packed, scratch[0], &first)) == LISTPACK_ELEMENT) {
        if (listpack_next(&packed, scratch[1], &second) != LISTPACK_ELEMENT) {
            f->ok = false;
        } else if (!scores) {
            add_to_hash(f, first, second);
        } else if (text_to_double(second, &score)) {
            add_to_zset(f, first, score);
        } else {
            f->ok = false;
        }
    }
    f->ok = f->ok && status == LISTPACK_END;
}

static void read_intset(struct filling *f)
{
    struct slice blob = rdb_get_string(f->reader);
    uint32_t width = 0, count = 0;
    char scratch[TEXT_INT_MAX];
    if (blob.len >= 8) {
        memcpy(&width, blob.ptr, 4);
        memcpy(&count, blob.ptr + 4, 4);
    }
    f->ok = f->reader->ok && (width == 2 || width == 4 || width == 8) && count &&
            blob.len == 8 + (size_t)width * count;
    for (uint32_t i = 0; f->ok && i < count; i++) {
        const uint8_t *from = blob.ptr + 8 + (size_t)i * width;
        int64_t value = 0;
        memcpy(&value, from, width);
        if (width == 2)
            value = (int16_t)value;
        if (width == 4)
            value = (int32_t)value;
        add_to_set(f, slice_of(scratch, text_from_i64(scratch, value)));
    }
}

/* ---- element by element */

static void read_plain(struct filling *f, enum rdb_type type)
{
    uint64_t count = rdb_get_length(f->reader);
    f->ok = f->reader->ok && count > 0;
    while (f->ok && count--) {
        struct slice element = rdb_get_string(f->reader);
        struct slice value = type == RDB_HASH ? rdb_get_string(f->reader) : slice_of(NULL, 0);
        double score = type == RDB_ZSET_2 ? rdb_get_double(f->reader)
                       : type == RDB_ZSET ? rdb_get_text_double(f->reader)
                                          : 0;
        f->ok = f->reader->ok;
        if (type == RDB_LIST)
            add_to_list(f, element);
        else if (type == RDB_SET)
            add_to_set(f, element);
        else if (type == RDB_HASH)
            add_to_hash(f, element, value);
        else
            add_to_zset(f, element, score);
    }
}

static void read_quicklist(struct filling *f, bool second_form)
{
    uint64_t count = rdb_get_length(f->reader);
    f->ok = f->reader->ok && count > 0;
    while (f->ok && count--) {
        uint64_t container = second_form ? rdb_get_length(f->reader) : 2;
        if (container == 1)
            add_to_list(f, rdb_get_string(f->reader));
        else if (container == 2)
            read_packed_list(f, !second_form);
        else
            f->ok = false;
        f->ok = f->ok && f->reader->ok;
    }
}

/* ---- */

static struct redis_value *new_container(struct redis *redis, enum rdb_type type)
{
    struct heap *heap = redis->host.heap;
    switch (type) {
    case RDB_LIST:
    case RDB_LIST_ZIPLIST:
    case RDB_LIST_QUICKLIST:
    case RDB_LIST_QUICKLIST_2:
        return (struct redis_value *)redis_list_create(heap, redis->config.list_max_listpack_size);
    case RDB_SET:
    case RDB_SET_INTSET:
    case RDB_SET_LISTPACK: return (struct redis_value *)redis_set_create(heap);
    case RDB_ZSET:
    case RDB_ZSET_2:
    case RDB_ZSET_ZIPLIST:
    case RDB_ZSET_LISTPACK: return (struct redis_value *)redis_zset_create(heap);
    case RDB_HASH:
    case RDB_HASH_ZIPLIST:
    case RDB_HASH_LISTPACK: return (struct redis_value *)redis_hash_create(heap);
    default: return NULL;
    }
}

static void fill(struct filling *f, enum rdb_type type)
{
    switch (type) {
    case RDB_LIST:
    case RDB_SET:
    case RDB_ZSET:
    case RDB_ZSET_2:
    case RDB_HASH: read_plain(f, type); break;
    case RDB_LIST_ZIPLIST: read_packed_list(f, true); break;
    case RDB_LIST_QUICKLIST: read_quicklist(f, false); break;
    case RDB_LIST_QUICKLIST_2: read_quicklist(f, true); break;
    case RDB_SET_INTSET: read_intset(f); break;
    case RDB_SET_LISTPACK: read_packed_set(f); break;
    case RDB_ZSET_ZIPLIST: read_packed_pairs(f, true, true); break;
    case RDB_ZSET_LISTPACK: read_packed_pairs(f, false, true); break;
    case RDB_HASH_ZIPLIST: read_packed_pairs(f, true, false); break;
    case RDB_HASH_LISTPACK: read_packed_pairs(f, false, false); break;
    default: f->ok = false;
    }
}

struct redis_entry *redis_restore_value(struct redis *redis, struct rdb_reader *reader,
                                        struct slice key, int64_t expire_ms)
{
    struct heap *heap = redis->host.heap;
    enum rdb_type type = (enum rdb_type)rdb_get_byte(reader);
    if (type == RDB_STRING) {
        struct slice bytes = rdb_get_string(reader);
        return reader->ok ? redis_entry_of_string(heap, key, bytes, expire_ms) : NULL;
    }
    struct filling f = {redis, reader, NULL, true};
    if (type == RDB_STREAM_LISTPACKS || type == RDB_STREAM_LISTPACKS_2) {
        f.value = redis_stream_restore(redis, reader, type);
    } else {
        f.value = new_container(redis, type);
        if (f.value)
            fill(&f, type);
        f.ok = f.ok && f.value && redis_types[f.value->type]->length(f.value) > 0;
    }
    struct redis_entry *entry =
        f.value && f.ok && reader->ok ? redis_entry_of_value(heap, key, f.value, expire_ms) : NULL;
    if (!entry)
        redis_value_release(heap, f.value);
    return entry;
}
