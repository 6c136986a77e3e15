#include "emulators/postgres/session.h"

#include "common/assert.h"
#include "emulators/fault_gate.h"
#include "emulators/postgres/copy_wire.h"
#include "emulators/postgres/database_use.h"
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/guard.h"
#include "emulators/postgres/login.h"
#include "emulators/postgres/notify.h"
#include "emulators/postgres/owner.h"
#include "emulators/postgres/path.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/prepared.h"
#include "emulators/postgres/query.h"
#include "emulators/postgres/reply.h"
#include "emulators/postgres/routine/cache.h"

/* ---- small things */

bool pg_session_set_field(struct pg_session *session, struct slice *field, struct slice bytes)
{
    struct heap *heap =
        session->core.instance ? session->core.instance->heap : session->pg->host.heap;
    uint8_t *copy = bytes.len ? heap_alloc(heap, bytes.len) : NULL;
    if (bytes.len && !copy)
        return false;
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    heap_free(heap, (void *)(uintptr_t)field->ptr, field->len);
    *field = slice_of(copy, bytes.len);
    return true;
}

struct pg_session *pg_session_by_pid(struct pg *pg, uint32_t pid)
{
    for (struct pg_session *session = pg->sessions; session; session = session->next_session)
        if (session->core.id == pid)
            return session;
    return NULL;
}

void pg_session_wake(struct pg_session *session)
{
    if (session->transport)
        transport_wake(session->transport);
}

/* ---- fibers */

static bool is_busy(const struct pg_session *session)
{
    return session->core.fiber != NULL;
}

static bool takes_input(const struct pg_session *session)
{
    if (session->phase == PG_PHASE_COPY)
        return pg_copy_input_has_room(session);
    return session->phase != PG_PHASE_CLOSING && !is_busy(session);
}

static void fiber_main(void *context)
{
    struct pg_session *session = context;
    session->handle(session);
    session->finished = true;
}

/* The server writes when it is ready for the next query, when it is asked to, when something went
 * wrong, or so much has come together. Clients that wait for a statement's first result count on it
 * that a blocked one has none; those with a pipeline, that nothing comes before their Sync. */
#define SEND_BUFFER 8192

static void hold_output(struct pg_session *session, bool unfinished)
{
    struct transport *transport = session->transport;
    transport->held = unfinished && session->phase == PG_PHASE_READY && !session->tells_at_once &&
                      !session->waits_for_output && outq_len(&transport->out) < SEND_BUFFER;
    transport_wake(transport);
}

/* The session's last statement: nobody else could drop its temporary objects. */
static void drop_temporary(struct pg_session *session)
{
    session->core.interrupt = SQL_NOT_INTERRUPTED;
    pg_session_env(session, &session->frame_arena);
    pg_portals_close_all(session);
    pg_block_abandon(session);
    session->core.role = session->core.session_role = session->core.login_role;
    if (!pg_block_start(session) || !pg_path_refresh(session) ||
        !pg_delete_temporary(&session->env) || !pg_block_finish(session))
        pg_block_abandon(session);
}

/* The client has gone. */
static void leave(struct pg_session *session)
{
    if (session->left || !session->core.temp_schema) {
        pg_session_destroy(session);
        return;
    }
    session->left = true;
    pg_session_run(session, drop_temporary);
}

/* The fiber has ended: what follows needs the loop's stack. */
static void after_fiber(struct pg_session *session)
{
    session->core.fiber = NULL;
    session->finished = false;
    if (session->script)
        return; /* whoever runs the script looks at what came of it */
    arena_reset(&session->frame_arena);
    if (!session->transport) {
        if (session->phase == PG_PHASE_CLOSING)
            leave(session);
        return;
    }
    hold_output(session, session->extended);
    if (takes_input(session))
        transport_resume(session->transport);
}

void pg_session_resume(struct sql_session *core)
{
    struct pg_session *session = pg_session_of(core);
    if (!fiber_resume(core->fiber)) {
        ASSERT(session->finished);
        after_fiber(session);
    } else if (session->transport) {
        hold_output(session, true);
    }
}

