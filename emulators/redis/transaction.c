#include "emulators/redis/transaction.h"

#include "emulators/redis/acl.h"
#include "emulators/redis/block.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/script.h"
#include "emulators/redis/watch.h"

static void drop_queue(struct redis_session *session)
{
    while (session->first_queued) {
        struct redis_queued *queued = session->first_queued;
        session->first_queued = queued->next;
        redis_queued_destroy(session->redis->host.heap, queued);
    }
    redis_client_drops(session, session->queued_bytes);
    session->last_queued = NULL;
    session->queued_count = 0;
    session->queued_bytes = 0;
    session->queued_flags = 0;
}

void redis_transaction_discard(struct redis_session *session)
{
    drop_queue(session);
    session->flags &=
        ~(unsigned)(REDIS_SESSION_MULTI | REDIS_SESSION_DIRTY_CAS | REDIS_SESSION_DIRTY_EXEC);
    redis_unwatch_all(session);
}

void redis_transaction_queue(struct redis_session *session, const struct redis_command_info *info,
                             const struct slice *argv, uint32_t argc)
{
    if (session->flags & (REDIS_SESSION_DIRTY_CAS | REDIS_SESSION_DIRTY_EXEC)) {
        redis_reply_simple(&session->reply, "QUEUED"); /* it will never be executed */
        return;
    }
    struct redis_queued *queued = redis_queued_create(session->redis->host.heap, info, argv, argc);
    if (!queued) {
        session->flags |= REDIS_SESSION_DIRTY_EXEC;
        redis_reply_oom(&session->reply);
        return;
    }
    if (session->last_queued)
        session->last_queued->next = queued;
    else
        session->first_queued = queued;
    session->last_queued = queued;
    session->queued_count++;
    session->queued_bytes += queued->size;
    redis_client_holds(session, queued->size);
    session->queued_flags |= redis_script_command_flags(session->redis, info, argv, argc);
    redis_reply_simple(&session->reply, "QUEUED");
}

static void multi(struct redis_call *call)
{
    if (call->session->flags & REDIS_SESSION_MULTI) {
        redis_reply_error(call->reply, "ERR MULTI calls can not be nested");
        return;
    }
    call->session->flags |= REDIS_SESSION_MULTI;
    redis_reply_ok(call->reply);
}

static void discard(struct redis_call *call)
{
    if (!(call->session->flags & REDIS_SESSION_MULTI)) {
        redis_reply_error(call->reply, "ERR DISCARD without MULTI");
        return;
    }
    redis_transaction_discard(call->session);
    redis_reply_ok(call->reply);
}

static void watch(struct redis_call *call)
{
    if (call->session->flags & REDIS_SESSION_MULTI) {
        redis_reply_error(call->reply, "ERR WATCH inside MULTI is not allowed");
        return;
    }
    /* A transaction that is void already needs to watch nothing more. */
    if (!(call->session->flags & REDIS_SESSION_DIRTY_CAS))
        for (uint32_t i = 1; i < call->argc; i++)
            if (!redis_watch(call->session, call->argv[i])) {
                redis_reply_oom(call->reply);
                return;
            }
    redis_reply_ok(call->reply);
}

static void unwatch(struct redis_call *call)
{
    redis_unwatch_all(call->session);
    call->session->flags &= ~(unsigned)REDIS_SESSION_DIRTY_CAS;
    redis_reply_ok(call->reply);
}

static const char *const denied_since[] = {
    [REDIS_ACL_COMMAND] = "no permission to execute the command or subcommand",
    [REDIS_ACL_KEY] = "no permission to touch the specified keys",
    [REDIS_ACL_CHANNEL] = "no permission to access one of the channels used as arguments",
};

static void deny(struct redis_call *call, struct redis_queued *queued,
                 enum redis_acl_verdict verdict, uint32_t arg)
{
    redis_acl_log_denial(call->session, queued->info, queued->argv, verdict, arg, "multi");
    redis_reply_errorf(call->reply,
                       "NOPERM ACLs rules changed between the moment the transaction was "
                       "accumulated and the EXEC call. This command is no longer allowed for the "
                       "following reason: %s",
                       denied_since[verdict]);
}

/* One queued command; rights may have been taken away since it was queued. */
static void exec_one(struct redis_call *call, struct redis_queued *queued)
{
    struct redis_session *session = call->session;
    uint32_t arg;
    struct redis_call inner = *call;
    inner.db = &call->redis->dbs[session->db];
    inner.argv = queued->argv;
    inner.argc = queued->argc;
    inner.info = queued->info;
    inner.flags = REDIS_CALL_MULTI;
    enum redis_acl_verdict verdict =
        redis_acl_check(session, queued->info, queued->argv, queued->argc, &arg);
    if (verdict != REDIS_ACL_OK)
        deny(call, queued, verdict, arg);
    else
        redis_execute(&inner);
}

static void exec(struct redis_call *call)
{
    struct redis_session *session = call->session;
    if (!(session->flags & REDIS_SESSION_MULTI)) {
        redis_reply_error(call->reply, "ERR EXEC without MULTI");
        return;
    }
    if (redis_watch_expired(session))
        session->flags |= REDIS_SESSION_DIRTY_CAS;
    if (session->flags & REDIS_SESSION_DIRTY_EXEC) {
        redis_transaction_discard(session);
        redis_reply_error(call->reply,
                          "EXECABORT Transaction discarded because of previous errors.");
        return;
    }
    if (session->flags & REDIS_SESSION_DIRTY_CAS) {
        redis_transaction_discard(session);
        redis_reply_null_array(call->reply);
        return;
    }
    redis_unwatch_all(session);
    redis_reply_array(call->reply, session->queued_count);
    for (struct redis_queued *queued = session->first_queued; queued; queued = queued->next)
        exec_one(call, queued);
    redis_transaction_discard(session);
}

const struct redis_command redis_transaction_commands[] = {
    {"multi",   multi  },
    {"exec",    exec   },
    {"discard", discard},
    {"watch",   watch  },
    {"unwatch", unwatch},
    {NULL,      NULL   },
};
