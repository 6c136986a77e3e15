/* Users as rules: what ACL LIST and ACL GETUSER show. */
#include "emulators/redis/acl_user.h"

const struct redis_user_flag_word redis_user_flag_words[] = {
    {"on",                    REDIS_USER_ON           },
    {"off",                   REDIS_USER_OFF          },
    {"nopass",                REDIS_USER_NOPASS       },
    {"skip-sanitize-payload", REDIS_USER_SKIP_SANITIZE},
    {"sanitize-payload",      REDIS_USER_SANITIZE     },
    {NULL,                    0                       },
};

/* Words with a blank between them; `at` becomes NULL when memory runs out. */
struct line {
    struct arena *arena;
    uint8_t *at;
    size_t len, room;
};

static struct line line_start(struct arena *arena)
{
    return (struct line){.arena = arena, .at = arena_alloc(arena, 256), .room = 256};
}

static void line_put(struct line *line, struct slice bytes)
{
    if (!line->at || !bytes.len)
        return;
    if (line->room - line->len < bytes.len) {
        size_t room = (line->len + bytes.len) * 2;
        uint8_t *at = arena_alloc(line->arena, room);
        if (at)
            memcpy(at, line->at, line->len);
        line->at = at;
        line->room = room;
        if (!at)
            return;
    }
    memcpy(line->at + line->len, bytes.ptr, bytes.len);
    line->len += bytes.len;
}

/* A word made of what the rule begins with and the rest of it. */
static void line_word(struct line *line, const char *prefix, struct slice rest)
{
    if (line->len)
        line_put(line, slice_str(" "));
    line_put(line, slice_str(prefix));
    line_put(line, rest);
}

static struct slice line_end(const struct line *line)
{
    return slice_of(line->at, line->at ? line->len : 0);
}

/* ---- commands */

struct tally {
    unsigned on, off;
};

/* How many commands of each category are allowed and denied. Those that redis-server 7.0 lacks do
 * not count, so that the same categories are chosen. */
static void count_categories(const struct redis_acl_bits *bits,
                             struct tally tallies[REDIS_CATEGORY_COUNT])
{
    memset(tallies, 0, REDIS_CATEGORY_COUNT * sizeof(*tallies));
    for (uint32_t i = 0; i < redis_command_count(); i++) {
        const struct redis_command_info *info = redis_command_at(i);
        bool on = redis_acl_bit(bits, i);
        uint32_t left = info->flags & REDIS_COMMAND_LATER ? 0 : info->categories;
        for (; left; left &= left - 1) {
            struct tally *tally = &tallies[__builtin_ctz(left)];
            *(on ? &tally->on : &tally->off) += 1;
        }
    }
}

/* The category that says most with the fewest exceptions; REDIS_CATEGORY_COUNT: none says more than
 * its exceptions take back. */
static unsigned best_category(const struct redis_acl_bits *bits, bool additive, uint32_t applied)
{
    struct tally tallies[REDIS_CATEGORY_COUNT];
    unsigned best = REDIS_CATEGORY_COUNT, best_differ = 0, best_same = 0;
    count_categories(bits, tallies);
    for (unsigned i = 0; i < REDIS_CATEGORY_COUNT; i++) {
        unsigned same = additive ? tallies[i].on : tallies[i].off;
        unsigned differ = additive ? tallies[i].off : tallies[i].on;
        if (applied >> i & 1 || same <= differ)
            continue;
        if (best == REDIS_CATEGORY_COUNT || differ < best_differ ||
            (differ == best_differ && same > best_same)) {
            best = i;
            best_differ = differ;
            best_same = same;
        }
    }
    return best;
}

/* Puts the categories that fit; what their rules make of the bits is in *made. */
static void put_categories(struct line *line, const struct redis_acl_bits *bits, bool additive,
                           struct redis_acl_bits *made)
{
    struct redis_acl_bits left = *bits; /* what is not yet said */
    uint32_t applied = 0;
    for (;;) {
        unsigned best = best_category(&left, additive, applied);
        if (best == REDIS_CATEGORY_COUNT)
            return;
        line_word(line, additive ? "+@" : "-@", slice_str(redis_category_name(best)));
        redis_acl_bits_set_category(made, best, additive);
        redis_acl_bits_set_category(&left, best, !additive);
        applied |= 1u << best;
    }
}

