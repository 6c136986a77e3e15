/* What is known of the running instances: one file each in the state directory.
 *
 * The directory is PARLEL_STATE_DIR, by default ~/.parlel. A running instance holds a lock on its
 * file PID.state for as long as it lives, however it ends; so a file without a lock is stale, and
 * is removed by whoever sees it. PID.log is where `up -d` writes what it has to say.
 *
 * The file is text, one fact a line: a word, a blank, the rest. Lines of unknown words are
 * skipped, so that another version's file can be read. */
#ifndef PARLEL_SERVER_STATE_H
#define PARLEL_SERVER_STATE_H

#include <stdint.h>
#include <sys/types.h>

#include "server/listen.h"
#include "server/problem.h"
#include "server/registry.h"

#define STATE_PATH_BYTES    4096
#define STATE_INSTANCES_MAX 64

struct state_service {
    char name[32];
    char address[LISTEN_ADDRESS_BYTES];
    uint16_t port;
};

struct state_instance {
    pid_t pid;
    int64_t started_us; /* of the machine's monotonic clock */
    char version[32];
    size_t service_count;
    struct state_service services[REGISTRY_MAX + 1]; /* and the control API */
};

/* The state directory's path. False when it is too long. */
bool state_directory(char out[STATE_PATH_BYTES], struct problem *problem);
/* Makes the directory where it is missing. */
bool state_make_directory(const char *directory, struct problem *problem);
/* The path of an instance's file: PID and a suffix such as ".log". False when it is too long. */
bool state_path(const char *directory, pid_t pid, const char *suffix, char out[STATE_PATH_BYTES]);

/* Writes this process's file and locks it, at once as a whole. *out_fd is the descriptor that holds
 * the lock; it is given to state_withdraw. */
bool state_publish(const char *directory, const struct state_instance *instance, int *out_fd,
                   struct problem *problem);
/* Removes this process's files and gives the lock up. fd -1: nothing was published. */
void state_withdraw(const char *directory, int fd);

/* The live instances, the youngest first; returns how many. Stale files are removed and counted
 * in *stale (may be NULL). */
size_t state_list(const char *directory, struct state_instance out[STATE_INSTANCES_MAX],
                  size_t *stale);
/* Whether the instance lives. */
bool state_alive(const char *directory, pid_t pid);

#endif
