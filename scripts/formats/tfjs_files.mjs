// Writes the canonical head as TensorFlow.js layers models: tests/data/formats/tfjs_*.
//
// Needs node 20 and @tensorflow/tfjs 4.22.0 beside it, and Python for the canonical numbers:
//
//     npm install @tensorflow/tfjs@4.22.0
//     node scripts/formats/tfjs_files.mjs
//
// TensorFlow.js itself writes no quantised weights (its converter does), so they are quantised
// here by the documented rule, value = quantised * scale + min, with the scale 1/64.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import * as tf from "@tensorflow/tfjs";

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const FOLDER = path.join(ROOT, "tests", "data", "formats");
const CANONICAL = JSON.parse(
  execFileSync("python3", [
    "-c",
    "import json, canonical_head as c; print(json.dumps({k: getattr(c, k) if k == 'CLASSES' " +
      "else getattr(c, k).T.tolist() for k in ('CLASSES', 'WEIGHT', 'BIAS', 'HIDDEN_WEIGHT', " +
      "'HIDDEN_BIAS')}))",
  ], { cwd: path.join(ROOT, "tests"), encoding: "utf8" }),
);
const SCALE = 1 / 64;

function network() {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.dense({ units: 8, inputShape: [12], activation: "relu", name: "hidden" }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 6, name: "dense_Dense2" }),
      layers.softmax(),
    ],
  });
  const numbers = ["HIDDEN_WEIGHT", "HIDDEN_BIAS", "WEIGHT", "BIAS"];
  model.setWeights(numbers.map((name) => tf.tensor(CANONICAL[name])));
  return model;
}

async function artifacts(model) {
  let saved;
  await model.save(tf.io.withSaveHandler(async (made) => {
    saved = made;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
  }));
  return saved;
}

function write(name, saved, specs, data, shards, more = {}) {
  const folder = path.join(FOLDER, name);
  mkdirSync(folder, { recursive: true });
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`);
  shards.forEach(([from, to], i) => writeFileSync(path.join(folder, paths[i]), data.subarray(from, to)));
  const model = {
    format: saved.format,
    generatedBy: saved.generatedBy,
    convertedBy: saved.convertedBy,
    modelTopology: saved.modelTopology,
    weightsManifest: [{ paths, weights: specs }],
    ...more,
  };
  writeFileSync(path.join(folder, "model.json"), JSON.stringify(model));
}

// The weights one by one, each as whole numbers of `bits` bits.
function quantised(saved, dtype, Numbers) {
  const values = new Float32Array(tf.io.concatenateArrayBuffers([saved.weightData].flat()));
  const pieces = [];
  let start = 0;
  const specs = saved.weightSpecs.map((spec) => {
    const size = spec.shape.reduce((a, b) => a * b, 1);
    const own = values.subarray(start, (start += size));
    const min = Math.min(...own);
    pieces.push(Buffer.from(Numbers.from(own, (value) => Math.round((value - min) / SCALE)).buffer));
    return { ...spec, quantization: { dtype, scale: SCALE, min, original_dtype: "float32" } };
  });
  return [specs, Buffer.concat(pieces)];
}

const saved = await artifacts(network());
const floats = Buffer.from(tf.io.concatenateArrayBuffers([saved.weightData].flat()));
const named = { userDefinedMetadata: { labels: CANONICAL.CLASSES } };
// Cut within the head's kernel, so that it lies in two files.
write("tfjs_layers", saved, saved.weightSpecs, floats, [[0, 500], [500, floats.length]], named);
for (const [dtype, Numbers] of [["uint8", Uint8Array], ["uint16", Uint16Array]]) {
  const [specs, data] = quantised(saved, dtype, Numbers);
  write(`tfjs_${dtype}`, saved, specs, data, [[0, data.length]]);
}
