/* DECLARE: variables, their types, cursors, aliases; names of variables in statements. */
#include <stdio.h>

#include "emulators/postgres/plpgsql/compiler.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/session.h"

enum { TYPE_RECORD = 2249, TYPE_REFCURSOR = 1790 };

/* ---- scopes */

bool pl_push_scope(struct pl_compiler *c, struct slice label)
{
    struct pl_scope *scope = arena_zalloc(c->arena, sizeof(*scope));
    if (!scope)
        return sql_fail_memory(c->env->error);
    scope->outer = c->scope;
    scope->label = label;
    c->scope = scope;
    return true;
}

void pl_pop_scope(struct pl_compiler *c)
{
    c->scope = (struct pl_scope *)(uintptr_t)c->scope->outer;
}

struct pl_variable *pl_add_variable(struct pl_compiler *c, struct slice name,
                                    enum pl_variable_kind kind, uint32_t type, int32_t typmod)
{
    struct pl_function *f = c->function;
    struct pl_variable *variable = arena_zalloc(c->arena, sizeof(*variable));
    if (!variable || !pl_grow(c, (void **)&f->variables, f->variable_count, &f->variable_room,
                              sizeof(*f->variables)))
        return NULL;
    const struct sql_type *described = sql_find_type_id(c->env->session, type);
    uint32_t collation = described ? described->collation : 0;
    *variable =
        (struct pl_variable){.name = name,
                             .kind = kind,
                             .number = f->variable_count,
                             .type = type,
                             .typmod = typmod,
                             .by_value = described && described->by_value,
                             .domain = described && described->kind == SQL_TYPE_DOMAIN,
                             .collation = collation && f->collation ? f->collation : collation};
    f->variables[f->variable_count++] = variable;
    if (!name.ptr)
        return variable;
    struct pl_scope *scope = c->scope;
    if (!pl_grow(c, (void **)&scope->variables, scope->count, &scope->room,
                 sizeof(*scope->variables)))
        return NULL;
    scope->variables[scope->count++] = variable->number;
    return variable;
}

static struct pl_variable *find_in(const struct pl_function *function, const struct pl_scope *scope,
                                   uint32_t visible, struct slice name)
{
    for (uint32_t i = visible; i-- > 0;)
        if (slice_eq(function->variables[scope->variables[i]]->name, name))
            return function->variables[scope->variables[i]];
    return NULL;
}

struct pl_variable *pl_scope_find(const struct pl_function *function, const struct pl_scope *scope,
                                  uint32_t visible, const struct slice *names, unsigned count,
                                  unsigned *used)
{
    for (; scope; scope = scope->outer, visible = scope ? scope->count : 0) {
        struct pl_variable *found = find_in(function, scope, visible, names[0]);
        if (found) {
            /* a.b is a field of a only when a is a record. */
            if (count > 1 && found->kind != PL_RECORD)
                found = NULL;
            *used = 1;
            if (found)
                return found;
        }
        if (count > 1 && scope->label.len && slice_eq(scope->label, names[0])) {
            found = find_in(function, scope, visible, names[1]);
            *used = 2;
            if (found)
                return found;
        }
    }
    return NULL;
}

struct pl_variable *pl_variable_here(struct pl_compiler *c, unsigned *names, unsigned *used)
{
    struct slice parts[3];
    unsigned count = 0;
    const struct pg_token *token = &c->token;
    for (unsigned ahead = 0; count < 3; ahead += 2) {
        if (ahead > 2)
            break;
        const struct pg_keyword *keyword = pg_token_keyword(token);
        if (token->kind != PG_TOKEN_IDENT && !keyword)
            break;
        parts[count++] = keyword ? keyword->word : token->text;
        if (ahead > 0 || pl_peek(c, 0)->kind != '.')
            break;
        token = pl_peek(c, 1);
    }
    *names = count;
    return count ? pl_scope_find(c->function, c->scope, c->scope->count, parts, count, used) : NULL;
}

/* ---- types */

bool pl_is_composite(struct pl_compiler *c, uint32_t type)
{
    const struct sql_type *found = sql_find_type_id(c->env->session, type);
    while (found && found->kind == SQL_TYPE_DOMAIN)
        found = sql_find_type_id(c->env->session, found->base);
    return type == TYPE_RECORD || (found && found->kind == SQL_TYPE_COMPOSITE);
}

