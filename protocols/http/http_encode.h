/* Encodes HTTP/1.1 messages into an output queue: heads, chunks, server-sent events.
 *
 * Heads are put line by line in the caller's order and closed with http_put_head_end. Texts of the
 * caller never break a message: line ends and NULs within a target or a field's value become
 * blanks. Events are the WHATWG HTML standard's (9.2). A queue that is out of memory fails as outq.h
 * says. */
#ifndef PARLEL_PROTOCOLS_HTTP_ENCODE_H
#define PARLEL_PROTOCOLS_HTTP_ENCODE_H

#include "common/outq.h"
#include "protocols/http/http_head.h"

#define HTTP_DATE_LEN 29

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7), no NUL; ms since the Unix epoch, of a year from
 * 0 to 9999. */
void http_date(char out[HTTP_DATE_LEN], int64_t ms);

void http_put_status(struct outq *out, int status);
void http_put_request(struct outq *out, struct slice method, struct slice target);

void http_put_field(struct outq *out, const char *name, struct slice value);
void http_put_field_str(struct outq *out, const char *name, const char *value);
void http_put_date(struct outq *out, int64_t ms);
void http_put_content_length(struct outq *out, uint64_t length);
void http_put_head_end(struct outq *out);

/* A chunk of a body that was announced with Transfer-Encoding: chunked; nothing for no bytes. */
void http_put_chunk(struct outq *out, struct slice bytes);
/* The body's end. */
void http_put_last_chunk(struct outq *out);

/* One server-sent event. `name` and `id` with ptr NULL are left out; data of several lines becomes
 * several data fields. */
struct http_sse_event {
    struct slice name, id, data;
};
void http_put_event(struct outq *out, const struct http_sse_event *event);

/* A chunk of unknown length: what is put between the two calls. */
struct outq_mark http_chunk_begin(struct outq *out);
void http_chunk_end(struct outq *out, struct outq_mark mark);

#endif
