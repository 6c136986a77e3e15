#include "protocols/resp/resp_decode.h"

#include "common/text.h"
#include "protocols/resp/resp_inline.h"

#include <stdio.h>
#include <stdlib.h>

/* Before authentication a client may not make the server reserve much. */
#define UNAUTHENTICATED_ARGS_MAX 10
#define UNAUTHENTICATED_BULK_MAX 16384
/* No limit is larger; nor does one more digit overflow. */
#define NUMBER_MAX (INT64_MAX / 100)
/* Room for more arguments than these is given back before the next request. */
#define KEPT_ROOM 1024

static inline int64_t add_digit(int64_t number, uint8_t digit)
{
    return number > NUMBER_MAX ? number : number * 10 + (digit - '0');
}

static bool begin_array(struct resp_decoder *d, int64_t count)
{
    if (count > RESP_ARGS_MAX)
        d->error = "invalid multibulk length";
    else if (count > UNAUTHENTICATED_ARGS_MAX && !d->authenticated)
        d->error = "unauthenticated multibulk length";
    d->want = count;
    return !d->error;
}

static bool begin_bulk(struct resp_decoder *d, size_t at, int64_t len)
{
    if (len > d->bulk_max)
        d->error = "invalid bulk length";
    else if (len > UNAUTHENTICATED_BULK_MAX && !d->authenticated)
        d->error = "unauthenticated bulk length";
    else if (d->argc == d->room && !resp_make_room(d))
        d->error = "out of memory";
    else
        d->mark[d->argc++] = (struct resp_mark){at, (size_t)len};
    return !d->error;
}

/* A count line that is not plain digits may still be a negative number: an empty request. */
static void read_odd_count(struct resp_decoder *d, struct slice line)
{
    if (!text_to_i64(line, &d->want))
        d->error = "invalid multibulk length";
}

static void refuse_type(struct resp_decoder *d, uint8_t got)
{
    got = got == '\r' || got == '\n' || got == 0 ? ' ' : got;
    snprintf(d->error_text, sizeof(d->error_text), "expected '$', got '%c'", got);
    d->error = d->error_text;
}

/* Takes up to `here` bytes off the pending payload; returns how many. */
static inline size_t step_over(struct resp_decoder *d, size_t here)
{
    size_t n = d->skip < here ? d->skip : here;
    d->skip -= n;
    return n;
}

%%{
    machine resp;
    access d->;
    alphtype unsigned char;

    action digit { number = add_digit(number, fc); }
    action array_head {
        d->line_at = (size_t)(p + 1 - in.ptr);
        d->complete = number == 0;
        if (!begin_array(d, number) || d->complete) fbreak;
        number = 0;
    }
    action array_odd {
        read_odd_count(d, slice_of(in.ptr + 1, (size_t)(p - 1 - in.ptr) - 1));
        d->complete = true;
        fbreak;
    }
    # The payload is opaque: step over what is here, remember what is not. The last of the two bytes
    # behind it is the machine's, and the next line begins there.
    action bulk_head {
        if (!begin_bulk(d, (size_t)(p + 1 - in.ptr), number)) fbreak;
        d->line_at = (size_t)(p + 1 - in.ptr) + (size_t)number + 2;
        d->skip = (size_t)number + 1;
        number = 0;
        p += step_over(d, (size_t)(pe - p) - 1);
    }
    action bulk_end {
        d->complete = --d->want == 0;
        if (d->complete) fbreak;
    }
    action bulk_odd { d->error = "invalid bulk length"; fbreak; }
    action bulk_none { refuse_type(d, in.ptr[d->line_at]); fbreak; }
    action inline_end { d->complete = true; fbreak; }

    # As redis-server reads them: a line is what comes before CR, and is judged when the byte behind
    # it is there, whatever that is; nor are the two bytes behind a payload looked at.
    eol    = "\r" any;
    plain  = "0" | [1-9] @digit digit* $digit;
    odd    = [^\r]* - plain;
    array  = "*" ( plain eol @array_head | odd eol @array_odd );
    bulk   = "$" ( plain eol @bulk_head any @bulk_end | odd eol @bulk_odd )
           | ( [^$\r] [^\r]* )? eol @bulk_none;
    inline = ( [^*\n] [^\n]* )? "\n" @inline_end;
    main  := array bulk* | inline;
    write data noerror nofinal noentry;
}%%

