/* LOOP, WHILE, FOR, FOREACH. */
#include "emulators/postgres/plpgsql/compiler.h"

enum { TYPE_INT4 = 23, TYPE_REFCURSOR = 1790 };

static bool read_body(struct pl_compiler *c, struct slice label, struct pl_statements *out)
{
    struct pl_loop_label entry;
    struct slice end_label;
    if (!pl_expect(c, "loop"))
        return false;
    pl_push_label(c, &entry, label, true);
    bool ok = pl_statements(c, out);
    pl_pop_label(c);
    if (!ok || !pl_expect(c, "end") || !pl_expect(c, "loop"))
        return false;
    if (!pl_is_sign(c, ';')) {
        if (!pl_name(c, &end_label))
            return false;
        if (label.len == 0)
            return pl_error(c, "42601", "end label \"" SLICE_FMT "\" specified for unlabeled block",
                            SLICE_ARG(end_label));
        if (!slice_eq(label, end_label))
            return pl_error(c, "42601",
                            "end label \"" SLICE_FMT "\" differs from block's label \"" SLICE_FMT
                            "\"",
                            SLICE_ARG(end_label), SLICE_ARG(label));
    }
    return pl_expect_sign(c, ';');
}

static bool read_loop(struct pl_compiler *c, struct slice label, struct pl_statement **out)
{
    static const char *const loop[] = {"loop", NULL};
    struct pl_loop *node = PL_NEW(c, LOOP, loop);
    if (!node)
        return false;
    node->label = label;
    *out = &node->statement;
    if (pl_is(c, "while")) {
        node->statement.kind = PL_WHILE;
        if (!pl_next(c) || !pl_read_expr(c, loop, ";", &node->condition))
            return false;
    }
    return read_body(c, label, &node->body);
}

/* FOR i IN [REVERSE] a .. b [BY c]: the variable is a new one. */
static bool read_integer_loop(struct pl_compiler *c, struct slice label, struct slice name,
                              int line, struct pl_expr *from, bool reverse,
                              struct pl_statement **out)
{
    static const char *const ends[] = {"by", "loop", NULL}, *const loop[] = {"loop", NULL};
    struct pl_for_integer *node = PL_NEW(c, FOR_INTEGER, for_integer);
    if (!node)
        return false;
    node->statement.line = line;
    node->label = label;
    node->reverse = reverse;
    node->from = from;
    *out = &node->statement;
    if (!pl_next(c) || !pl_read_expr(c, ends, ";", &node->to))
        return false;
    if (pl_accept(c, "by") && !pl_read_expr(c, loop, ";", &node->by))
        return false;
    if (!pl_push_scope(c, label))
        return false;
    struct pl_variable *variable = pl_add_variable(c, name, PL_SCALAR, TYPE_INT4, -1);
    if (!variable)
        return sql_fail_memory(c->env->error);
    node->variable = variable->number;
    bool ok = read_body(c, label, &node->body);
    pl_pop_scope(c);
    return ok;
}

static bool read_using(struct pl_compiler *c, struct pl_exprs *args)
{
    static const char *const loop[] = {"loop", NULL};
    if (!pl_accept(c, "using"))
        return true;
    do {
        struct pl_expr *arg;
        if (!pl_read_expr(c, loop, ",;", &arg) || !pl_add_expr(c, args, arg))
            return false;
    } while (pl_accept_sign(c, ','));
    return true;
}

/* The variable of a loop over rows: declared ones, or for cursors a new record. */
static bool loop_target(struct pl_compiler *c, struct pl_for_query *node, bool known,
                        uint32_t target)
{
    if (!known)
        return pl_error(c, "42601",
                        "loop variable of loop over rows must be a record variable or list of "
                        "scalar variables");
    node->target = target;
    return true;
}

static bool read_cursor_loop(struct pl_compiler *c, struct pl_for_query *node, struct slice label,
                             struct slice name, const struct pl_variable *cursor)
{
    enum { TYPE_RECORD = 2249 };
    node->statement.kind = PL_FOR_CURSOR;
    node->cursor = cursor->number;
    if (!cursor->cursor)
        return pl_error(c, "42601", "cursor FOR loop must use a bound cursor variable");
    if (!pl_next(c) || !pl_cursor_arguments(c, cursor, &node->cursor_args) ||
        !pl_push_scope(c, label))
        return false;
    struct pl_variable *record = pl_add_variable(c, name, PL_RECORD, TYPE_RECORD, -1);
    if (!record)
        return sql_fail_memory(c->env->error);
    node->target = record->number;
    bool ok = read_body(c, label, &node->body);
    pl_pop_scope(c);
    return ok;
}

