/* Writes the backend's messages of the PostgreSQL protocol, version 3, into an output queue.
 *
 * Source: the PostgreSQL manual, "Message Formats", those marked (B). A message whose body is made
 * in steps is begun and ended; its length is written at the end. Texts that go out with a zero byte
 * behind them end at the first one they contain. */
#ifndef PARLEL_PROTOCOLS_POSTGRES_PG_ENCODE_H
#define PARLEL_PROTOCOLS_POSTGRES_PG_ENCODE_H

#include "common/outq.h"

/* Type bytes of messages without a body of their own. */
enum pg_empty_message {
    PG_PARSE_COMPLETE = '1',
    PG_BIND_COMPLETE = '2',
    PG_CLOSE_COMPLETE = '3',
    PG_COPY_DONE = 'c',
    PG_EMPTY_QUERY = 'I',
    PG_NO_DATA = 'n',
    PG_PORTAL_SUSPENDED = 's',
};

enum pg_transaction_status {
    PG_STATUS_IDLE = 'I',
    PG_STATUS_BLOCK = 'T',
    PG_STATUS_FAILED = 'E',
};

/* ---- pieces */

struct outq_mark pg_begin(struct outq *q, char type);
void pg_end(struct outq *q, struct outq_mark begun);
void pg_put_u8(struct outq *q, uint8_t value);
void pg_put_u16(struct outq *q, uint16_t value);
void pg_put_u32(struct outq *q, uint32_t value);
void pg_put_text(struct outq *q, struct slice text); /* and a zero byte */

/* ---- whole messages */

void pg_put_empty(struct outq *q, enum pg_empty_message type);

void pg_put_auth_ok(struct outq *q);
void pg_put_auth_cleartext(struct outq *q);
void pg_put_auth_md5(struct outq *q, const uint8_t salt[4]);
void pg_put_auth_sasl(struct outq *q, struct slice mechanism); /* the only one there is */
void pg_put_auth_sasl_continue(struct outq *q, struct slice data);
void pg_put_auth_sasl_final(struct outq *q, struct slice data);
/* Options of the startup frame that are not understood; the newest version there is, 3.0, is told. */
void pg_put_negotiate_version(struct outq *q, const struct slice *options, uint32_t count);
void pg_put_backend_key(struct outq *q, uint32_t pid, uint32_t key);
void pg_put_parameter(struct outq *q, struct slice name, struct slice value);
void pg_put_ready(struct outq *q, enum pg_transaction_status status);

/* One field of an error or notice; code as "Error and Notice Message Fields" has it. */
struct pg_error_field {
    char code;
    struct slice text; /* ptr NULL: the field is left out */
};
/* type: 'E' an error, 'N' a notice. */
void pg_put_error(struct outq *q, char type, const struct pg_error_field *fields, uint32_t count);

struct pg_column {
    struct slice name;
    uint32_t table; /* oid; 0: not a column of a table */
    int16_t number; /* of the column in the table */
    uint32_t type;
    int16_t type_len;
    int32_t typmod;
    uint16_t format;
};
/* Begun with the number of columns, one call each, ended with pg_end. */
struct outq_mark pg_begin_row_description(struct outq *q, uint16_t columns);
void pg_put_row_column(struct outq *q, const struct pg_column *column);
/* The message counts in 16 bits, and says the rest of more by its length. */
void pg_put_parameter_description(struct outq *q, const uint32_t *types, uint32_t count);
void pg_put_command_complete(struct outq *q, struct slice tag);

/* type: 'G' in, 'H' out, 'W' both; the columns all have the format. */
void pg_put_copy_response(struct outq *q, char type, uint16_t format, uint16_t columns);
void pg_put_copy_data(struct outq *q, struct slice data);
void pg_put_notification(struct outq *q, uint32_t pid, struct slice channel, struct slice payload);
void pg_put_function_result(struct outq *q, struct slice value); /* ptr NULL: NULL */

#endif
