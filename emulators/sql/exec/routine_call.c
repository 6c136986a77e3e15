#include "emulators/sql/exec/routine_call.h"

#include "emulators/sql/session.h"

bool sql_routine_call(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_session *session = call->env->session;
    if (session && session->owner && session->owner->call_routine)
        return session->owner->call_routine(call, args, out);
    return sql_fail(call->env->error, "0A000", "function \"" SLICE_FMT "\" is not supported",
                    SLICE_ARG(call->routine->object.name));
}
