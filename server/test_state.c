#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/unit_test.h"

#include "server/holder.h"
#include "server/ports_file.h"
#include "server/probe.h"
#include "server/state.h"

struct folder {
    char path[64];
};

static int set_up(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    if (!folder)
        return -1;
    snprintf(folder->path, sizeof(folder->path), "/tmp/test_state-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct folder *folder = *state;
    int status = rmdir(folder->path); /* fails when something was left behind */
    free(folder);
    return status;
}

static struct state_instance instance_of(pid_t pid, int64_t started_us)
{
    struct state_instance instance = {.pid = pid, .started_us = started_us, .version = "1.2.3"};
    instance.service_count = 2;
    instance.services[0] = (struct state_service){"apple", "127.0.0.1", 7001};
    instance.services[1] = (struct state_service){"pear", "::1", 65535};
    return instance;
}

/* A process that publishes itself and waits to be killed. */
static pid_t start_instance(const char *folder, int64_t started_us)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct state_instance instance = instance_of(getpid(), started_us);
        struct problem why;
        int fd;
        if (!state_publish(folder, &instance, &fd, &why) || write(ends[1], "", 1) != 1)
            _exit(1);
        alarm(30); /* should the test have died before */
        pause();
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return child;
}

static void kill_instance(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void test_live_and_stale_instances(void **state)
{
    struct folder *folder = *state;
    static struct state_instance found[STATE_INSTANCES_MAX];
    size_t stale;
    pid_t older = start_instance(folder->path, 10);
    pid_t younger = start_instance(folder->path, 20);
    assert_int_equal(state_list(folder->path, found, &stale), 2);
    assert_int_equal(stale, 0);
    assert_int_equal(found[0].pid, younger);
    assert_int_equal(found[1].pid, older);
    struct state_instance expected = instance_of(older, 10);
    assert_memory_equal(found[1].services, expected.services, 2 * sizeof(struct state_service));
    assert_int_equal(found[1].service_count, 2);
    assert_string_equal(found[1].version, "1.2.3");
    assert_true(state_alive(folder->path, younger));
    kill_instance(younger);
    assert_false(state_alive(folder->path, younger));
    assert_int_equal(state_list(folder->path, found, &stale), 1);
    assert_int_equal(stale, 1);
    kill_instance(older);
    assert_int_equal(state_list(folder->path, found, NULL), 0);
}

static void test_withdraw(void **state)
{
    struct folder *folder = *state;
    struct state_instance instance = instance_of(getpid(), 1);
    struct problem why;
    int fd;
    assert_true(state_publish(folder->path, &instance, &fd, &why));
    state_withdraw(folder->path, fd);
    state_withdraw(folder->path, -1);
    assert_false(state_alive(folder->path, getpid()));
}

static void test_directories(void **state)
{
    struct folder *folder = *state;
    char path[STATE_PATH_BYTES], deep[128];
    struct problem why;
    setenv("PARLEL_STATE_DIR", folder->path, 1);
    assert_true(state_directory(path, &why));
    assert_string_equal(path, folder->path);
    unsetenv("PARLEL_STATE_DIR");
    setenv("HOME", "/home/ann", 1);
    assert_true(state_directory(path, &why));
    assert_string_equal(path, "/home/ann/.parlel");
    snprintf(deep, sizeof(deep), "%s/a/b", folder->path);
    assert_true(state_make_directory(deep, &why));
    assert_true(state_make_directory(deep, &why));
    assert_int_equal(rmdir(deep), 0);
    deep[strlen(deep) - 2] = 0;
    assert_int_equal(rmdir(deep), 0);
    assert_false(state_make_directory("/dev/null/a", &why));
}

static void test_ports_file(void **state)
{
    struct folder *folder = *state;
    struct state_instance instance = instance_of(getpid(), 1);
    struct problem why;
    char path[128], text[128] = "";
    snprintf(path, sizeof(path), "%s/ports", folder->path);
    assert_true(ports_file_write(path, &instance, &why));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_string_equal(text, "{\"apple\":7001,\"pear\":65535}\n");
    ports_file_remove(path);
    assert_false(ports_file_write("/dev/null/ports", &instance, &why));
}

static void test_holder_and_probe(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)(void *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&at, &len), 0);
    uint16_t port = ntohs(at.sin_port);
    struct holder holder;
    assert_false(probe_connect("127.0.0.1", port, 1000)); /* bound, but it does not listen */
    assert_false(holder_find(port, &holder));
    assert_int_equal(listen(fd, 1), 0);
    assert_true(probe_connect("127.0.0.1", port, 1000));
    assert_true(probe_connect("0.0.0.0", port, 1000));
    assert_false(probe_connect("somewhere", port, 1000));
    assert_true(holder_find(port, &holder));
    assert_int_equal(holder.pid, getpid());
    assert_string_equal(holder.name, "test_state");
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_live_and_stale_instances),
        TEST(test_withdraw),
        TEST(test_directories),
        TEST(test_ports_file),
        TEST(test_holder_and_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
