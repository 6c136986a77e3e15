/* A running parlel: one sandbox with its listeners on one loop, from start to clean end.
 *
 * Ownership: a serve owns its reactor and sandbox and its files in the state directory; the config
 * is borrowed for its life. */
#ifndef PARLEL_SERVER_SERVE_H
#define PARLEL_SERVER_SERVE_H

#include "server/config.h"
#include "server/control/api.h"
#include "server/sandbox.h"
#include "server/state.h"

struct serve {
    const struct config *config;
    struct reactor *reactor;
    struct sandbox *sandbox;
    struct control control;
    struct control_api *api;
    struct service api_service;       /* where the control API listens */
    char directory[STATE_PATH_BYTES]; /* state directory */
    int state_fd;                     /* -1: this instance is not known there */
    bool has_ports_file;              /* it was written, and goes with us */
    struct state_instance instance;   /* what others see of this one */
};

/* Gives the services their settings; those of services that do not run are passed over, as their
 * fixtures are. */
bool serve_apply_settings(struct sandbox *sandbox, const struct config *config,
                          struct problem *problem);
/* Starts everything: when it returns STATUS_OK every port listens and every fixture is loaded.
 * Otherwise *problem says why, and only serve_stop remains to be called. From here on SIGINT and
 * SIGTERM end serve_run. */
enum exit_status serve_start(struct serve *serve, const struct config *config,
                             struct problem *problem);
/* For the background process of daemon.h: leaves the terminal for this instance's log file. */
void serve_detach(struct serve *serve, int report);
/* Serves until a signal ends it. */
void serve_run(struct serve *serve);
/* Ends every connection, gives everything back, removes the files that tell of this instance. */
void serve_stop(struct serve *serve);

#endif
