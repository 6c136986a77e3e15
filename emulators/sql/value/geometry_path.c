/* Paths and polygons as rows of segments. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/geometry.h"

struct sql_box sql_geopath_bounds(const struct sql_geopath *path)
{
    struct sql_point first = sql_geopath_point(path, 0);
    struct sql_box box = {first, first};
    for (uint32_t i = 1; i < path->count; i++) {
        struct sql_point p = sql_geopath_point(path, i);
        box.high.x = sql_geo_max(p.x, box.high.x);
        box.high.y = sql_geo_max(p.y, box.high.y);
        box.low.x = sql_geo_min(p.x, box.low.x);
        box.low.y = sql_geo_min(p.y, box.low.y);
    }
    return box;
}

bool sql_geopath_segment(const struct sql_geopath *path, uint32_t index, struct sql_lseg *out)
{
    if (index == 0 && !path->closed)
        return false;
    out->p[0] = sql_geopath_point(path, index ? index - 1 : path->count - 1);
    out->p[1] = sql_geopath_point(path, index);
    return true;
}

static bool may_go_on(struct sql_geo *g)
{
    if (!g->failed && !sql_call_check(g->call))
        g->failed = true;
    return !g->failed;
}

bool sql_geopath_meets_path(struct sql_geo *g, const struct sql_geopath *a,
                            const struct sql_geopath *b)
{
    struct sql_lseg s, t;
    if (!sql_box_overlaps(sql_geopath_bounds(a), sql_geopath_bounds(b)))
        return false;
    for (uint32_t i = 0; i < a->count && may_go_on(g); i++)
        for (uint32_t j = 0; j < b->count; j++)
            if (sql_geopath_segment(a, i, &s) && sql_geopath_segment(b, j, &t) &&
                sql_lseg_meets_lseg(g, s, t, NULL))
                return true;
    return false;
}

bool sql_geopath_distance(struct sql_geo *g, const struct sql_geopath *a,
                          const struct sql_geopath *b, double *out)
{
    struct sql_lseg s, t;
    bool found = false;
    for (uint32_t i = 0; i < a->count && may_go_on(g); i++) {
        for (uint32_t j = 0; j < b->count; j++) {
            if (!sql_geopath_segment(a, i, &s) || !sql_geopath_segment(b, j, &t))
                continue;
            double distance = sql_lseg_closest_lseg(g, s, t, NULL);
            if (!found || sql_float_order(distance, *out) < 0)
                *out = distance;
            found = true;
        }
    }
    return found;
}

/* ---- inside or not: how often the edges wind around the point */

enum { ON_EDGE = 100 };

/* Half turns by which an edge crosses the axis to the right of the origin; ON_EDGE: it goes through
 * the origin. */
static int crossing(struct sql_geo *g, struct sql_point at, struct sql_point before)
{
    bool before_on_axis = sql_geo_zero(before.y);
    if (sql_geo_zero(at.y)) {
        if (sql_geo_zero(at.x))
            return ON_EDGE;
        bool right = sql_geo_gt(at.x, 0);
        if (before_on_axis)
            return (right ? sql_geo_gt(before.x, 0) : sql_geo_lt(before.x, 0)) ? 0 : ON_EDGE;
        if (!right)
            return 0;
        return sql_geo_lt(before.y, 0) ? 1 : -1;
    }
    int sign = sql_geo_gt(at.y, 0) ? 1 : -1;
    if (before_on_axis)
        return sql_geo_lt(before.x, 0) ? 0 : sign;
    if (sign < 0 ? sql_geo_lt(before.y, 0) : sql_geo_gt(before.y, 0))
        return 0;
    if (sql_geo_ge(at.x, 0) && sql_geo_gt(before.x, 0))
        return 2 * sign;
    if (sql_geo_lt(at.x, 0) && sql_geo_le(before.x, 0))
        return 0;
    double z = sql_geo_sub(g, sql_geo_mul(g, sql_geo_sub(g, at.x, before.x), at.y),
                           sql_geo_mul(g, sql_geo_sub(g, at.y, before.y), at.x));
    if (sql_geo_zero(z))
        return ON_EDGE;
    return (sign < 0 ? sql_geo_lt(z, 0) : sql_geo_gt(z, 0)) ? 0 : 2 * sign;
}

bool sql_geopath_encloses(struct sql_geo *g, const struct sql_geopath *path, struct sql_point point)
{
    struct sql_point before = sql_point_sub(g, sql_geopath_point(path, 0), point);
    int turns = 0;
    for (uint32_t i = 1; i <= path->count; i++) {
        struct sql_point at = sql_point_sub(g, sql_geopath_point(path, i % path->count), point);
        int half_turns = crossing(g, at, before);
        if (half_turns == ON_EDGE)
            return true;
        turns += half_turns;
        before = at;
    }
    return turns != 0;
}
