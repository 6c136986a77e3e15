/* Fields of a date's or interval's text, and the words in them. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_DATETIME_FIELDS_H
#define PARLEL_EMULATORS_SQL_VALUE_DATETIME_FIELDS_H

#include "emulators/sql/value/datetime.h"

#define SQL_DATE_FIELDS_MAX 25
#define SQL_DATE_TEXT_MAX   153

/* What a field looks like. */
enum sql_field_type {
    SQL_FIELD_NUMBER,
    SQL_FIELD_STRING,
    SQL_FIELD_DATE,
    SQL_FIELD_TIME,
    SQL_FIELD_ZONE,   /* a sign and digits */
    SQL_FIELD_SPECIAL /* a sign and letters */
};

struct sql_fields {
    int count;
    char *text[SQL_DATE_FIELDS_MAX]; /* terminated, in lower case, in `room` */
    enum sql_field_type type[SQL_DATE_FIELDS_MAX];
    char room[SQL_DATE_TEXT_MAX + 1];
};

/* Why a text is refused. */
enum sql_date_fault {
    SQL_DATE_OK,
    SQL_DATE_BAD_FORMAT,
    SQL_DATE_OVERFLOW,
    SQL_DATE_ORDER_OVERFLOW, /* month or day: perhaps they are swapped */
    SQL_DATE_INTERVAL_OVERFLOW,
    SQL_DATE_INTERVAL_RANGE, /* each field is good, but not their sum */
    SQL_DATE_ZONE_OVERFLOW,
    SQL_DATE_REPORTED /* the error is filled */
};

/* What words mean. */
enum sql_token_kind {
    SQL_TOKEN_UNKNOWN,
    SQL_TOKEN_IGNORE,
    SQL_TOKEN_RESERVED,
    SQL_TOKEN_MONTH,
    SQL_TOKEN_WEEKDAY,
    SQL_TOKEN_MERIDIEM,
    SQL_TOKEN_ERA,
    SQL_TOKEN_UNIT,
    SQL_TOKEN_TIME_MARK, /* ISO 8601's T */
    SQL_TOKEN_DST,       /* "MET DST" */
    SQL_TOKEN_AGO,
};

/* Reserved words, in SQL_TOKEN_RESERVED. */
enum {
    SQL_WORD_NONE,
    SQL_WORD_NOW,
    SQL_WORD_YESTERDAY,
    SQL_WORD_TODAY,
    SQL_WORD_TOMORROW,
    SQL_WORD_ZULU,
    SQL_WORD_EPOCH,
    SQL_WORD_LATE,
    SQL_WORD_EARLY
};
enum { SQL_MERIDIEM_NONE, SQL_MERIDIEM_AM, SQL_MERIDIEM_PM };
enum { SQL_ERA_AD, SQL_ERA_BC };

/* Units, in SQL_TOKEN_UNIT, of inputs, date_part, date_trunc. */
enum sql_unit {
    SQL_UNIT_NONE,
    SQL_UNIT_MICROSECOND,
    SQL_UNIT_MILLISECOND,
    SQL_UNIT_SECOND,
    SQL_UNIT_MINUTE,
    SQL_UNIT_HOUR,
    SQL_UNIT_DAY,
    SQL_UNIT_WEEK,
    SQL_UNIT_MONTH,
    SQL_UNIT_QUARTER,
    SQL_UNIT_YEAR,
    SQL_UNIT_DECADE,
    SQL_UNIT_CENTURY,
    SQL_UNIT_MILLENNIUM,
    SQL_UNIT_JULIAN,
    SQL_UNIT_DOW,
    SQL_UNIT_DOY,
    SQL_UNIT_ISODOW,
    SQL_UNIT_ISOYEAR,
    SQL_UNIT_TIME, /* after ISO 8601's T */
    SQL_UNIT_ZONE,
    SQL_UNIT_ZONE_HOUR,
    SQL_UNIT_ZONE_MINUTE,
};

struct sql_token {
    enum sql_token_kind kind;
    int value;
};

/* Splits a text into fields. */
enum sql_date_fault sql_fields_split(struct slice text, struct sql_fields *out);

/* Words of dates and of intervals, in lower case; ten characters count. */
struct sql_token sql_token_of_date(const char *word);
struct sql_token sql_token_of_interval(const char *word);

/* The unit that date_part or date_trunc was given, as a token; in any case of letters. */
struct sql_token sql_token_of_unit(struct slice name);

/* The ISO week that a day is in, and the year that the week belongs to. */
int sql_iso_week(int64_t days, int *out_year);
/* Monday of an ISO week. */
int64_t sql_days_of_iso_week(int year, int week);

/* A decimal number at *at, which is moved behind it; signs are taken. 0, and *at stays, where there
 * is none. False: out of range. */
bool sql_read_int(const char **at, int64_t min, int64_t max, int64_t *out);
/* ".ddd", or "." alone, up to the end. */
bool sql_read_fraction(const char *at, double *out);
/* The same in microseconds, rounded. */
bool sql_read_fraction_usecs(const char *at, int64_t *out);

/* h:m, h:m:s, m:s.f; an interval's range may say that two fields are minutes and seconds. */
enum sql_date_fault sql_read_clock(const char *text, int range, int64_t *out_hour, int *out_minute,
                                   int *out_second, int64_t *out_usec);

/* Outcome of reading a date or time. */
struct sql_decoded {
    struct sql_tm tm;
    int word; /* SQL_WORD_EPOCH, _LATE, _EARLY instead of the parts, or SQL_WORD_NONE */
};

/* Dates, timestamps. */
enum sql_date_fault sql_datetime_decode(struct sql_call *call, struct sql_fields *fields,
                                        struct sql_decoded *out);
/* Times of day. */
enum sql_date_fault sql_time_decode(struct sql_call *call, struct sql_fields *fields,
                                    struct sql_decoded *out);
enum sql_date_fault sql_interval_decode(struct sql_call *call, struct slice text, int range,
                                        struct sql_interval *out);

/* Fills the error that a fault stands for. Always false. */
bool sql_date_fail(struct sql_call *call, enum sql_date_fault fault, struct slice text,
                   const char *type);

#endif
