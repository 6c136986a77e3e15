#include <string.h>

#include "server/cli/cli.h"
#include "server/registry.h"

/* What may stand as an argument of a command, or as a flag's value. */
struct candidates {
    const char *words; /* as cli.h has them; NULL: nothing is known */
    char separator;    /* between them */
};

/* The words of the list, one by one. */
static bool next_word(struct candidates *list, struct slice *out)
{
    const char *at = list->words;
    if (!at || !*at)
        return false;
    const char *end = strchr(at, list->separator);
    size_t len = end ? (size_t)(end - at) : strlen(at);
    *out = slice_of(at, len);
    list->words = end ? end + 1 : NULL;
    return true;
}

/* The commands that know the names of a kind; each prints one a line, as its first word. */
static const struct {
    const char *kind, *command;
} asked[] = {
    {"@checkpoints", "parlel checkpoint 2>/dev/null | cut -d' ' -f1"},
    {"@worlds",      "parlel fork 2>/dev/null | cut -d' ' -f1"      }
};

static bool has_kind(struct candidates list, const char *kind)
{
    for (struct slice word; next_word(&list, &word);)
        if (slice_eq_str(word, kind))
            return true;
    return false;
}

static void print_services(const char *format)
{
    struct registry registry = registry_builtin();
    for (size_t i = 0; i < registry.count; i++)
        printf(format, registry.types[i]->name);
}

/* Prints the words with a blank before each, kinds as the words or shell substitutions that they are.
 * open and close: of a substitution, "$(" and ")". */
static void print_words(struct candidates list, const char *open, const char *close)
{
    for (struct slice word; next_word(&list, &word);) {
        if (slice_eq_str(word, "@services"))
            print_services(" %s");
        else if (slice_eq_str(word, "@commands"))
            for (const struct cli_command *c = cli_commands(); c->name; c++)
                printf(" %s", c->name);
        else if (word.ptr[0] != '@')
            printf(" " SLICE_FMT, SLICE_ARG(word));
        for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
            if (slice_eq_str(word, asked[i].kind))
                printf(" %s%s%s", open, asked[i].command, close);
    }
}

static struct candidates arguments_of(const struct cli_command *command)
{
    return (struct candidates){command->words, ' '};
}

/* A flag's value is called FILE, WORLD, or what it may be: "fail|remap". */
static struct candidates values_of(const struct cli_flag *flag)
{
    if (strcmp(flag->value, "FILE") == 0)
        return (struct candidates){"@files", '|'};
    if (strcmp(flag->value, "WORLD") == 0)
        return (struct candidates){"@worlds", '|'};
    return (struct candidates){strchr(flag->value, '|') ? flag->value : NULL, '|'};
}

/* ---- bash */

static void print_bash_values(const struct cli_command *c)
{
    for (const struct cli_flag *f = c->flags; f && f->id; f++) {
        if (!f->value)
            continue;
        printf("    '%s --%s'", c->name, f->name);
        if (f->letter)
            printf(" | '%s -%c'", c->name, f->letter);
        fputs(") words=\" ", stdout);
        print_words(values_of(f), "$(", ")");
        printf("\"%s ;;\n", has_kind(values_of(f), "@files") ? " files=1" : "");
    }
}

static void print_bash_command(const struct cli_command *c)
{
    printf("    %s) words=\"", c->name);
    print_words(arguments_of(c), "$(", ")");
    for (const struct cli_flag *f = c->flags; f && f->id; f++)
        printf(" --%s", f->name);
    printf(" --help\"%s ;;\n", has_kind(arguments_of(c), "@files") ? " files=1" : "");
}

static void print_bash(void)
{
    fputs("# bash completion of parlel, made by `parlel completion bash`\n"
          "_parlel() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local before=\" ${COMP_WORDS[*]:1:COMP_CWORD - 1} \" words= files=\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W \"",
          stdout);
    print_words((struct candidates){"@commands", ' '}, "", "");
    fputs("\" -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    if [[ $before == *' -- '* ]]; then # of the command that is run\n"
          "        COMPREPLY=($(compgen -c -f -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    case \"${COMP_WORDS[1]} $prev\" in\n",
          stdout);
    for (const struct cli_command *c = cli_commands(); c->name; c++)
        print_bash_values(c);
    fputs("    esac\n"
          "    [[ $words ]] || case ${COMP_WORDS[1]} in\n",
          stdout);
    for (const struct cli_command *c = cli_commands(); c->name; c++)
        print_bash_command(c);
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "    [[ ! $files ]] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
          "}\n"
          "complete -o filenames -F _parlel parlel\n",
          stdout);
}

/* ---- zsh */

/* Within single quotes, in a specification of _arguments or _describe. */
static void print_zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

