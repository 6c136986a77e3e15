/* The tokens of PostgreSQL's SQL, one at a time.
 *
 * Names are folded to lower case and cut to 63 bytes, strings come without quotes and escapes. A
 * token's text borrows from the input where it can and is in the lexer's arena where it cannot.
 * After an error the token is PG_TOKEN_ERROR and lexer->failure says why: the parser reports that
 * when it gets there, which an earlier syntax error may prevent. */
#ifndef PARLEL_EMULATORS_POSTGRES_SYNTAX_LEXER_H
#define PARLEL_EMULATORS_POSTGRES_SYNTAX_LEXER_H

#include "emulators/postgres/syntax/keywords.h"
#include "emulators/postgres/syntax/parse.h"

#define PG_NAME_LEN_MAX 63 /* bytes of an identifier or operator */

/* Single characters are tokens of their own code. */
enum pg_token_kind {
    PG_TOKEN_END = 256,
    PG_TOKEN_ERROR,
    PG_TOKEN_IDENT,
    PG_TOKEN_UNICODE_IDENT, /* U&"...", escapes not yet taken out */
    PG_TOKEN_STRING,
    PG_TOKEN_UNICODE_STRING, /* U&'...', escapes not yet taken out */
    PG_TOKEN_BITS,           /* text: b or x, then the digits */
    PG_TOKEN_INTEGER,
    PG_TOKEN_FLOAT,
    PG_TOKEN_PARAM,
    PG_TOKEN_OPERATOR,
    PG_TOKEN_TYPECAST, /* :: */
    PG_TOKEN_DOT_DOT,  /* .. */
    PG_TOKEN_ASSIGN,   /* := */
    PG_TOKEN_ARROW,    /* => */
    PG_TOKEN_LESS_EQUAL,
    PG_TOKEN_GREATER_EQUAL,
    PG_TOKEN_NOT_EQUAL,
    PG_TOKEN_KEYWORD, /* the first one's */
#define PG_TOKEN_OF_KEYWORD(id, word, class, bare_label) PG_KW_##id,
    PG_KEYWORDS(PG_TOKEN_OF_KEYWORD)
#undef PG_TOKEN_OF_KEYWORD
};

struct pg_token {
    uint16_t kind;     /* enum pg_token_kind or a character */
    int32_t at, end;   /* bytes of the input */
    int32_t integer;   /* INTEGER, PARAM */
    struct slice text; /* name, value of a string, digits, operator; not of characters */
};

struct pg_lexer {
    struct slice text;
    size_t at;
    struct arena *arena;
    const struct pg_parse_options *options;
    struct sql_error failure;
};

void pg_lexer_init(struct pg_lexer *lexer, struct arena *arena, struct slice text,
                   const struct pg_parse_options *options);
void pg_lexer_next(struct pg_lexer *lexer, struct pg_token *out);

/* The keyword that the token is, NULL: it is none. Only its class and word, not its place. */
static inline const struct pg_keyword *pg_token_keyword(const struct pg_token *token)
{
    return token->kind > PG_TOKEN_KEYWORD ? &pg_keywords[token->kind - PG_TOKEN_KEYWORD - 1] : NULL;
}

/* Fails as the lexer and the grammar do: `message at or near "token"`, 42601. */
void pg_fail_near(struct sql_error *error, struct slice text, int32_t at, int32_t end,
                  const char *message);

/* Cuts a name that is too long, with a notice. */
struct slice pg_name_cut(struct pg_lexer *lexer, struct slice name, int32_t at);

#endif
