// SPDX-License-Identifier: AGPL-3.0-or-later
// Clusters that were written before, taken up again: new records join them, and they keep
// their names.
//
// The file is one that `heng link --clusters` wrote: id, (source,) cluster, and columns
// that are not looked at; Splink's headings (unique_id, source_dataset, cluster_id) are
// understood. Rows that stand in the order of the records' files, as they were written,
// are found at once; others by a hash of the ids.
//
// The records and the clusters must outlive it. One thread. 8 bytes an old record while
// it is read, then 12, and the texts of the names.
#ifndef LINK_KNOWN_H
#define LINK_KNOWN_H

#include "link/cluster.h"
#include "link/dictionary.h"

struct link_merge { // names; they live as long as the clusters known
    struct str gone, kept;
};

struct link_known {
    uint32_t n_old;            // records 0 to n_old - 1 are those that may be known
    uint32_t n_alone;          // of them, those that the file does not have
    uint32_t *cluster;         // [n_old] smallest record of the cluster that each is in
    uint64_t n_names;          // clusters in the file
    struct link_merge *merges; // by link_known_update
    uint64_t n_merges;
    // for known.c
    const struct link_records *records;
    struct dictionary names;
    uint32_t *name; // [records->n] by smallest record: number of its cluster's name
    uint32_t *size; // [n_old + 1] by number: records before the new ones
};

// ERR_INPUT: no columns of ids or clusters; a record that is not among the old ones, is
// one of the new ones, or could be one of several files; an empty id or cluster; a record
// in two clusters; and what table_open says. Each with its row and its cure. Records that
// the file does not have are clusters of their own, and counted.
enum err link_known_read(struct link_known **out, const char *path,
                         const struct link_records *records, uint32_t n_old,
                         struct error *e) WARN_UNUSED;
void link_known_close(struct link_known *k); // NULL is accepted

// Names the clusters that link_cluster_add made of those known. A cluster that was known
// keeps its name; of several that have become one the name of the largest stays (of those
// of one size the smaller name). A new one is named by the id of its smallest record; if
// that is the name or the id of another, by "source:id", or "source:id#2". Once only.
enum err link_known_update(struct link_known *k, const uint32_t *cluster,
                           const struct cluster_change *merged, uint64_t n_merged,
                           struct error *e) WARN_UNUSED;
// By the cluster's smallest record; after link_known_update.
struct str link_known_name(const struct link_known *k, uint32_t cluster);

#endif
