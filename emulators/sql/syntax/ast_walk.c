#include "emulators/sql/syntax/ast_fields.h"

bool ast_walk_list(const struct ast_list *list,
                   bool (*visit)(struct ast_node *child, void *context), void *context)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i] && !visit(list->items[i], context))
            return false;
    return true;
}

bool ast_walk(const struct ast_node *node, bool (*visit)(struct ast_node *child, void *context),
              void *context)
{
    for (uint16_t i = ast_field_starts[node->kind]; i < ast_field_starts[node->kind + 1]; i++) {
        const uint8_t *member = (const uint8_t *)node + ast_fields[i].offset;
        if (ast_fields[i].list) {
            struct ast_list list;
            memcpy(&list, member, sizeof(list));
            if (!ast_walk_list(&list, visit, context))
                return false;
            continue;
        }
        struct ast_node *child;
        memcpy(&child, member, sizeof(struct ast_node *));
        if (child && !visit(child, context))
            return false;
    }
    return true;
}
