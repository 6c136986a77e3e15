#include "emulators/postgres/copy_options.h"

#include "emulators/postgres/encoding.h"
#include "emulators/sql/syntax/ast_expr.h"

/* What was written, before it is known what of it goes together. */
struct given {
    struct pg_copy_options *out;
    struct sql_error *error;
    bool from;
    struct slice delimiter, null, quote, escape;
    bool has_format, has_header, has_freeze, has_on_error, has_verbosity;
};

static struct slice value_text(const struct ast_option *option)
{
    const struct ast_node *value = option->value;
    if (value && value->kind == AST_CONST)
        return AST_AS(const, value)->text;
    if (value && value->kind == AST_NAME && AST_AS(name, value)->names.count)
        return AST_AS(name, value)->names.items[0];
    return slice_of(NULL, 0);
}

static bool refuse_twice(struct given *given, const struct ast_option *option)
{
    return sql_fail_at(given->error, option->node.location, "42601",
                       "conflicting or redundant options");
}

static bool take_text(struct given *given, const struct ast_option *option, struct slice *out)
{
    if (out->ptr)
        return refuse_twice(given, option);
    *out = value_text(option);
    return out->ptr ? true
                    : sql_fail(given->error, "42601", SLICE_FMT " requires a parameter",
                               SLICE_ARG(option->name));
}

static bool take_format(struct given *given, const struct ast_option *option)
{
    struct slice text = value_text(option);
    if (given->has_format)
        return refuse_twice(given, option);
    given->has_format = true;
    if (slice_eq_str(text, "text"))
        given->out->format = PG_COPY_TEXT;
    else if (slice_eq_str(text, "csv"))
        given->out->format = PG_COPY_CSV;
    else if (slice_eq_str(text, "binary"))
        given->out->format = PG_COPY_BINARY;
    else
        return sql_fail_at(given->error, option->node.location, "22023",
                           "COPY format \"" SLICE_FMT "\" not recognized", SLICE_ARG(text));
    return true;
}

/* true, on, 1 and their opposites; -1: none of these. */
static int value_flag(const struct ast_option *option)
{
    const struct ast_node *value = option->value;
    struct slice text = value_text(option);
    if (!value)
        return 1;
    if (value->kind == AST_CONST && AST_AS(const, value)->type == AST_CONST_BOOLEAN)
        return AST_AS(const, value)->boolean;
    if (value->kind == AST_CONST && AST_AS(const, value)->type == AST_CONST_INTEGER)
        return (AST_AS(const, value)->integer | 1) == 1 ? AST_AS(const, value)->integer : -1;
    if (slice_is(text, "true") || slice_is(text, "on"))
        return 1;
    return slice_is(text, "false") || slice_is(text, "off") ? 0 : -1;
}

static bool take_header(struct given *given, const struct ast_option *option)
{
    int flag = value_flag(option);
    if (given->has_header)
        return refuse_twice(given, option);
    given->has_header = true;
    if (flag >= 0) {
        given->out->header = flag ? PG_COPY_HEADER : PG_COPY_NO_HEADER;
        return true;
    }
    if (!slice_is(value_text(option), "match"))
        return sql_fail(given->error, "42601", SLICE_FMT " requires a Boolean value or \"match\"",
                        SLICE_ARG(option->name));
    if (!given->from)
        return sql_fail(given->error, "0A000", "cannot use \"match\" with HEADER in COPY TO");
    given->out->header = PG_COPY_HEADER_MATCH;
    return true;
}

static bool take_freeze(struct given *given, const struct ast_option *option)
{
    int flag = value_flag(option);
    if (given->has_freeze)
        return refuse_twice(given, option);
    given->has_freeze = true;
    given->out->freeze = flag == 1;
    return flag >= 0 || sql_fail(given->error, "42601", "freeze requires a Boolean value");
}

static bool take_columns(struct given *given, const struct ast_option *option,
                         const struct ast_list **out, bool *all)
{
    if (*out || *all)
        return refuse_twice(given, option);
    if (option->value && option->value->kind == AST_STAR) {
        *all = true;
        return true;
    }
    if (!option->value || option->value->kind != AST_LIST)
        return sql_fail_at(given->error, option->node.location, "22023",
                           "argument to option \"" SLICE_FMT "\" must be a list of column names",
                           SLICE_ARG(option->name));
    *out = &AST_AS(list_node, option->value)->list;
    return true;
}

/* Two words, of which the second one sets the flag. */
static bool take_word(struct given *given, const struct ast_option *option,
                      const char *const *words, bool *set, bool *flag)
{
    struct slice text = value_text(option);
    if (*set)
        return refuse_twice(given, option);
    *set = true;
    *flag = slice_eq_nocase(text, slice_str(words[2]));
    return *flag || slice_eq_nocase(text, slice_str(words[1])) ||
           sql_fail_at(given->error, option->node.location, "22023",
                       "COPY %s \"" SLICE_FMT "\" not recognized", words[0], SLICE_ARG(text));
}

