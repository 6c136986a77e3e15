/* SQL/JSON paths (ISO 9075-2, 9.39): reading, printing and running them over jsonb.
 *
 * A value of the type is the path's text as it is printed back. It is read again where it is used,
 * once a call site. A tree is made of struct sql_path_node; what stands behind a node (.a[0].b)
 * hangs on its `next`.
 *
 * Errors fill the call's error. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSONPATH_H
#define PARLEL_EMULATORS_SQL_VALUE_JSONPATH_H

#include "emulators/sql/value/jsonb.h"

enum sql_path_kind {
    /* scalars */
    SQL_PATH_NULL,
    SQL_PATH_FALSE,
    SQL_PATH_TRUE,
    SQL_PATH_STRING,
    SQL_PATH_NUMBER,
    SQL_PATH_VARIABLE,
    SQL_PATH_ROOT,    /* $ */
    SQL_PATH_CURRENT, /* @ */
    SQL_PATH_LAST,
    /* accessors */
    SQL_PATH_KEY,
    SQL_PATH_ANY_KEY,   /* .* */
    SQL_PATH_ANY,       /* .** */
    SQL_PATH_ANY_ARRAY, /* [*] */
    SQL_PATH_INDEXES,
    SQL_PATH_FILTER,
    SQL_PATH_METHOD,
    SQL_PATH_DATETIME,
    /* arithmetic */
    SQL_PATH_ADD,
    SQL_PATH_SUBTRACT,
    SQL_PATH_MULTIPLY,
    SQL_PATH_DIVIDE,
    SQL_PATH_MODULO,
    SQL_PATH_PLUS,
    SQL_PATH_MINUS,
    /* predicates */
    SQL_PATH_AND,
    SQL_PATH_OR,
    SQL_PATH_NOT,
    SQL_PATH_IS_UNKNOWN,
    SQL_PATH_EXISTS,
    SQL_PATH_EQUAL,
    SQL_PATH_NOT_EQUAL,
    SQL_PATH_LESS,
    SQL_PATH_GREATER,
    SQL_PATH_LESS_EQUAL,
    SQL_PATH_GREATER_EQUAL,
    SQL_PATH_STARTS_WITH,
    SQL_PATH_LIKE_REGEX,
};

enum sql_path_method {
    SQL_PATH_TYPE,
    SQL_PATH_SIZE,
    SQL_PATH_ABS,
    SQL_PATH_FLOOR,
    SQL_PATH_CEILING,
    SQL_PATH_DOUBLE,
    SQL_PATH_KEYVALUE,
    /* a scalar as another one (jsonpath_convert.c) */
    SQL_PATH_TO_BIGINT,
    SQL_PATH_TO_BOOLEAN,
    SQL_PATH_TO_DECIMAL,
    SQL_PATH_TO_INTEGER,
    SQL_PATH_TO_NUMBER,
    SQL_PATH_TO_STRING,
    /* a string as a date or a time (jsonpath_datetime.c) */
    SQL_PATH_TO_DATE,
    SQL_PATH_TO_TIME,
    SQL_PATH_TO_TIME_TZ,
    SQL_PATH_TO_TIMESTAMP,
    SQL_PATH_TO_TIMESTAMP_TZ,
    SQL_PATH_METHOD_COUNT,
};

/* What a method is called, and how many numbers its parentheses may hold. */
struct sql_path_method_form {
    const char *name;
    uint8_t numbers;
};

/* By enum sql_path_method. */
extern const struct sql_path_method_form sql_path_methods[SQL_PATH_METHOD_COUNT];

#define SQL_PATH_LEVEL_LAST UINT32_MAX

struct sql_path_range {
    struct sql_path_node *from, *to; /* to NULL: a single index */
};

