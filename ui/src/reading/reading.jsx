// How to read the report: each number, the method in plain words, how to make it again.

import { useSignal } from "@preact/signals";
import { model, report } from "../state.js";
import { AllNumbers } from "./all_numbers.jsx";
import { Numbers, Verdicts } from "./numbers.jsx";

export function ReadingView() {
  const of = model.value;
  return (
    <article class="reading">
      <h3>What was done</h3>
      <Method of={of} />
      <h3>What the numbers mean</h3>
      <Numbers of={of} />
      {of.verdicts && (
        <>
          <h3>Verdicts on pairs</h3>
          <Verdicts verdicts={of.verdicts} />
        </>
      )}
      <h3>All numbers</h3>
      <AllNumbers of={of} />
      <h3>What limits them</h3>
      <Limits of={of} />
      <h3>How to make it again</h3>
      <Again of={of} />
      <h3>Sources</h3>
      <Sources of={of} />
    </article>
  );
}

function Method({ of }) {
  const { name } = of.parameters ?? {};
  return (
    <ol>
      <li>
        <b>Templates.</b> The last layer of a classifier holds one row of weights for every class, its
        template. Two classes are as alike to the network as their rows point the same way: the
        cosine, scaled so that the least alike pair has 0 and a class with itself 1. The network is
        not run and no image is needed.
      </li>
      <li>
        <b>Clusters.</b> Classes that are alike are put into clusters{name ? ` (${name})` : ""}.
      </li>
      <li>
        <b>Perceived forest.</b> In every cluster the strongest likenesses that join all its classes
        without a circle are kept: a tree. All trees are the forest that the graph shows.
      </li>
      <li>
        <b>Depth.</b> Every edge joins two classes. The taxonomy ({of.taxonomy}) knows the lowest
        concept above both; its depth, counted from the root, tells how close kin they are.
      </li>
      {of.scores.direct && (
        <li>
          <b>Confusions.</b> The predictions make a second forest in the same way, of classes that are
          mixed up. Both forests are held against each other.
        </li>
      )}
    </ol>
  );
}

function Limits({ of }) {
  return (
    <ul>
      {(of.notes ?? []).map((note) => (
        <li key={note}>{note}</li>
      ))}
      <li>
        Likeness is read from the weights of the last layer alone. What earlier layers do with an
        image it does not tell.
      </li>
      <li>
        Depths depend on how finely the taxonomy divides a field: compare two sets of classes by the
        normalised value, not by depth.
      </li>
      <li>
        Chance deals out the same class names over the same trees, so size and shape of the clusters
        are no part of the difference.
      </li>
      <li>
        The file holds the most important rows of very long tables, and says where others were left
        out; a matrix of more than 1,500 classes is shown as means of blocks.
      </li>
    </ul>
  );
}

function Again({ of }) {
  const { command, semdepth } = report.value;
  return (
    <>
      {command && <Command text={command} />}
      <dl class="parameters">
        <dt>semdepth</dt>
        <dd>{semdepth}</dd>
        <dt>taxonomy</dt>
        <dd>{of.taxonomy}</dd>
        {Object.entries(of.parameters ?? {}).map(([name, value]) => [
          <dt key={name}>{PARAMETERS[name] ?? name.replaceAll("_", " ")}</dt>,
          <dd key={`${name} value`}>{value == null ? "default" : String(value)}</dd>,
        ])}
      </dl>
      <p>The same input and parameters give the same file, byte by byte.</p>
    </>
  );
}

const PARAMETERS = { name: "clusterer", lcs: "lowest common subsumer by" };

function Command({ text }) {
  const told = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      told.value = "Copied.";
    } catch {
      told.value = "The browser does not allow it; select the line instead.";
    }
  };
  return (
    <div class="command">
      <pre tabIndex={0} aria-label="Command line">
        <code>{text}</code>
      </pre>
      <button class="more" onClick={copy}>
        Copy
      </button>
      <span class="quiet" role="status">
        {told.value}
      </span>
    </div>
  );
}

function Sources({ of }) {
  return (
    <ul>
      <li>
        K. Filus, M. Romaszewski and M. Żarski, <cite>Semantic Depth Matters: Explaining Errors of Deep
        Vision Networks through Perceived Class Similarities</cite>, arXiv 2504.09956.
      </li>
      {/wordnet/i.test(of.taxonomy) && (
        <li>WordNet 3.0, © 2006 Princeton University, under its own licence.</li>
      )}
      <li>semdepth {report.value.semdepth}, MIT licence.</li>
    </ul>
  );
}
