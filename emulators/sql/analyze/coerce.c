/* One value to one type: which way there is, and the expression that goes it. */
#include "emulators/sql/analyze/analysis.h"

static enum coercion_path array_path(struct analysis *a, uint32_t target, uint32_t source,
                                     enum coercion_context context)
{
    if (target == a->known->oidvector || target == a->known->int2vector)
        return PATH_NONE;
    uint32_t to = element_type(a, target), from = element_type(a, source);
    uint32_t function;
    if (!to || !from || find_coercion(a, to, from, context, &function) == PATH_NONE)
        return PATH_NONE;
    return PATH_ARRAY;
}

static char category_of(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t ? t->category : 0;
}

enum coercion_path find_coercion(struct analysis *a, uint32_t target, uint32_t source,
                                 enum coercion_context context, uint32_t *out_function)
{
    *out_function = 0;
    source = source ? base_type(a, source) : 0;
    target = target ? base_type(a, target) : 0;
    if (source == target)
        return PATH_RELABEL;
    const struct sql_cast *cast = sql_find_cast(a->session, source, target);
    if (cast) {
        enum coercion_context needed = cast->context == 'i'   ? COERCE_IMPLICIT
                                       : cast->context == 'a' ? COERCE_ASSIGNMENT
                                                              : COERCE_EXPLICIT;
        if (context >= needed) {
            *out_function = cast->function;
            return cast->method == 'f'   ? PATH_FUNCTION
                   : cast->method == 'b' ? PATH_RELABEL
                                         : PATH_TEXT;
        }
    } else {
        enum coercion_path path = array_path(a, target, source, context);
        if (path != PATH_NONE)
            return path;
        if (context >= COERCE_ASSIGNMENT && category_of(a, target) == a->rules->string_category)
            return PATH_TEXT;
        if (context >= COERCE_EXPLICIT && category_of(a, source) == a->rules->string_category)
            return PATH_TEXT;
    }
    return context == COERCE_ROUTINE ? PATH_TEXT : PATH_NONE;
}

static bool is_composite_array(struct analysis *a, uint32_t type)
{
    uint32_t element = element_type(a, type);
    return element && is_composite(a, element);
}

static bool relation_inherits(struct analysis *a, uint32_t child, uint32_t parent, int depth)
{
    const struct sql_relation *relation = sql_find_relation_id(a->session, child);
    if (!relation || depth > 64)
        return false;
    for (uint16_t i = 0; i < relation->parent_count; i++)
        if (relation->parents[i] == parent ||
            relation_inherits(a, relation->parents[i], parent, depth + 1))
            return true;
    return false;
}

/* Is the row type of `source` that of a child of target's table, or of a table made OF target? */
static bool row_inherits(struct analysis *a, uint32_t source, uint32_t target)
{
    const struct sql_relation *from = row_relation(a, source);
    const struct sql_relation *to = from ? row_relation(a, target) : NULL;
    if (!to)
        return false;
    return relation_inherits(a, from->object.id, to->object.id, 0) ||
           (from->of_type && from->of_type == target);
}

static bool one_can_coerce(struct analysis *a, uint32_t source, uint32_t target,
                           enum coercion_context context)
{
    const struct sql_type_ids *known = a->known;
    if (source == target || target == known->any || source == known->unknown)
        return true;
    uint32_t function;
    if (find_coercion(a, target, source, context, &function) != PATH_NONE)
        return true;
    if (source == known->record)
        return is_composite(a, target);
    if (target == known->record)
        return is_composite(a, source);
    if (target == known->record_array)
        return is_composite_array(a, source);
    return row_inherits(a, source, target);
}

bool can_coerce(struct analysis *a, uint32_t count, const uint32_t *sources,
                const uint32_t *targets, enum coercion_context context)
{
    bool polymorphic = false;
    for (uint32_t i = 0; i < count; i++) {
        if (is_polymorphic(a, targets[i]))
            polymorphic = true;
        else if (!one_can_coerce(a, sources[i], targets[i], context))
            return false;
    }
    return !polymorphic || polymorphic_fits(a, sources, targets, count);
}

/* ---- making the expression */

static uint32_t collation_of_type(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t ? t->collation : 0;
}

