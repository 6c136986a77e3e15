/* Sorted sets: adding, removing, popping, scores and ranks. Source: the Redis command reference,
 * group "sorted-set". Ranges are in cmd_zset_range.c, unions and intersections in
 * cmd_zset_algebra.c. */
#include "emulators/redis/cmd_zset.h"

#include <math.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/scan.h"

bool redis_zset_for_read(struct redis_call *call, struct slice key, const struct redis_zset **out)
{
    const struct redis_value *value;
    if (!redis_value_for_read(call, key, REDIS_ZSET, &value))
        return false;
    *out = (const struct redis_zset *)value;
    return true;
}

bool redis_zset_for_write(struct redis_call *call, struct slice key, struct redis_zset **out)
{
    struct redis_value *value;
    if (!redis_value_for_write(call, key, REDIS_ZSET, &value))
        return false;
    *out = (struct redis_zset *)value;
    return true;
}

void redis_zset_drop_if_empty(struct redis_call *call, struct slice key,
                              const struct redis_zset *zset)
{
    if (redis_zset_size(zset) == 0)
        redis_delete_emptied(call, key);
}

/* ---- ZADD and ZINCRBY */

enum zadd_flags {
    ZADD_NX = 1,
    ZADD_XX = 2,
    ZADD_GT = 4,
    ZADD_LT = 8,
    ZADD_CH = 16,
    ZADD_INCR = 32
};

static const struct {
    const char *name;
    unsigned flag;
} zadd_words[] = {
    {"NX",   ZADD_NX  },
    {"XX",   ZADD_XX  },
    {"GT",   ZADD_GT  },
    {"LT",   ZADD_LT  },
    {"CH",   ZADD_CH  },
    {"INCR", ZADD_INCR},
};

struct zadd {
    unsigned flags;
    uint32_t first;       /* argv index of the first score */
    uint32_t count;       /* pairs */
    const double *scores; /* one a pair */
    int64_t added, updated;
    bool skipped;  /* INCR: a condition did not hold */
    double result; /* INCR: the new score */
};

static unsigned parse_flags(struct redis_call *call, uint32_t *at)
{
    unsigned flags = 0;
    for (; *at < call->argc; (*at)++) {
        size_t w = 0;
        while (w < sizeof(zadd_words) / sizeof(zadd_words[0]) &&
               !slice_is(call->argv[*at], zadd_words[w].name))
            w++;
        if (w == sizeof(zadd_words) / sizeof(zadd_words[0]))
            break;
        flags |= zadd_words[w].flag;
    }
    return flags;
}

static bool check_flags(struct redis_call *call, unsigned flags, uint32_t pairs)
{
    const char *error = NULL;
    if (flags & ZADD_NX && flags & ZADD_XX)
        error = "ERR XX and NX options at the same time are not compatible";
    else if ((flags & ZADD_GT && flags & (ZADD_LT | ZADD_NX)) ||
             (flags & ZADD_LT && flags & ZADD_NX))
        error = "ERR GT, LT, and/or NX options at the same time are not compatible";
    else if (flags & ZADD_INCR && pairs > 1)
        error = "ERR INCR option supports a single increment-element pair";
    if (error)
        redis_reply_error(call->reply, error);
    return !error;
}

static bool parse_zadd(struct redis_call *call, unsigned always, struct zadd *out)
{
    uint32_t at = 2;
    *out = (struct zadd){.flags = always};
    if (!always)
        out->flags |= parse_flags(call, &at);
    out->first = at;
    uint32_t left = call->argc - at;
    if (left == 0 || left % 2) {
        redis_reply_syntax(call->reply);
        return false;
    }
    out->count = left / 2;
    if (!check_flags(call, out->flags, out->count))
        return false;
    double *scores = arena_array(call->arena, out->count, sizeof(*scores));
    if (!scores) {
        redis_reply_oom(call->reply);
        return false;
    }
    for (uint32_t i = 0; i < out->count; i++)
        if (!redis_arg_double(call, at + i * 2, NULL, &scores[i]))
            return false;
    out->scores = scores;
    return true;
}

/* Is the old score to be replaced by the new one? */
static bool replaces(unsigned flags, double old_score, double score)
{
    if (flags & ZADD_NX)
        return false;
    if (flags & ZADD_GT && score <= old_score)
        return false;
    return !(flags & ZADD_LT) || score < old_score;
}

