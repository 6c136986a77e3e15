/* Inside of emulators/http: what the session's input and its answers share. Nobody else includes it. */
#ifndef PARLEL_EMULATORS_HTTP_HTTP_INTERNAL_H
#define PARLEL_EMULATORS_HTTP_HTTP_INTERNAL_H

#include "common/readbuf.h"
#include "common/ring.h"
#include "emulators/http/http_session.h"
#include "protocols/http/http_decode.h"

struct http_server {
    struct http_server_options options;
    struct ring sessions;
    size_t session_count;
    struct reactor_timer *tick; /* runs while there are sessions */
    bool retired;               /* goes with its last session */
};

/* What a session waits for; decides its deadline. */
enum http_wait { HTTP_WAIT_REQUEST, HTTP_WAIT_HEAD, HTTP_WAIT_BODY, HTTP_WAIT_HANDLER };

struct http_session {
    struct ring link;
    struct http_server *server;
    struct transport *transport;
    struct http_decoder decoder;
    struct arena arena;
    struct readbuf body;
    struct outq fields; /* of the answer to come */
    struct http_exchange x;
    void (*on_piece)(struct http_exchange *x, struct slice piece);
    void (*on_timeout)(struct http_exchange *x);
    struct reactor_timer *timeout;
    enum http_wait wait;
    int64_t deadline_us; /* on the monotonic clock; 0: none */
    bool active;         /* an exchange is under way */
    bool received;       /* all of its request */
    bool begun;          /* the answer's head is queued */
    bool answered;       /* the answer is */
    bool silent;         /* it has no body to be sent */
    bool chunked;
    bool closing; /* the connection ends with the answer */
    bool held;    /* the handler wants no more pieces now */
    bool in_input;
    bool upgraded; /* the transport is another session's */
};

/* Something about the exchange has changed outside of on_input, or may have: ends it when it is
 * complete and lets the transport know. */
void http_session_advance(struct http_session *session);

#endif
