/* pg_type, pg_enum, pg_range, pg_collation, pg_cast, pg_namespace. */
#include "emulators/postgres/catalog/system/rows.h"
#include "emulators/sql/catalog/find.h"

/* ---- pg_type */

/* What the type's row has beside struct sql_type. */
struct details {
    uint32_t owner;
    bool defined;
    struct sql_builtin_type functions;  /* of the built-in type that it is, or is like */
    const struct sql_type_object *made; /* a user's type that has functions of its own; or NULL */
    bool has_default;
    struct slice default_text;
    const struct sql_object *object;
    uint16_t dimensions;
};

static void made_functions(struct pg_row *row, const struct sql_type_object *made)
{
    pg_id(row, made->input);
    pg_id(row, made->output);
    pg_id(row, made->receive);
    pg_id(row, made->send);
    pg_id(row, made->modifier_in);
    pg_id(row, made->modifier_out);
    pg_id(row, made->analyze);
    pg_char(row, made->align);
    pg_char(row, made->storage);
    pg_bool(row, made->not_null);
}

static void type_functions(struct pg_row *row, const struct details *details)
{
    const struct sql_builtin_type *functions = &details->functions;
    if (details->made) {
        made_functions(row, details->made);
        return;
    }
    pg_id(row, functions->input);
    pg_id(row, functions->output);
    pg_id(row, functions->receive);
    pg_id(row, functions->send);
    pg_id(row, functions->modifier_in);
    pg_id(row, functions->modifier_out);
    pg_id(row, functions->analyze);
    pg_char(row, functions->align);
    pg_char(row, functions->storage);
    pg_bool(row, functions->not_null);
}

static enum pg_made type_row(struct pg_row *row, const struct sql_type *type,
                             const struct details *details)
{
    bool domain = type->kind == SQL_TYPE_DOMAIN;
    pg_id(row, type->id);
    pg_text(row, type->name);
    pg_id(row, type->schema);
    pg_id(row, details->owner);
    pg_int(row, type->len);
    pg_bool(row, type->by_value);
    pg_char(row, (char)type->kind);
    pg_char(row, type->category);
    pg_bool(row, type->preferred);
    pg_bool(row, details->defined);
    pg_char(row, type->delimiter);
    pg_id(row, type->relation);
    pg_id(row, details->made ? details->made->subscript : details->functions.subscript);
    pg_id(row, type->element);
    pg_id(row, type->array);
    type_functions(row, details);
    pg_id(row, domain ? type->base : 0);
    pg_int(row, type->base_typmod);
    pg_int(row, details->dimensions);
    pg_id(row, type->collation);
    pg_expression(row, details->has_default, PG_EXPRESSION_TYPE_DEFAULT, type->id, 0);
    pg_text(row, details->default_text);
    if (details->object)
        pg_object_acl(row, details->object);
    else
        pg_builtin_acl(row, row->dialect->classes_of.type, type->id);
    return PG_ROW_LAST;
}

static uint32_t type_count(const struct sql_dialect *dialect)
{
    return dialect->types_count;
}

static int find_type(const struct sql_dialect *dialect, uint32_t id)
{
    const struct sql_type *found = sql_builtin_type_id(dialect, id);
    return found ? (int)(found - dialect->types) : -1;
}

static enum pg_made builtin_type(struct pg_row *row, uint32_t index)
{
    struct details details = {
        .owner = row->dialect->default_owner,
        .defined = true,
        .functions = row->dialect->type_details[index],
    };
    return type_row(row, &row->dialect->types[index], &details);
}

/* The functions of types of a kind: those of the built-in type that is like them. */
static struct sql_builtin_type functions_like(const struct sql_dialect *dialect, uint32_t type)
{
    const struct sql_type *found = sql_builtin_type_id(dialect, type);
    return found ? dialect->type_details[found - dialect->types] : (struct sql_builtin_type){0};
}

