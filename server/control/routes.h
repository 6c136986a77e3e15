/* The control API's routes: which method and path run which action (control.h), with which arguments.
 *
 * Segments of the path and the query string are arguments by name; a body is a JSON object of
 * arguments or, where it says so, the fixture itself. What is no action (the journal as a stream, metrics)
 * has a function of its own. OpenAPI is made from this table. */
#ifndef PARLEL_SERVER_CONTROL_ROUTES_H
#define PARLEL_SERVER_CONTROL_ROUTES_H

#include "emulators/http/http_route.h"

#include "server/control/control.h"

enum route_body { ROUTE_NO_BODY, ROUTE_ARGUMENTS, ROUTE_DOCUMENT };

struct route {
    const char *method, *pattern;
    const char *action; /* NULL: `handle` always answers */
    const char *fixed;  /* an argument that the route itself gives, "do=drop"; NULL: none */
    enum route_body body;
    int status; /* of success */
    /* Answers by itself; false: the action is to be run. NULL: it always is. */
    bool (*handle)(struct control *control, struct http_exchange *x);
    const char *summary; /* of those without an action */
};

/* All routes; the last has no method. */
const struct route *routes(void);

/* The same table for http_route_find; a row's place is that of its route. */
const struct http_route *routes_http(void);
const struct route *routes_find(const struct http_match *match);

/* The largest body of a fixture. */
#define ROUTE_DOCUMENT_MAX ((uint64_t)1 << 30)

#endif
