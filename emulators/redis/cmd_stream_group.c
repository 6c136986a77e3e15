/* Consumer groups: XGROUP, XACK, XPENDING. Source: the Redis command reference, group "stream". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/cmd_stream.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"

static bool fail(struct redis_call *call, const char *error)
{
    redis_reply_error(call->reply, error);
    return false;
}

/* ---- XGROUP */

struct group_options {
    bool make_stream;
    int64_t entries_read;
};

static bool parse_entries_read(struct redis_call *call, uint32_t at, struct group_options *out)
{
    if (!redis_arg_int(call, at, &out->entries_read))
        return false;
    return out->entries_read >= REDIS_STREAM_READ_UNKNOWN ||
           fail(call, "ERR value for ENTRIESREAD must be positive or -1");
}

static bool parse_group_options(struct redis_call *call, bool creating, struct group_options *out)
{
    *out = (struct group_options){.entries_read = REDIS_STREAM_READ_UNKNOWN};
    for (uint32_t i = 5; i < call->argc; i++) {
        if (creating && slice_is(call->argv[i], "MKSTREAM")) {
            out->make_stream = true;
        } else if (slice_is(call->argv[i], "ENTRIESREAD") && i + 1 < call->argc) {
            if (!parse_entries_read(call, ++i, out))
                return false;
        } else {
            redis_reply_subcommand_syntax(call);
            return false;
        }
    }
    return true;
}

/* The key's stream; false: the key does not exist (an error here) or is no stream. */
static bool existing_stream(struct redis_call *call, struct redis_stream **out)
{
    if (!redis_stream_for_write(call, call->argv[2], out))
        return false;
    return *out || fail(call, "ERR The XGROUP subcommand requires the key to exist. Note that for "
                              "CREATE you may want to use the MKSTREAM option to create an empty "
                              "stream automatically.");
}

/* The group that argv[3] names in the stream of argv[2]. */
static bool existing_group(struct redis_call *call, struct redis_stream **out,
                           struct redis_stream_group **out_group)
{
    bool absent;
    if (!existing_stream(call, out))
        return false;
    *out_group = redis_stream_group_edit(call->db->heap, *out, call->argv[3], &absent);
    if (!*out_group && absent)
        redis_stream_no_group_of_key(call, call->argv[2], call->argv[3]);
    else if (!*out_group)
        redis_reply_oom(call->reply);
    return *out_group != NULL;
}

static bool parse_create_id(struct redis_call *call, const struct redis_stream *stream,
                            struct redis_stream_id *out)
{
    if (!slice_eq_str(call->argv[4], "$"))
        return redis_stream_arg_id(call, call->argv[4], 0, out);
    *out = stream ? stream->last_id : REDIS_STREAM_ID_MIN;
    return true;
}

static void create_group(struct redis_call *call, struct redis_stream *stream,
                         const struct group_options *options)
{
    struct slice key = call->argv[2], name = call->argv[3];
    struct redis_stream_id id;
    bool is_new = !stream;
    if (!parse_create_id(call, stream, &id))
        return;
    if (!stream && !(stream = redis_stream_add(call, key)))
        return;
    if (redis_stream_group_find(stream, name)) {
        redis_reply_error(call->reply, "BUSYGROUP Consumer Group name already exists");
        return;
    }
    if (!redis_stream_group_create(call->db->heap, stream, name, id, options->entries_read)) {
        redis_reply_oom(call->reply);
        return;
    }
    redis_reply_ok(call->reply);
    if (is_new)
        redis_changed(call, key, REDIS_NOTIFY_STREAM, "xgroup-create");
    else
        redis_stream_group_changed(call, key, "xgroup-create");
}

static void xgroup_create(struct redis_call *call)
{
    struct group_options options;
    struct redis_stream *stream;
    if (!parse_group_options(call, true, &options))
        return;
    if (options.make_stream ? !redis_stream_for_write(call, call->argv[2], &stream)
                            : !existing_stream(call, &stream))
        return;
    if (call->argc > 8)
        redis_reply_subcommand_syntax(call);
    else
        create_group(call, stream, &options);
}

static void xgroup_setid(struct redis_call *call)
{
    struct group_options options;
    struct redis_stream *stream;
    struct redis_stream_group *group;
    struct redis_stream_id id;
    if (!parse_group_options(call, false, &options) || !existing_group(call, &stream, &group))
        return;
    if (call->argc > 7) {
        redis_reply_subcommand_syntax(call);
        return;
    }
    id = stream->last_id;
    if (!slice_eq_str(call->argv[4], "$") && !redis_stream_arg_any_id(call, call->argv[4], 0, &id))
        return;
    group->last_id = id;
    group->entries_read = options.entries_read;
    redis_reply_ok(call->reply);
    redis_stream_group_changed(call, call->argv[2], "xgroup-setid");
}

