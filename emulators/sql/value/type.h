/* Types, and what every type can do.
 *
 * A struct sql_type describes one type of a catalog: built-in ones are constant tables of the
 * dialect, others (arrays of them, enums, domains, composites, ranges) are made by the catalog. What a
 * type can do stands in its operations, shared by all types of one making: every array type has the
 * same operations, which look at type->element.
 *
 * Functions get a struct sql_call: what the call is about, and the environment of the statement.
 * Everything returned is made in call->arena. Failing fills call->env->error and returns false. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_TYPE_H
#define PARLEL_EMULATORS_SQL_VALUE_TYPE_H

#include "emulators/sql/error.h"
#include "emulators/sql/value/datum.h"

struct clock;
struct random;
struct reader;
struct sql_bytes;
struct sql_call;
struct sql_collator;
struct sql_env;
struct sql_routine;
struct sql_session;

/* Kinds, by the letters that catalogs show. */
enum sql_type_kind {
    SQL_TYPE_BASE = 'b',
    SQL_TYPE_COMPOSITE = 'c',
    SQL_TYPE_DOMAIN = 'd',
    SQL_TYPE_ENUM = 'e',
    SQL_TYPE_PSEUDO = 'p',
    SQL_TYPE_RANGE = 'r',
    SQL_TYPE_MULTIRANGE = 'm',
};

struct sql_type {
    uint32_t id;
    struct slice name;
    uint32_t schema;
    int16_t len;   /* bytes on the wire's and the catalog's account; -1 varying, -2 C string */
    bool by_value; /* the datum's number is the value */
    enum sql_type_kind kind;
    char category; /* N numeric, S string, D date/time ...; decides preferences of overloading */
    bool preferred;
    char delimiter;      /* between elements of an array's text */
    uint32_t element;    /* arrays and fixed vectors: type of the elements */
    uint32_t array;      /* the array type of this one, 0: none */
    uint32_t relation;   /* composites: relation whose columns these are */
    uint32_t base;       /* domains: the type below; ranges: the subtype; multiranges: the range */
    int32_t base_typmod; /* domains */
    uint32_t collation;  /* 0: not collatable */
    const struct sql_type_ops *ops;
    /* Enums: struct sql_enum; composites: struct sql_row_type; ranges: what catalog/range says; NULL
     * otherwise. */
    const void *extra;
};

/* How rows keep a value that is passed by value, in sql_type.len bytes: which number comes back. */
enum sql_row_form {
    SQL_ROW_FORM_WHOLE,    /* all 8 bytes, whatever len says */
    SQL_ROW_FORM_SIGNED,   /* i */
    SQL_ROW_FORM_UNSIGNED, /* u; booleans, oids */
    SQL_ROW_FORM_FLOAT,    /* d; len 4: a float of the same value */
};

/* What a type can do. NULL members: it cannot. */
struct sql_type_ops {
    /* The value of a text; typmod -1: none. Fails with 22P02 and the like. */
    bool (*input)(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out);
    /* Appends the value's text. */
    bool (*output)(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out);
    /* The value of its binary form; all of `bytes` must be used (22P03 or 08P01 otherwise). */
    bool (*receive)(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                    int32_t typmod, struct datum *out);
    bool (*send)(struct sql_call *call, const struct sql_type *type, struct datum value,
                 struct sql_bytes *out);
    /* Order, not NULL's: < 0, 0, > 0. Does not fail. */
    int (*compare)(struct sql_call *call, const struct sql_type *type, struct datum a,
                   struct datum b);
    /* Equal values (compare == 0) have equal hashes. */
    uint64_t (*hash)(struct sql_call *call, const struct sql_type *type, struct datum value);
    /* Appends bytes whose memcmp order is the values' order and which no other value's bytes begin
     * with, so that keys of several columns can be joined. */
    bool (*encode_key)(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out);
    enum sql_row_form row_form;
};

/* A `hash` for types whose values are equal when their keys (encode_key) are. */
uint64_t sql_type_hash_key(struct sql_call *call, const struct sql_type *type, struct datum value);

