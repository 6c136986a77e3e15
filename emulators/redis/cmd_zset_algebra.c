/* Unions, intersections and differences of sorted sets and sets. Source: the Redis command
 * reference. Results are built as a sorted set; a source may be a plain set, with scores of 1. */
#include <math.h>
#include <stdlib.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/cmd_zset.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/set.h"

enum operation { UNION, INTER, DIFF };
enum aggregate { SUM, MIN, MAX };

struct source {
    const struct redis_zset *zset; /* one of the two, or neither: absent */
    const struct redis_set *set;
    double weight;
};

struct algebra {
    enum operation operation;
    enum aggregate aggregate;
    bool with_scores;
    int64_t limit; /* ZINTERCARD */
    uint32_t count;
    struct source *sources;
};

/* ---- reading sources alike */

struct source_iter {
    const struct source *source;
    struct redis_zset_iter zset;
    struct redis_set_iter set;
};

static void source_iter_init(struct source_iter *iter, const struct source *source)
{
    iter->source = source;
    if (source->zset)
        redis_zset_iter_init(&iter->zset, source->zset, 0, false);
    if (source->set)
        redis_set_iter_init(&iter->set, source->set);
}

static double weigh(const struct source *source, double score)
{
    double weighted = source->weight * score;
    return isnan(weighted) ? 0 : weighted;
}

static bool source_iter_next(struct source_iter *iter, struct redis_zitem *out)
{
    if (iter->source->zset) {
        if (!redis_zset_iter_next(&iter->zset, out))
            return false;
        out->score = weigh(iter->source, out->score);
        return true;
    }
    if (!iter->source->set || !redis_set_iter_next(&iter->set, &out->member))
        return false;
    out->score = weigh(iter->source, 1);
    return true;
}

static bool source_find(const struct source *source, struct slice member, double *out)
{
    double score = 1;
    bool found = source->zset  ? redis_zset_score(source->zset, member, &score)
                 : source->set ? redis_set_has(source->set, member)
                               : false;
    if (found)
        *out = weigh(source, score);
    return found;
}

static uint64_t source_size(const struct source *source)
{
    if (source->zset)
        return redis_zset_size(source->zset);
    return source->set ? redis_set_size(source->set) : 0;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = source_size(a), y = source_size(b);
    return (x > y) - (x < y);
}

/* ---- parsing */

static bool read_source(struct redis_call *call, struct slice key, struct source *out)
{
    struct redis_entry *entry = redis_lookup(call, key);
    *out = (struct source){.weight = 1};
    if (!entry)
        return true;
    if (entry->type == REDIS_ZSET)
        out->zset = (const struct redis_zset *)entry->value.object;
    else if (entry->type == REDIS_SET)
        out->set = (const struct redis_set *)entry->value.object;
    else
        redis_reply_wrongtype(call->reply);
    return out->zset || out->set;
}

static bool parse_aggregate(struct slice word, enum aggregate *out)
{
    static const char *const names[] = {"SUM", "MIN", "MAX"};
    for (int i = 0; i < 3; i++)
        if (slice_is(word, names[i])) {
            *out = (enum aggregate)i;
            return true;
        }
    return false;
}

enum { ALLOW_WEIGHTS = 1, ALLOW_SCORES = 2, ALLOW_LIMIT = 4 };