bool pl_resolve_type(struct pl_compiler *c, struct slice text, uint32_t *type, int32_t *typmod)
{
    struct ast_type_name *name;
    struct pg_parse_options options = pg_parse_options_default;
    return pg_parse_type_name(c->arena, text, &options, &name, c->env->error) &&
           sql_analyze_type_name(c->env, &name->node, type, typmod);
}

/* The name in front of a %; count 0: it is none. */
struct type_name {
    struct slice text, parts[3];
    unsigned count;
};

static void split_name(struct pl_compiler *c, struct slice text, struct type_name *out)
{
    struct pg_lexer lexer;
    struct pg_token token;
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    *out = (struct type_name){.text = text};
    pg_lexer_init(&lexer, c->arena, text, &pg_parse_options_default);
    for (pg_lexer_next(&lexer, &token); out->count < 3; pg_lexer_next(&lexer, &token)) {
        const struct pg_keyword *keyword = pg_token_keyword(&token);
        if (token.kind != PG_TOKEN_IDENT && !keyword)
            break;
        out->parts[out->count++] = keyword ? keyword->word : token.text;
        pg_lexer_next(&lexer, &token);
        if (token.kind != '.')
            break;
    }
}

/* variable%TYPE, table.column%TYPE; false: neither is there. */
static bool type_of_name(struct pl_compiler *c, const struct type_name *name, uint32_t *type,
                         int32_t *typmod)
{
    unsigned used;
    struct pl_variable *variable =
        name->count
            ? pl_scope_find(c->function, c->scope, c->scope->count, name->parts, name->count, &used)
            : NULL;
    if (variable && used == name->count) {
        *type = variable->type;
        *typmod = variable->typmod;
        return true;
    }
    const struct sql_relation *relation =
        name->count > 1 ? sql_find_relation(c->env->session,
                                            name->count > 2 ? name->parts[0] : slice_of(NULL, 0),
                                            name->parts[name->count - 2])
                        : NULL;
    for (uint16_t i = 0; relation && i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (column->dropped || !slice_eq(column->name, name->parts[name->count - 1]))
            continue;
        *type = column->type;
        *typmod = column->typmod;
        return true;
    }
    return false;
}

