// Small bars: a share with what chance would give, a similarity.

/**
 * A value on a track from 0 to `max`; chance is a dashed mark through the track, so that it is
 * told from the value by shape as well as by colour. Read aloud as `label`.
 */
export function ChanceBar({ value, chance, max = 1, label }) {
  const at = (number) => `${Math.min(100, Math.max(0, (100 * number) / max))}%`;
  return (
    <svg class="bar" role="img" aria-label={label} width="100%" height="16">
      <rect class="bar-track" x="0" y="4" width="100%" height="8" rx="1" />
      {value != null && <rect class="bar-value" x="0" y="4" width={at(value)} height="8" rx="1" />}
      {chance != null && <line class="bar-chance" x1={at(chance)} x2={at(chance)} y1="0" y2="16" />}
    </svg>
  );
}

/** A similarity from 0 to 1; the number stands beside it, so it is silent. */
export function SimilarityBar({ value }) {
  return (
    <svg class="bar" aria-hidden="true" width="100%" height="8">
      <rect class="bar-track" x="0" y="0" width="100%" height="8" rx="1" />
      <rect class="bar-value" x="0" y="0" width={`${100 * Math.max(0, value ?? 0)}%`} height="8" rx="1" />
    </svg>
  );
}
