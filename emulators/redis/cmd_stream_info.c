/* XINFO: what streams, groups and consumers are made of. Source: the Redis command reference, group
 * "stream". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/cmd_stream.h"
#include "emulators/redis/commands.h"

#define FULL_COUNT 10 /* entries of each kind in XINFO STREAM ... FULL without COUNT */

static void reply_named_int(struct redis_reply *reply, const char *name, int64_t value)
{
    redis_reply_bulk_str(reply, name);
    redis_reply_int(reply, value);
}

/* What a group has read, and what is left; null where that is not known. */
static void reply_progress(struct redis_reply *reply, const struct redis_stream *stream,
                           const struct redis_stream_group *group)
{
    int64_t lag;
    redis_reply_bulk_str(reply, "entries-read");
    if (group->entries_read == REDIS_STREAM_READ_UNKNOWN)
        redis_reply_null(reply);
    else
        redis_reply_int(reply, group->entries_read);
    redis_reply_bulk_str(reply, "lag");
    if (redis_stream_group_lag(stream, group, &lag))
        redis_reply_int(reply, lag);
    else
        redis_reply_null(reply);
}

static void reply_named_id(struct redis_reply *reply, const char *name, struct redis_stream_id id)
{
    redis_reply_bulk_str(reply, name);
    redis_stream_reply_id(reply, id);
}

static void reply_named_name(struct redis_reply *reply, const struct redis_stream_name *name)
{
    redis_reply_bulk_str(reply, "name");
    redis_reply_bulk(reply, redis_stream_name(name));
}

/* The key's stream; false: it is absent, which is an error, or no stream. */
static bool existing_stream(struct redis_call *call, const struct redis_stream **out)
{
    if (!redis_stream_for_read(call, call->argv[2], out))
        return false;
    if (!*out)
        redis_reply_no_key(call->reply);
    return *out != NULL;
}

/* ---- XINFO STREAM */

/* The first or last entry, or null. */
static void reply_end(struct redis_reply *reply, const struct redis_stream *stream, bool last)
{
    struct redis_stream_iter iter;
    redis_stream_iter_init(&iter, stream, REDIS_STREAM_ID_MIN, REDIS_STREAM_ID_MAX, last);
    const struct redis_stream_item *item = redis_stream_iter_next(&iter);
    redis_reply_bulk_str(reply, last ? "last-entry" : "first-entry");
    if (item)
        redis_stream_reply_entry(reply, item);
    else
        redis_reply_null(reply);
}

/* What both forms tell. */
static void reply_facts(struct redis_reply *reply, const struct redis_stream *stream)
{
    reply_named_int(reply, "length", (int64_t)redis_stream_length(stream));
    reply_named_int(reply, "radix-tree-keys", (int64_t)stream->nodes.count);
    reply_named_int(reply, "radix-tree-nodes", (int64_t)redis_stream_radix_nodes(stream));
    reply_named_id(reply, "last-generated-id", stream->last_id);
    reply_named_id(reply, "max-deleted-entry-id", stream->max_deleted_id);
    reply_named_int(reply, "entries-added", (int64_t)stream->entries_added);
    reply_named_id(reply, "recorded-first-entry-id", redis_stream_first_id(stream));
}

/* id, consumer (for a group's list), time of delivery, deliveries */
static void reply_nack(struct redis_reply *reply, const struct redis_stream_nack *nack,
                       bool with_consumer)
{
    redis_reply_array(reply, with_consumer ? 4 : 3);
    redis_stream_reply_id(reply, nack->id);
    if (with_consumer)
        redis_reply_bulk(reply, redis_stream_name(nack->consumer));
    redis_reply_int(reply, nack->delivered_ms);
    redis_reply_int(reply, (int64_t)nack->count);
}

/* A pending entries list: the group's, or, of the given ids, one consumer's. */
static void reply_pel(struct redis_reply *reply, const struct redis_stream_group *group,
                      const struct btree *ids, uint64_t count)
{
    const struct btree *pel = ids ? ids : &group->pel;
    const struct btree_type *type = ids ? &redis_stream_ids_type : &redis_stream_nacks_type;
    struct btree_iter iter;
    uint64_t shown = count && count < pel->count ? count : pel->count;
    redis_reply_bulk_str(reply, "pending");
    redis_reply_array(reply, shown);
    const struct redis_stream_id *id = btree_iter_at(&iter, pel, type, 0);
    for (; shown--; id = btree_iter_next(&iter, type))
        reply_nack(reply, redis_stream_nack_find(group, *id), !ids);
}

static void reply_full_consumers(struct redis_reply *reply, const struct redis_stream_group *group,
                                 uint64_t count)
{
    struct btree_iter iter;
    redis_reply_bulk_str(reply, "consumers");
    redis_reply_array(reply, group->consumers.count);
    const void *item = btree_iter_at(&iter, &group->consumers, &redis_stream_consumers_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_consumers_type)) {
        const struct redis_stream_consumer *consumer = redis_stream_consumer_of(item);
        redis_reply_map(reply, 4);
        reply_named_name(reply, consumer->base.name);
        reply_named_int(reply, "seen-time", consumer->seen_ms);
        reply_named_int(reply, "pel-count", (int64_t)consumer->pel.count);
        reply_pel(reply, group, &consumer->pel, count);
    }
}

