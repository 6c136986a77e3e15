/* Geohashes: positions as 52-bit integers whose order keeps neighbours close, and the cells that
 * cover an area. Source: the Redis manual, "Geospatial"; the geohash of Niemeyer; distances by the
 * haversine formula on a sphere, with redis-server's radius. */
#ifndef PARLEL_EMULATORS_REDIS_GEOHASH_H
#define PARLEL_EMULATORS_REDIS_GEOHASH_H

#include "common/slice.h"

#define GEO_STEP_MAX 26 /* bits of each coordinate */
#define GEO_LON_MAX  180.0
#define GEO_LAT_MAX  85.05112878

struct geo_point {
    double lon, lat;
};

/* What is searched: a circle, or a box whose sides are meridians and parallels. Metres. */
struct geo_shape {
    struct geo_point center;
    bool is_box;
    double radius;
    double width, height;
};

/* The position as a sorted set's score, and back (the middle of its cell). */
uint64_t geo_encode(struct geo_point point);
struct geo_point geo_decode(uint64_t bits);
/* The standard geohash string: 11 characters. */
void geo_string(struct geo_point point, char out[11]);

double geo_distance(struct geo_point a, struct geo_point b);
/* Is the point within the shape? *distance: its distance from the centre, set when it is. */
bool geo_within(const struct geo_shape *shape, struct geo_point point, double *distance);

/* Up to nine ranges of scores, [min, max), that together cover the shape, in redis-server's order. */
struct geo_range {
    uint64_t min, max;
};
unsigned geo_cover(const struct geo_shape *shape, struct geo_range out[9]);

#endif
