/* The state of services: inspect, exec, seed, reset. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/quote.h"
#include "server/cli/show.h"

enum exit_status cli_inspect(struct cli_call *call)
{
    struct words words;
    struct remote remote;
    enum exit_status status;
    if (!words_read(call, &words, 1, 1, "a service", &status))
        return status;
    remote_begin(&remote, "GET", "/services");
    remote_segment(&remote, words.word[0]);
    remote_segment(&remote, "state");
    remote_optional(&remote, "world", words.world);
    return show(&remote, &words, &(struct show){.member = "state", .print = answer_print_json});
}

/* ---- exec */

enum exit_status cli_exec(struct cli_call *call)
{
    struct words words = {.count = 0};
    struct remote remote;
    enum exit_status status;
    int next;
    call->others_are_words = true; /* LRANGE list 0 -1 */
    do {
        if (!words_next(call, &words, &next, &status))
            return status;
    } while (next != CLI_END);
    if (words.count < 2)
        return cli_usage(call, "exec needs a service and a command");
    remote_begin(&remote, "POST", "/services");
    remote_segment(&remote, words.word[0]);
    remote_segment(&remote, "execute");
    remote_argument(&remote, "command",
                    quote_command(&remote.arena, words.word + 1, words.count - 1));
    remote_optional(&remote, "world", words.world);
    return show(&remote, &words, &(struct show){.member = "result", .print = answer_print_result});
}

/* ---- seed */

static enum exit_status seed_from(int file, const char *name, const struct words *words)
{
    struct remote remote;
    remote_begin(&remote, "POST", "/seed");
    remote_send_file(&remote, file);
    remote_argument(&remote, "name", slice_str(name));
    remote_optional(&remote, "world", words->world);
    /* The document is what can be wrong. */
    return show(&remote, words,
                &(struct show){.member = "seeded",
                               .print = answer_print_result,
                               .of_bad_request = STATUS_CONFIG});
}

static enum exit_status seed_file(const char *path, const struct words *words)
{
    if (strcmp(path, "-") == 0)
        return seed_from(STDIN_FILENO, "stdin", words);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        cli_complain("%s: %s", path, strerror(errno));
        return STATUS_CONFIG;
    }
    enum exit_status status = seed_from(file, path, words);
    close(file);
    return status;
}

enum exit_status cli_seed(struct cli_call *call)
{
    struct words words;
    enum exit_status status;
    if (!words_read(call, &words, 1, 1024, "a file, or - for what stdin has", &status))
        return status;
    for (size_t i = 0; i < words.count && status == STATUS_OK; i++)
        status = seed_file(words.word[i], &words);
    return status;
}

enum exit_status cli_reset(struct cli_call *call)
{
    struct words words;
    struct remote remote;
    enum exit_status status;
    if (!words_read(call, &words, 0, 1, "", &status))
        return status;
    remote_begin(&remote, "POST", words.count ? "/services" : "/reset");
    if (words.count) {
        remote_segment(&remote, words.word[0]);
        remote_segment(&remote, "reset");
    }
    remote_optional(&remote, "world", words.world);
    return show(&remote, &words, &(struct show){.member = "reset", .print = answer_print_result});
}
