/* Functions and operators of polygons. */
#include "common/fiber.h"
#include "emulators/sql/value/fn_geometry.h"

enum { STACK_NEEDED = 8 * 1024 };

static struct sql_box bounds(struct datum value)
{
    struct sql_geopath polygon = sql_geopath_of(value);
    return sql_geopath_bounds(&polygon);
}

/* ---- the same points, from another start or the other way around */

static bool same_from(const struct sql_geopath *a, const struct sql_geopath *b, uint32_t start,
                      uint32_t step)
{
    uint32_t at = start;
    for (uint32_t i = 0; i < a->count; i++, at = (at + step) % a->count)
        if (!sql_point_same(sql_geopath_point(b, at), sql_geopath_point(a, i)))
            return false;
    return true;
}

static bool same(struct datum first, struct datum second)
{
    struct sql_geopath a = sql_geopath_of(first), b = sql_geopath_of(second);
    if (a.count != b.count)
        return false;
    for (uint32_t start = 0; start < a.count; start++)
        if (same_from(&a, &b, start, 1) || same_from(&a, &b, start, a.count - 1))
            return true;
    return false;
}

static bool overlap(struct sql_geo *g, const struct datum *args)
{
    struct sql_geopath a = sql_geopath_of(args[0]), b = sql_geopath_of(args[1]);
    if (!sql_box_overlaps(sql_geopath_bounds(&a), sql_geopath_bounds(&b)))
        return false;
    return sql_geopath_meets_path(g, &a, &b) ||
           sql_geopath_encloses(g, &b, sql_geopath_point(&a, 0)) ||
           sql_geopath_encloses(g, &a, sql_geopath_point(&b, 0));
}

/* ---- containment: every edge of the inner one lies inside, cut where it meets the outer's edges */

static bool edge_inside(struct sql_geo *g, struct sql_point a, struct sql_point b,
                        const struct sql_geopath *outer, uint32_t from);

/* An end of the edge lies on the outer's edge `side`: what goes on behind it is looked at. */
static bool rest_inside(struct sql_geo *g, struct sql_point on, struct sql_point off,
                        const struct sql_lseg *side, const struct sql_geopath *outer, uint32_t from)
{
    struct sql_lseg edge = {
        {on, off}
    };
    bool at_first = sql_point_same(on, side->p[0]), at_second = sql_point_same(on, side->p[1]);
    if (!at_first && sql_lseg_contains(g, edge, side->p[0]))
        return edge_inside(g, off, side->p[0], outer, from);
    if ((at_first || !at_second) && sql_lseg_contains(g, edge, side->p[1]))
        return edge_inside(g, off, side->p[1], outer, from);
    return true;
}

static bool edge_inside(struct sql_geo *g, struct sql_point a, struct sql_point b,
                        const struct sql_geopath *outer, uint32_t from)
{
    struct sql_lseg edge = {
        {a, b}
    };
    struct sql_lseg side;
    struct sql_point cut;
    bool inside = true, crossed = false;
    if (fiber_stack_left() < STACK_NEEDED) {
        g->failed = !sql_fail(g->call->env->error, "54001", "stack depth limit exceeded");
        return false;
    }
    for (uint32_t i = from; i < outer->count && inside && !g->failed; i++) {
        sql_geopath_segment(outer, i, &side);
        bool a_on = sql_lseg_contains(g, side, a), b_on = sql_lseg_contains(g, side, b);
        if (a_on && b_on)
            return true;
        if (a_on) {
            inside = rest_inside(g, a, b, &side, outer, i + 1);
        } else if (b_on) {
            inside = rest_inside(g, b, a, &side, outer, i + 1);
        } else if (sql_lseg_meets_lseg(g, edge, side, &cut)) {
            crossed = true;
            inside = edge_inside(g, a, cut, outer, i + 1) && edge_inside(g, b, cut, outer, i + 1);
        }
    }
    return inside && (crossed || sql_geopath_encloses(g, outer, sql_point_middle(g, a, b)));
}

static bool contains(struct sql_geo *g, struct datum first, struct datum second)
{
    struct sql_geopath outer = sql_geopath_of(first), inner = sql_geopath_of(second);
    struct sql_lseg edge;
    if (!sql_box_contains(sql_geopath_bounds(&outer), sql_geopath_bounds(&inner)))
        return false;
    for (uint32_t i = 0; i < inner.count; i++) {
        sql_geopath_segment(&inner, i, &edge);
        if (!sql_call_check(g->call))
            g->failed = true;
        if (g->failed || !edge_inside(g, edge.p[0], edge.p[1], &outer, 0))
            return false;
    }
    return true;
}

static bool encloses(struct sql_geo *g, struct datum polygon, struct sql_point point)
{
    struct sql_geopath path = sql_geopath_of(polygon);
    return sql_geopath_encloses(g, &path, point);
}

/* ---- distances */

