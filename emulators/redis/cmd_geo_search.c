/* GEORADIUS, GEORADIUSBYMEMBER, GEOSEARCH, GEOSEARCHSTORE. Source: the Redis command reference. */
#include <stdlib.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/cmd_geo.h"
#include "emulators/redis/cmd_zset.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"

enum variant {
    BY_COORDINATES = 1, /* GEORADIUS */
    BY_MEMBER = 2,      /* GEORADIUSBYMEMBER */
    NO_STORE = 4,       /* ..._RO */
    SEARCH = 8,         /* GEOSEARCH, GEOSEARCHSTORE */
    SEARCH_STORE = 16   /* GEOSEARCHSTORE */
};

enum order { UNSORTED, ASCENDING, DESCENDING };

struct search {
    unsigned variant;
    const struct redis_zset *zset;
    struct geo_shape shape; /* lengths in the unit given, until it is scaled */
    double metres;          /* of the unit */
    bool with_dist, with_hash, with_coord, any, store_dist;
    bool from_member, from_lonlat, by_radius, by_box;
    enum order order;
    int64_t count;
    const struct slice *store;
};

struct found {
    struct slice member;
    double distance, score;
    struct geo_point point;
};

struct results {
    struct found *items;
    size_t count, room;
};

/* ---- parsing */

static bool parse_radius(struct redis_call *call, uint32_t at, struct search *s)
{
    if (!redis_arg_double(call, at, "ERR need numeric radius", &s->shape.radius))
        return false;
    if (s->shape.radius < 0) {
        redis_reply_error(call->reply, "ERR radius cannot be negative");
        return false;
    }
    return redis_arg_unit(call, at + 1, &s->metres);
}

static bool parse_box(struct redis_call *call, uint32_t at, struct search *s)
{
    if (!redis_arg_double(call, at, "ERR need numeric width", &s->shape.width) ||
        !redis_arg_double(call, at + 1, "ERR need numeric height", &s->shape.height))
        return false;
    if (s->shape.width < 0 || s->shape.height < 0) {
        redis_reply_error(call->reply, "ERR height or width cannot be negative");
        return false;
    }
    s->shape.is_box = true;
    return redis_arg_unit(call, at + 2, &s->metres);
}

static bool parse_member(struct redis_call *call, uint32_t at, struct search *s)
{
    if (redis_geo_position(s->zset, call->argv[at], &s->shape.center))
        return true;
    redis_reply_error(call->reply, "ERR could not decode requested zset member");
    return false;
}

enum parsed { PARSED, FAILED, NOT_MINE };

static enum parsed verdict(bool ok)
{
    return ok ? PARSED : FAILED;
}

/* The words without arguments. */
static bool parse_word(struct slice word, struct search *s)
{
    if (slice_is(word, "WITHDIST"))
        s->with_dist = true;
    else if (slice_is(word, "WITHHASH"))
        s->with_hash = true;
    else if (slice_is(word, "WITHCOORD"))
        s->with_coord = true;
    else if (slice_is(word, "ANY"))
        s->any = true;
    else if (slice_is(word, "ASC"))
        s->order = ASCENDING;
    else if (slice_is(word, "DESC"))
        s->order = DESCENDING;
    else if (slice_is(word, "STOREDIST") && s->variant & SEARCH_STORE)
        s->store_dist = true;
    else
        return false;
    return true;
}

static enum parsed parse_count(struct redis_call *call, uint32_t *at, struct search *s)
{
    if (!redis_arg_int(call, ++*at, &s->count))
        return FAILED;
    if (s->count > 0)
        return PARSED;
    redis_reply_error(call->reply, "ERR COUNT must be > 0");
    return FAILED;
}

/* FROM... and BY... of GEOSEARCH; *at moves over the arguments. */
static enum parsed parse_search_word(struct redis_call *call, uint32_t *at, struct search *s)
{
    struct slice word = call->argv[*at];
    uint32_t left = call->argc - 1 - *at, first = *at + 1;
    if (slice_is(word, "FROMMEMBER") && left >= 1 && !s->from_lonlat) {
        s->from_member = true;
        *at += 1;
        return verdict(!s->zset || parse_member(call, first, s));
    }
    if (slice_is(word, "FROMLONLAT") && left >= 2 && !s->from_member) {
        s->from_lonlat = true;
        *at += 2;
        return verdict(redis_arg_position(call, first, &s->shape.center));
    }
    if (slice_is(word, "BYRADIUS") && left >= 2 && !s->by_box) {
        s->by_radius = true;
        *at += 2;
        return verdict(parse_radius(call, first, s));
    }
    if (slice_is(word, "BYBOX") && left >= 3 && !s->by_radius) {
        s->by_box = true;
        *at += 3;
        return verdict(parse_box(call, first, s));
    }
    return NOT_MINE;
}

