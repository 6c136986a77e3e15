#include "emulators/postgres/guard.h"

#include "common/journal.h"
#include "emulators/fault_gate.h"
#include "emulators/postgres/command_tag.h"
#include "emulators/postgres/query.h"
#include "emulators/postgres/reply.h"

#define ACTIVITY_MAX 1024 /* track_activity_query_size */

/* ---- fault rules */

static void go_on(void *context)
{
    struct pg_session *session = context;
    if (session->waits_for_gate)
        sql_session_wake(&session->core);
}

static bool wait_for_gate(struct pg_session *session)
{
    session->waits_for_gate = true;
    bool ok = sql_session_wait(&session->env);
    session->waits_for_gate = false;
    return ok;
}

static enum fault_verdict ask(struct pg_session *session, const struct pg_guard *guard,
                              const struct fault_action **action)
{
    struct match_subject subject = {
        .service = slice_str("postgres"),
        .op = slice_str(guard->op),
        .world = session->pg->host.world_name,
        .keys = &guard->table,
        .key_count = guard->table.ptr ? 1 : 0,
        .connection = session->core.id,
    };
    return fault_gate_ask(session->gate, &subject, action);
}

static bool answer_error(struct pg_session *session, const struct fault_action *action)
{
    char code[6] = "XX000";
    if (action->code.len == 5)
        memcpy(code, action->code.ptr, 5);
    struct slice text = action->text.ptr ? action->text : slice_str("injected fault");
    return sql_fail(&session->error, code, SLICE_FMT, SLICE_ARG(text));
}

static void record(struct pg_session *session, const struct pg_guard *guard,
                   enum journal_outcome outcome, struct slice code);

static bool pass_gate(struct pg_session *session, struct pg_guard *guard)
{
    const struct fault_action *action = NULL;
    if (!session->gate)
        session->gate = fault_gate_create(&session->pg->host, session->transport, go_on, session);
    if (!session->gate)
        return sql_fail_memory(&session->error);
    for (;;) {
        switch (ask(session, guard, &action)) {
        case FAULT_VERDICT_PASS: return true;
        case FAULT_VERDICT_WAIT:
            if (!wait_for_gate(session))
                return false;
            break;
        case FAULT_VERDICT_ERROR: return answer_error(session, action);
        case FAULT_VERDICT_CLOSE:
            record(session, guard, JOURNAL_DROPPED, slice_str("drop"));
            session->phase = PG_PHASE_CLOSING;
            transport_close(session->transport);
            return sql_fail(&session->error, "08006", "connection dropped by a fault rule");
        case FAULT_VERDICT_CAPTURE:
            guard->captured = true;
            session->out = &session->gate->reply;
            return true;
        }
    }
}

/* The reply is complete: sends it as the rule says. */
static bool release_reply(struct pg_session *session)
{
    if (!session->transport || !session->gate)
        return true;
    session->out = &session->transport->out;
    if (!fault_gate_finish(session->gate)) {
        session->phase = PG_PHASE_CLOSING;
        return false;
    }
    while (session->gate && session->gate->waiting)
        if (!wait_for_gate(session))
            return false;
    return true;
}

/* ---- timers */

static void time_is_up(struct clock_timer *timer)
{
    struct pg_session *session =
        (struct pg_session *)((char *)timer - offsetof(struct pg_session, statement_timer));
    if (session->core.fiber)
        sql_session_interrupt(&session->core, SQL_STATEMENT_TIMEOUT);
    else if (session->transport && session->phase == PG_PHASE_READY)
        pg_session_run(session, pg_query_time_out);
}

static void end_for(struct pg_session *session, const char *code, const char *message)
{
    sql_error_begin(&session->error, &session->frame_arena);
    sql_fail(&session->error, code, "%s", message);
    session->error.severity = SQL_FATAL;
    pg_session_end(session);
    pg_session_wake(session);
}

static void transaction_is_up(struct clock_timer *timer)
{
    struct pg_session *session =
        (struct pg_session *)((char *)timer - offsetof(struct pg_session, transaction_timer));
    session->transaction_over = true;
    if (session->core.fiber)
        sql_session_interrupt(&session->core, SQL_SHUTDOWN);
    else if (session->transport)
        end_for(session, "25P04", "terminating connection due to transaction timeout");
}

/* From the first statement of a transaction until it ends. */
static void watch_transaction(struct pg_session *session)
{
    int64_t limit_ms = session->settings.now.transaction_timeout_ms;
    struct clock *clock = session->pg->host.clock;
    if (limit_ms <= 0 || clock_timer_running(&session->transaction_timer))
        return;
    session->transaction_timer.fire = transaction_is_up;
    clock_timer_start(clock, &session->transaction_timer, clock_now_us(clock) + limit_ms * 1000);
}