static bool add_one(struct redis_call *call, struct redis_zset *zset, struct zadd *zadd,
                    uint32_t index)
{
    struct slice member = call->argv[zadd->first + index * 2 + 1];
    double score = zadd->scores[index], old_score;
    bool exists = redis_zset_score(zset, member, &old_score), added;
    if (exists && zadd->flags & ZADD_INCR) {
        score += old_score;
        if (isnan(score)) {
            redis_reply_error(call->reply, "ERR resulting score is not a number (NaN)");
            return false;
        }
    }
    if (exists ? !replaces(zadd->flags, old_score, score) : zadd->flags & ZADD_XX) {
        zadd->skipped = true;
        return true;
    }
    if (!redis_zset_put(call->db->heap, zset, &call->redis->config, member, score, &added)) {
        redis_reply_oom(call->reply);
        return false;
    }
    zadd->added += added;
    zadd->updated += exists && score != old_score;
    zadd->result = score;
    return true;
}

static void reply_zadd(struct redis_call *call, const struct zadd *zadd)
{
    if (!(zadd->flags & ZADD_INCR))
        redis_reply_int(call->reply, zadd->added + (zadd->flags & ZADD_CH ? zadd->updated : 0));
    else if (zadd->skipped)
        redis_reply_null(call->reply);
    else
        redis_reply_double(call->reply, zadd->result);
}

static void zadd_generic(struct redis_call *call, unsigned always)
{
    struct slice key = call->argv[1];
    struct zadd zadd;
    struct redis_zset *zset;
    if (!parse_zadd(call, always, &zadd) || !redis_zset_for_write(call, key, &zset))
        return;
    if (!zset && zadd.flags & ZADD_XX) {
        zadd.skipped = true;
        reply_zadd(call, &zadd);
        return;
    }
    if (!zset) {
        zset = redis_zset_create(call->db->heap);
        if (!zset) {
            redis_reply_oom(call->reply);
            return;
        }
        if (!redis_add_value(call, key, &zset->base))
            return;
    }
    bool ok = true;
    for (uint32_t i = 0; ok && i < zadd.count; i++)
        ok = add_one(call, zset, &zadd, i);
    if (ok)
        reply_zadd(call, &zadd);
    if (zadd.added || zadd.updated)
        redis_changed(call, key, REDIS_NOTIFY_ZSET, zadd.flags & ZADD_INCR ? "zincr" : "zadd");
    if (redis_zset_size(zset) == 0)
        redis_delete(call, key, false);
}

void redis_zadd(struct redis_call *call)
{
    zadd_generic(call, 0);
}

static void zincrby(struct redis_call *call)
{
    zadd_generic(call, ZADD_INCR);
}

/* ---- scores, ranks, removal */

static void zrem(struct redis_call *call)
{
    struct redis_zset *zset;
    int64_t total = 0;
    bool removed;
    if (!redis_zset_for_write(call, call->argv[1], &zset))
        return;
    for (uint32_t i = 2; zset && i < call->argc; i++) {
        redis_zset_remove(call->db->heap, zset, call->argv[i], &removed);
        total += removed;
    }
    if (total) {
        redis_changed(call, call->argv[1], REDIS_NOTIFY_ZSET, "zrem");
        redis_zset_drop_if_empty(call, call->argv[1], zset);
    }
    redis_reply_int(call->reply, total);
}

static void zcard(struct redis_call *call)
{
    const struct redis_zset *zset;
    if (redis_zset_for_read(call, call->argv[1], &zset))
        redis_reply_int(call->reply, zset ? (int64_t)redis_zset_size(zset) : 0);
}

static void reply_score(struct redis_call *call, const struct redis_zset *zset, struct slice member)
{
    double score;
    if (zset && redis_zset_score(zset, member, &score))
        redis_reply_double(call->reply, score);
    else
        redis_reply_null(call->reply);
}

static void zscore(struct redis_call *call)
{
    const struct redis_zset *zset;
    if (redis_zset_for_read(call, call->argv[1], &zset))
        reply_score(call, zset, call->argv[2]);
}

static void zmscore(struct redis_call *call)
{
    const struct redis_zset *zset;
    if (!redis_zset_for_read(call, call->argv[1], &zset))
        return;
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++)
        reply_score(call, zset, call->argv[i]);
}

static void rank(struct redis_call *call, bool reverse)
{
    const struct redis_zset *zset;
    double score;
    bool with_score = call->argc == 4 && slice_is(call->argv[3], "WITHSCORE");
    if (call->argc > 3 && !with_score) { /* 7.2 calls some of these a syntax error */
        redis_reply_arity(call);
        return;
    }
    if (!redis_zset_for_read(call, call->argv[1], &zset))
        return;
    if (!zset || !redis_zset_score(zset, call->argv[2], &score)) {
        if (with_score)
            redis_reply_null_array(call->reply);
        else
            redis_reply_null(call->reply);
        return;
    }
    uint64_t at = redis_zset_rank(zset, call->argv[2], score);
    if (reverse)
        at = redis_zset_size(zset) - 1 - at;
    if (with_score)
        redis_reply_array(call->reply, 2);
    redis_reply_int(call->reply, (int64_t)at);
    if (with_score)
        redis_reply_double(call->reply, score);
}

