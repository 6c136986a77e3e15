/* Dates and times in paths: .datetime(), their text, their order. */
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/format_pattern.h"
#include "emulators/sql/value/jsonpath.h"

static const struct {
    const char *name;
    const struct sql_type_ops *ops;
    const struct sql_type_ops *local; /* that prints it without its zone */
} kinds[] = {
    [SQL_READ_DATE] = {"date",                        &sql_date_ops,        &sql_date_ops     },
    [SQL_READ_TIME] = {"time without time zone",      &sql_time_ops,        &sql_time_ops     },
    [SQL_READ_TIMETZ] = {"time with time zone",         &sql_timetz_ops,      &sql_time_ops     },
    [SQL_READ_TIMESTAMP] = {"timestamp without time zone", &sql_timestamp_ops,   &sql_timestamp_ops},
    [SQL_READ_TIMESTAMPTZ] = {"timestamp with time zone",    &sql_timestamptz_ops, &sql_timestamp_ops},
};

const char *sql_path_datetime_type(const struct sql_jsonb *value)
{
    return kinds[value->time->kind].name;
}

/* ---- text */

static bool has_zone(const struct sql_read_time *time)
{
    return time->kind == SQL_READ_TIMETZ || time->kind == SQL_READ_TIMESTAMPTZ;
}

/* ISO 8601, in the zone that was read. */
static bool print(struct sql_call *call, const struct sql_read_time *time, struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_format iso = *call->env->format;
    struct sql_env env = *call->env;
    struct sql_call inner = {.env = &env, .arena = call->arena};
    struct datum local = time->value;
    iso.date_style = SQL_DATE_ISO;
    env.format = &iso;
    if (time->kind == SQL_READ_TIMETZ)
        local = datum_int(sql_timetz_open(time->value).usecs);
    if (time->kind == SQL_READ_TIMESTAMPTZ)
        local.i -= time->zone * SQL_USECS_PER_SEC;
    if (!kinds[time->kind].local->output(&inner, NULL, local, &text))
        return false;
    uint8_t *blank = text.len ? memchr(text.ptr, ' ', text.len) : NULL;
    if (blank)
        *blank = 'T';
    if (has_zone(time)) {
        int32_t east = -time->zone, size = east < 0 ? -east : east;
        sql_bytes_printf(&text, "%c%02d:%02d", east < 0 ? '-' : '+', (int)(size / 3600),
                         (int)(size / 60 % 60));
    }
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(call->env->error);
}

/* ---- reading */

/* The forms that need no template, tried in this order. */
static const char *const iso_forms[] = {
    "yyyy-mm-dd",
    "HH24:MI:SS.USTZH:TZM",
    "HH24:MI:SS.USTZH",
    "HH24:MI:SS.US",
    "HH24:MI:SSTZH:TZM",
    "HH24:MI:SSTZH",
    "HH24:MI:SS",
    "yyyy-mm-dd HH24:MI:SS.USTZH:TZM",
    "yyyy-mm-dd HH24:MI:SS.USTZH",
    "yyyy-mm-dd HH24:MI:SS.US",
    "yyyy-mm-dd HH24:MI:SSTZH:TZM",
    "yyyy-mm-dd HH24:MI:SSTZH",
    "yyyy-mm-dd HH24:MI:SS",
    "yyyy-mm-dd\"T\"HH24:MI:SS.USTZH:TZM",
    "yyyy-mm-dd\"T\"HH24:MI:SS.USTZH",
    "yyyy-mm-dd\"T\"HH24:MI:SS.US",
    "yyyy-mm-dd\"T\"HH24:MI:SSTZH:TZM",
    "yyyy-mm-dd\"T\"HH24:MI:SSTZH",
    "yyyy-mm-dd\"T\"HH24:MI:SS",
};

static bool read_iso(struct sql_call *call, struct slice text, struct sql_read_time *out)
{
    struct sql_error aside;
    struct sql_env env = *call->env;
    struct sql_call quiet = *call;
    bool bad_pattern;
    quiet.env = &env;
    env.error = &aside;
    for (size_t i = 0; i < sizeof iso_forms / sizeof *iso_forms; i++) {
        sql_error_begin(&aside, call->arena);
        if (sql_read_datetime(&quiet, text, slice_str(iso_forms[i]), out, &bad_pattern))
            return true;
    }
    sql_fail(call->env->error, "22031", "datetime format is not recognized: \"" SLICE_FMT "\"",
             SLICE_ARG(text));
    return sql_hint(call->env->error,
                    "Use a datetime template argument to specify the input data format.");
}

