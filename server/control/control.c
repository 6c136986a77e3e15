#include "server/control/control.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/assert.h"

static const struct failure {
    int status;
    const char *code;
} failures[] = {
    [CONTROL_BAD_REQUEST] = {400, "bad_request"  },
      [CONTROL_NOT_FOUND] = {404, "not_found"    },
    [CONTROL_CONFLICT] = {409, "conflict"     },
      [CONTROL_REFUSED] = {422, "refused"      },
    [CONTROL_TIMED_OUT] = {408, "timeout"      },
      [CONTROL_NO_MEMORY] = {507, "out_of_memory"},
};

int control_status(enum control_failure failure)
{
    return failures[failure].status;
}

const char *control_code(enum control_failure failure)
{
    return failures[failure].code;
}

const struct control_action *control_find_action(struct slice name)
{
    const struct control_action *action = control_actions();
    while (action->name && !slice_eq_str(name, action->name))
        action++;
    return action->name ? action : NULL;
}

void control_run(struct control_request *request, struct slice world)
{
    request->cancel = NULL;
    request->sandbox = sandbox_find_world(request->control->sandbox, world);
    if (!request->sandbox)
        control_fail(request, CONTROL_NOT_FOUND, "there is no world '" SLICE_FMT "'",
                     SLICE_ARG(world));
    else
        request->action->run(request);
}

void control_cancel(struct control_request *request)
{
    if (request->cancel)
        request->cancel(request);
}

void control_succeed(struct control_request *request)
{
    request->done(request, NULL);
}

void control_fail(struct control_request *request, enum control_failure failure, const char *format,
                  ...)
{
    struct control_error error = {.failure = failure};
    va_list args;
    va_start(args, format);
    vsnprintf(error.message, sizeof(error.message), format, args);
    va_end(args);
    snprintf(error.code, sizeof(error.code), "%s", control_code(failure));
    request->done(request, &error);
}

void control_refuse(struct control_request *request, const struct emulator_error *refusal)
{
    struct control_error error = {.failure = CONTROL_REFUSED};
    memcpy(error.code, refusal->code, sizeof(error.code));
    memcpy(error.message, refusal->message, sizeof(error.message));
    request->done(request, &error);
}

const struct control_value *control_value(const struct control_request *request, const char *name)
{
    const struct control_parameter *parameter = request->action->parameters;
    while (parameter->name && strcmp(parameter->name, name) != 0)
        parameter++;
    ASSERT(parameter->name);
    return &request->values[parameter - request->action->parameters];
}

struct service *control_service(struct control_request *request)
{
    struct slice name = control_value(request, "service")->text;
    struct service *service = sandbox_find(request->sandbox, name);
    struct problem why;
    if (service)
        return service;
    if (registry_find(&request->control->registry, name))
        control_fail(request, CONTROL_NOT_FOUND, SLICE_FMT " does not run", SLICE_ARG(name));
    else if (!registry_lacks(&request->control->registry, name, &why))
        control_fail(request, CONTROL_NOT_FOUND, "%s", why.text);
    return NULL;
}
