// Whether several clusterers rank the models alike.

import { fixed, percent } from "../format.js";
import { Explain } from "../parts/explain.jsx";
import { comparison } from "./state.js";

export function Stability() {
  const { stability } = comparison.value;
  return (
    <div class="stability">
      <dl class="agreement">
        <div>
          <dt>Kendall's W</dt>
          <dd>
            <b class="figure">{fixed(stability.concordance)}</b>
            <Explain what="Kendall's W">
              How far all clusterers rank the models alike: 1 if their rankings are the same, 0 if
              there is no agreement (Kendall and Babington Smith 1939). Over few models it is large
              by chance, too.
            </Explain>
          </dd>
        </div>
        <div>
          <dt>Pairs ordered alike by all</dt>
          <dd>
            <b class="figure">{percent(stability.agreement)}</b>
          </dd>
        </div>
      </dl>
      <Correlations stability={stability} />
    </div>
  );
}

function Correlations({ stability: { clusterers, correlations } }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Correlations of the rankings">
      <table class="plain-table correlations">
        <caption class="quiet">Spearman's correlation of each two clusterers' rankings</caption>
        <thead>
          <tr>
            <td />
            {clusterers.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {clusterers.map((name, i) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {correlations[i].map((value, j) => (
                <td key={j} class={`number${i === j ? " quiet" : ""}`}>
                  {value == null ? "undefined" : fixed(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
