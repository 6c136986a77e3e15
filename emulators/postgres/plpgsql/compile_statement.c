/* Statements but loops, RAISE and cursors. */
#include "emulators/postgres/plpgsql/compiler.h"

void *pl_new(struct pl_compiler *c, enum pl_statement_kind kind, size_t size)
{
    struct pl_statement *statement = arena_zalloc(c->arena, size);
    if (!statement) {
        sql_fail_memory(c->env->error);
        return NULL;
    }
    statement->kind = kind;
    statement->line = pl_line(c, c->token.at);
    return statement;
}

/* ---- labels */

void pl_push_label(struct pl_compiler *c, struct pl_loop_label *label, struct slice name, bool loop)
{
    *label = (struct pl_loop_label){c->labels, name, loop};
    c->labels = label;
    c->loops += loop;
}

void pl_pop_label(struct pl_compiler *c)
{
    c->loops -= c->labels->loop;
    c->labels = c->labels->outer;
}

bool pl_label_exists(const struct pl_compiler *c, struct slice name, bool *is_loop)
{
    for (const struct pl_loop_label *at = c->labels; at; at = at->outer)
        if (slice_eq(at->name, name)) {
            *is_loop = at->loop;
            return true;
        }
    return false;
}

/* ---- IF, CASE */

static bool add_branch(struct pl_compiler *c, struct pl_if *node, uint32_t *room,
                       struct pl_branch **out)
{
    if (!pl_grow(c, (void **)&node->branches, node->count, room, sizeof(*node->branches)))
        return false;
    *out = &node->branches[node->count++];
    **out = (struct pl_branch){.line = pl_line(c, c->token.at)};
    return true;
}

static bool read_if(struct pl_compiler *c, struct pl_statement **out)
{
    static const char *const then[] = {"then", NULL};
    struct pl_if *node = PL_NEW(c, IF, if);
    struct pl_branch *branch;
    uint32_t room = 0;
    if (!node)
        return false;
    *out = &node->statement;
    do {
        struct pl_statements body = {NULL, 0, 0};
        if (!pl_next(c) || !add_branch(c, node, &room, &branch) ||
            !pl_read_expr(c, then, ";", &branch->condition) || !pl_next(c))
            return false;
        uint32_t index = node->count - 1;
        if (!pl_statements(c, &body))
            return false;
        node->branches[index].body = body;
    } while (pl_is(c, "elsif") || pl_is(c, "elseif"));
    node->has_else = pl_accept(c, "else");
    if (node->has_else && !pl_statements(c, &node->otherwise))
        return false;
    return pl_expect(c, "end") && pl_expect(c, "if") && pl_expect_sign(c, ';');
}

static bool read_when(struct pl_compiler *c, struct pl_if *node, uint32_t *room)
{
    static const char *const then[] = {"then", NULL};
    struct pl_branch *branch;
    struct pl_statements body = {NULL, 0, 0};
    if (!pl_expect(c, "when") || !add_branch(c, node, room, &branch))
        return false;
    uint32_t index = node->count - 1;
    if (!node->value) {
        if (!pl_read_expr(c, then, ";", &branch->condition))
            return false;
    } else {
        /* The list that the value is compared with: value = ANY of them, as one expression each. */
        struct pl_exprs values = {NULL, 0, 0};
        do {
            struct pl_expr *value;
            if (!pl_read_expr(c, then, ",;", &value) || !pl_add_expr(c, &values, value))
                return false;
        } while (pl_accept_sign(c, ','));
        node->branches[index].values = values;
    }
    if (!pl_expect(c, "then") || !pl_statements(c, &body))
        return false;
    node->branches[index].body = body;
    return true;
}

static bool read_case(struct pl_compiler *c, struct pl_statement **out)
{
    static const char *const when[] = {"when", NULL};
    struct pl_if *node = PL_NEW(c, CASE, if);
    uint32_t room = 0;
    if (!node || !pl_next(c))
        return false;
    *out = &node->statement;
    if (!pl_is(c, "when") && !pl_read_expr(c, when, ";", &node->value))
        return false;
    do {
        if (!read_when(c, node, &room))
            return false;
    } while (pl_is(c, "when"));
    node->has_else = pl_accept(c, "else");
    if (node->has_else && !pl_statements(c, &node->otherwise))
        return false;
    return pl_expect(c, "end") && pl_expect(c, "case") && pl_expect_sign(c, ';');
}

