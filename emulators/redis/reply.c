#include "emulators/redis/reply.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

void redis_reply_ok(struct redis_reply *reply)
{
    outq_put(reply->out, "+OK\r\n", 5);
}

void redis_reply_simple(struct redis_reply *reply, const char *text)
{
    resp_put_simple(reply->out, slice_str(text));
}

void redis_reply_int(struct redis_reply *reply, int64_t value)
{
    resp_put_int(reply->out, value);
}

void redis_reply_bulk(struct redis_reply *reply, struct slice bytes)
{
    resp_put_bulk(reply->out, bytes);
}

void redis_reply_bulk_str(struct redis_reply *reply, const char *text)
{
    resp_put_bulk(reply->out, slice_str(text));
}

void redis_reply_bulk_int(struct redis_reply *reply, int64_t value)
{
    resp_put_bulk_int(reply->out, value);
}

void redis_reply_bulk_printf(struct redis_reply *reply, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t kept = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    resp_put_bulk(reply->out, slice_of(text, kept));
}

void redis_reply_double(struct redis_reply *reply, double value)
{
    char text[TEXT_DOUBLE_MAX];
    if (reply->resp >= 3)
        resp_put_double(reply->out, value);
    else
        resp_put_bulk(reply->out, slice_of(text, text_from_double(text, value)));
}

void redis_reply_bool(struct redis_reply *reply, bool value)
{
    if (reply->resp >= 3)
        resp_put_bool(reply->out, value);
    else
        resp_put_int(reply->out, value);
}

void redis_reply_null(struct redis_reply *reply)
{
    if (reply->resp >= 3)
        resp_put_null(reply->out);
    else
        resp_put_null_bulk(reply->out);
}

void redis_reply_null_array(struct redis_reply *reply)
{
    if (reply->resp >= 3)
        resp_put_null(reply->out);
    else
        resp_put_null_array(reply->out);
}

void redis_reply_verbatim(struct redis_reply *reply, const char format[3], struct slice bytes)
{
    if (reply->resp >= 3)
        resp_put_verbatim(reply->out, format, bytes);
    else
        resp_put_bulk(reply->out, bytes);
}

void redis_reply_big_number(struct redis_reply *reply, struct slice digits)
{
    if (reply->resp >= 3)
        resp_put_big_number(reply->out, digits);
    else
        resp_put_bulk(reply->out, digits);
}

/* ---- aggregates: kind is RESP3's, RESP2 has arrays alone */

static char aggregate(const struct redis_reply *reply, char kind, uint64_t *count)
{
    if (reply->resp >= 3)
        return kind;
    if (kind == '%')
        *count *= 2;
    return '*';
}

static void put_aggregate(struct redis_reply *reply, char kind, uint64_t count)
{
    char header[32];
    char as = aggregate(reply, kind, &count);
    outq_put(reply->out, header, resp_header(header, as, (int64_t)count));
}

static void insert_aggregate(struct redis_reply *reply, struct outq_mark mark, char kind,
                             uint64_t count)
{
    char header[32];
    char as = aggregate(reply, kind, &count);
    outq_insert(reply->out, mark, header, resp_header(header, as, (int64_t)count));
}

void redis_reply_array(struct redis_reply *reply, uint64_t count)
{
    put_aggregate(reply, '*', count);
}

void redis_reply_map(struct redis_reply *reply, uint64_t pairs)
{
    put_aggregate(reply, '%', pairs);
}

void redis_reply_set(struct redis_reply *reply, uint64_t count)
{
    put_aggregate(reply, '~', count);
}

void redis_reply_push(struct redis_reply *reply, uint64_t count)
{
    put_aggregate(reply, '>', count);
}

struct outq_mark redis_reply_later(struct redis_reply *reply)
{
    return outq_mark(reply->out, 0);
}

void redis_reply_array_at(struct redis_reply *reply, struct outq_mark mark, uint64_t count)
{
    insert_aggregate(reply, mark, '*', count);
}

void redis_reply_map_at(struct redis_reply *reply, struct outq_mark mark, uint64_t pairs)
{
    insert_aggregate(reply, mark, '%', pairs);
}

void redis_reply_set_at(struct redis_reply *reply, struct outq_mark mark, uint64_t count)
{
    insert_aggregate(reply, mark, '~', count);
}

/* ---- errors */

void redis_reply_error_slice(struct redis_reply *reply, struct slice text)
{
    size_t code = 0;
    while (code < text.len && code < sizeof(reply->error_code) - 1 && text.ptr[code] != ' ') {
        reply->error_code[code] = (char)text.ptr[code];
        code++;
    }
    reply->error_code[code] = 0;
    reply->errors++;
    reply->counted = false;
    resp_put_error(reply->out, text);
}

void redis_reply_error_counted(struct redis_reply *reply, struct slice text)
{
    redis_reply_error_slice(reply, text);
    reply->counted = true;
}

void redis_reply_error(struct redis_reply *reply, const char *text)
{
    redis_reply_error_slice(reply, slice_str(text));
}

void redis_reply_errorf(struct redis_reply *reply, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t kept = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    redis_reply_error_slice(reply, slice_of(text, kept));
}

void redis_reply_wrongtype(struct redis_reply *reply)
{
    redis_reply_error(reply, "WRONGTYPE Operation against a key holding the wrong kind of value");
}

void redis_reply_syntax(struct redis_reply *reply)
{
    redis_reply_error(reply, "ERR syntax error");
}

void redis_reply_not_integer(struct redis_reply *reply)
{
    redis_reply_error(reply, "ERR value is not an integer or out of range");
}

void redis_reply_not_float(struct redis_reply *reply)
{
    redis_reply_error(reply, "ERR value is not a valid float");
}

void redis_reply_no_key(struct redis_reply *reply)
{
    redis_reply_error(reply, "ERR no such key");
}

void redis_reply_oom(struct redis_reply *reply)
{
    redis_reply_error(reply, "OOM command not allowed: out of memory");
}
