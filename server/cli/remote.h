/* One call of a running instance's control API: put together, sent, its answer read.
 *
 *   struct remote call;
 *   remote_begin(&call, "POST", "/checkpoints");
 *   remote_argument(&call, "name", slice_str("before"));
 *   if (remote_ask(&call))
 *       ... call.answer
 *   remote_end(&call);
 *
 * The instance is that of PARLEL_URL or, without it, the youngest live one of the state directory.
 * Whoever calls remote_ask need not report its failures: the user has been told. Memory that runs out
 * while a call is put together is a failure of remote_ask. */
#ifndef PARLEL_SERVER_CLI_REMOTE_H
#define PARLEL_SERVER_CLI_REMOTE_H

#include "common/json.h"

#include "server/http_client.h"
#include "server/state.h"

struct remote {
    const char *method;
    bool in_body; /* arguments go there, as JSON; otherwise into the query string */
    bool has_query;
    struct outq target, body;
    struct json_writer json; /* into the body */
    int file;                /* the body is its content; -1: none */
    struct http_client *client;
    struct arena arena;
    int status;          /* HTTP's, of the answer */
    struct slice answer; /* its body; the call's until it ends */
};

/* Splits "http://HOST:PORT", HOST being a numeric address or localhost. */
bool remote_parse_url(const char *url, char out_address[LISTEN_ADDRESS_BYTES], uint16_t *out_port);

enum remote_found {
    REMOTE_FOUND,
    REMOTE_NONE, /* nothing runs here */
    REMOTE_WRONG /* it cannot be told where; the user has been told why */
};
/* The control API of the instance that calls go to. complain: the user is told of REMOTE_NONE, too. */
enum remote_found remote_find(bool complain, char out_address[LISTEN_ADDRESS_BYTES],
                              uint16_t *out_port);

/* path: its beginning, as it is. */
void remote_begin(struct remote *call, const char *method, const char *path);
void remote_end(struct remote *call);

/* The path's next segment, or one of a name that may need escapes. Before any argument. */
void remote_segment(struct remote *call, const char *name);
void remote_argument(struct remote *call, const char *name, struct slice value);
/* The same, unless value is NULL. */
void remote_optional(struct remote *call, const char *name, const char *value);
void remote_truth(struct remote *call, const char *name);
/* The body is a file, from where it stands; arguments go into the query string. */
void remote_send_file(struct remote *call, int file);

/* Sends it and waits for the answer's head. False: the user has been told. */
bool remote_send(struct remote *call);
/* Reads the whole answer. False: the user has been told. */
bool remote_read(struct remote *call);
/* Both; false also for an error of the API, which the user has then been told. */
bool remote_ask(struct remote *call);
/* The API's own words for an error, when the answer has been read. */
void remote_complain(struct remote *call);

#endif
