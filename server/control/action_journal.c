/* The journal: reading it, and waiting for it. */
#include <stdlib.h>

#include "server/control/actions.h"
#include "server/control/follow.h"
#include "server/control/records.h"

#define LIMIT_DEFAULT   100
#define TIMEOUT_DEFAULT 30000 /* ms */

/* Texts that were not given are not asked for. */
static struct slice text_of(const struct control_request *request, const char *name)
{
    const struct control_value *value = control_value(request, name);
    return value->given ? value->text : slice_of(NULL, 0);
}

struct match action_match(const struct control_request *request)
{
    const struct control_value *connection = control_value(request, "connection");
    bool is_root = request->sandbox == request->control->sandbox;
    struct slice world = slice_of(NULL, 0);
    if (!is_root) /* a copy: the world may go before the request */
        world = arena_dup(request->arena, sandbox_name(request->sandbox));
    return (struct match){
        .service = text_of(request, "service"),
        .op = text_of(request, "op"),
        .key = text_of(request, "key"),
        .world = world,
        .has_connection = connection->given,
        .connection = (uint64_t)connection->integer,
    };
}

/* Writes up to `limit` matching records after `since`. */
static void answer_records(struct control_request *request, const struct match *match,
                           uint64_t since, uint64_t limit)
{
    struct sandbox *sandbox = request->control->sandbox;
    json_object(request->out);
    json_key_str(request->out, "records");
    json_array(request->out);
    for (uint64_t seq; limit > 0 && (seq = records_next(sandbox, match, since)); limit--) {
        records_write(sandbox, seq, request->out);
        since = seq;
    }
    json_array_end(request->out);
    /* What is left out now comes after `next`; otherwise nothing up to now does. */
    uint64_t last = sandbox_journal(sandbox)->next ? sandbox_journal(sandbox)->next - 1 : 0;
    json_key_str(request->out, "next");
    json_uint(request->out, limit > 0 ? last : since);
    json_object_end(request->out);
}

void action_journal(struct control_request *request)
{
    const struct control_value *since = control_value(request, "since");
    const struct control_value *limit = control_value(request, "limit");
    struct match match = action_match(request);
    uint64_t count = limit->given ? (uint64_t)limit->integer : LIMIT_DEFAULT;
    uint64_t from = since->given ? (uint64_t)since->integer
                                 : records_since_newest(request->sandbox, &match, count);
    answer_records(request, &match, from, count);
    control_succeed(request);
}

void action_get_requests(struct control_request *request)
{
    if (control_service(request))
        action_journal(request);
}

/* ---- waiting */

struct waiting {
    struct control_follower follower;
    struct control_request *request;
    struct reactor_timer *timer;
    struct match match;
    uint64_t since, seen; /* where it began, up to where it has looked */
    uint64_t wanted, found;
};

static void end_waiting(struct waiting *waiting)
{
    control_unfollow(&waiting->follower);
    reactor_timer_destroy(waiting->timer);
    waiting->request->cancel = NULL;
    free(waiting);
}

static void cancel_waiting(struct control_request *request)
{
    end_waiting(request->waiting);
}

static void look(struct waiting *waiting)
{
    struct sandbox *sandbox = waiting->request->control->sandbox;
    for (uint64_t seq; waiting->found < waiting->wanted &&
                       (seq = records_next(sandbox, &waiting->match, waiting->seen));) {
        waiting->seen = seq;
        waiting->found++;
    }
    uint64_t last = sandbox_journal(sandbox)->next - 1;
    if (waiting->found < waiting->wanted && waiting->seen < last)
        waiting->seen = last;
}

/* Answers when enough have come. */
static bool settle(struct waiting *waiting)
{
    struct control_request *request = waiting->request;
    look(waiting);
    if (waiting->found < waiting->wanted)
        return false;
    answer_records(request, &waiting->match, waiting->since, waiting->wanted);
    end_waiting(waiting);
    control_succeed(request);
    return true;
}

static void on_records(struct control_follower *follower)
{
    settle(RING_OWNER(follower, struct waiting, follower));
}

static void time_out(void *ctx)
{
    struct waiting *waiting = ctx;
    struct control_request *request = waiting->request;
    uint64_t found = waiting->found, wanted = waiting->wanted;
    answer_records(request, &waiting->match, waiting->since, wanted);
    end_waiting(waiting);
    control_fail(request, CONTROL_TIMED_OUT, "%llu of %llu commands came in time",
                 (unsigned long long)found, (unsigned long long)wanted);
}

void action_wait(struct control_request *request)
{
    const struct control_value *since = control_value(request, "since");
    const struct control_value *count = control_value(request, "count");
    const struct control_value *timeout = control_value(request, "timeout");
    struct journal *journal = sandbox_journal(request->sandbox);
    if (!journal_is_on(journal)) {
        control_fail(request, CONTROL_CONFLICT, "the journal is off");
        return;
    }
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    if (!waiting) {
        control_fail(request, CONTROL_NO_MEMORY, "out of memory");
        return;
    }
    waiting->request = request;
    waiting->match = action_match(request);
    waiting->wanted = count->given ? (uint64_t)count->integer : 1;
    waiting->since = waiting->seen = since->given ? (uint64_t)since->integer : journal->next - 1;
    int64_t timeout_ms = timeout->given ? timeout->integer : TIMEOUT_DEFAULT;
    request->waiting = waiting;
    request->cancel = cancel_waiting;
    control_follow(request->control->followers, &waiting->follower);
    waiting->follower.on_records = on_records;
    if (settle(waiting))
        return;
    waiting->timer = reactor_every(request->control->reactor,
                                   timeout_ms > 0 ? timeout_ms * 1000 : 1, time_out, waiting);
}
