#include "server/cli/words.h"

#define WORDS_MAX (sizeof(((struct words *)0)->word) / sizeof(const char *))

const struct cli_flag words_flags[] = {WORDS_JSON_FLAG, WORDS_WORLD_FLAG, {0}};

bool words_next(struct cli_call *call, struct words *words, int *out_next,
                enum exit_status *out_status)
{
    *out_next = cli_next(call);
    switch (*out_next) {
    case CLI_HELP: *out_status = STATUS_OK; return false;
    case CLI_WRONG: *out_status = STATUS_USAGE; return false;
    case WORDS_JSON: words->json = true; break;
    case WORDS_WORLD: words->world = call->text; break;
    case CLI_WORD:
        if (words->count == WORDS_MAX) {
            *out_status =
                cli_usage(call, "%s takes no more than %zu words", call->command->name, WORDS_MAX);
            return false;
        }
        words->word[words->count++] = call->text;
        break;
    default: break;
    }
    return true;
}

bool words_read(struct cli_call *call, struct words *words, size_t min, size_t max,
                const char *what, enum exit_status *out_status)
{
    int next;
    *words = (struct words){.count = 0};
    do {
        if (!words_next(call, words, &next, out_status))
            return false;
    } while (next != CLI_END);
    if (words->count >= min && words->count <= max)
        return true;
    *out_status = words->count < min ? cli_usage(call, "%s needs %s", call->command->name, what)
                                     : cli_usage(call, "%s takes no argument '%s'",
                                                 call->command->name, words->word[max]);
    return false;
}
