// Bundles the scripts and styles of the report's pages into the Python package.
//
//   npm ci && npm run build      (or: make ui)
//
// The bundles are committed, so that installing semdepth needs no Node. Their first line carries a
// digest of everything it was made of; tests/test_report_assets.py recomputes it and fails when a
// source was changed without building again.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";

const ASSETS = process.env.REPORT_ASSETS ?? "../src/semdepth/writing/report/assets";

/** All sources, by path: what `digest` in tests/test_report_assets.py reads too. */
function sources() {
  const found = ["build.mjs", "package.json", "package-lock.json"];
  for (const folder of ["src", "style"]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) found.push(join(entry.parentPath, entry.name));
    }
  }
  return found.sort();
}

function digest() {
  const hash = createHash("sha256");
  for (const path of sources()) hash.update(path).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

/** The licences of what is bundled, in full: they ask to travel with every copy. */
function licences(metafile) {
  const packages = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (match) packages.add(match[1]);
  }
  const texts = new Map();
  for (const name of [...packages].sort()) {
    const file = join("node_modules", name, "LICENSE");
    if (!existsSync(file)) throw new Error(`${name} has no LICENSE file`);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    const at = lines.findIndex((line) => /^copyright/i.test(line.trim()));
    const terms = lines.filter((_, i) => i !== at).join("\n").replaceAll("*/", "* /").trim();
    texts.set(terms, [...(texts.get(terms) ?? []), `${name}: ${lines[at].trim()}`]);
  }
  return [...texts].map(([terms, names]) => `${names.join("\n")}\n\n${terms}`).join("\n\n----\n\n");
}

const OPTIONS = {
  bundle: true,
  minify: true,
  metafile: true,
  write: false,
  charset: "utf8",
  legalComments: "none",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
};

/** The script and the style of one kind of page, as `name`.js and `name`.css. */
async function build(name, script, style) {
  const drawn = await esbuild.build({ ...OPTIONS, entryPoints: [script], format: "iife" });
  const styled = await esbuild.build({ ...OPTIONS, entryPoints: [style] });
  const made = `made of sources with sha256 ${digest()}`;
  writeFileSync(
    join(ASSETS, `${name}.js`),
    `/* ${made} */\n/*! semdepth, MIT. It contains:\n\n${licences(drawn.metafile)}\n*/\n${drawn.outputFiles[0].text}`,
  );
  writeFileSync(join(ASSETS, `${name}.css`), `/* ${made} */\n${styled.outputFiles[0].text}`);
  for (const { text } of [...drawn.outputFiles, ...styled.outputFiles]) console.log(name, text.length);
}

await build("report", "src/main.jsx", "style/main.css");
await build("comparison", "src/comparison/main.jsx", "style/comparison/main.css");
