// What the pointer or the keyboard is at, in words: a small box beside it, and for screen readers.

import { clusterName, conceptWord, edgeBetween } from "../data.js";
import { counted, fixed } from "../format.js";
import { sceneOf } from "./scene.js";

const WIDTH = 280;

export function Tip({ parts, shown }) {
  const walker = parts.walker.value;
  const hovered = parts.hovered.value;
  const hit = hovered?.hit ?? (walker == null ? null : { kind: "class", class: walker });
  const [x, y] = hovered ? [hovered.x, hovered.y] : walker == null ? [0, 0] : parts.stage.whereIs(walker);
  return (
    <>
      {hit && (
        <div class="graph-tip" role="tooltip" style={placed(parts, x, y)}>
          <Content hit={hit} shown={shown} />
        </div>
      )}
      <p class="unseen" role="status">
        {walker != null && spoken(shown, walker)}
      </p>
    </>
  );
}

/** Beside the place, on the side where there is room. */
function placed({ stage }, x, y) {
  const { width = 0, height = 0 } = stage?.frame ?? {};
  const style = { maxWidth: px(Math.min(WIDTH, width - 16)) };
  if (x + WIDTH + 20 < width) style.left = px(x + 14);
  else if (x > WIDTH) style.right = px(width - x + 14);
  else style.left = px(8);
  if (y < height - 150) style.top = px(y + 14);
  else style.bottom = px(height - y + 14);
  return style;
}

const px = (length) => `${Math.round(length)}px`;

function Content({ hit, shown }) {
  if (hit.kind === "class") return <ClassTip i={hit.class} shown={shown} />;
  if (hit.kind === "cluster") return <ClusterTip cluster={hit.cluster} shown={shown} />;
  if (hit.kind === "edge") {
    const { a, b, similarity, depth, subsumer } = shown.perceived;
    const e = hit.edge;
    return (
      <PairTip a={a[e]} b={b[e]} shown={shown}>
        <p>{`similarity ${fixed(similarity[e])}${meeting(shown, depth[e], subsumer[e])}`}</p>
      </PairTip>
    );
  }
  const { a, b, kind, depth } = hit.arc;
  return (
    <PairTip a={a} b={b} shown={shown}>
      {kind === "semantic" && <p>{`kin in the taxonomy${meeting(shown, depth)}`}</p>}
    </PairTip>
  );
}

function meeting(shown, depth, concept) {
  if (depth == null) return "";
  const word = concept == null || !shown.hierarchy ? "" : `: ${conceptWord(shown.hierarchy.name[concept])}`;
  return `, they meet at depth ${depth}${word}`;
}

const Name = ({ shown, i }) => (
  <bdi dir="auto" class="graph-tip-name">
    {shown.classes.label[i]}
  </bdi>
);

function ClassTip({ i, shown }) {
  const { classes, clusters } = shown;
  const cluster = classes.cluster[i];
  const [depth, chance] = [classes.local_depth[i], classes.chance_depth?.[i]];
  const image = classes.image?.[i];
  return (
    <>
      {image && <img src={image} alt="" width="64" height="64" />}
      <p>
        <b>
          <Name shown={shown} i={i} />
        </b>
      </p>
      <p>{`in ${clusterName(shown, cluster)}, ${counted(clusters.size[cluster], "class", "classes")}`}</p>
      {depth != null && (
        <p>{`local depth ${fixed(depth)}${chance == null ? "" : `, by chance ${fixed(chance)}`}`}</p>
      )}
    </>
  );
}

function ClusterTip({ cluster, shown }) {
  const { size, depth } = shown.clusters;
  return (
    <>
      <p>
        <b>
          <bdi dir="auto">{clusterName(shown, cluster)}</bdi>
        </b>
      </p>
      <p>
        {counted(size[cluster], "class", "classes")}
        {depth[cluster] != null && `, mean depth ${fixed(depth[cluster])}`}
      </p>
    </>
  );
}

function PairTip({ a, b, shown, children }) {
  const row = shown.confused ? edgeBetween(shown, "confused", a, b) : -1;
  const verdict = sceneOf(shown).verdictOf(a, b);
  return (
    <>
      <p>
        <b>
          <Name shown={shown} i={a} /> – <Name shown={shown} i={b} />
        </b>
      </p>
      {children}
      {row >= 0 && <Confusion row={row} shown={shown} />}
      {verdict && <p>{`verdict: ${verdict}`}</p>}
    </>
  );
}

function Confusion({ row, shown }) {
  const { a, b, a_as_b, b_as_a } = shown.confused;
  const taken = [
    [a[row], b[row], a_as_b[row]],
    [b[row], a[row], b_as_a[row]],
  ].filter(([, , count]) => count);
  return taken.map(([from, to, count]) => (
    <p key={from} class="graph-tip-confused">
      <Name shown={shown} i={from} /> taken for <Name shown={shown} i={to} /> {`${count}×`}
    </p>
  ));
}

function spoken(shown, i) {
  const { a, b, similarity } = shown.perceived;
  const { label, cluster } = shown.classes;
  const edges = shown.perceivedOf[i]
    .slice(0, 6)
    .map((e) => `${label[a[e] === i ? b[e] : a[e]]} ${fixed(similarity[e])}`);
  const alike = edges.length ? `Joined to ${edges.join(", ")}.` : "Joined to no class.";
  return `${label[i]}, in ${clusterName(shown, cluster[i])}. ${alike}`;
}
