/* Streams: adding, reading ranges, deleting and trimming. Source: the Redis command reference, group
 * "stream". */
#include "emulators/redis/cmd_stream.h"

#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"

#define NODES_TRIMMED_MAX    100 /* of one approximate trimming without LIMIT */
#define LIMIT_WITHOUT_NODES  10000
#define LIMIT_BY_DEFAULT_MAX 1000000

/* ---- streams by key */

bool redis_stream_for_read(struct redis_call *call, struct slice key,
                           const struct redis_stream **out)
{
    const struct redis_value *value;
    if (!redis_value_for_read(call, key, REDIS_STREAM, &value))
        return false;
    *out = (const struct redis_stream *)value;
    return true;
}

bool redis_stream_for_write(struct redis_call *call, struct slice key, struct redis_stream **out)
{
    struct redis_value *value;
    if (!redis_value_for_write(call, key, REDIS_STREAM, &value))
        return false;
    *out = (struct redis_stream *)value;
    return true;
}

struct redis_stream *redis_stream_add(struct redis_call *call, struct slice key)
{
    struct redis_stream *stream = redis_stream_create(call->db->heap);
    if (!stream) {
        redis_reply_oom(call->reply);
        return NULL;
    }
    return redis_add_value(call, key, &stream->base) ? stream : NULL;
}

void redis_stream_group_changed(struct redis_call *call, struct slice key, const char *event)
{
    call->redis->stats.dirty++;
    if (event)
        redis_notify(call, REDIS_NOTIFY_STREAM, event, key);
}

bool redis_stream_group_for_write(struct redis_call *call, struct slice key, struct slice name,
                                  struct redis_stream **out, struct redis_stream_group **out_group)
{
    const struct redis_stream *stream;
    bool absent;
    *out_group = NULL;
    if (!redis_stream_for_read(call, key, &stream))
        return false;
    if (!stream || !redis_stream_group_find(stream, name))
        return true;
    if (!redis_stream_for_write(call, key, out))
        return false;
    *out_group = redis_stream_group_edit(call->db->heap, *out, name, &absent);
    if (!*out_group)
        redis_reply_oom(call->reply);
    return *out_group != NULL;
}

bool redis_stream_no_group(struct redis_call *call, struct slice key, struct slice group,
                           const char *where)
{
    struct slice text =
        arena_printf(call->arena, "NOGROUP No such key '%s' or consumer group '%s'%s",
                     redis_printable(call->arena, key, SIZE_MAX),
                     redis_printable(call->arena, group, SIZE_MAX), where);
    redis_reply_error_slice(call->reply, text);
    return false;
}

bool redis_stream_no_group_of_key(struct redis_call *call, struct slice key, struct slice group)
{
    struct slice text = arena_printf(
        call->arena, "NOGROUP No such consumer group '%s' for key name '%s'",
        redis_printable(call->arena, group, SIZE_MAX), redis_printable(call->arena, key, SIZE_MAX));
    redis_reply_error_slice(call->reply, text);
    return false;
}

struct redis_stream_consumer *redis_stream_consumer_seen(struct redis_call *call,
                                                         struct redis_stream_group *group,
                                                         struct slice key, struct slice name)
{
    bool absent;
    struct redis_stream_consumer *consumer =
        redis_stream_consumer_edit(call->db->heap, group, name, &absent);
    if (absent) {
        consumer = redis_stream_consumer_create(call->db->heap, group, name, call->now_ms);
        if (consumer)
            redis_stream_group_changed(call, key, "xgroup-createconsumer");
    }
    if (consumer)
        consumer->seen_ms = call->now_ms;
    return consumer;
}

/* ---- options of XADD and XTRIM */

struct add_options {
    struct redis_stream_trim trim;
    struct redis_stream_id id;
    bool id_given, seq_given, no_mkstream, limit_given;
    int64_t limit;
    uint32_t at; /* of the id */
};

static bool fail(struct redis_call *call, const char *error)
{
    redis_reply_error(call->reply, error);
    return false;
}

