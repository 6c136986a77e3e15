/* Geospatial indexes: positions in sorted sets. Source: the Redis command reference, group "geo".
 * GEORADIUS and GEOSEARCH are in cmd_geo_search.c. */
#include "emulators/redis/cmd_geo.h"

#include <stdio.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/cmd_zset.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"

bool redis_arg_position(struct redis_call *call, uint32_t at, struct geo_point *out)
{
    if (!redis_arg_double(call, at, NULL, &out->lon) ||
        !redis_arg_double(call, at + 1, NULL, &out->lat))
        return false;
    if (out->lon >= -GEO_LON_MAX && out->lon <= GEO_LON_MAX && out->lat >= -GEO_LAT_MAX &&
        out->lat <= GEO_LAT_MAX)
        return true;
    redis_reply_errorf(call->reply, "ERR invalid longitude,latitude pair %f,%f", out->lon,
                       out->lat);
    return false;
}

bool redis_arg_unit(struct redis_call *call, uint32_t at, double *metres)
{
    static const struct {
        const char *name;
        double metres;
    } units[] = {
        {"m",  1      },
        {"km", 1000   },
        {"ft", 0.3048 },
        {"mi", 1609.34}
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (slice_is(call->argv[at], units[i].name)) {
            *metres = units[i].metres;
            return true;
        }
    redis_reply_error(call->reply, "ERR unsupported unit provided. please use M, KM, FT, MI");
    return false;
}

bool redis_geo_position(const struct redis_zset *zset, struct slice member, struct geo_point *out)
{
    double score;
    if (!zset || !redis_zset_score(zset, member, &score))
        return false;
    *out = geo_decode((uint64_t)score);
    return true;
}

void redis_reply_distance(struct redis_reply *reply, double distance)
{
    redis_reply_bulk_printf(reply, "%.4f", distance);
}

void redis_reply_position(struct redis_reply *reply, struct geo_point point)
{
    char text[TEXT_DOUBLE_MAX * 16];
    const double both[] = {point.lon, point.lat};
    redis_reply_array(reply, 2);
    for (int i = 0; i < 2; i++) {
        struct slice digits = slice_of(text, text_from_long_double(text, both[i]));
        if (reply->resp >= 3) {
            outq_put(reply->out, ",", 1);
            outq_put_slice(reply->out, digits);
            outq_put(reply->out, "\r\n", 2);
        } else {
            redis_reply_bulk(reply, digits);
        }
    }
}

/* GEOADD is ZADD with the scores worked out. */
static void geoadd(struct redis_call *call)
{
    uint32_t first = 2;
    bool nx = false, xx = false;
    for (; first < call->argc; first++) {
        if (slice_is(call->argv[first], "NX"))
            nx = true;
        else if (slice_is(call->argv[first], "XX"))
            xx = true;
        else if (!slice_is(call->argv[first], "CH"))
            break;
    }
    if ((call->argc - first) % 3 || (nx && xx)) {
        redis_reply_syntax(call->reply);
        return;
    }
    uint32_t count = (call->argc - first) / 3;
    struct slice *argv = arena_array(call->arena, first + count * 2, sizeof(*argv));
    if (!argv) {
        redis_reply_oom(call->reply);
        return;
    }
    memcpy(argv, call->argv, first * sizeof(*argv));
    for (uint32_t i = 0; i < count; i++) {
        struct geo_point point;
        if (!redis_arg_position(call, first + i * 3, &point))
            return;
        argv[first + i * 2] =
            arena_printf(call->arena, "%llu", (unsigned long long)geo_encode(point));
        argv[first + i * 2 + 1] = call->argv[first + i * 3 + 2];
    }
    struct redis_call zadd = *call;
    zadd.argv = argv;
    zadd.argc = first + count * 2;
    redis_zadd(&zadd);
}

static void geopos(struct redis_call *call)
{
    const struct redis_zset *zset;
    struct geo_point point;
    if (!redis_zset_for_read(call, call->argv[1], &zset))
        return;
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++) {
        if (redis_geo_position(zset, call->argv[i], &point))
            redis_reply_position(call->reply, point);
        else
            redis_reply_null_array(call->reply);
    }
}

static void geohash(struct redis_call *call)
{
    const struct redis_zset *zset;
    struct geo_point point;
    char text[11];
    if (!redis_zset_for_read(call, call->argv[1], &zset))
        return;
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++) {
        if (redis_geo_position(zset, call->argv[i], &point)) {
            geo_string(point, text);
            redis_reply_bulk(call->reply, slice_of(text, sizeof(text)));
        } else {
            redis_reply_null(call->reply);
        }
    }
}

static void geodist(struct redis_call *call)
{
    const struct redis_zset *zset;
    struct geo_point a, b;
    double metres = 1;
    if (call->argc == 5 && !redis_arg_unit(call, 4, &metres))
        return;
    if (call->argc > 5) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (!redis_zset_for_read(call, call->argv[1], &zset))
        return;
    if (redis_geo_position(zset, call->argv[2], &a) && redis_geo_position(zset, call->argv[3], &b))
        redis_reply_distance(call->reply, geo_distance(a, b) / metres);
    else
        redis_reply_null(call->reply);
}

const struct redis_command redis_geo_commands[] = {
    {"geoadd",  geoadd },
    {"geopos",  geopos },
    {"geohash", geohash},
    {"geodist", geodist},
    {NULL,      NULL   },
};
