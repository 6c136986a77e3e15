/* ACL and its subcommands. Source: the Redis command reference, group "server". */
#include "emulators/redis/acl.h"
#include "emulators/redis/acl_log.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"

#define GENPASS_BITS_MAX 4096

/* A slice from the arena, or the error that there is no memory for it. */
static void reply_text(struct redis_call *call, struct slice text)
{
    if (text.ptr)
        redis_reply_bulk(call->reply, text);
    else
        redis_reply_oom(call->reply);
}

/* ---- users */

static bool is_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!name.ptr[i] || name.ptr[i] == ' ' || (name.ptr[i] >= '\t' && name.ptr[i] <= '\r'))
            return false;
    return true;
}

static void acl_setuser(struct redis_call *call)
{
    struct slice name = call->argv[2];
    const char *error = is_name(name) ? redis_acl_set_user(call->redis, call->arena, name,
                                                           call->argv + 3, call->argc - 3)
                                      : "Usernames can't contain spaces or null characters";
    if (error)
        redis_reply_errorf(call->reply, "ERR %s", error);
    else
        redis_reply_ok(call->reply);
    for (uint32_t i = 2; i < call->argc; i++)
        redis_arg_redact(call, i);
}

static void acl_deluser(struct redis_call *call)
{
    int64_t deleted = 0;
    for (uint32_t i = 2; i < call->argc; i++)
        if (slice_eq_str(call->argv[i], "default")) {
            redis_reply_error(call->reply, "ERR The 'default' user cannot be removed");
            return;
        }
    for (uint32_t i = 2; i < call->argc; i++)
        deleted += redis_acl_delete_user(call->redis, call->argv[i]);
    redis_reply_int(call->reply, deleted);
}

#define SELECTOR_FIELDS 3

static void reply_selector(struct redis_call *call, const struct redis_selector *selector)
{
    redis_reply_bulk_str(call->reply, "commands");
    reply_text(call, redis_selector_commands(selector, call->arena));
    redis_reply_bulk_str(call->reply, "keys");
    reply_text(call, redis_selector_keys(selector, call->arena));
    redis_reply_bulk_str(call->reply, "channels");
    reply_text(call, redis_selector_channels(selector, call->arena));
}

static void reply_flags(struct redis_call *call, const struct redis_user *user)
{
    uint64_t count = 0;
    const struct redis_user_flag_word *flag;
    for (flag = redis_user_flag_words; flag->word; flag++)
        count += (user->flags & flag->flag) != 0;
    redis_reply_set(call->reply, count);
    for (flag = redis_user_flag_words; flag->word; flag++)
        if (user->flags & flag->flag)
            redis_reply_bulk_str(call->reply, flag->word);
}

static void acl_getuser(struct redis_call *call)
{
    const struct redis_user *user = redis_acl_user(call->redis, call->argv[2]);
    if (!user) {
        redis_reply_null(call->reply);
        return;
    }
    redis_reply_map(call->reply, 3 + SELECTOR_FIELDS);
    redis_reply_bulk_str(call->reply, "flags");
    reply_flags(call, user);
    redis_reply_bulk_str(call->reply, "passwords");
    redis_reply_array(call->reply, user->passwords.count);
    for (uint32_t i = 0; i < user->passwords.count; i++)
        redis_reply_bulk(call->reply, user->passwords.at[i].text);
    reply_selector(call, &user->selectors[0]);
    redis_reply_bulk_str(call->reply, "selectors");
    redis_reply_array(call->reply, user->selector_count - 1);
    for (uint32_t i = 1; i < user->selector_count; i++) {
        redis_reply_map(call->reply, SELECTOR_FIELDS);
        reply_selector(call, &user->selectors[i]);
    }
}

static struct slice config_line(const struct redis_user *user, struct arena *arena)
{
    static const char prefix[] = "user ";
    struct slice rules = redis_user_describe(user, arena);
    size_t name_at = sizeof(prefix) - 1, rules_at = name_at + user->name.len + 1;
    uint8_t *line = rules.ptr ? arena_alloc(arena, rules_at + rules.len) : NULL;
    if (!line)
        return slice_of(NULL, 0);
    memcpy(line, prefix, name_at);
    memcpy(line + name_at, user->name.ptr, user->name.len);
    line[rules_at - 1] = ' ';
    memcpy(line + rules_at, rules.ptr, rules.len);
    return slice_of(line, rules_at + rules.len);
}

