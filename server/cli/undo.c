/* Checkpoints and forks: checkpoint, rewind, fork, drop. */
#include "protocols/http/http_head.h"

#include "server/cli/show.h"

static const struct answer_column checkpoint_columns[] = {
    {"name", NULL, NULL, false},
    {"at",  NULL, NULL, false},
    {0     },
};

static const struct answer_column fork_columns[] = {
    {"name", NULL, NULL, false},
    {"connections",  NULL, " connections", false},
    {0     },
};

static const struct answer_column name_columns[] = {
    {"name", NULL, NULL, false},
    {0 }
};
static const struct answer_column dropped_columns[] = {
    {"dropped", NULL, NULL, false},
    {0    }
};

/* Lists what is at the path; with a name, makes one of it. */
static enum exit_status list_or_make(struct cli_call *call, const char *path,
                                     const struct show *list, const struct show *one)
{
    struct words words;
    struct remote remote;
    enum exit_status status;
    if (!words_read(call, &words, 0, 1, "", &status))
        return status;
    remote_begin(&remote, words.count ? "POST" : "GET", path);
    if (words.count)
        remote_argument(&remote, "name", slice_str(words.word[0]));
    remote_optional(&remote, "world", words.world);
    return show(&remote, &words, words.count ? one : list);
}

enum exit_status cli_checkpoint(struct cli_call *call)
{
    return list_or_make(
        call, "/checkpoints",
        &(struct show){.member = "checkpoints", .columns = checkpoint_columns, .is_list = true},
        &(struct show){.columns = checkpoint_columns});
}

enum exit_status cli_fork(struct cli_call *call)
{
    return list_or_make(
        call, "/sandboxes",
        &(struct show){.member = "sandboxes", .columns = fork_columns, .is_list = true},
        &(struct show){.columns = name_columns});
}

enum exit_status cli_rewind(struct cli_call *call)
{
    struct words words;
    struct remote remote;
    enum exit_status status;
    if (!words_read(call, &words, 1, 1, "the name of a checkpoint", &status))
        return status;
    remote_begin(&remote, "POST", "/checkpoints");
    remote_segment(&remote, words.word[0]);
    remote_segment(&remote, "rewind");
    remote_optional(&remote, "world", words.world);
    return show(&remote, &words, &(struct show){.columns = name_columns});
}

/* False: there is none of that name. */
static bool drop(const char *path, const struct words *words, enum exit_status *out_status)
{
    struct remote remote;
    remote_begin(&remote, "DELETE", path);
    remote_segment(&remote, words->word[0]);
    remote_optional(&remote, "world", words->world);
    *out_status = STATUS_ERROR;
    bool answered = remote_send(&remote) && remote_read(&remote);
    bool found = !answered || remote.status != HTTP_NOT_FOUND;
    if (answered && found && remote.status >= HTTP_BAD_REQUEST) {
        remote_complain(&remote);
    } else if (answered && found) {
        show_answer(&remote, words, &(struct show){.columns = dropped_columns});
        *out_status = STATUS_OK;
    }
    remote_end(&remote);
    return found;
}

enum exit_status cli_drop(struct cli_call *call)
{
    struct words words;
    enum exit_status status;
    if (!words_read(call, &words, 1, 1, "the name of a checkpoint or of a fork", &status))
        return status;
    if (!drop("/checkpoints", &words, &status) && !drop("/sandboxes", &words, &status))
        cli_complain("there is neither a checkpoint nor a fork '%s'", words.word[0]);
    return status;
}
