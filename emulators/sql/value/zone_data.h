/* A zone's insides, for the modules that make zones. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_ZONE_DATA_H
#define PARLEL_EMULATORS_SQL_VALUE_ZONE_DATA_H

#include "emulators/sql/value/zone.h"

/* The day of a year on which a rule's clocks change. */
struct sql_zone_change {
    enum {
        SQL_CHANGE_WEEKDAY, /* Mm.w.d: weekday d of week w of month m, week 5 the last */
        SQL_CHANGE_NO_LEAP, /* Jn: day 1 to 365, 29 February never counts */
        SQL_CHANGE_DAY      /* n: day 0 to 365 */
    } kind;
    int month, week, day;
    int32_t seconds; /* after midnight of the clock before */
};

/* What a POSIX description says: with `changes` summer time is from start to end of each year. */
struct sql_zone_rule {
    struct sql_zone_kind standard, summer;
    bool changes;
    struct sql_zone_change start, end;
};

struct sql_zone {
    struct slice name;
    size_t count;           /* transitions */
    const int64_t *at;      /* seconds since 1970 UTC, ascending */
    const uint8_t *becomes; /* kinds after them */
    size_t kind_count;
    const struct sql_zone_kind *kinds; /* the first holds before the first transition */
    bool has_rule;                     /* the rule holds after the last transition */
    struct sql_zone_rule rule;
};

/* Reads a POSIX description; false: it is none. Abbreviations borrow from `text`. */
bool sql_zone_parse_rule(struct slice text, struct sql_zone_rule *out);
/* The kind at `unix_time`, and the time of the next change after it (INT64_MAX: never). */
struct sql_zone_kind sql_zone_rule_at(const struct sql_zone_rule *rule, int64_t unix_time,
                                      int64_t *out_next);

/* Reads the compiled table of a zone; the zone's arrays are made in the arena. */
bool sql_zone_decode(struct arena *arena, struct slice table, struct sql_zone *out);

#endif