static struct sql_expr *make_convert(struct analysis *a, enum sql_expr_kind kind,
                                     struct sql_expr *arg, uint32_t type, enum sql_call_form form,
                                     int32_t location)
{
    struct sql_expr_convert *convert = (void *)make_expr(a, kind, sizeof *convert, type, location);
    if (!convert)
        return NULL;
    convert->expr.collation = collation_of_type(a, type);
    convert->arg = arg;
    convert->form = form;
    return &convert->expr;
}

/* The typmod of a cast by function: a constant argument, when the function takes one. */
static struct sql_expr *call_cast(struct analysis *a, uint32_t function, struct sql_expr *arg,
                                  uint32_t type, int32_t typmod, enum coercion_context context,
                                  enum sql_call_form form, int32_t location)
{
    const struct sql_routine *routine = sql_find_routine_id(a->session, function);
    uint32_t count = routine ? routine->arg_count : 1;
    struct sql_expr **args = analysis_alloc(a, sizeof *args * 3);
    if (!args)
        return NULL;
    args[0] = arg;
    if (count >= 2)
        args[1] = make_const(a, a->known->int4, -1, datum_int(typmod), -1);
    if (count == 3)
        args[2] = make_const(a, a->known->boolean, -1, datum_bool(context == COERCE_EXPLICIT), -1);
    struct sql_expr *call = make_call(a, function, type, args, count, form, location);
    if (!call)
        return NULL;
    call->typmod = count >= 2 ? typmod : -1;
    call->collation = collation_of_type(a, type);
    return call;
}

static struct sql_expr *convert_array(struct analysis *a, struct sql_expr *arg, uint32_t type,
                                      int32_t typmod, enum coercion_context context,
                                      enum sql_call_form form, int32_t location)
{
    int32_t source_typmod = arg->typmod;
    uint32_t source = base_type_typmod(a, arg->type, &source_typmod);
    struct sql_expr_convert_array *convert =
        (void *)make_expr(a, SQL_EXPR_CONVERT_ARRAY, sizeof *convert, type, location);
    struct sql_expr *element =
        make_expr(a, SQL_EXPR_CASE_TEST, sizeof *element, element_type(a, source), -1);
    if (!convert || !element)
        return NULL;
    element->typmod = source_typmod;
    element->collation = collation_of_type(a, element->type);
    if (!coerce_to_target(a, element, element_type(a, type), typmod, context, form, location,
                          &element))
        return NULL;
    convert->arg = arg;
    convert->element = element;
    convert->form = form;
    convert->expr.typmod = element ? element->typmod : -1;
    convert->expr.collation = collation_of_type(a, type);
    return &convert->expr;
}

static struct sql_expr *go_path(struct analysis *a, enum coercion_path path, uint32_t function,
                                struct sql_expr *expr, uint32_t type, int32_t typmod,
                                enum coercion_context context, enum sql_call_form form,
                                int32_t location)
{
    switch (path) {
    case PATH_FUNCTION: return call_cast(a, function, expr, type, typmod, context, form, location);
    case PATH_ARRAY: return convert_array(a, expr, type, typmod, context, form, location);
    case PATH_TEXT: return make_convert(a, SQL_EXPR_CONVERT_IO, expr, type, form, location);
    default: return expr;
    }
}

/* A conversion inside another is not printed: int -> domain shows one cast, not two. */
static void hide_form(struct sql_expr *expr)
{
    switch (expr->kind) {
    case SQL_EXPR_FUNCTION: ((struct sql_expr_call *)expr)->form = SQL_FORM_CAST_IMPLICIT; break;
    case SQL_EXPR_RELABEL:
    case SQL_EXPR_CONVERT_IO:
    case SQL_EXPR_CONVERT_ROW:
    case SQL_EXPR_TO_DOMAIN:
        ((struct sql_expr_convert *)expr)->form = SQL_FORM_CAST_IMPLICIT;
        break;
    case SQL_EXPR_CONVERT_ARRAY:
        ((struct sql_expr_convert_array *)expr)->form = SQL_FORM_CAST_IMPLICIT;
        break;
    default: break;
    }
}