static enum parsed parse_option(struct redis_call *call, uint32_t *at, struct search *s)
{
    struct slice word = call->argv[*at];
    uint32_t left = call->argc - 1 - *at;
    if (parse_word(word, s))
        return PARSED;
    if (slice_is(word, "COUNT") && left >= 1)
        return parse_count(call, at, s);
    if (s->variant & SEARCH)
        return parse_search_word(call, at, s);
    bool dist = slice_is(word, "STOREDIST");
    if (s->variant & NO_STORE || left < 1 || !(dist || slice_is(word, "STORE")))
        return NOT_MINE;
    s->store_dist = dist;
    s->store = &call->argv[++*at];
    return PARSED;
}

static bool check_search(struct redis_call *call, const struct search *s)
{
    const char *name = redis_printable(call->arena, call->argv[0], 128);
    if (s->store && (s->with_dist || s->with_hash || s->with_coord))
        redis_reply_errorf(
            call->reply, "ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
            s->variant & SEARCH_STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS");
    else if (s->variant & SEARCH && !(s->from_member || s->from_lonlat))
        redis_reply_errorf(call->reply,
                           "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s",
                           name);
    else if (s->variant & SEARCH && !(s->by_radius || s->by_box))
        redis_reply_errorf(call->reply,
                           "ERR exactly one of BYRADIUS and BYBOX can be specified for %s", name);
    else if (s->any && !s->count)
        redis_reply_error(call->reply, "ERR the ANY argument requires COUNT argument");
    else
        return true;
    return false;
}

/* Arguments before the options: the fixed centre and radius of the older commands. */
static bool parse_fixed(struct redis_call *call, struct search *s, uint32_t *options_at)
{
    if (s->variant & SEARCH) {
        *options_at = s->variant & SEARCH_STORE ? 3 : 2;
        s->store = s->variant & SEARCH_STORE ? &call->argv[1] : NULL;
        return true;
    }
    if (s->variant & BY_COORDINATES) {
        *options_at = 6;
        return redis_arg_position(call, 2, &s->shape.center) && parse_radius(call, 4, s);
    }
    *options_at = 5;
    return !s->zset || (parse_member(call, 2, s) && parse_radius(call, 3, s));
}

static bool parse_search(struct redis_call *call, struct search *s)
{
    uint32_t at;
    s->metres = 1;
    if (!parse_fixed(call, s, &at))
        return false;
    for (; at < call->argc; at++) {
        enum parsed parsed = parse_option(call, &at, s);
        if (parsed == NOT_MINE)
            redis_reply_syntax(call->reply);
        if (parsed != PARSED)
            return false;
    }
    s->shape.radius *= s->metres;
    s->shape.width *= s->metres;
    s->shape.height *= s->metres;
    return check_search(call, s);
}

/* ---- searching */

static bool add_result(struct arena *arena, struct results *results, const struct found *found)
{
    if (results->count == results->room) {
        size_t room = results->room ? results->room * 2 : 16;
        struct found *items = arena_array(arena, room, sizeof(*items));
        if (!items)
            return false;
        if (results->count)
            memcpy(items, results->items, results->count * sizeof(*items));
        results->items = items;
        results->room = room;
    }
    results->items[results->count++] = *found;
    return true;
}

/* With ANY the search stops as soon as there are enough. */
static bool search_range(struct redis_call *call, const struct search *s, struct geo_range range,
                         struct results *results)
{
    struct redis_score_range scores = {(double)range.min, (double)range.max, false, true};
    struct redis_zset_iter iter;
    struct redis_zitem item;
    uint64_t rank, count = redis_zset_score_span(s->zset, &scores, &rank);
    redis_zset_iter_init(&iter, s->zset, rank, false);
    while (count-- && redis_zset_iter_next(&iter, &item)) {
        struct found found = {
            .member = item.member, .score = item.score, .point = geo_decode((uint64_t)item.score)};
        if (!geo_within(&s->shape, found.point, &found.distance))
            continue;
        if (!add_result(call->arena, results, &found))
            return false;
        if (s->any && results->count >= (size_t)s->count)
            break;
    }
    return true;
}

static int by_distance(const void *a, const void *b)
{
    double x = ((const struct found *)a)->distance, y = ((const struct found *)b)->distance;
    return (x > y) - (x < y);
}

static int by_distance_down(const void *a, const void *b)
{
    return -by_distance(a, b);
}

static bool find_all(struct redis_call *call, struct search *s, struct results *results)
{
    struct geo_range ranges[9];
    unsigned count = geo_cover(&s->shape, ranges);
    *results = (struct results){0};
    for (unsigned i = 0; i < count; i++) {
        if (s->any && results->count >= (size_t)s->count)
            break;
        if (!search_range(call, s, ranges[i], results)) {
            redis_reply_oom(call->reply);
            return false;
        }
    }
    if (s->count && s->order == UNSORTED && !s->any)
        s->order = ASCENDING;
    if (s->order != UNSORTED && results->count)
        qsort(results->items, results->count, sizeof(*results->items),
              s->order == ASCENDING ? by_distance : by_distance_down);
    if (s->count && (size_t)s->count < results->count)
        results->count = (size_t)s->count;
    for (size_t i = 0; i < results->count; i++)
        results->items[i].distance /= s->metres;
    return true;
}

/* ---- answering */

static void reply_results(struct redis_call *call, const struct search *s,
                          const struct results *results)
{
    unsigned extras = s->with_dist + s->with_hash + s->with_coord;
    redis_reply_array(call->reply, results->count);
    for (size_t i = 0; i < results->count; i++) {
        const struct found *found = &results->items[i];
        if (extras)
            redis_reply_array(call->reply, extras + 1);
        redis_reply_bulk(call->reply, found->member);
        if (s->with_dist)
            redis_reply_distance(call->reply, found->distance);
        if (s->with_hash)
            redis_reply_int(call->reply, (int64_t)found->score);
        if (s->with_coord)
            redis_reply_position(call->reply, found->point);
    }
}

static void store_results(struct redis_call *call, const struct search *s,
                          const struct results *results)
{
    struct redis_zset *zset = redis_zset_create(call->db->heap);
    bool ok = zset != NULL, added;
    for (size_t i = 0; ok && i < results->count; i++) {
        const struct found *found = &results->items[i];
        ok = redis_zset_put(call->db->heap, zset, &call->redis->config, found->member,
                            s->store_dist ? found->distance : found->score, &added);
    }
    if (ok) {
        redis_zset_store(call, *s->store, zset,
                         s->variant & SEARCH ? "geosearchstore" : "georadiusstore");
        return;
    }
    if (zset)
        redis_value_release(call->db->heap, &zset->base);
    redis_reply_oom(call->reply);
}

static void search(struct redis_call *call, unsigned variant)
{
    struct search s = {.variant = variant};
    struct results results = {0};
    if (!redis_zset_for_read(call, call->argv[variant & SEARCH_STORE ? 2 : 1], &s.zset) ||
        !parse_search(call, &s) || (s.zset && !find_all(call, &s, &results)))
        return;
    if (s.store)
        store_results(call, &s, &results);
    else
        reply_results(call, &s, &results);
}

static void georadius(struct redis_call *call)
{
    search(call, BY_COORDINATES);
}

static void georadius_ro(struct redis_call *call)
{
    search(call, BY_COORDINATES | NO_STORE);
}

static void georadiusbymember(struct redis_call *call)
{
    search(call, BY_MEMBER);
}

static void georadiusbymember_ro(struct redis_call *call)
{
    search(call, BY_MEMBER | NO_STORE);
}

static void geosearch(struct redis_call *call)
{
    search(call, SEARCH);
}

static void geosearchstore(struct redis_call *call)
{
    search(call, SEARCH | SEARCH_STORE);
}

const struct redis_command redis_geo_search_commands[] = {
    {"georadius",            georadius           },
    {"georadius_ro",         georadius_ro        },
    {"georadiusbymember",    georadiusbymember   },
    {"georadiusbymember_ro", georadiusbymember_ro},
    {"geosearch",            geosearch           },
    {"geosearchstore",       geosearchstore      },
    {NULL,                   NULL                },
};
