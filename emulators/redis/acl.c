#include "emulators/redis/acl.h"

#include <stdlib.h>

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/redis/acl_clients.h"
#include "emulators/redis/acl_log.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/client.h"
#include "emulators/redis/parameters.h"

#define DEFAULT_USER "default"

struct redis_acl {
    struct redis *redis;
    struct trie users;
    struct redis_user *default_user; /* of the table */
    struct redis_user *anyone;       /* of sessions without a connection; not in the table */
    struct redis_acl_log log;
};

static struct heap *heap_of(const struct redis_acl *acl)
{
    return acl->redis->host.heap;
}

static struct redis_user *find(const struct redis_acl *acl, struct slice name)
{
    return trie_find(&acl->users, &redis_user_type, hash_bytes(name), name);
}

/* ---- the default user */

static bool set_password(struct redis_user *draft, struct arena *arena, struct slice password)
{
    char digits[REDIS_PASSWORD_HASH_LEN];
    draft->passwords = (struct redis_acl_items){0};
    draft->flags |= REDIS_USER_NOPASS;
    if (!password.len)
        return true;
    draft->flags &= ~(unsigned)REDIS_USER_NOPASS;
    redis_password_hash(password, digits);
    struct slice hash = arena_dup(arena, slice_of(digits, sizeof(digits)));
    return hash.ptr && redis_acl_items_add(&draft->passwords, arena, hash, 0);
}

static struct redis_user *create_default(struct heap *heap, struct slice requirepass)
{
    struct arena arena;
    struct redis_user draft, *user = NULL;
    arena_init(&arena);
    if (redis_user_draft(&draft, &arena, NULL, true)) {
        draft.flags = REDIS_USER_ON;
        draft.selectors[0].flags = REDIS_SELECTOR_EVERYTHING;
        redis_acl_bits_set_all(&draft.selectors[0].commands, true);
        if (set_password(&draft, &arena, requirepass))
            user = redis_user_create(heap, &draft, slice_str(DEFAULT_USER));
    }
    arena_done(&arena);
    return user;
}

/* A table with the default user alone. */
static bool create_users(struct heap *heap, struct slice requirepass, struct trie *out)
{
    struct redis_user *user = create_default(heap, requirepass);
    *out = (struct trie){0};
    if (!user)
        return false;
    if (trie_insert(out, &redis_user_type, heap, hash_bytes(user->name), user))
        return true;
    trie_item_release(&redis_user_type, heap, user);
    return false;
}

struct redis_acl *redis_acl_create(struct redis *redis)
{
    struct redis_acl *acl = heap_zalloc(redis->host.heap, sizeof(*acl));
    if (!acl)
        return NULL;
    acl->redis = redis;
    acl->anyone = create_default(redis->host.heap, slice_of(NULL, 0));
    if (!acl->anyone || !create_users(redis->host.heap, slice_of(NULL, 0), &acl->users)) {
        redis_acl_destroy(acl);
        return NULL;
    }
    acl->default_user = find(acl, slice_str(DEFAULT_USER));
    return acl;
}

void redis_acl_destroy(struct redis_acl *acl)
{
    if (!acl)
        return;
    struct heap *heap = heap_of(acl);
    redis_acl_log_clear(&acl->log, heap);
    trie_clear(&acl->users, &redis_user_type, heap);
    if (acl->anyone)
        trie_item_release(&redis_user_type, heap, acl->anyone);
    heap_free(heap, acl, sizeof(*acl));
}

/* ---- sessions */

void redis_acl_reset_session(struct redis_session *session)
{
    struct redis *redis = session->redis;
    session->user = redis->acl->default_user;
    session->flags &= ~(unsigned)REDIS_SESSION_AUTHENTICATED;
    if (redis_acl_anyone_may_enter(redis))
        session->flags |= REDIS_SESSION_AUTHENTICATED;
}

void redis_acl_new_session(struct redis_session *session)
{
    redis_acl_reset_session(session);
    if (!(session->flags & REDIS_SESSION_FAKE))
        return;
    session->user = session->redis->acl->anyone;
    session->flags |= REDIS_SESSION_AUTHENTICATED;
}

