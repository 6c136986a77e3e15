#include <poll.h>

#include "common/reactor.h"

#include "server/cli/cli.h"
#include "server/cli/cli_json.h"
#include "server/cli/report.h"
#include "server/probe.h"

#define STEP_MS  10
#define PROBE_MS 1000

enum { FLAG_WAIT = 1, FLAG_JSON };

const struct cli_flag cli_ready_flags[] = {
    {FLAG_WAIT,                     0, "wait", "DURATION", "keep asking: 250ms, 5s, 1m"},
    {FLAG_JSON,                       0, "json", NULL, "print JSON"},
    {0},
};

/* What is asked about, and the answer. */
struct question {
    long long wait_ms;
    bool json;
    bool all; /* every service of the instance, because none was named */
    size_t count;
    char names[REGISTRY_MAX][32];
    bool ready[REGISTRY_MAX];
};

static void add_name(struct question *question, const char *name)
{
    snprintf(question->names[question->count++], sizeof(question->names[0]), "%s", name);
}

static bool take_word(struct cli_call *call, struct question *question)
{
    struct registry registry = registry_builtin();
    struct problem why;
    if (!registry_find(&registry, slice_str(call->text))) {
        registry_lacks(&registry, slice_str(call->text), &why);
        cli_usage(call, "%s", why.text);
        return false;
    }
    if (question->count < REGISTRY_MAX)
        add_name(question, call->text);
    return true;
}

static bool take_wait(struct cli_call *call, struct question *question)
{
    if (cli_duration(call->text, &question->wait_ms))
        return true;
    cli_usage(call, "--wait: '%s' is not a duration such as 250ms, 5s, 1m", call->text);
    return false;
}

/* False when the call has ended, with its status in *out_status. */
static bool read_question(struct cli_call *call, struct question *question,
                          enum exit_status *out_status)
{
    for (int next; (next = cli_next(call)) != CLI_END;) {
        bool fine = true;
        switch (next) {
        case FLAG_JSON: question->json = true; break;
        case FLAG_WAIT: fine = take_wait(call, question); break;
        case CLI_WORD: fine = take_word(call, question); break;
        default: *out_status = next == CLI_HELP ? STATUS_OK : STATUS_USAGE; return false;
        }
        if (!fine) {
            *out_status = STATUS_USAGE;
            return false;
        }
    }
    question->all = question->count == 0;
    return true;
}

static bool answers(const struct state_instance *instance, const char *name)
{
    for (size_t i = 0; i < instance->service_count; i++) {
        const struct state_service *s = &instance->services[i];
        if (strcmp(s->name, name) == 0)
            return probe_connect(s->address, s->port, PROBE_MS);
    }
    return false;
}

/* Asks the youngest instance once; whether everything answers. */
static bool ask(struct question *question)
{
    struct state_instance instances[STATE_INSTANCES_MAX];
    if (!report_instances(instances, false))
        return false;
    if (question->all) {
        question->count = 0;
        for (size_t i = 0; i < instances[0].service_count; i++)
            if (!report_is_control(&instances[0].services[i]))
                add_name(question, instances[0].services[i].name);
    }
    bool whole = true;
    for (size_t i = 0; i < question->count; i++) {
        question->ready[i] = answers(&instances[0], question->names[i]);
        whole = whole && question->ready[i];
    }
    return whole;
}

static void print_json(const struct question *question, bool whole)
{
    struct cli_json json;
    struct json_writer *w = cli_json_begin(&json);
    json_object(w);
    json_key_str(w, "ready");
    json_bool(w, whole);
    json_key_str(w, "services");
    json_object(w);
    for (size_t i = 0; i < question->count; i++) {
        json_key_str(w, question->names[i]);
        json_bool(w, question->ready[i]);
    }
    json_object_end(w);
    json_object_end(w);
    cli_json_end(&json);
}

static void print_text(const struct question *question)
{
    for (size_t i = 0; i < question->count; i++)
        printf("%-9s %s\n", question->names[i], question->ready[i] ? "ready" : "not ready");
    if (!question->count)
        cli_complain("nothing runs here");
}

enum exit_status cli_ready(struct cli_call *call)
{
    struct question question = {.wait_ms = 0};
    enum exit_status status;
    if (!read_question(call, &question, &status))
        return status;
    int64_t until_us = reactor_monotonic_us() + question.wait_ms * 1000;
    bool whole;
    while (!(whole = ask(&question)) && reactor_monotonic_us() < until_us)
        poll(NULL, 0, STEP_MS);
    if (question.json)
        print_json(&question, whole);
    else
        print_text(&question);
    return whole ? STATUS_OK : STATUS_ERROR;
}
