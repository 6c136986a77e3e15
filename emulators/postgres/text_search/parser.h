/* The default parser: a document's text as words, numbers, addresses, paths, tags and what stands
 * between. A word with hyphens comes as a whole and then in parts; a URL as a whole, then its host and
 * path. Characters beyond ASCII are letters, as in the C locale. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_PARSER_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_PARSER_H

#include "common/slice.h"

/* As ts_token_type numbers them. */
enum pg_ts_token {
    PG_TS_ASCIIWORD = 1,
    PG_TS_WORD,
    PG_TS_NUMWORD,
    PG_TS_EMAIL,
    PG_TS_URL,
    PG_TS_HOST,
    PG_TS_SFLOAT,
    PG_TS_VERSION,
    PG_TS_HWORD_NUMPART,
    PG_TS_HWORD_PART,
    PG_TS_HWORD_ASCIIPART,
    PG_TS_BLANK,
    PG_TS_TAG,
    PG_TS_PROTOCOL,
    PG_TS_NUMHWORD,
    PG_TS_ASCIIHWORD,
    PG_TS_HWORD,
    PG_TS_URL_PATH,
    PG_TS_FILE,
    PG_TS_FLOAT,
    PG_TS_INT,
    PG_TS_UINT,
    PG_TS_ENTITY,
    PG_TS_TOKEN_COUNT,
};

struct pg_ts_parser {
    struct slice text;
    size_t at;
    size_t parts_end; /* up to there what was given as a whole comes again in parts */
    bool url;         /* the parts are a host and a path */
};

/* The next token; false: the text is over. */
bool pg_ts_parse(struct pg_ts_parser *parser, enum pg_ts_token *type, struct slice *token);

/* The longest token at the start of the text, wholes only, and how long it is (parser_token.rl). */
enum pg_ts_token pg_ts_scan(struct slice text, size_t *len);

struct pg_ts_token_name {
    const char *alias, *description;
};
/* By number, from 1. */
extern const struct pg_ts_token_name pg_ts_token_names[PG_TS_TOKEN_COUNT];

#endif