static void reply_full_groups(struct redis_reply *reply, const struct redis_stream *stream,
                              uint64_t count)
{
    struct btree_iter iter;
    redis_reply_bulk_str(reply, "groups");
    redis_reply_array(reply, stream->groups.count);
    const void *item = btree_iter_at(&iter, &stream->groups, &redis_stream_groups_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_groups_type)) {
        const struct redis_stream_group *group = redis_stream_group_of(item);
        redis_reply_map(reply, 7);
        reply_named_name(reply, group->base.name);
        reply_named_id(reply, "last-delivered-id", group->last_id);
        reply_progress(reply, stream, group);
        reply_named_int(reply, "pel-count", (int64_t)group->pel.count);
        reply_pel(reply, group, NULL, count);
        reply_full_consumers(reply, group, count);
    }
}

static void reply_full(struct redis_call *call, const struct redis_stream *stream, int64_t count)
{
    struct redis_stream_iter iter;
    redis_reply_map(call->reply, 9);
    reply_facts(call->reply, stream);
    redis_reply_bulk_str(call->reply, "entries");
    redis_stream_iter_init(&iter, stream, REDIS_STREAM_ID_MIN, REDIS_STREAM_ID_MAX, false);
    redis_stream_reply_range(call->reply, &iter, (uint64_t)count);
    reply_full_groups(call->reply, stream, (uint64_t)count);
}

static void reply_short(struct redis_call *call, const struct redis_stream *stream)
{
    redis_reply_map(call->reply, 10);
    reply_facts(call->reply, stream);
    reply_named_int(call->reply, "groups", (int64_t)stream->groups.count);
    reply_end(call->reply, stream, false);
    reply_end(call->reply, stream, true);
}

static void xinfo_stream(struct redis_call *call)
{
    const struct redis_stream *stream;
    int64_t count = FULL_COUNT;
    if (!existing_stream(call, &stream))
        return;
    if (call->argc == 3) {
        reply_short(call, stream);
        return;
    }
    if ((call->argc != 4 && call->argc != 6) || !slice_is(call->argv[3], "FULL") ||
        (call->argc == 6 && !slice_is(call->argv[4], "COUNT"))) {
        redis_reply_subcommand_syntax(call);
        return;
    }
    if (call->argc == 6 && !redis_arg_int(call, 5, &count))
        return;
    reply_full(call, stream, count < 0 ? FULL_COUNT : count);
}

/* ---- XINFO GROUPS, XINFO CONSUMERS */

static void xinfo_groups(struct redis_call *call)
{
    const struct redis_stream *stream;
    struct redis_reply *reply = call->reply;
    struct btree_iter iter;
    if (!existing_stream(call, &stream))
        return;
    redis_reply_array(reply, stream->groups.count);
    const void *item = btree_iter_at(&iter, &stream->groups, &redis_stream_groups_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_groups_type)) {
        const struct redis_stream_group *group = redis_stream_group_of(item);
        redis_reply_map(reply, 6);
        reply_named_name(reply, group->base.name);
        reply_named_int(reply, "consumers", (int64_t)group->consumers.count);
        reply_named_int(reply, "pending", (int64_t)group->pel.count);
        reply_named_id(reply, "last-delivered-id", group->last_id);
        reply_progress(reply, stream, group);
    }
}

static void xinfo_consumers(struct redis_call *call)
{
    const struct redis_stream *stream;
    const struct redis_stream_group *group;
    struct btree_iter iter;
    if (!existing_stream(call, &stream))
        return;
    group = redis_stream_group_find(stream, call->argv[3]);
    if (!group) {
        redis_stream_no_group_of_key(call, call->argv[2], call->argv[3]);
        return;
    }
    redis_reply_array(call->reply, group->consumers.count);
    const void *item = btree_iter_at(&iter, &group->consumers, &redis_stream_consumers_type, 0);
    for (; item; item = btree_iter_next(&iter, &redis_stream_consumers_type)) {
        const struct redis_stream_consumer *consumer = redis_stream_consumer_of(item);
        int64_t idle_ms = call->now_ms - consumer->seen_ms;
        redis_reply_map(call->reply, 3);
        reply_named_name(call->reply, consumer->base.name);
        reply_named_int(call->reply, "pending", (int64_t)consumer->pel.count);
        reply_named_int(call->reply, "idle", idle_ms < 0 ? 0 : idle_ms);
    }
}

static void xinfo_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "CONSUMERS <key> <groupname>",
        "    Show consumers of <groupname>.",
        "GROUPS <key>",
        "    Show the stream consumer groups.",
        "STREAM <key> [FULL [COUNT <count>]",
        "    Show information about the stream.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_stream_info_commands[] = {
    {"xinfo|stream",    xinfo_stream   },
    {"xinfo|groups",    xinfo_groups   },
    {"xinfo|consumers", xinfo_consumers},
    {"xinfo|help",      xinfo_help     },
    {NULL,              NULL           },
};
