/* Connections of the reactor over the real loopback: the peer is a plain socket of this process. */
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

#define TURNS_MAX 200000
/* Little enough that the kernel's buffers fill soon. */
#define SMALL_BUFFER 4096

/* What "big" is answered with: two of them are beyond the high-water mark. */
#define BIG_BYTES (3u << 18)

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
    bool counts_only; /* consumes whole lines, answers each with its length */
};

struct line_session {
    struct transport *t;
    struct server *server;
    size_t scanned;
};

static void obey(struct line_session *session, struct slice line)
{
    struct transport *t = session->t;
    if (slice_eq_str(line, "pause\n")) {
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

static size_t line_input(void *ctx, struct slice in)
{
    struct line_session *session = ctx;
    struct transport *t = session->t;
    size_t used = 0;
    if (session->server->diary_len < sizeof session->server->diary)
        session->server->diary[session->server->diary_len++] = (char)in.ptr[0];
    if (in.len > session->server->input_largest)
        session->server->input_largest = in.len;
    while (!t->paused && t->state == TRANSPORT_OPEN && outq_len(&t->out) < t->high_water) {
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
        if (slice_eq_str(line, "blink\n"))
            break;
    }
    return used;
}

static void line_close(void *ctx)
{
    struct line_session *session = ctx;
    session->server->closed++;
    if (session->server->last == session)
        session->server->last = NULL;
    free(session);
}

static void line_drained(void *ctx)
{
    ((struct line_session *)ctx)->server->drained++;
}

static const struct session_ops line_ops = {line_input, line_close, line_drained};

static void attach(struct server *server, struct transport *t)
{
    struct line_session *session = calloc(1, sizeof *session);
    assert_non_null(session);
    session->t = t;
    session->server = server;
    server->last = session;
    server->opened++;
    transport_attach(t, &line_ops, session);
}

static bool line_accept(void *ctx, struct transport *t)
{
    struct server *server = ctx;
    if (server->rejects) {
        outq_put_slice(&t->out, slice_str("no\n"));
        return false;
    }
    attach(server, t);
    return true;
}

static void line_refuse(void *ctx, struct transport *t)
{
    (void)ctx;
    outq_put_slice(&t->out, slice_str("full\n"));
}

static int set_up(void **state)
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

static int tear_down(void **state)
{
    struct server *server = *state;
    reactor_destroy(server->reactor);
    assert_int_equal(server->opened, server->closed);
    free(server);
    return 0;
}

/* ---- the peer */

static int connect_to(const struct server *server, int buffer)
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

static int connect_and_open(struct server *server, int buffer)
{
    int opened = server->opened;
    int fd = connect_to(server, buffer);
    while (server->opened == opened)
        reactor_turn(server->reactor, 1000);
    return fd;
}

static void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Runs the loop until the peer has read as many bytes. */
static void assert_reads(struct server *server, int fd, const char *expected)
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
static size_t read_to_end(struct server *server, int fd)
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

static void read_bytes(struct server *server, int fd, size_t len)
{
    static char text[65536];
    for (int turn = 0; len > 0 && turn < TURNS_MAX; turn++) {
        reactor_turn(server->reactor, 0);
        ssize_t n = recv(fd, text, len < sizeof text ? len : sizeof text, 0);
        len -= n > 0 ? (size_t)n : 0;
    }
    assert_int_equal(len, 0);
}

static void assert_reset(struct server *server, int fd)
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

static void turns(struct server *server, int count)
{
    while (count-- > 0)
        reactor_turn(server->reactor, 0);
}

static void until_closed(struct server *server, int count)
{
    for (int turn = 0; server->closed < count && turn < 5000; turn++)
        reactor_turn(server->reactor, 1);
    assert_int_equal(server->closed, count);
}

/* Until the listener counts that many sockets: closing ones are gone, too. */
static void until_counted(struct server *server, unsigned count)
{
    for (int turn = 0; listener_connections(server->listener) != count && turn < 2000; turn++)
        reactor_turn(server->reactor, 1);
    assert_int_equal(listener_connections(server->listener), count);
}

/* ---- tests */

static void an_echo_comes_back(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "hello\n");
    assert_reads(server, fd, "hello\n");
    const struct transport *t = server->last->t;
    assert_int_equal(t->bytes_in, 6);
    assert_int_equal(t->bytes_out, 6);
    assert_int_equal(outq_memory(&t->out), 0); /* an idle connection holds no buffers */
    char local[64];
    snprintf(local, sizeof local, "127.0.0.1:%u", (unsigned)server->port);
    assert_string_equal(t->local, local);
    assert_memory_equal(t->peer, "127.0.0.1:", 10);
    assert_int_equal(listener_connections(server->listener), 1);
    close(fd);
    until_closed(server, 1);
    assert_int_equal(listener_connections(server->listener), 0);
}

static void input_may_be_split_anywhere(void **state)
{
    struct server *server = *state;
    const char *text = "one\ntwo\n\nthree\n";
    for (size_t cut = 1; cut < strlen(text); cut++) {
        int fd = connect_and_open(server, 0);
        assert_int_equal(send(fd, text, cut, 0), (ssize_t)cut);
        turns(server, 3);
        put(fd, text + cut);
        assert_reads(server, fd, text);
        close(fd);
    }
    int fd = connect_and_open(server, 0);
    for (const char *at = text; *at; at++) {
        assert_int_equal(send(fd, at, 1, 0), 1);
        turns(server, 1);
    }
    assert_reads(server, fd, text);
    close(fd);
}

/* A line that takes hundreds of reads, then a small one in the same stream. */
static void a_large_input_is_put_together(void **state)
{
    struct server *server = *state;
    server->counts_only = true;
    int fd = connect_and_open(server, 0);
    size_t len = 20u << 20, sent = 0;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    text[len - 3] = '\n';
    text[len - 1] = '\n';
    while (sent < len) {
        ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        reactor_turn(server->reactor, 0);
    }
    assert_reads(server, fd, "20971518\n2\n");
    assert_true(server->input_largest >= len - 2);
    assert_null(socket_of(server->last->t)->t.kept.ptr);
    free(text);
    close(fd);
}

static void a_thousand_connections_are_served(void **state)
{
    enum { MANY = 1000 };
    struct server *server = *state;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    static int fds[MANY];
    for (int i = 0; i < MANY; i++)
        fds[i] = connect_and_open(server, 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            put(fds[i], "ping\n");
        for (int i = 0; i < MANY; i++)
            assert_reads(server, fds[i], "ping\n");
    }
    assert_int_equal(listener_connections(server->listener), MANY);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    until_closed(server, MANY);
}

static void an_idle_connection_is_small(void **state)
{
    (void)state;
    assert_in_range(sizeof(struct socket), 1, 1000);
}

/* The output of a peer that does not read stops at the high-water mark, as does its input, and
 * another peer is served meanwhile. */
static void a_peer_that_does_not_read_is_held_back(void **state)
{
    struct server *server = *state;
    int deaf = connect_and_open(server, SMALL_BUFFER);
    struct transport *t = server->last->t;
    setsockopt(t->fd, SOL_SOCKET, SO_SNDBUF, &(int){SMALL_BUFFER}, sizeof(int));
    int other = connect_and_open(server, 0);
    size_t asked = 0;
    for (int turn = 0; turn < 200; turn++) {
        asked += turn < 40 && send(deaf, "big\n", 4, MSG_NOSIGNAL) == 4;
        reactor_turn(server->reactor, 0);
        assert_true(outq_memory(&t->out) < (3u << 20));
    }
    assert_true(t->throttled);
    size_t kept = readbuf_rest(&socket_of(t)->t.kept).len;
    assert_true(kept < REACTOR_READ_BYTES);
    put(other, "ping\n");
    assert_reads(server, other, "ping\n");
    /* Reading goes on where it stopped, and nothing was lost. */
    read_bytes(server, deaf, (asked - 1) * BIG_BYTES);
    shutdown(deaf, SHUT_WR);
    assert_int_equal(read_to_end(server, deaf), BIG_BYTES);
    close(deaf);
    close(other);
    until_closed(server, 2);
}

static void a_session_is_told_when_its_full_queue_is_empty(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "big\n");
    read_bytes(server, fd, BIG_BYTES);
    turns(server, 2);
    assert_int_equal(server->drained, 0); /* it was below the mark */
    put(fd, "big\nbig\n");
    read_bytes(server, fd, 2 * BIG_BYTES);
    turns(server, 2);
    assert_int_equal(server->drained, 1);
    close(fd);
}

