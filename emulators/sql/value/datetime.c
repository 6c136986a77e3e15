#include "emulators/sql/value/datetime.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime_fields.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/zone.h"

/* ---- values by reference */

struct sql_interval sql_interval_open(struct datum value)
{
    struct sql_interval interval;
    memcpy(&interval.usecs, value.ptr, 8);
    memcpy(&interval.days, value.ptr + 8, 4);
    memcpy(&interval.months, value.ptr + 12, 4);
    return interval;
}

bool sql_interval_make(struct sql_call *call, struct sql_interval interval, struct datum *out)
{
    uint8_t *flat = arena_alloc(call->arena, 16);
    if (!flat)
        return sql_fail_memory(call->env->error);
    memcpy(flat, &interval.usecs, 8);
    memcpy(flat + 8, &interval.days, 4);
    memcpy(flat + 12, &interval.months, 4);
    return sql_give_slice(out, slice_of(flat, 16));
}

struct sql_timetz sql_timetz_open(struct datum value)
{
    struct sql_timetz time;
    memcpy(&time.usecs, value.ptr, 8);
    memcpy(&time.zone, value.ptr + 8, 4);
    return time;
}

bool sql_timetz_make(struct sql_call *call, struct sql_timetz time, struct datum *out)
{
    uint8_t *flat = arena_alloc(call->arena, 12);
    if (!flat)
        return sql_fail_memory(call->env->error);
    memcpy(flat, &time.usecs, 8);
    memcpy(flat + 8, &time.zone, 4);
    return sql_give_slice(out, slice_of(flat, 12));
}

/* ---- parts */

void sql_tm_of_time(int64_t time, struct sql_tm *out)
{
    out->hour = (int)(time / SQL_USECS_PER_HOUR);
    out->minute = (int)(time / SQL_USECS_PER_MINUTE % 60);
    out->second = (int)(time / SQL_USECS_PER_SEC % 60);
    out->usec = time % SQL_USECS_PER_SEC;
}

void sql_tm_of_timestamp(int64_t time, struct sql_tm *out)
{
    *out = (struct sql_tm){0};
    sql_date_of_days(sql_floor_div(time, SQL_USECS_PER_DAY), &out->year, &out->month, &out->day);
    sql_tm_of_time(sql_floor_mod(time, SQL_USECS_PER_DAY), out);
}

void sql_tm_of_timestamptz(int64_t time, const struct sql_zone *zone, struct sql_tm *out)
{
    struct sql_zone_kind kind = sql_zone_at(zone, time);
    sql_tm_of_timestamp(time + kind.offset * SQL_USECS_PER_SEC, out);
    out->zone = -kind.offset;
    out->dst = kind.dst;
    out->zone_name = kind.abbreviation;
}

int64_t sql_time_of_tm(const struct sql_tm *tm)
{
    return ((tm->hour * INT64_C(60) + tm->minute) * 60 + tm->second) * SQL_USECS_PER_SEC + tm->usec;
}

bool sql_timestamp_of_tm(const struct sql_tm *tm, int64_t *out)
{
    int64_t days = sql_days_of_date(tm->year, tm->month, tm->day);
    if (days < SQL_DATE_MIN - 31 || days >= SQL_DATE_END ||
        __builtin_mul_overflow(days, SQL_USECS_PER_DAY, out) ||
        __builtin_add_overflow(*out, sql_time_of_tm(tm), out))
        return false;
    return sql_timestamp_in_range(*out);
}

int32_t sql_zone_of_local_tm(const struct sql_zone *zone, const struct sql_tm *tm)
{
    int64_t days = sql_days_of_date(tm->year, tm->month, tm->day), local;
    if (__builtin_mul_overflow(days, SQL_USECS_PER_DAY, &local) ||
        __builtin_add_overflow(local, sql_time_of_tm(tm), &local))
        return 0;
    return -sql_zone_offset_of_local(zone, local);
}

