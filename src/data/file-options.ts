/** How a user's own files are read: the command line's flags and the library's options are made from this. */
import { z } from "zod";

/** Whose pictures of emoji there are. */
export const emojiVendors = ["apple", "facebook", "google", "twitter"] as const;

export const fileOptions = z.strictObject({
  size: z.string().optional().describe("images: width x height in pixels, such as 64x48, or one number for both (default: their own, where all are of one size)"),
  fit: z.enum(["crop", "stretch"]).optional().describe("images of another shape are cut to their middle, or stretched (default crop)"),
  color: z.enum(["grey", "rgb"]).optional().describe("how images are kept (default: as most of them are)"),
  columns: z.array(z.string()).optional().describe("CSV: names of the columns to learn (default: all but that of the labels)"),
  labelColumn: z.string().optional().describe("CSV: name of the column that says the class"),
  window: z.int().min(1).optional().describe("CSV, or NPY of two axes: so many rows, in the order of time, make one time series"),
  kind: z.enum(["images", "vectors", "series"]).optional().describe("NPY: what it holds (default: vectors with two axes, images with three or four)"),
  labels: z.string().optional().describe("NPY: a second file with the class of each example"),
  validation: z.number().gt(0).lt(1).default(0.1).describe("share kept for validation, drawn at random"),
  test: z.number().min(0).lt(1).default(0.1).describe("share kept for the test set, drawn likewise; 0: the validation examples serve"),
  targetFolder: z.string().optional().describe("a second folder: what the images of the first become, matched by their file names"),
  unpaired: z.boolean().optional().describe("with target-folder: the two folders are not matched, and images of both are drawn independently"),
  task: z.enum(["superres", "colorize", "edges"]).optional().describe("make pairs of images, what is translated and what it becomes: small images enlarged, grey ones, or their edges, each with the image itself"),
  factor: z.int().min(2).max(8).optional().describe("of the task superres: how many times larger images become (default 2)"),
  from: z.enum(emojiVendors).optional().describe("emoji: whose pictures (default apple)"),
  to: z.enum(emojiVendors).optional().describe("emoji: make pairs with this vendor's pictures of the same emoji"),
  skipBad: z.boolean().optional().describe("leave out what cannot be read, and say how many"),
});

/** As given: what is left out has its default. */
export type FileOptionsInput = z.input<typeof fileOptions>;
export type FileOptions = z.output<typeof fileOptions>;

/** Lets the reader tell what it does, and be stopped. */
export interface LoadHooks {
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a reader is told besides. */
export interface ReadHooks extends LoadHooks {
  /** Numbers of those of `count` examples that will train: the scale of a column is theirs. Left out: all. */
  readonly trains?: ((count: number) => ArrayLike<number>) | undefined;
}
