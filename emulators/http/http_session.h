/* HTTP/1.1 service on transports: what every service that speaks HTTP shares.
 *
 * A server is a handler with its limits and its sessions, one for each connection. A session decodes
 * requests and answers them in order: while one is unanswered the next is not read. Each request is
 * an exchange, which the handler answers at once, or later (long poll), or with a stream.
 *
 *   static void hello(void *context, struct http_exchange *x)
 *   {
 *       http_reply(x, HTTP_OK, "text/plain", slice_str("hello\n"));
 *   }
 *   static const struct http_handler handler = {.request = hello};
 *   server = http_server_create(&(struct http_server_options){.handler = &handler, ...});
 *   // in the listener's on_accept:
 *   return http_server_open(server, transport);
 *
 * Ownership: an exchange is the session's. It is valid until it was answered (http_reply, http_fail,
 * http_stream_end, http_upgrade) or its on_cancel was called, whichever is first, and everything it
 * points at too; what an unanswered exchange waits for must be forgotten in on_cancel. Replies copy
 * what they are given.
 *
 * Connections: kept alive as RFC 9112 9.3 says. An answer given before the request's body was read
 * to its end closes the connection, since what follows is of no use. HEAD is answered like GET, and
 * the body is not sent. Real time bounds how long a head may take, how long a body may stall, how
 * long a connection may be idle; an exchange that the handler holds has no limit but its own.
 *
 * Errors: what fails before the handler is asked (malformed input, limits, timeouts) is answered by the
 * handler's `fail`, and the connection closed. Out of memory: 503, or the connection is closed. */
#ifndef PARLEL_EMULATORS_HTTP_HTTP_SESSION_H
#define PARLEL_EMULATORS_HTTP_HTTP_SESSION_H

#include "common/reactor.h"
#include "protocols/http/http_encode.h"
#include "protocols/http/uri.h"

struct http_server;
struct http_session;

struct http_exchange {
    struct http_head head;
    struct uri uri;      /* of the target; the path is the whole target of OPTIONS * and CONNECT */
    struct slice origin; /* the field Origin; ptr NULL without it */
    struct slice body;   /* whole when `request` is called; empty when its pieces were taken */
    struct arena *arena; /* memory that lives as long as the exchange */
    const char *peer;    /* "127.0.0.1:4711" */
    uint64_t body_max;   /* the handler's `head` may change it */
    /* The handler's own: */
    void *user;
    /* The peer has gone, or the server ends: the exchange is no more after this call. */
    void (*on_cancel)(struct http_exchange *x);
    /* A stream that was full has been read away. */
    void (*on_drained)(struct http_exchange *x);
    struct http_session *session;
};

struct http_handler {
    /* The request is complete. */
    void (*request)(void *context, struct http_exchange *x);
    /* Optional: the head is there and the body is still to come. May change body_max, take the body's
     * pieces (http_take_body), or answer, which ends the connection when there is a body. */
    void (*head)(void *context, struct http_exchange *x);
    /* Optional: answers with this status in the service's own way. The head is empty when it could
     * not be read. Without it the answer is the text. */
    void (*fail)(void *context, struct http_exchange *x, int status, const char *text);
};

struct http_server_options {
    const struct http_handler *handler;
    void *context;
    struct reactor *reactor;   /* NULL: no timeouts (tests) */
    const struct clock *clock; /* of the field Date; NULL: there is none */
    int64_t head_timeout_ms;   /* from a head's first byte to its last; 0: 10 s */
    int64_t idle_timeout_ms;   /* between requests, and between pieces of a body; 0: 75 s */
    uint64_t body_max;         /* 0: 16 MiB */
};

/* ---- the server */

/* NULL when out of memory. */
struct http_server *http_server_create(const struct http_server_options *options);
/* The connection becomes one of the server's. False when out of memory. */
bool http_server_open(struct http_server *server, struct transport *transport);
size_t http_server_sessions(const struct http_server *server);
/* Cancels every exchange (503, or its stream's end) and closes every connection; the sessions go when
 * the loop turns. Not from within a handler. */
void http_server_close(struct http_server *server);
/* Closes as http_server_close does; the server goes with its last session, and its handler is not
 * called any more. NULL is fine. */
void http_server_retire(struct http_server *server);
/* Sessions that are left are dropped: their transports must not deliver any more. NULL is fine. */
void http_server_destroy(struct http_server *server);

/* ---- the request's body in pieces */

/* From the handler's `head`: pieces of the body are handed over as they come, and are valid during the
 * call. `request` is called when all have come. */
void http_take_body(struct http_exchange *x,
                    void (*on_piece)(struct http_exchange *x, struct slice piece));
/* Stops and resumes the pieces. */
void http_hold_body(struct http_exchange *x, bool hold);

/* ---- answers */

/* A field of the answer's head beside those that frame it; before the answer. */
void http_add_field(struct http_exchange *x, const char *name, struct slice value);

/* The whole answer. content_type NULL: none. */
void http_reply(struct http_exchange *x, int status, const char *content_type, struct slice body);
/* The same with a body that was written into a queue, which is empty afterwards. */
void http_reply_queue(struct http_exchange *x, int status, const char *content_type,
                      struct outq *body);
/* An error in the service's own way (http_handler.fail). */
void http_fail(struct http_exchange *x, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Closes the connection instead of an answer. */
void http_drop(struct http_exchange *x);

/* An answer of unknown length: begin, put as often as there is something, end. */
void http_stream_begin(struct http_exchange *x, int status, const char *content_type);
void http_stream_put(struct http_exchange *x, struct slice bytes);
void http_stream_event(struct http_exchange *x, const struct http_sse_event *event);
void http_stream_end(struct http_exchange *x);
/* More is queued than the peer should be given; on_drained says when it goes on. Nothing is lost by
 * going on all the same but memory. */
bool http_stream_full(const struct http_exchange *x);

/* Calls `fire` once, in so many microseconds of real time, unless the exchange has ended before; a
 * second call replaces the first. False when out of memory or without a reactor. */
bool http_set_timeout(struct http_exchange *x, int64_t delay_us,
                      void (*fire)(struct http_exchange *x));

/* Answers 101 with the fields added so far and gives the connection away: the caller attaches
 * another session to it, before `request`, from which alone this may be called, returns. */
struct transport *http_upgrade(struct http_exchange *x, const char *protocol);

#endif
