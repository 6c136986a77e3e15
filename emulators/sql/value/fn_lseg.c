/* Functions and operators of segments and lines. */
#include "emulators/sql/value/fn_geometry.h"

/* ---- segments */

static double slope(struct sql_geo *g, struct datum value)
{
    struct sql_lseg seg = sql_lseg_of(value);
    return sql_point_slope(g, seg.p[0], seg.p[1]);
}

static double inverse_slope(struct sql_geo *g, struct datum value)
{
    struct sql_lseg seg = sql_lseg_of(value);
    return sql_point_inverse_slope(g, seg.p[0], seg.p[1]);
}

static double length(struct sql_geo *g, struct datum value)
{
    struct sql_lseg seg = sql_lseg_of(value);
    return sql_point_distance(g, seg.p[0], seg.p[1]);
}

static bool same(const struct datum *args)
{
    return sql_point_same(S(0).p[0], S(1).p[0]) && sql_point_same(S(0).p[1], S(1).p[1]);
}

SQL_GEO_FUNCTION(lseg, lseg_construct,
                 ((struct sql_lseg){
                     {P(0), P(1)}
}))
MEASURE(lseg_length, length(&g, args[0]))
POINT(lseg_center, sql_point_middle(&g, S(0).p[0], S(0).p[1]))
TEST(lseg_intersect, sql_lseg_meets_lseg(&g, S(0), S(1), NULL))
TEST(lseg_parallel, sql_geo_eq(slope(&g, args[0]), slope(&g, args[1])))
TEST(lseg_perp, sql_geo_eq(slope(&g, args[0]), inverse_slope(&g, args[1])))
TEST(lseg_vertical, sql_geo_eq(S(0).p[0].x, S(0).p[1].x))
TEST(lseg_horizontal, sql_geo_eq(S(0).p[0].y, S(0).p[1].y))
TEST(lseg_eq, same(args))
TEST(lseg_ne, !same(args))
MEASURED_ORDER(lseg, length)
MEASURE(lseg_distance, sql_lseg_closest_lseg(&g, S(0), S(1), NULL))
MEETING(lseg_interpt, sql_lseg_meets_lseg(&g, S(0), S(1), &at))
/* Of parallels no point is the closest. */
CLOSEST(close_lseg,
        slope(&g, args[0]) == slope(&g, args[1]) ? NAN : sql_lseg_closest_lseg(&g, S(1), S(0), &at))

/* ---- lines */

static bool perpendicular(struct sql_geo *g, struct sql_line a, struct sql_line b)
{
    if (sql_geo_zero(a.a))
        return sql_geo_zero(b.b);
    if (sql_geo_zero(b.a))
        return sql_geo_zero(a.b);
    if (sql_geo_zero(a.b))
        return sql_geo_zero(b.a);
    if (sql_geo_zero(b.b))
        return sql_geo_zero(a.a);
    return sql_geo_eq(sql_geo_div(g, sql_geo_mul(g, a.a, b.a), sql_geo_mul(g, a.b, b.b)), -1);
}

static bool any_nan(struct sql_line line)
{
    return isnan(line.a) || isnan(line.b) || isnan(line.c);
}

/* Lines are the same when what describes them is proportional. */
static bool line_same(struct sql_geo *g, struct sql_line a, struct sql_line b)
{
    double ratio = 1;
    if (any_nan(a) || any_nan(b))
        return sql_float_order(a.a, b.a) == 0 && sql_float_order(a.b, b.b) == 0 &&
               sql_float_order(a.c, b.c) == 0;
    if (!sql_geo_zero(b.a))
        ratio = sql_geo_div(g, a.a, b.a);
    else if (!sql_geo_zero(b.b))
        ratio = sql_geo_div(g, a.b, b.b);
    else if (!sql_geo_zero(b.c))
        ratio = sql_geo_div(g, a.c, b.c);
    return sql_geo_eq(a.a, sql_geo_mul(g, ratio, b.a)) &&
           sql_geo_eq(a.b, sql_geo_mul(g, ratio, b.b)) &&
           sql_geo_eq(a.c, sql_geo_mul(g, ratio, b.c));
}

static bool is_ratio(double a, double b)
{
    return !sql_geo_zero(a) && !isnan(a) && !sql_geo_zero(b) && !isnan(b);
}

static double distance(struct sql_geo *g, struct sql_line a, struct sql_line b)
{
    double ratio = 1;
    if (sql_line_meets_line(g, a, b, NULL))
        return 0;
    if (is_ratio(a.a, b.a))
        ratio = sql_geo_div(g, a.a, b.a);
    else if (is_ratio(a.b, b.b))
        ratio = sql_geo_div(g, a.b, b.b);
    double gap = fabs(sql_geo_sub(g, a.c, sql_geo_mul(g, ratio, b.c)));
    return sql_geo_div(g, gap, sql_geo_hypot(g, a.a, a.b));
}