static void zrank(struct redis_call *call)
{
    rank(call, false);
}

static void zrevrank(struct redis_call *call)
{
    rank(call, true);
}

/* ---- popping */

static const char *const pop_events[] = {"zpopmin", "zpopmax"};

/* Replies `count` elements from the end (max: the upper one) as flat or nested pairs, and removes
 * them. */
static void pop_elements(struct redis_call *call, struct slice key, struct redis_zset *zset,
                         bool max, uint64_t count, bool nested)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t size = redis_zset_size(zset);
    count = count < size ? count : size;
    redis_reply_array(call->reply, nested ? count : count * 2);
    redis_zset_iter_init(&iter, zset, max ? size - 1 : 0, max);
    for (uint64_t i = 0; i < count && redis_zset_iter_next(&iter, &item); i++) {
        if (nested)
            redis_reply_array(call->reply, 2);
        redis_reply_bulk(call->reply, item.member);
        redis_reply_double(call->reply, item.score);
    }
    redis_zset_remove_range(call->db->heap, zset, max ? size - count : 0, count);
    redis_changed(call, key, REDIS_NOTIFY_ZSET, pop_events[max]);
    redis_zset_drop_if_empty(call, key, zset);
}

static void zpop(struct redis_call *call, bool max)
{
    struct redis_zset *zset;
    int64_t count = 1;
    bool has_count = call->argc == 3;
    if (call->argc > 3) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (has_count && !redis_arg_int_in(call, 2, 0, INT64_MAX,
                                       "ERR value is out of range, must be positive", &count))
        return;
    if (!redis_zset_for_write(call, call->argv[1], &zset))
        return;
    if (!zset || count == 0)
        redis_reply_array(call->reply, 0);
    else
        pop_elements(call, call->argv[1], zset, max, (uint64_t)count,
                     has_count && call->reply->resp >= 3);
}

static void zpopmin(struct redis_call *call)
{
    zpop(call, false);
}

static void zpopmax(struct redis_call *call)
{
    zpop(call, true);
}

static void time_over(struct redis_call *call)
{
    redis_reply_null_array(call->reply);
}

static void block_on(struct redis_call *call, uint32_t first, uint32_t count, int64_t timeout_ms)
{
    struct redis_block_options options = {&call->argv[first], count, REDIS_ZSET, timeout_ms,
                                          time_over};
    redis_block_on_keys(call, &options);
}

/* BZPOPMIN's reply: key, member, score. */
static void pop_first(struct redis_call *call, struct slice key, struct redis_zset *zset, bool max)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t at = max ? redis_zset_size(zset) - 1 : 0;
    redis_zset_iter_init(&iter, zset, at, false);
    redis_zset_iter_next(&iter, &item);
    redis_reply_array(call->reply, 3);
    redis_reply_bulk(call->reply, key);
    redis_reply_bulk(call->reply, item.member);
    redis_reply_double(call->reply, item.score);
    redis_zset_remove_range(call->db->heap, zset, at, 1);
    redis_changed(call, key, REDIS_NOTIFY_ZSET, pop_events[max]);
    redis_zset_drop_if_empty(call, key, zset);
}

static void bzpop(struct redis_call *call, bool max)
{
    int64_t timeout_ms;
    uint32_t last = call->argc - 1;
    if (!redis_block_timeout(call, call->argv[last], &timeout_ms))
        return;
    for (uint32_t i = 1; i < last; i++) {
        struct redis_zset *zset;
        if (!redis_block_may_serve(call, call->argv[i]))
            continue;
        if (!redis_zset_for_write(call, call->argv[i], &zset))
            return;
        if (zset) {
            pop_first(call, call->argv[i], zset, max);
            return;
        }
    }
    block_on(call, 1, last - 1, timeout_ms);
}

static void bzpopmin(struct redis_call *call)
{
    bzpop(call, false);
}

static void bzpopmax(struct redis_call *call)
{
    bzpop(call, true);
}

static const char *const ends[] = {"MIN", "MAX"};

/* Pops from the first set that exists; false when none does. */
static bool mpop(struct redis_call *call, const struct redis_mpop *options)
{
    for (uint32_t i = options->first; i < options->first + options->keys; i++) {
        struct redis_zset *zset;
        if (!redis_block_may_serve(call, call->argv[i]))
            continue;
        if (!redis_zset_for_write(call, call->argv[i], &zset))
            return true;
        if (!zset)
            continue;
        redis_reply_array(call->reply, 2);
        redis_reply_bulk(call->reply, call->argv[i]);
        pop_elements(call, call->argv[i], zset, options->second_end, (uint64_t)options->count,
                     true);
        return true;
    }
    return false;
}