/* What stands before IN: declared targets, or one name that may be new. */
static bool read_loop_names(struct pl_compiler *c, struct slice *name, bool *known,
                            uint32_t *target)
{
    unsigned names, used;
    bool strict;
    const struct pl_variable *variable = pl_variable_here(c, &names, &used);
    *name = slice_of(NULL, 0);
    *known = variable != NULL;
    *target = PL_NONE;
    if (pl_peek(c, 0)->kind >= PG_TOKEN_KEYWORD && (!variable || names == 1)) {
        if (variable && !pl_read_into(c, target, &strict))
            return false;
        if (variable) {
            *name = variable->name;
            return true;
        }
        return pl_name(c, name);
    }
    if (!variable)
        return pl_name(c, name);
    return pl_read_into(c, target, &strict);
}

static bool read_for(struct pl_compiler *c, struct slice label, struct pl_statement **out)
{
    static const char *const ends[] = {"loop", "using", NULL}, *const loop[] = {"loop", NULL};
    struct pl_for_query *node = PL_NEW(c, FOR_QUERY, for_query);
    struct slice name, text;
    uint32_t target;
    unsigned names, used;
    bool known;
    if (!node || !pl_next(c))
        return false;
    int line = node->statement.line;
    node->label = label;
    *out = &node->statement;
    if (!read_loop_names(c, &name, &known, &target) || !pl_expect(c, "in"))
        return false;
    if (pl_accept(c, "execute")) {
        node->statement.kind = PL_FOR_DYNAMIC;
        return pl_read_expr(c, ends, ";", &node->dynamic) && read_using(c, &node->args) &&
               loop_target(c, node, known, target) && read_body(c, label, &node->body);
    }
    const struct pl_variable *cursor = pl_variable_here(c, &names, &used);
    if (cursor && used == names && cursor->type == TYPE_REFCURSOR && cursor->kind == PL_SCALAR) {
        if (name.len == 0)
            return pl_syntax_error(c);
        return read_cursor_loop(c, node, label, name, cursor);
    }
    bool reverse = pl_accept(c, "reverse");
    if (!pl_read_text(c, loop, ";\2", &text))
        return false;
    if (pl_is_sign(c, PG_TOKEN_DOT_DOT)) {
        struct pl_expr *from;
        if (name.len == 0)
            return pl_error(c, "42601", "integer FOR loop must have only one target variable");
        return pl_make_expr(c, text, false, &from) &&
               read_integer_loop(c, label, name, line, from, reverse, out);
    }
    if (reverse)
        return pl_error(c, "42601", "cannot specify REVERSE in query FOR loop");
    return pl_make_expr(c, text, true, &node->query) && loop_target(c, node, known, target) &&
           read_body(c, label, &node->body);
}

static bool read_foreach(struct pl_compiler *c, struct slice label, struct pl_statement **out)
{
    static const char *const loop[] = {"loop", NULL};
    struct pl_foreach *node = PL_NEW(c, FOREACH, foreach);
    uint32_t target;
    bool strict;
    if (!node || !pl_next(c) || !pl_read_into(c, &target, &strict))
        return false;
    *out = &node->statement;
    node->label = label;
    const struct pl_variable *variable = c->function->variables[target];
    node->target = (struct pl_target){.variable = target};
    if (variable->kind == PL_ROW && variable->member_count == 1)
        node->target = variable->members[0];
    if (pl_accept(c, "slice")) {
        if (c->token.kind != PG_TOKEN_INTEGER)
            return pl_syntax_error(c);
        node->slice = c->token.integer;
        if (!pl_next(c))
            return false;
    }
    return pl_expect(c, "in") && pl_expect(c, "array") &&
           pl_read_expr(c, loop, ";", &node->array) && read_body(c, label, &node->body);
}

bool pl_loop_statement(struct pl_compiler *c, struct slice label, struct pl_statement **out,
                       bool *known)
{
    *known = true;
    if (pl_is(c, "loop") || pl_is(c, "while"))
        return read_loop(c, label, out);
    if (pl_is(c, "for"))
        return read_for(c, label, out);
    if (pl_is(c, "foreach"))
        return read_foreach(c, label, out);
    *known = false;
    return true;
}
