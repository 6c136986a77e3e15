#include <stdio.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/cli_json.h"
#include "server/cli/report.h"
#include "server/daemon.h"
#include "server/serve.h"

enum { FLAG_DETACH = 1, FLAG_JSON, FLAG_CONFIG };

/* clang-format off */
const struct cli_flag cli_up_flags[] = {
    {FLAG_DETACH, 'd', "detach", NULL, "return when every port listens, run in the background"},
    {FLAG_CONFIG, 0, "bind", "ADDR[,ADDR]", "addresses to listen on (127.0.0.1 and ::1)"},
    {FLAG_CONFIG, 0, "control", "PORT", "port of the control API (4600)"},
    {FLAG_CONFIG, 0, "seed", "FILE", "load a fixture, YAML or JSON; may be repeated"},
    {FLAG_CONFIG, 0, "set", "SERVICE.KEY=VALUE", "a setting of a service; may be repeated"},
    {FLAG_CONFIG, 0, "on-conflict", "fail|remap", "a port in use: give up, or take a free one"},
    {FLAG_CONFIG, 0, "ports-file", "FILE", "write the ports there as JSON"},
    {FLAG_CONFIG, 0, "journal", "RECORDS[:BYTES]", "how much the journal keeps (65536:4194304); 0: none"},
    {FLAG_JSON, 0, "json", NULL, "print JSON"},
    {0},
};
/* clang-format on */

struct up_options {
    bool detach, json;
};

/* False when the call has ended, with its status in *out_status. */
static bool read_arguments(struct cli_call *call, struct config *config, struct up_options *options,
                           enum exit_status *out_status)
{
    struct problem why;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        bool fine = true;
        switch (next) {
        case FLAG_DETACH: options->detach = true; break;
        case FLAG_JSON: options->json = true; break;
        case FLAG_CONFIG: fine = config_flag(config, call->flag->name, call->text, &why); break;
        case CLI_WORD: fine = config_service(config, call->text, &why); break;
        default: *out_status = next == CLI_HELP ? STATUS_OK : STATUS_USAGE; return false;
        }
        if (!fine) {
            *out_status = cli_usage(call, "%s", why.text);
            return false;
        }
    }
    return true;
}

static void print_result(const struct state_instance *instance, bool json)
{
    if (json) {
        struct cli_json text;
        struct json_writer *w = cli_json_begin(&text);
        json_object(w);
        report_json(w, instance);
        json_object_end(w);
        cli_json_end(&text);
    } else {
        report_services(instance);
    }
    fflush(stdout);
}

/* Runs until it is told to end. report: of the background process, -1 in the foreground. */
static enum exit_status serve(const struct config *config, const struct up_options *options,
                              int report)
{
    struct serve running;
    struct problem why;
    enum exit_status status = serve_start(&running, config, &why);
    if (status == STATUS_OK) {
        print_result(&running.instance, options->json);
        if (report < 0)
            fputs("ready; Ctrl-C ends it\n", stderr);
        else
            serve_detach(&running, report);
        serve_run(&running);
    } else {
        cli_complain("%s", why.text);
    }
    serve_stop(&running);
    return status;
}

static enum exit_status serve_in_background(const struct config *config,
                                            const struct up_options *options)
{
    int report, status;
    if (daemon_split(&report, &status))
        return serve(config, options, report);
    if (status < 0)
        cli_complain("the system makes no new process");
    return status < 0 ? STATUS_ERROR : (enum exit_status)status;
}

enum exit_status cli_up(struct cli_call *call)
{
    struct config config;
    struct up_options options = {false, false};
    struct problem why;
    enum exit_status status;
    config_init(&config, registry_builtin());
    if (!read_arguments(call, &config, &options, &status))
        goto done;
    status = config_load(&config, &why);
    if (status != STATUS_OK)
        cli_complain("%s", why.text);
    else if (config.service_count == 0) {
        cli_complain("this parlel was built without any service");
        status = STATUS_ERROR;
    } else if (options.detach)
        status = serve_in_background(&config, &options);
    else
        status = serve(&config, &options, -1);
done:
    config_done(&config);
    return status;
}
