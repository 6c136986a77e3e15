#include "server/control/routes.h"

#include "server/control/api.h"
#include "server/control/pages.h"
#include "server/control/stream.h"
#include "server/mcp/mcp_http.h"

/* clang-format off */
#define ROUTES(ROW) \
    ROW("GET",    "/",                           NULL,             NULL,         ROUTE_NO_BODY,   200, page_index,   "What this is, and where to go on") \
    ROW("GET",    "/healthz",                    NULL,             NULL,         ROUTE_NO_BODY,   200, page_health,  "Whether every service is ready") \
    ROW("GET",    "/_parlel/health",             NULL,             NULL,         ROUTE_NO_BODY,   200, page_health,  "The same, on every HTTP port of parlel") \
    ROW("POST",   "/_parlel/reset",              "reset",          NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("GET",    "/metrics",                    NULL,             NULL,         ROUTE_NO_BODY,   200, page_metrics, "Counters as Prometheus text") \
    ROW("GET",    "/openapi.json",               NULL,             NULL,         ROUTE_NO_BODY,   200, page_openapi, "This description") \
    ROW("GET",    "/status",                     "status",         NULL,         ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("GET",    "/services",                   "list_services",  NULL,         ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("POST",   "/services/start",             "start_services", NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("POST",   "/services/stop",              "stop_services",  NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("GET",    "/services/{service}",         "service",        NULL,         ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("GET",    "/services/{service}/state",   "inspect",        NULL,         ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("GET",    "/services/{service}/requests", "get_requests",  NULL,         ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("POST",   "/services/{service}/reset",   "reset",          NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("POST",   "/services/{service}/seed",    "seed",           NULL,         ROUTE_DOCUMENT,  200, NULL, NULL) \
    ROW("POST",   "/services/{service}/execute", "execute",        NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("POST",   "/reset",                      "reset",          NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("POST",   "/seed",                       "seed",           NULL,         ROUTE_DOCUMENT,  200, NULL, NULL) \
    ROW("GET",    "/checkpoints",                "checkpoint",     "do=list",    ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("POST",   "/checkpoints",                "checkpoint",     "do=take",    ROUTE_ARGUMENTS, 201, NULL, NULL) \
    ROW("POST",   "/checkpoints/{name}/rewind",  "rewind",         NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("DELETE", "/checkpoints/{name}",         "checkpoint",     "do=drop",    ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("GET",    "/sandboxes",                  "fork",           "do=list",    ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("POST",   "/sandboxes",                  "fork",           "do=make",    ROUTE_ARGUMENTS, 201, NULL, NULL) \
    ROW("DELETE", "/sandboxes/{name}",           "fork",           "do=drop",    ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("GET",    "/clock",                      "clock",          NULL,         ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("PUT",    "/clock",                      "clock",          NULL,         ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("GET",    "/faults",                     "fault",          "do=list",    ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("POST",   "/faults",                     "fault",          "do=add",     ROUTE_ARGUMENTS, 201, NULL, NULL) \
    ROW("DELETE", "/faults",                     "fault",          "do=clear",   ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("DELETE", "/faults/{id}",                "fault",          "do=remove",  ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("POST",   "/faults/{id}/release",        "fault",          "do=release", ROUTE_ARGUMENTS, 200, NULL, NULL) \
    ROW("GET",    "/journal",                    "journal",        NULL,         ROUTE_NO_BODY,   200, stream_journal, NULL) \
    ROW("GET",    "/journal/wait",               "wait",           NULL,         ROUTE_NO_BODY,   200, NULL, NULL) \
    ROW("POST",   "/mcp",                        NULL,             NULL,         ROUTE_NO_BODY,   200, mcp_http_post, "The Model Context Protocol")
/* clang-format on */

#define ROUTE(method, pattern, action, fixed, body, status, handle, summary) \
    {method, pattern, action, fixed, body, status, handle, summary},
#define HTTP_ROUTE(method, pattern, action, fixed, body, status, handle, summary) \
    {method, pattern, api_handle, 0},

static const struct route all[] = {ROUTES(ROUTE){0}};
static const struct http_route http[] = {ROUTES(HTTP_ROUTE){0}};

const struct route *routes(void)
{
    return all;
}

const struct http_route *routes_http(void)
{
    return http;
}

const struct route *routes_find(const struct http_match *match)
{
    return &all[match->route - http];
}