void pg_session_run(struct pg_session *session, void (*handle)(struct pg_session *session))
{
    session->handle = handle;
    session->core.fiber = fiber_create(session->pg->fibers, fiber_main, session);
    session->core.slice_end = 0;
    if (!session->core.fiber) {
        sql_fail_memory(&session->error);
        session->error.severity = SQL_FATAL;
        pg_session_end(session);
        return;
    }
    pg_session_resume(&session->core);
}

bool pg_session_flush_wait(struct pg_session *session)
{
    struct transport *transport = session->transport;
    if (!transport || session->out != &transport->out ||
        outq_len(session->out) < transport->high_water)
        return true;
    session->waits_for_output = true;
    transport->held = false;
    transport_wake(transport);
    bool ok = sql_session_wait(&session->env);
    session->waits_for_output = false;
    return ok;
}

/* ---- input */

static void protocol_error(struct pg_session *session)
{
    sql_error_begin(&session->error, &session->frame_arena);
    /* Of a length that cannot be the real server tells its log alone. */
    if (session->decoder.error == PG_DECODE_BAD_TYPE) {
        sql_fail(&session->error, "08P01", "invalid frontend message type %d",
                 session->decoder.type);
        session->error.severity = SQL_FATAL;
    }
    pg_session_end(session);
}

static void take_frame(struct pg_session *session, const struct pg_frame *frame)
{
    switch (session->phase) {
    case PG_PHASE_LOGIN: pg_login_frame(session, frame); return;
    case PG_PHASE_COPY: pg_copy_input_frame(session, frame); return;
    case PG_PHASE_CLOSING: return;
    case PG_PHASE_READY: break;
    }
    if (frame->type == 'X') {
        pg_session_end(session);
        return;
    }
    clock_timer_stop(session->pg->host.clock, &session->idle_timer);
    sql_error_begin(&session->error, &session->frame_arena);
    struct slice body = arena_dup(&session->frame_arena, frame->body);
    if (!body.ptr) {
        sql_fail_memory(&session->error);
        session->error.severity = SQL_FATAL;
        pg_session_end(session);
        return;
    }
    session->frame = (struct pg_frame){frame->type, body};
    session->command_bytes_in = body.len + 5;
    /* What an earlier command of a pipeline was answered does not wait for this one. */
    session->tells_at_once =
        outq_len(session->out) && (session->tells_at_once || !session->transport->held);
    if (!pg_query_handle_light_frame(session)) {
        pg_session_run(session, pg_query_handle_frame);
        return;
    }
    hold_output(session, session->extended);
    arena_reset(&session->frame_arena);
}

static size_t take_frames(struct pg_session *session, struct slice in)
{
    size_t taken = 0;
    while (taken < in.len && takes_input(session)) {
        struct pg_frame frame;
        size_t used;
        session->decoder.startup =
            session->phase == PG_PHASE_LOGIN && pg_login_wants_startup(session);
        enum pg_status status = pg_decode(&session->decoder, slice_from(in, taken), &frame, &used);
        if (status == PG_NEED_MORE)
            break;
        if (status == PG_MALFORMED) {
            protocol_error(session);
            break;
        }
        taken += used;
        take_frame(session, &frame);
        if (outq_len(&session->transport->out) >= session->transport->high_water)
            break;
    }
    return taken;
}

static size_t session_input(void *context, struct slice in)
{
    struct pg_session *session = context;
    size_t taken = take_frames(session, in);
    if (session->phase == PG_PHASE_CLOSING)
        return in.len;
    if (!takes_input(session))
        transport_pause(session->transport);
    session->transport->expected = pg_decoder_missing(&session->decoder);
    return taken;
}

static void session_drained(void *context)
{
    struct pg_session *session = context;
    if (session->waits_for_output)
        sql_session_wake(&session->core);
}

static void session_closed(void *context)
{
    struct pg_session *session = context;
    session->transport = NULL;
    session->out = &session->discarded;
    session->phase = PG_PHASE_CLOSING;
    fault_gate_destroy(session->gate);
    session->gate = NULL;
    if (is_busy(session))
        sql_session_interrupt(&session->core, SQL_DISCONNECTED);
    else
        leave(session);
}

const struct session_ops pg_session_ops = {session_input, session_closed, session_drained, NULL};

/* ---- coming and going */

