/* Listeners of the reactor: addresses, limits, who is taken. */
#include "common/test_socket.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_limit_refuses_with_the_protocols_words),
        TEST(out_of_descriptors_is_survived),
        TEST(a_closed_listener_takes_no_one_and_leaves_connections),
        TEST(bad_addresses_are_errors),
        TEST(unix_sockets_replace_stale_ones),
        TEST(ipv6_names_are_bracketed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
