/* What can be asked of a running parlel, whoever asks: one table of actions.
 *
 * The control API's routes, MCP's tools and (over the API) the command line all call these actions. An
 * action has a name, parameters with types, the JSON Schema of its result and a function. The caller
 * parses and checks parameters once, by the table (arguments.h), so that functions get values and
 * every front end says the same of wrong ones.
 *
 * An action ends with exactly one of control_succeed and control_fail: at once, or later (waiting for the
 * journal). One that ends later sets request->cancel, which is called when the asker goes away, and then
 * must not end any more.
 *
 * Ownership: a struct control belongs to the process; requests belong to the front end that made them and
 * live until they have ended or were cancelled; what an action needs longer than its call it copies.
 * Results are written as one JSON value into request->out. */
#ifndef PARLEL_SERVER_CONTROL_H
#define PARLEL_SERVER_CONTROL_H

#include "common/arena.h"
#include "common/json.h"

#include "server/config.h"
#include "server/sandbox.h"

struct control {
    const char *version;
    const struct config *config; /* how it was started: addresses, settings */
    struct registry registry;    /* what could be started */
    struct reactor *reactor;
    struct sandbox *sandbox;             /* the root */
    int64_t started_us;                  /* reactor_monotonic_us() at the start */
    struct control_followers *followers; /* follow.h */
    void (*stop)(void *ctx);             /* ends the process's loop; NULL: cannot be asked for */
    void *stop_ctx;
};

enum control_type {
    CONTROL_TEXT,
    CONTROL_INTEGER,
    CONTROL_NUMBER,
    CONTROL_BOOLEAN,
    CONTROL_DURATION, /* "250ms", or a number of seconds; value in milliseconds */
    CONTROL_INSTANT,  /* RFC 3339, or seconds since 1970; value in milliseconds */
    CONTROL_TEXTS,    /* an array of texts, or one */
    CONTROL_DOCUMENT  /* any JSON value, as JSON text; or a text that holds YAML */
};

struct control_parameter {
    const char *name;
    enum control_type type;
    bool required;
    const char *help;    /* one sentence, without a full stop */
    const char *choices; /* of a text: "set|advance"; NULL: any */
};

/* One parameter's value. */
struct control_value {
    bool given;
    bool truth;
    struct slice text; /* CONTROL_TEXT, CONTROL_DOCUMENT */
    int64_t integer;   /* CONTROL_INTEGER; CONTROL_DURATION, CONTROL_INSTANT: milliseconds */
    double number;
    const struct slice *texts; /* CONTROL_TEXTS */
    size_t text_count;
};

#define CONTROL_PARAMETERS_MAX 16

/* How an action fails: the status is HTTP's, the code for programs, the message for people. */
enum control_failure {
    CONTROL_BAD_REQUEST, /* 400 bad_request: wrong parameters */
    CONTROL_NOT_FOUND,   /* 404 not_found: no such service, checkpoint, world, rule */
    CONTROL_CONFLICT,    /* 409 conflict: the name is taken, the port is in use */
    CONTROL_REFUSED,     /* 422: the service's own error, with its own code */
    CONTROL_TIMED_OUT,   /* 408 timeout: request->out holds what came */
    CONTROL_NO_MEMORY    /* 507 out_of_memory */
};

struct control_error {
    enum control_failure failure;
    char code[32];
    char message[480];
};

struct control_action;

struct control_request {
    struct control *control;
    const struct control_action *action;
    struct sandbox *sandbox; /* the world that the request is about: "world", or the root */
    const struct control_value *values; /* by the place in action->parameters */
    struct arena *arena;                /* lives as long as the request */
    struct json_writer *out;
    /* The front end's: the action has ended; error NULL: with the result in out. */
    void (*done)(struct control_request *request, const struct control_error *error);
    void *ctx;
    /* The action's, when it ends later. */
    void (*cancel)(struct control_request *request);
    void *waiting;
};

enum control_action_flag {
    CONTROL_READ_ONLY = 1,
    CONTROL_DESTRUCTIVE = 2, /* what it replaces is gone unless a checkpoint keeps it */
    CONTROL_IDEMPOTENT = 4,
    CONTROL_WORLDS = 8,  /* takes "world" */
    CONTROL_NO_TOOL = 16 /* not offered to models: another action says the same */
};

struct control_action {
    const char *name;  /* "checkpoint"; its MCP tool is "parlel_checkpoint" */
    const char *title; /* "Take a checkpoint" */
    const char
        *summary; /* what it does and when to use it, for people and models: whole sentences */
    const struct control_parameter *parameters; /* ends with name NULL; NULL: none */
    const char *result;                         /* JSON Schema of the result, an object */
    unsigned flags;                             /* enum control_action_flag */
    void (*run)(struct control_request *request);
};

/* All actions in the order in which they are shown; the last has no name. */
const struct control_action *control_actions(void);
/* NULL when there is none of that name. */
const struct control_action *control_find_action(struct slice name);

/* Runs an action: finds its world, calls it. request->done is called before it returns, or later. The
 * front end has filled in control, action, values, arena, out, done and ctx; world is empty for the
 * root. */
void control_run(struct control_request *request, struct slice world);
/* The asker has gone: done is not called any more. */
void control_cancel(struct control_request *request);

/* ---- for actions */

void control_succeed(struct control_request *request);
void control_fail(struct control_request *request, enum control_failure failure, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
/* The service's own error. */
void control_refuse(struct control_request *request, const struct emulator_error *error);

/* The value of the parameter of that name; ASSERTs that the action has it. */
const struct control_value *control_value(const struct control_request *request, const char *name);
/* The service that the parameter "service" names; NULL: there is none, and the request has failed. */
struct service *control_service(struct control_request *request);

/* 400 "bad_request", ...: what goes with a failure. */
int control_status(enum control_failure failure);
const char *control_code(enum control_failure failure);

#endif
