#include "server/control/api.h"

#include <stdlib.h>

#include "server/control/arguments.h"
#include "server/control/origin.h"
#include "server/control/routes.h"

struct control_api {
    struct control *control;
    struct http_server *server;
};

/* A request that runs an action; lies in its exchange's arena. */
struct api_request {
    struct control_request request; /* FIRST */
    struct control_arguments arguments;
    struct http_exchange *x;
    const struct route *route;
    struct outq body;
    struct json_writer writer;
};

/* ---- answers */

void api_reply(struct http_exchange *x, int status, struct outq *body)
{
    outq_put(body, "\n", 1);
    http_reply_queue(x, status, "application/json", body);
}

/* Writes the member "error" of an object. */
static void write_error(struct json_writer *out, const char *code, const char *message)
{
    json_key_str(out, "error");
    json_object(out);
    json_key_str(out, "code");
    json_str(out, code);
    json_key_str(out, "message");
    json_str(out, message);
    json_object_end(out);
}

void api_fail(struct http_exchange *x, int status, const char *code, const char *message)
{
    struct outq body;
    outq_init(&body);
    struct json_writer writer = json_writer_of(&body);
    json_object(&writer);
    write_error(&writer, code, message);
    json_object_end(&writer);
    api_reply(x, status, &body);
    outq_done(&body);
}

