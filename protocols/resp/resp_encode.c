#include "protocols/resp/resp_encode.h"

#include <math.h>

#include "common/text.h"

/* A kind byte, a decimal number and a line end: at most 24 bytes. */
#define HEADER_MAX 32

static size_t put_header(uint8_t *to, char kind, int64_t count)
{
    char *out = (char *)to;
    out[0] = kind;
    if (count >= 0 && count < 10) {
        out[1] = (char)('0' + count);
        memcpy(out + 2, "\r\n", 2);
        return 4;
    }
    if (count >= 10 && count < 100) {
        out[1] = (char)('0' + count / 10);
        out[2] = (char)('0' + count % 10);
        memcpy(out + 3, "\r\n", 2);
        return 5;
    }
    size_t len = 1 + text_from_i64(out + 1, count);
    memcpy(out + len, "\r\n", 2);
    return len + 2;
}

size_t resp_header(char out[32], char kind, int64_t count)
{
    return put_header((uint8_t *)out, kind, count);
}

static void put_number(struct outq *q, char kind, int64_t value)
{
    uint8_t *to = outq_reserve(q, HEADER_MAX);
    if (to)
        outq_commit(q, put_header(to, kind, value));
}

static void put_line(struct outq *q, char kind, struct slice text)
{
    uint8_t *to = outq_reserve(q, text.len + 3);
    if (!to)
        return;
    to[0] = (uint8_t)kind;
    if (text.len)
        memcpy(to + 1, text.ptr, text.len);
    memcpy(to + 1 + text.len, "\r\n", 2);
    outq_commit(q, text.len + 3);
}

void resp_put_simple(struct outq *q, struct slice text)
{
    put_line(q, '+', text);
}

/* A line end within an error would end it early and desynchronise the client. */
void resp_put_error(struct outq *q, struct slice text)
{
    uint8_t *to = outq_reserve(q, text.len + 3);
    if (!to)
        return;
    to[0] = '-';
    for (size_t i = 0; i < text.len; i++)
        to[1 + i] = text.ptr[i] == '\r' || text.ptr[i] == '\n' ? ' ' : text.ptr[i];
    memcpy(to + 1 + text.len, "\r\n", 2);
    outq_commit(q, text.len + 3);
}

void resp_put_int(struct outq *q, int64_t value)
{
    put_number(q, ':', value);
}

/* Payloads up to this size go into the tail chunk together with their header. */
#define JOINED_MAX 4096

void resp_put_bulk(struct outq *q, struct slice bytes)
{
    if (bytes.len > JOINED_MAX) {
        put_number(q, '$', (int64_t)bytes.len);
        outq_put_slice(q, bytes);
        outq_put(q, "\r\n", 2);
        return;
    }
    uint8_t *to = outq_reserve(q, HEADER_MAX + bytes.len + 2);
    if (!to)
        return;
    size_t len = put_header(to, '$', (int64_t)bytes.len);
    if (bytes.len)
        memcpy(to + len, bytes.ptr, bytes.len);
    len += bytes.len;
    memcpy(to + len, "\r\n", 2);
    outq_commit(q, len + 2);
}

void resp_put_bulk_int(struct outq *q, int64_t value)
{
    char digits[TEXT_INT_MAX];
    resp_put_bulk(q, slice_of(digits, text_from_i64(digits, value)));
}

void resp_put_null_bulk(struct outq *q)
{
    outq_put(q, "$-1\r\n", 5);
}

void resp_put_null_array(struct outq *q)
{
    outq_put(q, "*-1\r\n", 5);
}

void resp_put_array(struct outq *q, int64_t count)
{
    put_number(q, '*', count);
}

void resp_put_null(struct outq *q)
{
    outq_put(q, "_\r\n", 3);
}

void resp_put_bool(struct outq *q, bool value)
{
    outq_put(q, value ? "#t\r\n" : "#f\r\n", 4);
}

void resp_put_double(struct outq *q, double value)
{
    char text[TEXT_DOUBLE_MAX];
    put_line(q, ',', slice_of(text, text_from_double(text, value)));
}

void resp_put_big_number(struct outq *q, struct slice digits)
{
    put_line(q, '(', digits);
}

void resp_put_verbatim(struct outq *q, const char format[3], struct slice bytes)
{
    put_number(q, '=', (int64_t)bytes.len + 4);
    outq_put(q, format, 3);
    outq_put(q, ":", 1);
    outq_put_slice(q, bytes);
    outq_put(q, "\r\n", 2);
}

void resp_put_map(struct outq *q, int64_t pairs)
{
    put_number(q, '%', pairs);
}

void resp_put_set(struct outq *q, int64_t count)
{
    put_number(q, '~', count);
}

void resp_put_push(struct outq *q, int64_t count)
{
    put_number(q, '>', count);
}

void resp_put_attribute(struct outq *q, int64_t pairs)
{
    put_number(q, '|', pairs);
}