static void a_peer_may_close_its_direction_and_still_read(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "big\nbig\nlast\n");
    shutdown(fd, SHUT_WR);
    assert_int_equal(read_to_end(server, fd), 2 * BIG_BYTES + 5);
    assert_int_equal(server->closed, 1);
    close(fd);
    until_counted(server, 0);
}

static void close_sends_what_is_queued(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, SMALL_BUFFER);
    put(fd, "big\nquit\nunheard\n");
    turns(server, 20);
    assert_int_equal(server->closed, 1); /* the session is over, its output on the way */
    assert_int_equal(listener_connections(server->listener), 1);
    put(fd, "more that nobody reads\n"); /* must not cost the peer its output */
    assert_int_equal(read_to_end(server, fd), BIG_BYTES + 4);
    close(fd);
    until_counted(server, 0);
}

static void abort_resets(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "big\nabort\n");
    assert_reset(server, fd);
    assert_int_equal(server->closed, 1);
    assert_int_equal(listener_connections(server->listener), 0);
    close(fd);
}

static void drop_loses_what_is_queued_alone(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, SMALL_BUFFER);
    put(fd, "sent\n");
    turns(server, 5);
    put(fd, "queued\ndrop\n");
    until_closed(server, 1);
    assert_int_equal(listener_connections(server->listener),
                     0); /* at once, whatever the peer does */
    assert_int_equal(read_to_end(server, fd), 5);
    close(fd);
}