/* MAXLEN or MINID with its threshold; *at is left on the threshold. */
static bool parse_threshold(struct redis_call *call, uint32_t *at, bool by_id,
                            struct redis_stream_trim *out)
{
    int64_t max_len;
    if (out->by != REDIS_TRIM_NONE)
        return fail(call, "ERR syntax error, MAXLEN and MINID options at the same time are not "
                          "compatible");
    struct slice sign = call->argv[*at + 1];
    bool has_sign = *at + 2 < call->argc && (slice_eq_str(sign, "~") || slice_eq_str(sign, "="));
    out->approximate = has_sign && sign.ptr[0] == '~';
    out->by = by_id ? REDIS_TRIM_MINID : REDIS_TRIM_MAXLEN;
    *at += has_sign ? 2 : 1;
    if (by_id)
        return redis_stream_arg_id(call, call->argv[*at], 0, &out->min_id);
    if (!redis_arg_int(call, *at, &max_len))
        return false;
    if (max_len < 0)
        return fail(call, "ERR The MAXLEN argument must be >= 0.");
    out->max_len = (uint64_t)max_len;
    return true;
}

static bool parse_limit(struct redis_call *call, uint32_t *at, struct add_options *out)
{
    if (!redis_arg_int(call, ++*at, &out->limit))
        return false;
    if (out->limit < 0)
        return fail(call, "ERR The LIMIT argument must be >= 0.");
    return out->limit_given = true;
}

/* Approximate trimming does not take for ever: without LIMIT it ends after some nodes. */
static int64_t default_limit(const struct redis_config *config)
{
    int64_t entries = config->stream_node_max_entries;
    if (entries <= 0)
        return LIMIT_WITHOUT_NODES;
    return entries < LIMIT_BY_DEFAULT_MAX / NODES_TRIMMED_MAX ? entries * NODES_TRIMMED_MAX
                                                              : LIMIT_BY_DEFAULT_MAX;
}

static bool settle_limit(struct redis_call *call, bool adding, struct add_options *out)
{
    if (out->limit && out->trim.by == REDIS_TRIM_NONE)
        return fail(call, "ERR syntax error, LIMIT cannot be used without specifying a trimming "
                          "strategy");
    if (!adding && out->trim.by == REDIS_TRIM_NONE)
        return fail(call, "ERR syntax error, XTRIM must be called with a trimming strategy");
    if (out->limit_given && !out->trim.approximate)
        return fail(call, "ERR syntax error, LIMIT cannot be used without the special ~ option");
    if (!out->limit_given && out->trim.approximate)
        out->limit = default_limit(&call->redis->config);
    out->trim.limit = (uint64_t)out->limit;
    return true;
}