static bool parse_options(struct redis_call *call, uint32_t at, unsigned allowed,
                          struct algebra *algebra)
{
    uint32_t i = at;
    while (i < call->argc) {
        uint32_t left = call->argc - i;
        struct slice word = call->argv[i];
        if (allowed & ALLOW_WEIGHTS && left > algebra->count && slice_is(word, "WEIGHTS")) {
            i++;
            for (uint32_t k = 0; k < algebra->count; k++, i++)
                if (!redis_arg_double(call, i, "ERR weight value is not a float",
                                      &algebra->sources[k].weight))
                    return false;
        } else if (allowed & ALLOW_WEIGHTS && left >= 2 && slice_is(word, "AGGREGATE") &&
                   parse_aggregate(call->argv[i + 1], &algebra->aggregate)) {
            i += 2;
        } else if (allowed & ALLOW_SCORES && slice_is(word, "WITHSCORES")) {
            algebra->with_scores = true;
            i++;
        } else if (allowed & ALLOW_LIMIT && left >= 2 && slice_is(word, "LIMIT")) {
            if (!redis_arg_int_in(call, i + 1, 0, INT64_MAX, "ERR LIMIT can't be negative",
                                  &algebra->limit))
                return false;
            i += 2;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

static bool parse_algebra(struct redis_call *call, uint32_t at, enum operation operation,
                          unsigned allowed, struct algebra *out)
{
    int64_t keys;
    *out = (struct algebra){.operation = operation};
    if (!redis_arg_int(call, at, &keys))
        return false;
    if (keys < 1) {
        redis_reply_errorf(call->reply, "ERR at least 1 input key is needed for '%s' command",
                           call->info->full_name);
        return false;
    }
    if (keys > (int64_t)call->argc - at - 1) {
        redis_reply_syntax(call->reply);
        return false;
    }
    out->count = (uint32_t)keys;
    out->sources = arena_array(call->arena, out->count, sizeof(*out->sources));
    if (!out->sources) {
        redis_reply_oom(call->reply);
        return false;
    }
    for (uint32_t i = 0; i < out->count; i++)
        if (!read_source(call, call->argv[at + 1 + i], &out->sources[i]))
            return false;
    return parse_options(call, at + 1 + out->count, allowed, out);
}

/* ---- combining */

static double combine(enum aggregate aggregate, double a, double b)
{
    switch (aggregate) {
    case SUM: return isnan(a + b) ? 0 : a + b; /* +inf and -inf */
    case MIN: return a < b ? a : b;
    case MAX: return a > b ? a : b;
    }
    return 0;
}

/* What is done with each result: return false to stop. */
typedef bool emit_fn(void *ctx, const struct redis_zitem *item);

static bool in_all_others(const struct algebra *algebra, struct redis_zitem *item)
{
    double score;
    for (uint32_t i = 1; i < algebra->count; i++) {
        if (!source_find(&algebra->sources[i], item->member, &score))
            return false;
        item->score = combine(algebra->aggregate, item->score, score);
    }
    return true;
}

static bool in_any_other(const struct algebra *algebra, struct slice member)
{
    double score;
    for (uint32_t i = 1; i < algebra->count; i++)
        if (source_find(&algebra->sources[i], member, &score))
            return true;
    return false;
}

/* INTER walks the smallest source, DIFF the first one. */
static void walk_first(struct algebra *algebra, emit_fn *emit, void *ctx)
{
    struct source_iter iter;
    struct redis_zitem item;
    if (algebra->operation == INTER)
        qsort(algebra->sources, algebra->count, sizeof(*algebra->sources), by_size);
    source_iter_init(&iter, &algebra->sources[0]);
    while (source_iter_next(&iter, &item)) {
        bool is_in = algebra->operation == INTER ? in_all_others(algebra, &item)
                                                 : !in_any_other(algebra, item.member);
        if (is_in && !emit(ctx, &item))
            return;
    }
}

/* A member is given by the first source that has it, combined with all later ones. */
static void walk_union(struct algebra *algebra, emit_fn *emit, void *ctx)
{
    double score;
    for (uint32_t i = 0; i < algebra->count; i++) {
        struct source_iter iter;
        struct redis_zitem item;
        source_iter_init(&iter, &algebra->sources[i]);
        while (source_iter_next(&iter, &item)) {
            bool seen = false;
            for (uint32_t k = 0; k < i && !seen; k++)
                seen = source_find(&algebra->sources[k], item.member, &score);
            for (uint32_t k = i + 1; k < algebra->count && !seen; k++)
                if (source_find(&algebra->sources[k], item.member, &score))
                    item.score = combine(algebra->aggregate, item.score, score);
            if (!seen && !emit(ctx, &item))
                return;
        }
    }
}

static void walk(struct algebra *algebra, emit_fn *emit, void *ctx)
{
    if (algebra->operation == UNION)
        walk_union(algebra, emit, ctx);
    else
        walk_first(algebra, emit, ctx);
}

struct to_zset {
    struct redis_call *call;
    struct redis_zset *zset;
    bool failed;
};

static bool emit_zset(void *context, const struct redis_zitem *item)
{
    struct to_zset *to = context;
    bool added;
    to->failed = !redis_zset_put(to->call->db->heap, to->zset, &to->call->redis->config,
                                 item->member, item->score, &added);
    return !to->failed;
}

/* The result as a sorted set of its own; NULL: OOM replied. */
static struct redis_zset *build(struct redis_call *call, struct algebra *algebra)
{
    struct to_zset to = {call, redis_zset_create(call->db->heap), false};
    if (to.zset)
        walk(algebra, emit_zset, &to);
    if (to.zset && !to.failed)
        return to.zset;
    if (to.zset)
        redis_value_release(call->db->heap, &to.zset->base);
    redis_reply_oom(call->reply);
    return NULL;
}

/* ---- commands */

static void reply_algebra(struct redis_call *call, enum operation operation)
{
    struct algebra algebra;
    struct redis_zset_iter iter;
    struct redis_zitem item;
    unsigned allowed = operation == DIFF ? ALLOW_SCORES : ALLOW_SCORES | ALLOW_WEIGHTS;
    if (!parse_algebra(call, 1, operation, allowed, &algebra))
        return;
    struct redis_zset *zset = build(call, &algebra);
    if (!zset)
        return;
    uint64_t count = redis_zset_size(zset);
    bool nested = algebra.with_scores && call->reply->resp >= 3;
    redis_reply_array(call->reply, algebra.with_scores && !nested ? count * 2 : count);
    redis_zset_iter_init(&iter, zset, 0, false);
    while (redis_zset_iter_next(&iter, &item)) {
        if (nested)
            redis_reply_array(call->reply, 2);
        redis_reply_bulk(call->reply, item.member);
        if (algebra.with_scores)
            redis_reply_double(call->reply, item.score);
    }
    redis_value_release(call->db->heap, &zset->base);
}

static void store_algebra(struct redis_call *call, enum operation operation, const char *event)
{
    struct algebra algebra;
    if (!parse_algebra(call, 2, operation, operation == DIFF ? 0 : ALLOW_WEIGHTS, &algebra))
        return;
    struct redis_zset *zset = build(call, &algebra);
    if (zset)
        redis_zset_store(call, call->argv[1], zset, event);
}

static void zunion(struct redis_call *call)
{
    reply_algebra(call, UNION);
}

static void zinter(struct redis_call *call)
{
    reply_algebra(call, INTER);
}

static void zdiff(struct redis_call *call)
{
    reply_algebra(call, DIFF);
}

static void zunionstore(struct redis_call *call)
{
    store_algebra(call, UNION, "zunionstore");
}

static void zinterstore(struct redis_call *call)
{
    store_algebra(call, INTER, "zinterstore");
}

static void zdiffstore(struct redis_call *call)
{
    store_algebra(call, DIFF, "zdiffstore");
}

struct to_count {
    uint64_t count, limit; /* limit 0: none */
};

static bool emit_count(void *context, const struct redis_zitem *item)
{
    struct to_count *to = context;
    (void)item;
    return ++to->count != to->limit;
}

static void zintercard(struct redis_call *call)
{
    struct algebra algebra;
    if (!parse_algebra(call, 1, INTER, ALLOW_LIMIT, &algebra))
        return;
    struct to_count to = {0, (uint64_t)algebra.limit};
    walk(&algebra, emit_count, &to);
    redis_reply_int(call->reply, (int64_t)to.count);
}

const struct redis_command redis_zset_algebra_commands[] = {
    {"zunion",      zunion     },
    {"zinter",      zinter     },
    {"zdiff",       zdiff      },
    {"zunionstore", zunionstore},
    {"zinterstore", zinterstore},
    {"zdiffstore",  zdiffstore },
    {"zintercard",  zintercard },
    {NULL,          NULL       },
};
