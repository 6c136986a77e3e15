/* Splits an inline command into arguments, with quotes as a shell has them: "a\x20b\n" with escapes,
 * 'it\'s' with none but the quote. Source: the Redis protocol specification, "Inline commands". */
#ifndef PARLEL_PROTOCOLS_RESP_INLINE_H
#define PARLEL_PROTOCOLS_RESP_INLINE_H

#include "protocols/resp/resp_decode.h"

enum resp_inline { RESP_INLINE_OK, RESP_INLINE_UNBALANCED, RESP_INLINE_NO_MEMORY };

/* Fills d->argv and d->argc; arguments lie in d->scratch. */
enum resp_inline resp_split_inline(struct resp_decoder *d, struct slice line);

/* Room for one more argument in argv and mark: it grows with what really comes, not with what was
 * announced. False: out of memory. */
bool resp_make_room(struct resp_decoder *d);

#endif
