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
