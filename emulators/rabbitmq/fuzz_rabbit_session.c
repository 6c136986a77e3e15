/* A whole RabbitMQ fed by clients with random bytes: nothing may crash, overrun or leak.
 *
 * The input is a list of steps: a byte that says which client speaks and how, a length of a byte, and
 * so many bytes. They are fed as they are, or as the payload of a frame of a type and a channel; between the
 * steps the clock moves, a checkpoint is rewound, a client leaves. The first client is in already, with a
 * channel, a queue and a consumer. */
#include "common/assert.h"
#include "common/transport.h"
#include "emulators/rabbitmq/rabbitmq.h"
#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_method.h"

#define HEAP_LIMIT ((size_t)64 << 20)
#define CLIENTS    2
#define TURNS      8 /* at most, for output that the high-water mark held back */

struct fuzz {
    struct clock clock;
    struct random random;
    struct emulator *rabbit;
    struct emulator_checkpoint *checkpoint;
    struct transport *clients[CLIENTS];
};

static const struct emulator_type *const type = &rabbitmq_emulator_type;

static struct transport *client_of(struct fuzz *f, unsigned at)
{
    if (!f->clients[at]) {
        f->clients[at] = memory_transport_create();
        ASSERT(f->clients[at] && type->session_open(f->rabbit, f->clients[at]));
    }
    return f->clients[at];
}

/* What the loop does: reads the output away, lets what waits go on, ends what is to end. */
static void turn_all(struct fuzz *f)
{
    for (unsigned i = 0; i < CLIENTS * TURNS; i++) {
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

static void put_beginning(struct outq *out)
{
    struct amqp_connection_start_ok start = {.mechanism = slice_str("PLAIN"),
                                             .response = slice_of("\0guest\0guest", 12)};
    struct amqp_connection_tune_ok tune = {.channel_max = 8, .frame_max = 4096};
    struct amqp_connection_open open = {.virtual_host = slice_str("/")};
    struct amqp_channel_open channel = {0};
    struct amqp_queue_declare declare = {.queue = slice_str("q")};
    struct amqp_basic_consume consume = {.consumer_tag = slice_str("c")};
    struct amqp_basic_publish publish = {.routing_key = slice_str("q")};
    outq_put(out, "AMQP\0\0\x09\x01", 8);
    amqp_method_put(out, 0, AMQP_CONNECTION_START_OK, &start);
    amqp_method_put(out, 0, AMQP_CONNECTION_TUNE_OK, &tune);
    amqp_method_put(out, 0, AMQP_CONNECTION_OPEN, &open);
    amqp_method_put(out, 1, AMQP_CHANNEL_OPEN, &channel);
    amqp_method_put(out, 1, AMQP_QUEUE_DECLARE, &declare);
    amqp_method_put(out, 1, AMQP_BASIC_CONSUME, &consume);
    amqp_method_put(out, 1, AMQP_BASIC_PUBLISH, &publish);
    amqp_put_content(out, 1, slice_of("\0\0", 2), slice_str("body"), 0);
}

static void feed(struct transport *client, struct outq *out)
{
    memory_transport_feed(client, outq_flatten(out));
    outq_done(out);
}

/* Bits of a step's first byte. */
#define STEP_CLIENT  1
#define STEP_REWIND  2
#define STEP_CLOCK   4
#define STEP_RAW     8
#define STEP_LEAVE   16
#define FRAME_OF(at) ((at) >> 6) /* method, header, body, heartbeat */

static void speak(struct fuzz *f, uint8_t how, struct slice bytes)
{
    static const uint8_t types[] = {AMQP_FRAME_METHOD, AMQP_FRAME_HEADER, AMQP_FRAME_BODY,
                                    AMQP_FRAME_HEARTBEAT};
    struct transport *client = client_of(f, how & STEP_CLIENT);
    struct outq out = {0};
    uint8_t head[AMQP_FRAME_HEAD];
    if (how & STEP_RAW) {
        memory_transport_feed(client, bytes);
        return;
    }
    amqp_store_frame_head(head, types[FRAME_OF(how)], how >> 5 & 1, (uint32_t)bytes.len);
    outq_put(&out, head, sizeof(head));
    outq_put_slice(&out, bytes);
    outq_put(&out, "\xce", 1);
    feed(client, &out);
}

static void step(struct fuzz *f, uint8_t how, struct slice bytes)
{
    struct transport **client = &f->clients[how & STEP_CLIENT];
    speak(f, how, bytes);
    turn_all(f);
    if (how & STEP_CLOCK)
        clock_advance(&f->clock, 1000000);
    if (how & STEP_REWIND)
        ASSERT(type->rewind(f->rabbit, f->checkpoint));
    if (how & STEP_LEAVE) {
        memory_transport_destroy(*client);
        *client = NULL;
    }
    turn_all(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = {0};
    struct emulator_error error;
    struct outq out = {0};
    struct heap *heap = heap_create(HEAP_LIMIT);
    clock_init(&f.clock, 1900000000000000);
    random_seed(&f.random, 1);
    struct emulator_host host = {.heap = heap, .clock = &f.clock, .random = &f.random};
    f.rabbit = type->create(&host, &error);
    ASSERT(f.rabbit != NULL);
    put_beginning(&out);
    feed(client_of(&f, 0), &out);
    f.checkpoint = type->checkpoint(f.rabbit);
    ASSERT(f.checkpoint != NULL);
    for (size_t at = 0; at + 2 <= size;) {
        size_t len = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        step(&f, data[at], slice_of(data + at + 2, len));
        at += 2 + len;
    }
    type->release(f.rabbit, f.checkpoint);
    for (unsigned i = 0; i < CLIENTS; i++)
        memory_transport_destroy(f.clients[i]);
    type->destroy(f.rabbit);
    ASSERT(heap_used(heap) == 0);
    heap_destroy(heap);
    clock_done(&f.clock);
    return 0;
}