void resp_decoder_init(struct resp_decoder *d)
{
    *d = (struct resp_decoder){
        .bulk_max = RESP_BULK_BYTES_MAX, .authenticated = true, .cs = resp_start};
}

static void give_back(struct resp_decoder *d)
{
    free(d->argv);
    free(d->mark);
    free(d->scratch);
    d->argv = NULL;
    d->mark = NULL;
    d->scratch = NULL;
    d->room = 0;
}

void resp_decoder_done(struct resp_decoder *d)
{
    give_back(d);
    *d = (struct resp_decoder){0};
}

size_t resp_decoder_missing(const struct resp_decoder *d)
{
    return d->skip ? d->skip + 1 : 0;
}

size_t resp_decoder_unparsed(const struct resp_decoder *d, size_t len)
{
    return d->line_at > len && d->argc ? len - d->mark[d->argc - 1].at : len - d->line_at;
}

/* Limits and memory stay, and arguments until the next request. */
void resp_decoder_restart(struct resp_decoder *d)
{
    d->scanned = d->line_at = d->skip = 0;
    d->want = d->number = 0;
    d->complete = false;
    d->error = NULL;
    d->cs = resp_start;
}

static enum resp_status finish_array(struct resp_decoder *d, struct slice in)
{
    for (uint32_t i = 0; i < d->argc; i++)
        d->argv[i] = slice_of(in.ptr + d->mark[i].at, d->mark[i].len);
    resp_decoder_restart(d);
    return d->argc ? RESP_COMMAND : RESP_EMPTY;
}

static enum resp_status finish_inline(struct resp_decoder *d, struct slice in)
{
    size_t end = d->scanned - 1;
    if (end && in.ptr[end - 1] == '\r')
        end--;
    switch (resp_split_inline(d, slice_of(in.ptr, end))) {
    case RESP_INLINE_OK: resp_decoder_restart(d); return d->argc ? RESP_COMMAND : RESP_EMPTY;
    case RESP_INLINE_UNBALANCED: d->error = "unbalanced quotes in request"; break;
    case RESP_INLINE_NO_MEMORY: d->error = "out of memory"; break;
    }
    return RESP_MALFORMED;
}

static bool is_inline(struct slice in)
{
    return in.ptr[0] != '*';
}

/* An unfinished line must not grow for ever. */
static enum resp_status wait_for_more(struct resp_decoder *d, struct slice in)
{
    if (d->scanned <= d->line_at || d->scanned - d->line_at <= RESP_INLINE_BYTES_MAX)
        return RESP_NEED_MORE;
    d->error = is_inline(in) ? "too big inline request"
               : d->want     ? "too big bulk count string"
                             : "too big mbulk count string";
    return RESP_MALFORMED;
}

enum resp_status resp_decode(struct resp_decoder *d, struct slice in, size_t *used)
{
    const uint8_t *pe = in.ptr + in.len;
    const uint8_t *p = in.ptr + d->scanned;
    int64_t number = d->number;
    if (d->scanned == 0) {
        d->argc = 0;
        if (d->room > KEPT_ROOM || d->scratch)
            give_back(d);
    }
    p += step_over(d, (size_t)(pe - p));
    if (p < pe) {
        %% write exec;
    }
    d->number = number;
    d->scanned = (size_t)(p - in.ptr);
    *used = d->scanned;
    if (d->error)
        return RESP_MALFORMED;
    if (!d->complete)
        return wait_for_more(d, in);
    return is_inline(in) ? finish_inline(d, in) : finish_array(d, in);
}
