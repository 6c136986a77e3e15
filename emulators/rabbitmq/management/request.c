#include "emulators/rabbitmq/management/request.h"

#include <stdio.h>

#include "common/fault.h"
#include "common/journal.h"
#include "common/text.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/routes.h"
#include "emulators/rabbitmq/queue.h"

#define HTTP_STATUS_MAX 599

/* A request whose route is known; lies in its exchange's arena. */
struct request {
    struct rabbit *rabbit;
    struct http_exchange *x;
    struct http_match match;
    struct slice keys[HTTP_PARAMETERS_MAX]; /* the path's parameters */
    struct fault_hold hold;
    const struct fault_rule *rule; /* that is being applied; NULL: none, or it has waited */
    uint16_t rule_id;              /* 0: none */
    const char *dropped;           /* a rule takes the answer away: the kind's name */
};

/* ---- the journal */

static void record(const struct request *request, const struct management_call *call,
                   int64_t started_us)
{
    const struct emulator_host *host = &request->rabbit->host;
    char code[16];
    if (!host->journal || !journal_is_on(host->journal))
        return;
    struct journal_entry entry = {
        .op = management_route_of(&request->match)->op,
        .at_us = clock_now_us(host->clock),
        .bytes_in = request->x->body.len,
        .bytes_out = request->dropped ? 0 : outq_len(&call->body),
        .us = reactor_monotonic_us() - started_us,
        .keys = request->keys,
        .key_count = (uint32_t)request->match.count,
        .fault = request->rule_id,
        .world = host->world,
        .service = host->service,
        .outcome = request->dropped                  ? JOURNAL_DROPPED
                   : call->status < HTTP_BAD_REQUEST ? JOURNAL_OK
                                                     : JOURNAL_ERROR,
    };
    if (entry.outcome == JOURNAL_ERROR)
        entry.code = slice_of(code, (size_t)snprintf(code, sizeof(code), "%d", call->status));
    else if (request->dropped)
        entry.code = slice_str(request->dropped);
    journal_add(host->journal, &entry);
}

/* ---- running */

/* The user may be replaced by the call itself. */
static void handle(struct management_call *call, const struct management_route *route)
{
    struct heap *heap = call->rabbit->host.heap;
    union {
        const struct rabbit_user *seen;
        struct rabbit_user *held;
    } user = {call->user};
    if (user.held)
        user.held->refs++;
    route->handle(call);
    rabbit_deliver(call->rabbit);
    if (user.held)
        trie_item_release(&rabbit_user_type, heap, user.held);
}

/* The rule's error: its code is a status, 500 without one. */
static void fail_by_rule(struct management_call *call, const struct fault_action *action)
{
    struct slice text = action->text.ptr ? action->text : slice_str("injected fault");
    uint64_t status;
    if (!action->code.ptr || !text_to_u64(action->code, &status) || status < HTTP_BAD_REQUEST ||
        status > HTTP_STATUS_MAX)
        status = HTTP_INTERNAL_SERVER_ERROR;
    management_fail(call, (int)status, "fault", SLICE_FMT, SLICE_ARG(text));
}

static void answer(struct request *request, struct management_call *call)
{
    struct http_exchange *x = request->x;
    unsigned flags = request->match.route->flags;
    if (request->rule)
        fail_by_rule(call, &request->rule->action);
    else if (x->uri.query.ptr && uri_parse_form(x->arena, x->uri.query, &call->query) != URI_OK)
        management_bad_request(call, "malformed query string");
    else if (!flags || management_authorize(call, flags))
        handle(call, management_route_of(&request->match));
}

/* With request->rule: fails by it. The exchange ends here, and the request with it. */
static void run(struct request *request)
{
    struct http_exchange *x = request->x;
    struct management_call call = {
        .rabbit = request->rabbit, .x = x, .arena = x->arena, .match = &request->match};
    int64_t started_us = reactor_monotonic_us();
    bool is_dropped = request->dropped != NULL;
    outq_init(&call.body);
    call.out = json_writer_of(&call.body);
    answer(request, &call);
    record(request, &call, started_us);
    if (is_dropped)
        http_drop(x);
    else
        management_send(&call);
    outq_done(&call.body);
}

/* ---- fault rules */

static void go_on(struct request *request)
{
    request->rule = NULL;
    request->x->on_cancel = NULL;
    run(request);
}

