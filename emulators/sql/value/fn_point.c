/* Functions and operators of points. */
#include "emulators/sql/value/fn_geometry.h"

TEST(point_left, sql_geo_lt(P(0).x, P(1).x))
TEST(point_right, sql_geo_gt(P(0).x, P(1).x))
TEST(point_above, sql_geo_gt(P(0).y, P(1).y))
TEST(point_below, sql_geo_lt(P(0).y, P(1).y))
TEST(point_vert, sql_geo_eq(P(0).x, P(1).x))
TEST(point_horiz, sql_geo_eq(P(0).y, P(1).y))
TEST(point_eq, sql_point_same(P(0), P(1)))
TEST(point_ne, !sql_point_same(P(0), P(1)))

POINT(construct_point, ((struct sql_point){args[0].d, args[1].d}))
POINT(point_add, sql_point_add(&g, P(0), P(1)))
POINT(point_sub, sql_point_sub(&g, P(0), P(1)))
POINT(point_mul, sql_point_mul(&g, P(0), P(1)))
POINT(point_div, sql_point_div(&g, P(0), P(1)))

MEASURE(point_distance, sql_point_distance(&g, P(0), P(1)))
MEASURE(point_slope, sql_point_slope(&g, P(0), P(1)))

TEST(on_pb, sql_box_contains_point(B(1), P(0)))
TEST(on_pl, sql_line_contains(&g, L(1), P(0)))
TEST(on_ps, sql_lseg_contains(&g, S(1), P(0)))

MEASURE(dist_pl, sql_line_closest(&g, L(1), P(0), NULL))
MEASURE(dist_lp, sql_line_closest(&g, L(0), P(1), NULL))
MEASURE(dist_ps, sql_lseg_closest(&g, S(1), P(0), NULL))
MEASURE(dist_sp, sql_lseg_closest(&g, S(0), P(1), NULL))
MEASURE(dist_pb, sql_box_closest(&g, B(1), P(0), NULL))
MEASURE(dist_bp, sql_box_closest(&g, B(0), P(1), NULL))

CLOSEST(close_pl, sql_line_closest(&g, L(1), P(0), &at))
CLOSEST(close_ps, sql_lseg_closest(&g, S(1), P(0), &at))
CLOSEST(close_pb, sql_box_closest(&g, B(1), P(0), &at))

const struct sql_builtin sql_point_builtins[] = {
    GEO_IO(point),
    {"close_pb",        close_pb       },
    {"close_pl",        close_pl       },
    {"close_ps",        close_ps       },
    {"construct_point", construct_point},
    {"dist_bp",         dist_bp        },
    {"dist_lp",         dist_lp        },
    {"dist_pb",         dist_pb        },
    {"dist_pl",         dist_pl        },
    {"dist_ps",         dist_ps        },
    {"dist_sp",         dist_sp        },
    {"on_pb",           on_pb          },
    {"on_pl",           on_pl          },
    {"on_ps",           on_ps          },
    {"point_above",     point_above    },
    {"point_add",       point_add      },
    {"point_below",     point_below    },
    {"point_distance",  point_distance },
    {"point_div",       point_div      },
    {"point_eq",        point_eq       },
    {"point_horiz",     point_horiz    },
    {"point_left",      point_left     },
    {"point_mul",       point_mul      },
    {"point_ne",        point_ne       },
    {"point_right",     point_right    },
    {"point_slope",     point_slope    },
    {"point_sub",       point_sub      },
    {"point_vert",      point_vert     },
    {NULL,              NULL           },
};