bool sql_timestamptz_to_local(int64_t time, const struct sql_zone *zone, int64_t *out)
{
    *out = time + sql_zone_at(zone, time).offset * SQL_USECS_PER_SEC;
    return sql_timestamp_in_range(*out);
}

bool sql_local_to_timestamptz(int64_t local, const struct sql_zone *zone, int64_t *out)
{
    *out = local - sql_zone_offset_of_local(zone, local) * SQL_USECS_PER_SEC;
    return sql_timestamp_in_range(*out);
}

/* ---- typmods */

/* To a multiple of the precision's unit; half is rounded away from zero. */
static int64_t round_to(int64_t time, int precision)
{
    static const int64_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int64_t unit = units[precision], half = unit / 2;
    return time >= 0 ? (time + half) / unit * unit : -((half - time) / unit * unit);
}

bool sql_timestamp_apply_typmod(struct sql_call *call, int32_t typmod, int64_t *time)
{
    if (typmod == -1 || typmod == SQL_TIME_PRECISION_MAX || !sql_time_is_finite(*time))
        return true;
    if (typmod < 0 || typmod > SQL_TIME_PRECISION_MAX)
        return sql_fail(call->env->error, "22023",
                        "timestamp(%d) precision must be between %d and %d", (int)typmod, 0,
                        SQL_TIME_PRECISION_MAX);
    *time = round_to(*time, typmod);
    return true;
}

void sql_time_apply_typmod(int32_t typmod, int64_t *time)
{
    if (typmod >= 0 && typmod < SQL_TIME_PRECISION_MAX)
        *time = round_to(*time, typmod);
}

static int range_of_typmod(int32_t typmod)
{
    return typmod < 0 ? SQL_INTERVAL_FULL_RANGE : typmod >> 16 & 0x7fff;
}

/* Fields below the range's last are dropped. */
static void cut_to_range(int range, struct sql_interval *interval)
{
    if (range == SQL_INTERVAL_FULL_RANGE || range & SQL_INTERVAL_SECOND)
        return;
    if (range == SQL_INTERVAL_YEAR)
        interval->months = interval->months / 12 * 12;
    if (!(range & ~(SQL_INTERVAL_YEAR | SQL_INTERVAL_MONTH)))
        interval->days = 0;
    int64_t unit = range & SQL_INTERVAL_MINUTE ? SQL_USECS_PER_MINUTE
                   : range & SQL_INTERVAL_HOUR ? SQL_USECS_PER_HOUR
                                               : 0;
    interval->usecs = unit ? interval->usecs / unit * unit : 0;
}

bool sql_interval_apply_typmod(struct sql_call *call, int32_t typmod, struct sql_interval *interval)
{
    if (typmod < 0)
        return true;
    int precision = typmod & 0xffff;
    cut_to_range(range_of_typmod(typmod), interval);
    if (precision == SQL_INTERVAL_NO_PRECISION)
        return true;
    if (precision > SQL_TIME_PRECISION_MAX)
        return sql_fail(call->env->error, "22023",
                        "interval(%d) precision must be between %d and %d", precision, 0,
                        SQL_TIME_PRECISION_MAX);
    interval->usecs = round_to(interval->usecs, precision);
    return true;
}

/* ---- input */

static bool decode(struct sql_call *call, struct slice text, const char *type, bool time_only,
                   struct sql_decoded *out)
{
    struct sql_fields fields;
    enum sql_date_fault fault = sql_fields_split(text, &fields);
    if (!fault)
        fault = time_only ? sql_time_decode(call, &fields, out)
                          : sql_datetime_decode(call, &fields, out);
    return !fault || sql_date_fail(call, fault, text, type);
}

static bool out_of_range(struct sql_call *call, const char *type, struct slice text)
{
    return sql_fail(call->env->error, "22008", "%s out of range: \"" SLICE_FMT "\"", type,
                    SLICE_ARG(text));
}

