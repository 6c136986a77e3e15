/* Patterns of to_char, to_date, to_timestamp: taken apart into fields and the text between them. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FORMAT_PATTERN_H
#define PARLEL_EMULATORS_SQL_VALUE_FORMAT_PATTERN_H

#include "emulators/sql/value/type.h"

enum sql_pattern_key {
    SQL_KEY_AD_DOTS,
    SQL_KEY_AD,
    SQL_KEY_AM_DOTS,
    SQL_KEY_AM,
    SQL_KEY_CC,
    SQL_KEY_DAY,
    SQL_KEY_DDD,
    SQL_KEY_DD,
    SQL_KEY_DY,
    SQL_KEY_D,
    SQL_KEY_FF, /* digits in sql_pattern_node.digits */
    SQL_KEY_FX,
    SQL_KEY_HH24,
    SQL_KEY_HH12,
    SQL_KEY_IDDD,
    SQL_KEY_ID,
    SQL_KEY_IW,
    SQL_KEY_IYYY, /* digits 4 to 1 */
    SQL_KEY_J,
    SQL_KEY_MI,
    SQL_KEY_MM,
    SQL_KEY_MONTH,
    SQL_KEY_MON,
    SQL_KEY_MS,
    SQL_KEY_OF,
    SQL_KEY_Q,
    SQL_KEY_RM,
    SQL_KEY_SSSS,
    SQL_KEY_SS,
    SQL_KEY_TZH,
    SQL_KEY_TZM,
    SQL_KEY_TZ,
    SQL_KEY_US,
    SQL_KEY_WW,
    SQL_KEY_W,
    SQL_KEY_YCYYY, /* Y,YYY */
    SQL_KEY_YYYY,  /* digits 4 to 1 */
};

/* Two ways to count years and weeks, not to be mixed when a date is read. */
enum sql_pattern_mode { SQL_PATTERN_ANY, SQL_PATTERN_GREGORIAN, SQL_PATTERN_ISO_WEEK };

struct sql_pattern_node {
    enum { SQL_NODE_END, SQL_NODE_FIELD, SQL_NODE_CHAR, SQL_NODE_SEPARATOR, SQL_NODE_SPACE } type;
    struct slice text; /* of a field its name, otherwise the character */
    enum sql_pattern_key key;
    uint8_t digits;
    bool is_number; /* reading the field takes digits */
    enum sql_pattern_mode mode;
    bool fill;                   /* FM: no blanks and zeros in front */
    bool localized;              /* TM */
    bool ordinal, upper_ordinal; /* th, TH */
};

/* The nodes, a SQL_NODE_END behind the last; NULL: memory ran out. */
struct sql_pattern_node *sql_pattern_parse(struct arena *arena, struct slice pattern);

extern const struct sql_builtin sql_format_builtins[];
extern const struct sql_builtin sql_format_number_builtins[];

/* to_timestamp(text, pattern), to_date(text, pattern). */
bool sql_to_timestamp(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_to_date(struct sql_call *call, const struct datum *args, struct datum *out);

/* What fields a pattern has decides which type a text read by it has. */
enum sql_read_kind {
    SQL_READ_DATE,
    SQL_READ_TIME,
    SQL_READ_TIMETZ,
    SQL_READ_TIMESTAMP,
    SQL_READ_TIMESTAMPTZ,
};

struct sql_read_time {
    enum sql_read_kind kind;
    struct datum value;
    int32_t zone; /* of the last two with zones: seconds west, as read */
};

/* The text by the pattern, as the SQL standard reads it: nothing is skipped, all must be used.
 * *bad_pattern: the failure is the pattern's. */
bool sql_read_datetime(struct sql_call *call, struct slice text, struct slice pattern,
                       struct sql_read_time *out, bool *bad_pattern);

/* English names; index 0 is January, Sunday. */
extern const char *const sql_month_names[12];
extern const char *const sql_day_names[7];
extern const char *const sql_roman_months[12];

/* The ending of an ordinal number: st, nd, rd, th. */
const char *sql_ordinal_ending(struct slice number, bool upper);

#endif
