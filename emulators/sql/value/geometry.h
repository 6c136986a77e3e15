/* Geometric types: points and what is made of them, in the plane.
 *
 * Flat forms: doubles in the machine's byte order and without alignment, so that values are copied
 * out before use. Point: x, y. Segment: two points. Box: upper right, lower left corner. Line: A, B, C
 * of Ax + By + C = 0. Circle: centre, radius. Path and polygon: uint32 count, uint32 closed, points; a
 * polygon is a closed path.
 *
 * Numbers closer than a millionth are equal. Arithmetic that overflows, underflows or divides by zero
 * fails the call: the first failure sticks to struct sql_geo and is asked for once, at the end. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_GEOMETRY_H
#define PARLEL_EMULATORS_SQL_VALUE_GEOMETRY_H

#include <math.h>

#include "emulators/sql/value/float.h"
#include "emulators/sql/value/type.h"

struct sql_point {
    double x, y;
};

struct sql_lseg {
    struct sql_point p[2];
};

struct sql_box {
    struct sql_point high, low;
};

struct sql_line {
    double a, b, c;
};

struct sql_circle {
    struct sql_point center;
    double radius;
};

/* A path or polygon; borrows its points. */
struct sql_geopath {
    const uint8_t *points;
    uint32_t count; /* never 0 */
    bool closed;
};

/* Arithmetic of one call. */
struct sql_geo {
    struct sql_call *call;
    bool failed; /* the error is filled */
};

/* ---- numbers */

#define SQL_GEO_EPSILON 1e-6

static inline bool sql_geo_zero(double a)
{
    return fabs(a) <= SQL_GEO_EPSILON;
}

static inline bool sql_geo_eq(double a, double b)
{
    return a == b || fabs(a - b) <= SQL_GEO_EPSILON;
}

/* Not the negation: a number and NaN are neither equal nor different. */
static inline bool sql_geo_ne(double a, double b)
{
    return fabs(a - b) > SQL_GEO_EPSILON;
}

static inline bool sql_geo_lt(double a, double b)
{
    return a + SQL_GEO_EPSILON < b;
}

static inline bool sql_geo_le(double a, double b)
{
    return a <= b + SQL_GEO_EPSILON;
}

static inline bool sql_geo_gt(double a, double b)
{
    return sql_geo_lt(b, a);
}

static inline bool sql_geo_ge(double a, double b)
{
    return a + SQL_GEO_EPSILON >= b;
}

/* By the total order, in which NaN is the largest. */
static inline double sql_geo_min(double a, double b)
{
    return sql_float_order(a, b) < 0 ? a : b;
}

static inline double sql_geo_max(double a, double b)
{
    return sql_float_order(a, b) > 0 ? a : b;
}

double sql_geo_add(struct sql_geo *g, double a, double b);
double sql_geo_sub(struct sql_geo *g, double a, double b);
double sql_geo_mul(struct sql_geo *g, double a, double b);
double sql_geo_div(struct sql_geo *g, double a, double b);
double sql_geo_hypot(struct sql_geo *g, double x, double y);

/* ---- values */

struct sql_point sql_point_of(struct datum value);
struct sql_lseg sql_lseg_of(struct datum value);
struct sql_box sql_box_of(struct datum value);
struct sql_line sql_line_of(struct datum value);
struct sql_circle sql_circle_of(struct datum value);
struct sql_geopath sql_geopath_of(struct datum value);
struct sql_point sql_geopath_point(const struct sql_geopath *path, uint32_t index);

/* Results; false when g failed or memory ran out. */
bool sql_geo_give_point(struct sql_geo *g, struct sql_point value, struct datum *out);
bool sql_geo_give_lseg(struct sql_geo *g, struct sql_lseg value, struct datum *out);
bool sql_geo_give_box(struct sql_geo *g, struct sql_box value, struct datum *out);
bool sql_geo_give_line(struct sql_geo *g, struct sql_line value, struct datum *out);
bool sql_geo_give_circle(struct sql_geo *g, struct sql_circle value, struct datum *out);
bool sql_geo_give_path(struct sql_geo *g, const struct sql_point *points, uint32_t count,
                       bool closed, struct datum *out);
bool sql_geo_give_float(struct sql_geo *g, double value, struct datum *out);
bool sql_geo_give_bool(struct sql_geo *g, bool value, struct datum *out);
/* The path's points in call->arena; NULL with the error when memory runs out. */
struct sql_point *sql_geopath_copy(struct sql_call *call, const struct sql_geopath *path,
                                   uint32_t room);

/* ---- plane geometry */

