/* Services: what there is, what runs, starting and stopping. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/text.h"
#include "common/time_text.h"

#include "server/control/actions.h"

void action_write_time(struct json_writer *out, const char *name, int64_t us)
{
    char text[TIME_TEXT_MAX];
    size_t len = time_to_text(text, us / 1000);
    json_key_str(out, name);
    json_string(out, slice_of(text, len));
}

/* ---- describing */

/* What the contract's optional parts let it do. */
static void write_supports(struct json_writer *out, const struct emulator_type *type)
{
    const struct {
        const char *name;
        bool has;
    } parts[] = {
        {"seed",       type->seed != NULL      },
        {"inspect",    type->dump != NULL      },
        {"execute",    type->execute != NULL   },
        {"reset",      type->reset != NULL     },
        {"checkpoint", type->checkpoint != NULL},
        {"rewind",     type->rewind != NULL    },
        {"fork",       type->fork != NULL      },
        {"settings",   type->set != NULL       },
        {"journal",    true                    },
        {"faults",     true                    },
        {"clock",      true                    },
    };
    json_key_str(out, "supports");
    json_array(out);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i].has)
            json_str(out, parts[i].name);
    json_array_end(out);
}

static void write_running(struct control_request *request, const struct emulator_type *type,
                          struct service *service)
{
    struct json_writer *out = request->out;
    struct service *listening = sandbox_find(request->control->sandbox, slice_str(type->name));
    char url[256];
    if (listening && listening->listener_count) {
        size_t len = registry_url(type, listening->address, listening->port, url, sizeof(url));
        json_key_str(out, "port");
        json_uint(out, listening->port);
        json_key_str(out, "address");
        json_str(out, listening->address);
        json_key_str(out, "connection_string");
        json_string(out, slice_of(url, len));
    }
    json_key_str(out, "connections");
    json_uint(out, type->session_count(service->emulator));
    int64_t up_ms = (reactor_monotonic_us() - service->started_us) / 1000;
    json_key_str(out, "uptime"); /* seconds */
    json_double(out, (double)up_ms / 1e3);
    json_key_str(out, "uptime_ms");
    json_int(out, up_ms);
}

void action_write_service(struct control_request *request, const struct emulator_type *type,
                          struct service *service)
{
    struct json_writer *out = request->out;
    json_object(out);
    json_key_str(out, "name");
    json_str(out, type->name);
    json_key_str(out, "title");
    json_str(out, type->title);
    json_key_str(out, "protocol");
    json_str(out, type->protocol);
    json_key_str(out, "version");
    json_str(out, type->version);
    json_key_str(out, "running");
    json_bool(out, service != NULL);
    if (service)
        write_running(request, type, service);
    write_supports(out, type);
    json_object_end(out);
}

void action_write_services(struct control_request *request)
{
    const struct registry *registry = &request->control->registry;
    json_key_str(request->out, "services");
    json_array(request->out);
    for (size_t i = 0; i < registry->count; i++) {
        const struct emulator_type *type = registry->types[i];
        action_write_service(request, type, sandbox_find(request->sandbox, slice_str(type->name)));
    }
    json_array_end(request->out);
}

static void answer_services(struct control_request *request)
{
    json_object(request->out);
    action_write_services(request);
    json_object_end(request->out);
    control_succeed(request);
}

void action_list_services(struct control_request *request)
{
    answer_services(request);
}

void action_service(struct control_request *request)
{
    const struct registry *registry = &request->control->registry;
    struct slice name = control_value(request, "service")->text;
    const struct emulator_type *type = registry_find(registry, name);
    struct problem why;
    if (!type) {
        registry_lacks(registry, name, &why);
        control_fail(request, CONTROL_NOT_FOUND, "%s", why.text);
        return;
    }
    action_write_service(request, type, sandbox_find(request->sandbox, name));
    control_succeed(request);
}

