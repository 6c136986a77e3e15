/* The rules of ACL SETUSER. Keywords have no case; patterns, passwords and hashes are bytes. */
#include <mbedtls/sha256.h>

#include "common/assert.h"
#include "common/text.h"
#include "common/words.h"
#include "emulators/redis/acl_user.h"

static const char syntax_error[] = "Syntax error";
static const char unknown_command[] = "Unknown command or category name in ACL";
static const char out_of_memory[] = "out of memory";

/* ---- bits of commands */

static void set_bit(struct redis_acl_bits *bits, unsigned index, bool allow)
{
    uint64_t bit = (uint64_t)1 << (index % 64);
    ASSERT(index < REDIS_ACL_COMMANDS_MAX - 1);
    if (allow)
        bits->word[index / 64] |= bit;
    else
        bits->word[index / 64] &= ~bit;
}

void redis_acl_bits_set(struct redis_acl_bits *bits, const struct redis_command_info *info,
                        bool allow)
{
    set_bit(bits, info->index, allow);
    for (unsigned i = 0; i < info->subcommand_count; i++)
        set_bit(bits, info->subcommands[i].index, allow);
}

void redis_acl_bits_set_category(struct redis_acl_bits *bits, unsigned category, bool allow)
{
    for (uint32_t i = 0; i < redis_command_count(); i++)
        if (redis_command_at(i)->categories >> category & 1)
            redis_acl_bits_set(bits, redis_command_at(i), allow);
}

void redis_acl_bits_set_all(struct redis_acl_bits *bits, bool allow)
{
    memset(bits, allow ? 0xff : 0, sizeof(*bits));
}

unsigned redis_category_find(struct slice name)
{
    unsigned category = 0;
    while (category < REDIS_CATEGORY_COUNT && !slice_is(name, redis_category_name(category)))
        category++;
    return category;
}

/* ---- rules on commands */

static bool reset_first_args(struct redis_selector *selector, struct arena *arena, unsigned index)
{
    struct redis_acl_items *items = &selector->first_args;
    if (!redis_acl_items_own(items, arena))
        return false;
    for (uint32_t i = items->count; i-- > 0;)
        if (items->at[i].tag == index)
            redis_acl_items_remove(items, &items->at[i]);
    return true;
}

static const char *change_command(struct redis_selector *selector, struct arena *arena,
                                  const struct redis_command_info *info, bool allow)
{
    if (!reset_first_args(selector, arena, info->index))
        return out_of_memory;
    redis_acl_bits_set(&selector->commands, info, allow);
    if (!allow)
        selector->flags &= ~(unsigned)REDIS_SELECTOR_ALL_COMMANDS;
    return NULL;
}

static const char *change_category(struct redis_selector *selector, struct arena *arena,
                                   struct slice name, bool allow)
{
    unsigned category = redis_category_find(name);
    if (category == REDIS_CATEGORY_COUNT)
        return unknown_command;
    for (uint32_t i = 0; i < redis_command_count(); i++) {
        const struct redis_command_info *info = redis_command_at(i);
        const char *error = NULL;
        if (info->categories >> category & 1)
            error = change_command(selector, arena, info, allow);
        if (error)
            return error;
    }
    return NULL;
}

static void change_all(struct redis_selector *selector, bool allow)
{
    redis_acl_bits_set_all(&selector->commands, allow);
    selector->flags &= ~(unsigned)REDIS_SELECTOR_ALL_COMMANDS;
    if (allow)
        selector->flags |= REDIS_SELECTOR_ALL_COMMANDS;
    selector->first_args = (struct redis_acl_items){0};
}

/* "+select|0": a command that stays denied but for one first argument. */
static const char *allow_first_arg(struct redis_selector *selector, struct arena *arena,
                                   const struct redis_command_info *info, struct slice word)
{
    const struct redis_acl_items *items = &selector->first_args;
    for (uint32_t i = 0; i < items->count; i++)
        if (items->at[i].tag == info->index && slice_eq_nocase(items->at[i].text, word))
            return NULL;
    return redis_acl_items_add(&selector->first_args, arena, word, info->index) ? NULL
                                                                                : out_of_memory;
}