static void a_peer_that_resets_ends_its_session(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "big\nbig\n");
    turns(server, 5);
    struct linger linger = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
    until_closed(server, 1);
    until_counted(server, 0);
}

static void a_closing_connection_without_progress_is_given_up(void **state)
{
    struct server *server = *state;
    server->reactor->linger_us = 20000;
    int deaf = connect_and_open(server, SMALL_BUFFER);
    setsockopt(server->last->t->fd, SOL_SOCKET, SO_SNDBUF, &(int){SMALL_BUFFER}, sizeof(int));
    put(deaf, "big\nquit\n");
    turns(server, 20);
    int silent = connect_and_open(server, 0);
    put(silent, "quit\n"); /* and never closes its end */
    until_closed(server, 2);
    until_counted(server, 0);
    assert_reads(server, silent, "bye\n");
    close(deaf);
    close(silent);
}

static void a_paused_session_keeps_its_input(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "a\npause\nb\n");
    assert_reads(server, fd, "a\n");
    put(fd, "c\n");
    turns(server, 5);
    assert_int_equal(recv(fd, &(char){0}, 1, 0), -1);
    transport_resume(server->last->t);
    assert_reads(server, fd, "b\nc\n");
    put(fd, "blink\nd\n"); /* paused and resumed while input is being delivered */
    assert_reads(server, fd, "d\n");
    close(fd);
}

static void a_paused_session_takes_no_more_than_its_bound_and_sees_the_end(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "pause\n");
    static char text[400000];
    memset(text, '\n', sizeof text);
    for (int turn = 0; turn < 200; turn++) {
        ssize_t ignored = send(fd, text, sizeof text, MSG_NOSIGNAL);
        (void)ignored;
        reactor_turn(server->reactor, 0);
    }
    assert_in_range(readbuf_rest(&socket_of(server->last->t)->t.kept).len, 65536, 2 * 65536);
    close(fd);
    int other = connect_and_open(server, 0);
    put(other, "pause\n");
    turns(server, 5);
    close(other);
    until_closed(server, 1); /* while it is paused */
    assert_int_equal(server->opened, 2);
}

static void the_limit_refuses_with_the_protocols_words(void **state)
{
    struct server *server = *state;
    listener_set_connections_max(server->listener, 2);
    int a = connect_and_open(server, 0), b = connect_and_open(server, 0);
    int c = connect_to(server, 0);
    assert_reads(server, c, "full\n");
    assert_int_equal(read_to_end(server, c), 0);
    assert_int_equal(listener_connections(server->listener), 2);
    close(a);
    int d = connect_to(server, 0); /* comes in the turn in which the other leaves */
    put(d, "in\n");
    assert_reads(server, d, "in\n");
    server->rejects = true;
    listener_set_connections_max(server->listener, 0);
    int e = connect_to(server, 0);
    assert_reads(server, e, "no\n");
    assert_int_equal(read_to_end(server, e), 0);
    close(b);
    close(c);
    close(d);
    close(e);
}

