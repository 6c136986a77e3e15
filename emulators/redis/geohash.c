#include "emulators/redis/geohash.h"

#include <math.h>

#define EARTH_RADIUS 6372797.560856
#define MERCATOR_MAX 20037726.37
#define DEGREE       (M_PI / 180.0)

static double radians(double degrees)
{
    return degrees * DEGREE;
}
static double degrees(double radians)
{
    return radians / DEGREE;
}

/* ---- cells: a pair of coordinates, each of `step` bits */

struct cell {
    uint32_t x, y; /* longitude, latitude */
    int step;      /* 0: no cell */
};

static uint64_t spread(uint32_t value)
{
    uint64_t v = value;
    v = (v | v << 16) & UINT64_C(0x0000FFFF0000FFFF);
    v = (v | v << 8) & UINT64_C(0x00FF00FF00FF00FF);
    v = (v | v << 4) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    v = (v | v << 2) & UINT64_C(0x3333333333333333);
    return (v | v << 1) & UINT64_C(0x5555555555555555);
}

static uint32_t squeeze(uint64_t v)
{
    v &= UINT64_C(0x5555555555555555);
    v = (v | v >> 1) & UINT64_C(0x3333333333333333);
    v = (v | v >> 2) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    v = (v | v >> 4) & UINT64_C(0x00FF00FF00FF00FF);
    v = (v | v >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    return (uint32_t)(v | v >> 16);
}

static uint64_t cell_bits(struct cell cell)
{
    return spread(cell.y) | spread(cell.x) << 1;
}

static struct cell cell_of(struct geo_point point, int step, double lat_max)
{
    double x = (point.lon + GEO_LON_MAX) / (2 * GEO_LON_MAX);
    double y = (point.lat + lat_max) / (2 * lat_max);
    double scale = (double)(UINT64_C(1) << step);
    return (struct cell){(uint32_t)(x * scale), (uint32_t)(y * scale), step};
}

struct area {
    struct geo_point min, max;
};

static struct area area_of(struct cell cell)
{
    double scale = (double)(UINT64_C(1) << cell.step);
    double lon = 2 * GEO_LON_MAX, lat = GEO_LAT_MAX - -GEO_LAT_MAX;
    return (struct area){
        {-GEO_LON_MAX + cell.x / scale * lon,         -GEO_LAT_MAX + cell.y / scale * lat        },
        {-GEO_LON_MAX + (cell.x + 1.0) / scale * lon, -GEO_LAT_MAX + (cell.y + 1.0) / scale * lat},
    };
}

/* The cell next to it; at the edges of the world it comes round. */
static struct cell neighbour(struct cell cell, int dx, int dy)
{
    uint32_t mask = (uint32_t)((UINT64_C(1) << cell.step) - 1);
    /* The northern and eastern edges of the world lie one beyond the last cell: a coordinate that
     * does not move keeps that. */
    return (struct cell){dx ? (cell.x + (uint32_t)dx) & mask : cell.x,
                         dy ? (cell.y + (uint32_t)dy) & mask : cell.y, cell.step};
}

uint64_t geo_encode(struct geo_point point)
{
    return cell_bits(cell_of(point, GEO_STEP_MAX, GEO_LAT_MAX));
}

static double clamp(double value, double max)
{
    return value > max ? max : value < -max ? -max : value;
}

struct geo_point geo_decode(uint64_t bits)
{
    struct area area = area_of((struct cell){squeeze(bits >> 1), squeeze(bits), GEO_STEP_MAX});
    return (struct geo_point){clamp((area.min.lon + area.max.lon) / 2, GEO_LON_MAX),
                              clamp((area.min.lat + area.max.lat) / 2, GEO_LAT_MAX)};
}

void geo_string(struct geo_point point, char out[11])
{
    static const char alphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
    uint64_t bits = cell_bits(cell_of(point, GEO_STEP_MAX, 90.0));
    for (int i = 0; i < 10; i++)
        out[i] = alphabet[bits >> (52 - (i + 1) * 5) & 31];
    out[10] = alphabet[0]; /* 52 bits are two short of the eleventh character */
}

/* ---- distances */

static double lat_distance(double a, double b)
{
    return EARTH_RADIUS * fabs(radians(b) - radians(a));
}

double geo_distance(struct geo_point a, struct geo_point b)
{
    double v = sin((radians(b.lon) - radians(a.lon)) / 2);
    if (v == 0.0)
        return lat_distance(a.lat, b.lat);
    double lat_a = radians(a.lat), lat_b = radians(b.lat);
    double u = sin((lat_b - lat_a) / 2);
    return 2.0 * EARTH_RADIUS * asin(sqrt(u * u + cos(lat_a) * cos(lat_b) * v * v));
}

bool geo_within(const struct geo_shape *shape, struct geo_point point, double *distance)
{
    if (!shape->is_box) {
        double d = geo_distance(shape->center, point);
        if (d > shape->radius)
            return false;
        *distance = d;
        return true;
    }
    struct geo_point beside = {shape->center.lon, point.lat};
    if (lat_distance(point.lat, shape->center.lat) > shape->height / 2 ||
        geo_distance(point, beside) > shape->width / 2)
        return false;
    *distance = geo_distance(shape->center, point);
    return true;
}

/* ---- covering a shape */

/* The finest step at which a cell and its neighbours surely hold the radius; wider near the poles. */
static int estimate_step(double radius, double lat)
{
    int step = 1;
    if (radius == 0)
        return GEO_STEP_MAX;
    for (; radius < MERCATOR_MAX; step++)
        radius *= 2;
    step -= 2;
    if (lat > 66 || lat < -66)
        step--;
    if (lat > 80 || lat < -80)
        step--;
    return step < 1 ? 1 : step > GEO_STEP_MAX ? GEO_STEP_MAX : step;
}

static struct area bounds_of(const struct geo_shape *shape)
{
    struct geo_point c = shape->center;
    double height = shape->is_box ? shape->height / 2 : shape->radius;
    double width = shape->is_box ? shape->width / 2 : shape->radius;
    double d_lat = degrees(height / EARTH_RADIUS);
    double edge = c.lat < 0 ? c.lat - d_lat : c.lat + d_lat;
    double d_lon = degrees(width / EARTH_RADIUS / cos(radians(edge)));
    return (struct area){
        {c.lon - d_lon, c.lat - d_lat},
        {c.lon + d_lon, c.lat + d_lat}
    };
}

/* Is one of the squares to the four sides too near to hold all of the shape? */
static bool too_fine(struct cell center, const struct area *bounds)
{
    return area_of(neighbour(center, 0, 1)).max.lat < bounds->max.lat ||
           area_of(neighbour(center, 0, -1)).min.lat > bounds->min.lat ||
           area_of(neighbour(center, 1, 0)).max.lon < bounds->max.lon ||
           area_of(neighbour(center, -1, 0)).min.lon > bounds->min.lon;
}

/* Neighbours on a side to which the shape does not reach beyond the centre's cell are of no use. */
static bool useless(struct area center, const struct area *bounds, int dx, int dy)
{
    return (dy < 0 && center.min.lat < bounds->min.lat) ||
           (dy > 0 && center.max.lat > bounds->max.lat) ||
           (dx < 0 && center.min.lon < bounds->min.lon) ||
           (dx > 0 && center.max.lon > bounds->max.lon);
}

unsigned geo_cover(const struct geo_shape *shape, struct geo_range out[9])
{
    static const int8_t order[9][2] = {
        {0,  0 },
        {0,  1 },
        {0,  -1},
        {1,  0 },
        {-1, 0 },
        {1,  1 },
        {-1, 1 },
        {1,  -1},
        {-1, -1}
    };
    double w = shape->width / 2, h = shape->height / 2;
    double radius = shape->is_box ? sqrt(w * w + h * h) : shape->radius;
    struct area bounds = bounds_of(shape);
    int step = estimate_step(radius, shape->center.lat);
    struct cell center = cell_of(shape->center, step, GEO_LAT_MAX);
    if (step > 1 && too_fine(center, &bounds))
        center = cell_of(shape->center, --step, GEO_LAT_MAX);
    struct area area = area_of(center);
    unsigned count = 0, last = 0;
    int shift = 52 - step * 2;
    for (unsigned i = 0; i < 9; i++) {
        if (step >= 2 && useless(area, &bounds, order[i][0], order[i][1]))
            continue;
        uint64_t bits = cell_bits(neighbour(center, order[i][0], order[i][1]));
        struct geo_range range = {bits << shift, (bits + 1) << shift};
        /* A huge radius makes neighbours the same cell; the centre is never compared with. */
        if (last && out[count - 1].min == range.min)
            continue;
        out[count++] = range;
        last = i;
    }
    return count;
}
