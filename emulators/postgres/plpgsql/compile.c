#include "emulators/postgres/plpgsql/compile.h"

#include <stdlib.h>

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/plpgsql/compiler.h"
#include "emulators/postgres/settings.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/integer.h"

enum {
    TYPE_BOOL = 16,
    TYPE_NAME = 19,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_OID = 26,
    TYPE_TEXT_ARRAY = 1009,
    TYPE_RECORD = 2249,
    TYPE_VOID = 2278,
    TYPE_TRIGGER = 2279,
    TYPE_EVENT_TRIGGER = 3838,
};

/* ---- blocks */

static bool read_condition(struct pl_compiler *c, struct pl_condition *out)
{
    struct slice name;
    if (pl_accept(c, "sqlstate")) {
        if (c->token.kind != PG_TOKEN_STRING || c->token.text.len != 5)
            return pl_syntax_error(c);
        memcpy(out->sqlstate, c->token.text.ptr, 5);
        return pl_next(c);
    }
    if (!pl_name(c, &name))
        return false;
    if (slice_eq_str(name, "others"))
        return true;
    const char *sqlstate = pl_condition_sqlstate(name);
    if (!sqlstate)
        return pl_error(c, "42704", "unrecognized exception condition \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    memcpy(out->sqlstate, sqlstate, 6);
    return true;
}

static bool read_handler(struct pl_compiler *c, struct pl_handler *handler)
{
    uint32_t room = 0;
    *handler = (struct pl_handler){.count = 0};
    do {
        struct pl_condition condition = {{0}};
        if (!pl_next(c) || !read_condition(c, &condition) ||
            !pl_grow(c, (void **)&handler->conditions, handler->count, &room,
                     sizeof(*handler->conditions)))
            return false;
        handler->conditions[handler->count++] = condition;
    } while (pl_is(c, "or"));
    return pl_expect(c, "then") && pl_statements(c, &handler->body);
}

static bool read_handlers(struct pl_compiler *c, struct pl_block *block)
{
    uint32_t room = 0;
    if (!pl_accept(c, "exception"))
        return true;
    if (!pl_push_scope(c, slice_of(NULL, 0)))
        return false;
    struct pl_variable *sqlstate =
        pl_add_variable(c, slice_str("sqlstate"), PL_SCALAR, TYPE_TEXT, -1);
    struct pl_variable *sqlerrm =
        pl_add_variable(c, slice_str("sqlerrm"), PL_SCALAR, TYPE_TEXT, -1);
    if (!sqlstate || !sqlerrm)
        return sql_fail_memory(c->env->error);
    block->sqlstate = sqlstate->number;
    block->sqlerrm = sqlerrm->number;
    if (!pl_is(c, "when"))
        return pl_syntax_error(c);
    while (pl_is(c, "when")) {
        struct pl_handler handler;
        if (!read_handler(c, &handler) ||
            !pl_grow(c, (void **)&block->handlers, block->handler_count, &room,
                     sizeof(*block->handlers)))
            return false;
        block->handlers[block->handler_count++] = handler;
    }
    pl_pop_scope(c);
    return true;
}

bool pl_block(struct pl_compiler *c, struct slice label, struct pl_statement **out)
{
    struct pl_block *block = PL_NEW(c, BLOCK, block);
    struct pl_loop_label entry;
    struct slice end_label;
    if (!block)
        return false;
    *out = &block->statement;
    block->label = label;
    if (!pl_push_scope(c, label))
        return false;
    if (pl_accept(c, "declare") && !pl_declare_section(c, block))
        return false;
    block->statement.line = pl_line(c, c->token.at);
    if (!pl_expect(c, "begin"))
        return false;
    pl_push_label(c, &entry, label, false);
    bool ok = pl_statements(c, &block->body) && read_handlers(c, block);
    pl_pop_label(c);
    if (!ok || !pl_expect(c, "end"))
        return false;
    pl_pop_scope(c);
    if (!pl_is_name(c))
        return true;
    if (!pl_name(c, &end_label))
        return false;
    if (label.len == 0)
        return pl_error(c, "42601", "end label \"" SLICE_FMT "\" specified for unlabeled block",
                        SLICE_ARG(end_label));
    return slice_eq(label, end_label) ||
           pl_error(c, "42601",
                    "end label \"" SLICE_FMT "\" differs from block's label \"" SLICE_FMT "\"",
                    SLICE_ARG(end_label), SLICE_ARG(label));
}

/* ---- arguments */

static struct pl_variable *add_typed(struct pl_compiler *c, struct slice name, uint32_t type)
{
    struct pl_variable *variable =
        pl_add_variable(c, name, pl_is_composite(c, type) ? PL_RECORD : PL_SCALAR, type, -1);
    if (!variable)
        sql_fail_memory(c->env->error);
    return variable;
}

/* A second name for a variable: $1 for a named argument. */
static bool add_alias(struct pl_compiler *c, const struct pl_variable *of, struct slice name)
{
    struct pl_variable *alias = pl_add_variable(c, name, of->kind, of->type, of->typmod);
    if (!alias)
        return sql_fail_memory(c->env->error);
    uint32_t number = of->number;
    *alias = *of;
    alias->name = name;
    alias->number = number;
    return true;
}

static bool add_argument(struct pl_compiler *c, const struct sql_routine *routine, uint32_t at,
                         char mode, uint32_t type, struct pl_target *outs)
{
    struct pl_function *f = c->function;
    struct slice name =
        routine->names && at < routine->name_count ? routine->names[at] : slice_of(NULL, 0);
    struct slice dollar = arena_printf(c->arena, "$%u", at + 1);
    if (!dollar.ptr)
        return sql_fail_memory(c->env->error);
    struct pl_variable *variable = add_typed(c, name.len ? name : dollar, type);
    if (!variable || (name.len && !add_alias(c, variable, dollar)))
        return false;
    if (mode == 'i' || mode == 'b' || mode == 'v')
        f->args[f->arg_count++] = variable->number;
    if (mode == 'o' || mode == 'b' || mode == 't') {
        outs[f->out_count] = (struct pl_target){.variable = variable->number};
        f->outs[f->out_count++] = variable->number;
    }
    return true;
}

/* The type of an output argument in this call. */
static bool resolve_output(struct pl_compiler *c, const struct sql_routine *routine, uint32_t *type)
{
    uint32_t count = routine->arg_count;
    uint32_t *actual = arena_array(c->arena, count + 1u, sizeof(*actual));
    uint32_t *declared = arena_array(c->arena, count + 1u, sizeof(*declared));
    if (!actual || !declared)
        return sql_fail_memory(c->env->error);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_type *given = c->source->arg_types ? c->source->arg_types[i] : NULL;
        declared[i] = routine->arg_types[i];
        actual[i] = given ? given->id : declared[i];
    }
    return !c->source->arg_types || sql_resolve_polymorphic(c->env, actual, declared, count, type);
}

