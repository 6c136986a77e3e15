#include "server/mcp/mcp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/assert.h"

#include "server/mcp/header.h"
#include "server/mcp/mcp_internal.h"

/* How long a client may keep what hardly changes: versions and tools of a process. */
#define TTL_STATIC_MS 3600000

static const char instructions[] =
    "parlel emulates network services (Redis, ...) on real ports, in memory, for tests. "
    "parlel_list_services tells what runs and its connection strings; parlel_execute runs a command "
    "in a service. parlel_checkpoint and parlel_rewind save and restore the state of all services at "
    "once, parlel_reset goes back to the seeded state, parlel_fork makes an isolated copy whose name "
    "is then given as \"world\". parlel_journal shows every command that any client has sent, "
    "parlel_wait waits for one, parlel_fault makes commands fail, parlel_clock moves time.";

void mcp_session_init(struct mcp_session *session)
{
    ring_init(&session->pendings);
    session->version = NULL;
}

void mcp_session_done(struct mcp_session *session)
{
    struct ring *link;
    while ((link = ring_pop(&session->pendings)))
        mcp_cancel(RING_OWNER(link, struct mcp_pending, link));
}

/* ---- the pending message */

static void destroy(struct mcp_pending *pending)
{
    for (struct mcp_call *call = pending->calls; call; call = call->next)
        outq_done(&call->out);
    ring_remove(&pending->link);
    outq_done(&pending->body);
    arena_done(&pending->arena);
    free(pending);
}

/* One of what was open is done. The pending is gone when it was the last. */
static void close_one(struct mcp_pending *pending)
{
    if (--pending->open > 0)
        return;
    bool empty = outq_len(&pending->body) == 0 && !pending->body.failed;
    if (pending->batch && !empty)
        json_array_end(&pending->w);
    pending->answer(pending->ctx, empty ? 202 : pending->status, &pending->body);
    destroy(pending);
}

void mcp_cancel(struct mcp_pending *pending)
{
    for (struct mcp_call *call = pending->calls; call; call = call->next)
        if (call->running)
            control_cancel(&call->request);
    destroy(pending);
}

/* Where the next answer is written; a batch is an array of them. */
static struct json_writer *begin_answer(struct mcp_pending *pending)
{
    if (pending->batch && outq_len(&pending->body) == 0)
        json_array(&pending->w);
    return &pending->w;
}

static void put_error(struct mcp_pending *pending, const struct mcp_field *id,
                      const struct mcp_error *error)
{
    mcp_error_write(begin_answer(pending), id, error);
    if (!pending->batch)
        pending->status = error->status;
}

/* ---- answers */

bool mcp_is_stateless(const struct mcp_call *call)
{
    return call->version->flags & MCP_STATELESS;
}

static void put_server(struct json_writer *w, const struct mcp_call *call)
{
    json_object(w);
    json_key_str(w, "name");
    json_str(w, "parlel");
    json_key_str(w, "title");
    json_str(w, "parlel");
    json_key_str(w, "version");
    json_str(w, call->pending->mcp.control->version);
    json_object_end(w);
}

struct json_writer *mcp_result_begin(struct mcp_call *call)
{
    struct json_writer *w = begin_answer(call->pending);
    json_object(w);
    json_key_str(w, "jsonrpc");
    json_str(w, "2.0");
    json_key_str(w, "id");
    mcp_id_write(w, &call->message.id);
    json_key_str(w, "result");
    json_object(w);
    if (!mcp_is_stateless(call))
        return w;
    json_key_str(w, "resultType");
    json_str(w, "complete");
    json_key_str(w, "_meta");
    json_object(w);
    json_key_str(w, MCP_META_SERVER);
    put_server(w, call);
    json_object_end(w);
    return w;
}

struct json_writer *mcp_result_begin_cacheable(struct mcp_call *call, int64_t ttl_ms)
{
    struct json_writer *w = mcp_result_begin(call);
    if (!mcp_is_stateless(call))
        return w;
    json_key_str(w, "ttlMs");
    json_int(w, ttl_ms);
    json_key_str(w, "cacheScope");
    json_str(w, "private");
    return w;
}

void mcp_result_end(struct mcp_call *call)
{
    json_object_end(&call->pending->w);
    json_object_end(&call->pending->w);
    close_one(call->pending);
}

void mcp_fail_with(struct mcp_call *call, const struct mcp_error *error)
{
    put_error(call->pending, &call->message.id, error);
    close_one(call->pending);
}