static void out_of_descriptors_is_survived(void **state)
{
    struct server *server = *state;
    struct rlimit limit, old;
    getrlimit(RLIMIT_NOFILE, &old);
    int fd = connect_to(server, 0); /* its descriptor is this process's, too: made before */
    int next = dup(fd);
    close(next);
    limit = (struct rlimit){(rlim_t)next, old.rlim_max};
    setrlimit(RLIMIT_NOFILE, &limit);
    log_set_level(LOG_ERROR);
    turns(server, 5);
    assert_true(server->listener->starved);
    assert_int_equal(server->opened, 0);
    setrlimit(RLIMIT_NOFILE, &old);
    put(fd, "here\n");
    while (server->opened == 0)
        reactor_turn(server->reactor, 1000);
    assert_reads(server, fd, "here\n");
    assert_false(server->listener->starved);
    log_set_level(LOG_INFO);
    close(fd);
}

static void output_made_outside_of_the_loop_goes_out(void **state)
{
    struct server *server = *state;
    int a = connect_and_open(server, 0);
    struct transport *t = server->last->t;
    outq_put_slice(&t->out, slice_str("news\n"));
    transport_wake(t);
    transport_wake(t);
    assert_reads(server, a, "news\n");
    close(a);
}

static void a_queue_without_memory_ends_the_connection(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    outq_put_slice(&server->last->t->out, slice_str("half a rep"));
    assert_null(outq_reserve(&server->last->t->out, SIZE_MAX / 2));
    transport_wake(server->last->t);
    assert_reset(server, fd);
    close(fd);
}

static void a_closed_listener_takes_no_one_and_leaves_connections(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    listener_close(server->listener, false);
    put(fd, "still\n");
    assert_reads(server, fd, "still\n");
    struct listener_options options = {
        .address = "127.0.0.1", .port = server->port, .on_accept = line_accept, .ctx = server};
    /* At once on the same port, although a connection of it lives. */
    assert_int_equal(listener_open(server->reactor, &options, &server->listener), 0);
    int next = connect_and_open(server, 0);
    struct listener *second;
    assert_int_equal(listener_open(server->reactor, &options, &second), -EADDRINUSE);
    listener_close(server->listener, true);
    listener_close(NULL, true);
    assert_int_equal(read_to_end(server, next), 0);
    close(fd);
    close(next);
    until_closed(server, 2);
}

static void bad_addresses_are_errors(void **state)
{
    struct server *server = *state;
    struct listener *listener = NULL;
    struct listener_options options = {.address = "not an address", .on_accept = line_accept};
    assert_int_equal(listener_open(server->reactor, &options, &listener), -EINVAL);
    options.unix_socket = true;
    options.address = "/nowhere/at/all";
    assert_int_equal(listener_open(server->reactor, &options, &listener), -ENOENT);
    char path[200];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    options.address = path;
    assert_int_equal(listener_open(server->reactor, &options, &listener), -ENAMETOOLONG);
    assert_null(listener);
}

