/* OPEN, FETCH, MOVE, CLOSE. */
#include "emulators/postgres/plpgsql/compiler.h"

enum { TYPE_REFCURSOR = 1790 };

/* (args) of a bound cursor: by position, or name := value. */
bool pl_cursor_arguments(struct pl_compiler *c, const struct pl_variable *cursor,
                         struct pl_exprs *out)
{
    uint32_t count = cursor->cursor_arg_count;
    if (count == 0)
        return !pl_is_sign(c, '(') ||
               pl_error(c, "42601", "cursor \"" SLICE_FMT "\" has no arguments",
                        SLICE_ARG(cursor->name));
    if (!pl_accept_sign(c, '('))
        return pl_error(c, "42601", "cursor \"" SLICE_FMT "\" has arguments",
                        SLICE_ARG(cursor->name));
    out->items = arena_zalloc(c->arena, count * sizeof(*out->items));
    if (!out->items)
        return sql_fail_memory(c->env->error);
    out->count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i;
        int next = pl_peek(c, 0)->kind;
        if (next == PG_TOKEN_ASSIGN || next == PG_TOKEN_ARROW) {
            struct slice name;
            if (!pl_name(c, &name) || !pl_next(c))
                return false;
            for (at = 0; at < count && !slice_eq(cursor->cursor_args[at].name, name); at++) {}
            if (at == count)
                return pl_error(c, "42601",
                                "cursor \"" SLICE_FMT "\" has no argument named \"" SLICE_FMT "\"",
                                SLICE_ARG(cursor->name), SLICE_ARG(name));
        }
        if (out->items[at])
            return pl_error(c, "42601",
                            "value for parameter \"" SLICE_FMT "\" of cursor \"" SLICE_FMT
                            "\" specified more than once",
                            SLICE_ARG(cursor->cursor_args[at].name), SLICE_ARG(cursor->name));
        if (!pl_read_expr(c, NULL, ",)", &out->items[at]))
            return false;
        if (i + 1 < count && !pl_accept_sign(c, ','))
            return pl_error(c, "42601", "not enough arguments for cursor \"" SLICE_FMT "\"",
                            SLICE_ARG(cursor->name));
    }
    if (pl_is_sign(c, ','))
        return pl_error(c, "42601", "too many arguments for cursor \"" SLICE_FMT "\"",
                        SLICE_ARG(cursor->name));
    return pl_expect_sign(c, ')');
}

static bool read_cursor_variable(struct pl_compiler *c, const struct pl_variable **out)
{
    unsigned names, used = 0;
    *out = pl_variable_here(c, &names, &used);
    if (!*out)
        return pl_error(c, "42601", "\"" SLICE_FMT "\" is not a known variable",
                        (int)(c->token.end - c->token.at), (const char *)c->text.ptr + c->token.at);
    if ((*out)->kind != PL_SCALAR || (*out)->type != TYPE_REFCURSOR)
        return pl_error(c, "42804",
                        "variable \"" SLICE_FMT "\" must be of type cursor or refcursor",
                        SLICE_ARG((*out)->name));
    for (unsigned i = 0; i < used; i++)
        if (!pl_next(c) || (i + 1 < used && !pl_expect_sign(c, '.')))
            return false;
    return true;
}

static bool read_open(struct pl_compiler *c, struct pl_statement **out)
{
    static const char *const using[] = {"using", NULL};
    struct pl_open *node = PL_NEW(c, OPEN, open);
    const struct pl_variable *cursor;
    struct slice text;
    if (!node || !pl_next(c) || !read_cursor_variable(c, &cursor))
        return false;
    *out = &node->statement;
    node->cursor = cursor->number;
    if (cursor->cursor)
        return pl_cursor_arguments(c, cursor, &node->args) && pl_expect_sign(c, ';');
    node->no_scroll = pl_accept(c, "no");
    if (pl_accept(c, "scroll"))
        node->scroll = !node->no_scroll;
    if (!pl_expect(c, "for"))
        return false;
    if (!pl_accept(c, "execute"))
        return pl_read_text(c, NULL, ";", &text) && pl_make_expr(c, text, true, &node->query) &&
               pl_next(c);
    if (!pl_read_expr(c, using, ";", &node->dynamic))
        return false;
    if (pl_accept(c, "using")) {
        do {
            struct pl_expr *arg;
            if (!pl_read_expr(c, NULL, ",;", &arg) || !pl_add_expr(c, &node->args, arg))
                return false;
        } while (pl_accept_sign(c, ','));
    }
    return pl_expect_sign(c, ';');
}

