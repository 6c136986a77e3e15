#include "emulators/postgres/syntax/parser.h"

/* A list of column names as an option's value. */
static struct ast_node *parse_columns(struct pg_parser *p)
{
    struct ast_list list = {0};
    do {
        int32_t at = pg_here(p);
        pg_list_add(p, &list, pg_string(p, pg_parse_col_id(p), at));
    } while (pg_accept(p, ','));
    return pg_list_node(p, list, -1);
}

/* FORCE QUOTE columns | *, FORCE [NOT] NULL columns. */
static struct ast_option *parse_force(struct pg_parser *p, int32_t at)
{
    if (pg_accept(p, PG_KW_QUOTE)) {
        int32_t star_at = pg_here(p);
        bool star = pg_accept(p, '*');
        struct ast_node *value = star ? &PG_NEW(p, STAR, star, star_at)->node : parse_columns(p);
        return pg_option(p, "force_quote", value, at);
    }
    bool not = pg_accept(p, PG_KW_NOT);
    pg_expect(p, PG_KW_NULL);
    return pg_option(p, not ? "force_not_null" : "force_null", parse_columns(p), at);
}

/* DELIMITER [AS] 'x' and the like. */
static const struct {
    uint16_t word;
    const char *option;
    const char *value; /* fixed, NULL: a string follows */
    bool as;           /* AS may stand before it */
} old_options[] = {
    {PG_KW_BINARY,    "format",    "binary", false},
    {PG_KW_CSV,       "format",    "csv",    false},
    {PG_KW_DELIMITER, "delimiter", NULL,     true },
    {PG_KW_NULL,      "null",      NULL,     true },
    {PG_KW_QUOTE,     "quote",     NULL,     true },
    {PG_KW_ESCAPE,    "escape",    NULL,     true },
    {PG_KW_ENCODING,  "encoding",  NULL,     false},
};

/* copy_opt_item; NULL: none here. */
static struct ast_option *parse_old_option(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_FREEZE))
        return pg_option(p, "freeze", pg_boolean(p, true, -1), at);
    if (pg_accept(p, PG_KW_HEADER))
        return pg_option(p, "header", pg_boolean(p, true, -1), at);
    if (pg_accept(p, PG_KW_FORCE))
        return parse_force(p, at);
    for (size_t i = 0; i < sizeof(old_options) / sizeof(*old_options); i++) {
        if (!pg_accept(p, old_options[i].word))
            continue;
        if (old_options[i].as)
            pg_accept(p, PG_KW_AS);
        struct slice value =
            old_options[i].value ? slice_str(old_options[i].value) : pg_parse_string(p);
        return pg_option(p, old_options[i].option, pg_string(p, value, at), at);
    }
    return NULL;
}

/* copy_generic_opt_arg; NULL: none. */
static struct ast_node *parse_new_value(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    if (pg_at(p) == ',' || pg_at(p) == ')')
        return NULL;
    if (pg_accept(p, '*'))
        return &PG_NEW(p, STAR, star, at)->node;
    if (!pg_accept(p, '('))
        return pg_parse_setting_value(p);
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, pg_parse_setting_value(p));
    while (pg_accept(p, ','));
    pg_expect(p, ')');
    return pg_list_node(p, list, at);
}

/* '(' copy_generic_opt_list ')', behind '('. */
static void parse_new_options(struct pg_parser *p, struct ast_copy *copy)
{
    do {
        struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
        option->name = pg_parse_col_label(p);
        option->value = parse_new_value(p);
        pg_list_add(p, &copy->options, &option->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
}

static void parse_options(struct pg_parser *p, struct ast_copy *copy)
{
    pg_accept(p, PG_KW_WITH);
    if (pg_accept(p, '(')) {
        parse_new_options(p, copy);
        return;
    }
    struct ast_option *option = parse_old_option(p);
    for (; option; option = parse_old_option(p))
        pg_list_add(p, &copy->options, &option->node);
}

/* [PROGRAM] 'file' | STDIN | STDOUT. */
static void parse_file(struct pg_parser *p, struct ast_copy *copy)
{
    int32_t at = pg_here(p);
    copy->program = pg_accept(p, PG_KW_PROGRAM);
    if (pg_at(p) == PG_TOKEN_STRING)
        copy->file = pg_parse_string(p);
    else if (!pg_accept(p, PG_KW_STDIN))
        pg_expect(p, PG_KW_STDOUT);
    if (copy->program && !copy->file.ptr)
        pg_fail(p, at, "42601", "STDIN/STDOUT not allowed with PROGRAM");
}

/* COPY (query) TO file, behind '('. */
static struct ast_node *parse_copy_query(struct pg_parser *p, struct ast_copy *copy)
{
    copy->query = pg_parse_preparable(p);
    pg_expect_two(p, ')', PG_KW_TO);
    parse_file(p, copy);
    parse_options(p, copy);
    return &copy->node;
}

struct ast_node *pg_parse_copy(struct pg_parser *p)
{
    struct ast_copy *copy = PG_NEW(p, COPY, copy, pg_here(p));
    pg_skip(p);
    if (pg_accept(p, '('))
        return parse_copy_query(p, copy);
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_BINARY)) {
        struct ast_node *binary = pg_string(p, slice_str("binary"), at);
        pg_list_add(p, &copy->options, &pg_option(p, "format", binary, at)->node);
    }
    copy->relation = pg_parse_qualified_name(p);
    copy->columns = pg_parse_opt_column_list(p);
    copy->from = pg_accept(p, PG_KW_FROM);
    if (!copy->from)
        pg_expect(p, PG_KW_TO);
    parse_file(p, copy);
    int32_t delimiter_at = pg_here(p);
    bool using = pg_accept(p, PG_KW_USING);
    if (using || pg_at(p) == PG_KW_DELIMITERS) {
        pg_expect(p, PG_KW_DELIMITERS);
        struct ast_node *value = pg_string(p, pg_parse_string(p), delimiter_at);
        pg_list_add(p, &copy->options, &pg_option(p, "delimiter", value, delimiter_at)->node);
    }
    parse_options(p, copy);
    int32_t where_at = pg_here(p);
    copy->where = pg_parse_opt_where(p);
    if (copy->where && !copy->from && !p->failed) {
        pg_fail(p, where_at, "42601", "WHERE clause not allowed with COPY TO");
        sql_hint(p->error, "Try the COPY (SELECT ... WHERE ...) TO variant.");
    }
    return &copy->node;
}
