/* Reading lexemes as they stand in the texts of tsvectors and tsqueries: plain words, 'quoted ones',
 * escapes, positions. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_LEXEME_TEXT_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_LEXEME_TEXT_H

#include "emulators/postgres/text_search/tsvector.h"

struct pg_lexeme_reader {
    struct sql_call *call;
    struct slice text;
    size_t at;
    bool query; /* operators end a word, and nothing stands behind it */
    bool web;   /* neither quotes nor escapes mean anything */
    /* Of the latest word. */
    struct slice word;
    uint16_t *places;
    uint32_t place_count;
};

/* The next word; *found false: there is none. Fails with 42601. */
bool pg_lexeme_read(struct pg_lexeme_reader *reader, bool *found);
/* "syntax error in tsvector" or "in tsquery" of the whole text; false. */
bool pg_lexeme_fail(const struct pg_lexeme_reader *reader);
/* Appends the word in quotes. */
void pg_lexeme_quote(struct sql_bytes *out, struct slice word);

#endif
