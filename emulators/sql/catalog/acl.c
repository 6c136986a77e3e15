#include "emulators/sql/catalog/acl.h"

#include <stdlib.h>

#include "emulators/sql/catalog/find.h"

/* ---- lists */

bool sql_acl_make_default(struct sql_env *env, uint32_t owner, uint32_t owners, uint32_t everybodys,
                          struct sql_acl *out)
{
    struct sql_acl_item *items = arena_array(env->arena, 2, sizeof *items);
    if (!items)
        return sql_fail_memory(env->error);
    *out = (struct sql_acl){items, 0};
    if (everybodys)
        items[out->count++] = (struct sql_acl_item){0, owner, everybodys, 0};
    if (owners)
        items[out->count++] = (struct sql_acl_item){owner, owner, owners, 0};
    return true;
}

bool sql_acl_in_force(struct sql_env *env, const struct sql_object *object, struct sql_acl *out)
{
    const struct sql_object *shown = sql_acl_holder(env->session, object);
    if (!shown->acl_default) {
        *out = (struct sql_acl){shown->acl, shown->acl_count};
        return true;
    }
    uint32_t everybodys;
    uint32_t owners = sql_default_privileges(env->session->dialect, object, &everybodys);
    return sql_acl_make_default(env, object->owner, owners, everybodys, out);
}

bool sql_acl_join(struct sql_env *env, struct sql_acl a, struct sql_acl b, struct sql_acl *out)
{
    struct sql_acl_item *items = arena_array(env->arena, a.count + b.count + 1u, sizeof *items);
    if (!items)
        return sql_fail_memory(env->error);
    if (a.count)
        memcpy(items, a.items, a.count * sizeof *items);
    if (b.count)
        memcpy(items + a.count, b.items, b.count * sizeof *items);
    *out = (struct sql_acl){items, a.count + b.count};
    return true;
}

static int compare_items(const void *left, const void *right)
{
    const struct sql_acl_item *a = left, *b = right;
    if (a->grantee != b->grantee)
        return a->grantee < b->grantee ? -1 : 1;
    if (a->grantor != b->grantor)
        return a->grantor < b->grantor ? -1 : 1;
    if (a->grant_options != b->grant_options)
        return a->grant_options < b->grant_options ? -1 : 1;
    return a->privileges < b->privileges ? -1 : a->privileges > b->privileges;
}

bool sql_acl_sort(struct sql_env *env, struct sql_acl *acl)
{
    struct sql_acl copy, none = {0};
    if (!sql_acl_join(env, *acl, none, &copy))
        return false;
    qsort((void *)(uintptr_t)copy.items, copy.count, sizeof *copy.items, compare_items);
    *acl = copy;
    return true;
}

bool sql_acl_equal(struct sql_acl a, struct sql_acl b)
{
    return a.count == b.count &&
           (a.count == 0 || memcmp(a.items, b.items, a.count * sizeof *a.items) == 0);
}

/* ---- who may grant */

/* Of these privileges, those that the role may pass on by what the list says. */
static uint32_t options_of(struct sql_session *session, uint32_t role, uint32_t owner,
                           struct sql_acl acl, uint32_t wanted)
{
    uint32_t options = 0;
    if (sql_role_acts_for(session, role, owner))
        return wanted;
    for (uint32_t i = 0; i < acl.count; i++)
        if (acl.items[i].grantee == 0 || sql_role_acts_for(session, role, acl.items[i].grantee))
            options |= acl.items[i].grant_options;
    return options & wanted;
}

/* The same by items for the role itself only. */
static uint32_t direct_options(uint32_t role, struct sql_acl acl, uint32_t wanted)
{
    uint32_t options = 0;
    for (uint32_t i = 0; i < acl.count; i++)
        if (acl.items[i].grantee == role)
            options |= acl.items[i].grant_options;
    return options & wanted;
}

static unsigned count_bits(uint32_t set)
{
    unsigned count = 0;
    for (; set; set &= set - 1)
        count++;
    return count;
}

void sql_acl_best_grantor(struct sql_session *session, uint32_t role, uint32_t owner,
                          struct sql_acl acl, uint32_t privileges, uint32_t *out_grantor,
                          uint32_t *out_options)
{
    if (sql_role_acts_for(session, role, owner)) {
        *out_grantor = owner;
        *out_options = privileges;
        return;
    }
    *out_grantor = role;
    *out_options = direct_options(role, acl, privileges);
    for (uint32_t i = 0; i < acl.count && *out_options != privileges; i++) {
        uint32_t other = acl.items[i].grantee;
        if (other == 0 || !sql_role_acts_for(session, role, other))
            continue;
        uint32_t options = direct_options(other, acl, privileges);
        if (count_bits(options) > count_bits(*out_options)) {
            *out_grantor = other;
            *out_options = options;
        }
    }
}

/* ---- changes */

static bool take_away(struct sql_env *env, struct sql_acl *acl, uint32_t grantee,
                      uint32_t privileges, const struct sql_acl_change *why);

