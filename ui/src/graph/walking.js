// Walking from class to class with the arrow keys: along an edge where one leads that way.

const DIRECTIONS = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

export const isArrow = (key) => key in DIRECTIONS;
export const directionOfKey = (key) => DIRECTIONS[key];

/**
 * The class to the side of `from` that an arrow key names: a perceived neighbour there, else the
 * nearest of the same cluster, else the nearest of all; `from` itself where nothing lies that way.
 */
export function step(model, layout, from, key) {
  const { a, b } = model.perceived;
  const along = model.perceivedOf[from].map((edge) => (a[edge] === from ? b[edge] : a[edge]));
  const mates = model.members[model.classes.cluster[from]];
  return (
    best(layout, from, along, key, 1.2) ??
    best(layout, from, mates, key, 1.2) ??
    best(layout, from, Array.from({ length: model.n }, (_, i) => i), key, 2) ??
    from
  );
}

/** The nearest candidate on that side; `spread` is how far aside it may lie for its distance. */
function best(layout, from, candidates, key, spread) {
  const [dx, dy] = DIRECTIONS[key];
  let found = null;
  let least = Infinity;
  for (const to of candidates) {
    // Rows are close and columns far apart: up and down count about six times as much.
    const across = layout.x[to] - layout.x[from];
    const down = 6 * (layout.y[to] - layout.y[from]);
    const ahead = across * dx + down * dy;
    const aside = Math.abs(across * dy) + Math.abs(down * dx);
    if (to === from || ahead <= 0 || aside > spread * ahead * (dx ? 4 : 1)) continue;
    if (ahead + 2 * aside < least) [least, found] = [ahead + 2 * aside, to];
  }
  return found;
}
