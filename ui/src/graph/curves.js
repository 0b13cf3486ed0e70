// Points on the curves that edges and arcs are drawn as, and how far a place is from them.

function cubicAt([x0, y0, ax, ay, bx, by, x1, y1], t) {
  const s = 1 - t;
  const [p, q, r, u] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  return [p * x0 + q * ax + r * bx + u * x1, p * y0 + q * ay + r * by + u * y1];
}

export function quadraticAt([x0, y0, cx, cy, x1, y1], t) {
  const s = 1 - t;
  return [s * s * x0 + 2 * s * t * cx + t * t * x1, s * s * y0 + 2 * s * t * cy + t * t * y1];
}

const STEPS = 14;

/** The distance of (x, y) from a curve, taken as straight pieces between points on it. */
export function distanceTo(curve, x, y) {
  const at = curve.length === 8 ? cubicAt : quadraticAt;
  let before = at(curve, 0);
  let least = Infinity;
  for (let step = 1; step <= STEPS; step++) {
    const next = at(curve, step / STEPS);
    least = Math.min(least, distanceToPiece(before, next, x, y));
    before = next;
  }
  return least;
}

function distanceToPiece([x0, y0], [x1, y1], x, y) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const t = length ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length)) : 0;
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
}
