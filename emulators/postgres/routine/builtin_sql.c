/* Built-in functions that are written in SQL: what they say. */
#include "emulators/postgres/routine/routine.h"

/* clang-format off: by id */
static const struct {
    uint32_t id;
    const char *body;
} bodies[] = {
    {879,   "select pg_catalog.lpad($1, $2, ' ')"                                                                                                                                                              },
    {880,   "select pg_catalog.rpad($1, $2, ' ')"                                                                                                                                                              },
    {1176,  "select ($1 + $2)::timestamptz"                                                                                                                                                                    },
    {1215,
     "select description from pg_catalog.pg_description where objoid = $1 and classoid = (select oid from pg_catalog.pg_class where relname = $2 and relnamespace = 11) and objsubid = 0"                      },
    {1216,
     "select description from pg_catalog.pg_description where objoid = $1 and classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and objsubid = $2"                                                         },
    {1285,  "select pg_catalog.quote_literal($1::text)"                                                                                                                                                        },
    {1290,  "select pg_catalog.quote_nullable($1::text)"                                                                                                                                                       },
    {1296,  "select $2 + $1"                                                                                                                                                                                   },
    {1298,  "select $2 + $1"                                                                                                                                                                                   },
    {1305,  "select ($1, ($1 + $2)) overlaps ($3, $4)"                                                                                                                                                         },
    {1306,  "select ($1, $2) overlaps ($3, ($3 + $4))"                                                                                                                                                         },
    {1307,  "select ($1, ($1 + $2)) overlaps ($3, $4)"                                                                                                                                                         },
    {1309,  "select ($1, ($1 + $2)) overlaps ($3, ($3 + $4))"                                                                                                                                                  },
    {1310,  "select ($1, $2) overlaps ($3, ($3 + $4))"                                                                                                                                                         },
    {1311,  "select ($1, ($1 + $2)) overlaps ($3, $4)"                                                                                                                                                         },
    {1348,  "select description from pg_catalog.pg_description where objoid = $1 and objsubid = 0"                                                                                                             },
    {1384,  "select pg_catalog.date_part($1, $2::timestamp)"                                                                                                                                                   },
    {1386,  "select pg_catalog.age(current_date::timestamptz, $1)"                                                                                                                                             },
    {1426,  "select pg_catalog.on_ppath($2, $1)"                                                                                                                                                               },
    {1481,  "select pg_catalog.log(10, $1)"                                                                                                                                                                    },
    {1544,  "select pg_catalog.polygon(12, $1)"                                                                                                                                                                },
    {1708,  "select pg_catalog.round($1, 0)"                                                                                                                                                                   },
    {1710,  "select pg_catalog.trunc($1, 0)"                                                                                                                                                                   },
    {1741,  "select pg_catalog.log(10, $1)"                                                                                                                                                                    },
    {1810,  "select pg_catalog.octet_length($1) * 8"                                                                                                                                                           },
    {1811,  "select pg_catalog.octet_length($1) * 8"                                                                                                                                                           },
    {1812,  "select pg_catalog.length($1)"                                                                                                                                                                     },
    {1848,  "select $2 + $1"                                                                                                                                                                                   },
    {1993,
     "select description from pg_catalog.pg_shdescription where objoid = $1 and classoid = (select oid from pg_catalog.pg_class where relname = $2 and relnamespace = 11)"                                     },
    {2003,  "select $1 || $2::text"                                                                                                                                                                            },
    {2004,  "select $1::text || $2"                                                                                                                                                                            },
    {2042,  "select ($1, ($1 + $2)) overlaps ($3, ($3 + $4))"                                                                                                                                                  },
    {2043,  "select ($1, $2) overlaps ($3, ($3 + $4))"                                                                                                                                                         },
    {2044,  "select ($1, ($1 + $2)) overlaps ($3, $4)"                                                                                                                                                         },
    {2059,  "select pg_catalog.age(current_date::timestamp, $1)"                                                                                                                                               },
    {2074,  "select pg_catalog.substring($1, pg_catalog.similar_to_escape($2, $3))"                                                                                                                            },
    {2325,  "select pg_catalog.pg_relation_size($1, 'main')"                                                                                                                                                   },
    {2546,  "select $2 + $1"                                                                                                                                                                                   },
    {2547,  "select $2 + $1"                                                                                                                                                                                   },
    {2548,  "select $2 + $1"                                                                                                                                                                                   },
    {2549,  "select $2 + $1"                                                                                                                                                                                   },
    {2550,  "select $2 + $1"                                                                                                                                                                                   },
    {2631,  "select $2 + $1"                                                                                                                                                                                   },
    {3935,
     "select pg_catalog.pg_sleep(extract(epoch from pg_catalog.clock_timestamp() + $1) - extract(epoch from pg_catalog.clock_timestamp()))"                                                                    },
    {3936,
     "select pg_catalog.pg_sleep(extract(epoch from $1) - extract(epoch from pg_catalog.clock_timestamp()))"                                                                                                   },
    {5023,  "select $2 + $1"                                                                                                                                                                                   },
    {13208,
     "select $1[s], s - pg_catalog.array_lower($1, 1) + 1 from pg_catalog.generate_series(pg_catalog.array_lower($1, 1), pg_catalog.array_upper($1, 1), 1) g(s)"                                               },
    {13209,
     "select (ss.a).n from (select information_schema._pg_expandarray(indkey) a from pg_catalog.pg_index where indexrelid = $1) ss where (ss.a).x = $2"                                                        },
    {13210, "select case when ($2).typtype = 'd' then ($2).typbasetype else ($1).atttypid end"                                                                                                                 },
    {13211, "select case when ($2).typtype = 'd' then ($2).typtypmod else ($1).atttypmod end"                                                                                                                  },
    {13212,
     "select case when $2 = -1 then null when $1 in (1042, 1043) then $2 - 4 when $1 in (1560, 1562) then $2 end"                                                                                              },
    {13213,
     "select case when $1 in (25, 1042, 1043) then case when $2 = -1 then 1073741824 else information_schema._pg_char_max_length($1, $2) * 4 end end"                                                          },
    {13215,
     "select case $1 when 21 then 16 when 23 then 32 when 20 then 64 when 1700 then case when $2 = -1 then null else (($2 - 4) >> 16) & 65535 end when 700 then 24 when 701 then 53 end"                       },
    {13216, "select case when $1 in (20, 21, 23, 700, 701) then 2 when $1 = 1700 then 10 end"                                                                                                                  },
    {13217,
     "select case when $1 in (20, 21, 23) then 0 when $1 = 1700 then case when $2 = -1 then null else ($2 - 4) & 65535 end end"                                                                                },
    {13218,
     "select case when $1 = 1082 then 0 when $1 in (1083, 1114, 1184, 1266) then case when $2 < 0 then 6 else $2 end when $1 = 1186 then case when $2 < 0 or $2 & 65535 = 65535 then 6 else $2 & 65535 end end"},
    {13219,
     "select case when $1 = 1186 then pg_catalog.upper(substring(pg_catalog.format_type($1, $2) similar 'interval[()0-9]* #\"%#\"' escape '#')) end"                                                           },
};
/* clang-format on */

struct slice pg_builtin_sql_body(uint32_t id)
{
    size_t low = 0, high = sizeof(bodies) / sizeof(bodies[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bodies[middle].id == id)
            return slice_str(bodies[middle].body);
        if (bodies[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return slice_of(NULL, 0);
}
