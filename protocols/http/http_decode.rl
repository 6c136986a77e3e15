#include "protocols/http/http_decode.h"

#include <stdarg.h>
#include <stdio.h>

/* A chunk beyond this is no chunk; sums of such sizes do not overflow. */
#define CHUNK_MAX ((uint64_t)INT64_MAX / 32)

static const char request_line[] = "request line";
static const char status_line[] = "status line";
static const char chunk_line[] = "chunk size line";
static const char field_line[] = "header field";

static inline uint64_t add_hex_digit(uint64_t number, uint8_t digit)
{
    if (number > CHUNK_MAX)
        return number;
    return number * 16 + (uint64_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* A mark from its first byte to before `end`. */
static inline void end_mark(struct http_mark *mark, size_t end)
{
    mark->len = end - mark->at;
}

static bool begin_field(struct http_decoder *d, size_t at)
{
    if (d->field_count == d->limits.fields_max || d->field_count == HTTP_FIELDS_MAX)
        return false;
    d->marks[d->field_count].name.at = at;
    return true;
}

%%{
    machine http;
    access d->;
    alphtype unsigned char;

    action method_start { d->method.at = (size_t)(p - in.ptr); }
    action method_end { end_mark(&d->method, (size_t)(p - in.ptr)); }
    action target_start { d->target.at = (size_t)(p - in.ptr); }
    action target_end { end_mark(&d->target, (size_t)(p - in.ptr)); }
    action origin_form { d->head.form = HTTP_ORIGIN_FORM; }
    action absolute_form { d->head.form = HTTP_ABSOLUTE_FORM; }
    action authority_form { d->head.form = HTTP_AUTHORITY_FORM; }
    action asterisk_form { d->head.form = HTTP_ASTERISK_FORM; }
    action major { if (fc != '1') { d->refusal = HTTP_REFUSES_VERSION; fbreak; } }
    action minor { d->head.minor = fc - '0'; }
    action status_digit { d->head.status = d->head.status * 10 + (fc - '0'); }
    action reason_start { d->reason.at = (size_t)(p + 1 - in.ptr); }
    action reason_end { end_mark(&d->reason, (size_t)(p - in.ptr)); }

    action name_start {
        if (!begin_field(d, (size_t)(p - in.ptr))) { d->refusal = HTTP_REFUSES_COUNT; fbreak; }
    }
    action name_end {
        end_mark(&d->marks[d->field_count].name, (size_t)(p - in.ptr));
        d->marks[d->field_count].value.at = (size_t)(p + 1 - in.ptr);
    }
    action value_end { end_mark(&d->marks[d->field_count++].value, (size_t)(p - in.ptr)); }
    action folded { d->refusal = HTTP_REFUSES_FOLD; fbreak; }

    action size_digit { d->left = add_hex_digit(d->left, fc); }
    action line_end { d->line_at = (size_t)(p + 1 - in.ptr); d->doing = field_line; }
    action section_end { d->complete = true; fbreak; }

    # RFC 9110 5.6.2, RFC 9112 2.2: a line ends with CR LF and with nothing else.
    crlf  = "\r\n";
    tchar = alnum | [!#$%&'*+\-.^_`|~];
    token = tchar+;
    blank = " " | "\t";
    # RFC 9110 5.5: visible characters and obs-text.
    vchar = 0x21..0x7e | 0x80..0xff;

    # RFC 9112 5. A line that begins with a blank would continue the one before it (5.2).
    field = token >name_start ":" @name_end ( vchar | blank )* "\r" @value_end "\n" @line_end;
    fields = ( field | blank @folded )* crlf @section_end;

    # RFC 9112 3.2: a target is visible ASCII.
    target_char = 0x21..0x7e;
    scheme = alpha ( alnum | [+\-.] )*;
    target = "/" target_char* %origin_form
           | scheme "://" target_char* %absolute_form
           | ( alnum | [.\-_~%:@] | "[" | "]" )+ %authority_form
           | "*" %asterisk_form;
    version = "HTTP/" digit @major "." digit @minor;

    # RFC 9112 2.2: empty lines before a request are passed over.
    request := crlf* token >method_start %method_end " " target >target_start %target_end " "
               version "\r" "\n" @line_end fields;
    # RFC 9112 4
    response := crlf* version " " digit{3} $status_digit
                ( " " @reason_start ( vchar | blank )* %reason_end )? "\r" "\n" @line_end fields;

    # RFC 9112 7.1, with blanks around extensions as 7.1.1 has it.
    quoted = '"' ( ( vchar | blank ) - [\\"] | "\\" ( vchar | blank ) )* '"';
    extension = blank* ";" blank* token blank* ( "=" blank* ( token | quoted ) )?;
    chunk_head = xdigit+ $size_digit extension* blank* "\r" "\n" @section_end;
    first_chunk := chunk_head;
    next_chunk := crlf chunk_head;
    trailer := fields;

    write data noerror nofinal;
}%%

/* ---- sections: what is read as lines, the head, a chunk's size, the trailer */

static void begin_section(struct http_decoder *d, enum http_part part, int cs, const char *doing)
{
    d->part = part;
    d->cs = cs;
    d->doing = doing;
    d->scanned = d->line_at = 0;
    d->field_count = 0;
    d->complete = false;
    d->refusal = HTTP_REFUSES_NOTHING;
}

static void begin_head(struct http_decoder *d)
{
    d->head = (struct http_head){0};
    d->reason = (struct http_mark){0};
    d->body_bytes = d->left = 0;
    if (d->is_request)
        begin_section(d, HTTP_PART_HEAD, http_en_request, request_line);
    else
        begin_section(d, HTTP_PART_HEAD, http_en_response, status_line);
}

static void begin_chunk_line(struct http_decoder *d, int cs)
{
    begin_section(d, HTTP_PART_CHUNK_SIZE, cs, chunk_line);
    d->left = 0;
}

struct http_limits http_default_limits(void)
{
    return (struct http_limits){
        .line_max = 8192, .head_max = 65536, .fields_max = HTTP_FIELDS_MAX, .body_max = 16u << 20};
}

void http_decoder_init(struct http_decoder *d, bool is_request)
{
    *d = (struct http_decoder){.limits = http_default_limits(), .is_request = is_request};
    begin_head(d);
}

/* ---- errors */

__attribute__((format(printf, 3, 4))) static enum http_event
fail(struct http_decoder *d, enum http_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(d->error.text, sizeof(d->error.text), format, args);
    va_end(args);
    d->error.status = status;
    d->part = HTTP_PART_BROKEN;
    return HTTP_ERROR;
}

static enum http_event fail_body(struct http_decoder *d)
{
    return fail(d, HTTP_CONTENT_TOO_LARGE, "the body is larger than %llu bytes",
                (unsigned long long)d->limits.body_max);
}

/* The machine stopped at d->scanned. */
static enum http_event fail_section(struct http_decoder *d)
{
    switch (d->refusal) {
    case HTTP_REFUSES_VERSION:
        return fail(d, HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    case HTTP_REFUSES_FOLD:
        return fail(d, HTTP_BAD_REQUEST, "header field folded over lines at byte %zu", d->scanned);
    case HTTP_REFUSES_COUNT:
        return fail(d, HTTP_FIELDS_TOO_LARGE, "more than %u header fields", d->limits.fields_max);
    case HTTP_REFUSES_NOTHING: break;
    }
    return fail(d, HTTP_BAD_REQUEST, "malformed %s at byte %zu", d->doing, d->scanned);
}

/* Limits are those of the bytes that were read, and nothing was found wrong in them. */
static enum http_event fail_limit(struct http_decoder *d)
{
    if (d->scanned - d->line_at < d->limits.line_max)
        return fail(d, HTTP_FIELDS_TOO_LARGE, "the header is longer than %zu bytes",
                    d->limits.head_max);
    return fail(d, d->doing == request_line ? HTTP_URI_TOO_LONG : HTTP_FIELDS_TOO_LARGE,
                "%s longer than %zu bytes", d->doing, d->limits.line_max);
}

/* ---- events */

/* Where the section's bytes reach a limit. */
static size_t limit_of(const struct http_decoder *d)
{
    size_t line_end = d->line_at + d->limits.line_max;
    return line_end < d->limits.head_max ? line_end : d->limits.head_max;
}

/* HTTP_END when the section is complete, d->scanned bytes long. Reads up to a limit and no further,
 * so that what is refused does not depend on how the input is cut. */
static enum http_event read_section(struct http_decoder *d, struct slice in)
{
    while (d->scanned < in.len && d->scanned < limit_of(d)) {
        const uint8_t *p = in.ptr + d->scanned;
        const uint8_t *pe = in.ptr + (in.len < limit_of(d) ? in.len : limit_of(d));
        %% write exec;
        d->scanned = (size_t)(p - in.ptr);
        if (d->refusal || d->cs == %%{ write error; }%%)
            return fail_section(d);
        if (d->complete)
            return HTTP_END;
    }
    return d->scanned < limit_of(d) ? HTTP_NEED_MORE : fail_limit(d);
}

/* RFC 9112 6.3: which of the ways a body ends. */
static void begin_body(struct http_decoder *d)
{
    struct http_head *head = &d->head;
    bool bodiless = d->is_request ? !head->chunked && head->content_length < 0
                                  : d->bodiless || head->status < 200 ||
                                        head->status == HTTP_NO_CONTENT ||
                                        head->status == HTTP_NOT_MODIFIED;
    d->part = HTTP_PART_LENGTH;
    d->left = 0;
    if (bodiless)
        return;
    if (head->chunked) {
        begin_chunk_line(d, http_en_first_chunk);
    } else if (head->content_length >= 0) {
        d->left = (uint64_t)head->content_length;
    } else {
        d->part = HTTP_PART_UNTIL_CLOSE;
        head->keep_alive = false;
    }
}

static struct slice text_at(struct slice in, struct http_mark mark)
{
    return slice_of(in.ptr + mark.at, mark.len);
}

static enum http_event decode_head(struct http_decoder *d, struct slice in, size_t *used)
{
    enum http_event event = read_section(d, in);
    if (event != HTTP_END)
        return event;
    for (uint32_t i = 0; i < d->field_count; i++) {
        d->fields[i].name = text_at(in, d->marks[i].name);
        d->fields[i].value = http_trim(text_at(in, d->marks[i].value));
    }
    d->head.fields = d->fields;
    d->head.field_count = d->field_count;
    d->head.method = text_at(in, d->method);
    d->head.target = text_at(in, d->target);
    d->head.reason = text_at(in, d->reason);
    enum http_status status;
    const char *error;
    if (!http_head_settle(&d->head, d->is_request, &status, &error))
        return fail(d, status, "%s", error);
    *used = d->scanned;
    begin_body(d);
    return HTTP_HEAD;
}

static bool is_too_large(const struct http_decoder *d)
{
    return d->body_bytes > d->limits.body_max || d->left > d->limits.body_max - d->body_bytes;
}

/* HTTP_END when nothing of the body, or of the chunk, is left. */
static enum http_event decode_piece(struct http_decoder *d, struct slice in, size_t *used)
{
    if (is_too_large(d))
        return fail_body(d);
    if (d->left == 0)
        return HTTP_END;
    if (in.len == 0)
        return HTTP_NEED_MORE;
    size_t len = in.len < d->left ? in.len : (size_t)d->left;
    d->left -= len;
    d->body_bytes += len;
    d->body = slice_of(in.ptr, len);
    *used += len;
    return HTTP_BODY;
}

static enum http_event decode_length(struct http_decoder *d, struct slice in, size_t *used)
{
    enum http_event event = decode_piece(d, in, used);
    if (event == HTTP_END)
        begin_head(d);
    return event;
}

static enum http_event decode_until_close(struct http_decoder *d, struct slice in, size_t *used)
{
    /* What the limit allows is given first, however the input is cut. */
    uint64_t room = d->limits.body_max - d->body_bytes;
    d->left = room && room < in.len ? room : in.len;
    return in.len ? decode_piece(d, in, used) : HTTP_NEED_MORE;
}

/* HTTP_END: a chunk follows, or the trailer. */
static enum http_event decode_chunk_size(struct http_decoder *d, struct slice in, size_t *used)
{
    enum http_event event = read_section(d, in);
    if (event != HTTP_END)
        return event;
    if (is_too_large(d))
        return fail_body(d);
    *used += d->scanned;
    if (d->left)
        d->part = HTTP_PART_CHUNK;
    else
        begin_section(d, HTTP_PART_TRAILER, http_en_trailer, field_line);
    return HTTP_END;
}

/* HTTP_END: a chunk's size follows. */
static enum http_event decode_chunk(struct http_decoder *d, struct slice in, size_t *used)
{
    enum http_event event = decode_piece(d, in, used);
    if (event == HTTP_END)
        begin_chunk_line(d, http_en_next_chunk);
    return event;
}

static enum http_event decode_trailer(struct http_decoder *d, struct slice in, size_t *used)
{
    enum http_event event = read_section(d, in);
    if (event != HTTP_END)
        return event;
    *used += d->scanned;
    begin_head(d);
    return HTTP_END;
}

static enum http_event stay_broken(struct http_decoder *d, struct slice in, size_t *used)
{
    (void)d;
    (void)in;
    (void)used;
    return HTTP_ERROR;
}

static const struct {
    enum http_event (*decode)(struct http_decoder *d, struct slice in, size_t *used);
    bool goes_on; /* the end of the part is not that of the message */
} parts[] = {
    [HTTP_PART_HEAD] = {decode_head, false},
    [HTTP_PART_LENGTH] = {decode_length, false},
    [HTTP_PART_CHUNK_SIZE] = {decode_chunk_size, true},
    [HTTP_PART_CHUNK] = {decode_chunk, true},
    [HTTP_PART_TRAILER] = {decode_trailer, false},
    [HTTP_PART_UNTIL_CLOSE] = {decode_until_close, false},
    [HTTP_PART_BROKEN] = {stay_broken, false},
};

enum http_event http_decode(struct http_decoder *d, struct slice in, size_t *used)
{
    *used = 0;
    if (!in.ptr)
        in = slice_str("");
    for (;;) {
        bool goes_on = parts[d->part].goes_on;
        enum http_event event = parts[d->part].decode(d, slice_from(in, *used), used);
        if (event != HTTP_END || !goes_on)
            return event;
    }
}

bool http_decoder_busy(const struct http_decoder *d)
{
    return d->part != HTTP_PART_HEAD || d->scanned > 0;
}

enum http_event http_decode_close(struct http_decoder *d)
{
    if (d->part == HTTP_PART_BROKEN)
        return HTTP_ERROR;
    if (d->part == HTTP_PART_UNTIL_CLOSE) {
        begin_head(d);
        return HTTP_END;
    }
    if (!http_decoder_busy(d))
        return HTTP_NEED_MORE;
    return fail(d, HTTP_BAD_REQUEST, "the connection was closed within a %s",
                d->part == HTTP_PART_HEAD ? "header" : "body");
}