struct sql_env *pg_session_env(struct pg_session *session, struct arena *arena)
{
    struct pg *pg = session->pg;
    sql_error_begin(&session->error, arena);
    session->env = (struct sql_env){
        .arena = arena,
        .error = &session->error,
        .format = &session->core.format,
        .session = &session->core,
        .random = pg->host.random,
        .statement_time = pg_now_us(pg),
        .transaction_time = session->block.started_us ? session->block.started_us : pg_now_us(pg),
        .find_type = pg_owner_find_type,
        .find_collator = sql_find_collator,
        .plain_collation = session->core.dialect->default_collation,
        .show_type = pg_owner_show_type,
        .is_reserved = pg_owner_is_reserved,
        .check_domain = pg_owner_check_domain,
        .is_running = pg_owner_is_running,
        .check = sql_session_check,
    };
    return &session->env;
}

static void link_session(struct pg_session *session)
{
    struct pg *pg = session->pg;
    session->next_session = pg->sessions;
    pg->sessions = session;
    pg->session_count++;
}

static void unlink_session(struct pg_session *session)
{
    struct pg_session **link = &session->pg->sessions;
    while (*link != session)
        link = &(*link)->next_session;
    *link = session->next_session;
    session->pg->session_count--;
}

struct pg_session *pg_session_create(struct pg *pg, struct transport *transport)
{
    struct pg_session *session = heap_zalloc(pg->host.heap, sizeof(*session));
    if (!session)
        return NULL;
    session->pg = pg;
    session->transport = transport;
    session->out = transport ? &transport->out : &session->discarded;
    session->phase = transport ? PG_PHASE_LOGIN : PG_PHASE_READY;
    session->connected_us = session->state_since_us = pg_now_us(pg);
    session->cancel_key = (uint32_t)random_u64(pg->host.random);
    pg_decoder_init(&session->decoder);
    sql_error_begin(&session->error, &session->frame_arena);
    pg_owner_init(session);
    sql_session_attach(&session->core, pg->sql);
    session->sequences.heap = pg->host.heap;
    pg_settings_init(&session->settings, pg->host.heap, &session->settings_owner);
    link_session(session);
    if (transport && !pg_login_begin(session)) {
        pg_session_destroy(session);
        return NULL;
    }
    return session;
}

void pg_session_destroy(struct pg_session *session)
{
    struct pg *pg = session->pg;
    ASSERT(!is_busy(session));
    clock_timer_stop(pg->host.clock, &session->statement_timer);
    clock_timer_stop(pg->host.clock, &session->idle_timer);
    clock_timer_stop(pg->host.clock, &session->transaction_timer);
    fault_gate_destroy(session->gate);
    pg_portals_close_all(session);
    pg_block_abandon(session);
    pg_prepared_forget_all(session);
    pg_statement_cache_clear(session);
    pg_notify_forget(session);
    pg_sequences_forget(&session->sequences);
    pg_routine_cache_clear(session);
    pg_copy_input_destroy(session);
    pg_login_end(session);
    pg_owner_done(session);
    sql_session_detach(&session->core);
    pg_database_leave(session);
    pg_settings_done(&session->settings);
    pg_session_set_field(session, &session->user, slice_of(NULL, 0));
    pg_session_set_field(session, &session->database_name, slice_of(NULL, 0));
    pg_guard_forget(session);
    arena_done(&session->frame_arena);
    outq_done(&session->discarded);
    unlink_session(session);
    heap_free(pg->host.heap, session, sizeof(*session));
}

void pg_session_move(struct pg_session *session, struct pg *to)
{
    sql_session_detach(&session->core);
    unlink_session(session);
    session->pg = to;
    sql_session_attach(&session->core, to->sql);
    link_session(session);
    to->stats.connections++;
}

void pg_session_end(struct pg_session *session)
{
    if (session->error.sqlstate[0])
        pg_reply_error(session);
    session->phase = PG_PHASE_CLOSING;
    if (session->transport)
        transport_close(session->transport);
}

void pg_session_rewound(struct pg_session *session)
{
    pg_session_env(session, &session->frame_arena);
    pg_portals_close_all(session);
    pg_block_abandon(session);
}

bool pg_session_finish(struct pg_session *session)
{
    while (is_busy(session) && !session->core.parked)
        sql_instance_run(session->core.instance);
    return !is_busy(session);
}
