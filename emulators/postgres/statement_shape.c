#include "emulators/postgres/statement_shape.h"

#include "emulators/postgres/statement.h"
#include "emulators/sql/analyze/query.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/syntax/ast_query.h"

#define DIGITS_MAX 9 /* so many fit an int4 */

/* ---- the form of a text */

enum byte_class { OTHER = '?', SIGN = ' ', COMMENT = '-', WORD = 'a', DIGIT = '9' };

/* COMMENT: one may begin so. */
static enum byte_class class_of(uint8_t byte)
{
    static const char classes[128 + 1] = "?????????  ?? ??????????????????"
                                         " ???? ??     - -9999999999?    ?"
                                         "?aaaaaaaaaaaaaaaaaaaaaaaaaa????a"
                                         "?aaaaaaaaaaaaaaaaaaaaaaaaaa?????";
    return byte < 128 ? (enum byte_class)classes[byte] : OTHER;
}

static bool is_word(uint8_t byte)
{
    enum byte_class class = class_of(byte);
    return class == WORD || class == DIGIT;
}

/* Does a comment begin there? */
static bool is_comment(struct slice text, size_t at)
{
    if (at + 1 >= text.len)
        return false;
    uint8_t byte = text.ptr[at], next = text.ptr[at + 1];
    return (byte == '-' && next == '-') || (byte == '/' && next == '*');
}

/* The integer at *at, which is stepped over. False: it is no plain one. */
static bool take_integer(struct slice text, size_t *at, struct pg_shape *shape)
{
    size_t start = *at;
    int32_t value = 0;
    if (shape->count == PG_SHAPE_INTEGERS || (start && text.ptr[start - 1] == '.'))
        return false;
    for (; *at < text.len && class_of(text.ptr[*at]) == DIGIT; ++*at) {
        if (*at - start == DIGITS_MAX)
            return false;
        value = value * 10 + (text.ptr[*at] - '0');
    }
    if (*at < text.len && (text.ptr[*at] == '.' || class_of(text.ptr[*at]) == WORD))
        return false;
    shape->integers[shape->count++] = (struct pg_shape_integer){(uint32_t)start, value};
    return true;
}

bool pg_shape_of(struct arena *arena, struct slice text, struct pg_shape *out)
{
    uint8_t *form = text.len > PG_SHAPE_TEXT_MAX ? NULL : arena_alloc(arena, text.len + 1);
    size_t len = 0;
    out->count = 0;
    if (!form)
        return false;
    for (size_t at = 0; at < text.len;) {
        enum byte_class class = class_of(text.ptr[at]);
        if (class == DIGIT) {
            if (!take_integer(text, &at, out))
                return false;
            form[len++] = '0';
            continue;
        }
        if (class == OTHER || (class == COMMENT && is_comment(text, at)))
            return false;
        do
            form[len++] = text.ptr[at++];
        while (class == WORD && at < text.len && is_word(text.ptr[at]));
    }
    out->form = slice_of(form, len);
    return true;
}

/* ---- integers that may become parameters */

struct shaper {
    struct slice text;
    struct pg_shaping *shaping;
};

/* The text's integer that the constant was made of, and whether a minus went into it. -1: none. */
static int integer_of(const struct shaper *shaper, const struct ast_node *constant, bool *negative)
{
    const struct pg_shape *shape = &shaper->shaping->shape;
    if (constant->location < 0)
        return -1;
    size_t at = (size_t)constant->location;
    *negative = at < shaper->text.len && shaper->text.ptr[at] == '-';
    if (*negative)
        at++;
    while (*negative && at < shaper->text.len && shaper->text.ptr[at] == ' ')
        at++;
    for (uint32_t i = 0; i < shape->count; i++)
        if (shape->integers[i].at == at)
            return (int)i;
    return -1;
}

static bool is_integer(const struct ast_node *node)
{
    return node && node->kind == AST_CONST && AST_AS(const, node)->type == AST_CONST_INTEGER;
}

