// Notes, method and parameters.

import { counted } from "../format.js";
import { comparison } from "./state.js";

const NOTES_SHOWN = 5;

export function About() {
  const { command, notes, parameters } = comparison.value;
  return (
    <div class="reading">
      {notes.length > 0 && <Notes notes={notes} />}
      <h3>Method</h3>
      <Method />
      <h3>Parameters</h3>
      <dl class="parameters">
        {parameters.map(([name, value]) => (
          <div key={name}>
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {command && (
        <div class="command">
          <h3>Made with</h3>
          <pre tabIndex={0}>{command}</pre>
        </div>
      )}
    </div>
  );
}

function Notes({ notes }) {
  const list = (some) => (
    <ul>
      {some.map((note, at) => (
        <li key={at} dir="auto">
          {note}
        </li>
      ))}
    </ul>
  );
  const more = notes.slice(NOTES_SHOWN);
  return (
    <>
      <h3>Notes</h3>
      {list(notes.slice(0, NOTES_SHOWN))}
      {more.length > 0 && (
        <details>
          <summary>{counted(more.length, "more note", "more notes")}</summary>
          {list(more)}
        </details>
      )}
    </>
  );
}

function Method() {
  return (
    <p>
      A model's last layer holds a row of weights a class. How alike two rows are (cosine) is how
      alike the model perceives the two classes. The classes that are most alike are clustered, and
      each cluster is spanned by its strongest likenesses. Similarity Depth is the mean depth in the
      taxonomy at which the two classes of such a likeness meet: the deeper, the more the model's
      likenesses follow the taxonomy. Its chance deals the classes out at random, its interval draws
      classes anew. Compliance is the share of the confused pairs that are perceived as similar, and
      the share of those that are confused. Two models are compared on the classes that both have:
      their classes' parts are swapped at random, and p is how often that sets them as far apart;
      Holm's adjustment makes a false alarm among all pairs as rare as in one. Rankings by several
      clusterers agree as far as Kendall's W says. How alike two models see the classes is Spearman's
      correlation of their similarities, over all pairs of classes.
    </p>
  );
}

export function Colophon() {
  return (
    <footer class="colophon">
      Made by semdepth {comparison.value.semdepth}. Method: Filus, Romaszewski, Żarski, arXiv
      2504.09956.
    </footer>
  );
}