static void delay_over(struct http_exchange *x)
{
    go_on(x->user);
}

static void released(struct fault_hold *hold)
{
    go_on(RING_OWNER(hold, struct request, hold));
}

static void cancelled(struct http_exchange *x)
{
    struct request *request = x->user;
    ring_remove(&request->hold.link);
}

static void drop(struct request *request)
{
    const struct management_call nothing = {.status = HTTP_OK};
    record(request, &nothing, reactor_monotonic_us());
    http_drop(request->x);
}

static void run_by_rule(struct request *request)
{
    const struct fault_action *action = &request->rule->action;
    const char *name = fault_kind_name(action->kind);
    switch (action->kind) {
    case FAULT_ERROR: run(request); return;
    case FAULT_HOLD:
        request->x->on_cancel = cancelled;
        fault_hold(request->rule, &request->hold);
        return;
    case FAULT_DELAY:
        if (!http_set_timeout(request->x, action->delay_us, delay_over))
            go_on(request);
        return;
    case FAULT_DROP:
        request->dropped = name;
        drop(request);
        return;
    case FAULT_DROP_REPLY:
    case FAULT_CUT: request->dropped = name; break;
    case FAULT_DRIP:
    case FAULT_REFUSE: break;
    }
    go_on(request);
}

static const struct fault_rule *find_rule(const struct request *request)
{
    const struct emulator_host *host = &request->rabbit->host;
    struct match_subject subject = {
        .service = slice_str("rabbitmq"),
        .op = slice_str(management_route_of(&request->match)->op),
        .world = host->world_name,
        .keys = request->keys,
        .key_count = request->match.count,
    };
    return host->faults && host->faults->count ? fault_apply(host->faults, &subject) : NULL;
}

/* ---- requests */

static bool takes_json(const struct http_exchange *x)
{
    struct slice accept = http_head_field(&x->head, "Accept");
    static const char *const types[] = {"application/json", "*/*", "application/*"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && accept.ptr; i++) {
        size_t len = strlen(types[i]);
        for (size_t at = 0; at + len <= accept.len; at++)
            if (memcmp(accept.ptr + at, types[i], len) == 0)
                return true;
    }
    return !accept.ptr;
}

/* A slash at the end is none. */
static struct slice path_of(const struct http_exchange *x)
{
    struct slice path = x->uri.path;
    return path.len > 1 && path.ptr[path.len - 1] == '/' ? slice_of(path.ptr, path.len - 1) : path;
}

static void begin(struct rabbit *rabbit, struct http_exchange *x, const struct http_match *match)
{
    struct request *request = arena_zalloc(x->arena, sizeof(*request));
    if (!request) {
        http_fail(x, HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return;
    }
    *request = (struct request){.rabbit = rabbit, .x = x, .match = *match};
    for (size_t i = 0; i < match->count; i++)
        request->keys[i] = match->parameters[i].value;
    ring_init(&request->hold.link);
    request->hold.release = released;
    x->user = request;
    request->rule = find_rule(request);
    request->rule_id = request->rule ? request->rule->id : 0;
    if (request->rule)
        run_by_rule(request);
    else
        run(request);
}

static void request(void *context, struct http_exchange *x)
{
    struct http_match match;
    x->uri.path = path_of(x);
    bool is_found = http_route_find(management_routes(), x->head.method, x->uri.path, x->arena,
                                    &match) == HTTP_ROUTE_FOUND;
    if (!is_found || x->head.form == HTTP_ASTERISK_FORM)
        http_route_request(management_routes(), context, x); /* says why not */
    else if (match.route->flags && !takes_json(x))
        http_reply(x, HTTP_NOT_ACCEPTABLE, NULL, slice_of(NULL, 0));
    else
        begin(context, x, &match);
}

static void fail(void *context, struct http_exchange *x, int status, const char *text)
{
    struct management_call call = {.rabbit = context, .x = x, .arena = x->arena};
    outq_init(&call.body);
    if (status == HTTP_METHOD_NOT_ALLOWED)
        management_reply_empty(&call, status);
    else if (status == HTTP_NOT_FOUND)
        management_not_found(&call);
    else
        management_fail(&call, status, "bad_request", "%s", text);
    management_send(&call);
    outq_done(&call.body);
}

const struct http_handler management_handler = {.request = request, .fail = fail};
