/* Quoting: identifiers, literals, and identifiers taken apart. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/quote.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

static bool is_safe(struct slice name)
{
    if (name.len == 0 || sql_is_digit(name.ptr[0]))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !sql_is_digit(c) && c != '_')
            return false;
    }
    return true;
}

void sql_quote_identifier(struct sql_env *env, struct sql_bytes *out, struct slice name)
{
    if (is_safe(name) && !(env->is_reserved && env->is_reserved(env, name))) {
        sql_bytes_add_slice(out, name);
        return;
    }
    sql_bytes_add_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"')
            sql_bytes_add_char(out, '"');
        sql_bytes_add_char(out, (char)name.ptr[i]);
    }
    sql_bytes_add_char(out, '"');
}

void sql_quote_literal(struct sql_bytes *out, struct slice text)
{
    if (text.len > 0 && memchr(text.ptr, '\\', text.len))
        sql_bytes_add_char(out, 'E');
    sql_bytes_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'' || text.ptr[i] == '\\')
            sql_bytes_add_char(out, (char)text.ptr[i]);
        sql_bytes_add_char(out, (char)text.ptr[i]);
    }
    sql_bytes_add_char(out, '\'');
}

static bool quote_ident(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_quote_identifier(call->env, &bytes, datum_slice(args[0]));
    return sql_give_bytes(call, out, &bytes);
}

static bool quote_literal(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_quote_literal(&bytes, datum_slice(args[0]));
    return sql_give_bytes(call, out, &bytes);
}

static bool quote_nullable(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice null = SLICE_LITERAL("NULL");
    return args[0].null ? sql_give_slice(out, null) : quote_literal(call, args, out);
}

static bool fail_ident(struct sql_call *call, struct slice whole)
{
    return sql_fail(call->env->error, "22023", "string is not a valid identifier: \"%.*s\"",
                    SLICE_ARG(whole));
}

/* "a ""quoted"" name": the quotes are passed. */
static bool read_quoted_part(struct sql_call *call, struct slice whole, struct slice *rest,
                             struct sql_bytes *part)
{
    *rest = slice_from(*rest, 1);
    for (;;) {
        if (rest->len == 0) {
            fail_ident(call, whole);
            return sql_detail(call->env->error, "String has unclosed double quotes.");
        }
        char c = (char)rest->ptr[0];
        *rest = slice_from(*rest, 1);
        if (c == '"') {
            if (rest->len == 0 || rest->ptr[0] != '"')
                break;
            *rest = slice_from(*rest, 1);
        }
        sql_bytes_add_char(part, c);
    }
    if (part->len > 0)
        return true;
    fail_ident(call, whole);
    return sql_detail(call->env->error, "Quoted identifier must not be empty.");
}

static bool starts_name(uint8_t c)
{
    return c == '_' || c >= 0x80 || sql_is_letter(c);
}

static bool read_part(struct sql_call *call, struct slice *rest, struct sql_bytes *part)
{
    while (rest->len > 0 &&
           (starts_name(rest->ptr[0]) || sql_is_digit(rest->ptr[0]) || rest->ptr[0] == '$')) {
        sql_bytes_add_char(part, (char)ascii_lower(rest->ptr[0]));
        *rest = slice_from(*rest, 1);
    }
    return !part->failed || sql_fail_memory(call->env->error);
}

static bool fail_no_name(struct sql_call *call, struct slice whole, bool before, bool after)
{
    fail_ident(call, whole);
    if (before)
        sql_detail(call->env->error, "No valid identifier before \".\".");
    else if (after)
        sql_detail(call->env->error, "No valid identifier after \".\".");
    return false;
}

/* 'a."B".c' as an array of its parts; without `strict`, what follows a whole name is ignored. */
static bool parse_ident(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice whole = datum_slice(args[0]);
    bool strict = args[1].i != 0;
    const struct sql_type *text = sql_call_find_type(call, call->result_type->element);
    struct sql_array_builder parts;
    bool after_dot = false;
    if (!text)
        return false;
    sql_array_builder_init(&parts, call->arena, text);
    struct slice rest = sql_skip_blanks(whole);
    for (;;) {
        struct sql_bytes part = sql_bytes_begin(call);
        sql_bytes_reserve(&part, 1);
        if (rest.len > 0 && rest.ptr[0] == '"') {
            if (!read_quoted_part(call, whole, &rest, &part))
                return false;
        } else if (rest.len > 0 && starts_name(rest.ptr[0])) {
            if (!read_part(call, &rest, &part))
                return false;
        } else {
            return fail_no_name(call, whole, rest.len > 0 && rest.ptr[0] == '.', after_dot);
        }
        if (!sql_array_builder_add(call, &parts, datum_bytes(sql_bytes_slice(&part))))
            return false;
        rest = sql_skip_blanks(rest);
        if (rest.len == 0 || (rest.ptr[0] != '.' && !strict))
            return sql_array_builder_finish(call, &parts, out);
        if (rest.ptr[0] != '.')
            return fail_ident(call, whole);
        after_dot = true;
        rest = sql_skip_blanks(slice_from(rest, 1));
    }
}

const struct sql_builtin sql_text_quote_builtins[] = {
    {"quote_ident",    quote_ident   },
    {"quote_literal",  quote_literal },
    {"quote_nullable", quote_nullable},
    {"parse_ident",    parse_ident   },
    {NULL,             NULL          },
};
