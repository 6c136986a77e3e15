#include "protocols/http/http_encode.h"

#include <stdio.h>

#include "common/text.h"
#include "common/time_text.h"

#define MS_PER_DAY 86400000
/* Hexadecimal digits of a length that is patched in; leading zeros are allowed (RFC 9112 7.1). */
#define CHUNK_DIGITS   8
#define CHUNK_HEAD_LEN (CHUNK_DIGITS + 2)

/* ---- dates */

/* The epoch was a Thursday. */
static const char *weekday_of(int64_t ms)
{
    static const char *const names[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    int64_t days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
    return names[(days % 7 + 7) % 7];
}

void http_date(char out[HTTP_DATE_LEN], int64_t ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[TIME_TEXT_MAX];
    time_to_text(iso, ms); /* "2031-05-06T07:08:09.500Z" */
    int month = (iso[5] - '0') * 10 + (iso[6] - '0');
    char text[HTTP_DATE_LEN + 1];
    snprintf(text, sizeof(text), "%s, %.2s %.3s %.4s %.8s GMT", weekday_of(ms), iso + 8,
             months + (size_t)(month - 1) * 3, iso, iso + 11);
    memcpy(out, text, HTTP_DATE_LEN);
}

/* ---- heads */

static void put_str(struct outq *out, const char *text)
{
    outq_put_slice(out, slice_str(text));
}

static bool breaks_line(uint8_t c)
{
    return c == '\r' || c == '\n' || c == 0;
}

/* What could end the line becomes a blank. */
static void put_text(struct outq *out, struct slice text)
{
    while (text.len) {
        size_t plain = 0;
        while (plain < text.len && !breaks_line(text.ptr[plain]))
            plain++;
        outq_put(out, text.ptr, plain);
        if (plain < text.len)
            put_str(out, " ");
        text = slice_from(text, plain + 1);
    }
}

void http_put_status(struct outq *out, int status)
{
    char line[80];
    int len =
        snprintf(line, sizeof(line), "HTTP/1.1 %03d %s\r\n", status, http_status_reason(status));
    outq_put(out, line, (size_t)len);
}

void http_put_request(struct outq *out, struct slice method, struct slice target)
{
    put_text(out, method);
    put_str(out, " ");
    put_text(out, target);
    put_str(out, " HTTP/1.1\r\n");
}

void http_put_field(struct outq *out, const char *name, struct slice value)
{
    put_str(out, name);
    put_str(out, ": ");
    put_text(out, value);
    put_str(out, "\r\n");
}

void http_put_field_str(struct outq *out, const char *name, const char *value)
{
    http_put_field(out, name, slice_str(value));
}

void http_put_date(struct outq *out, int64_t ms)
{
    char date[HTTP_DATE_LEN];
    http_date(date, ms);
    http_put_field(out, "Date", slice_of(date, sizeof(date)));
}

void http_put_content_length(struct outq *out, uint64_t length)
{
    char digits[TEXT_INT_MAX];
    http_put_field(out, "Content-Length", slice_of(digits, text_from_u64(digits, length)));
}

void http_put_head_end(struct outq *out)
{
    put_str(out, "\r\n");
}

/* ---- chunks */

void http_put_chunk(struct outq *out, struct slice bytes)
{
    if (!bytes.len)
        return;
    char line[24];
    int len = snprintf(line, sizeof(line), "%zx\r\n", bytes.len);
    outq_put(out, line, (size_t)len);
    outq_put_slice(out, bytes);
    put_str(out, "\r\n");
}

void http_put_last_chunk(struct outq *out)
{
    put_str(out, "0\r\n\r\n");
}

struct outq_mark http_chunk_begin(struct outq *out)
{
    return outq_mark(out, CHUNK_HEAD_LEN);
}

/* An empty chunk would be the last one. */
void http_chunk_end(struct outq *out, struct outq_mark mark)
{
    size_t len = outq_since(out, mark);
    if (len <= CHUNK_HEAD_LEN) {
        outq_truncate(out, mark);
        return;
    }
    char line[CHUNK_HEAD_LEN + 1];
    snprintf(line, sizeof(line), "%0*x\r\n", CHUNK_DIGITS, (unsigned)(len - CHUNK_HEAD_LEN));
    outq_patch(out, mark, line, CHUNK_HEAD_LEN);
    put_str(out, "\r\n");
}

/* ---- events */

/* Up to the first line end; *rest is what is behind it, ptr NULL when there is none. */
static struct slice first_line(struct slice text, struct slice *rest)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] != '\n' && text.ptr[len] != '\r')
        len++;
    *rest = slice_of(NULL, 0);
    if (len < text.len) {
        bool both = text.ptr[len] == '\r' && len + 1 < text.len && text.ptr[len + 1] == '\n';
        *rest = slice_from(text, len + (both ? 2 : 1));
    }
    return slice_of(text.ptr, len);
}

static void put_event_line(struct outq *out, const char *name, struct slice value)
{
    put_str(out, name);
    put_text(out, value);
    put_str(out, "\n");
}

void http_put_event(struct outq *out, const struct http_sse_event *event)
{
    if (event->name.ptr)
        put_event_line(out, "event: ", event->name);
    if (event->id.ptr)
        put_event_line(out, "id: ", event->id);
    struct slice rest = event->data;
    do {
        struct slice line = first_line(rest, &rest);
        put_str(out, "data: ");
        outq_put_slice(out, line);
        put_str(out, "\n");
    } while (rest.ptr);
    put_str(out, "\n");
}