void pg_guard_watch(struct pg_session *session)
{
    int64_t limit_ms = session->settings.now.statement_timeout_ms;
    struct clock *clock = session->pg->host.clock;
    watch_transaction(session);
    if (limit_ms <= 0 || clock_timer_running(&session->statement_timer))
        return;
    session->statement_timer.fire = time_is_up;
    clock_timer_start(clock, &session->statement_timer, clock_now_us(clock) + limit_ms * 1000);
}

void pg_guard_unwatch(struct pg_session *session)
{
    clock_timer_stop(session->pg->host.clock, &session->statement_timer);
}

static void idle_is_up(struct clock_timer *timer)
{
    struct pg_session *session =
        (struct pg_session *)((char *)timer - offsetof(struct pg_session, idle_timer));
    if (session->core.fiber || !session->transport || session->phase != PG_PHASE_READY)
        return;
    if (pg_block_status(session) == 'I')
        end_for(session, "57P05", "terminating connection due to idle-session timeout");
    else
        end_for(session, "25P03", "terminating connection due to idle-in-transaction timeout");
}

void pg_session_terminate(struct pg_session *session)
{
    if (session->core.fiber) {
        sql_session_interrupt(&session->core, SQL_SHUTDOWN);
        return;
    }
    if (session->transport)
        end_for(session, "57P01", "terminating connection due to administrator command");
}

void pg_guard_idle(struct pg_session *session)
{
    const struct pg_settings_now *now = &session->settings.now;
    struct clock *clock = session->pg->host.clock;
    int64_t limit_ms = pg_block_status(session) == 'I' ? now->idle_session_timeout_ms
                                                       : now->idle_in_transaction_timeout_ms;
    session->state_since_us = pg_now_us(session->pg);
    session->active = false;
    if (pg_block_status(session) == 'I')
        clock_timer_stop(clock, &session->transaction_timer);
    if (limit_ms <= 0 || !session->transport)
        return;
    session->idle_timer.fire = idle_is_up;
    clock_timer_start(clock, &session->idle_timer, clock_now_us(clock) + limit_ms * 1000);
}

void pg_guard_note_activity(struct pg_session *session, struct slice text)
{
    struct heap *heap = session->pg->host.heap;
    session->query_start_us = session->state_since_us = session->env.statement_time;
    session->active = true;
    if (!session->activity)
        session->activity = heap_alloc(heap, ACTIVITY_MAX);
    if (!session->activity)
        return;
    session->activity_len = text.len < ACTIVITY_MAX - 1 ? text.len : ACTIVITY_MAX - 1;
    if (session->activity_len)
        memcpy(session->activity, text.ptr, session->activity_len);
}

void pg_guard_forget(struct pg_session *session)
{
    heap_free(session->pg->host.heap, session->activity, ACTIVITY_MAX);
    session->activity = NULL;
}

/* ---- the journal */

static void record(struct pg_session *session, const struct pg_guard *guard,
                   enum journal_outcome outcome, struct slice code)
{
    const struct emulator_host *host = &session->pg->host;
    struct journal *journal = host->journal;
    if (!journal || !journal_is_on(journal) || !session->transport)
        return;
    struct journal_entry entry = {
        .op = guard->op,
        .at_us = clock_now_us(host->clock),
        .connection = session->core.id,
        .bytes_in = session->command_bytes_in,
        .bytes_out = outq_grown(session->out, guard->place),
        .us = stopwatch_now_us(&session->pg->stopwatch) - guard->began_us,
        .keys = &guard->table,
        .key_count = guard->table.ptr ? 1 : 0,
        .code = code,
        .fault = session->gate ? session->gate->rule : 0,
        .world = host->world,
        .service = host->service,
        .outcome = (uint8_t)outcome,
    };
    journal_add(journal, &entry);
}

bool pg_guard_enter(struct pg_session *session, struct pg_statement *statement,
                    struct pg_guard *guard)
{
    const struct fault_rules *faults = session->pg->host.faults;
    *guard = (struct pg_guard){
        .op = pg_command_tag(statement->tree),
        .table = pg_statement_table(statement),
        .began_us = stopwatch_now_us(&session->pg->stopwatch),
        .place = outq_place(session->out),
    };
    session->pg->stats.statements++;
    if (faults && (faults->count || session->gate) && session->transport &&
        !pass_gate(session, guard)) {
        if (session->phase != PG_PHASE_CLOSING)
            record(session, guard, JOURNAL_ERROR, slice_str(session->error.sqlstate));
        if (session->gate)
            fault_gate_next(session->gate);
        return false;
    }
    pg_guard_watch(session);
    return true;
}

bool pg_guard_leave(struct pg_session *session, struct pg_guard *guard, bool ok)
{
    pg_guard_unwatch(session);
    record(session, guard, ok ? JOURNAL_OK : JOURNAL_ERROR,
           ok ? slice_of(NULL, 0) : slice_str(session->error.sqlstate));
    bool open = !guard->captured || release_reply(session);
    if (session->gate)
        fault_gate_next(session->gate);
    return open;
}
