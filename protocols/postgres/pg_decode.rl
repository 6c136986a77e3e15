#include "protocols/postgres/pg_decode.h"

%%{
    machine pg;
    access d->;
    alphtype unsigned char;

    action type_small { d->type = fc; d->length_max = PG_SMALL_MAX; }
    action type_password { d->type = fc; d->length_max = PG_PASSWORD_MAX; }
    action type_large { d->type = fc; d->length_max = PG_LARGE_MAX; }
    action type_unknown { d->type = fc; d->error = PG_DECODE_BAD_TYPE; fbreak; }
    action length_start { d->length = 0; }
    action length_byte { d->length = d->length << 8 | fc; }
    # The body is opaque here: it is stepped over, never scanned.
    action head_end {
        end_head(d, (size_t)(p + 1 - in.ptr));
        fbreak;
    }

    # "Message Formats": those marked (F), by how long they may be.
    small    = [CDEHSXcf] @type_small;      # Close Describe Execute Flush Sync Terminate CopyDone CopyFail
    password = "p" @type_password;          # PasswordMessage and the SASL responses
    large    = [BFPQd] @type_large;         # Bind FunctionCall Parse Query CopyData
    unknown  = ^[BCDEFHPQSXcdfp] @type_unknown;
    length   = any{4} >length_start $length_byte @head_end;

    startup := length;
    main    := ( (small | password | large) length ) | unknown;
    write data nofinal noerror;
}%%

/* The length is known: checks it, and the rest of the frame is its body. */
static void end_head(struct pg_decoder *d, size_t body_at)
{
    if (d->length < 4 || d->length > d->length_max) {
        d->error = PG_DECODE_BAD_LENGTH;
        return;
    }
    d->have_head = true;
    d->body_at = body_at;
    d->skip = d->length - 4;
}

void pg_decoder_init(struct pg_decoder *d)
{
    *d = (struct pg_decoder){.startup = true};
}

static void begin_frame(struct pg_decoder *d)
{
    d->cs = d->startup ? pg_en_startup : pg_en_main;
    d->have_head = false;
    d->type = 0;
    d->length_max = PG_STARTUP_MAX;
}

enum pg_status pg_decode(struct pg_decoder *d, struct slice in, struct pg_frame *out, size_t *used)
{
    const uint8_t *p = in.ptr + d->scanned;
    const uint8_t *pe = in.ptr + in.len;
    if (p == pe)
        return d->error ? PG_MALFORMED : PG_NEED_MORE;
    if (d->scanned == 0)
        begin_frame(d);
    if (!d->have_head && !d->error) {
        %% write exec;
    }
    if (d->error)
        return PG_MALFORMED;
    if (d->have_head) {
        size_t here = (size_t)(pe - p);
        size_t step = d->skip < here ? d->skip : here;
        d->skip -= step;
        p += step;
    }
    d->scanned = (size_t)(p - in.ptr);
    if (!d->have_head || d->skip)
        return PG_NEED_MORE;
    *out = (struct pg_frame){d->type, slice_of(in.ptr + d->body_at, d->length - 4)};
    *used = d->scanned;
    d->scanned = 0;
    return PG_FRAME;
}
