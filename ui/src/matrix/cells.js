// The matrix's numbers: similarity and confusions of any two classes, or of any two blocks.

/**
 * @typedef {object} Grid
 * @property {number} n classes
 * @property {number} size cells along one side: n, or fewer where a cell is a block of classes
 * @property {Uint8Array} similarity size x size, symmetric, 0 to 255
 * @property {Float32Array|null} confusions size x size, symmetric, counts both ways
 * @property {number} mostConfused the greatest of them off the diagonal
 * @property {Int32Array} position of each class in display order
 */

const grids = new WeakMap();

/** The cells of a model with a matrix, decoded once. @returns {Grid} */
export function gridOf(model) {
  if (!grids.has(model)) grids.set(model, makeGrid(model));
  return grids.get(model);
}

function makeGrid(model) {
  const { order, size, low, high, cells } = model.matrix;
  const position = new Int32Array(order.length);
  order.forEach((one, at) => (position[one] = at));
  const grid = { n: order.length, size, low, high, order, position };
  grid.similarity = unfold(cells, size);
  grid.confusions = model.confused ? sumConfusions(model.confused, grid) : null;
  grid.mostConfused = grid.confusions ? mostOffDiagonal(grid.confusions, size) : 0;
  return grid;
}

/** The upper triangle, base64, as the whole square. */
function unfold(cells, size) {
  const packed = atob(cells);
  const square = new Uint8Array(size * size);
  let at = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      square[i * size + j] = square[j * size + i] = packed.charCodeAt(at++);
    }
  }
  return square;
}

function sumConfusions(confused, grid) {
  const { size, position } = grid;
  const sums = new Float32Array(size * size);
  confused.a.forEach((a, pair) => {
    const i = blockOf(grid, position[a]);
    const j = blockOf(grid, position[confused.b[pair]]);
    const both = confused.a_as_b[pair] + confused.b_as_a[pair];
    sums[i * size + j] += both;
    if (i !== j) sums[j * size + i] += both;
  });
  return sums;
}

function mostOffDiagonal(values, size) {
  let most = 0;
  for (let at = 0; at < values.length; at++) {
    if (values[at] > most && at % size !== Math.floor(at / size)) most = values[at];
  }
  return most;
}

/** Where a block begins in display order. */
export const blockStart = ({ n, size }, block) => Math.floor((block * n) / size);

/** The block in which a place of the display order lies. */
export function blockOf(grid, place) {
  let block = Math.floor((place * grid.size) / grid.n);
  // floor(k n / m) is not undone exactly by floor(p m / n).
  while (block + 1 < grid.size && blockStart(grid, block + 1) <= place) block++;
  return block;
}

/** The classes of a block, in display order. */
export const blockClasses = (grid, block) =>
  grid.order.slice(blockStart(grid, block), blockStart(grid, block + 1));

/** The similarity a cell stands for. */
export const similarityAt = (grid, i, j) =>
  grid.low + (grid.similarity[i * grid.size + j] / 255) * (grid.high - grid.low);

/** Neighbouring classes of one cluster in display order: {cluster, from, to}, `to` excluded. */
export function clusterRuns(order, clusterOf) {
  const runs = [];
  order.forEach((one, at) => {
    const last = runs.at(-1);
    if (last?.cluster === clusterOf[one]) last.to = at + 1;
    else runs.push({ cluster: clusterOf[one], from: at, to: at + 1 });
  });
  return runs;
}

// As in semdepth's printed matrices (writing/figures/matrix.py): the palest colour is the lowest
// 30% of the cells off the diagonal, the darkest the highest 0.5%.
const PALEST = 0.3;
const DARKEST = 0.995;

/** The cell values that get the ends of the colour scale. */
export function contrast({ similarity, size }) {
  const seen = new Uint32Array(256);
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) seen[similarity[i * size + j]]++;
  }
  const cells = (size * (size - 1)) / 2;
  const few = cells < 500;
  const from = quantile(seen, few ? 0 : PALEST * cells);
  const to = quantile(seen, few ? cells - 1 : DARKEST * cells);
  return { from, to: Math.max(to, from + 1) };
}

function quantile(counts, place) {
  let passed = 0;
  for (let value = 0; value < 256; value++) {
    passed += counts[value];
    if (passed > place) return value;
  }
  return 255;
}
