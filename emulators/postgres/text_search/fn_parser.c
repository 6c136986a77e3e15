/* What parser and dictionaries do, step by step: ts_parse, ts_token_type, ts_lexize. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/text_search/document.h"
#include "emulators/sql/value/array.h"

enum { TYPE_TEXT = 25, DEFAULT_PARSER = 3722 };

/* There is one parser. */
static bool check_parser(struct sql_call *call, struct datum parser, bool named)
{
    if (named ? slice_eq_str(datum_slice(parser), "default") ||
                    slice_eq_str(datum_slice(parser), "pg_catalog.default")
              : parser.u == DEFAULT_PARSER)
        return true;
    if (named)
        return sql_fail(call->env->error, "42704",
                        "text search parser \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(datum_slice(parser)));
    return sql_fail(call->env->error, "XX000", "cache lookup failed for text search parser %u",
                    (unsigned)parser.u);
}

static bool parse(struct sql_call *call, const struct datum *args, bool named, struct datum *out)
{
    struct pg_ts_parser *parser = call->set_state;
    enum pg_ts_token type;
    struct slice token;
    if (!parser) {
        if (!check_parser(call, args[0], named))
            return false;
        parser = arena_zalloc(call->set_arena, sizeof(*parser));
        if (!parser)
            return sql_fail_memory(call->env->error);
        parser->text = arena_dup(call->set_arena, datum_slice(args[1]));
        call->set_state = parser;
    }
    call->done = !pg_ts_parse(parser, &type, &token);
    if (call->done)
        return true;
    const struct datum values[2] = {datum_int(type), datum_bytes(token)};
    return pg_call_give_row(call, values, 2, out);
}

static bool ts_parse_byid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return parse(call, args, false, out);
}

static bool ts_parse_byname(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return parse(call, args, true, out);
}

static bool token_types(struct sql_call *call, const struct datum *args, bool named,
                        struct datum *out)
{
    uint32_t *next = call->set_state;
    if (!next) {
        if (!check_parser(call, args[0], named))
            return false;
        next = arena_zalloc(call->set_arena, sizeof(*next));
        if (!next)
            return sql_fail_memory(call->env->error);
        call->set_state = next;
    }
    call->done = ++*next == PG_TS_TOKEN_COUNT;
    if (call->done)
        return true;
    const struct pg_ts_token_name *name = &pg_ts_token_names[*next];
    const struct datum values[3] = {datum_int(*next), datum_bytes(slice_str(name->alias)),
                                    datum_bytes(slice_str(name->description))};
    return pg_call_give_row(call, values, 3, out);
}

static bool ts_token_type_byid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return token_types(call, args, false, out);
}

static bool ts_token_type_byname(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return token_types(call, args, true, out);
}

static bool ts_lexize(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_dictionary dictionary;
    struct slice lexeme;
    enum pg_lexized result;
    bool good = pg_dictionary_open(call, (uint32_t)args[0].u, &dictionary) &&
                pg_dictionary_lexize(call, &dictionary, datum_slice(args[1]), &lexeme, &result);
    pg_dictionary_close(&dictionary);
    const struct sql_type *text = good ? sql_call_find_type(call, TYPE_TEXT) : NULL;
    if (!text)
        return false;
    if (result == PG_LEXIZED_UNKNOWN)
        return sql_give_null(out);
    const struct datum value = datum_bytes(lexeme);
    return sql_array_make_vector(call, text, &value, result == PG_LEXIZED_STOP ? 0 : 1, out);
}

const struct sql_builtin pg_ts_parser_functions[] = {
    {"ts_lexize",            ts_lexize           },
    {"ts_parse_byid",        ts_parse_byid       },
    {"ts_parse_byname",      ts_parse_byname     },
    {"ts_token_type_byid",   ts_token_type_byid  },
    {"ts_token_type_byname", ts_token_type_byname},
    {NULL,                   NULL                },
};
