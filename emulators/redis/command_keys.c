/* Which arguments of a call are keys.
 *
 * The specifications tell for most commands. Where they cannot (a flag depends on an option, a key
 * stands somewhere among options) or do not fit the arguments given, a command's own finder looks;
 * finders are as lenient as those of redis-server, since the command itself reports what is wrong. */
#include "common/text.h"
#include "emulators/redis/command_table.h"

struct arguments {
    const struct slice *argv;
    uint32_t argc;
};

static struct redis_key_range single(uint32_t at, unsigned flags)
{
    return (struct redis_key_range){at, at, 1, flags};
}

/* ---- specifications */

/* The argument after the keyword, searched for forwards, or backwards from the end; 0: not there. */
static int64_t find_keyword(const struct redis_key_spec *spec, struct arguments args)
{
    int64_t argc = args.argc;
    bool forwards = spec->begin_at > 0;
    int64_t at = forwards ? spec->begin_at : argc + spec->begin_at;
    int64_t end = forwards ? argc - 1 : 1;
    int64_t step = at <= end ? 1 : -1;
    for (; at != end && at >= 1 && at < argc; at += step)
        if (slice_is(args.argv[at], spec->keyword))
            return at + 1;
    return 0;
}

static int64_t last_of_range(const struct redis_key_spec *spec, int64_t first, int64_t argc)
{
    if (spec->last_key >= 0)
        return first + spec->last_key;
    if (!spec->limit)
        return argc + spec->last_key;
    return first + (argc - first) / spec->limit + spec->last_key;
}

enum spec_outcome { SPEC_FOUND, SPEC_ABSENT, SPEC_INVALID };

static enum spec_outcome apply_spec(const struct redis_key_spec *spec, struct arguments args,
                                    struct redis_key_range *out)
{
    int64_t argc = args.argc, last, count;
    if (spec->begin == REDIS_BEGIN_UNKNOWN || spec->find == REDIS_FIND_UNKNOWN)
        return SPEC_INVALID;
    int64_t first = spec->begin == REDIS_BEGIN_INDEX ? spec->begin_at : find_keyword(spec, args);
    if (!first)
        return SPEC_ABSENT;
    if (spec->find == REDIS_FIND_RANGE) {
        last = last_of_range(spec, first, argc);
    } else {
        int64_t count_at = first + spec->keynum_at;
        if (count_at >= argc || !text_to_i64(args.argv[count_at], &count) || count < 0 ||
            count > argc)
            return SPEC_INVALID;
        first += spec->first_key;
        last = first + count - 1;
    }
    if (last >= argc || last < first || first >= argc)
        return SPEC_INVALID;
    *out = (struct redis_key_range){(uint32_t)first, (uint32_t)last, (uint32_t)spec->step,
                                    spec->flags};
    return spec->flags & REDIS_KEY_INCOMPLETE ? SPEC_INVALID : SPEC_FOUND;
}

/* The number of ranges, or -1 when some specification does not fit. */
static int apply_specs(const struct redis_command_info *info, struct arguments args,
                       unsigned unwanted, struct redis_key_range *out)
{
    int count = 0;
    for (unsigned i = 0; i < info->key_spec_count; i++) {
        if (info->key_specs[i].flags & unwanted)
            continue;
        switch (apply_spec(&info->key_specs[i], args, &out[count])) {
        case SPEC_FOUND: count++; break;
        case SPEC_ABSENT: break;
        case SPEC_INVALID: return -1;
        }
    }
    return count;
}

/* ---- finders */

/* SET reads the old value when it is told to GET it. */
static uint32_t find_set(struct arguments args, struct redis_key_range *out)
{
    out[0] = single(1, REDIS_KEY_OW | REDIS_KEY_UPDATE);
    for (uint32_t i = 3; i < args.argc; i++)
        if (slice_is(args.argv[i], "get"))
            out[0].flags = REDIS_KEY_RW | REDIS_KEY_ACCESS | REDIS_KEY_UPDATE;
    return 1;
}

/* BITFIELD only reads when all its operations are GETs. */
static uint32_t find_bitfield(struct arguments args, struct redis_key_range *out)
{
    bool reads_only = true;
    for (uint32_t i = 2; i < args.argc && reads_only; i++) {
        uint32_t rest = args.argc - i - 1;
        if (slice_is(args.argv[i], "get") && rest >= 2)
            i += 2;
        else if (slice_is(args.argv[i], "overflow") && rest >= 1)
            i += 1;
        else
            reads_only = false;
    }
    out[0] = single(1, reads_only ? REDIS_KEY_RO | REDIS_KEY_ACCESS
                                  : REDIS_KEY_RW | REDIS_KEY_ACCESS | REDIS_KEY_UPDATE);
    return 1;
}

/* A number as C's atoi reads it: what follows the digits does not matter. */
static int64_t leading_number(struct slice text)
{
    size_t at = 0;
    int64_t number = 0;
    while (at < text.len && (text.ptr[at] == ' ' || (text.ptr[at] >= '\t' && text.ptr[at] <= '\r')))
        at++;
    if (at < text.len && text.ptr[at] == '-')
        return -1;
    at += at < text.len && text.ptr[at] == '+';
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++)
        if (number <= INT32_MAX)
            number = number * 10 + (text.ptr[at] - '0');
    return number;
}

