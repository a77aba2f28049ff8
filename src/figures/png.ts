import { encode } from "fast-png";
import type { Raster } from "./grid.js";

/** A raster as the bytes of a PNG file, 8 bits a channel. */
export const encodePng = ({ width, height, channels, pixels }: Raster): Uint8Array => encode({ width, height, channels, data: pixels, depth: 8 });
