// Round numbers for an axis.

const STEPS = [1, 2, 2.5, 5, 10];

/** Ends a little beyond the values, and about `wanted` round ticks between them. */
export function axis(values, wanted = 5) {
  const known = values.filter((value) => value != null);
  if (!known.length) return { low: 0, high: 1, ticks: [0, 1], digits: 0 };
  const least = Math.min(...known);
  const most = Math.max(...known);
  // What is the same for all stands in the middle of some round numbers.
  const room = 0.06 * (most - least) || 0.1 * Math.abs(most) || 0.5;
  const [low, high] = [least - room, most + room];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((one) => one * power >= rough * 0.999);
  const ticks = [];
  for (let at = Math.ceil(low / step); at * step <= high; at++) ticks.push(at * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { low, high, ticks, digits: step / power === 2.5 ? digits + 1 : digits };
}
