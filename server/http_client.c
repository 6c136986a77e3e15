#include "server/http_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/readbuf.h"
#include "protocols/http/http_decode.h"
#include "protocols/http/http_encode.h"

#include "server/probe.h"

#define READ_BYTES 65536

struct http_client {
    int fd;
    int timeout_ms;
    char peer[64];       /* "127.0.0.1:4600" */
    struct readbuf in;   /* what was received and not decoded */
    size_t used;         /* bytes of it that the last event was made of */
    struct readbuf body; /* what was decoded and not handed out, behind what was */
    size_t handed;       /* bytes of it that were handed out */
    size_t scanned;      /* bytes behind them without a line end */
    struct http_decoder decoder;
    struct arena arena;
    struct http_head head; /* lies in the arena */
    bool ended;            /* the response is complete */
};

/* ---- the connection */

static bool cannot_connect(const char *peer, int status, struct problem *problem)
{
    if (status == -ECONNREFUSED)
        return problem_say(problem, "nothing listens at %s", peer);
    if (status == -ETIMEDOUT)
        return problem_say(problem, "%s does not answer", peer);
    return problem_say(problem, "cannot connect to %s: %s", peer, strerror(-status));
}

struct http_client *http_client_open(const char *address, uint16_t port, int timeout_ms,
                                     struct problem *problem)
{
    struct http_client *client = calloc(1, sizeof(*client));
    if (!client) {
        problem_say(problem, "out of memory");
        return NULL;
    }
    snprintf(client->peer, sizeof(client->peer), strchr(address, ':') ? "[%s]:%u" : "%s:%u",
             address, port);
    client->timeout_ms = timeout_ms;
    client->fd = probe_open(address, port, timeout_ms);
    http_decoder_init(&client->decoder, false);
    client->decoder.limits.body_max = UINT64_MAX;
    if (client->fd >= 0)
        return client;
    cannot_connect(client->peer, client->fd, problem);
    http_client_close(client);
    return NULL;
}

void http_client_close(struct http_client *client)
{
    if (!client)
        return;
    if (client->fd >= 0)
        close(client->fd);
    readbuf_done(&client->in);
    readbuf_done(&client->body);
    arena_done(&client->arena);
    free(client);
}

void http_client_set_timeout(struct http_client *client, int timeout_ms)
{
    client->timeout_ms = timeout_ms;
}

/* Waits until the socket can do what is asked; a peer that has gone counts as well. */
static bool wait_for(struct http_client *client, short events, struct problem *problem)
{
    struct pollfd wait = {.fd = client->fd, .events = events};
    int ready;
    do {
        ready = poll(&wait, 1, client->timeout_ms);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 || problem_say(problem, "%s does not answer", client->peer);
}

static bool is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* ---- sending */

/* *out_gone: the peer takes no more, perhaps because it has answered already. */
static bool send_bytes(struct http_client *client, struct slice bytes, bool *out_gone,
                       struct problem *problem)
{
    while (bytes.len && !*out_gone) {
        ssize_t n = send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n > 0) {
            bytes = slice_from(bytes, (size_t)n);
            continue;
        }
        *out_gone = !is_passing(errno);
        if (!*out_gone && !wait_for(client, POLLOUT, problem))
            return false;
    }
    return true;
}

/* What is queued; the queue is empty afterwards. */
static bool send_queue(struct http_client *client, struct outq *out, bool *out_gone,
                       struct problem *problem)
{
    struct slice bytes = outq_flatten(out);
    bool ok = bytes.ptr ? send_bytes(client, bytes, out_gone, problem)
                        : problem_say(problem, "out of memory");
    outq_done(out);
    return ok;
}

/* A file's length may change while it is read: in chunks it does not matter. */
static bool send_file(struct http_client *client, int file, bool *out_gone, struct problem *problem)
{
    uint8_t *piece = malloc(READ_BYTES);
    bool ok = piece || problem_say(problem, "out of memory");
    ssize_t n = 1;
    while (ok && n > 0 && !*out_gone) {
        struct outq out = {0};
        do {
            n = read(file, piece, READ_BYTES);
        } while (n < 0 && errno == EINTR);
        if (n < 0)
            ok = problem_say(problem, "cannot read the file: %s", strerror(errno));
        else if (n > 0)
            http_put_chunk(&out, slice_of(piece, (size_t)n));
        else
            http_put_last_chunk(&out);
        ok = ok && send_queue(client, &out, out_gone, problem);
        outq_done(&out);
    }
    free(piece);
    return ok;
}

static void put_request(struct http_client *client, const struct http_client_request *request,
                        struct outq *out)
{
    http_put_request(out, slice_str(request->method), slice_str(request->target));
    http_put_field_str(out, "Host", client->peer);
    http_put_field_str(out, "User-Agent", "parlel");
    http_put_field_str(out, "Accept", "*/*");
    if (request->content_type)
        http_put_field_str(out, "Content-Type", request->content_type);
    if (request->from_file)
        http_put_field_str(out, "Transfer-Encoding", "chunked");
    else if (request->body.ptr)
        http_put_content_length(out, request->body.len);
    http_put_head_end(out);
    outq_put_slice(out, request->body);
}

/* ---- receiving */

