#include "emulators/rabbitmq/fault.h"

#include "common/text.h"
#include "emulators/fault_gate.h"
#include "emulators/rabbitmq/connection_blocked.h"
#include "emulators/rabbitmq/method_table.h"
#include "emulators/rabbitmq/record.h"

/* The gate's wait is over. */
static void go_on(void *context)
{
    struct rabbit_connection *connection = context;
    connection->faulty = false;
    if (!connection->blocked)
        rabbit_blocked_end(connection);
    for (uint32_t i = 0; i < connection->channel_count; i++)
        rabbit_channel_resume(&connection->channels[i]->engine);
    rabbit_deliver(connection->rabbit);
}

static bool make_gate(struct rabbit_connection *connection)
{
    if (!connection->gate)
        connection->gate =
            fault_gate_create(&connection->rabbit->host, connection->transport, go_on, connection);
    return connection->gate != NULL;
}

static enum fault_verdict ask(struct rabbit_connection *connection, const char *op,
                              const struct slice *keys, uint32_t key_count,
                              const struct fault_action **out_action)
{
    struct match_subject subject = {
        .service = slice_str("rabbitmq"),
        .op = slice_str(op),
        .world = connection->rabbit->host.world_name,
        .keys = keys,
        .key_count = key_count,
        .connection = connection->id,
    };
    return fault_gate_ask(connection->gate, &subject, out_action);
}

/* ---- errors */

#define CODES_END 600 /* all reply codes are below */

/* "404", "NOT_FOUND", "not-found". 0: it is none. */
static uint16_t code_of(struct slice text)
{
    int64_t number;
    if (text_to_i64(text, &number))
        return number > 0 && number < CODES_END && rabbit_reply_name((unsigned)number)
                   ? (uint16_t)number
                   : 0;
    for (unsigned code = RABBIT_CONTENT_TOO_LARGE; code < CODES_END; code++) {
        const char *name = rabbit_reply_name(code);
        if (name && slice_is(text, name))
            return (uint16_t)code;
    }
    return 0;
}

static enum rabbit_fault make_error(struct rabbit_call *call, const struct fault_action *action)
{
    struct slice text = action->text.ptr ? action->text : slice_str("injected fault");
    bool confirms = call->channel && call->channel->mode == RABBIT_MODE_CONFIRM;
    uint16_t code = action->code.ptr ? code_of(action->code) : RABBIT_PRECONDITION_FAILED;
    if (confirms && call->info->id == AMQP_BASIC_PUBLISH && slice_is(action->code, "nack"))
        return RABBIT_FAULT_NACK;
    rabbit_fail(&call->error, code ? code : RABBIT_INTERNAL_ERROR, SLICE_FMT, SLICE_ARG(text));
    return RABBIT_FAULT_ERROR;
}

/* ---- the command in hand */

static enum rabbit_fault close_connection(struct rabbit_call *call)
{
    struct rabbit_connection *connection = call->connection;
    struct rabbit_record record = {
        .op = call->info->name,
        .keys = call->keys,
        .key_count = call->key_count,
        .bytes_in = connection->command_bytes,
    };
    rabbit_record_fault(connection, &record, JOURNAL_DROPPED, slice_str("drop"));
    connection->phase = RABBIT_PHASE_CLOSED;
    transport_close(connection->transport);
    return RABBIT_FAULT_CLOSED;
}

enum rabbit_fault rabbit_fault_ask(struct rabbit_call *call)
{
    struct rabbit_connection *connection = call->connection;
    const struct fault_action *action = NULL;
    if (connection->captured) /* a publish's content is awaited; this is of another channel */
        return RABBIT_FAULT_NONE;
    if (!make_gate(connection)) {
        rabbit_fail_memory(&call->error);
        return RABBIT_FAULT_ERROR;
    }
    switch (ask(connection, call->info->name, call->keys, call->key_count, &action)) {
    case FAULT_VERDICT_PASS: break;
    case FAULT_VERDICT_WAIT: connection->faulty = true; return RABBIT_FAULT_WAITS;
    case FAULT_VERDICT_ERROR: return make_error(call, action);
    case FAULT_VERDICT_CLOSE: return close_connection(call);
    case FAULT_VERDICT_CAPTURE: connection->captured = true; break;
    }
    return RABBIT_FAULT_NONE;
}

bool rabbit_fault_waits(struct rabbit_connection *connection, const char *op,
                        const struct slice *keys, uint32_t key_count)
{
    const struct fault_action *action;
    if (!make_gate(connection))
        return false;
    connection->faulty = ask(connection, op, keys, key_count, &action) == FAULT_VERDICT_WAIT;
    fault_gate_next(connection->gate);
    return connection->faulty;
}

void rabbit_fault_finish(struct rabbit_connection *connection)
{
    struct fault_gate *gate = connection->gate;
    connection->asked_blocked = false;
    if (!gate)
        return;
    if (connection->captured) {
        rabbit_confirms_flush_all(connection); /* the answer of a publish */
        connection->captured = false;
        if (!fault_gate_finish(gate))
            connection->phase = RABBIT_PHASE_CLOSED;
        else
            connection->faulty = gate->waiting;
    }
    fault_gate_next(gate);
}
