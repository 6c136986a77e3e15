#include "emulators/redis/acl_user.h"

#include "common/assert.h"
#include "common/hash.h"

static uint64_t user_hash(const void *item)
{
    return hash_bytes(((const struct redis_user *)item)->name);
}

static bool user_equal(const void *item, struct slice name)
{
    return slice_eq(((const struct redis_user *)item)->name, name);
}

static void user_release(struct heap *heap, void *item)
{
    heap_free(heap, item, ((struct redis_user *)item)->size);
}

const struct trie_type redis_user_type = {user_hash, user_equal, user_release};

/* ---- lists of items */

struct redis_acl_item *redis_acl_items_find(const struct redis_acl_items *items, struct slice text,
                                            unsigned tag_mask, unsigned tag)
{
    for (uint32_t i = 0; i < items->count; i++)
        if ((items->at[i].tag & tag_mask) == tag && slice_eq(items->at[i].text, text))
            return &items->at[i];
    return NULL;
}

static bool items_make_room(struct redis_acl_items *items, struct arena *arena, uint32_t room)
{
    struct redis_acl_item *at = arena_array(arena, room, sizeof(*at));
    if (!at)
        return false;
    if (items->count)
        memcpy(at, items->at, items->count * sizeof(*at));
    items->at = at;
    items->room = room;
    return true;
}

bool redis_acl_items_own(struct redis_acl_items *items, struct arena *arena)
{
    return items->room >= items->count || items_make_room(items, arena, items->count);
}

bool redis_acl_items_add(struct redis_acl_items *items, struct arena *arena, struct slice text,
                         unsigned tag)
{
    if (items->room <= items->count && !items_make_room(items, arena, items->count * 2 + 4))
        return false;
    items->at[items->count++] = (struct redis_acl_item){text, tag};
    return true;
}

void redis_acl_items_remove(struct redis_acl_items *items, struct redis_acl_item *item)
{
    ASSERT(items->room >= items->count);
    items->count--;
    memmove(item, item + 1, (size_t)(items->at + items->count - item) * sizeof(*item));
}

/* ---- drafts */

static void borrow(struct redis_acl_items *items)
{
    items->room = 0;
}

bool redis_user_draft(struct redis_user *draft, struct arena *arena, const struct redis_user *user,
                      bool channels)
{
    struct redis_selector own = {.flags = channels ? REDIS_SELECTOR_ALL_CHANNELS : 0};
    if (user)
        *draft = *user;
    else
        *draft =
            (struct redis_user){.flags = REDIS_USER_OFF, .selectors = &own, .selector_count = 1};
    uint32_t room = draft->selector_count + 1;
    struct redis_selector *selectors = arena_array(arena, room, sizeof(*selectors));
    if (!selectors)
        return false;
    memcpy(selectors, draft->selectors, draft->selector_count * sizeof(*selectors));
    draft->selectors = selectors;
    draft->selector_room = room;
    borrow(&draft->passwords);
    for (uint32_t i = 0; i < draft->selector_count; i++) {
        borrow(&selectors[i].keys);
        borrow(&selectors[i].channels);
        borrow(&selectors[i].first_args);
    }
    return true;
}

/* The block: the user, its selectors, the items of all lists, their bytes. */
struct block {
    struct redis_acl_item *items;
    uint8_t *bytes;
};

static struct slice block_copy(struct block *block, struct slice bytes)
{
    uint8_t *at = block->bytes;
    if (bytes.len)
        memcpy(at, bytes.ptr, bytes.len);
    block->bytes += bytes.len;
    return slice_of(at, bytes.len);
}

static void block_copy_items(struct block *block, struct redis_acl_items *items)
{
    struct redis_acl_item *at = block->items;
    for (uint32_t i = 0; i < items->count; i++)
        at[i] = (struct redis_acl_item){block_copy(block, items->at[i].text), items->at[i].tag};
    block->items += items->count;
    *items = (struct redis_acl_items){at, items->count, 0};
}

static void measure(const struct redis_acl_items *items, size_t *count, size_t *bytes)
{
    *count += items->count;
    for (uint32_t i = 0; i < items->count; i++)
        *bytes += items->at[i].text.len;
}

/* A flag that spares the checks: one selector is enough to do everything. */
static unsigned everything_flag(const struct redis_user *user)
{
    for (uint32_t i = 0; i < user->selector_count; i++)
        if ((user->selectors[i].flags & REDIS_SELECTOR_EVERYTHING) == REDIS_SELECTOR_EVERYTHING)
            return REDIS_USER_EVERYTHING;
    return 0;
}

struct redis_user *redis_user_create(struct heap *heap, const struct redis_user *draft,
                                     struct slice name)
{
    size_t count = 0, bytes = name.len;
    size_t selectors = draft->selector_count * sizeof(struct redis_selector);
    measure(&draft->passwords, &count, &bytes);
    for (uint32_t i = 0; i < draft->selector_count; i++) {
        measure(&draft->selectors[i].keys, &count, &bytes);
        measure(&draft->selectors[i].channels, &count, &bytes);
        measure(&draft->selectors[i].first_args, &count, &bytes);
    }
    size_t size = sizeof(*draft) + selectors + count * sizeof(struct redis_acl_item) + bytes;
    struct redis_user *user = heap_alloc(heap, size);
    if (!user)
        return NULL;
    *user = *draft;
    user->refs = 1;
    user->size = size;
    user->flags = (draft->flags & ~(unsigned)REDIS_USER_EVERYTHING) | everything_flag(draft);
    user->selectors = (struct redis_selector *)(user + 1);
    memcpy(user->selectors, draft->selectors, selectors);
    struct block block = {.items =
                              (struct redis_acl_item *)(user->selectors + user->selector_count)};
    block.bytes = (uint8_t *)(block.items + count);
    user->name = block_copy(&block, name);
    block_copy_items(&block, &user->passwords);
    for (uint32_t i = 0; i < user->selector_count; i++) {
        block_copy_items(&block, &user->selectors[i].keys);
        block_copy_items(&block, &user->selectors[i].channels);
        block_copy_items(&block, &user->selectors[i].first_args);
    }
    return user;
}
