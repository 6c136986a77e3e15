/* Field tables and arrays of AMQP 0-9-1: checked once, then read in place; and written.
 *
 * Source: AMQP 0-9-1, 4.2.5.5 "Field tables", with the types that RabbitMQ has: t bool, b and B octets
 * with and without a sign, s and u 16 bits, I and i 32 bits, l 64 bits with a sign (L is read as one,
 * too), f float, d double,
 * D decimal, S text, x bytes, T seconds, A array, F table, V nothing. Its 's' is a number, never a
 * short string.
 *
 * A table is a slice of its entries, without the length in front of them; so is an array. Everything
 * read borrows from it. Only what amqp_table_check has accepted may be read. Names may occur twice; the
 * first entry of a name is the one that is found. */
#ifndef PARLEL_PROTOCOLS_AMQP_TABLE_H
#define PARLEL_PROTOCOLS_AMQP_TABLE_H

#include "common/outq.h"
#include "common/reader.h"

#define AMQP_TABLE_DEPTH_MAX 128 /* tables and arrays within each other */

enum amqp_table_problem {
    AMQP_TABLE_OK,
    AMQP_TABLE_TRUNCATED,    /* an entry goes past the end of what it stands in */
    AMQP_TABLE_UNKNOWN_TYPE, /* a type's letter that is none of the above */
    AMQP_TABLE_NOT_FINITE,   /* a float or double that is no number: Erlang has none */
    AMQP_TABLE_TOO_DEEP,     /* RabbitMQ has no such limit */
};

/* Whether these bytes are the entries of a table. *out_problem, which may be NULL, says why not. */
bool amqp_table_check(struct slice table, enum amqp_table_problem *out_problem);

struct amqp_value {
    uint8_t type; /* the letter; 0: no value */
    union {
        int64_t integer;    /* b B s u I i l */
        double real;        /* f d */
        bool boolean;       /* t */
        struct slice bytes; /* S x, and A F: what is in them */
        uint64_t timestamp; /* T: seconds since 1970 */
        struct {
            uint8_t scale; /* digits behind the point */
            uint32_t digits;
        } decimal; /* D */
    };
    struct slice
        raw; /* the letter and the value as they are on the wire; of no use to the writer */
};

/* ---- reading */

struct amqp_table_iter {
    struct reader reader;
};

static inline struct amqp_table_iter amqp_table_begin(struct slice table)
{
    return (struct amqp_table_iter){reader_of(table)};
}

/* The next entry. False: there are no more. */
bool amqp_table_next(struct amqp_table_iter *iter, struct slice *out_name,
                     struct amqp_value *out_value);

/* The next item of an array, begun with amqp_table_begin. False: there are no more. */
bool amqp_array_next(struct amqp_table_iter *iter, struct amqp_value *out_value);

/* The first entry of that name. False: there is none, and out_value->type is 0. */
bool amqp_table_get(struct slice table, struct slice name, struct amqp_value *out_value);

/* One of b B s u I i l. */
bool amqp_value_is_integer(const struct amqp_value *value);

/* *out is the integer. False: it is none. */
bool amqp_value_to_i64(const struct amqp_value *value, int64_t *out);

/* Whether two values are equal to a headers exchange: numbers (integers, floats, timestamps) by their
 * value, S and x by their bytes, arrays and tables item by item in the same order with the same types. */
bool amqp_value_equal(const struct amqp_value *a, const struct amqp_value *b);

/* Whether two values are equal as x-arguments of a redeclaration: as before, but no float is equal to
 * an integer. */
bool amqp_value_equivalent(const struct amqp_value *a, const struct amqp_value *b);

/* Whether two tables have the same entries, types included, in whatever order: the arguments of one
 * binding. */
bool amqp_table_equal(struct slice a, struct slice b);

/* RabbitMQ's name of a type in its texts: "longstr" of S, "signedint" of I. "" of no type. */
const char *amqp_type_name(uint8_t type);

/* ---- writing */

/* Appends entries to a queue: what the queue gets is a table as slices are, without a length. Within
 * begin_table or begin_array and end, entries go into that one. In an array names are not written:
 * give (struct slice){0}. Of a name the first 255 bytes are written. */
struct amqp_table_writer {
    struct outq *q;
    uint32_t depth;
    struct amqp_table_level {
        struct outq_mark length;
        bool is_array;
    } level[8]; /* what is written here nests little: copies go through amqp_table_put_raw */
};

static inline void amqp_table_writer_init(struct amqp_table_writer *w, struct outq *q)
{
    w->q = q;
    w->depth = 0;
}

void amqp_table_put_bool(struct amqp_table_writer *w, struct slice name, bool value);
/* type: one of b B s u I i l, which has to be wide enough, or T. */
void amqp_table_put_integer(struct amqp_table_writer *w, struct slice name, char type,
                            int64_t value);
void amqp_table_put_double(struct amqp_table_writer *w, struct slice name, double value);
/* type: S, x, or A or F with the bytes of a whole one. */
void amqp_table_put_bytes(struct amqp_table_writer *w, struct slice name, char type,
                          struct slice bytes);
void amqp_table_put_void(struct amqp_table_writer *w, struct slice name);
/* A value as it was read: its `raw`. */
void amqp_table_put_raw(struct amqp_table_writer *w, struct slice name, struct slice raw);

void amqp_table_begin_table(struct amqp_table_writer *w, struct slice name);
void amqp_table_begin_array(struct amqp_table_writer *w, struct slice name);
void amqp_table_end(struct amqp_table_writer *w);

#endif
