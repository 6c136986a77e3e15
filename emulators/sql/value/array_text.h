/* The text of arrays: {a,"b c",NULL} with an optional [lower:upper]... = before it. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_ARRAY_TEXT_H
#define PARLEL_EMULATORS_SQL_VALUE_ARRAY_TEXT_H

#include "emulators/sql/value/array.h"

/* An element as written: unquoted and with its escapes resolved. */
struct sql_array_item {
    struct slice text;
    bool null;
};

/* What a literal says, before any element is read by its type. */
struct sql_array_literal {
    struct sql_array_shape shape;
    struct sql_array_item *items;
    uint32_t count, room;
};

/* Made in call->arena; 22P02 with the reason as detail. */
bool sql_array_parse(struct sql_call *call, struct slice text, char delimiter,
                     struct sql_array_literal *out);

/* Appends the text between double quotes, with \ before those within and before \. */
void sql_array_quoted(struct sql_bytes *out, struct slice text);
/* Appends an element's text, quoted when it has to be. */
void sql_array_quote(struct sql_bytes *out, struct slice text, char delimiter);

#endif