/* "+config|get": a subcommand where the command has such, else a first argument. */
static const char *allow_second_word(struct redis_selector *selector, struct arena *arena,
                                     struct slice name, size_t bar)
{
    const struct redis_command_info *info = redis_command_find_full(slice_of(name.ptr, bar));
    struct slice word = slice_from(name, bar + 1);
    if (!info)
        return unknown_command;
    if (info->parent)
        return "Allowing first-arg of a subcommand is not supported";
    if (!word.len)
        return syntax_error;
    if (!info->has_subcommands)
        return allow_first_arg(selector, arena, info, word);
    const struct redis_command_info *sub = redis_command_find_sub(info, word);
    return sub ? change_command(selector, arena, sub, true) : unknown_command;
}

static const char *apply_command(struct redis_selector *selector, struct arena *arena,
                                 struct slice rule)
{
    bool allow = rule.ptr[0] == '+';
    struct slice name = slice_from(rule, 1);
    if (name.len && name.ptr[0] == '@')
        return change_category(selector, arena, slice_from(name, 1), allow);
    size_t bar = name.len;
    while (allow && bar > 0 && name.ptr[bar - 1] != '|')
        bar--;
    if (allow && bar > 0)
        return allow_second_word(selector, arena, name, bar - 1);
    const struct redis_command_info *info = redis_command_find_full(name);
    return info ? change_command(selector, arena, info, allow) : unknown_command;
}

/* ---- rules on keys and channels */

static bool has_blank(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.ptr[i] || text.ptr[i] == ' ' || (text.ptr[i] >= '\t' && text.ptr[i] <= '\r'))
            return true;
    return false;
}

/* What stands between '%' and '~', each letter once; *at becomes the pattern's start. */
static unsigned parse_access(struct slice rule, size_t *at)
{
    unsigned access = 0;
    for (; *at < rule.len; (*at)++) {
        uint8_t c = ascii_lower(rule.ptr[*at]);
        if (c == '~') {
            ++*at;
            break;
        }
        unsigned bit = c == 'r' ? REDIS_ACL_READ : c == 'w' ? REDIS_ACL_WRITE : 0;
        if (!bit || access & bit)
            return 0;
        access |= bit;
    }
    return access;
}

static const char *apply_keys(struct redis_selector *selector, struct arena *arena,
                              struct slice rule)
{
    if (selector->flags & REDIS_SELECTOR_ALL_KEYS)
        return "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does "
               "not have any effect. Try 'resetkeys' to start with an empty list of patterns";
    size_t at = 1;
    unsigned access = rule.ptr[0] == '~' ? REDIS_ACL_READ_WRITE : parse_access(rule, &at);
    struct slice pattern = slice_from(rule, at);
    if (!access || has_blank(pattern))
        return syntax_error;
    if (!redis_acl_items_own(&selector->keys, arena))
        return out_of_memory;
    struct redis_acl_item *known = redis_acl_items_find(&selector->keys, pattern, 0, 0);
    if (known)
        known->tag |= access;
    else if (!redis_acl_items_add(&selector->keys, arena, pattern, access))
        return out_of_memory;
    return NULL;
}

static const char *apply_channel(struct redis_selector *selector, struct arena *arena,
                                 struct slice rule)
{
    if (selector->flags & REDIS_SELECTOR_ALL_CHANNELS)
        return "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and "
               "does not have any effect. Try 'resetchannels' to start with an empty list of "
               "channels";
    struct slice pattern = slice_from(rule, 1);
    if (has_blank(pattern))
        return syntax_error;
    if (!redis_acl_items_find(&selector->channels, pattern, 0, 0) &&
        !redis_acl_items_add(&selector->channels, arena, pattern, 0))
        return out_of_memory;
    return NULL;
}

