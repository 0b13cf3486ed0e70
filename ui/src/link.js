// A place in the report as the hash of its address: "#class=tench&view=graph".

/** The selection and the view that a hash names, undefined where it names none. */
export function parseHash(hash, report) {
  const named = new URLSearchParams(hash.replace(/^#/, ""));
  const model = clampModel(Number(named.get("model") ?? 0), report);
  const view = named.get("view") ?? undefined;
  const rows = named.get("rows") ?? undefined;
  return { model, view, rows, selection: parseSelection(named, report.models[model]) };
}

function parseSelection(named, model) {
  if (named.has("class")) {
    const found = model.byLabel.get(named.get("class"));
    return found === undefined ? null : { kind: "class", class: found };
  }
  if (named.has("pair")) return parsePair(named.get("pair"), model);
  if (named.has("cluster")) {
    const cluster = Number(named.get("cluster"));
    return cluster in model.members ? { kind: "cluster", cluster } : null;
  }
  return null;
}

// Names may contain a "~" themselves, so every one of them is tried as the place of parting.
function parsePair(text, model) {
  for (let at = text.indexOf("~"); at >= 0; at = text.indexOf("~", at + 1)) {
    const [a, b] = [text.slice(0, at), text.slice(at + 1)].map((name) => classNamed(name, model));
    if (a !== undefined && b !== undefined && a !== b) return pairOf(a, b);
  }
  return null;
}

function classNamed(name, model) {
  const found = model.byLabel.get(name);
  if (found !== undefined) return found;
  try {
    return model.byLabel.get(decodeURIComponent(name));
  } catch {
    return undefined; // a "%" that is no code
  }
}

/** The selection of a pair, in class order. */
export const pairOf = (a, b) => ({ kind: "pair", a: Math.min(a, b), b: Math.max(a, b) });

/** The hash of a place. */
export function formatHash({ model = 0, view, selection, rows }, report) {
  const named = new URLSearchParams();
  const labels = report.models[model].classes.label;
  if (selection?.kind === "class") named.set("class", labels[selection.class]);
  if (selection?.kind === "pair") {
    named.set("pair", [selection.a, selection.b].map((i) => encodeURIComponent(labels[i])).join("~"));
  }
  if (selection?.kind === "cluster") named.set("cluster", selection.cluster);
  if (view) named.set("view", view);
  if (rows) named.set("rows", rows);
  if (model) named.set("model", model);
  // A "+" for a space is read back, but not all programs that make links of text take it along.
  const text = named.toString().replaceAll("+", "%20");
  return text ? `#${text}` : "";
}

function clampModel(model, report) {
  return model in report.models ? model : 0;
}
