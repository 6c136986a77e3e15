/* Going to the background: the caller's command returns when the background process is ready. */
#ifndef PARLEL_SERVER_DAEMON_H
#define PARLEL_SERVER_DAEMON_H

#include <stdbool.h>

/* Splits the process. In the background process: true, and *out_report for daemon_detach. In the
 * caller's: false, after the other has detached or ended; *out_status is 0 or the other's exit
 * status. When no process can be made: false with *out_status -1. */
bool daemon_split(int *out_report, int *out_status);

/* Leaves the terminal: what is printed from now on goes to the log file (or nowhere when it cannot
 * be written). Tells the caller that all is well. */
void daemon_detach(int report, const char *log_path);

#endif
