#include "emulators/sql/catalog/change.h"

#include "emulators/sql/catalog/acl.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/catalog/flat.h"

static bool put_copy(struct sql_env *env, const struct sql_object *object)
{
    struct sql_session *session = env->session;
    struct heap *heap = session->instance->heap;
    struct sql_object *copy = sql_object_flatten(env, heap, object);
    if (!copy)
        return false;
    if (sql_object_put(env, sql_home_of(session, object->class_id), copy))
        return true;
    sql_object_release(heap, copy);
    return false;
}

/* What ALTER DEFAULT PRIVILEGES has for it. */
static bool give_default_privileges(struct sql_env *env, struct sql_object *object)
{
    struct sql_acl acl;
    bool usual;
    if (!sql_acl_for_new(env, object, &acl, &usual))
        return false;
    if (usual)
        return true;
    object->acl = acl.items;
    object->acl_count = (uint16_t)acl.count;
    object->acl_default = false;
    return true;
}

bool sql_catalog_create(struct sql_env *env, struct sql_object *object)
{
    if (!object->id)
        object->id = sql_database_next_id(sql_home_of(env->session, object->class_id));
    if (object->acl_default && !give_default_privileges(env, object))
        return false;
    return put_copy(env, object);
}

bool sql_catalog_replace(struct sql_env *env, const struct sql_object *object)
{
    return put_copy(env, object);
}

bool sql_catalog_drop(struct sql_env *env, uint32_t class_id, uint32_t id)
{
    struct sql_reference whole = {class_id, id, 0};
    return sql_depend_clear(env, whole, 0) && sql_comments_drop(env, class_id, id) &&
           sql_object_drop(env, sql_home_of(env->session, class_id), class_id, id);
}

bool sql_catalog_await_name(struct sql_env *env, uint32_t class_id, uint32_t schema,
                            struct slice name)
{
    return sql_object_await_name(env, sql_home_of(env->session, class_id), class_id, schema, name);
}

/* ---- lists of ids in a relation */

struct id_list {
    const uint32_t **ids;
    uint16_t *count;
};

static struct id_list list_of(struct sql_relation *relation, enum sql_attached what)
{
    struct id_list lists[] = {
        [SQL_ATTACHED_INDEX] = {&relation->indexes,     &relation->index_count      },
        [SQL_ATTACHED_CONSTRAINT] = {&relation->constraints, &relation->constraint_count },
        [SQL_ATTACHED_REFERENCING] = {&relation->referencing, &relation->referencing_count},
        [SQL_ATTACHED_TRIGGER] = {&relation->triggers,    &relation->trigger_count    },
        [SQL_ATTACHED_RULE] = {&relation->rules,       &relation->rule_count       },
        [SQL_ATTACHED_POLICY] = {&relation->policies,    &relation->policy_count     },
        [SQL_ATTACHED_PARENT] = {&relation->parents,     &relation->parent_count     },
        [SQL_ATTACHED_CHILD] = {&relation->children,    &relation->child_count      },
    };
    return lists[what];
}

/* The name by which a list is ordered; an empty one for lists in the order of additions. */
static struct slice name_in_list(struct sql_session *session, enum sql_attached what, uint32_t id)
{
    const struct sql_class_ids *ids = &session->dialect->classes_of;
    uint32_t class_id = what == SQL_ATTACHED_TRIGGER  ? ids->trigger
                        : what == SQL_ATTACHED_RULE   ? ids->rule
                        : what == SQL_ATTACHED_POLICY ? ids->policy
                                                      : 0;
    const struct sql_object *object = class_id ? sql_find_object(session, class_id, id) : NULL;
    return object ? object->name : slice_of("", 0);
}

static int place_of(struct id_list list, uint32_t id)
{
    for (uint16_t i = 0; i < *list.count; i++)
        if ((*list.ids)[i] == id)
            return i;
    return -1;
}

static bool store_list(struct sql_env *env, struct sql_relation *relation, struct id_list list,
                       const uint32_t *ids, uint16_t count)
{
    *list.ids = ids;
    *list.count = count;
    return sql_catalog_replace(env, &relation->object);
}

bool sql_relation_attach(struct sql_env *env, uint32_t relation_id, enum sql_attached what,
                         uint32_t id)
{
    const struct sql_relation *found = sql_find_relation_id(env->session, relation_id);
    struct sql_relation relation = *found;
    struct id_list list = list_of(&relation, what);
    if (place_of(list, id) >= 0)
        return true;
    uint16_t count = *list.count;
    uint32_t *ids = arena_array(env->arena, count + 1u, sizeof *ids);
    if (!ids)
        return sql_fail_memory(env->error);
    struct slice name = name_in_list(env->session, what, id);
    uint16_t at = count;
    while (at > 0 && name.len &&
           slice_compare(name_in_list(env->session, what, (*list.ids)[at - 1]), name) > 0)
        at--;
    for (uint16_t i = 0; i <= count; i++)
        ids[i] = i < at ? (*list.ids)[i] : i == at ? id : (*list.ids)[i - 1];
    return store_list(env, &relation, list, ids, (uint16_t)(count + 1));
}

bool sql_relation_detach(struct sql_env *env, uint32_t relation_id, enum sql_attached what,
                         uint32_t id)
{
    const struct sql_relation *found = sql_find_relation_id(env->session, relation_id);
    if (!found)
        return true;
    struct sql_relation relation = *found;
    struct id_list list = list_of(&relation, what);
    int at = place_of(list, id);
    if (at < 0)
        return true;
    uint16_t count = *list.count;
    uint32_t *ids = arena_array(env->arena, count, sizeof *ids);
    if (!ids)
        return sql_fail_memory(env->error);
    for (uint16_t i = 0, to = 0; i < count; i++)
        if (i != at)
            ids[to++] = (*list.ids)[i];
    return store_list(env, &relation, list, ids, (uint16_t)(count - 1));
}
