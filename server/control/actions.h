/* The functions behind the table of actions (actions.c); each file has those of one room. */
#ifndef PARLEL_SERVER_CONTROL_ACTIONS_H
#define PARLEL_SERVER_CONTROL_ACTIONS_H

#include "server/control/control.h"

/* action_services.c */
void action_list_services(struct control_request *request);
void action_service(struct control_request *request);
void action_start_services(struct control_request *request);
void action_stop_services(struct control_request *request);
void action_status(struct control_request *request);

/* action_state.c */
void action_inspect(struct control_request *request);
void action_execute(struct control_request *request);
void action_seed(struct control_request *request);
void action_reset(struct control_request *request);

/* action_undo.c */
void action_checkpoint(struct control_request *request);
void action_rewind(struct control_request *request);
void action_fork(struct control_request *request);

/* action_clock.c */
void action_clock(struct control_request *request);

/* action_fault.c */
void action_fault(struct control_request *request);

/* action_journal.c */
void action_journal(struct control_request *request);
void action_get_requests(struct control_request *request);
void action_wait(struct control_request *request);

/* ---- shared by these files */

/* Members of the object being written. */
void action_write_service(struct control_request *request, const struct emulator_type *type,
                          struct service *service);
void action_write_services(struct control_request *request);
void action_write_checkpoints(struct control_request *request);
void action_write_worlds(struct control_request *request, const char *member);
void action_write_clock(struct control_request *request);

/* The member NAME with microseconds since 1970 as RFC 3339. */
void action_write_time(struct json_writer *out, const char *name, int64_t us);

/* The pattern that the parameters service, op, key, connection and the world make. */
struct match action_match(const struct control_request *request);

#endif
