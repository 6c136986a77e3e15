/* Strings made of any arguments: concat, concat_ws, format. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/quote.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

/* Arguments from the first on, or the elements of the array that came as VARIADIC. */
struct arguments {
    const struct datum *args;
    unsigned first;
    uint32_t count;
    bool spread;
    struct sql_array array;
};

static void open_arguments(const struct sql_call *call, const struct datum *args, unsigned first,
                           struct arguments *out)
{
    *out = (struct arguments){.args = args, .first = first, .spread = call->variadic};
    out->count = call->argc > first ? call->argc - first : 0;
    if (!call->variadic)
        return;
    out->count = 0;
    if (args[first].null)
        return;
    sql_array_open(args[first], &out->array);
    out->count = out->array.count;
}

/* Appends the argument's text; *null: it is NULL, nothing was appended. */
static bool add_argument(struct sql_call *call, const struct arguments *from, uint32_t index,
                         struct sql_bytes *out, bool *null)
{
    const struct sql_type *type = from->spread ? sql_call_find_type(call, from->array.element)
                                               : sql_arg_type(call, from->first + index);
    struct datum value =
        from->spread ? sql_array_get(&from->array, index) : from->args[from->first + index];
    *null = value.null;
    return value.null || (type && sql_type_output(call, type, value, out));
}

static bool join(struct sql_call *call, const struct datum *args, unsigned first,
                 struct slice delimiter, struct datum *out)
{
    struct arguments from;
    struct sql_bytes bytes = sql_bytes_begin(call);
    bool any = false;
    if (call->variadic && args[first].null)
        return sql_give_null(out);
    open_arguments(call, args, first, &from);
    for (uint32_t i = 0; i < from.count; i++) {
        struct sql_bytes text = sql_bytes_begin(call);
        bool null;
        if (!add_argument(call, &from, i, &text, &null))
            return false;
        if (null)
            continue;
        if (any)
            sql_bytes_add_slice(&bytes, delimiter);
        any = true;
        sql_bytes_add_slice(&bytes, sql_bytes_slice(&text));
    }
    return sql_give_bytes(call, out, &bytes);
}

static bool concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return join(call, args, 0, (struct slice){0}, out);
}

static bool concat_ws(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].null)
        return sql_give_null(out);
    return join(call, args, 1, datum_slice(args[0]), out);
}

/* What stands between % and the letter; argument numbers are -1 when they are not there. */
struct specifier {
    int64_t argument; /* n$ */
    bool left;        /* - */
    int64_t width;
    bool width_from_argument; /* *, of which width_argument is the number */
    int64_t width_argument;
    char letter;
};

static bool fail_unterminated(struct sql_call *call)
{
    sql_fail(call->env->error, "22023", "unterminated format() type specifier");
    return sql_hint(call->env->error, "For a single \"%%\" use \"%%%%\".");
}

/* Digits into *out; -1 when there are none. */
static bool read_number(struct sql_call *call, struct slice *rest, int64_t *out)
{
    int64_t value = -1;
    while (rest->len > 0 && sql_is_digit(rest->ptr[0])) {
        value = (value < 0 ? 0 : value * 10) + (rest->ptr[0] - '0');
        if (value > INT32_MAX)
            return sql_fail(call->env->error, "22003", "number is out of range");
        *rest = slice_from(*rest, 1);
    }
    *out = value;
    return rest->len > 0 || fail_unterminated(call);
}

static bool fail_argument_zero(struct sql_call *call)
{
    return sql_fail(call->env->error, "22023",
                    "format specifies argument 0, but arguments are numbered from 1");
}

static bool take(struct slice *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != (uint8_t)c)
        return false;
    *rest = slice_from(*rest, 1);
    return true;
}

static bool read_width(struct sql_call *call, struct slice *rest, struct specifier *out)
{
    while (take(rest, '-'))
        out->left = true;
    if (rest->len == 0)
        return fail_unterminated(call);
    out->width_from_argument = take(rest, '*');
    if (!out->width_from_argument)
        return read_number(call, rest, &out->width);
    if (rest->len == 0)
        return fail_unterminated(call);
    if (!read_number(call, rest, &out->width_argument))
        return false;
    if (out->width_argument == 0)
        return fail_argument_zero(call);
    if (out->width_argument > 0 && !take(rest, '$'))
        return sql_fail(call->env->error, "22023",
                        "width argument position must be ended by \"$\"");
    return rest->len > 0 || fail_unterminated(call);
}