/* ---- RETURN, EXIT, ASSERT, NULL */

static bool read_exit(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_exit *node = PL_NEW(c, EXIT, exit);
    if (!node)
        return false;
    *out = &node->statement;
    node->is_continue = pl_is(c, "continue");
    if (!pl_next(c))
        return false;
    if (!pl_is_sign(c, ';') && !pl_is(c, "when")) {
        bool is_loop;
        if (!pl_name(c, &node->label))
            return false;
        if (!pl_label_exists(c, node->label, &is_loop))
            return pl_error(c, "42601",
                            "there is no label \"" SLICE_FMT "\" attached to any block or "
                            "loop enclosing this statement",
                            SLICE_ARG(node->label));
        if (node->is_continue && !is_loop)
            return pl_error(c, "42601", "block label \"" SLICE_FMT "\" cannot be used in CONTINUE",
                            SLICE_ARG(node->label));
    } else if (c->loops == 0) {
        return pl_error(c, "42601",
                        node->is_continue
                            ? "CONTINUE cannot be used outside a loop"
                            : "EXIT cannot be used outside a loop, unless it has a label");
    }
    if (pl_accept(c, "when"))
        return pl_read_expr_semicolon(c, &node->condition);
    return pl_expect_sign(c, ';');
}

/* RETURN of a variable alone needs no query; a record may be returned only so or by an expression. */
static bool read_value(struct pl_compiler *c, struct pl_return *node)
{
    unsigned names, used;
    struct pl_variable *variable = pl_variable_here(c, &names, &used);
    if (variable && used == names && names == 1 && pl_peek(c, 0)->kind == ';' &&
        variable->kind != PL_ROW) {
        node->has_variable = true;
        node->variable = variable->number;
        return pl_next(c) && pl_expect_sign(c, ';');
    }
    return pl_read_expr_semicolon(c, &node->value);
}

