#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/unit_test.h"

#include "server/sandbox.h"
#include "server/test_fake.h"

struct world {
    struct reactor *reactor;
    struct sandbox *sandbox;
    struct service *service;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct problem why;
    *state = world;
    world->reactor = reactor_create();
    struct sandbox_options options = {.reactor = world->reactor, .seed = 1};
    world->sandbox = sandbox_create(&options);
    if (!world->sandbox || !sandbox_add(world->sandbox, &fake_apple, &why))
        return -1;
    world->service = sandbox_service(world->sandbox, 0);
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    sandbox_destroy(world->sandbox);
    reactor_destroy(world->reactor);
    free(world);
    return 0;
}

static int connect_to(int family, uint16_t port)
{
    struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(family, SOCK_STREAM, 0);
    int status = family == AF_INET ? connect(fd, (struct sockaddr *)(void *)&v4, sizeof(v4))
                                   : connect(fd, (struct sockaddr *)(void *)&v6, sizeof(v6));
    if (status == 0)
        return fd;
    close(fd);
    return -1;
}

static void assert_answers(struct world *world, int fd)
{
    char reply[16] = "";
    ssize_t len = -1;
    assert_int_equal(send(fd, "?", 1, 0), 1);
    for (int turn = 0; turn < 50 && len < 0; turn++) {
        reactor_turn(world->reactor, 20);
        len = recv(fd, reply, sizeof(reply) - 1, MSG_DONTWAIT);
    }
    assert_string_equal(reply, "+fake\r\n");
}

static void test_one_port_on_both_families(void **state)
{
    struct world *world = *state;
    struct listen_addresses loopback = listen_loopback();
    assert_int_equal(listen_start(world->reactor, &loopback, 0, world->service), 0);
    assert_int_not_equal(world->service->port, 0);
    assert_string_equal(world->service->address, "127.0.0.1");
    assert_int_equal(fake_of(world->service->emulator)->port, world->service->port);
    int v4 = connect_to(AF_INET, world->service->port);
    assert_answers(world, v4);
    if (world->service->listener_count == 2) {
        int v6 = connect_to(AF_INET6, world->service->port);
        assert_answers(world, v6);
        assert_int_equal(fake_of(world->service->emulator)->sessions, 2);
        close(v6);
    }
    close(v4); /* the other end is closed with the sandbox */
}

static void test_a_port_in_use(void **state)
{
    struct world *world = *state;
    struct listen_addresses loopback = listen_loopback(), both;
    struct problem why;
    assert_true(listen_parse(slice_str("127.0.0.1,127.0.0.2"), &both));
    assert_true(sandbox_add(world->sandbox, &fake_pear, &why));
    struct service *second = sandbox_service(world->sandbox, 1);
    assert_int_equal(listen_start(world->reactor, &loopback, 0, world->service), 0);
    uint16_t port = world->service->port;
    assert_int_equal(listen_start(world->reactor, &loopback, port, second), -EADDRINUSE);
    assert_int_equal(second->listener_count, 0);
    listen_stop(world->service);
    assert_int_equal(listen_start(world->reactor, &both, port, second), 0);
    assert_int_equal(second->listener_count, 2);
}

static void test_addresses(void **state)
{
    static const char *const wrong[] = {"",           "localhost,127.0.0.1",
                                        "127.0.0.1 ", "1.2.3",
                                        "::1,",       "1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5"};
    struct listen_addresses out = {.count = 77};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(listen_parse(slice_str(wrong[i]), &out));
    assert_int_equal(out.count, 77);
    assert_true(listen_parse(slice_str("::,0.0.0.0"), &out));
    assert_int_equal(out.count, 2);
    assert_false(out.loopback);
    assert_string_equal(out.text[1], "0.0.0.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_port_on_both_families, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_port_in_use, set_up, tear_down),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