/* The casts that apply a typmod to a value that has the type already. */
static struct sql_expr *coerce_typmod(struct analysis *a, struct sql_expr *expr, uint32_t target,
                                      int32_t typmod, enum coercion_context context,
                                      enum sql_call_form form, int32_t location, bool hide)
{
    if (typmod == expr->typmod)
        return expr;
    if (hide)
        hide_form(expr);
    uint32_t element = element_type(a, target);
    uint32_t of = element ? element : target;
    const struct sql_cast *cast = typmod < 0 ? NULL : sql_find_cast(a->session, of, of);
    if (!cast || !cast->function)
        return make_relabel(a, expr, target, typmod, expr->collation, form, location);
    return go_path(a, element ? PATH_ARRAY : PATH_FUNCTION, cast->function, expr, target, typmod,
                   context, form, location);
}

/* `base` is target's base type, known already, with its typmod; 0: to be found. */
static struct sql_expr *to_domain(struct analysis *a, struct sql_expr *arg, uint32_t base,
                                  int32_t base_typmod, uint32_t target,
                                  enum coercion_context context, enum sql_call_form form,
                                  int32_t location, bool hide)
{
    if (!base)
        base = base_type_typmod(a, target, &base_typmod);
    if (base == target)
        return arg;
    if (hide)
        hide_form(arg);
    arg =
        coerce_typmod(a, arg, base, base_typmod, context, SQL_FORM_CAST_IMPLICIT, location, false);
    return arg ? make_convert(a, SQL_EXPR_TO_DOMAIN, arg, target, form, location) : NULL;
}

bool read_literal(struct analysis *a, const struct sql_type *type, struct slice text,
                  int32_t typmod, int32_t location, struct datum *out)
{
    struct sql_call call = {.env = a->env, .arena = a->env->arena, .result_type = type};
    if (!type || !type->ops || !type->ops->input)
        return fail_at(a, location, "0A000", "cannot accept a value of type " SLICE_FMT,
                       SLICE_ARG(type ? type->name : (struct slice)SLICE_LITERAL("???")));
    if (sql_type_input(&call, type, text, typmod, out))
        return true;
    if (!a->env->error->position && location >= 0)
        a->env->error->position = (uint32_t)location + 1;
    return false;
}

static struct sql_expr *literal_to_type(struct analysis *a, struct sql_expr_const *literal,
                                        uint32_t target, int32_t typmod,
                                        enum coercion_context context, enum sql_call_form form,
                                        int32_t location)
{
    int32_t base_typmod = typmod;
    uint32_t base = base_type_typmod(a, target, &base_typmod);
    /* Applying a typmod is a step of its own, but intervals read their fields by it. */
    int32_t input_typmod = base == a->known->interval ? base_typmod : -1;
    struct datum value = datum_null();
    if (!literal->value.null && !read_literal(a, type_of(a, base), datum_slice(literal->value),
                                              input_typmod, literal->expr.location, &value))
        return NULL;
    struct sql_expr *result = make_const(a, base, input_typmod, value, literal->expr.location);
    if (!result)
        return NULL;
    if (base != target)
        return to_domain(a, result, base, base_typmod, target, context, form, location, false);
    return result;
}

static bool fail_row_cast(struct analysis *a, uint32_t source, uint32_t target, int32_t location)
{
    return fail_at(a, location, "42846", "cannot cast type " SLICE_FMT " to " SLICE_FMT,
                   SLICE_ARG(type_text(a, source)), SLICE_ARG(type_text(a, target)));
}

/* One column of a row that becomes a composite's. */
static bool coerce_row_column(struct analysis *a, struct sql_expr *value,
                              const struct sql_column *column, uint32_t number, uint32_t target,
                              enum coercion_context context, int32_t location,
                              struct sql_expr **out)
{
    if (!coerce_to_target(a, value, column->type, column->typmod, context, SQL_FORM_CAST_IMPLICIT,
                          -1, out))
        return false;
    if (*out)
        return true;
    fail_row_cast(a, a->known->record, target, location);
    return sql_detail(
        a->env->error, "Cannot cast type " SLICE_FMT " to " SLICE_FMT " in column %u.",
        SLICE_ARG(type_text(a, value->type)), SLICE_ARG(type_text(a, column->type)), number);
}

