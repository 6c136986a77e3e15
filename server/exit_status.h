/* What the program tells its caller by its exit status. Scripts rely on these numbers. */
#ifndef PARLEL_SERVER_EXIT_STATUS_H
#define PARLEL_SERVER_EXIT_STATUS_H

enum exit_status {
    STATUS_OK = 0,    /* also: stopped by SIGINT or SIGTERM */
    STATUS_ERROR = 1, /* it did not work, or the answer is no */
    STATUS_USAGE = 2, /* the command line is wrong */
    STATUS_PORT = 3,  /* a port is in use */
    STATUS_CONFIG = 4 /* the environment, parlel.yaml or a fixture is wrong */
};

#endif
