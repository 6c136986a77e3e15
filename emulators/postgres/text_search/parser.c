#include "emulators/postgres/text_search/parser.h"

#include "emulators/sql/value/text_scan.h"

const struct pg_ts_token_name pg_ts_token_names[PG_TS_TOKEN_COUNT] = {
    [PG_TS_ASCIIWORD] = {"asciiword",       "Word, all ASCII"                         },
    [PG_TS_WORD] = {"word",            "Word, all letters"                       },
    [PG_TS_NUMWORD] = {"numword",         "Word, letters and digits"                },
    [PG_TS_EMAIL] = {"email",           "Email address"                           },
    [PG_TS_URL] = {"url",             "URL"                                     },
    [PG_TS_HOST] = {"host",            "Host"                                    },
    [PG_TS_SFLOAT] = {"sfloat",          "Scientific notation"                     },
    [PG_TS_VERSION] = {"version",         "Version number"                          },
    [PG_TS_HWORD_NUMPART] = {"hword_numpart",   "Hyphenated word part, letters and digits"},
    [PG_TS_HWORD_PART] = {"hword_part",      "Hyphenated word part, all letters"       },
    [PG_TS_HWORD_ASCIIPART] = {"hword_asciipart", "Hyphenated word part, all ASCII"         },
    [PG_TS_BLANK] = {"blank",           "Space symbols"                           },
    [PG_TS_TAG] = {"tag",             "XML tag"                                 },
    [PG_TS_PROTOCOL] = {"protocol",        "Protocol head"                           },
    [PG_TS_NUMHWORD] = {"numhword",        "Hyphenated word, letters and digits"     },
    [PG_TS_ASCIIHWORD] = {"asciihword",      "Hyphenated word, all ASCII"              },
    [PG_TS_HWORD] = {"hword",           "Hyphenated word, all letters"            },
    [PG_TS_URL_PATH] = {"url_path",        "URL path"                                },
    [PG_TS_FILE] = {"file",            "File or path name"                       },
    [PG_TS_FLOAT] = {"float",           "Decimal notation"                        },
    [PG_TS_INT] = {"int",             "Signed integer"                          },
    [PG_TS_UINT] = {"uint",            "Unsigned integer"                        },
    [PG_TS_ENTITY] = {"entity",          "XML entity"                              },
};

static bool is_character(uint8_t c)
{
    return sql_is_letter(c) || sql_is_digit(c) || c >= 0x80;
}

/* A run of what is no token ends before what may begin one. */
static size_t blank_len(struct slice rest)
{
    size_t len = 1;
    while (len < rest.len && !is_character(rest.ptr[len]) && !strchr("<-+&/", rest.ptr[len]))
        len++;
    return len;
}

/* A part of a hyphenated word, or the hyphen. */
static enum pg_ts_token part_of_word(struct slice rest, size_t *len)
{
    bool letters = true, ascii = true;
    if (rest.ptr[0] == '-') {
        *len = 1;
        return PG_TS_BLANK;
    }
    for (*len = 0; *len < rest.len && rest.ptr[*len] != '-'; ++*len) {
        letters &= !sql_is_digit(rest.ptr[*len]);
        ascii &= rest.ptr[*len] < 0x80;
    }
    return !letters ? PG_TS_HWORD_NUMPART : ascii ? PG_TS_HWORD_ASCIIPART : PG_TS_HWORD_PART;
}

static enum pg_ts_token part_of_url(struct slice rest, size_t *len)
{
    const uint8_t *slash = memchr(rest.ptr, '/', rest.len);
    *len = slash && slash > rest.ptr ? (size_t)(slash - rest.ptr) : rest.len;
    return slash == rest.ptr ? PG_TS_URL_PATH : PG_TS_HOST;
}

enum { HOST_LEN_MAX = 255 }; /* RFC 1035 2.3.4 */

/* A name with dots is a host as far as it can be one, though as a file's it is longer. */
static void prefer_host(struct slice rest, enum pg_ts_token *type, size_t *len)
{
    if (*len > HOST_LEN_MAX || memchr(rest.ptr, '/', *len))
        return;
    for (size_t at = *len; at-- > 0;) {
        size_t host;
        if (rest.ptr[at] == '.' && pg_ts_scan(slice_of(rest.ptr, at), &host) == PG_TS_HOST &&
            host == at) {
            *type = PG_TS_HOST;
            *len = at;
            return;
        }
    }
}

bool pg_ts_parse(struct pg_ts_parser *parser, enum pg_ts_token *type, struct slice *token)
{
    struct slice rest = slice_from(parser->text, parser->at);
    size_t len;
    if (rest.len == 0)
        return false;
    if (parser->at < parser->parts_end) {
        rest.len = parser->parts_end - parser->at;
        *type = parser->url ? part_of_url(rest, &len) : part_of_word(rest, &len);
        *token = slice_of(rest.ptr, len);
        parser->at += len;
        return true;
    }
    *type = pg_ts_scan(rest, &len);
    if (*type == PG_TS_FILE)
        prefer_host(rest, type, &len);
    if (*type == PG_TS_BLANK)
        len = blank_len(rest);
    *token = slice_of(rest.ptr, len);
    parser->url = *type == PG_TS_URL;
    if (parser->url || *type == PG_TS_ASCIIHWORD || *type == PG_TS_HWORD || *type == PG_TS_NUMHWORD)
        parser->parts_end = parser->at + len;
    else
        parser->at += len;
    return true;
}
