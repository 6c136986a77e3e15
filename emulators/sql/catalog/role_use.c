#include "emulators/sql/catalog/role_use.h"

#include "emulators/sql/catalog/find.h"

#define CLASS(member) offsetof(struct sql_class_ids, member)

/* Kinds of objects that have owners, or grants, of their own. */
static const size_t classes[] = {
    CLASS(relation),        CLASS(type),         CLASS(routine),        CLASS(operator_),
    CLASS(collation),       CLASS(schema),       CLASS(language),       CLASS(extension),
    CLASS(operator_class),  CLASS(conversion),   CLASS(statistics),     CLASS(event_trigger),
    CLASS(operator_family), CLASS(default_acl),  CLASS(foreign_server), CLASS(foreign_wrapper),
    CLASS(user_mapping),    CLASS(publication),  CLASS(subscription),   CLASS(text_config),
    CLASS(text_dictionary), CLASS(large_object), CLASS(policy),         CLASS(builtin_acl),
    CLASS(database),        CLASS(tablespace),   CLASS(parameter),
};
#define CLASS_COUNT (sizeof classes / sizeof *classes)

static uint32_t class_at(const struct sql_dialect *dialect, uint32_t at)
{
    uint32_t class_id;
    memcpy(&class_id, (const uint8_t *)&dialect->classes_of + classes[at], sizeof class_id);
    return class_id;
}

static void add(struct sql_role_uses *uses, struct sql_role_use use)
{
    if (use.role < uses->env->session->dialect->first_free_id)
        return;
    for (uint32_t i = 0; i < uses->count; i++)
        if (uses->uses[i].role == use.role && uses->uses[i].kind == use.kind &&
            uses->uses[i].object.part == use.object.part)
            return;
    if (uses->count == uses->room) {
        uint32_t room = uses->room ? 2 * uses->room : 8;
        struct sql_role_use *grown = arena_array(uses->env->arena, room, sizeof *grown);
        if (!grown) {
            uses->failed = !sql_fail_memory(uses->env->error);
            return;
        }
        if (uses->count)
            memcpy(grown, uses->uses, uses->count * sizeof *grown);
        uses->uses = grown;
        uses->room = room;
    }
    uses->uses[uses->count++] = use;
}

/* The owner has what it has without a grant. */
static void add_grants(struct sql_role_uses *uses, struct sql_reference object, uint32_t owner,
                       const struct sql_acl_item *items, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        const uint32_t roles[] = {items[i].grantee, items[i].grantor};
        for (unsigned r = 0; r < 2; r++)
            if (roles[r] != owner)
                add(uses, (struct sql_role_use){object, roles[r], SQL_ROLE_GRANT});
    }
}

static bool relation_has_owner(const struct sql_relation *relation)
{
    return relation->kind != SQL_RELATION_INDEX &&
           relation->kind != SQL_RELATION_PARTITIONED_INDEX &&
           relation->kind != SQL_RELATION_TOAST && relation->kind != SQL_RELATION_COMPOSITE;
}

/* Row types and arrays are there for something else, whose owner is theirs. */
static bool type_has_owner(const struct sql_role_uses *uses, const struct sql_type *type)
{
    if (type->category == 'A' || type->kind == SQL_TYPE_MULTIRANGE)
        return false;
    const struct sql_session *session = uses->env->session;
    const struct sql_relation *relation =
        type->relation
            ? (const void *)sql_object_find(uses->database, session->txn,
                                            session->dialect->classes_of.relation, type->relation)
            : NULL;
    return !relation || relation->kind == SQL_RELATION_COMPOSITE;
}

static bool has_owner(const struct sql_role_uses *uses, const struct sql_object *object)
{
    const struct sql_class_ids *ids = &uses->env->session->dialect->classes_of;
    const void *any = object;
    if (object->class_id == ids->relation)
        return relation_has_owner(any);
    if (object->class_id == ids->type)
        return type_has_owner(uses, &((const struct sql_type_object *)any)->type);
    return object->class_id != ids->policy && object->class_id != ids->builtin_acl;
}

static void look_at(struct sql_role_uses *uses, const struct sql_object *object)
{
    const struct sql_class_ids *ids = &uses->env->session->dialect->classes_of;
    struct sql_reference self = {object->class_id, object->id, 0};
    const void *any = object;
    uses->count = uses->at = 0;
    if (object->class_id == ids->builtin_acl && object->name.len == 2 * sizeof(uint32_t)) {
        memcpy(&self.class_id, object->name.ptr, sizeof self.class_id);
        memcpy(&self.id, object->name.ptr + sizeof self.class_id, sizeof self.id);
    }
    if (has_owner(uses, object))
        add(uses, (struct sql_role_use){self, object->owner, SQL_ROLE_OWNER});
    if (!object->acl_default)
        add_grants(uses, self, object->owner, object->acl, object->acl_count);
    if (object->class_id == ids->relation) {
        const struct sql_relation *relation = any;
        for (uint16_t c = 0; c < relation->column_count; c++) {
            self.part = c + 1;
            add_grants(uses, self, object->owner, relation->columns[c].acl,
                       relation->columns[c].acl_count);
        }
    }
    const struct sql_policy *policy = any;
    for (uint16_t i = 0; object->class_id == ids->policy && i < policy->role_count; i++)
        add(uses, (struct sql_role_use){self, policy->roles[i], SQL_ROLE_POLICY});
}

void sql_role_uses_begin(struct sql_role_uses *uses, struct sql_env *env,
                         struct sql_database *database)
{
    *uses = (struct sql_role_uses){.env = env, .database = database};
}

const struct sql_role_use *sql_role_uses_next(struct sql_role_uses *uses)
{
    const struct sql_session *session = uses->env->session;
    while (uses->at == uses->count) {
        if (uses->failed || uses->class_at == CLASS_COUNT)
            return NULL;
        uint32_t class_id = class_at(session->dialect, uses->class_at);
        const struct sql_object *object =
            class_id ? sql_object_next(uses->database, session->txn, class_id, uses->next_id)
                     : NULL;
        if (!object) {
            uses->class_at++;
            uses->next_id = 0;
            continue;
        }
        uses->next_id = object->id + 1;
        look_at(uses, object);
    }
    return uses->failed ? NULL : &uses->uses[uses->at++];
}