/* The keys stand right after their number. */
static uint32_t find_counted(struct arguments args, uint32_t count_at, struct redis_key_range *out)
{
    uint32_t first = count_at + 1;
    if (count_at >= args.argc)
        return 0;
    int64_t count = leading_number(args.argv[count_at]);
    if (count < 1 || count > (int64_t)args.argc - first)
        return 0;
    out[0] = (struct redis_key_range){first, first + (uint32_t)count - 1, 1, 0};
    return 1;
}

static uint32_t find_counted_at_1(struct arguments args, struct redis_key_range *out)
{
    return find_counted(args, 1, out);
}

static uint32_t find_counted_at_2(struct arguments args, struct redis_key_range *out)
{
    return find_counted(args, 2, out);
}

/* The destination comes last. */
static uint32_t find_store_counted(struct arguments args, struct redis_key_range *out)
{
    if (!find_counted(args, 2, out))
        return 0;
    out[1] = single(1, 0);
    return 2;
}

static uint32_t find_sort_ro(struct arguments args, struct redis_key_range *out)
{
    (void)args;
    out[0] = single(1, REDIS_KEY_RO | REDIS_KEY_ACCESS);
    return 1;
}

/* The last STORE counts; words that are the values of other options do not. */
static uint32_t find_sort(struct arguments args, struct redis_key_range *out)
{
    uint32_t count = find_sort_ro(args, out);
    for (uint32_t i = 2; i < args.argc; i++) {
        if (slice_is(args.argv[i], "limit")) {
            i += 2;
        } else if (slice_is(args.argv[i], "get") || slice_is(args.argv[i], "by")) {
            i += 1;
        } else if (slice_is(args.argv[i], "store") && i + 1 < args.argc) {
            out[1] = single(i + 1, REDIS_KEY_OW | REDIS_KEY_UPDATE);
            count = 2;
        }
    }
    return count;
}

/* One key, or the empty string and KEYS with all that follows. */
static uint32_t find_migrate(struct arguments args, struct redis_key_range *out)
{
    out[0] = single(3, REDIS_KEY_RW | REDIS_KEY_ACCESS | REDIS_KEY_DELETE);
    for (uint32_t i = 6; i < args.argc; i++) {
        if (slice_is(args.argv[i], "keys")) {
            out[0].first = i + 1;
            out[0].last = args.argc - 1;
            return args.argv[3].len == 0 && i + 1 < args.argc;
        }
        if (slice_is(args.argv[i], "auth"))
            i += 1;
        else if (slice_is(args.argv[i], "auth2"))
            i += 2;
    }
    return 1;
}

/* STORE or STOREDIST, the last of them. */
static uint32_t find_georadius(struct arguments args, struct redis_key_range *out)
{
    uint32_t count = 1;
    out[0] = single(1, 0);
    for (uint32_t i = 5; i + 1 < args.argc; i++)
        if (slice_is(args.argv[i], "store") || slice_is(args.argv[i], "storedist")) {
            out[1] = single(++i, 0);
            count = 2;
        }
    return count;
}

typedef uint32_t key_finder(struct arguments args, struct redis_key_range *out);

static key_finder *const finders[REDIS_FINDER_COUNT] = {
    [REDIS_FINDER_BITFIELD] = find_bitfield,
    [REDIS_FINDER_COUNTED_AT_1] = find_counted_at_1,
    [REDIS_FINDER_COUNTED_AT_2] = find_counted_at_2,
    [REDIS_FINDER_STORE_COUNTED] = find_store_counted,
    [REDIS_FINDER_GEORADIUS] = find_georadius,
    [REDIS_FINDER_MIGRATE] = find_migrate,
    [REDIS_FINDER_SET] = find_set,
    [REDIS_FINDER_SORT] = find_sort,
    [REDIS_FINDER_SORT_RO] = find_sort_ro,
};

/* ---- */

bool redis_command_has_keys(const struct redis_command_info *info)
{
    bool has = info->key_finder != REDIS_FINDER_NONE;
    for (unsigned i = 0; i < info->key_spec_count && !has; i++)
        has = !(info->key_specs[i].flags & REDIS_KEY_NOT_KEY);
    return has;
}

static uint32_t find_keys(const struct redis_command_info *info, struct arguments args,
                          unsigned unwanted, struct redis_key_range *out)
{
    unsigned flags = 0;
    for (unsigned i = 0; i < info->key_spec_count; i++)
        flags |= info->key_specs[i].flags;
    if (!(flags & REDIS_KEY_VARIABLE_FLAGS)) {
        int count = apply_specs(info, args, unwanted, out);
        if (count >= 0)
            return (uint32_t)count;
    }
    return info->key_finder ? finders[info->key_finder](args, out) : 0;
}

uint32_t redis_command_keys(const struct redis_command_info *info, const struct slice *argv,
                            uint32_t argc, struct redis_key_range out[REDIS_KEY_RANGES_MAX])
{
    return find_keys(info, (struct arguments){argv, argc}, REDIS_KEY_NOT_KEY, out);
}

uint32_t redis_command_slots(const struct redis_command_info *info, const struct slice *argv,
                             uint32_t argc, struct redis_key_range out[REDIS_KEY_RANGES_MAX])
{
    return find_keys(info, (struct arguments){argv, argc}, 0, out);
}

bool redis_command_channels(const struct redis_command_info *info, uint32_t argc,
                            struct redis_key_range *out)
{
    if (!info->first_channel || argc < 2)
        return false;
    uint32_t last = info->last_channel < 0 ? argc - 1 : (uint32_t)info->last_channel;
    *out = (struct redis_key_range){(uint32_t)info->first_channel, last, 1, info->channel_flags};
    return true;
}
