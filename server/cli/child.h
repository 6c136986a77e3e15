/* The command of `parlel run`: one child process, started, signalled and awaited. */
#ifndef PARLEL_SERVER_CLI_CHILD_H
#define PARLEL_SERVER_CLI_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* The exit status when the command cannot be started, as shells have it. */
#define CHILD_NOT_EXECUTABLE 126
#define CHILD_NOT_FOUND      127

/* Starts argv with this process's environment, descriptors and the given limit of descriptors; signals
 * that this program handles are as they are by default. A command that cannot be executed ends with one of the above, and has
 * said why on stderr. Returns -1 when there can be no process. */
pid_t child_start(char **argv, const struct rlimit *descriptors);

/* Passes a signal on, unless the child has it already: the keys of a terminal signal every process in
 * its foreground. */
void child_signal(pid_t child, int signum);

/* Whether the child has ended; its exit status then, 128 + N when signal N ended it. Does not wait. */
bool child_ended(pid_t child, int *out_status);

#endif
