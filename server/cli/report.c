#include "server/cli/report.h"

#include <stdio.h>

#include "common/json.h"

#include "server/cli/cli.h"
#include "server/control/api.h"
#include "server/environment.h"

size_t report_instances(struct state_instance out[STATE_INSTANCES_MAX], bool complain)
{
    char directory[STATE_PATH_BYTES];
    struct problem why;
    if (!state_directory(directory, &why)) {
        cli_complain("%s", why.text);
        return 0;
    }
    size_t stale;
    size_t count = state_list(directory, out, &stale);
    if (stale)
        cli_complain("%zu instance%s ended without a word; removed what was left of %s", stale,
                     stale == 1 ? "" : "s", stale == 1 ? "it" : "them");
    if (!count && complain)
        cli_complain("nothing runs here (%s); `parlel up -d` starts it", directory);
    return count;
}

bool report_is_control(const struct state_service *service)
{
    return strcmp(service->name, control_api_type.name) == 0;
}

void report_services(const struct state_instance *instance)
{
    for (size_t i = 0; i < instance->service_count; i++) {
        char url[ENVIRONMENT_VALUE_BYTES];
        environment_url(&instance->services[i], url);
        printf("%-9s %s\n", instance->services[i].name, url);
    }
}

static void service_json(struct json_writer *w, const struct state_service *service)
{
    char url[ENVIRONMENT_VALUE_BYTES];
    environment_url(service, url);
    json_object(w);
    json_key_str(w, "name");
    json_str(w, service->name);
    json_key_str(w, "address");
    json_str(w, service->address);
    json_key_str(w, "port");
    json_uint(w, service->port);
    json_key_str(w, "url");
    json_str(w, url);
    json_object_end(w);
}

void report_json(struct json_writer *w, const struct state_instance *instance)
{
    json_key_str(w, "pid");
    json_int(w, instance->pid);
    json_key_str(w, "version");
    json_str(w, instance->version);
    json_key_str(w, "services");
    json_array(w);
    for (size_t i = 0; i < instance->service_count; i++)
        if (!report_is_control(&instance->services[i]))
            service_json(w, &instance->services[i]);
    json_array_end(w);
    for (size_t i = 0; i < instance->service_count; i++) {
        if (!report_is_control(&instance->services[i]))
            continue;
        json_key_str(w, "control");
        service_json(w, &instance->services[i]);
    }
}
