// A class's confusions, both ways, with the verdict on each pair.

import { count } from "../format.js";
import { ClassButton, PairButton } from "../parts/names.jsx";
import { ShortList } from "./parts.jsx";

export function ConfusionList({ of, i, confusions }) {
  if (!confusions.length) {
    return <p class="quiet">{of.confused.omitted ? "Not among the pairs that are listed." : "With none."}</p>;
  }
  const { label } = of.classes;
  return (
    <>
      <p class="quiet">→ taken for it, ← the other way round</p>
      <ShortList items={confusions} className="rows">
        {({ other, asOther, asThis, verdict }) => (
          <li key={other} class="row-confusion">
            <ClassButton i={other} />
            <span class="number">
              <span aria-hidden="true">→</span>
              <span class="unseen">taken for it</span> {count(asOther)}{" "}
              <span aria-hidden="true">←</span>
              <span class="unseen">, the other way</span> {count(asThis)}
            </span>
            <PairButton a={i} b={other} spoken={`${verdict ?? "the pair"}: the pair with ${label[other]}`}>
              {verdict ?? "the pair"}
            </PairButton>
          </li>
        )}
      </ShortList>
    </>
  );
}
