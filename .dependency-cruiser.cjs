/**
 * The borders of the house: which rooms of src/ each room may import, type-only imports included. `docs/ARCHITECTURE.md`
 * has the same table for people. `src/errors.ts`, and for Node
 * only `src/cache.ts`, `src/files.ts` and `src/version.ts` are the floor under all of them.
 */
const mayImport = {
  tensor: [],
  nn: ["tensor"],
  optimizers: ["tensor"],
  engines: ["tensor"],
  data: [],
  samplers: ["tensor"],
  models: ["tensor", "nn", "data", "samplers"],
  training: ["tensor", "engines", "nn", "optimizers", "data", "models"],
  figures: ["data"],
  analysis: ["tensor", "engines", "data", "figures", "samplers", "models"],
  verbs: ["tensor", "engines", "nn", "optimizers", "data", "samplers", "models", "training", "figures", "analysis"],
  cli: ["tensor", "engines", "nn", "optimizers", "data", "samplers", "models", "training", "figures", "analysis", "verbs"],
};

const borders = Object.entries(mayImport).map(([room, rooms]) => ({
  name: `border-of-${room}`,
  comment: `src/${room} may import only ${rooms.length ? rooms.join(", ") : "nothing of ours"} (and the floor: src/errors.ts, src/cache.ts, src/files.ts, src/version.ts).`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: "^src/", pathNot: `^src/(${[room, ...rooms].join("|")})/|^src/(errors|cache|files|version)[.]ts$` },
}));

const onlyIn = (library, file) => ({
  name: `${library}-in-one-file`,
  severity: "error",
  from: { pathNot: file },
  to: { path: `node_modules/${library}/` },
});

module.exports = {
  forbidden: [
    ...borders,
    {
      name: "an-engine-never-another-engine",
      comment: "engines/kernels is plain arithmetic that any of them may fall back to.",
      severity: "error",
      from: { path: "^src/engines/([^/]+)/" },
      to: { path: "^src/engines/[^/]+/", pathNot: "^src/engines/($1|kernels)/" },
    },
    {
      name: "models-and-data-contracts-only",
      comment: "Training and analysis know the contract of a model, never a model by name; models know data's types, not its files.",
      severity: "error",
      from: { path: "^src/(training|analysis)/" },
      to: { path: "^src/models/", pathNot: "^src/models/model[.]ts$" },
    },
    {
      name: "models-know-data-types-only",
      severity: "error",
      from: { path: "^src/models/" },
      to: { path: "^src/data/", pathNot: "^src/data/dataset[.]ts$" },
    },
    {
      name: "runs-in-a-browser-too",
      comment: "tensor, nn, optimizers, samplers and models use nothing of Node.",
      severity: "error",
      from: { path: "^src/(tensor|nn|optimizers|samplers|models)/" },
      to: { dependencyTypes: ["core"] },
    },
    { name: "no-cycles-between-files", severity: "error", from: { path: "^src/" }, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    onlyIn("onnxruntime-node", "^src/engines/onnx/runtime[.]ts$"),
    onlyIn("koffi", "^src/engines/onednn/library[.]ts$"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { conditionNames: ["import", "require", "node", "default", "types"], exportsFields: ["exports"] },
  },
};
