/* The command line: a table of subcommands, and what they share.
 *
 * A subcommand is a file of this folder and a row in cli.c; its flags are a table too, from which
 * both parsing and help are made. Results go to stdout, everything else to stderr. */
#ifndef PARLEL_SERVER_CLI_H
#define PARLEL_SERVER_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "server/exit_status.h"

/* One flag of a subcommand. `id` is what cli_next returns for it. */
struct cli_flag {
    int id;            /* > 0 */
    char letter;       /* 'd' for -d; 0: none */
    const char *name;  /* without dashes */
    const char *value; /* what its value is called, NULL: it has none */
    const char *help;
};

struct cli_call;

struct cli_command {
    const char *name;
    const char *group;            /* the heading that it stands under in the help */
    const char *synopsis;         /* its arguments */
    const char *summary;          /* one line */
    const struct cli_flag *flags; /* ends with id 0; NULL: none besides --help */
    const char *details;          /* for `help NAME`; may be NULL */
    enum exit_status (*run)(struct cli_call *call);
    /* For completion: what its arguments may be, with blanks between; @services, @commands, @files,
     * @checkpoints, @worlds are names of such. NULL: nothing is known. */
    const char *words;
};

/* The arguments of one call, being read. */
struct cli_call {
    const struct cli_command *command;
    char **at;                   /* the next argument; ends with NULL */
    bool words_only;             /* a "--" has come */
    bool others_are_words;       /* what looks like a flag, but is none of the subcommand's */
    const struct cli_flag *flag; /* the last one */
    const char *text;            /* its value, or the word */
};

enum cli_next {
    CLI_END = 0,
    CLI_WORD = -1,  /* an argument that is no flag: call->text */
    CLI_WRONG = -2, /* the user has been told: return STATUS_USAGE */
    CLI_HELP = -3   /* --help: help has been shown, return STATUS_OK */
};

/* The next argument: a flag's id, or one of the above. */
int cli_next(struct cli_call *call);
/* For subcommands that take --json (id 1) or nothing: whether it was given. False when the call has
 * ended, with the status to return in *out_status. */
bool cli_only_json(struct cli_call *call, bool *out_json, enum exit_status *out_status);
/* Says what is wrong with an argument, and how to get help; returns STATUS_USAGE. */
enum exit_status cli_usage(const struct cli_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Says what went wrong on stderr. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Duration such as 250ms, 5s, 2m or a plain number of seconds. */
bool cli_duration(const char *text, long long *out_ms);

/* All subcommands in the order of the help; the last has no name. */
const struct cli_command *cli_commands(void);
/* NULL when there is none of that name. */
const struct cli_command *cli_find(const char *name);

/* What `help` and `help COMMAND` print. */
void cli_print_help(FILE *out);
void cli_print_command(FILE *out, const struct cli_command *command);
/* The manual page of everything. */
void cli_print_manual(FILE *out);

/* The whole program; argv as main gets it. Returns the exit status. */
int cli_main(int argc, char **argv);

enum exit_status cli_up(struct cli_call *call);
enum exit_status cli_run(struct cli_call *call);
enum exit_status cli_down(struct cli_call *call);
enum exit_status cli_status(struct cli_call *call);
enum exit_status cli_ready(struct cli_call *call);
enum exit_status cli_env(struct cli_call *call);
enum exit_status cli_ls(struct cli_call *call);
enum exit_status cli_doctor(struct cli_call *call);
enum exit_status cli_check(struct cli_call *call);
enum exit_status cli_logs(struct cli_call *call);
enum exit_status cli_exec(struct cli_call *call);
enum exit_status cli_inspect(struct cli_call *call);
enum exit_status cli_seed(struct cli_call *call);
enum exit_status cli_reset(struct cli_call *call);
enum exit_status cli_checkpoint(struct cli_call *call);
enum exit_status cli_rewind(struct cli_call *call);
enum exit_status cli_fork(struct cli_call *call);
enum exit_status cli_drop(struct cli_call *call);
enum exit_status cli_clock(struct cli_call *call);
enum exit_status cli_fault(struct cli_call *call);
enum exit_status cli_journal(struct cli_call *call);
enum exit_status cli_wait(struct cli_call *call);
enum exit_status cli_mcp(struct cli_call *call);
enum exit_status cli_completion(struct cli_call *call);
enum exit_status cli_help(struct cli_call *call);
enum exit_status cli_version(struct cli_call *call);

extern const struct cli_flag cli_up_flags[], cli_run_flags[], cli_ready_flags[], cli_env_flags[],
    cli_logs_flags[], cli_journal_flags[], cli_wait_flags[], cli_mcp_flags[], cli_help_flags[];
/* --json alone */
extern const struct cli_flag cli_json_flags[];

#endif
