/* Types and access methods of an extension. */
#include "emulators/postgres/ddl/relation.h"
#include "emulators/postgres/extension/install.h"
#include "emulators/sql/catalog/find.h"

/* Fields of a type's row. */
enum {
    NAME,
    LEN,
    KIND,
    FLAGS,
    CATEGORY,
    DELIMITER,
    ALIGN,
    STORAGE,
    ELEMENT,
    BASE,
    INPUT,
    OUTPUT,
    RECEIVE,
    SEND,
    MODIFIER_IN,
    MODIFIER_OUT,
    SUBSCRIPT,
    COLLATABLE
};

/* Keys of indexes: types whose text nobody can write or read. */
static bool refuse_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)text, (void)typmod, (void)out;
    return sql_fail(call->env->error, "0A000", "cannot accept a value of type " SLICE_FMT,
                    SLICE_ARG(type->name));
}

static bool refuse_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    (void)value, (void)out;
    return sql_fail(call->env->error, "0A000", "cannot display a value of type " SLICE_FMT,
                    SLICE_ARG(type->name));
}

const struct sql_type_ops pg_extension_opaque_ops = {
    .input = refuse_input,
    .output = refuse_output,
};

static const struct sql_type_ops *ops_of(const struct pg_install *install,
                                         const struct pg_member *member)
{
    uint32_t base = pg_install_type(install, member->field[BASE]);
    if (base)
        return sql_find_type_id(install->ddl->session, base)->ops;
    const struct pg_extension_type *type = install->code ? install->code->types : NULL;
    for (; type && type->name; type++)
        if (slice_eq_str(member->field[NAME], type->name))
            return type->ops;
    return &pg_extension_opaque_ops;
}

static struct sql_type type_of(const struct pg_install *install, const struct pg_member *member)
{
    const struct slice *field = member->field;
    const struct sql_dialect *dialect = install->ddl->session->dialect;
    int len = 0;
    for (size_t i = field[LEN].ptr[0] == '-'; i < field[LEN].len; i++)
        len = len * 10 + (field[LEN].ptr[i] - '0');
    return (struct sql_type){
        .id = member->id,
        .name = field[NAME],
        .schema = install->object->in_schema,
        .len = (int16_t)(field[LEN].ptr[0] == '-' ? -len : len),
        .by_value = field[FLAGS].ptr[0] == 'v',
        .kind = (enum sql_type_kind)field[KIND].ptr[0],
        .category = (char)field[CATEGORY].ptr[0],
        .preferred = field[FLAGS].ptr[1] == 'p',
        .delimiter = (char)field[DELIMITER].ptr[0],
        .element = pg_install_type(install, field[ELEMENT]),
        .base = pg_install_type(install, field[BASE]),
        .base_typmod = -1,
        .collation = field[COLLATABLE].ptr[0] == 'c' ? dialect->default_collation : 0,
        .ops = ops_of(install, member),
    };
}

bool pg_install_make_type(struct pg_install *install, struct pg_member *member)
{
    struct pg_ddl *ddl = install->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct slice *field = member->field;
    struct sql_type_object type = {
        .object = pg_install_head(install, ids->type, member->id, field[NAME]),
        .type = type_of(install, member),
        .not_null = field[FLAGS].ptr[2] == 'n',
        .align = (char)field[ALIGN].ptr[0],
        .storage = (char)field[STORAGE].ptr[0],
        .input = pg_install_routine_named(install, field[INPUT]),
        .output = pg_install_routine_named(install, field[OUTPUT]),
        .receive = pg_install_routine_named(install, field[RECEIVE]),
        .send = pg_install_routine_named(install, field[SEND]),
        .modifier_in = pg_install_routine_named(install, field[MODIFIER_IN]),
        .modifier_out = pg_install_routine_named(install, field[MODIFIER_OUT]),
        .subscript = pg_install_routine_named(install, field[SUBSCRIPT]),
    };
    struct sql_reference of = pg_whole(ids->type, member->id);
    if (!pg_type_name_free(ddl, type.object.schema, type.object.name) ||
        !pg_array_type_make(ddl, &type, &type.type.array) ||
        !sql_catalog_create(ddl->env, &type.object) ||
        !sql_depend(ddl->env, of, pg_whole(ids->schema, type.object.schema), 'n'))
        return false;
    const uint32_t routines[] = {type.input, type.output,      type.receive,
                                 type.send,  type.modifier_in, type.modifier_out};
    for (size_t i = 0; i < sizeof routines / sizeof *routines; i++)
        if (routines[i] && !sql_depend(ddl->env, of, pg_whole(ids->routine, routines[i]), 'n'))
            return false;
    member->array = type.type.array;
    return (!type.type.base ||
            sql_depend(ddl->env, of, pg_whole(ids->type, type.type.base), 'n')) &&
           pg_install_own(install, ids->type, member->id);
}

bool pg_install_make_method(struct pg_install *install, struct pg_member *member)
{
    struct pg_ddl *ddl = install->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    uint32_t handler = pg_install_routine(install, member->field[1]);
    struct sql_other method = {
        .object = pg_install_head(install, ids->access_method, member->id, member->field[0]),
        .fields = &member->field[2],
        .field_count = 1,
        .numbers = &handler,
        .number_count = 1,
    };
    method.object.schema = 0;
    struct sql_reference of = pg_whole(ids->access_method, member->id);
    return sql_catalog_create(ddl->env, &method.object) &&
           sql_depend(ddl->env, of, pg_whole(ids->routine, handler), 'n') &&
           pg_install_own(install, ids->access_method, member->id);
}

/* Fields: name, template. */
bool pg_install_make_dictionary(struct pg_install *install, struct pg_member *member)
{
    struct pg_ddl *ddl = install->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_other dictionary = {
        .object = pg_install_head(install, ids->text_dictionary, member->id, member->field[0]),
        .fields = &member->field[1],
        .field_count = 1,
    };
    struct sql_reference of = pg_whole(ids->text_dictionary, member->id);
    return sql_catalog_create(ddl->env, &dictionary.object) &&
           sql_depend(ddl->env, of, pg_whole(ids->schema, dictionary.object.schema), 'n') &&
           pg_install_own(install, ids->text_dictionary, member->id);
}
