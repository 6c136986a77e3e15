#include <unistd.h>

#include "server/cli/cli.h"
#include "server/cli/cli_json.h"
#include "server/config.h"
#include "server/fixtures.h"
#include "server/serve.h"

enum { FLAG_JSON = 1 };

/* What is checked: the files named, or what `up` would read in this folder. */
struct check {
    struct config config;
    const struct config_seed *files;
    bool json;
    struct json_writer *out; /* with json */
};

/* False when the call has ended, with its status in *out_status. */
static bool read_arguments(struct cli_call *call, struct check *check, enum exit_status *out_status)
{
    struct problem why;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        if (next == CLI_HELP || next == CLI_WRONG) {
            *out_status = next == CLI_HELP ? STATUS_OK : STATUS_USAGE;
            return false;
        }
        if (next == FLAG_JSON)
            check->json = true;
        else if (!config_flag(&check->config, "seed", call->text, &why)) {
            *out_status = cli_usage(call, "%s", why.text);
            return false;
        }
    }
    check->files = check->config.layers[CONFIG_FLAGS].seeds;
    return true;
}

static void report(struct check *check, const char *file, const struct problem *why)
{
    if (check->json) {
        json_object(check->out);
        json_key_str(check->out, "file");
        json_str(check->out, file);
        json_key_str(check->out, "valid");
        json_bool(check->out, !why);
        if (why) {
            json_key_str(check->out, "error");
            json_str(check->out, why->text);
        }
        json_object_end(check->out);
    }
    if (why)
        cli_complain("%s", why->text);
    else if (!check->json)
        printf("%s: valid\n", file);
}

/* A sandbox with every service of this program, which the fixture is put into; without a path, the
 * settings. */
static bool check_in_sandbox(const struct config *config, const char *path, struct problem *why)
{
    const struct registry *registry = &config->registry;
    struct sandbox_options options = {.reactor = reactor_create()};
    struct sandbox *sandbox = options.reactor ? sandbox_create(&options) : NULL;
    bool fine = sandbox || problem_say(why, "out of memory");
    for (size_t i = 0; fine && i < registry->count; i++)
        fine = sandbox_add(sandbox, registry->types[i], why);
    fine = fine && (path ? fixtures_load(sandbox, registry, path, why)
                         : serve_apply_settings(sandbox, config, why));
    sandbox_destroy(sandbox);
    reactor_destroy(options.reactor);
    return fine;
}

static bool check_files(struct check *check)
{
    bool all = true;
    for (const struct config_seed *file = check->files; file; file = file->next) {
        struct problem why;
        bool fine = check_in_sandbox(&check->config, file->path, &why);
        report(check, file->path, fine ? NULL : &why);
        all = all && fine;
    }
    return all;
}

/* Without a file: the environment and parlel.yaml, then the fixtures that they name. */
static bool check_folder(struct check *check)
{
    struct problem why;
    bool fine = config_load(&check->config, &why) == STATUS_OK;
    fine = fine && check_in_sandbox(&check->config, NULL, &why);
    bool has_file = access(CONFIG_FILE, F_OK) == 0;
    check->files = check->config.seeds;
    if (fine && !check->files && !has_file)
        fine = problem_say(&why, "there is no %s here, and no file was named", CONFIG_FILE);
    if (!fine || has_file)
        report(check, CONFIG_FILE, fine ? NULL : &why);
    return fine && check_files(check);
}

enum exit_status cli_check(struct cli_call *call)
{
    struct check check = {.files = NULL};
    struct cli_json json;
    enum exit_status status;
    config_init(&check.config, registry_builtin());
    if (read_arguments(call, &check, &status)) {
        if (check.json) {
            check.out = cli_json_begin(&json);
            json_array(check.out);
        }
        bool fine = check.files ? check_files(&check) : check_folder(&check);
        if (check.json) {
            json_array_end(check.out);
            cli_json_end(&json);
        }
        status = fine ? STATUS_OK : STATUS_CONFIG;
    }
    config_done(&check.config);
    return status;
}
