#include "server/cli/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/cli/cli.h"

/* What this program handles or ignores. */
static const int changed[] = {SIGINT, SIGTERM, SIGCHLD, SIGPIPE};
#define CHANGED_COUNT (sizeof(changed) / sizeof(changed[0]))

void child_read_origin(struct child_origin *out)
{
    struct sigaction action;
    *out = (struct child_origin){.ignored = 0};
    getrlimit(RLIMIT_NOFILE, &out->descriptors);
    for (size_t i = 0; i < CHANGED_COUNT; i++)
        if (sigaction(changed[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            out->ignored |= 1u << changed[i];
}

static void restore_signals(const struct child_origin *origin)
{
    for (size_t i = 0; i < CHANGED_COUNT; i++)
        signal(changed[i], origin->ignored >> changed[i] & 1 ? SIG_IGN : SIG_DFL);
}

static void execute(char **argv, const struct child_origin *origin)
{
    setrlimit(RLIMIT_NOFILE, &origin->descriptors);
    execvp(argv[0], argv);
    int error = errno;
    cli_complain("%s: %s", argv[0], strerror(error));
    _exit(error == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE);
}

pid_t child_start(char **argv, const struct child_origin *origin)
{
    /* A signal that came to the child before it has lost our handlers would be ours, and lost. */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        restore_signals(origin);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child == 0)
        execute(argv, origin);
    return child;
}

static bool in_foreground(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (tcgetpgrp(fd) == getpgrp())
            return true;
    return false;
}

void child_signal(pid_t child, int signum)
{
    if (signum != SIGINT || !in_foreground())
        kill(child, signum);
}

bool child_ended(pid_t child, int *out_status)
{
    int status;
    if (waitpid(child, &status, WNOHANG) != child)
        return false;
    *out_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}
