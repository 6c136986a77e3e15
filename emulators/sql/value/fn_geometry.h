/* Bodies of geometric functions as expressions: `g` is the arithmetic, P(0) the first argument as a
 * point, S as a segment, B as a box, L as a line, C as a circle. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FN_GEOMETRY_H
#define PARLEL_EMULATORS_SQL_VALUE_FN_GEOMETRY_H

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/geometry.h"
#include "emulators/sql/value/type_io.h"

#define P(n) sql_point_of(args[n])
#define S(n) sql_lseg_of(args[n])
#define B(n) sql_box_of(args[n])
#define L(n) sql_line_of(args[n])
#define C(n) sql_circle_of(args[n])

/* A function that gives the expression's value as a point, box, float ... */
#define SQL_GEO_FUNCTION(result, name, expression)                                       \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        struct sql_geo g = {.call = call};                                               \
        return sql_geo_give_##result(&g, expression, out);                               \
    }
#define TEST(name, expression)    SQL_GEO_FUNCTION(bool, name, expression)
#define MEASURE(name, expression) SQL_GEO_FUNCTION(float, name, expression)
#define POINT(name, expression)   SQL_GEO_FUNCTION(point, name, expression)
#define BOX(name, expression)     SQL_GEO_FUNCTION(box, name, expression)
#define CIRCLE(name, expression)  SQL_GEO_FUNCTION(circle, name, expression)

/* The point that `expression` writes to `at` while it measures; NULL when the distance is NaN. */
#define CLOSEST(name, expression)                                                        \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        struct sql_geo g = {.call = call};                                               \
        struct sql_point at;                                                             \
        bool none = isnan(expression);                                                   \
        if (none && !g.failed)                                                           \
            return sql_give_null(out);                                                   \
        return sql_geo_give_point(&g, at, out);                                          \
    }

/* The point that `expression` writes to `at`, NULL when it is false. */
#define MEETING(name, expression)                                                        \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        struct sql_geo g = {.call = call};                                               \
        struct sql_point at;                                                             \
        bool found = expression;                                                         \
        if (!found && !g.failed)                                                         \
            return sql_give_null(out);                                                   \
        return sql_geo_give_point(&g, at, out);                                          \
    }

/* _lt, _le ... of a number that values have. */
#define MEASURED_ORDER(prefix, measure)                                       \
    TEST(prefix##_lt, sql_geo_lt(measure(&g, args[0]), measure(&g, args[1]))) \
    TEST(prefix##_le, sql_geo_le(measure(&g, args[0]), measure(&g, args[1]))) \
    TEST(prefix##_gt, sql_geo_gt(measure(&g, args[0]), measure(&g, args[1]))) \
    TEST(prefix##_ge, sql_geo_ge(measure(&g, args[0]), measure(&g, args[1])))

#define GEO_IO(type)                                                \
    {#type "_in", sql_call_input}, {#type "_out", sql_call_output}, \
        {#type "_recv", sql_call_receive},                          \
    {                                                               \
#        type "_send", sql_call_send                                \
    }

#endif
