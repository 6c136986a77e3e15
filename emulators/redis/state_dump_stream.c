/* Streams in dumps, as seed_stream.h reads them. */
#include <stdio.h>

#include "common/text.h"
#include "emulators/redis/state_dump_key.h"
#include "emulators/redis/stream_group.h"

#define ID_TEXT_MAX (2 * TEXT_INT_MAX + 2)

static void dump_id(struct json_writer *out, const char *name, struct redis_stream_id id)
{
    char text[ID_TEXT_MAX];
    snprintf(text, sizeof(text), "%llu-%llu", (unsigned long long)id.ms,
             (unsigned long long)id.seq);
    json_key_str(out, name);
    json_str(out, text);
}

/* A sequence, not a mapping: fields may come twice. */
static void dump_entry(struct redis_dump *dump, const struct redis_stream_item *item)
{
    const uint8_t *at = item->entry->bytes;
    json_object(dump->out);
    dump_id(dump->out, "id", item->id);
    json_key_str(dump->out, "fields");
    json_array(dump->out);
    for (uint32_t i = 0; i < 2 * item->entry->fields; i++)
        redis_dump_string(dump, redis_stream_read_string(&at));
    json_array_end(dump->out);
    json_object_end(dump->out);
}

void redis_dump_stream_entries(struct redis_dump *dump, const struct redis_stream *stream)
{
    struct redis_stream_iter iter;
    const struct redis_stream_item *item;
    redis_stream_iter_init(&iter, stream, REDIS_STREAM_ID_MIN, REDIS_STREAM_ID_MAX, false);
    while ((item = redis_stream_iter_next(&iter)))
        dump_entry(dump, item);
}

/* ---- groups */

static void dump_pending(struct redis_dump *dump, const struct redis_stream_nack *nack)
{
    json_object(dump->out);
    dump_id(dump->out, "id", nack->id);
    redis_dump_time(dump, "delivered_at", nack->delivered_ms);
    json_key_str(dump->out, "deliveries");
    json_uint(dump->out, nack->count);
    json_object_end(dump->out);
}

static void dump_consumer(struct redis_dump *dump, const struct redis_stream_group *group,
                          const struct redis_stream_consumer *consumer)
{
    struct btree_iter iter;
    const struct redis_stream_id *id =
        btree_iter_at(&iter, &consumer->pel, &redis_stream_ids_type, 0);
    json_object(dump->out);
    json_key_str(dump->out, "pending");
    json_array(dump->out);
    for (; id; id = btree_iter_next(&iter, &redis_stream_ids_type))
        dump_pending(dump, redis_stream_nack_find(group, *id));
    json_array_end(dump->out);
    json_object_end(dump->out);
}

static void dump_group(struct redis_dump *dump, const struct redis_stream_group *group)
{
    struct btree_iter iter;
    const void *item;
    json_object(dump->out);
    dump_id(dump->out, "last_delivered_id", group->last_id);
    if (group->entries_read != REDIS_STREAM_READ_UNKNOWN) {
        json_key_str(dump->out, "entries_read");
        json_int(dump->out, group->entries_read);
    }
    json_key_str(dump->out, "consumers");
    json_object(dump->out);
    item = btree_iter_at(&iter, &group->consumers, &redis_stream_consumers_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_consumers_type)) {
        const struct redis_stream_consumer *consumer = redis_stream_consumer_of(item);
        redis_dump_name(dump, redis_stream_name(consumer->base.name));
        dump_consumer(dump, group, consumer);
    }
    json_object_end(dump->out);
    json_object_end(dump->out);
}

static void dump_groups(struct redis_dump *dump, const struct redis_stream *stream)
{
    struct btree_iter iter;
    const void *item;
    json_key_str(dump->out, "groups");
    json_object(dump->out);
    item = btree_iter_at(&iter, &stream->groups, &redis_stream_groups_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_groups_type)) {
        const struct redis_stream_group *group = redis_stream_group_of(item);
        redis_dump_name(dump, redis_stream_name(group->base.name));
        dump_group(dump, group);
    }
    json_object_end(dump->out);
}

void redis_dump_stream_members(struct redis_dump *dump, const struct redis_stream *stream)
{
    json_key_str(dump->out, "metadata");
    json_object(dump->out);
    dump_id(dump->out, "last_id", stream->last_id);
    json_key_str(dump->out, "entries_added");
    json_uint(dump->out, stream->entries_added);
    dump_id(dump->out, "max_deleted_id", stream->max_deleted_id);
    json_object_end(dump->out);
    if (stream->groups.count)
        dump_groups(dump, stream);
}

/* ---- */

static bool consumers_are_text(const struct redis_stream_group *group)
{
    struct btree_iter iter;
    const void *item = btree_iter_at(&iter, &group->consumers, &redis_stream_consumers_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_consumers_type))
        if (!redis_is_text(redis_stream_name(redis_stream_consumer_of(item)->base.name)))
            return false;
    return true;
}

static bool groups_are_text(const struct redis_stream *stream)
{
    struct btree_iter iter;
    const void *item = btree_iter_at(&iter, &stream->groups, &redis_stream_groups_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_groups_type)) {
        const struct redis_stream_group *group = redis_stream_group_of(item);
        if (!redis_is_text(redis_stream_name(group->base.name)) || !consumers_are_text(group))
            return false;
    }
    return true;
}

bool redis_stream_is_text(const struct redis_stream *stream)
{
    struct redis_stream_iter iter;
    const struct redis_stream_item *item;
    redis_stream_iter_init(&iter, stream, REDIS_STREAM_ID_MIN, REDIS_STREAM_ID_MAX, false);
    while ((item = redis_stream_iter_next(&iter))) {
        const uint8_t *at = item->entry->bytes;
        for (uint32_t i = 0; i < 2 * item->entry->fields; i++)
            if (!redis_is_text(redis_stream_read_string(&at)))
                return false;
    }
    return groups_are_text(stream);
}