/* table%ROWTYPE */
static bool row_type_of_name(struct pl_compiler *c, const struct type_name *name, uint32_t *type,
                             int32_t *typmod)
{
    unsigned count = name->count;
    const struct sql_relation *relation =
        count ? sql_find_relation(c->env->session,
                                  count > 1 ? name->parts[count - 2] : slice_of(NULL, 0),
                                  name->parts[count - 1])
              : NULL;
    if (!relation)
        return pl_error(c, "42P01", "relation \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name->text));
    *type = relation->type;
    *typmod = -1;
    return true;
}

/* What stands before a % with TYPE or ROWTYPE; *known: it was one of them. */
static bool percent_type(struct pl_compiler *c, struct slice text, uint32_t *type, int32_t *typmod,
                         bool *known)
{
    struct type_name name;
    size_t at = text.len;
    *known = false;
    while (at > 0 && text.ptr[at - 1] != '%')
        at--;
    if (at == 0)
        return true;
    struct slice word = slice_of(text.ptr + at, text.len - at);
    split_name(c, slice_of(text.ptr, at - 1), &name);
    *known = slice_is(word, "rowtype");
    if (*known)
        return row_type_of_name(c, &name, type, typmod);
    *known = slice_is(word, "type") && type_of_name(c, &name, type, typmod);
    return true;
}

static bool read_type(struct pl_compiler *c, uint32_t *type, int32_t *typmod)
{
    static const char *const ends[] = {"collate", "not", "default", NULL};
    struct slice text;
    bool known;
    int32_t start = c->token.at, end = start;
    int brackets = 0;
    for (;;) {
        bool stop = c->token.kind == ';' || c->token.kind == '=' ||
                    c->token.kind == PG_TOKEN_ASSIGN || c->token.kind == PG_TOKEN_END ||
                    (brackets == 0 && (c->token.kind == ',' || c->token.kind == ')'));
        for (int i = 0; ends[i] && !stop; i++)
            stop = pl_is(c, ends[i]);
        if (stop)
            break;
        brackets += c->token.kind == '(' ? 1 : c->token.kind == ')' ? -1 : 0;
        end = c->token.end;
        if (!pl_next(c))
            return false;
    }
    text = slice_of(c->text.ptr + start, (size_t)(end - start));
    if (text.len == 0)
        return pl_error(c, "42601", "missing data type declaration at or near \"" SLICE_FMT "\"",
                        (int)(c->token.end - c->token.at), (const char *)c->text.ptr + c->token.at);
    if (!percent_type(c, text, type, typmod, &known))
        return false;
    return known || pl_resolve_type(c, text, type, typmod);
}

/* ---- declarations */

/* A name that is being declared, at that place of the text. */
static bool check_shadow(struct pl_compiler *c, struct slice name, int32_t at)
{
    struct sql_error *error = c->env->error, warning;
    unsigned used;
    if (c->shadowed == PL_CHECK_OFF ||
        !pl_scope_find(c->function, c->scope, c->scope->count, &name, 1, &used))
        return true;
    if (c->shadowed == PL_CHECK_WARNS) {
        sql_error_begin(&warning, error->arena);
        c->env->error = &warning;
    }
    pl_error(c, "42712", "variable \"" SLICE_FMT "\" shadows a previously defined variable",
             SLICE_ARG(name));
    c->env->error->internal_position = (uint32_t)at + 1;
    c->env->error = error;
    if (c->shadowed == PL_CHECK_FAILS)
        return false;
    warning.severity = SQL_WARNING;
    c->env->session->owner->notice(c->env->session, &warning);
    return true;
}

static bool read_cursor(struct pl_compiler *c, struct slice name)
{
    struct pl_variable *cursor = NULL;
    bool scroll = false, no_scroll = false;
    if (pl_accept(c, "no"))
        no_scroll = true;
    if (no_scroll || pl_is(c, "scroll")) {
        scroll = !no_scroll;
        if (!pl_expect(c, "scroll"))
            return false;
    }
    if (!pl_expect(c, "cursor"))
        return false;
    cursor = pl_add_variable(c, name, PL_SCALAR, TYPE_REFCURSOR, -1);
    if (!cursor)
        return sql_fail_memory(c->env->error);
    cursor->scroll = scroll;
    cursor->no_scroll = no_scroll;
    if (!pl_push_scope(c, slice_of(NULL, 0)))
        return false;
    uint32_t room = 0;
    if (pl_accept_sign(c, '(')) {
        do {
            struct slice arg;
            uint32_t type;
            int32_t typmod;
            int32_t at = c->token.at;
            if (!pl_name(c, &arg) || !check_shadow(c, arg, at) || !read_type(c, &type, &typmod))
                return false;
            struct pl_variable *variable = pl_add_variable(
                c, arg, pl_is_composite(c, type) ? PL_RECORD : PL_SCALAR, type, typmod);
            if (!variable || !pl_grow(c, (void **)&cursor->cursor_args, cursor->cursor_arg_count,
                                      &room, sizeof(*cursor->cursor_args)))
                return sql_fail_memory(c->env->error);
            cursor->cursor_args[cursor->cursor_arg_count++] =
                (struct pl_cursor_arg){arg, variable->number};
        } while (pl_accept_sign(c, ','));
        if (!pl_expect_sign(c, ')'))
            return false;
    }
    if (!pl_accept(c, "is") && !pl_expect(c, "for"))
        return false;
    struct slice text;
    if (!pl_read_text(c, NULL, ";", &text) || !pl_make_expr(c, text, true, &cursor->cursor))
        return false;
    pl_pop_scope(c);
    return pl_expect_sign(c, ';');
}

static bool read_alias(struct pl_compiler *c, struct slice name)
{
    unsigned names, used;
    struct pl_variable *target = NULL;
    if (!pl_next(c) || !pl_expect(c, "for"))
        return false;
    if (c->token.kind == PG_TOKEN_PARAM) {
        char text[16];
        int len = snprintf(text, sizeof(text), "$%d", (int)c->token.integer);
        struct slice param = slice_of(text, (size_t)len);
        target = pl_scope_find(c->function, c->scope, c->scope->count, &param, 1, &used);
    } else {
        target = pl_variable_here(c, &names, &used);
    }
    if (!target)
        return pl_error(c, "42601", "variable \"" SLICE_FMT "\" does not exist",
                        (int)(c->token.end - c->token.at), (const char *)c->text.ptr + c->token.at);
    /* Another name in this scope for the same number. */
    struct pl_variable *alias = arena_alloc(c->arena, sizeof(*alias));
    struct pl_scope *scope = c->scope;
    if (!alias || !pl_grow(c, (void **)&c->function->variables, c->function->variable_count,
                           &c->function->variable_room, sizeof(alias)))
        return sql_fail_memory(c->env->error);
    *alias = *target;
    alias->name = name;
    c->function->variables[c->function->variable_count] = alias;
    if (!pl_grow(c, (void **)&scope->variables, scope->count, &scope->room,
                 sizeof(*scope->variables)))
        return sql_fail_memory(c->env->error);
    scope->variables[scope->count++] = c->function->variable_count++;
    return pl_next(c) && pl_expect_sign(c, ';');
}

static bool read_value(struct pl_compiler *c, struct pl_variable *variable)
{
    bool given =
        pl_accept_sign(c, PG_TOKEN_ASSIGN) || pl_accept_sign(c, '=') || pl_accept(c, "default");
    if (given && !pl_read_expr(c, NULL, ";", &variable->value))
        return false;
    if (variable->not_null && !given)
        return pl_error(c, "22004",
                        "variable \"" SLICE_FMT "\" must have a default value, since it's "
                        "declared NOT NULL",
                        SLICE_ARG(variable->name));
    return pl_expect_sign(c, ';');
}

static bool read_declaration(struct pl_compiler *c)
{
    struct slice name, collation;
    uint32_t type, collation_id = 0;
    int32_t typmod;
    int line = pl_line(c, c->token.at);
    int32_t at = c->token.at;
    if (!pl_name(c, &name))
        return false;
    for (uint32_t i = 0; i < c->scope->count; i++)
        if (slice_eq(c->function->variables[c->scope->variables[i]]->name, name))
            return pl_error(c, "42601", "duplicate declaration at or near \"" SLICE_FMT "\"",
                            SLICE_ARG(name));
    if (!check_shadow(c, name, at))
        return false;
    if (pl_is(c, "alias"))
        return read_alias(c, name);
    bool cursor = pl_is(c, "cursor") || pl_is(c, "scroll") ||
                  (pl_is(c, "no") && slice_is(pl_peek(c, 0)->text, "scroll"));
    if (cursor || (pl_is(c, "no") && pg_token_keyword(pl_peek(c, 0)) &&
                   slice_eq_str(pg_token_keyword(pl_peek(c, 0))->word, "scroll")))
        return read_cursor(c, name);
    bool constant = pl_accept(c, "constant");
    if (!read_type(c, &type, &typmod))
        return false;
    if (pl_accept(c, "collate")) {
        if (!pl_name(c, &collation))
            return false;
        collation_id = sql_find_collation(c->env->session, slice_of(NULL, 0), collation);
    }
    bool not_null = pl_accept(c, "not");
    if (not_null && !pl_expect(c, "null"))
        return false;
    /* The value is read before the name is known: it may mean an outer variable. */
    struct pl_variable probe = {.name = name, .not_null = not_null};
    if (!read_value(c, &probe))
        return false;
    struct pl_variable *variable =
        pl_add_variable(c, name, pl_is_composite(c, type) ? PL_RECORD : PL_SCALAR, type, typmod);
    if (!variable)
        return sql_fail_memory(c->env->error);
    variable->constant = constant;
    variable->not_null = not_null;
    variable->value = probe.value;
    variable->line = line;
    if (collation_id)
        variable->collation = collation_id;
    return true;
}

bool pl_declare_section(struct pl_compiler *c, struct pl_block *block)
{
    uint32_t first = c->function->variable_count, room = 0;
    while (!pl_is(c, "begin") || c->text.ptr[c->token.at] == '"') {
        if (pl_accept(c, "declare"))
            continue;
        if (pl_is_sign(c, PG_TOKEN_END))
            return pl_syntax_error(c);
        if (!read_declaration(c))
            return false;
    }
    for (uint32_t i = first; i < c->function->variable_count; i++) {
        if (c->function->variables[i]->number != i)
            continue; /* an alias */
        if (!pl_grow(c, (void **)&block->variables, block->variable_count, &room,
                     sizeof(*block->variables)))
            return false;
        block->variables[block->variable_count++] = i;
    }
    return true;
}

/* ---- targets */

static bool read_subscripts(struct pl_compiler *c, struct pl_target *out)
{
    uint32_t room = 0;
    while (pl_accept_sign(c, '[')) {
        struct pl_subscript at = {NULL, NULL, false};
        if (!pl_is_sign(c, ':') && !pl_read_expr(c, NULL, ":]", &at.upper))
            return false;
        if (pl_accept_sign(c, ':')) {
            at.slice = true;
            at.lower = at.upper;
            at.upper = NULL;
            if (!pl_is_sign(c, ']') && !pl_read_expr(c, NULL, "]", &at.upper))
                return false;
        }
        if (!pl_expect_sign(c, ']') || !pl_grow(c, (void **)&out->subscripts, out->subscript_count,
                                                &room, sizeof(*out->subscripts)))
            return false;
        out->subscripts[out->subscript_count++] = at;
    }
    return true;
}

bool pl_read_target(struct pl_compiler *c, struct pl_target *out)
{
    unsigned names = 0, used = 0;
    *out = (struct pl_target){.line = pl_line(c, c->token.at)};
    if (c->token.kind == PG_TOKEN_PARAM) {
        char text[16];
        int len = snprintf(text, sizeof(text), "$%d", (int)c->token.integer);
        struct slice param = slice_of(text, (size_t)len);
        struct pl_variable *found =
            pl_scope_find(c->function, c->scope, c->scope->count, &param, 1, &used);
        if (!found)
            return pl_syntax_error(c);
        out->variable = found->number;
        return pl_next(c) && read_subscripts(c, out);
    }
    struct pl_variable *variable = pl_variable_here(c, &names, &used);
    if (!variable)
        return pl_error(c, "42601", "\"" SLICE_FMT "\" is not a known variable",
                        (int)(c->token.end - c->token.at), (const char *)c->text.ptr + c->token.at);
    if (variable->constant)
        return pl_error(c, "22005", "variable \"" SLICE_FMT "\" is declared CONSTANT",
                        SLICE_ARG(variable->name));
    out->variable = variable->number;
    for (unsigned i = 0; i < used; i++)
        if (!pl_next(c) || (i + 1 < used && !pl_expect_sign(c, '.')))
            return false;
    if (variable->kind == PL_RECORD && pl_accept_sign(c, '.')) {
        const struct pg_keyword *keyword = pg_token_keyword(&c->token);
        if (!keyword && c->token.kind != PG_TOKEN_IDENT)
            return pl_syntax_error(c);
        out->field = arena_dup(c->arena, keyword ? keyword->word : c->token.text);
        if (!pl_next(c))
            return false;
    }
    return read_subscripts(c, out);
}

bool pl_read_into(struct pl_compiler *c, uint32_t *out, bool *strict)
{
    struct pl_target target;
    uint32_t room = 0;
    *strict = pl_accept(c, "strict");
    if (!pl_read_target(c, &target))
        return false;
    const struct pl_variable *first = c->function->variables[target.variable];
    if (first->kind == PL_RECORD && !target.field.ptr && !target.subscript_count) {
        *out = target.variable;
        if (pl_is_sign(c, ','))
            return pl_error(c, "42601",
                            "record variable cannot be part of multiple-item INTO list");
        return true;
    }
    struct pl_variable *row = pl_add_variable(c, slice_of(NULL, 0), PL_ROW, TYPE_RECORD, -1);
    if (!row)
        return sql_fail_memory(c->env->error);
    *out = row->number;
    for (;;) {
        if (!pl_grow(c, (void **)&row->members, row->member_count, &room, sizeof(*row->members)))
            return false;
        row->members[row->member_count++] = target;
        if (!pl_accept_sign(c, ','))
            return !pl_failed(c);
        if (!pl_read_target(c, &target))
            return false;
    }
}
