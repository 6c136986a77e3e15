/* Values of settings: what texts are accepted, and how they are shown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"
#include "emulators/postgres/settings.h"
#include "emulators/sql/value/integer.h"

/* How many of the base (bytes or milliseconds) each spelling is; per base the largest first. */
struct spelling {
    const char *name;
    bool is_time;
    double size; /* in bytes or microseconds */
};

static const struct spelling spellings[] = {
    {"TB",  false, 1099511627776.0},
    {"GB",  false, 1073741824.0   },
    {"MB",  false, 1048576.0      },
    {"kB",  false, 1024.0         },
    {"B",   false, 1.0            },
    {"d",   true,  86400e6        },
    {"h",   true,  3600e6         },
    {"min", true,  60e6           },
    {"s",   true,  1e6            },
    {"ms",  true,  1e3            },
    {"us",  true,  1.0            },
};
#define SPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

static const struct unit {
    const char *name;
    bool is_time;
    double size;
} units[] = {
    [PG_UNIT_NONE] = {"",    false, 1      },
      [PG_UNIT_BYTE] = {"B",   false, 1      },
    [PG_UNIT_KB] = {"kB",  false, 1024   },
      [PG_UNIT_BLOCK] = {"8kB", false, 8192   },
    [PG_UNIT_MB] = {"MB",  false, 1048576},
      [PG_UNIT_MS] = {"ms",  true,  1e3    },
    [PG_UNIT_S] = {"s",   true,  1e6    },
      [PG_UNIT_MIN] = {"min", true,  60e6   },
};

static const char memory_hint[] =
    "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".";
static const char time_hint[] =
    "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";

/* ---- texts to values */

static bool refuse(const struct pg_setting *setting, struct slice text, struct sql_error *error)
{
    return sql_fail(error, "22023", "invalid value for parameter \"%s\": \"" SLICE_FMT "\"",
                    setting->name, SLICE_ARG(text));
}

static bool parse_bool(const struct pg_setting *setting, struct slice text,
                       struct pg_setting_value *out, struct sql_error *error)
{
    bool value;
    if (!sql_bool_parse(text, &value))
        return sql_fail(error, "22023", "parameter \"%s\" requires a Boolean value", setting->name);
    out->number = value;
    return true;
}

static int find_word(const struct pg_setting *setting, struct slice text)
{
    for (int i = 0; setting->words[i]; i++)
        if (slice_is(text, setting->words[i]))
            return i;
    return -1;
}

/* Words that are understood and never shown. */
static int find_hidden_word(const struct pg_setting *setting, struct slice text)
{
    bool value;
    if (slice_is(text, "debug") && find_word(setting, slice_str("debug2")) >= 0)
        return find_word(setting, slice_str("debug2"));
    if (find_word(setting, slice_str("on")) >= 0 && text.len > 0 && sql_bool_parse(text, &value) &&
        (slice_is(text, "true") || slice_is(text, "false") || slice_is(text, "yes") ||
         slice_is(text, "no") || text.len == 1))
        return find_word(setting, slice_str(value ? "on" : "off"));
    return -1;
}

static bool parse_enum(const struct pg_setting *setting, struct slice text,
                       struct pg_setting_value *out, struct sql_error *error)
{
    int index = find_word(setting, text);
    if (index < 0)
        index = find_hidden_word(setting, text);
    if (index >= 0) {
        out->number = index;
        return true;
    }
    char list[256];
    size_t len = 0;
    for (int i = 0; setting->words[i] && len < sizeof(list); i++)
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
                                setting->words[i]);
    refuse(setting, text, error);
    return sql_hint(error, "Available values: %s.", list);
}

static struct slice skip_blanks(struct slice text)
{
    while (text.len && (text.ptr[0] == ' ' || (text.ptr[0] >= '\t' && text.ptr[0] <= '\r')))
        text = slice_from(text, 1);
    return text;
}

/* The factor of a unit's spelling, that the rest of the text is; 0: it is none. */
static double unit_factor(const struct pg_setting *setting, struct slice rest)
{
    const struct unit *unit = &units[setting->unit];
    while (rest.len && skip_blanks(slice_of(rest.ptr + rest.len - 1, 1)).len == 0)
        rest.len--;
    if (rest.len == 0)
        return 1;
    for (size_t i = 0; setting->unit && i < SPELLINGS; i++)
        if (spellings[i].is_time == unit->is_time && slice_eq_str(rest, spellings[i].name))
            return spellings[i].size / unit->size;
    return 0;
}

