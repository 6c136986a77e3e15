#include "emulators/redis/stream_dump.h"

#include <stdlib.h>

#include "emulators/redis/listpack.h"
#include "emulators/redis/stream_group.h"
#include "emulators/redis/stream_node.h"

#define ENTRY_DELETED     1
#define ENTRY_SAME_FIELDS 2
#define RAW_ID            16
#define RAW_NACK          (RAW_ID + 8 + 1) /* at least */

/* An entry with the field names of its node's first entry has them as its own when restored. So many
 * times a node may grow by that: as much as nodes of a hundred entries, the default, ever do. */
#define GROWTH_FACTOR 128
#define GROWTH_MIN    65536

/* ---- writing */

static void raw_id(uint8_t out[RAW_ID], struct redis_stream_id id)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(id.ms >> (56 - 8 * i));
        out[8 + i] = (uint8_t)(id.seq >> (56 - 8 * i));
    }
}

static void put_raw_id(struct outq *out, struct redis_stream_id id)
{
    uint8_t raw[RAW_ID];
    raw_id(raw, id);
    outq_put(out, raw, sizeof(raw));
}

static void put_id(struct outq *out, struct redis_stream_id id)
{
    rdb_put_length(out, id.ms);
    rdb_put_length(out, id.seq);
}

static void put_ms(struct outq *out, int64_t ms)
{
    outq_put(out, &ms, sizeof(ms)); /* little endian */
}

/* The head of a node's listpack: counters and the field names of its first entry. */
static void put_master(struct listpack_writer *writer, const struct stream_node *node)
{
    const uint8_t *at = node->master->bytes;
    listpack_put_int(writer, node->live);
    listpack_put_int(writer, 0); /* deleted entries are not written */
    listpack_put_int(writer, node->master->fields);
    for (uint32_t i = 0; i < node->master->fields; i++) {
        listpack_put(writer, redis_stream_read_string(&at));
        redis_stream_read_string(&at);
    }
    listpack_put_int(writer, 0);
}

static void put_entry(struct listpack_writer *writer, const struct stream_node_item *node,
                      const struct redis_stream_item *item)
{
    const struct redis_stream_entry *entry = item->entry;
    const uint8_t *at = entry->bytes;
    bool same = stream_node_same_fields(node->node->master, entry);
    listpack_put_int(writer, same ? ENTRY_SAME_FIELDS : 0);
    listpack_put_int(writer, (int64_t)(item->id.ms - node->id.ms));
    listpack_put_int(writer, (int64_t)(item->id.seq - node->id.seq));
    if (!same)
        listpack_put_int(writer, entry->fields);
    for (uint32_t i = 0; i < entry->fields; i++) {
        struct slice field = redis_stream_read_string(&at);
        if (!same)
            listpack_put(writer, field);
        listpack_put(writer, redis_stream_read_string(&at));
    }
    listpack_put_int(writer, same ? (int64_t)entry->fields + 3 : 2 * (int64_t)entry->fields + 4);
}

static void put_node(struct outq *out, const struct redis_stream *stream,
                     const struct stream_node_item *node)
{
    struct outq blob = {0};
    struct listpack_writer writer;
    struct redis_stream_iter iter;
    const struct redis_stream_item *item;
    uint8_t raw[RAW_ID];
    raw_id(raw, node->id);
    rdb_put_string(out, slice_of(raw, sizeof(raw)));
    listpack_begin(&writer, &blob);
    put_master(&writer, node->node);
    redis_stream_iter_init(&iter, stream, node->id, node->node->last_id, false);
    while ((item = redis_stream_iter_next(&iter)))
        put_entry(&writer, node, item);
    listpack_end(&writer);
    rdb_put_string(out, outq_flatten(&blob));
    outq_done(&blob);
}

static void put_consumer(struct outq *out, const struct redis_stream_consumer *consumer)
{
    struct btree_iter iter;
    const struct redis_stream_id *id =
        btree_iter_at(&iter, &consumer->pel, &redis_stream_ids_type, 0);
    rdb_put_string(out, redis_stream_name(consumer->base.name));
    put_ms(out, consumer->seen_ms);
    rdb_put_length(out, consumer->pel.count);
    for (; id; id = btree_iter_next(&iter, &redis_stream_ids_type))
        put_raw_id(out, *id);
}

