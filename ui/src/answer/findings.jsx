// The findings most worth knowing, each a link to its place, and what a reader must know.

import { counted } from "../format.js";
import { parseHash } from "../link.js";
import { hashOf, modelNumber, report } from "../state.js";
import { goTo } from "../parts/stage.js";

export function Findings({ of }) {
  if (!of.headlines?.length) return null;
  return (
    <section class="findings" aria-labelledby="findings-title">
      <h3 id="findings-title">Worth knowing</h3>
      <ol>
        {of.headlines.map(({ text, target }) => (
          <li key={text}>{target ? <Finding text={text} target={target} /> : text}</li>
        ))}
      </ol>
    </section>
  );
}

function Finding({ text, target }) {
  const place = parseHash(`#${target}&model=${modelNumber.value}`, report.value);
  const shown = place.view ?? "graph";
  const go = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goTo({ selection: place.selection, view: shown });
  };
  return (
    <a href={hashOf(place.selection, { inView: shown })} onClick={go}>
      <bdi dir="auto">{text}</bdi>
    </a>
  );
}

/** What limits the numbers: open where there is little of it, quiet in any case. */
export function Notes({ of }) {
  const notes = [...(of.notes ?? [])];
  if (of.left_out?.length) {
    notes.push(`${counted(of.left_out.length, "class has", "classes have")} no samples and took no part: ${some(of.left_out)}`);
  }
  if (!notes.length) return null;
  return (
    <section class="notes" aria-labelledby="notes-title">
      <h3 id="notes-title">To be kept in mind</h3>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}

function some(names) {
  const rest = names.length - 5;
  return names.slice(0, 5).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
