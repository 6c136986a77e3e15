#include "emulators/redis/fault.h"

#include "emulators/redis/commands.h"
#include "emulators/redis/record.h"
#include "emulators/redis/transaction.h"

static void go_on(void *context)
{
    struct redis_session *session = context;
    session->flags &= ~(unsigned)REDIS_SESSION_FAULT;
    redis_session_resume(session);
}

static bool wait(struct redis_session *session)
{
    session->flags |= REDIS_SESSION_FAULT;
    return false;
}

/* What redis-server says with a code that is given without a text. */
static const struct error_text {
    const char *code, *text;
} error_texts[] = {
    {"BUSY",        "Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."},
    {"BUSYGROUP",   "Consumer Group name already exists"                                               },
    {"BUSYKEY",     "Target key name already exists."                                                  },
    {"CLUSTERDOWN", "The cluster is down"                                                              },
    {"CROSSSLOT",   "Keys in request don't hash to the same slot"                                      },
    {"EXECABORT",   "Transaction discarded because of previous errors."                                },
    {"LOADING",     "Redis is loading the dataset in memory"                                           },
    {"MASTERDOWN",  "Link with MASTER is down and replica-serve-stale-data is set to 'no'."            },
    {"MISCONF",     "Errors writing to the AOF file: No space left on device"                          },
    {"NOAUTH",      "Authentication required."                                                         },
    {"NOPERM",      "this user has no permissions to run this command"                                 },
    {"NOREPLICAS",  "Not enough good replicas to write."                                               },
    {"NOSCRIPT",    "No matching script. Please use EVAL."                                             },
    {"OOM",         "command not allowed when used memory > 'maxmemory'."                              },
    {"READONLY",    "You can't write against a read only replica."                                     },
    {"TRYAGAIN",    "Multiple keys request during rehashing of slot"                                   },
    {"WRONGPASS",   "invalid username-password pair or user is disabled."                              },
    {"WRONGTYPE",   "Operation against a key holding the wrong kind of value"                          },
};

static struct slice text_of(struct slice code)
{
    for (size_t i = 0; i < sizeof(error_texts) / sizeof(error_texts[0]); i++)
        if (slice_eq_str(code, error_texts[i].code))
            return slice_str(error_texts[i].text);
    return slice_str("injected fault");
}

/* A command refused within MULTI makes the transaction void, as any other error does; EXEC refused ends it. */
static void answer_error(struct redis_session *session, const struct fault_action *action,
                         const struct redis_command_info *info, const struct slice *argv,
                         uint32_t argc)
{
    struct slice code = action->code.ptr ? action->code : slice_str("ERR");
    struct slice text = action->text.ptr ? action->text : text_of(code);
    struct outq *out = redis_mute(session);
    redis_reply_errorf(&session->reply, SLICE_FMT " " SLICE_FMT, SLICE_ARG(code), SLICE_ARG(text));
    redis_unmute(session, out);
    if (info && info->flags & REDIS_COMMAND_EXEC)
        redis_transaction_discard(session);
    else if (session->flags & REDIS_SESSION_MULTI)
        session->flags |= REDIS_SESSION_DIRTY_EXEC;
    redis_record_refused(session, info, argv, argc);
}

/* Its command is not over: it waits for a key, for the end of a pause, or its script goes on. */
#define UNFINISHED \
    (REDIS_SESSION_BLOCKED | REDIS_SESSION_PAUSED | REDIS_SESSION_BUSY | REDIS_SESSION_IN_CALL)

static void finish_captured(struct redis_session *session)
{
    session->flags &= ~(unsigned)REDIS_SESSION_CAPTURED;
    session->reply.out = &session->transport->out;
    if (!fault_gate_finish(session->gate))
        session->flags |= REDIS_SESSION_CLOSING;
    else if (session->gate->waiting)
        session->flags |= REDIS_SESSION_FAULT;
}

void redis_fault_finish(struct redis_session *session)
{
    if (!session->gate || session->flags & UNFINISHED)
        return;
    if (session->flags & REDIS_SESSION_CAPTURED)
        finish_captured(session);
    fault_gate_next(session->gate);
}

struct outq *redis_fault_out(struct redis_session *session, struct outq *out)
{
    struct fault_gate *gate = session->gate;
    return gate && gate->waiting && outq_len(&gate->reply) > 0 ? &gate->reply : out;
}

static void dispatch_captured(struct redis_session *session, struct slice *argv, uint32_t argc)
{
    session->flags |= REDIS_SESSION_CAPTURED;
    session->reply.out = &session->gate->reply;
    redis_dispatch(session, argv, argc);
}

static enum fault_verdict ask(struct redis_session *session, const struct redis_command_info *info,
                              const struct slice *argv, uint32_t argc,
                              const struct fault_action **out_action)
{
    struct slice room[JOURNAL_KEYS_MAX];
    struct match_subject subject = {
        .service = slice_str("redis"),
        .op = slice_str(info ? info->op : REDIS_RECORD_UNKNOWN),
        .world = session->redis->host.world_name,
        .connection = session->id,
    };
    if (info)
        subject.key_count = redis_record_keys(info, argv, argc, room, &subject.keys);
    return fault_gate_ask(session->gate, &subject, out_action);
}

bool redis_fault_dispatch(struct redis_session *session, struct slice *argv, uint32_t argc)
{
    const struct fault_action *action = NULL;
    bool unknown_subcommand;
    const struct redis_command_info *info = redis_resolve(argv, argc, &unknown_subcommand);
    if (!session->gate)
        session->gate =
            fault_gate_create(&session->redis->host, session->transport, go_on, session);
    if (!session->gate) {
        redis_reply_oom(&session->reply);
        return true;
    }
    switch (ask(session, info, argv, argc, &action)) {
    case FAULT_VERDICT_WAIT: return wait(session);
    case FAULT_VERDICT_CAPTURE: dispatch_captured(session, argv, argc); break;
    case FAULT_VERDICT_ERROR: answer_error(session, action, info, argv, argc); break;
    case FAULT_VERDICT_CLOSE:
        redis_record_dropped(session, info, argv, argc);
        redis_session_kill(session, true);
        break;
    case FAULT_VERDICT_PASS: redis_dispatch(session, argv, argc); break;
    }
    redis_fault_finish(session);
    return true;
}
