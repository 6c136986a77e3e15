/* COMMAND: what the server knows of its commands. Source: the Redis command reference, group
 * "server". */
#include "common/text.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/reply_command.h"

static void command(struct redis_call *call)
{
    uint32_t count = redis_command_top_count();
    redis_reply_array(call->reply, count);
    for (uint32_t i = 0; i < count; i++)
        redis_reply_command_info(call->reply, redis_command_at(i));
}

static void command_count(struct redis_call *call)
{
    redis_reply_int(call->reply, redis_command_top_count());
}

static void command_info(struct redis_call *call)
{
    if (call->argc == 2) {
        command(call);
        return;
    }
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++)
        redis_reply_command_info(call->reply, redis_command_find_full(call->argv[i]));
}

static void put_docs(struct redis_call *call, const struct redis_command_info *info)
{
    redis_reply_bulk_str(call->reply, info->full_name);
    redis_reply_command_docs(call->reply, info);
}

static void command_docs(struct redis_call *call)
{
    if (call->argc == 2) {
        redis_reply_map(call->reply, redis_command_top_count());
        for (uint32_t i = 0; i < redis_command_top_count(); i++)
            put_docs(call, redis_command_at(i));
        return;
    }
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t found = 0;
    for (uint32_t i = 2; i < call->argc; i++) {
        const struct redis_command_info *info = redis_command_find_full(call->argv[i]);
        if (!info)
            continue;
        put_docs(call, info);
        found++;
    }
    redis_reply_map_at(call->reply, mark, found);
}

/* ---- COMMAND LIST */

struct list_filter {
    enum { LIST_ALL, LIST_NONE, LIST_CATEGORY, LIST_PATTERN } by;
    unsigned category; /* enum redis_category */
    struct slice pattern;
};

/* An unknown category, and any module, has no commands. */
static bool parse_filter(struct redis_call *call, struct list_filter *out)
{
    *out = (struct list_filter){.by = LIST_ALL};
    if (call->argc == 2)
        return true;
    bool known = call->argc == 5 && slice_is(call->argv[2], "filterby");
    if (known && slice_is(call->argv[3], "module")) {
        out->by = LIST_NONE;
    } else if (known && slice_is(call->argv[3], "aclcat")) {
        out->by = LIST_NONE;
        for (unsigned c = 0; c < REDIS_CATEGORY_COUNT; c++)
            if (slice_is(call->argv[4], redis_category_name(c)))
                *out = (struct list_filter){.by = LIST_CATEGORY, .category = c};
    } else if (known && slice_is(call->argv[3], "pattern")) {
        *out = (struct list_filter){.by = LIST_PATTERN, .pattern = call->argv[4]};
    } else {
        redis_reply_syntax(call->reply);
        return false;
    }
    return true;
}

static bool passes(const struct list_filter *filter, const struct redis_command_info *info)
{
    switch (filter->by) {
    case LIST_ALL: return true;
    case LIST_NONE: return false;
    case LIST_CATEGORY: return info->categories & 1u << filter->category;
    case LIST_PATTERN: return text_glob(filter->pattern, slice_str(info->full_name), true);
    }
    return false;
}

static void command_list(struct redis_call *call)
{
    struct list_filter filter;
    if (!parse_filter(call, &filter))
        return;
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t found = 0;
    for (uint32_t i = 0; i < redis_command_count(); i++) {
        const struct redis_command_info *info = redis_command_at(i);
        if (!passes(&filter, info))
            continue;
        redis_reply_bulk_str(call->reply, info->full_name);
        found++;
    }
    redis_reply_array_at(call->reply, mark, found);
}

/* ---- COMMAND GETKEYS */

/* The command named from argv[2] on, if it may have keys and so many arguments; NULL with the error
 * replied otherwise. */
static const struct redis_command_info *inner_command(struct redis_call *call)
{
    bool unknown_subcommand;
    uint32_t argc = call->argc - 2;
    const struct redis_command_info *info =
        redis_resolve(call->argv + 2, argc, &unknown_subcommand);
    const char *error = NULL;
    if (!info || unknown_subcommand)
        error = "ERR Invalid command specified";
    else if (!redis_command_has_keys(info))
        error = "ERR The command has no key arguments";
    else if (info->arity > 0 ? argc != (uint32_t)info->arity : argc < (uint32_t)-info->arity)
        error = "ERR Invalid number of arguments specified for command";
    if (error)
        redis_reply_error(call->reply, error);
    return error ? NULL : info;
}

static void get_keys(struct redis_call *call, bool with_flags)
{
    const struct redis_command_info *info = inner_command(call);
    struct redis_key_range ranges[REDIS_KEY_RANGES_MAX];
    const struct slice *argv = call->argv + 2;
    uint64_t found = 0;
    if (!info)
        return;
    uint32_t count = redis_command_keys(info, argv, call->argc - 2, ranges);
    if (!count && !(info->flags & REDIS_COMMAND_NO_MANDATORY_KEYS)) {
        redis_reply_error(call->reply, "ERR Invalid arguments specified for command");
        return;
    }
    struct outq_mark mark = redis_reply_later(call->reply);
    for (uint32_t r = 0; r < count; r++)
        for (uint32_t i = ranges[r].first; i <= ranges[r].last; i += ranges[r].step) {
            if (with_flags)
                redis_reply_array(call->reply, 2);
            redis_reply_bulk(call->reply, argv[i]);
            if (with_flags)
                redis_reply_key_flags(call->reply, ranges[r].flags);
            found++;
        }
    redis_reply_array_at(call->reply, mark, found);
}

static void command_getkeys(struct redis_call *call)
{
    get_keys(call, false);
}

static void command_getkeysandflags(struct redis_call *call)
{
    get_keys(call, true);
}

static void command_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "(no subcommand)",
        "    Return details about all Redis commands.",
        "COUNT",
        "    Return the total number of commands in this Redis server.",
        "LIST",
        "    Return a list of all commands in this Redis server.",
        "INFO [<command-name> ...]",
        "    Return details about multiple Redis commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "DOCS [<command-name> ...]",
        "    Return documentation details about multiple Redis commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "GETKEYS <full-command>",
        "    Return the keys from a full Redis command.",
        "GETKEYSANDFLAGS <full-command>",
        "    Return the keys and the access flags from a full Redis command.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_command_commands[] = {
    {"command",                 command                },
    {"command|count",           command_count          },
    {"command|info",            command_info           },
    {"command|docs",            command_docs           },
    {"command|list",            command_list           },
    {"command|getkeys",         command_getkeys        },
    {"command|getkeysandflags", command_getkeysandflags},
    {"command|help",            command_help           },
    {NULL,                      NULL                   },
};
