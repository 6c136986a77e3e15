/* XCLAIM and XAUTOCLAIM: pending entries that change hands. Source: the Redis command reference, group
 * "stream". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/cmd_stream.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"

#define ATTEMPTS_PER_COUNT 10 /* pending entries that XAUTOCLAIM looks at for each it may return */
#define COUNT_MAX          (INT64_MAX / 16)
#define COUNT_FITTING      (INT64_C(1) << 43) /* ids of which fit the memory of some machine */

struct claim_options {
    int64_t min_idle_ms;
    int64_t delivered_ms; /* what the entries' time of delivery becomes */
    int64_t retry_count;  /* -1: counted on, unless JUSTID is given */
    bool force, just_id;
};

/* A claim under way. */
struct claim {
    struct redis_stream *stream;
    struct redis_stream_group *group;
    struct redis_stream_consumer *consumer; /* NULL until it gets something */
    struct claim_options options;
};

enum claim_outcome { CLAIMED, NOT_CLAIMED, DELETED, OUT_OF_MEMORY };

static bool open_claim(struct redis_call *call, struct claim *out)
{
    if (!redis_stream_group_for_write(call, call->argv[1], call->argv[2], &out->stream,
                                      &out->group))
        return false;
    return out->group || redis_stream_no_group(call, call->argv[1], call->argv[2], "");
}

/* An entry that is pending but was deleted from the stream is pending no more. */
static enum claim_outcome drop_deleted(struct redis_call *call, struct claim *claim,
                                       struct redis_stream_id id)
{
    bool found;
    if (!redis_stream_acknowledge(call->db->heap, claim->group, id, &found))
        return OUT_OF_MEMORY;
    call->redis->stats.dirty += found;
    return DELETED;
}

static enum claim_outcome claim_entry(struct redis_call *call, struct claim *claim,
                                      struct redis_stream_id id)
{
    const struct claim_options *options = &claim->options;
    const struct redis_stream_nack *nack = redis_stream_nack_find(claim->group, id);
    if (!redis_stream_find(claim->stream, id))
        return drop_deleted(call, claim, id);
    if (!nack && !options->force)
        return NOT_CLAIMED;
    if (nack && options->min_idle_ms && call->now_ms - nack->delivered_ms < options->min_idle_ms)
        return NOT_CLAIMED;
    uint64_t count = nack ? nack->count : 1;
    if (options->retry_count >= 0)
        count = (uint64_t)options->retry_count;
    else if (!options->just_id)
        count++;
    if (!claim->consumer)
        claim->consumer =
            redis_stream_consumer_seen(call, claim->group, call->argv[1], call->argv[3]);
    if (!claim->consumer || !redis_stream_deliver(call->db->heap, claim->group, claim->consumer, id,
                                                  options->delivered_ms, count))
        return OUT_OF_MEMORY;
    call->redis->stats.dirty++;
    return CLAIMED;
}

static void reply_claimed(struct redis_call *call, const struct claim *claim,
                          const struct redis_stream_id *ids, uint64_t count)
{
    redis_reply_array(call->reply, count);
    for (uint64_t i = 0; i < count; i++)
        if (claim->options.just_id)
            redis_stream_reply_id(call->reply, ids[i]);
        else
            redis_stream_reply_entry(call->reply, redis_stream_find(claim->stream, ids[i]));
}

/* ---- XCLAIM */

/* How many arguments from argv[5] on are ids; what follows are options. */
static uint32_t parse_ids(struct redis_call *call, struct redis_stream_id *ids)
{
    uint32_t count = 0;
    while (5 + count < call->argc && redis_stream_read_id(call->argv[5 + count], &ids[count]))
        count++;
    return count;
}

static bool parse_idle(struct redis_call *call, uint32_t at, int64_t *out_ms)
{
    int64_t idle_ms;
    if (!redis_arg_int_in(call, at, INT64_MIN, INT64_MAX,
                          "ERR Invalid IDLE option argument for XCLAIM", &idle_ms))
        return false;
    *out_ms = (int64_t)((uint64_t)call->now_ms - (uint64_t)idle_ms);
    return true;
}

