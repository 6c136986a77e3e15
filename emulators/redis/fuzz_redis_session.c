/* A whole Redis fed by two clients with random bytes: nothing may crash, overrun or leak, and a
 * checkpoint taken before is the same state after a rewind. The first byte says what happens between
 * the parts, which are separated by a byte 0xFF: the other client speaks, time goes on, a rewind. */
#include "common/assert.h"
#include "common/json.h"
#include "common/transport.h"
#include "emulators/redis/redis.h"

#define HEAP_LIMIT  ((size_t)64 << 20)
#define CLIENTS     2
#define SEPARATOR   0xff
#define MORE_OUTPUT 64 /* turns, at most, for output that the high-water mark held back */

struct fuzz {
    struct clock clock;
    struct random random;
    struct emulator *redis;
    struct emulator_checkpoint *checkpoint;
    struct transport *clients[CLIENTS];
};

static const struct emulator_type *const type = &redis_emulator_type;

static struct transport *client_of(struct fuzz *f, unsigned at)
{
    if (!f->clients[at]) {
        f->clients[at] = memory_transport_create();
        ASSERT(f->clients[at] && type->session_open(f->redis, f->clients[at]));
    }
    return f->clients[at];
}

/* What the loop does: reads the output away, lets what waits go on, ends what is to end. */
static void turn_all(struct fuzz *f)
{
    for (unsigned i = 0; i < CLIENTS * MORE_OUTPUT; i++) {
        struct transport **client = &f->clients[i % CLIENTS];
        if (!*client)
            continue;
        outq_take(&(*client)->out, outq_len(&(*client)->out));
        if (memory_transport_turn(*client))
            continue;
        memory_transport_destroy(*client);
        *client = NULL;
    }
}

static void between(struct fuzz *f, uint8_t what)
{
    if (what & 4)
        clock_advance(&f->clock, (int64_t)(what >> 3) * 1000000);
    if (what & 2)
        ASSERT(type->rewind(f->redis, f->checkpoint));
    turn_all(f);
}

static void speak(struct fuzz *f, struct slice in)
{
    uint8_t what = in.len ? in.ptr[0] : 0;
    size_t from = in.len ? 1 : 0;
    for (unsigned part = 0; from < in.len; part++) {
        const uint8_t *end = memchr(in.ptr + from, SEPARATOR, in.len - from);
        size_t to = end ? (size_t)(end - in.ptr) : in.len;
        unsigned client = what & 1 ? part % CLIENTS : 0;
        memory_transport_feed(client_of(f, client), slice_of(in.ptr + from, to - from));
        turn_all(f);
        between(f, what);
        from = to + 1;
    }
}

static void look(struct fuzz *f)
{
    struct outq out;
    outq_init(&out);
    struct json_writer w = json_writer_of(&out);
    type->dump(f->redis, &w);
    outq_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char data_of_all_types[] = "SET s value\r\nRPUSH l a b c\r\nSADD t 1 2 3\r\n"
                                            "HSET h f v\r\nZADD z 1 a 2 b\r\nXADD x 1-1 f v\r\n"
                                            "SET e v EX 10\r\nXGROUP CREATE x g 0\r\n";
    struct fuzz f = {0};
    struct emulator_error error;
    struct heap *heap = heap_create(HEAP_LIMIT);
    clock_init(&f.clock, 1900000000000000);
    random_seed(&f.random, 1);
    struct emulator_host host = {heap, &f.clock, &f.random, NULL};
    f.redis = type->create(&host, &error);
    ASSERT(f.redis != NULL);
    memory_transport_feed(client_of(&f, 0),
                          slice_of(data_of_all_types, sizeof(data_of_all_types) - 1));
    f.checkpoint = type->checkpoint(f.redis);
    ASSERT(f.checkpoint != NULL);
    turn_all(&f);
    speak(&f, slice_of(data, size));
    look(&f);
    type->release(f.redis, f.checkpoint);
    for (unsigned i = 0; i < CLIENTS; i++)
        memory_transport_destroy(f.clients[i]);
    type->destroy(f.redis);
    ASSERT(heap_used(heap) == 0);
    heap_destroy(heap);
    clock_done(&f.clock);
    return 0;
}