static const char *code_of(int status)
{
    static const struct {
        int status;
        const char *code;
    } codes[] = {
        {HTTP_BAD_REQUEST,        "bad_request"       },
        {HTTP_FORBIDDEN,          "forbidden"         },
        {HTTP_NOT_FOUND,          "not_found"         },
        {HTTP_METHOD_NOT_ALLOWED, "method_not_allowed"},
        {HTTP_REQUEST_TIMEOUT,    "timeout"           },
        {HTTP_CONTENT_TOO_LARGE,  "too_large"         },
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return status >= 500 ? "internal" : "bad_request";
}

static void fail(void *context, struct http_exchange *x, int status, const char *text)
{
    (void)context;
    api_fail(x, status, code_of(status), text);
}

/* ---- actions */

/* What came in time is answered beside the error. */
static void reply_timed_out(struct http_exchange *x, struct outq *in_time,
                            const struct control_error *error)
{
    struct slice came = outq_flatten(in_time);
    struct outq body;
    outq_init(&body);
    struct json_writer writer = json_writer_of(&body);
    json_object(&writer);
    write_error(&writer, error->code, error->message);
    outq_put(&body, ",", 1);
    if (came.len > 1) /* without its opening brace */
        outq_put_slice(&body, slice_from(came, 1));
    api_reply(x, control_status(error->failure), &body);
    outq_done(&body);
}

/* An answer that comes later may end the exchange, and with its arena the request. */
static void done(struct control_request *base, const struct control_error *error)
{
    struct api_request *request = (struct api_request *)base;
    struct http_exchange *x = request->x;
    struct outq body = request->body;
    if (!error)
        api_reply(x, request->route->status, &body);
    else if (error->failure == CONTROL_TIMED_OUT)
        reply_timed_out(x, &body, error);
    else
        api_fail(x, control_status(error->failure), error->code, error->message);
    outq_done(&body);
}

static void cancelled(struct http_exchange *x)
{
    struct api_request *request = x->user;
    control_cancel(&request->request);
    outq_done(&request->body);
}

static bool read_query(struct api_request *request, struct control_error *error)
{
    struct http_exchange *x = request->x;
    struct uri_form form = {NULL, 0};
    if (x->uri.query.ptr && uri_parse_form(x->arena, x->uri.query, &form) != URI_OK)
        return control_wrong(error, "malformed query string");
    for (size_t i = 0; i < form.count; i++)
        if (!control_argument(&request->arguments, form.pairs[i].name, form.pairs[i].value, error))
            return false;
    return true;
}

static bool read_fixed(struct api_request *request, struct control_error *error)
{
    const char *fixed = request->route->fixed;
    const char *equals = fixed ? strchr(fixed, '=') : NULL;
    return !equals ||
           control_argument(&request->arguments, slice_of(fixed, (size_t)(equals - fixed)),
                            slice_str(equals + 1), error);
}

static bool read_body(struct api_request *request, struct control_error *error)
{
    struct slice body = request->x->body;
    switch (request->route->body) {
    case ROUTE_ARGUMENTS:
        return body.len == 0 || control_arguments_json(&request->arguments, body, error);
    case ROUTE_DOCUMENT:
        return control_argument(&request->arguments, slice_str("document"), body, error);
    case ROUTE_NO_BODY: break;
    }
    return true;
}

/* The path's and the route's own arguments come last: nothing overrides them. */
static bool read_arguments(struct api_request *request, const struct http_match *match,
                           struct control_error *error)
{
    if (!read_query(request, error) || !read_body(request, error) || !read_fixed(request, error))
        return false;
    for (size_t i = 0; i < match->count; i++)
        if (!control_argument(&request->arguments, match->parameters[i].name,
                              match->parameters[i].value, error))
            return false;
    return control_arguments_check(&request->arguments, error);
}

static void run_action(struct control_api *api, struct http_exchange *x,
                       const struct http_match *match, const struct route *route)
{
    const struct control_action *action = control_find_action(slice_str(route->action));
    struct api_request *request = arena_zalloc(x->arena, sizeof(*request));
    struct control_error error = {.failure = CONTROL_BAD_REQUEST};
    if (!request) {
        api_fail(x, HTTP_SERVICE_UNAVAILABLE, "out_of_memory", "out of memory");
        return;
    }
    request->x = x;
    request->route = route;
    control_arguments_init(&request->arguments, action, x->arena);
    if (!read_arguments(request, match, &error)) {
        api_fail(x, HTTP_BAD_REQUEST, error.code, error.message);
        return;
    }
    outq_init(&request->body);
    request->writer = json_writer_of(&request->body);
    request->request = (struct control_request){
        .control = api->control,
        .action = action,
        .values = request->arguments.values,
        .arena = x->arena,
        .out = &request->writer,
        .done = done,
    };
    x->user = request;
    x->on_cancel = cancelled;
    control_run(&request->request, request->arguments.world);
}

/* ---- requests */

void api_handle(void *context, struct http_exchange *x, const struct http_match *match)
{
    struct control_api *api = context;
    const struct route *route = routes_find(match);
    if (!route->handle || !route->handle(api->control, x))
        run_action(api, x, match, route);
}

static void request(void *context, struct http_exchange *x)
{
    http_route_request(routes_http(), context, x);
}

/* Before the body is read: who may ask, and how much. */
static void head(void *context, struct http_exchange *x)
{
    struct control_api *api = context;
    struct http_match match;
    if (!origin_is_allowed(&api->control->config->bind, x->head.host, x->origin)) {
        api_fail(x, HTTP_FORBIDDEN, "forbidden",
                 "requests from other sites and for other hosts are refused");
        return;
    }
    if (http_route_find(routes_http(), x->head.method, x->uri.path, x->arena, &match) ==
            HTTP_ROUTE_FOUND &&
        routes_find(&match)->body == ROUTE_DOCUMENT)
        x->body_max = ROUTE_DOCUMENT_MAX;
}

/* ---- the service */

static bool session_open(struct emulator *emulator, struct transport *transport)
{
    return http_server_open(((struct control_api *)(void *)emulator)->server, transport);
}

const struct emulator_type control_api_type = {
    .name = "control",
    .title = "Control API",
    .protocol = "HTTP/1.1",
    .port = CONFIG_CONTROL_PORT,
    .url_format = "http://%s:%u",
    .url_env = "PARLEL_URL",
    .session_open = session_open,
};

struct control_api *control_api_create(struct control *control)
{
    static const struct http_handler handler = {.request = request, .head = head, .fail = fail};
    struct control_api *api = calloc(1, sizeof(*api));
    if (!api)
        return NULL;
    struct http_server_options options = {
        .handler = &handler, .context = api, .reactor = control->reactor};
    api->control = control;
    api->server = http_server_create(&options);
    if (!api->server) {
        free(api);
        return NULL;
    }
    return api;
}

void control_api_destroy(struct control_api *api)
{
    if (!api)
        return;
    http_server_destroy(api->server);
    free(api);
}

void control_api_close(struct control_api *api)
{
    http_server_close(api->server);
}

struct service control_api_service(struct control_api *api)
{
    return (struct service){.type = &control_api_type, .emulator = (struct emulator *)(void *)api};
}
