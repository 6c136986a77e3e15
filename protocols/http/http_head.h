/* The head of an HTTP/1.x message: start line and header fields (RFC 9110 5, RFC 9112 2 to 6).
 *
 * A head owns nothing: its texts borrow from the bytes that were decoded, its fields from the
 * decoder, until the decoder's next call. http_head_dup makes one that lives as long as an arena.
 * Methods are compared exactly, field names without regard to case (RFC 9110 5.1, 9.1). */
#ifndef PARLEL_PROTOCOLS_HTTP_HEAD_H
#define PARLEL_PROTOCOLS_HTTP_HEAD_H

#include "common/arena.h"

#define HTTP_FIELDS_MAX 100

/* The status codes that this program says or acts upon (RFC 9110 15). */
enum http_status {
    HTTP_CONTINUE = 100,
    HTTP_SWITCHING_PROTOCOLS = 101,
    HTTP_OK = 200,
    HTTP_CREATED = 201,
    HTTP_ACCEPTED = 202,
    HTTP_NO_CONTENT = 204,
    HTTP_NOT_MODIFIED = 304,
    HTTP_BAD_REQUEST = 400,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_METHOD_NOT_ALLOWED = 405,
    HTTP_NOT_ACCEPTABLE = 406,
    HTTP_REQUEST_TIMEOUT = 408,
    HTTP_CONFLICT = 409,
    HTTP_CONTENT_TOO_LARGE = 413,
    HTTP_URI_TOO_LONG = 414,
    HTTP_UNSUPPORTED_MEDIA_TYPE = 415,
    HTTP_EXPECTATION_FAILED = 417,
    HTTP_UNPROCESSABLE_CONTENT = 422,
    HTTP_UPGRADE_REQUIRED = 426,
    HTTP_TOO_MANY_REQUESTS = 429,
    HTTP_FIELDS_TOO_LARGE = 431,
    HTTP_INTERNAL_SERVER_ERROR = 500,
    HTTP_NOT_IMPLEMENTED = 501,
    HTTP_SERVICE_UNAVAILABLE = 503,
    HTTP_VERSION_NOT_SUPPORTED = 505
};

/* The reason phrase, "Not Found"; "" for a status that has none here. */
const char *http_status_reason(int status);

/* RFC 9112 3.2 */
enum http_target_form {
    HTTP_ORIGIN_FORM,    /* /path?query */
    HTTP_ABSOLUTE_FORM,  /* http://host:port/path?query */
    HTTP_AUTHORITY_FORM, /* host:port, of CONNECT */
    HTTP_ASTERISK_FORM   /* *, of OPTIONS */
};

struct http_field {
    struct slice name, value; /* the value without the blanks around it */
};

struct http_head {
    struct slice method, target; /* of a request */
    enum http_target_form form;
    int status; /* of a response */
    struct slice reason;
    int minor; /* HTTP/1.minor */
    const struct http_field *fields;
    uint32_t field_count;
    /* What the fields say of the message: */
    int64_t content_length; /* -1: they do not say */
    struct slice host;      /* ptr NULL: no such field */
    bool chunked;
    bool keep_alive;       /* the connection may carry another message after this one */
    bool expects_continue; /* the sender waits for 100 before it sends the body */
    bool upgrades;         /* Connection names Upgrade */
};

/* The value of the first field of that name; ptr NULL when there is none. */
struct slice http_head_field(const struct http_head *head, const char *name);

/* The text without the blanks around it. */
struct slice http_trim(struct slice text);

/* Whether a comma-separated list, such as the value of Connection, has the token in any case. */
bool http_list_has(struct slice list, const char *token);

/* Makes *out a copy in the arena. `bytes` are what head's texts borrow from. False when out of
 * memory. */
bool http_head_dup(struct arena *arena, const struct http_head *head, struct slice bytes,
                   struct http_head *out);

/* Fills what the fields say of the message. False: *out_status is the answer that they deserve and
 * *out_error says why. The decoder's business. */
bool http_head_settle(struct http_head *head, bool is_request, enum http_status *out_status,
                      const char **out_error);

#endif