void mcp_fail(struct mcp_call *call, enum mcp_code code, const char *format, ...)
{
    struct mcp_error error = {.code = code, .status = 200};
    va_list args;
    va_start(args, format);
    vsnprintf(error.message, sizeof(error.message), format, args);
    va_end(args);
    mcp_fail_with(call, &error);
}

bool mcp_check_cursor(struct mcp_call *call)
{
    if (!call->message.cursor.given)
        return true;
    mcp_fail(call, MCP_INVALID_PARAMS, "params.cursor: there is only one page");
    return false;
}

/* ---- running actions */

const struct control_action *mcp_find_action(const struct mcp *mcp, struct slice name)
{
    const struct control_action *action = mcp->actions;
    while (action->name && !slice_eq_str(name, action->name))
        action++;
    return action->name ? action : NULL;
}

static void action_done(struct control_request *request, const struct control_error *error)
{
    struct mcp_call *call = request->ctx;
    call->running = false;
    call->ended(call, error);
}

void mcp_run(struct mcp_call *call)
{
    struct mcp_pending *pending = call->pending;
    outq_init(&call->out);
    call->out_writer = json_writer_of(&call->out);
    call->running = true;
    call->request = (struct control_request){
        .control = pending->mcp.control,
        .action = call->arguments.action,
        .values = call->arguments.values,
        .arena = &pending->arena,
        .out = &call->out_writer,
        .done = action_done,
        .ctx = call,
    };
    control_run(&call->request, call->arguments.world);
}

/* ---- methods of the protocol itself */

static void put_abilities(struct json_writer *w)
{
    static const char *const abilities[] = {"tools", "resources", "completions"};
    json_key_str(w, "capabilities");
    json_object(w);
    for (size_t i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++) {
        json_key_str(w, abilities[i]);
        json_object(w);
        json_object_end(w);
    }
    json_object_end(w);
    json_key_str(w, "instructions");
    json_str(w, instructions);
}

static void initialize(struct mcp_call *call)
{
    if (call->pending->batch) {
        mcp_fail(call, MCP_INVALID_REQUEST, "initialize: not within a batch");
        return;
    }
    if (!mcp_field_is_text(&call->message.protocol_version)) {
        mcp_fail(call, MCP_INVALID_PARAMS, "params.protocolVersion: expected a text");
        return;
    }
    const struct mcp_version *version = mcp_version_negotiate(call->message.protocol_version.text);
    if (call->pending->session)
        call->pending->session->version = version;
    struct json_writer *w = mcp_result_begin(call);
    json_key_str(w, "protocolVersion");
    json_str(w, version->name);
    json_key_str(w, "serverInfo");
    put_server(w, call);
    put_abilities(w);
    mcp_result_end(call);
}

static void ping(struct mcp_call *call)
{
    mcp_result_begin(call);
    mcp_result_end(call);
}

static void discover(struct mcp_call *call)
{
    struct json_writer *w = mcp_result_begin_cacheable(call, TTL_STATIC_MS);
    json_key_str(w, "supportedVersions");
    mcp_versions_write(w);
    put_abilities(w);
    mcp_result_end(call);
}

#define DISCOVER "server/discover"

/* clang-format off */
static const struct mcp_method methods[] = {
    /* name                      legacy stateless answer */
    {"initialize",               true,  false, initialize},
    {"ping",                     true,  false, ping},
    {DISCOVER,                   false, true,  discover},
    {"tools/list",               true,  true,  mcp_tools_list},
    {"tools/call",               true,  true,  mcp_tools_call},
    {"resources/list",           true,  true,  mcp_resources_list},
    {"resources/templates/list", true,  true,  mcp_resources_templates},
    {"resources/read",           true,  true,  mcp_resources_read},
    {"completion/complete",      true,  true,  mcp_completion_complete},
    {"prompts/list",             true,  true,  mcp_prompts_list},
    {"logging/setLevel",         true,  false, mcp_logging_set_level},
    {0},
};
/* clang-format on */

static void answer_call(struct mcp_call *call)
{
    bool stateless = mcp_is_stateless(call);
    struct slice name = call->message.method.text;
    for (const struct mcp_method *m = methods; m->name; m++) {
        if (slice_eq_str(name, m->name) && (stateless ? m->stateless : m->legacy)) {
            m->answer(call);
            return;
        }
    }
    struct mcp_error error;
    size_t len = name.len < 64 ? name.len : 64;
    mcp_error_say(&error, MCP_METHOD_NOT_FOUND, stateless ? 404 : 200,
                  "there is no method '%.*s' in %s", (int)len, (const char *)name.ptr,
                  call->version->name);
    mcp_fail_with(call, &error);
}

