/* Dates and times in paths: .datetime(), their text, their order. */
#include "emulators/sql/session.h"
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

/* False: no form fits. */
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
    return false;
}

static bool fail_form(struct sql_call *call, const char *what, struct slice text, bool *soft)
{
    *soft = true;
    return sql_fail(call->env->error, "22031", "%s format is not recognized: \"" SLICE_FMT "\"",
                    what, SLICE_ARG(text));
}

/* Where a read time goes, and the value that it is of. */
static bool make_time(struct sql_call *call, struct sql_jsonb *out, struct sql_read_time **time)
{
    *time = arena_alloc(call->arena, sizeof **time);
    *out = (struct sql_jsonb){.kind = SQL_JSONB_KIND_STRING, .time = *time};
    return *time || sql_fail_memory(call->env->error);
}

bool sql_path_datetime(struct sql_call *call, struct slice text, struct slice template,
                       struct sql_jsonb *out, bool *soft)
{
    struct sql_read_time *time;
    bool bad_pattern = false;
    if (!make_time(call, out, &time))
        return false;
    if (!template.ptr && !read_iso(call, text, time)) {
        fail_form(call, "datetime", text, soft);
        return sql_hint(call->env->error,
                        "Use a datetime template argument to specify the input data format.");
    }
    if (template.ptr && !sql_read_datetime(call, text, template, time, &bad_pattern)) {
        *soft = !bad_pattern;
        return false;
    }
    return print(call, time, &out->bytes);
}

/* ---- conversions */

