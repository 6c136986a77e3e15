/* Lists of objects as clients ask for them: sorted, filtered by name, in pages, by columns.
 *
 *   struct management_list list = management_list_of(call, "vhost", "name");
 *   for (...) {
 *       put_queue(management_list_item(&list), queue);
 *       management_list_end_item(&list);
 *   }
 *   management_reply_list(&list);
 *
 * Without ?sort= a list is in the order of its default columns. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_LIST_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_LIST_H

#include "emulators/rabbitmq/management/call.h"

#define MANAGEMENT_SORT_MAX 5

struct management_item;

struct management_list {
    struct management_call *call;
    const char *order[MANAGEMENT_SORT_MAX]; /* columns; NULL: no more */
    struct management_item *items;
    size_t count, room;
    bool failed; /* out of memory */
};

struct management_list management_list_of(struct management_call *call, const char *first,
                                          const char *second);

/* A writer for the next item, in the call's body, and its end. */
struct json_writer *management_list_item(struct management_list *list);
void management_list_end_item(struct management_list *list);

/* Answers with the list; never in pages, whatever is asked for. */
void management_reply_list(struct management_list *list);
/* Answers with the list, or the page of it that is asked for. */
void management_reply_pages(struct management_list *list);
/* Writes the items, sorted, as an array. */
void management_put_list(struct management_list *list, struct json_writer *out);

#endif
