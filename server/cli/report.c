#include "server/cli/report.h"

#include <stdio.h>

#include "server/cli/cli.h"

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

void report_url(const struct state_service *service, char out[REPORT_URL_BYTES])
{
    struct registry registry = registry_builtin();
    const struct emulator_type *type = registry_find(&registry, slice_str(service->name));
    out[0] = 0;
    if (type)
        registry_url(type, service->address, service->port, out, REPORT_URL_BYTES);
}

void report_services(const struct state_instance *instance)
{
    for (size_t i = 0; i < instance->service_count; i++) {
        char url[REPORT_URL_BYTES];
        report_url(&instance->services[i], url);
        printf("%-9s %s\n", instance->services[i].name, url);
    }
}

/* Names, addresses and connection strings hold nothing that JSON would escape. */
void report_json(const struct state_instance *instance)
{
    printf("\"pid\": %ld, \"version\": \"%s\", \"services\": [", (long)instance->pid,
           instance->version);
    for (size_t i = 0; i < instance->service_count; i++) {
        const struct state_service *s = &instance->services[i];
        char url[REPORT_URL_BYTES];
        report_url(s, url);
        printf("%s{\"name\": \"%s\", \"address\": \"%s\", \"port\": %u, \"url\": \"%s\"}",
               i ? ", " : "", s->name, s->address, (unsigned)s->port, url);
    }
    putchar(']');
}
