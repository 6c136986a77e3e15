#include "emulators/redis/dump.h"

#include "emulators/redis/hash_value.h"
#include "emulators/redis/list.h"
#include "emulators/redis/listpack.h"
#include "emulators/redis/set.h"
#include "emulators/redis/stream_dump.h"
#include "emulators/redis/zset.h"

/* A blob that is itself written as one string. */
static void put_blob(struct outq *out, struct outq *blob)
{
    rdb_put_string(out, outq_flatten(blob));
    outq_done(blob);
}

static void dump_string(struct outq *out, const struct redis_entry *entry)
{
    char scratch[TEXT_INT_MAX];
    rdb_put_byte(out, RDB_STRING);
    rdb_put_string(out, redis_entry_string(entry, scratch));
}

/* ---- lists: quicklist nodes as redis-server would have cut them */

#define NODE_PLAIN     1
#define NODE_PACKED    2
#define NODE_BYTES_MAX 8192

static void put_node(struct outq *nodes, struct outq *listpack)
{
    rdb_put_length(nodes, NODE_PACKED);
    put_blob(nodes, listpack);
}

static void dump_list(struct outq *out, const struct redis_entry *entry)
{
    const struct redis_list *list = (const struct redis_list *)entry->value.object;
    struct redis_list_iter iter;
    struct listpack_writer writer;
    struct outq nodes = {0}, blob = {0};
    struct slice element;
    uint64_t count = 0;
    bool open = false;
    redis_list_iter_init(&iter, list, 0, false);
    while (redis_list_iter_next(&iter, &element)) {
        if (open && writer.bytes + listpack_element_size(element) > NODE_BYTES_MAX) {
            listpack_end(&writer);
            put_node(&nodes, &blob);
            open = false;
        }
        if (!open) {
            listpack_begin(&writer, &blob);
            open = true;
            count++;
        }
        listpack_put(&writer, element);
    }
    if (open) {
        listpack_end(&writer);
        put_node(&nodes, &blob);
    }
    rdb_put_byte(out, RDB_LIST_QUICKLIST_2);
    rdb_put_length(out, count);
    outq_append(out, &nodes);
    outq_done(&nodes);
}

/* ---- sets */

static void dump_intset(struct outq *out, const struct redis_set *set)
{
    struct outq blob = {0};
    int64_t low = set->int_count ? set->ints[0] : 0;
    int64_t high = set->int_count ? set->ints[set->int_count - 1] : 0;
    uint32_t width = low < INT32_MIN || high > INT32_MAX   ? 8
                     : low < INT16_MIN || high > INT16_MAX ? 4
                                                           : 2;
    outq_put(&blob, &width, 4);
    outq_put(&blob, &set->int_count, 4);
    for (uint32_t i = 0; i < set->int_count; i++)
        outq_put(&blob, &set->ints[i], width); /* little endian */
    rdb_put_byte(out, RDB_SET_INTSET);
    put_blob(out, &blob);
}

static void dump_set(struct outq *out, const struct redis_entry *entry)
{
    const struct redis_set *set = (const struct redis_set *)entry->value.object;
    struct redis_set_iter iter;
    struct slice member;
    if (set->base.encoding == REDIS_SET_INTSET) {
        dump_intset(out, set);
        return;
    }
    rdb_put_byte(out, RDB_SET);
    rdb_put_length(out, redis_set_size(set));
    redis_set_iter_init(&iter, set);
    while (redis_set_iter_next(&iter, &member))
        rdb_put_string(out, member);
}

/* ---- sorted sets */

/* Whole numbers up to 2^62 are integers of the listpack, all others text. */
static void put_score(struct listpack_writer *writer, double score)
{
    char text[TEXT_DOUBLE_MAX];
    if (score >= -0x1p62 && score <= 0x1p62 && (double)(int64_t)score == score)
        listpack_put_int(writer, (int64_t)score);
    else
        listpack_put(writer, slice_of(text, text_from_double(text, score)));
}

static void dump_small_zset(struct outq *out, const struct redis_zset *zset)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    struct listpack_writer writer;
    struct outq blob = {0};
    listpack_begin(&writer, &blob);
    redis_zset_iter_init(&iter, zset, 0, false);
    while (redis_zset_iter_next(&iter, &item)) {
        listpack_put(&writer, item.member);
        put_score(&writer, item.score);
    }
    listpack_end(&writer);
    rdb_put_byte(out, RDB_ZSET_LISTPACK);
    put_blob(out, &blob);
}

static void dump_zset(struct outq *out, const struct redis_entry *entry)
{
    const struct redis_zset *zset = (const struct redis_zset *)entry->value.object;
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t size = redis_zset_size(zset);
    if (zset->base.encoding == REDIS_ZSET_LISTPACK) {
        dump_small_zset(out, zset);
        return;
    }
    rdb_put_byte(out, RDB_ZSET_2);
    rdb_put_length(out, size);
    redis_zset_iter_init(&iter, zset, size - 1, true); /* the highest first */
    while (redis_zset_iter_next(&iter, &item)) {
        rdb_put_string(out, item.member);
        rdb_put_double(out, item.score);
    }
}

/* ---- hashes */

static void dump_hash(struct outq *out, const struct redis_entry *entry)
{
    const struct redis_hash *hash = (const struct redis_hash *)entry->value.object;
    bool small = hash->base.encoding == REDIS_HASH_LISTPACK;
    struct redis_hash_iter iter;
    struct redis_field field;
    struct listpack_writer writer;
    struct outq blob = {0};
    rdb_put_byte(out, small ? RDB_HASH_LISTPACK : RDB_HASH);
    if (small)
        listpack_begin(&writer, &blob);
    else
        rdb_put_length(out, redis_hash_length(hash));
    redis_hash_iter_init(&iter, hash);
    while (redis_hash_iter_next(&iter, &field)) {
        if (small) {
            listpack_put(&writer, field.name);
            listpack_put(&writer, field.value);
        } else {
            rdb_put_string(out, field.name);
            rdb_put_string(out, field.value);
        }
    }
    if (small) {
        listpack_end(&writer);
        put_blob(out, &blob);
    }
}

void redis_dump_value(struct outq *out, const struct redis_entry *entry)
{
    static void (*const dump[REDIS_TYPE_COUNT])(struct outq *, const struct redis_entry *) = {
        [REDIS_STRING] = dump_string, [REDIS_LIST] = dump_list, [REDIS_SET] = dump_set,
        [REDIS_ZSET] = dump_zset,     [REDIS_HASH] = dump_hash, [REDIS_STREAM] = redis_stream_dump,
    };
    dump[entry->type](out, entry);
    rdb_put_footer(out);
}
