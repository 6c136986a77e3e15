#include "emulators/postgres/text_search/lexeme_text.h"

#include "emulators/sql/value/text_scan.h"

bool pg_lexeme_fail(const struct pg_lexeme_reader *reader)
{
    return sql_fail(reader->call->env->error, "42601", "syntax error in %s: \"" SLICE_FMT "\"",
                    reader->query ? "tsquery" : "tsvector", SLICE_ARG(reader->text));
}

/* '\0' at the end. */
static char peek(const struct pg_lexeme_reader *reader)
{
    return reader->at < reader->text.len ? (char)reader->text.ptr[reader->at] : '\0';
}

static bool is_operator(char c)
{
    return c && strchr("!&|()<", c);
}

static bool add_escaped(struct pg_lexeme_reader *reader, struct sql_bytes *word)
{
    reader->at++;
    if (reader->at == reader->text.len)
        return sql_fail(reader->call->env->error, "42601",
                        "there is no escaped character: \"" SLICE_FMT "\"",
                        SLICE_ARG(reader->text));
    sql_bytes_add_char(word, peek(reader));
    reader->at++;
    return true;
}

static bool read_quoted(struct pg_lexeme_reader *reader, struct sql_bytes *word)
{
    for (reader->at++;;) {
        char c = peek(reader);
        if (c == '\0')
            return pg_lexeme_fail(reader);
        if (c == '\\') {
            if (!add_escaped(reader, word))
                return false;
            continue;
        }
        reader->at++;
        if (c == '\'' && peek(reader) != '\'')
            return word->len > 0 || pg_lexeme_fail(reader);
        reader->at += c == '\'';
        sql_bytes_add_char(word, c);
    }
}

static bool read_plain(struct pg_lexeme_reader *reader, struct sql_bytes *word)
{
    for (;;) {
        char c = peek(reader);
        if (c == '\\' && !reader->web) {
            if (!add_escaped(reader, word))
                return false;
            continue;
        }
        bool first = word->len == 0;
        if (c == '\0' || sql_is_blank((uint8_t)c) || (reader->query && is_operator(c)) ||
            (reader->web && c == '"') || (c == ':' && !first))
            return !first || pg_lexeme_fail(reader);
        sql_bytes_add_char(word, c);
        reader->at++;
    }
}

/* Digits that are a position. */
static bool read_position(struct pg_lexeme_reader *reader, uint32_t *out)
{
    if (!sql_is_digit((uint8_t)peek(reader)))
        return pg_lexeme_fail(reader);
    for (*out = 0; sql_is_digit((uint8_t)peek(reader)); reader->at++)
        if (*out <= PG_TS_POSITION_MAX)
            *out = *out * 10 + (uint32_t)(peek(reader) - '0');
    if (*out > 0)
        return true;
    return sql_fail(reader->call->env->error, "42601",
                    "wrong position info in tsvector: \"" SLICE_FMT "\"", SLICE_ARG(reader->text));
}

static bool read_weight(struct pg_lexeme_reader *reader, unsigned *weight)
{
    for (*weight = 0;; reader->at++) {
        char c = peek(reader);
        int found = c == '*' ? 3 : pg_ts_weight_of(c);
        if (found < 0)
            return true;
        if (*weight)
            return pg_lexeme_fail(reader);
        *weight = (unsigned)found;
    }
}

/* :1,2A,3B */
static bool read_places(struct pg_lexeme_reader *reader)
{
    uint32_t room = 0, position;
    unsigned weight;
    do {
        reader->at++;
        if (!read_position(reader, &position) || !read_weight(reader, &weight))
            return false;
        if (reader->place_count == room) {
            room = room ? room * 2 : 8;
            uint16_t *places = arena_array(reader->call->arena, room, sizeof(*places));
            if (!places)
                return sql_fail_memory(reader->call->env->error);
            if (reader->place_count)
                memcpy(places, reader->places, reader->place_count * sizeof(*places));
            reader->places = places;
        }
        reader->places[reader->place_count++] = pg_ts_place(position, weight);
    } while (peek(reader) == ',');
    char c = peek(reader);
    return c == '\0' || sql_is_blank((uint8_t)c) || pg_lexeme_fail(reader);
}

bool pg_lexeme_read(struct pg_lexeme_reader *reader, bool *found)
{
    struct sql_bytes word = sql_bytes_begin(reader->call);
    reader->place_count = 0;
    while (sql_is_blank((uint8_t)peek(reader)))
        reader->at++;
    char c = peek(reader);
    *found = c != '\0';
    if (!*found)
        return true;
    if ((reader->query && is_operator(c)) || (reader->web && c == '"'))
        return pg_lexeme_fail(reader);
    bool quoted = c == '\'' && !reader->web;
    if (!(quoted ? read_quoted(reader, &word) : read_plain(reader, &word)))
        return false;
    if (word.failed)
        return sql_fail_memory(reader->call->env->error);
    reader->word = sql_bytes_slice(&word);
    return reader->query || peek(reader) != ':' || read_places(reader);
}

void pg_lexeme_quote(struct sql_bytes *out, struct slice word)
{
    sql_bytes_add_char(out, '\'');
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '\'' || word.ptr[i] == '\\')
            sql_bytes_add_char(out, (char)word.ptr[i]);
        sql_bytes_add_char(out, (char)word.ptr[i]);
    }
    sql_bytes_add_char(out, '\'');
}
