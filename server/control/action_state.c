/* The state of services: looking at it, changing it, filling it, going back. */
#include "server/control/actions.h"
#include "server/fixtures.h"

void action_inspect(struct control_request *request)
{
    struct service *service = control_service(request);
    if (!service)
        return;
    json_object(request->out);
    json_key_str(request->out, "service");
    json_str(request->out, service->type->name);
    json_key_str(request->out, "state");
    service->type->dump(service->emulator, request->out);
    json_object_end(request->out);
    control_succeed(request);
}

void action_execute(struct control_request *request)
{
    struct service *service = control_service(request);
    struct emulator_error error;
    if (!service)
        return;
    json_object(request->out);
    json_key_str(request->out, "result");
    if (!service->type->execute(service->emulator, control_value(request, "command")->text,
                                request->out, &error)) {
        control_refuse(request, &error);
        return;
    }
    json_object_end(request->out);
    control_succeed(request);
}

static void write_names(struct control_request *request, const char *member,
                        const struct service *only)
{
    json_object(request->out);
    json_key_str(request->out, member);
    json_array(request->out);
    for (size_t i = 0; i < sandbox_service_count(request->sandbox); i++) {
        const struct service *service = sandbox_service(request->sandbox, i);
        if (!only || only == service)
            json_str(request->out, service->type->name);
    }
    json_array_end(request->out);
    json_object_end(request->out);
}

void action_reset(struct control_request *request)
{
    struct service *only = NULL;
    if (control_value(request, "service")->given && !(only = control_service(request)))
        return;
    if (!sandbox_reset(request->sandbox, only)) {
        control_fail(request, CONTROL_NO_MEMORY, "out of memory");
        return;
    }
    write_names(request, "reset", only);
    control_succeed(request);
}

void action_seed(struct control_request *request)
{
    const struct control_value *name = control_value(request, "name");
    struct service *only = NULL;
    struct fixtures_loaded loaded;
    struct problem why;
    if (control_value(request, "service")->given && !(only = control_service(request)))
        return;
    struct slice called = name->given ? name->text : slice_str("document");
    struct slice terminated = arena_dup(request->arena, called);
    if (!terminated.ptr) {
        control_fail(request, CONTROL_NO_MEMORY, "out of memory");
        return;
    }
    if (!fixtures_load_bytes(request->sandbox, &request->control->registry,
                             (const char *)terminated.ptr, control_value(request, "document")->text,
                             only, &loaded, &why)) {
        control_fail(request, CONTROL_BAD_REQUEST, "%s", why.text);
        return;
    }
    json_object(request->out);
    json_key_str(request->out, "seeded");
    json_array(request->out);
    for (size_t i = 0; i < loaded.count; i++)
        json_str(request->out, loaded.services[i]->name);
    json_array_end(request->out);
    json_object_end(request->out);
    control_succeed(request);
}
