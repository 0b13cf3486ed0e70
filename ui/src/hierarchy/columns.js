// How wide the icicle's columns are, for any block in front.

const THIN = 24;
const NARROWEST = 92;
// A column that one block fills says little: it is thin, its name written upwards.
const FILLED = 0.7;

/**
 * The left edges of the columns by depth, for `focus` filling the height: edges[d] to edges[d + 1].
 * Columns before the focus have no width, those there is no room for neither.
 */
export function columnEdges(focus, width, deepest, scale) {
  const [thinnest, narrowest] = [THIN * scale, NARROWEST * scale];
  const thin = [];
  let room = width;
  // Levels are looked at only as far as there is room: there may be 20,000 classes below.
  for (const share of greatestShares(focus)) {
    const least = share >= FILLED ? thinnest : narrowest;
    if (room < least && thin.length > 0) break;
    room -= least;
    thin.push(share >= FILLED);
  }
  const shown = thin.length;
  const wide = thin.filter((one) => !one).length;
  const edges = Array(focus.depth + 1).fill(0);
  for (let k = 0; k < shown; k++) {
    const extra = wide ? (thin[k] ? 0 : room / wide) : room / shown;
    edges.push(edges.at(-1) + (thin[k] ? thinnest : narrowest) + extra);
  }
  while (edges.length < deepest + 2) edges.push(width);
  edges[focus.depth + shown] = width;
  return edges;
}

/** For the focus and each depth below it: the share of the greatest block there. */
function* greatestShares(focus) {
  let level = [focus];
  while (level.length) {
    const greatest = level.reduce((most, { value }) => Math.max(most, value), 0);
    // A column of classes alone needs its room whatever their shares.
    yield level.some((node) => node.children) ? greatest / focus.value : 0;
    level = level.flatMap((node) => node.children ?? []);
  }
}