static uint32_t type_like(const struct sql_dialect *dialect, const struct sql_type *type)
{
    const struct sql_type_ids *ids = &dialect->types_of;
    static const char range[] = "int4range", multirange[] = "int4multirange";
    switch (type->kind) {
    case SQL_TYPE_COMPOSITE: return ids->record;
    case SQL_TYPE_ENUM: return ids->anyenum;
    case SQL_TYPE_RANGE:
        return sql_builtin_type_named(dialect, dialect->system_schema, slice_str(range))->id;
    case SQL_TYPE_MULTIRANGE:
        return sql_builtin_type_named(dialect, dialect->system_schema, slice_str(multirange))->id;
    default: return type->element ? ids->int4_array : 0;
    }
}

static enum pg_made stored_type(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_type_object *type = (const void *)object;
    struct details details = {
        .owner = object->owner,
        .defined = !type->shell,
        .functions = functions_like(row->dialect, type_like(row->dialect, &type->type)),
        .has_default = type->default_value && type->type.kind == SQL_TYPE_DOMAIN,
        .default_text = type->default_text,
        .object = object,
        .dimensions = type->dimensions,
    };
    if (type->input)
        details.made = type;
    if (type->type.kind == SQL_TYPE_ENUM) {
        uint32_t first;
        const char *const names[] = {"enum_in", "enum_out", "enum_recv", "enum_send"};
        uint16_t *const to[] = {&details.functions.input, &details.functions.output,
                                &details.functions.receive, &details.functions.send};
        for (unsigned i = 0; i < 4; i++)
            if (sql_builtin_routines_named(row->dialect, slice_str(names[i]), &first))
                *to[i] = row->dialect->routines[row->dialect->routines_by_name[first]].id;
    }
    details.functions.align = type->align;
    details.functions.storage = type->storage;
    details.functions.not_null = type->not_null;
    return type_row(row, &type->type, &details);
}

static const struct pg_source pg_type = {
    .core = PG_SOURCE_ROWS(1247, 600, 1),
    .builtin_count = type_count,
    .builtin = builtin_type,
    .builtin_find = find_type,
    .stored = stored_type,
    .class_at = PG_CLASS(type),
    .keyed = true,
};

/* ---- pg_enum: key is the type */

static enum pg_made enum_row(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_type_object *type = (const void *)object;
    if (type->type.kind != SQL_TYPE_ENUM || row->part >= type->labels.count)
        return PG_ROW_NONE;
    const struct sql_enum_label *label = &type->labels.labels[row->part];
    pg_id(row, label->id);
    pg_id(row, object->id);
    pg_float(row, label->order);
    pg_text(row, label->label);
    return PG_ROW_MADE;
}

static const struct pg_source pg_enum = {
    .core = PG_SOURCE_CORE(3501, 2),
    .stored = enum_row,
    .class_at = PG_CLASS(type),
    .keyed = true,
};

/* ---- pg_range: key is the type */

static enum pg_made range_row(struct pg_row *row, const struct sql_range_info *range)
{
    pg_id(row, range->range);
    pg_id(row, range->subtype);
    pg_id(row, range->multirange);
    pg_id(row, range->collation);
    pg_id(row, range->operator_class);
    pg_id(row, range->canonical);
    pg_id(row, range->difference);
    return PG_ROW_LAST;
}

static uint32_t range_count(const struct sql_dialect *dialect)
{
    return dialect->ranges_count;
}

static enum pg_made builtin_range(struct pg_row *row, uint32_t index)
{
    return range_row(row, row->dialect->ranges[index]);
}

static enum pg_made stored_range(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_type_object *type = (const void *)object;
    return type->type.kind == SQL_TYPE_RANGE ? range_row(row, &type->range) : PG_ROW_NONE;
}

static const struct pg_source pg_range = {
    .core = PG_SOURCE_CORE(3541, 0),
    .builtin_count = range_count,
    .builtin = builtin_range,
    .stored = stored_range,
    .class_at = PG_CLASS(type),
};

/* ---- pg_collation */

static struct slice optional(const char *text)
{
    return text[0] ? slice_str(text) : slice_of(NULL, 0);
}

