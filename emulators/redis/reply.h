/* Replies: values on their way to a client or a script, in the protocol version it speaks.
 *
 * Each function puts one value in the form of the reply's protocol: what RESP2 lacks is replaced as
 * redis-server does it (a map by a flat array of twice the length, a double by a bulk string, null
 * by the null bulk, ...). Aggregates are announced with their count and followed by the elements.
 *
 * When the number of elements is known only afterwards: redis_reply_later() before the first
 * element, then one of redis_reply_*_at() with the count.
 *
 * Error texts are given without the leading '-' and with their code: "ERR no such key". */
#ifndef PARLEL_EMULATORS_REDIS_REPLY_H
#define PARLEL_EMULATORS_REDIS_REPLY_H

#include "common/outq.h"
#include "protocols/resp/resp_encode.h"

struct redis_reply {
    struct outq *out;
    int resp;            /* 2 or 3 */
    uint32_t errors;     /* error replies put so far: statistics, EXEC, scripts */
    char error_code[24]; /* first word of the last one, NUL-terminated */
    bool counted;        /* the last one is in the statistics of errors already */
};

void redis_reply_ok(struct redis_reply *reply);
void redis_reply_simple(struct redis_reply *reply, const char *text);
void redis_reply_int(struct redis_reply *reply, int64_t value);
void redis_reply_bulk(struct redis_reply *reply, struct slice bytes);
void redis_reply_bulk_str(struct redis_reply *reply, const char *text);
void redis_reply_bulk_int(struct redis_reply *reply, int64_t value);
void redis_reply_bulk_printf(struct redis_reply *reply, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void redis_reply_double(struct redis_reply *reply, double value);
void redis_reply_bool(struct redis_reply *reply, bool value);
/* "no value": _ in RESP3; the null bulk, or for ..._null_array the null array, in RESP2 */
void redis_reply_null(struct redis_reply *reply);
void redis_reply_null_array(struct redis_reply *reply);
void redis_reply_verbatim(struct redis_reply *reply, const char format[3], struct slice bytes);
void redis_reply_big_number(struct redis_reply *reply, struct slice digits);

void redis_reply_array(struct redis_reply *reply, uint64_t count);
void redis_reply_map(struct redis_reply *reply, uint64_t pairs);
void redis_reply_set(struct redis_reply *reply, uint64_t count);
void redis_reply_push(struct redis_reply *reply, uint64_t count);

struct outq_mark redis_reply_later(struct redis_reply *reply);
void redis_reply_array_at(struct redis_reply *reply, struct outq_mark mark, uint64_t count);
void redis_reply_map_at(struct redis_reply *reply, struct outq_mark mark, uint64_t pairs);
void redis_reply_set_at(struct redis_reply *reply, struct outq_mark mark, uint64_t count);

/* Errors. redis_reply_error's text is whole, code included; line ends in it become blanks. */
void redis_reply_error(struct redis_reply *reply, const char *text);
void redis_reply_errorf(struct redis_reply *reply, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* An error of a command that a script called, which was counted when that failed. */
void redis_reply_error_counted(struct redis_reply *reply, struct slice text);
void redis_reply_error_slice(struct redis_reply *reply, struct slice text);
void redis_reply_wrongtype(struct redis_reply *reply);
void redis_reply_syntax(struct redis_reply *reply); /* ERR syntax error */
void redis_reply_not_integer(
    struct redis_reply *reply); /* ERR value is not an integer or out of range */
void redis_reply_not_float(struct redis_reply *reply); /* ERR value is not a valid float */
void redis_reply_no_key(struct redis_reply *reply);    /* ERR no such key */
void redis_reply_oom(struct redis_reply *reply);       /* the process or sandbox is out of memory */

#endif
