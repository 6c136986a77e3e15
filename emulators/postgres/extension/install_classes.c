/* Operator families and classes of an extension, and what belongs to them. */
#include "emulators/postgres/extension/install.h"
#include "emulators/sql/catalog/find.h"

/* Fields: method, name. */
bool pg_install_make_family(struct pg_install *install, struct pg_member *member)
{
    struct sql_env *env = install->ddl->env;
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    struct sql_family_object family = {
        .object = pg_install_head(install, ids->operator_family, member->id, member->field[1]),
        .method = pg_install_method(install, member->field[0]),
    };
    struct sql_reference of = pg_whole(ids->operator_family, member->id);
    return sql_catalog_create(env, &family.object) &&
           sql_depend(env, of, pg_whole(ids->schema, family.object.schema), 'n') &&
           sql_depend(env, of, pg_whole(ids->access_method, family.method), 'n') &&
           pg_install_own(install, ids->operator_family, member->id);
}

/* Fields: method, name, family, input, flag, key. */
bool pg_install_make_class(struct pg_install *install, struct pg_member *member)
{
    struct sql_env *env = install->ddl->env;
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    const struct slice *field = member->field;
    struct sql_class_object class = {
        .object = pg_install_head(install, ids->operator_class, member->id, field[1]),
        .info = {.method = pg_install_method(install, field[0]),
                 .family = pg_install_family(install, field[0], field[2]),
                 .input = pg_install_type(install, field[3]),
                 .key = pg_install_type(install, field[5]),
                 .is_default = slice_eq_str(field[4], "d")}
    };
    struct sql_reference of = pg_whole(ids->operator_class, member->id);
    return sql_catalog_create(env, &class.object) &&
           sql_depend(env, of, pg_whole(ids->schema, class.object.schema), 'n') &&
           sql_depend(env, of, pg_whole(ids->operator_family, class.info.family), 'a') &&
           sql_depend(env, of, pg_whole(ids->type, class.info.input), 'n') &&
           pg_install_own(install, ids->operator_class, member->id);
}

/* What a family's operators and routines have in common: of the class of catalog `class_id`, standing
 * for the object `on`. */
static bool make_member(struct pg_install *install, const struct pg_member *row, uint32_t class_id,
                        struct sql_family_member *member, struct sql_reference on)
{
    struct sql_env *env = install->ddl->env;
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    struct slice key = arena_printf(install->ddl->arena, "%u %u %u %u %c", member->family,
                                    member->left, member->right, (unsigned)member->number,
                                    member->purpose ? member->purpose : ' ');
    member->object = pg_install_head(install, class_id, row->id, key);
    member->object.schema = 0;
    struct sql_reference of = pg_whole(class_id, row->id);
    return sql_catalog_create(env, &member->object) &&
           sql_depend(env, of, pg_whole(ids->operator_family, member->family), 'a') &&
           sql_depend(env, of, on, 'n');
}

static uint16_t number(struct slice field)
{
    unsigned value = 0;
    for (size_t i = 0; i < field.len; i++)
        value = value * 10 + (unsigned)(field.ptr[i] - '0');
    return (uint16_t)value;
}

/* Fields: method, family, left, right, number, purpose, operator, sort family. */
bool pg_install_make_operator_of(struct pg_install *install, struct pg_member *row)
{
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    const struct slice *field = row->field;
    struct sql_family_member member = {
        .family = pg_install_family(install, field[0], field[1]),
        .left = pg_install_type(install, field[2]),
        .right = pg_install_type(install, field[3]),
        .number = number(field[4]),
        .purpose = (char)field[5].ptr[0],
        .member = pg_install_operator(install, field[6]),
    };
    if (!pg_install_none(field[7]))
        member.sort_family =
            pg_install_family(install, (struct slice)SLICE_LITERAL("btree"), field[7]);
    return make_member(install, row, ids->method_operator, &member,
                       pg_whole(ids->operator_, member.member));
}

/* Fields: method, family, left, right, number, routine. */
bool pg_install_make_routine_of(struct pg_install *install, struct pg_member *row)
{
    const struct sql_class_ids *ids = pg_classes(install->ddl);
    const struct slice *field = row->field;
    struct sql_family_member member = {
        .family = pg_install_family(install, field[0], field[1]),
        .left = pg_install_type(install, field[2]),
        .right = pg_install_type(install, field[3]),
        .number = number(field[4]),
        .member = pg_install_routine(install, field[5]),
    };
    return make_member(install, row, ids->method_function, &member,
                       pg_whole(ids->routine, member.member));
}
