/* XREAD and XREADGROUP, blocking and not. Source: the Redis command reference, group "stream". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/cmd_stream.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"

#define COUNT_AFTER_WAITING 1000 /* entries that a client gets at most that had to wait for them */
#define NO_TIMEOUT          (-1)

/* Stands for the id ">", entries never delivered to the group. */
#define ID_NEW REDIS_STREAM_ID_MAX

struct read_options {
    bool of_group, no_ack;
    struct slice group, consumer;
    int64_t timeout_ms, count;     /* count 0: all */
    uint32_t first, streams;       /* where the keys are, and how many */
    struct redis_stream_id *after; /* for each key: what was read before */
};

static bool fail(struct redis_call *call, const char *error)
{
    redis_reply_error(call->reply, error);
    return false;
}

/* ---- options */

static bool parse_block(struct redis_call *call, uint32_t at, struct read_options *out)
{
    if (call->flags & REDIS_CALL_SCRIPT) {
        redis_reply_errorf(call->reply,
                           "ERR %s command is not allowed with BLOCK option from scripts",
                           redis_printable(call->arena, call->argv[0], SIZE_MAX));
        return false;
    }
    if (!redis_arg_int_in(call, at, INT64_MIN, INT64_MAX,
                          "ERR timeout is not an integer or out of range", &out->timeout_ms))
        return false;
    return out->timeout_ms >= 0 || fail(call, "ERR timeout is negative");
}

static bool parse_streams(struct redis_call *call, uint32_t first, struct read_options *out)
{
    uint32_t count = call->argc - first;
    if (count % 2)
        return fail(call, "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' "
                          "must be specified.");
    out->first = first;
    out->streams = count / 2;
    return true;
}

/* Options of XREADGROUP alone. */
static bool parse_group_option(struct redis_call *call, uint32_t *at, bool is_readgroup,
                               struct read_options *out)
{
    if (slice_is(call->argv[*at], "NOACK")) {
        out->no_ack = true;
        return is_readgroup || fail(call, "ERR The NOACK option is only supported by XREADGROUP. "
                                          "You called XREAD instead.");
    }
    if (!slice_is(call->argv[*at], "GROUP") || *at + 2 >= call->argc) {
        redis_reply_syntax(call->reply);
        return false;
    }
    if (!is_readgroup)
        return fail(call, "ERR The GROUP option is only supported by XREADGROUP. You called XREAD "
                          "instead.");
    out->of_group = true;
    out->group = call->argv[*at + 1];
    out->consumer = call->argv[*at + 2];
    *at += 2;
    return true;
}

static bool parse_options(struct redis_call *call, bool is_readgroup, struct read_options *out)
{
    *out = (struct read_options){.timeout_ms = NO_TIMEOUT};
    for (uint32_t i = 1; i < call->argc && !out->first; i++) {
        bool more = i + 1 < call->argc, ok = true;
        if (more && slice_is(call->argv[i], "BLOCK")) {
            ok = parse_block(call, ++i, out);
        } else if (more && slice_is(call->argv[i], "COUNT")) {
            ok = redis_arg_int(call, ++i, &out->count);
            if (out->count < 0)
                out->count = 0;
        } else if (more && slice_is(call->argv[i], "STREAMS")) {
            ok = parse_streams(call, i + 1, out);
        } else {
            ok = parse_group_option(call, &i, is_readgroup, out);
        }
        if (!ok)
            return false;
    }
    if (!out->first) {
        redis_reply_syntax(call->reply);
        return false;
    }
    if (is_readgroup && !out->of_group)
        return fail(call, "ERR Missing GROUP option for XREADGROUP");
    out->after = arena_array(call->arena, out->streams, sizeof(*out->after));
    if (!out->after)
        redis_reply_oom(call->reply);
    return out->after != NULL;
}

