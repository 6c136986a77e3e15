/* Functions and operators of circles. */
#include "emulators/sql/value/fn_geometry.h"

#define PI 3.14159265358979323846

static double area(struct sql_geo *g, struct datum value)
{
    double radius = sql_circle_of(value).radius;
    return sql_geo_mul(g, sql_geo_mul(g, radius, radius), PI);
}

static bool same(struct sql_circle a, struct sql_circle b)
{
    bool radius = (isnan(a.radius) && isnan(b.radius)) || sql_geo_eq(a.radius, b.radius);
    return radius && sql_point_same(a.center, b.center);
}

static double left(struct sql_geo *g, struct sql_circle c)
{
    return sql_geo_sub(g, c.center.x, c.radius);
}

static double right(struct sql_geo *g, struct sql_circle c)
{
    return sql_geo_add(g, c.center.x, c.radius);
}

static double bottom(struct sql_geo *g, struct sql_circle c)
{
    return sql_geo_sub(g, c.center.y, c.radius);
}

static double top(struct sql_geo *g, struct sql_circle c)
{
    return sql_geo_add(g, c.center.y, c.radius);
}

static double between_centers(struct sql_geo *g, const struct datum *args)
{
    return sql_point_distance(g, C(0).center, C(1).center);
}

/* What is left of a distance to the centre outside of the circle. */
static double outside(struct sql_geo *g, double distance, double radius)
{
    double rest = sql_geo_sub(g, distance, radius);
    return rest < 0 ? 0 : rest;
}

static double point_outside(struct sql_geo *g, struct sql_point point, struct sql_circle circle)
{
    return outside(g, sql_point_distance(g, point, circle.center), circle.radius);
}

static bool contains(struct sql_geo *g, struct sql_circle circle, struct sql_point point)
{
    return sql_point_distance(g, circle.center, point) <= circle.radius;
}

static double length(struct sql_geo *g, struct sql_point p)
{
    return sql_geo_hypot(g, p.x, p.y);
}

/* The square inside. */
static struct sql_box square(struct sql_geo *g, struct sql_circle c)
{
    double delta = sql_geo_div(g, c.radius, sqrt(2.0));
    return (struct sql_box){
        {sql_geo_add(g, c.center.x, delta), sql_geo_add(g, c.center.y, delta)},
        {sql_geo_sub(g, c.center.x, delta), sql_geo_sub(g, c.center.y, delta)}
    };
}

static bool circle_poly(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_circle circle = C(1);
    if (sql_geo_zero(circle.radius))
        return sql_fail(call->env->error, "0A000",
                        "cannot convert circle with radius zero to polygon");
    if (args[0].i < 2)
        return sql_fail(call->env->error, "22023", "must request at least 2 points");
    if (args[0].i > (int64_t)(SQL_BYTES_MAX / sizeof(struct sql_point)))
        return sql_fail(call->env->error, "54000", "too many points requested");
    uint32_t count = (uint32_t)args[0].i;
    struct sql_point *points = arena_array(call->arena, count, sizeof(*points));
    if (!points)
        return sql_fail_memory(call->env->error);
    double step = sql_geo_div(&g, 2.0 * PI, count);
    for (uint32_t i = 0; i < count; i++) {
        double angle = sql_geo_mul(&g, step, i);
        points[i].x = sql_geo_sub(&g, circle.center.x, sql_geo_mul(&g, circle.radius, cos(angle)));
        points[i].y = sql_geo_add(&g, circle.center.y, sql_geo_mul(&g, circle.radius, sin(angle)));
    }
    return sql_geo_give_path(&g, points, count, true, out);
}

TEST(circle_same, same(C(0), C(1)))
TEST(circle_overlap,
     sql_geo_le(between_centers(&g, args), sql_geo_add(&g, C(0).radius, C(1).radius)))
TEST(circle_contained,
     sql_geo_le(between_centers(&g, args), sql_geo_sub(&g, C(1).radius, C(0).radius)))
TEST(circle_contain,
     sql_geo_le(between_centers(&g, args), sql_geo_sub(&g, C(0).radius, C(1).radius)))