static void take(struct shaper *shaper, struct ast_node **place)
{
    bool negative;
    int number = is_integer(*place) ? integer_of(shaper, *place, &negative) : -1;
    if (number >= 0)
        shaper->shaping->slots[number] = (struct pg_shape_slot){place, *place, negative};
}

static bool is_named(const struct ast_operator *op, const char *const *names)
{
    if (op->type != AST_OP || op->name.count != 1 || !op->left || !op->right)
        return false;
    while (*names && !slice_eq(op->name.items[0], slice_str(*names)))
        names++;
    return *names != NULL;
}

/* Column <op> integer. */
static void take_operand(struct shaper *shaper, struct ast_node *node, const char *const *names)
{
    struct ast_operator *op = AST_AS(operator, node);
    if (node && node->kind == AST_OPERATOR && is_named(op, names) &&
        op->left->kind == AST_COLUMN_REF)
        take(shaper, &op->right);
}

static void take_condition(struct shaper *shaper, struct ast_node *node)
{
    static const char *const comparisons[] = {"=", "<", ">", "<=", ">=", "<>", NULL};
    struct ast_bool_expr *junction = AST_AS(bool_expr, node);
    if (!node || node->kind != AST_BOOL_EXPR) {
        take_operand(shaper, node, comparisons);
        return;
    }
    for (uint32_t i = 0; junction->type == AST_BOOL_AND && i < junction->args.count; i++)
        take_operand(shaper, junction->args.items[i], comparisons);
}

static void take_assignments(struct shaper *shaper, const struct ast_list *targets)
{
    static const char *const sums[] = {"+", "-", NULL};
    for (uint32_t i = 0; i < targets->count; i++) {
        struct ast_target *target = AST_AS(target, targets->items[i]);
        take(shaper, &target->value);
        take_operand(shaper, target->value, sums);
    }
}

static void take_rows(struct shaper *shaper, const struct ast_select *source)
{
    for (uint32_t i = 0; source && i < source->values_lists.count; i++) {
        struct ast_list *row = &AST_AS(list_node, source->values_lists.items[i])->list;
        for (uint32_t k = 0; k < row->count; k++)
            take(shaper, &row->items[k]);
    }
}

static void take_statement(struct shaper *shaper, struct ast_node *tree)
{
    switch (tree->kind) {
    case AST_SELECT: take_condition(shaper, AST_AS(select, tree)->where); return;
    case AST_INSERT: take_rows(shaper, AST_AS(insert, tree)->source); return;
    case AST_DELETE: take_condition(shaper, AST_AS(delete, tree)->where); return;
    case AST_UPDATE:
        take_assignments(shaper, &AST_AS(update, tree)->targets);
        take_condition(shaper, AST_AS(update, tree)->where);
        return;
    default: return;
    }
}

/* ---- the statement */

static struct ast_node *make_param(struct arena *arena, int32_t number, int32_t location)
{
    struct ast_param *param = arena_zalloc(arena, sizeof(*param));
    if (!param)
        return NULL;
    param->node = (struct ast_node){AST_PARAM, location};
    param->number = number;
    return &param->node;
}

bool pg_shape_apply(struct pg_session *session, struct pg_statement *statement,
                    const struct pg_shape *shape)
{
    struct pg_shaping *shaping = arena_zalloc(&statement->arena, sizeof(*shaping));
    uint32_t *types = arena_array(&statement->arena, PG_SHAPE_INTEGERS, sizeof(*types));
    struct shaper shaper = {statement->text, shaping};
    if (!shaping || !types)
        return false;
    shaping->shape = *shape;
    shaping->shape.form = arena_dup(&statement->arena, shape->form);
    if (!shaping->shape.form.ptr)
        return false;
    take_statement(&shaper, (struct ast_node *)(uintptr_t)statement->tree);
    uint32_t count = 0;
    struct ast_node *params[PG_SHAPE_INTEGERS];
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct pg_shape_slot *slot = &shaping->slots[i];
        if (!slot->place)
            continue;
        types[count] = session->core.dialect->types_of.int4;
        params[i] = make_param(&statement->arena, (int32_t)++count, slot->constant->location);
        if (!params[i])
            return false;
    }
    for (uint32_t i = 0; i < shape->count; i++)
        if (shaping->slots[i].place)
            *shaping->slots[i].place = params[i];
    statement->given_types = types;
    statement->given_count = count;
    statement->shaping = shaping;
    pg_shape_fill(shaping, shape, statement->text);
    return true;
}

