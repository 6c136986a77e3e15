#include "protocols/resp/resp_decode.h"

#include "common/text.h"
#include "protocols/resp/resp_inline.h"

#include <stdio.h>
#include <stdlib.h>

/* Before authentication a client may not make the server reserve much. */
#define UNAUTHENTICATED_ARGS_MAX 10
#define UNAUTHENTICATED_BULK_MAX 16384

static void fail(struct resp_decoder *d, const char *error)
{
    d->error = error;
}

static void fail_expected_bulk(struct resp_decoder *d, uint8_t got)
{
    snprintf(d->error_text, sizeof(d->error_text), "expected '$', got '%c'", got);
    d->error = d->error_text;
}

/* Reads the number between line_at and end; a count line without an end is bounded too. */
static bool read_number(const struct resp_decoder *d, struct slice in, size_t end, int64_t *out)
{
    return text_to_i64(slice_of(in.ptr + d->line_at, end - d->line_at), out);
}

static void begin_array(struct resp_decoder *d, struct slice in, size_t end)
{
    if (!read_number(d, in, end, &d->want) || d->want > RESP_ARGS_MAX)
        fail(d, "invalid multibulk length");
    else if (d->want > UNAUTHENTICATED_ARGS_MAX && !d->authenticated)
        fail(d, "unauthenticated multibulk length");
    d->complete = d->want <= 0;
}

static bool add_mark(struct resp_decoder *d, size_t at, size_t len)
{
    if (!resp_make_room(d))
        return false;
    d->mark[d->argc++] = (struct resp_mark){at, len};
    return true;
}

static void begin_bulk(struct resp_decoder *d, struct slice in, size_t end)
{
    int64_t len;
    if (!read_number(d, in, end, &len) || len < 0 || len > d->bulk_max)
        fail(d, "invalid bulk length");
    else if (len > UNAUTHENTICATED_BULK_MAX && !d->authenticated)
        fail(d, "unauthenticated bulk length");
    else if (!add_mark(d, end + 2, (size_t)len))
        fail(d, "out of memory");
    else
        d->skip = (size_t)len;
}

/* Takes up to `here` bytes off the pending payload; returns how many. */
static size_t step_over(struct resp_decoder *d, size_t here)
{
    size_t n = d->skip < here ? d->skip : here;
    d->skip -= n;
    return n;
}

%%{
    machine resp;
    access d->;
    alphtype unsigned char;

    action line_start { d->line_at = (size_t)(p - in.ptr); }
    action array_head {
        begin_array(d, in, (size_t)(p - in.ptr));
        if (d->error) fbreak;
    }
    action array_end { if (d->complete) fbreak; }
    action bulk_head {
        begin_bulk(d, in, (size_t)(p - in.ptr));
        if (d->error) fbreak;
    }
    # The payload is opaque: step over what is here, remember what is not.
    action payload { p += step_over(d, (size_t)(pe - p) - 1); }
    action bulk_end {
        d->complete = --d->want == 0;
        if (d->complete) fbreak;
    }
    action no_bulk {
        fail_expected_bulk(d, *p);
        fbreak;
    }
    action inline_start {
        d->is_inline = true;
        d->line_at = (size_t)(p - in.ptr);
    }
    action inline_end { d->complete = true; fbreak; }

    # As redis-server reads them: a line is what comes before CR, the byte behind CR is not looked
    # at; nor are the two behind a payload.
    number = ( [^\r]* ) >line_start;
    array  = "*" number "\r" @array_head any @array_end;
    bulk   = ( "$" | [^$] @no_bulk ) number "\r" @bulk_head any @payload any{2} @bulk_end;
    inline = ( [^*\n] >inline_start [^\n]* )? "\n" >inline_start @inline_end;
    main  := array bulk* | inline;
    write data noerror nofinal noentry;
}%%

void resp_decoder_init(struct resp_decoder *d)
{
    *d = (struct resp_decoder){
        .bulk_max = RESP_BULK_BYTES_MAX, .authenticated = true, .cs = resp_start};
}

void resp_decoder_done(struct resp_decoder *d)
{
    free(d->argv);
    free(d->mark);
    free(d->scratch);
    *d = (struct resp_decoder){0};
}

size_t resp_decoder_missing(const struct resp_decoder *d)
{
    return d->skip ? d->skip + 2 : 0;
}

/* Ready for the next request: limits and memory stay. */
static void restart(struct resp_decoder *d)
{
    d->scanned = d->skip = 0;
    d->complete = d->is_inline = false;
    d->cs = resp_start;
}

static enum resp_status finish_inline(struct resp_decoder *d, struct slice in, size_t *used)
{
    size_t end = d->scanned - 1;
    if (end && in.ptr[end - 1] == '\r')
        end--;
    restart(d);
    switch (resp_split_inline(d, slice_of(in.ptr, end))) {
    case RESP_INLINE_OK: return d->argc ? RESP_COMMAND : RESP_EMPTY;
    case RESP_INLINE_UNBALANCED: fail(d, "unbalanced quotes in request"); break;
    case RESP_INLINE_NO_MEMORY: fail(d, "out of memory"); break;
    }
    *used = in.len;
    return RESP_MALFORMED;
}

/* An unfinished line must not grow for ever. */
static bool line_too_long(struct resp_decoder *d)
{
    if (d->skip || d->scanned - d->line_at <= RESP_INLINE_BYTES_MAX)
        return false;
    bool in_payload = d->argc && d->line_at < d->mark[d->argc - 1].at;
    if (in_payload && d->scanned >= d->mark[d->argc - 1].at)
        return false;
    fail(d, d->is_inline ? "too big inline request"
            : d->want    ? "too big bulk count string"
                         : "too big mbulk count string");
    return true;
}

enum resp_status resp_decode(struct resp_decoder *d, struct slice in, size_t *used)
{
    const uint8_t *pe = in.ptr + in.len;
    const uint8_t *p = in.ptr + d->scanned;
    if (d->scanned == 0) {
        d->argc = 0;
        d->want = 0;
        d->line_at = 0;
    }
    p += step_over(d, (size_t)(pe - p));
    if (p < pe) {
        %% write exec;
    }
    d->scanned = (size_t)(p - in.ptr);
    *used = d->scanned;
    if (d->error)
        return RESP_MALFORMED;
    if (!d->complete)
        return line_too_long(d) ? RESP_MALFORMED : RESP_NEED_MORE;
    if (d->is_inline)
        return finish_inline(d, in, used);
    for (uint32_t i = 0; i < d->argc; i++)
        d->argv[i] = slice_of(in.ptr + d->mark[i].at, d->mark[i].len);
    restart(d);
    return d->argc ? RESP_COMMAND : RESP_EMPTY;
}
