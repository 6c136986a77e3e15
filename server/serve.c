#include "server/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/log.h"

#include "server/control/follow.h"
#include "server/daemon.h"
#include "server/fixtures.h"
#include "server/holder.h"
#include "server/ports_file.h"

static void stop_on_signal(void *ctx)
{
    reactor_stop(ctx);
}

/* Every connection is a descriptor: take as many as the system lets a program have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool start_loop(struct serve *serve, struct problem *problem)
{
    serve->reactor = reactor_create();
    if (!serve->reactor)
        return problem_say(problem, "the system gives no event loop");
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        int status = reactor_on_signal(serve->reactor, signals[i], stop_on_signal, serve->reactor);
        if (status < 0)
            return problem_say(problem, "signals cannot be awaited: %s", strerror(-status));
    }
    return true;
}

static bool make_sandbox(struct serve *serve, struct problem *problem)
{
    struct sandbox_options options = {
        .reactor = serve->reactor,
        .seed = random_system_seed(),
        .journal_records = serve->config->journal_records,
        .journal_bytes = serve->config->journal_bytes,
    };
    serve->sandbox = sandbox_create(&options);
    if (!serve->sandbox)
        return problem_say(problem, "out of memory");
    for (size_t i = 0; i < serve->config->service_count; i++)
        if (!sandbox_add(serve->sandbox, serve->config->services[i].type, problem))
            return false;
    return true;
}

bool serve_apply_settings(struct sandbox *sandbox, const struct config *config,
                          struct problem *problem)
{
    for (struct config_setting *s = config->settings; s; s = s->next) {
        struct service *service = sandbox_find(sandbox, slice_str(s->type->name));
        struct emulator_error error = {.message = "it has no settings"};
        if (service && !(service->type->set &&
                         service->type->set(service->emulator, s->key, s->value, &error)))
            return problem_say(problem, "%s." SLICE_FMT ": %s", s->type->name, SLICE_ARG(s->key),
                               error.message);
    }
    return true;
}

/* ---- ports */

/* "port 6379 (redis) is in use by redis-server, pid 4711" */
static void describe_conflict(const struct service *service, uint16_t port, char out[256])
{
    struct holder holder;
    int len = snprintf(out, 256, "port %u (%s) is in use", port, service->type->name);
    if (holder_find(port, &holder))
        snprintf(out + len, 256 - (size_t)len, " by %s, pid %ld", holder.name, holder.pid);
}

static enum exit_status listen_one(struct serve *serve, struct service *service, uint16_t port,
                                   struct problem *problem)
{
    const struct config *config = serve->config;
    const char *name = service->type->name;
    int status = listen_start(serve->reactor, &config->bind, port, service);
    if (status == 0)
        return STATUS_OK;
    char conflict[256];
    describe_conflict(service, port, conflict);
    if (status == -EADDRINUSE && config->remap && port &&
        listen_start(serve->reactor, &config->bind, 0, service) == 0) {
        log_message(LOG_WARNING, "%s; %s listens on %u instead", conflict, name, service->port);
        return STATUS_OK;
    }
    if (status == -EADDRINUSE) {
        bool is_control = service == &serve->api_service;
        problem_say(problem,
                    "%s\nstop it, or choose another port with %s%s (0: any free one), "
                    "or let parlel choose with --on-conflict remap",
                    conflict, is_control ? "--control PORT" : name, is_control ? "" : ":PORT");
        return STATUS_PORT;
    }
    problem_say(problem, "%s cannot listen on port %u of %s: %s", name, port, config->bind.text[0],
                strerror(-status));
    return STATUS_ERROR;
}

static enum exit_status listen_all(struct serve *serve, struct problem *problem)
{
    for (size_t i = 0; i < serve->config->service_count; i++) {
        const struct config_service *wanted = &serve->config->services[i];
        struct service *service = sandbox_find(serve->sandbox, slice_str(wanted->type->name));
        enum exit_status status = listen_one(serve, service, wanted->port, problem);
        if (status != STATUS_OK)
            return status;
    }
    return listen_one(serve, &serve->api_service, serve->config->control_port, problem);
}

