/* Load for a broker of AMQP 0-9-1: one kind of work from many connections, over plain sockets.
 *
 *     amqp_load PORT WORK CONNECTIONS COUNT [BODY_BYTES [BINDINGS]]
 *
 * COUNT is what all connections do together: messages, connections, channels, queues. Prints `ready` when
 * everything is in place, waits for a line of input, works, prints
 *
 *     done SECONDS COUNT P50_US P99_US          (the times are those of single round trips, else 0)
 *
 * and stays until its input ends, so that the broker can be looked at with what it holds then.
 *
 * publish        into a queue of the connection's own, as fast as it takes them; ends with a purge
 * confirm        the same with confirms, at most WINDOW of them outstanding
 * consume        what was put into the queue before, without acknowledgements
 * consume-ack    the same with prefetch 100, each acknowledged
 * roundtrip      to oneself, one message at a time
 * echo           the same bytes, sent to a server that answers them (bench/echo_server.c)
 * connect        log in, log out
 * channel        open, close
 * topology       declare a queue and an exchange, bind them, delete both
 * queues         declare many and keep them
 * route-TYPE     publish through an exchange of that type with so many BINDINGS that do not match and one
 *                that does */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/outq.h"
#include "common/text.h"
#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_method.h"
#include "protocols/amqp/amqp_properties.h"
#include "protocols/amqp/amqp_table.h"

#define FRAME_MAX       131072u
#define INPUT_BYTES     (1u << 20)
#define OUTPUT_HIGH     (256u << 10) /* bytes that wait before no more is published */
#define WINDOW          256u         /* publishes without their confirm */
#define PREFETCH        100u
#define CONNECTIONS_MAX 10000u

struct client;

/* What a connection does. Without `prepare` it is not logged in before it begins; without on_method there
 * are no frames. */
struct work {
    const char *name;
    void (*prepare)(
        struct client *c); /* logged in, channel 1 open: put things in place, then client_ready */
    void (*begin)(struct client *c);
    void (*on_method)(struct client *c, enum amqp_method_id id, const union amqp_method *method);
    void (*on_message)(struct client *c); /* one has come, whole */
    void (*feed)(struct client *c);       /* there is room to send more */
};

struct load {
    const struct work *work;
    uint16_t port;
    uint32_t connections, bindings, body_bytes;
    uint64_t count;
    uint32_t ready, finished;
    uint32_t *latency_ns; /* of round trips */
    uint64_t latencies;
    int epoll;
    struct client *client;
};

struct client {
    struct load *load;
    int fd;
    struct outq out;
    struct slice publish; /* the frames of one message */
    struct outq template;
    uint8_t *in;
    size_t in_len;
    uint64_t quota, sent, done;
    uint64_t body_left, delivery_tag, begun_ns;
    bool begun, feeding, wants_out, gone;
    char queue[32], exchange[32];
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "amqp_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void send_method(struct client *c, uint16_t channel, enum amqp_method_id id,
                        const void *fields)
{
    amqp_method_put(&c->out, channel, id, fields);
}

static void client_ready(struct client *c)
{
    c->load->ready++;
}

static void client_finished(struct client *c)
{
    c->feeding = false;
    c->load->finished++;
}

/* ---- sockets */

