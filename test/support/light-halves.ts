/** Images of 4 x 4 that are easy to tell apart: light above (class 0), or light below (class 1); with noise. */
import { imagesFromArray } from "../../src/index.js";

const labels = Array.from({ length: 60 }, (_, i) => i % 2);
const pixels = Uint8Array.from({ length: 60 * 16 }, (_, i) => ((i % 16 < 8) === (Math.floor(i / 16) % 2 === 0) ? 150 : 50) + ((i * 37) % 60));

/** 36 to train, 12 to validate, 12 to test. */
export const lightHalves = imagesFromArray(pixels, { shape: [1, 4, 4], labels, validation: 0.2, test: 0.2 });
