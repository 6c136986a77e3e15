/* Look-ups of access methods. */
#include "emulators/sql/catalog/find.h"

static struct sql_method of_builtin(const struct sql_access_method *builtin)
{
    return (struct sql_method){builtin->id, builtin->kind, slice_str(builtin->name)};
}

/* Stored ones: fields[0] is the kind. */
static struct sql_method of_object(const struct sql_object *object)
{
    const struct sql_other *other = (const void *)object;
    return object ? (struct sql_method){object->id, (char)other->fields[0].ptr[0], object->name}
                  : (struct sql_method){0};
}

struct sql_method sql_find_method(struct sql_session *session, struct slice name)
{
    const struct sql_access_method *builtin = sql_builtin_method_named(session->dialect, name);
    return builtin ? of_builtin(builtin)
                   : of_object(sql_find_object_name(
                         session, session->dialect->classes_of.access_method, 0, name));
}

struct sql_method sql_find_method_id(struct sql_session *session, uint32_t id)
{
    const struct sql_dialect *dialect = session->dialect;
    for (uint32_t i = 0; i < dialect->methods_count; i++)
        if (dialect->methods[i].id == id)
            return of_builtin(&dialect->methods[i]);
    return of_object(sql_find_object(session, dialect->classes_of.access_method, id));
}
