#include "emulators/postgres/copy_wire.h"

#include "protocols/postgres/pg_encode.h"
#include "protocols/postgres/pg_message.h"

/* More than this is not taken from the client before the table has it. */
#define INPUT_MAX (256u << 10)

struct pg_copy_input {
    struct outq data;     /* of CopyData frames, not read yet */
    bool waits;           /* the statement's fiber does, for more */
    bool ended, failed;   /* CopyDone, CopyFail */
    struct slice failure; /* heap: what CopyFail says */
    uint8_t odd;          /* type of a frame that does not belong here, 0: none */
};

bool pg_copy_input_has_room(const struct pg_session *session)
{
    const struct pg_copy_input *input = session->copy_input;
    return input && !input->ended && outq_len(&input->data) < INPUT_MAX;
}

void pg_copy_input_destroy(struct pg_session *session)
{
    struct pg_copy_input *input = session->copy_input;
    if (!input)
        return;
    outq_done(&input->data);
    pg_session_set_field(session, &input->failure, slice_of(NULL, 0));
    heap_free(session->pg->host.heap, input, sizeof(*input));
    session->copy_input = NULL;
}

void pg_copy_input_frame(struct pg_session *session, const struct pg_frame *frame)
{
    struct pg_copy_input *input = session->copy_input;
    struct slice text;
    switch (frame->type) {
    case 'd': outq_put_slice(&input->data, frame->body); break;
    case 'c': input->ended = true; break;
    case 'f':
        input->ended = input->failed = true;
        if (pg_read_text(frame->body, &text))
            pg_session_set_field(session, &input->failure, text);
        break;
    case 'H':
    case 'S': return;
    default:
        input->ended = true;
        input->odd = frame->type;
        break;
    }
    if (input->waits)
        sql_session_wake(&session->core);
}

/* ---- the statement's side */

bool pg_copy_input_begin(struct pg_session *session, bool binary, uint32_t columns)
{
    if (!session->transport)
        return sql_fail(&session->error, "0A000", "COPY FROM STDIN needs a client");
    session->copy_input = heap_zalloc(session->pg->host.heap, sizeof(*session->copy_input));
    if (!session->copy_input)
        return sql_fail_memory(&session->error);
    pg_put_copy_response(session->out, 'G', binary, (uint16_t)columns);
    session->phase = PG_PHASE_COPY;
    transport_wake(session->transport);
    transport_resume(session->transport);
    return true;
}

void pg_copy_input_end(struct pg_session *session)
{
    pg_copy_input_destroy(session);
    if (session->phase == PG_PHASE_COPY)
        session->phase = PG_PHASE_READY;
}

static bool fail_input(struct pg_session *session)
{
    const struct pg_copy_input *input = session->copy_input;
    if (input->odd)
        return sql_fail(&session->error, "08P01",
                        "unexpected message type 0x%02X during COPY from stdin", input->odd);
    return sql_fail(&session->error, "57014", "COPY from stdin failed: " SLICE_FMT,
                    SLICE_ARG(input->failure));
}

bool pg_copy_input_take(struct pg_session *session, struct outq *out, bool *ended)
{
    struct pg_copy_input *input = session->copy_input;
    while (outq_len(&input->data) == 0 && !input->ended) {
        input->waits = true;
        bool ok = sql_session_wait(&session->env);
        input->waits = false;
        if (!ok)
            return false;
    }
    if (input->failed || input->odd)
        return fail_input(session);
    *ended = input->ended;
    outq_append(out, &input->data);
    if (session->transport && !input->ended)
        transport_resume(session->transport);
    return true;
}
