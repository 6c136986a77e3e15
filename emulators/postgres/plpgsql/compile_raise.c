/* RAISE [level] ['format' [, values]] [USING option = value, ...] */
#include "emulators/postgres/plpgsql/compiler.h"

static const struct {
    const char *word;
    enum sql_severity level;
} levels[] = {
    {"exception", SQL_ERROR  },
    {"warning",   SQL_WARNING},
    {"notice",    SQL_NOTICE },
    {"info",      SQL_INFO   },
    {"log",       SQL_LOG    },
    {"debug",     SQL_DEBUG  },
};

static const char *const options[] = {"message",    "detail",   "hint",  "errcode", "column",
                                      "constraint", "datatype", "table", "schema"};

/* SQLSTATE 'xxxxx' */
static bool read_sqlstate(struct pl_compiler *c, char out[6])
{
    bool valid = c->token.kind == PG_TOKEN_STRING && c->token.text.len == 5;
    for (size_t i = 0; valid && i < 5; i++) {
        uint8_t ch = c->token.text.ptr[i];
        valid = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z');
    }
    if (!valid)
        return c->token.kind == PG_TOKEN_STRING ? pl_error(c, "42601", "invalid SQLSTATE code")
                                                : pl_syntax_error(c);
    memcpy(out, c->token.text.ptr, 5);
    out[5] = '\0';
    return pl_next(c);
}

static bool read_condition(struct pl_compiler *c, struct pl_raise *node)
{
    if (pl_accept(c, "sqlstate"))
        return read_sqlstate(c, node->sqlstate);
    if (!pl_name(c, &node->condition))
        return false;
    const char *sqlstate = pl_condition_sqlstate(node->condition);
    if (!sqlstate)
        return pl_error(c, "42704", "unrecognized exception condition \"" SLICE_FMT "\"",
                        SLICE_ARG(node->condition));
    memcpy(node->sqlstate, sqlstate, 6);
    return true;
}

/* As many values as there are % in the format. */
static bool check_format(struct pl_compiler *c, const struct pl_raise *node)
{
    uint32_t wanted = 0;
    for (size_t i = 0; i < node->message.len; i++) {
        if (node->message.ptr[i] != '%')
            continue;
        if (i + 1 < node->message.len && node->message.ptr[i + 1] == '%')
            i++;
        else
            wanted++;
    }
    if (wanted > node->args.count)
        return pl_error(c, "42601", "too few parameters specified for RAISE");
    return wanted == node->args.count ||
           pl_error(c, "42601", "too many parameters specified for RAISE");
}

static bool read_message(struct pl_compiler *c, struct pl_raise *node)
{
    static const char *const using[] = {"using", NULL};
    node->message = arena_dup(c->arena, c->token.text);
    if (!pl_next(c))
        return false;
    while (pl_accept_sign(c, ',')) {
        struct pl_expr *arg;
        if (!pl_read_expr(c, using, ",;", &arg) || !pl_add_expr(c, &node->args, arg))
            return false;
    }
    return check_format(c, node);
}

static bool read_options(struct pl_compiler *c, struct pl_raise *node)
{
    uint32_t room = 0;
    if (!pl_accept(c, "using"))
        return true;
    do {
        size_t option = 0;
        while (option < sizeof(options) / sizeof(options[0]) && !pl_is(c, options[option]))
            option++;
        if (option == sizeof(options) / sizeof(options[0]))
            return pl_error(
                c, "42601", "unrecognized RAISE statement option at or near \"" SLICE_FMT "\"",
                (int)(c->token.end - c->token.at), (const char *)c->text.ptr + c->token.at);
        struct pl_raise_option item = {.option = option};
        if (!pl_next(c) || (!pl_accept_sign(c, PG_TOKEN_ASSIGN) && !pl_expect_sign(c, '=')) ||
            !pl_read_expr(c, NULL, ",;", &item.value) ||
            !pl_grow(c, (void **)&node->options, node->option_count, &room, sizeof(*node->options)))
            return false;
        node->options[node->option_count++] = item;
    } while (pl_accept_sign(c, ','));
    return true;
}

bool pl_raise_statement(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_raise *node = PL_NEW(c, RAISE, raise);
    if (!node || !pl_next(c))
        return false;
    *out = &node->statement;
    node->level = SQL_ERROR;
    if (pl_accept_sign(c, ';')) {
        node->rethrow = true;
        return true;
    }
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (pl_is(c, levels[i].word)) {
            node->level = levels[i].level;
            if (!pl_next(c))
                return false;
            break;
        }
    if (pl_is_sign(c, ';'))
        return pl_syntax_error(c);
    if (c->token.kind == PG_TOKEN_STRING) {
        if (!read_message(c, node))
            return false;
    } else if (!pl_is(c, "using") && !read_condition(c, node)) {
        return false;
    }
    return read_options(c, node) && pl_expect_sign(c, ';');
}
