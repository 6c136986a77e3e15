/* convert, convert_from, convert_to, to_ascii: texts in other character sets as bytes. UTF8,
 * SQL_ASCII, LATIN1, LATIN9 and WIN1252 are known; conversions between others do not exist. */
#include "emulators/postgres/encoding.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/text.h"

#define LATIN9  16
#define WIN1252 24
#define NO_CODE 0 /* a byte that stands for nothing */

/* Where a set differs from LATIN1, whose bytes are the first code points. */
struct difference {
    uint8_t byte;
    uint16_t code;
};

static const struct difference latin9[] = {
    {0xa4, 0x20ac},
    {0xa6, 0x0160},
    {0xa8, 0x0161},
    {0xb4, 0x017d},
    {0xb8, 0x017e},
    {0xbc, 0x0152},
    {0xbd, 0x0153},
    {0xbe, 0x0178},
    {0,    0     },
};
static const struct difference win1252[] = {
    {0x80, 0x20ac },
    {0x81, NO_CODE},
    {0x82, 0x201a },
    {0x83, 0x0192 },
    {0x84, 0x201e },
    {0x85, 0x2026 },
    {0x86, 0x2020 },
    {0x87, 0x2021 },
    {0x88, 0x02c6 },
    {0x89, 0x2030 },
    {0x8a, 0x0160 },
    {0x8b, 0x2039 },
    {0x8c, 0x0152 },
    {0x8d, NO_CODE},
    {0x8e, 0x017d },
    {0x8f, NO_CODE},
    {0x90, NO_CODE},
    {0x91, 0x2018 },
    {0x92, 0x2019 },
    {0x93, 0x201c },
    {0x94, 0x201d },
    {0x95, 0x2022 },
    {0x96, 0x2013 },
    {0x97, 0x2014 },
    {0x98, 0x02dc },
    {0x99, 0x2122 },
    {0x9a, 0x0161 },
    {0x9b, 0x203a },
    {0x9c, 0x0153 },
    {0x9d, NO_CODE},
    {0x9e, 0x017e },
    {0x9f, 0x0178 },
    {0,    0      },
};
static const struct difference none[] = {
    {0, 0}
};

/* NULL: not a set of single bytes that is known. */
static const struct difference *differences_of(int encoding)
{
    switch (encoding) {
    case PG_ENCODING_LATIN1: return none;
    case LATIN9: return latin9;
    case WIN1252: return win1252;
    default: return NULL;
    }
}

static bool fail_untranslatable(struct sql_call *call, struct slice bytes, int from, int to)
{
    struct sql_bytes shown = sql_bytes_begin(call);
    for (size_t i = 0; i < bytes.len; i++)
        sql_bytes_printf(&shown, "%s0x%02x", i ? " " : "", bytes.ptr[i]);
    return sql_fail(call->env->error, "22P05",
                    "character with byte sequence %.*s in encoding \"%s\" has no equivalent in "
                    "encoding \"%s\"",
                    (int)shown.len, (const char *)shown.ptr, pg_encoding_name(from),
                    pg_encoding_name(to));
}

static bool to_utf8(struct sql_call *call, struct slice text, int from, struct sql_bytes *out)
{
    const struct difference *differences = differences_of(from);
    for (size_t i = 0; i < text.len; i++) {
        uint32_t code = text.ptr[i];
        for (const struct difference *d = differences; d->byte; d++)
            if (d->byte == text.ptr[i])
                code = d->code;
        if (text.ptr[i] == 0)
            return sql_fail(call->env->error, "22021",
                            "invalid byte sequence for encoding \"%s\": 0x00",
                            pg_encoding_name(from));
        if (code == NO_CODE)
            return fail_untranslatable(call, slice_of(text.ptr + i, 1), from, PG_ENCODING_UTF8);
        sql_char_add(out, code);
    }
    return true;
}

static bool from_utf8(struct sql_call *call, struct slice text, int to, struct sql_bytes *out)
{
    const struct difference *differences = differences_of(to);
    while (text.len > 0) {
        size_t width;
        uint32_t code = sql_char_get(text, &width);
        bool found = code < 0x100;
        uint8_t byte = (uint8_t)code;
        for (const struct difference *d = differences; d->byte; d++) {
            if (d->code == code && code != NO_CODE) {
                byte = d->byte;
                found = true;
                break;
            }
            if (found && d->byte == byte)
                found = false; /* here the byte stands for something else */
        }
        if (!found)
            return fail_untranslatable(call, slice_of(text.ptr, width), PG_ENCODING_UTF8, to);
        sql_bytes_add_char(out, (char)byte);
        text = slice_from(text, width);
    }
    return true;
}

static bool is_plain(int encoding)
{
    return encoding == PG_ENCODING_UTF8 || encoding == PG_ENCODING_SQL_ASCII;
}

static bool convert_bytes(struct sql_call *call, struct slice text, int from, int to,
                          struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (is_plain(from) && !sql_text_check(call->env->error, text))
        return false;
    if (is_plain(from) && is_plain(to))
        return sql_give_slice(out, text);
    if (is_plain(from) && differences_of(to))
        return from_utf8(call, text, to, &bytes) && sql_give_bytes(call, out, &bytes);
    if (differences_of(from) && is_plain(to))
        return to_utf8(call, text, from, &bytes) && sql_give_bytes(call, out, &bytes);
    if (from == to)
        return sql_give_slice(out, text);
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
