/* The command of `parlel run`: one child process, started, signalled and awaited. */
#ifndef PARLEL_SERVER_CLI_CHILD_H
#define PARLEL_SERVER_CLI_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* The exit status when the command cannot be started, as shells have it. */
#define CHILD_NOT_EXECUTABLE 126
#define CHILD_NOT_FOUND      127

/* What the command shall have as if this program were not there. */
struct child_origin {
    struct rlimit descriptors;
    unsigned ignored; /* bit N: signal N was ignored */
};

/* How it is now: before this program raises limits and handles signals. */
void child_read_origin(struct child_origin *out);

/* Starts argv with this process's environment and descriptors, and the limits and signals of the
 * origin. A command that cannot be executed ends with one of the above, and has said why on stderr.
 * Returns -1 when there can be no process. */
pid_t child_start(char **argv, const struct child_origin *origin);

/* Passes a signal on, unless the child has it already: the keys of a terminal signal every process in
 * its foreground. */
void child_signal(pid_t child, int signum);

/* Whether the child has ended; its exit status then, 128 + N when signal N ended it. Does not wait. */
bool child_ended(pid_t child, int *out_status);

#endif
