#include "emulators/postgres/client_text.h"

#include "common/utf8.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/type_io.h"

bool pg_client_text_in(int encoding, struct arena *arena, struct slice *text,
                       struct sql_error *error)
{
    if (!pg_encoding_converts(encoding) || utf8_is_ascii(*text))
        return sql_text_check(error, *text);
    struct sql_bytes decoded = {.arena = arena};
    if (!pg_encoding_decode(encoding, *text, &decoded, error))
        return false;
    sql_bytes_add_char(&decoded, 0); /* as texts of messages end */
    if (decoded.failed)
        return sql_fail_memory(error);
    *text = slice_of(decoded.ptr, decoded.len - 1);
    return true;
}

bool pg_client_text_out(int encoding, struct arena *arena, struct slice *text,
                        struct sql_error *error)
{
    if (!pg_encoding_converts(encoding) || utf8_is_ascii(*text))
        return true;
    uint8_t *bytes = arena_alloc(arena, text->len);
    size_t len;
    if (!bytes)
        return sql_fail_memory(error);
    if (!pg_encoding_encode(encoding, *text, bytes, &len, error))
        return false;
    *text = slice_of(bytes, len);
    return true;
}

bool pg_client_tail_out(int encoding, struct sql_bytes *out, size_t at, struct sql_error *error)
{
    if (!pg_encoding_converts(encoding) || out->failed)
        return true;
    struct slice tail = slice_of(out->ptr + at, out->len - at);
    size_t len;
    if (utf8_is_ascii(tail))
        return true;
    if (!pg_encoding_encode(encoding, tail, out->ptr + at, &len, error))
        return false;
    out->len = at + len;
    return true;
}

/* ---- values in binary */

static bool refuse_binary(int encoding, struct sql_call *call, const struct sql_type *type)
{
    return sql_fail(call->env->error, "0A000",
                    "binary form of type %.*s with characters other than ASCII is not supported "
                    "with client_encoding %s",
                    SLICE_ARG(type->name), pg_encoding_name(encoding));
}

/* The value's text; bytea, numbers and times have nothing but ASCII in theirs. */
static bool show(struct sql_call *call, const struct sql_type *type, struct datum value,
                 struct sql_bytes *text)
{
    *text = (struct sql_bytes){.arena = call->arena};
    return sql_type_output(call, type, value, text) &&
           (!text->failed || sql_fail_memory(call->env->error));
}

/* Is the binary form of the type its text? */
static bool is_text(struct sql_call *call, const struct sql_type *type)
{
    enum { TYPE_JSON = 114, TYPE_XML = 142, TYPE_UNKNOWN = 705 };
    const struct sql_type *base = sql_domain_base(call->env, type);
    return base->category == 'S' || base->kind == SQL_TYPE_ENUM || base->id == TYPE_JSON ||
           base->id == TYPE_XML || base->id == TYPE_UNKNOWN;
}

bool pg_client_value_in(int encoding, struct sql_call *call, const struct sql_type *type,
                        struct slice bytes, int32_t typmod, struct datum *out)
{
    struct sql_bytes text;
    if (!pg_encoding_converts(encoding))
        return sql_domain_receive(call, type, bytes, typmod, out);
    if (is_text(call, type))
        return pg_client_text_in(encoding, call->arena, &bytes, call->env->error) &&
               sql_domain_receive(call, type, bytes, typmod, out);
    if (!sql_domain_receive(call, type, bytes, typmod, out) || !show(call, type, *out, &text))
        return false;
    return utf8_is_ascii(sql_bytes_slice(&text)) || refuse_binary(encoding, call, type);
}

bool pg_client_value_out(int encoding, struct sql_call *call, const struct sql_type *type,
                         struct datum value, struct sql_bytes *out)
{
    size_t at = out->len;
    struct sql_bytes text;
    if (!sql_type_send(call, type, value, out))
        return false;
    if (!pg_encoding_converts(encoding))
        return true;
    if (is_text(call, type))
        return pg_client_tail_out(encoding, out, at, call->env->error);
    return show(call, type, value, &text) &&
           (utf8_is_ascii(sql_bytes_slice(&text)) || refuse_binary(encoding, call, type));
}
