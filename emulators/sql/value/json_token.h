/* Tokens of JSON texts (RFC 8259 2), one at a time. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_JSON_TOKEN_H
#define PARLEL_EMULATORS_SQL_VALUE_JSON_TOKEN_H

#include "common/slice.h"

enum sql_json_token {
    SQL_JSON_TOKEN_END,
    SQL_JSON_TOKEN_OBJECT,
    SQL_JSON_TOKEN_OBJECT_END,
    SQL_JSON_TOKEN_ARRAY,
    SQL_JSON_TOKEN_ARRAY_END,
    SQL_JSON_TOKEN_COLON,
    SQL_JSON_TOKEN_COMMA,
    SQL_JSON_TOKEN_STRING,
    SQL_JSON_TOKEN_NUMBER,
    SQL_JSON_TOKEN_TRUE,
    SQL_JSON_TOKEN_FALSE,
    SQL_JSON_TOKEN_NULL,
    SQL_JSON_TOKEN_BAD,         /* no token; *at is behind what looks like one word */
    SQL_JSON_TOKEN_BAD_STRING,  /* the text ends within it */
    SQL_JSON_TOKEN_BAD_CONTROL, /* a control character in a string, at *at */
    SQL_JSON_TOKEN_BAD_ESCAPE,  /* *at is on the character after the backslash */
    SQL_JSON_TOKEN_BAD_UNICODE, /* *at is where a hexadecimal digit is missing */
};

/* Reads the token that begins at *at, behind any blanks, and moves *at to its end. escapes: whether
 * a string has a backslash in it. */
enum sql_json_token sql_json_token(struct slice text, size_t *at, bool *escapes);

#endif
