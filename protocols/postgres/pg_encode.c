#include "protocols/postgres/pg_encode.h"

/* Codes of the authentication requests. */
enum {
    AUTH_OK = 0,
    AUTH_CLEARTEXT = 3,
    AUTH_MD5 = 5,
    AUTH_SASL = 10,
    AUTH_SASL_CONTINUE = 11,
    AUTH_SASL_FINAL = 12
};

static void store_u32(uint8_t out[4], uint32_t value)
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

/* ---- pieces */

struct outq_mark pg_begin(struct outq *q, char type)
{
    struct outq_mark mark = outq_mark(q, 5);
    outq_patch(q, mark, &type, 1);
    return mark;
}

void pg_end(struct outq *q, struct outq_mark begun)
{
    uint8_t len[4];
    if (!begun.chunk)
        return;
    store_u32(len, (uint32_t)(outq_since(q, begun) - 1));
    begun.at++;
    outq_patch(q, begun, len, sizeof(len));
}

void pg_put_u8(struct outq *q, uint8_t value)
{
    outq_put(q, &value, 1);
}

void pg_put_u16(struct outq *q, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    outq_put(q, bytes, sizeof(bytes));
}

void pg_put_u32(struct outq *q, uint32_t value)
{
    uint8_t bytes[4];
    store_u32(bytes, value);
    outq_put(q, bytes, sizeof(bytes));
}

void pg_put_text(struct outq *q, struct slice text)
{
    const uint8_t *zero = text.len ? memchr(text.ptr, 0, text.len) : NULL;
    outq_put(q, text.ptr, zero ? (size_t)(zero - text.ptr) : text.len);
    pg_put_u8(q, 0);
}

/* ---- starting up */

void pg_put_empty(struct outq *q, enum pg_empty_message type)
{
    uint8_t message[5] = {(uint8_t)type, 0, 0, 0, 4};
    outq_put(q, message, sizeof(message));
}

static void put_auth(struct outq *q, uint32_t code, struct slice data)
{
    struct outq_mark mark = pg_begin(q, 'R');
    pg_put_u32(q, code);
    outq_put_slice(q, data);
    pg_end(q, mark);
}

void pg_put_auth_ok(struct outq *q)
{
    put_auth(q, AUTH_OK, slice_of(NULL, 0));
}

void pg_put_auth_cleartext(struct outq *q)
{
    put_auth(q, AUTH_CLEARTEXT, slice_of(NULL, 0));
}

void pg_put_auth_md5(struct outq *q, const uint8_t salt[4])
{
    put_auth(q, AUTH_MD5, slice_of(salt, 4));
}

void pg_put_auth_sasl(struct outq *q, struct slice mechanism)
{
    struct outq_mark mark = pg_begin(q, 'R');
    pg_put_u32(q, AUTH_SASL);
    pg_put_text(q, mechanism);
    pg_put_u8(q, 0);
    pg_end(q, mark);
}

void pg_put_auth_sasl_continue(struct outq *q, struct slice data)
{
    put_auth(q, AUTH_SASL_CONTINUE, data);
}

void pg_put_auth_sasl_final(struct outq *q, struct slice data)
{
    put_auth(q, AUTH_SASL_FINAL, data);
}

void pg_put_negotiate_version(struct outq *q, const struct slice *options, uint32_t count)
{
    struct outq_mark mark = pg_begin(q, 'v');
    pg_put_u32(q, 3u << 16);
    pg_put_u32(q, count);
    for (uint32_t i = 0; i < count; i++)
        pg_put_text(q, options[i]);
    pg_end(q, mark);
}

void pg_put_backend_key(struct outq *q, uint32_t pid, uint32_t key)
{
    struct outq_mark mark = pg_begin(q, 'K');
    pg_put_u32(q, pid);
    pg_put_u32(q, key);
    pg_end(q, mark);
}

void pg_put_parameter(struct outq *q, struct slice name, struct slice value)
{
    struct outq_mark mark = pg_begin(q, 'S');
    pg_put_text(q, name);
    pg_put_text(q, value);
    pg_end(q, mark);
}

void pg_put_ready(struct outq *q, enum pg_transaction_status status)
{
    uint8_t message[6] = {'Z', 0, 0, 0, 5, (uint8_t)status};
    outq_put(q, message, sizeof(message));
}

/* ---- statements */

void pg_put_error(struct outq *q, char type, const struct pg_error_field *fields, uint32_t count)
{
    struct outq_mark mark = pg_begin(q, type);
    for (uint32_t i = 0; i < count; i++) {
        if (!fields[i].text.ptr)
            continue;
        pg_put_u8(q, (uint8_t)fields[i].code);
        pg_put_text(q, fields[i].text);
    }
    pg_put_u8(q, 0);
    pg_end(q, mark);
}

struct outq_mark pg_begin_row_description(struct outq *q, uint16_t columns)
{
    struct outq_mark mark = pg_begin(q, 'T');
    pg_put_u16(q, columns);
    return mark;
}

void pg_put_row_column(struct outq *q, const struct pg_column *column)
{
    pg_put_text(q, column->name);
    pg_put_u32(q, column->table);
    pg_put_u16(q, (uint16_t)column->number);
    pg_put_u32(q, column->type);
    pg_put_u16(q, (uint16_t)column->type_len);
    pg_put_u32(q, (uint32_t)column->typmod);
    pg_put_u16(q, column->format);
}

void pg_put_parameter_description(struct outq *q, const uint32_t *types, uint32_t count)
{
    struct outq_mark mark = pg_begin(q, 't');
    pg_put_u16(q, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++)
        pg_put_u32(q, types[i]);
    pg_end(q, mark);
}

void pg_put_command_complete(struct outq *q, struct slice tag)
{
    struct outq_mark mark = pg_begin(q, 'C');
    pg_put_text(q, tag);
    pg_end(q, mark);
}

void pg_put_copy_response(struct outq *q, char type, uint16_t format, uint16_t columns)
{
    struct outq_mark mark = pg_begin(q, type);
    pg_put_u8(q, (uint8_t)format);
    pg_put_u16(q, columns);
    for (uint32_t i = 0; i < columns; i++)
        pg_put_u16(q, format);
    pg_end(q, mark);
}

void pg_put_copy_data(struct outq *q, struct slice data)
{
    uint8_t head[5] = {'d'};
    store_u32(head + 1, (uint32_t)data.len + 4);
    outq_put(q, head, sizeof(head));
    outq_put_slice(q, data);
}

void pg_put_notification(struct outq *q, uint32_t pid, struct slice channel, struct slice payload)
{
    struct outq_mark mark = pg_begin(q, 'A');
    pg_put_u32(q, pid);
    pg_put_text(q, channel);
    pg_put_text(q, payload);
    pg_end(q, mark);
}

void pg_put_function_result(struct outq *q, struct slice value)
{
    struct outq_mark mark = pg_begin(q, 'V');
    pg_put_u32(q, value.ptr ? (uint32_t)value.len : UINT32_MAX);
    outq_put_slice(q, value);
    pg_end(q, mark);
}