struct sql_path_node {
    enum sql_path_kind kind;
    struct sql_path_node *next;         /* the accessor behind it */
    struct sql_path_node *left, *right; /* operands; a filter's predicate is left; numbers in a
                                         * method's parentheses */
    struct slice text;                  /* strings, keys, variables, patterns, templates */
    struct slice flags;                 /* of LIKE_REGEX */
    struct datum number;
    enum sql_path_method method;
    uint32_t first, last; /* levels of ** */
    struct sql_path_range *ranges;
    uint32_t range_count;
    void *memo; /* a pattern that was compiled */
};

struct sql_path {
    bool strict;
    struct sql_path_node *top;
};

/* From text into the arena of the call. */
bool sql_path_parse(struct sql_call *call, struct slice text, struct sql_path *out);
bool sql_path_print(struct sql_call *call, const struct sql_path *path, struct sql_bytes *out);

/* What a run gives: values, borrowed from the target and the call's arena. */
struct sql_path_values {
    struct sql_jsonb *items;
    uint32_t count, room;
};

struct sql_path_variable {
    struct slice name;
    struct sql_jsonb value;
};

struct sql_path_options {
    struct sql_jsonb variables; /* an object */
    bool has_variables;
    const struct sql_path_variable *passed; /* one by one, with dates and times as what they are */
    uint32_t passed_count;
    bool silent;     /* errors of structure and arithmetic end the run without values */
    bool with_zones; /* datetimes may be compared across zones */
};

/* Runs the path over the target. *failed (with silent): an error was swallowed, behind the values that
 * there are. any: one value is enough; in lax mode an error behind it is none. */
bool sql_path_run(struct sql_call *call, const struct sql_path *path,
                  const struct sql_jsonb *target, const struct sql_path_options *options, bool any,
                  struct sql_path_values *out, bool *failed);

/* The path of a value of the type, read once a call site. */
bool sql_path_open(struct sql_call *call, struct datum value, struct sql_path *out);

/* Dates and times of paths (jsonpath_datetime.c). The string as .datetime(template) reads it;
 * template.ptr NULL: in one of the ISO forms. *soft: the failure is the value's, not the path's. */
bool sql_path_datetime(struct sql_call *call, struct slice text, struct slice template,
                       struct sql_jsonb *out, bool *soft);
/* The string as .date(), .time(p) and their like have it. Without with_zones a value that the session's
 * zone would have to change is refused. */
bool sql_path_cast_datetime(struct sql_call *call, const struct sql_path_node *node,
                            struct slice text, bool with_zones, struct sql_jsonb *out, bool *soft);
/* A date or time as a path sees it, timestamps with time zone in UTC. *is_time false: it is none. */
bool sql_path_datetime_of(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_jsonb *out, bool *is_time);
/* Appends it as its type's output does, rather than in ISO 8601. */
bool sql_path_datetime_text(struct sql_call *call, const struct sql_jsonb *value,
                            struct sql_bytes *out);
const char *sql_path_datetime_type(const struct sql_jsonb *value);
/* *comparable false: a date and a time. Fails when the session's zone would count but must not. */
bool sql_path_datetime_compare(struct sql_call *call, const struct sql_jsonb *a,
                               const struct sql_jsonb *b, bool with_zones, bool *comparable,
                               int *out);

/* The scalar as a method of conversion makes it (jsonpath_convert.c). *soft: the failure is the value's. */
bool sql_path_convert(struct sql_call *call, const struct sql_path_node *node,
                      const struct sql_jsonb *item, struct sql_jsonb *out, bool *soft);
/* The number in a method's parentheses; false: it is no int4. */
bool sql_path_method_number(struct sql_call *call, const struct sql_path_node *number,
                            int32_t *out);

/* The compiled pattern of a LIKE_REGEX node, made when first asked for; NULL: the error is filled. */
struct sql_regex;
struct sql_regex *sql_path_regex(struct sql_call *call, struct sql_path_node *node);

extern const struct sql_type_ops sql_jsonpath_ops;
extern const struct sql_builtin sql_jsonpath_builtins[];

#endif