static void xgroup_destroy(struct redis_call *call)
{
    struct redis_stream *stream;
    struct slice key = call->argv[2], name = call->argv[3];
    if (!existing_stream(call, &stream))
        return;
    if (!redis_stream_group_find(stream, name)) {
        redis_reply_int(call->reply, 0);
    } else if (!redis_stream_group_destroy(call->db->heap, stream, name)) {
        redis_reply_oom(call->reply);
    } else {
        redis_reply_int(call->reply, 1);
        redis_stream_group_changed(call, key, "xgroup-destroy");
        redis_key_ready(call->redis, call->db, key);
    }
}

static void xgroup_createconsumer(struct redis_call *call)
{
    struct redis_stream *stream;
    struct redis_stream_group *group;
    if (!existing_group(call, &stream, &group))
        return;
    if (redis_stream_consumer_find(group, call->argv[4]))
        redis_reply_int(call->reply, 0);
    else if (redis_stream_consumer_seen(call, group, call->argv[2], call->argv[4]))
        redis_reply_int(call->reply, 1);
    else
        redis_reply_oom(call->reply);
}

static void xgroup_delconsumer(struct redis_call *call)
{
    struct redis_stream *stream;
    struct redis_stream_group *group;
    if (!existing_group(call, &stream, &group))
        return;
    const struct redis_stream_consumer *consumer = redis_stream_consumer_find(group, call->argv[4]);
    uint64_t pending = consumer ? consumer->pel.count : 0;
    if (consumer && !redis_stream_consumer_destroy(call->db->heap, group, call->argv[4])) {
        redis_reply_oom(call->reply);
        return;
    }
    if (consumer)
        redis_stream_group_changed(call, call->argv[2], "xgroup-delconsumer");
    redis_reply_int(call->reply, (int64_t)pending);
}

static void xgroup_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "CREATE <key> <groupname> <id|$> [option]",
        "    Create a new consumer group. Options are:",
        "    * MKSTREAM",
        "      Create the empty stream if it does not exist.",
        "    * ENTRIESREAD entries_read",
        "      Set the group's entries_read counter (internal use).",
        "CREATECONSUMER <key> <groupname> <consumer>",
        "    Create a new consumer in the specified group.",
        "DELCONSUMER <key> <groupname> <consumer>",
        "    Remove the specified consumer.",
        "DESTROY <key> <groupname>",
        "    Remove the specified group.",
        "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
        "    Set the current group ID and entries_read counter.",
        NULL,
    };
    redis_reply_help(call, lines);
}

/* ---- XACK */

static void xack(struct redis_call *call)
{
    struct redis_stream *stream;
    struct redis_stream_group *group;
    int64_t count = 0;
    if (!redis_stream_group_for_write(call, call->argv[1], call->argv[2], &stream, &group))
        return;
    if (!group) {
        redis_reply_int(call->reply, 0);
        return;
    }
    const struct redis_stream_id *ids = redis_stream_arg_ids(call, 3);
    if (!ids)
        return;
    for (uint32_t i = 0; i < call->argc - 3; i++) {
        bool found;
        if (!redis_stream_acknowledge(call->db->heap, group, ids[i], &found)) {
            redis_reply_oom(call->reply);
            return;
        }
        count += found;
    }
    call->redis->stats.dirty += (uint64_t)count;
    redis_reply_int(call->reply, count);
}

/* ---- XPENDING */

struct pending_options {
    int64_t min_idle_ms, count;
    struct redis_stream_id first, last;
    bool has_consumer;
    struct slice consumer;
};

static bool parse_pending(struct redis_call *call, struct pending_options *out)
{
    uint32_t at = 3;
    *out = (struct pending_options){0};
    if (call->argc < 6 || call->argc > 9) {
        redis_reply_syntax(call->reply);
        return false;
    }
    if (slice_is(call->argv[3], "IDLE")) {
        if (!redis_arg_int(call, 4, &out->min_idle_ms))
            return false;
        if (call->argc < 8) {
            redis_reply_syntax(call->reply);
            return false;
        }
        at += 2;
    }
    if (!redis_arg_int(call, at + 2, &out->count) ||
        !redis_stream_arg_start(call, call->argv[at], &out->first) ||
        !redis_stream_arg_end(call, call->argv[at + 1], &out->last))
        return false;
    out->has_consumer = at + 3 < call->argc;
    if (out->has_consumer)
        out->consumer = call->argv[at + 3];
    return true;
}

