/* The arguments of subcommands that speak to a running instance: words, --json, --world. */
#ifndef PARLEL_SERVER_CLI_WORDS_H
#define PARLEL_SERVER_CLI_WORDS_H

#include <stddef.h>

#include "server/cli/cli.h"

/* ids of the flags that words_read knows; others of a subcommand begin behind them */
enum { WORDS_JSON = 1, WORDS_WORLD, WORDS_OTHERS };

/* --json and --world */
extern const struct cli_flag words_flags[];

#define WORDS_JSON_FLAG                                     \
    {                                                       \
        WORDS_JSON, 0, "json", NULL, "print the API's JSON" \
    }
#define WORDS_WORLD_FLAG                                                            \
    {                                                                               \
        WORDS_WORLD, 0, "world", "WORLD", "of a fork instead of the sandbox itself" \
    }

struct words {
    bool json;
    const char *world; /* NULL: none */
    size_t count;
    const char *word[1024];
};

/* One step: false when the call has ended, with its status in *out_status. *out_next is CLI_END, CLI_WORD
 * (which has been added) or the id of another flag of the subcommand. */
bool words_next(struct cli_call *call, struct words *words, int *out_next,
                enum exit_status *out_status);
/* All arguments of a subcommand without other flags: from min to max words, which `what` names. */
bool words_read(struct cli_call *call, struct words *words, size_t min, size_t max,
                const char *what, enum exit_status *out_status);

#endif
