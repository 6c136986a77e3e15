#include "emulators/rabbitmq/management/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/management/columns.h"

/* ---- what was asked for */

struct slice management_parameter(const struct management_call *call, const char *name)
{
    return http_match_get(call->match, name);
}

struct slice management_exchange_name(const struct management_call *call, const char *name)
{
    struct slice given = management_parameter(call, name);
    return slice_eq_str(given, "amq.default") ? slice_str("") : given;
}

struct slice management_query(const struct management_call *call, const char *name)
{
    return uri_form_find(&call->query, name);
}

bool management_query_is_true(const struct management_call *call, const char *name)
{
    return slice_eq_str(management_query(call, name), "true");
}

/* ---- calls of parlel's own */

static const struct rabbit_user parlel_itself = {
    .name = SLICE_LITERAL("guest"),
    .tags = SLICE_LITERAL("administrator"),
};

void management_call_init(struct management_call *call, struct rabbit *rabbit, struct arena *arena)
{
    *call = (struct management_call){.rabbit = rabbit, .arena = arena, .user = &parlel_itself};
    outq_init(&call->body);
    call->out = json_writer_of(&call->body);
}

void management_call_done(struct management_call *call)
{
    outq_done(&call->body);
}

void management_call_reset(struct management_call *call)
{
    outq_done(&call->body);
    call->out = json_writer_of(&call->body);
    call->status = 0;
}

/* A reason is a text, or an array of what and which. */
struct slice management_reason(struct management_call *call)
{
    struct slice json = outq_flatten(&call->body), text = slice_of(NULL, 0);
    struct management_value reason = {.kind = JSON_END}, part;
    struct json_reader reader;
    if (json.len)
        reason = management_member(call, json, "reason");
    if (reason.kind == JSON_STRING)
        return reason.text;
    management_begin(call, reason.kind == JSON_ARRAY ? reason.json : slice_str("[]"), &reader);
    while (management_next(&reader, &part))
        text = arena_concat(call->arena, text, slice_str(text.len ? ": " : ""), part.text);
    return text.len ? text : slice_str("out of memory");
}

/* ---- answers */

void management_reply_status(struct management_call *call, int status)
{
    if (outq_flatten(&call->body).ptr)
        call->status = status;
    else
        management_fail_memory(call);
}

void management_reply(struct management_call *call)
{
    struct outq chosen;
    if (!management_query(call, "columns").ptr) {
        management_reply_status(call, HTTP_OK);
        return;
    }
    outq_init(&chosen);
    struct json_writer writer = json_writer_of(&chosen);
    struct slice json = outq_flatten(&call->body);
    if (json.ptr)
        management_choose_columns(call, json, &writer);
    else
        chosen.failed = true;
    outq_done(&call->body);
    outq_append(&call->body, &chosen);
    outq_done(&chosen);
    management_reply_status(call, HTTP_OK);
}

void management_reply_empty(struct management_call *call, int status)
{
    outq_done(&call->body);
    call->status = status;
}

void management_send(struct management_call *call)
{
    struct slice body = outq_flatten(&call->body);
    bool has_body = body.len > 0;
    const char *type = call->content_type ? call->content_type : "application/json";
    if (call->status == HTTP_OK)
        http_add_field(call->x, "Cache-Control", slice_str("no-cache"));
    http_reply(call->x, call->status, has_body ? type : NULL, body);
}

void management_reply_put(struct management_call *call, bool is_new)
{
    management_reply_empty(call, is_new ? HTTP_CREATED : HTTP_NO_CONTENT);
}

void management_reply_done(struct management_call *call)
{
    management_reply_empty(call, HTTP_NO_CONTENT);
}

/* ---- refusals */

/* Begins the body anew with the error; the reason's value follows. */
static struct json_writer *begin_failure(struct management_call *call, const char *error)
{
    outq_done(&call->body);
    call->out = json_writer_of(&call->body);
    json_object(&call->out);
    json_key_str(&call->out, "error");
    json_str(&call->out, error);
    json_key_str(&call->out, "reason");
    return &call->out;
}

static void end_failure(struct management_call *call, int status)
{
    json_object_end(&call->out);
    if (outq_flatten(&call->body).ptr)
        call->status = status;
    else
        management_reply_empty(call, HTTP_INTERNAL_SERVER_ERROR);
}

static void fail(struct management_call *call, int status, const char *error, const char *format,
                 va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof(text), format, args);
    json_str(begin_failure(call, error), text);
    end_failure(call, status);
}

void management_fail(struct management_call *call, int status, const char *error,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(call, status, error, format, args);
    va_end(args);
}

void management_bad_request(struct management_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(call, HTTP_BAD_REQUEST, "bad_request", format, args);
    va_end(args);
}

void management_bad_value(struct management_call *call, const char *what, struct slice value)
{
    struct json_writer *out = begin_failure(call, "bad_request");
    json_array(out);
    json_str(out, what);
    json_string(out, value);
    json_array_end(out);
    end_failure(call, HTTP_BAD_REQUEST);
}

void management_bad_json(struct management_call *call, const char *what, struct slice json)
{
    struct json_writer *out = begin_failure(call, "bad_request");
    json_array(out);
    json_str(out, what);
    json_raw(out, json);
    json_array_end(out);
    end_failure(call, HTTP_BAD_REQUEST);
}

void management_not_found(struct management_call *call)
{
    management_fail(call, HTTP_NOT_FOUND, "Object Not Found", "Not Found");
}

void management_refuse(struct management_call *call, const char *reason)
{
    management_fail(call, HTTP_UNAUTHORIZED, "not_authorised", "%s", reason);
}

const char *management_detail(const struct rabbit_error *error)
{
    const char *dash = strstr(error->text, " - ");
    return dash ? dash + 3 : error->text;
}

void management_fail_engine(struct management_call *call, const struct rabbit_error *error)
{
    switch (error->code) {
    case RABBIT_NOT_FOUND:
        management_fail(call, HTTP_NOT_FOUND, "not_found", "%s", management_detail(error));
        return;
    case RABBIT_ACCESS_REFUSED:
        management_refuse(call, call->x ? "Access refused." : management_detail(error));
        return;
    case RABBIT_INTERNAL_ERROR: management_fail_memory(call); return;
    default: management_bad_request(call, "%s", management_detail(error)); return;
    }
}

bool management_fail_memory(struct management_call *call)
{
    management_reply_empty(call, HTTP_INTERNAL_SERVER_ERROR);
    return false;
}
