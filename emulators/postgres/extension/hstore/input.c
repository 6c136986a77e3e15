/* hstore's text: key => value, ...; both may be quoted, NULL is a word without quotes. */
#include "emulators/postgres/extension/hstore/hstore.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

struct parse {
    struct sql_call *call;
    struct slice text;
    size_t at;
};

static bool fail_end(struct parse *parse)
{
    return sql_fail(parse->call->env->error, "XX000", "Unexpected end of string");
}

static bool fail_here(struct parse *parse)
{
    struct slice rest = slice_from(parse->text, parse->at);
    return sql_fail(parse->call->env->error, "XX000",
                    "Syntax error near \"" SLICE_FMT "\" at position %d",
                    SLICE_ARG(sql_text_prefix(rest, 1)), (int)parse->at);
}

static bool at_end(const struct parse *parse)
{
    return parse->at == parse->text.len;
}

static uint8_t here(const struct parse *parse)
{
    return parse->text.ptr[parse->at];
}

static void skip_blanks(struct parse *parse)
{
    while (!at_end(parse) && sql_is_blank(here(parse)))
        parse->at++;
}

/* A character, or the one behind a backslash. */
static bool take(struct parse *parse, struct sql_bytes *out)
{
    if (here(parse) == '\\' && ++parse->at == parse->text.len)
        return fail_end(parse);
    sql_bytes_add_char(out, (char)here(parse));
    parse->at++;
    return true;
}

static bool quoted(struct parse *parse, struct sql_bytes *out)
{
    parse->at++;
    while (!at_end(parse) && here(parse) != '"')
        if (!take(parse, out))
            return false;
    if (at_end(parse))
        return fail_end(parse);
    parse->at++;
    return true;
}

/* Up to a blank, or what ends a key (=) or a value (a comma), which may be its first character. */
static bool bare(struct parse *parse, bool is_value, struct sql_bytes *out)
{
    bool first = true;
    while (!at_end(parse)) {
        uint8_t c = here(parse);
        bool stop = is_value ? c == ',' && !first : c == '=';
        if (stop || sql_is_blank(c))
            break;
        if (!take(parse, out))
            return false;
        first = false;
    }
    return true;
}

/* A key or a value: blanks, then the word. *quotes: it was in quotes. */
static bool piece(struct parse *parse, bool is_value, struct slice *out, bool *quotes)
{
    struct sql_bytes bytes = sql_bytes_begin(parse->call);
    sql_bytes_reserve(&bytes, 1);
    *quotes = here(parse) == '"';
    if (!is_value && here(parse) == '=')
        return fail_here(parse);
    if (*quotes ? !quoted(parse, &bytes) : !bare(parse, is_value, &bytes))
        return false;
    *out = sql_bytes_slice(&bytes);
    return !bytes.failed || sql_fail_memory(parse->call->env->error);
}

static bool arrow(struct parse *parse)
{
    for (const char *c = "=>"; *c; c++) {
        if (*c == '=')
            skip_blanks(parse);
        if (at_end(parse))
            return fail_end(parse);
        if (here(parse) != (uint8_t)*c)
            return fail_here(parse);
        parse->at++;
    }
    return true;
}

bool hstore_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct parse parse = {call, text, 0};
    struct hstore_builder builder;
    struct slice key, value;
    bool quotes;
    hstore_begin(&builder, call);
    for (skip_blanks(&parse); !at_end(&parse); skip_blanks(&parse)) {
        if (!piece(&parse, false, &key, &quotes) || !arrow(&parse))
            return false;
        skip_blanks(&parse);
        if (at_end(&parse))
            return fail_end(&parse);
        if (!piece(&parse, true, &value, &quotes))
            return false;
        bool null = !quotes && slice_eq_nocase(value, slice_str("null"));
        if (!hstore_add(&builder, key, value, null))
            return false;
        skip_blanks(&parse);
        if (!at_end(&parse) && here(&parse) != ',')
            return fail_here(&parse);
        parse.at += !at_end(&parse);
    }
    return hstore_finish(&builder, out);
}
