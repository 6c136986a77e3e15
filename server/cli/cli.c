#include "server/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/slice.h"
#include "common/text.h"

#include "server/cli/words.h"
#include "server/suggest.h"

const struct cli_flag cli_json_flags[] = {
    {1,       0, "json", NULL, "print JSON"},
    {0},
};

#define MATCH_WORDS "service= op= key= connection= world= since="

/* A subcommand is a file of this folder and a row here. */
/* clang-format off */
static const struct cli_command commands[] = {
    {"up", "Run", "[SERVICE[:PORT]]... [FLAG]...", "start services, by default all of them",
     cli_up_flags,
     "PORT 0 is any free one. Each value comes from the flag, else the environment (SERVICES,\n"
     "<SERVICE>_PORT, PARLEL_BIND, PARLEL_CONTROL_PORT, PARLEL_ON_CONFLICT, PARLEL_PORTS_FILE,\n"
     "PARLEL_FIXTURES, PARLEL_JOURNAL, PARLEL_STATE_DIR), else parlel.yaml in this folder, else the\n"
     "default.\n",
     cli_up, "@services"},
    {"run", "Run", "[SERVICE]... [FLAG]... -- COMMAND...",
     "start services for as long as a command runs", cli_run_flags,
     "Services, by default all of them, get free ports, which COMMAND finds in its environment:\n"
     "what `parlel env` prints. The exit status is COMMAND's, 128 + N when signal N ended it, 127\n"
     "when there is no such command, 126 when it cannot be executed. SIGINT and SIGTERM go to\n"
     "COMMAND. Fixtures, settings and the choice of services may also come from the environment\n"
     "and parlel.yaml, as for `up`.\n",
     cli_run, "@services"},
    {"down", "Run", "", "stop what runs", NULL, NULL, cli_down, NULL},

    {"status", "Look", "[--json]", "what runs, and where", cli_json_flags,
     "Exit status 1 when nothing runs.\n", cli_status, NULL},
    {"ready", "Look", "[SERVICE]... [--wait DURATION] [--json]", "whether its ports answer",
     cli_ready_flags, "Exit status 0 when they do, 1 when they do not.\n", cli_ready, "@services"},
    {"env", "Look", "[--export] [--json]", "connection strings as environment variables",
     cli_env_flags, NULL, cli_env, NULL},
    {"ls", "Look", "[FILTER] [--json]", "services of this program, their ports and versions",
     cli_json_flags, "FILTER is a part of a name, or a pattern such as 're*'.\n", cli_ls,
     "@services"},
    {"doctor", "Look", "[--json]", "whether this machine is fit, and what is in the way",
     cli_json_flags,
     "Looks at the configuration, the state directory, running instances, limits and ports.\n"
     "Exit status 1 when something is wrong.\n", cli_doctor, NULL},

    {"logs", "Look", "[--follow]", "what an instance in the background has to say", cli_logs_flags,
     "Of the youngest one. Its log goes with it.\n", cli_logs, NULL},

    {"exec", "Data", "SERVICE COMMAND...", "run a command in the service's own language", words_flags,
     "  parlel exec redis SET greeting \"hello world\"\n"
     "  parlel exec redis 'SET greeting \"hello world\"'\n"
     "  parlel exec rabbitmq publish events job.new hello priority=3\n"
     "RabbitMQ: declare queue|exchange NAME, delete queue|exchange NAME, bind and unbind SOURCE\n"
     "DESTINATION [KEY], publish EXCHANGE KEY BODY, get QUEUE [COUNT], purge QUEUE, list WHAT [COLUMN,...]\n"
     "with durable=false, type=topic, x-max-length=10, vhost=NAME and the like behind them.\n"
     "One word is the command as it is; of several, those with blanks or quotes are quoted.\n",
     cli_exec, "@services"},
    {"inspect", "Data", "SERVICE", "the whole state of a service", words_flags, NULL, cli_inspect,
     "@services"},
    {"seed", "Data", "FILE...", "load fixtures, each wholly or not at all; - is stdin", words_flags,
     "Exit status 4 when something is wrong with it.\n", cli_seed, "@files"},
    {"reset", "Data", "[SERVICE]", "back to the state after the last fixture", words_flags, NULL,
     cli_reset, "@services"},
    {"check", "Data", "[FILE]... [--json]", "whether fixtures are right, without running anything",
     cli_json_flags,
     "Mistakes are reported as file:line:column, with exit status 4. Without FILE: parlel.yaml and\n"
     "the environment, and the fixtures that they name.\n", cli_check, "@files"},

    {"checkpoint", "Time", "[NAME]", "name the state of this instant, or list those", words_flags,
     "All services, the clock and the dice, at once. A checkpoint of the same name is replaced.\n",
     cli_checkpoint, NULL},
    {"rewind", "Time", "NAME", "go back to a checkpoint", words_flags,
     "Clients stay connected; the checkpoint stays as well.\n", cli_rewind, "@checkpoints"},
    {"fork", "Time", "[NAME]", "copy everything under a name, or list the copies", words_flags,
     "Clients enter a fork by the suffix @NAME of their user, AUTH default@NAME x, or of their virtual\n"
     "host: amqp://127.0.0.1/%2F%40NAME.\n", cli_fork,
     NULL},
    {"drop", "Time", "NAME", "forget a checkpoint, or else the fork of that name", words_flags, NULL,
     cli_drop, "@checkpoints @worlds"},
    {"clock", "Time", "[set TIME | advance DURATION | freeze | run]", "show or move the clock",
     words_flags,
     "TIME is 2030-01-31T12:00:00Z or seconds since 1970, DURATION 250ms, 5s, 2h. What becomes due has\n"
     "happened before this returns.\n",
     cli_clock, "set advance freeze run"},

    {"fault", "Test", "[list | add MATCH... ACTION | remove ID | clear | release ID]",
     "have commands of clients go wrong", words_flags,
     "MATCH:  service=redis op=SET key=user:* connection=ID world=NAME nth=3 times=2\n"
     "        probability=0.1\n"
     "ACTION: error error=CODE error=CODE:TEXT delay=250ms drip=BYTES_PER_SECOND drop drop-reply\n"
     "        cut refuse hold\n",
     cli_fault,
     "list add remove clear release service= op= key= connection= nth= times= probability= error "
     "delay= drip= drop drop-reply cut refuse hold"},
    {"journal", "Test", "[MATCH]... [FLAG]...", "the commands that clients have sent",
     cli_journal_flags,
     "MATCH: service=redis op=SET key=user:* connection=ID world=NAME since=NUMBER\n", cli_journal,
     MATCH_WORDS},
    {"wait", "Test", "[MATCH]... [FLAG]...", "wait until clients have sent such commands",
     cli_wait_flags,
     "MATCH: service=redis op=SET key=user:* connection=ID world=NAME since=NUMBER\n"
     "Commands from now on count, or those after since. Exit status 1 when they do not come in time.\n",
     cli_wait, MATCH_WORDS},

    {"mcp", "Test", "[SERVICE[:PORT]]... [FLAG]...", "the Model Context Protocol on stdin and stdout",
     cli_mcp_flags,
     "What a model's client starts. It speaks for the instance of PARLEL_URL, or the one that runs\n"
     "here. Without one, or with --standalone, SERVICE or another flag, it runs services of its own for as\n"
     "long as stdin is open: on free ports unless told otherwise, unseen by the other commands.\n"
     "The control port serves the same at /mcp.\n",
     cli_mcp, "@services"},

    {"completion", "Help", "bash|zsh|fish", "completion of all this for a shell", NULL,
     "  bash: parlel completion bash > ~/.local/share/bash-completion/completions/parlel\n"
     "  zsh:  parlel completion zsh > a folder of $fpath/_parlel\n"
     "  fish: parlel completion fish > ~/.config/fish/completions/parlel.fish\n",
     cli_completion, "bash zsh fish"},
    {"help", "Help", "[COMMAND] [--man]", "this text, or more about one command", cli_help_flags,
     NULL, cli_help, "@commands"},
    {"version", "Help", "[--json]", "the version of this program", cli_json_flags, NULL,
     cli_version, NULL},
    {NULL},
};
/* clang-format on */