static bool read_return_query(struct pl_compiler *c, struct pl_statement **out)
{
    static const char *const using[] = {"using", NULL};
    struct pl_dynamic *node = PL_NEW(c, RETURN_QUERY, dynamic);
    struct slice text;
    if (!node)
        return false;
    *out = &node->statement;
    if (!c->function->returns_set)
        return pl_error(c, "42804", "cannot use RETURN QUERY in a non-SETOF function");
    if (!pl_next(c))
        return false;
    if (!pl_is(c, "execute"))
        return pl_read_text(c, NULL, ";", &text) && pl_make_expr(c, text, true, &node->query) &&
               pl_next(c);
    if (!pl_next(c) || !pl_read_expr(c, using, ";", &node->dynamic))
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

static bool read_return(struct pl_compiler *c, struct pl_statement **out)
{
    enum { TYPE_VOID = 2278 };
    const struct pl_function *f = c->function;
    struct pl_return *node = PL_NEW(c, RETURN, return );
    if (!node || !pl_next(c))
        return false;
    *out = &node->statement;
    if (pl_is(c, "query"))
        return read_return_query(c, out);
    if (pl_accept(c, "next")) {
        node->statement.kind = PL_RETURN_NEXT;
        if (!f->returns_set)
            return pl_error(c, "42804", "cannot use RETURN NEXT in a non-SETOF function");
        if (f->out_row == PL_NONE)
            return read_value(c, node);
        return pl_is_sign(c, ';')
                   ? pl_next(c)
                   : pl_error(
                         c, "42804",
                         "RETURN NEXT cannot have a parameter in function with OUT parameters");
    }
    if (pl_is_sign(c, ';')) {
        bool nothing = f->returns_set || f->return_type == TYPE_VOID || f->out_row != PL_NONE ||
                       f->is_procedure || f->is_event_trigger;
        return nothing ? pl_next(c) : pl_error(c, "42601", "missing expression at or near \";\"");
    }
    if (f->returns_set) {
        pl_error(c, "42804", "RETURN cannot have a parameter in function returning set");
        return sql_hint(c->env->error, "Use RETURN NEXT or RETURN QUERY.");
    }
    if (f->is_procedure && f->out_row == PL_NONE)
        return pl_error(c, "42601", "RETURN cannot have a parameter in a procedure");
    if (f->return_type == TYPE_VOID && f->out_row == PL_NONE)
        return pl_error(c, "42804", "RETURN cannot have a parameter in function returning void");
    if (f->out_row != PL_NONE)
        return pl_error(c, "42804",
                        "RETURN cannot have a parameter in function with OUT parameters");
    return read_value(c, node);
}

static bool read_assert(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_assert *node = PL_NEW(c, ASSERT, assert);
    if (!node || !pl_next(c) || !pl_read_expr(c, NULL, ",;", &node->condition))
        return false;
    *out = &node->statement;
    if (pl_accept_sign(c, ',') && !pl_read_expr(c, NULL, ";", &node->message))
        return false;
    return pl_expect_sign(c, ';');
}

static bool read_null(struct pl_compiler *c, struct pl_statement **out)
{
    *out = pl_new(c, PL_NULL, sizeof(**out));
    return *out && pl_next(c) && pl_expect_sign(c, ';');
}

static bool read_end(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_end *node = PL_NEW(c, COMMIT, end);
    if (!node)
        return false;
    if (pl_is(c, "rollback"))
        node->statement.kind = PL_ROLLBACK;
    *out = &node->statement;
    if (!pl_next(c))
        return false;
    if (pl_accept(c, "and")) {
        node->chain = !pl_accept(c, "no");
        if (!pl_expect(c, "chain"))
            return false;
    }
    return pl_expect_sign(c, ';');
}

/* ---- statements of SQL */

/* PERFORM query: the SELECT of it. */
static bool read_perform(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_dynamic *node = PL_NEW(c, PERFORM, dynamic);
    if (!node || !pl_next(c))
        return false;
    *out = &node->statement;
    return pl_read_expr_semicolon(c, &node->query);
}

static bool read_execute(struct pl_compiler *c, struct pl_statement **out)
{
    static const char *const ends[] = {"into", "using", NULL};
    struct pl_dynamic *node = PL_NEW(c, EXECUTE, dynamic);
    if (!node || !pl_next(c) || !pl_read_expr(c, ends, ";", &node->dynamic))
        return false;
    *out = &node->statement;
    for (;;) {
        if (pl_accept(c, "into")) {
            if (node->into)
                return pl_syntax_error(c);
            node->into = true;
            if (!pl_read_into(c, &node->target, &node->strict))
                return false;
        } else if (pl_accept(c, "using")) {
            if (node->args.count)
                return pl_syntax_error(c);
            do {
                static const char *const into[] = {"into", NULL};
                struct pl_expr *arg;
                if (!pl_read_expr(c, into, ",;", &arg) || !pl_add_expr(c, &node->args, arg))
                    return false;
            } while (pl_accept_sign(c, ','));
        } else {
            return pl_expect_sign(c, ';');
        }
    }
}

static bool read_call(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_dynamic *node = PL_NEW(c, CALL, dynamic);
    struct slice text;
    if (!node)
        return false;
    *out = &node->statement;
    return pl_read_text(c, NULL, ";", &text) && pl_make_expr(c, text, true, &node->query) &&
           pl_next(c);
}

/* The statement's text with INTO and its targets taken out. */
static bool cut_into(struct pl_compiler *c, int32_t start, int32_t into_start, int32_t into_end,
                     int32_t end, struct slice *out)
{
    struct slice whole = slice_of(c->text.ptr + start, (size_t)(end - start));
    if (into_start < 0) {
        *out = whole;
        return true;
    }
    /* Blanks in its place keep positions what they are. */
    uint8_t *copy = arena_alloc(c->arena, whole.len + 1);
    if (!copy)
        return sql_fail_memory(c->env->error);
    memcpy(copy, whole.ptr, whole.len);
    memset(copy + (into_start - start), ' ', (size_t)(into_end - into_start));
    *out = slice_of(copy, whole.len);
    return true;
}

bool pl_sql_statement(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_dynamic *node = PL_NEW(c, SQL, dynamic);
    int32_t start = c->token.at, end = start, into_start = -1, into_end = -1;
    int brackets = 0;
    bool after_insert = false, import = pl_is(c, "import"), create = pl_is(c, "create");
    if (!node)
        return false;
    *out = &node->statement;
    node->changes_rows =
        pl_is(c, "insert") || pl_is(c, "update") || pl_is(c, "delete") || pl_is(c, "merge");
    while (brackets > 0 || !pl_is_sign(c, ';')) {
        if (pl_is_sign(c, PG_TOKEN_END))
            return pl_error(c, "42601", "syntax error at end of input");
        if (pl_is(c, "into") && brackets == 0 && !after_insert && !import && !create) {
            if (node->into)
                return pl_error(c, "42601", "INTO specified more than once");
            node->into = true;
            into_start = c->token.at;
            if (!pl_next(c) || !pl_read_into(c, &node->target, &node->strict))
                return false;
            into_end = c->last_end;
            end = into_end;
            continue;
        }
        after_insert = pl_is(c, "insert") || pl_is(c, "merge");
        brackets += (c->token.kind == '(' || c->token.kind == '[') -
                    (c->token.kind == ')' || c->token.kind == ']');
        end = c->token.end;
        if (!pl_next(c))
            return false;
    }
    struct slice text;
    if (!cut_into(c, start, into_start, into_end, end, &text))
        return false;
    bool ok = pl_make_expr(c, text, true, &node->query);
    if (ok)
        node->query->line = node->statement.line;
    return ok && pl_next(c);
}

/* ---- GET DIAGNOSTICS */

static const char *const diagnostic_names[PL_DIAGNOSTIC_ITEMS] = {
    [PL_ROW_COUNT] = "row_count",
    [PL_CONTEXT] = "pg_context",
    [PL_ERROR_CONTEXT] = "pg_exception_context",
    [PL_ERROR_DETAIL] = "pg_exception_detail",
    [PL_ERROR_HINT] = "pg_exception_hint",
    [PL_RETURNED_SQLSTATE] = "returned_sqlstate",
    [PL_COLUMN_NAME] = "column_name",
    [PL_CONSTRAINT_NAME] = "constraint_name",
    [PL_DATATYPE_NAME] = "pg_datatype_name",
    [PL_MESSAGE_TEXT] = "message_text",
    [PL_TABLE_NAME] = "table_name",
    [PL_SCHEMA_NAME] = "schema_name",
    [PL_ROUTINE_OID] = "pg_routine_oid",
};

static bool read_diagnostics(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_diagnostics *node = PL_NEW(c, GET_DIAGNOSTICS, diagnostics);
    uint32_t room = 0;
    if (!node || !pl_next(c))
        return false;
    *out = &node->statement;
    node->stacked = pl_accept(c, "stacked");
    if (!node->stacked)
        pl_accept(c, "current");
    if (!pl_expect(c, "diagnostics"))
        return false;
    do {
        struct pl_diagnostic item = {.item = PL_DIAGNOSTIC_ITEMS};
        if (!pl_read_target(c, &item.target) ||
            (!pl_accept_sign(c, PG_TOKEN_ASSIGN) && !pl_expect_sign(c, '=')))
            return false;
        for (uint32_t i = 0; i < PL_DIAGNOSTIC_ITEMS; i++)
            if (pl_is(c, diagnostic_names[i]))
                item.item = i;
        if (item.item == PL_DIAGNOSTIC_ITEMS)
            return pl_error(
                c, "42601", "unrecognized GET DIAGNOSTICS item at or near \"" SLICE_FMT "\"",
                (int)(c->token.end - c->token.at), (const char *)c->text.ptr + c->token.at);
        bool current =
            item.item == PL_ROW_COUNT || item.item == PL_CONTEXT || item.item == PL_ROUTINE_OID;
        if (current == node->stacked && item.item != PL_CONTEXT)
            return pl_error(c, "42601", "diagnostics item %s is not allowed in GET %s DIAGNOSTICS",
                            diagnostic_names[item.item], node->stacked ? "STACKED" : "CURRENT");
        if (!pl_next(c) ||
            !pl_grow(c, (void **)&node->items, node->count, &room, sizeof(*node->items)))
            return false;
        node->items[node->count++] = item;
    } while (pl_accept_sign(c, ','));
    return pl_expect_sign(c, ';');
}

/* ---- which statement is it */

static bool read_assignment(struct pl_compiler *c, struct pl_statement **out)
{
    struct pl_assign *node = PL_NEW(c, ASSIGN, assign);
    if (!node || !pl_read_target(c, &node->target))
        return false;
    *out = &node->statement;
    if (!pl_accept_sign(c, PG_TOKEN_ASSIGN) && !pl_expect_sign(c, '='))
        return false;
    return pl_read_expr_semicolon(c, &node->value);
}

typedef bool reader(struct pl_compiler *c, struct pl_statement **out);

static const struct {
    const char *word;
    reader *read;
} readers[] = {
    {"if",       read_if           },
    {"case",     read_case         },
    {"exit",     read_exit         },
    {"continue", read_exit         },
    {"return",   read_return       },
    {"raise",    pl_raise_statement},
    {"assert",   read_assert       },
    {"null",     read_null         },
    {"execute",  read_execute      },
    {"perform",  read_perform      },
    {"get",      read_diagnostics  },
    {"commit",   read_end          },
    {"rollback", read_end          },
    {"call",     read_call         },
    {"do",       read_call         },
};

bool pl_word_statement(struct pl_compiler *c, struct slice label, struct pl_statement **out,
                       bool *known)
{
    *known = true;
    if (pl_is(c, "declare") || pl_is(c, "begin"))
        return pl_block(c, label, out) && pl_expect_sign(c, ';');
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        if (pl_is(c, readers[i].word))
            return readers[i].read(c, out);
    return pl_loop_statement(c, label, out, known) &&
           (*known || pl_cursor_statement(c, out, known));
}

static bool is_assignment(struct pl_compiler *c)
{
    unsigned names, used;
    if (c->token.kind == PG_TOKEN_PARAM)
        return true;
    if (!pl_variable_here(c, &names, &used))
        return false;
    int next = pl_peek(c, 0)->kind;
    return next == '=' || next == PG_TOKEN_ASSIGN || next == '[' || next == '.';
}

static bool read_label(struct pl_compiler *c, struct slice *out)
{
    *out = slice_of(NULL, 0);
    bool opens = c->token.kind == PG_TOKEN_OPERATOR && slice_eq_str(c->token.text, "<<");
    if (!opens)
        return true;
    if (!pl_next(c) || !pl_name(c, out))
        return false;
    if (c->token.kind != PG_TOKEN_OPERATOR || !slice_eq_str(c->token.text, ">>"))
        return pl_syntax_error(c);
    return pl_next(c);
}

bool pl_statement(struct pl_compiler *c, struct pl_statement **out)
{
    enum { DEPTH_MAX = 500 };
    struct slice label;
    bool known;
    if (c->depth >= DEPTH_MAX)
        return sql_fail(c->env->error, "54001", "stack depth limit exceeded");
    c->depth++;
    bool ok = read_label(c, &label);
    if (ok && is_assignment(c)) {
        ok = read_assignment(c, out);
    } else if (ok) {
        ok = pl_word_statement(c, label, out, &known);
        if (ok && !known)
            ok = label.len ? pl_syntax_error(c) : pl_sql_statement(c, out);
    }
    c->depth--;
    return ok;
}

bool pl_statements(struct pl_compiler *c, struct pl_statements *out)
{
    static const char *const ends[] = {"end", "else", "elsif", "elseif", "when", "exception", NULL};
    *out = (struct pl_statements){NULL, 0, 0};
    for (;;) {
        struct pl_statement *statement;
        for (int i = 0; ends[i]; i++)
            if (pl_is(c, ends[i]))
                return true;
        if (pl_is_sign(c, PG_TOKEN_END))
            return pl_syntax_error(c);
        if (!pl_statement(c, &statement) ||
            !pl_grow(c, (void **)&out->items, out->count, &out->room, sizeof(*out->items)))
            return false;
        out->items[out->count++] = statement;
    }
}