static void put_command(struct line *line, const struct redis_selector *selector,
                        const struct redis_command_info *info, struct redis_acl_bits *made)
{
    struct slice name = slice_of(info->full_name, info->full_name_len);
    bool on = redis_acl_bit(&selector->commands, info->index);
    if (on != redis_acl_bit(made, info->index)) {
        line_word(line, on ? "+" : "-", name);
        redis_acl_bits_set(made, info, on);
    }
    for (unsigned i = 0; i < info->subcommand_count; i++)
        put_command(line, selector, &info->subcommands[i], made);
    for (uint32_t i = 0; !on && i < selector->first_args.count; i++) {
        const struct redis_acl_item *item = &selector->first_args.at[i];
        if (item->tag != info->index)
            continue;
        line_word(line, "+", name);
        line_put(line, slice_str("|"));
        line_put(line, item->text);
    }
}

static void put_commands(struct line *line, const struct redis_selector *selector)
{
    struct redis_acl_bits made;
    bool additive = !redis_acl_bit(&selector->commands, REDIS_ACL_COMMANDS_MAX - 1);
    line_word(line, additive ? "-@all" : "+@all", slice_of(NULL, 0));
    redis_acl_bits_set_all(&made, !additive);
    put_categories(line, &selector->commands, additive, &made);
    for (uint32_t i = 0; i < redis_command_top_count(); i++)
        put_command(line, selector, redis_command_at(i), &made);
}

/* ---- keys, channels */

static void put_keys(struct line *line, const struct redis_selector *selector)
{
    static const char *const prefixes[] = {
        [REDIS_ACL_READ] = "%R~", [REDIS_ACL_WRITE] = "%W~", [REDIS_ACL_READ_WRITE] = "~"};
    if (selector->flags & REDIS_SELECTOR_ALL_KEYS)
        line_word(line, "~*", slice_of(NULL, 0));
    for (uint32_t i = 0; i < selector->keys.count; i++)
        line_word(line, prefixes[selector->keys.at[i].tag], selector->keys.at[i].text);
}

static void put_channels(struct line *line, const struct redis_selector *selector)
{
    if (selector->flags & REDIS_SELECTOR_ALL_CHANNELS)
        line_word(line, "&*", slice_of(NULL, 0));
    for (uint32_t i = 0; i < selector->channels.count; i++)
        line_word(line, "&", selector->channels.at[i].text);
}

static struct slice on_its_own(const struct redis_selector *selector, struct arena *arena,
                               void (*put)(struct line *, const struct redis_selector *))
{
    struct line line = line_start(arena);
    put(&line, selector);
    return line_end(&line);
}

struct slice redis_selector_commands(const struct redis_selector *selector, struct arena *arena)
{
    return on_its_own(selector, arena, put_commands);
}

struct slice redis_selector_keys(const struct redis_selector *selector, struct arena *arena)
{
    return on_its_own(selector, arena, put_keys);
}

struct slice redis_selector_channels(const struct redis_selector *selector, struct arena *arena)
{
    return on_its_own(selector, arena, put_channels);
}

static void put_selector(struct line *line, const struct redis_selector *selector)
{
    put_keys(line, selector);
    if (!(selector->flags & REDIS_SELECTOR_ALL_CHANNELS))
        line_word(line, "resetchannels", slice_of(NULL, 0));
    put_channels(line, selector);
    put_commands(line, selector);
}

struct slice redis_user_describe(const struct redis_user *user, struct arena *arena)
{
    struct line line = line_start(arena);
    for (const struct redis_user_flag_word *flag = redis_user_flag_words; flag->word; flag++)
        if (user->flags & flag->flag)
            line_word(&line, flag->word, slice_of(NULL, 0));
    for (uint32_t i = 0; i < user->passwords.count; i++)
        line_word(&line, "#", user->passwords.at[i].text);
    put_selector(&line, &user->selectors[0]);
    for (uint32_t i = 1; i < user->selector_count; i++) {
        struct slice rules = on_its_own(&user->selectors[i], arena, put_selector);
        line_word(&line, "(", rules);
        line_put(&line, slice_str(")"));
        if (!rules.ptr)
            return rules;
    }
    return line_end(&line);
}
