/* Connections of the reactor: input, output, their end. */
#include "common/test_socket.h"

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

static void input_may_land_where_it_belongs(void **state)
{
    struct server *server = *state;
    static char text[5 + LANDING_BYTES + 5];
    memcpy(text, "land\n", 5);
    for (size_t i = 0; i < LANDING_BYTES; i++)
        text[5 + i] = (char)(i % 251);
    memcpy(text + 5 + LANDING_BYTES, "more\n", 5);
    for (size_t cut = 1; cut < sizeof text; cut += cut < 20 ? 1 : 9973) {
        int fd = connect_and_open(server, 0);
        memset(server->landed, 0, LANDING_BYTES);
        for (size_t at = 0; at < sizeof text; turns(server, 3)) {
            size_t len = at < cut ? cut - at : sizeof text - at;
            ssize_t n = send(fd, text + at, len, MSG_NOSIGNAL);
            at += n > 0 ? (size_t)n : 0;
        }
        assert_reads(server, fd, "more\n");
        assert_memory_equal(server->landed, text + 5, LANDING_BYTES);
        assert_int_equal(server->last->t->bytes_in, sizeof text);
        close(fd);
    }
}

/* What is dropped, and what comes while the session is paused. */
static void landings_may_be_dropped_or_wait(void **state)
{
    struct server *server = *state;
    static char text[LANDING_BYTES];
    int fd = connect_and_open(server, 0);
    put(fd, "land\n");
    turns(server, 3);
    transport_pause(server->last->t);
    server->last->t->landing.to = NULL;
    for (size_t at = 0; at < sizeof text; turns(server, 3)) {
        ssize_t n = send(fd, text + at, sizeof text - at, MSG_NOSIGNAL);
        at += n > 0 ? (size_t)n : 0;
        if (at > sizeof text / 2)
            transport_resume(server->last->t);
    }
    put(fd, "more\n");
    assert_reads(server, fd, "more\n");
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

static void a_reset_may_follow_what_is_queued(void **state)
{
    struct server *server = *state;
    int fd = connect_and_open(server, 0);
    put(fd, "sent\nreset\n");
    assert_reads(server, fd, "sent\n");
    assert_reset(server, fd);
    assert_int_equal(server->closed, 1);
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

/* A client that goes on when the loop has given up looking for it, and how many waits the loop will pass each time. */
struct slow_client {
    struct server *server;
    int fd;
    size_t sent, count;
    unsigned pauses[8];
};

static void go_on(void *ctx)
{
    struct slow_client *client = ctx;
    struct reactor *reactor = client->server->reactor;
    if (reactor->looking.on || client->server->diary_len < client->sent)
        return;
    client->pauses[client->count++] = reactor->looking.pause;
    if (client->count == sizeof client->pauses / sizeof *client->pauses) {
        reactor_stop(reactor);
        return;
    }
    put(client->fd, "x\n");
    client->sent++;
}

static void looking_in_vain_is_given_up(void **state)
{
    struct server *server = *state;
    struct slow_client client = {.server = server, .fd = connect_and_open(server, 0)};
    struct reactor_timer *timer = reactor_every(server->reactor, 1000, go_on, &client);
    assert_non_null(timer);
    reactor_run(server->reactor);
    static const unsigned expected[] = {0, 1, 1, 3, 3, 3, 3, 7};
    assert_memory_equal(client.pauses, expected, sizeof expected);
    reactor_timer_destroy(timer);
    close(client.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_echo_comes_back),
        TEST(input_may_be_split_anywhere),
        TEST(a_large_input_is_put_together),
        TEST(input_may_land_where_it_belongs),
        TEST(landings_may_be_dropped_or_wait),
        TEST(a_thousand_connections_are_served),
        TEST(an_idle_connection_is_small),
        TEST(a_peer_that_does_not_read_is_held_back),
        TEST(a_session_is_told_when_its_full_queue_is_empty),
        TEST(a_peer_may_close_its_direction_and_still_read),
        TEST(close_sends_what_is_queued),
        TEST(abort_resets),
        TEST(a_reset_may_follow_what_is_queued),
        TEST(drop_loses_what_is_queued_alone),
        TEST(a_peer_that_resets_ends_its_session),
        TEST(a_closing_connection_without_progress_is_given_up),
        TEST(a_paused_session_keeps_its_input),
        TEST(a_paused_session_takes_no_more_than_its_bound_and_sees_the_end),
        TEST(a_session_may_wake_another_whose_input_has_come),
        TEST(output_made_outside_of_the_loop_goes_out),
        TEST(a_queue_without_memory_ends_the_connection),
        TEST(an_adopted_descriptor_is_a_transport),
        TEST(an_output_is_not_read),
        TEST(events_are_served_in_the_order_of_their_coming),
        TEST(looking_in_vain_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
