#include "emulators/postgres/encoding.h"

#include <stdio.h>

#include "emulators/postgres/encoding_sets.h"
#include "emulators/sql/value/text.h"

static const char *const names[] = {
    "SQL_ASCII", "EUC_JP",        "EUC_CN",     "EUC_KR",     "EUC_TW",     "EUC_JIS_2004",
    "UTF8",      "MULE_INTERNAL", "LATIN1",     "LATIN2",     "LATIN3",     "LATIN4",
    "LATIN5",    "LATIN6",        "LATIN7",     "LATIN8",     "LATIN9",     "LATIN10",
    "WIN1256",   "WIN1258",       "WIN866",     "WIN874",     "KOI8R",      "WIN1251",
    "WIN1252",   "ISO_8859_5",    "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250",
    "WIN1253",   "WIN1254",       "WIN1255",    "WIN1257",    "KOI8U",      "SJIS",
    "BIG5",      "GBK",           "UHC",        "GB18030",    "JOHAB",      "SHIFT_JIS_2004",
};
#define COUNT (sizeof(names) / sizeof(names[0]))

static const struct alias {
    const char *name;
    int encoding;
} aliases[] = {
    {"abc",         19},
    {"alt",         20},
    {"iso88591",    8 },
    {"iso885910",   13},
    {"iso885913",   14},
    {"iso885914",   15},
    {"iso885915",   16},
    {"iso885916",   17},
    {"iso88592",    9 },
    {"iso88593",    10},
    {"iso88594",    11},
    {"iso88599",    12},
    {"koi8",        22},
    {"mskanji",     35},
    {"shiftjis",    35},
    {"tcvn",        19},
    {"tcvn5712",    19},
    {"unicode",     6 },
    {"vscii",       19},
    {"win",         23},
    {"win932",      35},
    {"win936",      37},
    {"win949",      38},
    {"win950",      36},
    {"windows1250", 29},
    {"windows1251", 23},
    {"windows1252", 24},
    {"windows1253", 30},
    {"windows1254", 31},
    {"windows1255", 32},
    {"windows1256", 18},
    {"windows1257", 33},
    {"windows1258", 19},
    {"windows866",  20},
    {"windows874",  21},
    {"windows932",  35},
    {"windows936",  37},
    {"windows949",  38},
    {"windows950",  36},
};

static bool is_alphanumeric(uint8_t c)
{
    c = ascii_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Letters and digits alone count. */
static bool is_name(struct slice text, const char *name)
{
    const char *at = name;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_alphanumeric(text.ptr[i]))
            continue;
        while (*at && !is_alphanumeric((uint8_t)*at))
            at++;
        if (ascii_lower(text.ptr[i]) != ascii_lower((uint8_t)*at))
            return false;
        at++;
    }
    return *at == 0 && text.len > 0;
}

int pg_encoding_find(struct slice name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (is_name(name, names[i]))
            return (int)i;
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (is_name(name, aliases[i].name))
            return aliases[i].encoding;
    return -1;
}

const char *pg_encoding_name(int encoding)
{
    return encoding >= 0 && (size_t)encoding < COUNT ? names[encoding] : NULL;
}

/* ---- conversions */

/* NULL: a set of several bytes. */
static const uint16_t *upper_half(int set)
{
    bool single = set >= PG_ENCODING_SET_FIRST && set < PG_ENCODING_SET_FIRST + PG_ENCODING_SETS;
    return single ? pg_encoding_sets[set - PG_ENCODING_SET_FIRST] : NULL;
}

bool pg_encoding_converts(int encoding)
{
    return encoding >= 0 && encoding != PG_ENCODING_UTF8 && encoding != PG_ENCODING_SQL_ASCII;
}

bool pg_encoding_is_known(int encoding)
{
    return encoding != PG_ENCODING_MULE;
}

static bool fail_unknown(struct sql_error *error, int set)
{
    return sql_fail(
        error, "0A000",
        "conversion of characters other than ASCII between %s and UTF8 is not supported",
        pg_encoding_name(set));
}

static bool fail_untranslatable(struct sql_error *error, struct slice bytes, int from, int to)
{
    char shown[32] = "";
    int len = 0;
    for (size_t i = 0; i < bytes.len && i < 4; i++)
        len += snprintf(shown + len, sizeof(shown) - (size_t)len, "%s0x%02x", i ? " " : "",
                        bytes.ptr[i]);
    return sql_fail(error, "22P05",
                    "character with byte sequence %s in encoding \"%s\" has no equivalent in "
                    "encoding \"%s\"",
                    shown, pg_encoding_name(from), pg_encoding_name(to));
}

bool pg_encoding_decode(int set, struct slice text, struct sql_bytes *out, struct sql_error *error)
{
    const uint16_t *upper = upper_half(set);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (byte == 0)
            return sql_fail(error, "22021", "invalid byte sequence for encoding \"%s\": 0x00",
                            pg_encoding_name(set));
        if (byte >= 128 && !upper)
            return fail_unknown(error, set);
        uint32_t code = byte < 128 ? byte : upper[byte - 128];
        if (code == 0)
            return fail_untranslatable(error, slice_of(text.ptr + i, 1), set, PG_ENCODING_UTF8);
        sql_char_add(out, code);
    }
    return true;
}

/* 0: there is none. */
static uint8_t find_byte(const uint16_t *upper, uint32_t code)
{
    for (unsigned i = 0; i < 128; i++)
        if (upper[i] == code)
            return (uint8_t)(i + 128);
    return 0;
}

bool pg_encoding_encode(int set, struct slice text, uint8_t *out, size_t *out_len,
                        struct sql_error *error)
{
    const uint16_t *upper = upper_half(set);
    size_t len = 0;
    while (text.len > 0) {
        size_t width;
        uint32_t code = sql_char_get(text, &width);
        if (code >= 128 && !upper)
            return fail_unknown(error, set);
        uint8_t byte = code < 128 ? (uint8_t)code : find_byte(upper, code);
        if (byte == 0 && code != 0)
            return fail_untranslatable(error, slice_of(text.ptr, width), PG_ENCODING_UTF8, set);
        out[len++] = byte;
        text = slice_from(text, width);
    }
    *out_len = len;
    return true;
}
