/* Functions and operators of paths. */
#include "emulators/sql/value/fn_geometry.h"

static bool path_area(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_geopath path = sql_geopath_of(args[0]);
    double area = 0;
    if (!path.closed)
        return sql_give_null(out);
    for (uint32_t i = 0; i < path.count; i++) {
        struct sql_point a = sql_geopath_point(&path, i);
        struct sql_point b = sql_geopath_point(&path, (i + 1) % path.count);
        area = sql_geo_add(&g, area, sql_geo_mul(&g, a.x, b.y));
        area = sql_geo_sub(&g, area, sql_geo_mul(&g, a.y, b.x));
    }
    return sql_geo_give_float(&g, sql_geo_div(&g, fabs(area), 2), out);
}

static bool path_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_geopath path = sql_geopath_of(args[0]);
    struct sql_lseg seg;
    double length = 0;
    for (uint32_t i = 0; i < path.count; i++)
        if (sql_geopath_segment(&path, i, &seg))
            length = sql_geo_add(&g, length, sql_point_distance(&g, seg.p[0], seg.p[1]));
    return sql_geo_give_float(&g, length, out);
}

static bool path_inter(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_geopath a = sql_geopath_of(args[0]), b = sql_geopath_of(args[1]);
    return sql_geo_give_bool(&g, sql_geopath_meets_path(&g, &a, &b), out);
}

static bool path_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_geopath a = sql_geopath_of(args[0]), b = sql_geopath_of(args[1]);
    double distance = 0;
    bool found = sql_geopath_distance(&g, &a, &b, &distance);
    return found || g.failed ? sql_geo_give_float(&g, distance, out) : sql_give_null(out);
}

/* Of a point to the nearest segment. */
static double to_path(struct sql_geo *g, struct sql_point point, struct datum value)
{
    struct sql_geopath path = sql_geopath_of(value);
    struct sql_lseg seg;
    double nearest = 0;
    bool found = false;
    for (uint32_t i = 0; i < path.count; i++) {
        if (!sql_geopath_segment(&path, i, &seg))
            continue;
        double distance = sql_lseg_closest(g, seg, point, NULL);
        if (!found || sql_float_order(distance, nearest) < 0)
            nearest = distance;
        found = true;
    }
    return nearest;
}

static bool on_path(struct sql_geo *g, struct sql_point point, struct datum value)
{
    struct sql_geopath path = sql_geopath_of(value);
    struct sql_lseg seg;
    if (path.closed)
        return sql_geopath_encloses(g, &path, point);
    for (uint32_t i = 1; i < path.count; i++)
        if (sql_geopath_segment(&path, i, &seg) && sql_lseg_contains(g, seg, point))
            return true;
    return false;
}

MEASURE(dist_ppath, to_path(&g, P(0), args[1]))
MEASURE(dist_pathp, to_path(&g, P(1), args[0]))
TEST(on_ppath, on_path(&g, P(0), args[1]))
TEST(path_isclosed, sql_geopath_of(args[0]).closed)
TEST(path_isopen, !sql_geopath_of(args[0]).closed)

static int count_order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    uint32_t a = sql_geopath_of(args[0]).count, b = sql_geopath_of(args[1]).count;
    return (a > b) - (a < b);
}

SQL_COMPARISON(path_n_lt, count_order, <)
SQL_COMPARISON(path_n_le, count_order, <=)
SQL_COMPARISON(path_n_eq, count_order, ==)
SQL_COMPARISON(path_n_ge, count_order, >=)
SQL_COMPARISON(path_n_gt, count_order, >)

static bool path_npoints(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, sql_geopath_of(args[0]).count);
}

static bool give_as(struct sql_call *call, struct datum value, bool closed, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_geopath path = sql_geopath_of(value);
    struct sql_point *points = sql_geopath_copy(call, &path, path.count);
    return points && sql_geo_give_path(&g, points, path.count, closed, out);
}

static bool path_close(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_as(call, args[0], true, out);
}

static bool path_open(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_as(call, args[0], false, out);
}

static bool path_poly(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (!sql_geopath_of(args[0]).closed)
        return sql_fail(call->env->error, "22023", "open path cannot be converted to polygon");
    *out = args[0];
    return true;
}

static bool path_add(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_geopath a = sql_geopath_of(args[0]), b = sql_geopath_of(args[1]);
    if (a.closed || b.closed)
        return sql_give_null(out);
    struct sql_point *points = sql_geopath_copy(call, &a, a.count + b.count);
    if (!points)
        return false;
    memcpy(points + a.count, b.points, b.count * sizeof(*points));
    return sql_geo_give_path(&g, points, a.count + b.count, false, out);
}

typedef struct sql_point change(struct sql_geo *g, struct sql_point a, struct sql_point b);

static bool change_points(struct sql_call *call, const struct datum *args, change *with,
                          struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_geopath path = sql_geopath_of(args[0]);
    struct sql_point *points = sql_geopath_copy(call, &path, path.count);
    if (!points)
        return false;
    for (uint32_t i = 0; i < path.count; i++)
        points[i] = with(&g, points[i], P(1));
    return sql_geo_give_path(&g, points, path.count, path.closed, out);
}

#define CHANGE(name, with)                                                               \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        return change_points(call, args, with, out);                                     \
    }
CHANGE(path_add_pt, sql_point_add)
CHANGE(path_sub_pt, sql_point_sub)
CHANGE(path_mul_pt, sql_point_mul)
CHANGE(path_div_pt, sql_point_div)

const struct sql_builtin sql_path_builtins[] = {
    GEO_IO(path),
    {"dist_pathp",    dist_pathp   },
    {"dist_ppath",    dist_ppath   },
    {"on_ppath",      on_ppath     },
    {"path_add",      path_add     },
    {"path_add_pt",   path_add_pt  },
    {"path_area",     path_area    },
    {"path_close",    path_close   },
    {"path_distance", path_distance},
    {"path_div_pt",   path_div_pt  },
    {"path_inter",    path_inter   },
    {"path_isclosed", path_isclosed},
    {"path_isopen",   path_isopen  },
    {"path_length",   path_length  },
    {"path_mul_pt",   path_mul_pt  },
    {"path_n_eq",     path_n_eq    },
    {"path_n_ge",     path_n_ge    },
    {"path_n_gt",     path_n_gt    },
    {"path_n_le",     path_n_le    },
    {"path_n_lt",     path_n_lt    },
    {"path_npoints",  path_npoints },
    {"path_open",     path_open    },
    {"path_poly",     path_poly    },
    {"path_sub_pt",   path_sub_pt  },
    {NULL,            NULL         },
};
