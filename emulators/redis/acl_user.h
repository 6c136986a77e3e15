/* One ACL user: its passwords and its selectors, which say what it may execute on which keys and
 * channels. Source: the Redis manual, "ACL".
 *
 * A user in the table is immutable and one heap block, so that tables can share it (refs). It is
 * changed as a draft: redis_user_draft() copies it into an arena, rules are applied to that, and
 * redis_user_create() makes the block of it. A draft's slices may borrow from the user it was made
 * from and from the rules. Errors: NULL or false when out of memory. */
#ifndef PARLEL_EMULATORS_REDIS_ACL_USER_H
#define PARLEL_EMULATORS_REDIS_ACL_USER_H

#include "common/arena.h"
#include "common/trie.h"
#include "emulators/redis/command_info.h"

enum redis_user_flag {
    REDIS_USER_ON = 1 << 0,
    REDIS_USER_OFF = 1 << 1,
    REDIS_USER_NOPASS = 1 << 2,
    REDIS_USER_SKIP_SANITIZE = 1 << 3,
    REDIS_USER_SANITIZE = 1 << 4,
    REDIS_USER_EVERYTHING = 1 << 5 /* a selector allows everything: nothing need be checked */
};

enum redis_selector_flag {
    REDIS_SELECTOR_ALL_KEYS = 1 << 0,
    REDIS_SELECTOR_ALL_CHANNELS = 1 << 1,
    REDIS_SELECTOR_ALL_COMMANDS = 1 << 2,
    REDIS_SELECTOR_EVERYTHING = 7
};

/* What a key pattern allows. */
enum redis_acl_access { REDIS_ACL_READ = 1, REDIS_ACL_WRITE = 2, REDIS_ACL_READ_WRITE = 3 };

struct redis_acl_item {
    struct slice text;
    unsigned tag;
};

struct redis_acl_items {
    struct redis_acl_item *at;
    uint32_t count, room; /* room < count: borrowed, copied before it is changed */
};

/* One bit per command by its index; the last one says that commands to come are allowed too. */
#define REDIS_ACL_COMMANDS_MAX 512
struct redis_acl_bits {
    uint64_t word[REDIS_ACL_COMMANDS_MAX / 64];
};

static inline bool redis_acl_bit(const struct redis_acl_bits *bits, unsigned index)
{
    return bits->word[index / 64] >> (index % 64) & 1;
}

struct redis_selector {
    unsigned flags; /* enum redis_selector_flag */
    struct redis_acl_bits commands;
    struct redis_acl_items keys;       /* globs; tag: enum redis_acl_access */
    struct redis_acl_items channels;   /* globs */
    struct redis_acl_items first_args; /* tag: index of a command that may have this argv[1] */
};

struct redis_user {
    uint32_t refs;  /* FIRST, for the trie */
    unsigned flags; /* enum redis_user_flag */
    size_t size;    /* of the block */
    struct slice name;
    struct redis_acl_items passwords; /* SHA-256 in hexadecimal digits */
    struct redis_selector *selectors; /* the first one is the user's own */
    uint32_t selector_count, selector_room;
};

#define REDIS_PASSWORD_HASH_LEN 64

/* Users by name. */
extern const struct trie_type redis_user_type;

/* ---- drafts (acl_user.c) */

/* A draft equal to the user, or with user NULL that of a new one: off, with no rights (but to all
 * channels, when channels is true: acl-pubsub-default). */
bool redis_user_draft(struct redis_user *draft, struct arena *arena, const struct redis_user *user,
                      bool channels);
/* The immutable user, with refs 1. */
struct redis_user *redis_user_create(struct heap *heap, const struct redis_user *draft,
                                     struct slice name);

/* Item lists of drafts. */
struct redis_acl_item *redis_acl_items_find(const struct redis_acl_items *items, struct slice text,
                                            unsigned tag_mask, unsigned tag);
bool redis_acl_items_add(struct redis_acl_items *items, struct arena *arena, struct slice text,
                         unsigned tag);
/* Makes the list the draft's own; to be called before an item is changed or removed. */
bool redis_acl_items_own(struct redis_acl_items *items, struct arena *arena);
void redis_acl_items_remove(struct redis_acl_items *items, struct redis_acl_item *item);

/* ---- rules (acl_rules.c) */

/* Applies one rule ("on", ">secret", "+@read", "(~a* +get)") to a draft. NULL, or what is wrong
 * with it; the draft is void then. channels: acl-pubsub-default. */
const char *redis_user_apply(struct redis_user *draft, struct arena *arena, struct slice rule,
                             bool channels);

/* Allows or denies a command and, of a container, its subcommands. */
void redis_acl_bits_set(struct redis_acl_bits *bits, const struct redis_command_info *info,
                        bool allow);
/* The same for all commands of a category. */
void redis_acl_bits_set_category(struct redis_acl_bits *bits, unsigned category, bool allow);
void redis_acl_bits_set_all(struct redis_acl_bits *bits, bool allow);
/* The category of that name, or REDIS_CATEGORY_COUNT. */
unsigned redis_category_find(struct slice name);

/* SHA-256 as REDIS_PASSWORD_HASH_LEN digits. */
void redis_password_hash(struct slice password, char out[REDIS_PASSWORD_HASH_LEN]);

/* ---- printing (acl_describe.c); ptr NULL: out of memory */

/* The rules that would make the selector's commands: "-@all +@read +set". */
struct slice redis_selector_commands(const struct redis_selector *selector, struct arena *arena);
/* "~a:* %R~r:*" and "&news", "" without any. */
struct slice redis_selector_keys(const struct redis_selector *selector, struct arena *arena);
struct slice redis_selector_channels(const struct redis_selector *selector, struct arena *arena);
/* All rules of the user, as ACL LIST shows them. */
struct slice redis_user_describe(const struct redis_user *user, struct arena *arena);
/* The words of a user's flags: "on", "nopass", ... in the order they are shown. */
extern const struct redis_user_flag_word {
    const char *word;
    unsigned flag;
} redis_user_flag_words[];

#endif
