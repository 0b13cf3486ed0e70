// The size of letters on a canvas: it follows the page's, which grows with the window.

/** How much larger than 16 pixels the page's letters are, and the family they are of. */
export function type() {
  return {
    scale: parseFloat(getComputedStyle(document.documentElement).fontSize) / 16,
    family: getComputedStyle(document.body).fontFamily,
  };
}
