/* resources/list, resources/templates/list, resources/read: what runs, to be looked at. */
#include <stdio.h>

#include "server/mcp/mcp_internal.h"
#include "server/mcp/shape.h"

#define SCHEME "parlel://"

struct resource {
    const char *name; /* behind the scheme, or behind the service's name */
    const char *title, *description;
    const char *action; /* whose result it is */
    const char *arguments;
    void (*read)(struct mcp_call *call, struct service *service); /* instead of an action */
};

static void read_schema(struct mcp_call *call, struct service *service);

static const struct resource of_sandbox[] = {
    {"status",                                             "Status", "What runs, the checkpoints, forks and fault rules", "status", "{}", NULL},
    {"journal", "Journal", "The last commands of all services", "journal", "{\"limit\":100}", NULL},
    {0                                               },
};

static const struct resource of_service[] = {
    {"state",                              "state", "Everything that the service holds", "inspect", NULL, NULL},
    {"schema", "schema", "What the service is, and the names and kinds of what it holds", NULL,
     NULL, read_schema},
    {0                               },
};

/* ---- lists */

static void put_resource(struct json_writer *w, const char *key, const char *uri, const char *title,
                         const struct resource *resource)
{
    json_object(w);
    json_key_str(w, key);
    json_str(w, uri);
    json_key_str(w, "name");
    json_str(w, uri + sizeof(SCHEME) - 1);
    json_key_str(w, "title");
    json_str(w, title);
    json_key_str(w, "description");
    json_str(w, resource->description);
    json_key_str(w, "mimeType");
    json_str(w, "application/json");
    json_object_end(w);
}

static void put_of_service(struct json_writer *w, const char *key, const char *service,
                           const char *title)
{
    for (const struct resource *r = of_service; r->name; r++) {
        char uri[96], full[96];
        snprintf(uri, sizeof(uri), SCHEME "%s/%s", service, r->name);
        snprintf(full, sizeof(full), "%s: %s", title, r->title);
        put_resource(w, key, uri, full, r);
    }
}

void mcp_resources_list(struct mcp_call *call)
{
    struct sandbox *sandbox = call->pending->mcp.control->sandbox;
    if (!mcp_check_cursor(call))
        return;
    struct json_writer *w = mcp_result_begin_cacheable(call, 0);
    json_key_str(w, "resources");
    json_array(w);
    for (const struct resource *r = of_sandbox; r->name; r++) {
        char uri[96];
        snprintf(uri, sizeof(uri), SCHEME "%s", r->name);
        put_resource(w, "uri", uri, r->title, r);
    }
    for (size_t i = 0; i < sandbox_service_count(sandbox); i++) {
        const struct emulator_type *type = sandbox_service(sandbox, i)->type;
        put_of_service(w, "uri", type->name, type->title);
    }
    json_array_end(w);
    mcp_result_end(call);
}

void mcp_resources_templates(struct mcp_call *call)
{
    if (!mcp_check_cursor(call))
        return;
    struct json_writer *w = mcp_result_begin_cacheable(call, 0);
    json_key_str(w, "resourceTemplates");
    json_array(w);
    put_of_service(w, "uriTemplate", "{service}", "A service");
    json_array_end(w);
    mcp_result_end(call);
}

/* ---- reading */

static void not_found(struct mcp_call *call)
{
    struct slice uri = call->message.uri.text;
    struct mcp_error error;
    size_t len = uri.len < 128 ? uri.len : 128;
    mcp_error_say(&error, mcp_is_stateless(call) ? MCP_INVALID_PARAMS : MCP_RESOURCE_NOT_FOUND, 200,
                  "params.uri: there is no resource '%.*s'; resources/list has them", (int)len,
                  (const char *)uri.ptr);
    error.uri = uri;
    mcp_fail_with(call, &error);
}

static void finish(struct mcp_call *call, struct slice json)
{
    struct json_writer *w = mcp_result_begin_cacheable(call, 0);
    json_key_str(w, "contents");
    json_array(w);
    json_object(w);
    json_key_str(w, "uri");
    json_string(w, call->message.uri.text);
    json_key_str(w, "mimeType");
    json_str(w, "application/json");
    json_key_str(w, "text");
    json_string(w, json);
    json_object_end(w);
    json_array_end(w);
    mcp_result_end(call);
}