/* How one becomes another; zoned: by the session's zone. Only the first ones tell more than before. */
static const struct conversion {
    enum sql_read_kind from, to;
    const char *symbol;
    bool zoned;
} conversions[] = {
    {SQL_READ_DATE,        SQL_READ_TIMESTAMP,   "date_timestamp",        false},
    {SQL_READ_DATE,        SQL_READ_TIMESTAMPTZ, "date_timestamptz",      true },
    {SQL_READ_TIMESTAMP,   SQL_READ_TIMESTAMPTZ, "timestamp_timestamptz", true },
    {SQL_READ_TIME,        SQL_READ_TIMETZ,      "time_timetz",           true },
    {SQL_READ_TIMETZ,      SQL_READ_TIME,        "timetz_time",           true },
    {SQL_READ_TIMESTAMP,   SQL_READ_DATE,        "timestamp_date",        false},
    {SQL_READ_TIMESTAMP,   SQL_READ_TIME,        "timestamp_time",        false},
    {SQL_READ_TIMESTAMPTZ, SQL_READ_DATE,        "timestamptz_date",      true },
    {SQL_READ_TIMESTAMPTZ, SQL_READ_TIME,        "timestamptz_time",      true },
    {SQL_READ_TIMESTAMPTZ, SQL_READ_TIMETZ,      "timestamptz_timetz",    false},
    {SQL_READ_TIMESTAMPTZ, SQL_READ_TIMESTAMP,   "timestamptz_timestamp", true },
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

/* NULL: there is none. */
static const struct conversion *find_conversion(enum sql_read_kind from, enum sql_read_kind to)
{
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (conversions[i].from == from && conversions[i].to == to)
            return &conversions[i];
    return NULL;
}

static bool check_zone(struct sql_call *call, const struct conversion *conversion, bool with_zones)
{
    if (!conversion->zoned || with_zones)
        return true;
    sql_fail(call->env->error, "0A000",
             "cannot convert value from %s to %s without time zone usage",
             short_name(conversion->from), short_name(conversion->to));
    return sql_hint(call->env->error, "Use *_tz() function for time zone support.");
}

static bool call_conversion(struct sql_call *call, const struct conversion *conversion,
                            struct datum value, struct datum *out)
{
    return sql_builtin_find(slice_str(conversion->symbol))(call, &value, out);
}

/* ---- order */

/* For a comparison. *done false: there is no such conversion. */
static bool convert(struct sql_call *call, const struct sql_read_time *from, enum sql_read_kind to,
                    bool with_zones, struct datum *out, bool *done)
{
    struct sql_error *error = call->env->error;
    const struct conversion *conversion = find_conversion(from->kind, to);
    *done = from->kind == to || conversion;
    *out = from->value;
    if (!conversion)
        return true;
    if (!check_zone(call, conversion, with_zones))
        return false;
    if (call_conversion(call, conversion, from->value, out))
        return true;
    if (strcmp(error->sqlstate, "22008") != 0)
        return false;
    /* A date that no timestamp can be is earlier or later than all of them. */
    sql_error_begin(error, error->arena);
    return sql_give_int(out, from->value.i < 0 ? SQL_TIME_MINUS_INFINITY : SQL_TIME_INFINITY);
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

/* ---- casts */

/* What the methods make of a string, and what their precisions are called in warnings. */
static const struct {
    enum sql_read_kind kind;
    const char *type, *zone;
} targets[] = {
    [SQL_PATH_TO_DATE] = {SQL_READ_DATE,        NULL,        NULL             },
    [SQL_PATH_TO_TIME] = {SQL_READ_TIME,        "TIME",      ""               },
    [SQL_PATH_TO_TIME_TZ] = {SQL_READ_TIMETZ,      "TIME",      " WITH TIME ZONE"},
    [SQL_PATH_TO_TIMESTAMP] = {SQL_READ_TIMESTAMP,   "TIMESTAMP", ""               },
    [SQL_PATH_TO_TIMESTAMP_TZ] = {SQL_READ_TIMESTAMPTZ, "TIMESTAMP", " WITH TIME ZONE"},
};

/* The zone that a converted value is shown in. */
static bool set_zone(struct sql_call *call, const struct sql_read_time *from,
                     struct sql_read_time *to)
{
    struct datum local = from->value;
    if (to->kind == SQL_READ_TIMETZ)
        to->zone = sql_timetz_open(to->value).zone;
    if (to->kind != SQL_READ_TIMESTAMPTZ || !sql_time_is_finite(to->value.i))
        return true;
    if (from->kind == SQL_READ_DATE &&
        !call_conversion(call, find_conversion(SQL_READ_DATE, SQL_READ_TIMESTAMP), local, &local))
        return false;
    to->zone = (int32_t)((to->value.i - local.i) / SQL_USECS_PER_SEC);
    return true;
}

static bool cast_time(struct sql_call *call, struct sql_read_time *time, enum sql_read_kind kind,
                      const struct conversion *conversion, bool with_zones)
{
    struct sql_read_time from = *time;
    if (from.kind == kind)
        return true;
    time->kind = kind;
    return check_zone(call, conversion, with_zones) &&
           call_conversion(call, conversion, from.value, &time->value) &&
           set_zone(call, &from, time);
}

static void warn_precision(struct sql_call *call, enum sql_path_method method, int32_t precision)
{
    struct sql_session *session = call->env->session;
    struct sql_error warning;
    if (!session || !session->owner || !session->owner->notice)
        return;
    sql_error_begin(&warning, call->arena);
    sql_fail(&warning, "22023", "%s(%d)%s precision reduced to maximum allowed, %d",
             targets[method].type, (int)precision, targets[method].zone, SQL_TIME_PRECISION_MAX);
    warning.severity = SQL_WARNING;
    session->owner->notice(session, &warning);
}

static bool round_time(struct sql_call *call, int32_t precision, struct sql_read_time *time)
{
    struct sql_timetz zoned;
    switch (time->kind) {
    case SQL_READ_TIME: sql_time_apply_typmod(precision, &time->value.i); return true;
    case SQL_READ_TIMETZ:
        zoned = sql_timetz_open(time->value);
        sql_time_apply_typmod(precision, &zoned.usecs);
        return sql_timetz_make(call, zoned, &time->value);
    default: return sql_timestamp_apply_typmod(call, precision, &time->value.i);
    }
}

static bool apply_precision(struct sql_call *call, const struct sql_path_node *node,
                            struct sql_read_time *time, bool *soft)
{
    int32_t precision;
    if (!node->left)
        return true;
    if (!sql_path_method_number(call, node->left, &precision)) {
        *soft = true;
        return sql_fail(call->env->error, "22031",
                        "time precision of jsonpath item method .%s() is out of range for type "
                        "integer",
                        sql_path_methods[node->method].name);
    }
    if (precision > SQL_TIME_PRECISION_MAX) {
        warn_precision(call, node->method, precision);
        precision = SQL_TIME_PRECISION_MAX;
    }
    return round_time(call, precision, time);
}

bool sql_path_cast_datetime(struct sql_call *call, const struct sql_path_node *node,
                            struct slice text, bool with_zones, struct sql_jsonb *out, bool *soft)
{
    struct sql_read_time *time;
    enum sql_read_kind kind = targets[node->method].kind;
    if (!make_time(call, out, &time))
        return false;
    bool read = read_iso(call, text, time);
    const struct conversion *conversion = read ? find_conversion(time->kind, kind) : NULL;
    if (!read || (time->kind != kind && !conversion))
        return fail_form(call, sql_path_methods[node->method].name, text, soft);
    return cast_time(call, time, kind, conversion, with_zones) &&
           apply_precision(call, node, time, soft) && print(call, time, &out->bytes);
}

/* ---- values that are no strings */

bool sql_path_datetime_of(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_jsonb *out, bool *is_time)
{
    struct sql_read_time *time;
    *is_time = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !*is_time; i++) {
        if (kinds[i].ops != type->ops)
            continue;
        *is_time = true;
        if (!make_time(call, out, &time))
            return false;
        *time = (struct sql_read_time){.kind = (enum sql_read_kind)i, .value = value};
    }
    if (*is_time && time->kind == SQL_READ_TIMETZ)
        time->zone = sql_timetz_open(value).zone;
    return !*is_time || print(call, time, &out->bytes);
}

bool sql_path_datetime_text(struct sql_call *call, const struct sql_jsonb *value,
                            struct sql_bytes *out)
{
    return kinds[value->time->kind].ops->output(call, NULL, value->time->value, out);
}
