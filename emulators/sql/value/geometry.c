#include "emulators/sql/value/geometry.h"

#include "emulators/sql/value/call.h"

/* ---- numbers */

static double checked(struct sql_geo *g, double result, bool infinity_ok, bool zero_ok)
{
    if (!g->failed && !sql_float_check(g->call, result, infinity_ok, zero_ok))
        g->failed = true;
    return result;
}

double sql_geo_add(struct sql_geo *g, double a, double b)
{
    return checked(g, a + b, isinf(a) || isinf(b), true);
}

double sql_geo_sub(struct sql_geo *g, double a, double b)
{
    return checked(g, a - b, isinf(a) || isinf(b), true);
}

double sql_geo_mul(struct sql_geo *g, double a, double b)
{
    return checked(g, a * b, isinf(a) || isinf(b), a == 0 || b == 0);
}

double sql_geo_div(struct sql_geo *g, double a, double b)
{
    if (b == 0 && !isnan(a)) {
        if (!g->failed)
            g->failed = !sql_fail(g->call->env->error, "22012", "division by zero");
        return 0;
    }
    return checked(g, a / b, isinf(a), a == 0 || isinf(b));
}

double sql_geo_hypot(struct sql_geo *g, double x, double y)
{
    if (isinf(x) || isinf(y))
        return INFINITY;
    if (isnan(x) || isnan(y))
        return NAN;
    double longer = fmax(fabs(x), fabs(y)), shorter = fmin(fabs(x), fabs(y));
    if (shorter == 0)
        return longer;
    double ratio = shorter / longer;
    return checked(g, longer * sqrt(1 + ratio * ratio), false, false);
}

/* ---- values */

#define PATH_HEAD (2 * sizeof(uint32_t))

struct sql_point sql_point_of(struct datum value)
{
    struct sql_point point;
    memcpy(&point, value.ptr, sizeof(point));
    return point;
}

struct sql_lseg sql_lseg_of(struct datum value)
{
    struct sql_lseg seg;
    memcpy(&seg, value.ptr, sizeof(seg));
    return seg;
}

struct sql_box sql_box_of(struct datum value)
{
    struct sql_box box;
    memcpy(&box, value.ptr, sizeof(box));
    return box;
}

struct sql_line sql_line_of(struct datum value)
{
    struct sql_line line;
    memcpy(&line, value.ptr, sizeof(line));
    return line;
}

struct sql_circle sql_circle_of(struct datum value)
{
    struct sql_circle circle;
    memcpy(&circle, value.ptr, sizeof(circle));
    return circle;
}

struct sql_geopath sql_geopath_of(struct datum value)
{
    uint32_t head[2];
    memcpy(head, value.ptr, sizeof(head));
    return (struct sql_geopath){value.ptr + PATH_HEAD, head[0], head[1] != 0};
}

struct sql_point sql_geopath_point(const struct sql_geopath *path, uint32_t index)
{
    return sql_point_of(
        datum_bytes(slice_of(path->points + index * sizeof(struct sql_point), sizeof(double))));
}

struct sql_point *sql_geopath_copy(struct sql_call *call, const struct sql_geopath *path,
                                   uint32_t room)
{
    struct sql_point *points = arena_array(call->arena, room, sizeof(*points));
    if (points)
        memcpy(points, path->points, path->count * sizeof(*points));
    else
        sql_fail_memory(call->env->error);
    return points;
}

static bool give(struct sql_geo *g, const void *value, size_t len, struct datum *out)
{
    return !g->failed && sql_give_copy(g->call, out, slice_of(value, len));
}

bool sql_geo_give_point(struct sql_geo *g, struct sql_point value, struct datum *out)
{
    return give(g, &value, sizeof(value), out);
}

bool sql_geo_give_lseg(struct sql_geo *g, struct sql_lseg value, struct datum *out)
{
    return give(g, &value, sizeof(value), out);
}

bool sql_geo_give_box(struct sql_geo *g, struct sql_box value, struct datum *out)
{
    return give(g, &value, sizeof(value), out);
}

bool sql_geo_give_line(struct sql_geo *g, struct sql_line value, struct datum *out)
{
    return give(g, &value, sizeof(value), out);
}

bool sql_geo_give_circle(struct sql_geo *g, struct sql_circle value, struct datum *out)
{
    return give(g, &value, sizeof(value), out);
}

bool sql_geo_give_path(struct sql_geo *g, const struct sql_point *points, uint32_t count,
                       bool closed, struct datum *out)
{
    const uint32_t head[2] = {count, closed};
    struct sql_bytes bytes = sql_bytes_begin(g->call);
    if (g->failed)
        return false;
    sql_bytes_add(&bytes, head, sizeof(head));
    sql_bytes_add(&bytes, points, count * sizeof(*points));
    return sql_give_bytes(g->call, out, &bytes);
}

bool sql_geo_give_float(struct sql_geo *g, double value, struct datum *out)
{
    *out = datum_float(value);
    return !g->failed;
}

bool sql_geo_give_bool(struct sql_geo *g, bool value, struct datum *out)
{
    return !g->failed && sql_give_bool(out, value);
}
