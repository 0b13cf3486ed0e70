// Where two classes meet in the taxonomy, and the ways up to there, worked out in the page.

const climbs = new WeakMap();

/** The least number of steps from every concept up to a root. */
function leastDepths(hierarchy) {
  if (!climbs.has(hierarchy)) {
    const least = [];
    // Parents stand before their children.
    hierarchy.parents.forEach((parents, concept) => {
      least[concept] = parents.length ? 1 + Math.min(...parents.map((each) => least[each])) : 0;
    });
    climbs.set(hierarchy, least);
  }
  return climbs.get(hierarchy);
}

/** All concepts above one, itself first, each with the concept it was first reached from. */
function ancestors({ parents }, concept) {
  const from = new Map([[concept, null]]);
  for (const at of from.keys()) {
    for (const parent of parents[at]) if (!from.has(parent)) from.set(parent, at);
  }
  return from;
}

/**
 * The lowest common subsumer of two classes, a before b; null where a class has no concept or
 * nothing lies above both.
 *
 * Of all concepts above both the one furthest below the root: by the shortest way up, or by the
 * longest if the analysis asked for that. Of several the first class's own, else the one whose
 * name comes first.
 */
export function meeting({ classes, hierarchy, parameters }, a, b) {
  const own = [classes.concept[a], classes.concept[b]];
  if (!hierarchy || own.some((concept) => concept == null)) return null;
  const below = parameters?.lcs === "max_depth" ? hierarchy.depth : leastDepths(hierarchy);
  const [above, aboveOther] = own.map((concept) => ancestors(hierarchy, concept));
  const common = [...above.keys()].filter((concept) => aboveOther.has(concept));
  const deepest = Math.max(...common.map((concept) => below[concept]));
  const candidates = common.filter((concept) => below[concept] === deepest);
  return candidates.includes(own[0]) ? own[0] : firstNamed(candidates, hierarchy.name);
}

function firstNamed(candidates, names) {
  const first = (best, each) => (best == null || names[each] < names[best] ? each : best);
  return candidates.reduce(first, null);
}

/** Concepts on the shortest way from one up to another above it, both included. */
export function wayUp(hierarchy, concept, above) {
  const from = ancestors(hierarchy, concept);
  const way = [];
  for (let at = above; at != null; at = from.get(at)) way.push(at);
  return way.reverse();
}
