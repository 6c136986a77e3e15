/* May a user execute a command? Each of its selectors is asked in turn; one that allows all of it is
 * enough. */
#include "common/text.h"
#include "emulators/redis/acl.h"

/* The call in question; its keys are looked for once, when the first selector needs them. */
struct question {
    const struct redis_command_info *info;
    const struct slice *argv;
    uint32_t argc;
    bool has_ranges;
    uint32_t range_count;
    struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
};

static bool allows_command(const struct redis_selector *selector, const struct question *q)
{
    if (selector->flags & REDIS_SELECTOR_ALL_COMMANDS || q->info->flags & REDIS_COMMAND_NO_AUTH ||
        redis_acl_bit(&selector->commands, q->info->index))
        return true;
    for (uint32_t i = 0; q->argc >= 2 && i < selector->first_args.count; i++) {
        const struct redis_acl_item *item = &selector->first_args.at[i];
        if (item->tag == q->info->index && slice_eq_nocase(item->text, q->argv[1]))
            return true;
    }
    return false;
}

/* What a key pattern must allow; 0 where all that is known is that the argument is a key. */
static unsigned access_needed(unsigned key_flags)
{
    unsigned access = key_flags & REDIS_KEY_ACCESS ? REDIS_ACL_READ : 0;
    if (key_flags & (REDIS_KEY_INSERT | REDIS_KEY_DELETE | REDIS_KEY_UPDATE))
        access |= REDIS_ACL_WRITE;
    return access;
}

static bool allows_key(const struct redis_selector *selector, struct slice key, unsigned access)
{
    for (uint32_t i = 0; i < selector->keys.count; i++) {
        const struct redis_acl_item *pattern = &selector->keys.at[i];
        if ((pattern->tag & access) == access && text_glob(pattern->text, key, false))
            return true;
    }
    return false;
}

static bool allows_keys(const struct redis_selector *selector, struct question *q,
                        uint32_t *out_arg)
{
    if (selector->flags & REDIS_SELECTOR_ALL_KEYS || !redis_command_has_keys(q->info))
        return true;
    if (!q->has_ranges)
        q->range_count = redis_command_keys(q->info, q->argv, q->argc, q->ranges);
    q->has_ranges = true;
    for (uint32_t r = 0; r < q->range_count; r++) {
        unsigned access = access_needed(q->ranges[r].flags);
        for (uint32_t i = q->ranges[r].first; i <= q->ranges[r].last; i += q->ranges[r].step)
            if (!allows_key(selector, q->argv[i], access)) {
                *out_arg = i;
                return false;
            }
    }
    return true;
}

/* A pattern to subscribe to must be one of the user's, letter for letter. */
static bool allows_channel(const struct redis_selector *selector, struct slice channel,
                           bool pattern)
{
    if (pattern)
        return redis_acl_items_find(&selector->channels, channel, 0, 0) != NULL;
    for (uint32_t i = 0; i < selector->channels.count; i++)
        if (text_glob(selector->channels.at[i].text, channel, false))
            return true;
    return false;
}

static bool allows_channels(const struct redis_selector *selector, const struct question *q,
                            uint32_t *out_arg)
{
    struct redis_key_range range;
    if (selector->flags & REDIS_SELECTOR_ALL_CHANNELS ||
        !(q->info->channel_flags & (REDIS_CHANNEL_PUBLISH | REDIS_CHANNEL_SUBSCRIBE)) ||
        !redis_command_channels(q->info, q->argc, &range))
        return true;
    for (uint32_t i = range.first; i <= range.last; i += range.step)
        if (!allows_channel(selector, q->argv[i], range.flags & REDIS_CHANNEL_PATTERN)) {
            *out_arg = i;
            return false;
        }
    return true;
}

static enum redis_acl_verdict ask(const struct redis_selector *selector, struct question *q,
                                  uint32_t *out_arg)
{
    if (!allows_command(selector, q))
        return REDIS_ACL_COMMAND;
    if (!allows_keys(selector, q, out_arg))
        return REDIS_ACL_KEY;
    return allows_channels(selector, q, out_arg) ? REDIS_ACL_OK : REDIS_ACL_CHANNEL;
}

/* Of several denials the one that came furthest is told. */
enum redis_acl_verdict redis_acl_check_user(const struct redis_user *user,
                                            const struct redis_command_info *info,
                                            const struct slice *argv, uint32_t argc,
                                            uint32_t *out_arg)
{
    struct question q = {.info = info, .argv = argv, .argc = argc};
    enum redis_acl_verdict worst = REDIS_ACL_COMMAND;
    uint32_t arg = 0, worst_arg = 0;
    for (uint32_t i = 0; i < user->selector_count; i++) {
        enum redis_acl_verdict verdict = ask(&user->selectors[i], &q, &arg);
        if (verdict == REDIS_ACL_OK)
            return REDIS_ACL_OK;
        if (verdict > worst || (verdict == worst && arg > worst_arg)) {
            worst = verdict;
            worst_arg = arg;
        }
    }
    *out_arg = worst_arg;
    return worst;
}

static bool reads_all_keys(const struct redis_selector *selector)
{
    if (selector->flags & REDIS_SELECTOR_ALL_KEYS)
        return true;
    for (uint32_t i = 0; i < selector->keys.count; i++)
        if (selector->keys.at[i].tag & REDIS_ACL_READ &&
            slice_eq_str(selector->keys.at[i].text, "*"))
            return true;
    return false;
}

bool redis_acl_reads_all_keys(const struct redis_call *call)
{
    const struct redis_user *user = call->session->user;
    struct question q = {.info = call->info, .argv = call->argv, .argc = call->argc};
    uint32_t arg;
    for (uint32_t i = 0; i < user->selector_count; i++)
        if (reads_all_keys(&user->selectors[i]) &&
            ask(&user->selectors[i], &q, &arg) == REDIS_ACL_OK)
            return true;
    return false;
}

const char *redis_acl_denial(struct arena *arena, const struct redis_command_info *info,
                             enum redis_acl_verdict verdict)
{
    if (verdict == REDIS_ACL_KEY)
        return "NOPERM this user has no permissions to access one of the keys used as arguments";
    if (verdict == REDIS_ACL_CHANNEL)
        return "NOPERM this user has no permissions to access one of the channels used as "
               "arguments";
    struct slice text = arena_printf(
        arena, "NOPERM this user has no permissions to run the '%s' command", info->full_name);
    return text.ptr ? (const char *)text.ptr : "NOPERM this user has no permissions";
}
