/* Functions and operators of boxes. */
#include "emulators/sql/value/fn_geometry.h"

static double width(struct sql_geo *g, struct sql_box box)
{
    return sql_geo_sub(g, box.high.x, box.low.x);
}

static double height(struct sql_geo *g, struct sql_box box)
{
    return sql_geo_sub(g, box.high.y, box.low.y);
}

static double area(struct sql_geo *g, struct datum value)
{
    struct sql_box box = sql_box_of(value);
    return sql_geo_mul(g, width(g, box), height(g, box));
}

static struct sql_box around(struct sql_box a, struct sql_box b)
{
    return (struct sql_box){
        {sql_geo_max(a.high.x, b.high.x), sql_geo_max(a.high.y, b.high.y)},
        {sql_geo_min(a.low.x,  b.low.x),  sql_geo_min(a.low.y,  b.low.y) }
    };
}

static bool box_intersect(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_box a = B(0), b = B(1);
    if (!sql_box_overlaps(a, b))
        return sql_give_null(out);
    struct sql_box common = {
        {sql_geo_min(a.high.x, b.high.x), sql_geo_min(a.high.y, b.high.y)},
        {sql_geo_max(a.low.x,  b.low.x),  sql_geo_max(a.low.y,  b.low.y) }
    };
    return sql_geo_give_box(&g, common, out);
}

static struct sql_circle circle_around(struct sql_geo *g, struct sql_box box)
{
    struct sql_point center = sql_box_center(g, box);
    return (struct sql_circle){center, sql_point_distance(g, center, box.high)};
}

static bool box_poly(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_geo g = {.call = call};
    struct sql_box box = B(0);
    const struct sql_point corners[] = {
        box.low, {box.low.x,  box.high.y},
         box.high, {box.high.x, box.low.y }
    };
    return sql_geo_give_path(&g, corners, 4, true, out);
}

TEST(box_same, sql_point_same(B(0).high, B(1).high) && sql_point_same(B(0).low, B(1).low))
TEST(box_overlap, sql_box_overlaps(B(0), B(1)))
TEST(box_contain, sql_box_contains(B(0), B(1)))
TEST(box_contained, sql_box_contains(B(1), B(0)))
TEST(box_contain_pt, sql_box_contains_point(B(0), P(1)))
TEST(box_left, sql_geo_lt(B(0).high.x, B(1).low.x))
TEST(box_overleft, sql_geo_le(B(0).high.x, B(1).high.x))
TEST(box_right, sql_geo_gt(B(0).low.x, B(1).high.x))
TEST(box_overright, sql_geo_ge(B(0).low.x, B(1).low.x))
TEST(box_below, sql_geo_lt(B(0).high.y, B(1).low.y))
TEST(box_overbelow, sql_geo_le(B(0).high.y, B(1).high.y))
TEST(box_above, sql_geo_gt(B(0).low.y, B(1).high.y))
TEST(box_overabove, sql_geo_ge(B(0).low.y, B(1).low.y))
TEST(box_below_eq, sql_geo_le(B(0).high.y, B(1).low.y))
TEST(box_above_eq, sql_geo_ge(B(0).low.y, B(1).high.y))
TEST(box_eq, sql_geo_eq(area(&g, args[0]), area(&g, args[1])))
MEASURED_ORDER(box, area)

MEASURE(box_area, area(&g, args[0]))
MEASURE(box_width, width(&g, B(0)))
MEASURE(box_height, height(&g, B(0)))
MEASURE(box_distance, sql_point_distance(&g, sql_box_center(&g, B(0)), sql_box_center(&g, B(1))))
POINT(box_center, sql_box_center(&g, B(0)))
SQL_GEO_FUNCTION(lseg, box_diagonal,
                 ((struct sql_lseg){
                     {B(0).high, B(0).low}
}))
CIRCLE(box_circle, circle_around(&g, B(0)))

BOX(points_box, sql_box_between(P(0), P(1)))
BOX(point_box, ((struct sql_box){P(0), P(0)}))
BOX(boxes_bound_box, around(B(0), B(1)))
BOX(box_add,
    ((struct sql_box){sql_point_add(&g, B(0).high, P(1)), sql_point_add(&g, B(0).low, P(1))}))
BOX(box_sub,
    ((struct sql_box){sql_point_sub(&g, B(0).high, P(1)), sql_point_sub(&g, B(0).low, P(1))}))
BOX(box_mul, sql_box_between(sql_point_mul(&g, B(0).high, P(1)), sql_point_mul(&g, B(0).low, P(1))))
BOX(box_div, sql_box_between(sql_point_div(&g, B(0).high, P(1)), sql_point_div(&g, B(0).low, P(1))))

const struct sql_builtin sql_box_builtins[] = {
    GEO_IO(box),
    {"box_above",       box_above      },
    {"box_above_eq",    box_above_eq   },
    {"box_add",         box_add        },
    {"box_area",        box_area       },
    {"box_below",       box_below      },
    {"box_below_eq",    box_below_eq   },
    {"box_center",      box_center     },
    {"box_circle",      box_circle     },
    {"box_contain",     box_contain    },
    {"box_contain_pt",  box_contain_pt },
    {"box_contained",   box_contained  },
    {"box_diagonal",    box_diagonal   },
    {"box_distance",    box_distance   },
    {"box_div",         box_div        },
    {"box_eq",          box_eq         },
    {"box_ge",          box_ge         },
    {"box_gt",          box_gt         },
    {"box_height",      box_height     },
    {"box_intersect",   box_intersect  },
    {"box_le",          box_le         },
    {"box_left",        box_left       },
    {"box_lt",          box_lt         },
    {"box_mul",         box_mul        },
    {"box_overabove",   box_overabove  },
    {"box_overbelow",   box_overbelow  },
    {"box_overlap",     box_overlap    },
    {"box_overleft",    box_overleft   },
    {"box_overright",   box_overright  },
    {"box_poly",        box_poly       },
    {"box_right",       box_right      },
    {"box_same",        box_same       },
    {"box_sub",         box_sub        },
    {"box_width",       box_width      },
    {"boxes_bound_box", boxes_bound_box},
    {"point_box",       point_box      },
    {"points_box",      points_box     },
    {NULL,              NULL           },
};