static void acl_list(struct redis_call *call)
{
    uint64_t count = redis_acl_user_count(call->redis);
    const struct redis_user **users = redis_acl_users(call->redis, call->arena);
    if (!users) {
        redis_reply_oom(call->reply);
        return;
    }
    redis_reply_array(call->reply, count);
    for (uint64_t i = 0; i < count; i++)
        reply_text(call, config_line(users[i], call->arena));
}

static void acl_users(struct redis_call *call)
{
    uint64_t count = redis_acl_user_count(call->redis);
    const struct redis_user **users = redis_acl_users(call->redis, call->arena);
    if (!users) {
        redis_reply_oom(call->reply);
        return;
    }
    redis_reply_array(call->reply, count);
    for (uint64_t i = 0; i < count; i++)
        redis_reply_bulk(call->reply, users[i]->name);
}

static void acl_whoami(struct redis_call *call)
{
    redis_reply_bulk(call->reply, redis_acl_user_name(call->session));
}

/* LOAD and SAVE: users are in the state, never in a file. */
static void acl_file(struct redis_call *call)
{
    redis_reply_error(call->reply,
                      "ERR This Redis instance is not configured to use an ACL file. You may want "
                      "to specify users via the ACL SETUSER command and then issue a CONFIG "
                      "REWRITE (assuming you have a Redis configuration file set) in order to "
                      "store users in the Redis configuration.");
}

/* ---- commands */

static void reply_categories(struct redis_call *call)
{
    redis_reply_array(call->reply, REDIS_CATEGORY_COUNT);
    for (unsigned i = 0; i < REDIS_CATEGORY_COUNT; i++)
        redis_reply_bulk_str(call->reply, redis_category_name(i));
}

static void acl_cat(struct redis_call *call)
{
    uint64_t count = 0;
    if (call->argc == 2) {
        reply_categories(call);
        return;
    }
    if (call->argc > 3) {
        redis_reply_subcommand_syntax(call);
        return;
    }
    unsigned category = redis_category_find(call->argv[2]);
    if (category == REDIS_CATEGORY_COUNT) {
        redis_reply_errorf(call->reply, "ERR Unknown category '%s'",
                           redis_printable(call->arena, call->argv[2], 128));
        return;
    }
    struct outq_mark mark = redis_reply_later(call->reply);
    for (uint32_t i = 0; i < redis_command_count(); i++) {
        const struct redis_command_info *info = redis_command_at(i);
        if (!(info->categories >> category & 1))
            continue;
        redis_reply_bulk(call->reply, slice_of(info->full_name, info->full_name_len));
        count++;
    }
    redis_reply_array_at(call->reply, mark, count);
}

static void reply_denied(struct redis_call *call, const struct redis_command_info *info,
                         enum redis_acl_verdict verdict, uint32_t arg)
{
    if (verdict == REDIS_ACL_COMMAND)
        redis_reply_bulk_printf(call->reply, "This user has no permissions to run the '%s' command",
                                info->full_name);
    else
        redis_reply_bulk_printf(call->reply, "This user has no permissions to access the '%s' %s",
                                redis_printable(call->arena, call->argv[3 + arg], SIZE_MAX),
                                verdict == REDIS_ACL_KEY ? "key" : "channel");
}

static void acl_dryrun(struct redis_call *call)
{
    const struct slice *argv = call->argv + 3;
    uint32_t argc = call->argc - 3, arg = 0;
    bool unknown_subcommand;
    const struct redis_user *user = redis_acl_user(call->redis, call->argv[2]);
    if (!user) {
        redis_reply_errorf(call->reply, "ERR User '%s' not found",
                           redis_printable(call->arena, call->argv[2], SIZE_MAX));
        return;
    }
    const struct redis_command_info *info = redis_resolve(argv, argc, &unknown_subcommand);
    if (!info || unknown_subcommand) {
        redis_reply_errorf(call->reply, "ERR Command '%s' not found",
                           redis_printable(call->arena, argv[0], SIZE_MAX));
        return;
    }
    if (info->arity > 0 ? (uint32_t)info->arity != argc : argc < (uint32_t)-info->arity) {
        redis_reply_errorf(call->reply, "ERR wrong number of arguments for '%s' command",
                           info->full_name);
        return;
    }
    enum redis_acl_verdict verdict = redis_acl_check_user(user, info, argv, argc, &arg);
    if (verdict == REDIS_ACL_OK)
        redis_reply_ok(call->reply);
    else
        reply_denied(call, info, verdict, arg);
}

