#include "emulators/postgres/notify.h"

#include "emulators/postgres/client_text.h"
#include "emulators/sql/syntax/ast_utility.h"
#include "emulators/sql/txn/txn.h"
#include "protocols/postgres/pg_encode.h"

#define CHANNEL_MAX 63
#define PAYLOAD_MAX 7999

struct channel {
    struct channel *next;
    struct slice name; /* heap */
};

struct pg_notifier {
    struct channel *channels; /* that the session listens on, oldest first */
    struct outq waiting;      /* notifications that came while it was busy */
};

/* What the transaction asks for, undone with it: in the transaction's arena. */
struct pg_notify_request {
    enum { LISTEN, UNLISTEN, UNLISTEN_ALL, NOTIFY } kind;
    struct pg_session *session;
    struct slice channel, payload;
    struct pg_notify_request *earlier; /* notifications of this transaction */
    struct sql_txn *txn;
};

/* ---- channels */

static struct pg_notifier *notifier_of(struct pg_session *session)
{
    if (!session->notifier)
        session->notifier = heap_zalloc(session->pg->host.heap, sizeof(*session->notifier));
    return session->notifier;
}

static struct channel **find_channel(struct pg_notifier *notifier, struct slice name)
{
    struct channel **link = &notifier->channels;
    while (*link && !slice_eq((*link)->name, name))
        link = &(*link)->next;
    return link;
}

static void free_channel(struct pg_session *session, struct channel *channel)
{
    pg_session_set_field(session, &channel->name, slice_of(NULL, 0));
    heap_free(session->pg->host.heap, channel, sizeof(*channel));
}

static void listen_now(struct pg_session *session, struct slice name)
{
    struct pg_notifier *notifier = notifier_of(session);
    if (!notifier)
        return;
    struct channel **link = find_channel(notifier, name);
    if (*link)
        return;
    struct channel *channel = heap_zalloc(session->pg->host.heap, sizeof(*channel));
    if (!channel || !pg_session_set_field(session, &channel->name, name)) {
        heap_free(session->pg->host.heap, channel, sizeof(*channel));
        return;
    }
    *link = channel;
}

static void unlisten_now(struct pg_session *session, struct slice name)
{
    struct pg_notifier *notifier = session->notifier;
    struct channel **link = notifier ? find_channel(notifier, name) : NULL;
    if (!link || !*link)
        return;
    struct channel *gone = *link;
    *link = gone->next;
    free_channel(session, gone);
}

void pg_notify_unlisten_all(struct pg_session *session)
{
    while (session->notifier && session->notifier->channels)
        unlisten_now(session, session->notifier->channels->name);
}

void pg_notify_forget(struct pg_session *session)
{
    pg_notify_unlisten_all(session);
    if (session->notifier)
        outq_done(&session->notifier->waiting);
    heap_free(session->pg->host.heap, session->notifier, sizeof(*session->notifier));
    session->notifier = NULL;
}

struct slice pg_notify_channel(const struct pg_session *session, unsigned at)
{
    const struct channel *channel = session->notifier ? session->notifier->channels : NULL;
    while (channel && at--)
        channel = channel->next;
    return channel ? channel->name : slice_of(NULL, 0);
}

/* ---- delivery */

void pg_notify_deliver(struct pg_session *session)
{
    if (session->notifier && outq_len(&session->notifier->waiting))
        outq_append(session->out, &session->notifier->waiting);
}

/* A listener whose character set lacks a character of it gets that error instead. */
static void put(struct pg_session *to, uint32_t pid, struct slice channel, struct slice payload,
                struct arena *arena)
{
    int encoding = to->settings.now.client_encoding;
    struct sql_error error;
    sql_error_begin(&error, arena);
    if (pg_client_text_out(encoding, arena, &channel, &error) &&
        pg_client_text_out(encoding, arena, &payload, &error)) {
        pg_put_notification(&to->notifier->waiting, pid, channel, payload);
        return;
    }
    const struct pg_error_field fields[] = {
        {'S', slice_str("ERROR")       },
        {'V', slice_str("ERROR")       },
        {'C', slice_str(error.sqlstate)},
        {'M', error.message            },
    };
    pg_put_error(&to->notifier->waiting, 'E', fields, 4);
}

