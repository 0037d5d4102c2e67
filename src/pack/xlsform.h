// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads a form written as an XLSForm (sheets survey, choices, settings; as ODK and
// KoboToolbox take them) or as an XForm (the .xml that is made of one) and makes the YAML
// of a checklist (checklists/NAME.yaml) of it.
//
// Taken: text, integer, decimal, range, date, time (a text), dateTime (a day and a text),
// geopoint (two numbers), select_one (a list of yes and no becomes a yes / no item),
// select_multiple (a yes / no item a choice), rank (a choice a place), choice_filter (all
// are offered, those that do not belong are refused), or_other, acknowledge, barcode
// (typed), image (a yes / no item with a photograph), sound, film and other files (a yes
// / no item beside the attachment), note (the hint of the next item), groups (the
// outermost are sections), calculate (put in where it is read); required, relevant,
// constraint with its message; labels and hints in English and Chinese, one text for both
// where there is one. Lists of an XForm's secondary instances are lists of choices.
// Columns of Heng's own, which other programs pass over: points, critical, photo, met
// (survey), points, fails, not_applicable (choices).
//
// All else is named with its place. What would change who is asked what, or lose an
// answer, refuses the form; what is only shown or checked otherwise is left out and told.
// XPath expressions are translated (xlsform_expr.c); an empty answer is null, and
// `x != 'a'` holds for it as in a form. What is made compiles: it is tried in a small
// pack, the Charter included.
#ifndef PACK_XLSFORM_H
#define PACK_XLSFORM_H

#include "base/str.h"

struct xlsform_note { // in the arena
    struct str sheet;
    uint64_t row;      // of the sheet; 0: the whole sheet or file
    struct str column; // heading; may be empty
    struct str found;  // what stands there, cut
    struct str text;   // what it means and what to do
    bool refused;      // the form cannot be taken for it
};

struct xlsform {
    struct str name; // of the checklist
    struct str yaml; // empty when refused
    struct xlsform_note *notes;
    size_t n_notes, left_out; // left_out: hints past the first 200
    size_t n_items, n_sections;
    bool refused;
    bool xml; // rows of notes are lines of the file
};

// ERR_INPUT: neither an XForm nor XLSX, or no sheet survey. A form that is refused is
// ERR_OK with out->refused. O(cells + expressions).
enum err xlsform_read(struct arena *a, const char *path, struct xlsform *out,
                      struct error *e) WARN_UNUSED;

#endif