bool pg_shape_fits(const struct pg_shaping *shaping, const struct pg_shape *shape)
{
    if (shaping->shape.count != shape->count || !slice_eq(shaping->shape.form, shape->form))
        return false;
    for (uint32_t i = 0; i < shape->count; i++)
        if (!shaping->slots[i].place &&
            shaping->shape.integers[i].value != shape->integers[i].value)
            return false;
    return true;
}

void pg_shape_fill(struct pg_shaping *shaping, const struct pg_shape *shape, struct slice text)
{
    uint32_t count = 0;
    shaping->text = text;
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct pg_shape_slot *slot = &shaping->slots[i];
        int32_t value = shape->integers[i].value;
        if (slot->place)
            shaping->values[count++] = datum_int(slot->negative ? -value : value);
    }
}

void pg_shape_undo(struct pg_statement *statement)
{
    struct pg_shaping *shaping = statement->shaping;
    uint32_t count = 0;
    for (uint32_t i = 0; i < shaping->shape.count; i++) {
        const struct pg_shape_slot *slot = &shaping->slots[i];
        if (!slot->place)
            continue;
        AST_AS(const, slot->constant)->integer = (int32_t)shaping->values[count++].i;
        *slot->place = slot->constant;
    }
    statement->given_count = 0;
    statement->shaping = NULL;
}

/* ---- what constants could do */

/* Tables without partial indexes, rules and children: their plans are the same for all values. */
static bool is_plain_table(struct pg_session *session, const struct sql_table *table)
{
    if (table->kind != SQL_TABLE_RELATION)
        return table->kind == SQL_TABLE_JOIN || table->kind == SQL_TABLE_VALUES;
    const struct sql_relation *relation = sql_find_relation_id(&session->core, table->relation);
    if (!relation || relation->kind != SQL_RELATION_TABLE || relation->system ||
        relation->child_count || relation->rule_count)
        return false;
    for (uint32_t i = 0; i < relation->index_count; i++) {
        const struct sql_relation *index =
            sql_find_relation_id(&session->core, relation->indexes[i]);
        if (!index || index->index->where)
            return false;
    }
    return true;
}

struct contents {
    bool params, columns;
};

static bool see(struct sql_expr *expr, void *ctx)
{
    struct contents *contents = ctx;
    contents->params |= expr->kind == SQL_EXPR_PARAM;
    contents->columns |= expr->kind == SQL_EXPR_COLUMN;
    return sql_expr_walk(expr, see, ctx);
}

/* A constant that an assignment makes narrower may be refused before any row is seen. */
static bool may_fail_early(const struct pg_session *session, struct sql_expr *expr)
{
    const struct sql_type_ids *types = &session->core.dialect->types_of;
    const struct sql_expr_call *cast = (const void *)expr;
    struct contents contents = {0};
    if (expr->kind == SQL_EXPR_PARAM)
        return false;
    if (expr->kind == SQL_EXPR_FUNCTION && cast->args.count == 1 &&
        cast->args.items[0]->kind == SQL_EXPR_PARAM)
        return expr->type != types->int8 && expr->type != types->float8 &&
               expr->type != types->numeric;
    see(expr, &contents);
    return contents.params && !contents.columns;
}

bool pg_shape_holds(struct pg_session *session, const struct pg_analysis *analysis)
{
    const struct sql_query *query = analysis->query;
    if (!query || analysis->is_utility)
        return false;
    for (uint32_t i = 0; i < query->table_count; i++)
        if (!is_plain_table(session, query->tables[i]))
            return false;
    for (uint32_t i = 0; query->command == SQL_UPDATE && i < query->target_count; i++)
        if (may_fail_early(session, query->targets[i].expr))
            return false;
    return true;
}