/* [n$][-][width]letter; the percent sign is passed. */
static bool read_specifier(struct sql_call *call, struct slice *rest, struct specifier *out)
{
    int64_t number;
    *out = (struct specifier){.argument = -1, .width = -1, .width_argument = -1};
    if (rest->len == 0)
        return fail_unterminated(call);
    if (!read_number(call, rest, &number))
        return false;
    bool positional = number >= 0 && take(rest, '$');
    if (positional) {
        out->argument = number;
        if (number == 0)
            return fail_argument_zero(call);
        if (rest->len == 0)
            return fail_unterminated(call);
    } else if (number >= 0) {
        out->width = number;
    }
    if ((positional || number < 0) && !read_width(call, rest, out))
        return false;
    if (out->width < 0)
        out->width = 0;
    struct slice letter = sql_text_prefix(*rest, 1);
    out->letter = (char)letter.ptr[0];
    if (letter.len > 1 || !strchr("sIL", out->letter)) {
        sql_fail(call->env->error, "22023", "unrecognized format() type specifier \"%.*s\"",
                 SLICE_ARG(letter));
        return sql_hint(call->env->error, "For a single \"%%\" use \"%%%%\".");
    }
    *rest = slice_from(*rest, 1);
    return true;
}

static void add_padded(struct sql_bytes *out, struct slice text, int64_t width, bool left)
{
    if (width < 0) {
        left = true;
        width = -width;
    }
    int64_t blanks = width - (int64_t)sql_text_length(text);
    if (left)
        sql_bytes_add_slice(out, text);
    for (; blanks > 0 && !out->failed; blanks--)
        sql_bytes_add_char(out, ' ');
    if (!left)
        sql_bytes_add_slice(out, text);
}

static bool fail_too_few(struct sql_call *call)
{
    return sql_fail(call->env->error, "22023", "too few arguments for format()");
}

/* The width that an argument says: an integer, or a text of one; NULL is 0. */
static bool width_of_argument(struct sql_call *call, const struct arguments *from, int64_t index,
                              int64_t *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    bool null;
    if (index >= (int64_t)from->count)
        return fail_too_few(call);
    if (!add_argument(call, from, (uint32_t)index, &text, &null))
        return false;
    *out = 0;
    return null || sql_integer_parse(call->env->error, sql_bytes_slice(&text), INT32_MIN, INT32_MAX,
                                     "integer", out);
}

static bool add_value(struct sql_call *call, const struct arguments *from, uint32_t index,
                      const struct specifier *how, struct sql_bytes *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_bytes quoted = sql_bytes_begin(call);
    bool null;
    if (!add_argument(call, from, index, &text, &null))
        return false;
    struct slice value = sql_bytes_slice(&text);
    if (how->letter == 'I') {
        if (null)
            return sql_fail(call->env->error, "22004",
                            "null values cannot be formatted as an SQL identifier");
        sql_quote_identifier(call->env, &quoted, value);
    } else if (how->letter == 'L') {
        if (null)
            sql_bytes_add_str(&quoted, "NULL");
        else
            sql_quote_literal(&quoted, value);
    } else {
        sql_bytes_add_slice(&quoted, value);
    }
    add_padded(out, sql_bytes_slice(&quoted), how->width, how->left);
    return true;
}

static bool format(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct arguments from;
    struct sql_bytes bytes = sql_bytes_begin(call);
    int64_t next = 0; /* argument that a specifier without a number takes */
    if (args[0].null)
        return sql_give_null(out);
    open_arguments(call, args, 1, &from);
    struct slice rest = datum_slice(args[0]);
    while (rest.len > 0) {
        struct specifier how;
        const uint8_t *percent = memchr(rest.ptr, '%', rest.len);
        size_t plain = percent ? (size_t)(percent - rest.ptr) : rest.len;
        sql_bytes_add(&bytes, rest.ptr, plain);
        rest = slice_from(rest, plain);
        if (!take(&rest, '%'))
            break;
        if (take(&rest, '%')) {
            sql_bytes_add_char(&bytes, '%');
            continue;
        }
        if (!read_specifier(call, &rest, &how))
            return false;
        if (how.width_from_argument) {
            int64_t index = how.width_argument > 0 ? how.width_argument - 1 : next;
            if (!width_of_argument(call, &from, index, &how.width))
                return false;
            next = index + 1;
        }
        if (how.argument > 0)
            next = how.argument - 1;
        if (next >= (int64_t)from.count)
            return fail_too_few(call);
        if (!add_value(call, &from, (uint32_t)next++, &how, &bytes))
            return false;
    }
    return sql_give_bytes(call, out, &bytes);
}

const struct sql_builtin sql_text_format_builtins[] = {
    {"text_concat",    concat   },
    {"text_concat_ws", concat_ws},
    {"text_format",    format   },
    {"text_format_nv", format   },
    {NULL,             NULL     },
};