static bool date_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_decoded d;
    if (!decode(call, text, "date", false, &d))
        return false;
    if (d.word != SQL_WORD_NONE)
        return sql_give_int(out, d.word == SQL_WORD_EPOCH  ? -SQL_EPOCH_UNIX_DAYS
                                 : d.word == SQL_WORD_LATE ? SQL_DATE_INFINITY
                                                           : SQL_DATE_MINUS_INFINITY);
    int64_t days = sql_days_of_date(d.tm.year, d.tm.month, d.tm.day);
    if (days < SQL_DATE_MIN || days >= SQL_DATE_END)
        return out_of_range(call, "date", text);
    return sql_give_int(out, days);
}

static bool time_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_decoded d;
    if (!decode(call, text, "time", true, &d))
        return false;
    *out = datum_int(sql_time_of_tm(&d.tm));
    sql_time_apply_typmod(typmod, &out->i);
    return true;
}

static bool timetz_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_decoded d;
    if (!decode(call, text, "time with time zone", true, &d))
        return false;
    struct sql_timetz time = {sql_time_of_tm(&d.tm), d.tm.zone};
    sql_time_apply_typmod(typmod, &time.usecs);
    return sql_timetz_make(call, time, out);
}

static int64_t time_of_word(int word)
{
    return word == SQL_WORD_EPOCH  ? -SQL_EPOCH_UNIX_DAYS * SQL_USECS_PER_DAY
           : word == SQL_WORD_LATE ? SQL_TIME_INFINITY
                                   : SQL_TIME_MINUS_INFINITY;
}

static bool timestamp_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                            int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_decoded d;
    if (!decode(call, text, "timestamp", false, &d))
        return false;
    *out = datum_int(0);
    if (d.word != SQL_WORD_NONE)
        out->i = time_of_word(d.word);
    else if (!sql_timestamp_of_tm(&d.tm, &out->i))
        return out_of_range(call, "timestamp", text);
    return sql_timestamp_apply_typmod(call, typmod, &out->i);
}

static bool timestamptz_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                              int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_decoded d;
    if (!decode(call, text, "timestamp with time zone", false, &d))
        return false;
    *out = datum_int(0);
    if (d.word != SQL_WORD_NONE) {
        out->i = time_of_word(d.word);
    } else { /* the zone may bring a time back into the range */
        d.tm.second += d.tm.zone;
        if (!sql_timestamp_of_tm(&d.tm, &out->i))
            return out_of_range(call, "timestamp", text);
    }
    return sql_timestamp_apply_typmod(call, typmod, &out->i);
}

static bool interval_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                           int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_interval interval;
    enum sql_date_fault fault = sql_interval_decode(call, text, range_of_typmod(typmod), &interval);
    if (fault)
        return sql_date_fail(call, fault, text, "interval");
    return sql_interval_apply_typmod(call, typmod, &interval) &&
           sql_interval_make(call, interval, out);
}

/* ---- output */

static bool finish(struct sql_call *call, const struct sql_bytes *out)
{
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool print_infinity(struct sql_call *call, bool negative, struct sql_bytes *out)
{
    sql_bytes_add_str(out, negative ? "-infinity" : "infinity");
    return finish(call, out);
}

static bool date_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct sql_tm tm = {0};
    if (!sql_date_is_finite(value.i))
        return print_infinity(call, value.i < 0, out);
    sql_date_of_days(value.i, &tm.year, &tm.month, &tm.day);
    sql_date_print(call->env->format, &tm, out);
    return finish(call, out);
}

static bool time_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct sql_tm tm = {0};
    sql_tm_of_time(value.i, &tm);
    sql_time_print(&tm, false, out);
    return finish(call, out);
}

static bool timetz_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)type;
    struct sql_timetz time = sql_timetz_open(value);
    struct sql_tm tm = {.zone = time.zone};
    sql_tm_of_time(time.usecs, &tm);
    sql_time_print(&tm, true, out);
    return finish(call, out);
}