/* A number in C's notations, then perhaps a unit. 0: fine, 1: no number, 2: no such unit. */
static int parse_number(const struct pg_setting *setting, struct slice text, double *out)
{
    char buffer[128];
    char *end;
    text = skip_blanks(text);
    if (text.len == 0 || text.len >= sizeof(buffer) || memchr(text.ptr, 0, text.len))
        return 1;
    memcpy(buffer, text.ptr, text.len);
    buffer[text.len] = 0;
    double value = (double)strtoll(buffer, &end, 0);
    if (setting->type == PG_SETTING_REAL || *end == '.' || *end == 'e' || *end == 'E')
        value = strtod(buffer, &end);
    if (end == buffer || isnan(value) || (isinf(value) && setting->type == PG_SETTING_REAL))
        return 1;
    double factor = unit_factor(setting, skip_blanks(slice_from(text, (size_t)(end - buffer))));
    if (factor == 0)
        return setting->unit ? 2 : 1;
    *out = value * factor;
    return 0;
}

static bool parse_numeric(const struct pg_setting *setting, struct slice text,
                          struct pg_setting_value *out, struct sql_error *error)
{
    const struct unit *unit = &units[setting->unit];
    double value;
    int failed = parse_number(setting, text, &value);
    if (failed) {
        refuse(setting, text, error);
        return failed == 2 ? sql_hint(error, "%s", unit->is_time ? time_hint : memory_hint) : false;
    }
    if (setting->type == PG_SETTING_INTEGER) {
        value = rint(value);
        if (value > INT32_MAX || value < INT32_MIN) {
            refuse(setting, text, error);
            return sql_hint(error, "Value exceeds integer range.");
        }
    }
    if (value < setting->least || value > setting->most) {
        int digits = setting->type == PG_SETTING_REAL ? 6 : 10;
        return sql_fail(error, "22023",
                        "%.*g%s%s is outside the valid range for parameter \"%s\" (%.*g .. %.*g)",
                        digits, value, setting->unit ? " " : "", unit->name, setting->name, digits,
                        setting->least, digits, setting->most);
    }
    out->number = value;
    return true;
}

bool pg_setting_parse(const struct pg_setting *setting, struct slice text, struct arena *arena,
                      struct pg_setting_value *out, struct sql_error *error)
{
    out->text = slice_of(NULL, 0);
    switch (setting->type) {
    case PG_SETTING_BOOL: return parse_bool(setting, text, out, error);
    case PG_SETTING_ENUM: return parse_enum(setting, text, out, error);
    case PG_SETTING_INTEGER:
    case PG_SETTING_REAL: return parse_numeric(setting, text, out, error);
    case PG_SETTING_STRING: break;
    }
    out->number = 0;
    out->text = arena_dup(arena, text);
    return out->text.ptr ? true : sql_fail_memory(error);
}

/* ---- values to texts */

/* The largest unit of which a whole number says the same. */
static struct slice format_in_units(const struct pg_setting *setting, double value,
                                    struct arena *arena)
{
    const struct unit *unit = &units[setting->unit];
    double small = value * unit->size;
    for (size_t i = 0; i < SPELLINGS; i++) {
        if (spellings[i].is_time != unit->is_time)
            continue;
        double times = small / spellings[i].size;
        if (times != rint(times) && (spellings[i].size > 1 || setting->type == PG_SETTING_INTEGER))
            continue;
        return arena_printf(arena, "%.15g%s", times, spellings[i].name);
    }
    return arena_printf(arena, "%g%s", value, unit->name);
}

struct slice pg_setting_format(const struct pg_setting *setting,
                               const struct pg_setting_value *value, bool with_unit,
                               struct arena *arena)
{
    double number = value->number;
    switch (setting->type) {
    case PG_SETTING_BOOL: return slice_str(number != 0 ? "on" : "off");
    case PG_SETTING_ENUM: return slice_str(setting->words[(int)number]);
    case PG_SETTING_STRING: return arena_dup(arena, value->text);
    case PG_SETTING_INTEGER:
        if (with_unit && setting->unit && number > 0)
            return format_in_units(setting, number, arena);
        return arena_printf(arena, "%lld", (long long)number);
    case PG_SETTING_REAL:
        if (with_unit && setting->unit && number > 0)
            return format_in_units(setting, number, arena);
        return arena_printf(arena, "%g", number);
    }
    return slice_of(NULL, 0);
}