static void change_flag(struct redis_selector *selector, unsigned flag, bool set)
{
    *(flag == REDIS_SELECTOR_ALL_KEYS ? &selector->keys : &selector->channels) =
        (struct redis_acl_items){0};
    selector->flags &= ~flag;
    if (set)
        selector->flags |= flag;
}

/* The rules that are words of their own; "+@all" and "-@all" are no category. */
static const struct selector_word {
    const char *word;
    unsigned flag;
    bool set;
} selector_words[] = {
    {"allkeys",       REDIS_SELECTOR_ALL_KEYS,     true },
    {"~*",            REDIS_SELECTOR_ALL_KEYS,     true },
    {"resetkeys",     REDIS_SELECTOR_ALL_KEYS,     false},
    {"allchannels",   REDIS_SELECTOR_ALL_CHANNELS, true },
    {"&*",            REDIS_SELECTOR_ALL_CHANNELS, true },
    {"resetchannels", REDIS_SELECTOR_ALL_CHANNELS, false},
    {"allcommands",   REDIS_SELECTOR_ALL_COMMANDS, true },
    {"+@all",         REDIS_SELECTOR_ALL_COMMANDS, true },
    {"nocommands",    REDIS_SELECTOR_ALL_COMMANDS, false},
    {"-@all",         REDIS_SELECTOR_ALL_COMMANDS, false},
};

static const char *apply_to_selector(struct redis_selector *selector, struct arena *arena,
                                     struct slice rule)
{
    for (size_t i = 0; i < sizeof(selector_words) / sizeof(selector_words[0]); i++) {
        const struct selector_word *word = &selector_words[i];
        if (!slice_is(rule, word->word))
            continue;
        if (word->flag == REDIS_SELECTOR_ALL_COMMANDS)
            change_all(selector, word->set);
        else
            change_flag(selector, word->flag, word->set);
        return NULL;
    }
    switch (rule.len ? rule.ptr[0] : 0) {
    case '~':
    case '%': return apply_keys(selector, arena, rule);
    case '&': return apply_channel(selector, arena, rule);
    case '+':
    case '-': return apply_command(selector, arena, rule);
    default: return syntax_error;
    }
}

/* ---- rules on the user */

void redis_password_hash(struct slice password, char out[REDIS_PASSWORD_HASH_LEN])
{
    uint8_t hash[REDIS_PASSWORD_HASH_LEN / 2];
    int failed = mbedtls_sha256_ret(password.ptr, password.len, hash, 0);
    ASSERT(!failed);
    text_to_hex(out, hash, sizeof(hash));
}

static bool is_hash(struct slice text)
{
    if (text.len != REDIS_PASSWORD_HASH_LEN)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!strchr("0123456789abcdef", text.ptr[i]) || !text.ptr[i])
            return false;
    return true;
}

/* ">password" and "#hash" add one, "<password" and "!hash" take one away. */
static const char *apply_password(struct redis_user *draft, struct arena *arena, struct slice rule)
{
    struct slice hash = slice_from(rule, 1);
    char digits[REDIS_PASSWORD_HASH_LEN];
    if (rule.ptr[0] == '>' || rule.ptr[0] == '<') {
        redis_password_hash(hash, digits);
        hash = arena_dup(arena, slice_of(digits, sizeof(digits)));
    } else if (!is_hash(hash)) {
        return "The password hash must be exactly 64 characters and contain only lowercase "
               "hexadecimal characters";
    }
    if (!hash.ptr || !redis_acl_items_own(&draft->passwords, arena))
        return out_of_memory;
    struct redis_acl_item *known = redis_acl_items_find(&draft->passwords, hash, 0, 0);
    if (rule.ptr[0] == '>' || rule.ptr[0] == '#') {
        if (!known && !redis_acl_items_add(&draft->passwords, arena, hash, 0))
            return out_of_memory;
        draft->flags &= ~(unsigned)REDIS_USER_NOPASS;
        return NULL;
    }
    if (!known)
        return "The password you are trying to remove from the user does not exist";
    redis_acl_items_remove(&draft->passwords, known);
    return NULL;
}

