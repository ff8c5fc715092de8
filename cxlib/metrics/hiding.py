"""Which groups show no figure: those of few people, and those that the metric of all of them would give away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from cxlib.confidentiality import check_smallest_base
from cxlib.metrics.answers import Answers


def hidden_groups(answers: Answers, *, smallest_base: int) -> np.ndarray:
    """The groups that show no figure.

    A metric by segment stands beside that of all customers, and one by segment and month beside those by segment and
    by month. So where groups of too few people are hidden, others are hidden with them, until what the totals less the
    groups shown tell rests on at least `smallest_base` people.

    Parameters
    ----------
    answers : Answers
    smallest_base : int, >= 1

    Returns
    -------
    array of bool, one per group

    Raises
    ------
    ParameterError

    Notes
    -----
    A line is all groups that are alike in all keys but one; it adds up to a group of the table without that key. What
    that table hides counts as one line together, for only its sum can be known. In each line in turn, where the people
    of the hidden groups, each counted once, are too few, one more group goes: if possible one that stands in another
    line with hidden groups already, else the one of the fewest people. Linear in the answers, a few times over.

    Lines can also be taken from one another. Of two keys, groups are edges between two lines, and what lines tell
    together are the cuts of that graph (`cxlib.confidentiality.few_told`): a cut through too few people gets another
    hidden group across it. The smallest cut between two lines is the largest flow; lines that it cannot part count as
    one from then on, so there are at most as many flows as lines for every group added. In such a cut a customer
    counts in each of the small groups that she is in. Of three keys or more, line by line has to do, with at least two
    hidden groups in each.

    Two tables by one key each can tell of a combination by themselves, where few cells have anybody in them; no table
    of the combinations can prevent that (`cx.withheld_totals` finds what to leave out of them).
    """
    check_smallest_base(smallest_base)
    width = int(answers.customer.max(initial=0)) + 1
    pairs = pd.unique(answers.group * width + answers.customer)
    levels = [pd.factorize(answers.groups[key], use_na_sentinel=False)[0] for key in answers.groups]
    table = _Table(levels=levels, size=answers.n_groups, group=pairs // width, customer=pairs % width)
    return _hidden(table, smallest_base)


@dataclass(frozen=True, kw_only=True)
class _Table:
    """Who is in which group: `levels` has each group's level of every key, `group` and `customer` an entry a person."""

    levels: list[np.ndarray]
    size: int
    group: np.ndarray
    customer: np.ndarray

    @property
    def people(self) -> np.ndarray:
        return np.bincount(self.group, minlength=self.size)

    def people_of(self, line: np.ndarray, of: np.ndarray) -> np.ndarray:
        """How many people the groups `of` have in each line, whoever is in several of them once."""
        is_in = of[self.group]
        width = int(self.customer.max(initial=0)) + 1
        pairs = pd.unique(line[self.group[is_in]] * width + self.customer[is_in])
        return np.bincount(pairs // width, minlength=int(line.max()) + 1)

    def without(self, key: int) -> tuple[_Table, np.ndarray]:
        """The table without a key, and the group there of every group here."""
        kept = [each for at, each in enumerate(self.levels) if at != key]
        into = np.zeros(self.size, dtype="int64")
        for each in kept:
            into = pd.factorize(into * (int(each.max()) + 1) + each)[0]
        _, first = np.unique(into, return_index=True)
        width = int(self.customer.max(initial=0)) + 1
        pairs = pd.unique(into[self.group] * width + self.customer)
        levels = [each[first] for each in kept]
        return _Table(levels=levels, size=len(first), group=pairs // width, customer=pairs % width), into


def _hidden(table: _Table, smallest_base: int) -> np.ndarray:
    people = table.people
    hidden, is_met = people < smallest_base, people > 0
    if not table.levels or not (hidden & is_met).any():
        return hidden
    lines = _lines(table, smallest_base)
    while True:
        n_hidden = hidden.sum()
        for line in lines:
            hidden = hidden | _next_in_line(table, line, lines, hidden, smallest_base)
        if hidden.sum() > n_hidden:
            continue
        if len(table.levels) != 2:
            return hidden
        ends = np.column_stack([lines[0], lines[1] + lines[0].max() + 1])
        hidden[is_met] = _without_weak_cuts(ends[is_met], people[is_met], hidden[is_met], smallest_base)
        if hidden.sum() == n_hidden:
            return hidden


def _lines(table: _Table, smallest_base: int) -> list[np.ndarray]:
    """Numbers of lines, one array for each way to lay them: of each group the line that it is in."""
    if len(table.levels) == 1:
        return [np.zeros(table.size, dtype="int64")]
    laid = []
    for key in range(len(table.levels)):
        coarser, into = table.without(key)
        is_hidden = _hidden(coarser, smallest_base)
        own = np.arange(coarser.size)
        laid += [np.where(is_hidden, coarser.size + line, own)[into] for line in _lines(coarser, smallest_base)]
    return laid


def _next_in_line(
    table: _Table, line: np.ndarray, lines: list[np.ndarray], hidden: np.ndarray, smallest_base: int
) -> np.ndarray:
    """Of every line whose hidden groups are too few people the group that goes next."""
    people = table.people
    hides = hidden & (people > 0)
    n_people = table.people_of(line, hidden)
    is_weak = (n_people > 0) & (n_people < smallest_base)
    if len(table.levels) > 2:  # no cuts are looked for: then a large group, once told, must not tell a small one
        is_weak |= np.bincount(line[hides], minlength=len(n_people)) == 1
    shown = np.flatnonzero(is_weak[line] & ~hidden)
    n_beside = sum(np.isin(each[shown], each[hides]).astype("int64") for each in lines)
    order = shown[np.lexsort((people[shown], -n_beside, line[shown]))]
    _, first = np.unique(line[order], return_index=True)
    taken = np.zeros(table.size, dtype=bool)
    taken[order[first]] = True
    return taken


def _without_weak_cuts(ends: np.ndarray, people: np.ndarray, hidden: np.ndarray, smallest_base: int) -> np.ndarray:
    """The hidden groups, and with them what leaves no cut through too few people.

    Parameters
    ----------
    ends : array of int, one row per group
        The two lines that it is in.
    people : array of int, above 0
    hidden : array of bool
    smallest_base : int
    """
    hidden = hidden.copy()
    is_told = np.zeros_like(hidden)
    while True:
        blurs = hidden & ~is_told
        side = _weak_cut(ends[blurs], people[blurs], int(ends.max()) + 1, smallest_base)
        if side is None:
            return hidden
        one, other = side[ends].T
        # straight across, else by way of lines that have nothing hidden yet
        for across in ((one != other) & (one != 0) & (other != 0), one != other):
            shown = np.flatnonzero(across & ~hidden)
            if shown.size:
                hidden[shown[np.argmin(people[shown])]] = True
                break
        else:
            is_told |= one != other  # the lines tell it whatever is hidden here, so it blurs nothing


def _weak_cut(ends: np.ndarray, people: np.ndarray, size: int, smallest_base: int) -> np.ndarray | None:
    """Of each line the side (1, 2; 0: not met) of a cut through too few people; None where there is no such cut."""
    # only here: it takes a while to load, and few tables have anything to hide
    from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

    def graph(ends, weights):
        both = np.vstack([ends, ends[:, ::-1]])
        return sparse.csr_array((np.tile(weights, 2).astype("int32"), both.T), shape=(size, size), dtype="int32")

    is_large = people >= smallest_base
    part = connected_components(graph(ends, people))[1]
    label = connected_components(graph(ends[is_large], people[is_large]))[1]
    while True:
        is_open = label[ends[:, 0]] != label[ends[:, 1]]
        if not is_open.any():
            return None
        joined = graph(label[ends[is_open]], people[is_open])
        source, sink = (int(each) for each in label[ends[is_open][0]])
        flow = maximum_flow(joined, source, sink)
        if flow.flow_value >= smallest_base:
            label = np.where(label == sink, source, label)
            continue
        left = joined - flow.flow
        left.eliminate_zeros()
        is_reached = np.isin(label, breadth_first_order(left, source, return_predecessors=False))
        met = part == part[ends[is_open][0][0]]
        return np.select([met & is_reached, met], [1, 2], 0)
