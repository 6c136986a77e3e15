/* Points, lines and segments: slopes, meeting points, distances. The order of the operations decides
 * the last digits of results, which clients see. */
#include "emulators/sql/value/geometry.h"

/* ---- points */

static bool any_nan(struct sql_point p)
{
    return isnan(p.x) || isnan(p.y);
}

bool sql_point_same(struct sql_point a, struct sql_point b)
{
    if (any_nan(a) || any_nan(b))
        return sql_float_order(a.x, b.x) == 0 && sql_float_order(a.y, b.y) == 0;
    return sql_geo_eq(a.x, b.x) && sql_geo_eq(a.y, b.y);
}

struct sql_point sql_point_add(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    return (struct sql_point){sql_geo_add(g, a.x, b.x), sql_geo_add(g, a.y, b.y)};
}

struct sql_point sql_point_sub(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    return (struct sql_point){sql_geo_sub(g, a.x, b.x), sql_geo_sub(g, a.y, b.y)};
}

struct sql_point sql_point_mul(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    double x = sql_geo_sub(g, sql_geo_mul(g, a.x, b.x), sql_geo_mul(g, a.y, b.y));
    double y = sql_geo_add(g, sql_geo_mul(g, a.x, b.y), sql_geo_mul(g, a.y, b.x));
    return (struct sql_point){x, y};
}

struct sql_point sql_point_div(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    double norm = sql_geo_add(g, sql_geo_mul(g, b.x, b.x), sql_geo_mul(g, b.y, b.y));
    double x = sql_geo_add(g, sql_geo_mul(g, a.x, b.x), sql_geo_mul(g, a.y, b.y));
    double y = sql_geo_sub(g, sql_geo_mul(g, a.y, b.x), sql_geo_mul(g, a.x, b.y));
    return (struct sql_point){sql_geo_div(g, x, norm), sql_geo_div(g, y, norm)};
}

double sql_point_distance(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    return sql_geo_hypot(g, sql_geo_sub(g, a.x, b.x), sql_geo_sub(g, a.y, b.y));
}

struct sql_point sql_point_middle(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    return (struct sql_point){sql_geo_div(g, sql_geo_add(g, a.x, b.x), 2),
                              sql_geo_div(g, sql_geo_add(g, a.y, b.y), 2)};
}

double sql_point_slope(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    if (sql_geo_eq(a.x, b.x))
        return INFINITY;
    if (sql_geo_eq(a.y, b.y))
        return 0;
    return sql_geo_div(g, sql_geo_sub(g, a.y, b.y), sql_geo_sub(g, a.x, b.x));
}

double sql_point_inverse_slope(struct sql_geo *g, struct sql_point a, struct sql_point b)
{
    if (sql_geo_eq(a.x, b.x))
        return 0;
    if (sql_geo_eq(a.y, b.y))
        return INFINITY;
    return sql_geo_div(g, sql_geo_sub(g, a.x, b.x), sql_geo_sub(g, b.y, a.y));
}

/* ---- lines */

/* Both zeros print as 0. */
static double without_sign(double zero)
{
    return zero == 0 ? 0 : zero;
}

struct sql_line sql_line_through(struct sql_geo *g, struct sql_point point, double slope)
{
    if (isinf(slope))
        return (struct sql_line){-1, 0, point.x};
    if (slope == 0)
        return (struct sql_line){0, -1, point.y};
    double c = sql_geo_sub(g, point.y, sql_geo_mul(g, slope, point.x));
    return (struct sql_line){slope, -1, without_sign(c)};
}

double sql_line_slope(struct sql_geo *g, struct sql_line line)
{
    if (sql_geo_zero(line.a))
        return 0;
    return sql_geo_zero(line.b) ? INFINITY : sql_geo_div(g, line.a, -line.b);
}

/* Of a line at right angles. */
static double inverse_slope(struct sql_geo *g, struct sql_line line)
{
    if (sql_geo_zero(line.a))
        return INFINITY;
    return sql_geo_zero(line.b) ? 0 : sql_geo_div(g, line.b, line.a);
}

bool sql_line_contains(struct sql_geo *g, struct sql_line line, struct sql_point point)
{
    double sum = sql_geo_add(g, sql_geo_mul(g, line.a, point.x), sql_geo_mul(g, line.b, point.y));
    return sql_geo_zero(sql_geo_add(g, sum, line.c));
}