enum { DIRECTION_FORWARD, DIRECTION_BACKWARD, DIRECTION_ABSOLUTE, DIRECTION_RELATIVE };

static bool read_count(struct pl_compiler *c, struct pl_fetch *node)
{
    static const char *const ends[] = {"from", "in", NULL};
    return pl_read_expr(c, ends, ";", &node->count_expr);
}

static bool at_cursor(const struct pl_compiler *c)
{
    return pl_is(c, "from") || pl_is(c, "in");
}

/* The direction words before FROM; nothing: the next row. */
static bool read_direction(struct pl_compiler *c, struct pl_fetch *node)
{
    unsigned names, used;
    node->direction = DIRECTION_FORWARD;
    node->count = 1;
    if (pl_accept(c, "next")) {
    } else if (pl_accept(c, "prior")) {
        node->direction = DIRECTION_BACKWARD;
    } else if (pl_accept(c, "first")) {
        node->direction = DIRECTION_ABSOLUTE;
    } else if (pl_accept(c, "last")) {
        node->direction = DIRECTION_ABSOLUTE;
        node->count = -1;
    } else if (pl_accept(c, "absolute")) {
        node->direction = DIRECTION_ABSOLUTE;
        if (!read_count(c, node))
            return false;
    } else if (pl_accept(c, "relative")) {
        node->direction = DIRECTION_RELATIVE;
        if (!read_count(c, node))
            return false;
    } else if (pl_is(c, "forward") || pl_is(c, "backward")) {
        node->direction = pl_is(c, "forward") ? DIRECTION_FORWARD : DIRECTION_BACKWARD;
        if (!pl_next(c))
            return false;
        if (pl_accept(c, "all"))
            node->count = INT64_MAX;
        else if (!at_cursor(c) && !read_count(c, node))
            return false;
    } else if (pl_accept(c, "all")) {
        node->count = INT64_MAX;
    } else if (!at_cursor(c) && !pl_variable_here(c, &names, &used)) {
        if (!read_count(c, node))
            return false;
    }
    if (at_cursor(c))
        return pl_next(c);
    return !pl_failed(c);
}

static bool read_fetch(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_fetch *node = PL_NEW(c, FETCH, fetch);
    const struct pl_variable *cursor;
    bool strict;
    if (!node)
        return false;
    *out = &node->statement;
    node->move = pl_is(c, "move");
    if (!pl_next(c) || !read_direction(c, node) || !read_cursor_variable(c, &cursor))
        return false;
    node->cursor = cursor->number;
    if (node->move)
        return pl_expect_sign(c, ';');
    if (node->count == INT64_MAX)
        return pl_error(c, "0A000", "FETCH statement cannot return multiple rows");
    return pl_expect(c, "into") && pl_read_into(c, &node->target, &strict) &&
           pl_expect_sign(c, ';');
}

static bool read_close(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_fetch *node = PL_NEW(c, CLOSE, fetch);
    const struct pl_variable *cursor;
    if (!node || !pl_next(c) || !read_cursor_variable(c, &cursor))
        return false;
    *out = &node->statement;
    node->cursor = cursor->number;
    return pl_expect_sign(c, ';');
}

bool pl_cursor_statement(struct pl_compiler *c, struct pl_statement **out, bool *known)
{
    *known = true;
    if (pl_is(c, "open"))
        return read_open(c, out);
    if (pl_is(c, "fetch") || pl_is(c, "move"))
        return read_fetch(c, out);
    if (pl_is(c, "close"))
        return read_close(c, out);
    *known = false;
    return true;
}
