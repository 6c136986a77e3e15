/* Fields of methods and properties of AMQP 0-9-1: rows that say how the wire's bytes become a member of
 * a structure, and the members bytes again.
 *
 * Source: AMQP 0-9-1, 4.2.5 "AMQP data fields". Decoded strings and tables borrow from what is read. */
#ifndef PARLEL_PROTOCOLS_AMQP_FIELD_H
#define PARLEL_PROTOCOLS_AMQP_FIELD_H

#include "common/reader.h"

enum amqp_field_type {
    AMQP_FIELD_BIT,      /* bool; the bits that stand together share an octet */
    AMQP_FIELD_OCTET,    /* uint8_t */
    AMQP_FIELD_SHORT,    /* uint16_t */
    AMQP_FIELD_LONG,     /* uint32_t */
    AMQP_FIELD_LONGLONG, /* uint64_t */
    AMQP_FIELD_SHORTSTR, /* struct slice of at most 255 bytes */
    AMQP_FIELD_LONGSTR,  /* struct slice */
    AMQP_FIELD_TABLE,    /* struct slice */
};

struct amqp_field {
    const char *name; /* "auto-delete" */
    uint8_t type;     /* enum amqp_field_type */
    uint8_t bit;      /* which one of its octet; 0 begins an octet */
    uint16_t offset;  /* in the structure */
};

/* Reads fields one behind the other. */
struct amqp_field_reader {
    struct reader reader; /* poisoned when a field goes past the end */
    bool bad_table;       /* amqp_table_check has refused a table */
    uint8_t bits;         /* the octet that the latest bit came from */
};

/* Reads one field into its place in the structure. */
void amqp_field_read(struct amqp_field_reader *reader, const struct amqp_field *field,
                     void *structure);

/* Bytes that the field takes; of a short string at most its first 255 are sent. */
size_t amqp_field_size(const struct amqp_field *field, const void *structure);

/* Writes one field at `to` and returns what is behind it. Bits after the first of their octet go into
 * the octet before `to`. */
uint8_t *amqp_field_store(const struct amqp_field *field, const void *structure, uint8_t *to);

#endif