static void put_group(struct outq *out, const struct redis_stream_group *group)
{
    struct btree_iter iter;
    const struct redis_stream_nack *nack =
        btree_iter_at(&iter, &group->pel, &redis_stream_nacks_type, 0);
    rdb_put_string(out, redis_stream_name(group->base.name));
    put_id(out, group->last_id);
    rdb_put_length(out, (uint64_t)group->entries_read);
    rdb_put_length(out, group->pel.count);
    for (; nack; nack = btree_iter_next(&iter, &redis_stream_nacks_type)) {
        put_raw_id(out, nack->id);
        put_ms(out, nack->delivered_ms);
        rdb_put_length(out, nack->count);
    }
    rdb_put_length(out, group->consumers.count);
    const void *item = btree_iter_at(&iter, &group->consumers, &redis_stream_consumers_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_consumers_type))
        put_consumer(out, redis_stream_consumer_of(item));
}

void redis_stream_dump(struct outq *out, const struct redis_entry *entry)
{
    const struct redis_stream *stream = (const struct redis_stream *)entry->value.object;
    struct btree_iter iter;
    rdb_put_byte(out, RDB_STREAM_LISTPACKS_2);
    rdb_put_length(out, stream->nodes.count);
    const struct stream_node_item *node =
        btree_iter_at(&iter, &stream->nodes, &stream_nodes_type, 0);
    for (; node; node = btree_iter_next(&iter, &stream_nodes_type))
        put_node(out, stream, node);
    rdb_put_length(out, redis_stream_length(stream));
    put_id(out, stream->last_id);
    put_id(out, redis_stream_first_id(stream));
    put_id(out, stream->max_deleted_id);
    rdb_put_length(out, stream->entries_added);
    rdb_put_length(out, stream->groups.count);
    const void *group = btree_iter_at(&iter, &stream->groups, &redis_stream_groups_type, 0);
    for (; group; group = btree_iter_next(&iter, &redis_stream_groups_type))
        put_group(out, redis_stream_group_of(group));
}

/* ---- reading; `ok` of the reader turns false on corrupt input or lack of memory */

struct restore {
    struct heap *heap;
    struct rdb_reader *reader;
    struct redis_stream *stream;
    struct listpack_reader pack; /* of the node being read */
    struct redis_stream_id base; /* its id */
    struct slice *names;         /* of its first entry's fields */
    uint64_t name_count;
    uint64_t names_bytes; /* and what handling them takes */
    uint64_t growth;      /* bytes by which the node may still grow */
    bool first;           /* no entry of it was read yet */
};

static bool fail(struct restore *r)
{
    r->reader->ok = false;
    return false;
}

