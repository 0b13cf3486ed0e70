// Takes the orders that draw.js gives a canvas, and writes them down as an SVG drawing.

const round = (value) => Math.round(value * 100) / 100;
const escape = (text) =>
  String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** What of CanvasRenderingContext2D the graph is drawn with. */
export class SvgOrders {
  fillStyle = "#000";
  strokeStyle = "#000";
  lineWidth = 1;
  lineJoin = "miter";
  globalAlpha = 1;
  font = "400 10px sans-serif";
  textAlign = "left";
  textBaseline = "middle";
  direction = "ltr";
  #dash = [];
  #path = [];
  #out = [];

  setLineDash(dash) {
    this.#dash = dash;
  }

  beginPath() {
    this.#path = [];
  }

  #add(order, ...numbers) {
    this.#path.push(order + numbers.map(round).join(" "));
  }

  moveTo(x, y) {
    this.#add("M", x, y);
  }

  lineTo(x, y) {
    this.#add("L", x, y);
  }

  bezierCurveTo(...numbers) {
    this.#add("C", ...numbers);
  }

  quadraticCurveTo(...numbers) {
    this.#add("Q", ...numbers);
  }

  /** Whole circles only. */
  arc(x, y, r) {
    this.#add("M", x - r, y);
    this.#add("A", r, r, 0, 1, 1, x + r, y);
    this.#add("A", r, r, 0, 1, 1, x - r, y);
  }

  roundRect(x, y, w, h, radius) {
    const r = Math.min(radius, w / 2, h / 2);
    this.#add("M", x + r, y);
    this.#add("H", x + w - r);
    this.#add("A", r, r, 0, 0, 1, x + w, y + r);
    this.#add("V", y + h - r);
    this.#add("A", r, r, 0, 0, 1, x + w - r, y + h);
    this.#add("H", x + r);
    this.#add("A", r, r, 0, 0, 1, x, y + h - r);
    this.#add("V", y + r);
    this.#add("A", r, r, 0, 0, 1, x + r, y);
  }

  fill() {
    this.#out.push(`<path d="${this.#path.join("")}" fill="${this.fillStyle}"${this.#alpha()}/>`);
  }

  stroke() {
    const line = `${this.#stroked()}${this.#alpha()}`;
    this.#out.push(`<path d="${this.#path.join("")}" fill="none"${line}/>`);
  }

  fillRect(x, y, w, h) {
    const size = `x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}"`;
    this.#out.push(`<rect ${size} fill="${this.fillStyle}"/>`);
  }

  fillText(text, x, y) {
    this.#write(text, x, y, ` fill="${this.fillStyle}"`);
  }

  strokeText(text, x, y) {
    this.#write(text, x, y, ` fill="none"${this.#stroked()} stroke-linejoin="round"`);
  }

  drawImage(image, x, y, w, h) {
    const size = `x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}"`;
    this.#out.push(`<image ${size} href="${escape(image.src)}"${this.#alpha()}/>`);
  }

  #stroked() {
    const dash = this.#dash.length ? ` stroke-dasharray="${this.#dash.join(" ")}"` : "";
    return ` stroke="${this.strokeStyle}" stroke-width="${round(this.lineWidth)}"${dash}`;
  }

  #alpha() {
    return this.globalAlpha < 1 ? ` opacity="${round(this.globalAlpha)}"` : "";
  }

  #write(text, x, y, paint) {
    // Text that reads from the right ends where it starts: the left end is its far one.
    const left = this.direction === "rtl" ? "end" : "start";
    const anchor = this.textAlign === "center" ? "middle" : left;
    const [, weight, size, family] = this.font.match(/^(\d+) ([\d.]+)px (.*)$/);
    const font = `font-family="${escape(family)}" font-size="${size}" font-weight="${weight}"`;
    const way = `direction="${this.direction}" text-anchor="${anchor}" dominant-baseline="central"`;
    this.#out.push(
      `<text x="${round(x)}" y="${round(y)}" ${font} ${way}${paint}${this.#alpha()}>${escape(text)}</text>`,
    );
  }

  document(width, height) {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}">${this.#out.join("\n")}</svg>\n`
    );
  }
}