static bool unknown_option(struct redis_call *call, struct slice word)
{
    struct slice text = arena_printf(call->arena, "ERR Unrecognized XCLAIM option '%s'",
                                     redis_printable(call->arena, word, SIZE_MAX));
    redis_reply_error_slice(call->reply, text);
    return false;
}

static bool parse_claim_options(struct redis_call *call, uint32_t at, struct claim_options *out,
                                struct redis_stream_id *out_last)
{
    out->delivered_ms = -1;
    out->retry_count = -1;
    for (uint32_t i = at; i < call->argc; i++) {
        struct slice word = call->argv[i];
        bool more = i + 1 < call->argc, ok = true;
        if (slice_is(word, "FORCE"))
            out->force = true;
        else if (slice_is(word, "JUSTID"))
            out->just_id = true;
        else if (more && slice_is(word, "IDLE"))
            ok = parse_idle(call, ++i, &out->delivered_ms);
        else if (more && slice_is(word, "TIME"))
            ok =
                redis_arg_int_in(call, ++i, INT64_MIN, INT64_MAX,
                                 "ERR Invalid TIME option argument for XCLAIM", &out->delivered_ms);
        else if (more && slice_is(word, "RETRYCOUNT"))
            ok = redis_arg_int_in(call, ++i, INT64_MIN, INT64_MAX,
                                  "ERR Invalid RETRYCOUNT option argument for XCLAIM",
                                  &out->retry_count);
        else if (more && slice_is(word, "LASTID"))
            ok = redis_stream_arg_id(call, call->argv[++i], 0, out_last);
        else
            ok = unknown_option(call, word);
        if (!ok)
            return false;
    }
    /* Clients compute the time from their own clocks: what cannot be is taken for now. */
    if (out->delivered_ms < 0 || out->delivered_ms > call->now_ms)
        out->delivered_ms = call->now_ms;
    return true;
}

/* Claims the ids; those that were claimed are moved to the front. */
static uint32_t claim_ids(struct redis_call *call, struct claim *claim, struct redis_stream_id *ids,
                          uint32_t count)
{
    uint32_t claimed = 0;
    for (uint32_t i = 0; i < count; i++) {
        enum claim_outcome outcome = claim_entry(call, claim, ids[i]);
        if (outcome == OUT_OF_MEMORY)
            break;
        if (outcome == CLAIMED)
            ids[claimed++] = ids[i];
    }
    return claimed;
}

static void xclaim(struct redis_call *call)
{
    struct claim claim = {0};
    struct redis_stream_id last = REDIS_STREAM_ID_MIN;
    if (!open_claim(call, &claim) ||
        !redis_arg_int_in(call, 4, INT64_MIN, INT64_MAX,
                          "ERR Invalid min-idle-time argument for XCLAIM",
                          &claim.options.min_idle_ms))
        return;
    if (claim.options.min_idle_ms < 0)
        claim.options.min_idle_ms = 0;
    struct redis_stream_id *ids = arena_array(call->arena, call->argc - 5, sizeof(*ids));
    if (!ids) {
        redis_reply_oom(call->reply);
        return;
    }
    uint32_t count = parse_ids(call, ids);
    if (!parse_claim_options(call, 5 + count, &claim.options, &last))
        return;
    if (redis_stream_id_compare(last, claim.group->last_id) > 0) {
        claim.group->last_id = last;
        call->redis->stats.dirty++;
    }
    reply_claimed(call, &claim, ids, claim_ids(call, &claim, ids, count));
}

/* ---- XAUTOCLAIM */

struct auto_options {
    struct redis_stream_id start;
    int64_t count;
};

