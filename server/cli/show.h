/* The end of most subcommands that speak to a running instance: asking, and showing the answer. */
#ifndef PARLEL_SERVER_CLI_SHOW_H
#define PARLEL_SERVER_CLI_SHOW_H

#include "server/cli/answer.h"
#include "server/cli/remote.h"
#include "server/cli/words.h"

struct show {
    const char *member; /* of the answer that is shown; NULL: all of it */
    /* One of: a row of columns for the object, or for each of a list; or this. */
    const struct answer_column *columns;
    bool is_list;
    void (*print)(struct slice value, FILE *out);
    enum exit_status of_bad_request; /* the exit status then; STATUS_OK: as any error */
};

/* Asks, prints the answer as words->json wants it, ends the call; the exit status. */
enum exit_status show(struct remote *call, const struct words *words, const struct show *how);
/* Prints the answer of a call. */
void show_answer(struct remote *call, const struct words *words, const struct show *how);

#endif