struct slice redis_acl_user_name(const struct redis_session *session)
{
    return session->user->name;
}

bool redis_acl_default_is_open(const struct redis *redis)
{
    return redis->acl->default_user->flags & REDIS_USER_NOPASS;
}

bool redis_acl_anyone_may_enter(const struct redis *redis)
{
    return redis_acl_default_is_open(redis) && !(redis->acl->default_user->flags & REDIS_USER_OFF);
}

/* ---- passwords */

/* Takes the same time wherever the two differ. */
static bool same_hash(const char *a, struct slice b)
{
    unsigned differ = 0;
    ASSERT(b.len == REDIS_PASSWORD_HASH_LEN);
    for (size_t i = 0; i < b.len; i++)
        differ |= (unsigned)(uint8_t)a[i] ^ b.ptr[i];
    return !differ;
}

static bool password_fits(const struct redis_user *user, struct slice password)
{
    char digits[REDIS_PASSWORD_HASH_LEN];
    if (!user || user->flags & REDIS_USER_OFF)
        return false;
    if (user->flags & REDIS_USER_NOPASS)
        return true;
    redis_password_hash(password, digits);
    for (uint32_t i = 0; i < user->passwords.count; i++)
        if (same_hash(digits, user->passwords.at[i].text))
            return true;
    return false;
}

/* ---- the log */

struct redis_acl_log *redis_acl_log(struct redis *redis)
{
    return &redis->acl->log;
}

static void put_log(struct redis_session *session, struct redis_acl_log_entry *entry)
{
    struct redis *redis = session->redis;
    entry->client = redis_client_line(&session->arena, session);
    entry->at_ms = redis_now_ms(redis);
    redis_acl_log_put(&redis->acl->log, redis->host.heap, entry,
                      (uint64_t)redis->config.acllog_max_len);
}

void redis_acl_log_denial(struct redis_session *session, const struct redis_command_info *info,
                          const struct slice *argv, enum redis_acl_verdict verdict, uint32_t arg,
                          const char *context)
{
    static const char *const reasons[] = {"", "command", "key", "channel"};
    struct redis_stats *stats = &session->redis->stats;
    uint64_t *const counts[] = {NULL, &stats->acl_denied_cmd, &stats->acl_denied_key,
                                &stats->acl_denied_channel};
    struct redis_acl_log_entry entry = {
        .reason = reasons[verdict], .context = context, .user = session->user->name};
    entry.object =
        verdict == REDIS_ACL_COMMAND ? slice_of(info->full_name, info->full_name_len) : argv[arg];
    ++*counts[verdict];
    put_log(session, &entry);
}

/* The name that drivers may use with every service of this program: here it is the default user's, as
 * long as that needs no password and nobody else is called so. */
#define HOUSE_USER "parlel"

bool redis_acl_authenticate(struct redis_call *call, struct slice name, struct slice password)
{
    struct redis_session *session = call->session;
    struct redis_user *user = find(call->redis->acl, name);
    if (!user && slice_eq_str(name, HOUSE_USER) && redis_acl_anyone_may_enter(call->redis))
        user = call->redis->acl->default_user;
    if (password_fits(user, password)) {
        session->user = user;
        session->flags |= REDIS_SESSION_AUTHENTICATED;
        return true;
    }
    struct redis_acl_log_entry entry = {.reason = "auth", .user = name, .object = call->argv[0]};
    entry.context = session->flags & REDIS_SESSION_MULTI ? "multi" : "toplevel";
    call->redis->stats.acl_denied_auth++;
    put_log(session, &entry);
    return false;
}

/* ---- the table */

const struct redis_user *redis_acl_user(const struct redis *redis, struct slice name)
{
    return find(redis->acl, name);
}

bool redis_acl_user_exists(const struct redis *redis, struct slice name)
{
    return redis_acl_user(redis, name) != NULL;
}

uint64_t redis_acl_user_count(const struct redis *redis)
{
    return redis->acl->users.count;
}

