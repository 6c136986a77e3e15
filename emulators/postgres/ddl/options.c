/* WITH (name = value) as texts. */
#include "emulators/postgres/ddl/options.h"

#include "common/text.h"

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

static bool option_text(struct pg_ddl *ddl, const struct ast_option *option, struct slice *out)
{
    *out = arena_concat(ddl->arena, option->name, slice_str("="), value_text(ddl, option->value));
    return out->ptr || sql_fail_memory(ddl->env->error);
}

/* There is no toast table that it could be of; but it might be. */
static bool check_toast(struct pg_ddl *ddl, const struct ast_option *option)
{
    struct slice text;
    if (!slice_eq_str(option->space, "toast"))
        return sql_fail(ddl->env->error, "22023",
                        "unrecognized parameter namespace \"" SLICE_FMT "\"",
                        SLICE_ARG(option->space));
    return option_text(ddl, option, &text) && pg_options_check(ddl, slice_str("toast"), &text, 1);
}

/* What old dumps say of tables: that they have none. */
static bool check_oids(struct pg_ddl *ddl, const struct ast_option *option)
{
    bool wanted;
    return pg_option_flag(ddl, option, &wanted) &&
           (!wanted ||
            sql_fail(ddl->env->error, "0A000", "tables declared WITH OIDS are not supported"));
}

bool pg_options_text(struct pg_ddl *ddl, const struct ast_list *options, const struct slice **out,
                     uint16_t *out_count)
{
    struct slice *texts = NULL;
    for (uint32_t i = 0; i < options->count; i++) {
        const struct ast_option *option = AST_AS(option, options->items[i]);
        if (option->space.ptr) {
            if (!check_toast(ddl, option))
                return false;
            continue;
        }
        if (slice_eq_str(option->name, "oids")) {
            if (!check_oids(ddl, option))
                return false;
            continue;
        }
        texts = pg_ddl_grow(ddl, texts, *out_count, sizeof *texts);
        if (!texts || !option_text(ddl, option, &texts[*out_count]))
            return false;
        (*out_count)++;
    }
    *out = texts;
    return true;
}

static bool same_option(struct slice have, struct slice name)
{
    return have.len > name.len && have.ptr[name.len] == '=' &&
           memcmp(have.ptr, name.ptr, name.len) == 0;
}

bool pg_options_merge(struct pg_ddl *ddl, const struct ast_list *list, bool reset,
                      const struct slice **options, uint16_t *option_count)
{
    const struct slice *added = NULL;
    uint16_t added_count = 0, count = 0;
    for (uint32_t i = 0; reset && i < list->count; i++)
        if (AST_AS(option, list->items[i])->value)
            return sql_fail(ddl->env->error, "42601",
                            "RESET must not include values for parameters");
    if (!reset && !pg_options_text(ddl, list, &added, &added_count))
        return false;
    struct slice *merged =
        arena_array(ddl->arena, (size_t)*option_count + added_count + 1, sizeof *merged);
    if (!merged)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t i = 0; i < *option_count; i++) {
        bool replaced = false;
        for (uint32_t j = 0; j < list->count; j++)
            replaced = replaced || same_option((*options)[i], AST_AS(option, list->items[j])->name);
        if (!replaced)
            merged[count++] = (*options)[i];
    }
    for (uint16_t i = 0; i < added_count; i++)
        merged[count++] = added[i];
    *options = merged;
    *option_count = count;
    return true;
}

/* ---- options of statements */

struct slice pg_option_string(struct pg_ddl *ddl, const struct ast_option *option)
{
    const struct ast_node *value = option->value;
    if (!value)
        return slice_of("", 0);
    if (value->kind == AST_LIST)
        value = AST_AS(list_node, value)->list.items[0];
    switch (value->kind) {
    case AST_CONST: {
        const struct ast_const *constant = AST_AS(const, value);
        return constant->type == AST_CONST_INTEGER
                   ? arena_printf(ddl->arena, "%d", (int)constant->integer)
                   : constant->text;
    }
    case AST_NAME: {
        const struct ast_names *names = &AST_AS(name, value)->names;
        return names->items[names->count - 1];
    }
    case AST_TYPE_NAME: {
        const struct ast_names *names = &AST_AS(type_name, value)->names;
        return names->items[names->count - 1];
    }
    default: return slice_of("", 0);
    }
}

bool pg_option_flag(struct pg_ddl *ddl, const struct ast_option *option, bool *out)
{
    static const char *const yes[] = {"true", "on", "1"}, *const no[] = {"false", "off", "0"};
    struct slice text = option->value ? pg_option_string(ddl, option) : slice_str("true");
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        *out = slice_eq_nocase(text, slice_str(yes[i]));
        if (*out || slice_eq_nocase(text, slice_str(no[i])))
            return true;
    }
    return sql_fail(ddl->env->error, "42601", SLICE_FMT " requires a Boolean value",
                    SLICE_ARG(option->name));
}

bool pg_option_integer(struct pg_ddl *ddl, const struct ast_option *option, int *out)
{
    int64_t number;
    if (!option->value || !text_to_i64(pg_option_string(ddl, option), &number) ||
        number < INT32_MIN || number > INT32_MAX)
        return sql_fail(ddl->env->error, "42601", SLICE_FMT " requires an integer value",
                        SLICE_ARG(option->name));
    *out = (int)number;
    return true;
}