static bool take_on_error(struct given *given, const struct ast_option *option)
{
    static const char *const words[] = {"ON_ERROR", "stop", "ignore"};
    if (!given->from)
        return sql_fail_at(given->error, option->node.location, "22023",
                           "COPY ON_ERROR cannot be used with COPY TO");
    return take_word(given, option, words, &given->has_on_error, &given->out->ignore_errors);
}

static bool take_verbosity(struct given *given, const struct ast_option *option)
{
    static const char *const words[] = {"LOG_VERBOSITY", "default", "verbose"};
    return take_word(given, option, words, &given->has_verbosity, &given->out->verbose);
}

static bool take_encoding(struct given *given, const struct ast_option *option)
{
    if (given->out->encoding >= 0)
        return refuse_twice(given, option);
    given->out->encoding = pg_encoding_find(value_text(option));
    return given->out->encoding >= 0 ||
           sql_fail_at(given->error, option->node.location, "22023",
                       "argument to option \"" SLICE_FMT "\" must be a valid encoding name",
                       SLICE_ARG(option->name));
}

static bool take_option(struct given *given, const struct ast_option *option)
{
    struct pg_copy_options *out = given->out;
    struct slice name = option->name;
    if (slice_eq_str(name, "format"))
        return take_format(given, option);
    if (slice_eq_str(name, "freeze"))
        return take_freeze(given, option);
    if (slice_eq_str(name, "header"))
        return take_header(given, option);
    if (slice_eq_str(name, "delimiter"))
        return take_text(given, option, &given->delimiter);
    if (slice_eq_str(name, "null"))
        return take_text(given, option, &given->null);
    if (slice_eq_str(name, "default"))
        return take_text(given, option, &out->defaults);
    if (slice_eq_str(name, "quote"))
        return take_text(given, option, &given->quote);
    if (slice_eq_str(name, "escape"))
        return take_text(given, option, &given->escape);
    if (slice_eq_str(name, "force_quote"))
        return take_columns(given, option, &out->force_quote, &out->force_quote_all);
    if (slice_eq_str(name, "force_not_null"))
        return take_columns(given, option, &out->force_not_null, &out->force_not_null_all);
    if (slice_eq_str(name, "force_null"))
        return take_columns(given, option, &out->force_null, &out->force_null_all);
    if (slice_eq_str(name, "on_error"))
        return take_on_error(given, option);
    if (slice_eq_str(name, "log_verbosity"))
        return take_verbosity(given, option);
    if (slice_eq_str(name, "encoding"))
        return take_encoding(given, option);
    return sql_fail_at(given->error, option->node.location, "42601",
                       "option \"" SLICE_FMT "\" not recognized", SLICE_ARG(name));
}

/* ---- what goes together */

static bool has_line_end(struct slice text)
{
    return text.len && (memchr(text.ptr, '\n', text.len) || memchr(text.ptr, '\r', text.len));
}

static bool check_delimiter(const struct given *given, struct slice delimiter, struct slice null)
{
    static const char unfit[] = "\\.abcdefghijklmnopqrstuvwxyz0123456789";
    struct sql_error *error = given->error;
    if (delimiter.len != 1)
        return sql_fail(error, "0A000", "COPY delimiter must be a single one-byte character");
    if (has_line_end(delimiter))
        return sql_fail(error, "22023", "COPY delimiter cannot be newline or carriage return");
    if (has_line_end(null))
        return sql_fail(error, "22023",
                        "COPY null representation cannot use newline or carriage return");
    if (has_line_end(given->out->defaults))
        return sql_fail(error, "22023",
                        "COPY default representation cannot use newline or carriage return");
    if (given->out->format == PG_COPY_TEXT && memchr(unfit, delimiter.ptr[0], sizeof(unfit) - 1))
        return sql_fail(error, "22023", "COPY delimiter cannot be \"%c\"", delimiter.ptr[0]);
    return true;
}

static bool check_csv(const struct given *given, struct slice delimiter, struct slice quote)
{
    struct sql_error *error = given->error;
    bool csv = given->out->format == PG_COPY_CSV;
    if (!csv && given->quote.ptr)
        return sql_fail(error, "0A000", "COPY quote available only in CSV mode");
    if (csv && quote.len != 1)
        return sql_fail(error, "0A000", "COPY quote must be a single one-byte character");
    if (csv && slice_eq(delimiter, quote))
        return sql_fail(error, "22023", "COPY delimiter and quote must be different");
    if (!csv && given->escape.ptr)
        return sql_fail(error, "0A000", "COPY escape available only in CSV mode");
    if (csv && given->escape.ptr && given->escape.len != 1)
        return sql_fail(error, "0A000", "COPY escape must be a single one-byte character");
    return true;
}

