#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/cli.h"
#include "server/cli/report.h"

#define STEP_MS 50

enum { FLAG_FOLLOW = 1 };

const struct cli_flag cli_logs_flags[] = {
    {FLAG_FOLLOW, 'f', "follow", NULL, "go on with what comes, until it ends or Ctrl-C"},
    {0  },
};

/* Prints what the file has behind where it stands. */
static bool copy_rest(int file)
{
    char piece[8192];
    for (;;) {
        ssize_t len = read(file, piece, sizeof(piece));
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return fflush(stdout) == 0;
        fwrite(piece, 1, (size_t)len, stdout);
    }
}

static void follow(int file, const char *directory, pid_t pid)
{
    bool alive = true;
    /* Once more after its end, for its last words. */
    while (copy_rest(file) && alive) {
        poll(NULL, 0, STEP_MS);
        alive = state_alive(directory, pid);
    }
}

enum exit_status cli_logs(struct cli_call *call)
{
    bool follows = false;
    for (int next; (next = cli_next(call)) != CLI_END;) {
        if (next == CLI_HELP || next == CLI_WRONG)
            return next == CLI_HELP ? STATUS_OK : STATUS_USAGE;
        if (next == CLI_WORD)
            return cli_usage(call, "logs takes no argument '%s'", call->text);
        follows = true;
    }
    struct state_instance instances[STATE_INSTANCES_MAX];
    char directory[STATE_PATH_BYTES], path[STATE_PATH_BYTES];
    struct problem why;
    if (!report_instances(instances, true) || !state_directory(directory, &why))
        return STATUS_ERROR;
    pid_t pid = instances[0].pid;
    int file = state_path(directory, pid, ".log", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) {
        cli_complain("process %ld runs in the foreground and says all on its own stderr",
                     (long)pid);
        return STATUS_ERROR;
    }
    if (follows)
        follow(file, directory, pid);
    else
        copy_rest(file);
    close(file);
    return STATUS_OK;
}