static bool line_construct_pp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    if (sql_point_same(P(0), P(1)))
        return sql_fail(call->env->error, "22023",
                        "invalid line specification: must be two distinct points");
    return sql_geo_give_line(&g, sql_line_through(&g, P(0), sql_point_slope(&g, P(0), P(1))), out);
}

TEST(line_intersect, sql_line_meets_line(&g, L(0), L(1), NULL))
TEST(line_parallel, !sql_line_meets_line(&g, L(0), L(1), NULL))
TEST(line_perp, perpendicular(&g, L(0), L(1)))
TEST(line_vertical, sql_geo_zero(L(0).b))
TEST(line_horizontal, sql_geo_zero(L(0).a))
TEST(line_eq, line_same(&g, L(0), L(1)))
MEASURE(line_distance, distance(&g, L(0), L(1)))
MEETING(line_interpt, sql_line_meets_line(&g, L(0), L(1), &at))

/* ---- segments and other shapes */

TEST(on_sl, sql_line_contains(&g, L(1), S(0).p[0]) && sql_line_contains(&g, L(1), S(0).p[1]))
TEST(on_sb, sql_box_contains_point(B(1), S(0).p[0]) && sql_box_contains_point(B(1), S(0).p[1]))
TEST(inter_sl, sql_lseg_meets_line(&g, S(0), L(1), NULL))
TEST(inter_sb, sql_box_meets_lseg(&g, B(1), S(0), NULL))
MEASURE(dist_sl, sql_lseg_closest_line(&g, S(0), L(1), NULL))
MEASURE(dist_ls, sql_lseg_closest_line(&g, S(1), L(0), NULL))
MEASURE(dist_sb, sql_box_closest_lseg(&g, B(1), S(0), NULL))
MEASURE(dist_bs, sql_box_closest_lseg(&g, B(0), S(1), NULL))
CLOSEST(close_sb, sql_box_closest_lseg(&g, B(1), S(0), &at))
CLOSEST(close_ls, slope(&g, args[1]) == sql_line_slope(&g, L(0))
                      ? NAN
                      : sql_lseg_closest_line(&g, S(1), L(0), &at))

static bool crosses_box(struct sql_geo *g, struct sql_line line, struct sql_box box)
{
    for (unsigned side = 0; side < 4; side++)
        if (sql_lseg_meets_line(g, sql_box_side(box, side), line, NULL))
            return true;
    return false;
}

TEST(inter_lb, crosses_box(&g, L(0), B(1)))

const struct sql_builtin sql_lseg_builtins[] = {
    GEO_IO(lseg),
    {"close_ls",        close_ls       },
    {"close_lseg",      close_lseg     },
    {"close_sb",        close_sb       },
    {"dist_bs",         dist_bs        },
    {"dist_ls",         dist_ls        },
    {"dist_sb",         dist_sb        },
    {"dist_sl",         dist_sl        },
    {"inter_sb",        inter_sb       },
    {"inter_sl",        inter_sl       },
    {"lseg_center",     lseg_center    },
    {"lseg_construct",  lseg_construct },
    {"lseg_distance",   lseg_distance  },
    {"lseg_eq",         lseg_eq        },
    {"lseg_ge",         lseg_ge        },
    {"lseg_gt",         lseg_gt        },
    {"lseg_horizontal", lseg_horizontal},
    {"lseg_interpt",    lseg_interpt   },
    {"lseg_intersect",  lseg_intersect },
    {"lseg_le",         lseg_le        },
    {"lseg_length",     lseg_length    },
    {"lseg_lt",         lseg_lt        },
    {"lseg_ne",         lseg_ne        },
    {"lseg_parallel",   lseg_parallel  },
    {"lseg_perp",       lseg_perp      },
    {"lseg_vertical",   lseg_vertical  },
    {"on_sb",           on_sb          },
    {"on_sl",           on_sl          },
    {NULL,              NULL           },
};

const struct sql_builtin sql_line_builtins[] = {
    GEO_IO(line),
    {"inter_lb",          inter_lb         },
    {"line_construct_pp", line_construct_pp},
    {"line_distance",     line_distance    },
    {"line_eq",           line_eq          },
    {"line_horizontal",   line_horizontal  },
    {"line_interpt",      line_interpt     },
    {"line_intersect",    line_intersect   },
    {"line_parallel",     line_parallel    },
    {"line_perp",         line_perp        },
    {"line_vertical",     line_vertical    },
    {NULL,                NULL             },
};
