/** Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): 70,000 grey images of clothes, 28 x 28, in ten classes. */
import type { Dataset } from "./dataset.js";
import { mnistSplits } from "./mnist-format.js";
import { fetchFiles, type FileSet } from "./sources.js";

const spec = {
  kind: "images",
  shape: [1, 28, 28],
  classes: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
} as const;

const files: FileSet = {
  name: "fashion-mnist",
  files: [
    { name: "train-images-idx3-ubyte.gz", size: 47_040_016, sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888" },
    { name: "train-labels-idx1-ubyte.gz", size: 60_008, sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9" },
    { name: "t10k-images-idx3-ubyte.gz", size: 7_840_016, sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b" },
    { name: "t10k-labels-idx1-ubyte.gz", size: 10_008, sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34" },
  ],
  urls: [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
  ],
  debian: { package: "dataset-fashion-mnist", folder: "/usr/share/datasets/fashion-mnist" },
};

export const fashionMnist: Dataset = {
  name: "fashion-mnist",
  title: "Fashion-MNIST",
  summary: "70,000 grey images of clothes, 28 x 28 pixels, in ten classes.",
  homepage: "https://github.com/zalandoresearch/fashion-mnist",
  licence: "MIT",
  spec,
  async load({ split, onProgress, signal }) {
    return mnistSplits(spec, await fetchFiles(files, { onProgress, signal }), (name) => `${name}.gz`, split);
  },
};
