#include <inttypes.h>

#include "common/reactor.h"

#include "server/cli/cli.h"
#include "server/cli/cli_json.h"
#include "server/cli/report.h"

static int64_t uptime_ms(const struct state_instance *instance)
{
    return (reactor_monotonic_us() - instance->started_us) / 1000;
}

static void put_instance(struct json_writer *w, const struct state_instance *instance)
{
    json_key_str(w, "uptime_ms");
    json_int(w, uptime_ms(instance));
    report_json(w, instance);
}

/* The youngest instance's members stand at the top: mostly there is only the one. */
static void print_json(const struct state_instance *instances, size_t count)
{
    struct cli_json json;
    struct json_writer *w = cli_json_begin(&json);
    json_object(w);
    json_key_str(w, "running");
    json_bool(w, count > 0);
    if (count > 0)
        put_instance(w, &instances[0]);
    json_key_str(w, "others");
    json_array(w);
    for (size_t i = 1; i < count; i++) {
        json_object(w);
        put_instance(w, &instances[i]);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    cli_json_end(&json);
}

enum exit_status cli_status(struct cli_call *call)
{
    bool json = false;
    enum exit_status status;
    if (!cli_only_json(call, &json, &status))
        return status;
    struct state_instance instances[STATE_INSTANCES_MAX];
    size_t count = report_instances(instances, !json);
    if (json)
        print_json(instances, count);
    for (size_t i = 0; !json && i < count; i++) {
        printf("parlel %s, process %ld, up %" PRId64 " s\n", instances[i].version,
               (long)instances[i].pid, uptime_ms(&instances[i]) / 1000);
        report_services(&instances[i]);
    }
    return count ? STATUS_OK : STATUS_ERROR;
}