static bool receive(struct http_client *client, bool *out_eof, struct problem *problem)
{
    uint8_t *to = readbuf_reserve(&client->in, READ_BYTES);
    if (!to)
        return problem_say(problem, "out of memory");
    for (;;) {
        ssize_t n = recv(client->fd, to, READ_BYTES, 0);
        if (n > 0)
            readbuf_commit(&client->in, (size_t)n);
        if (n > 0)
            return true;
        *out_eof = n == 0 || !is_passing(errno);
        if (*out_eof)
            return true;
        if (!wait_for(client, POLLIN, problem))
            return false;
    }
}

static enum http_event at_close(struct http_client *client, struct problem *problem)
{
    enum http_event event = http_decode_close(&client->decoder);
    if (event == HTTP_END)
        return event;
    problem_say(problem, "%s closed the connection before its answer was complete", client->peer);
    return HTTP_ERROR;
}

/* The next event, never HTTP_NEED_MORE; HTTP_ERROR: *problem says what happened. */
static enum http_event next_event(struct http_client *client, struct problem *problem)
{
    bool eof = false;
    for (;;) {
        readbuf_consume(&client->in, client->used);
        enum http_event event =
            http_decode(&client->decoder, readbuf_rest(&client->in), &client->used);
        if (event == HTTP_ERROR)
            problem_say(problem, "%s does not answer in HTTP: %s", client->peer,
                        client->decoder.error.text);
        if (event != HTTP_NEED_MORE)
            return event;
        if (eof)
            return at_close(client, problem);
        if (!receive(client, &eof, problem))
            return HTTP_ERROR;
    }
}

/* Heads of interim responses (RFC 9110 15.2) are passed over. */
static bool receive_head(struct http_client *client, struct problem *problem)
{
    enum http_event event;
    do {
        event = next_event(client, problem);
        if (event == HTTP_ERROR)
            return false;
    } while (event != HTTP_HEAD || (client->decoder.head.status < HTTP_OK &&
                                    client->decoder.head.status != HTTP_SWITCHING_PROTOCOLS));
    struct slice bytes = slice_of(readbuf_rest(&client->in).ptr, client->used);
    return http_head_dup(&client->arena, &client->decoder.head, bytes, &client->head) ||
           problem_say(problem, "out of memory");
}

bool http_client_send(struct http_client *client, const struct http_client_request *request,
                      struct problem *problem)
{
    struct outq out = {0};
    bool gone = false;
    readbuf_done(&client->body);
    client->handed = client->scanned = 0;
    client->ended = false;
    arena_reset(&client->arena);
    client->decoder.bodiless = strcmp(request->method, "HEAD") == 0;
    put_request(client, request, &out);
    return send_queue(client, &out, &gone, problem) &&
           (!request->from_file || send_file(client, request->file, &gone, problem)) &&
           receive_head(client, problem);
}

int http_client_status(const struct http_client *client)
{
    return client->head.status;
}

struct slice http_client_field(const struct http_client *client, const char *name)
{
    return http_head_field(&client->head, name);
}

/* ---- the body */

/* Adds the next piece to what waits, or notes the end. */
static bool receive_body(struct http_client *client, struct problem *problem)
{
    enum http_event event = next_event(client, problem);
    client->ended = event == HTTP_END;
    if (event != HTTP_BODY)
        return event != HTTP_ERROR;
    struct slice piece = client->decoder.body;
    if (piece.len > HTTP_CLIENT_BYTES_MAX - readbuf_rest(&client->body).len)
        return problem_say(problem, "the answer of %s is larger than %zu bytes", client->peer,
                           HTTP_CLIENT_BYTES_MAX);
    return readbuf_append(&client->body, piece) || problem_say(problem, "out of memory");
}

static void forget_handed(struct http_client *client)
{
    readbuf_consume(&client->body, client->handed);
    client->handed = 0;
}

bool http_client_read_all(struct http_client *client, struct slice *out, struct problem *problem)
{
    forget_handed(client);
    while (!client->ended)
        if (!receive_body(client, problem))
            return false;
    *out = readbuf_rest(&client->body);
    client->handed = out->len;
    return true;
}

/* Hands out a line of so many bytes, `end` more of which are its end. */
static enum http_client_read hand_out(struct http_client *client, size_t len, size_t end,
                                      struct slice *out)
{
    struct slice rest = readbuf_rest(&client->body);
    client->handed = len + end;
    client->scanned = 0;
    *out = slice_of(rest.ptr, len && rest.ptr[len - 1] == '\r' ? len - 1 : len);
    return HTTP_CLIENT_LINE;
}

enum http_client_read http_client_read_line(struct http_client *client, struct slice *out,
                                            struct problem *problem)
{
    forget_handed(client);
    for (;;) {
        struct slice rest = readbuf_rest(&client->body);
        struct slice fresh = slice_from(rest, client->scanned);
        const uint8_t *end = fresh.len ? memchr(fresh.ptr, '\n', fresh.len) : NULL;
        if (end)
            return hand_out(client, (size_t)(end - rest.ptr), 1, out);
        client->scanned = rest.len;
        if (client->ended)
            return rest.len ? hand_out(client, rest.len, 0, out) : HTTP_CLIENT_END;
        if (!receive_body(client, problem))
            return HTTP_CLIENT_FAILED;
    }
}
