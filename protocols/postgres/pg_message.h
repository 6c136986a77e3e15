/* Bodies of the frontend's messages (pg_decode.h frames them).
 *
 * Each pg_read_x takes one body apart; slices and lists borrow from it, lists of numbers are read on
 * demand because they need no alignment. False: the body is shorter than its fields say, or longer;
 * what is put into `out` then is of no use. Numbers of items are checked against the bytes there are,
 * never trusted. */
#ifndef PARLEL_PROTOCOLS_POSTGRES_PG_MESSAGE_H
#define PARLEL_PROTOCOLS_POSTGRES_PG_MESSAGE_H

#include "common/reader.h"

/* Codes in the place of a protocol version: what the startup frame is. */
#define PG_STARTUP_CANCEL      80877102u
#define PG_STARTUP_SSL         80877103u
#define PG_STARTUP_GSSENC      80877104u
#define PG_PROTOCOL_MAJOR(v)   ((v) >> 16)
#define PG_PROTOCOL_MINOR(v)   ((v)&0xffff)
#define PG_PROTOCOL_VERSION(M) ((uint32_t)(M) << 16)

struct pg_startup {
    uint32_t code;
    uint32_t pid, key;        /* of a cancel request */
    struct reader parameters; /* pairs of texts: pg_read_parameter */
};
bool pg_read_startup(struct slice body, struct pg_startup *out);
/* The next name and value. False: there are no more, or the list is broken: pg_parameters_end. */
bool pg_read_parameter(struct reader *parameters, struct slice *out_name, struct slice *out_value);
/* After the last one: the list ended with its terminator and nothing followed. */
bool pg_parameters_end(const struct reader *parameters);

/* A list of 16-bit format codes (0 text, 1 binary): none, one for all, or one each. */
struct pg_formats {
    const uint8_t *codes;
    uint16_t count;
};
uint16_t pg_format_code(const struct pg_formats *formats, uint32_t index);
/* The format of the item at index: the only code there is, or its own, text when there are none. */
uint16_t pg_format(const struct pg_formats *formats, uint32_t index);

struct pg_parse {
    struct slice name, query;
    const uint8_t *types; /* pg_parse_type */
    uint16_t type_count;
};
bool pg_read_parse(struct slice body, struct pg_parse *out);
uint32_t pg_parse_type(const struct pg_parse *parse, uint32_t index);

/* Values are a length and bytes each; a NULL has the length -1. */
struct pg_values {
    struct reader reader;
    uint16_t count;
};
/* The next of them; ptr NULL: a NULL. */
struct slice pg_read_value(struct pg_values *values);

struct pg_bind {
    struct slice portal, statement;
    struct pg_formats formats;
    struct pg_values values;
    struct pg_formats result_formats;
};
bool pg_read_bind(struct slice body, struct pg_bind *out);

/* Describe and Close. */
struct pg_target {
    uint8_t kind; /* 'S' a prepared statement, 'P' a portal; others are to be refused */
    struct slice name;
};
bool pg_read_target(struct slice body, struct pg_target *out);

struct pg_execute {
    struct slice portal;
    int32_t row_max; /* 0 or less: all */
};
bool pg_read_execute(struct slice body, struct pg_execute *out);

struct pg_function_call {
    uint32_t function;
    struct pg_formats formats;
    struct pg_values values;
    uint16_t result_format;
};
bool pg_read_function_call(struct slice body, struct pg_function_call *out);

/* Query, PasswordMessage and CopyFail are one text. */
bool pg_read_text(struct slice body, struct slice *out);

struct pg_sasl_initial {
    struct slice mechanism;
    struct slice data; /* ptr NULL: none was sent */
};
bool pg_read_sasl_initial(struct slice body, struct pg_sasl_initial *out);

#endif