static bool timestamp_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                             struct sql_bytes *out)
{
    (void)type;
    struct sql_tm tm;
    if (!sql_time_is_finite(value.i))
        return print_infinity(call, value.i < 0, out);
    sql_tm_of_timestamp(value.i, &tm);
    sql_timestamp_print(call->env->format, &tm, false, out);
    return finish(call, out);
}

static bool timestamptz_output(struct sql_call *call, const struct sql_type *type,
                               struct datum value, struct sql_bytes *out)
{
    (void)type;
    struct sql_tm tm;
    if (!sql_time_is_finite(value.i))
        return print_infinity(call, value.i < 0, out);
    sql_tm_of_timestamptz(value.i, sql_call_zone(call), &tm);
    sql_timestamp_print(call->env->format, &tm, true, out);
    return finish(call, out);
}

static bool interval_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    (void)type;
    sql_interval_print(call->env->format, sql_interval_open(value), out);
    return finish(call, out);
}

/* ---- binary forms */

static bool fail_range(struct sql_call *call, const char *type)
{
    return sql_fail(call->env->error, "22008", "%s out of range", type);
}

static bool date_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    *out = datum_int(sql_receive_i32(&from));
    if (sql_date_is_finite(out->i) && (out->i < SQL_DATE_MIN || out->i >= SQL_DATE_END))
        return fail_range(call, "date");
    return sql_receive_done(&from, call->env->error);
}

static bool time_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_receive from = sql_receive_begin(bytes);
    *out = datum_int(sql_receive_i64(&from));
    if (out->i < 0 || out->i > SQL_USECS_PER_DAY)
        return fail_range(call, "time");
    sql_time_apply_typmod(typmod, &out->i);
    return sql_receive_done(&from, call->env->error);
}

static bool timetz_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                           int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_receive from = sql_receive_begin(bytes);
    struct sql_timetz time = {sql_receive_i64(&from), 0};
    time.zone = sql_receive_i32(&from);
    if (time.usecs < 0 || time.usecs > SQL_USECS_PER_DAY)
        return fail_range(call, "time");
    if (time.zone <= -16 * 3600 || time.zone >= 16 * 3600)
        return sql_fail(call->env->error, "22009", "time zone displacement out of range");
    sql_time_apply_typmod(typmod, &time.usecs);
    return sql_receive_done(&from, call->env->error) && sql_timetz_make(call, time, out);
}

static bool timestamp_receive(struct sql_call *call, const struct sql_type *type,
                              struct slice bytes, int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_receive from = sql_receive_begin(bytes);
    *out = datum_int(sql_receive_i64(&from));
    if (sql_time_is_finite(out->i) && !sql_timestamp_in_range(out->i))
        return fail_range(call, "timestamp");
    return sql_receive_done(&from, call->env->error) &&
           sql_timestamp_apply_typmod(call, typmod, &out->i);
}

static bool interval_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                             int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_receive from = sql_receive_begin(bytes);
    struct sql_interval interval = {.usecs = sql_receive_i64(&from)};
    interval.days = sql_receive_i32(&from);
    interval.months = sql_receive_i32(&from);
    return sql_receive_done(&from, call->env->error) &&
           sql_interval_apply_typmod(call, typmod, &interval) &&
           sql_interval_make(call, interval, out);
}

static bool date_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u32(out, (uint32_t)value.u);
    return finish(call, out);
}

static bool time_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u64(out, value.u);
    return finish(call, out);
}

static bool timetz_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    struct sql_timetz time = sql_timetz_open(value);
    sql_bytes_add_u64(out, (uint64_t)time.usecs);
    sql_bytes_add_u32(out, (uint32_t)time.zone);
    return finish(call, out);
}

static bool interval_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)type;
    struct sql_interval interval = sql_interval_open(value);
    sql_bytes_add_u64(out, (uint64_t)interval.usecs);
    sql_bytes_add_u32(out, (uint32_t)interval.days);
    sql_bytes_add_u32(out, (uint32_t)interval.months);
    return finish(call, out);
}

/* ---- order, hash, key */

