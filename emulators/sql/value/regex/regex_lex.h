/* Tokens of regular expressions in their three syntaxes. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_REGEX_REGEX_LEX_H
#define PARLEL_EMULATORS_SQL_VALUE_REGEX_REGEX_LEX_H

#include "emulators/sql/value/regex/regex_node.h"

enum regex_token_kind {
    REGEX_TOKEN_END,
    REGEX_TOKEN_CODE,       /* a character that stands for itself */
    REGEX_TOKEN_ANY,        /* . */
    REGEX_TOKEN_BRACKET,    /* [ */
    REGEX_TOKEN_CLASS,      /* \d and the like: number is the letter */
    REGEX_TOKEN_ASSERT,     /* assert says which */
    REGEX_TOKEN_BACKREF,    /* number */
    REGEX_TOKEN_GROUP,      /* ( */
    REGEX_TOKEN_PLAIN,      /* (?: */
    REGEX_TOKEN_LOOK,       /* (?= and the like: behind, negated */
    REGEX_TOKEN_CLOSE,      /* ) */
    REGEX_TOKEN_OR,         /* | */
    REGEX_TOKEN_QUANTIFIER, /* min, max, preference */
};

struct regex_token {
    enum regex_token_kind kind;
    uint32_t code;
    unsigned number;
    enum regex_assert assert;
    bool behind, negated;
    int min, max;
    unsigned preference; /* REGEX_LONGER, REGEX_SHORTER, 0: that of the atom */
};

struct regex_lexer {
    struct sql_regex *regex;
    struct slice rest;
    bool at_start; /* of a branch: basic expressions have literals there */
};

/* Reads what stands before the expression, ***: or ***= or (?flags), into regex->flags. */
bool regex_lex_begin(struct regex_lexer *lexer, struct sql_regex *regex, struct slice pattern);
bool regex_lex(struct regex_lexer *lexer, struct regex_token *out);

#endif
