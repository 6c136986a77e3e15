/* What the control API shows that is no action. */
#ifndef PARLEL_SERVER_CONTROL_PAGES_H
#define PARLEL_SERVER_CONTROL_PAGES_H

#include "emulators/http/http_session.h"

#include "server/control/control.h"

/* The name, the version, the services, where to go on. */
bool page_index(struct control *control, struct http_exchange *x);
/* 200 {"status": "ok"} when every service is ready, else 503. */
bool page_health(struct control *control, struct http_exchange *x);
/* Prometheus text exposition format 0.0.4. */
bool page_metrics(struct control *control, struct http_exchange *x);
/* OpenAPI 3.1 of the table of routes. */
bool page_openapi(struct control *control, struct http_exchange *x);

#endif