static void zmpop(struct redis_call *call)
{
    struct redis_mpop options;
    if (redis_arg_mpop(call, 1, ends, &options) && !mpop(call, &options))
        redis_reply_null_array(call->reply);
}

static void bzmpop(struct redis_call *call)
{
    struct redis_mpop options;
    int64_t timeout_ms;
    if (redis_arg_mpop(call, 2, ends, &options) &&
        redis_block_timeout(call, call->argv[1], &timeout_ms) && !mpop(call, &options))
        block_on(call, options.first, options.keys, timeout_ms);
}

/* ---- ZRANDMEMBER */

static void reply_random(struct redis_call *call, const struct redis_zitem *item, bool with_scores)
{
    if (with_scores && call->reply->resp >= 3)
        redis_reply_array(call->reply, 2);
    redis_reply_bulk(call->reply, item->member);
    if (with_scores)
        redis_reply_double(call->reply, item->score);
}

static void announce(struct redis_call *call, uint64_t count, bool with_scores)
{
    redis_reply_array(call->reply, with_scores && call->reply->resp < 3 ? count * 2 : count);
}

static void random_with_repeats(struct redis_call *call, const struct redis_zset *zset,
                                uint64_t count, bool with_scores)
{
    struct redis_zitem item;
    announce(call, count, with_scores);
    while (count--) {
        redis_zset_random(zset, call->redis->host.random, &item);
        reply_random(call, &item, with_scores);
    }
}

static void random_distinct(struct redis_call *call, const struct redis_zset *zset, uint64_t count,
                            bool with_scores)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t left = redis_zset_size(zset);
    count = count < left ? count : left;
    announce(call, count, with_scores);
    redis_zset_iter_init(&iter, zset, 0, false);
    for (; count && redis_zset_iter_next(&iter, &item); left--)
        if (random_below(call->redis->host.random, left) < count) {
            reply_random(call, &item, with_scores);
            count--;
        }
}

static void zrandmember(struct redis_call *call)
{
    const struct redis_zset *zset;
    struct redis_zitem item;
    int64_t count = 0;
    bool with_scores = call->argc == 4 && slice_is(call->argv[3], "WITHSCORES");
    if (call->argc >= 3 && !redis_arg_count(call, 2, &count))
        return;
    if (call->argc > 4 || (call->argc == 4 && !with_scores)) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (with_scores && (count < -(INT64_MAX / 2) || count > INT64_MAX / 2)) {
        redis_reply_error(call->reply, "ERR value is out of range");
        return;
    }
    if (!redis_zset_for_read(call, call->argv[1], &zset))
        return;
    if (call->argc == 2) {
        if (zset) {
            redis_zset_random(zset, call->redis->host.random, &item);
            redis_reply_bulk(call->reply, item.member);
        } else {
            redis_reply_null(call->reply);
        }
    } else if (!zset || count == 0) {
        redis_reply_array(call->reply, 0);
    } else if (count < 0) {
        random_with_repeats(call, zset, (uint64_t)-count, with_scores);
    } else {
        random_distinct(call, zset, (uint64_t)count, with_scores);
    }
}

/* ---- ZSCAN */

static void scan_item(void *context, const struct redis_zitem *item)
{
    char text[TEXT_DOUBLE_MAX];
    redis_scan_pair(context, item->member, slice_of(text, text_from_double(text, item->score)));
}

static void zscan(struct redis_call *call)
{
    struct redis_scan scan;
    const struct redis_zset *zset;
    if (!redis_scan_begin(call, 2, &scan) || !redis_zset_for_read(call, call->argv[1], &zset) ||
        (zset && !redis_scan_options(call, 3, false, &scan)))
        return;
    if (zset)
        while (redis_scan_wants_more(&scan))
            redis_scan_step(&scan, redis_zset_scan(zset, scan.cursor, scan_item, &scan));
    redis_scan_end(&scan, zset == NULL);
}

const struct redis_command redis_zset_commands[] = {
    {"zadd",        redis_zadd },
    {"zincrby",     zincrby    },
    {"zrem",        zrem       },
    {"zcard",       zcard      },
    {"zscore",      zscore     },
    {"zmscore",     zmscore    },
    {"zrank",       zrank      },
    {"zrevrank",    zrevrank   },
    {"zpopmin",     zpopmin    },
    {"zpopmax",     zpopmax    },
    {"bzpopmin",    bzpopmin   },
    {"bzpopmax",    bzpopmax   },
    {"zmpop",       zmpop      },
    {"bzmpop",      bzmpop     },
    {"zrandmember", zrandmember},
    {"zscan",       zscan      },
    {NULL,          NULL       },
};
