// What differs between two models, the greatest differences first.

/** The edges that only the first model has, and those that only the second has. */
export function changedEdges(edges) {
  const only = (here, there, similarity) =>
    [...edges.a.keys()]
      .filter((at) => here[at] && !there[at])
      .map((at) => ({ a: edges.a[at], b: edges.b[at], similarity: similarity[at] }))
      .sort((x, y) => y.similarity - x.similarity);
  return [
    only(edges.in_first, edges.in_second, edges.similarity_first),
    only(edges.in_second, edges.in_first, edges.similarity_second),
  ];
}

/** Classes whose companions are not all the same: {at: position in shared, overlap}. */
export function movedClasses(moved) {
  return moved.class
    .map((at, row) => ({ at, overlap: moved.overlap[row] }))
    .filter(({ overlap }) => overlap < 1);
}

/** The confusions of which the second model has more, and less than the first. */
export function confusionChanges({ a, b, first, second }, most) {
  const rows = a.map((_, at) => ({ a: a[at], b: b[at], first: first[at], second: second[at] }));
  const by = (sign) =>
    rows
      .filter((row) => sign * (row.second - row.first) > 0)
      .sort((x, y) => sign * (y.second - y.first - x.second + x.first))
      .slice(0, most);
  return { more: by(1), less: by(-1) };
}
