#include "server/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The caller's side: waits for the report, or for the end of the process that does not make it. */
static int await_report(int report, pid_t child)
{
    char byte;
    ssize_t len;
    do
        len = read(report, &byte, 1);
    while (len < 0 && errno == EINTR);
    close(report);
    if (len == 1)
        return 0;
    int status;
    if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        return 1;
    return WEXITSTATUS(status);
}

bool daemon_split(int *out_report, int *out_status)
{
    int ends[2];
    *out_status = -1;
    if (pipe(ends) < 0)
        return false;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        *out_report = ends[1];
        return true;
    }
    close(ends[1]);
    if (child < 0)
        close(ends[0]);
    else
        *out_status = await_report(ends[0], child);
    return false;
}

static void replace(int fd, int with)
{
    if (with >= 0)
        dup2(with, fd);
}

void daemon_detach(int report, const char *log_path)
{
    fflush(NULL);
    setsid();
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    replace(STDIN_FILENO, nothing);
    replace(STDOUT_FILENO, log < 0 ? nothing : log);
    replace(STDERR_FILENO, log < 0 ? nothing : log);
    if (nothing > STDERR_FILENO)
        close(nothing);
    if (log > STDERR_FILENO)
        close(log);
    while (write(report, "", 1) < 0 && errno == EINTR)
        ;
    close(report);
}