static int connect_to_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const void *any = &address;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    if (connect(fd, any, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void unix_sockets_replace_stale_ones(void **state)
{
    struct server *server = *state;
    char directory[] = "/tmp/parlel-test-XXXXXX", path[64], name[80];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/sock", directory);
    snprintf(name, sizeof name, "%s:0", path);
    struct listener_options options = {
        .address = path, .unix_socket = true, .on_accept = line_accept, .ctx = server};
    struct listener *listener, *second;
    assert_int_equal(listener_open(server->reactor, &options, &listener), 0);
    assert_int_equal(listener_open(server->reactor, &options, &second), -EADDRINUSE);
    assert_int_equal(listener_port(listener), 0);
    int fd = connect_to_path(path);
    put(fd, "hello\n");
    assert_reads(server, fd, "hello\n");
    assert_string_equal(server->last->t->peer, name);
    close(fd);
    /* What a killed process leaves: the file without a listener. */
    close(listener->fd);
    listener->fd = dup(STDERR_FILENO);
    assert_int_equal(connect_to_path(path), -1);
    assert_int_equal(listener_open(server->reactor, &options, &second), 0);
    free(listener->path);
    listener->path = NULL;
    listener_close(listener, false);
    fd = connect_to_path(path);
    put(fd, "again\n");
    assert_reads(server, fd, "again\n");
    close(fd);
    listener_close(second, false);
    assert_int_equal(access(path, F_OK), -1);
    rmdir(directory);
}

static void ipv6_names_are_bracketed(void **state)
{
    struct server *server = *state;
    struct listener *listener;
    struct listener_options options = {.address = "::1", .on_accept = line_accept, .ctx = server};
    int failed = listener_open(server->reactor, &options, &listener);
    if (failed == -EADDRNOTAVAIL || failed == -EAFNOSUPPORT)
        skip();
    assert_int_equal(failed, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_port = htons(listener_port(listener)),
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const void *any = &address;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, any, sizeof address), 0);
    while (server->opened == 0)
        reactor_turn(server->reactor, 1000);
    assert_memory_equal(server->last->t->peer, "[::1]:", 6);
    close(fd);
    until_closed(server, 1);
}

static void an_adopted_descriptor_is_a_transport(void **state)
{
    struct server *server = *state;
    int pair[2];
    struct transport *t;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(reactor_adopt_fd(server->reactor, pair[0], &t), 0);
    attach(server, t);
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    put(pair[1], "hello\nquit\n");
    assert_reads(server, pair[1], "hello\nbye\n");
    assert_int_equal(read_to_end(server, pair[1]), 0);
    close(pair[1]);
    assert_int_equal(reactor_adopt_fd(server->reactor, -1, &t), -EBADF);
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(reactor_adopt_fd(server->reactor, pair[1], &t), 0);
    attach(server, t);
    close(pair[0]);
    outq_put_slice(&t->out, slice_str("to nobody"));
    transport_wake(t); /* no SIGPIPE */
    until_closed(server, 2);
}

/* Standard output may be a terminal, whose input belongs to standard input. */
static void an_output_is_not_read(void **state)
{
    struct server *server = *state;
    int pair[2];
    struct transport *t;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(reactor_adopt_output(server->reactor, pair[0], &t), 0);
    attach(server, t);
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    put(pair[1], "hello\n");
    outq_put_slice(&t->out, slice_str("said\n"));
    transport_wake(t);
    assert_reads(server, pair[1], "said\n");
    turns(server, 3);
    char text[8];
    assert_int_equal(read(t->fd, text, sizeof text), 6);
    transport_close(t);
    assert_int_equal(read_to_end(server, pair[1]), 0);
    close(pair[1]);
}

/* Two requests that wait in the system are served in the order in which they came. */
static void events_are_served_in_the_order_of_their_coming(void **state)
{
    struct server *server = *state;
    int fds[5];
    for (int i = 0; i < 5; i++)
        fds[i] = connect_and_open(server, 0);
    static const int order[] = {3, 0, 4, 1, 2};
    turns(server, 3);
    for (int i = 0; i < 5; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d\n", i);
        put(fds[order[i]], text);
    }
    server->diary_len = 0;
    reactor_turn(server->reactor, 0);
    server->diary[server->diary_len] = '\0';
    assert_string_equal(server->diary, "01234");
    for (int i = 0; i < 5; i++)
        close(fds[i]);
}

/* Both are read before the first is served, which has the second go on. */
static void a_session_may_wake_another_whose_input_has_come(void **state)
{
    struct server *server = *state;
    int waker = connect_and_open(server, 0);
    int sleeper = connect_and_open(server, 0);
    put(sleeper, "pause\na\n");
    turns(server, 3);
    put(waker, "wake\n");
    put(sleeper, "b\nc\n");
    assert_reads(server, sleeper, "a\nb\nc\n");
    close(waker);
    close(sleeper);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_echo_comes_back),
        TEST(input_may_be_split_anywhere),
        TEST(a_large_input_is_put_together),
        TEST(a_thousand_connections_are_served),
        TEST(an_idle_connection_is_small),
        TEST(a_peer_that_does_not_read_is_held_back),
        TEST(a_session_is_told_when_its_full_queue_is_empty),
        TEST(a_peer_may_close_its_direction_and_still_read),
        TEST(close_sends_what_is_queued),
        TEST(abort_resets),
        TEST(drop_loses_what_is_queued_alone),
        TEST(a_peer_that_resets_ends_its_session),
        TEST(a_closing_connection_without_progress_is_given_up),
        TEST(a_paused_session_keeps_its_input),
        TEST(a_paused_session_takes_no_more_than_its_bound_and_sees_the_end),
        TEST(a_session_may_wake_another_whose_input_has_come),
        TEST(the_limit_refuses_with_the_protocols_words),
        TEST(out_of_descriptors_is_survived),
        TEST(output_made_outside_of_the_loop_goes_out),
        TEST(a_queue_without_memory_ends_the_connection),
        TEST(a_closed_listener_takes_no_one_and_leaves_connections),
        TEST(bad_addresses_are_errors),
        TEST(unix_sockets_replace_stale_ones),
        TEST(ipv6_names_are_bracketed),
        TEST(an_adopted_descriptor_is_a_transport),
        TEST(an_output_is_not_read),
        TEST(events_are_served_in_the_order_of_their_coming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