/* The values of a row expression; false: it is none whose columns are known here. */
static bool row_values(struct analysis *a, struct sql_expr *expr, struct sql_exprs *out)
{
    if (expr->kind == SQL_EXPR_ROW) {
        *out = ((struct sql_expr_row *)expr)->args;
        return true;
    }
    struct sql_expr_column *column = (struct sql_expr_column *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->column != 0)
        return false;
    struct analysis *level = a;
    for (uint32_t up = column->up; up && level; up--)
        level = level->outer;
    if (!level)
        return false;
    struct name_item item = {.table = level->query->tables[column->table - 1],
                             .number = column->table};
    out->items = analysis_alloc(a, sizeof *out->items * item.table->column_count);
    for (uint32_t i = 0; out->items && i < item.table->column_count; i++) {
        if (item.table->dropped && item.table->dropped[i])
            continue;
        struct sql_expr *value = make_column(a, &item, i, expr->location);
        if (!value)
            return false;
        ((struct sql_expr_column *)value)->up = column->up;
        out->items[out->count++] = value;
    }
    return out->items != NULL;
}

static bool fail_row_columns(struct analysis *a, uint32_t target, int32_t location,
                             const char *detail)
{
    fail_row_cast(a, a->known->record, target, location);
    return sql_detail(a->env->error, "%s", detail);
}

static struct sql_expr *record_to_composite(struct analysis *a, struct sql_expr *expr,
                                            uint32_t target, enum coercion_context context,
                                            enum sql_call_form form, int32_t location)
{
    int32_t typmod = -1;
    uint32_t base = base_type_typmod(a, target, &typmod);
    const struct sql_relation *relation = row_relation(a, base);
    struct sql_exprs values = {0};
    struct sql_expr_row *row = (void *)make_expr(a, SQL_EXPR_ROW, sizeof *row, base, location);
    if (!row)
        return NULL;
    if (!relation || !row_values(a, expr, &values)) {
        fail_row_cast(a, a->known->record, target, location);
        return NULL;
    }
    row->args.items = analysis_alloc(a, sizeof *row->args.items * (relation->column_count + 1U));
    uint32_t used = 0;
    for (uint16_t i = 0; row->args.items && i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        struct sql_expr **out = &row->args.items[row->args.count++];
        if (column->dropped) {
            *out = make_const(a, a->known->int4, -1, datum_null(), -1);
            continue;
        }
        if (used >= values.count) {
            fail_row_columns(a, target, location, "Input has too few columns.");
            return NULL;
        }
        struct sql_expr *value = values.items[used++];
        if (!coerce_row_column(a, value, column, used, target, context, location, out))
            return NULL;
    }
    if (used < values.count) {
        fail_row_columns(a, target, location, "Input has too many columns.");
        return NULL;
    }
    row->implicit = form == SQL_FORM_CAST_IMPLICIT;
    row->by_number = true;
    if (base == target)
        return &row->expr;
    return to_domain(a, &row->expr, base, typmod, target, context, form, location, false);
}

/* Declared as "any ..." the value stays what it is, but for a domain over an array and the like. */
static bool keeps_type(struct analysis *a, struct sql_expr *expr, uint32_t target,
                       struct sql_expr **out)
{
    const struct sql_type_ids *known = a->known;
    *out = expr;
    if (expr->type == target || target == known->any || target == known->anyelement ||
        target == known->anynonarray || target == known->anycompatible ||
        target == known->anycompatiblenonarray)
        return true;
    if (!is_polymorphic(a, target) || expr->type == known->unknown)
        return false;
    uint32_t base = base_type(a, expr->type);
    if (base != expr->type)
        *out = make_relabel(a, expr, base, -1, 0, SQL_FORM_CAST_IMPLICIT, -1);
    return true;
}

static struct sql_expr *coerce_along_path(struct analysis *a, struct sql_expr *expr,
                                          enum coercion_path path, uint32_t function,
                                          uint32_t target, int32_t typmod,
                                          enum coercion_context context, enum sql_call_form form,
                                          int32_t location)
{
    if (path == PATH_RELABEL) {
        struct sql_expr *domain = to_domain(a, expr, 0, -1, target, context, form, location, false);
        if (domain != expr)
            return domain;
        return make_relabel(a, expr, target, -1, collation_of_type(a, target) ? expr->collation : 0,
                            form, location);
    }
    int32_t base_typmod = typmod;
    uint32_t base = base_type_typmod(a, target, &base_typmod);
    struct sql_expr *result =
        go_path(a, path, function, expr, base, base_typmod, context, form, location);
    if (result && base != target)
        result = to_domain(a, result, base, base_typmod, target, context, form, location, true);
    return result;
}