/* ":WHAT:ACTION", in double quotes, so that substitutions are made when they are asked for. */
static void print_zsh_action(const char *what, struct candidates list)
{
    printf("\":%s:", what);
    if (has_kind(list, "@files")) {
        fputs("_files\"", stdout);
        return;
    }
    fputs(list.words ? "(" : " ", stdout);
    print_words(list, "$(", ")");
    fputs(list.words ? ")\"" : "\"", stdout);
}

static void print_zsh_flag(const struct cli_flag *f)
{
    fputs(" \\\n            ", stdout);
    if (f->letter)
        printf("'(-%c --%s)'{-%c,--%s}", f->letter, f->name, f->letter, f->name);
    else
        printf("'*--%s'", f->name);
    fputs("'[", stdout);
    print_zsh_text(f->help);
    fputs("]'", stdout);
    if (f->value)
        print_zsh_action("value", values_of(f));
}

static void print_zsh_command(const struct cli_command *c)
{
    printf("    %s)\n        _arguments", c->name);
    for (const struct cli_flag *f = c->flags; f && f->id; f++)
        print_zsh_flag(f);
    fputs(" \\\n            '--help[show help]'", stdout);
    if (strcmp(c->name, "run") == 0)
        fputs(" \\\n            '(-)--[the command]:*:::command:_normal'", stdout);
    if (c->words) {
        fputs(" \\\n            '*'", stdout);
        print_zsh_action("argument", arguments_of(c));
    }
    fputs(" ;;\n", stdout);
}

static void print_zsh(void)
{
    fputs("#compdef parlel\n"
          "# zsh completion of parlel, made by `parlel completion zsh`\n"
          "_parlel() {\n"
          "    local -a commands=(\n",
          stdout);
    for (const struct cli_command *c = cli_commands(); c->name; c++) {
        printf("        '%s:", c->name);
        print_zsh_text(c->summary);
        fputs("'\n", stdout);
    }
    fputs("    )\n"
          "    if ((CURRENT == 2)); then\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    shift words\n"
          "    ((CURRENT--))\n"
          "    case $words[1] in\n",
          stdout);
    for (const struct cli_command *c = cli_commands(); c->name; c++)
        print_zsh_command(c);
    fputs("    esac\n"
          "}\n"
          "if [[ $funcstack[1] == _parlel ]]; then # read from $fpath, at the first use\n"
          "    _parlel \"$@\"\n"
          "else\n"
          "    compdef _parlel parlel\n"
          "fi\n",
          stdout);
}

/* ---- fish */

static void print_fish_text(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void print_fish_candidates(struct candidates list)
{
    if (has_kind(list, "@files")) {
        fputs(" -F", stdout);
    } else if (list.words) {
        fputs(" -a '", stdout);
        print_words(list, "(", ")");
        putchar('\'');
    }
}

static void print_fish_command(const struct cli_command *c)
{
    printf("complete -c parlel -n __fish_use_subcommand -a %s -d ", c->name);
    print_fish_text(c->summary);
    putchar('\n');
    for (const struct cli_flag *f = c->flags; f && f->id; f++) {
        printf("complete -c parlel -n '__fish_seen_subcommand_from %s' -l %s", c->name, f->name);
        if (f->letter)
            printf(" -s %c", f->letter);
        if (f->value) {
            fputs(has_kind(values_of(f), "@files") ? " -r" : " -x", stdout);
            print_fish_candidates(values_of(f));
        }
        fputs(" -d ", stdout);
        print_fish_text(f->help);
        putchar('\n');
    }
    if (!c->words)
        return;
    printf("complete -c parlel -n '__fish_seen_subcommand_from %s'", c->name);
    print_fish_candidates(arguments_of(c));
    putchar('\n');
}

static void print_fish(void)
{
    fputs("# fish completion of parlel, made by `parlel completion fish`\n"
          "complete -c parlel -f\n"
          "complete -c parlel -l help -d 'show help'\n",
          stdout);
    for (const struct cli_command *c = cli_commands(); c->name; c++)
        print_fish_command(c);
}

static const struct {
    const char *name;
    void (*print)(void);
} shells[] = {
    {"bash", print_bash},
    {"zsh",  print_zsh },
    {"fish", print_fish}
};

enum exit_status cli_completion(struct cli_call *call)
{
    const char *wanted = NULL;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        if (next != CLI_WORD)
            return next == CLI_HELP ? STATUS_OK : STATUS_USAGE;
        if (wanted)
            return cli_usage(call, "completion takes one shell");
        wanted = call->text;
    }
    for (size_t i = 0; wanted && i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].name, wanted) == 0) {
            shells[i].print();
            return STATUS_OK;
        }
    }
    return cli_usage(call, "completion is made for bash, zsh and fish%s%s",
                     wanted ? ", not for " : "", wanted ? wanted : "");
}