static double to_point(struct sql_geo *g, struct datum polygon, struct sql_point point)
{
    struct sql_geopath path = sql_geopath_of(polygon);
    struct sql_lseg seg;
    double nearest = 0;
    if (sql_geopath_encloses(g, &path, point))
        return 0;
    for (uint32_t i = 0; i < path.count; i++) {
        sql_geopath_segment(&path, i, &seg);
        double distance = sql_lseg_closest(g, seg, point, NULL);
        if (i == 0 || sql_float_order(distance, nearest) < 0)
            nearest = distance;
    }
    return nearest;
}

static double to_circle(struct sql_geo *g, struct datum polygon, struct sql_circle circle)
{
    double rest = sql_geo_sub(g, to_point(g, polygon, circle.center), circle.radius);
    return rest < 0 ? 0 : rest;
}

static double to_polygon(struct sql_geo *g, const struct datum *args)
{
    struct sql_geopath a = sql_geopath_of(args[0]), b = sql_geopath_of(args[1]);
    double distance = 0;
    if (!overlap(g, args))
        sql_geopath_distance(g, &a, &b, &distance);
    return distance;
}

/* The mean of the corners, and their mean distance from it. */
static struct sql_circle circle_of(struct sql_geo *g, struct datum polygon)
{
    struct sql_geopath path = sql_geopath_of(polygon);
    struct sql_circle circle = {
        {0, 0},
        0
    };
    for (uint32_t i = 0; i < path.count; i++)
        circle.center = sql_point_add(g, circle.center, sql_geopath_point(&path, i));
    circle.center.x = sql_geo_div(g, circle.center.x, path.count);
    circle.center.y = sql_geo_div(g, circle.center.y, path.count);
    for (uint32_t i = 0; i < path.count; i++) {
        double distance = sql_point_distance(g, sql_geopath_point(&path, i), circle.center);
        circle.radius = sql_geo_add(g, circle.radius, distance);
    }
    circle.radius = sql_geo_div(g, circle.radius, path.count);
    return circle;
}

/* Sides compare exactly, unlike those of boxes. */
TEST(poly_left, bounds(args[0]).high.x < bounds(args[1]).low.x)
TEST(poly_overleft, bounds(args[0]).high.x <= bounds(args[1]).high.x)
TEST(poly_right, bounds(args[0]).low.x > bounds(args[1]).high.x)
TEST(poly_overright, bounds(args[0]).low.x >= bounds(args[1]).low.x)
TEST(poly_below, bounds(args[0]).high.y < bounds(args[1]).low.y)
TEST(poly_overbelow, bounds(args[0]).high.y <= bounds(args[1]).high.y)
TEST(poly_above, bounds(args[0]).low.y > bounds(args[1]).high.y)
TEST(poly_overabove, bounds(args[0]).low.y >= bounds(args[1]).low.y)
TEST(poly_same, same(args[0], args[1]))
TEST(poly_overlap, overlap(&g, args))
TEST(poly_contain, contains(&g, args[0], args[1]))
TEST(poly_contained, contains(&g, args[1], args[0]))
TEST(poly_contain_pt, encloses(&g, args[0], P(1)))
TEST(pt_contained_poly, encloses(&g, args[1], P(0)))
MEASURE(poly_distance, to_polygon(&g, args))
MEASURE(dist_polyp, to_point(&g, args[0], P(1)))
MEASURE(dist_ppoly, to_point(&g, args[1], P(0)))
MEASURE(dist_polyc, to_circle(&g, args[0], C(1)))
MEASURE(dist_cpoly, to_circle(&g, args[1], C(0)))
POINT(poly_center, circle_of(&g, args[0]).center)
CIRCLE(poly_circle, circle_of(&g, args[0]))
BOX(poly_box, bounds(args[0]))

static bool poly_npoints(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, sql_geopath_of(args[0]).count);
}

const struct sql_builtin sql_polygon_builtins[] = {
    GEO_IO(poly),
    {"dist_cpoly",        dist_cpoly       },
    {"dist_polyc",        dist_polyc       },
    {"dist_polyp",        dist_polyp       },
    {"dist_ppoly",        dist_ppoly       },
    {"poly_above",        poly_above       },
    {"poly_below",        poly_below       },
    {"poly_box",          poly_box         },
    {"poly_center",       poly_center      },
    {"poly_circle",       poly_circle      },
    {"poly_contain",      poly_contain     },
    {"poly_contain_pt",   poly_contain_pt  },
    {"poly_contained",    poly_contained   },
    {"poly_distance",     poly_distance    },
    {"poly_left",         poly_left        },
    {"poly_npoints",      poly_npoints     },
    {"poly_overabove",    poly_overabove   },
    {"poly_overbelow",    poly_overbelow   },
    {"poly_overlap",      poly_overlap     },
    {"poly_overleft",     poly_overleft    },
    {"poly_overright",    poly_overright   },
    {"poly_path",         sql_call_same    },
    {"poly_right",        poly_right       },
    {"poly_same",         poly_same        },
    {"pt_contained_poly", pt_contained_poly},
    {NULL,                NULL             },
};
