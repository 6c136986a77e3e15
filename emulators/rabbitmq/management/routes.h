/* The management API's resources: which handler answers what, for whom. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_ROUTES_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_ROUTES_H

#include "emulators/rabbitmq/management/call.h"

struct management_route {
    const char *op; /* for the journal: "management.PUT queues" */
    void (*handle)(struct management_call *call);
};

/* For http_route_find; flags are enum management_access. */
const struct http_route *management_routes(void);
/* The handler of the route that was found. */
const struct management_route *management_route_of(const struct http_match *match);

#endif
