#include "emulators/redis/histogram.h"

struct place {
    unsigned row, column;
};

/* Row 0 is 0..127; row r has the values from 128 << (r - 1) up to twice that. */
static struct place place_of(uint64_t ns)
{
    if (ns < REDIS_HISTOGRAM_ROW)
        return (struct place){0, (unsigned)ns};
    unsigned shift = 63 - 7 - (unsigned)__builtin_clzll(ns);
    return (struct place){shift + 1, (unsigned)(ns >> shift) - REDIS_HISTOGRAM_ROW};
}

static uint64_t end_of(struct place place)
{
    if (place.row == 0)
        return place.column;
    unsigned shift = place.row - 1;
    return ((uint64_t)(REDIS_HISTOGRAM_ROW + place.column + 1) << shift) - 1;
}

void redis_histogram_add(struct heap *heap, struct redis_histogram *histogram, uint64_t ns)
{
    struct place place = place_of(ns < REDIS_HISTOGRAM_MAX ? ns : REDIS_HISTOGRAM_MAX);
    uint64_t **row = &histogram->rows[place.row];
    if (__builtin_expect(!*row, 0))
        *row = heap_zalloc(heap, REDIS_HISTOGRAM_ROW * sizeof(**row));
    if (!*row)
        return;
    (*row)[place.column]++;
    histogram->total++;
}

void redis_histogram_clear(struct heap *heap, struct redis_histogram *histogram)
{
    for (int i = 0; i < REDIS_HISTOGRAM_ROWS; i++)
        heap_free(heap, histogram->rows[i], REDIS_HISTOGRAM_ROW * sizeof(*histogram->rows[i]));
    *histogram = (struct redis_histogram){0};
}

uint64_t redis_histogram_percentile(const struct redis_histogram *histogram, double percentile)
{
    uint64_t wanted = (uint64_t)(percentile / 100 * (double)histogram->total + 0.5);
    uint64_t seen = 0;
    wanted = wanted ? wanted : 1;
    for (unsigned r = 0; r < REDIS_HISTOGRAM_ROWS; r++)
        for (unsigned c = 0; histogram->rows[r] && c < REDIS_HISTOGRAM_ROW; c++) {
            seen += histogram->rows[r][c];
            if (seen >= wanted)
                return end_of((struct place){r, c});
        }
    return 0;
}

uint64_t redis_histogram_count_to(const struct redis_histogram *histogram, uint64_t ns)
{
    struct place last = place_of(ns);
    uint64_t seen = 0;
    for (unsigned r = 0; r < REDIS_HISTOGRAM_ROWS && r <= last.row; r++)
        for (unsigned c = 0; histogram->rows[r] && c < REDIS_HISTOGRAM_ROW; c++)
            if (r < last.row || c <= last.column)
                seen += histogram->rows[r][c];
    return seen;
}

uint64_t redis_histogram_bucket_end(uint64_t ns)
{
    return end_of(place_of(ns));
}
