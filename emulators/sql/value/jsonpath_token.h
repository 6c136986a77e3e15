/* Tokens of SQL/JSON paths. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSONPATH_TOKEN_H
#define PARLEL_EMULATORS_SQL_VALUE_JSONPATH_TOKEN_H

#include "emulators/sql/value/type.h"

enum sql_path_token {
    SQL_PATH_TOKEN_END,
    SQL_PATH_TOKEN_SIGN,     /* text: && || ! == != <> < <= > >= ** or one character */
    SQL_PATH_TOKEN_NAME,     /* a word without quotes; keywords, too */
    SQL_PATH_TOKEN_STRING,   /* "..." decoded */
    SQL_PATH_TOKEN_VARIABLE, /* $name, $"name" */
    SQL_PATH_TOKEN_INTEGER,
    SQL_PATH_TOKEN_NUMBER,
};

struct sql_path_lexer {
    struct sql_call *call;
    struct slice text;
    size_t at;
    size_t start; /* of the latest token, without what stands before it */
    enum sql_path_token token;
    struct slice value; /* decoded; signs as they stand */
};

/* Reads the next token; fails with 42601 and its kin. */
bool sql_path_next(struct sql_path_lexer *lexer);
/* 42601: syntax error at or near the latest token. */
bool sql_path_syntax_error(struct sql_path_lexer *lexer);

#endif
