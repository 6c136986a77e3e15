#include "emulators/postgres/function_call.h"

#include "emulators/postgres/client_text.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/query.h"
#include "emulators/postgres/reply.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/type_io.h"
#include "protocols/postgres/pg_encode.h"
#include "protocols/postgres/pg_message.h"

static bool read_argument(struct pg_session *session, struct pg_function_call *call,
                          const struct sql_routine *routine, uint32_t index, struct datum *out)
{
    struct sql_call typed = {.env = &session->env, .arena = &session->frame_arena};
    struct slice bytes = pg_read_value(&call->values);
    int encoding = session->settings.now.client_encoding;
    const struct sql_type *type = sql_find_type_id(&session->core, routine->arg_types[index]);
    *out = datum_null();
    if (!bytes.ptr)
        return true;
    out->null = false;
    if (!type)
        return sql_fail(&session->error, "XX000", "cache lookup failed for type %u",
                        routine->arg_types[index]);
    if (pg_format(&call->formats, index) == 0)
        return pg_client_text_in(encoding, &session->frame_arena, &bytes, &session->error) &&
               sql_domain_input(&typed, type, bytes, -1, out);
    return pg_client_value_in(encoding, &typed, type, bytes, -1, out);
}

static bool put_result(struct pg_session *session, const struct pg_function_call *call,
                       const struct sql_routine *routine, struct datum value)
{
    struct sql_call typed = {.env = &session->env, .arena = &session->frame_arena};
    const struct sql_type *type = sql_find_type_id(&session->core, routine->result_type);
    struct sql_bytes bytes;
    sql_bytes_init(&bytes, &session->frame_arena);
    sql_bytes_add(&bytes, "", 0);
    if (value.null || !type) {
        pg_put_function_result(session->out, slice_of(NULL, 0));
        return true;
    }
    int encoding = session->settings.now.client_encoding;
    bool ok = call->result_format == 0
                  ? sql_type_output(&typed, type, value, &bytes) &&
                        pg_client_tail_out(encoding, &bytes, 0, &session->error)
                  : pg_client_value_out(encoding, &typed, type, value, &bytes);
    if (ok)
        pg_put_function_result(session->out, bytes.len ? sql_bytes_slice(&bytes) : slice_str(""));
    return ok;
}

static bool call_routine(struct pg_session *session, const struct sql_routine *routine,
                         const struct datum *args, uint32_t count, struct datum *out)
{
    struct sql_call call = {.env = &session->env, .arena = &session->frame_arena};
    *out = datum_null();
    for (uint32_t i = 0; i < count; i++)
        if (args[i].null && routine->strict)
            return true;
    out->null = false;
    call.argc = (uint16_t)count;
    call.result_type = sql_find_type_id(&session->core, routine->result_type);
    return routine->call(&call, args, out);
}

static bool call_function(struct pg_session *session)
{
    struct pg_function_call call;
    struct datum value;
    if (!pg_read_function_call(session->frame.body, &call))
        return sql_fail(&session->error, "08P01", "invalid message format");
    if (!pg_block_allows(session, NULL) || !pg_block_start(session) || !pg_path_refresh(session))
        return false;
    const struct sql_routine *routine = sql_find_routine_id(&session->core, call.function);
    if (!routine)
        return sql_fail(&session->error, "42883", "function with OID %u does not exist",
                        call.function);
    if (!routine->call || routine->returns_set)
        return sql_fail(&session->error, "0A000", "function with OID %u cannot be called so",
                        call.function);
    if (call.values.count != routine->arg_count)
        return sql_fail(&session->error, "08P01",
                        "function call message contains %u arguments but function requires %u",
                        call.values.count, routine->arg_count);
    struct datum *args = arena_array(&session->frame_arena, routine->arg_count + 1u, sizeof(*args));
    if (!args)
        return sql_fail_memory(&session->error);
    for (uint32_t i = 0; i < routine->arg_count; i++)
        if (!read_argument(session, &call, routine, i, &args[i]))
            return false;
    return call_routine(session, routine, args, routine->arg_count, &value) &&
           put_result(session, &call, routine, value) && pg_block_finish(session);
}

void pg_function_call_frame(struct pg_session *session)
{
    if (!call_function(session))
        pg_query_fail(session);
    pg_query_ready(session);
}