static int by_name(const void *a, const void *b)
{
    return slice_compare((*(const struct redis_user *const *)a)->name,
                         (*(const struct redis_user *const *)b)->name);
}

const struct redis_user **redis_acl_users(const struct redis *redis, struct arena *arena)
{
    const struct trie *users = &redis->acl->users;
    const struct redis_user **all = arena_array(arena, users->count, sizeof(*all));
    struct trie_iter iter;
    trie_iter_init(&iter, users);
    for (size_t i = 0; all && i < users->count; i++)
        all[i] = trie_iter_next(&iter);
    if (all)
        qsort(all, users->count, sizeof(*all), by_name);
    return all;
}

/* Puts a user in the place of `before` (NULL: there is none of that name) and makes the sessions
 * follow. Takes the user; false: out of memory. */
static bool put_user(struct redis_acl *acl, struct redis_user *before, struct redis_user *user)
{
    bool absent, done;
    struct heap *heap = heap_of(acl);
    uint64_t hash = hash_bytes(user->name);
    if (before) {
        void **slot = trie_slot(&acl->users, &redis_user_type, heap, hash, user->name, &absent);
        done = slot != NULL;
        if (done)
            *slot = user;
    } else {
        done = trie_insert(&acl->users, &redis_user_type, heap, hash, user);
    }
    if (!done) {
        trie_item_release(&redis_user_type, heap, user);
        return false;
    }
    for (struct redis_session *s = acl->redis->first_session; before && s; s = s->next)
        if (s->user == before)
            s->user = user;
    if (before == acl->default_user)
        acl->default_user = user;
    if (before)
        trie_item_release(&redis_user_type, heap, before);
    return true;
}

static const char out_of_memory[] = "out of memory";

static bool opens_selector(struct slice rule)
{
    return rule.len && rule.ptr[0] == '(' && rule.ptr[rule.len - 1] != ')';
}

/* The rule that closes the selector which rules[*at] opens, or count. One that opens before it
 * takes its place (and *at). */
static uint32_t find_close(const struct slice *rules, uint32_t count, uint32_t *at)
{
    uint32_t end = *at + 1;
    for (; end < count; end++) {
        if (opens_selector(rules[end]))
            *at = end;
        else if (rules[end].len && rules[end].ptr[rules[end].len - 1] == ')')
            break;
    }
    return end;
}

/* Rules with a blank between each two; ptr NULL: out of memory. */
static struct slice join(struct arena *arena, const struct slice *rules, uint32_t count)
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        len += rules[i].len + 1;
    uint8_t *bytes = arena_alloc(arena, len), *at = bytes;
    for (uint32_t i = 0; bytes && i < count; i++) {
        if (rules[i].len)
            memcpy(at, rules[i].ptr, rules[i].len);
        at += rules[i].len;
        *at++ = ' ';
    }
    return slice_of(bytes, len - 1);
}

/* A selector may be spread over several arguments, "(~a*", "+get)": they become one rule. NULL, or
 * the error. */
static const char *join_selectors(struct arena *arena, const struct slice *rules, uint32_t *count,
                                  struct slice *out)
{
    uint32_t joined = 0;
    for (uint32_t i = 0; i < *count; i++) {
        if (!opens_selector(rules[i])) {
            out[joined++] = rules[i];
            continue;
        }
        uint32_t end = find_close(rules, *count, &i);
        if (end == *count) {
            struct slice text =
                arena_printf(arena, "Unmatched parenthesis in acl selector starting at '%s'.",
                             redis_printable(arena, rules[i], SIZE_MAX));
            return text.ptr ? (const char *)text.ptr : out_of_memory;
        }
        struct slice selector = join(arena, rules + i, end - i + 1);
        if (!selector.ptr)
            return out_of_memory;
        out[joined++] = selector;
        i = end;
    }
    *count = joined;
    return NULL;
}