bool sql_point_same(struct sql_point a, struct sql_point b);
struct sql_point sql_point_add(struct sql_geo *g, struct sql_point a, struct sql_point b);
struct sql_point sql_point_sub(struct sql_geo *g, struct sql_point a, struct sql_point b);
/* As complex numbers: a turn and a stretch. */
struct sql_point sql_point_mul(struct sql_geo *g, struct sql_point a, struct sql_point b);
struct sql_point sql_point_div(struct sql_geo *g, struct sql_point a, struct sql_point b);
double sql_point_distance(struct sql_geo *g, struct sql_point a, struct sql_point b);
struct sql_point sql_point_middle(struct sql_geo *g, struct sql_point a, struct sql_point b);
/* Of the line through both, infinite when it is vertical; and of one at right angles to it. */
double sql_point_slope(struct sql_geo *g, struct sql_point a, struct sql_point b);
double sql_point_inverse_slope(struct sql_geo *g, struct sql_point a, struct sql_point b);

struct sql_line sql_line_through(struct sql_geo *g, struct sql_point point, double slope);
double sql_line_slope(struct sql_geo *g, struct sql_line line);
bool sql_line_contains(struct sql_geo *g, struct sql_line line, struct sql_point point);
/* Meeting points: false when there is none; out may be NULL. */
bool sql_line_meets_line(struct sql_geo *g, struct sql_line a, struct sql_line b,
                         struct sql_point *out);
bool sql_lseg_meets_line(struct sql_geo *g, struct sql_lseg seg, struct sql_line line,
                         struct sql_point *out);
bool sql_lseg_meets_lseg(struct sql_geo *g, struct sql_lseg a, struct sql_lseg b,
                         struct sql_point *out);
bool sql_lseg_contains(struct sql_geo *g, struct sql_lseg seg, struct sql_point point);

/* Distances, and the point of the first that is closest to the second; out may be NULL. */
double sql_line_closest(struct sql_geo *g, struct sql_line line, struct sql_point point,
                        struct sql_point *out);
double sql_lseg_closest(struct sql_geo *g, struct sql_lseg seg, struct sql_point point,
                        struct sql_point *out);
double sql_lseg_closest_line(struct sql_geo *g, struct sql_lseg seg, struct sql_line line,
                             struct sql_point *out);
double sql_lseg_closest_lseg(struct sql_geo *g, struct sql_lseg seg, struct sql_lseg to,
                             struct sql_point *out);
double sql_box_closest(struct sql_geo *g, struct sql_box box, struct sql_point point,
                       struct sql_point *out);
double sql_box_closest_lseg(struct sql_geo *g, struct sql_box box, struct sql_lseg seg,
                            struct sql_point *out);

struct sql_box sql_box_between(struct sql_point a, struct sql_point b);
bool sql_box_overlaps(struct sql_box a, struct sql_box b);
bool sql_box_contains(struct sql_box box, struct sql_box inner);
bool sql_box_contains_point(struct sql_box box, struct sql_point point);
struct sql_point sql_box_center(struct sql_geo *g, struct sql_box box);
/* Left, upper, lower and right side. */
struct sql_lseg sql_box_side(struct sql_box box, unsigned side);
bool sql_box_meets_lseg(struct sql_geo *g, struct sql_box box, struct sql_lseg seg,
                        struct sql_point *out);

struct sql_box sql_geopath_bounds(const struct sql_geopath *path);
/* The segment that ends at that point; false for the first point of an open path. */
bool sql_geopath_segment(const struct sql_geopath *path, uint32_t index, struct sql_lseg *out);
bool sql_geopath_meets_path(struct sql_geo *g, const struct sql_geopath *a,
                            const struct sql_geopath *b);
/* The smallest distance of two segments; false when a path has none. */
bool sql_geopath_distance(struct sql_geo *g, const struct sql_geopath *a,
                          const struct sql_geopath *b, double *out);
/* Of a point inside or on the edges of the closed path. */
bool sql_geopath_encloses(struct sql_geo *g, const struct sql_geopath *path,
                          struct sql_point point);

/* ---- the types and their functions */

extern const struct sql_type_ops sql_point_ops;
extern const struct sql_type_ops sql_lseg_ops;
extern const struct sql_type_ops sql_box_ops;
extern const struct sql_type_ops sql_line_ops;
extern const struct sql_type_ops sql_circle_ops;
extern const struct sql_type_ops sql_path_ops;
extern const struct sql_type_ops sql_polygon_ops;

extern const struct sql_builtin sql_point_builtins[];
extern const struct sql_builtin sql_lseg_builtins[];
extern const struct sql_builtin sql_line_builtins[];
extern const struct sql_builtin sql_box_builtins[];
extern const struct sql_builtin sql_path_builtins[];
extern const struct sql_builtin sql_polygon_builtins[];
extern const struct sql_builtin sql_circle_builtins[];

#endif
