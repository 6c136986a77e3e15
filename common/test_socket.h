/* For tests of the reactor's connections over the real loopback: a server of lines, and the peer, a
 * plain socket of this process. */
#ifndef PARLEL_COMMON_TEST_SOCKET_H
#define PARLEL_COMMON_TEST_SOCKET_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/reactor_internal.h"
#include "common/unit_test.h"

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#define TURNS_MAX 200000
/* Little enough that the kernel's buffers fill soon. */
#define SMALL_BUFFER 4096

/* What "big" is answered with: two of them are beyond the high-water mark. */
#define BIG_BYTES (3u << 18)

/* What "land" is followed by. */
#define LANDING_BYTES 100000u

/* A server of lines: answers each with itself, and obeys a few. */
struct server {
    struct reactor *reactor;
    struct listener *listener;
    uint16_t port;
    int opened, closed, drained;
    size_t input_largest;
    struct line_session *last;
    char diary[64]; /* the first byte of each input */
    size_t diary_len;
    bool rejects;
    bool counts_only;              /* consumes whole lines, answers each with its length */
    uint8_t landed[LANDING_BYTES]; /* what followed "land" */
};

struct line_session {
    struct transport *t;
    struct server *server;
    size_t scanned;
};

static inline void obey(struct line_session *session, struct slice line)
{
    struct transport *t = session->t;
    if (slice_eq_str(line, "land\n")) {
        t->landing = (struct transport_landing){session->server->landed, LANDING_BYTES};
    } else if (slice_eq_str(line, "pause\n")) {
        transport_pause(t);
    } else if (slice_eq_str(line, "blink\n")) {
        transport_pause(t);
        transport_resume(t);
    } else if (slice_eq_str(line, "wake\n")) {
        transport_resume(session->server->last->t);
    } else if (slice_eq_str(line, "quit\n")) {
        outq_put_slice(&t->out, slice_str("bye\n"));
        transport_close(t);
    } else if (slice_eq_str(line, "abort\n")) {
        transport_abort(t);
    } else if (slice_eq_str(line, "reset\n")) {
        t->reset = true;
        transport_close(t);
    } else if (slice_eq_str(line, "drop\n")) {
        transport_drop(t);
    } else if (slice_eq_str(line, "big\n")) {
        uint8_t *to = outq_reserve(&t->out, BIG_BYTES);
        memset(to, 'b', BIG_BYTES);
        outq_commit(&t->out, BIG_BYTES);
    } else if (session->server->counts_only) {
        char text[32];
        int len = snprintf(text, sizeof text, "%zu\n", line.len);
        outq_put(&t->out, text, (size_t)len);
    } else {
        outq_put_slice(&t->out, line);
    }
}

static inline size_t line_input(void *ctx, struct slice in)
{
    struct line_session *session = ctx;
    struct transport *t = session->t;
    size_t used = transport_land(t, in);
    if (session->server->diary_len < sizeof session->server->diary)
        session->server->diary[session->server->diary_len++] = (char)in.ptr[0];
    if (in.len > session->server->input_largest)
        session->server->input_largest = in.len;
    while (used < in.len && !t->paused && t->state == TRANSPORT_OPEN &&
           outq_len(&t->out) < t->high_water) {
        struct slice rest = slice_from(in, used + session->scanned);
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        if (!end) {
            session->scanned += rest.len;
            break;
        }
        size_t len = (size_t)(end - (in.ptr + used)) + 1;
        struct slice line = slice_of(in.ptr + used, len);
        used += len;
        session->scanned = 0;
        obey(session, line);
        used += transport_land(t, slice_from(in, used));
        if (slice_eq_str(line, "blink\n"))
            break;
    }
    return used;
}

static inline void line_close(void *ctx)
{
    struct line_session *session = ctx;
    session->server->closed++;
    if (session->server->last == session)
        session->server->last = NULL;
    free(session);
}

static inline void line_drained(void *ctx)
{
    ((struct line_session *)ctx)->server->drained++;
}

static const struct session_ops line_ops = {line_input, line_close, line_drained};

