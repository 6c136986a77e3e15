#include <inttypes.h>

#include "common/reactor.h"

#include "server/cli/cli.h"
#include "server/cli/report.h"

static int64_t uptime_ms(const struct state_instance *instance)
{
    return (reactor_monotonic_us() - instance->started_us) / 1000;
}

static void print_json(const struct state_instance *instance)
{
    printf("\"uptime_ms\": %" PRId64 ", ", uptime_ms(instance));
    report_json(instance);
}

static void print_all_json(const struct state_instance *instances, size_t count)
{
    if (!count) {
        puts("{\"running\": false, \"services\": []}");
        return;
    }
    fputs("{\"running\": true, ", stdout);
    print_json(&instances[0]);
    fputs(", \"others\": [", stdout);
    for (size_t i = 1; i < count; i++) {
        fputs(i > 1 ? ", {" : "{", stdout);
        print_json(&instances[i]);
        putchar('}');
    }
    puts("]}");
}

enum exit_status cli_status(struct cli_call *call)
{
    bool json = false;
    enum exit_status status;
    if (!cli_only_json(call, &json, &status))
        return status;
    struct state_instance instances[STATE_INSTANCES_MAX];
    size_t count = report_instances(instances, true);
    if (json)
        print_all_json(instances, count);
    for (size_t i = 0; !json && i < count; i++) {
        printf("parlel %s, process %ld, up %" PRId64 " s\n", instances[i].version,
               (long)instances[i].pid, uptime_ms(&instances[i]) / 1000);
        report_services(&instances[i]);
    }
    return count ? STATUS_OK : STATUS_ERROR;
}
