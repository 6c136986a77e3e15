/* Documents for full text search: lexemes in order, each with the places where it stands.
 *
 * Flat form, in the machine's byte order and without alignment:
 *
 *     uint32  count
 *     count * { uint32 where the lexeme's bytes end; uint32 where its places end }, counted from the
 *             first byte, the first place
 *     bytes   of all lexemes
 *     uint16  places, of all lexemes: weight (2 bits, D is 0, A is 3), position (14 bits, from 1)
 *
 * Lexemes are ordered by their bytes and unique, places by position and unique. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_TSVECTOR_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_TSVECTOR_H

#include "emulators/sql/value/call.h"

#define PG_TS_POSITION_MAX 16383
#define PG_TS_PLACES_MAX   256  /* of a lexeme; later ones are forgotten */
#define PG_TS_WORD_MAX     2046 /* bytes of a lexeme */
#define PG_TS_BYTES_MAX    ((1u << 20) - 1)

struct pg_tsvector {
    uint32_t count;
    const uint8_t *ends, *bytes, *places;
};

struct pg_lexeme {
    struct slice word;
    const uint8_t *places; /* count uint16 */
    uint32_t count;
};

static inline uint16_t pg_ts_place(uint32_t position, unsigned weight)
{
    return (uint16_t)(weight << 14 |
                      (position > PG_TS_POSITION_MAX ? PG_TS_POSITION_MAX : position));
}

static inline uint32_t pg_ts_position(uint16_t place)
{
    return place & PG_TS_POSITION_MAX;
}

static inline unsigned pg_ts_weight(uint16_t place)
{
    return place >> 14;
}

static inline uint16_t pg_lexeme_place(const struct pg_lexeme *lexeme, uint32_t index)
{
    uint16_t place;
    memcpy(&place, lexeme->places + index * sizeof(place), sizeof(place));
    return place;
}

void pg_tsvector_open(struct datum value, struct pg_tsvector *out);
struct pg_lexeme pg_tsvector_get(const struct pg_tsvector *vector, uint32_t index);
/* Where the word is, or where it would stand; false: it is not there. */
bool pg_tsvector_find(const struct pg_tsvector *vector, struct slice word, uint32_t *out);
/* By bytes; a word stands before the longer ones that begin with it. */
int pg_ts_compare_words(struct slice a, struct slice b);

/* ---- making: words in any order, each with one place or none, become a tsvector */

struct pg_ts_word {
    struct slice word;
    uint16_t place; /* 0: none */
};

struct pg_ts_words {
    struct arena *arena;
    struct pg_ts_word *items;
    uint32_t count, room;
};

/* The word is borrowed. */
bool pg_ts_words_add(struct sql_call *call, struct pg_ts_words *words, struct slice word,
                     uint16_t place);
bool pg_ts_words_add_lexeme(struct sql_call *call, struct pg_ts_words *words,
                            const struct pg_lexeme *lexeme);
/* The tsvector; of equal positions the heaviest counts. 54000 when it is too large. */
bool pg_ts_words_finish(struct sql_call *call, struct pg_ts_words *words, struct datum *out);

/* A letter's weight, 0 to 3; -1: it is none. */
int pg_ts_weight_of(char letter);

extern const struct sql_type_ops pg_tsvector_ops;
extern const struct sql_builtin pg_tsvector_functions[];

#endif