static size_t left(const struct rdb_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static struct redis_stream_id id_of_raw(const uint8_t *raw)
{
    struct redis_stream_id id = {0, 0};
    for (int i = 0; i < 8; i++) {
        id.ms = id.ms << 8 | raw[i];
        id.seq = id.seq << 8 | raw[8 + i];
    }
    return id;
}

static struct redis_stream_id get_raw_id(struct rdb_reader *reader)
{
    uint8_t raw[RAW_ID];
    for (int i = 0; i < RAW_ID; i++)
        raw[i] = rdb_get_byte(reader);
    return id_of_raw(raw);
}

static struct redis_stream_id get_id(struct rdb_reader *reader)
{
    uint64_t ms = rdb_get_length(reader);
    return (struct redis_stream_id){ms, rdb_get_length(reader)};
}

static int64_t get_ms(struct rdb_reader *reader)
{
    uint64_t ms = 0;
    for (int i = 0; i < 8; i++)
        ms |= (uint64_t)rdb_get_byte(reader) << (8 * i);
    return (int64_t)ms;
}

static bool next_int(struct restore *r, int64_t *out)
{
    char scratch[TEXT_INT_MAX];
    struct slice text;
    return (listpack_next(&r->pack, scratch, &text) == LISTPACK_ELEMENT &&
            text_to_i64(text, out)) ||
           fail(r);
}

/* A count of elements that are all still to come. */
static bool next_count(struct restore *r, uint64_t *out)
{
    int64_t value;
    if (!next_int(r, &value) || value < 0 || value > r->pack.end - r->pack.at)
        return fail(r);
    *out = (uint64_t)value;
    return true;
}

/* An element, in the arena where it was an integer. */
static bool next_string(struct restore *r, struct slice *out)
{
    char *scratch = arena_alloc(r->reader->arena, TEXT_INT_MAX);
    return (scratch && listpack_next(&r->pack, scratch, out) == LISTPACK_ELEMENT) || fail(r);
}

static bool read_names(struct restore *r)
{
    int64_t zero;
    if (!next_count(r, &r->name_count))
        return false;
    r->names = arena_alloc(r->reader->arena, (r->name_count + 1) * sizeof(*r->names));
    if (!r->names)
        return fail(r);
    r->names_bytes = 2 * r->name_count * sizeof(*r->names);
    for (uint64_t i = 0; i < r->name_count; i++) {
        if (!next_string(r, &r->names[i]))
            return false;
        r->names_bytes += r->names[i].len;
    }
    return next_int(r, &zero);
}

static bool may_repeat_names(struct restore *r)
{
    if (r->names_bytes > r->growth)
        return fail(r);
    r->growth -= r->names_bytes;
    return true;
}

static bool read_strings(struct restore *r, bool same, struct slice **out, uint64_t *out_fields)
{
    uint64_t fields = r->name_count;
    if (same ? !may_repeat_names(r) : !next_count(r, &fields))
        return false;
    size_t bytes = 0;
    struct slice *strings = arena_alloc(r->reader->arena, (2 * fields + 1) * sizeof(*strings));
    if (!strings)
        return fail(r);
    for (uint64_t i = 0; i < fields; i++) {
        if (same)
            strings[2 * i] = r->names[i];
        else if (!next_string(r, &strings[2 * i]))
            return false;
        if (!next_string(r, &strings[2 * i + 1]))
            return false;
        bytes += strings[2 * i].len + strings[2 * i + 1].len;
    }
    *out = strings;
    *out_fields = fields;
    return bytes <= REDIS_STREAM_ENTRY_MAX || fail(r);
}

/* One entry, deleted or not: a tombstone is added too, so that the node counts it. */
static bool read_entry(struct restore *r, struct redis_stream_id *out_id, bool *deleted)
{
    /* The first entry has to start a node; the rest go into it whatever its size. */
    const struct redis_stream_limits limits = {r->first ? 1 : 0, 0};
    int64_t flags, ms, seq, elements;
    struct slice *strings;
    uint64_t fields;
    if (!next_int(r, &flags) || !next_int(r, &ms) || !next_int(r, &seq) ||
        !read_strings(r, flags & ENTRY_SAME_FIELDS, &strings, &fields) || !next_int(r, &elements))
        return false;
    *out_id = (struct redis_stream_id){r->base.ms + (uint64_t)ms, r->base.seq + (uint64_t)seq};
    *deleted = flags & ENTRY_DELETED;
    r->first = false;
    if (redis_stream_id_compare(*out_id, r->stream->last_id) <= 0)
        return fail(r);
    return redis_stream_append(r->heap, r->stream, &limits, *out_id, strings, (uint32_t)fields) ||
           fail(r);
}

static bool read_entries(struct restore *r, uint64_t live, uint64_t dead)
{
    struct redis_stream_id id;
    uint64_t found = 0;
    bool deleted;
    struct redis_stream_id *ids = arena_alloc(r->reader->arena, (dead + 1) * sizeof(*ids));
    if (!ids)
        return fail(r);
    for (uint64_t i = 0; i < live + dead; i++) {
        if (!read_entry(r, &id, &deleted))
            return false;
        if (deleted && found == dead)
            return fail(r);
        if (deleted)
            ids[found++] = id;
    }
    for (uint64_t i = 0; i < found; i++)
        if (!redis_stream_delete(r->heap, r->stream, ids[i], &deleted))
            return fail(r);
    return found == dead || fail(r);
}

static bool read_node(struct restore *r)
{
    struct slice key = rdb_get_string(r->reader);
    struct slice blob = rdb_get_string(r->reader);
    uint64_t live, dead;
    if (!r->reader->ok || key.len != RAW_ID || !listpack_open(&r->pack, blob))
        return fail(r);
    r->base = id_of_raw(key.ptr);
    r->first = true;
    r->growth = (uint64_t)blob.len * GROWTH_FACTOR + GROWTH_MIN;
    return next_count(r, &live) && next_count(r, &dead) && read_names(r) &&
           read_entries(r, live, dead);
}

static int compare_nacks(const void *a, const void *b)
{
    return redis_stream_compare_items(a, b);
}

/* A consumer and which of the group's pending entries are its own. */
static bool read_consumer(struct restore *r, struct redis_stream_group *group,
                          const struct redis_stream_nack *nacks, uint64_t nack_count)
{
    struct slice name = rdb_get_string(r->reader);
    int64_t seen_ms = get_ms(r->reader);
    uint64_t count = rdb_get_length(r->reader);
    if (!r->reader->ok || redis_stream_consumer_find(group, name))
        return fail(r);
    struct redis_stream_consumer *consumer =
        redis_stream_consumer_create(r->heap, group, name, seen_ms);
    if (!consumer)
        return fail(r);
    while (r->reader->ok && count--) {
        struct redis_stream_nack wanted = {.id = get_raw_id(r->reader)};
        const struct redis_stream_nack *nack =
            bsearch(&wanted, nacks, nack_count, sizeof(*nacks), compare_nacks);
        if (!nack || redis_stream_nack_find(group, wanted.id) ||
            !redis_stream_deliver(r->heap, group, consumer, nack->id, nack->delivered_ms,
                                  nack->count))
            return fail(r);
    }
    return r->reader->ok;
}

static bool read_group(struct restore *r, bool second_form)
{
    struct rdb_reader *reader = r->reader;
    struct slice name = rdb_get_string(reader);
    struct redis_stream_id last = get_id(reader);
    int64_t read =
        second_form ? (int64_t)rdb_get_length(reader) : redis_stream_distance(r->stream, last);
    uint64_t count = rdb_get_length(reader);
    if (!reader->ok || count > left(reader) / RAW_NACK || redis_stream_group_find(r->stream, name))
        return fail(r);
    struct redis_stream_group *group =
        redis_stream_group_create(r->heap, r->stream, name, last, read);
    struct redis_stream_nack *nacks = arena_alloc(reader->arena, (count + 1) * sizeof(*nacks));
    if (!group || !nacks)
        return fail(r);
    for (uint64_t i = 0; i < count; i++) {
        nacks[i] = (struct redis_stream_nack){.id = get_raw_id(reader)};
        nacks[i].delivered_ms = get_ms(reader);
        nacks[i].count = rdb_get_length(reader);
    }
    uint64_t consumers = rdb_get_length(reader);
    while (reader->ok && consumers--)
        read_consumer(r, group, nacks, count);
    return (reader->ok && group->pel.count == count) || fail(r);
}

static void read_stream(struct restore *r, bool second_form)
{
    struct rdb_reader *reader = r->reader;
    uint64_t nodes = rdb_get_length(reader);
    while (reader->ok && nodes--)
        read_node(r);
    uint64_t length = rdb_get_length(reader);
    struct redis_stream_id last = get_id(reader);
    if (!reader->ok || length != redis_stream_length(r->stream)) {
        reader->ok = false;
        return;
    }
    r->stream->last_id = last;
    r->stream->max_deleted_id = REDIS_STREAM_ID_MIN;
    r->stream->entries_added = length;
    if (second_form) {
        get_id(reader); /* the first id: the entries tell */
        r->stream->max_deleted_id = get_id(reader);
        r->stream->entries_added = rdb_get_length(reader);
    }
    uint64_t groups = rdb_get_length(reader);
    while (reader->ok && groups--)
        read_group(r, second_form);
}

struct redis_value *redis_stream_restore(struct redis *redis, struct rdb_reader *reader,
                                         enum rdb_type type)
{
    struct restore r = {.heap = redis->host.heap, .reader = reader};
    r.stream = redis_stream_create(r.heap);
    if (!r.stream)
        return NULL;
    read_stream(&r, type == RDB_STREAM_LISTPACKS_2);
    if (reader->ok)
        return &r.stream->base;
    redis_value_release(r.heap, &r.stream->base);
    return NULL;
}
