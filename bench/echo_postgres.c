/* The least that answers pgbench -S: a server on the reactor that decodes frames and says of each what
 * PostgreSQL would, always the same row; the limit for what the Postgres emulator can reach here.
 *
 *     echo_postgres PORT
 *
 * Whoever connects is welcome. Port 0: any, printed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/reactor.h"
#include "common/text.h"
#include "protocols/postgres/pg_decode.h"
#include "protocols/postgres/pg_encode.h"

struct session {
    struct transport *t;
    struct pg_decoder decoder;
};

static void put_description(struct outq *out)
{
    struct outq_mark begun = pg_begin_row_description(out, 1);
    pg_put_row_column(out, &(struct pg_column){.name = slice_str("abalance"),
                                               .table = 16384,
                                               .number = 3,
                                               .type = 23,
                                               .type_len = 4,
                                               .typmod = -1});
    pg_end(out, begun);
}

static void put_row(struct outq *out)
{
    struct outq_mark begun = pg_begin(out, 'D');
    pg_put_u16(out, 1);
    pg_put_u32(out, 1);
    pg_put_u8(out, '0');
    pg_end(out, begun);
    pg_put_command_complete(out, slice_str("SELECT 1"));
}

/* Encryption is refused: the client asks again without. */
static void welcome(struct session *session, struct slice body)
{
    static const struct slice version = SLICE_LITERAL("\0\3\0\0");
    struct outq *out = &session->t->out;
    if (body.len < version.len || !slice_eq(slice_of(body.ptr, version.len), version)) {
        pg_put_u8(out, 'N');
        return;
    }
    session->decoder.startup = false;
    pg_put_auth_ok(out);
    pg_put_ready(out, PG_STATUS_IDLE);
}

static void answer(struct session *session, const struct pg_frame *frame)
{
    struct outq *out = &session->t->out;
    switch (frame->type) {
    case 0: welcome(session, frame->body); return;
    case 'Q':
        put_description(out);
        put_row(out);
        break;
    case 'P': pg_put_empty(out, PG_PARSE_COMPLETE); return;
    case 'B': pg_put_empty(out, PG_BIND_COMPLETE); return;
    case 'D': put_description(out); return;
    case 'E': put_row(out); return;
    case 'S': break;
    default: transport_close(session->t); return;
    }
    pg_put_ready(out, PG_STATUS_IDLE);
}

static size_t on_input(void *ctx, struct slice in)
{
    struct session *session = ctx;
    struct pg_frame frame;
    size_t used = 0, len;
    while (pg_decode(&session->decoder, slice_from(in, used), &frame, &len) == PG_FRAME) {
        used += len;
        answer(session, &frame);
    }
    return used;
}

static void on_close(void *ctx)
{
    free(ctx);
}

static const struct session_ops session_ops = {on_input, on_close, NULL};

static bool on_accept(void *ctx, struct transport *t)
{
    (void)ctx;
    struct session *session = malloc(sizeof *session);
    if (!session)
        return false;
    session->t = t;
    pg_decoder_init(&session->decoder);
    session->decoder.startup = true;
    transport_attach(t, &session_ops, session);
    return true;
}

static void on_signal(void *ctx)
{
    reactor_stop(ctx);
}

int main(int argc, char **argv)
{
    uint64_t port;
    struct listener *listener;
    struct reactor *reactor = reactor_create();
    if (!reactor || argc != 2 || !text_to_u64(slice_str(argv[1]), &port) || port > UINT16_MAX) {
        fprintf(stderr, "usage: echo_postgres PORT\n");
        return 2;
    }
    struct listener_options options = {
        .address = "127.0.0.1", .port = (uint16_t)port, .on_accept = on_accept};
    int failed = listener_open(reactor, &options, &listener);
    if (failed) {
        fprintf(stderr, "echo_postgres: port %u: %s\n", (unsigned)port, strerror(-failed));
        return 1;
    }
    if (port == 0) {
        printf("%u\n", (unsigned)listener_port(listener));
        fflush(stdout);
    }
    reactor_on_signal(reactor, SIGTERM, on_signal, reactor);
    reactor_on_signal(reactor, SIGINT, on_signal, reactor);
    reactor_run(reactor);
    reactor_destroy(reactor);
    return 0;
}