bool sql_line_meets_line(struct sql_geo *g, struct sql_line a, struct sql_line b,
                         struct sql_point *out)
{
    if (sql_geo_zero(a.b)) {
        struct sql_line vertical = a;
        a = b;
        b = vertical;
    }
    if (sql_geo_zero(a.b) || sql_geo_eq(b.a, sql_geo_mul(g, a.a, sql_geo_div(g, b.b, a.b))))
        return false;
    double above = sql_geo_sub(g, sql_geo_mul(g, a.b, b.c), sql_geo_mul(g, b.b, a.c));
    double below = sql_geo_sub(g, sql_geo_mul(g, a.a, b.b), sql_geo_mul(g, b.a, a.b));
    double x = sql_geo_div(g, above, below);
    double y = sql_geo_div(g, -sql_geo_add(g, sql_geo_mul(g, a.a, x), a.c), a.b);
    if (out)
        *out = (struct sql_point){without_sign(x), without_sign(y)};
    return true;
}

double sql_line_closest(struct sql_geo *g, struct sql_line line, struct sql_point point,
                        struct sql_point *out)
{
    struct sql_line perpendicular = sql_line_through(g, point, inverse_slope(g, line));
    struct sql_point foot;
    bool found = sql_line_meets_line(g, perpendicular, line, &foot);
    if (out)
        *out = found ? foot : point;
    return found ? sql_point_distance(g, foot, point) : NAN;
}

/* ---- segments */

static struct sql_line line_of(struct sql_geo *g, struct sql_lseg seg)
{
    return sql_line_through(g, seg.p[0], sql_point_slope(g, seg.p[0], seg.p[1]));
}

bool sql_lseg_contains(struct sql_geo *g, struct sql_lseg seg, struct sql_point point)
{
    return sql_geo_eq(sql_point_distance(g, point, seg.p[0]) +
                          sql_point_distance(g, point, seg.p[1]),
                      sql_point_distance(g, seg.p[0], seg.p[1]));
}

bool sql_lseg_meets_line(struct sql_geo *g, struct sql_lseg seg, struct sql_line line,
                         struct sql_point *out)
{
    struct sql_point at;
    if (!sql_line_meets_line(g, line_of(g, seg), line, &at) || !sql_lseg_contains(g, seg, at))
        return false;
    /* An end is given as it is, without what rounding left. */
    if (out)
        *out = sql_point_same(seg.p[0], at)   ? seg.p[0]
               : sql_point_same(seg.p[1], at) ? seg.p[1]
                                              : at;
    return true;
}

bool sql_lseg_meets_lseg(struct sql_geo *g, struct sql_lseg a, struct sql_lseg b,
                         struct sql_point *out)
{
    struct sql_point at;
    if (!sql_lseg_meets_line(g, a, line_of(g, b), &at) || !sql_lseg_contains(g, b, at))
        return false;
    if (out)
        *out = at;
    return true;
}

double sql_lseg_closest_line(struct sql_geo *g, struct sql_lseg seg, struct sql_line line,
                             struct sql_point *out)
{
    if (sql_lseg_meets_line(g, seg, line, out))
        return 0;
    double first = sql_line_closest(g, line, seg.p[0], NULL);
    double second = sql_line_closest(g, line, seg.p[1], NULL);
    if (out)
        *out = seg.p[first < second ? 0 : 1];
    return first < second ? first : second;
}

double sql_lseg_closest(struct sql_geo *g, struct sql_lseg seg, struct sql_point point,
                        struct sql_point *out)
{
    double slope = sql_point_inverse_slope(g, seg.p[0], seg.p[1]);
    struct sql_point closest;
    sql_lseg_closest_line(g, seg, sql_line_through(g, point, slope), &closest);
    if (out)
        *out = closest;
    return sql_point_distance(g, closest, point);
}

/* Keeps the closer of what was found and a candidate. */
static void keep_closer(double *distance, struct sql_point *found, double candidate,
                        struct sql_point point)
{
    if (sql_float_order(candidate, *distance) >= 0)
        return;
    *distance = candidate;
    *found = point;
}