/* ---- which revision a request is of */

/* The later era's request: everything that it must say of itself. */
static bool check_stateless(const struct mcp_delivery *d, struct mcp_call *call,
                            struct mcp_error *error)
{
    const struct mcp_message *m = &call->message;
    if (call->pending->batch)
        return mcp_error_say(error, MCP_INVALID_REQUEST, 400, "batches are not of this revision");
    if (!mcp_field_is_text(&m->meta_version))
        return mcp_error_say(error, MCP_INVALID_PARAMS, 400,
                             "params._meta[\"" MCP_META_VERSION "\"]: expected a text");
    if (d->protocol_version.ptr && !slice_eq(d->protocol_version, m->meta_version.text))
        return mcp_header_mismatch(error, "MCP-Protocol-Version", MCP_META_VERSION);
    const struct mcp_version *version = mcp_version_find(m->meta_version.text);
    if (!version || !(version->flags & MCP_STATELESS)) {
        mcp_error_say(error, MCP_UNSUPPORTED_VERSION, 400, "unsupported protocol version");
        error->requested = m->meta_version.text;
        return false;
    }
    call->version = version;
    if (!m->meta_capabilities.given || m->meta_capabilities.kind != JSON_OBJECT)
        return mcp_error_say(error, MCP_INVALID_PARAMS, 400,
                             "params._meta[\"" MCP_META_CAPABILITIES "\"]: expected an object");
    if (m->meta_client.given && m->meta_client.kind != JSON_OBJECT)
        return mcp_error_say(error, MCP_INVALID_PARAMS, 400,
                             "params._meta[\"" MCP_META_CLIENT "\"]: expected an object");
    return !d->over_http || mcp_header_check(d, m, &call->pending->arena, error);
}

static bool is_stateless(const struct mcp_delivery *d, const struct mcp_message *m)
{
    const struct mcp_version *header =
        d->protocol_version.ptr ? mcp_version_find(d->protocol_version) : NULL;
    return m->meta_version.given || (header && header->flags & MCP_STATELESS) ||
           slice_eq_str(m->method.text, DISCOVER);
}

/* Decides the revision. */
static bool classify(const struct mcp_delivery *d, struct mcp_call *call, struct mcp_error *error)
{
    call->version = mcp_version_find(slice_str("2026-07-28"));
    if (is_stateless(d, &call->message))
        return check_stateless(d, call, error);
    call->version = d->session && d->session->version ? d->session->version : mcp_version_assumed();
    if (!d->protocol_version.ptr)
        return true;
    const struct mcp_version *header = mcp_version_find(d->protocol_version);
    if (!header) {
        mcp_error_say(error, MCP_UNSUPPORTED_VERSION, 400, "unsupported protocol version");
        error->requested = d->protocol_version;
        return false;
    }
    call->version = header;
    return true;
}

/* ---- messages */

/* notifications/cancelled: its request gets no answer. */
static void cancel_request(struct mcp_session *session, const struct mcp_field *id)
{
    for (struct ring *at = session->pendings.next; at != &session->pendings; at = at->next) {
        struct mcp_pending *pending = RING_OWNER(at, struct mcp_pending, link);
        for (struct mcp_call *call = pending->calls; call; call = call->next) {
            if (call->running && mcp_id_equal(&call->message.id, id)) {
                control_cancel(&call->request);
                call->running = false;
                close_one(pending);
                return;
            }
        }
    }
}

static void refuse(struct mcp_pending *pending, const struct mcp_error *error)
{
    static const struct mcp_field none;
    put_error(pending, &none, error);
}

static void handle_one(struct mcp_pending *pending, const struct mcp_delivery *d, struct slice json)
{
    struct mcp_error error;
    struct mcp_call *call = arena_zalloc(&pending->arena, sizeof(*call));
    if (!call) {
        mcp_error_say(&error, MCP_INTERNAL_ERROR, 500, "out of memory");
        refuse(pending, &error);
        return;
    }
    call->pending = pending;
    const struct mcp_message *m = &call->message;
    if (!mcp_message_read(json, &pending->arena, &call->message, &error)) {
        put_error(pending, &m->id, &error);
        return;
    }
    if (m->kind == MCP_NOTIFICATION && d->session &&
        slice_eq_str(m->method.text, "notifications/cancelled"))
        cancel_request(d->session, &m->request_id);
    if (m->kind != MCP_REQUEST)
        return;
    call->next = pending->calls;
    pending->calls = call;
    pending->open++;
    if (classify(d, call, &error))
        answer_call(call);
    else
        mcp_fail_with(call, &error);
}

