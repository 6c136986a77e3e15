/* The routes as an OpenAPI 3.1 document, made of the tables of routes and actions. */
#include "server/control/api.h"
#include "server/control/pages.h"
#include "server/control/routes.h"
#include "server/control/schema.h"

static void write_member(struct json_writer *out, const char *name, const char *text)
{
    json_key_str(out, name);
    json_str(out, text);
}

static void write_info(struct json_writer *out, const struct control *control)
{
    write_member(out, "openapi", "3.1.0");
    json_key_str(out, "info");
    json_object(out);
    write_member(out, "title", "parlel control API");
    write_member(out, "version", control->version);
    write_member(out, "description",
                 "Sees and steers every service of a running parlel: state, journal, checkpoints, "
                 "forks, clock, faults.");
    json_object_end(out);
}

/* "{name}" stands in the pattern. */
static bool is_in_path(const struct route *route, const char *name)
{
    size_t len = strlen(name);
    const char *at = route->pattern;
    while ((at = strchr(at, '{'))) {
        at++;
        if (strncmp(at, name, len) == 0 && at[len] == '}')
            return true;
    }
    return false;
}

/* The route itself says what it is: "do=list". */
static bool is_fixed(const struct route *route, const char *name)
{
    size_t len = strlen(name);
    return route->fixed && strncmp(route->fixed, name, len) == 0 && route->fixed[len] == '=';
}

static void write_parameter(struct json_writer *out, const struct control_parameter *parameter,
                            bool in_path)
{
    json_object(out);
    write_member(out, "name", parameter->name);
    write_member(out, "in", in_path ? "path" : "query");
    json_key_str(out, "required");
    json_bool(out, in_path || parameter->required);
    json_key_str(out, "schema");
    schema_write_parameter(out, parameter);
    json_object_end(out);
}

/* Of a route with a body its arguments are in there, but for the path's. */
static void write_parameters(struct json_writer *out, const struct route *route,
                             const struct control_action *action)
{
    json_key_str(out, "parameters");
    json_array(out);
    for (const struct control_parameter *at = action->parameters; at && at->name; at++) {
        bool in_path = is_in_path(route, at->name);
        bool in_body = route->body == ROUTE_ARGUMENTS || at->type == CONTROL_DOCUMENT;
        if (in_path || (!in_body && !is_fixed(route, at->name)))
            write_parameter(out, at, in_path);
    }
    if (action->flags & CONTROL_WORLDS)
        write_parameter(out, &schema_world, false);
    json_array_end(out);
}

static void write_arguments(struct json_writer *out, const struct route *route,
                            const struct control_action *action)
{
    json_object(out);
    write_member(out, "type", "object");
    json_key_str(out, "properties");
    json_object(out);
    for (const struct control_parameter *at = action->parameters; at && at->name; at++) {
        if (is_in_path(route, at->name) || is_fixed(route, at->name))
            continue;
        json_key_str(out, at->name);
        schema_write_parameter(out, at);
    }
    json_object_end(out);
    json_object_end(out);
}

static void write_body(struct json_writer *out, const struct route *route,
                       const struct control_action *action)
{
    if (route->body == ROUTE_NO_BODY)
        return;
    json_key_str(out, "requestBody");
    json_object(out);
    json_key_str(out, "content");
    json_object(out);
    json_key_str(out, "application/json");
    json_object(out);
    json_key_str(out, "schema");
    if (route->body == ROUTE_ARGUMENTS)
        write_arguments(out, route, action);
    else
        json_raw(out, slice_str("{}"));
    json_object_end(out);
    if (route->body == ROUTE_DOCUMENT) {
        json_key_str(out, "application/yaml");
        json_raw(out, slice_str("{\"schema\":{\"type\":\"string\"}}"));
    }
    json_object_end(out);
    json_object_end(out);
}

static void write_responses(struct json_writer *out, const struct route *route,
                            const struct control_action *action)
{
    char status[8] = {(char)('0' + route->status / 100), (char)('0' + route->status / 10 % 10),
                      (char)('0' + route->status % 10), 0};
    json_key_str(out, "responses");
    json_object(out);
    json_key_str(out, status);
    json_object(out);
    write_member(out, "description", "done");
    if (action) {
        json_key_str(out, "content");
        json_object(out);
        json_key_str(out, "application/json");
        json_object(out);
        json_key_str(out, "schema");
        json_raw(out, slice_str(action->result));
        json_object_end(out);
        json_object_end(out);
    }
    json_object_end(out);
    json_key_str(out, "default");
    json_raw(out, slice_str("{\"$ref\":\"#/components/responses/Error\"}"));
    json_object_end(out);
}

static void write_operation(struct json_writer *out, const struct route *route)
{
    const struct control_action *action =
        route->action ? control_find_action(slice_str(route->action)) : NULL;
    char method[8] = {0};
    for (size_t i = 0; route->method[i] && i < sizeof(method) - 1; i++)
        method[i] = (char)ascii_lower((uint8_t)route->method[i]);
    json_key_str(out, method);
    json_object(out);
    write_member(out, "summary", action ? action->title : route->summary);
    if (action) {
        write_member(out, "description", action->summary);
        write_parameters(out, route, action);
        write_body(out, route, action);
    }
    write_responses(out, route, action);
    json_object_end(out);
}

/* Is it the first row of its pattern? */
static bool is_first(const struct route *route)
{
    for (const struct route *at = routes(); at < route; at++)
        if (strcmp(at->pattern, route->pattern) == 0)
            return false;
    return true;
}

static void write_paths(struct json_writer *out)
{
    json_key_str(out, "paths");
    json_object(out);
    for (const struct route *route = routes(); route->method; route++) {
        if (!is_first(route))
            continue;
        json_key_str(out, route->pattern);
        json_object(out);
        for (const struct route *at = route; at->method; at++)
            if (strcmp(at->pattern, route->pattern) == 0)
                write_operation(out, at);
        json_object_end(out);
    }
    json_object_end(out);
}

bool page_openapi(struct control *control, struct http_exchange *x)
{
    static const char components[] =
        "{\"responses\":{\"Error\":{\"description\":\"what went wrong\",\"content\":{"
        "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Error\"}}}}},"
        "\"schemas\":{\"Error\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{"
        "\"error\":{\"type\":\"object\",\"required\":[\"code\",\"message\"],\"properties\":{"
        "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}}}}}";
    struct outq body;
    outq_init(&body);
    struct json_writer out = json_writer_of(&body);
    json_object(&out);
    write_info(&out, control);
    write_paths(&out);
    json_key_str(&out, "components");
    json_raw(&out, slice_str(components));
    json_object_end(&out);
    api_reply(x, HTTP_OK, &body);
    outq_done(&body);
    return true;
}
