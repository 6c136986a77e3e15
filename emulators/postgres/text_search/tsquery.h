/* Queries of full text search: words joined by & | ! and <N>.
 *
 * A query is worked on as a tree; NULL is the empty one. Flat form: uint32 count of the nodes, then the
 * nodes in prefix order, an operator's right operand before its left one:
 *
 *     uint8 kind; uint8 weights; uint8 prefix; uint8 0; uint16 distance; uint16 length; bytes */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_TSQUERY_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_TSQUERY_H

#include "emulators/postgres/text_search/tsvector.h"

/* The numbers of operators are those of the wire. */
enum pg_tsquery_kind {
    PG_TSQUERY_WORD,
    PG_TSQUERY_NOT,
    PG_TSQUERY_AND,
    PG_TSQUERY_OR,
    PG_TSQUERY_PHRASE,
    PG_TSQUERY_STOP, /* a word that is not searched for; only while a query is made */
};

struct pg_tsquery {
    enum pg_tsquery_kind kind;
    uint8_t weights; /* of a word: bits of the weights it may have, D is 1; 0: any */
    bool prefix;
    uint16_t distance; /* of a phrase */
    struct slice word;
    struct pg_tsquery *left, *right; /* NOT has the right one alone */
};

/* Opens a value; *out is NULL for the empty query. Nodes are made in call->arena. */
bool pg_tsquery_open(struct sql_call *call, struct datum value, struct pg_tsquery **out);
bool pg_tsquery_give(struct sql_call *call, const struct pg_tsquery *query, struct datum *out);
/* New nodes; NULL with the error when memory runs out. A NULL operand gives the other one. */
struct pg_tsquery *pg_tsquery_word(struct sql_call *call, struct slice word, uint8_t weights,
                                   bool prefix);
struct pg_tsquery *pg_tsquery_join(struct sql_call *call, enum pg_tsquery_kind kind,
                                   uint16_t distance, struct pg_tsquery *left,
                                   struct pg_tsquery *right);
struct pg_tsquery *pg_tsquery_stop(struct sql_call *call);
/* How many nodes there are. */
uint32_t pg_tsquery_count(const struct pg_tsquery *query);
/* False, with 54001, when the tree is too deep to go on. */
bool pg_tsquery_check_depth(struct sql_call *call);

/* ---- reading texts */

enum pg_tsquery_syntax { PG_TSQUERY_PLAIN, PG_TSQUERY_STANDARD, PG_TSQUERY_WEB };

/* What a word of the text becomes: a query of its own, or a STOP node. */
struct pg_tsquery_maker {
    bool (*make)(struct pg_tsquery_maker *maker, struct sql_call *call, struct slice word,
                 uint8_t weights, bool prefix, struct pg_tsquery **out);
};

/* The query of a text, with its STOP nodes; NULL, after a notice, when there is no word in it. */
bool pg_tsquery_parse(struct sql_call *call, struct slice text, enum pg_tsquery_syntax syntax,
                      struct pg_tsquery_maker *maker, struct pg_tsquery **out);
/* Without STOP nodes, distances of phrases grown by them; a notice when nothing is left. */
void pg_tsquery_remove_stops(struct sql_call *call, struct pg_tsquery **query);
/* What an index could search for: without negations; NULL: nothing, everything
 * must be looked at. The query is changed. */
struct pg_tsquery *pg_tsquery_without_not(struct pg_tsquery *query);
void pg_tsquery_print(const struct pg_tsquery *query, struct sql_bytes *out);

/* Appends bytes that order as pg_tsquery_compare does. */
void pg_tsquery_add_key(const struct pg_tsquery *query, struct sql_bytes *out);
/* The order of words in queries: by a checksum first. */
int pg_tsquery_compare_words(struct slice a, struct slice b);
int pg_tsquery_compare(const struct pg_tsquery *a, const struct pg_tsquery *b);
/* Does the document answer the query? */
bool pg_tsquery_match(struct sql_call *call, const struct pg_tsvector *vector,
                      const struct pg_tsquery *query, bool *out);

/* The lexemes a word of the query means: [*first, *first + *count), none when count is 0. */
void pg_tsquery_lexemes(const struct pg_tsvector *vector, const struct pg_tsquery *word,
                        uint32_t *first, uint32_t *count);

/* A notice of the running statement. */
void pg_ts_notice(struct sql_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

extern const struct sql_type_ops pg_tsquery_ops;
extern const struct sql_builtin pg_tsquery_functions[];
extern const struct sql_builtin pg_ts_rank_functions[];
extern const struct sql_builtin pg_ts_rewrite_functions[];
extern const struct sql_builtin pg_ts_stat_functions[];

#endif
