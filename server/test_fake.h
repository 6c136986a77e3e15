/* A service for tests of the server: its state is one number, and it says "+name\r\n" to whoever
 * sends it something. */
#ifndef PARLEL_SERVER_TEST_FAKE_H
#define PARLEL_SERVER_TEST_FAKE_H

#include <stdlib.h>

#include "common/text.h"
#include "common/yaml.h"
#include "emulators/emulator.h"

struct fake {
    struct heap *heap;
    long number;
    long checkpoints; /* alive */
    unsigned sessions;
    uint16_t port;
    bool no_checkpoints; /* pretends to be out of memory */
};

static inline struct fake *fake_of(const struct emulator *emulator)
{
    union {
        const struct emulator *in;
        struct fake *out;
    } cast = {.in = emulator};
    return cast.out;
}

static struct emulator *fake_create(const struct emulator_host *host, struct emulator_error *error)
{
    struct fake *fake = heap_zalloc(host->heap, sizeof(*fake));
    if (!fake) {
        emulator_fail(error, "OOM", "out of memory");
        return NULL;
    }
    fake->heap = host->heap;
    return (struct emulator *)(void *)fake;
}

static void fake_destroy(struct emulator *emulator)
{
    struct fake *fake = fake_of(emulator);
    heap_free(fake->heap, fake, sizeof(*fake));
}

static bool fake_set(struct emulator *emulator, struct slice key, struct slice value,
                     struct emulator_error *error)
{
    int64_t number;
    if (!slice_eq_str(key, "number"))
        return emulator_fail(error, "ERR", "there is no such setting");
    if (!text_to_i64(value, &number))
        return emulator_fail(error, "ERR", "it is a number");
    fake_of(emulator)->number = (long)number;
    return true;
}

static void fake_listening(struct emulator *emulator, const char *address, uint16_t port)
{
    (void)address;
    fake_of(emulator)->port = port;
}

struct fake_session {
    struct fake *fake;
    struct transport *transport;
};

static size_t fake_input(void *ctx, struct slice in)
{
    struct fake_session *session = ctx;
    outq_put(&session->transport->out, "+fake\r\n", 7);
    return in.len;
}

static void fake_close(void *ctx)
{
    struct fake_session *session = ctx;
    session->fake->sessions--;
    free(session);
}

static bool fake_session_open(struct emulator *emulator, struct transport *transport)
{
    static const struct session_ops ops = {.on_input = fake_input, .on_close = fake_close};
    struct fake_session *session = malloc(sizeof(*session));
    if (!session)
        return false;
    *session = (struct fake_session){fake_of(emulator), transport};
    session->fake->sessions++;
    transport_attach(transport, &ops, session);
    return true;
}

static unsigned fake_session_count(const struct emulator *emulator)
{
    return fake_of(emulator)->sessions;
}

/* Nobody stays connected in these tests. */
static void fake_session_close_all(struct emulator *emulator)
{
    (void)emulator;
}

static void fake_reset(struct emulator *emulator)
{
    fake_of(emulator)->number = 0;
}

/* Its section of a fixture is the number, which is at most 100. */
static bool fake_seed(struct emulator *emulator, struct yaml_reader *reader,
                      struct emulator_error *error)
{
    struct yaml_event event;
    int64_t number;
    if (!yaml_expect(reader, YAML_SCALAR, "a number", &event))
        return false;
    if (!yaml_to_i64(&event, &number))
        return yaml_error(reader, "expected a number, got %s", yaml_describe(&event));
    fake_of(emulator)->number = (long)number;
    return number <= 100 || emulator_fail(error, "ERR", "%ld is too much", (long)number);
}

/* A checkpoint is a copy of the number. */
static struct emulator_checkpoint *fake_checkpoint(struct emulator *emulator)
{
    struct fake *fake = fake_of(emulator);
    long *copy = fake->no_checkpoints ? NULL : heap_alloc(fake->heap, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = fake->number;
    fake->checkpoints++;
    return (struct emulator_checkpoint *)(void *)copy;
}

static bool fake_rewind(struct emulator *emulator, const struct emulator_checkpoint *checkpoint)
{
    fake_of(emulator)->number = *(const long *)(const void *)checkpoint;
    return true;
}

static void fake_release(struct emulator *emulator, struct emulator_checkpoint *checkpoint)
{
    struct fake *fake = fake_of(emulator);
    fake->checkpoints--;
    heap_free(fake->heap, checkpoint, sizeof(long));
}

static struct emulator *fake_fork(struct emulator *emulator, const struct emulator_checkpoint *from,
                                  const struct emulator_host *host, struct emulator_error *error)
{
    struct emulator *fork = fake_create(host, error);
    (void)emulator;
    if (fork)
        fake_rewind(fork, from);
    return fork;
}

#define FAKE_TYPE(NAME, PORT)                                                                \
    {                                                                                        \
        .name = NAME, .title = NAME, .protocol = "fake", .port = PORT,                       \
        .url_format = NAME "://%s:%u/x", .url_env = "FAKE_URL", .create = fake_create,       \
        .destroy = fake_destroy, .set = fake_set, .listening = fake_listening,               \
        .session_open = fake_session_open, .session_count = fake_session_count,              \
        .session_close_all = fake_session_close_all, .reset = fake_reset, .seed = fake_seed, \
        .checkpoint = fake_checkpoint, .rewind = fake_rewind, .release = fake_release,       \
        .fork = fake_fork,                                                                   \
    }

static const struct emulator_type fake_apple = FAKE_TYPE("apple", 7001);
static const struct emulator_type fake_pear = FAKE_TYPE("pear", 7002);

#endif