/* The consumers that have something pending, and how much. */
static void reply_consumers(struct redis_call *call, const struct redis_stream_group *group)
{
    struct btree_iter iter;
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t count = 0;
    for (const void *item =
             btree_iter_at(&iter, &group->consumers, &redis_stream_consumers_type, 0);
         item; item = btree_iter_next(&iter, &redis_stream_consumers_type)) {
        const struct redis_stream_consumer *consumer = redis_stream_consumer_of(item);
        if (!consumer->pel.count)
            continue;
        redis_reply_array(call->reply, 2);
        redis_reply_bulk(call->reply, redis_stream_name(consumer->base.name));
        redis_reply_bulk_int(call->reply, (int64_t)consumer->pel.count);
        count++;
    }
    redis_reply_array_at(call->reply, mark, count);
}

static void reply_summary(struct redis_call *call, const struct redis_stream_group *group)
{
    uint64_t count = group->pel.count;
    redis_reply_array(call->reply, 4);
    redis_reply_int(call->reply, (int64_t)count);
    if (!count) {
        redis_reply_null(call->reply);
        redis_reply_null(call->reply);
        redis_reply_null_array(call->reply);
        return;
    }
    const struct redis_stream_nack *first = btree_at(&group->pel, &redis_stream_nacks_type, 0);
    redis_stream_reply_id(call->reply, first->id);
    const struct redis_stream_nack *last =
        btree_at(&group->pel, &redis_stream_nacks_type, count - 1);
    redis_stream_reply_id(call->reply, last->id);
    reply_consumers(call, group);
}

static void reply_nack(struct redis_call *call, const struct redis_stream_nack *nack)
{
    int64_t idle_ms = call->now_ms - nack->delivered_ms;
    redis_reply_array(call->reply, 4);
    redis_stream_reply_id(call->reply, nack->id);
    redis_reply_bulk(call->reply, redis_stream_name(nack->consumer));
    redis_reply_int(call->reply, idle_ms < 0 ? 0 : idle_ms);
    redis_reply_int(call->reply, (int64_t)nack->count);
}

/* The pending entries of a group, or of one consumer, within the bounds. */
static void reply_pending(struct redis_call *call, const struct redis_stream_group *group,
                          const struct redis_stream_consumer *consumer,
                          const struct pending_options *options)
{
    const struct btree *pel = consumer ? &consumer->pel : &group->pel;
    const struct btree_type *type = consumer ? &redis_stream_ids_type : &redis_stream_nacks_type;
    struct btree_iter iter;
    int64_t sent = 0;
    struct outq_mark mark = redis_reply_later(call->reply);
    const struct redis_stream_id *id =
        btree_iter_at(&iter, pel, type, redis_stream_rank(pel, type, options->first));
    for (; id && sent < options->count && redis_stream_id_compare(*id, options->last) <= 0;
         id = btree_iter_next(&iter, type)) {
        const struct redis_stream_nack *nack = redis_stream_nack_find(group, *id);
        if (options->min_idle_ms && call->now_ms - nack->delivered_ms < options->min_idle_ms)
            continue;
        reply_nack(call, nack);
        sent++;
    }
    redis_reply_array_at(call->reply, mark, (uint64_t)sent);
}

static void xpending(struct redis_call *call)
{
    struct pending_options options;
    const struct redis_stream *stream;
    const struct redis_stream_group *group;
    const struct redis_stream_consumer *consumer = NULL;
    bool summary = call->argc == 3;
    if ((!summary && !parse_pending(call, &options)) ||
        !redis_stream_for_read(call, call->argv[1], &stream))
        return;
    if (!stream || !(group = redis_stream_group_find(stream, call->argv[2]))) {
        redis_stream_no_group(call, call->argv[1], call->argv[2], "");
        return;
    }
    if (summary) {
        reply_summary(call, group);
        return;
    }
    if (options.has_consumer && !(consumer = redis_stream_consumer_find(group, options.consumer)))
        redis_reply_array(call->reply, 0);
    else
        reply_pending(call, group, consumer, &options);
}

const struct redis_command redis_stream_group_commands[] = {
    {"xgroup|create",         xgroup_create        },
    {"xgroup|createconsumer", xgroup_createconsumer},
    {"xgroup|delconsumer",    xgroup_delconsumer   },
    {"xgroup|destroy",        xgroup_destroy       },
    {"xgroup|help",           xgroup_help          },
    {"xgroup|setid",          xgroup_setid         },
    {"xack",                  xack                 },
    {"xpending",              xpending             },
    {NULL,                    NULL                 },
};