/* What text input and output of values depend on: set by the session's settings. */
struct sql_format {
    enum { SQL_DATE_ISO, SQL_DATE_SQL, SQL_DATE_POSTGRES, SQL_DATE_GERMAN } date_style;
    enum { SQL_ORDER_MDY, SQL_ORDER_DMY, SQL_ORDER_YMD } date_order;
    enum {
        SQL_INTERVAL_POSTGRES,
        SQL_INTERVAL_VERBOSE,
        SQL_INTERVAL_STANDARD,
        SQL_INTERVAL_ISO
    } interval_style;
    const struct sql_zone *zone; /* value/zone.h; NULL: UTC */
    int extra_float_digits;
    bool bytea_escape; /* bytes as escapes rather than hex */
    bool xml_document; /* a text read as xml must be a document */
    bool xml_hex;      /* bytes in XML as hexadecimal digits rather than base64 */
};

/* A statement's surroundings; outlives every call made for it. */
struct sql_env {
    struct arena *arena; /* the statement's: what lasts as long as it */
    struct sql_error *error;
    const struct sql_format *format;
    struct sql_session *session; /* the whole session; NULL in unit tests of values */
    struct random *random;
    /* Microseconds since 2000-01-01 UTC, of the sandbox's clock. */
    int64_t statement_time, transaction_time;
    /* The type with this id, borrowed until the statement's end; NULL: there is none. */
    const struct sql_type *(*find_type)(struct sql_env *env, uint32_t id);
    /* The type's name as the dialect's messages show it ("integer"); NULL: as it is stored. */
    struct slice (*show_type)(struct sql_env *env, const struct sql_type *type);
    /* Whether the dialect's parser needs quotes around the word, in lower case, when it is a name;
     * NULL: it never does. */
    bool (*is_reserved)(struct sql_env *env, struct slice word);
    /* Collations by id: how they order (NULL: by bytes), and which one needs not be asked for. */
    const struct sql_collator *(*find_collator)(struct sql_env *env, uint32_t collation);
    uint32_t plain_collation;
    /* Whether the value, which may be NULL, keeps the domain's constraints; fails with 23502, 23514.
     * NULL: they are not looked at. */
    bool (*check_domain)(struct sql_env *env, const struct sql_type *domain, struct datum value);
    /* Is that transaction the running one, which has yet to commit? NULL: it is not. */
    bool (*is_running)(struct sql_env *env, uint32_t xid);
    /* Must be called in long loops; false: the statement was cancelled, the error says why. */
    bool (*check)(struct sql_env *env);
};

/* One call site of a function, operator or type operation in a running statement. */
struct sql_call {
    struct sql_env *env;
    struct arena *arena;                     /* results are made here */
    const struct sql_type *const *arg_types; /* as resolved: never polymorphic; NULL: not known */
    const struct sql_type *result_type;
    const struct sql_routine *routine; /* the function called, when the caller has it at hand */
    uint32_t collation;
    uint16_t argc;
    bool variadic;  /* the last argument came as VARIADIC array */
    bool aggregate; /* a transition or final function: arena lasts as long as the group */
    /* Set-returning functions are called again and again with the same arguments: set_state is NULL
     * at first and the function's own; it sets done instead of giving a value after the last. */
    bool done;
    void *set_state;
    struct arena *set_arena; /* lasts as long as the set */
    /* The function's own, NULL at first, kept for the call site while the statement runs (compiled
     * patterns, looked-up types); made in env->arena. */
    void *memo;
    /* Functions with several result columns (OUT parameters) write them here when it is not NULL,
     * instead of making a record. */
    struct datum *columns;
    uint16_t column_count;
    /* Names, types and type modifiers of these columns where the caller knows them (a list behind AS); else NULL. */
    const struct slice *column_names;
    const uint32_t *column_types;
    const int32_t *column_typmods;
};

/* A function: args[i].null is possible only when it is not strict. *out is undefined on failure. */
typedef bool sql_function(struct sql_call *call, const struct datum *args, struct datum *out);

/* A row of the tables in which each file of functions lists what it has. The symbol is the name that
 * the dialect's table of functions binds to (Postgres: pg_proc.prosrc). */
struct sql_builtin {
    const char *symbol; /* NULL ends a table */
    sql_function *call;
};

/* Shorthands over a type's operations. */
bool sql_type_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out);
bool sql_type_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                    int32_t typmod, struct datum *out);

#endif