static void read_ended(struct mcp_call *call, const struct control_error *error)
{
    struct slice json = outq_flatten(&call->out);
    if (error)
        mcp_fail(call, MCP_INTERNAL_ERROR, "%s: %s", error->code, error->message);
    else if (!json.ptr)
        mcp_fail(call, MCP_INTERNAL_ERROR, "out of memory");
    else
        finish(call, json);
}

static bool put_schema(struct mcp_call *call, struct service *service, struct json_writer *w)
{
    const struct emulator_type *type = service->type;
    struct outq state = {0};
    struct json_writer dump = json_writer_of(&state);
    const struct {
        const char *key, *value;
    } facts[] = {
        {"service",  type->name    },
        {"title",    type->title   },
        {"protocol", type->protocol},
        {"version",  type->version },
    };
    json_object(w);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        json_key_str(w, facts[i].key);
        json_str(w, facts[i].value ? facts[i].value : "");
    }
    json_key_str(w, "state");
    type->dump(service->emulator, &dump);
    struct slice json = outq_flatten(&state);
    bool ok = json.ptr && mcp_shape_write(w, json, &call->pending->arena);
    outq_done(&state);
    if (ok)
        json_object_end(w);
    return ok;
}

static void read_schema(struct mcp_call *call, struct service *service)
{
    struct outq out = {0};
    struct json_writer w = json_writer_of(&out);
    bool ok = put_schema(call, service, &w);
    struct slice json = outq_flatten(&out);
    if (ok && json.ptr)
        finish(call, json);
    else
        mcp_fail(call, MCP_INTERNAL_ERROR, "out of memory");
    outq_done(&out);
}

static void run_action(struct mcp_call *call, const struct resource *resource,
                       struct service *service)
{
    const struct control_action *action =
        mcp_find_action(&call->pending->mcp, slice_str(resource->action));
    struct control_error error;
    if (!action) {
        not_found(call);
        return;
    }
    control_arguments_init(&call->arguments, action, &call->pending->arena);
    bool ok =
        service ? control_argument(&call->arguments, slice_str("service"),
                                   slice_str(service->type->name), &error)
                : control_arguments_json(&call->arguments, slice_str(resource->arguments), &error);
    call->ended = read_ended;
    if (ok)
        mcp_run(call);
    else
        mcp_fail(call, MCP_INTERNAL_ERROR, "%s", error.message);
}

static const struct resource *find(const struct resource *resources, struct slice name)
{
    while (resources->name && !slice_eq_str(name, resources->name))
        resources++;
    return resources->name ? resources : NULL;
}

/* "journal", or "redis/state": the resource, and its service where it is one's. */
static const struct resource *find_resource(struct sandbox *sandbox, struct slice path,
                                            struct service **out_service)
{
    const uint8_t *slash = path.len ? memchr(path.ptr, '/', path.len) : NULL;
    *out_service = NULL;
    if (!slash)
        return find(of_sandbox, path);
    size_t len = (size_t)(slash - path.ptr);
    *out_service = sandbox_find(sandbox, slice_of(path.ptr, len));
    return *out_service ? find(of_service, slice_from(path, len + 1)) : NULL;
}

void mcp_resources_read(struct mcp_call *call)
{
    const struct mcp_field *uri = &call->message.uri;
    size_t scheme = sizeof(SCHEME) - 1;
    const struct resource *resource = NULL;
    struct service *service = NULL;
    if (!mcp_field_is_text(uri)) {
        mcp_fail(call, MCP_INVALID_PARAMS, "params.uri: expected a text");
        return;
    }
    if (uri->text.len > scheme && memcmp(uri->text.ptr, SCHEME, scheme) == 0)
        resource = find_resource(call->pending->mcp.control->sandbox, slice_from(uri->text, scheme),
                                 &service);
    if (!resource)
        not_found(call);
    else if (resource->read)
        resource->read(call, service);
    else
        run_action(call, resource, service);
}