static inline void attach(struct server *server, struct transport *t)
{
    struct line_session *session = calloc(1, sizeof *session);
    assert_non_null(session);
    session->t = t;
    session->server = server;
    server->last = session;
    server->opened++;
    transport_attach(t, &line_ops, session);
}

static inline bool line_accept(void *ctx, struct transport *t)
{
    struct server *server = ctx;
    if (server->rejects) {
        outq_put_slice(&t->out, slice_str("no\n"));
        return false;
    }
    attach(server, t);
    return true;
}

static inline void line_refuse(void *ctx, struct transport *t)
{
    (void)ctx;
    outq_put_slice(&t->out, slice_str("full\n"));
}

static inline int set_up(void **state)
{
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return -1;
    server->reactor = reactor_create();
    struct listener_options options = {
        .address = "127.0.0.1", .on_accept = line_accept, .on_refuse = line_refuse, .ctx = server};
    *state = server;
    if (listener_open(server->reactor, &options, &server->listener))
        return -1;
    server->port = listener_port(server->listener);
    return 0;
}

static inline int tear_down(void **state)
{
    struct server *server = *state;
    reactor_destroy(server->reactor);
    assert_int_equal(server->opened, server->closed);
    free(server);
    return 0;
}

/* ---- the peer */

static inline int connect_to(const struct server *server, int buffer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server->port)};
    const void *any = &address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    if (buffer) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    }
    int failed = connect(fd, any, sizeof address);
    assert_true(failed == 0 || errno == EINPROGRESS);
    return fd;
}

static inline int connect_and_open(struct server *server, int buffer)
{
    int opened = server->opened;
    int fd = connect_to(server, buffer);
    while (server->opened == opened)
        reactor_turn(server->reactor, 1000);
    return fd;
}

static inline void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Runs the loop until the peer has read as many bytes. */
static inline void assert_reads(struct server *server, int fd, const char *expected)
{
    char text[256];
    size_t len = 0;
    for (int turn = 0; len < strlen(expected) && turn < TURNS_MAX; turn++) {
        reactor_turn(server->reactor, 0);
        ssize_t n = recv(fd, text + len, sizeof text - 1 - len, 0);
        len += n > 0 ? (size_t)n : 0;
    }
    text[len] = '\0';
    assert_string_equal(text, expected);
}

/* Reads and throws away until the end; returns how much came. */
static inline size_t read_to_end(struct server *server, int fd)
{
    static char text[65536];
    size_t len = 0;
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        reactor_turn(server->reactor, 0);
        ssize_t n = recv(fd, text, sizeof text, 0);
        if (n == 0)
            return len;
        len += n > 0 ? (size_t)n : 0;
    }
    fail_msg("no end of the stream after %zu bytes", len);
    return len;
}

static inline void read_bytes(struct server *server, int fd, size_t len)
{
    static char text[65536];
    for (int turn = 0; len > 0 && turn < TURNS_MAX; turn++) {
        reactor_turn(server->reactor, 0);
        ssize_t n = recv(fd, text, len < sizeof text ? len : sizeof text, 0);
        len -= n > 0 ? (size_t)n : 0;
    }
    assert_int_equal(len, 0);
}

static inline void assert_reset(struct server *server, int fd)
{
    char text[64];
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        reactor_turn(server->reactor, 0);
        ssize_t n = recv(fd, text, sizeof text, 0);
        assert_true(n != 0);
        if (n < 0 && errno != EAGAIN) {
            assert_int_equal(errno, ECONNRESET);
            return;
        }
    }
    fail_msg("no reset");
}

static inline void turns(struct server *server, int count)
{
    while (count-- > 0)
        reactor_turn(server->reactor, 0);
}

static inline void until_closed(struct server *server, int count)
{
    for (int turn = 0; server->closed < count && turn < 5000; turn++)
        reactor_turn(server->reactor, 1);
    assert_int_equal(server->closed, count);
}

/* Until the listener counts that many sockets: closing ones are gone, too. */
static inline void until_counted(struct server *server, unsigned count)
{
    for (int turn = 0; listener_connections(server->listener) != count && turn < 2000; turn++)
        reactor_turn(server->reactor, 1);
    assert_int_equal(listener_connections(server->listener), count);
}

#endif
