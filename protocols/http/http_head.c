#include "protocols/http/http_head.h"

/* A body's length beyond this is no length. */
#define LENGTH_MAX (INT64_MAX / 100)

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {HTTP_CONTINUE,               "Continue"                       },
    {HTTP_SWITCHING_PROTOCOLS,    "Switching Protocols"            },
    {HTTP_OK,                     "OK"                             },
    {HTTP_CREATED,                "Created"                        },
    {HTTP_ACCEPTED,               "Accepted"                       },
    {HTTP_NO_CONTENT,             "No Content"                     },
    {HTTP_NOT_MODIFIED,           "Not Modified"                   },
    {HTTP_BAD_REQUEST,            "Bad Request"                    },
    {HTTP_UNAUTHORIZED,           "Unauthorized"                   },
    {HTTP_FORBIDDEN,              "Forbidden"                      },
    {HTTP_NOT_FOUND,              "Not Found"                      },
    {HTTP_METHOD_NOT_ALLOWED,     "Method Not Allowed"             },
    {HTTP_NOT_ACCEPTABLE,         "Not Acceptable"                 },
    {HTTP_REQUEST_TIMEOUT,        "Request Timeout"                },
    {HTTP_CONFLICT,               "Conflict"                       },
    {HTTP_CONTENT_TOO_LARGE,      "Content Too Large"              },
    {HTTP_URI_TOO_LONG,           "URI Too Long"                   },
    {HTTP_UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type"         },
    {HTTP_EXPECTATION_FAILED,     "Expectation Failed"             },
    {HTTP_UNPROCESSABLE_CONTENT,  "Unprocessable Content"          },
    {HTTP_UPGRADE_REQUIRED,       "Upgrade Required"               },
    {HTTP_TOO_MANY_REQUESTS,      "Too Many Requests"              },
    {HTTP_FIELDS_TOO_LARGE,       "Request Header Fields Too Large"},
    {HTTP_INTERNAL_SERVER_ERROR,  "Internal Server Error"          },
    {HTTP_NOT_IMPLEMENTED,        "Not Implemented"                },
    {HTTP_SERVICE_UNAVAILABLE,    "Service Unavailable"            },
    {HTTP_VERSION_NOT_SUPPORTED,  "HTTP Version Not Supported"     },
};