static bool add_selector(struct redis_user *draft, struct arena *arena,
                         const struct redis_selector *selector)
{
    if (draft->selector_count == draft->selector_room) {
        uint32_t room = draft->selector_room * 2;
        struct redis_selector *selectors = arena_array(arena, room, sizeof(*selectors));
        if (!selectors)
            return false;
        memcpy(selectors, draft->selectors, draft->selector_count * sizeof(*selectors));
        draft->selectors = selectors;
        draft->selector_room = room;
    }
    draft->selectors[draft->selector_count++] = *selector;
    return true;
}

/* "(...)". With quotes that do not close it has no rules at all, as redis-server takes it. */
static const char *apply_selector(struct redis_user *draft, struct arena *arena, struct slice rule,
                                  bool channels)
{
    struct redis_selector selector = {.flags = channels ? REDIS_SELECTOR_ALL_CHANNELS : 0};
    struct slice *words = NULL;
    uint32_t count = 0;
    if (words_split(arena, slice_of(rule.ptr + 1, rule.len - 2), &words, &count) == WORDS_OOM)
        return out_of_memory;
    for (uint32_t i = 0; i < count; i++) {
        const char *error = apply_to_selector(&selector, arena, words[i]);
        if (error)
            return error;
    }
    return add_selector(draft, arena, &selector) ? NULL : out_of_memory;
}

static void reset_user(struct redis_user *draft, bool channels)
{
    draft->passwords = (struct redis_acl_items){0};
    draft->flags = REDIS_USER_OFF | REDIS_USER_SANITIZE;
    draft->selector_count = 1;
    draft->selectors[0] =
        (struct redis_selector){.flags = channels ? REDIS_SELECTOR_ALL_CHANNELS : 0};
}

/* Words that set one flag and clear another; the passwords go with the last two. */
static const struct flag_word {
    const char *word;
    unsigned set, clear;
    bool forgets_passwords;
} flag_words[] = {
    {"on",                    REDIS_USER_ON,            REDIS_USER_OFF,           false},
    {"off",                   REDIS_USER_OFF,           REDIS_USER_ON,            false},
    {"skip-sanitize-payload", REDIS_USER_SKIP_SANITIZE, REDIS_USER_SANITIZE,      false},
    {"sanitize-payload",      REDIS_USER_SANITIZE,      REDIS_USER_SKIP_SANITIZE, false},
    {"nopass",                REDIS_USER_NOPASS,        0,                        true },
    {"resetpass",             0,                        REDIS_USER_NOPASS,        true },
};

static bool apply_flag(struct redis_user *draft, struct slice rule)
{
    for (size_t i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++)
        if (slice_is(rule, flag_words[i].word)) {
            draft->flags = (draft->flags & ~flag_words[i].clear) | flag_words[i].set;
            if (flag_words[i].forgets_passwords)
                draft->passwords = (struct redis_acl_items){0};
            return true;
        }
    return false;
}

const char *redis_user_apply(struct redis_user *draft, struct arena *arena, struct slice rule,
                             bool channels)
{
    if (!rule.len || apply_flag(draft, rule))
        return NULL;
    if (strchr("><#!", rule.ptr[0]) && rule.ptr[0])
        return apply_password(draft, arena, rule);
    if (rule.ptr[0] == '(' && rule.ptr[rule.len - 1] == ')')
        return apply_selector(draft, arena, rule, channels);
    if (slice_is(rule, "clearselectors")) {
        draft->selector_count = 1;
        return NULL;
    }
    if (slice_is(rule, "reset")) {
        reset_user(draft, channels);
        return NULL;
    }
    return apply_to_selector(&draft->selectors[0], arena, rule);
}
