/* Writes RESP2 and RESP3 values into an output queue. Source: the RESP specification.
 *
 * Types that RESP2 lacks (map, set, double, null, bool, push, verbatim, big number) have only their
 * RESP3 form here; choosing the RESP2 substitute is the session's business. */
#ifndef PARLEL_PROTOCOLS_RESP_ENCODE_H
#define PARLEL_PROTOCOLS_RESP_ENCODE_H

#include "common/outq.h"

void resp_put_simple(struct outq *q, struct slice text); /* +text    */
void resp_put_error(struct outq *q, struct slice text);  /* -text, CR and LF as blanks */
void resp_put_int(struct outq *q, int64_t value);        /* :value   */
void resp_put_bulk(struct outq *q, struct slice bytes);  /* $len     */
void resp_put_bulk_int(struct outq *q, int64_t value);   /* $len of the digits */
void resp_put_null_bulk(struct outq *q);                 /* $-1      */
void resp_put_null_array(struct outq *q);                /* *-1      */
void resp_put_array(struct outq *q, int64_t count);      /* *count   */

void resp_put_null(struct outq *q);                                               /* _        */
void resp_put_bool(struct outq *q, bool value);                                   /* #t #f    */
void resp_put_double(struct outq *q, double value);                               /* ,value   */
void resp_put_big_number(struct outq *q, struct slice digits);                    /* (digits  */
void resp_put_verbatim(struct outq *q, const char format[3], struct slice bytes); /* =len */
void resp_put_map(struct outq *q, int64_t pairs);                                 /* %pairs   */
void resp_put_set(struct outq *q, int64_t count);                                 /* ~count   */
void resp_put_push(struct outq *q, int64_t count);                                /* >count   */
void resp_put_attribute(struct outq *q, int64_t pairs);                           /* |pairs   */

/* Writes a header such as "*12\r\n" into out (at most 32 bytes) for outq_insert, when the count is
 * known only after the elements. Returns its length. */
size_t resp_header(char out[32], char kind, int64_t count);

#endif