/* The options up to the id of XADD, or all of XTRIM's. */
static bool parse_options(struct redis_call *call, bool adding, struct add_options *out)
{
    uint32_t i = 2;
    *out = (struct add_options){.at = call->argc};
    for (; i < call->argc; i++) {
        struct slice word = call->argv[i];
        bool more = i + 1 < call->argc, ok = true;
        if (adding && slice_eq_str(word, "*"))
            break;
        if (more && (slice_is(word, "MAXLEN") || slice_is(word, "MINID"))) {
            ok = parse_threshold(call, &i, slice_is(word, "MINID"), &out->trim);
        } else if (more && slice_is(word, "LIMIT")) {
            ok = parse_limit(call, &i, out);
        } else if (adding && slice_is(word, "NOMKSTREAM")) {
            out->no_mkstream = true;
        } else if (adding) {
            out->id_given = redis_stream_arg_new_id(call, word, &out->id, &out->seq_given);
            if (!out->id_given)
                return false;
            break;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
        if (!ok)
            return false;
    }
    out->at = i;
    return settle_limit(call, adding, out);
}

/* Trims and tells; *removed may be NULL. False: OOM replied, unless XADD has replied already. */
static bool trim(struct redis_call *call, struct redis_stream *stream,
                 const struct redis_stream_trim *how, uint64_t *removed)
{
    if (!redis_stream_trim(call->db->heap, stream, how, removed))
        return false;
    if (*removed)
        redis_notify(call, REDIS_NOTIFY_STREAM, "xtrim", call->argv[1]);
    return true;
}

/* ---- adding */

/* The id that the entry gets; false when it would not be greater than all before. */
static bool choose_id(const struct redis_call *call, const struct redis_stream *stream,
                      const struct add_options *options, struct redis_stream_id *out)
{
    struct redis_stream_id last = stream ? stream->last_id : REDIS_STREAM_ID_MIN;
    uint64_t now_ms = (uint64_t)call->now_ms;
    *out = options->id;
    if (!options->id_given)
        *out = (struct redis_stream_id){now_ms > last.ms ? now_ms : last.ms, 0};
    if ((!options->id_given || !options->seq_given) && out->ms == last.ms) {
        *out = last;
        if (options->id_given && last.seq == UINT64_MAX)
            return false;
        redis_stream_id_increment(out);
    }
    return redis_stream_id_compare(*out, last) > 0;
}

/* Everything that XADD refuses, before a stream is made. */
static bool check_add(struct redis_call *call, const struct redis_stream *stream,
                      const struct add_options *options, struct redis_stream_id *out)
{
    size_t len = 0;
    if (stream && redis_stream_id_compare(stream->last_id, REDIS_STREAM_ID_MAX) == 0)
        return fail(call, "ERR The stream has exhausted the last possible ID, unable to add more "
                          "items");
    if (!choose_id(call, stream, options, out))
        return fail(call, "ERR The ID specified in XADD is equal or smaller than the target stream "
                          "top item");
    for (uint32_t i = options->at + 1; i < call->argc; i++)
        len += call->argv[i].len;
    if (len > REDIS_STREAM_ENTRY_MAX)
        return fail(call, "ERR Elements are too large to be stored");
    return true;
}

static void add_entry(struct redis_call *call, struct redis_stream *stream,
                      const struct add_options *options)
{
    struct slice key = call->argv[1];
    struct redis_stream_id id;
    const struct redis_stream_limits limits = {call->redis->config.stream_node_max_entries,
                                               call->redis->config.stream_node_max_bytes};
    const struct slice *strings = &call->argv[options->at + 1];
    uint32_t fields = (call->argc - options->at - 1) / 2;
    uint64_t removed;
    if (!check_add(call, stream, options, &id))
        return;
    bool is_new = !stream;
    if (is_new && !(stream = redis_stream_add(call, key)))
        return;
    if (!redis_stream_append(call->db->heap, stream, &limits, id, strings, fields)) {
        redis_reply_oom(call->reply);
        if (is_new)
            redis_delete_unused(call, key);
        return;
    }
    redis_stream_reply_id(call->reply, id);
    redis_changed(call, key, REDIS_NOTIFY_STREAM, "xadd");
    /* Without memory to trim the stream stays longer, which the reply cannot tell any more. */
    trim(call, stream, &options->trim, &removed);
    redis_key_ready(call->redis, call->db, key);
}

static void xadd(struct redis_call *call)
{
    struct add_options options;
    struct redis_stream *stream;
    if (!parse_options(call, true, &options))
        return;
    if (call->argc < options.at + 3 || (call->argc - options.at) % 2 == 0) {
        redis_reply_arity(call);
        return;
    }
    if (options.id_given && options.seq_given && redis_stream_id_is_zero(options.id)) {
        redis_reply_error(call->reply, "ERR The ID specified in XADD must be greater than 0-0");
        return;
    }
    if (!redis_stream_for_write(call, call->argv[1], &stream))
        return;
    if (!stream && options.no_mkstream)
        redis_reply_null(call->reply);
    else
        add_entry(call, stream, &options);
}

/* ---- reading */

static void xlen(struct redis_call *call)
{
    const struct redis_stream *stream;
    if (redis_stream_for_read(call, call->argv[1], &stream))
        redis_reply_int(call->reply, stream ? (int64_t)redis_stream_length(stream) : 0);
}

/* COUNT of XRANGE: -1 when it is not given. */
static bool parse_count(struct redis_call *call, int64_t *out)
{
    *out = -1;
    for (uint32_t i = 4; i < call->argc; i += 2) {
        if (!slice_is(call->argv[i], "COUNT") || i + 1 == call->argc) {
            redis_reply_syntax(call->reply);
            return false;
        }
        if (!redis_arg_int(call, i + 1, out))
            return false;
        if (*out < 0)
            *out = 0;
    }
    return true;
}

static void range(struct redis_call *call, bool backwards)
{
    const struct redis_stream *stream;
    struct redis_stream_id first, last;
    int64_t count;
    if (!redis_stream_arg_start(call, call->argv[backwards ? 3 : 2], &first) ||
        !redis_stream_arg_end(call, call->argv[backwards ? 2 : 3], &last) ||
        !parse_count(call, &count) || !redis_stream_for_read(call, call->argv[1], &stream))
        return;
    if (!stream) {
        redis_reply_array(call->reply, 0);
    } else if (count == 0) {
        redis_reply_null_array(call->reply);
    } else {
        struct redis_stream_iter iter;
        redis_stream_iter_init(&iter, stream, first, last, backwards);
        redis_stream_reply_range(call->reply, &iter, count < 0 ? 0 : (uint64_t)count);
    }
}

static void xrange(struct redis_call *call)
{
    range(call, false);
}

static void xrevrange(struct redis_call *call)
{
    range(call, true);
}

/* ---- removing */

static void xdel(struct redis_call *call)
{
    struct redis_stream *stream;
    struct slice key = call->argv[1];
    uint32_t count = 0;
    if (!redis_stream_for_write(call, key, &stream))
        return;
    if (!stream) {
        redis_reply_int(call->reply, 0);
        return;
    }
    const struct redis_stream_id *ids = redis_stream_arg_ids(call, 2);
    if (!ids)
        return;
    for (uint32_t i = 0; i < call->argc - 2; i++) {
        bool deleted;
        if (!redis_stream_delete(call->db->heap, stream, ids[i], &deleted)) {
            redis_reply_oom(call->reply);
            return;
        }
        count += deleted;
    }
    if (count) {
        redis_changed(call, key, REDIS_NOTIFY_STREAM, "xdel");
        call->redis->stats.dirty += count - 1;
    }
    redis_reply_int(call->reply, count);
}

static void xtrim(struct redis_call *call)
{
    struct add_options options;
    struct redis_stream *stream;
    uint64_t removed = 0;
    if (!parse_options(call, false, &options) ||
        !redis_stream_for_write(call, call->argv[1], &stream))
        return;
    if (stream && !trim(call, stream, &options.trim, &removed)) {
        redis_reply_oom(call->reply);
        return;
    }
    if (removed) {
        redis_touched(call, call->argv[1]);
        call->redis->stats.dirty += removed - 1;
    }
    redis_reply_int(call->reply, (int64_t)removed);
}

/* ---- XSETID */

struct setid_options {
    struct redis_stream_id id, max_deleted;
    int64_t entries_added; /* -1: not given */
};

static bool parse_setid(struct redis_call *call, struct setid_options *out)
{
    *out = (struct setid_options){.entries_added = -1};
    if (!redis_stream_arg_id(call, call->argv[2], 0, &out->id))
        return false;
    for (uint32_t i = 3; i < call->argc; i += 2) {
        bool more = i + 1 < call->argc;
        if (more && slice_is(call->argv[i], "ENTRIESADDED")) {
            if (!redis_arg_int(call, i + 1, &out->entries_added))
                return false;
            if (out->entries_added < 0)
                return fail(call, "ERR entries_added must be positive");
        } else if (more && slice_is(call->argv[i], "MAXDELETEDID")) {
            if (!redis_stream_arg_id(call, call->argv[i + 1], 0, &out->max_deleted))
                return false;
            if (redis_stream_id_compare(out->id, out->max_deleted) < 0)
                return fail(call, "ERR The ID specified in XSETID is smaller than the provided "
                                  "max_deleted_entry_id");
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

static bool check_setid(struct redis_call *call, const struct redis_stream *stream,
                        const struct setid_options *options)
{
    uint64_t length = redis_stream_length(stream);
    if (!length)
        return true;
    if (redis_stream_id_compare(options->id, redis_stream_top_id(stream)) < 0)
        return fail(call,
                    "ERR The ID specified in XSETID is smaller than the target stream top item");
    if (options->entries_added != -1 && length > (uint64_t)options->entries_added)
        return fail(call, "ERR The entries_added specified in XSETID is smaller than the target "
                          "stream length");
    return true;
}

static void xsetid(struct redis_call *call)
{
    struct setid_options options;
    struct redis_stream *stream;
    if (!parse_setid(call, &options) || !redis_stream_for_write(call, call->argv[1], &stream))
        return;
    if (!stream) {
        redis_reply_no_key(call->reply);
        return;
    }
    if (!check_setid(call, stream, &options))
        return;
    stream->last_id = options.id;
    if (options.entries_added != -1)
        stream->entries_added = (uint64_t)options.entries_added;
    if (!redis_stream_id_is_zero(options.max_deleted))
        stream->max_deleted_id = options.max_deleted;
    redis_reply_ok(call->reply);
    redis_stream_group_changed(call, call->argv[1], "xsetid");
}

const struct redis_command redis_stream_commands[] = {
    {"xadd",      xadd     },
    {"xlen",      xlen     },
    {"xrange",    xrange   },
    {"xrevrange", xrevrange},
    {"xdel",      xdel     },
    {"xtrim",     xtrim    },
    {"xsetid",    xsetid   },
    {NULL,        NULL     },
};