static bool add_arguments(struct pl_compiler *c, const struct sql_routine *routine)
{
    struct pl_function *f = c->function;
    uint32_t count = routine->all_count ? routine->all_count : routine->arg_count, input = 0;
    f->args = arena_array(c->arena, count + 1, sizeof(*f->args));
    f->outs = arena_array(c->arena, count + 1, sizeof(*f->outs));
    struct pl_target *outs = arena_zalloc(c->arena, (count + 1) * sizeof(*outs));
    if (!f->args || !f->outs || !outs)
        return sql_fail_memory(c->env->error);
    for (uint32_t i = 0; i < count; i++) {
        char mode = routine->all_count ? routine->modes[i] : 'i';
        uint32_t type = routine->all_count ? routine->all_types[i] : routine->arg_types[i];
        bool in = mode == 'i' || mode == 'b' || mode == 'v';
        if (in && c->source->arg_types && c->source->arg_types[input])
            type = c->source->arg_types[input]->id;
        else if (!in && !resolve_output(c, routine, &type))
            return false;
        input += in;
        if (!add_argument(c, routine, i, mode, type, outs))
            return false;
    }
    if (f->out_count == 0)
        return true;
    if (f->out_count == 1 && !f->is_procedure) {
        f->out_row = f->outs[0];
        return true;
    }
    struct pl_variable *row = pl_add_variable(c, slice_of(NULL, 0), PL_ROW, TYPE_RECORD, -1);
    if (!row)
        return sql_fail_memory(c->env->error);
    row->members = outs;
    row->member_count = f->out_count;
    f->out_row = row->number;
    return true;
}

