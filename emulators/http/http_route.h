/* A service's routes as a table: method and path pattern to handler.
 *
 *   static const struct http_route routes[] = {
 *       {"GET",  "/services",                get_services},
 *       {"POST", "/services/{name}/execute", post_execute},
 *       {0},
 *   };
 *
 * A pattern's {name} stands for one whole segment of the path, decoded; everything else matches
 * itself. The first row that fits is taken, so that what is literal comes before what is not. HEAD
 * is what GET is. OPTIONS without a row of its own is answered with the methods that there are. */
#ifndef PARLEL_EMULATORS_HTTP_HTTP_ROUTE_H
#define PARLEL_EMULATORS_HTTP_HTTP_ROUTE_H

#include "emulators/http/http_session.h"

#define HTTP_PARAMETERS_MAX 8

/* What the path's segments were that a pattern names; lies in the exchange's arena. */
struct http_match {
    const struct http_route *route;
    size_t count;
    struct {
        struct slice name, value;
    } parameters[HTTP_PARAMETERS_MAX];
};

struct http_route {
    const char *method, *pattern;
    void (*handle)(void *context, struct http_exchange *x, const struct http_match *match);
    unsigned flags; /* the service's own: asked for in its handler's `head` */
};

enum http_route_result {
    HTTP_ROUTE_FOUND,
    HTTP_ROUTE_NO_PATH,   /* 404 */
    HTTP_ROUTE_NO_METHOD, /* 405: the path is there for other methods */
    HTTP_ROUTE_MALFORMED, /* 400: a bad escape in the path */
    HTTP_ROUTE_NO_MEMORY
};

/* The row for a method and path as they were sent; *out is filled when it is found. */
enum http_route_result http_route_find(const struct http_route *routes, struct slice method,
                                       struct slice path, struct arena *arena,
                                       struct http_match *out);

/* The segment that {name} stood for; ptr NULL when the pattern has no such name. */
struct slice http_match_get(const struct http_match *match, const char *name);

/* Answers the exchange by its row, or by http_fail where there is none (405 with Allow). */
void http_route_request(const struct http_route *routes, void *context, struct http_exchange *x);

#endif