static bool make_control(struct serve *serve, struct problem *problem)
{
    serve->control = (struct control){
        .version = PARLEL_VERSION,
        .config = serve->config,
        .registry = serve->config->registry,
        .reactor = serve->reactor,
        .sandbox = serve->sandbox,
        .started_us = reactor_monotonic_us(),
        .followers = control_followers_create(serve->sandbox),
    };
    serve->api = control_api_create(&serve->control);
    if (!serve->control.followers || !serve->api)
        return problem_say(problem, "out of memory");
    serve->api_service = control_api_service(serve->api);
    return true;
}

/* ---- telling others */

static void describe_service(struct state_instance *instance, const struct service *from)
{
    struct state_service *to = &instance->services[instance->service_count++];
    to->port = from->port;
    snprintf(to->name, sizeof(to->name), "%s", from->type->name);
    snprintf(to->address, sizeof(to->address), "%s", from->address);
}

static void describe_instance(struct serve *serve)
{
    struct state_instance *instance = &serve->instance;
    *instance = (struct state_instance){.pid = getpid(), .started_us = reactor_monotonic_us()};
    snprintf(instance->version, sizeof(instance->version), "%s", PARLEL_VERSION);
    for (size_t i = 0; i < sandbox_service_count(serve->sandbox); i++)
        describe_service(instance, sandbox_service(serve->sandbox, i));
    describe_service(instance, &serve->api_service);
}

/* A state directory that cannot be written (a read-only container) costs the other subcommands
 * their knowledge of this instance, not the service. */
static void publish(struct serve *serve)
{
    struct problem why;
    if (!state_directory(serve->directory, &why) || !state_make_directory(serve->directory, &why) ||
        !state_publish(serve->directory, &serve->instance, &serve->state_fd, &why))
        log_message(LOG_WARNING, "%s; parlel status, env and down will not see this instance",
                    why.text);
}

enum exit_status serve_start(struct serve *serve, const struct config *config,
                             struct problem *problem)
{
    *serve = (struct serve){.config = config, .state_fd = -1};
    raise_descriptor_limit();
    if (!start_loop(serve, problem) || !make_sandbox(serve, problem) ||
        !make_control(serve, problem))
        return STATUS_ERROR;
    if (!serve_apply_settings(serve->sandbox, config, problem))
        return STATUS_CONFIG;
    enum exit_status status = listen_all(serve, problem);
    if (status != STATUS_OK)
        return status;
    if (config->ports_file)
        ports_file_remove(config->ports_file); /* one left behind would pass for ours */
    for (struct config_seed *seed = config->seeds; seed; seed = seed->next)
        if (!fixtures_load(serve->sandbox, &config->registry, seed->path, problem))
            return STATUS_CONFIG;
    if (!sandbox_mark_seeded(serve->sandbox)) {
        problem_say(problem, "out of memory");
        return STATUS_ERROR;
    }
    describe_instance(serve);
    if (!config->unlisted)
        publish(serve);
    serve->has_ports_file = config->ports_file != NULL;
    if (config->ports_file && !ports_file_write(config->ports_file, &serve->instance, problem))
        return STATUS_ERROR;
    return STATUS_OK;
}

void serve_detach(struct serve *serve, int report)
{
    char log[STATE_PATH_BYTES] = "/dev/null";
    if (serve->state_fd >= 0)
        state_path(serve->directory, getpid(), ".log", log);
    daemon_detach(report, log);
}

void serve_run(struct serve *serve)
{
    reactor_run(serve->reactor);
}

void serve_stop(struct serve *serve)
{
    if (serve->has_ports_file)
        ports_file_remove(serve->config->ports_file);
    if (serve->api) {
        listen_stop(&serve->api_service);
        control_api_close(serve->api);
    }
    control_followers_destroy(serve->control.followers);
    sandbox_destroy(serve->sandbox);
    if (serve->api)
        reactor_turn(serve->reactor, 0);
    control_api_destroy(serve->api);
    if (serve->reactor)
        reactor_destroy(serve->reactor);
    /* Last: whoever sees it gone may count on free ports. */
    state_withdraw(serve->directory, serve->state_fd);
}