static bool add_trigger_variables(struct pl_compiler *c)
{
    static const struct {
        const char *name;
        uint32_t type;
    } variables[PL_TRIGGER_VARIABLES] = {
        [PL_TG_NAME] = {"tg_name",         TYPE_NAME      },
        [PL_TG_WHEN] = {"tg_when",         TYPE_TEXT      },
        [PL_TG_LEVEL] = {"tg_level",        TYPE_TEXT      },
        [PL_TG_OP] = {"tg_op",           TYPE_TEXT      },
        [PL_TG_RELID] = {"tg_relid",        TYPE_OID       },
        [PL_TG_RELNAME] = {"tg_relname",      TYPE_NAME      },
        [PL_TG_TABLE_NAME] = {"tg_table_name",   TYPE_NAME      },
        [PL_TG_TABLE_SCHEMA] = {"tg_table_schema", TYPE_NAME      },
        [PL_TG_NARGS] = {"tg_nargs",        TYPE_INT4      },
        [PL_TG_ARGV] = {"tg_argv",         TYPE_TEXT_ARRAY},
    };
    struct pl_function *f = c->function;
    struct pl_variable *new_row = add_typed(c, slice_str("new"), TYPE_RECORD);
    struct pl_variable *old_row = add_typed(c, slice_str("old"), TYPE_RECORD);
    if (!new_row || !old_row)
        return false;
    f->new_row = new_row->number;
    f->old_row = old_row->number;
    f->trigger_first = f->variable_count;
    for (int i = 0; i < PL_TRIGGER_VARIABLES; i++)
        if (!add_typed(c, slice_str(variables[i].name), variables[i].type))
            return false;
    return true;
}

static bool add_event_variables(struct pl_compiler *c)
{
    c->function->trigger_first = c->function->variable_count;
    return add_typed(c, slice_str("tg_event"), TYPE_TEXT) &&
           add_typed(c, slice_str("tg_tag"), TYPE_TEXT);
}

static bool add_variables(struct pl_compiler *c)
{
    const struct pl_source *source = c->source;
    bool ok = true;
    if (source->routine)
        ok = add_arguments(c, source->routine);
    if (ok && source->trigger)
        ok = add_trigger_variables(c);
    if (ok && source->event_trigger)
        ok = add_event_variables(c);
    struct pl_variable *found = ok ? add_typed(c, slice_str("found"), TYPE_BOOL) : NULL;
    if (!found)
        return false;
    c->function->found = found->number;
    return true;
}

/* ---- functions */

/* #option word lines before the block. */
static bool read_options(struct pl_compiler *c)
{
    while (c->token.kind == PG_TOKEN_OPERATOR && slice_eq_str(c->token.text, "#")) {
        if (!pl_next(c))
            return false;
        if (pl_accept(c, "variable_conflict")) {
            c->function->use_variable = pl_is(c, "use_variable");
            c->function->use_column = pl_is(c, "use_column");
            if (!c->function->use_variable && !c->function->use_column && !pl_is(c, "error"))
                return pl_syntax_error(c);
        } else if (pl_accept(c, "option")) {
            if (!pl_expect(c, "dump"))
                return false;
            continue;
        } else if (!pl_expect(c, "print_strict_params")) {
            return false;
        } else if (!pl_is(c, "on") && !pl_is(c, "off")) {
            return pl_error(c, "42601", "unrecognized print_strict_params option");
        } else {
            c->function->print_strict_params = pl_is(c, "on");
        }
        if (!pl_next(c))
            return false;
    }
    return true;
}

/* What the function's own options may say otherwise. */
static void read_settings(struct pl_compiler *c)
{
    struct slice conflict = pl_setting(c->env, "variable_conflict");
    struct slice prints = pl_setting(c->env, "print_strict_params");
    c->function->use_variable = slice_is(conflict, "use_variable");
    c->function->use_column = slice_is(conflict, "use_column");
    if (!prints.ptr || !sql_bool_parse(prints, &c->function->print_strict_params))
        c->function->print_strict_params = false;
    if (c->source->checks)
        c->shadowed = pl_check_level(c->env, "shadowed_variables");
}

