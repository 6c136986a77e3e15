/* What a JSON value is made of, without its values: the names and kinds of an unknown state. */
#ifndef PARLEL_SERVER_MCP_SHAPE_H
#define PARLEL_SERVER_MCP_SHAPE_H

#include "common/json.h"

#define MCP_SHAPE_MEMBERS 100 /* of an object that are named */
#define MCP_SHAPE_DEPTH   6   /* what is nested more deeply is only called an object or a list */

/* Texts, numbers, ... are "text", "number", ...; an array is {"each": shape of its first element,
 * "count"}; an object is one of shapes, with "..." for how many members it has beyond those. False for
 * malformed JSON, or out of memory. */
bool mcp_shape_write(struct json_writer *w, struct slice json, struct arena *arena);

#endif
