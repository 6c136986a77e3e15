#include "emulators/postgres/catalog/identity.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/bytes.h"

struct identifying {
    struct sql_env *env;
    struct sql_session *session;
    struct pg_identity *out;
    struct sql_bytes text; /* the identity */
};

static void add_name(struct identifying *i, struct slice name)
{
    if (i->out->name_count < PG_ADDRESS_NAMES_MAX)
        i->out->names[i->out->name_count++] = name;
}

static void set_schema(struct identifying *i, uint32_t id)
{
    const struct sql_schema *schema = sql_find_schema_id(i->session, id);
    i->out->is_temporary = id && id == i->session->temp_schema;
    if (schema)
        i->out->schema = i->out->is_temporary ? slice_str(i->session->dialect->temp_schema_alias)
                                              : schema->object.name;
}

static void put_qualified(struct identifying *i, struct slice name)
{
    if (i->out->schema.ptr) {
        pg_quote_name(&i->text, i->out->schema);
        sql_bytes_add_char(&i->text, '.');
    }
    pg_quote_name(&i->text, name);
}

static struct slice type_text(struct identifying *i, uint32_t type)
{
    struct sql_bytes text;
    sql_bytes_init(&text, i->env->arena);
    pg_format_type(i->session, &text, type, -1, PG_TYPE_NO_TYPMOD | PG_TYPE_QUALIFY);
    return sql_bytes_slice(&text);
}

/* ---- by kind */

static bool relation(struct identifying *i, const struct sql_relation *of, int32_t part)
{
    const char *kind = pg_describe_kind(i->session, &of->object);
    set_schema(i, of->object.schema);
    put_qualified(i, of->object.name);
    add_name(i, i->out->schema);
    add_name(i, of->object.name);
    if (!part) {
        i->out->type = slice_str(kind);
        i->out->name = of->object.name;
        return true;
    }
    struct slice column = of->columns[part - 1].name;
    i->out->type = arena_printf(i->env->arena, "%s column", kind);
    sql_bytes_add_char(&i->text, '.');
    pg_quote_name(&i->text, column);
    add_name(i, column);
    return true;
}

static bool type(struct identifying *i, const struct sql_type *of)
{
    set_schema(i, of->schema);
    i->out->type = slice_str("type");
    i->out->name = of->name;
    sql_bytes_add_slice(&i->text, type_text(i, of->id));
    add_name(i, type_text(i, of->id));
    return true;
}

static bool routine(struct identifying *i, const struct sql_routine *of)
{
    struct slice *args = arena_array(i->env->arena, of->arg_count + 1u, sizeof *args);
    if (!args)
        return sql_fail_memory(i->env->error);
    set_schema(i, of->object.schema);
    i->out->type = slice_str(pg_describe_kind(i->session, &of->object));
    put_qualified(i, of->object.name);
    sql_bytes_add_char(&i->text, '(');
    for (uint16_t a = 0; a < of->arg_count; a++) {
        args[a] = type_text(i, of->arg_types[a]);
        if (a)
            sql_bytes_add_char(&i->text, ',');
        sql_bytes_add_slice(&i->text, args[a]);
    }
    sql_bytes_add_char(&i->text, ')');
    i->out->args = args;
    i->out->arg_count = of->arg_count;
    add_name(i, i->out->schema);
    add_name(i, of->object.name);
    return true;
}

/* "name on schema.table". */
static bool on_relation(struct identifying *i, const char *kind, struct slice name, uint32_t id)
{
    const struct sql_relation *of = sql_find_relation_id(i->session, id);
    i->out->type = slice_str(kind);
    i->out->of_relation = true;
    if (!of)
        return sql_fail(i->env->error, "XX000", "could not open relation with OID %u", id);
    pg_quote_name(&i->text, name);
    sql_bytes_add_str(&i->text, " on ");
    set_schema(i, of->object.schema);
    put_qualified(i, of->object.name);
    add_name(i, i->out->schema);
    add_name(i, of->object.name);
    add_name(i, name);
    return true;
}