static bool parse_after(struct redis_call *call, struct slice arg, bool of_group,
                        const struct redis_stream *stream, struct redis_stream_id *out)
{
    if (slice_eq_str(arg, "$")) {
        if (of_group)
            return fail(call, "ERR The $ ID is meaningless in the context of XREADGROUP: you want "
                              "to read the history of this consumer by specifying a proper ID, or "
                              "use the > ID to get new messages. The $ ID would just return an "
                              "empty result set.");
        *out = stream ? stream->last_id : REDIS_STREAM_ID_MIN;
        return true;
    }
    if (slice_eq_str(arg, ">")) {
        *out = ID_NEW;
        return of_group || fail(call, "ERR The > ID can be specified only when calling XREADGROUP "
                                      "using the GROUP <group> <consumer> option.");
    }
    return redis_stream_arg_id(call, arg, 0, out);
}

/* Checks each key and its group, and reads each id. */
static bool resolve_streams(struct redis_call *call, struct read_options *options)
{
    for (uint32_t i = 0; i < options->streams; i++) {
        const struct redis_stream *stream;
        struct slice key = call->argv[options->first + i];
        if (!redis_stream_for_read(call, key, &stream))
            return false;
        if (options->of_group && (!stream || !redis_stream_group_find(stream, options->group)))
            return redis_stream_no_group(call, key, options->group,
                                         " in XREADGROUP with GROUP option");
        if (!parse_after(call, call->argv[options->first + options->streams + i], options->of_group,
                         stream, &options->after[i]))
            return false;
    }
    return true;
}

/* ---- serving */

struct reading {
    struct redis_stream *stream;
    struct redis_stream_group *group;
    struct redis_stream_consumer *consumer;
};

/* The stream, group and consumer for changing; false: out of memory. */
static bool open_group(struct redis_call *call, const struct read_options *options,
                       struct slice key, struct reading *out)
{
    bool absent, failed;
    struct redis_entry *entry = redis_lookup_edit(call, key, &failed);
    out->stream = entry ? (struct redis_stream *)entry->value.object : NULL;
    out->group = out->stream
                     ? redis_stream_group_edit(call->db->heap, out->stream, options->group, &absent)
                     : NULL;
    out->consumer =
        out->group ? redis_stream_consumer_seen(call, out->group, key, options->consumer) : NULL;
    return out->consumer != NULL;
}

/* Entries that the group has not seen; each becomes pending unless NOACK is given. */
static void reply_new(struct redis_call *call, const struct read_options *options,
                      const struct reading *reading, struct redis_stream_id start)
{
    struct redis_stream_iter iter;
    const struct redis_stream_item *item;
    int64_t sent = 0;
    struct outq_mark mark = redis_reply_later(call->reply);
    redis_stream_iter_init(&iter, reading->stream, start, REDIS_STREAM_ID_MAX, false);
    while ((!options->count || sent < options->count) && (item = redis_stream_iter_next(&iter))) {
        if (!options->no_ack && !redis_stream_deliver(call->db->heap, reading->group,
                                                      reading->consumer, item->id, call->now_ms, 1))
            break;
        if (redis_stream_id_compare(item->id, reading->group->last_id) > 0)
            redis_stream_group_advance(reading->stream, reading->group, item->id);
        redis_stream_reply_entry(call->reply, item);
        sent++;
    }
    redis_reply_array_at(call->reply, mark, (uint64_t)sent);
}