static bool compile_body(struct pl_compiler *c)
{
    struct pl_statement *body;
    struct slice label = slice_of(NULL, 0), name = label;
    struct pl_function *f = c->function;
    if (c->source->routine)
        name = c->source->routine->object.name;
    read_settings(c);
    if (!pl_push_scope(c, name) || !add_variables(c) || !pl_next(c) || !read_options(c))
        return false;
    if (c->token.kind == PG_TOKEN_OPERATOR && slice_eq_str(c->token.text, "<<")) {
        if (!pl_next(c) || !pl_name(c, &label) || !pl_next(c))
            return false;
    }
    if (!pl_is(c, "declare") && !pl_is(c, "begin"))
        return pl_syntax_error(c);
    if (!pl_block(c, label, &body))
        return false;
    f->body = (struct pl_block *)(void *)body;
    pl_accept_sign(c, ';');
    return !pl_failed(c) && (pl_is_sign(c, PG_TOKEN_END) || pl_syntax_error(c));
}

/* "f(integer,text)", as contexts of errors name it. */
static bool make_name(struct sql_env *env, struct pl_function *f, const struct sql_routine *routine)
{
    struct sql_bytes text;
    if (!routine) {
        f->name = slice_str("inline_code_block");
        return true;
    }
    sql_bytes_init(&text, &f->arena);
    pg_deparse_routine_name(env, routine, &text);
    sql_bytes_add_char(&text, '(');
    for (unsigned i = 0; i < routine->arg_count; i++) {
        sql_bytes_add_str(&text, i ? "," : "");
        pg_format_type(env->session, &text, routine->arg_types[i], -1, PG_TYPE_NO_TYPMOD);
    }
    sql_bytes_add_char(&text, ')');
    f->name = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(env->error);
}

static void describe(struct pl_function *f, const struct pl_source *source)
{
    const struct sql_routine *routine = source->routine;
    f->out_row = f->old_row = f->new_row = PL_NONE;
    f->is_trigger = source->trigger;
    f->is_event_trigger = source->event_trigger;
    f->return_type = TYPE_VOID;
    if (!routine)
        return;
    f->id = routine->object.id;
    f->collation = source->collation;
    f->return_type = source->result_type ? source->result_type : routine->result_type;
    f->returns_set = routine->returns_set;
    f->is_procedure = routine->kind == SQL_ROUTINE_PROCEDURE;
}

void pl_function_destroy(struct pl_function *function)
{
    if (!function)
        return;
    for (struct pl_expr *expr = function->exprs; expr; expr = expr->next)
        pl_expr_done(expr);
    arena_done(&function->arena);
    free(function);
}

struct pl_function *pl_compile(struct sql_env *env, const struct pl_source *source)
{
    struct pl_function *f = calloc(1, sizeof(*f));
    if (!f) {
        sql_fail_memory(env->error);
        return NULL;
    }
    arena_init(&f->arena);
    describe(f, source);
    f->source = arena_dup(&f->arena, source->text);
    struct pl_compiler c = {
        .env = env, .arena = &f->arena, .function = f, .source = source, .text = f->source};
    bool ok = f->source.ptr && make_name(env, f, source->routine);
    if (ok) {
        pg_lexer_init(&c.lexer, &f->arena, c.text, &pg_parse_options_default);
        ok = compile_body(&c);
        if (!ok)
            sql_context_line(env->error,
                             "compilation of PL/pgSQL function \"" SLICE_FMT "\" near line %d",
                             SLICE_ARG(source->routine ? source->routine->object.name : f->name),
                             pl_line(&c, c.token.at));
    }
    if (ok)
        return f;
    if (env->error->sqlstate[0] == '\0')
        sql_fail_memory(env->error);
    /* What the error says may lie in the function's memory. */
    env->error->internal_query = arena_dup(env->error->arena, env->error->internal_query);
    pl_function_destroy(f);
    return NULL;
}
