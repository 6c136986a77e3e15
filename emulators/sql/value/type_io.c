#include "emulators/sql/value/type_io.h"

#include "emulators/sql/value/bytes.h"

bool sql_call_return_bytes(struct sql_call *call, const struct sql_bytes *bytes, struct datum *out)
{
    if (bytes->failed)
        return sql_fail_memory(call->env->error);
    *out = datum_bytes(sql_bytes_slice(bytes));
    return true;
}

bool sql_type_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                      int32_t typmod, struct datum *out)
{
    if (!type->ops || !type->ops->receive)
        return sql_fail(call->env->error, "42883",
                        "no binary input function available for type " SLICE_FMT,
                        SLICE_ARG(type->name));
    return type->ops->receive(call, type, bytes, typmod, out);
}

bool sql_type_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out)
{
    if (!type->ops || !type->ops->send)
        return sql_fail(call->env->error, "42883",
                        "no binary output function available for type " SLICE_FMT,
                        SLICE_ARG(type->name));
    return type->ops->send(call, type, value, out);
}

static int32_t typmod_of(const struct sql_call *call, const struct datum *args)
{
    return call->argc >= 3 && !args[2].null ? (int32_t)args[2].i : -1;
}

bool sql_call_input(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = call->result_type;
    return sql_type_input(call, type, datum_slice(args[0]), typmod_of(call, args), out);
}

bool sql_call_receive(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = call->result_type;
    return sql_type_receive(call, type, datum_slice(args[0]), typmod_of(call, args), out);
}

bool sql_call_output(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = call->arg_types[0];
    struct sql_bytes text;
    sql_bytes_init(&text, call->arena);
    return sql_type_output(call, type, args[0], &text) && sql_call_return_bytes(call, &text, out);
}

bool sql_call_send(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_type *type = call->arg_types[0];
    struct sql_bytes bytes;
    sql_bytes_init(&bytes, call->arena);
    return sql_type_send(call, type, args[0], &bytes) && sql_call_return_bytes(call, &bytes, out);
}

bool sql_call_same(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[0];
    return true;
}

#define TEXT_IO(in, out)     \
    {in, sql_call_input},    \
    {                        \
        out, sql_call_output \
    }
#define BINARY_IO(in, out)  \
    {in, sql_call_receive}, \
    {                       \
        out, sql_call_send  \
    }

const struct sql_builtin sql_number_io_builtins[] = {
    TEXT_IO("boolin", "boolout"),
    TEXT_IO("int2in", "int2out"),
    TEXT_IO("int4in", "int4out"),
    TEXT_IO("int8in", "int8out"),
    TEXT_IO("oidin", "oidout"),
    TEXT_IO("float4in", "float4out"),
    TEXT_IO("float8in", "float8out"),
    TEXT_IO("numeric_in", "numeric_out"),
    TEXT_IO("cash_in", "cash_out"),
    TEXT_IO("date_in", "date_out"),
    TEXT_IO("time_in", "time_out"),
    TEXT_IO("timetz_in", "timetz_out"),
    TEXT_IO("timestamp_in", "timestamp_out"),
    TEXT_IO("timestamptz_in", "timestamptz_out"),
    TEXT_IO("interval_in", "interval_out"),
    BINARY_IO("boolrecv", "boolsend"),
    BINARY_IO("int2recv", "int2send"),
    BINARY_IO("int4recv", "int4send"),
    BINARY_IO("int8recv", "int8send"),
    BINARY_IO("oidrecv", "oidsend"),
    BINARY_IO("float4recv", "float4send"),
    BINARY_IO("float8recv", "float8send"),
    BINARY_IO("numeric_recv", "numeric_send"),
    BINARY_IO("cash_recv", "cash_send"),
    BINARY_IO("date_recv", "date_send"),
    BINARY_IO("time_recv", "time_send"),
    BINARY_IO("timetz_recv", "timetz_send"),
    BINARY_IO("timestamp_recv", "timestamp_send"),
    BINARY_IO("timestamptz_recv", "timestamptz_send"),
    BINARY_IO("interval_recv", "interval_send"),
    {NULL, NULL},
};
