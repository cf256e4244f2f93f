"""Draws boxes in rows, each below those it uses, with arrows up to them."""

import html

_WIDTH, _HEIGHT = 104, 34
_GAP_X, _GAP_Y = 12, 44
_SWEEPS = 4


def picture(uses, label):
    """An SVG of who uses whom.

    Args:
        uses: dict from name to set of names; each is used only by later ones.
        label: str. What the picture shows, for those who cannot see it.

    Returns:
        str. Arrows that a way over other boxes stands for are left out.
    """
    arrows = direct(uses)
    rows, ways = _with_bends(arrows, rows_of(arrows))
    _untangle(rows, ways)
    places = _places(rows)
    drawn = [_arrow([places[at] for at in way]) for way in ways]
    drawn += [_box(name, places[name]) for name in uses]
    width = max(map(len, rows)) * (_WIDTH + _GAP_X) - _GAP_X
    height = len(rows) * (_HEIGHT + _GAP_Y) - _GAP_Y
    return (
        f'<svg viewBox="-2 -2 {width + 4} {height + 4}" role="img" '
        f'aria-label="{html.escape(label)}">'
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(drawn)}</svg>"
    )


def direct(uses):
    """The arrows that no way over other boxes stands for.

    Args:
        uses: as above.

    Returns:
        dict of the same names.
    """

    def reached(name):
        return uses[name].union(*map(reached, uses[name]))

    return {
        name: used - set().union(*map(reached, used))
        for name, used in uses.items()
    }


def rows_of(arrows):
    """In which row each box stands, 0 the highest: below all that it uses."""
    rows = {}
    for name in arrows:
        rows[name] = 1 + max((rows[used] for used in arrows[name]), default=-1)
    # What uses nothing stands just above the first that uses it.
    for name in arrows:
        users = [rows[user] for user in arrows if name in arrows[user]]
        if not arrows[name] and users:
            rows[name] = min(users) - 1
    return rows


def _with_bends(arrows, row_of):
    """Rows of boxes and of bends, and the ways of the arrows over them.

    A bend is where an arrow passes a row between those of its ends, so that
    it passes no box.
    """
    rows = [[] for _ in range(max(row_of.values()) + 1)]
    for name, row in row_of.items():
        rows[row].append(name)
    ways = []
    for user in arrows:
        for used in sorted(arrows[user], key=list(arrows).index):
            between = range(row_of[user] - 1, row_of[used], -1)
            bends = [(user, used, row) for row in between]
            for bend in bends:
                rows[bend[-1]].append(bend)
            ways.append([user, *bends, used])
    return rows, ways


def _untangle(rows, ways):
    """Sorts each row by where the neighbours of its members stand."""
    neighbours = {}
    for way in ways:
        for lower, upper in zip(way, way[1:]):
            neighbours.setdefault(lower, []).append(upper)
            neighbours.setdefault(upper, []).append(lower)
    for _ in range(_SWEEPS):
        for order in (range(1, len(rows)), range(len(rows) - 2, -1, -1)):
            for row in order:
                towards = rows[row - order.step]
                at = {m: x for m, (x, _) in _places([towards]).items()}
                rows[row].sort(key=lambda m: _mean_place(neighbours[m], at))


def _mean_place(neighbours, at):
    found = [at[each] for each in neighbours if each in at]
    return sum(found) / len(found) if found else 0.0


def _places(rows):
    """The middle of each member, rows centred below each other."""
    widest = max(map(len, rows))
    return {
        member: (
            (place + (widest - len(row)) / 2) * (_WIDTH + _GAP_X) + _WIDTH / 2,
            number * (_HEIGHT + _GAP_Y) + _HEIGHT / 2,
        )
        for number, row in enumerate(rows)
        for place, member in enumerate(row)
    }


def _arrow(way):
    """From the upper edge of the first box to the lower edge of the last."""
    half = _HEIGHT / 2
    (x, y), *_ = way
    path = f"M{x:g} {y - half:g}"
    for (x1, y1), (x2, y2) in zip(way, way[1:]):
        start, end = y1 - half, y2 + half
        middle = (start + end) / 2
        path += f"C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {end:g}"
        if (x2, y2) != way[-1]:
            path += f"V{y2 - half:g}"
    return f'<path class="arrow" marker-end="url(#head)" d="{path}"/>'


def _box(name, place):
    x, y = place
    return (
        f'<rect x="{x - _WIDTH / 2:g}" y="{y - _HEIGHT / 2:g}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>'
        f'<text x="{x:g}" y="{y:g}">{html.escape(name)}</text>'
    )
