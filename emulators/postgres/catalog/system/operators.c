/* pg_operator, pg_am, pg_opfamily, pg_opclass, pg_amop, pg_amproc. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/sql/catalog/find.h"

/* ---- pg_operator */

static enum pg_made operator_row(struct pg_row *row, const struct sql_operator *op)
{
    pg_id(row, op->object.id);
    pg_text(row, op->object.name);
    pg_id(row, op->object.schema);
    pg_id(row, op->object.owner);
    pg_char(row, op->left ? 'b' : 'l');
    pg_bool(row, op->can_merge);
    pg_bool(row, op->can_hash);
    pg_id(row, op->left);
    pg_id(row, op->right);
    pg_id(row, op->result);
    pg_id(row, op->commutator);
    pg_id(row, op->negator);
    pg_id(row, op->function);
    pg_id(row, op->restrict_function);
    pg_id(row, op->join_function);
    return PG_ROW_LAST;
}

static uint32_t operator_count(const struct sql_dialect *dialect)
{
    return dialect->operators_count;
}

static int find_operator(const struct sql_dialect *dialect, uint32_t id)
{
    const struct sql_operator *found = sql_builtin_operator_id(dialect, id);
    return found ? (int)(found - dialect->operators) : -1;
}

static enum pg_made builtin_operator(struct pg_row *row, uint32_t index)
{
    return operator_row(row, &row->dialect->operators[index]);
}

static enum pg_made stored_operator(struct pg_row *row, const struct sql_object *object)
{
    return operator_row(row, (const void *)object);
}

static const struct pg_source pg_operator = {
    .core = PG_SOURCE_CORE(2617, 1),
    .builtin_count = operator_count,
    .builtin = builtin_operator,
    .builtin_find = find_operator,
    .stored = stored_operator,
    .class_at = PG_CLASS(operator_),
    .keyed = true,
};

/* ---- pg_am */

static uint32_t method_count(const struct sql_dialect *dialect)
{
    return dialect->methods_count;
}

static enum pg_made builtin_method(struct pg_row *row, uint32_t index)
{
    const struct sql_access_method *from = &row->dialect->methods[index];
    pg_id(row, from->id);
    pg_words(row, from->name);
    pg_id(row, from->handler);
    pg_char(row, from->kind);
    return PG_ROW_LAST;
}

static enum pg_made stored_method(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_other *from = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, from->numbers[0]);
    pg_char(row, (char)from->fields[0].ptr[0]);
    return PG_ROW_LAST;
}

static const struct pg_source pg_am = {
    .core = PG_SOURCE_CORE(2601, 0),
    .builtin_count = method_count,
    .builtin = builtin_method,
    .stored = stored_method,
    .class_at = PG_CLASS(access_method),
};

/* ---- pg_opfamily */

static uint32_t family_count(const struct sql_dialect *dialect)
{
    return dialect->families_count;
}

static enum pg_made builtin_family(struct pg_row *row, uint32_t index)
{
    const struct sql_operator_family *from = &row->dialect->families[index];
    pg_id(row, from->id);
    pg_id(row, from->method);
    pg_words(row, from->name);
    pg_id(row, row->dialect->system_schema);
    pg_id(row, row->dialect->default_owner);
    return PG_ROW_LAST;
}

static enum pg_made stored_family(struct pg_row *row, const struct sql_object *object)
{
    pg_id(row, object->id);
    pg_id(row, ((const struct sql_family_object *)(const void *)object)->method);
    pg_text(row, object->name);
    pg_id(row, object->schema);
    pg_id(row, object->owner);
    return PG_ROW_LAST;
}

static const struct pg_source pg_opfamily = {
    .core = PG_SOURCE_CORE(2753, 0),
    .builtin_count = family_count,
    .builtin = builtin_family,
    .stored = stored_family,
    .class_at = PG_CLASS(operator_family),
};

/* ---- pg_opclass */

static enum pg_made class_row(struct pg_row *row, const struct sql_operator_class *class)
{
    pg_id(row, class->id);
    pg_id(row, class->method);
    pg_text(row, class->name);
    pg_id(row, class->schema);
    pg_id(row, class->owner);
    pg_id(row, class->family);
    pg_id(row, class->input);
    pg_bool(row, class->is_default);
    pg_id(row, class->key);
    return PG_ROW_LAST;
}

