/** Style mixing: images whose large forms are one draw's, and whose details are another's (Karras et al., "A Style-Based Generator Architecture for GANs", 2019, section 3.1 and figure 3). */
import { runRows } from "../analysis/rows.js";
import { labelledGridSvg, rastersOf, type LabelledImage } from "../figures/labelled-grid.js";
import { noise } from "../tensor/index.js";
import { codingSize, decode, requireAbility, requireImages, type Trained } from "./abilities.js";

export interface MixRequest {
  /** Draws whose coarse styles are used, one for each row; default 5. */
  readonly rows?: number;
  /** Draws whose fine styles are used, one for each column; default 6. */
  readonly columns?: number;
  /** Styles that are coarse, from the first; default: half of them. */
  readonly crossover?: number | undefined;
  /** Draw i of the rows and of the columns depends on the seed and on i alone. Default 0. */
  readonly seed?: number;
}

/** All in the model's range. */
export interface StyleMix {
  /** The draws of the rows as they are: [rows, ...shape]. */
  readonly coarse: Float32Array;
  /** The draws of the columns: [columns, ...shape]. */
  readonly fine: Float32Array;
  /** [rows, columns, ...shape]. */
  readonly mixed: Float32Array;
}

/** Mixes the styles of draws with each other. A UsageError for a model without styles, and for a crossover that is not among them. */
export async function mixStyles(trained: Trained, { rows = 5, columns = 6, crossover, seed = 0 }: MixRequest = {}): Promise<StyleMix> {
  const mix = requireAbility(trained, "mix");
  const size = codingSize(trained);
  // Row i of one program: a draw for a row of the figure beside one for a column.
  const draws = await runRows(trained.engine, (batch) => ({ outputs: { codings: noise.normal([batch, 2 * size]) } }), { count: Math.max(rows, columns), seed });
  const codingsOf = (side: number, count: number): Float32Array => draws.filter((_, i) => Math.floor(i / size) % 2 === side).subarray(0, count * size);
  const [coarse, fine] = [codingsOf(0, rows), codingsOf(1, columns)];
  const pairs = new Float32Array(rows * columns * 2 * size);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = (row * columns + column) * 2 * size;
      pairs.set(coarse.subarray(row * size, (row + 1) * size), at);
      pairs.set(fine.subarray(column * size, (column + 1) * size), at + size);
    }
  const mixed = await runRows(trained.engine, (batch) => mix(batch, crossover), { count: rows * columns, values: pairs });
  return { coarse: await decode(trained, coarse), fine: await decode(trained, fine), mixed };
}

/** The draws above and to the left in frames, their mixtures between. A UsageError for data that is no images. */
export function mixSvg(trained: Trained, { coarse, fine, mixed }: StyleMix): string {
  const options = { shape: requireImages(trained).shape, range: trained.model.accepts.range };
  const framed = (images: Float32Array): LabelledImage[] => rastersOf(images, options).map((raster) => ({ raster, framed: true }));
  const [left, above, between] = [framed(coarse), framed(fine), rastersOf(mixed, options)];
  const { raster } = left[0];
  const corner = { raster: { ...raster, pixels: new Uint8Array(raster.pixels.length).fill(255) } };
  const rows = left.map((image, row) => ({ images: [image, ...between.slice(row * above.length, (row + 1) * above.length).map((mixture) => ({ raster: mixture }))] }));
  return labelledGridSvg([{ images: [corner, ...above] }, ...rows], { title: `Styles mixed: ${trained.model.title}`, subtitle: "Large forms from the left, details from above" });
}
