#include "server/cli/cli.h"
#include "server/cli/report.h"

enum { FLAG_EXPORT = 1, FLAG_JSON };

const struct cli_flag cli_env_flags[] = {
    {FLAG_EXPORT,                                  0, "export", NULL, "print lines for a shell instead of dotenv"},
    {FLAG_JSON,                                    0, "json", NULL, "print JSON"},
    {0},
};

enum form { FORM_DOTENV, FORM_EXPORT, FORM_JSON };

static void print_variable(enum form form, const char *name, const char *value, bool first)
{
    switch (form) {
    case FORM_DOTENV: printf("%s=%s\n", name, value); break;
    case FORM_EXPORT: printf("export %s='%s'\n", name, value); break;
    case FORM_JSON: printf("%s\"%s\": \"%s\"", first ? "" : ", ", name, value); break;
    }
}

static void print_instance(enum form form, const struct state_instance *instance)
{
    struct registry registry = registry_builtin();
    bool first = true;
    if (form == FORM_JSON)
        putchar('{');
    for (size_t i = 0; i < instance->service_count; i++) {
        const struct state_service *service = &instance->services[i];
        const struct emulator_type *type = registry_find(&registry, slice_str(service->name));
        char url[REPORT_URL_BYTES];
        if (!type)
            continue;
        report_url(service, url);
        print_variable(form, type->url_env, url, first);
        first = false;
    }
    if (form == FORM_JSON)
        puts("}");
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
