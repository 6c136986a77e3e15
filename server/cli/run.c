#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "server/cli/child.h"
#include "server/cli/cli.h"
#include "server/environment.h"
#include "server/serve.h"

enum { FLAG_CONFIG = 1 };

/* clang-format off */
const struct cli_flag cli_run_flags[] = {
    {FLAG_CONFIG, 0, "seed", "FILE", "load a fixture, YAML or JSON; may be repeated"},
    {FLAG_CONFIG, 0, "set", "SERVICE.KEY=VALUE", "a setting of a service; may be repeated"},
    {FLAG_CONFIG, 0, "bind", "ADDR[,ADDR]", "addresses to listen on (127.0.0.1 and ::1)"},
    {0},
};
/* clang-format on */

struct run {
    struct serve serve;
    pid_t child;
    bool ended;
    int status; /* the command's, when it has ended */
};

/* False when the call has ended, with its status in *out_status. On success *out_command is what
 * stands behind the --. */
static bool read_arguments(struct cli_call *call, struct config *config, char ***out_command,
                           enum exit_status *out_status)
{
    struct problem why;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        if (next == CLI_HELP || next == CLI_WRONG) {
            *out_status = next == CLI_HELP ? STATUS_OK : STATUS_USAGE;
            return false;
        }
        if (call->words_only) {
            *out_command = call->at - 1;
            return true;
        }
        bool fine = next == CLI_WORD ? config_service(config, call->text, &why)
                                     : config_flag(config, call->flag->name, call->text, &why);
        if (!fine) {
            *out_status = cli_usage(call, "%s", why.text);
            return false;
        }
    }
    *out_status = cli_usage(call, "run needs a command: parlel run [SERVICE]... -- COMMAND...");
    return false;
}

/* ---- signals; the serve's own handlers stop its loop too, which starts again (await_command) */

static void on_interrupt(void *ctx)
{
    child_signal(((struct run *)ctx)->child, SIGINT);
}

static void on_terminate(void *ctx)
{
    child_signal(((struct run *)ctx)->child, SIGTERM);
}

static void on_child(void *ctx)
{
    struct run *run = ctx;
    run->ended = child_ended(run->child, &run->status);
    if (run->ended)
        reactor_stop(run->serve.reactor);
}

static bool await_signals(struct run *run)
{
    static const struct {
        int signum;
        void (*fire)(void *ctx);
    } signals[] = {
        {SIGINT,  on_interrupt},
        {SIGTERM, on_terminate},
        {SIGCHLD, on_child    }
    };
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (reactor_on_signal(run->serve.reactor, signals[i].signum, signals[i].fire, run) < 0)
            return false;
    return true;
}

/* ---- the command */

static void export_variable(void *ctx, const char *name, const char *value)
{
    bool *fine = ctx;
    *fine = setenv(name, value, 1) == 0 && *fine;
}

static bool start_command(struct run *run, char **command, const struct child_origin *origin)
{
    bool exported = true;
    environment_each(&run->serve.instance, export_variable, &exported);
    if (!exported || !await_signals(run)) {
        cli_complain("out of memory");
        return false;
    }
    run->child = child_start(command, origin);
    if (run->child < 0)
        cli_complain("the system makes no new process: %s", strerror(errno));
    return run->child > 0;
}

/* "parlel: ran redis for 1.204 s: 12 commands, 1 error" */
static void print_summary(struct run *run)
{
    const struct state_instance *instance = &run->serve.instance;
    const struct journal *journal = sandbox_journal(run->serve.sandbox);
    uint64_t commands = journal->next - 1, errors = journal->failures;
    int64_t ms = (reactor_monotonic_us() - instance->started_us) / 1000;
    fputs("parlel: ran", stderr);
    for (size_t i = 0; i < sandbox_service_count(run->serve.sandbox); i++)
        fprintf(stderr, "%s %s", i ? "," : "", sandbox_service(run->serve.sandbox, i)->type->name);
    fprintf(stderr, " for %" PRId64 ".%03d s: %" PRIu64 " command%s, %" PRIu64 " error%s\n",
            ms / 1000, (int)(ms % 1000), commands, commands == 1 ? "" : "s", errors,
            errors == 1 ? "" : "s");
}

static int run_command(const struct config *config, char **command)
{
    struct run run = {.child = 0};
    struct child_origin origin;
    struct problem why;
    child_read_origin(&origin);
    int status = (int)serve_start(&run.serve, config, &why);
    if (status != STATUS_OK) {
        cli_complain("%s", why.text);
    } else if (!start_command(&run, command, &origin)) {
        status = STATUS_ERROR;
    } else {
        while (!run.ended)
            serve_run(&run.serve);
        print_summary(&run);
        status = run.status;
    }
    serve_stop(&run.serve);
    return status;
}

enum exit_status cli_run(struct cli_call *call)
{
    struct config config;
    struct problem why;
    char **command = NULL;
    enum exit_status status;
    config_init(&config, registry_builtin());
    if (!read_arguments(call, &config, &command, &status))
        goto done;
    status = config_load(&config, &why);
    if (status != STATUS_OK) {
        cli_complain("%s", why.text);
        goto done;
    }
    config_free_ports(&config);
    /* Whoever follows the ports file of `up` in this folder does not mean these ports. */
    config.ports_file = NULL;
    status = (enum exit_status)run_command(&config, command);
done:
    config_done(&config);
    return status;
}
