// Names beside points, where they cover neither another name nor a point.

const AWAY = 8;
const HEIGHT = 14;
// Right, left, above, below, and the corners between.
const AROUND = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
];

/**
 * A place for each name that finds one: {point, x, y}, x the left end and y the middle of its text.
 * `points` are {x, y, name, needed}; those that are needed come first, and get a place even so.
 * `measure` gives a text's width; `frame` is {left, right, top, bottom}.
 */
export function placeNames(points, measure, frame) {
  const taken = points.map(({ x, y }) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
  // What is needed may have to cover something, but then as little as can be.
  const inOrder = [...points].sort((a, b) => (b.needed ? 1 : 0) - (a.needed ? 1 : 0));
  const placed = [];
  for (const point of inOrder) {
    const boxes = AROUND.map((way) => boxOf(point, measure(point.name), way)).filter(
      ({ left, right, top, bottom }) =>
        left >= frame.left && right <= frame.right && top >= frame.top && bottom <= frame.bottom,
    );
    const covered = boxes.map((box) => taken.filter((other) => overlap(box, other)).length);
    const least = covered.indexOf(Math.min(...covered));
    const box = boxes[least];
    if (!box || (covered[least] && !point.needed)) continue;
    taken.push(box);
    placed.push({ point, x: box.left, y: (box.top + box.bottom) / 2 });
  }
  return placed;
}

function boxOf({ x, y }, width, [right, down]) {
  const left = right > 0 ? x + AWAY : right < 0 ? x - AWAY - width : x - width / 2;
  const top = y - HEIGHT / 2 + down * (right ? 0.8 : 1.05) * HEIGHT;
  return { left, right: left + width, top, bottom: top + HEIGHT };
}

const overlap = (a, b) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
