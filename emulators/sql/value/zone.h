/* Time zones: offsets from UTC in the course of time.
 *
 * A zone is immutable and lives in the arena that it was made in. Zones come from the system's
 * compiled tables (TZif files) or from POSIX descriptions such as EST5EDT,M3.2.0,M11.1.0; UTC needs
 * neither. Times are microseconds since 2000-01-01 00:00 UTC, offsets seconds east of Greenwich. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_ZONE_H
#define PARLEL_EMULATORS_SQL_VALUE_ZONE_H

#include "common/arena.h"

struct sql_zone;

/* What holds between two transitions of a zone. */
struct sql_zone_kind {
    int32_t offset;
    bool dst;
    struct slice abbreviation; /* borrowed from the zone */
};

/* The zone of that name (in any case), or of that POSIX description. NULL: there is none, or memory
 * ran out. */
const struct sql_zone *sql_zone_find(struct arena *arena, struct slice name);
/* A zone that never changes, named as POSIX would describe it: <+02>-02. */
const struct sql_zone *sql_zone_fixed(struct arena *arena, int32_t offset);

/* NULL stands for UTC in all of these. */
struct slice sql_zone_name(const struct sql_zone *zone);
struct sql_zone_kind sql_zone_at(const struct sql_zone *zone, int64_t utc);
/* The offset by which a clock on the wall that shows `local` was set. Of a time that the clock skips
 * it is the one before, of a time that it shows twice the later one. */
int32_t sql_zone_offset_of_local(const struct sql_zone *zone, int64_t local);
/* Whether the zone has one offset for all times. */
bool sql_zone_is_constant(const struct sql_zone *zone, int32_t *out_offset);
/* The zone's kind of time that people called so (EST), the last before `utc` or the first after it. */
bool sql_zone_find_abbreviation(const struct sql_zone *zone, struct slice abbreviation, int64_t utc,
                                struct sql_zone_kind *out);

/* Abbreviations that mean the same everywhere. */
struct sql_zone_abbreviation {
    const char *name; /* lower case; NULL ends the table */
    int32_t offset;
    bool dst;
    const char *zone; /* its meaning changed with time, as this zone's clocks did; NULL: never */
};

extern const struct sql_zone_abbreviation sql_zone_abbreviations[];
/* In any case; NULL: unknown. */
const struct sql_zone_abbreviation *sql_zone_abbreviation(struct slice name);

/* Calls visit with each name that sql_zone_find knows, in no order, until it returns false. */
void sql_zone_each(struct arena *arena, bool (*visit)(void *context, struct slice name),
                   void *context);

#endif