/* The moment in UTC, then the zone: equal are only the same times in the same zone. */
static int timetz_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                          struct datum b)
{
    (void)call;
    (void)type;
    struct sql_timetz x = sql_timetz_open(a), y = sql_timetz_open(b);
    int64_t p = x.usecs + x.zone * SQL_USECS_PER_SEC, q = y.usecs + y.zone * SQL_USECS_PER_SEC;
    if (p != q)
        return p > q ? 1 : -1;
    return (x.zone > y.zone) - (x.zone < y.zone);
}

static uint64_t timetz_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call;
    (void)type;
    struct sql_timetz time = sql_timetz_open(value);
    return sql_mix((uint64_t)time.usecs ^ sql_mix((uint32_t)time.zone));
}

static bool timetz_encode_key(struct sql_call *call, const struct sql_type *type,
                              struct datum value, struct sql_bytes *out)
{
    (void)type;
    struct sql_timetz time = sql_timetz_open(value);
    int64_t moment = time.usecs + time.zone * SQL_USECS_PER_SEC;
    sql_bytes_add_u64(out, (uint64_t)moment ^ UINT64_C(1) << 63);
    sql_bytes_add_u32(out, (uint32_t)time.zone ^ UINT32_C(1) << 31);
    return finish(call, out);
}

/* Days and microseconds of a day: months count 30 days. */
struct span {
    int64_t days, usecs;
};

static struct span span_of(struct sql_interval interval)
{
    int64_t days = interval.months * INT64_C(30) + interval.days;
    return (struct span){days + sql_floor_div(interval.usecs, SQL_USECS_PER_DAY),
                         sql_floor_mod(interval.usecs, SQL_USECS_PER_DAY)};
}

int sql_interval_order(struct sql_interval a, struct sql_interval b)
{
    struct span x = span_of(a), y = span_of(b);
    if (x.days != y.days)
        return x.days > y.days ? 1 : -1;
    return (x.usecs > y.usecs) - (x.usecs < y.usecs);
}

static int interval_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                            struct datum b)
{
    (void)call;
    (void)type;
    return sql_interval_order(sql_interval_open(a), sql_interval_open(b));
}

static uint64_t interval_hash(struct sql_call *call, const struct sql_type *type,
                              struct datum value)
{
    (void)call;
    (void)type;
    struct span span = span_of(sql_interval_open(value));
    return sql_mix((uint64_t)span.usecs ^ sql_mix((uint64_t)span.days));
}

static bool interval_encode_key(struct sql_call *call, const struct sql_type *type,
                                struct datum value, struct sql_bytes *out)
{
    (void)type;
    struct span span = span_of(sql_interval_open(value));
    sql_bytes_add_u64(out, (uint64_t)span.days ^ UINT64_C(1) << 63);
    sql_bytes_add_u64(out, (uint64_t)span.usecs);
    return finish(call, out);
}

const struct sql_type_ops sql_date_ops = {date_input,         date_output,        date_receive,
                                          date_send,          sql_int_compare,    sql_int_hash,
                                          sql_int_encode_key, SQL_ROW_FORM_SIGNED};
const struct sql_type_ops sql_time_ops = {time_input,        time_output,     time_receive,
                                          time_send,         sql_int_compare, sql_int_hash,
                                          sql_int_encode_key};
const struct sql_type_ops sql_timestamp_ops = {
    timestamp_input, timestamp_output, timestamp_receive, time_send,
    sql_int_compare, sql_int_hash,     sql_int_encode_key};
const struct sql_type_ops sql_timestamptz_ops = {
    timestamptz_input, timestamptz_output, timestamp_receive, time_send,
    sql_int_compare,   sql_int_hash,       sql_int_encode_key};
const struct sql_type_ops sql_timetz_ops = {timetz_input,     timetz_output,  timetz_receive,
                                            timetz_send,      timetz_compare, timetz_hash,
                                            timetz_encode_key};
const struct sql_type_ops sql_interval_ops = {
    interval_input,   interval_output, interval_receive,   interval_send,
    interval_compare, interval_hash,   interval_encode_key};
