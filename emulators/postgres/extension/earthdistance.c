/* earthdistance between points of longitude and latitude; its other functions are SQL
 * (data/earthdistance.own). */
#include <math.h>

#include "emulators/postgres/extension/functions.h"

#define EARTH_RADIUS 3958.747716 /* statute miles */
#define PI           3.14159265358979323846

static double radians(struct datum point, size_t at)
{
    double degrees;
    memcpy(&degrees, point.ptr + at * sizeof degrees, sizeof degrees);
    return degrees / (360.0 / (2.0 * PI));
}

/* Haversines, which are exact for points that are near each other. */
static bool geo_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    double longitude = fabs(radians(args[0], 0) - radians(args[1], 0));
    double lat_1 = radians(args[0], 1), lat_2 = radians(args[1], 1);
    if (longitude > PI)
        longitude = 2 * PI - longitude;
    double north = sin(fabs(lat_1 - lat_2) / 2), east = sin(longitude / 2);
    double sine = sqrt(north * north + cos(lat_1) * cos(lat_2) * east * east);
    *out = datum_float(2 * EARTH_RADIUS * asin(sine > 1 ? 1 : sine));
    return true;
}

const struct sql_builtin pg_earthdistance_functions[] = {
    {"geo_distance", geo_distance},
    {NULL,           NULL        },
};