static struct sql_expr *coerce_under_collate(struct analysis *a, struct sql_expr *expr,
                                             uint32_t target, int32_t typmod,
                                             enum coercion_context context, enum sql_call_form form,
                                             int32_t location)
{
    struct sql_expr_convert *collate = (struct sql_expr_convert *)expr;
    struct sql_expr *arg = coerce_type(a, collate->arg, target, typmod, context, form, location);
    if (!arg || !collation_of_type(a, target))
        return arg;
    struct sql_expr *result = make_convert(a, SQL_EXPR_COLLATE, arg, target, form, expr->location);
    if (result) {
        ((struct sql_expr_convert *)result)->collate = collate->collate;
        result->typmod = arg->typmod;
    }
    return result;
}

struct sql_expr *coerce_type(struct analysis *a, struct sql_expr *expr, uint32_t target,
                             int32_t typmod, enum coercion_context context, enum sql_call_form form,
                             int32_t location)
{
    const struct sql_type_ids *known = a->known;
    uint32_t source = expr->type, function;
    struct sql_expr *same;
    if (keeps_type(a, expr, target, &same))
        return same;
    if (source == known->unknown && expr->kind == SQL_EXPR_CONST)
        return literal_to_type(a, (struct sql_expr_const *)expr, target, typmod, context, form,
                               location);
    if (source == known->unknown && expr->kind == SQL_EXPR_PARAM) {
        struct sql_expr *param = coerce_param(a, (struct sql_expr_param *)expr, target, location);
        if (param || a->env->error->sqlstate[0])
            return param;
    }
    if (expr->kind == SQL_EXPR_COLLATE)
        return coerce_under_collate(a, expr, target, typmod, context, form, location);
    enum coercion_path path = find_coercion(a, target, source, context, &function);
    if (path != PATH_NONE)
        return coerce_along_path(a, expr, path, function, target, typmod, context, form, location);
    if (source == known->record && is_composite(a, target))
        return record_to_composite(a, expr, target, context, form, location);
    if (target == known->record || target == known->record_array)
        return expr;
    if (row_inherits(a, source, target)) {
        uint32_t base = base_type(a, source);
        if (base != source)
            expr = make_relabel(a, expr, base, -1, 0, SQL_FORM_CAST_IMPLICIT, location);
        return expr ? make_convert(a, SQL_EXPR_CONVERT_ROW, expr, target, form, location) : NULL;
    }
    fail_at(a, -1, "XX000", "failed to find conversion function from " SLICE_FMT " to " SLICE_FMT,
            SLICE_ARG(type_text(a, source)), SLICE_ARG(type_text(a, target)));
    return NULL;
}

bool coerce_to_target(struct analysis *a, struct sql_expr *expr, uint32_t target, int32_t typmod,
                      enum coercion_context context, enum sql_call_form form, int32_t location,
                      struct sql_expr **out)
{
    if (!can_coerce(a, 1, &expr->type, &target, context)) {
        *out = NULL;
        return true;
    }
    struct sql_expr_convert *collate = NULL;
    if (expr->kind == SQL_EXPR_COLLATE) {
        collate = (struct sql_expr_convert *)expr;
        expr = collate->arg;
    }
    struct sql_expr *result = coerce_type(a, expr, target, typmod, context, form, location);
    if (result)
        result = coerce_typmod(a, result, target, typmod, context, form, location,
                               result != expr && result->kind != SQL_EXPR_CONST);
    if (result && collate && collation_of_type(a, target)) {
        uint32_t collation = collate->collate;
        int32_t result_typmod = result->typmod;
        result = make_convert(a, SQL_EXPR_COLLATE, result, target, SQL_FORM_CAST_EXPLICIT,
                              collate->expr.location);
        if (result) {
            ((struct sql_expr_convert *)result)->collate = collation;
            result->typmod = result_typmod;
        }
    }
    *out = result;
    return result != NULL;
}
