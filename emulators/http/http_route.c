#include "emulators/http/http_route.h"

#include "common/assert.h"

/* "GET, HEAD, POST, ..." of all methods that HTTP has fits. */
#define ALLOW_MAX    128
#define SEGMENTS_MAX 16

/* A path's segments, decoded. */
struct segments {
    size_t count; /* SEGMENTS_MAX + 1: more than any pattern has */
    struct slice at[SEGMENTS_MAX];
};

static enum http_route_result read_path(struct slice path, struct arena *arena,
                                        struct segments *out)
{
    struct slice raw;
    uint8_t *to = arena_alloc(arena, path.len);
    if (!to)
        return HTTP_ROUTE_NO_MEMORY;
    out->count = 0;
    while (uri_next_segment(&path, &raw)) {
        size_t len;
        if (!uri_decode(raw, to, &len))
            return HTTP_ROUTE_MALFORMED;
        if (out->count < SEGMENTS_MAX)
            out->at[out->count] = slice_of(to, len);
        out->count += out->count <= SEGMENTS_MAX;
        to += len;
    }
    return HTTP_ROUTE_FOUND;
}

static bool is_name(struct slice segment)
{
    return segment.len > 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

static void add_parameter(struct http_match *match, struct slice name, struct slice value)
{
    ASSERT(match->count < HTTP_PARAMETERS_MAX);
    match->parameters[match->count].name = slice_of(name.ptr + 1, name.len - 2);
    match->parameters[match->count++].value = value;
}

static bool fits(const struct http_route *route, const struct segments *segments,
                 struct http_match *out)
{
    struct slice pattern = slice_str(route->pattern), segment;
    size_t at = 0;
    *out = (struct http_match){.route = route};
    for (; uri_next_segment(&pattern, &segment); at++) {
        if (at >= segments->count)
            return false;
        if (is_name(segment))
            add_parameter(out, segment, segments->at[at]);
        else if (!slice_eq(segment, segments->at[at]))
            return false;
    }
    return at == segments->count;
}

static bool serves(const struct http_route *route, struct slice method)
{
    return slice_eq_str(method, route->method) ||
           (slice_eq_str(method, "HEAD") && slice_eq_str(slice_str(route->method), "GET"));
}

enum http_route_result http_route_find(const struct http_route *routes, struct slice method,
                                       struct slice path, struct arena *arena,
                                       struct http_match *out)
{
    struct segments segments;
    enum http_route_result result = read_path(path, arena, &segments);
    if (result != HTTP_ROUTE_FOUND)
        return result;
    result = HTTP_ROUTE_NO_PATH;
    for (const struct http_route *route = routes; route->method; route++) {
        struct http_match match;
        if (!fits(route, &segments, &match))
            continue;
        result = HTTP_ROUTE_NO_METHOD;
        if (!serves(route, method))
            continue;
        *out = match;
        return HTTP_ROUTE_FOUND;
    }
    return result;
}

struct slice http_match_get(const struct http_match *match, const char *name)
{
    for (size_t i = 0; i < match->count; i++)
        if (slice_eq_str(match->parameters[i].name, name))
            return match->parameters[i].value;
    return slice_of(NULL, 0);
}

/* ---- answers */

struct method_list {
    char text[ALLOW_MAX];
    size_t len;
};

static void add_method(struct method_list *list, const char *method)
{
    size_t len = strlen(method);
    if (http_list_has(slice_of(list->text, list->len), method))
        return;
    ASSERT(list->len + len + 2 <= ALLOW_MAX);
    if (list->len) {
        memcpy(list->text + list->len, ", ", 2);
        list->len += 2;
    }
    memcpy(list->text + list->len, method, len);
    list->len += len;
}

/* The methods of the rows that fit; of all rows for the target "*". */
static void add_allow(const struct http_route *routes, struct http_exchange *x)
{
    struct method_list list = {.len = 0};
    struct segments segments;
    struct http_match match;
    bool all = x->head.form == HTTP_ASTERISK_FORM;
    if (!all && read_path(x->uri.path, x->arena, &segments) != HTTP_ROUTE_FOUND)
        return;
    for (const struct http_route *route = routes; route->method; route++) {
        if (!all && !fits(route, &segments, &match))
            continue;
        add_method(&list, route->method);
        if (serves(route, slice_str("HEAD")))
            add_method(&list, "HEAD");
    }
    add_method(&list, "OPTIONS");
    http_add_field(x, "Allow", slice_of(list.text, list.len));
}

static void answer_method(const struct http_route *routes, struct http_exchange *x)
{
    add_allow(routes, x);
    if (slice_eq_str(x->head.method, "OPTIONS"))
        http_reply(x, HTTP_NO_CONTENT, NULL, slice_of(NULL, 0));
    else
        http_fail(x, HTTP_METHOD_NOT_ALLOWED, SLICE_FMT " is not for " SLICE_FMT,
                  SLICE_ARG(x->head.method), SLICE_ARG(x->uri.path));
}

void http_route_request(const struct http_route *routes, void *context, struct http_exchange *x)
{
    struct http_match match;
    if (x->head.form == HTTP_ASTERISK_FORM) {
        answer_method(routes, x);
        return;
    }
    switch (http_route_find(routes, x->head.method, x->uri.path, x->arena, &match)) {
    case HTTP_ROUTE_FOUND: match.route->handle(context, x, &match); break;
    case HTTP_ROUTE_NO_METHOD: answer_method(routes, x); break;
    case HTTP_ROUTE_NO_PATH:
        http_fail(x, HTTP_NOT_FOUND, "there is no " SLICE_FMT, SLICE_ARG(x->uri.path));
        break;
    case HTTP_ROUTE_MALFORMED:
        http_fail(x, HTTP_BAD_REQUEST, "bad escape in the path " SLICE_FMT, SLICE_ARG(x->uri.path));
        break;
    case HTTP_ROUTE_NO_MEMORY: http_fail(x, HTTP_SERVICE_UNAVAILABLE, "out of memory"); break;
    }
}
