// The document that a page carries: base64 of gzip of JSON.

export async function unpacked(element = document.getElementById("report-data")) {
  const bytes = Uint8Array.from(atob(element.textContent.trim()), (char) => char.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).json();
}

/** What is said where it cannot be opened. */
export const notOpened = ({ message }) =>
  "This report could not be opened: it needs a browser of 2023 or later " +
  `(Chrome 109, Firefox 115, Safari 16.4), and an unchanged file. ${message}`;