static uint32_t class_count(const struct sql_dialect *dialect)
{
    return dialect->operator_classes_count;
}

static enum pg_made builtin_class(struct pg_row *row, uint32_t index)
{
    return class_row(row, &row->dialect->operator_classes[index]);
}

static enum pg_made stored_class(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_class_object *from = (const void *)object;
    const struct sql_operator_class class = {
        .id = object->id,
        .method = from->info.method,
        .family = from->info.family,
        .input = from->info.input,
        .key = from->info.key,
        .schema = object->schema,
        .owner = object->owner,
        .is_default = from->info.is_default,
        .name = object->name,
    };
    return class_row(row, &class);
}

static const struct pg_source pg_opclass = {
    .core = PG_SOURCE_CORE(2616, 0),
    .builtin_count = class_count,
    .builtin = builtin_class,
    .stored = stored_class,
    .class_at = PG_CLASS(operator_class),
};

/* ---- pg_amop, pg_amproc */

static uint32_t method_of_family(struct pg_row *row, uint32_t family)
{
    for (uint32_t i = 0; i < row->dialect->families_count; i++)
        if (row->dialect->families[i].id == family)
            return row->dialect->families[i].method;
    const struct sql_family_object *found = (const void *)sql_find_object(
        row->session, row->dialect->classes_of.operator_family, family);
    return found ? found->method : 0;
}

static enum pg_made member_operator(struct pg_row *row, const struct sql_family_member *member)
{
    pg_id(row, member->object.id);
    pg_id(row, member->family);
    pg_id(row, member->left);
    pg_id(row, member->right);
    pg_int(row, member->number);
    pg_char(row, member->purpose);
    pg_id(row, member->member);
    pg_id(row, method_of_family(row, member->family));
    pg_id(row, member->sort_family);
    return PG_ROW_LAST;
}

static uint32_t family_operator_count(const struct sql_dialect *dialect)
{
    return dialect->family_operators_count;
}

static enum pg_made builtin_family_operator(struct pg_row *row, uint32_t index)
{
    const struct sql_family_operator *from = &row->dialect->family_operators[index];
    const struct sql_family_member member = {
        .object = {.id = from->id},
        .family = from->family,
        .left = from->left,
        .right = from->right,
        .member = from->op,
        .sort_family = from->sort_family,
        .number = from->strategy,
        .purpose = from->purpose,
    };
    return member_operator(row, &member);
}

static enum pg_made stored_family_operator(struct pg_row *row, const struct sql_object *object)
{
    return member_operator(row, (const void *)object);
}

static const struct pg_source pg_amop = {
    .core = PG_SOURCE_CORE(2602, 0),
    .builtin_count = family_operator_count,
    .builtin = builtin_family_operator,
    .stored = stored_family_operator,
    .class_at = PG_CLASS(method_operator),
};

static enum pg_made member_function(struct pg_row *row, const struct sql_family_member *member)
{
    pg_id(row, member->object.id);
    pg_id(row, member->family);
    pg_id(row, member->left);
    pg_id(row, member->right);
    pg_int(row, member->number);
    pg_id(row, member->member);
    return PG_ROW_LAST;
}

static uint32_t family_function_count(const struct sql_dialect *dialect)
{
    return dialect->family_functions_count;
}

static enum pg_made builtin_family_function(struct pg_row *row, uint32_t index)
{
    const struct sql_family_function *from = &row->dialect->family_functions[index];
    const struct sql_family_member member = {
        .object = {.id = from->id},
        .family = from->family,
        .left = from->left,
        .right = from->right,
        .member = from->function,
        .number = from->number,
    };
    return member_function(row, &member);
}

static enum pg_made stored_family_function(struct pg_row *row, const struct sql_object *object)
{
    return member_function(row, (const void *)object);
}

static const struct pg_source pg_amproc = {
    .core = PG_SOURCE_CORE(2603, 0),
    .builtin_count = family_function_count,
    .builtin = builtin_family_function,
    .stored = stored_family_function,
    .class_at = PG_CLASS(method_function),
};

const struct pg_source *const pg_operator_sources[] = {
    &pg_operator, &pg_am, &pg_opfamily, &pg_opclass, &pg_amop, &pg_amproc, NULL,
};