static void send(struct pg_session *to, uint32_t pid, struct slice channel, struct slice payload)
{
    if (!to->transport || to->phase != PG_PHASE_READY)
        return;
    struct arena arena = {0};
    put(to, pid, channel, payload, &arena);
    arena_done(&arena);
    if (to->core.fiber || pg_block_status(to) != 'I')
        return; /* before its next ReadyForQuery */
    pg_notify_deliver(to);
    pg_session_wake(to);
}

static void publish(const struct pg_notify_request *request)
{
    struct pg_session *from = request->session;
    for (struct pg_session *to = from->pg->sessions; to; to = to->next_session)
        if (to->notifier && to->core.database == from->core.database &&
            *find_channel(to->notifier, request->channel))
            send(to, from->core.id, request->channel, request->payload);
}

/* ---- the end of the transaction */

static void forget_request(struct pg_notify_request *request)
{
    struct pg_notify_request **link = &request->session->notifications;
    while (*link && *link != request)
        link = &(*link)->earlier;
    if (*link)
        *link = request->earlier;
}

static void end_request(struct sql_txn *txn, void *ctx, bool committed)
{
    struct pg_notify_request *request = ctx;
    (void)txn;
    if (request->kind == NOTIFY)
        forget_request(request);
    if (!committed)
        return;
    switch (request->kind) {
    case LISTEN: listen_now(request->session, request->channel); break;
    case UNLISTEN: unlisten_now(request->session, request->channel); break;
    case UNLISTEN_ALL: pg_notify_unlisten_all(request->session); break;
    case NOTIFY: publish(request); break;
    }
}

static bool prepare_request(struct sql_env *env, void *ctx)
{
    (void)ctx;
    return sql_fail(env->error, "0A000",
                    "cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY");
}

static bool add_request(struct pg_session *session, const struct pg_notify_request *what)
{
    static const struct sql_txn_hook hook = {.end = end_request, .prepare = prepare_request};
    struct sql_txn *txn = session->core.txn;
    struct pg_notify_request *request = arena_alloc(&txn->arena, sizeof(*request));
    if (!request)
        return sql_fail_memory(&session->error);
    *request = *what;
    request->session = session;
    request->channel = arena_dup(&txn->arena, what->channel);
    request->payload = arena_dup(&txn->arena, what->payload);
    if (!request->channel.ptr || !request->payload.ptr)
        return sql_fail_memory(&session->error);
    if (!sql_txn_on_end(txn, &hook, request, &session->error))
        return false;
    if (request->kind == NOTIFY) {
        request->earlier = session->notifications;
        session->notifications = request;
    }
    return true;
}

bool pg_notify_add(struct pg_session *session, struct slice channel, struct slice payload)
{
    if (channel.len == 0)
        return sql_fail(&session->error, "22023", "channel name cannot be empty");
    if (channel.len > CHANNEL_MAX)
        return sql_fail(&session->error, "22023", "channel name too long");
    if (payload.len > PAYLOAD_MAX)
        return sql_fail(&session->error, "22023", "payload string too long");
    for (const struct pg_notify_request *made = session->notifications; made; made = made->earlier)
        if (slice_eq(made->channel, channel) && slice_eq(made->payload, payload))
            return true;
    return add_request(session, &(struct pg_notify_request){
                                    .kind = NOTIFY, .channel = channel, .payload = payload});
}

/* ---- the statements */

bool pg_run_listen(struct pg_utility_call *call)
{
    return add_request(call->session, &(struct pg_notify_request){
                                          .kind = LISTEN,
                                          .channel = AST_AS(listen, call->tree)->channel,
                                      });
}

bool pg_run_unlisten(struct pg_utility_call *call)
{
    struct slice channel = AST_AS(unlisten, call->tree)->channel;
    return add_request(call->session, &(struct pg_notify_request){
                                          .kind = channel.ptr ? UNLISTEN : UNLISTEN_ALL,
                                          .channel = channel,
                                      });
}

bool pg_run_notify(struct pg_utility_call *call)
{
    const struct ast_notify *notify = AST_AS(notify, call->tree);
    return pg_notify_add(call->session, notify->channel, notify->payload);
}
