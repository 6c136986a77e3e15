/* btree_gist: how far two values are from each other. Its indexes read the table. */
#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/datetime.h"

/* The greater value less the other, by the function of that symbol. */
static bool distance(struct sql_call *call, const struct datum *args, const char *symbol,
                     struct datum *out)
{
    const struct sql_type *type = sql_arg_type(call, 0);
    bool swapped = type && type->ops->compare(call, type, args[0], args[1]) < 0;
    const struct datum ordered[] = {args[swapped], args[!swapped]};
    return sql_builtin_find(slice_str(symbol))(call, ordered, out);
}

/* From an infinite time everything is as far as can be. */
static bool time_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    for (unsigned i = 0; i < 2; i++)
        if (args[i].i == INT64_MAX || args[i].i == INT64_MIN)
            return sql_interval_make(call, (struct sql_interval){INT64_MAX, INT32_MAX, INT32_MAX},
                                     out);
    return distance(call, args, "timestamp_mi", out);
}

static bool oid_distance(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out =
        (struct datum){.u = args[0].u > args[1].u ? args[0].u - args[1].u : args[1].u - args[0].u};
    return true;
}

SQL_FUNCTION(cash_dist, distance(call, args, "cash_mi", out))
SQL_FUNCTION(date_dist, distance(call, args, "date_mi", out))
SQL_FUNCTION(float4_dist, distance(call, args, "float4mi", out))
SQL_FUNCTION(float8_dist, distance(call, args, "float8mi", out))
SQL_FUNCTION(int2_dist, distance(call, args, "int2mi", out))
SQL_FUNCTION(int4_dist, distance(call, args, "int4mi", out))
SQL_FUNCTION(int8_dist, distance(call, args, "int8mi", out))
SQL_FUNCTION(interval_dist, distance(call, args, "interval_mi", out))
SQL_FUNCTION(time_dist, distance(call, args, "time_mi_time", out))

const struct sql_builtin pg_btree_gist_functions[] = {
    {"cash_dist",     cash_dist    },
    {"date_dist",     date_dist    },
    {"float4_dist",   float4_dist  },
    {"float8_dist",   float8_dist  },
    {"int2_dist",     int2_dist    },
    {"int4_dist",     int4_dist    },
    {"int8_dist",     int8_dist    },
    {"interval_dist", interval_dist},
    {"oid_dist",      oid_distance },
    {"time_dist",     time_dist    },
    {"ts_dist",       time_distance},
    {"tstz_dist",     time_distance},
    {NULL,            NULL         },
};
