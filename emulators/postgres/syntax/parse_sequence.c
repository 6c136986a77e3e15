#include "emulators/postgres/syntax/parser.h"

static struct ast_option *number_option(struct pg_parser *p, const char *name, int32_t at)
{
    return pg_option(p, name, pg_parse_numeric_only(p), at);
}

static struct ast_option *name_option(struct pg_parser *p, const char *name, int32_t at)
{
    struct ast_name *node = PG_NEW(p, NAME, name, pg_here(p));
    node->names = pg_parse_any_name(p);
    return pg_option(p, name, &node->node, at);
}

/* NO MAXVALUE, NO MINVALUE, NO CYCLE. */
static struct ast_option *parse_no_option(struct pg_parser *p, int32_t at)
{
    if (pg_accept(p, PG_KW_MAXVALUE))
        return pg_option(p, "maxvalue", NULL, at);
    if (pg_accept(p, PG_KW_MINVALUE))
        return pg_option(p, "minvalue", NULL, at);
    pg_expect(p, PG_KW_CYCLE);
    return pg_option(p, "cycle", pg_boolean(p, false, -1), at);
}

static struct ast_option *parse_restart(struct pg_parser *p, int32_t at)
{
    bool with = pg_accept(p, PG_KW_WITH);
    uint16_t kind = pg_at(p);
    bool number =
        with || kind == PG_TOKEN_INTEGER || kind == PG_TOKEN_FLOAT || kind == '+' || kind == '-';
    return number ? number_option(p, "restart", at) : pg_option(p, "restart", NULL, at);
}

/* SeqOptElem; NULL: none here. */
static struct ast_option *parse_option(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    uint16_t kind = pg_at(p);
    switch (kind) {
    case PG_KW_AS: pg_skip(p); return pg_option(p, "as", &pg_parse_typename(p)->node, at);
    case PG_KW_CACHE: pg_skip(p); return number_option(p, "cache", at);
    case PG_KW_CYCLE: pg_skip(p); return pg_option(p, "cycle", pg_boolean(p, true, -1), at);
    case PG_KW_INCREMENT:
        pg_skip(p);
        pg_accept(p, PG_KW_BY);
        return number_option(p, "increment", at);
    case PG_KW_MAXVALUE: pg_skip(p); return number_option(p, "maxvalue", at);
    case PG_KW_MINVALUE: pg_skip(p); return number_option(p, "minvalue", at);
    case PG_KW_NO: pg_skip(p); return parse_no_option(p, at);
    case PG_KW_OWNED:
        pg_skip(p);
        pg_expect(p, PG_KW_BY);
        return name_option(p, "owned_by", at);
    case PG_KW_SEQUENCE:
        pg_skip(p);
        pg_expect(p, PG_KW_NAME);
        return name_option(p, "sequence_name", at);
    case PG_KW_START:
        pg_skip(p);
        pg_accept(p, PG_KW_WITH);
        return number_option(p, "start", at);
    case PG_KW_RESTART: pg_skip(p); return parse_restart(p, at);
    default: return NULL;
    }
}

struct ast_list pg_parse_sequence_options(struct pg_parser *p)
{
    struct ast_list list = {0};
    struct ast_option *option = parse_option(p);
    for (; option; option = parse_option(p))
        pg_list_add(p, &list, &option->node);
    return list;
}

struct ast_list pg_parse_parenthesized_sequence_options(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (!pg_accept(p, '('))
        return list;
    list = pg_parse_sequence_options(p);
    if (list.count == 0)
        pg_unexpected(p);
    pg_expect(p, ')');
    return list;
}

/* alter_identity_column_option: SET GENERATED, SET option, RESTART. */
struct ast_list pg_parse_identity_options(struct pg_parser *p)
{
    struct ast_list list = {0};
    for (;;) {
        int32_t at = pg_here(p);
        struct ast_option *option;
        if (pg_accept(p, PG_KW_RESTART)) {
            option = parse_restart(p, at);
        } else if (pg_accept(p, PG_KW_SET)) {
            int32_t option_at = pg_here(p);
            if (pg_accept(p, PG_KW_GENERATED)) {
                struct ast_node *always = pg_boolean(p, pg_parse_generated_when(p), -1);
                option = pg_option(p, "generated", always, at);
            } else {
                option = parse_option(p);
                if (!option)
                    pg_unexpected(p);
                else if (slice_eq_str(option->name, "as") ||
                         slice_eq_str(option->name, "restart") ||
                         slice_eq_str(option->name, "owned_by"))
                    pg_fail(p, option_at, "42601",
                            "sequence option \"" SLICE_FMT "\" not supported here",
                            SLICE_ARG(option->name));
            }
        } else {
            return list;
        }
        if (option)
            pg_list_add(p, &list, &option->node);
    }
}

struct ast_node *pg_parse_create_sequence(struct pg_parser *p, enum ast_persistence persistence)
{
    struct ast_create_sequence *create = PG_NEW(p, CREATE_SEQUENCE, create_sequence, pg_here(p));
    pg_expect(p, PG_KW_SEQUENCE);
    create->if_not_exists = pg_accept_if_not_exists(p);
    create->sequence = pg_parse_qualified_name(p);
    create->sequence->persistence = persistence;
    create->options = pg_parse_sequence_options(p);
    return &create->node;
}
