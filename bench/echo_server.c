/* A bare server on the reactor, the limit for what any emulator on it can reach.
 *
 *     echo_server PORT REQUEST_BYTES [BULK_BYTES]
 *
 * Answers every REQUEST_BYTES of input with +OK, or with a bulk of BULK_BYTES, whatever it says; so
 * redis-benchmark can be run against it with requests of one length. REQUEST_BYTES 0: finds the
 * requests' ends with the RESP decoder instead, which is the least that a Redis has to do. The
 * questions that redis-benchmark asks before it starts (CONFIG GET) are refused. Port 0: any,
 * printed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/reactor.h"
#include "common/text.h"
#include "protocols/resp/resp_decode.h"

#define REPLY_BYTES_MAX 65536

struct echo {
    struct reactor *reactor;
    size_t request_len; /* 0: decode */
    struct slice reply;
};

struct session {
    struct transport *t;
    const struct echo *echo;
    struct resp_decoder decoder;
};

static bool is_config(struct slice in)
{
    static const struct slice head = SLICE_LITERAL("*3\r\n$6\r\nCONFIG\r\n");
    return in.len > head.len && slice_eq(slice_of(in.ptr, head.len), head);
}

/* Bytes of the request at the front of `in`; 0: it is not complete. */
static size_t take_request(struct session *session, struct slice in)
{
    size_t used, len = session->echo->request_len;
    if (len)
        return in.len >= len ? len : 0;
    switch (in.len ? resp_decode(&session->decoder, in, &used) : RESP_NEED_MORE) {
    case RESP_COMMAND:
    case RESP_EMPTY: return used;
    case RESP_NEED_MORE: return 0;
    case RESP_MALFORMED: transport_abort(session->t); return 0;
    }
    return 0;
}

static size_t on_input(void *ctx, struct slice in)
{
    struct session *session = ctx;
    if (is_config(in)) {
        outq_put_slice(&session->t->out, slice_str("-ERR not a Redis\r\n"));
        return in.len;
    }
    size_t used = 0;
    for (size_t len; (len = take_request(session, slice_from(in, used))); used += len)
        outq_put_slice(&session->t->out, session->echo->reply);
    return used;
}

static void on_close(void *ctx)
{
    struct session *session = ctx;
    resp_decoder_done(&session->decoder);
    free(session);
}

static const struct session_ops session_ops = {on_input, on_close, NULL};

static bool on_accept(void *ctx, struct transport *t)
{
    struct session *session = malloc(sizeof *session);
    if (!session)
        return false;
    *session = (struct session){.t = t, .echo = ctx};
    resp_decoder_init(&session->decoder);
    transport_attach(t, &session_ops, session);
    return true;
}

static void on_signal(void *ctx)
{
    reactor_stop(ctx);
}

static int serve(struct echo *echo, uint16_t port)
{
    struct listener *listener;
    struct listener_options options = {
        .address = "127.0.0.1", .port = port, .on_accept = on_accept, .ctx = echo};
    int failed = listener_open(echo->reactor, &options, &listener);
    if (failed) {
        fprintf(stderr, "echo_server: port %u: %s\n", (unsigned)port, strerror(-failed));
        return 1;
    }
    if (port == 0) {
        printf("%u\n", (unsigned)listener_port(listener));
        fflush(stdout);
    }
    reactor_on_signal(echo->reactor, SIGTERM, on_signal, echo->reactor);
    reactor_on_signal(echo->reactor, SIGINT, on_signal, echo->reactor);
    reactor_run(echo->reactor);
    return 0;
}

int main(int argc, char **argv)
{
    static char bulk[REPLY_BYTES_MAX + 64];
    uint64_t port, request_len, bulk_len = 0;
    if (argc < 3 || argc > 4 || !text_to_u64(slice_str(argv[1]), &port) || port > UINT16_MAX ||
        !text_to_u64(slice_str(argv[2]), &request_len) ||
        (argc == 4 && !text_to_u64(slice_str(argv[3]), &bulk_len)) || bulk_len > REPLY_BYTES_MAX) {
        fprintf(stderr, "usage: echo_server PORT REQUEST_BYTES [BULK_BYTES]\n");
        return 2;
    }
    struct echo echo = {reactor_create(), request_len, slice_str("+OK\r\n")};
    if (!echo.reactor)
        return 1;
    if (argc == 4) {
        int len = snprintf(bulk, sizeof bulk, "$%u\r\n", (unsigned)bulk_len);
        memset(bulk + len, 'x', bulk_len);
        memcpy(bulk + (size_t)len + bulk_len, "\r\n", 2);
        echo.reply = slice_of(bulk, (size_t)len + bulk_len + 2);
    }
    int status = serve(&echo, (uint16_t)port);
    reactor_destroy(echo.reactor);
    return status;
}
