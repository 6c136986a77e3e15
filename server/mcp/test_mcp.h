/* A client of MCP for tests: a sandbox with one fake service, and a small table of actions. */
#ifndef PARLEL_SERVER_MCP_TEST_MCP_H
#define PARLEL_SERVER_MCP_TEST_MCP_H

#include <stdio.h>

#include "common/unit_test.h"

#include "server/mcp/mcp.h"
#include "server/test_fake.h"

struct fixture {
    struct emulator_type type;
    struct control control;
    struct mcp mcp;
    struct mcp_delivery headers; /* of the next message; its bytes are the test's */
    struct control_request *waiting;
    int cancelled, answers;
    int status;
    char *body; /* of the last answer */
};

static inline void fixture_dump(struct emulator *emulator, struct json_writer *out)
{
    (void)emulator;
    json_raw(out, slice_str("{\"number\":7,\"list\":[{\"a\":\"x\"},{\"a\":\"y\"}],\"no\":null}"));
}

/* ---- the actions; the control's stop_ctx leads them to the fixture */

static inline void act_echo(struct control_request *request)
{
    json_object(request->out);
    json_key_str(request->out, "result");
    json_string(request->out, control_value(request, "text")->text);
    json_object_end(request->out);
    control_succeed(request);
}

/* So many rows, each a wide one. */
static inline void act_rows(struct control_request *request)
{
    json_object(request->out);
    json_key_str(request->out, "result");
    json_array(request->out);
    for (int64_t i = 0; i < control_value(request, "count")->integer; i++)
        json_int(request->out, i);
    json_array_end(request->out);
    json_object_end(request->out);
    control_succeed(request);
}

static inline void act_list(struct control_request *request)
{
    const struct control_value *limit = control_value(request, "limit");
    json_object(request->out);
    json_key_str(request->out, "limit");
    json_int(request->out, limit->given ? limit->integer : -1);
    json_object_end(request->out);
    control_succeed(request);
}

static inline void act_refuse(struct control_request *request)
{
    struct emulator_error error;
    emulator_fail(&error, "WRONGTYPE", "it is no list");
    control_refuse(request, &error);
}

static inline void wait_cancelled(struct control_request *request)
{
    struct fixture *f = request->control->stop_ctx;
    f->cancelled++;
    f->waiting = NULL;
}

static inline void act_wait(struct control_request *request)
{
    struct fixture *f = request->control->stop_ctx;
    f->waiting = request;
    request->cancel = wait_cancelled;
}

static inline void act_inspect(struct control_request *request)
{
    struct service *service = control_service(request);
    if (!service)
        return;
    json_object(request->out);
    json_key_str(request->out, "state");
    service->type->dump(service->emulator, request->out);
    json_object_end(request->out);
    control_succeed(request);
}

static const struct control_parameter
    echo_parameters[] =
        {
            {"text", CONTROL_TEXT, true, "what to say", NULL},
            {0 }
},
    rows_parameters[] = {{"count", CONTROL_INTEGER, true, "how many", NULL}, {0}},
    list_parameters[] = {{"limit", CONTROL_INTEGER, false, "at most", NULL}, {0}},
    refuse_parameters[] = {{"how", CONTROL_TEXT, false, "softly", "softly|loudly"}, {0}},
    service_parameters[] = {{"service", CONTROL_TEXT, true, "which", NULL}, {0}};

#define ANY_RESULT "{\"type\":\"object\"}"

static const struct control_action fixture_actions[] = {
    {"echo",            "Echo", "Says the text.", echo_parameters, ANY_RESULT,
     CONTROL_READ_ONLY | CONTROL_WORLDS, act_echo},
    {"rows", "Rows", "Rows.", rows_parameters, ANY_RESULT, CONTROL_READ_ONLY, act_rows},
    {"journal",       "Journal", "Lists.", list_parameters, ANY_RESULT, CONTROL_IDEMPOTENT, act_list},
    {"refuse",         "Refuse", "Refuses.", refuse_parameters, ANY_RESULT, CONTROL_DESTRUCTIVE,
     act_refuse},
    {"wait",            "Wait", "Waits.", NULL, ANY_RESULT, 0, act_wait},
    {"inspect",          "Inspect", "Dumps.", service_parameters, ANY_RESULT, CONTROL_READ_ONLY,
     act_inspect},
    {"hidden",       "Hidden", "No tool.", NULL, ANY_RESULT, CONTROL_NO_TOOL, act_wait},
    {0        },
};

/* ---- asking */

static inline void take_answer(void *ctx, int status, struct outq *body)
{
    struct fixture *f = ctx;
    struct slice flat = outq_flatten(body);
    f->answers++;
    f->status = status;
    free(f->body);
    f->body = calloc(1, flat.len + 1);
    assert_non_null(f->body);
    if (flat.len)
        memcpy(f->body, flat.ptr, flat.len);
}

static inline int fixture_setup(void **state)
{
    static struct problem why;
    struct sandbox_options options = {.seed = 1};
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->type = fake_apple;
    f->type.version = "1.0";
    f->type.dump = fixture_dump;
    f->control = (struct control){.version = "0.9", .stop_ctx = f};
    f->control.sandbox = sandbox_create(&options);
    assert_true(sandbox_add(f->control.sandbox, &f->type, &why));
    f->mcp = (struct mcp){&f->control, fixture_actions};
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    sandbox_destroy(f->control.sandbox);
    free(f->body);
    free(f);
    return 0;
}

/* Says it with the headers that the fixture has; NULL when it was answered. */
static inline struct mcp_pending *fixture_say(struct fixture *f, const char *text)
{
    f->headers.bytes = slice_str(text);
    f->headers.answer = take_answer;
    f->headers.ctx = f;
    f->status = 0;
    return mcp_handle(&f->mcp, &f->headers);
}

/* The same with an answer at once. */
static inline const char *fixture_ask(struct fixture *f, const char *text)
{
    int answers = f->answers;
    assert_null(fixture_say(f, text));
    assert_int_equal(f->answers, answers + 1);
    return f->body;
}

#define assert_answer(f, asked, expected_status, expected)          \
    do {                                                            \
        assert_string_equal(fixture_ask((f), (asked)), (expected)); \
        assert_int_equal((f)->status, (expected_status));           \
    } while (0)

/* The answer has this status and contains this. */
#define assert_says(f, asked, expected_status, piece)         \
    do {                                                      \
        const char *said = fixture_ask((f), (asked));         \
        if (!strstr(said, (piece)))                           \
            fail_msg("expected \"%s\" in %s", (piece), said); \
        assert_int_equal((f)->status, (expected_status));     \
    } while (0)

#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

#endif