/* What was delivered to the consumer before and is pending; deleted entries come without fields. */
static void reply_history(struct redis_call *call, const struct read_options *options,
                          const struct reading *reading, struct redis_stream_id start)
{
    const struct btree *pel = &reading->consumer->pel;
    struct btree_iter iter;
    int64_t sent = 0;
    struct outq_mark mark = redis_reply_later(call->reply);
    const struct redis_stream_id *id = btree_iter_at(
        &iter, pel, &redis_stream_ids_type, redis_stream_rank(pel, &redis_stream_ids_type, start));
    for (; id && (!options->count || sent < options->count);
         id = btree_iter_next(&iter, &redis_stream_ids_type), sent++) {
        const struct redis_stream_nack *nack = redis_stream_nack_find(reading->group, *id);
        const struct redis_stream_item *item = redis_stream_find(reading->stream, *id);
        if (item) {
            redis_stream_reply_entry(call->reply, item);
            redis_stream_deliver(call->db->heap, reading->group, reading->consumer, *id,
                                 call->now_ms, nack->count + 1);
        } else {
            redis_reply_array(call->reply, 2);
            redis_stream_reply_id(call->reply, *id);
            redis_reply_null_array(call->reply);
        }
    }
    redis_reply_array_at(call->reply, mark, (uint64_t)sent);
}

static void reply_key(struct redis_call *call, struct slice key)
{
    if (call->reply->resp == 2)
        redis_reply_array(call->reply, 2);
    redis_reply_bulk(call->reply, key);
}

static void serve_plain(struct redis_call *call, const struct read_options *options,
                        struct slice key, const struct redis_stream *stream,
                        struct redis_stream_id after)
{
    struct redis_stream_iter iter;
    redis_stream_id_increment(&after);
    reply_key(call, key);
    redis_stream_iter_init(&iter, stream, after, REDIS_STREAM_ID_MAX, false);
    redis_stream_reply_range(call->reply, &iter, (uint64_t)options->count);
}

static void serve_group(struct redis_call *call, const struct read_options *options,
                        struct slice key, const struct reading *reading,
                        struct redis_stream_id after)
{
    bool history = redis_stream_id_compare(after, ID_NEW) != 0;
    if (!history)
        after = reading->group->last_id;
    redis_stream_id_increment(&after);
    reply_key(call, key);
    if (history)
        reply_history(call, options, reading, after);
    else
        reply_new(call, options, reading, after);
    redis_stream_group_changed(call, key, NULL);
}

/* True when the stream has something to be sent at once: a group's history always is. */
static bool has_news(const struct read_options *options, const struct redis_stream *stream,
                     struct redis_stream_id after)
{
    if (options->of_group && redis_stream_id_compare(after, ID_NEW) != 0)
        return true;
    if (options->of_group)
        after = redis_stream_group_find(stream, options->group)->last_id;
    return redis_stream_length(stream) &&
           redis_stream_id_compare(redis_stream_top_id(stream), after) > 0;
}

static void reply_streams_at(struct redis_reply *reply, struct outq_mark mark, uint64_t count)
{
    if (reply->resp == 2)
        redis_reply_array_at(reply, mark, count);
    else
        redis_reply_map_at(reply, mark, count);
}

/* Replies with what there is; false when there is nothing. Without memory to change a group, the
 * reply ends with the streams before it. */
static bool serve_now(struct redis_call *call, const struct read_options *options)
{
    struct outq_mark mark = {0};
    struct reading reading = {0};
    uint64_t served = 0;
    for (uint32_t i = 0; i < options->streams; i++) {
        const struct redis_stream *stream;
        struct slice key = call->argv[options->first + i];
        if (!redis_stream_for_read(call, key, &stream) || !stream ||
            !has_news(options, stream, options->after[i]))
            continue;
        if (options->of_group && !open_group(call, options, key, &reading)) {
            if (!served)
                redis_reply_oom(call->reply);
            else
                reply_streams_at(call->reply, mark, served);
            return true;
        }
        if (served++ == 0)
            mark = redis_reply_later(call->reply);
        if (options->of_group)
            serve_group(call, options, key, &reading, options->after[i]);
        else
            serve_plain(call, options, key, stream, options->after[i]);
    }
    if (served)
        reply_streams_at(call->reply, mark, served);
    return served != 0;
}

/* ---- waiting */

static void time_over(struct redis_call *call)
{
    redis_reply_null_array(call->reply);
}

