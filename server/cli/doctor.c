#include <errno.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/reactor.h"

#include "server/cli/cli.h"
#include "server/cli/cli_json.h"
#include "server/cli/report.h"
#include "server/config.h"
#include "server/control/api.h"
#include "server/holder.h"
#include "server/probe.h"

#define PROBE_MS 1000
/* Each connection is a descriptor; a pool of a hundred a service is common. */
#define DESCRIPTORS_MIN 1024

enum verdict { FINE, NOTE, WRONG };

struct examination {
    struct config config;
    struct json_writer *json; /* NULL: text is printed */
    bool wrong, configured;
    char directory[STATE_PATH_BYTES];
    size_t stale, count;
    struct state_instance instances[STATE_INSTANCES_MAX];
};

static const char *const verdict_names[] = {"ok", "note", "wrong"};

static void say(struct examination *e, enum verdict verdict, const char *what, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

static void say(struct examination *e, enum verdict verdict, const char *what, const char *format,
                ...)
{
    struct problem text;
    va_list args;
    va_start(args, format);
    vsnprintf(text.text, sizeof(text.text), format, args);
    va_end(args);
    e->wrong = e->wrong || verdict == WRONG;
    if (!e->json) {
        printf("%-5s  %-13s %s\n", verdict_names[verdict], what, text.text);
        return;
    }
    json_object(e->json);
    json_key_str(e->json, "check");
    json_str(e->json, what);
    json_key_str(e->json, "verdict");
    json_str(e->json, verdict_names[verdict]);
    json_key_str(e->json, "message");
    json_str(e->json, text.text);
    json_object_end(e->json);
}

/* ---- the checks */

static void examine_version(struct examination *e)
{
    say(e, FINE, "version", "parlel %s", PARLEL_VERSION);
}

static void examine_configuration(struct examination *e)
{
    struct problem why;
    e->configured = config_load(&e->config, &why) == STATUS_OK;
    if (e->configured)
        say(e, FINE, "configuration", "environment and %s%s", CONFIG_FILE,
            access(CONFIG_FILE, F_OK) == 0 ? "" : " (none here)");
    else
        say(e, WRONG, "configuration", "%s", why.text);
}

static void examine_state(struct examination *e)
{
    struct problem why;
    if (!state_directory(e->directory, &why) || !state_make_directory(e->directory, &why))
        say(e, WRONG, "state", "%s", why.text);
    else if (access(e->directory, W_OK | X_OK) != 0)
        say(e, WRONG, "state", "%s cannot be written: %s; PARLEL_STATE_DIR names another one",
            e->directory, strerror(errno));
    else
        say(e, FINE, "state", "%s can be written", e->directory);
}

static void examine_instances(struct examination *e)
{
    e->count = state_list(e->directory, e->instances, &e->stale);
    if (e->stale)
        say(e, NOTE, "instances", "%zu ended without a word; what was left has been removed",
            e->stale);
    if (!e->count)
        say(e, FINE, "instances", "none runs");
    for (size_t i = 0; i < e->count; i++) {
        const struct state_instance *instance = &e->instances[i];
        const struct state_service *silent = NULL;
        for (size_t s = 0; s < instance->service_count; s++)
            if (!probe_connect(instance->services[s].address, instance->services[s].port, PROBE_MS))
                silent = &instance->services[s];
        if (silent)
            say(e, WRONG, "instances", "process %ld: %s does not answer on port %u",
                (long)instance->pid, silent->name, (unsigned)silent->port);
        else
            say(e, FINE, "instances", "process %ld, parlel %s, answers on every port",
                (long)instance->pid, instance->version);
    }
}

static void examine_descriptors(struct examination *e)
{
    struct rlimit limit;
    bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0;
    bool enough = known && (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= DESCRIPTORS_MIN);
    if (!known || limit.rlim_max == RLIM_INFINITY)
        say(e, FINE, "descriptors", "no limit is known");
    else
        say(e, enough ? FINE : WRONG, "descriptors", "%llu may be open at once%s",
            (unsigned long long)limit.rlim_max,
            enough ? "" : ", so few connections can be; see ulimit -Hn");
}

static bool refuse(void *ctx, struct transport *transport)
{
    (void)ctx;
    (void)transport;
    return false;
}

/* 0, or why nothing can listen there. */
static int try_listen(struct reactor *reactor, const char *address, uint16_t port)
{
    struct listener *listener;
    struct listener_options options = {.address = address, .port = port, .on_accept = refuse};
    int status = listener_open(reactor, &options, &listener);
    if (status == 0)
        listener_close(listener, true);
    return status;
}

static void examine_ipv6(struct examination *e, struct reactor *reactor)
{
    int status = try_listen(reactor, "::1", 0);
    if (status == 0)
        say(e, FINE, "ipv6", "::1 can be listened on");
    else
        say(e, NOTE, "ipv6", "no ::1 (%s): clients that try nothing else for localhost fail",
            strerror(-status));
}

/* The instance that has the port; NULL: none. */
static const struct state_instance *own_holder(const struct examination *e, uint16_t port)
{
    for (size_t i = 0; i < e->count; i++)
        for (size_t s = 0; s < e->instances[i].service_count; s++)
            if (e->instances[i].services[s].port == port)
                return &e->instances[i];
    return NULL;
}

static void examine_port(struct examination *e, struct reactor *reactor, const char *name,
                         uint16_t port)
{
    const struct state_instance *own = own_holder(e, port);
    struct holder holder;
    int status = 0;
    for (size_t i = 0; i < e->config.bind.count && status == 0; i++) {
        status = try_listen(reactor, e->config.bind.text[i], port);
        if (i > 0 && status != -EADDRINUSE)
            status = 0; /* a missing IPv6 is told apart */
    }
    if (!port)
        say(e, FINE, name, "any free port");
    else if (own)
        say(e, FINE, name, "port %u is in use by parlel itself, process %ld", port, (long)own->pid);
    else if (status == 0)
        say(e, FINE, name, "port %u is free", port);
    else if (status == -EADDRINUSE && holder_find(port, &holder))
        say(e, WRONG, name, "port %u is in use by %s, pid %ld; --on-conflict remap takes another",
            port, holder.name, holder.pid);
    else
        say(e, WRONG, name, "port %u cannot be listened on: %s", port, strerror(-status));
}

static void examine_ports(struct examination *e, struct reactor *reactor)
{
    for (size_t i = 0; i < e->config.service_count; i++)
        examine_port(e, reactor, e->config.services[i].type->name, e->config.services[i].port);
    examine_port(e, reactor, control_api_type.name, e->config.control_port);
}

static void examine(struct examination *e)
{
    struct reactor *reactor = reactor_create();
    examine_version(e);
    examine_configuration(e);
    examine_state(e);
    examine_instances(e);
    examine_descriptors(e);
    if (reactor) {
        examine_ipv6(e, reactor);
        if (e->configured)
            examine_ports(e, reactor);
    } else {
        say(e, WRONG, "loop", "the system gives no event loop");
    }
    reactor_destroy(reactor);
}

enum exit_status cli_doctor(struct cli_call *call)
{
    bool json = false;
    enum exit_status status;
    if (!cli_only_json(call, &json, &status))
        return status;
    struct examination e = {.wrong = false};
    struct cli_json text;
    config_init(&e.config, registry_builtin());
    if (json) {
        e.json = cli_json_begin(&text);
        json_object(e.json);
        json_key_str(e.json, "checks");
        json_array(e.json);
    }
    examine(&e);
    if (json) {
        json_array_end(e.json);
        json_key_str(e.json, "healthy");
        json_bool(e.json, !e.wrong);
        json_object_end(e.json);
        cli_json_end(&text);
    }
    config_done(&e.config);
    return e.wrong ? STATUS_ERROR : STATUS_OK;
}