static const char *apply_rules(struct redis_acl *acl, struct arena *arena, struct redis_user *draft,
                               const struct slice *rules, uint32_t count)
{
    struct slice *joined = arena_array(arena, count, sizeof(*joined));
    const char *failed = joined ? join_selectors(arena, rules, &count, joined) : out_of_memory;
    if (failed)
        return failed;
    for (uint32_t i = 0; i < count; i++) {
        const char *error =
            redis_user_apply(draft, arena, joined[i], acl->redis->config.acl_pubsub_default == 0);
        if (!error)
            continue;
        struct slice text = arena_printf(arena, "Error in ACL SETUSER modifier '%s': %s",
                                         redis_printable(arena, joined[i], SIZE_MAX), error);
        return text.ptr ? (const char *)text.ptr : out_of_memory;
    }
    return NULL;
}

const char *redis_acl_set_user(struct redis *redis, struct arena *arena, struct slice name,
                               const struct slice *rules, uint32_t count)
{
    struct redis_acl *acl = redis->acl;
    struct redis_user *before = find(acl, name);
    struct redis_user draft;
    if (!redis_user_draft(&draft, arena, before, redis->config.acl_pubsub_default == 0))
        return out_of_memory;
    const char *error = apply_rules(acl, arena, &draft, rules, count);
    if (error)
        return error;
    struct redis_user *user = redis_user_create(heap_of(acl), &draft, name);
    if (!user)
        return out_of_memory;
    if (before && !redis_acl_drop_subscribers(redis, arena, before, user)) {
        trie_item_release(&redis_user_type, heap_of(acl), user);
        return out_of_memory;
    }
    return put_user(acl, before, user) ? NULL : out_of_memory;
}

bool redis_acl_delete_user(struct redis *redis, struct slice name)
{
    bool absent;
    struct redis_acl *acl = redis->acl;
    ASSERT(!slice_eq_str(name, DEFAULT_USER));
    struct redis_user *user =
        trie_remove(&acl->users, &redis_user_type, heap_of(acl), hash_bytes(name), name, &absent);
    if (!user)
        return false;
    redis_acl_drop_clients(redis, user, acl->default_user);
    trie_item_release(&redis_user_type, heap_of(acl), user);
    return true;
}

bool redis_acl_set_default_password(struct redis *redis, struct slice password)
{
    struct redis_acl *acl = redis->acl;
    struct redis_user draft, *user = NULL;
    struct arena arena;
    arena_init(&arena);
    if (redis_user_draft(&draft, &arena, acl->default_user, false) &&
        set_password(&draft, &arena, password))
        user = redis_user_create(heap_of(acl), &draft, slice_str(DEFAULT_USER));
    arena_done(&arena);
    return user && put_user(acl, acl->default_user, user);
}

/* ---- undo */

/* Takes the map. The sessions look up their users' names in it. */
static void replace_users(struct redis_acl *acl, struct trie users)
{
    struct trie before = acl->users;
    acl->users = users;
    acl->default_user = find(acl, slice_str(DEFAULT_USER));
    for (struct redis_session *s = acl->redis->first_session; s; s = s->next) {
        if (s->user == acl->anyone)
            continue;
        struct redis_user *user = find(acl, s->user->name);
        if (user)
            s->user = user;
        else
            redis_acl_reset_session(s);
    }
    trie_clear(&before, &redis_user_type, heap_of(acl));
}

struct trie redis_acl_share(const struct redis *redis)
{
    return trie_share(&redis->acl->users);
}

void redis_acl_restore(struct redis *redis, const struct trie *users)
{
    replace_users(redis->acl, trie_share(users));
}

void redis_acl_drop(struct redis *redis, struct trie *users)
{
    trie_clear(users, &redis_user_type, redis->host.heap);
}

bool redis_acl_clear(struct redis *redis)
{
    struct trie users;
    char scratch[256];
    const struct redis_parameter *requirepass = redis_parameter_find(slice_str("requirepass"));
    struct slice password = redis_parameter_get(redis, requirepass, scratch);
    if (!create_users(redis->host.heap, password, &users))
        return false;
    replace_users(redis->acl, users);
    return true;
}
