/* A blocking HTTP/1.1 client: how the command line speaks with a running parlel.
 *
 *   struct http_client *client = http_client_open("127.0.0.1", 4600, 5000, &problem);
 *   struct http_client_request request = {.method = "GET", .target = "/services"};
 *   struct slice body;
 *   if (client && http_client_send(client, &request, &problem) &&
 *       http_client_read_all(client, &body, &problem))
 *       ... http_client_status(client), body
 *   http_client_close(client);
 *
 * One connection, one request after the other; a response is read to its end, or the client closed.
 *
 * Ownership: what the client hands out is its own, valid until the next call that takes it, texts of
 * a head until the next request. Errors: false (NULL), and *problem says in one sentence who did not
 * do what. A status that is no success is none. */
#ifndef PARLEL_SERVER_HTTP_CLIENT_H
#define PARLEL_SERVER_HTTP_CLIENT_H

#include "common/slice.h"

#include "server/problem.h"

/* A body, or a line of it, beyond this is refused. */
#define HTTP_CLIENT_BYTES_MAX ((size_t)256 << 20)

struct http_client;

/* address: numeric. timeout_ms bounds the connecting and each wait for the peer; -1: no bound. */
struct http_client *http_client_open(const char *address, uint16_t port, int timeout_ms,
                                     struct problem *problem);
/* NULL is accepted. */
void http_client_close(struct http_client *client);
/* For waits from now on: long polls and streams have none. */
void http_client_set_timeout(struct http_client *client, int timeout_ms);

struct http_client_request {
    const char *method, *target;
    const char *content_type; /* NULL: none */
    struct slice body;        /* ptr NULL: none */
    bool from_file;           /* the body is what `file` has from where it stands to its end */
    int file;
};

/* Sends the request and waits for the response's head. */
bool http_client_send(struct http_client *client, const struct http_client_request *request,
                      struct problem *problem);

int http_client_status(const struct http_client *client);
/* ptr NULL when there is no such field. */
struct slice http_client_field(const struct http_client *client, const char *name);

/* The whole body. */
bool http_client_read_all(struct http_client *client, struct slice *out, struct problem *problem);

enum http_client_read { HTTP_CLIENT_LINE, HTTP_CLIENT_END, HTTP_CLIENT_FAILED };

/* The body's next line as soon as it is there, without its end (server-sent events, journal -f). */
enum http_client_read http_client_read_line(struct http_client *client, struct slice *out,
                                            struct problem *problem);

#endif
