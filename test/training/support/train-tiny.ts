/** node --import tsx train-tiny.ts FOLDER new|resume: a training process to be stopped or killed from outside. */
import { trainingConfig, createRun, openRun, train } from "../../../src/training/index.js";
import { referenceEngine } from "../../../src/engines/reference/index.js";
import { data, tinyModel } from "./tiny.js";

const [path, how] = process.argv.slice(2);
const config = trainingConfig.parse({ epochs: 60, batchSize: 8, logEvery: 1, checkpointEvery: 1, averageDecay: 0.9 });
const run = how === "resume" ? await openRun(path) : await createRun({ format: 1, model: { name: "tiny", options: {} }, data: {}, training: config, engine: { name: "reference", version: "", threads: 1 }, versions: {} }, { path });
const controller = new AbortController();
process.on("SIGINT", () => controller.abort());
const onEvent = (event: { readonly event: string }) => event.event === "checkpoint" && process.stdout.write("checkpoint\n");
const { status, step } = await train({ model: tinyModel(), examples: data, range: [0, 1], engine: referenceEngine(), config, run, signal: controller.signal, onEvent });
process.stdout.write(`${status} ${step}\n`);