static bool constraint(struct identifying *i, const struct sql_constraint *of)
{
    bool ok = true;
    if (of->relation) {
        ok = on_relation(i, "table constraint", of->object.name, of->relation);
    } else {
        i->out->type = slice_str("domain constraint");
        set_schema(i, of->object.schema);
        pg_quote_name(&i->text, of->object.name);
        sql_bytes_add_str(&i->text, " on ");
        sql_bytes_add_slice(&i->text, type_text(i, of->domain));
        add_name(i, type_text(i, of->domain));
        i->out->args = &of->object.name;
        i->out->arg_count = 1;
    }
    i->out->of_relation = false;
    return ok;
}

static bool default_value(struct identifying *i, uint32_t id)
{
    uint32_t table;
    int32_t column;
    if (!pg_find_default(i->session, id, &table, &column))
        return sql_fail(i->env->error, "XX000", "could not find default %u", id);
    sql_bytes_add_str(&i->text, "for ");
    bool ok = relation(i, sql_find_relation_id(i->session, table), column);
    i->out->type = slice_str("default value");
    i->out->of_relation = true;
    return ok;
}

/* "for role r in schema s on tables". */
static bool default_acl(struct identifying *i, const struct sql_default_acl *of)
{
    static const struct {
        char kind;
        const char *words;
    } kinds[] = {
        {'r', "tables"   },
        {'S', "sequences"},
        {'f', "functions"},
        {'T', "types"    },
        {'n', "schemas"  },
    };
    const struct sql_role *role = sql_find_role_id(i->session, of->role);
    i->out->type = slice_str("default acl");
    sql_bytes_add_str(&i->text, "for role ");
    pg_quote_name(&i->text, role ? role->object.name : slice_str(""));
    if (of->in_schema) {
        set_schema(i, of->in_schema);
        sql_bytes_add_str(&i->text, " in schema ");
        pg_quote_name(&i->text, i->out->schema);
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (kinds[k].kind == of->kind)
            sql_bytes_printf(&i->text, " on %s", kinds[k].words);
    return true;
}

/* What is named by itself, or in a schema. */
static bool plain(struct identifying *i, const struct sql_object *of)
{
    i->out->type = slice_str(pg_describe_kind(i->session, of));
    i->out->name = of->name;
    if (of->schema) {
        set_schema(i, of->schema);
        add_name(i, i->out->schema);
    }
    put_qualified(i, of->name);
    add_name(i, of->name);
    return true;
}

/* ---- all */

static bool identify(struct identifying *i, struct sql_reference ref)
{
    const struct sql_class_ids *ids = &i->session->dialect->classes_of;
    if (ref.class_id == ids->column_default)
        return default_value(i, ref.id);
    if (ref.class_id == ids->relation)
        return relation(i, sql_find_relation_id(i->session, ref.id), ref.part);
    if (ref.class_id == ids->type)
        return type(i, sql_find_type_id(i->session, ref.id));
    if (ref.class_id == ids->routine)
        return routine(i, sql_find_routine_id(i->session, ref.id));
    if (ref.class_id == ids->schema)
        return plain(i, &sql_find_schema_id(i->session, ref.id)->object);
    const struct sql_object *object = sql_find_object(i->session, ref.class_id, ref.id);
    const void *any = object;
    if (object && ref.class_id == ids->constraint)
        return constraint(i, any);
    if (object && ref.class_id == ids->trigger)
        return on_relation(i, "trigger", object->name, ((const struct sql_trigger *)any)->relation);
    if (object && ref.class_id == ids->rule)
        return on_relation(i, "rule", object->name, ((const struct sql_rule *)any)->relation);
    if (object && ref.class_id == ids->policy)
        return on_relation(i, "policy", object->name, ((const struct sql_policy *)any)->relation);
    if (object && ref.class_id == ids->default_acl)
        return default_acl(i, any);
    bool named = object && ref.class_id != ids->operator_ && ref.class_id != ids->cast &&
                 ref.class_id != ids->operator_class && ref.class_id != ids->operator_family &&
                 ref.class_id != ids->user_mapping;
    return !named || plain(i, object);
}

bool pg_identify(struct sql_env *env, struct sql_reference object, struct pg_identity *out)
{
    struct identifying i = {.env = env, .session = env->session, .out = out};
    *out = (struct pg_identity){0};
    sql_bytes_init(&i.text, env->arena);
    if (!identify(&i, object))
        return false;
    out->identity = sql_bytes_slice(&i.text);
    return !i.text.failed || sql_fail_memory(env->error);
}
