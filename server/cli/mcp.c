#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/cli.h"
#include "server/cli/remote.h"
#include "server/mcp/mcp_local.h"
#include "server/mcp/mcp_relay.h"
#include "server/serve.h"

enum { FLAG_STANDALONE = 1, FLAG_CONFIG };

/* clang-format off */
const struct cli_flag cli_mcp_flags[] = {
    {FLAG_STANDALONE, 0, "standalone", NULL, "services of its own, whatever runs"},
    {FLAG_CONFIG, 0, "seed", "FILE", "load a fixture, YAML or JSON; may be repeated"},
    {FLAG_CONFIG, 0, "set", "SERVICE.KEY=VALUE", "a setting of a service; may be repeated"},
    {FLAG_CONFIG, 0, "bind", "ADDR[,ADDR]", "addresses to listen on (127.0.0.1 and ::1)"},
    {FLAG_CONFIG, 0, "control", "PORT", "port of the control API (any free one)"},
    {0},
};
/* clang-format on */

/* False when the call has ended, with its status in *out_status. */
static bool read_arguments(struct cli_call *call, struct config *config, bool *out_standalone,
                           enum exit_status *out_status)
{
    struct problem why;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        bool fine = true;
        switch (next) {
        case FLAG_STANDALONE: break;
        case FLAG_CONFIG: fine = config_flag(config, call->flag->name, call->text, &why); break;
        case CLI_WORD: fine = config_service(config, call->text, &why); break;
        default: *out_status = next == CLI_HELP ? STATUS_OK : STATUS_USAGE; return false;
        }
        if (!fine) {
            *out_status = cli_usage(call, "%s", why.text);
            return false;
        }
        *out_standalone = true;
    }
    return true;
}

/* ---- stdin and stdout, which others may share: they do not block meanwhile */

struct stdio {
    int in_flags, out_flags;
    int in, out; /* for the loop, which closes them */
};

static bool take_stdio(struct stdio *stdio)
{
    stdio->in_flags = fcntl(STDIN_FILENO, F_GETFL);
    stdio->out_flags = fcntl(STDOUT_FILENO, F_GETFL);
    stdio->in = dup(STDIN_FILENO);
    stdio->out = dup(STDOUT_FILENO);
    if (stdio->in >= 0 && stdio->out >= 0)
        return true;
    cli_complain("mcp needs stdin and stdout: %s", strerror(errno));
    return false;
}

static void give_stdio_back(const struct stdio *stdio)
{
    (void)fcntl(STDIN_FILENO, F_SETFL, stdio->in_flags);
    (void)fcntl(STDOUT_FILENO, F_SETFL, stdio->out_flags);
}

static void stop(void *ctx)
{
    reactor_stop(ctx);
}

/* ---- another process's instance */

static bool await_signals(struct reactor *reactor)
{
    return reactor_on_signal(reactor, SIGINT, stop, reactor) == 0 &&
           reactor_on_signal(reactor, SIGTERM, stop, reactor) == 0;
}

static enum exit_status relay(const char *address, uint16_t port, const struct stdio *stdio)
{
    struct reactor *reactor = reactor_create();
    struct mcp_relay_options options = {.reactor = reactor,
                                        .address = address,
                                        .port = port,
                                        .in = stdio->in,
                                        .out = stdio->out,
                                        .done = stop,
                                        .ctx = reactor};
    struct mcp_relay *relayed = reactor && await_signals(reactor) ? mcp_relay_open(&options) : NULL;
    if (relayed)
        reactor_run(reactor);
    else
        cli_complain("the system gives no event loop");
    mcp_relay_close(relayed);
    reactor_destroy(reactor);
    return relayed ? STATUS_OK : STATUS_ERROR;
}

/* ---- one's own */

static enum exit_status speak(struct serve *serve, const struct stdio *stdio)
{
    struct mcp_local_options options = {
        .mcp = {&serve->control, control_actions()},
        .reactor = serve->reactor,
        .in = stdio->in,
        .out = stdio->out,
        .done = stop,
        .ctx = serve->reactor
    };
    struct mcp_local *local = mcp_local_open(&options);
    if (!local) {
        cli_complain("out of memory");
        return STATUS_ERROR;
    }
    serve_run(serve);
    mcp_local_close(local);
    return STATUS_OK;
}

static enum exit_status run_own(struct config *config, const struct stdio *stdio)
{
    struct serve serve;
    struct problem why;
    enum exit_status status = config_load(config, &why);
    if (status != STATUS_OK) {
        cli_complain("%s", why.text);
        return status;
    }
    config_free_ports(config);
    config->ports_file = NULL;
    config->unlisted = true;
    status = serve_start(&serve, config, &why);
    if (status == STATUS_OK)
        status = speak(&serve, stdio);
    else
        cli_complain("%s", why.text);
    serve_stop(&serve);
    return status;
}

enum exit_status cli_mcp(struct cli_call *call)
{
    struct config config;
    struct stdio stdio;
    char address[LISTEN_ADDRESS_BYTES];
    uint16_t port;
    bool standalone = false;
    enum exit_status status;
    config_init(&config, registry_builtin());
    if (!read_arguments(call, &config, &standalone, &status))
        goto done;
    enum remote_found found = standalone ? REMOTE_NONE : remote_find(false, address, &port);
    status = STATUS_ERROR;
    if (found == REMOTE_WRONG || !take_stdio(&stdio))
        goto done;
    status = found == REMOTE_FOUND ? relay(address, port, &stdio) : run_own(&config, &stdio);
    give_stdio_back(&stdio);
done:
    config_done(&config);
    return status;
}