double sql_lseg_closest_lseg(struct sql_geo *g, struct sql_lseg seg, struct sql_lseg to,
                             struct sql_point *out)
{
    struct sql_point found, point;
    double distance = 0;
    if (!sql_lseg_meets_lseg(g, seg, to, &found)) {
        distance = sql_lseg_closest(g, seg, to.p[0], &found);
        double other = sql_lseg_closest(g, seg, to.p[1], &point);
        keep_closer(&distance, &found, other, point);
        for (unsigned end = 0; end < 2; end++)
            keep_closer(&distance, &found, sql_lseg_closest(g, to, seg.p[end], NULL), seg.p[end]);
    }
    if (out)
        *out = found;
    return distance;
}

/* ---- boxes */

struct sql_box sql_box_between(struct sql_point a, struct sql_point b)
{
    bool right = sql_float_order(a.x, b.x) > 0, above = sql_float_order(a.y, b.y) > 0;
    return (struct sql_box){
        {right ? a.x : b.x, above ? a.y : b.y},
        {right ? b.x : a.x, above ? b.y : a.y}
    };
}

bool sql_box_overlaps(struct sql_box a, struct sql_box b)
{
    return sql_geo_le(a.low.x, b.high.x) && sql_geo_le(b.low.x, a.high.x) &&
           sql_geo_le(a.low.y, b.high.y) && sql_geo_le(b.low.y, a.high.y);
}

bool sql_box_contains(struct sql_box box, struct sql_box inner)
{
    return sql_geo_ge(box.high.x, inner.high.x) && sql_geo_le(box.low.x, inner.low.x) &&
           sql_geo_ge(box.high.y, inner.high.y) && sql_geo_le(box.low.y, inner.low.y);
}

bool sql_box_contains_point(struct sql_box box, struct sql_point point)
{
    return box.high.x >= point.x && box.low.x <= point.x && box.high.y >= point.y &&
           box.low.y <= point.y;
}

struct sql_point sql_box_center(struct sql_geo *g, struct sql_box box)
{
    return sql_point_middle(g, box.high, box.low);
}

struct sql_lseg sql_box_side(struct sql_box box, unsigned side)
{
    struct sql_point upper_left = {box.low.x, box.high.y}, lower_right = {box.high.x, box.low.y};
    return (struct sql_lseg){
        {side % 2 ? box.high : box.low, side < 2 ? upper_left : lower_right}
    };
}

bool sql_box_meets_lseg(struct sql_geo *g, struct sql_box box, struct sql_lseg seg,
                        struct sql_point *out)
{
    if (!sql_box_overlaps(sql_box_between(seg.p[0], seg.p[1]), box))
        return false;
    if (out)
        sql_lseg_closest(g, seg, sql_box_center(g, box), out);
    if (sql_box_contains_point(box, seg.p[0]) || sql_box_contains_point(box, seg.p[1]))
        return true;
    for (unsigned side = 0; side < 4; side++)
        if (sql_lseg_meets_lseg(g, sql_box_side(box, side), seg, NULL))
            return true;
    return false;
}

double sql_box_closest(struct sql_geo *g, struct sql_box box, struct sql_point point,
                       struct sql_point *out)
{
    struct sql_point found = point, candidate;
    double distance = 0;
    if (!sql_box_contains_point(box, point)) {
        distance = sql_lseg_closest(g, sql_box_side(box, 0), point, &found);
        for (unsigned side = 1; side < 4; side++) {
            double other = sql_lseg_closest(g, sql_box_side(box, side), point, &candidate);
            keep_closer(&distance, &found, other, candidate);
        }
    }
    if (out)
        *out = found;
    return distance;
}

double sql_box_closest_lseg(struct sql_geo *g, struct sql_box box, struct sql_lseg seg,
                            struct sql_point *out)
{
    struct sql_point found, candidate;
    double distance = 0;
    if (!sql_box_meets_lseg(g, box, seg, &found)) {
        distance = sql_lseg_closest_lseg(g, sql_box_side(box, 0), seg, &found);
        for (unsigned side = 1; side < 4; side++) {
            double other = sql_lseg_closest_lseg(g, sql_box_side(box, side), seg, &candidate);
            keep_closer(&distance, &found, other, candidate);
        }
    }
    if (out)
        *out = found;
    return distance;
}