static bool check_forced(const struct given *given)
{
    const struct pg_copy_options *out = given->out;
    struct sql_error *error = given->error;
    bool csv = out->format == PG_COPY_CSV;
    bool quote = out->force_quote || out->force_quote_all;
    bool not_null = out->force_not_null || out->force_not_null_all;
    bool null = out->force_null || out->force_null_all;
    if (quote && !csv)
        return sql_fail(error, "0A000", "COPY force quote available only in CSV mode");
    if (quote && given->from)
        return sql_fail(error, "0A000", "COPY force quote only available using COPY TO");
    if (not_null && !csv)
        return sql_fail(error, "0A000", "COPY force not null available only in CSV mode");
    if (not_null && !given->from)
        return sql_fail(error, "0A000", "COPY force not null only available using COPY FROM");
    if (null && !csv)
        return sql_fail(error, "0A000", "COPY force null available only in CSV mode");
    if (null && !given->from)
        return sql_fail(error, "0A000", "COPY force null only available using COPY FROM");
    return true;
}

static bool check_null(const struct given *given, struct slice delimiter, struct slice null,
                       struct slice quote)
{
    if (null.len && memchr(null.ptr, delimiter.ptr[0], null.len))
        return sql_fail(given->error, "0A000",
                        "COPY delimiter must not appear in the NULL specification");
    if (given->out->format == PG_COPY_CSV && null.len && memchr(null.ptr, quote.ptr[0], null.len))
        return sql_fail(given->error, "0A000",
                        "CSV quote character must not appear in the NULL specification");
    return true;
}

static bool check_default(const struct given *given, struct slice delimiter, struct slice null,
                          struct slice quote)
{
    struct slice text = given->out->defaults;
    struct sql_error *error = given->error;
    if (!text.ptr)
        return true;
    if (!given->from)
        return sql_fail(error, "0A000", "COPY DEFAULT only available using COPY FROM");
    if (text.len && memchr(text.ptr, delimiter.ptr[0], text.len))
        return sql_fail(error, "0A000",
                        "COPY delimiter must not appear in the DEFAULT specification");
    if (given->out->format == PG_COPY_CSV && text.len && memchr(text.ptr, quote.ptr[0], text.len))
        return sql_fail(error, "0A000",
                        "CSV quote character must not appear in the DEFAULT specification");
    if (slice_eq(text, null))
        return sql_fail(error, "0A000",
                        "NULL specification and DEFAULT specification cannot be the same");
    return true;
}

static bool check(const struct given *given)
{
    struct pg_copy_options *out = given->out;
    bool csv = out->format == PG_COPY_CSV;
    bool binary = out->format == PG_COPY_BINARY;
    struct slice delimiter = given->delimiter.ptr ? given->delimiter : slice_str(csv ? "," : "\t");
    struct slice null = given->null.ptr ? given->null : slice_str(csv ? "" : "\\N");
    struct slice quote = given->quote.ptr ? given->quote : slice_str("\"");
    if (binary && given->delimiter.ptr)
        return sql_fail(given->error, "42601", "cannot specify DELIMITER in BINARY mode");
    if (binary && given->null.ptr)
        return sql_fail(given->error, "42601", "cannot specify NULL in BINARY mode");
    if (binary && out->defaults.ptr)
        return sql_fail(given->error, "42601", "cannot specify DEFAULT in BINARY mode");
    if (binary && out->ignore_errors)
        return sql_fail(given->error, "42601", "only ON_ERROR STOP is allowed in BINARY mode");
    if (!check_delimiter(given, delimiter, null))
        return false;
    if (binary && out->header)
        return sql_fail(given->error, "0A000", "cannot specify HEADER in BINARY mode");
    if (!check_csv(given, delimiter, quote) || !check_forced(given) ||
        !check_null(given, delimiter, null, quote) || !check_default(given, delimiter, null, quote))
        return false;
    out->delimiter = delimiter.ptr[0];
    out->null = null;
    out->quote = quote.ptr[0];
    out->escape = given->escape.ptr ? given->escape.ptr[0] : out->quote;
    return true;
}

bool pg_copy_read_options(const struct ast_copy *copy, struct pg_copy_options *out,
                          struct sql_error *error)
{
    struct given given = {.out = out, .error = error, .from = copy->from};
    *out = (struct pg_copy_options){.encoding = -1};
    for (uint32_t i = 0; i < copy->options.count; i++)
        if (!take_option(&given, AST_AS(option, copy->options.items[i])))
            return false;
    return check(&given);
}
