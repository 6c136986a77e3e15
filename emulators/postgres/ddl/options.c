/* WITH (name = value) as texts. */
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/sql/syntax/ast_expr.h"

/* The value of an option as it is shown. */
static struct slice value_text(struct pg_ddl *ddl, const struct ast_node *value)
{
    if (!value)
        return slice_str("true");
    const struct ast_const *constant = AST_AS(const, value);
    switch (value->kind) {
    case AST_CONST:
        if (constant->type == AST_CONST_INTEGER)
            return arena_printf(ddl->arena, "%d", constant->integer);
        if (constant->type == AST_CONST_BOOLEAN)
            return slice_str(constant->boolean ? "true" : "false");
        return constant->text;
    case AST_NAME: return AST_AS(name, value)->names.items[0];
    case AST_TYPE_NAME: {
        const struct ast_names *names = &AST_AS(type_name, value)->names;
        return names->items[names->count - 1];
    }
    default: return slice_str("");
    }
}

bool pg_options_text(struct pg_ddl *ddl, const struct ast_list *options, const struct slice **out,
                     uint16_t *out_count)
{
    struct slice *texts = NULL;
    for (uint32_t i = 0; i < options->count; i++) {
        const struct ast_option *option = AST_AS(option, options->items[i]);
        if (option->space.ptr)
            continue; /* there is no toast table that it could be of */
        texts = pg_ddl_grow(ddl, texts, *out_count, sizeof *texts);
        if (!texts)
            return false;
        struct slice text =
            arena_concat(ddl->arena, option->name, slice_str("="), value_text(ddl, option->value));
        if (!text.ptr)
            return sql_fail_memory(ddl->env->error);
        texts[(*out_count)++] = text;
    }
    *out = texts;
    return true;
}