bool sql_path_datetime(struct sql_call *call, struct slice text, struct slice template,
                       struct sql_jsonb *out, bool *soft)
{
    struct sql_read_time *time = arena_alloc(call->arena, sizeof *time);
    bool bad_pattern = false;
    if (!time)
        return sql_fail_memory(call->env->error);
    if (!(template.ptr ? sql_read_datetime(call, text, template, time, &bad_pattern)
                       : read_iso(call, text, time))) {
        *soft = !bad_pattern;
        return false;
    }
    *out = (struct sql_jsonb){.kind = SQL_JSONB_KIND_STRING, .time = time};
    return print(call, time, &out->bytes);
}

/* ---- order */

/* How one becomes another that tells more; zoned: by the session's zone. */
static const struct conversion {
    enum sql_read_kind from, to;
    const char *symbol;
    bool zoned;
} conversions[] = {
    {SQL_READ_DATE,      SQL_READ_TIMESTAMP,   "date_timestamp",        false},
    {SQL_READ_DATE,      SQL_READ_TIMESTAMPTZ, "date_timestamptz",      true },
    {SQL_READ_TIMESTAMP, SQL_READ_TIMESTAMPTZ, "timestamp_timestamptz", true },
    {SQL_READ_TIME,      SQL_READ_TIMETZ,      "time_timetz",           true },
};

static const char *short_name(enum sql_read_kind kind)
{
    static const char *const names[] = {
        [SQL_READ_DATE] = "date",
        [SQL_READ_TIME] = "time",
        [SQL_READ_TIMETZ] = "timetz",
        [SQL_READ_TIMESTAMP] = "timestamp",
        [SQL_READ_TIMESTAMPTZ] = "timestamptz",
    };
    return names[kind];
}

/* A date that no timestamp can be is earlier or later than all of them. */
static bool call_conversion(struct sql_call *call, const char *symbol, struct datum value,
                            struct datum *out)
{
    struct sql_error *error = call->env->error;
    if (sql_builtin_find(slice_str(symbol))(call, &value, out))
        return true;
    if (strcmp(error->sqlstate, "22008") != 0)
        return false;
    sql_error_begin(error, error->arena);
    return sql_give_int(out, value.i < 0 ? SQL_TIME_MINUS_INFINITY : SQL_TIME_INFINITY);
}

/* *done false: there is no such conversion. */
static bool convert(struct sql_call *call, const struct sql_read_time *from, enum sql_read_kind to,
                    bool with_zones, struct datum *out, bool *done)
{
    *done = from->kind == to;
    *out = from->value;
    for (size_t i = 0; !*done && i < sizeof conversions / sizeof *conversions; i++) {
        const struct conversion *c = &conversions[i];
        if (c->from != from->kind || c->to != to)
            continue;
        if (c->zoned && !with_zones) {
            sql_fail(call->env->error, "0A000",
                     "cannot convert value from %s to %s without time zone usage",
                     short_name(from->kind), short_name(to));
            return sql_hint(call->env->error, "Use *_tz() function for time zone support.");
        }
        *done = true;
        return call_conversion(call, c->symbol, from->value, out);
    }
    return true;
}

bool sql_path_datetime_compare(struct sql_call *call, const struct sql_jsonb *a,
                               const struct sql_jsonb *b, bool with_zones, bool *comparable,
                               int *out)
{
    enum sql_read_kind kind = a->time->kind > b->time->kind ? a->time->kind : b->time->kind;
    struct datum left, right;
    bool left_done, right_done;
    if (!convert(call, a->time, kind, with_zones, &left, &left_done) ||
        !convert(call, b->time, kind, with_zones, &right, &right_done))
        return false;
    *comparable = left_done && right_done;
    *out = *comparable ? kinds[kind].ops->compare(call, NULL, left, right) : 0;
    return true;
}