void action_status(struct control_request *request)
{
    struct control *control = request->control;
    struct json_writer *out = request->out;
    const struct journal *journal = sandbox_journal(request->sandbox);
    json_object(out);
    json_key_str(out, "version");
    json_str(out, control->version);
    json_key_str(out, "pid");
    json_int(out, getpid());
    json_key_str(out, "uptime_ms");
    json_int(out, (reactor_monotonic_us() - control->started_us) / 1000);
    action_write_services(request);
    action_write_worlds(request, "worlds");
    action_write_checkpoints(request);
    json_key_str(out, "clock");
    action_write_clock(request);
    json_key_str(out, "faults");
    json_uint(out,
              sandbox_faults(request->sandbox)->count + sandbox_faults(request->sandbox)->refusals);
    json_key_str(out, "journal");
    json_object(out);
    json_key_str(out, "next");
    json_uint(out, journal->next);
    json_key_str(out, "oldest");
    json_uint(out, journal_oldest(journal));
    json_object_end(out);
    json_key_str(out, "memory_bytes");
    json_uint(out, heap_used(sandbox_heap(request->sandbox)));
    json_object_end(out);
    control_succeed(request);
}

/* ---- starting and stopping */

/* "redis" or "redis:0". False: the request has failed. */
static bool parse_word(struct control_request *request, struct slice word,
                       const struct emulator_type **out_type, uint16_t *out_port)
{
    const struct registry *registry = &request->control->registry;
    const uint8_t *colon = word.len ? memchr(word.ptr, ':', word.len) : NULL;
    struct slice name = slice_of(word.ptr, colon ? (size_t)(colon - word.ptr) : word.len);
    uint64_t port = 0;
    struct problem why;
    *out_type = registry_find(registry, name);
    if (!*out_type) {
        registry_lacks(registry, name, &why);
        control_fail(request, CONTROL_NOT_FOUND, "%s", why.text);
        return false;
    }
    if (colon && (!text_to_u64(slice_from(word, name.len + 1), &port) || port > UINT16_MAX)) {
        control_fail(request, CONTROL_BAD_REQUEST,
                     "services: expected a port behind the colon of '" SLICE_FMT "'",
                     SLICE_ARG(word));
        return false;
    }
    *out_port = colon ? (uint16_t)port : (*out_type)->port;
    return true;
}

/* Starts one; false: the request has failed and nothing of it is left. */
static bool start(struct control_request *request, const struct emulator_type *type, uint16_t port)
{
    struct control *control = request->control;
    struct problem why;
    if (sandbox_find(control->sandbox, slice_str(type->name)))
        return true;
    if (!sandbox_add(control->sandbox, type, &why)) {
        control_fail(request, CONTROL_NO_MEMORY, "%s", why.text);
        return false;
    }
    struct service *service = sandbox_find(control->sandbox, slice_str(type->name));
    int status = listen_start(control->reactor, &control->config->bind, port, service);
    if (status == -EADDRINUSE && control->config->remap)
        status = listen_start(control->reactor, &control->config->bind, 0, service);
    if (status == 0)
        return true;
    sandbox_remove(control->sandbox, service);
    control_fail(request, CONTROL_CONFLICT, "%s cannot listen on port %u: %s", type->name, port,
                 strerror(-status));
    return false;
}

void action_start_services(struct control_request *request)
{
    const struct control_value *words = control_value(request, "services");
    const struct emulator_type *type;
    uint16_t port;
    for (size_t i = 0; i < words->text_count; i++)
        if (!parse_word(request, words->texts[i], &type, &port) || !start(request, type, port))
            return;
    answer_services(request);
}

void action_stop_services(struct control_request *request)
{
    const struct control_value *words = control_value(request, "services");
    const struct emulator_type *type;
    uint16_t port;
    for (size_t i = 0; i < words->text_count; i++) {
        if (!parse_word(request, words->texts[i], &type, &port))
            return;
        struct service *service = sandbox_find(request->control->sandbox, slice_str(type->name));
        if (service && !sandbox_remove(request->control->sandbox, service)) {
            control_fail(request, CONTROL_NO_MEMORY, "out of memory");
            return;
        }
    }
    answer_services(request);
}
