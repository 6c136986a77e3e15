/* Anchors: what stands under one is recorded as it passes, and played again where an alias names it.
 *
 * An alias within what is recorded stays an alias there, so that the record is never larger than the
 * text; expansion is bounded by YAML_EXPANDED_MAX. */
#ifndef PARLEL_COMMON_YAML_ANCHOR_H
#define PARLEL_COMMON_YAML_ANCHOR_H

#include "common/yaml_index.h"
#include "common/yaml_source.h"

struct yaml_anchors {
    struct yaml_record *records; /* everything under anchors, in order */
    size_t count, room;
    uint8_t *text; /* their texts and tags, and the names of anchors */
    size_t text_len, text_room;
    struct yaml_range {
        size_t first, last; /* records; last 0: still open */
    } * ranges;             /* one an anchor */
    size_t range_count, range_room;
    struct yaml_index names;     /* range by name; the latest anchor of a name */
    uint32_t depth;              /* open containers of the source */
    uint32_t recording;          /* of them those that carry an anchor */
    size_t open[YAML_DEPTH_MAX]; /* the anchor of each + 1, 0 for none */
    uint32_t replays;
    struct yaml_range replay[YAML_DEPTH_MAX];
    size_t expanded; /* events replayed so far */
};

void yaml_anchors_done(struct yaml_anchors *a);

/* The next event with aliases expanded: from the record while one is played, else from the source.
 * Texts are valid until the next call. */
bool yaml_anchors_next(struct yaml_anchors *a, const struct yaml_source_type *type,
                       struct yaml_source *source, struct yaml_raw *out,
                       struct yaml_failure *failure);

#endif