static bool may_batch(const struct mcp_delivery *d)
{
    const struct mcp_version *version = mcp_version_assumed();
    if (d->protocol_version.ptr)
        version = mcp_version_find(d->protocol_version);
    else if (d->session && d->session->version)
        version = d->session->version;
    return version && version->flags & MCP_BATCHES;
}

/* How many messages the array has, which is well-formed then. */
static bool count_messages(struct slice json, struct arena *arena, unsigned *out_count,
                           struct mcp_error *error)
{
    struct json_reader r;
    struct json_token token = {0};
    size_t at;
    *out_count = 0;
    json_reader_init(&r, json, arena);
    bool ok = json_next(&r, &token);
    while (ok && (ok = json_next(&r, &token)) && token.kind != JSON_ARRAY_END) {
        ok = json_skip(&r, &token);
        (*out_count)++;
    }
    if (ok && json_next(&r, &token))
        return true;
    const char *problem = json_error(&r, &at);
    return mcp_error_say(error, MCP_PARSE_ERROR, 400, "malformed JSON at byte %zu: %s", at,
                         problem);
}

static bool check_batch(struct mcp_pending *pending, const struct mcp_delivery *d,
                        struct mcp_error *error)
{
    unsigned count;
    if (!count_messages(pending->bytes, &pending->arena, &count, error))
        return false;
    if (!may_batch(d))
        return mcp_error_say(error, MCP_INVALID_REQUEST, 400,
                             "an array of messages is of revision 2025-03-26 only");
    if (count == 0)
        return mcp_error_say(error, MCP_INVALID_REQUEST, 400, "an empty batch");
    return count <= MCP_BATCH_MAX ||
           mcp_error_say(error, MCP_INVALID_REQUEST, 400, "more than %d messages in a batch",
                         MCP_BATCH_MAX);
}

static void handle_batch(struct mcp_pending *pending, const struct mcp_delivery *d)
{
    struct mcp_error error;
    struct json_reader r;
    struct json_token token;
    if (!check_batch(pending, d, &error)) {
        refuse(pending, &error);
        return;
    }
    pending->batch = true;
    json_reader_init(&r, pending->bytes, &pending->arena);
    json_next(&r, &token);
    while (json_next(&r, &token) && token.kind != JSON_ARRAY_END) {
        size_t at = token.at;
        if (!json_skip(&r, &token))
            return; /* out of memory */
        handle_one(pending, d, slice_of(r.in.ptr + at, r.at - at));
    }
}

/* Whether its first token opens an array. */
static bool is_array(struct slice json)
{
    size_t at = 0;
    while (at < json.len && memchr(" \t\r\n", json.ptr[at], 4))
        at++;
    return at < json.len && json.ptr[at] == '[';
}

static struct mcp_pending *create(const struct mcp *mcp, const struct mcp_delivery *d)
{
    struct mcp_pending *pending = calloc(1, sizeof(*pending));
    if (!pending)
        return NULL;
    pending->mcp = *mcp;
    pending->session = d->session;
    pending->answer = d->answer;
    pending->ctx = d->ctx;
    pending->open = 1;
    pending->status = 200;
    pending->w = json_writer_of(&pending->body);
    ring_init(&pending->link);
    pending->bytes = arena_dup(&pending->arena, d->bytes);
    if (pending->bytes.ptr)
        return pending;
    destroy(pending);
    return NULL;
}

struct mcp_pending *mcp_handle(const struct mcp *mcp, const struct mcp_delivery *delivery)
{
    struct mcp_pending *pending = create(mcp, delivery);
    if (!pending) {
        struct outq nothing = {.failed = true};
        delivery->answer(delivery->ctx, 503, &nothing);
        return NULL;
    }
    if (is_array(pending->bytes))
        handle_batch(pending, delivery);
    else
        handle_one(pending, delivery, pending->bytes);
    bool waits = pending->open > 1;
    if (waits && delivery->session)
        ring_push_back(&delivery->session->pendings, &pending->link);
    close_one(pending);
    return waits ? pending : NULL;
}