TEST(circle_left, sql_geo_lt(right(&g, C(0)), left(&g, C(1))))
TEST(circle_overleft, sql_geo_le(right(&g, C(0)), right(&g, C(1))))
TEST(circle_right, sql_geo_gt(left(&g, C(0)), right(&g, C(1))))
TEST(circle_overright, sql_geo_ge(left(&g, C(0)), left(&g, C(1))))
TEST(circle_below, sql_geo_lt(top(&g, C(0)), bottom(&g, C(1))))
TEST(circle_overbelow, sql_geo_le(top(&g, C(0)), top(&g, C(1))))
TEST(circle_above, sql_geo_gt(bottom(&g, C(0)), top(&g, C(1))))
TEST(circle_overabove, sql_geo_ge(bottom(&g, C(0)), bottom(&g, C(1))))
TEST(circle_eq, sql_geo_eq(area(&g, args[0]), area(&g, args[1])))
TEST(circle_ne, sql_geo_ne(area(&g, args[0]), area(&g, args[1])))
MEASURED_ORDER(circle, area)
TEST(circle_contain_pt, contains(&g, C(0), P(1)))
TEST(pt_contained_circle, contains(&g, C(1), P(0)))

CIRCLE(cr_circle, ((struct sql_circle){P(0), args[1].d}))
CIRCLE(circle_add_pt, ((struct sql_circle){sql_point_add(&g, C(0).center, P(1)), C(0).radius}))
CIRCLE(circle_sub_pt, ((struct sql_circle){sql_point_sub(&g, C(0).center, P(1)), C(0).radius}))
CIRCLE(circle_mul_pt, ((struct sql_circle){sql_point_mul(&g, C(0).center, P(1)),
                                           sql_geo_mul(&g, C(0).radius, length(&g, P(1)))}))
CIRCLE(circle_div_pt, ((struct sql_circle){sql_point_div(&g, C(0).center, P(1)),
                                           sql_geo_div(&g, C(0).radius, length(&g, P(1)))}))

MEASURE(circle_area, area(&g, args[0]))
MEASURE(circle_diameter, sql_geo_mul(&g, C(0).radius, 2))
MEASURE(circle_radius, C(0).radius)
MEASURE(circle_distance,
        outside(&g, between_centers(&g, args), sql_geo_add(&g, C(0).radius, C(1).radius)))
MEASURE(dist_pc, point_outside(&g, P(0), C(1)))
MEASURE(dist_cpoint, point_outside(&g, P(1), C(0)))
POINT(circle_center, C(0).center)
BOX(circle_box, square(&g, C(0)))

const struct sql_builtin sql_circle_builtins[] = {
    GEO_IO(circle),
    {"circle_above",        circle_above       },
    {"circle_add_pt",       circle_add_pt      },
    {"circle_area",         circle_area        },
    {"circle_below",        circle_below       },
    {"circle_box",          circle_box         },
    {"circle_center",       circle_center      },
    {"circle_contain",      circle_contain     },
    {"circle_contain_pt",   circle_contain_pt  },
    {"circle_contained",    circle_contained   },
    {"circle_diameter",     circle_diameter    },
    {"circle_distance",     circle_distance    },
    {"circle_div_pt",       circle_div_pt      },
    {"circle_eq",           circle_eq          },
    {"circle_ge",           circle_ge          },
    {"circle_gt",           circle_gt          },
    {"circle_le",           circle_le          },
    {"circle_left",         circle_left        },
    {"circle_lt",           circle_lt          },
    {"circle_mul_pt",       circle_mul_pt      },
    {"circle_ne",           circle_ne          },
    {"circle_overabove",    circle_overabove   },
    {"circle_overbelow",    circle_overbelow   },
    {"circle_overlap",      circle_overlap     },
    {"circle_overleft",     circle_overleft    },
    {"circle_overright",    circle_overright   },
    {"circle_poly",         circle_poly        },
    {"circle_radius",       circle_radius      },
    {"circle_right",        circle_right       },
    {"circle_same",         circle_same        },
    {"circle_sub_pt",       circle_sub_pt      },
    {"cr_circle",           cr_circle          },
    {"dist_cpoint",         dist_cpoint        },
    {"dist_pc",             dist_pc            },
    {"pt_contained_circle", pt_contained_circle},
    {NULL,                  NULL               },
};
