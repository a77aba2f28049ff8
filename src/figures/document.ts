import { createRequire } from "node:module";

// Plot draws into a document; domino is a small one for Node. Its type declarations are not a module, hence this way in.
const domino = createRequire(import.meta.url)("@mixmark-io/domino") as { createDocument(): Document };

/** An empty document for Plot to draw into. */
export const emptyDocument = (): Document => domino.createDocument();

/** What Plot drew, as a file that stands alone: with the names of the languages it is written in. */
export const svgOf = (figure: Element): string => figure.outerHTML.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ');

/** Figures one below the other, as one. */
export function stack(figures: readonly Element[]): Element {
  if (figures.length === 1) return figures[0];
  const sizeOf = (name: "width" | "height") => figures.map((figure) => Number(figure.getAttribute(name)));
  const [widths, heights] = [sizeOf("width"), sizeOf("height")];
  const whole = emptyDocument().createElementNS("http://www.w3.org/2000/svg", "svg");
  whole.setAttribute("width", String(Math.max(...widths)));
  whole.setAttribute("height", String(heights.reduce((a, b) => a + b, 0)));
  figures.forEach((figure, i) => {
    figure.setAttribute("y", String(heights.slice(0, i).reduce((a, b) => a + b, 0)));
    whole.appendChild(figure);
  });
  return whole;
}