/* The place of grantee and grantor in a copy of the list, added when there is none. */
static struct sql_acl_item *item_of(struct sql_env *env, struct sql_acl *acl,
                                    const struct sql_acl_item *like)
{
    struct sql_acl_item *items = arena_array(env->arena, acl->count + 1u, sizeof *items);
    if (!items) {
        sql_fail_memory(env->error);
        return NULL;
    }
    if (acl->count)
        memcpy(items, acl->items, acl->count * sizeof *items);
    acl->items = items;
    for (uint32_t i = 0; i < acl->count; i++)
        if (items[i].grantee == like->grantee && items[i].grantor == like->grantor)
            return &items[i];
    items[acl->count] = (struct sql_acl_item){like->grantee, like->grantor, 0, 0};
    return &items[acl->count++];
}

static void remove_item(struct sql_acl *acl, struct sql_acl_item *item)
{
    const struct sql_acl_item *end = acl->items + acl->count;
    memmove(item, item + 1, (size_t)(end - (item + 1)) * sizeof *item);
    acl->count--;
}

/* An option must not go to a role that the grantor has its own from. Seen by taking from the grantee all
 * that it has: the grantor must still be able to grant. */
static bool check_circle(struct sql_env *env, struct sql_acl acl,
                         const struct sql_acl_change *change)
{
    const struct sql_acl_item *item = &change->item;
    if (item->grantor == change->owner)
        return true;
    struct sql_acl_change all = {.cascade = true, .owner = change->owner};
    for (uint32_t i = 0; i < acl.count;) {
        if (acl.items[i].grantee != item->grantee || !acl.items[i].grant_options) {
            i++;
            continue;
        }
        all.item = acl.items[i];
        all.item.privileges = all.item.grant_options;
        if (!sql_acl_change(env, &acl, &all))
            return false;
        i = 0;
    }
    uint32_t own = options_of(env->session, item->grantor, change->owner, acl, item->grant_options);
    return (item->grant_options & ~own) == 0 ||
           sql_fail(env->error, "0LP01",
                    "grant options cannot be granted back to your own grantor");
}

bool sql_acl_change(struct sql_env *env, struct sql_acl *acl, const struct sql_acl_change *change)
{
    const struct sql_acl_item *by = &change->item;
    if (change->grant && by->grant_options && by->grantee && !check_circle(env, *acl, change))
        return false;
    struct sql_acl_item *item = item_of(env, acl, by);
    if (!item)
        return false;
    uint32_t before = item->grant_options;
    if (change->grant) {
        item->privileges |= by->privileges;
        item->grant_options |= by->grant_options;
    } else {
        item->privileges &= ~by->privileges;
        item->grant_options &= ~by->grant_options;
    }
    uint32_t lost = before & ~item->grant_options;
    if (!item->privileges && !item->grant_options)
        remove_item(acl, item);
    return !lost || take_away(env, acl, by->grantee, lost, change);
}

/* The grantee may no longer pass these on: what it passed on goes, too, or that is refused. */
static bool take_away(struct sql_env *env, struct sql_acl *acl, uint32_t grantee,
                      uint32_t privileges, const struct sql_acl_change *why)
{
    if (grantee == why->owner)
        return true;
    privileges &= ~options_of(env->session, grantee, why->owner, *acl, privileges);
    for (uint32_t i = 0; i < acl->count && privileges;) {
        const struct sql_acl_item *item = &acl->items[i];
        if (item->grantor != grantee || !(item->privileges & privileges)) {
            i++;
            continue;
        }
        if (!why->cascade) {
            sql_fail(env->error, "2BP01", "dependent privileges exist");
            return sql_hint(env->error, "Use CASCADE to revoke them too.");
        }
        struct sql_acl_change change = {
            .cascade = true,
            .owner = why->owner,
            .item = {item->grantee, grantee, privileges, privileges},
        };
        if (!sql_acl_change(env, acl, &change))
            return false;
        i = 0;
    }
    return true;
}

bool sql_acl_change_owner(struct sql_env *env, struct sql_acl *acl, uint32_t from, uint32_t to)
{
    struct sql_acl_item *items = arena_array(env->arena, acl->count + 1u, sizeof *items);
    uint32_t count = 0;
    if (!items)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < acl->count; i++) {
        struct sql_acl_item item = acl->items[i];
        uint32_t at = 0;
        item.grantor = item.grantor == from ? to : item.grantor;
        item.grantee = item.grantee == from ? to : item.grantee;
        while (at < count &&
               (items[at].grantee != item.grantee || items[at].grantor != item.grantor))
            at++;
        if (at == count)
            items[count++] = (struct sql_acl_item){item.grantee, item.grantor, 0, 0};
        items[at].privileges |= item.privileges;
        items[at].grant_options |= item.grant_options;
    }
    *acl = (struct sql_acl){items, count};
    return true;
}