static bool parse_auto(struct redis_call *call, struct claim_options *claim,
                       struct auto_options *out)
{
    out->count = 100;
    claim->retry_count = -1;
    claim->delivered_ms = call->now_ms;
    if (!redis_arg_int_in(call, 4, INT64_MIN, INT64_MAX,
                          "ERR Invalid min-idle-time argument for XAUTOCLAIM",
                          &claim->min_idle_ms) ||
        !redis_stream_arg_start(call, call->argv[5], &out->start))
        return false;
    if (claim->min_idle_ms < 0)
        claim->min_idle_ms = 0;
    for (uint32_t i = 6; i < call->argc; i++) {
        if (slice_is(call->argv[i], "COUNT") && i + 1 < call->argc) {
            if (!redis_arg_int_in(call, ++i, 1, COUNT_MAX, "ERR COUNT must be > 0", &out->count))
                return false;
        } else if (slice_is(call->argv[i], "JUSTID")) {
            claim->just_id = true;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

/* Ids in order, as many as the group can have pending. */
struct id_list {
    struct redis_stream_id *ids;
    uint64_t count;
};

/* Claims from a position of the pending entries on; returns the position to go on from. */
static uint64_t claim_from(struct redis_call *call, struct claim *claim, uint64_t position,
                           int64_t count, struct id_list lists[2])
{
    const struct btree *pel = &claim->group->pel;
    const struct redis_stream_nack *nack;
    int64_t attempts =
        count > INT64_MAX / ATTEMPTS_PER_COUNT ? INT64_MAX : count * ATTEMPTS_PER_COUNT;
    while (attempts-- && count && (nack = btree_at(pel, &redis_stream_nacks_type, position))) {
        struct redis_stream_id id = nack->id;
        enum claim_outcome outcome = claim_entry(call, claim, id);
        if (outcome == OUT_OF_MEMORY)
            break;
        if (outcome != DELETED)
            position++;
        if (outcome == NOT_CLAIMED)
            continue;
        struct id_list *list = &lists[outcome == DELETED];
        list->ids[list->count++] = id;
        count--;
    }
    return position;
}

static void auto_claim(struct redis_call *call, struct claim *claim,
                       const struct auto_options *options)
{
    const struct btree *pel = &claim->group->pel;
    uint64_t position = redis_stream_rank(pel, &redis_stream_nacks_type, options->start);
    uint64_t room = pel->count - position;
    room = room < (uint64_t)options->count ? room : (uint64_t)options->count;
    struct id_list lists[2] = {
        {arena_array(call->arena, room, sizeof(struct redis_stream_id)), 0},
        {arena_array(call->arena, room, sizeof(struct redis_stream_id)), 0},
    };
    if (!lists[0].ids || !lists[1].ids) {
        redis_reply_oom(call->reply);
        return;
    }
    position = claim_from(call, claim, position, options->count, lists);
    const struct redis_stream_nack *next = btree_at(pel, &redis_stream_nacks_type, position);
    redis_reply_array(call->reply, 3);
    redis_stream_reply_id(call->reply, next ? next->id : REDIS_STREAM_ID_MIN);
    reply_claimed(call, claim, lists[0].ids, lists[0].count);
    redis_reply_array(call->reply, lists[1].count);
    for (uint64_t i = 0; i < lists[1].count; i++)
        redis_stream_reply_id(call->reply, lists[1].ids[i]);
}

static void xautoclaim(struct redis_call *call)
{
    struct claim claim = {0};
    struct auto_options options;
    if (!parse_auto(call, &claim.options, &options) || !open_claim(call, &claim))
        return;
    /* redis-server reserves memory for so many ids first. */
    if (options.count > COUNT_FITTING)
        redis_reply_error(call->reply, "ERR Insufficient memory, failed allocating transient "
                                       "memory, COUNT too high.");
    else
        auto_claim(call, &claim, &options);
}

const struct redis_command redis_stream_claim_commands[] = {
    {"xclaim",     xclaim    },
    {"xautoclaim", xautoclaim},
    {NULL,         NULL      },
};
