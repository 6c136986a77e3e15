#include "common/text.h"

#include "server/cli/cli.h"
#include "server/registry.h"

/* A part of the name, or a pattern of the whole. */
static bool matches(const char *filter, const char *name)
{
    return !filter || strstr(name, filter) || text_glob(slice_str(filter), slice_str(name), true);
}

static void print_type(const struct emulator_type *type, bool json, bool first)
{
    const char *version = type->version ? type->version : "";
    if (json)
        printf("%s{\"name\": \"%s\", \"title\": \"%s\", \"port\": %u, \"version\": \"%s\", "
               "\"protocol\": \"%s\"}",
               first ? "" : ", ", type->name, type->title, (unsigned)type->port, version,
               type->protocol);
    else
        printf("%-9s %-5u %s %s, %s\n", type->name, (unsigned)type->port, type->title, version,
               type->protocol);
}

static void print_types(const char *filter, bool json)
{
    struct registry registry = registry_builtin();
    bool first = true;
    if (json)
        putchar('[');
    for (size_t i = 0; i < registry.count; i++) {
        if (!matches(filter, registry.types[i]->name))
            continue;
        print_type(registry.types[i], json, first);
        first = false;
    }
    if (json)
        puts("]");
}

enum exit_status cli_ls(struct cli_call *call)
{
    const char *filter = NULL;
    bool json = false;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        if (next == CLI_HELP || next == CLI_WRONG)
            return next == CLI_HELP ? STATUS_OK : STATUS_USAGE;
        if (next == CLI_WORD && filter)
            return cli_usage(call, "ls takes one filter");
        if (next == CLI_WORD)
            filter = call->text;
        else
            json = true;
    }
    print_types(filter, json);
    return STATUS_OK;
}
