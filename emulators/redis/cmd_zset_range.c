/* Ranges of sorted sets by rank, score and member. Source: the Redis command reference. */
#include <math.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/cmd_zset.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"

enum range_kind { BY_RANK, BY_SCORE, BY_LEX };

struct range {
    enum range_kind kind;
    bool reverse, with_scores;
    int64_t offset, limit; /* limit < 0: none */
    int64_t start, end;    /* BY_RANK */
    struct redis_score_range scores;
    struct redis_lex_range lex;
};

/* ---- bounds */

/* Bounds are read less strictly than scores: blanks, a NUL within and 1e400 all pass. */
static bool parse_score_bound(struct slice text, double *out, bool *exclusive)
{
    bool out_of_range;
    *exclusive = text.len && text.ptr[0] == '(';
    return text_to_double_loosely(*exclusive ? slice_from(text, 1) : text, out, &out_of_range) &&
           !isnan(*out);
}

static bool parse_scores(struct redis_call *call, struct slice min, struct slice max,
                         struct redis_score_range *out)
{
    if (parse_score_bound(min, &out->min, &out->min_exclusive) &&
        parse_score_bound(max, &out->max, &out->max_exclusive))
        return true;
    redis_reply_error(call->reply, "ERR min or max is not a float");
    return false;
}

static bool parse_lex_bound(struct slice text, struct redis_lex_bound *out)
{
    if (text.len == 0)
        return false;
    out->bytes = slice_from(text, 1);
    switch (text.ptr[0]) {
    case '-': out->kind = REDIS_LEX_MIN; return text.len == 1;
    case '+': out->kind = REDIS_LEX_MAX; return text.len == 1;
    case '[': out->kind = REDIS_LEX_INCLUSIVE; return true;
    case '(': out->kind = REDIS_LEX_EXCLUSIVE; return true;
    default: return false;
    }
}

static bool parse_lex(struct redis_call *call, struct slice min, struct slice max,
                      struct redis_lex_range *out)
{
    if (parse_lex_bound(min, &out->min) && parse_lex_bound(max, &out->max))
        return true;
    redis_reply_error(call->reply, "ERR min or max not valid string range item");
    return false;
}

/* argv[at] and argv[at + 1] as the range's bounds; reversed score and lex ranges name max first. */
static bool parse_bounds(struct redis_call *call, uint32_t at, struct range *range)
{
    struct slice first = call->argv[at], second = call->argv[at + 1];
    struct slice min = range->reverse ? second : first, max = range->reverse ? first : second;
    if (range->kind == BY_SCORE)
        return parse_scores(call, min, max, &range->scores);
    if (range->kind == BY_LEX)
        return parse_lex(call, min, max, &range->lex);
    return redis_arg_int(call, at, &range->start) && redis_arg_int(call, at + 1, &range->end);
}

/* ---- what a range covers */

/* Clamps start and end as ZRANGE means them; the count is 0 when nothing is left. */
static uint64_t rank_span(int64_t size, int64_t start, int64_t end, uint64_t *rank)
{
    if (start < 0)
        start += size;
    if (end < 0)
        end += size;
    if (start < 0)
        start = 0;
    if (end >= size)
        end = size - 1;
    *rank = (uint64_t)start;
    return start > end || start >= size ? 0 : (uint64_t)(end - start + 1);
}

/* The rank of the first element to be given (counted from the lower end whatever the direction) and
 * how many follow in the range's direction. */
static uint64_t resolve(const struct redis_zset *zset, const struct range *range, uint64_t *first)
{
    uint64_t size = redis_zset_size(zset), rank, count;
    if (range->kind == BY_RANK) {
        count = rank_span((int64_t)size, range->start, range->end, &rank);
        *first = range->reverse ? size - 1 - rank : rank;
        return count;
    }
    count = range->kind == BY_SCORE ? redis_zset_score_span(zset, &range->scores, &rank)
                                    : redis_zset_lex_span(zset, &range->lex, &rank);
    if (range->offset < 0 || (uint64_t)range->offset >= count)
        return 0;
    count -= (uint64_t)range->offset;
    *first = range->reverse ? rank + count - 1 : rank + (uint64_t)range->offset;
    if (range->limit >= 0 && (uint64_t)range->limit < count)
        count = (uint64_t)range->limit;
    return count;
}

