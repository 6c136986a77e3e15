/* Methods of AMQP 0-9-1: the payloads of method frames, read and written by tables.
 *
 * The methods and their structures (struct amqp_queue_declare, ...) are made of methods.txt. Fields
 * have the names of the manual with '_' for '-'; a table field is the table's bytes without its length,
 * to be read with amqp_table.h.
 *
 * Ownership: decoded strings and tables borrow from the payload. Nothing is allocated. */
#ifndef PARLEL_PROTOCOLS_AMQP_METHOD_H
#define PARLEL_PROTOCOLS_AMQP_METHOD_H

#include "common/outq.h"
#include "protocols/amqp/amqp_field.h"
#include "protocols/amqp/amqp_methods.h"

enum amqp_method_flag {
    AMQP_METHOD_FROM_CLIENT = 1 << 0, /* clients may send it */
    AMQP_METHOD_FROM_SERVER = 1 << 1,
    AMQP_METHOD_SYNCHRONOUS = 1 << 2, /* its sender waits for the answer, `nowait` aside */
    AMQP_METHOD_REPLY = 1 << 3,       /* such an answer */
    AMQP_METHOD_CONTENT = 1 << 4,     /* a content header and body frames follow */
};

struct amqp_method_info {
    enum amqp_method_id id;
    const char *name;                /* "queue.declare" */
    const struct amqp_field *fields; /* in the order of the wire; NULL: it has none */
    uint8_t field_count;
    uint8_t size;  /* of its structure */
    uint8_t flags; /* enum amqp_method_flag */
};

#define AMQP_CLASS_OF(id)  ((uint16_t)((uint32_t)(id) >> 16))
#define AMQP_METHOD_OF(id) ((uint16_t)((uint32_t)(id)&0xffff))

/* Every method, ordered as in methods.txt. */
extern const struct amqp_method_info amqp_method_table[AMQP_METHOD_COUNT];
/* From a class's id to its line, and on to a method's row, both counted from 1; 0: there is none. */
extern const uint8_t amqp_class_index[AMQP_CLASS_ID_MAX + 1];
extern const uint8_t amqp_method_index[AMQP_CLASS_COUNT][AMQP_METHOD_ID_MAX + 1];

/* NULL: there is no such method. */
const struct amqp_method_info *amqp_method_find(uint16_t class_id, uint16_t method_id);

enum amqp_method_error {
    AMQP_METHOD_OK,
    AMQP_METHOD_NO_ID,          /* the payload is shorter than the two ids */
    AMQP_METHOD_UNKNOWN_CLASS,  /* *out_info is NULL */
    AMQP_METHOD_UNKNOWN_METHOD, /* *out_info is NULL */
    AMQP_METHOD_TRUNCATED,      /* shorter than its fields say */
    AMQP_METHOD_TRAILING,       /* longer than its fields say */
    AMQP_METHOD_BAD_TABLE,      /* of an argument table: amqp_table_check refuses it */
};

/* Takes a method frame's payload apart. *out_info is the method also when its fields are wrong, for
 * the ids in the answer; the fields are of use with AMQP_METHOD_OK only. */
enum amqp_method_error amqp_method_decode(struct slice payload,
                                          const struct amqp_method_info **out_info,
                                          union amqp_method *out);

/* Appends the complete frame of a method; `fields` is its structure (NULL when it has no fields). Of a
 * short string the first 255 bytes are sent. */
void amqp_method_put(struct outq *q, uint16_t channel, enum amqp_method_id id, const void *fields);

#endif