static void client_open(struct client *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(c->load->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(c->load->epoll, EPOLL_CTL_ADD, c->fd, &event);
    c->in_len = 0;
    c->wants_out = c->gone = false;
}

static void client_flush(struct client *c)
{
    struct iovec iov[64];
    if (c->gone)
        return;
    while (outq_len(&c->out)) {
        ssize_t n = writev(c->fd, iov, outq_iovec(&c->out, iov, 64));
        if (n < 0 && errno != EAGAIN)
            die("write");
        if (n < 0)
            break;
        outq_take(&c->out, (size_t)n);
        if (c->feeding && outq_len(&c->out) < OUTPUT_HIGH)
            c->load->work->feed(c);
    }
    bool wants_out = outq_len(&c->out) > 0;
    if (wants_out != c->wants_out) {
        struct epoll_event event = {.events = wants_out ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                    .data.ptr = c};
        epoll_ctl(c->load->epoll, EPOLL_CTL_MOD, c->fd, &event);
        c->wants_out = wants_out;
    }
}

/* ---- login */

static void log_in(struct client *c)
{
    client_open(c);
    outq_put(&c->out, "AMQP\0\0\x09\x01", 8);
}

static void send_start_ok(struct client *c)
{
    send_method(c, 0, AMQP_CONNECTION_START_OK,
                &(struct amqp_connection_start_ok){
                    .mechanism = slice_str("PLAIN"),
                    .response = slice_of("\0guest\0guest", 12),
                    .locale = slice_str("en_US"),
                });
}

static void send_tune_ok(struct client *c)
{
    send_method(c, 0, AMQP_CONNECTION_TUNE_OK,
                &(struct amqp_connection_tune_ok){.channel_max = 2047, .frame_max = FRAME_MAX});
    send_method(c, 0, AMQP_CONNECTION_OPEN,
                &(struct amqp_connection_open){.virtual_host = slice_str("/")});
}

static void open_channel(struct client *c, uint16_t channel)
{
    send_method(c, channel, AMQP_CHANNEL_OPEN, &(struct amqp_channel_open){.out_of_band = {0}});
}

static void refuse(const struct slice text)
{
    fprintf(stderr, "amqp_load: closed: %.*s\n", (int)text.len, (const char *)text.ptr);
    exit(1);
}

static void on_method(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    const struct work *work = c->load->work;
    switch (id) {
    case AMQP_CONNECTION_START: send_start_ok(c); return;
    case AMQP_CONNECTION_TUNE: send_tune_ok(c); return;
    case AMQP_CONNECTION_CLOSE: refuse(method->connection_close.reply_text); return;
    case AMQP_CHANNEL_CLOSE: refuse(method->channel_close.reply_text); return;
    case AMQP_CONNECTION_OPEN_OK:
        if (work->prepare)
            open_channel(c, 1);
        else
            work->on_method(c, id, method);
        return;
    case AMQP_CHANNEL_OPEN_OK:
        if (!c->begun) {
            work->prepare(c);
            return;
        }
        break;
    case AMQP_BASIC_DELIVER: c->delivery_tag = method->basic_deliver.delivery_tag; return;
    default: break;
    }
    work->on_method(c, id, method);
}

/* ---- frames */

static void on_frame(struct client *c, uint8_t type, struct slice payload)
{
    const struct amqp_method_info *info;
    union amqp_method method;
    struct amqp_content_header header;
    if (type == AMQP_FRAME_METHOD) {
        if (amqp_method_decode(payload, &info, &method) != AMQP_METHOD_OK)
            refuse(slice_str("a method that is not understood"));
        on_method(c, info->id, &method);
        return;
    }
    if (type == AMQP_FRAME_HEADER && amqp_content_header_decode(payload, &header))
        c->body_left = header.body_size;
    else if (type == AMQP_FRAME_BODY)
        c->body_left -= payload.len;
    else
        return;
    if (!c->body_left)
        c->load->work->on_message(c);
}

static uint32_t load_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The bytes of the whole frames at the front. */
static size_t take_frames(struct client *c)
{
    size_t used = 0;
    while (!c->gone && c->in_len - used >= AMQP_FRAME_OVERHEAD) {
        const uint8_t *at = c->in + used;
        size_t size = load_u32(at + 3);
        if (c->in_len - used < size + AMQP_FRAME_OVERHEAD)
            break;
        used += size + AMQP_FRAME_OVERHEAD;
        on_frame(c, at[0], slice_of(at + AMQP_FRAME_HEAD, size));
    }
    return used;
}

static void on_readable(struct client *c)
{
    ssize_t n = recv(c->fd, c->in + c->in_len, INPUT_BYTES - c->in_len, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        die("the server closed a connection");
    c->in_len += (size_t)n;
    if (!c->load->work->on_method) { /* no frames: an echo */
        c->load->work->on_message(c);
        return;
    }
    size_t used = take_frames(c);
    if (c->gone)
        return;
    c->in_len -= used;
    memmove(c->in, c->in + used, c->in_len);
    if (c->feeding && outq_len(&c->out) < OUTPUT_HIGH)
        c->load->work->feed(c);
}

/* Turns the loop until so many connections have got there. */
static void run_until(struct load *load, const uint32_t *reached)
{
    struct epoll_event events[256];
    for (uint32_t i = 0; i < load->connections; i++)
        client_flush(&load->client[i]);
    while (*reached < load->connections) {
        int n = epoll_wait(load->epoll, events, 256, 30000);
        if (n == 0)
            refuse(slice_str("nothing has come for 30 s"));
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
                on_readable(c);
            if (c->gone && c->done < c->quota)
                load->work->begin(c); /* another connection */
            client_flush(c);
        }
    }
}

/* ---- pieces of work */

static void declare_queue(struct client *c, const char *name)
{
    send_method(c, 1, AMQP_QUEUE_DECLARE,
                &(struct amqp_queue_declare){.queue = slice_str(name), .exclusive = true});
}

static void declare_own_queue(struct client *c)
{
    declare_queue(c, c->queue);
}

static void delete_queue(struct client *c)
{
    send_method(c, 1, AMQP_QUEUE_DELETE, &(struct amqp_queue_delete){.queue = slice_str(c->queue)});
}

static void declare_exchange(struct client *c, const char *type)
{
    send_method(c, 1, AMQP_EXCHANGE_DECLARE,
                &(struct amqp_exchange_declare){.exchange = slice_str(c->exchange),
                                                .type = slice_str(type)});
}

static void bind_queue(struct client *c, const char *key, struct slice arguments, bool nowait)
{
    send_method(c, 1, AMQP_QUEUE_BIND,
                &(struct amqp_queue_bind){.queue = slice_str(c->queue),
                                          .exchange = slice_str(c->exchange),
                                          .routing_key = slice_str(key),
                                          .arguments = arguments,
                                          .nowait = nowait});
}

static void select_confirms(struct client *c)
{
    send_method(c, 1, AMQP_CONFIRM_SELECT, &(struct amqp_confirm_select){.nowait = false});
}

static void consume(struct client *c, bool no_ack)
{
    send_method(c, 1, AMQP_BASIC_CONSUME,
                &(struct amqp_basic_consume){.queue = slice_str(c->queue),
                                             .consumer_tag = slice_str("c"),
                                             .no_ack = no_ack});
}

static void cancel(struct client *c)
{
    send_method(c, 1, AMQP_BASIC_CANCEL,
                &(struct amqp_basic_cancel){.consumer_tag = slice_str("c")});
}

static void purge(struct client *c)
{
    send_method(c, 1, AMQP_QUEUE_PURGE, &(struct amqp_queue_purge){.queue = slice_str(c->queue)});
}

/* The frames of a message, made once: `headers` is a table. */
static void make_publish(struct client *c, const char *exchange, const char *key,
                         struct slice headers)
{
    uint8_t *body = calloc(1, c->load->body_bytes + 1u);
    struct outq raw = {0};
    amqp_properties_put(
        &raw, &(struct amqp_properties){.flags = headers.len ? AMQP_HEADERS : AMQP_DELIVERY_MODE,
                                        .delivery_mode = 1,
                                        .headers = headers});
    amqp_method_put(&c->template, 1, AMQP_BASIC_PUBLISH,
                    &(struct amqp_basic_publish){.exchange = slice_str(exchange),
                                                 .routing_key = slice_str(key)});
    amqp_put_content(&c->template, 1, outq_flatten(&raw), slice_of(body, c->load->body_bytes),
                     FRAME_MAX);
    c->publish = outq_flatten(&c->template);
    outq_done(&raw);
    free(body);
}

static void publish_one(struct client *c)
{
    outq_put_slice(&c->out, c->publish);
    c->sent++;
}

/* ---- publish, confirm */

static void prepare_publish(struct client *c)
{
    make_publish(c, "", c->queue, (struct slice){0});
    declare_own_queue(c);
}

static void feed_publish(struct client *c)
{
    while (c->sent < c->quota && outq_len(&c->out) < 2 * OUTPUT_HIGH)
        publish_one(c);
    if (c->sent == c->quota) {
        c->feeding = false;
        purge(c);
    }
}

static void begin_feed(struct client *c)
{
    c->feeding = true;
    c->load->work->feed(c);
}

static void on_publish(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    (void)method;
    if (id == AMQP_QUEUE_DECLARE_OK)
        client_ready(c);
    else if (id == AMQP_QUEUE_PURGE_OK)
        client_finished(c);
}

static void feed_confirm(struct client *c)
{
    while (c->sent < c->quota && c->sent - c->done < WINDOW && outq_len(&c->out) < 2 * OUTPUT_HIGH)
        publish_one(c);
}

/* One queue confirms in order, so that a tag tells of all before it. Whether that was all. */
static bool confirmed(struct client *c, const union amqp_method *method)
{
    if (method->basic_ack.delivery_tag > c->done)
        c->done = method->basic_ack.delivery_tag;
    return c->done == c->quota;
}

static void on_confirm(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    if (id == AMQP_QUEUE_DECLARE_OK)
        select_confirms(c);
    else if (id == AMQP_CONFIRM_SELECT_OK)
        client_ready(c);
    else if (id == AMQP_BASIC_ACK && confirmed(c, method))
        client_finished(c);
}

/* ---- consume */

static void on_consume(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    if (id == AMQP_QUEUE_DECLARE_OK) {
        select_confirms(c);
    } else if (id == AMQP_CONFIRM_SELECT_OK) {
        begin_feed(c);
    } else if (id == AMQP_BASIC_ACK && confirmed(c, method)) {
        c->feeding = false;
        c->done = 0;
        send_method(c, 1, AMQP_BASIC_QOS, &(struct amqp_basic_qos){.prefetch_count = PREFETCH});
    } else if (id == AMQP_BASIC_QOS_OK) {
        client_ready(c);
    } else if (id == AMQP_BASIC_CANCEL_OK) {
        client_finished(c);
    }
}

static void begin_consume(struct client *c)
{
    consume(c, true);
}

static void begin_consume_ack(struct client *c)
{
    consume(c, false);
}

static void take_message(struct client *c)
{
    if (++c->done == c->quota)
        cancel(c);
}

static void ack_message(struct client *c)
{
    amqp_put_ack(&c->out, 1, c->delivery_tag, false);
    take_message(c);
}

/* ---- round trips */

static void begin_trip(struct client *c)
{
    c->begun_ns = now_ns();
    publish_one(c);
}

static void end_trip(struct client *c)
{
    c->load->latency_ns[c->load->latencies++] = (uint32_t)(now_ns() - c->begun_ns);
    if (++c->done == c->quota)
        client_finished(c);
    else
        begin_trip(c);
}

static void on_roundtrip(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    (void)method;
    if (id == AMQP_QUEUE_DECLARE_OK)
        consume(c, true);
    else if (id == AMQP_BASIC_CONSUME_OK)
        client_ready(c);
}

static void begin_echo(struct client *c)
{
    client_open(c);
    make_publish(c, "", c->queue, (struct slice){0});
    begin_trip(c);
}

/* The answer is as long as the question. */
static void on_echo(struct client *c)
{
    if (c->in_len < c->publish.len)
        return;
    c->in_len = 0;
    end_trip(c);
}

/* ---- churn */

static void begin_connect(struct client *c)
{
    log_in(c);
    client_flush(c);
}

static void on_connect(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    (void)method;
    if (id == AMQP_CONNECTION_OPEN_OK) {
        send_method(c, 0, AMQP_CONNECTION_CLOSE,
                    &(struct amqp_connection_close){.reply_code = 200});
    } else if (id == AMQP_CONNECTION_CLOSE_OK) {
        close(c->fd);
        c->gone = true;
        if (++c->done == c->quota)
            client_finished(c);
    }
}

static void begin_channel(struct client *c)
{
    open_channel(c, 2);
}

static void on_channel(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    (void)method;
    if (id == AMQP_CHANNEL_OPEN_OK)
        send_method(c, 2, AMQP_CHANNEL_CLOSE, &(struct amqp_channel_close){.reply_code = 200});
    else if (id == AMQP_CHANNEL_CLOSE_OK && ++c->done == c->quota)
        client_finished(c);
    else if (id == AMQP_CHANNEL_CLOSE_OK)
        open_channel(c, 2);
}

static void on_topology(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    (void)method;
    switch (id) {
    case AMQP_QUEUE_DECLARE_OK: declare_exchange(c, "direct"); return;
    case AMQP_EXCHANGE_DECLARE_OK: bind_queue(c, "key", (struct slice){0}, false); return;
    case AMQP_QUEUE_BIND_OK: delete_queue(c); return;
    case AMQP_QUEUE_DELETE_OK:
        send_method(c, 1, AMQP_EXCHANGE_DELETE,
                    &(struct amqp_exchange_delete){.exchange = slice_str(c->exchange)});
        return;
    case AMQP_EXCHANGE_DELETE_OK:
        if (++c->done == c->quota)
            client_finished(c);
        else
            declare_own_queue(c);
        return;
    default: return;
    }
}

static void begin_queues(struct client *c)
{
    char name[48];
    snprintf(name, sizeof name, "%s-%llu", c->queue, (unsigned long long)c->done);
    declare_queue(c, name);
}

static void on_queues(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    (void)method;
    if (id != AMQP_QUEUE_DECLARE_OK)
        return;
    if (++c->done == c->quota)
        client_finished(c);
    else
        begin_queues(c);
}

/* ---- routes */

static const char *route_type(const struct client *c)
{
    return c->load->work->name + sizeof "route-" - 1;
}

/* The table of a binding of a headers exchange, or of a message that one matches. */
static struct slice route_table(struct outq *q, const char *value)
{
    struct amqp_table_writer w;
    amqp_table_writer_init(&w, q);
    amqp_table_put_bytes(&w, slice_str("kind"), 'S', slice_str(value));
    return outq_flatten(q);
}

static void bind_route(struct client *c, const char *key, bool nowait)
{
    struct outq table = {0};
    bool headers = !strcmp(route_type(c), "headers");
    bind_queue(c, key, headers ? route_table(&table, key) : (struct slice){0}, nowait);
    outq_done(&table);
}

static void prepare_route(struct client *c)
{
    struct outq table = {0};
    bool headers = !strcmp(route_type(c), "headers");
    make_publish(c, c->exchange, "yes.it.is",
                 headers ? route_table(&table, "yes.it.is") : (struct slice){0});
    outq_done(&table);
    declare_own_queue(c);
}

static void on_route(struct client *c, enum amqp_method_id id, const union amqp_method *method)
{
    char key[48];
    (void)method;
    if (id == AMQP_QUEUE_DECLARE_OK) {
        declare_exchange(c, route_type(c));
    } else if (id == AMQP_EXCHANGE_DECLARE_OK) {
        for (uint32_t i = 0; i < c->load->bindings; i++) {
            snprintf(key, sizeof key, i % 2 ? "no.*.%u" : "no.it.%u", (unsigned)i);
            bind_route(c, key, true);
        }
        bind_route(c, "yes.it.is", false);
    } else if (id == AMQP_QUEUE_BIND_OK) {
        client_ready(c);
    } else if (id == AMQP_QUEUE_PURGE_OK) {
        send_method(c, 1, AMQP_EXCHANGE_DELETE,
                    &(struct amqp_exchange_delete){.exchange = slice_str(c->exchange)});
        client_finished(c);
    }
}

static const struct work works[] = {
    {"publish",       prepare_publish, begin_feed,        on_publish,   NULL,         feed_publish},
    {"confirm",       prepare_publish, begin_feed,        on_confirm,   NULL,         feed_confirm},
    {"consume",       prepare_publish, begin_consume,     on_consume,   take_message, feed_confirm},
    {"consume-ack",   prepare_publish, begin_consume_ack, on_consume,   ack_message,  feed_confirm},
    {"roundtrip",     prepare_publish, begin_trip,        on_roundtrip, end_trip,     NULL        },
    {"echo",          NULL,            begin_echo,        NULL,         on_echo,      NULL        },
    {"connect",       NULL,            begin_connect,     on_connect,   NULL,         NULL        },
    {"channel",       client_ready,    begin_channel,     on_channel,   NULL,         NULL        },
    {"topology",      client_ready,    declare_own_queue, on_topology,  NULL,         NULL        },
    {"queues",        client_ready,    begin_queues,      on_queues,    NULL,         NULL        },
    {"route-direct",  prepare_route,   begin_feed,        on_route,     NULL,         feed_publish},
    {"route-topic",   prepare_route,   begin_feed,        on_route,     NULL,         feed_publish},
    {"route-headers", prepare_route,   begin_feed,        on_route,     NULL,         feed_publish},
};

/* ---- the program */

static bool client_create(struct load *load, uint32_t number)
{
    struct client *c = &load->client[number];
    *c = (struct client){.load = load, .gone = true};
    c->quota = load->count / load->connections;
    c->in = malloc(INPUT_BYTES);
    /* Of one length always, so that the echo server can be told how long a message is. */
    snprintf(c->queue, sizeof c->queue, "bench-%07u-%05u", (unsigned)getpid() % 10000000,
             (unsigned)number);
    memcpy(c->exchange, c->queue, sizeof c->exchange);
    return c->in != NULL;
}

/* Work that needs no login before it begins is ready at once. */
static void connect_all(struct load *load)
{
    for (uint32_t i = 0; i < load->connections; i++) {
        struct client *c = &load->client[i];
        if (load->work->prepare)
            log_in(c);
        else
            client_ready(c);
    }
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile_us(const struct load *load, double share)
{
    if (!load->latencies)
        return 0;
    return load->latency_ns[(size_t)((double)(load->latencies - 1) * share)] / 1e3;
}

static void await_line(void)
{
    for (int byte = getchar(); byte != '\n' && byte != EOF; byte = getchar())
        ;
}

static void run(struct load *load)
{
    connect_all(load);
    run_until(load, &load->ready);
    puts("ready");
    fflush(stdout);
    await_line();
    uint64_t begun = now_ns();
    for (uint32_t i = 0; i < load->connections; i++) {
        struct client *c = &load->client[i];
        c->begun = true;
        c->sent = c->done = 0;
        load->work->begin(c);
    }
    run_until(load, &load->finished);
    double seconds = (double)(now_ns() - begun) / 1e9;
    qsort(load->latency_ns, load->latencies, sizeof *load->latency_ns, compare_u32);
    printf("done %.6f %llu %.1f %.1f\n", seconds,
           (unsigned long long)(load->count / load->connections * load->connections),
           percentile_us(load, 0.5), percentile_us(load, 0.99));
    fflush(stdout);
    await_line();
}

static const struct work *find_work(const char *name)
{
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        if (!strcmp(works[i].name, name))
            return &works[i];
    return NULL;
}

/* The number at that place of the command line; `fallback` when it is not there. Exits on nonsense. */
static uint64_t number_of(int argc, char **argv, int at, uint64_t fallback, uint64_t max)
{
    uint64_t value = fallback;
    if (at < argc && (!text_to_u64(slice_str(argv[at]), &value) || value > max)) {
        fprintf(stderr, "amqp_load: %s: a number up to %llu is wanted\n", argv[at],
                (unsigned long long)max);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    struct load load = {.work = argc > 2 ? find_work(argv[2]) : NULL};
    if (!load.work || argc < 5) {
        fprintf(stderr, "usage: amqp_load PORT WORK CONNECTIONS COUNT [BODY_BYTES [BINDINGS]]\n");
        return 2;
    }
    load.port = (uint16_t)number_of(argc, argv, 1, 0, UINT16_MAX);
    load.connections = (uint32_t)number_of(argc, argv, 3, 1, CONNECTIONS_MAX);
    load.count = number_of(argc, argv, 4, 1, 1u << 30);
    load.body_bytes = (uint32_t)number_of(argc, argv, 5, 12, FRAME_MAX - AMQP_FRAME_OVERHEAD);
    load.bindings = (uint32_t)number_of(argc, argv, 6, 0, 10u << 20);
    load.epoll = epoll_create1(0);
    load.client = calloc(load.connections, sizeof *load.client);
    load.latency_ns = calloc(load.count, sizeof *load.latency_ns);
    if (load.epoll < 0 || !load.client || !load.latency_ns || !load.connections)
        die("start");
    for (uint32_t i = 0; i < load.connections; i++)
        if (!client_create(&load, i))
            die("memory");
    run(&load);
    return 0;
}
