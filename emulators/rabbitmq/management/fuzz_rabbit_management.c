/* The management API asked for anything with any body: nothing may crash, overrun or leak, and every request is
 * answered.
 *
 * The input is a list of requests: a byte chooses the route, one what its parameters are, one the query, one
 * says how long the body is, and so many bytes are the body. */
#include <stdio.h>

#include "common/assert.h"
#include "emulators/rabbitmq/management/management.h"
#include "emulators/rabbitmq/management/routes.h"
#include "emulators/rabbitmq/rabbitmq.h"

#define HEAP_LIMIT ((size_t)64 << 20)

static const char *const names[] = {"%2F",         "q",     "x", "amq.topic",
                                    "amq.default", "guest", "~", "%00"};
static const char *const queries[] = {
    "",
    "?columns=name,arguments.a,message_stats.get",
    "?page=1&page_size=2&name=a&use_regex=true",
    "?sort=name&sort_reverse=true&disable_stats=true",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct http_route *route_of(uint8_t number)
{
    const struct http_route *routes = management_routes();
    size_t count = 0;
    while (routes[count].method)
        count++;
    return &routes[number % count];
}

/* The pattern with a name in the place of each parameter. */
static void put_path(struct outq *out, const char *pattern, uint8_t seed)
{
    for (unsigned nth = 0; *pattern; pattern++) {
        if (*pattern != '{') {
            outq_put(out, pattern, 1);
            continue;
        }
        const char *name = names[(seed >> (3 * nth++)) % COUNT(names)];
        outq_put(out, name, strlen(name));
        pattern = strchr(pattern, '}');
    }
}

/* Takes one request off the input. */
static void put_request(struct outq *out, struct slice *in)
{
    char head[128];
    const struct http_route *route = route_of(in->ptr[0]);
    uint8_t seed = in->ptr[1];
    const char *query = queries[in->ptr[2] % COUNT(queries)];
    size_t len = in->ptr[3];
    *in = slice_from(*in, 4);
    struct slice body = slice_of(in->ptr, len < in->len ? len : in->len);
    *in = slice_from(*in, body.len);
    outq_put_slice(out, slice_str(route->method));
    outq_put(out, " ", 1);
    put_path(out, route->pattern, seed);
    outq_put_slice(out, slice_str(query));
    snprintf(head, sizeof(head),
             " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n"
             "Content-Length: %zu\r\n\r\n",
             body.len);
    outq_put_slice(out, slice_str(head));
    outq_put_slice(out, body);
}

static void ask(struct rabbit *rabbit, struct slice *in)
{
    struct transport *transport = memory_transport_create();
    struct outq request;
    outq_init(&request);
    ASSERT(transport && rabbit_management_open(rabbit, transport));
    put_request(&request, in);
    memory_transport_feed(transport, outq_flatten(&request));
    ASSERT(outq_len(&transport->out) > 0);
    memory_transport_destroy(transport);
    outq_done(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of(data, size);
    struct emulator_error error;
    struct random random;
    struct clock clock;
    struct heap *heap = heap_create(HEAP_LIMIT);
    clock_init(&clock, 1000000);
    random_seed(&random, 1);
    struct emulator_host host = {.heap = heap, .clock = &clock, .random = &random};
    struct emulator *emulator = rabbitmq_emulator_type.create(&host, &error);
    ASSERT(emulator);
    while (in.len >= 4)
        ask(rabbit_of(emulator), &in);
    rabbitmq_emulator_type.destroy(emulator);
    ASSERT(heap_used(heap) == 0);
    clock_done(&clock);
    heap_destroy(heap);
    return 0;
}
