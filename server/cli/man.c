/* The manual page, in the man macros of roff, from the same tables as help and completion. */
#include <ctype.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/config_item.h"

/* One line of running text; roff takes a '-' for a hyphen, and some first characters for requests. */
static void put_text(FILE *out, const char *text, size_t len)
{
    if (len && (text[0] == '.' || text[0] == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '-' || text[i] == '\\')
            fputs(text[i] == '-' ? "\\-" : "\\e", out);
        else
            putc(text[i], out);
    }
}

static void put_line(FILE *out, const char *text)
{
    put_text(out, text, strlen(text));
    putc('\n', out);
}

/* Lines that begin with a blank keep their form; others are filled. */
static void put_paragraph(FILE *out, const char *text)
{
    fputs(".PP\n", out);
    bool kept = false;
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (kept != (text[0] == ' '))
            fputs(kept ? ".fi\n" : ".nf\n", out);
        kept = text[0] == ' ';
        put_text(out, text, len);
        putc('\n', out);
        text += len + (text[len] == '\n');
    }
    if (kept)
        fputs(".fi\n", out);
}

static void put_flag(FILE *out, const struct cli_flag *flag)
{
    fputs(".TP\n", out);
    if (flag->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", flag->letter);
    fputs("\\fB\\-\\-", out);
    put_text(out, flag->name, strlen(flag->name));
    fputs("\\fR", out);
    if (flag->value) {
        fputs(" \\fI", out);
        put_text(out, flag->value, strlen(flag->value));
        fputs("\\fR", out);
    }
    putc('\n', out);
    put_line(out, flag->help);
}

static void put_command(FILE *out, const struct cli_command *command)
{
    fprintf(out, ".SS parlel %s ", command->name);
    put_line(out, command->synopsis);
    put_line(out, command->summary);
    for (const struct cli_flag *f = command->flags; f && f->id; f++)
        put_flag(out, f);
    if (command->details)
        put_paragraph(out, command->details);
}

static void put_services(FILE *out)
{
    struct registry registry = registry_builtin();
    fputs(".SH SERVICES\n", out);
    for (size_t i = 0; i < registry.count; i++) {
        const struct emulator_type *type = registry.types[i];
        fprintf(out, ".TP\n.B %s\n", type->name);
        fprintf(out, "%s %s, %s, port %u\n", type->title, type->version, type->protocol,
                (unsigned)type->port);
    }
}

static void put_variable(FILE *out, const char *name, const char *meaning)
{
    fprintf(out, ".TP\n.B %s\n%s\n", name, meaning);
}

static void put_environment(FILE *out)
{
    struct registry registry = registry_builtin();
    char text[128];
    fputs(".SH ENVIRONMENT\n", out);
    for (const struct config_item *item = config_items; item->take; item++) {
        if (!item->env)
            continue;
        snprintf(text, sizeof(text), "%s%s, unless the command line says it",
                 item->flag ? "as \\-\\-" : "the services to start", item->flag ? item->flag : "");
        put_variable(out, item->env, text);
    }
    for (size_t i = 0; i < registry.count; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s_PORT", registry.types[i]->name);
        for (char *c = name; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        snprintf(text, sizeof(text), "the port of %s, unless the command line says it",
                 registry.types[i]->name);
        put_variable(out, name, text);
    }
    put_variable(out, "PARLEL_STATE_DIR",
                 "where running instances are known, ~/.parlel by default");
    put_variable(out, "PARLEL_URL",
                 "the control API to speak to, by default that of the youngest running instance");
}

void cli_print_manual(FILE *out)
{
    fputs(
        ".TH PARLEL 1 \"\" \"parlel " PARLEL_VERSION "\" \"User Commands\"\n"
        ".SH NAME\n"
        "parlel \\- databases, queues and clouds in memory, to develop and test against\n"
        ".SH SYNOPSIS\n"
        ".B parlel\n.I COMMAND\n[\\fIARGUMENT\\fR]...\n"
        ".SH DESCRIPTION\n"
        "parlel speaks the wire protocols of the services below and keeps their state in memory, so\n"
        "that unmodified drivers connect to it as to the real servers. All services are seeded,\n"
        "inspected, reset and rewound together. Results go to standard output, everything else to\n"
        "standard error.\n"
        ".SH COMMANDS\n",
        out);
    for (const struct cli_command *c = cli_commands(); c->name; c++)
        put_command(out, c);
    put_services(out);
    put_environment(out);
    fputs(".SH FILES\n"
          ".TP\n.B parlel.yaml\nof the working directory: services, bind, control, on\\-conflict,\n"
          "ports\\-file, fixtures, journal\n"
          ".SH EXIT STATUS\n"
          ".TP\n.B 0\nfine, also when stopped by SIGINT or SIGTERM\n"
          ".TP\n.B 1\nit did not work, or the answer is no\n"
          ".TP\n.B 2\nwrong usage\n"
          ".TP\n.B 3\na port is in use\n"
          ".TP\n.B 4\nwrong configuration or fixture\n"
          ".PP\n"
          ".B parlel run\nends with the exit status of its command.\n",
          out);
}