static uint32_t collation_count(const struct sql_dialect *dialect)
{
    return dialect->collations_count;
}

static enum pg_made builtin_collation(struct pg_row *row, uint32_t index)
{
    const struct sql_builtin_collation *from = &row->dialect->collations[index];
    pg_id(row, from->id);
    pg_words(row, from->name);
    pg_id(row, row->dialect->system_schema);
    pg_id(row, row->dialect->default_owner);
    pg_char(row, from->provider);
    pg_bool(row, true);
    pg_int(row, from->encoding);
    pg_text(row, optional(from->collate));
    pg_text(row, optional(from->collate));
    pg_text(row, optional(from->locale));
    pg_null(row);
    return PG_ROW_LAST;
}

static enum pg_made stored_collation(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_collation *collation = (const void *)object;
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->schema);
    pg_id(row, object->owner);
    pg_char(row, collation->provider);
    pg_bool(row, collation->deterministic);
    pg_int(row, collation->encoding);
    pg_text(row, collation->collate);
    pg_text(row, collation->ctype);
    pg_text(row, collation->locale);
    pg_null(row);
    return PG_ROW_LAST;
}

static int find_collation(const struct sql_dialect *dialect, uint32_t id)
{
    for (uint32_t i = 0; i < dialect->collations_count; i++)
        if (dialect->collations[i].id == id)
            return (int)i;
    return -1;
}

static const struct pg_source pg_collation = {
    .core = PG_SOURCE_ROWS(3456, 8, 1),
    .builtin_count = collation_count,
    .builtin = builtin_collation,
    .builtin_find = find_collation,
    .stored = stored_collation,
    .class_at = PG_CLASS(collation),
    .keyed = true,
};

/* ---- pg_cast */

static enum pg_made cast_row(struct pg_row *row, const struct sql_cast *cast)
{
    pg_id(row, cast->id);
    pg_id(row, cast->source);
    pg_id(row, cast->target);
    pg_id(row, cast->function);
    pg_char(row, cast->context);
    pg_char(row, cast->method);
    return PG_ROW_LAST;
}

static uint32_t cast_count(const struct sql_dialect *dialect)
{
    return dialect->casts_count;
}

static enum pg_made builtin_cast(struct pg_row *row, uint32_t index)
{
    return cast_row(row, &row->dialect->casts[index]);
}

static enum pg_made stored_cast(struct pg_row *row, const struct sql_object *object)
{
    return cast_row(row, &((const struct sql_cast_object *)(const void *)object)->cast);
}

static const struct pg_source pg_cast = {
    .core = PG_SOURCE_CORE(2605, 0),
    .builtin_count = cast_count,
    .builtin = builtin_cast,
    .stored = stored_cast,
    .class_at = PG_CLASS(cast),
};

/* ---- pg_namespace */

static enum pg_made schema_row(struct pg_row *row, const struct sql_object *object)
{
    pg_id(row, object->id);
    pg_text(row, object->name);
    pg_id(row, object->owner);
    pg_object_acl(row, object);
    return PG_ROW_LAST;
}

static uint32_t schema_count(const struct sql_dialect *dialect)
{
    return dialect->schemas_count;
}

static int find_schema(const struct sql_dialect *dialect, uint32_t id)
{
    for (uint32_t i = 0; i < dialect->schemas_count; i++)
        if (dialect->schemas[i].object.id == id)
            return (int)i;
    return -1;
}

static enum pg_made builtin_schema(struct pg_row *row, uint32_t index)
{
    return schema_row(row, &row->dialect->schemas[index].object);
}

static const struct pg_source pg_namespace = {
    .core = PG_SOURCE_ROWS(2615, 8, 1),
    .builtin_count = schema_count,
    .builtin = builtin_schema,
    .builtin_find = find_schema,
    .stored = schema_row,
    .class_at = PG_CLASS(schema),
    .keyed = true,
};

const struct pg_source *const pg_type_sources[] = {
    &pg_type, &pg_enum, &pg_range, &pg_collation, &pg_cast, &pg_namespace, NULL,
};
