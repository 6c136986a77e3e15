#include "emulators/postgres/encoding.h"

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
