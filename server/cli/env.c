#include <stdio.h>

#include "server/cli/cli.h"
#include "server/cli/cli_json.h"
#include "server/cli/report.h"
#include "server/environment.h"

enum { FLAG_EXPORT = 1, FLAG_JSON };

const struct cli_flag cli_env_flags[] = {
    {FLAG_EXPORT,                      0, "export", NULL, "shell lines instead of dotenv"},
    {FLAG_JSON,                        0, "json", NULL, "print JSON"},
    {0},
};

enum form { FORM_DOTENV, FORM_EXPORT, FORM_JSON };

struct printing {
    enum form form;
    struct json_writer *json; /* of FORM_JSON */
};

static void put_variable(void *ctx, const char *name, const char *value)
{
    const struct printing *printing = ctx;
    switch (printing->form) {
    case FORM_DOTENV: printf("%s=%s\n", name, value); break;
    case FORM_EXPORT: printf("export %s='%s'\n", name, value); break;
    case FORM_JSON:
        json_key_str(printing->json, name);
        json_str(printing->json, value);
        break;
    }
}

static void print_instance(enum form form, const struct state_instance *instance)
{
    struct cli_json json;
    struct printing printing = {form, NULL};
    if (form != FORM_JSON) {
        environment_each(instance, put_variable, &printing);
        return;
    }
    printing.json = cli_json_begin(&json);
    json_object(printing.json);
    environment_each(instance, put_variable, &printing);
    json_object_end(printing.json);
    cli_json_end(&json);
}

enum exit_status cli_env(struct cli_call *call)
{
    enum form form = FORM_DOTENV;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        switch (next) {
        case FLAG_EXPORT: form = FORM_EXPORT; break;
        case FLAG_JSON: form = FORM_JSON; break;
        case CLI_WORD: return cli_usage(call, "env takes no argument '%s'", call->text);
        default: return next == CLI_HELP ? STATUS_OK : STATUS_USAGE;
        }
    }
    struct state_instance instances[STATE_INSTANCES_MAX];
    if (!report_instances(instances, true))
        return STATUS_ERROR;
    print_instance(form, &instances[0]);
    return STATUS_OK;
}
