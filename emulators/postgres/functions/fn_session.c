/* What is going on in sessions: notifications, cancelling, cursors, prepared statements. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/notify.h"
#include "emulators/sql/instance.h"

static bool notify(struct sql_call *call, const struct datum *args, struct datum *out)
{
    enum { CHANNEL_MAX = 63, PAYLOAD_MAX = 7999 };
    struct slice channel = args[0].null ? slice_of(NULL, 0) : datum_slice(args[0]);
    struct slice payload = args[1].null ? slice_of(NULL, 0) : datum_slice(args[1]);
    struct sql_error *error = call->env->error;
    if (channel.len == 0)
        return sql_fail(error, "22023", "channel name cannot be empty");
    if (channel.len > CHANNEL_MAX)
        return sql_fail(error, "22023", "channel name too long");
    if (payload.len > PAYLOAD_MAX)
        return sql_fail(error, "22023", "payload string too long");
    *out = (struct datum){.null = false};
    return pg_notify_add(pg_call_session(call), channel, payload) || sql_fail_memory(error);
}

static bool listening_channels(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    unsigned *at = call->set_state;
    if (!at) {
        at = arena_zalloc(call->set_arena, sizeof(*at));
        if (!at)
            return sql_fail_memory(call->env->error);
        call->set_state = at;
    }
    struct slice channel = pg_notify_channel(pg_call_session(call), (*at)++);
    call->done = channel.ptr == NULL;
    return call->done || sql_give_copy(call, out, channel);
}

static bool queue_usage(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    (void)args;
    *out = datum_float(0);
    return true;
}

/* ---- other sessions: one's own role's, or any for who may */

static bool may_signal(struct sql_call *call, const struct pg_session *other, const char *verb)
{
    struct sql_session *session = call->env->session;
    uint32_t owner = other->core.login_role;
    const struct sql_role *theirs = sql_find_role_id(session, owner);
    const struct sql_role *mine = sql_find_role_id(session, session->role);
    const struct sql_role *signallers = sql_find_role(session, slice_str("pg_signal_backend"));
    if (theirs && theirs->superuser && !(mine && mine->superuser))
        return sql_fail(call->env->error, "42501", "must be a superuser to %s superuser %s", verb,
                        verb[0] == 'c' ? "query" : "process");
    if (sql_role_acts_for(session, session->role, owner) ||
        (signallers && sql_role_acts_for(session, session->role, signallers->object.id)))
        return true;
    return sql_fail(call->env->error, "42501",
                    "must be a member of the role whose %s is being %s or member of "
                    "pg_signal_backend",
                    verb[0] == 'c' ? "query" : "process",
                    verb[0] == 'c' ? "canceled" : "terminated");
}

static bool signal_session(struct sql_call *call, const struct datum *args, bool terminate,
                           struct datum *out)
{
    struct pg_session *other = pg_session_by_pid(pg_call_session(call)->pg, (uint32_t)args[0].i);
    if (!other) {
        pg_call_warn(call, "01000", "PID %d is not a PostgreSQL backend process", (int)args[0].i);
        return sql_give_bool(out, false);
    }
    if (!may_signal(call, other, terminate ? "terminate" : "cancel"))
        return false;
    if (terminate)
        pg_session_terminate(other);
    else if (other->active)
        sql_session_interrupt(&other->core, SQL_CANCELLED);
    /* Its own statement ends here. */
    return sql_give_bool(out, true) &&
           (other != pg_call_session(call) || call->env->check(call->env));
}

static bool cancel_backend(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return signal_session(call, args, false, out);
}

static bool terminate_backend(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i < 0)
        return sql_fail(call->env->error, "22003", "\"timeout\" must not be negative");
    return signal_session(call, args, true, out);
}

/* ---- there are no files behind it */

static bool reload_conf(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    (void)args;
    return sql_give_bool(out, true);
}

const struct sql_builtin pg_session_functions[] = {
    {"pg_cancel_backend",           cancel_backend    },
    {"pg_listening_channels",       listening_channels},
    {"pg_notification_queue_usage", queue_usage       },
    {"pg_notify",                   notify            },
    {"pg_reload_conf",              reload_conf       },
    {"pg_terminate_backend",        terminate_backend },
    {NULL,                          NULL              },
};
