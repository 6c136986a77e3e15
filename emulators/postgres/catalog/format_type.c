/* Types as SQL writes them: format_type(). */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

#define VARLENA_HEADER 4 /* what a length's typmod counts on top of the length */

/* Where the modifier stands in the words of a type. */
enum modifier {
    MODIFIER_NONE,
    MODIFIER_LENGTH,    /* (n): typmod is n + 4 */
    MODIFIER_BITS,      /* (n): typmod is n */
    MODIFIER_PRECISION, /* (n) before "with ..." */
    MODIFIER_NUMERIC,
    MODIFIER_INTERVAL,
};

struct words {
    const char *name, *first, *rest;
    enum modifier modifier;
};

/* Types that SQL has words for. */
static const struct words words[] = {
    {"bit",         "bit",               "",                   MODIFIER_BITS     },
    {"bool",        "boolean",           "",                   MODIFIER_NONE     },
    {"bpchar",      "character",         "",                   MODIFIER_LENGTH   },
    {"float4",      "real",              "",                   MODIFIER_NONE     },
    {"float8",      "double precision",  "",                   MODIFIER_NONE     },
    {"int2",        "smallint",          "",                   MODIFIER_NONE     },
    {"int4",        "integer",           "",                   MODIFIER_NONE     },
    {"int8",        "bigint",            "",                   MODIFIER_NONE     },
    {"interval",    "interval",          "",                   MODIFIER_INTERVAL },
    {"numeric",     "numeric",           "",                   MODIFIER_NUMERIC  },
    {"time",        "time",              " without time zone", MODIFIER_PRECISION},
    {"timestamp",   "timestamp",         " without time zone", MODIFIER_PRECISION},
    {"timestamptz", "timestamp",         " with time zone",    MODIFIER_PRECISION},
    {"timetz",      "time",              " with time zone",    MODIFIER_PRECISION},
    {"varbit",      "bit varying",       "",                   MODIFIER_BITS     },
    {"varchar",     "character varying", "",                   MODIFIER_LENGTH   },
};

static const struct words *words_of(const struct sql_type *type)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_eq_str(type->name, words[i].name))
            return &words[i];
    return NULL;
}

/* The range of fields in an interval's modifier: a bit each from MONTH (1) on. */
struct interval_fields {
    uint32_t mask;
    const char *words;
};

enum {
    MONTH = 1 << 1,
    YEAR = 1 << 2,
    DAY = 1 << 3,
    HOUR = 1 << 10,
    MINUTE = 1 << 11,
    SECOND = 1 << 12
};
#define INTERVAL_FULL_RANGE     0x7fff
#define INTERVAL_FULL_PRECISION 0xffff

static const struct interval_fields interval_fields[] = {
    {YEAR,                         " year"            },
    {MONTH,                        " month"           },
    {DAY,                          " day"             },
    {HOUR,                         " hour"            },
    {MINUTE,                       " minute"          },
    {SECOND,                       " second"          },
    {YEAR | MONTH,                 " year to month"   },
    {DAY | HOUR,                   " day to hour"     },
    {DAY | HOUR | MINUTE,          " day to minute"   },
    {DAY | HOUR | MINUTE | SECOND, " day to second"   },
    {HOUR | MINUTE,                " hour to minute"  },
    {HOUR | MINUTE | SECOND,       " hour to second"  },
    {MINUTE | SECOND,              " minute to second"},
};

static void add_interval(struct sql_bytes *out, int32_t typmod)
{
    uint32_t range = (uint32_t)typmod >> 16 & INTERVAL_FULL_RANGE;
    uint32_t precision = (uint32_t)typmod & INTERVAL_FULL_PRECISION;
    for (size_t i = 0; i < sizeof interval_fields / sizeof *interval_fields; i++)
        if (interval_fields[i].mask == range)
            sql_bytes_add_str(out, interval_fields[i].words);
    if (precision != INTERVAL_FULL_PRECISION)
        sql_bytes_printf(out, "(%u)", precision);
}

static void add_modifier(struct sql_bytes *out, enum modifier modifier, int32_t typmod)
{
    switch (modifier) {
    case MODIFIER_NONE: return;
    case MODIFIER_LENGTH: sql_bytes_printf(out, "(%d)", typmod - VARLENA_HEADER); return;
    case MODIFIER_BITS:
    case MODIFIER_PRECISION: sql_bytes_printf(out, "(%d)", typmod); return;
    case MODIFIER_NUMERIC: {
        uint32_t packed = (uint32_t)(typmod - VARLENA_HEADER);
        /* The scale has 11 bits and a sign. */
        sql_bytes_printf(out, "(%u,%d)", packed >> 16 & 0xffff,
                         (int)((packed & 0x7ff) ^ 1024) - 1024);
        return;
    }
    case MODIFIER_INTERVAL: add_interval(out, typmod); return;
    }
}

static void add_words(struct sql_bytes *out, const struct words *row, int32_t typmod,
                      unsigned flags)
{
    bool given = !(flags & PG_TYPE_NO_TYPMOD);
    /* Without a length, "character" would be one character long. */
    if (given && typmod < 0 && row->modifier == MODIFIER_LENGTH && !strcmp(row->name, "bpchar")) {
        sql_bytes_add_str(out, "bpchar");
        return;
    }
    if (given && typmod < 0 && !strcmp(row->name, "bit")) {
        sql_bytes_add_str(out, "\"bit\"");
        return;
    }
    sql_bytes_add_str(out, row->first);
    if (given && typmod >= 0)
        add_modifier(out, row->modifier, typmod);
    sql_bytes_add_str(out, row->rest);
}

void pg_format_type(struct sql_session *session, struct sql_bytes *out, uint32_t type_id,
                    int32_t typmod, unsigned flags)
{
    const struct sql_type *type = type_id ? sql_find_type_id(session, type_id) : NULL;
    if (!type) {
        sql_bytes_add_str(out, type_id ? "???" : "-");
        return;
    }
    /* Vectors have elements, too, but arrays of their own: arrays do not. */
    bool is_array = type->element && type->len == -1 && !type->array;
    const struct sql_type *element = is_array ? sql_find_type_id(session, type->element) : type;
    if (!element)
        element = type;
    const struct words *row =
        element->schema == session->dialect->system_schema ? words_of(element) : NULL;
    if (row) {
        add_words(out, row, typmod, flags);
    } else {
        bool qualify = (flags & PG_TYPE_QUALIFY) || !pg_type_is_visible(session, element);
        pg_quote_qualified(session, out, qualify ? element->schema : 0, element->name);
        if (typmod >= 0 && !(flags & PG_TYPE_NO_TYPMOD))
            sql_bytes_printf(out, "(%d)", typmod);
    }
    if (is_array)
        sql_bytes_add_str(out, "[]");
}

struct slice pg_type_text(struct sql_session *session, struct arena *arena, uint32_t type)
{
    struct sql_bytes out;
    sql_bytes_init(&out, arena);
    pg_format_type(session, &out, type, -1, PG_TYPE_NO_TYPMOD);
    return sql_bytes_slice(&out);
}
