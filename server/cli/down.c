#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/report.h"

#define WAIT_MS 10000
#define STEP_MS 2

/* Asks an instance to end and waits until it has. */
static bool stop(const char *directory, pid_t pid)
{
    if (kill(pid, SIGTERM) < 0 && errno != ESRCH) {
        cli_complain("process %ld cannot be told to end: %s", (long)pid, strerror(errno));
        return false;
    }
    for (int waited = 0; state_alive(directory, pid); waited += STEP_MS) {
        if (waited >= WAIT_MS) {
            cli_complain("process %ld has not ended after %d s", (long)pid, WAIT_MS / 1000);
            return false;
        }
        poll(NULL, 0, STEP_MS);
    }
    printf("stopped %ld\n", (long)pid);
    return true;
}

enum exit_status cli_down(struct cli_call *call)
{
    bool json = false;
    enum exit_status status;
    if (!cli_only_json(call, &json, &status))
        return status;
    struct state_instance instances[STATE_INSTANCES_MAX];
    char directory[STATE_PATH_BYTES];
    struct problem why;
    size_t count = report_instances(instances, false);
    if (!state_directory(directory, &why))
        return STATUS_ERROR;
    if (!count)
        cli_complain("nothing runs here (%s)", directory);
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = stop(directory, instances[i].pid) && all;
    return all ? STATUS_OK : STATUS_ERROR;
}
