#include <string.h>

#include "server/cli/cli.h"
#include "server/registry.h"

static void print_group(FILE *out, const char *group)
{
    fprintf(out, "\n%s\n", group);
    for (const struct cli_command *c = cli_commands(); c->name; c++)
        if (strcmp(c->group, group) == 0)
            fprintf(out, "  %-11s %s\n", c->name, c->summary);
}

void cli_print_help(FILE *out)
{
    fputs("parlel COMMAND [ARGUMENT]...\n", out);
    const char *group = "";
    for (const struct cli_command *c = cli_commands(); c->name; c++) {
        if (strcmp(group, c->group) != 0)
            print_group(out, c->group);
        group = c->group;
    }
    fputs("\nServices\n ", out);
    struct registry registry = registry_builtin();
    for (size_t i = 0; i < registry.count; i++)
        fprintf(out, " %s:%u", registry.types[i]->name, (unsigned)registry.types[i]->port);
    fputs("\n\nExamples\n"
          "  parlel up                     every service on its usual port, until Ctrl-C\n"
          "  parlel up redis:0 -d          Redis on a free port, in the background\n"
          "  parlel up --seed users.yaml   with data from the start\n"
          "  eval \"$(parlel env --export)\"\n"
          "\nExit status: 0 ok, 1 error, 2 wrong usage, 3 port in use, 4 wrong configuration\n",
          out);
}

void cli_print_command(FILE *out, const struct cli_command *command)
{
    fprintf(out, "parlel %s%s%s: %s\n", command->name, *command->synopsis ? " " : "",
            command->synopsis, command->summary);
    if (command->flags && command->flags->id)
        fputc('\n', out);
    for (const struct cli_flag *f = command->flags; f && f->id; f++) {
        char name[64];
        snprintf(name, sizeof(name), "--%s%s%s", f->name, f->value ? " " : "",
                 f->value ? f->value : "");
        fprintf(out, "  %c%c%s %-26s %s\n", f->letter ? '-' : ' ', f->letter ? f->letter : ' ',
                f->letter ? "," : " ", name, f->help);
    }
    if (command->details)
        fprintf(out, "\n%s", command->details);
}

enum { FLAG_MAN = 1 };

const struct cli_flag cli_help_flags[] = {
    {FLAG_MAN, 0, "man", NULL, "print the manual page, for man(1)"},
    {0  },
};

enum exit_status cli_help(struct cli_call *call)
{
    const struct cli_command *about = NULL;
    bool man = false;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        if (next == CLI_HELP || next == CLI_WRONG)
            return next == CLI_HELP ? STATUS_OK : STATUS_USAGE;
        if (next == FLAG_MAN) {
            man = true;
            continue;
        }
        if (about)
            return cli_usage(call, "help takes one command");
        about = cli_find(call->text);
        if (!about)
            return cli_usage(call, "there is no command '%s'", call->text);
    }
    if (man)
        cli_print_manual(stdout);
    else if (about)
        cli_print_command(stdout, about);
    else
        cli_print_help(stdout);
    return STATUS_OK;
}
