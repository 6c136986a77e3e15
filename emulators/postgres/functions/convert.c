/* convert, convert_from, convert_to, to_ascii: texts in other character sets as bytes. What is
 * SQL_ASCII on either side stays as it is; other conversions go from UTF8 or to it. */
#include "emulators/postgres/encoding.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/text.h"

static bool encode(struct sql_call *call, struct slice text, int to, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (!sql_bytes_reserve(&bytes, text.len + 1))
        return sql_fail_memory(call->env->error);
    return pg_encoding_encode(to, text, bytes.ptr, &bytes.len, call->env->error) &&
           sql_give_bytes(call, out, &bytes);
}

static bool check_source(struct sql_call *call, struct slice text, int from)
{
    if (from == PG_ENCODING_UTF8)
        return sql_text_check(call->env->error, text);
    return text.len == 0 || !memchr(text.ptr, 0, text.len) ||
           sql_fail(call->env->error, "22021", "invalid byte sequence for encoding \"%s\": 0x00",
                    pg_encoding_name(from));
}

static bool convert_bytes(struct sql_call *call, struct slice text, int from, int to,
                          struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    bool as_is = from == to || from == PG_ENCODING_SQL_ASCII || to == PG_ENCODING_SQL_ASCII;
    if (!check_source(call, text, from))
        return false;
    if (as_is)
        return sql_give_slice(out, text);
    if (from == PG_ENCODING_UTF8 && pg_encoding_is_known(to))
        return encode(call, text, to, out);
    if (pg_encoding_is_known(from) && to == PG_ENCODING_UTF8)
        return pg_encoding_decode(from, text, &bytes, call->env->error) &&
               sql_give_bytes(call, out, &bytes);
    return sql_fail(call->env->error, "42883",
                    "default conversion function for encoding \"%s\" to \"%s\" does not exist",
                    pg_encoding_name(from), pg_encoding_name(to));
}

static bool find_encoding(struct sql_call *call, struct datum name, const char *what, int *out)
{
    struct slice text = datum_slice(name);
    *out = pg_encoding_find(text);
    if (*out >= 0)
        return true;
    return sql_fail(call->env->error, "22023", "invalid %sencoding name \"%.*s\"", what,
                    SLICE_ARG(text));
}

static bool convert(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int from, to;
    return find_encoding(call, args[1], "source ", &from) &&
           find_encoding(call, args[2], "destination ", &to) &&
           convert_bytes(call, datum_slice(args[0]), from, to, out);
}

static bool convert_from(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int from;
    return find_encoding(call, args[1], "source ", &from) &&
           convert_bytes(call, datum_slice(args[0]), from, PG_ENCODING_UTF8, out);
}

static bool convert_to(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int to;
    return find_encoding(call, args[1], "destination ", &to) &&
           convert_bytes(call, datum_slice(args[0]), PG_ENCODING_UTF8, to, out);
}

/* Characters of bytes in a set: bytes, but in UTF-8. */
static bool length_in_encoding(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int encoding;
    struct slice bytes = datum_slice(args[0]);
    if (!find_encoding(call, args[1], "", &encoding))
        return false;
    if (encoding != PG_ENCODING_UTF8)
        return sql_give_int(out, (int64_t)bytes.len);
    return sql_text_check(call->env->error, bytes) &&
           sql_give_int(out, (int64_t)sql_text_length(bytes));
}

#define LATIN1_FIRST 160
static const char latin1_as_ascii[] =
    "  cL Y  \"Ca  -R     'u .,      ?AAAAAAACEEEEIIII NOOOOOxOUUUUYTBa"
    "aaaaaaceeeeiiii nooooo/ouuuuyty";

/* Accents are taken off the letters of LATIN1, byte by byte. */
static bool to_ascii(struct sql_call *call, struct slice text, int encoding, struct datum *out)
{
    if (encoding != PG_ENCODING_LATIN1)
        return sql_fail(call->env->error, "0A000",
                        "encoding conversion from %s to ASCII not supported",
                        pg_encoding_name(encoding));
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_bytes_reserve(&bytes, text.len);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool known = c < 128 || c >= LATIN1_FIRST;
        sql_bytes_add_char(&bytes, c < 128 ? (char)c
                                   : known ? latin1_as_ascii[c - LATIN1_FIRST]
                                           : ' ');
    }
    return sql_give_bytes(call, out, &bytes);
}

static bool to_ascii_default(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_ascii(call, datum_slice(args[0]), PG_ENCODING_UTF8, out);
}

static bool to_ascii_number(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t number = args[1].i;
    if (number < 0 || number > INT32_MAX || !pg_encoding_name((int)number))
        return sql_fail(call->env->error, "42704", "%lld is not a valid encoding code",
                        (long long)number);
    return to_ascii(call, datum_slice(args[0]), (int)number, out);
}

static bool to_ascii_name(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice name = datum_slice(args[1]);
    int encoding = pg_encoding_find(name);
    if (encoding < 0)
        return sql_fail(call->env->error, "42704", "%.*s is not a valid encoding name",
                        SLICE_ARG(name));
    return to_ascii(call, datum_slice(args[0]), encoding, out);
}

const struct sql_builtin pg_convert_functions[] = {
    {"pg_convert",         convert           },
    {"pg_convert_from",    convert_from      },
    {"pg_convert_to",      convert_to        },
    {"length_in_encoding", length_in_encoding},
    {"to_ascii_default",   to_ascii_default  },
    {"to_ascii_enc",       to_ascii_number   },
    {"to_ascii_encname",   to_ascii_name     },
    {NULL,                 NULL              },
};