static void reply_range(struct redis_call *call, const struct redis_zset *zset,
                        const struct range *range)
{
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t first = 0, count = zset ? resolve(zset, range, &first) : 0;
    bool nested = range->with_scores && call->reply->resp >= 3;
    redis_reply_array(call->reply, range->with_scores && !nested ? count * 2 : count);
    if (!count)
        return;
    redis_zset_iter_init(&iter, zset, first, range->reverse);
    while (count-- && redis_zset_iter_next(&iter, &item)) {
        if (nested)
            redis_reply_array(call->reply, 2);
        redis_reply_bulk(call->reply, item.member);
        if (range->with_scores)
            redis_reply_double(call->reply, item.score);
    }
}

/* ---- options */

enum { ALLOW_KIND = 1, ALLOW_LIMIT = 2, ALLOW_SCORES = 4 };

static bool parse_options(struct redis_call *call, uint32_t at, unsigned allowed,
                          struct range *range)
{
    range->limit = -1;
    for (uint32_t i = at; i < call->argc; i++) {
        struct slice word = call->argv[i];
        if (allowed & ALLOW_SCORES && slice_is(word, "WITHSCORES")) {
            range->with_scores = true;
        } else if (allowed & ALLOW_LIMIT && slice_is(word, "LIMIT") && i + 2 < call->argc) {
            if (!redis_arg_int(call, i + 1, &range->offset) ||
                !redis_arg_int(call, i + 2, &range->limit))
                return false;
            i += 2;
        } else if (allowed & ALLOW_KIND && range->kind == BY_RANK && slice_is(word, "BYSCORE")) {
            range->kind = BY_SCORE;
        } else if (allowed & ALLOW_KIND && range->kind == BY_RANK && slice_is(word, "BYLEX")) {
            range->kind = BY_LEX;
        } else if (allowed & ALLOW_KIND && slice_is(word, "REV")) {
            range->reverse = true;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

static bool check_options(struct redis_call *call, const struct range *range)
{
    const char *error = NULL;
    if (range->kind == BY_RANK && (range->limit != -1 || range->offset))
        error = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or "
                "BYLEX";
    else if (range->kind == BY_LEX && range->with_scores)
        error = "ERR syntax error, WITHSCORES not supported in combination with BYLEX";
    if (error)
        redis_reply_error(call->reply, error);
    return !error;
}

/* ---- commands that reply */

static void range_command(struct redis_call *call, struct range *range, unsigned allowed)
{
    const struct redis_zset *zset;
    if (parse_options(call, 4, allowed, range) && check_options(call, range) &&
        parse_bounds(call, 2, range) && redis_zset_for_read(call, call->argv[1], &zset))
        reply_range(call, zset, range);
}

static void zrange(struct redis_call *call)
{
    struct range range = {.kind = BY_RANK};
    range_command(call, &range, ALLOW_KIND | ALLOW_LIMIT | ALLOW_SCORES);
}

static void zrevrange(struct redis_call *call)
{
    struct range range = {.kind = BY_RANK, .reverse = true};
    range_command(call, &range, ALLOW_SCORES);
}

static void zrangebyscore(struct redis_call *call)
{
    struct range range = {.kind = BY_SCORE};
    range_command(call, &range, ALLOW_LIMIT | ALLOW_SCORES);
}

static void zrevrangebyscore(struct redis_call *call)
{
    struct range range = {.kind = BY_SCORE, .reverse = true};
    range_command(call, &range, ALLOW_LIMIT | ALLOW_SCORES);
}

static void zrangebylex(struct redis_call *call)
{
    struct range range = {.kind = BY_LEX};
    range_command(call, &range, ALLOW_LIMIT);
}

static void zrevrangebylex(struct redis_call *call)
{
    struct range range = {.kind = BY_LEX, .reverse = true};
    range_command(call, &range, ALLOW_LIMIT);
}

/* ---- ZRANGESTORE */

void redis_zset_store(struct redis_call *call, struct slice target, struct redis_zset *zset,
                      const char *event)
{
    uint64_t size = redis_zset_size(zset);
    if (size == 0) {
        redis_value_release(call->db->heap, &zset->base);
        if (redis_delete(call, target, false))
            redis_changed(call, target, REDIS_NOTIFY_GENERIC, "del");
    } else if (redis_put_value(call, target, &zset->base)) {
        redis_changed(call, target, REDIS_NOTIFY_ZSET, event);
    } else {
        return;
    }
    redis_reply_int(call->reply, (int64_t)size);
}

static void zrangestore(struct redis_call *call)
{
    struct range range = {.kind = BY_RANK};
    const struct redis_zset *source;
    struct redis_zset_iter iter;
    struct redis_zitem item;
    bool added, ok = true;
    if (!parse_options(call, 5, ALLOW_KIND | ALLOW_LIMIT, &range) || !check_options(call, &range) ||
        !parse_bounds(call, 3, &range) || !redis_zset_for_read(call, call->argv[2], &source))
        return;
    uint64_t first = 0, count = source ? resolve(source, &range, &first) : 0;
    struct redis_zset *zset = redis_zset_create(call->db->heap);
    if (count)
        redis_zset_iter_init(&iter, source, first, range.reverse);
    for (; zset && ok && count && redis_zset_iter_next(&iter, &item); count--)
        ok = redis_zset_put(call->db->heap, zset, &call->redis->config, item.member, item.score,
                            &added);
    if (zset && ok) {
        redis_zset_store(call, call->argv[1], zset, "zrangestore");
        return;
    }
    if (zset)
        redis_value_release(call->db->heap, &zset->base);
    redis_reply_oom(call->reply);
}

/* ---- counting and removing */

static void zcount(struct redis_call *call)
{
    struct redis_score_range scores;
    const struct redis_zset *zset;
    uint64_t rank;
    if (parse_scores(call, call->argv[2], call->argv[3], &scores) &&
        redis_zset_for_read(call, call->argv[1], &zset))
        redis_reply_int(call->reply,
                        zset ? (int64_t)redis_zset_score_span(zset, &scores, &rank) : 0);
}

static void zlexcount(struct redis_call *call)
{
    struct redis_lex_range lex;
    const struct redis_zset *zset;
    uint64_t rank;
    if (parse_lex(call, call->argv[2], call->argv[3], &lex) &&
        redis_zset_for_read(call, call->argv[1], &zset))
        redis_reply_int(call->reply, zset ? (int64_t)redis_zset_lex_span(zset, &lex, &rank) : 0);
}

static void remove_range(struct redis_call *call, struct range *range, const char *event)
{
    struct redis_zset *zset;
    uint64_t first = 0, count;
    range->limit = -1;
    if (!parse_bounds(call, 2, range) || !redis_zset_for_write(call, call->argv[1], &zset))
        return;
    count = zset ? resolve(zset, range, &first) : 0;
    if (count) {
        if (!redis_zset_remove_range(call->db->heap, zset, first, count)) {
            redis_reply_oom(call->reply);
            return;
        }
        redis_changed(call, call->argv[1], REDIS_NOTIFY_ZSET, event);
        redis_zset_drop_if_empty(call, call->argv[1], zset);
    }
    redis_reply_int(call->reply, (int64_t)count);
}

static void zremrangebyrank(struct redis_call *call)
{
    struct range range = {.kind = BY_RANK};
    remove_range(call, &range, "zremrangebyrank");
}

static void zremrangebyscore(struct redis_call *call)
{
    struct range range = {.kind = BY_SCORE};
    remove_range(call, &range, "zremrangebyscore");
}

static void zremrangebylex(struct redis_call *call)
{
    struct range range = {.kind = BY_LEX};
    remove_range(call, &range, "zremrangebylex");
}

const struct redis_command redis_zset_range_commands[] = {
    {"zrange",           zrange          },
    {"zrevrange",        zrevrange       },
    {"zrangebyscore",    zrangebyscore   },
    {"zrevrangebyscore", zrevrangebyscore},
    {"zrangebylex",      zrangebylex     },
    {"zrevrangebylex",   zrevrangebylex  },
    {"zrangestore",      zrangestore     },
    {"zcount",           zcount          },
    {"zlexcount",        zlexcount       },
    {"zremrangebyrank",  zremrangebyrank },
    {"zremrangebyscore", zremrangebyscore},
    {"zremrangebylex",   zremrangebylex  },
    {NULL,               NULL            },
};
