/* A JSON value cut to what a model can read.
 *
 * Lists, maps and texts keep their beginning; what is left out is counted. An object's first members
 * are never left out, so that a value still fits its schema. */
#ifndef PARLEL_SERVER_MCP_EXCERPT_H
#define PARLEL_SERVER_MCP_EXCERPT_H

#include "common/json.h"

#define MCP_EXCERPT_ROWS    200   /* elements of an array, members of an object */
#define MCP_EXCERPT_MEMBERS 16    /* of an object that are kept whatever its size */
#define MCP_EXCERPT_TEXT    8192  /* bytes of a text */
#define MCP_EXCERPT_BYTES   65536 /* beyond these no more elements follow */

struct mcp_excerpt {
    size_t rows_left_out;
    size_t texts_cut;
};

/* Copies the value, which is valid JSON; for an object its members only, so that others can be put
 * behind them. False when out of memory. */
bool mcp_excerpt_write(struct json_writer *w, struct slice json, struct arena *arena,
                       struct mcp_excerpt *out);

#endif
