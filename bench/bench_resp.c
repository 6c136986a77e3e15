/* What decoding one Redis request and encoding one reply costs, in nanoseconds of CPU time. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "protocols/resp/resp_decode.h"
#include "protocols/resp/resp_encode.h"

#define CALLS 5000000u
#define BATCH 64u /* requests in the buffer, as a pipelining client leaves them there */

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void decode(const char *name, const char *request)
{
    size_t len = strlen(request), used, args = 0;
    uint8_t *buffer = malloc(len * BATCH);
    struct resp_decoder d;
    resp_decoder_init(&d);
    for (size_t i = 0; buffer && i < BATCH; i++)
        memcpy(buffer + i * len, request, len);
    double start = cpu_ns();
    for (unsigned i = 0; buffer && i < CALLS; i += BATCH) {
        struct slice in = slice_of(buffer, len * BATCH);
        while (in.len && resp_decode(&d, in, &used) == RESP_COMMAND) {
            args += d.argc;
            in = slice_from(in, used);
        }
    }
    printf("decode %-16s %6.1f ns (%.0f arguments)\n", name, (cpu_ns() - start) / CALLS,
           (double)args / CALLS);
    resp_decoder_done(&d);
    free(buffer);
}

static void put_ok(struct outq *q)
{
    resp_put_simple(q, slice_str("OK"));
}

static void put_small_int(struct outq *q)
{
    resp_put_int(q, 1);
}

static void put_large_int(struct outq *q)
{
    resp_put_int(q, 1234567890123);
}

static void put_short_bulk(struct outq *q)
{
    resp_put_bulk(q, slice_str("value:000000001234"));
}

static void put_null(struct outq *q)
{
    resp_put_null_bulk(q);
}

static void put_score(struct outq *q)
{
    resp_put_double(q, 1700000000.25);
}

static void encode(const char *name, void (*put)(struct outq *q))
{
    struct outq q;
    outq_init(&q);
    double start = cpu_ns();
    for (unsigned i = 0; i < CALLS; i++) {
        put(&q);
        if (i % 1024 == 0)
            outq_take(&q, outq_len(&q));
    }
    printf("encode %-16s %6.1f ns\n", name, (cpu_ns() - start) / CALLS);
    outq_done(&q);
}

int main(void)
{
    decode("PING", "*1\r\n$4\r\nPING\r\n");
    decode("GET", "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000001234\r\n");
    decode("SET", "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000001234\r\n$3\r\nxxx\r\n");
    decode("HSET",
           "*6\r\n$4\r\nHSET\r\n$16\r\nkey:000000001234\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n"
           "$3\r\nxxx\r\n");
    decode("GET inline", "GET key:000000001234\r\n");
    encode("OK", put_ok);
    encode("small int", put_small_int);
    encode("large int", put_large_int);
    encode("bulk", put_short_bulk);
    encode("null", put_null);
    encode("double", put_score);
    return 0;
}
