#include "common/text.h"

#include "server/cli/cli.h"
#include "server/cli/cli_json.h"
#include "server/registry.h"

/* A part of the name, or a pattern of the whole. */
static bool matches(const char *filter, const char *name)
{
    return !filter || strstr(name, filter) || text_glob(slice_str(filter), slice_str(name), true);
}

static void put_member(struct json_writer *w, const char *name, const char *value)
{
    json_key_str(w, name);
    json_str(w, value);
}

static void put_type(struct json_writer *w, const struct emulator_type *type)
{
    json_object(w);
    put_member(w, "name", type->name);
    put_member(w, "title", type->title);
    put_member(w, "version", type->version);
    put_member(w, "protocol", type->protocol);
    json_key_str(w, "port");
    json_uint(w, type->port);
    json_object_end(w);
}

static void print_json(const char *filter)
{
    struct registry registry = registry_builtin();
    struct cli_json json;
    struct json_writer *w = cli_json_begin(&json);
    json_array(w);
    for (size_t i = 0; i < registry.count; i++)
        if (matches(filter, registry.types[i]->name))
            put_type(w, registry.types[i]);
    json_array_end(w);
    cli_json_end(&json);
}

static void print_text(const char *filter)
{
    struct registry registry = registry_builtin();
    for (size_t i = 0; i < registry.count; i++) {
        const struct emulator_type *type = registry.types[i];
        if (matches(filter, type->name))
            printf("%-9s %-5u %s %s, %s\n", type->name, (unsigned)type->port, type->title,
                   type->version, type->protocol);
    }
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
    if (json)
        print_json(filter);
    else
        print_text(filter);
    return STATUS_OK;
}
