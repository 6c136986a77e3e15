#include "emulators/sql/value/zone.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "emulators/sql/value/calendar.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/zone_data.h"

#define ZONE_FOLDER    "/usr/share/zoneinfo"
#define ZONE_NAME_MAX  64
#define ZONE_TABLE_MAX 65536
#define PATH_ROOM      512

static const struct sql_zone_kind utc = {0, false, SLICE_LITERAL("UTC")};

/* Adds /part to the path, spelled as the folder spells it. False: it is not there. */
static bool extend_path(char path[PATH_ROOM], struct slice part)
{
    size_t len = strlen(path);
    DIR *folder = opendir(path);
    bool found = false;
    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        if (!slice_eq_nocase(part, slice_str(entry->d_name)))
            continue;
        found =
            (size_t)snprintf(path + len, PATH_ROOM - len, "/%s", entry->d_name) < PATH_ROOM - len;
    }
    if (folder)
        closedir(folder);
    return found;
}

/* Parts of a zone's name start with a letter, so that no name leaves the folder. */
static size_t part_len(struct slice name)
{
    const uint8_t *slash = memchr(name.ptr, '/', name.len);
    size_t len = slash ? (size_t)(slash - name.ptr) : name.len;
    return len && sql_is_letter(name.ptr[0]) ? len : 0;
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* As it is written, where there is such a file; otherwise whatever the case of its letters. */
static bool zone_path(struct slice name, char path[PATH_ROOM])
{
    for (struct slice rest = name; rest.len;) {
        size_t len = part_len(rest);
        if (len == 0)
            return false;
        rest = slice_from(rest, len + (len < rest.len));
    }
    snprintf(path, PATH_ROOM, "%s/" SLICE_FMT, ZONE_FOLDER, SLICE_ARG(name));
    if (is_file(path))
        return true;
    snprintf(path, PATH_ROOM, "%s", ZONE_FOLDER);
    while (name.len) {
        size_t len = part_len(name);
        if (!extend_path(path, slice_of(name.ptr, len)))
            return false;
        name = slice_from(name, len + (len < name.len));
    }
    return is_file(path);
}

static struct slice read_file(struct arena *arena, const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    if (!file)
        return slice_of(NULL, 0);
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) &&
        about.st_size <= ZONE_TABLE_MAX && (bytes = arena_alloc(arena, (size_t)about.st_size)))
        len = fread(bytes, 1, (size_t)about.st_size, file);
    fclose(file);
    return slice_of(bytes, len);
}

static bool load_table(struct arena *arena, struct slice name, struct sql_zone *out)
{
    char path[PATH_ROOM];
    if (!zone_path(name, path))
        return false;
    struct slice table = read_file(arena, path);
    out->name = arena_dup(arena, slice_str(path + sizeof(ZONE_FOLDER)));
    return table.ptr && out->name.ptr && sql_zone_decode(arena, table, out);
}

static bool is_utc(struct slice name)
{
    return slice_is(name, "UTC") || slice_is(name, "GMT");
}

/* Descriptions are shown with their abbreviations in capitals. */
static bool load_rule(struct arena *arena, struct slice name, struct sql_zone *out)
{
    uint8_t *upper = arena_alloc(arena, name.len);
    if (!upper)
        return false;
    for (size_t i = 0; i < name.len; i++)
        upper[i] = sql_is_letter(name.ptr[i]) ? name.ptr[i] & 0xdf : name.ptr[i];
    out->name = slice_of(upper, name.len);
    out->has_rule = true;
    return sql_zone_parse_rule(out->name, &out->rule);
}

const struct sql_zone *sql_zone_find(struct arena *arena, struct slice name)
{
    struct sql_zone *zone = arena_zalloc(arena, sizeof(*zone));
    if (!zone || name.len == 0 || name.len > ZONE_NAME_MAX)
        return NULL;
    if (is_utc(name)) {
        zone->name = slice_str(slice_is(name, "UTC") ? "UTC" : "GMT");
        zone->rule.standard = (struct sql_zone_kind){0, false, zone->name};
        zone->has_rule = true;
        return zone;
    }
    if (load_table(arena, name, zone))
        return zone;
    *zone = (struct sql_zone){0};
    return load_rule(arena, name, zone) ? zone : NULL;
}