const struct cli_command *cli_commands(void)
{
    return commands;
}

const struct cli_command *cli_find(const char *name)
{
    for (const struct cli_command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static void complain(const char *format, va_list args)
{
    fputs("parlel: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void cli_complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(format, args);
    va_end(args);
}

enum exit_status cli_usage(const struct cli_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(format, args);
    va_end(args);
    fprintf(stderr, "`parlel help %s` says how it is used\n", call->command->name);
    return STATUS_USAGE;
}

/* ---- arguments */

static int unknown_flag(struct cli_call *call, struct slice typed)
{
    struct suggestion near = {NULL, 0};
    suggest_consider(&near, typed, "help");
    for (const struct cli_flag *f = call->command->flags; f && f->id; f++)
        suggest_consider(&near, typed, f->name);
    if (near.word)
        cli_usage(call, "%s has no flag '--" SLICE_FMT "'; did you mean --%s?", call->command->name,
                  SLICE_ARG(typed), near.word);
    else
        cli_usage(call, "%s has no flag '--" SLICE_FMT "'", call->command->name, SLICE_ARG(typed));
    return CLI_WRONG;
}

/* The value that follows in `rest`, or is the next argument. */
static int take_value(struct cli_call *call, const struct cli_flag *flag, const char *rest)
{
    call->flag = flag;
    call->text = rest;
    if (!flag->value && rest) {
        cli_usage(call, "--%s takes no value", flag->name);
        return CLI_WRONG;
    }
    if (flag->value && !rest && !*call->at) {
        cli_usage(call, "--%s needs a value: %s", flag->name, flag->value);
        return CLI_WRONG;
    }
    if (flag->value && !rest)
        call->text = *call->at++;
    return flag->id;
}

static int long_flag(struct cli_call *call, const char *name)
{
    size_t len = strcspn(name, "=");
    struct slice typed = slice_of(name, len);
    const char *rest = name[len] ? name + len + 1 : NULL;
    for (const struct cli_flag *f = call->command->flags; f && f->id; f++)
        if (slice_eq_str(typed, f->name))
            return take_value(call, f, rest);
    if (slice_eq_str(typed, "help"))
        return CLI_HELP;
    return unknown_flag(call, typed);
}

static int short_flag(struct cli_call *call, const char *letters)
{
    for (const struct cli_flag *f = call->command->flags; f && f->id; f++)
        if (f->letter == letters[0] && letters[1] == 0)
            return take_value(call, f, NULL);
    if (strcmp(letters, "h") == 0)
        return CLI_HELP;
    cli_usage(call, "%s has no flag '-%s'", call->command->name, letters);
    return CLI_WRONG;
}

/* Is it a flag of the subcommand? */
static bool is_known(const struct cli_call *call, const char *argument)
{
    struct slice name = slice_of(argument + 2, argument[1] == '-' ? strcspn(argument + 2, "=") : 0);
    for (const struct cli_flag *f = call->command->flags; f && f->id; f++)
        if (argument[1] == '-' ? slice_eq_str(name, f->name)
                               : argument[1] == f->letter && argument[2] == 0)
            return true;
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static int next_argument(struct cli_call *call)
{
    const char *argument = *call->at;
    if (!argument)
        return CLI_END;
    call->at++;
    if (!call->words_only && strcmp(argument, "--") == 0) {
        call->words_only = true;
        return next_argument(call);
    }
    if (!call->words_only && argument[0] == '-' && argument[1] &&
        (!call->others_are_words || is_known(call, argument)))
        return argument[1] == '-' ? long_flag(call, argument + 2) : short_flag(call, argument + 1);
    call->text = argument;
    return CLI_WORD;
}

int cli_next(struct cli_call *call)
{
    int next = next_argument(call);
    if (next == CLI_HELP)
        cli_print_command(stdout, call->command);
    return next;
}

bool cli_only_json(struct cli_call *call, bool *out_json, enum exit_status *out_status)
{
    for (;;) {
        switch (cli_next(call)) {
        case CLI_END: return true;
        case CLI_HELP: *out_status = STATUS_OK; return false;
        case CLI_WRONG: *out_status = STATUS_USAGE; return false;
        case CLI_WORD:
            *out_status =
                cli_usage(call, "%s takes no argument '%s'", call->command->name, call->text);
            return false;
        default: *out_json = true;
        }
    }
}

bool cli_duration(const char *text, long long *out_ms)
{
    static const struct {
        const char *name;
        long long ms;
    } units[] = {
        {"ms", 1      },
        {"s",  1000   },
        {"m",  60000  },
        {"h",  3600000},
        {"",   1000   }
    };
    size_t digits = strspn(text, "0123456789.");
    double number;
    if (!text_to_double(slice_of(text, digits), &number) || number > 1e9)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            *out_ms = (long long)(number * (double)units[i].ms);
            return true;
        }
    }
    return false;
}

/* ---- dispatch */

/* Spellings that other programs have taught people. */
static const char *command_word(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0 || strcmp(word, "-v") == 0)
        return "version";
    return word;
}

static int unknown_command(const char *word)
{
    struct suggestion near = {NULL, 0};
    for (const struct cli_command *c = commands; c->name; c++)
        suggest_consider(&near, slice_str(word), c->name);
    if (near.word)
        cli_complain("there is no command '%s'; did you mean '%s'?", word, near.word);
    else
        cli_complain("there is no command '%s'; `parlel help` lists them", word);
    return STATUS_USAGE;
}

int cli_main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader of our output that has gone is no reason to die */
    if (argc < 2) {
        /* Nothing was asked for: a script that lost its argument shall notice. */
        cli_print_help(stderr);
        return STATUS_USAGE;
    }
    const struct cli_command *command = cli_find(command_word(argv[1]));
    if (!command)
        return unknown_command(argv[1]);
    struct cli_call call = {.command = command, .at = argv + 2};
    enum exit_status status = command->run(&call);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (errno != EPIPE) /* `| head` has seen enough */
            cli_complain("the output cannot be written: %s", strerror(errno));
        return status == STATUS_OK ? STATUS_ERROR : status;
    }
    return status;
}