/* ---- passwords, log, help */

static void acl_genpass(struct redis_call *call)
{
    char digits[GENPASS_BITS_MAX / 4];
    int64_t bits = 256;
    if (call->argc > 3) {
        redis_reply_subcommand_syntax(call);
        return;
    }
    if (call->argc == 3 && !redis_arg_int(call, 2, &bits))
        return;
    if (bits <= 0 || bits > GENPASS_BITS_MAX) {
        redis_reply_errorf(call->reply,
                           "ERR ACL GENPASS argument must be the number of bits for the output "
                           "password, a positive number up to %d",
                           GENPASS_BITS_MAX);
        return;
    }
    size_t len = (size_t)(bits + 3) / 4;
    random_hex(call->redis->host.random, digits, len);
    redis_reply_bulk(call->reply, slice_of(digits, len));
}

static void reply_log_entry(struct redis_call *call, const struct redis_acl_log_entry *entry)
{
    redis_reply_map(call->reply, 7);
    redis_reply_bulk_str(call->reply, "count");
    redis_reply_int(call->reply, (int64_t)entry->count);
    redis_reply_bulk_str(call->reply, "reason");
    redis_reply_bulk_str(call->reply, entry->reason);
    redis_reply_bulk_str(call->reply, "context");
    redis_reply_bulk_str(call->reply, entry->context);
    redis_reply_bulk_str(call->reply, "object");
    redis_reply_bulk(call->reply, entry->object);
    redis_reply_bulk_str(call->reply, "username");
    redis_reply_bulk(call->reply, entry->user);
    redis_reply_bulk_str(call->reply, "age-seconds");
    redis_reply_double(call->reply, (double)(call->now_ms - entry->at_ms) / 1000);
    redis_reply_bulk_str(call->reply, "client-info");
    redis_reply_bulk(call->reply, entry->client);
}

static void acl_log(struct redis_call *call)
{
    struct redis_acl_log *log = redis_acl_log(call->redis);
    int64_t count = 10;
    if (call->argc > 3) {
        redis_reply_subcommand_syntax(call);
        return;
    }
    if (call->argc == 3 && slice_is(call->argv[2], "reset")) {
        redis_acl_log_clear(log, call->redis->host.heap);
        redis_reply_ok(call->reply);
        return;
    }
    if (call->argc == 3 && !redis_arg_int(call, 2, &count))
        return;
    if (count < 0)
        count = 0;
    if ((uint64_t)count > log->count)
        count = (int64_t)log->count;
    redis_reply_array(call->reply, (uint64_t)count);
    const struct redis_acl_log_entry *entry = log->newest;
    for (; count--; entry = entry->next)
        reply_log_entry(call, entry);
}

static void acl_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "CAT [<category>]",
        "    List all commands that belong to <category>, or all command categories",
        "    when no category is specified.",
        "DELUSER <username> [<username> ...]",
        "    Delete a list of users.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Returns whether the user can execute the given command without executing the command.",
        "GETUSER <username>",
        "    Get the user's details.",
        "GENPASS [<bits>]",
        "    Generate a secure 256-bit user password. The optional `bits` argument can",
        "    be used to specify a different size.",
        "LIST",
        "    Show users details in config file format.",
        "LOAD",
        "    Reload users from the ACL file.",
        "LOG [<count> | RESET]",
        "    Show the ACL log entries.",
        "SAVE",
        "    Save the current config to the ACL file.",
        "SETUSER <username> <attribute> [<attribute> ...]",
        "    Create or modify a user with the specified attributes.",
        "USERS",
        "    List all the registered usernames.",
        "WHOAMI",
        "    Return the current connection username.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_acl_commands[] = {
    {"acl|setuser", acl_setuser},
    {"acl|deluser", acl_deluser},
    {"acl|getuser", acl_getuser},
    {"acl|list",    acl_list   },
    {"acl|users",   acl_users  },
    {"acl|whoami",  acl_whoami },
    {"acl|load",    acl_file   },
    {"acl|save",    acl_file   },
    {"acl|cat",     acl_cat    },
    {"acl|dryrun",  acl_dryrun },
    {"acl|genpass", acl_genpass},
    {"acl|log",     acl_log    },
    {"acl|help",    acl_help   },
    {NULL,          NULL       },
};
