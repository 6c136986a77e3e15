#include "server/control/pages.h"

#include "server/control/api.h"

static void write_member(struct json_writer *out, const char *name, const char *text)
{
    json_key_str(out, name);
    json_str(out, text);
}

static void write_service_names(struct json_writer *out, struct sandbox *sandbox)
{
    json_key_str(out, "services");
    json_array(out);
    for (size_t i = 0; i < sandbox_service_count(sandbox); i++)
        json_str(out, sandbox_service(sandbox, i)->type->name);
    json_array_end(out);
}

bool page_index(struct control *control, struct http_exchange *x)
{
    struct outq body;
    outq_init(&body);
    struct json_writer out = json_writer_of(&body);
    json_object(&out);
    write_member(&out, "name", "parlel");
    write_member(&out, "version", control->version);
    write_service_names(&out, control->sandbox);
    write_member(&out, "openapi", "/openapi.json");
    write_member(&out, "mcp", "/mcp");
    json_object_end(&out);
    api_reply(x, HTTP_OK, &body);
    outq_done(&body);
    return true;
}

bool page_health(struct control *control, struct http_exchange *x)
{
    struct outq body;
    bool all = true;
    outq_init(&body);
    struct json_writer out = json_writer_of(&body);
    json_object(&out);
    json_key_str(&out, "services");
    json_object(&out);
    for (size_t i = 0; i < sandbox_service_count(control->sandbox); i++) {
        const struct service *service = sandbox_service(control->sandbox, i);
        bool ready = service->type->ready(service->emulator);
        write_member(&out, service->type->name, ready ? "ok" : "starting");
        all = all && ready;
    }
    json_object_end(&out);
    write_member(&out, "status", all ? "ok" : "starting");
    json_object_end(&out);
    api_reply(x, all ? HTTP_OK : HTTP_SERVICE_UNAVAILABLE, &body);
    outq_done(&body);
    return true;
}