const char *http_status_reason(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

struct slice http_head_field(const struct http_head *head, const char *name)
{
    for (uint32_t i = 0; i < head->field_count; i++)
        if (slice_is(head->fields[i].name, name))
            return head->fields[i].value;
    return slice_of(NULL, 0);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct slice http_trim(struct slice s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = slice_from(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool http_list_has(struct slice list, const char *token)
{
    while (list.len) {
        const uint8_t *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.ptr) : list.len;
        if (slice_is(http_trim(slice_of(list.ptr, len)), token))
            return true;
        list = slice_from(list, len + 1);
    }
    return false;
}

/* ---- a copy */

/* The same text in the copied bytes. */
static struct slice moved(struct slice text, struct slice from, struct slice to)
{
    return text.ptr ? slice_of(to.ptr + (text.ptr - from.ptr), text.len) : text;
}

bool http_head_dup(struct arena *arena, const struct http_head *head, struct slice bytes,
                   struct http_head *out)
{
    struct slice copy = arena_dup(arena, bytes);
    struct http_field *fields = arena_array(arena, head->field_count, sizeof(*fields));
    if (!copy.ptr || !fields)
        return false;
    for (uint32_t i = 0; i < head->field_count; i++) {
        fields[i].name = moved(head->fields[i].name, bytes, copy);
        fields[i].value = moved(head->fields[i].value, bytes, copy);
    }
    *out = *head;
    out->fields = fields;
    out->method = moved(head->method, bytes, copy);
    out->target = moved(head->target, bytes, copy);
    out->reason = moved(head->reason, bytes, copy);
    out->host = moved(head->host, bytes, copy);
    return true;
}

/* ---- what the fields say of the message */

struct settling {
    struct http_head *head;
    bool is_request;
    bool has_coding; /* Transfer-Encoding was given */
    bool closes;
    enum http_status status;
    const char *error;
};

static bool refuse(struct settling *s, enum http_status status, const char *error)
{
    s->status = status;
    s->error = error;
    return false;
}

/* RFC 9112 6.3: a repeated length must be the same one. */
static bool read_content_length(struct settling *s, struct slice value)
{
    int64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9' || length > LENGTH_MAX)
            return refuse(s, HTTP_BAD_REQUEST, "Content-Length is not a number of bytes");
        length = length * 10 + (value.ptr[i] - '0');
    }
    if (!value.len)
        return refuse(s, HTTP_BAD_REQUEST, "Content-Length is not a number of bytes");
    if (s->head->content_length >= 0 && s->head->content_length != length)
        return refuse(s, HTTP_BAD_REQUEST, "Content-Length is given twice and differs");
    s->head->content_length = length;
    return true;
}

static bool read_transfer_encoding(struct settling *s, struct slice value)
{
    if (s->has_coding)
        return refuse(s, HTTP_BAD_REQUEST, "Transfer-Encoding is given twice");
    s->has_coding = true;
    if (!slice_is(value, "chunked"))
        return refuse(s, HTTP_NOT_IMPLEMENTED, "the only transfer coding known here is chunked");
    s->head->chunked = true;
    return true;
}

static bool read_connection(struct settling *s, struct slice value)
{
    s->closes = s->closes || http_list_has(value, "close");
    s->head->keep_alive = s->head->keep_alive || http_list_has(value, "keep-alive");
    s->head->upgrades = s->head->upgrades || http_list_has(value, "upgrade");
    return true;
}

static bool read_expect(struct settling *s, struct slice value)
{
    if (!s->is_request || s->head->minor == 0)
        return true; /* RFC 9110 10.1.1: of no meaning there */
    if (!slice_is(value, "100-continue"))
        return refuse(s, HTTP_EXPECTATION_FAILED,
                      "the only expectation known here is 100-continue");
    s->head->expects_continue = true;
    return true;
}

static bool read_host(struct settling *s, struct slice value)
{
    if (s->is_request && s->head->host.ptr)
        return refuse(s, HTTP_BAD_REQUEST, "Host is given twice");
    s->head->host = value;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(struct settling *s, struct slice value);
} readers[] = {
    {"Content-Length",    read_content_length   },
    {"Transfer-Encoding", read_transfer_encoding},
    {"Connection",        read_connection       },
    {"Expect",            read_expect           },
    {"Host",              read_host             },
};

static bool read_field(struct settling *s, const struct http_field *field)
{
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        if (slice_is(field->name, readers[i].name))
            return readers[i].read(s, field->value);
    return true;
}

/* RFC 9112 3.2, 6.1, 6.3, 9.3 */
static bool check_together(struct settling *s)
{
    struct http_head *head = s->head;
    if (s->has_coding && head->content_length >= 0)
        return refuse(s, HTTP_BAD_REQUEST, "both Content-Length and Transfer-Encoding are given");
    if (s->has_coding && head->minor == 0)
        return refuse(s, HTTP_BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
    if (s->is_request && head->minor > 0 && !head->host.ptr)
        return refuse(s, HTTP_BAD_REQUEST, "HTTP/1.1 requires the field Host");
    if (s->is_request && head->form == HTTP_AUTHORITY_FORM &&
        !slice_eq_str(head->method, "CONNECT"))
        return refuse(s, HTTP_BAD_REQUEST, "the request target does not begin with '/'");
    if (s->is_request && head->form == HTTP_ASTERISK_FORM && !slice_eq_str(head->method, "OPTIONS"))
        return refuse(s, HTTP_BAD_REQUEST, "the request target * is for OPTIONS");
    head->keep_alive = !s->closes && (head->minor > 0 || head->keep_alive);
    head->expects_continue = head->expects_continue && (head->chunked || head->content_length > 0);
    return true;
}

bool http_head_settle(struct http_head *head, bool is_request, enum http_status *out_status,
                      const char **out_error)
{
    struct settling s = {.head = head, .is_request = is_request};
    head->content_length = -1;
    bool ok = true;
    for (uint32_t i = 0; ok && i < head->field_count; i++)
        ok = read_field(&s, &head->fields[i]);
    if (ok && check_together(&s))
        return true;
    *out_status = s.status;
    *out_error = s.error;
    return false;
}
