#include "emulators/postgres/text_search/document.h"

bool pg_document_add(struct sql_call *call, struct pg_configuration *configuration,
                     struct slice text, struct pg_document *document)
{
    struct pg_ts_parser parser = {.text = text};
    enum pg_lexized result;
    enum pg_ts_token type;
    struct slice token, lexeme;
    while (pg_ts_parse(&parser, &type, &token)) {
        if (!sql_call_check(call))
            return false;
        if (!pg_configuration_has(call, configuration, type))
            continue;
        if (token.len > PG_TS_WORD_MAX) {
            pg_ts_notice(call, "word is too long to be indexed");
            continue;
        }
        if (!pg_configuration_lexize(call, configuration, type, token, &lexeme, &result))
            return false;
        document->position += result != PG_LEXIZED_UNKNOWN;
        if (result == PG_LEXIZED_FOUND &&
            !pg_ts_words_add(call, &document->words, lexeme, pg_ts_place(document->position, 0)))
            return false;
    }
    return true;
}

/* ---- queries */

struct maker {
    struct pg_tsquery_maker maker;
    struct pg_configuration configuration;
    enum pg_tsquery_kind between;
};

/* One more operand on the right of what there is. */
static bool extend(struct sql_call *call, enum pg_tsquery_kind between, struct pg_tsquery *operand,
                   struct pg_tsquery **query)
{
    if (operand)
        *query = *query ? pg_tsquery_join(call, between, 1, *query, operand) : operand;
    return operand && *query;
}

/* The lexemes of a word, STOP where one is missing between two. */
static bool make_word(struct pg_tsquery_maker *base, struct sql_call *call, struct slice word,
                      uint8_t weights, bool prefix, struct pg_tsquery **out)
{
    struct maker *maker = (struct maker *)base;
    struct pg_document document = {.words.arena = call->arena};
    uint32_t position = 0;
    *out = NULL;
    if (!pg_document_add(call, &maker->configuration, word, &document))
        return false;
    for (uint32_t i = 0; i < document.words.count; i++) {
        const struct pg_ts_word *lexeme = &document.words.items[i];
        uint32_t at = pg_ts_position(lexeme->place);
        for (; position > 0 && position + 1 < at; position++)
            if (!extend(call, maker->between, pg_tsquery_stop(call), out))
                return false;
        position = at;
        if (!extend(call, maker->between, pg_tsquery_word(call, lexeme->word, weights, prefix),
                    out))
            return false;
    }
    if (!*out)
        *out = pg_tsquery_stop(call);
    return *out;
}

bool pg_document_query(struct sql_call *call, uint32_t configuration, struct slice text,
                       enum pg_tsquery_syntax syntax, enum pg_tsquery_kind between,
                       struct pg_tsquery **out)
{
    struct maker maker = {.maker = {make_word}, .between = between};
    bool good = pg_configuration_open(call, configuration, &maker.configuration) &&
                pg_tsquery_parse(call, text, syntax, &maker.maker, out);
    pg_configuration_close(&maker.configuration);
    if (good)
        pg_tsquery_remove_stops(call, out);
    return good;
}

bool pg_document_configuration(struct sql_call *call, const struct datum *args, bool given,
                               uint32_t *id, const struct datum **text)
{
    *text = &args[given];
    *id = given ? (uint32_t)args[0].u : 0;
    return given || pg_configuration_default(call, id);
}

/* ---- functions */

static bool make_vector(struct sql_call *call, uint32_t id, struct slice text, struct datum *out)
{
    struct pg_configuration configuration;
    struct pg_document document = {.words.arena = call->arena};
    bool good = pg_configuration_open(call, id, &configuration) &&
                pg_document_add(call, &configuration, text, &document);
    pg_configuration_close(&configuration);
    return good && pg_ts_words_finish(call, &document.words, out);
}

static bool vector_of(struct sql_call *call, const struct datum *args, bool given,
                      struct datum *out)
{
    const struct datum *text;
    uint32_t id;
    return pg_document_configuration(call, args, given, &id, &text) &&
           make_vector(call, id, datum_slice(*text), out);
}

static bool to_tsvector(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return vector_of(call, args, false, out);
}

static bool to_tsvector_byid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return vector_of(call, args, true, out);
}

static bool query_of(struct sql_call *call, const struct datum *args, bool given,
                     enum pg_tsquery_syntax syntax, enum pg_tsquery_kind between, struct datum *out)
{
    const struct datum *text;
    struct pg_tsquery *query;
    uint32_t id;
    return pg_document_configuration(call, args, given, &id, &text) &&
           pg_document_query(call, id, datum_slice(*text), syntax, between, &query) &&
           pg_tsquery_give(call, query, out);
}

#define QUERY(symbol, syntax, between)                                                            \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out)        \
    {                                                                                             \
        return query_of(call, args, false, syntax, between, out);                                 \
    }                                                                                             \
    static bool symbol##_byid(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                             \
        return query_of(call, args, true, syntax, between, out);                                  \
    }

QUERY(to_tsquery, PG_TSQUERY_STANDARD, PG_TSQUERY_PHRASE)
QUERY(plainto_tsquery, PG_TSQUERY_PLAIN, PG_TSQUERY_AND)
QUERY(phraseto_tsquery, PG_TSQUERY_PLAIN, PG_TSQUERY_PHRASE)
QUERY(websearch_to_tsquery, PG_TSQUERY_WEB, PG_TSQUERY_PHRASE)

static bool get_current_ts_config(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    (void)args;
    uint32_t id;
    return pg_configuration_default(call, &id) && sql_give_int(out, id);
}

/* The document is a text; the query may be one. */
static bool match_text(struct sql_call *call, const struct datum *args, bool query_is_text,
                       struct datum *out)
{
    struct pg_tsvector vector;
    struct pg_tsquery *query;
    struct datum document, parsed = args[1];
    bool found;
    if (!to_tsvector(call, args, &document) ||
        (query_is_text && !plainto_tsquery(call, &args[1], &parsed)) ||
        !pg_tsquery_open(call, parsed, &query))
        return false;
    pg_tsvector_open(document, &vector);
    return pg_tsquery_match(call, &vector, query, &found) && sql_give_bool(out, found);
}

static bool ts_match_tt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return match_text(call, args, true, out);
}

static bool ts_match_tq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return match_text(call, args, false, out);
}

const struct sql_builtin pg_document_functions[] = {
    {"get_current_ts_config",     get_current_ts_config    },
    {"phraseto_tsquery",          phraseto_tsquery         },
    {"phraseto_tsquery_byid",     phraseto_tsquery_byid    },
    {"plainto_tsquery",           plainto_tsquery          },
    {"plainto_tsquery_byid",      plainto_tsquery_byid     },
    {"to_tsquery",                to_tsquery               },
    {"to_tsquery_byid",           to_tsquery_byid          },
    {"to_tsvector",               to_tsvector              },
    {"to_tsvector_byid",          to_tsvector_byid         },
    {"ts_match_tq",               ts_match_tq              },
    {"ts_match_tt",               ts_match_tt              },
    {"websearch_to_tsquery",      websearch_to_tsquery     },
    {"websearch_to_tsquery_byid", websearch_to_tsquery_byid},
    {NULL,                        NULL                     },
};