const struct sql_zone *sql_zone_fixed(struct arena *arena, int32_t offset)
{
    struct sql_zone *zone = arena_zalloc(arena, sizeof(*zone));
    if (!zone)
        return NULL;
    int32_t size = offset < 0 ? -offset : offset;
    char clock[16];
    int len = snprintf(clock, sizeof(clock), "%02d", size / 3600);
    if (size % 3600)
        len += snprintf(clock + len, sizeof(clock) - (size_t)len, ":%02d", size / 60 % 60);
    if (size % 60)
        snprintf(clock + len, sizeof(clock) - (size_t)len, ":%02d", size % 60);
    char sign = offset < 0 ? '-' : '+';
    zone->name = arena_printf(arena, "<%c%s>%c%s", sign, clock, offset < 0 ? '+' : '-', clock);
    if (!zone->name.ptr)
        return NULL;
    zone->rule.standard.offset = offset;
    zone->rule.standard.abbreviation = slice_of(zone->name.ptr + 1, strlen(clock) + 1);
    zone->has_rule = true;
    return zone;
}

struct slice sql_zone_name(const struct sql_zone *zone)
{
    return zone ? zone->name : utc.abbreviation;
}

/* Number of transitions up to and at `unix_time`. */
static size_t transitions_until(const struct sql_zone *zone, int64_t unix_time)
{
    size_t low = 0, high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= unix_time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The kind at a time, and when it ends. */
static struct sql_zone_kind kind_at(const struct sql_zone *zone, int64_t unix_time,
                                    int64_t *out_next)
{
    size_t passed = transitions_until(zone, unix_time);
    if (passed == zone->count && zone->has_rule)
        return sql_zone_rule_at(&zone->rule, unix_time, out_next);
    *out_next = passed < zone->count ? zone->at[passed] : INT64_MAX;
    return zone->kinds[passed ? zone->becomes[passed - 1] : 0];
}

static int64_t unix_time_of(int64_t time)
{
    return sql_floor_div(time, SQL_USECS_PER_SEC) + (int64_t)SQL_EPOCH_UNIX_DAYS * SQL_SECS_PER_DAY;
}

struct sql_zone_kind sql_zone_at(const struct sql_zone *zone, int64_t time)
{
    int64_t next;
    return zone ? kind_at(zone, unix_time_of(time), &next) : utc;
}

int32_t sql_zone_offset_of_local(const struct sql_zone *zone, int64_t local)
{
    if (!zone)
        return 0;
    int64_t wall = unix_time_of(local), change, next;
    int32_t before = kind_at(zone, wall - SQL_SECS_PER_DAY, &change).offset;
    if (change == INT64_MAX)
        return before;
    int32_t after = kind_at(zone, change, &next).offset;
    bool is_before = wall - before < change, is_after = wall - after >= change;
    if (is_before && !is_after)
        return before;
    if (!is_before && is_after)
        return after;
    return before < after ? before : after;
}

bool sql_zone_is_constant(const struct sql_zone *zone, int32_t *out_offset)
{
    *out_offset = 0;
    if (!zone)
        return true;
    *out_offset = zone->kind_count ? zone->kinds[0].offset : zone->rule.standard.offset;
    for (size_t i = 0; i < zone->kind_count; i++)
        if (zone->kinds[i].offset != *out_offset)
            return false;
    return !zone->has_rule || (!zone->rule.changes && zone->rule.standard.offset == *out_offset);
}

bool sql_zone_find_abbreviation(const struct sql_zone *zone, struct slice abbreviation,
                                int64_t time, struct sql_zone_kind *out)
{
    if (!zone)
        return false;
    int64_t unix_time = unix_time_of(time), next;
    for (int half_year = 0; zone->has_rule && half_year < 3; half_year++) {
        struct sql_zone_kind kind = kind_at(zone, unix_time - half_year * INT64_C(15778800), &next);
        if (slice_eq_nocase(kind.abbreviation, abbreviation)) {
            *out = kind;
            return true;
        }
    }
    size_t passed = transitions_until(zone, unix_time);
    for (size_t i = passed; i > 0; i--) {
        *out = zone->kinds[zone->becomes[i - 1]];
        if (slice_eq_nocase(out->abbreviation, abbreviation))
            return true;
    }
    for (size_t i = passed; i < zone->count; i++) {
        *out = zone->kinds[zone->becomes[i]];
        if (slice_eq_nocase(out->abbreviation, abbreviation))
            return true;
    }
    return false;
}