/* Waits with the ids as they were resolved now: "$" must not mean the end of another day. */
static void wait_for_streams(struct redis_call *call, const struct read_options *options)
{
    struct redis_call waiting = *call;
    struct redis_block_options block = {&call->argv[options->first], options->streams, REDIS_STREAM,
                                        options->timeout_ms, time_over};
    waiting.argv = arena_array(call->arena, call->argc, sizeof(*waiting.argv));
    if (!waiting.argv) {
        redis_reply_oom(call->reply);
        return;
    }
    memcpy(waiting.argv, call->argv, call->argc * sizeof(*waiting.argv));
    for (uint32_t i = 0; i < options->streams; i++) {
        struct slice *id = &waiting.argv[options->first + options->streams + i];
        if (slice_eq_str(*id, "$"))
            *id = arena_printf(call->arena, "%llu-%llu", (unsigned long long)options->after[i].ms,
                               (unsigned long long)options->after[i].seq);
    }
    redis_block_on_keys(&waiting, &block);
}

/* The key that a waiting client's command is tried again for. */
static uint32_t ready_index(const struct redis_call *call, const struct read_options *options)
{
    uint32_t i = 0;
    while (i < options->streams && !slice_eq(call->argv[options->first + i], call->ready_key))
        i++;
    return i;
}

/* A client that waits for a group is told when its stream or group goes away. */
static bool check_group_exists(struct redis_call *call, const struct read_options *options,
                               const struct redis_stream *stream)
{
    if (!stream)
        return fail(call, "UNBLOCKED the stream key no longer exists");
    if (!redis_stream_group_find(stream, options->group))
        return fail(call, "NOGROUP the consumer group this client was blocked on no longer exists");
    return true;
}

/* Tries again for the one key that has become ready. Nothing is replied when it has nothing new. */
static void serve_ready(struct redis_call *call, struct read_options *options)
{
    uint32_t i = ready_index(call, options);
    struct redis_entry *entry = redis_peek(call, call->ready_key);
    const struct redis_stream *stream = entry && entry->type == REDIS_STREAM
                                            ? (const struct redis_stream *)entry->value.object
                                            : NULL;
    struct redis_stream_id after = ID_NEW;
    if (i == options->streams)
        return;
    if (options->of_group && !check_group_exists(call, options, stream))
        return;
    if (!options->of_group &&
        (!stream ||
         !redis_stream_read_id(call->argv[options->first + options->streams + i], &after)))
        return;
    if (!options->count)
        options->count = COUNT_AFTER_WAITING;
    struct redis_stream_id seen =
        options->of_group ? redis_stream_group_find(stream, options->group)->last_id : after;
    if (redis_stream_id_compare(stream->last_id, seen) <= 0)
        return;
    struct reading reading;
    if (options->of_group && !open_group(call, options, call->ready_key, &reading)) {
        redis_reply_oom(call->reply);
        return;
    }
    struct outq_mark mark = redis_reply_later(call->reply);
    if (options->of_group)
        serve_group(call, options, call->ready_key, &reading, after);
    else
        serve_plain(call, options, call->ready_key, stream, after);
    reply_streams_at(call->reply, mark, 1);
}

static void read_streams(struct redis_call *call, bool is_readgroup)
{
    struct read_options options;
    if (!parse_options(call, is_readgroup, &options))
        return;
    if (call->flags & REDIS_CALL_RETRY) {
        serve_ready(call, &options);
        return;
    }
    if (!resolve_streams(call, &options) || serve_now(call, &options))
        return;
    if (options.timeout_ms == NO_TIMEOUT)
        redis_reply_null_array(call->reply);
    else
        wait_for_streams(call, &options);
}

static void xread(struct redis_call *call)
{
    read_streams(call, false);
}

static void xreadgroup(struct redis_call *call)
{
    read_streams(call, true);
}

const struct redis_command redis_stream_read_commands[] = {
    {"xread",      xread     },
    {"xreadgroup", xreadgroup},
    {NULL,         NULL      },
};
